"""Signing in: by a password of this installation, or by what an identity provider vouches for."""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from puma.access import ANONYMOUS, Viewer
from puma.accounts import audit
from puma.accounts.claims import Vouched
from puma.accounts.passwords import fits, hashed, is_old, must_be_good
from puma.accounts.register import login_of
from puma.accounts.slowing import Slowing
from puma.entities import Account
from puma.entities.accounts import LOCAL
from puma.errors import Refused, SlowDown, WrongUsage
from puma.storage import Storage, now

WRONG = "The name or the password is not right."
"""The one answer to a wrong name, a wrong password and a disabled account."""


@dataclass
class Attempts:
    """How many attempts are left: for a name, whether or not it exists, and for an address."""

    by_name: Slowing
    by_address: Slowing

    @classmethod
    def fresh(cls) -> "Attempts":
        """10 attempts on a name, then 2 a minute; 30 from an address, then 10 a minute."""
        return cls(Slowing(10, 2), Slowing(30, 10))


def check_password(storage: Storage, attempts: Attempts, login: str, password: str, address: str) -> int:
    """The number of the account whose name and password these are.

    Raises Refused, after the same work, whatever is wrong; SlowDown after too many attempts.
    """
    try:
        subject = login_of(login)
    except WrongUsage:
        subject = ""
    wait = max(attempts.by_address.wait_s(address), attempts.by_name.wait_s(subject))
    if wait:
        raise SlowDown(f"Too many attempts: try again in {round(wait) + 1} seconds.", wait)
    with storage.reading() as session:
        one = session.scalars(select(Account).where(Account.issuer == LOCAL, Account.subject == subject)).first()
    right = fits(password, one.password_hash if one else None)
    if one is None or not right or one.disabled_at is not None:
        with storage.writing() as session:  # an unknown name may be a password typed in the wrong place: not kept
            who = Viewer(one.role, one.name, account=one.id) if one else ANONYMOUS
            audit.write(session, who, "sign-in failed", detail=f"from {address}")
        raise Refused(WRONG)
    attempts.by_name.forgive(subject)
    if one.password_hash and is_old(one.password_hash):
        with storage.writing() as session:
            session.execute(update(Account).where(Account.id == one.id).values(password_hash=hashed(password)))
    return one.id


_own = Slowing(10, 2)


def change_own_password(storage: Storage, viewer: Viewer, old: str, new: str) -> None:
    """Change the password of who is signed in. Raises Refused when the old one is wrong."""
    with storage.reading() as session:
        one = session.get(Account, viewer.account)
    if one is None or one.issuer != LOCAL:
        raise Refused("You sign in elsewhere and have no password here.")
    if wait := _own.wait_s(f"{storage.url} {one.id}"):
        raise SlowDown(f"Too many attempts: try again in {round(wait) + 1} seconds.", wait)
    if not fits(old, one.password_hash):
        raise Refused("The present password is not right.")
    must_be_good(new, one.subject)
    kept = hashed(new)
    with storage.writing() as session:
        session.execute(update(Account).where(Account.id == one.id).values(password_hash=kept))
        audit.write(session, viewer, "password changed", detail=one.subject)


def vouched_account(storage: Storage, vouched: Vouched) -> int:
    """The account of somebody an identity provider vouches for; made at the first time, brought up to date at each.

    Raises Refused for a disabled account.
    """
    values: dict[str, object] = {"name": vouched.name, "orcid": vouched.orcid or None}
    if vouched.role is not None:
        values |= {"role": vouched.role, "scope": list(vouched.scope)}
    with storage.writing() as session:
        one = session.scalars(
            select(Account).where(Account.issuer == vouched.issuer, Account.subject == vouched.subject)
        ).first()
        if one is None:
            key = {"issuer": vouched.issuer, "subject": vouched.subject, "role": vouched.first_role, "scope": []}
            statement = insert(Account).values(**{**key, **values}, created_at=now()).returning(Account.id)
            number = session.execute(statement).scalar_one()
            who = Viewer(vouched.role or vouched.first_role, vouched.name, account=number)
            audit.write(session, who, "account made", detail="at the first sign-in by the provider")
            return number
        who = Viewer(one.role, vouched.name, account=one.id)
        if one.disabled_at is not None:
            audit.write(session, who, "sign-in failed", detail="disabled")
        else:
            session.execute(update(Account).where(Account.id == one.id).values(**values))
            if vouched.role not in (None, one.role):
                audit.write(session, who, "role changed", detail=f"{one.role} to {vouched.role}, by the provider")
    if one.disabled_at is not None:
        raise Refused("This account is disabled: ask an administrator.")
    return one.id
