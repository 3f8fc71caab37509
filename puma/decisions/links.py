"""Decisions on links: accept, reject, take back; links show what the log comes to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions import log
from puma.decisions.settling import OPEN, settled_with
from puma.entities import (
    Dataset,
    Decision,
    Experiment,
    Instrument,
    Link,
    Proposal,
    ProposalTime,
    Publication,
    Record,
)
from puma.errors import Conflict, NotHere, WrongUsage
from puma.storage import LOGGED, Storage, chunks, now
from puma.text import plain
from puma.visibility import exists_for

STATE_AFTER = {"accept": "validated", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Decided:
    """One row of the log. ``left``, ``right``: what the records are called. ``undone``: a later row took it back.

    together: how many pairs were decided by the same act. probability: what the model said then.
    """

    id: int
    verdict: str
    left_id: int
    right_id: int | None
    left: str
    right: str
    reason: str
    decided_by: str
    decided_at: datetime
    undone: bool
    together: int = 1
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of an act on many: the decisions that were made or taken back, and how many pairs were passed over."""

    decisions: list[int]
    passed: int


def on_instruments(numbers: Collection[int]) -> ColumnElement[bool]:
    """SQL that is true for links to proposals, experiments, datasets or instruments of these instruments."""
    sides = (
        select(ProposalTime.proposal_id).where(ProposalTime.instrument_id.in_(numbers)),
        select(Experiment.id).where(Experiment.instrument_id.in_(numbers)),
        select(Dataset.id).where(Dataset.instrument_id.in_(numbers)),
    )
    return or_(Link.right_id.in_(numbers), *(Link.right_id.in_(side) for side in sides))


