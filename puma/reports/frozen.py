"""Frozen reports: put away as they are, found again, opened, deleted and brought back, for whom their figures are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from puma import __version__
from puma.access import CONFIDENTIAL, SEES, Viewer, lower_role
from puma.accounts.audit import confidential_among, exported, saw
from puma.entities import FrozenReport, Record
from puma.errors import Conflict, NotHere, Refused
from puma.facts import Snapshot
from puma.keeping import TO_PUBLISH, collections, owner_of
from puma.reports.content import Told, make
from puma.reports.formats import FORMATS, printed
from puma.reports.kept import Kept, opened, packed
from puma.reports.recipe import Recipe, must_be_sure, recipe_of
from puma.storage import Storage, listed, now
from puma.text import clean_text

TO_FREEZE = "viewer"
"""The role from which on reports are frozen, and read when they are."""
LONGEST_NOTE = 1000
SECRETS = CONFIDENTIAL + ":"
COLUMNS = [column for column in FrozenReport.__table__.columns if column.name not in ("body", "sees")]


@dataclass(frozen=True, slots=True)
class FrozenView:
    """A frozen report in a list. viewer: as whom its figures were asked. mine: whether the viewer may delete it."""

    id: int
    title: str
    note: str
    recipe: Recipe
    viewer: Viewer
    facts_version: int
    facts_print: str
    as_of: datetime
    program: str
    publications: int
    made_by: str
    made_at: datetime
    deleted: bool
    size_bytes: int
    sha256: str
    mine: bool


def freeze(
    storage: Storage,
    snapshot: Snapshot | None,
    viewer: Viewer,
    asked: Recipe,
    *,
    facility: str,
    note: str = "",
    as_role: str = "",
    tell: Told = lambda *_: None,
) -> int:
    """Make a report and put it away as it is. Returns its number.

    as_role: freeze the figures of that role where it is lower than the viewer's own, so that all who have it may read
    them. Raises Refused below ``TO_FREEZE``, WrongUsage for an estimate.
    """
    viewer.must_be(TO_FREEZE, "Freezing a report")
    must_be_sure(asked.policy)
    role = lower_role(as_role, viewer.role) if as_role in SEES else viewer.role
    reader = viewer if role == viewer.role else Viewer(role, viewer.name, account=viewer.account)
    reader.must_be(TO_FREEZE, "A frozen report")
    made = make(storage, snapshot, reader, asked, facility=facility, tell=tell)
    if snapshot is None:
        raise NotHere("There are no facts yet.")
    body = packed(made, snapshot, reader, tell)
    row = {
        "title": f"{made.title}, {made.span}",
        "note": clean_text(note)[:LONGEST_NOTE],
        "asked": asked.asked(),
        "sees": sorted(reader.sees),
        "as_role": role,
        "facts_version": made.version,
        "facts_print": snapshot.definition,
        "as_of": made.as_of,
        "program": __version__,
        "publications": made.known,
        "made_by": owner_of(viewer),
        "account": viewer.account,
        "made_at": now(),
        "size_bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "body": body,
    }
    with storage.writing() as session:
        return int(session.execute(insert(FrozenReport).values(**row).returning(FrozenReport.id)).scalar_one())


def frozen_reports(storage: Storage, viewer: Viewer, *, deleted: bool = False) -> list[FrozenView]:
    """The frozen reports whose figures a viewer may know, the newest first; deleted: those that one deleted."""
    if not viewer.at_least(TO_FREEZE):
        return []
    stands = FrozenReport.deleted_at.is_not(None) if deleted else FrozenReport.deleted_at.is_(None)
    query = select(*COLUMNS, FrozenReport.sees).where(stands).order_by(FrozenReport.made_at.desc(), FrozenReport.id)
    with storage.reading() as session:
        rows = session.execute(query).all()
    shown = {str(one.id) for one in collections(storage, viewer)}
    views = [_view(row, viewer) for row in rows if _may_read(viewer, row, shown)]
    return [one for one in views if one.mine] if deleted else views


def frozen_report(storage: Storage, viewer: Viewer, number: int) -> FrozenView:
    """One frozen report. Raises NotHere when there is none for this viewer."""
    query = select(*COLUMNS, FrozenReport.sees).where(FrozenReport.id == number, FrozenReport.deleted_at.is_(None))
    with storage.reading() as session:
        row = session.execute(query).first()
    shown = {str(one.id) for one in collections(storage, viewer)} if row else set()
    if row is None or not viewer.at_least(TO_FREEZE) or not _may_read(viewer, row, shown):
        raise NotHere("There is no such frozen report, or its figures are not open to your role.")
    return _view(row, viewer)


def open_frozen(storage: Storage, viewer: Viewer, number: int) -> Kept:
    """What was put away. Raises NotHere when there is none for this viewer, Refused when it names a record that is not
    open to them any more, WrongUsage when its bytes were changed."""
    one = frozen_report(storage, viewer, number)
    with storage.reading() as session:
        body = session.scalar(select(FrozenReport.body).where(FrozenReport.id == number)) or b""
        kept = opened(body, one.sha256)
        if _names_what_is_closed(session, viewer, kept.listed):
            raise Refused("This frozen report names records that are not open to your role any more.")
    return kept


def frozen_file(storage: Storage, viewer: Viewer, number: int, form: str) -> bytes:
    """A frozen report as a file: HTML, XLSX and PPTX byte for byte as they were, the PDF printed from that HTML."""
    if form not in FORMATS:
        raise NotHere(f"A frozen report has no format {form!r}; there are: {', '.join(FORMATS)}.")
    kept = open_frozen(storage, viewer, number)
    if form == "pptx" and not kept.slides:
        raise NotHere("This report was frozen before reports had slides: freeze its like anew to have them.")
    exported(storage, viewer, "frozen report", confidential_among(storage, kept.listed))
    if form == "pdf":
        return printed(kept.page)
    return {"html": kept.page.encode(), "xlsx": kept.workbook, "pptx": kept.slides}[form]


def delete_frozen(storage: Storage, viewer: Viewer, number: int) -> None:
    """Delete one's own frozen report, or as the user office anybody's; it can be restored."""
    if not frozen_report(storage, viewer, number).mine:
        raise Refused("Only who froze a report, and the user office, may delete it.")
    with storage.writing() as session:
        session.execute(update(FrozenReport).where(FrozenReport.id == number).values(deleted_at=now()))


def restore_frozen(storage: Storage, viewer: Viewer, number: int) -> None:
    """Bring a deleted frozen report back. Raises NotHere when there is none, Conflict when it is there already."""
    if number not in {one.id for one in frozen_reports(storage, viewer, deleted=True)}:
        frozen_report(storage, viewer, number)  # else there is none
        raise Conflict("This frozen report was not deleted. Nothing was changed.")
    with storage.writing() as session:
        session.execute(update(FrozenReport).where(FrozenReport.id == number).values(deleted_at=None))


def seen(storage: Storage, viewer: Viewer, kept: Kept) -> None:
    """Note in the audit that a viewer was shown a frozen report that names confidential records."""
    saw(storage, viewer, "frozen report", confidential_among(storage, kept.listed) if viewer.may_see_secrets else 0)


def _may_read(viewer: Viewer, row: Any, shown: set[str]) -> bool:
    """Whether all that the figures count exists for a viewer, the collections that they are of among it."""
    sees = set(row.sees) - viewer.sees
    if any(not (one.startswith(SECRETS) and CONFIDENTIAL in viewer.sees) for one in sees):
        return False
    subject = [str(row.asked.get("name"))] if row.asked.get("kind") == "collection" else []
    return {*row.asked.get("filters", {}).get("collection", ()), *subject} <= shown


def _view(row: Any, viewer: Viewer) -> FrozenView:
    own = row.account == viewer.account if viewer.account else row.account == 0 and row.made_by == owner_of(viewer)
    instruments = frozenset(int(one.removeprefix(SECRETS)) for one in row.sees if one.startswith(SECRETS))
    reader = Viewer(row.as_role, instruments=instruments, account=viewer.account, name=viewer.name, opened=instruments)
    return FrozenView(
        row.id, row.title, row.note, recipe_of(row.asked), reader, row.facts_version, row.facts_print, row.as_of,
        row.program, row.publications, row.made_by, row.made_at, row.deleted_at is not None, row.size_bytes, row.sha256,
        own or viewer.at_least(TO_PUBLISH),
    )  # fmt: skip


def _names_what_is_closed(session: Session, viewer: Viewer, ids: Sequence[int]) -> bool:
    if CONFIDENTIAL in viewer.sees or not ids:
        return False
    closed = select(Record.id).where(Record.id.in_(listed(session, ids)), Record.visibility.not_in(viewer.sees))
    if viewer.opened:
        closed = closed.where(*[~Record.opened_to.contains(f",{one},") for one in sorted(viewer.opened)])
    return session.scalar(closed.limit(1)) is not None
