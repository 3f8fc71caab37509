"""Proposed links as a reviewer reads them: both sides, and the evidence between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from sqlalchemy import Select, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.decisions.links import in_scope, on_instruments
from puma.decisions.two_persons import for_a_second, state_met
from puma.entities import (
    Authorship,
    Dataset,
    Experiment,
    Instrument,
    Link,
    Participant,
    Proposal,
    ProposalTime,
    Publication,
    Record,
)
from puma.listing.order import group_of
from puma.listing.queue import AUDITED_RELATION, Asked, sample, standing, waiting_pairs
from puma.listing.record import ASKED, names_of
from puma.matching.sampling import in_audit, lot
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for

FIRST = 20  # pairs of the queue that are looked at first
EVERY = 5  # among candidates the fifth, tenth ... is of the random audit
_LOT = (lot("order", Link.left_id, Link.right_id), Link.id)


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a link, with what a reviewer compares. ``date``: published on, deposited on, or start."""

    record_id: int
    kind: str
    code_or_doi: str
    title: str
    abstract: str
    people: list[str]
    instruments: list[str]
    date: str
    extra: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A link with its evidence; the points of the evidence and the prior sum to the score.

    said: what one of two persons said about it, "both" where they disagree; said_by: the first of them. drawn: it
    belongs to the random audit, that people are asked about whatever its probability. group: instrument, year
    and team that it is read with, in the grouped order.
    """

    link_id: int
    relation: str
    probability: float
    tier: str
    state: str
    channel: str
    evidence: list[dict[str, Any]]
    left: Side
    right: Side
    decided_by: str
    decided_at: datetime | None
    said: str = ""
    said_by: str = ""
    drawn: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """A piece of the queue, and how long it is. ``states``: how many links there are in each state; "said" is that of
    those about which the viewer had a word that waits for a second person.

    audit: how many links of the random audit wait for a person, automatic ones too. second: how many wait for the
    viewer as the second person.
    """

    total: int
    items: list[Candidate]
    states: dict[str, int] = field(default_factory=dict)
    audit: int = 0
    second: int = 0


def candidates(
    storage: Storage,
    viewer: Viewer,
    *,
    state: str = "candidate",
    relations: Sequence[str] = ASKED,
    instrument: int | None = None,
    years: tuple[int | None, int | None] = (None, None),
    record_id: int | None = None,
    link_id: int | None = None,
    links_of: Sequence[int] | None = None,
    audit: bool = False,
    second: bool = False,
    order: Literal["likely", "grouped", "score", "newest"] = "likely",
    offset: int = 0,
    limit: int = 20,
) -> CandidatePage:
    """Links in a state, the most probable first. ``instrument``: only those with a proposal on it; years: only those
    of publications from the first to the last year; links_of: only these links, in any state, the most probable first.
    A scientist meets links of the own instruments only. With a limit of 0 it is only counted.

    Among candidates every fifth is of the random audit, so that whoever reads from the top also judges what the model
    is sure about. audit: only the random audit, in an order that says nothing about the pairs; of undecided links
    those that count already as well. second: only those about which another person had a word that waits for a second.
    order: "grouped" reads undecided links by instrument, year and team (see
    ``puma.listing.order``), "score" mixes nothing in, "newest" has the latest decisions first.
    """
    viewer.must_be("scientist", "Reviewing links")
    seen = links_seen(viewer, relations, instrument, years)
    if record_id is not None:
        seen = seen.where(or_(Link.left_id == record_id, Link.right_id == record_id))
    named = [link_id] if link_id is not None else links_of
    groups: dict[int, str] = {}
    links: Sequence[Link]
    mixed = state == "candidate" and not audit and not second and record_id is None and named is None
    with storage.reading() as session:
        met = state_met(session, viewer)
        for_me = seen.where(for_a_second(viewer))
        if named is not None:
            wanted = seen.where(Link.id.in_(named))
        elif second:
            wanted = for_me
        elif audit:
            wanted = seen.where(sample(), met.in_(("auto", "candidate")) if state == "candidate" else met == state)
        else:
            wanted = seen.where(met == state)
        asked = Asked(seen, met)
        with standing(storage, session, asked, keep=record_id is None) as queue:
            states, audited = dict(queue.states), queue.drawn["auto"] + queue.drawn["candidate"]
            total = states.get(state, 0)
            if audit:
                total = audited if state == "candidate" else queue.drawn[state]
            decided = sum(states.get(one, 0) for one in ("validated", "rejected", "said")) % EVERY
            piece = piece_of(queue.drawn["candidate"], sum(queue.sizes), offset, limit if mixed else 0, decided)
            by_lot = queue.by_lot(session, asked, piece.drawn) if piece.drawn else []
            read = queue.grouped(session, viewer, asked, piece.others) if order == "grouped" else []
        seconds = _count(session, for_me)
        if named is not None:
            total = _count(session, wanted)
        elif second:
            total = seconds
        likely = (Link.probability.desc(), Link.id)
        if not limit:
            links = []
        elif mixed and order in ("grouped", "likely"):
            if order == "likely":
                others = _at(session, wanted.where(not_(sample())).order_by(*likely), piece.others)
            else:
                others = [one.link_id for one in read]
                groups = {one.link_id: group_of(one) for one in [*read, *waiting_pairs(session, viewer, by_lot)]}
            links = _links_of(session, wanted, piece.woven(by_lot, others))
        else:
            newest = (Link.decided_at.desc(), Link.id.desc())
            places = _LOT if audit else newest if order == "newest" else likely
            links = session.scalars(wanted.order_by(*places).offset(offset).limit(limit)).all()
        sides = _sides(session, {number for link in links for number in (link.left_id, link.right_id)})
    items = [
        Candidate(
            link.id,
            link.relation,
            link.probability,
            link.tier,
            link.state,
            link.channel,
            list(link.evidence),
            sides[link.left_id],
            sides[link.right_id],
            link.decided_by or "",
            link.decided_at,
            link.said or "",
            link.said_by or "",
            link.relation == AUDITED_RELATION and in_audit(link.left_id, link.right_id),
            groups.get(link.id, ""),
        )
        for link in links
    ]
    saw_records(storage, viewer, "links to review", {link.right_id for link in links})
    return CandidatePage(total, items, states, audited, seconds)


def prepare_queue(storage: Storage, viewer: Viewer) -> None:
    """Read what the first page of a viewer's queue needs, so that it is there when it is asked for."""
    with storage.reading() as session:
        asked = Asked(links_seen(viewer), state_met(session, viewer))
        with standing(storage, session, asked) as queue:
            piece = piece_of(queue.drawn["candidate"], sum(queue.sizes), 0, FIRST)
            queue.by_lot(session, asked, piece.drawn)
            queue.grouped(session, viewer, asked, piece.others)


