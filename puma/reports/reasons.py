"""Why a record came into a number or went out of it since an instant: what the system knows of it, one reason each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.claims import COLUMNS
from puma.entities import (
    Affiliation,
    AuthorshipAffiliation,
    CollectionChange,
    CollectionItem,
    Decision,
    Experiment,
    ExperimentParticipant,
    HarvestSource,
    Link,
    Participant,
    ProposalTime,
    RawRecord,
    Record,
    RemovedItem,
    StoredClaim,
)
from puma.storage import listed
from puma.visibility import may_know

HEADS: Mapping[str, str] = {
    "new": "New record",
    "withdrawn": "Withdrawn, or not shown any more",
    "merged": "Put together with another record",
    "decided": "Link decided by a person",
    "corrected": "Corrected by a person",
    "named": "Name of an instrument or proposal mapped",
    "placed": "Affiliation mapped to an institution",
    "collected": "Collection changed",
    "matched": "Link found or dropped by the matching",
    "source": "Changed by its source",
    "beside": "A record linked with it changed",
    "time": "Time passed",
    "program": "Facts made by another version of the program",
    "rule": "Rule of the number changed",
    "people": "Not told one by one",
    "unknown": "Cause not recorded",
}
"""Kinds of reasons, in the order in which they are told and in which their effects are worked out."""

SAID = {"accept": "accepted", "reject": "rejected", "undo": "taken back", "merge": "",
        "join": "", "split": "taken apart", "correct": "corrected"}  # fmt: skip
KINDS = {"accept": "decided", "reject": "decided", "undo": "decided", "merge": "merged", "join": "merged",
         "split": "merged", "correct": "corrected"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a kind of ``HEADS``, and what is known beside it: who, which source, which field."""

    kind: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What reasons depend on beside the records. viewer: as whom the number is asked; since: the facts of then;
    now_at: the facts of now; by_day: the number changes as time passes; other_program: the facts are made otherwise."""

    viewer: Viewer
    since: datetime
    now_at: datetime
    collections: tuple[int, ...] = ()
    by_day: bool = False
    other_program: bool = False


def reasons(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """One reason for each of these records: the strongest that is known, in the order of the ways below."""
    found: dict[int, Reason] = {}
    for way in (_fate, _decided, _collected, _named, _placed, _matched, _from_source, _beside):
        open_ones = [number for number in ids if number and number not in found]
        if open_ones:
            found.update(way(session, open_ones, when))
    rest = Reason("time") if when.by_day and when.now_at.date() > when.since.date() else None
    rest = rest or Reason("program" if when.other_program else "unknown")
    return {number: found.get(number, rest) for number in ids}


def _fate(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """What became of the record itself: new, gone, put together with another, closed to the viewer."""
    rows = {one.id: one for one in session.scalars(select(Record).where(Record.id.in_(listed(session, ids))))}
    found, new = {}, []
    for number in ids:
        one = rows.get(number)
        if one is None or not may_know(when.viewer, one):
            found[number] = Reason("withdrawn")  # what is closed by now is told like what is gone
        elif one.merged_into_id is not None:
            found[number] = Reason("merged")
        elif one.deleted_at is not None:
            found[number] = Reason("withdrawn", "no source tells of it any more")
        elif one.created_at > when.since:
            new.append(number)
    merged = [number for number, reason in found.items() if reason.kind == "merged"]
    for number, by in _who_merged(session, merged):
        found[number] = Reason("merged", f"by {by}")
    told = _sources(session, new)
    return found | {number: Reason("new", f"harvested from {told[number]}" if number in told else "") for number in new}


def _who_merged(session: Session, ids: Sequence[int]) -> Iterable[tuple[int, str]]:
    which = Decision.verdict.in_(("merge", "join")), Decision.right_id.in_(listed(session, ids))
    query = select(Decision.right_id, Decision.decided_by).where(*which).order_by(Decision.id)
    return [(int(number or 0), by) for number, by in session.execute(query)] if ids else []


def _sources(session: Session, ids: Sequence[int], since: datetime | None = None) -> dict[int, str]:
    """The sources that tell of records, in words; since: those whose record was received after that."""
    if not ids:
        return {}
    query = (
        select(StoredClaim.record_id, HarvestSource.name)
        .join(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .where(StoredClaim.record_id.in_(listed(session, ids)))
        .distinct()
        .order_by(StoredClaim.record_id, HarvestSource.name)
    )
    if since is not None:
        query = query.join(RawRecord, RawRecord.id == StoredClaim.raw_record_id).where(RawRecord.fetched_at > since)
    names: dict[int, list[str]] = {}
    for number, name in session.execute(query):
        names.setdefault(number, []).append(name)
    return {number: " and ".join(some) for number, some in names.items()}


def _decided(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """The newest decision about the record, as far as the viewer may know of both its ends."""
    left, right = aliased(Record), aliased(Record)
    numbers = set(ids)
    query = (
        select(Decision, left, right)
        .join(left, left.id == Decision.left_id)
        .outerjoin(right, right.id == Decision.right_id)
        .where(
            Decision.decided_at > when.since,
            Decision.verdict.in_(KINDS),
            or_(Decision.left_id.in_(listed(session, ids)), Decision.right_id.in_(listed(session, ids))),
        )
        .order_by(Decision.id)
    )
    found = {}
    for one, first, second in session.execute(query):
        if not may_know(when.viewer, first) or (second is not None and not may_know(when.viewer, second)):
            continue
        fields = ", ".join(_label(first.kind, str(said.get("field", ""))) for said in one.value if "field" in said)
        what = fields.lower() if one.verdict == "correct" and fields else SAID[one.verdict]
        for number in {one.left_id, one.right_id} & numbers:
            found[int(number or 0)] = Reason(KINDS[one.verdict], f"{what} by {one.decided_by}".strip())
    return found


def _label(kind: str, field: str) -> str:
    column = COLUMNS.get(kind, {}).get(field)
    return column.label if column else field


def _collected(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """Put into a collection that the number is filtered by, or taken out of it."""
    if not when.collections:
        return {}
    some = listed(session, ids)
    put = select(CollectionItem.record_id, CollectionItem.added_by).where(
        CollectionItem.collection_id.in_(when.collections),
        CollectionItem.added_at > when.since,
        CollectionItem.record_id.in_(some),
    )
    taken = (
        select(RemovedItem.record_id, CollectionChange.changed_by)
        .join(CollectionChange, CollectionChange.id == RemovedItem.change_id)
        .where(
            CollectionChange.collection_id.in_(when.collections),
            CollectionChange.changed_at > when.since,
            RemovedItem.record_id.in_(some),
        )
    )
    out = {int(number): Reason("collected", f"taken out by {by}") for number, by in session.execute(taken)}
    return out | {int(number): Reason("collected", f"put in by {by}") for number, by in session.execute(put)}


def _said(session: Session, verdict: str, when: Circumstances) -> dict[int, str]:
    """Who decided so of which record since."""
    query = select(Decision.left_id, Decision.decided_by).where(
        Decision.verdict == verdict, Decision.decided_at > when.since
    )
    return {int(number): by for number, by in session.execute(query.order_by(Decision.id))}


def _named(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """An instrument or proposal of the record, or of what it is linked with, got another name that leads there."""
    named = _said(session, "alias", when)
    if not named:
        return {}
    of, through = aliased(Link), listed(session, list(named))
    linked: list[Select[*tuple[Any, ...]]] = [
        select(ProposalTime.proposal_id, ProposalTime.instrument_id).where(ProposalTime.instrument_id.in_(through)),
        select(Experiment.id, Experiment.instrument_id).where(Experiment.instrument_id.in_(through)),
        select(Experiment.id, Experiment.proposal_id).where(Experiment.proposal_id.in_(through)),
    ]
    near = dict(named)
    for query in linked:
        near.update((number, named[name]) for number, name in session.execute(query) if name in named)
    beside = select(of.left_id, of.right_id).where(of.left_id.in_(listed(session, ids)), of.state != "rejected")
    reached = {number: near[other] for number, other in session.execute(beside) if other in near}
    reached.update((number, near[number]) for number in ids if number in near)
    return {number: Reason("named", f"by {by}") for number, by in reached.items()}


def _placed(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """An affiliation that stands on the record was decided to be an institution."""
    placed = _said(session, "resolve", when)
    if not placed:
        return {}
    decided = Affiliation.institution_id.in_(listed(session, list(placed))), Affiliation.decided_by.is_not(None)
    found = {}
    for owner, column in (
        (AuthorshipAffiliation.record_id, AuthorshipAffiliation.affiliation_id),
        (Participant.proposal_id, Participant.affiliation_id),
        (Participant.person_id, Participant.affiliation_id),
    ):
        query = select(owner, Affiliation.institution_id).join(Affiliation, Affiliation.id == column)
        for number, institution in session.execute(query.where(owner.in_(listed(session, ids)), *decided)):
            found[int(number or 0)] = Reason("placed", f"by {placed[institution or 0]}")
    return found


def _matched(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """The matching found a link of the record since."""
    left, right = aliased(Record), aliased(Record)
    some = listed(session, ids)
    query = (
        select(Link.left_id, Link.right_id, left, right)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(Link.found_at > when.since, or_(Link.left_id.in_(some), Link.right_id.in_(some)))
    )
    numbers, found = set(ids), {}
    for first, second, one, other in session.execute(query):
        if may_know(when.viewer, one) and may_know(when.viewer, other):
            found.update({number: Reason("matched") for number in {first, second} & numbers})
    return found


def _from_source(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """A source sent the record anew, and its values changed."""
    query = select(Record.id).where(Record.id.in_(listed(session, ids)), Record.changed_at > when.since)
    changed = list(session.scalars(query))
    told = _sources(session, changed, when.since)
    return {number: Reason("source", told[number]) for number in changed if number in told}


def _beside(session: Session, ids: Sequence[int], when: Circumstances) -> dict[int, Reason]:
    """What the record is linked with changed: its other end, a session of a person, a session of a proposal."""
    some, other = listed(session, ids), aliased(Record)
    changed = func.coalesce(other.deleted_at, other.changed_at) > when.since
    pairs: tuple[tuple[Any, Any], ...] = (
        (Link.left_id, Link.right_id),
        (Link.right_id, Link.left_id),
        (ExperimentParticipant.person_id, ExperimentParticipant.experiment_id),
        (ExperimentParticipant.experiment_id, ExperimentParticipant.person_id),
        (Participant.person_id, Participant.proposal_id),
        (Experiment.proposal_id, Experiment.id),
        (Experiment.id, Experiment.proposal_id),
    )
    found = {}
    for mine, its in pairs:
        query = select(mine, other).join(other, other.id == its).where(mine.in_(some), changed)
        for number, one in session.execute(query):
            if may_know(when.viewer, one):
                found[int(number)] = Reason("beside")
    return found
