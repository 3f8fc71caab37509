"""Papers that beam time owes: each proposal with its instruments, who answers for it, what may be its paper."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.entities import Experiment, Instrument, Link, OwedWord, Participant, Person, Proposal, Publication, Record
from puma.listing.portions import ExportRow, Whole, streamed
from puma.listing.whole import whole
from puma.storage import Storage, chunks
from puma.visibility import exists_for

READERS = "scientist"
"""The role from which on people see what is owed, and when somebody was last reminded."""
TOLD = ("main_proposer", "first_session", "pairs_to_judge", "last_reminder")
"""What a list of owed papers says of each proposal besides what every list of proposals says."""
OFFICE = "user_office"
"""The role from which on people remind others of what they owe, and see their addresses."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A proposal that owes a paper, as far as the viewer may know.

    leader: the main proposer, else the first on the team. pairs: publications proposed for it that nobody judged yet.
    reminded_at: when somebody was last reminded. visibility: who may know that the proposal exists.
    """

    proposal_id: int
    code: str
    title: str
    type: str
    instruments: tuple[str, ...]
    leader: str
    leader_id: int | None
    first_day: date | None
    last_day: date | None
    pairs: int
    reminded_at: datetime | None
    visibility: str


@dataclass(frozen=True, slots=True)
class Excused:
    """A proposal of which somebody said that it owes no paper, and why."""

    word_id: int
    proposal_id: int
    code: str
    title: str
    reason: str
    said_by: str
    said_at: datetime


def owed(storage: Storage, viewer: Viewer, ids: Sequence[int]) -> list[Owed]:
    """These proposals, the oldest beam time first. ids: of proposals that owe a paper, as the metric counts them."""
    return owed_part(storage, viewer, ids, slice(None))[1]


def owed_part(storage: Storage, viewer: Viewer, ids: Sequence[int], part: slice) -> tuple[int, list[Owed]]:
    """How many of these proposals there are, and some of them: all are put in order, and only these are looked up."""
    with storage.reading() as session:
        order = sorted(one for some in chunks(sorted(ids)) for one in _places(session, viewer, some))
        wanted = [number for *_, number in order[part]]
        found = {one.proposal_id: one for some in chunks(wanted) for one in _some(session, viewer, some)}
    saw_records(storage, viewer, "list of owed papers", wanted)
    return len(order), [found[number] for number in wanted]


def owed_list(storage: Storage, viewer: Viewer, ids: Sequence[int]) -> Whole:
    """These proposals as a list to be exported, with what is owed of each. Raises Refused below scientist."""
    viewer.must_be(READERS, "The list of owed papers")
    listed = whole(storage, viewer, "proposals", ids=ids)
    portions = listed.portions
    assert portions is not None  # every list of records has them
    before, after = listed.columns[:3], listed.columns[3:]

    def rows(session: Session, some: Sequence[int]) -> list[ExportRow]:
        told = {one.proposal_id: one for one in _some(session, viewer, some)}
        found = ((row, told[row["id"]]) for row in portions.rows(session, some))
        return [
            row | dict(zip(TOLD, (one.leader, one.first_day, one.pairs, one.reminded_at), strict=True))
            for row, one in found
        ]

    found = replace(portions, columns=(*before, *TOLD, *after), rows=rows)
    return Whole(listed.what, found.columns, streamed(storage, found), found)


def one_owed(session: Session, viewer: Viewer, proposal_id: int) -> Owed | None:
    """One proposal, whether or not it owes anything; None when there is none for the viewer."""
    return next(_some(session, viewer, [proposal_id]), None)


def by_leader(found: Sequence[Owed]) -> list[tuple[str, int | None, int]]:
    """(main proposer, number of the person, proposals) of these, who owes most first."""
    counts = Counter((one.leader, one.leader_id) for one in found)
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0][0], one[0][1] or 0))
    return [(name, number, count) for (name, number), count in most]


def likely_papers(session: Session, viewer: Viewer, proposal_id: int, most: int = 5) -> list[tuple[str, str]]:
    """(title, DOI) of the publications that are proposed for a proposal and not judged, the likeliest first."""
    query = (
        select(Publication.title, Publication.doi)
        .join(Link, Link.left_id == Publication.id)
        .join(Record, Record.id == Publication.id)
        .where(Link.right_id == proposal_id, *_WAITS, exists_for(viewer))
        .order_by(Link.probability.desc(), Publication.id)
    )
    return [(title or "", doi or "") for title, doi in session.execute(query.limit(most))]


def address_of(session: Session, viewer: Viewer, person_id: int | None) -> str:
    """The e-mail address that a source gave for somebody; for the user office alone."""
    if person_id is None or not viewer.at_least(OFFICE):
        return ""
    return session.scalar(select(Person.email).where(Person.id == person_id)) or ""


def excused(storage: Storage, viewer: Viewer) -> list[Excused]:
    """The proposals of which somebody said that they owe no paper, the newest first."""
    query = (
        select(OwedWord, Proposal.code, Proposal.title)
        .join(Proposal, Proposal.id == OwedWord.proposal_id)
        .join(Record, Record.id == Proposal.id)
        .where(OwedWord.kind == "excused", OwedWord.ended_at.is_(None), exists_for(viewer))
        .order_by(OwedWord.said_at.desc(), OwedWord.id.desc())
    )
    with storage.reading() as session:
        rows = session.execute(query).all()
    saw_records(storage, viewer, "list of excused proposals", [row[0].proposal_id for row in rows])
    return [
        Excused(word.id, word.proposal_id, code or "", title or "", word.reason, word.said_by, word.said_at)
        for word, code, title in rows
    ]


_WAITS = (Link.relation == "publication-proposal", Link.state == "candidate")


def _sessions(numbers: Sequence[int], viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    """What the sessions of these proposals fulfil that had beam."""
    return Experiment.proposal_id.in_(numbers), Experiment.delivered_hours > 0, exists_for(viewer)


def _places(session: Session, viewer: Viewer, numbers: Sequence[int]) -> Iterator[tuple[date, str, int]]:
    """(first day, code, number) of these proposals, by which they are put in order."""
    days = (
        select(Experiment.proposal_id, func.min(Experiment.starts_at), func.min(Experiment.ends_at))
        .join(Record, Record.id == Experiment.id)
        .where(*_sessions(numbers, viewer))
        .group_by(Experiment.proposal_id)
    )
    first = {number: min(filter(None, some), default=None) for number, *some in session.execute(days)}
    codes = select(Proposal.id, Proposal.code).join(Record, Record.id == Proposal.id)
    for number, code in session.execute(codes.where(Proposal.id.in_(numbers), exists_for(viewer))):
        day = first.get(number)
        yield day.date() if day else date.max, code or "", number


def _some(session: Session, viewer: Viewer, numbers: Sequence[int]) -> Iterator[Owed]:
    wanted = select(Proposal, Record.visibility).join(Record, Record.id == Proposal.id)
    rows = session.execute(wanted.where(Proposal.id.in_(numbers), exists_for(viewer))).all()
    here = [row[0].id for row in rows]
    days: dict[int, list[datetime]] = defaultdict(list)
    machines: dict[int, set[str]] = defaultdict(set)
    sessions = (
        select(Experiment.proposal_id, Experiment.starts_at, Experiment.ends_at, Instrument.name)
        .join(Record, Record.id == Experiment.id)
        .outerjoin(Instrument, Instrument.id == Experiment.instrument_id)
        .where(*_sessions(here, viewer))
    )
    for number, begin, end, machine in session.execute(sessions):
        days[number or 0] += [day for day in (begin, end) if day]
        machines[number or 0] |= {machine} if machine else set()
    leaders = _leaders(session, here)
    waiting = dict(
        session.execute(
            select(Link.right_id, func.count()).where(Link.right_id.in_(here), *_WAITS).group_by(Link.right_id)
        ).all()
    )
    told = dict(
        session.execute(
            select(OwedWord.proposal_id, func.max(OwedWord.said_at))
            .where(OwedWord.proposal_id.in_(here), OwedWord.kind == "reminded", OwedWord.ended_at.is_(None))
            .group_by(OwedWord.proposal_id)
        ).all()
    )
    for one, visibility in rows:
        name, person = leaders.get(one.id, ("", None))
        yield Owed(
            one.id, one.code or "", one.title or "", one.type or "", tuple(sorted(machines[one.id])), name, person,
            min(days[one.id]).date() if days[one.id] else None, max(days[one.id]).date() if days[one.id] else None,
            waiting.get(one.id, 0), told.get(one.id), visibility,
        )  # fmt: skip


def _leaders(session: Session, numbers: Sequence[int]) -> dict[int, tuple[str, int | None]]:
    """The main proposer of each proposal, else the first of its team who is no local contact."""
    query = select(Participant.proposal_id, Participant.name, Participant.person_id, Participant.role).where(
        Participant.proposal_id.in_(numbers), func.coalesce(Participant.role, "") != "local_contact"
    )
    first: dict[int, tuple[str, int | None]] = {}
    ordered = query.order_by(
        Participant.proposal_id, func.coalesce(Participant.role, "") != "proposer", Participant.position
    )
    for proposal, name, person, _ in session.execute(ordered):
        first.setdefault(proposal, (name or "", person))
    return first
