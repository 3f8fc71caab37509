"""The register of accounts: made, listed, given a role, disabled; keyed by issuer and subject, never by e-mail."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from puma.access import EVERYTHING, ROLES, Viewer
from puma.accounts import audit
from puma.accounts.passwords import hashed, must_be_good
from puma.entities import Account, Identifier, Instrument, Record, WebSession
from puma.entities.accounts import LOCAL, SERVICE
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.names import fold
from puma.resolve import aliases
from puma.storage import Storage, now
from puma.visibility import exists_for

LOGIN = re.compile(r"[^\W_][\w.@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as administrators see it. person: the record that its ORCID leads to."""

    id: int
    issuer: str
    subject: str
    name: str
    role: str
    scope: tuple[str, ...]
    orcid: str
    person: int | None
    signed_in_at: datetime | None
    disabled: bool

    @property
    def is_local(self) -> bool:
        """Whether it signs in with a password of this installation."""
        return self.issuer == LOCAL

    @property
    def is_service(self) -> bool:
        """Whether nobody signs in with it: tokens of the command line hang on it."""
        return self.issuer == SERVICE


def login_of(written: str) -> str:
    """A sign-in name as it is kept: one case, one normal form. Raises WrongUsage for what is none."""
    login = unicodedata.normalize("NFKC", written).strip().casefold()
    if not LOGIN.fullmatch(login):
        raise WrongUsage(f"{written!r} is no sign-in name: letters, digits and . _ @ + - only.")
    return login


def has_accounts(storage: Storage) -> bool:
    """Whether somebody may sign in with a password here."""
    with storage.reading() as session:
        return session.scalar(select(Account.id).where(Account.issuer == LOCAL).limit(1)) is not None


def add_account(
    storage: Storage,
    login: str,
    password: str,
    role: str,
    *,
    name: str = "",
    scope: Sequence[str] = (),
    orcid: str = "",
    by: Viewer = EVERYTHING,
) -> int:
    """Make a local account. Returns its number. Raises Conflict for a name that is taken, WrongUsage for bad values.

    by: who makes it. The first one that is not made on the command line is an administrator's, or nobody could go on.
    """
    must_administer(by)
    subject = login_of(login)
    must_be_good(password, subject)
    values = {
        "issuer": LOCAL,
        "subject": subject,
        "name": (name or login).strip()[:300],
        "role": _role(role),
        "scope": list(scope),
        "password_hash": hashed(password),
        "orcid": orcid or None,
        "created_at": now(),
    }
    with storage.writing() as session:
        if session.scalar(select(Account.id).where(Account.issuer == LOCAL, Account.subject == subject)):
            raise Conflict(f"There is an account {subject}: `puma user role` and `puma user password` change it.")
        if by is not EVERYTHING and role != "admin" and not administrators(session):
            raise Refused("The first account must be an administrator's: nobody else could go on from there.")
        _check_scope(session, scope)
        number = session.execute(insert(Account).values(**values).returning(Account.id)).scalar_one()
        audit.write(session, by, "account made", detail=f"{subject}, {_told(role, scope)}")
        return number


def service_account(storage: Storage) -> int:
    """The account that tokens of the command line hang on; nobody can sign in with it."""
    with storage.writing() as session:
        found = session.scalar(select(Account.id).where(Account.issuer == SERVICE, Account.subject == "command line"))
        if found is not None:
            return found
        row = {"issuer": SERVICE, "subject": "command line", "name": "A program", "role": "admin", "scope": []}
        return session.execute(insert(Account).values(**row, created_at=now()).returning(Account.id)).scalar_one()


def accounts(storage: Storage) -> list[AccountView]:
    """All accounts by issuer and name."""
    query = (
        select(Account, Identifier.record_id)
        .outerjoin(
            Identifier,
            (Identifier.kind == "person") & (Identifier.scheme == "orcid") & (Identifier.value == Account.orcid),
        )
        .order_by(Account.issuer, Account.subject)
    )
    with storage.reading() as session:
        return [_view(one, person) for one, person in session.execute(query)]


def account(storage: Storage, number: int) -> AccountView:
    """One account. Raises NotHere."""
    for one in accounts(storage):
        if one.id == number:
            return one
    raise NotHere("There is no such account.")


def _view(one: Account, person: int | None) -> AccountView:
    return AccountView(
        one.id,
        one.issuer,
        one.subject,
        one.name,
        one.role,
        tuple(one.scope),
        one.orcid or "",
        person,
        one.signed_in_at,
        one.disabled_at is not None,
    )


def must_administer(by: Viewer) -> None:
    """Raise Refused for whoever may not change accounts: a token makes none, a stolen one would never end."""
    by.must_be("admin", "Changing accounts")
    if by.account and not by.session:
        raise Refused("Accounts are changed by people who are signed in.")


def administrators(session: Session) -> list[int]:
    """The accounts that may change accounts, held so that two do not shut out each other."""
    here = Account.role == "admin", Account.disabled_at.is_(None), Account.issuer != SERVICE
    return list(session.scalars(select(Account.id).where(*here).order_by(Account.id).with_for_update()))


def _keep_one(session: Session, one: Account, by: Viewer) -> None:
    """Raise Refused where nobody could change accounts on the pages any more without this one.

    The command line can always make another one, so it may.
    """
    if by is not EVERYTHING and administrators(session) == [one.id]:
        raise Refused(f"{one.subject} is the last administrator: give somebody else that role first.")


