"""Persons whom people put together or apart: what stays where it was put, through every re-harvest and matching."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, select
from sqlalchemy.orm import Session, aliased

from puma.entities import (
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Decision,
    ExperimentParticipant,
    Participant,
    PersonAffiliation,
    Proposal,
    Publication,
    Record,
)
from puma.names import fold, parse_name
from puma.storage import chunks, insert_rows, update_rows

AUTHOR = "author"
"""The scheme of identifiers of persons that are made here, from what works and proposals say."""
PUT = ("join", "split", "distinct")
"""Verdicts that put mentions of people with a person."""


@dataclass(slots=True)
class Put:
    """Where people put mentions, by row number: authorships, participants of proposals, of experiments."""

    authors: dict[int, int] = field(default_factory=dict)
    participants: dict[int, int] = field(default_factory=dict)
    guests: dict[int, int] = field(default_factory=dict)

    @property
    def persons(self) -> frozenset[int]:
        """The persons with whom something was put."""
        return frozenset(self.authors.values()) | frozenset(self.participants.values())


def merged_persons(session: Session, kind: str = "person") -> dict[int, int]:
    """What each record of a kind that was made one with another is now."""
    into: dict[int, int] = {
        number: target or 0
        for number, target in session.execute(
            select(Record.id, Record.merged_into_id).where(Record.kind == kind, Record.merged_into_id.is_not(None))
        )
    }
    found = {}
    for number in into:
        seen, last = {number}, into[number]
        while last in into and last not in seen:
            seen.add(last)
            last = into[last]
        found[number] = last
    return found


def put_by_hand(session: Session) -> Put:
    """Where every mention belongs about which somebody decided, as the decisions that stand say in their order."""
    return where_put(session, [value[0] for (value,) in session.connection().execute(_putting()) if value])


@cache
def _putting() -> Select[Any]:
    undoing = aliased(Decision)
    return (
        select(Decision.value)
        .join(Record, Record.id == Decision.left_id)
        .where(Decision.verdict.in_(PUT), Record.kind == "person")
        .where(~select(undoing.id).where(undoing.undoes_id == Decision.id).exists())
        .order_by(Decision.id)
    )


def where_put(session: Session, said: Sequence[Mapping[str, Any]]) -> Put:
    """The rows that decisions speak of, as they are now, and where each belongs.

    said: of each decision the lists ``works`` [record, position, name, was, probability, now], ``proposals``
    [record, position, name, was, now] and ``experiments`` [record, was, now]. Of several decisions on a mention the
    later one holds. A mention is known again by work and folded name; of namesakes by its position.
    """
    put = Put()
    if not said:
        return put
    became = merged_persons(session)
    works = [one for value in said for one in value["works"]]
    same_work = merged_persons(session, "publication")
    authors = _Rows.read(session, Authorship, Authorship.record_id, {same_work.get(w[0], w[0]) for w in works})
    bids = _Rows.read(session, Participant, Participant.proposal_id, {p[0] for v in said for p in v["proposals"]})
    for value in said:
        for work, position, name, _, _, now in value["works"]:
            if row := authors.find(same_work.get(work, work), position, name):
                put.authors[row] = became.get(now, now)
        for proposal, position, name, _, now in value["proposals"]:
            if row := bids.find(proposal, position, name):
                put.participants[row] = became.get(now, now)
    _guests(session, said, became, put)
    gone = _gone(session, put.persons | frozenset(put.guests.values()))
    for rows in (put.authors, put.participants, put.guests):
        for row in [row for row, person in rows.items() if person in gone]:
            del rows[row]
    return put


@dataclass(slots=True)
class _Rows:
    """Rows of people by record: (row number, position, folded name, folded family)."""

    of: dict[int, list[tuple[int, int, str, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, session: Session, entity: Any, owner: Any, records: Collection[int]) -> "_Rows":
        rows = cls()
        for some in chunks(sorted(records)):
            query = select(entity.id, owner, entity.position, entity.name).where(owner.in_(some)).order_by(entity.id)
            for number, record, position, name in session.execute(query):
                rows.of[record].append((number, position, fold(name), fold(parse_name(name).family)))
        return rows

    def find(self, record: int, position: int, name: str) -> int | None:
        """The row of that name; a respelled one must at least keep place and family."""
        here, folded = self.of.get(record, []), fold(name)
        same = [row for row in here if row[2] == folded]
        if not same:
            family = fold(parse_name(name).family)
            same = [row for row in here if row[1] == position and row[3] == family]
        return min(same, key=lambda row: (abs(row[1] - position), row[0]))[0] if same else None


def _guests(session: Session, said: Sequence[Mapping[str, Any]], became: Mapping[int, int], put: Put) -> None:
    """Who took part in an experiment has no name there: the row of whom the decision speaks is the person's."""
    rows: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for some in chunks(sorted({one[0] for value in said for one in value["experiments"]})):
        query = select(
            ExperimentParticipant.id, ExperimentParticipant.experiment_id, ExperimentParticipant.person_id
        ).where(ExperimentParticipant.experiment_id.in_(some), ExperimentParticipant.person_id.is_not(None))
        for number, experiment, person in session.execute(query):
            rows[experiment].append((number, person or 0))
    for value in said:
        for experiment, was, now in value["experiments"]:
            for number, person in rows.get(experiment, ()):
                if put.guests.get(number, person) in (was, now):
                    put.guests[number] = became.get(now, now)
                    break