def links_seen(
    viewer: Viewer,
    relations: Sequence[str] = ASKED,
    instrument: int | None = None,
    years: tuple[int | None, int | None] = (None, None),
) -> Select[Any]:
    """The links whose both ends exist for a viewer and that he may decide on, of an instrument and a span of years."""
    left, right = aliased(Record), aliased(Record)
    seen = (
        select(Link)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(exists_for(viewer, left), exists_for(viewer, right), Link.relation.in_(relations), in_scope(viewer))
    )
    if instrument is not None:
        seen = seen.where(on_instruments((instrument,)))
    first, last = years
    if first or last:
        span = select(Publication.id).where(Publication.year.between(first or 0, last or 9999))
        seen = seen.where(Link.left_id.in_(span))
    return seen


def _at(session: Session, links: Select[Any], places: range) -> Sequence[int]:
    """The numbers of the links at these places."""
    return session.scalars(links.with_only_columns(Link.id).offset(places.start).limit(len(places))).all()


def _links_of(session: Session, wanted: Select[Any], numbers: Sequence[int]) -> list[Link]:
    """The links of these numbers in this order, as far as they are wanted: who may know of them is asked once more."""
    found = {link.id: link for link in session.scalars(wanted.where(Link.id.in_(numbers)))}
    return [found[number] for number in numbers if number in found]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of two queues laid into each other: which places of each it holds, and how the first are laid in."""

    drawn: range
    others: range
    is_drawn: Sequence[bool]

    def woven(self, drawn: Iterable[int], others: Iterable[int]) -> list[int]:
        """What stands at those places of both, laid into each other."""
        some, rest = iter(drawn), iter(others)
        found = (next(some if of_audit else rest, None) for of_audit in self.is_drawn)
        return [number for number in found if number is not None]


def piece_of(drawn: int, others: int, offset: int, limit: int, decided: int = 0) -> Piece:
    """Every fifth is of the drawn ones, as long as both last. drawn, others: how many there are; pure."""
    ends = range(offset, max(offset, min(offset + limit, drawn + others)) + 1)
    marks = [taken(place, drawn, others, decided) for place in ends]
    return Piece(
        range(marks[0], marks[-1]),
        range(offset - marks[0], ends[-1] - marks[-1]),
        [after > before for before, after in pairwise(marks)],
    )


def taken(place: int, drawn: int, others: int, decided: int = 0) -> int:
    """How many of the first ``place`` links of the queue are of the random audit; pure.

    drawn, others: how many links of the audit and not of it there are. decided: links decided before (modulo
    ``EVERY``): they left the queue, and whoever always decides the first one is to meet every fifth all the same.
    """
    return min(drawn, max((place + decided) // EVERY, place - others))


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.with_only_columns(Link.id).subquery())) or 0


def _sides(session: Session, numbers: set[int]) -> dict[int, Side]:
    """Both ends of the pairs; what no record among them can have is not asked for."""
    kinds = dict(session.execute(select(Record.id, Record.kind).where(Record.id.in_(numbers))).all())
    of_kind: dict[str, list[int]] = defaultdict(list)
    for number, kind in kinds.items():
        of_kind[kind].append(number)
    names = names_of(session, [(kind, number) for number, kind in kinds.items()])
    people, machines, details = _people(session, of_kind), _instruments(session, of_kind), _details(session, of_kind)
    sides = {}
    for number, kind in kinds.items():
        title, code = names[number]
        abstract, date, extra, used = details.get(number, _NO_DETAIL)
        sides[number] = Side(
            number, kind, code, title, abstract, people.get(number, []), [*machines.get(number, ()), *used], date, extra
        )
    return sides


OfKind = Mapping[str, Sequence[int]]
_Detail = tuple[str, str, str, Sequence[str]]
_NO_DETAIL: _Detail = ("", "", "", ())


def _people(session: Session, of_kind: OfKind) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    authored = [number for kind in ("publication", "dataset") for number in of_kind.get(kind, ())]
    for owner, name, place, some in (
        (Authorship.record_id, Authorship.name, Authorship.position, authored),
        (Participant.proposal_id, Participant.name, Participant.position, of_kind.get("proposal", ())),
    ):
        if some:
            for number, word in session.execute(select(owner, name).where(owner.in_(some)).order_by(owner, place)):
                found[number].append(word)
    return found


def _instruments(session: Session, of_kind: OfKind) -> dict[int, list[str]]:
    """Names of instruments that stand in a table of their own; those of other records are among their details."""
    found: dict[int, list[str]] = defaultdict(list)
    for kind, owner, name in (
        ("proposal", ProposalTime.proposal_id, ProposalTime.instrument_name),
        ("instrument", Instrument.id, Instrument.name),
    ):
        if kind in of_kind:
            for number, word in session.execute(select(owner, name).where(owner.in_(of_kind[kind]))):
                if word:
                    found[number].append(word)
    return found


def _details(session: Session, of_kind: OfKind) -> dict[int, _Detail]:
    """(abstract, date, a further line, instruments) of publications, proposals, experiments and datasets."""
    found: dict[int, _Detail] = {}

    def rows(entity: Any, kind: str) -> Iterable[Any]:
        return session.scalars(select(entity).where(entity.id.in_(of_kind[kind]))) if kind in of_kind else ()

    for paper in rows(Publication, "publication"):
        where = ", ".join(word for word in (paper.journal, paper.type.replace("_", " ").lower()) if word)
        stated = paper.instruments_stated.split(";") if paper.instruments_stated else ()
        found[paper.id] = (plain(paper.abstract or ""), _day(paper.published_on, paper.year), where, stated)
    for one in rows(Proposal, "proposal"):
        extra = ", ".join(word for word in (one.type, one.decision, one.call_code) if word)
        found[one.id] = (plain(one.abstract or ""), _day(one.deposited_on, one.operation_year), extra, ())
    for run in rows(Experiment, "experiment"):
        used = [run.instrument_name] if run.instrument_name else ()
        found[run.id] = ("", _day(run.starts_at, None), run.proposal_code or "", used)
    for data in rows(Dataset, "dataset"):
        used = [data.instrument_name] if data.instrument_name else ()
        abstract, made = plain(data.abstract or ""), _day(data.created_on, data.year)
        found[data.id] = (abstract, made, data.publisher or "", used)
    return found


def _day(day: Any, year: int | None) -> str:
    return f"{day:%Y-%m-%d}" if day else str(year or "")
