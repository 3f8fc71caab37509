"""Proposed links as a reviewer reads them: both sides, and the evidence between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.decisions.links import in_scope, on_instruments
from puma.decisions.settling import settled_with
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
from puma.listing.order import Waiting, group_of, in_bands, in_order
from puma.listing.record import ASKED, names_of
from puma.matching.sampling import in_audit, lot
from puma.storage import Storage, chunks
from puma.text import plain
from puma.visibility import exists_for

AUDITED_RELATION = "publication-proposal"
EVERY = 5  # among candidates the fifth, tenth ... is of the random audit


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

    drawn: it belongs to the random audit, that people are asked about whatever its probability. group: instrument, year
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
    drawn: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """A piece of the queue, and how long it is. ``states``: how many links there are in each state.

    audit: how many links of the random audit wait for a person, automatic ones too.
    """

    total: int
    items: list[Candidate]
    states: dict[str, int] = field(default_factory=dict)
    audit: int = 0


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
    order: Literal["likely", "grouped", "score", "newest"] = "likely",
    offset: int = 0,
    limit: int = 20,
) -> CandidatePage:
    """Links in a state, the most probable first. ``instrument``: only those with a proposal on it; years: only those
    of publications from the first to the last year; links_of: only these links, in any state, the most probable first.
    A scientist with instruments meets links of those only. With a limit of 0 it is only counted.

    Among candidates every fifth is of the random audit, so that whoever reads from the top also judges what the model
    is sure about. audit: only the random audit, in an order that says nothing about the pairs; of undecided links
    those that count already as well. order: "grouped" reads undecided links by instrument, year and team (see
    ``puma.listing.order``), "score" mixes nothing in, "newest" has the latest decisions first.
    """
    viewer.must_be("scientist", "Reviewing links")
    seen = links_seen(viewer, relations, instrument, years)
    if record_id is not None:
        seen = seen.where(or_(Link.left_id == record_id, Link.right_id == record_id))
    sample = and_(Link.relation == AUDITED_RELATION, in_audit(Link.left_id, Link.right_id))
    waiting = seen.where(sample, Link.state.in_(("auto", "candidate")))
    named = [link_id] if link_id is not None else links_of
    if named is not None:
        wanted = seen.where(Link.id.in_(named))
    elif audit:
        wanted = waiting if state == "candidate" else seen.where(sample, Link.state == state)
    else:
        wanted = seen.where(Link.state == state)
    groups: dict[int, str] = {}
    links: Sequence[Link]
    with storage.reading() as session:
        counted = seen.with_only_columns(Link.state, func.count(), func.sum(case((sample, 1), else_=0)))
        rows = session.execute(counted.group_by(Link.state)).all()
        counts = {name: count for name, count, _ in rows}
        drawn_of = {name: int(count or 0) for name, _, count in rows}
        audited = drawn_of.get("auto", 0) + drawn_of.get("candidate", 0)
        total = counts.get(state, 0)
        if named is not None:
            total = _count(session, wanted)
        elif audit:
            total = audited if state == "candidate" else drawn_of.get(state, 0)
        likely, by_lot = (Link.probability.desc(), Link.id), (lot("order", Link.left_id, Link.right_id), Link.id)
        mixed = state == "candidate" and not audit and record_id is None and named is None
        decided = (counts.get("validated", 0) + counts.get("rejected", 0)) % EVERY
        if not limit:
            links = ()
        elif mixed and order == "grouped":
            drawn = list(session.scalars(wanted.where(sample).order_by(*by_lot).with_only_columns(Link.id)))
            others = wanted.where(not_(sample)).with_only_columns(Link.id, Link.probability)
            bands = in_bands([(number, chance) for number, chance in session.execute(others)])
            numbers, groups = _grouped(session, viewer, drawn, bands, offset, limit, decided)
            by_number = {link.id: link for link in session.scalars(select(Link).where(Link.id.in_(numbers)))}
            links = [by_number[number] for number in numbers]
        elif mixed and order == "likely":
            links = _mixed(
                session,
                wanted.where(sample).order_by(*by_lot),
                wanted.where(not_(sample)).order_by(*likely),
                total,
                offset,
                limit,
                decided,
            )
        else:
            newest = (Link.decided_at.desc(), Link.id.desc())
            places = by_lot if audit else newest if order == "newest" else likely
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
            link.relation == AUDITED_RELATION and in_audit(link.left_id, link.right_id),
            groups.get(link.id, ""),
        )
        for link in links
    ]
    saw_records(storage, viewer, "links to review", {link.right_id for link in links})
    return CandidatePage(total, items, counts, audited)


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


def waiting_pairs(session: Session, viewer: Viewer, numbers: Sequence[int]) -> list[Waiting]:
    """These links with what they are ordered by: instrument, year, team, and what their codes settle."""
    machine = (
        select(func.min(ProposalTime.instrument_name))
        .where(ProposalTime.proposal_id == Link.right_id)
        .scalar_subquery()
    )
    first = aliased(Participant)
    before = select(func.min(Participant.position)).where(Participant.proposal_id == Link.right_id).scalar_subquery()
    query = (
        select(Link.id, Link.probability, machine, Publication.year, first.name)
        .join(Publication, Publication.id == Link.left_id)
        .outerjoin(first, and_(first.proposal_id == Link.right_id, first.position == before))
    )
    found: dict[int, Waiting] = {}
    for some in chunks(sorted(numbers)):
        coded = session.scalars(select(Link).where(Link.id.in_(some), Link.channel == "identifier")).all()
        settles = settled_with(session, viewer, coded)
        for number, chance, name, year, team in session.execute(query.where(Link.id.in_(some))):
            with_team = f"team of {team}" if team else ""
            found[number] = Waiting(number, chance, name or "", year, with_team, len(settles.get(number, ())))
    return [found[number] for number in sorted(found)]


def _grouped(
    session: Session, viewer: Viewer, drawn: Sequence[int], bands: Sequence[Sequence[int]], offset: int, limit: int,
    decided: int,
) -> tuple[list[int], dict[int, str]]:  # fmt: skip
    """A piece of the grouped queue, and the group of each: only the bands that the piece reaches are put in order."""
    rest = [number for band in bands for number in band]
    places = set(laid([-1] * len(drawn), range(len(rest)), offset, limit, decided)) - {-1}
    groups: dict[int, str] = {}
    begin = 0
    for band in bands:
        end = begin + len(band)
        if any(begin <= place < end for place in places):
            ordered = in_order(waiting_pairs(session, viewer, band))
            rest[begin:end] = [one.link_id for one in ordered]
            groups.update((one.link_id, group_of(one)) for one in ordered)
        begin = end
    numbers = laid(drawn, rest, offset, limit, decided)
    groups.update((one.link_id, group_of(one)) for one in waiting_pairs(session, viewer, sorted({*numbers} & {*drawn})))
    return numbers, groups


def laid(drawn: Sequence[int], rest: Sequence[int], offset: int, limit: int, decided: int = 0) -> list[int]:
    """A piece of two queues laid into each other: every fifth of the drawn ones, as long as both last; pure."""
    total = len(drawn) + len(rest)
    marks = [taken(place, len(drawn), len(rest), decided) for place in range(offset, min(offset + limit, total) + 1)]
    steps = zip(range(offset, total), marks, marks[1:], strict=False)
    return [drawn[before] if after > before else rest[place - before] for place, before, after in steps]


def _mixed(
    session: Session, sample: Select[Any], rest: Select[Any], total: int, offset: int, limit: int, decided: int
) -> Sequence[Link]:
    """A piece of the two queues laid into each other: every fifth of the sample, as long as both last."""
    drawn = _count(session, sample.order_by(None))
    marks = [taken(place, drawn, total - drawn, decided) for place in range(offset, min(offset + limit, total) + 1)]
    if not marks:
        return []
    begin, end = marks[0], marks[-1]
    some = iter(session.scalars(sample.offset(begin).limit(end - begin)).all())
    others = iter(session.scalars(rest.offset(offset - begin).limit(len(marks) - 1 - (end - begin))).all())
    steps = zip(marks, marks[1:], strict=False)
    return [link for link in (next(some if after > before else others, None) for before, after in steps) if link]


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
