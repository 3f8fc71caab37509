"""The commands about accounts and tokens: who may sign in, with which role, and what programs may do."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from puma.cli.door import app, opened, say
from puma.errors import WrongUsage

users = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in, and with which role.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens: keys for programs that use the API.")
app.add_typer(users, name="user")
app.add_typer(tokens, name="token")

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
RoleOption = Annotated[str, typer.Option(help="viewer, scientist, user_office or admin")]
Instruments = Annotated[
    list[str] | None, typer.Option("--instrument", help="An instrument the person is responsible for; repeatable.")
]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the standard input.")]


@users.command("add")
def add(
    name: Name,
    role: RoleOption,
    instrument: Instruments = None,
    shown: Annotated[str, typer.Option("--name", help="The name that others see.")] = "",
    orcid: Annotated[str, typer.Option(help="Leads from the account to the person.")] = "",
    password_stdin: FromInput = False,
) -> None:
    """Make an account. The password is asked for; without a terminal one is made up and printed once."""
    from puma.accounts import add_account, has_accounts
    from puma.identifiers import clean_orcid

    known = clean_orcid(orcid) if orcid else None
    if orcid and known is None:
        raise WrongUsage(f"{orcid!r} is no ORCID iD.")
    with opened(prepare=True) as installation:
        password, made = _password(from_input=password_stdin)
        is_first = not has_accounts(installation.storage)
        add_account(installation.storage, name, password, role, name=shown, scope=instrument or (), orcid=known or "")
    say(f"Made the account {name} with the role {role}.")
    if made:
        say(f"Password, shown this once: {password}")
    if is_first:
        say("From now on people sign in; [access] local_role has no meaning any more.")


@users.command("list")
def list_users() -> None:
    """All accounts, one line each."""
    from puma.accounts import accounts

    with opened() as installation:
        found = accounts(installation.storage)
    if not found:
        say("No accounts yet: `puma user add NAME --role admin` makes the first.")
    for one in found:
        issuer = "" if one.issuer == "local" else f"  by {one.issuer}"
        scope = f"  for {', '.join(one.scope)}" if one.scope else ""
        state = "disabled" if one.disabled else f"last signed in {_day(one.signed_in_at)}"
        say(f"{one.subject:20} {one.role:12} {one.name}{scope}  {state}{issuer}")


@users.command("role")
def role_of(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, scientist, user_office or admin")],
    instrument: Instruments = None,
) -> None:
    """Give an account another role; with --instrument also other instruments. It holds from the next click on."""
    from puma.accounts import set_role

    with opened() as installation:
        set_role(installation.storage, name, role, instrument)
    say(f"{name} has the role {role}.")


@users.command("password")
def password_of(name: Name, password_stdin: FromInput = False) -> None:
    """Give an account another password; its sessions end."""
    from puma.accounts import set_password

    with opened() as installation:
        password, made = _password(from_input=password_stdin)
        set_password(installation.storage, name, password)
    say(f"{name} has another password.")
    if made:
        say(f"Password, shown this once: {password}")


@users.command("disable")
def disable_user(name: Name) -> None:
    """Shut an account out at once: its sessions end, its tokens are worth nothing."""
    from puma.accounts import disable

    with opened() as installation:
        disable(installation.storage, name)
    say(f"{name} is shut out. `puma user enable {name}` lets in again.")


@users.command("enable")
def enable_user(name: Name) -> None:
    """Let a disabled account in again."""
    from puma.accounts import enable

    with opened() as installation:
        enable(installation.storage, name)
    say(f"{name} may sign in again.")


@tokens.command("create")
def create_token(
    role: RoleOption = "viewer",
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = 90,
    user: Annotated[str, typer.Option(help="Whose token; without it, it stands for a program.")] = "",
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Make a token and print it; it cannot be shown again. Use it as `Authorization: Bearer TOKEN`."""
    from puma.access import ROLES
    from puma.accounts import make_token, number_of, service_account

    if role not in ROLES:
        raise WrongUsage(f"{role!r} is no role; there are: {', '.join(ROLES[1:])}.")
    with opened(prepare=True) as installation:
        storage = installation.storage
        owner = number_of(storage, user) if user else service_account(storage)
        token = make_token(storage, installation.settings.access, owner, role=role, days=days, label=label)
    typer.echo(token)
    print(f"Valid for {days} days with the role {role}. It cannot be shown again.", file=sys.stderr)


@tokens.command("list")
def list_tokens() -> None:
    """All tokens, without their secrets."""
    from puma.accounts import tokens as all_tokens

    with opened() as installation:
        found = all_tokens(installation.storage)
    if not found:
        say("No tokens yet.")
    for one in found:
        say(
            f"{one.prefix}  {one.role:12} {one.state:8} until {_day(one.expires_at)}  "
            f"last used {_day(one.used_at)}  {one.owner}  {one.label}"
        )


@tokens.command("revoke")
def revoke(prefix: Annotated[str, typer.Argument(help="Its beginning, as `puma token list` shows it.")]) -> None:
    """Make a token worthless at once."""
    from puma.accounts import revoke_token

    with opened() as installation:
        revoke_token(installation.storage, prefix[:13])
    say(f"{prefix[:13]} is revoked.")


def _password(*, from_input: bool) -> tuple[str, bool]:
    """The password and whether it was made up here."""
    from puma.accounts.passwords import made_password

    if from_input:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True)), False
    return made_password(), True


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "never"