def in_scope(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for links that a viewer may decide: who is bound to own instruments only those of them."""
    if not viewer.is_bound:
        return true()
    return on_instruments(viewer.instruments) if viewer.instruments else false()


def decide(
    storage: Storage, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str = "candidate"
) -> int:
    """Accept or reject a link. Returns the number of the decision.

    expected_state: the state that the person saw. Raises Conflict when it changed meanwhile, NotHere when the link does
    not exist for the viewer, Refused when the viewer may not decide, WrongUsage for another verdict.
    """
    with storage.writing() as session:
        return decide_in(session, viewer, link_id, verdict, reason=reason, expected_state=expected_state)


def decide_in(
    session: Session, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str
) -> int:
    """As ``decide``, in a transaction that does more than that."""
    viewer.must_be("scientist", "Deciding on links")
    if verdict not in STATE_AFTER:
        raise WrongUsage(f"A verdict is accept or reject, not {verdict!r}.")
    link = _link(session, viewer, Link.id == link_id)
    if link.state != expected_state:
        by = f" by {link.decided_by}" if link.decided_by else ""
        raise Conflict(f"This pair is already {link.state}{by}; you saw it as {expected_state}. Nothing was changed.")
    return _write(session, viewer, [link], verdict, reason, now())[0]


def decide_many(
    storage: Storage, viewer: Viewer, link_ids: Sequence[int], verdict: str, *, reason: str = ""
) -> tuple[list[int], int]:
    """Decide many undecided links in one transaction. Returns (decisions, how many were no longer undecided)."""
    _may_decide(viewer, verdict)
    with storage.writing() as session:
        done = _many(session, viewer, link_ids, verdict, reason)
    return done.decisions, done.passed


def settle(
    storage: Storage,
    viewer: Viewer,
    link_id: int,
    verdict: str,
    *,
    others: int,
    reason: str = "",
    expected_state: str = "candidate",
) -> Changed:
    """Decide a link and all that rest on the same code of the same proposal, in one transaction.

    others: how many further links the person was told of. Raises Conflict when there are more or fewer by now, or the
    link is in another state than the person saw; NotHere, Refused and WrongUsage as for one link.
    """
    _may_decide(viewer, verdict)
    with storage.writing() as session:
        link = _link(session, viewer, Link.id == link_id)
        _must_be(link, expected_state)
        further = settled_with(session, viewer, [link]).get(link_id, [])
        if len(further) != others:
            raise Conflict(
                f"{len(further)} other pairs rest on the same code by now; you saw {others}. Nothing was changed."
            )
        if link.state not in OPEN:
            raise Conflict(f"This pair is already {link.state}. Nothing was changed.")
        return _many(session, viewer, [link_id, *further], verdict, reason)


def together(storage: Storage, viewer: Viewer, decision_id: int) -> list[int]:
    """The decisions of the act that made this one, itself among them; the newest first."""
    viewer.must_be("scientist", "Undoing a decision")
    with storage.reading() as session:
        one = session.get(Decision, decision_id)
        if one is None or one.verdict not in STATE_AFTER:
            raise NotHere("There is no such decision to undo.")
        if not one.value:
            return [one.id]
        same = (
            select(Decision.id)
            .where(
                Decision.decided_at == one.decided_at, Decision.decided_by == one.decided_by,
                Decision.verdict == one.verdict,
            )
            .order_by(Decision.id.desc())
        )  # fmt: skip
        return list(session.scalars(same))


def undo_many(storage: Storage, viewer: Viewer, decision_ids: Sequence[int]) -> Changed:
    """Take several verdicts back in one transaction; those undone or decided again since are passed over."""
    viewer.must_be("scientist", "Undoing a decision")
    made, passed = [], 0
    with storage.writing() as session:
        for number in sorted(decision_ids, reverse=True):
            decision = session.get(Decision, number)
            if decision is None or decision.verdict not in STATE_AFTER:
                raise NotHere("There is no such decision to undo.")
            try:
                made.append(take_back(session, viewer, decision))
            except (Conflict, NotHere):
                passed += 1
    return Changed(made, passed)


def take_back(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Take a verdict back; the link is again what it was before. Returns the number of the undoing row.

    Raises Conflict when it was undone already or the pair was decided again since.
    """
    viewer.must_be("scientist", "Undoing a decision")
    link = _link(session, viewer, (Link.left_id == decision.left_id) & (Link.right_id == decision.right_id))
    newest = session.scalar(
        select(func.max(Decision.id)).where(
            Decision.left_id == decision.left_id,
            Decision.right_id == decision.right_id,
            Decision.verdict.in_(STATE_AFTER),
            log.stands(),
        )
    )
    if newest != decision.id:
        raise Conflict("This decision was undone already, or the pair was decided again since. Nothing was changed.")
    undoing = {"undoes_id": decision.id, "state_before": link.state}
    row = log.write(session, viewer, "undo", decision.left_id, decision.right_id, **undoing)
    before = _standing_before(session, decision)
    session.execute(
        update(Link)
        .where(Link.id == link.id)
        .values(
            state=decision.state_before,
            decided_by=before.decided_by if before else None,
            decided_at=before.decided_at if before else None,
        )
        .execution_options(**{LOGGED: True})
    )
    return row


def recent(storage: Storage, viewer: Viewer, limit: int = 20) -> list[Decided]:
    """The newest decisions on pairs that the viewer may know of, newest first; undoing rows mark what they undid."""
    left, right, undoing = aliased(Record), aliased(Record), aliased(Decision)
    undone = select(undoing.id).where(undoing.undoes_id == Decision.id).exists()
    other = func.coalesce(Proposal.code, Experiment.code, Dataset.title, Instrument.name, "")
    query = (
        select(Decision, undone, func.coalesce(Publication.title, ""), other)
        .join(left, left.id == Decision.left_id)
        .join(right, right.id == Decision.right_id)
        .outerjoin(Publication, Publication.id == Decision.left_id)
        .outerjoin(Proposal, Proposal.id == Decision.right_id)
        .outerjoin(Experiment, Experiment.id == Decision.right_id)
        .outerjoin(Dataset, Dataset.id == Decision.right_id)
        .outerjoin(Instrument, Instrument.id == Decision.right_id)
        .where(Decision.verdict.in_(STATE_AFTER), exists_for(viewer, left), exists_for(viewer, right))
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    with storage.reading() as session:
        return [
            Decided(
                d.id,
                d.verdict,
                d.left_id,
                d.right_id,
                plain(title) or f"publication {d.left_id}",
                name or f"record {d.right_id}",
                d.reason,
                d.decided_by,
                d.decided_at,
                gone,
                int(d.value[0].get("together", 1)) if d.value else 1,
                d.probability,
            )
            for d, gone, title, name in session.execute(query)
        ]


def _may_decide(viewer: Viewer, verdict: str) -> None:
    viewer.must_be("scientist", "Deciding on links")
    if verdict not in STATE_AFTER:
        raise WrongUsage(f"A verdict is accept or reject, not {verdict!r}.")


def _must_be(link: Link, expected_state: str) -> None:
    if link.state != expected_state:
        by = f" by {link.decided_by}" if link.decided_by else ""
        raise Conflict(f"This pair is already {link.state}{by}; you saw it as {expected_state}. Nothing was changed.")


def _many(session: Session, viewer: Viewer, link_ids: Sequence[int], verdict: str, reason: str) -> Changed:
    """Decide the undecided ones among these links as one act: the rows of an act share their moment."""
    wanted, at = list(dict.fromkeys(link_ids)), now()
    there = {link.id: link for some in chunks(wanted) for link in session.scalars(_known(viewer, Link.id.in_(some)))}
    found = [there[number] for number in wanted if number in there and there[number].state in OPEN]
    act = [{"together": len(found)}] if len(found) > 1 else []
    return Changed(_write(session, viewer, found, verdict, reason, at, act), len(wanted) - len(found))


def _link(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> Link:
    link: Link | None = session.scalar(_known(viewer, which))
    if link is None:
        raise NotHere("There is no such link.")
    return link


def _known(viewer: Viewer, which: ColumnElement[bool]) -> Select[Any]:
    """The links that exist for the viewer and that he may decide, held until the end of the transaction."""
    left, right = aliased(Record), aliased(Record)
    return (
        select(Link)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(which, exists_for(viewer, left), exists_for(viewer, right), in_scope(viewer))
        .order_by(Link.id)  # whoever locks several does so in one order
        .with_for_update(of=Link)
    )


def _write(
    session: Session, viewer: Viewer, links: Sequence[Link], verdict: str, reason: str, at: datetime,
    value: Sequence[Any] = (),
) -> list[int]:  # fmt: skip
    """Write the verdict on each of these links into the log, and onto the links. Returns the numbers of the rows."""
    pairs = [
        {"left_id": one.left_id, "right_id": one.right_id, "state_before": one.state, "probability": one.probability}
        for one in links
    ]
    made = log.write_each(session, viewer, verdict, pairs, reason=reason, decided_at=at, value=list(value))
    values = {"state": STATE_AFTER[verdict], "decided_by": viewer.name or viewer.role, "decided_at": at}
    for some in chunks([link.id for link in links]):
        session.execute(update(Link).where(Link.id.in_(some)).values(**values).execution_options(**{LOGGED: True}))
    return made


def _standing_before(session: Session, decision: Decision) -> Decision | None:
    """The decision that stood before this one, when its pair had been decided before."""
    if decision.state_before not in STATE_AFTER.values():
        return None
    return session.scalar(
        select(Decision)
        .where(
            Decision.left_id == decision.left_id,
            Decision.right_id == decision.right_id,
            Decision.id < decision.id,
            Decision.verdict.in_(STATE_AFTER),
            log.stands(),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