def set_role(
    storage: Storage, login: str | int, role: str, scope: Sequence[str] | None = None, *, by: Viewer = EVERYTHING
) -> None:
    """Give an account another role, and other instruments unless ``scope`` is None. It holds from the next request.

    login: its name, or its number. Raises Refused for the last administrator.
    """
    must_administer(by)
    with storage.writing() as session:
        one = _found(session, login)
        values: dict[str, object] = {"role": _role(role)}
        if role != "admin":
            _keep_one(session, one, by)
        if scope is not None:
            _check_scope(session, scope)
            values["scope"] = list(scope)
        was, becomes = _told(one.role, one.scope), _told(role, one.scope if scope is None else scope)
        session.execute(update(Account).where(Account.id == one.id).values(**values))
        audit.write(session, by, "role changed", detail=f"{one.subject}: {was} to {becomes}")


def set_password(storage: Storage, login: str | int, password: str, *, by: Viewer = EVERYTHING) -> None:
    """Give a local account another password; all its sessions end. login: its name, or its number."""
    must_administer(by)
    kept = hashed(password)
    with storage.writing() as session:
        one = _found(session, login)
        if one.issuer != LOCAL:
            raise WrongUsage(f"{one.subject} signs in elsewhere and has no password here.")
        must_be_good(password, one.subject)
        session.execute(update(Account).where(Account.id == one.id).values(password_hash=kept))
        session.execute(delete(WebSession).where(WebSession.account_id == one.id))
        audit.write(session, by, "password changed", detail=one.subject)


def disable(storage: Storage, login: str | int, *, by: Viewer = EVERYTHING) -> None:
    """Shut an account out at once: its sessions end, its tokens are worth nothing while it is disabled.

    login: its name, or its number. Raises Refused for the last administrator.
    """
    must_administer(by)
    with storage.writing() as session:
        one = _found(session, login)
        _keep_one(session, one, by)
        session.execute(update(Account).where(Account.id == one.id).values(disabled_at=now()))
        session.execute(delete(WebSession).where(WebSession.account_id == one.id))
        audit.write(session, by, "disabled", detail=one.subject)


def enable(storage: Storage, login: str | int, *, by: Viewer = EVERYTHING) -> None:
    """Let a disabled account in again. login: its name, or its number."""
    must_administer(by)
    with storage.writing() as session:
        one = _found(session, login)
        session.execute(update(Account).where(Account.id == one.id).values(disabled_at=None))
        audit.write(session, by, "enabled", detail=one.subject)


def instrument_names(storage: Storage) -> list[str]:
    """The names by which instruments can be given to accounts."""
    query = select(Instrument.name).join(Record, Record.id == Instrument.id).where(exists_for(EVERYTHING)).distinct()
    with storage.reading() as session:
        return sorted(session.scalars(query), key=str.casefold)


def _told(role: str, scope: Sequence[str]) -> str:
    return f"{role} for {', '.join(scope)}" if scope else role


def number_of(storage: Storage, login: str) -> int:
    """The number of the account of that name. Raises NotHere."""
    with storage.reading() as session:
        return _found(session, login).id


def viewer_of(session: Session, one: Account, *, role: str = "", scope: Sequence[str] | None = None) -> Viewer:
    """Who an account is, in ``role`` when that is given, with the instruments that its names mean today."""
    meant = _meant(session, one.scope if scope is None else scope)
    return Viewer(role or one.role, one.name, frozenset().union(*meant.values()), one.id)


def _meant(session: Session, names: Sequence[str]) -> dict[str, set[int]]:
    """The numbers of the instruments that each name means: those called so today, else those that once were."""
    lower = {name.casefold() for name in names}
    called: dict[str, set[int]] = defaultdict(set)
    if lower:
        query = select(func.lower(Instrument.name), Instrument.id).where(func.lower(Instrument.name).in_(lower))
        for name, number in session.execute(query):
            called[name].add(number)
    once: dict[str, set[int]] = defaultdict(set)
    if lower - called.keys():
        for key, number in aliases(session, "instrument").items():
            once[key.rpartition("/")[2]].add(number)
    return {name: called.get(name.casefold()) or once.get(fold(name), set()) for name in names}


def _found(session: Session, login: str | int) -> Account:
    if isinstance(login, int):
        one = session.get(Account, login)
        if one is None or one.issuer == SERVICE:
            raise NotHere("There is no such account.")
        return one
    wanted = unicodedata.normalize("NFKC", login).strip()
    found = session.scalars(
        select(Account).where(Account.subject.in_((wanted, wanted.casefold())), Account.issuer != SERVICE)
    ).all()
    local = [one for one in found if one.issuer == LOCAL] or list(found)
    if not local:
        raise NotHere(f"There is no account {login!r}: `puma user list` shows them.")
    if len(local) > 1:
        raise Conflict(f"Several issuers have a subject {login!r}.")
    return local[0]


def _role(role: str) -> str:
    if role not in ROLES[1:]:
        raise WrongUsage(f"{role!r} is no role; there are: {', '.join(ROLES[1:])}.")
    return role


def _check_scope(session: Session, scope: Sequence[str]) -> None:
    """Raise WrongUsage for an instrument that nobody ever told of, once some are known."""
    query = select(func.lower(Instrument.name)).join(Record, Record.id == Instrument.id).where(exists_for(EVERYTHING))
    known = set(session.scalars(query))
    meant = _meant(session, scope)
    strange = [name for name in scope if name.casefold() not in known and not meant[name]]
    if known and strange:
        raise WrongUsage(f"There is no instrument {strange[0]!r}.")
