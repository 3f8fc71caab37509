"""The row-level rule: which records exist for a viewer, as a condition of questions and for one record in hand."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from puma.access import CONFIDENTIAL, OPEN_TEXT, Viewer, opened
from puma.entities import Record
from puma.entities.record import VISIBILITIES

OPEN_MARK = f",{OPEN_TEXT},"
"""How an internal file keeps, in ``opened_to``, that its publication opens it."""
TEXT_CLASSES = ("", OPEN_TEXT, *VISIBILITIES[1:])
"""What a viewer of a record may need to read a text of it, in the order in which its pages are counted."""


def exists_for(viewer: Viewer, record: Any = Record) -> ColumnElement[bool]:
    """SQL that is true for records (or an alias of them) that stand and that the viewer may know of."""
    visibility: InstrumentedAttribute[str] = record.visibility
    known: ColumnElement[bool] = visibility.in_(sorted(viewer.sees))
    if viewer.opened:
        own = [record.opened_to.contains(f",{number},") for number in sorted(viewer.opened)]
        known = or_(known, and_(visibility == CONFIDENTIAL, or_(*own)))
    if viewer.open_texts:
        known = or_(known, and_(visibility == "internal", record.opened_to == OPEN_MARK))
    # nearly every record is unmerged: said as an equation, so that SQLite does not begin with the index of that column
    return and_(known, record.deleted_at.is_(None), record.merged_into_id.is_(None) == true())


def may_know(viewer: Viewer, record: Record) -> bool:
    """Whether a viewer may know of a record, whether or not it stands."""
    if record.visibility in viewer.sees:
        return True
    if record.visibility == "internal":
        return viewer.open_texts and record.opened_to == OPEN_MARK
    return record.visibility == CONFIDENTIAL and any(f",{number}," in record.opened_to for number in viewer.opened)


def classes_of(visibility: str, opened_to: str) -> str | list[str]:
    """The visibilities of a record, of which a viewer must have one: as ``Viewer.reads`` names them."""
    if (visibility, opened_to) == ("internal", OPEN_MARK):
        return [visibility, OPEN_TEXT]
    instruments = [int(one) for one in opened_to.split(",") if one.isdecimal()] if visibility == CONFIDENTIAL else []
    return [visibility, *map(opened, instruments)] if instruments else visibility


def needed(part: tuple[str, str], whole: tuple[str, str]) -> str:
    """What of TEXT_CLASSES a viewer of a record must have besides, to know of a part of it (of its file).

    Each is a (visibility, opened_to). A part that is opened to others than its whole counts as opened to nobody, but
    for the text of a publication that opens it to everybody.
    """
    if VISIBILITIES.index(part[0]) < VISIBILITIES.index(whole[0]):
        return ""
    allowed, every = _classes(*part), _classes(*whole)
    if every <= allowed:
        return ""
    return OPEN_TEXT if OPEN_TEXT in allowed else part[0]


def _classes(visibility: str, opened_to: str) -> set[str]:
    found = classes_of(visibility, opened_to)
    return {found} if isinstance(found, str) else set(found)
