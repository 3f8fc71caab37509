"""Proposed links as a reviewer reads them: both sides, and the evidence between them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.accounts.audit import saw_records
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
from puma.listing.record import ASKED, names_of
from puma.matching.sampling import in_audit, lot
from puma.storage import Storage
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

    drawn: it belongs to the random audit, that people are asked about whatever its probability.
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
    record_id: int | None = None,
    link_id: int | None = None,
    audit: bool = False,
    offset: int = 0,
    limit: int = 20,
) -> CandidatePage:
    """Links in a state, the most probable first. ``instrument``: only those with a proposal on it.

    Among candidates every fifth is of the random audit, so that whoever reads from the top also judges what the model
    is sure about. audit: only the random audit, in an order that says nothing about the pairs; of undecided links
    those that count already as well.
    """
    viewer.must_be("scientist", "Reviewing links")
    left, right = aliased(Record), aliased(Record)
    seen = (
        select(Link)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(exists_for(viewer, left), exists_for(viewer, right), Link.relation.in_(relations))
    )
    if instrument is not None:
        on_it = select(ProposalTime.proposal_id).where(ProposalTime.instrument_id == instrument)
        there = select(Experiment.id).where(Experiment.instrument_id == instrument)
        seen = seen.where(or_(Link.right_id.in_(on_it), Link.right_id.in_(there), Link.right_id == instrument))
    if record_id is not None:
        seen = seen.where(or_(Link.left_id == record_id, Link.right_id == record_id))
    sample = and_(Link.relation == AUDITED_RELATION, in_audit(Link.left_id, Link.right_id))
    waiting = seen.where(sample, Link.state.in_(("auto", "candidate")))
    if link_id is not None:
        wanted = seen.where(Link.id == link_id)
    elif audit:
        wanted = waiting if state == "candidate" else seen.where(sample, Link.state == state)
    else:
        wanted = seen.where(Link.state == state)
    with storage.reading() as session:
        total = _count(session, wanted)
        states = (
            select(Link.state, func.count()).where(Link.id.in_(seen.with_only_columns(Link.id))).group_by(Link.state)
        )
        counts = dict(session.execute(states).all())
        likely, by_lot = (Link.probability.desc(), Link.id), (lot("order", Link.left_id, Link.right_id), Link.id)
        if state == "candidate" and not audit and record_id is None and link_id is None:
            links = _mixed(
                session,
                wanted.where(sample).order_by(*by_lot),
                wanted.where(not_(sample)).order_by(*likely),
                total,
                offset,
                limit,
                (counts.get("validated", 0) + counts.get("rejected", 0)) % EVERY,
            )
        else:
            order = by_lot if audit else likely
            links = session.scalars(wanted.order_by(*order).offset(offset).limit(limit)).all()
        audited = _count(session, waiting)
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
        )
        for link in links
    ]
    saw_records(storage, viewer, "links to review", {link.right_id for link in links})
    return CandidatePage(total, items, counts, audited)


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
    kinds = dict(session.execute(select(Record.id, Record.kind).where(Record.id.in_(numbers))).all())
    names = names_of(session, [(kind, number) for number, kind in kinds.items()])
    people = _people(session, numbers)
    machines = _instruments(session, numbers)
    details = _details(session, numbers)
    return {
        number: Side(
            number,
            kind,
            names[number][1],
            names[number][0],
            details.get(number, ("", "", ""))[0],
            people.get(number, []),
            machines.get(number, []),
            details.get(number, ("", "", ""))[1],
            details.get(number, ("", "", ""))[2],
        )
        for number, kind in kinds.items()
    }


def _people(session: Session, numbers: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for owner, name, table in (
        (Authorship.record_id, Authorship.name, Authorship),
        (Participant.proposal_id, Participant.name, Participant),
    ):
        query = select(owner, name).where(owner.in_(numbers)).order_by(owner, table.position)
        for number, word in session.execute(query):
            found[number].append(word)
    return found


def _instruments(session: Session, numbers: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for owner, name in (
        (ProposalTime.proposal_id, ProposalTime.instrument_name),
        (Experiment.id, Experiment.instrument_name),
        (Dataset.id, Dataset.instrument_name),
        (Instrument.id, Instrument.name),
    ):
        for number, word in session.execute(select(owner, name).where(owner.in_(numbers))):
            if word:
                found[number].append(word)
    stated = select(Publication.id, Publication.instruments_stated).where(Publication.id.in_(numbers))
    for number, words in session.execute(stated):
        if words:
            found[number].extend(words.split(";"))
    return found


def _details(session: Session, numbers: Sequence[int] | set[int]) -> dict[int, tuple[str, str, str]]:
    """(abstract, date, a further line) of publications, proposals, experiments and datasets."""
    found: dict[int, tuple[str, str, str]] = {}
    for paper in session.scalars(select(Publication).where(Publication.id.in_(numbers))):
        where = ", ".join(word for word in (paper.journal, paper.type.replace("_", " ").lower()) if word)
        found[paper.id] = (plain(paper.abstract or ""), _day(paper.published_on, paper.year), where)
    for one in session.scalars(select(Proposal).where(Proposal.id.in_(numbers))):
        extra = ", ".join(word for word in (one.type, one.decision, one.call_code) if word)
        found[one.id] = (plain(one.abstract or ""), _day(one.deposited_on, one.operation_year), extra)
    for run in session.scalars(select(Experiment).where(Experiment.id.in_(numbers))):
        found[run.id] = ("", _day(run.starts_at, None), run.proposal_code or "")
    for data in session.scalars(select(Dataset).where(Dataset.id.in_(numbers))):
        found[data.id] = (plain(data.abstract or ""), _day(data.created_on, data.year), data.publisher or "")
    return found


def _day(day: Any, year: int | None) -> str:
    return f"{day:%Y-%m-%d}" if day else str(year or "")
