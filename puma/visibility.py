"""The row-level rule for questions to the database: which records exist for a viewer."""

from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from puma.access import Viewer
from puma.entities import Record


def exists_for(viewer: Viewer, record: Any = Record) -> ColumnElement[bool]:
    """SQL that is true for records (or an alias of them) that stand and that the viewer may know of."""
    visibility: InstrumentedAttribute[str] = record.visibility
    return and_(visibility.in_(sorted(viewer.sees)), record.deleted_at.is_(None), record.merged_into_id.is_(None))