def _gone(session: Session, persons: Collection[int]) -> set[int]:
    """Those of whom no source tells any more."""
    found: set[int] = set()
    for some in chunks(sorted(persons)):
        found.update(session.scalars(select(Record.id).where(Record.id.in_(some), Record.deleted_at.is_not(None))))
    return found


def settle_persons(session: Session) -> None:
    """Put everything where people put it, after a harvest wrote it anew."""
    put = put_by_hand(session)
    for entity, rows in (
        (Authorship, put.authors), (Participant, put.participants), (ExperimentParticipant, put.guests)
    ):  # fmt: skip
        write_persons(session, entity, rows)


def write_persons(session: Session, entity: Any, wanted: Mapping[int, int]) -> None:
    """Give rows their person where it is another; an authorship that people decided is certain."""
    more = {"probability": 1.0} if entity is Authorship else {}
    for some in chunks(sorted(wanted)):
        held: dict[int, int | None] = dict(
            session.execute(select(entity.id, entity.person_id).where(entity.id.in_(some))).all()
        )
        sure = set(some)
        if entity is Authorship:
            sure = set(session.scalars(select(entity.id).where(entity.id.in_(some), entity.probability == 1.0)))
        update_rows(
            session, entity,
            [{"id": n, "person_id": wanted[n], **more} for n in some if held[n] != wanted[n] or n not in sure],
        )  # fmt: skip


def settle_whereabouts(session: Session, persons: Collection[int] | None = None) -> int:
    """Who was where when, as proposals and works say; of these persons, or of all. Returns how many rows changed."""
    seen = set(_seen(session, persons))
    days = _days(session, None if persons is None else {record for _, _, record in seen})
    wanted = {(person, affiliation, days.get(record), record) for person, affiliation, record in seen}
    held: dict[tuple[Any, ...], int] = {}
    twice = []
    columns = (
        PersonAffiliation.id, PersonAffiliation.person_id, PersonAffiliation.affiliation_id,
        PersonAffiliation.seen_on, PersonAffiliation.record_id,
    )  # fmt: skip
    query = select(*columns)
    if persons is not None:
        query = query.where(PersonAffiliation.person_id.in_(sorted(persons)))
    for row in session.execute(query):
        key = (row.person_id, row.affiliation_id, row.seen_on, row.record_id)
        if key in held:
            twice.append(row.id)
        held[key] = row.id
    stale = sorted([number for key, number in held.items() if key not in wanted] + twice)
    for some in chunks(stale):
        session.execute(delete(PersonAffiliation).where(PersonAffiliation.id.in_(some)))
    fresh = sorted(wanted - held.keys(), key=lambda row: (row[3], row[0] or 0, row[1] or 0))
    insert_rows(
        session,
        PersonAffiliation,
        [{"person_id": p, "affiliation_id": a, "seen_on": day, "record_id": record} for p, a, day, record in fresh],
    )
    return len(stale) + len(fresh)


def _days(session: Session, records: Collection[int] | None) -> dict[int, date | None]:
    """When each of these records, or of all, was deposited or published."""
    days: dict[int, date | None] = {}
    for entity, day in (
        (Proposal, Proposal.deposited_on), (Publication, Publication.published_on), (Dataset, Dataset.created_on)
    ):  # fmt: skip
        query = select(entity.id, day)
        if records is None:
            days.update(session.execute(query).all())
            continue
        for some in chunks(sorted(records)):
            days.update(session.execute(query.where(entity.id.in_(some))).all())
    return days


def _seen(session: Session, persons: Collection[int] | None) -> Iterable[tuple[Any, Any, Any]]:
    """(person, affiliation, record) of all, or of these persons."""
    if persons is None:
        these: tuple[Sequence[int] | None, ...] = (None,)
    else:
        these = tuple(chunks(sorted(persons)))
    for some in these:
        for query in _seeing(of_all=some is None):
            yield from session.connection().execute(query, {} if some is None else {"persons": some})


@cache
def _seeing(*, of_all: bool) -> tuple[Select[Any, Any, Any], Select[Any, Any, Any]]:
    at_work = (
        select(Authorship.person_id, AuthorshipAffiliation.affiliation_id, Authorship.record_id)
        .join(
            AuthorshipAffiliation,
            (AuthorshipAffiliation.record_id == Authorship.record_id)
            & (AuthorshipAffiliation.position == Authorship.position),
        )
        .where(Authorship.person_id.is_not(None))
    )
    on_proposal = select(Participant.person_id, Participant.affiliation_id, Participant.proposal_id).where(
        Participant.person_id.is_not(None), Participant.affiliation_id.is_not(None)
    )
    if of_all:
        return at_work, on_proposal
    these: BindParameter[Any] = bindparam("persons", expanding=True)
    return at_work.where(Authorship.person_id.in_(these)), on_proposal.where(Participant.person_id.in_(these))
