"""The log of decisions: one row per act, never changed; taking back is a further row that points at the first."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import Decision
from puma.errors import Conflict
from puma.storage import now


def write(session: Session, viewer: Viewer, verdict: str, left_id: int, right_id: int | None, **values: Any) -> int:
    """Append a row. Returns its number. values: further columns of the decision."""
    return write_each(session, viewer, verdict, [{"left_id": left_id, "right_id": right_id}], **values)[0]


def write_each(
    session: Session, viewer: Viewer, verdict: str, pairs: Sequence[Mapping[str, Any]], **values: Any
) -> list[int]:
    """Append a row for each of these pairs, with what is its own. Returns their numbers, in this order."""
    same = {
        "verdict": verdict,
        "value": [],
        "reason": "",
        "decided_by": viewer.name or viewer.role,
        "decided_at": now(),
        **values,
    }
    append = insert(Decision).returning(Decision.id, sort_by_parameter_order=True)
    return list(session.scalars(append, [{**same, **pair} for pair in pairs])) if pairs else []


def stands() -> ColumnElement[bool]:
    """SQL that is true for decisions that nobody took back."""
    undoing = aliased(Decision)
    return ~select(undoing.id).where(undoing.undoes_id == Decision.id).exists()


def must_stand(session: Session, decision: Decision) -> None:
    """Raise Conflict when a decision was taken back already."""
    if session.scalar(select(Decision.id).where(Decision.undoes_id == decision.id).limit(1)) is not None:
        raise Conflict("This decision was undone already. Nothing was changed.")
