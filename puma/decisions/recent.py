"""The newest decisions on links, as their people read them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from puma.access import Viewer
from puma.decisions.two_persons import MEANT, STATE_AFTER
from puma.entities import Dataset, Decision, Experiment, Instrument, Proposal, Publication, Record
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for


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
        .where(Decision.verdict.in_((*STATE_AFTER, *MEANT)), exists_for(viewer, left), exists_for(viewer, right))
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
