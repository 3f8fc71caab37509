"""Marks: a few words on every public record that differ when what is told of it differs; one query for each cause."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, case, func, select
from sqlalchemy.orm import Session, aliased

from puma.access import ANONYMOUS
from puma.entities import Affiliation, Authorship, AuthorshipAffiliation, Institution, Link, Participant, Record
from puma.visibility import exists_for

WORKS = ("publication", "dataset", "proposal")
THINGS = ("instrument", "facility")
COUNTED = ("validated", "auto")
_UPWARDS = 20  # institutions above one another


@dataclass(frozen=True, slots=True)
class Marked:
    """A public record. changed: its own date of change, in seconds since 1970."""

    kind: str
    changed: int
    mark: str


def marks(session: Session) -> dict[int, Marked]:
    """Every record that may be told to everybody: works and instruments that are public, and the persons and
    institutions that stand on a public work. Those that only hidden records name are not among them."""
    rows = session.execute(
        select(Record.id, Record.kind, Record.changed_at).where(
            Record.kind.in_((*WORKS, *THINGS)), exists_for(ANONYMOUS)
        )
    )
    known = {number: (kind, changed) for number, kind, changed in rows}
    more: dict[int, list[str]] = defaultdict(list)
    for query in (_people(), _places(), _links()):
        for number, count, total in session.execute(query):
            more[number].append(f"{count}.{int(total or 0)}")
    for number, kind, changed, mark in (*_persons(session), *_institutions(session)):
        known[number] = (kind, changed)
        more[number].append(mark)
    return {
        number: Marked(kind, _seconds(changed), " ".join((str(_micros(changed)), *more.get(number, ()))))
        for number, (kind, changed) in known.items()
    }


def fingerprint(session: Session) -> str:
    """Words that differ when any mark may: cheap enough to ask before each list."""
    asked: tuple[Executable, ...] = (
        select(
            func.count(), func.max(Record.changed_at), func.count(Record.deleted_at), func.count(Record.merged_into_id),
            func.sum(case((Record.visibility == "public", Record.id), else_=0)),
        ),
        select(func.count(), func.max(Authorship.id), func.sum(Authorship.person_id)),
        select(func.max(AuthorshipAffiliation.id)),
        select(func.count(Affiliation.institution_id), func.sum(Affiliation.institution_id)),
        select(func.sum(case((Link.state.in_(COUNTED), Link.id), else_=0))),
    )  # fmt: skip
    return "|".join(str(value) for query in asked for value in session.execute(query).one())


def buried(session: Session) -> Iterator[tuple[int, str, int]]:
    """(number, kind, seconds) of public works that were withdrawn before the first look."""
    rows = session.execute(
        select(Record.id, Record.kind, Record.changed_at).where(
            Record.kind.in_(("publication", "dataset", "instrument")),
            Record.visibility == "public",
            Record.deleted_at.is_not(None) | Record.merged_into_id.is_not(None),
        )
    )
    return ((number, kind, _seconds(changed)) for number, kind, changed in rows)


def _people() -> Executable:
    """Who wrote it, as resolved."""
    return select(
        Authorship.record_id, func.count(), func.sum(func.coalesce(Authorship.person_id, 0) * Authorship.position)
    ).group_by(Authorship.record_id)


def _places() -> Executable:
    """Where they were, as resolved."""
    return (
        select(
            AuthorshipAffiliation.record_id,
            func.count(),
            func.sum(func.coalesce(Affiliation.institution_id, 0) * AuthorshipAffiliation.position),
        )
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .group_by(AuthorshipAffiliation.record_id)
    )


def _links() -> Executable:
    """What it was linked with that everybody may know of."""
    right = aliased(Record)
    return (
        select(Link.left_id, func.count(), func.sum(Link.right_id))
        .join(right, right.id == Link.right_id)
        .where(Link.state.in_(COUNTED), right.kind.in_(("dataset", "proposal")), exists_for(ANONYMOUS, right))
        .group_by(Link.left_id)
    )


def _persons(session: Session) -> Iterator[tuple[int, str, datetime, str]]:
    """Who is named on public works: the mark follows the works, never what only the user office says."""
    found: dict[int, tuple[datetime, int, int]] = {}
    person = aliased(Record)
    for owner, number in (
        (Authorship.record_id, Authorship.person_id),
        (Participant.proposal_id, Participant.person_id),
    ):
        query = (
            select(number, func.max(Record.changed_at), func.count(), func.sum(owner))
            .join(Record, Record.id == owner)
            .join(person, person.id == number)
            .where(exists_for(ANONYMOUS), person.deleted_at.is_(None), person.merged_into_id.is_(None))
            .group_by(number)
        )
        for named, changed, count, total in session.execute(query):
            one = int(named or 0)
            before = found.get(one, (changed, 0, 0))
            found[one] = (max(before[0], changed), before[1] + count, before[2] + int(total))
    return ((one, "person", changed, f"{count}.{total}") for one, (changed, count, total) in found.items())


def _institutions(session: Session) -> Iterator[tuple[int, str, datetime, str]]:
    """Institutions from which public works were written, and those above them."""
    named = (
        select(Affiliation.institution_id)
        .join(AuthorshipAffiliation, AuthorshipAffiliation.affiliation_id == Affiliation.id)
        .join(Record, Record.id == AuthorshipAffiliation.record_id)
        .where(exists_for(ANONYMOUS), Affiliation.institution_id.is_not(None))
        .distinct()
    )
    wanted = set(session.scalars(named))
    rows = {
        number: (changed, parent)
        for number, changed, parent in session.execute(
            select(Institution.id, Record.changed_at, Institution.parent_id)
            .join(Record, Record.id == Institution.id)
            .where(exists_for(ANONYMOUS))
        )
    }
    for _ in range(_UPWARDS):
        above = {parent for one in wanted if one in rows and (parent := rows[one][1])} - wanted
        if not above:
            break
        wanted |= above
    return (
        (one, "institution", rows[one][0], str(rows[one][1] or 0)) for one in sorted(n for n in wanted if n in rows)
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
