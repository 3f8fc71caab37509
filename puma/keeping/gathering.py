"""Changing collections: make, rename, add, remove, delete, and take any of it back; each in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, literal, or_, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import Collection, CollectionChange, CollectionItem, Record, RemovedItem
from puma.entities.kept import SHARED
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.keeping.ownership import TO_KEEP, TO_PUBLISH, may_change, may_see, owned_by, owner_of
from puma.storage import Storage, listed, now
from puma.text import clean_text
from puma.visibility import exists_for

COLLECTED = ("publication", "proposal", "dataset")
"""Kinds of records that a collection holds: those that a search finds."""
LONGEST_TITLE, LONGEST_DESCRIPTION = 200, 5_000


@dataclass(frozen=True, slots=True)
class Added:
    """What adding came to. change: its number, by which it is undone. new: records that were not in the collection;
    there: those that were."""

    change: int
    new: int
    there: int


def make(storage: Storage, viewer: Viewer, title: str, description: str = "", visibility: str = "private") -> int:
    """Make a collection. Returns its number. Raises WrongUsage for an empty or too long title."""
    viewer.must_be(TO_KEEP, "Making a collection")
    values = _cleaned(viewer, {"title": title, "description": description, "visibility": visibility})
    with storage.writing() as session:
        row = {**values, "made_by": owner_of(viewer), "account": viewer.account, "made_at": now()}
        number = session.execute(insert(Collection).values(**row).returning(Collection.id)).scalar_one()
        _log(session, viewer, number, "made")
        return number


def change(storage: Storage, viewer: Viewer, collection_id: int, **values: str) -> int:
    """Change title, description or visibility. Returns the number of the change."""
    with storage.writing() as session:
        found = _mine(session, viewer, collection_id)
        cleaned = _cleaned(viewer, values, found.visibility)
        before = {name: getattr(found, name) for name in cleaned}
        session.execute(update(Collection).where(Collection.id == found.id).values(**cleaned))
        return _log(session, viewer, found.id, "changed", before=before)


def delete(storage: Storage, viewer: Viewer, collection_id: int) -> int:
    """Delete a collection; its records stay as they are. Returns the number of the change."""
    with storage.writing() as session:
        found = _mine(session, viewer, collection_id)
        session.execute(update(Collection).where(Collection.id == found.id).values(deleted_at=now()))
        return _log(session, viewer, found.id, "deleted")


def add(storage: Storage, viewer: Viewer, collection_id: int, records: Sequence[int]) -> Added:
    """Add publications, proposals and datasets: those of ``records`` that exist for the viewer, in one statement."""
    with storage.writing() as session:
        found = _mine(session, viewer, collection_id)
        number = _log(session, viewer, found.id, "added")
        wanted = _wanted(session, viewer, records)
        there = select(CollectionItem.record_id).where(CollectionItem.collection_id == found.id)
        columns = ["collection_id", "record_id", "added_by", "added_at", "change_id"]
        given = (literal(found.id, _NUMBER), Record.id, literal(owner_of(viewer)), literal(now(), _MOMENT),
                 literal(number, _NUMBER))  # fmt: skip
        rows = wanted.with_only_columns(*given).where(Record.id.not_in(there)).order_by(Record.id)
        made: Any = session.execute(_KEPT.from_select(columns, rows))
        new = int(made.rowcount)
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        _count(session, number, new)
        return Added(number, new, total - new)


def remove(storage: Storage, viewer: Viewer, collection_id: int, records: Sequence[int]) -> Added:
    """Take records out of a collection; ``there``: how many of them were not in it."""
    with storage.writing() as session:
        found = _mine(session, viewer, collection_id)
        number = _log(session, viewer, found.id, "removed")
        wanted = _wanted(session, viewer, records)
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        which = CollectionItem.collection_id == found.id, CollectionItem.record_id.in_(wanted)
        gone = _move_out(session, number, *which)
        _count(session, number, gone)
        return Added(number, gone, total - gone)


def undo(storage: Storage, viewer: Viewer, change_id: int) -> int:
    """Take a change back: what it did is undone where it still stands. Returns the number of the collection.

    Raises NotHere when there is no such change by the viewer, Conflict when it was undone already or when title,
    description or visibility were changed again since.
    """
    with storage.writing() as session:
        query = (
            select(CollectionChange.id, CollectionChange.what, CollectionChange.before, CollectionChange.undone_at)
            .add_columns(Collection.id.label("of"))
            .join(Collection, Collection.id == CollectionChange.collection_id)
            .where(CollectionChange.id == change_id, may_change(viewer))
            .with_for_update(of=Collection)
        )
        if not viewer.at_least("admin"):
            query = query.where(owned_by(viewer, CollectionChange.account, CollectionChange.changed_by))
        found = session.execute(query).first()
        if found is None:
            raise NotHere("There is no such change of yours to undo.")
        if found.undone_at is not None:
            raise Conflict("This was undone already. Nothing was changed.")
        _TAKE_BACK[found.what](session, found)
        session.execute(update(CollectionChange).where(CollectionChange.id == found.id).values(undone_at=now()))
        return int(found.of)


def _unmake(session: Session, found: Any) -> None:
    session.execute(update(Collection).where(Collection.id == found.of).values(deleted_at=now()))


def _bring_back(session: Session, found: Any) -> None:
    session.execute(update(Collection).where(Collection.id == found.of).values(deleted_at=None))


def _change_back(session: Session, found: Any) -> None:
    newer = select(CollectionChange.id).where(
        CollectionChange.collection_id == found.of, CollectionChange.what == "changed",
        CollectionChange.id > found.id, CollectionChange.undone_at.is_(None),
    )  # fmt: skip
    if session.scalar(newer.limit(1)) is not None:
        raise Conflict("The collection was changed again since; take that back first. Nothing was changed.")
    session.execute(update(Collection).where(Collection.id == found.of).values(**found.before))


def _take_out(session: Session, found: Any) -> None:
    session.execute(sql_delete(CollectionItem).where(CollectionItem.change_id == found.id))


def _put_back(session: Session, found: Any) -> None:
    there = select(CollectionItem.record_id).where(CollectionItem.collection_id == found.of)
    columns = ["collection_id", "record_id", "added_by", "added_at", "change_id"]
    rows = select(
        literal(found.of, _NUMBER),
        RemovedItem.record_id,
        RemovedItem.added_by,
        RemovedItem.added_at,
        RemovedItem.added_in,
    ).where(RemovedItem.change_id == found.id, RemovedItem.record_id.not_in(there))
    session.execute(insert(CollectionItem).from_select(columns, rows.order_by(RemovedItem.id)))
    session.execute(sql_delete(RemovedItem).where(RemovedItem.change_id == found.id))


_TAKE_BACK = {
    "made": _unmake, "changed": _change_back, "deleted": _bring_back, "added": _take_out, "removed": _put_back,
}  # fmt: skip
"""How each change is taken back."""
_KEPT, _REMOVED = (  # the number of rows is told only when it is asked for
    insert(entity).execution_options(preserve_rowcount=True) for entity in (CollectionItem, RemovedItem)
)
_MOMENT, _NUMBER = (CollectionItem.__table__.c[name].type for name in ("added_at", "collection_id"))


def _mine(session: Session, viewer: Viewer, collection_id: int) -> Collection:
    """The collection, held for this change. Raises NotHere, or Refused when the viewer sees but may not change it."""
    found = session.scalar(select(Collection).where(Collection.id == collection_id, may_see(viewer)).with_for_update())
    if found is None:
        raise NotHere("There is no such collection.")
    if session.scalar(select(Collection.id).where(Collection.id == collection_id, may_change(viewer))) is None:
        raise Refused(f"The collection {found.title!r} is {found.made_by}'s: only they and the user office change it.")
    return found


def _cleaned(viewer: Viewer, values: dict[str, str], before: str = "private") -> dict[str, str]:
    """Values as they are kept. Raises WrongUsage in a sentence, Refused for what only the user office shows."""
    unknown = values.keys() - {"title", "description", "visibility"}
    if unknown or not values:
        raise WrongUsage("A collection has a title, a description and a visibility.")
    found = {name: value if name == "description" else clean_text(value) for name, value in values.items()}
    if "description" in found:
        found["description"] = "\n".join(clean_text(line) for line in found["description"].splitlines()).strip()
    if "title" in found and not 0 < len(found["title"]) <= LONGEST_TITLE:
        raise WrongUsage(f"A collection needs a title of at most {LONGEST_TITLE} letters.")
    if len(found.get("description", "")) > LONGEST_DESCRIPTION:
        raise WrongUsage(f"A description has at most {LONGEST_DESCRIPTION} letters.")
    wanted = found.get("visibility", before)
    if wanted not in SHARED:
        raise WrongUsage(f"A collection is {', '.join(SHARED)}; not {wanted!r}.")
    if "public" in (wanted, before) and wanted != before and not viewer.at_least(TO_PUBLISH):
        raise Refused("Showing a collection to everybody, or no longer, needs the role user office.")
    return found


def _wanted(session: Session, viewer: Viewer, records: Sequence[int]) -> Select[int]:
    """Those records that a collection can hold and that exist for the viewer; a merged one leads to what it became."""
    if any(not 0 < number < 2**62 for number in records):
        raise WrongUsage("Records are told by their numbers.")
    became = aliased(Record)
    numbers = listed(session, records)
    led = select(became.merged_into_id).where(became.id.in_(numbers), became.merged_into_id.is_not(None))
    which = or_(Record.id.in_(numbers), Record.id.in_(led))
    return select(Record.id).where(which, Record.kind.in_(COLLECTED), exists_for(viewer))


def _move_out(session: Session, number: int, *which: ColumnElement[bool]) -> int:
    columns = ["change_id", "record_id", "added_by", "added_at", "added_in"]
    item = CollectionItem
    rows = select(literal(number, _NUMBER), item.record_id, item.added_by, item.added_at, item.change_id).where(*which)
    made: Any = session.execute(_REMOVED.from_select(columns, rows.order_by(item.id)))
    session.execute(sql_delete(item).where(*which))
    return int(made.rowcount)


def _log(
    session: Session, viewer: Viewer, collection_id: int, what: str, *, before: dict[str, str] | None = None
) -> int:
    row = {
        "collection_id": collection_id, "what": what, "before": before or {}, "records": 0,
        "changed_by": owner_of(viewer), "account": viewer.account, "changed_at": now(),
    }  # fmt: skip
    return session.execute(insert(CollectionChange).values(**row).returning(CollectionChange.id)).scalar_one()


def _count(session: Session, number: int, records: int) -> None:
    session.execute(update(CollectionChange).where(CollectionChange.id == number).values(records=records))
