"""The row-level rule: which records exist for a viewer, as a condition of questions and for one record in hand."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from puma.access import CONFIDENTIAL, Viewer, opened
from puma.entities import Record
from puma.entities.record import VISIBILITIES


def exists_for(viewer: Viewer, record: Any = Record) -> ColumnElement[bool]:
    """SQL that is true for records (or an alias of them) that stand and that the viewer may know of."""
    visibility: InstrumentedAttribute[str] = record.visibility
    known: ColumnElement[bool] = visibility.in_(sorted(viewer.sees))
    if viewer.opened:
        own = [record.opened_to.contains(f",{number},") for number in sorted(viewer.opened)]
        known = or_(known, and_(visibility == CONFIDENTIAL, or_(*own)))
    return and_(known, record.deleted_at.is_(None), record.merged_into_id.is_(None))


def may_know(viewer: Viewer, record: Record) -> bool:
    """Whether a viewer may know of a record, whether or not it stands."""
    if record.visibility in viewer.sees:
        return True
    return record.visibility == CONFIDENTIAL and any(f",{number}," in record.opened_to for number in viewer.opened)


def classes_of(visibility: str, opened_to: str) -> str | list[str]:
    """The visibilities of a record, of which a viewer must have one: as ``Viewer.sees`` names them."""
    instruments = [int(one) for one in opened_to.split(",") if one] if visibility == CONFIDENTIAL else []
    return [visibility, *map(opened, instruments)] if instruments else visibility


def needed(part: tuple[str, str], whole: tuple[str, str]) -> str:
    """The visibility that a viewer of a record must see besides, to know of a part of it (of its file); "" for none.

    Each is a (visibility, opened_to). A part that is opened to others than its whole counts as opened to nobody.
    """
    if VISIBILITIES.index(part[0]) < VISIBILITIES.index(whole[0]):
        return ""
    allowed, seen = classes_of(*part), classes_of(*whole)
    every = {seen} if isinstance(seen, str) else set(seen)
    return "" if every <= ({allowed} if isinstance(allowed, str) else set(allowed)) else part[0]
