"""Decisions on links: accept, reject, take back; links show what the log comes to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions import log
from puma.entities import Dataset, Decision, Experiment, Instrument, Link, Proposal, Publication, Record
from puma.errors import Conflict, NotHere, WrongUsage
from puma.storage import Storage, now
from puma.text import plain
from puma.visibility import exists_for

STATE_AFTER = {"accept": "validated", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Decided:
    """One row of the log. ``left``, ``right``: what the records are called. ``undone``: a later row took it back."""

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
    return _write(session, viewer, link, verdict, reason)


def decide_many(
    storage: Storage, viewer: Viewer, link_ids: list[int], verdict: str, *, reason: str = ""
) -> tuple[list[int], int]:
    """Decide many undecided links in one transaction. Returns (decisions, how many were no longer undecided)."""
    viewer.must_be("scientist", "Deciding on links")
    if verdict not in STATE_AFTER:
        raise WrongUsage(f"A verdict is accept or reject, not {verdict!r}.")
    made, passed = [], 0
    with storage.writing() as session:
        for link_id in link_ids:
            link = _link(session, viewer, Link.id == link_id)
            if link.state in ("candidate", "auto"):
                made.append(_write(session, viewer, link, verdict, reason))
            else:
                passed += 1
    return made, passed


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
            Decision.verdict.in_((*STATE_AFTER, "undo")),
        )
    )
    if newest != decision.id:
        raise Conflict("This decision was undone already, or the pair was decided again since. Nothing was changed.")
    row = log.write(session, viewer, "undo", decision.left_id, decision.right_id, undoes_id=decision.id)
    before = _standing_before(session, decision)
    session.execute(
        update(Link)
        .where(Link.id == link.id)
        .values(
            state=decision.state_before,
            decided_by=before.decided_by if before else None,
            decided_at=before.decided_at if before else None,
        )
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
            )
            for d, gone, title, name in session.execute(query)
        ]


def _link(session: Session, viewer: Viewer, which: Any) -> Link:
    left, right = aliased(Record), aliased(Record)
    link = session.scalar(
        select(Link)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(which, exists_for(viewer, left), exists_for(viewer, right))
        .with_for_update(of=Link)
    )
    if link is None:
        raise NotHere("There is no such link.")
    return link


def _write(session: Session, viewer: Viewer, link: Link, verdict: str, reason: str) -> int:
    row = log.write(
        session,
        viewer,
        verdict,
        link.left_id,
        link.right_id,
        reason=reason,
        state_before=link.state,
        probability=link.probability,
    )
    values = {"state": STATE_AFTER[verdict], "decided_by": viewer.name or viewer.role, "decided_at": now()}
    session.execute(update(Link).where(Link.id == link.id).values(**values))
    return row


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
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
