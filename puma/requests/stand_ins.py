"""Stand-ins: an account names another that sees and answers in its place what it is asked, between two days."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.accounts import audit
from puma.entities import Account, StandIn
from puma.entities.accounts import SERVICE
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.storage import Storage

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class StandInView:
    """Who stands in for whom, both days included. own: the viewer named them, and may end it."""

    id: int
    absent: str
    stands_in: str
    first_day: date
    last_day: date
    own: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with an account, as others may choose them."""

    id: int
    name: str


def colleagues(storage: Storage, viewer: Viewer) -> list[Colleague]:
    """The others who may sign in, by name; for whoever has an account, and for who asks where nobody signs in yet."""
    if not viewer.at_least("viewer") or not (viewer.account or viewer.at_least("scientist")):
        return []
    query = select(Account.id, Account.name).where(
        Account.disabled_at.is_(None), Account.issuer != SERVICE, Account.id != viewer.account
    )
    with storage.reading() as session:
        found = [Colleague(*row) for row in session.execute(query)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def name_stand_in(
    storage: Storage, viewer: Viewer, account: int, first_day: date, last_day: date, *, at: datetime
) -> int:
    """Let an account see and answer, from one day to another, what the viewer is asked. Returns its number.

    Raises WrongUsage for days that are over, in the wrong order or too many, NotHere for no such account.
    """
    _signed_in(viewer)
    if last_day < first_day or last_day < at.date():
        raise WrongUsage("The last day is over, or before the first.")
    if (last_day - first_day).days > LONGEST_DAYS:
        raise WrongUsage("Somebody stands in for a year at most.")
    if account == viewer.account:
        raise WrongUsage("Nobody stands in for themselves.")
    with storage.writing() as session:
        other = session.get(Account, account)
        if other is None or other.disabled_at is not None or other.issuer == SERVICE:
            raise NotHere("There is no such account.")
        same = select(StandIn.id).where(
            StandIn.absent_id == viewer.account, StandIn.stands_in_id == account,
            StandIn.first_day <= last_day, StandIn.last_day >= first_day,
        )  # fmt: skip
        if session.scalar(same.limit(1)) is not None:
            raise Conflict(f"{other.name} stands in for you on some of these days already. Nothing was changed.")
        row = {"absent_id": viewer.account, "stands_in_id": account, "first_day": first_day, "last_day": last_day}
        number = session.execute(insert(StandIn).values(**row, named_at=at).returning(StandIn.id)).scalar_one()
        audit.write(session, viewer, "stand-in", detail=f"{other.name} from {first_day} to {last_day}")
        return number


def end_stand_in(storage: Storage, viewer: Viewer, number: int) -> None:
    """Let somebody stand in no more. Raises NotHere when the viewer did not name them."""
    _signed_in(viewer)
    with storage.writing() as session:
        query = (
            select(StandIn, Account.name)
            .join(Account, Account.id == StandIn.stands_in_id)
            .where(StandIn.id == number, StandIn.absent_id == viewer.account)
        )
        found = session.execute(query).first()
        if found is None:
            raise NotHere("Nobody of that number stands in for you.")
        session.execute(delete(StandIn).where(StandIn.id == number))
        audit.write(session, viewer, "stand-in", detail=f"{found[1]} no more")


def stand_ins(storage: Storage, viewer: Viewer, *, at: datetime) -> list[StandInView]:
    """Who stands in for the viewer and for whom the viewer does, now and later; by day."""
    if not viewer.account:
        return []
    absent, other = aliased(Account), aliased(Account)
    query = (
        select(StandIn, absent.name, other.name)
        .join(absent, absent.id == StandIn.absent_id)
        .join(other, other.id == StandIn.stands_in_id)
        .where(or_(StandIn.absent_id == viewer.account, StandIn.stands_in_id == viewer.account))
        .where(StandIn.last_day >= at.date())
        .order_by(StandIn.first_day, StandIn.id)
    )
    with storage.reading() as session:
        return [
            StandInView(one.id, away, instead, one.first_day, one.last_day, one.absent_id == viewer.account)
            for one, away, instead in session.execute(query)
        ]


def absent_names(session: Session, viewer: Viewer, at: datetime) -> dict[int, str]:
    """The accounts that the viewer stands in for today (UTC), with their names."""
    if not viewer.account:
        return {}
    query = (
        select(Account.id, Account.name)
        .join(StandIn, StandIn.absent_id == Account.id)
        .where(
            StandIn.stands_in_id == viewer.account, StandIn.first_day <= at.date(), StandIn.last_day >= at.date(),
            Account.disabled_at.is_(None),
        )
    )  # fmt: skip
    return dict(session.execute(query).all())


def _signed_in(viewer: Viewer) -> None:
    if not viewer.account:
        raise Refused("This is for people who are signed in.")
