"""What the columns of records tie together: an experiment and its proposal, a dataset and both of these."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import RECORD_KINDS, Dataset, Experiment, Record
from puma.visibility import exists_for

STATED = "stated"
"""State of such a tie: a source says it of its own record, and nobody had to match anything."""

TIES: tuple[tuple[str, Any, str], ...] = (
    ("experiment", Experiment.proposal_id, "proposal"),
    ("dataset", Dataset.proposal_id, "proposal"),
    ("dataset", Dataset.experiment_id, "experiment"),
)


def tied(session: Session, viewer: Viewer, kind: str, record_id: int) -> list[tuple[str, int]]:
    """(kind, number) of what a record belongs to, then of what belongs to it, as far as the viewer may know of it."""
    above: list[tuple[str, int]] = []
    below: list[tuple[str, int]] = []
    for holder, column, other in TIES:
        table: Any = RECORD_KINDS[holder]
        known = exists_for(viewer, Record)
        if kind == holder:
            asked = select(Record.id).join(table, column == Record.id).where(table.id == record_id, known)
            above += [(other, number) for number in session.scalars(asked)]
        elif kind == other:
            asked = select(Record.id).join(table, table.id == Record.id).where(column == record_id, known)
            below += [(holder, number) for number in session.scalars(asked.order_by(Record.id))]
    return above + below
