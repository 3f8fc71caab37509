"""The command that writes the weekly digest of everybody with instruments, and sends it where wished."""

from typing import Annotated

import typer

from puma.cli.door import app, leave, opened, say


@app.command()
def digest(
    send: Annotated[
        bool, typer.Option("--send", help="Send it to those who wished for it; else it is printed.")
    ] = False,
    account: Annotated[str, typer.Option(help="Only of this account, by the name it signs in with.")] = "",
) -> None:
    """What waits, was asked, was decided and is new this week, for each account with instruments. Run it weekly."""
    from puma.errors import NotHere, PumaError
    from puma.requests import digests, send_digest
    from puma.storage import now

    at, failed, shown = now(), 0, 0
    with opened() as installation:
        for due in digests(installation.storage, installation.settings, at=at):
            if account and due.login != account.casefold():
                continue
            shown += 1
            if not send:
                say(f"To: {due.letter.name} ({due.login}; {due.why_not(at) or 'goes out with --send'})")
                say(f"Subject: {due.letter.subject}\n\n{due.letter.body}")
                continue
            reason = due.why_not(at)
            try:
                if not reason and not send_digest(installation.storage, installation.settings, due, at=at):
                    reason = "went out meanwhile"
            except PumaError as error:
                failed, reason = failed + 1, f"failed: {error}"
            say(f"{due.login}: {reason or 'sent'}")
    if account and not shown:
        raise NotHere(f"No account {account!r} is responsible for instruments.")
    if not shown:
        say("No account is responsible for instruments: `puma user role NAME ROLE --instrument I` says who is.")
    if failed:
        leave(1)
