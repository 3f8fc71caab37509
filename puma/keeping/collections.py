"""Collections as a viewer may know them: what is hidden from them is in no list and in no count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from puma.access import Viewer
from puma.entities import Collection, CollectionChange, CollectionItem, Record
from puma.errors import NotHere
from puma.keeping.ownership import may_change, may_see, owned_by
from puma.storage import Storage
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection. count: records that exist for the viewer; made_by: empty for who did not sign in; may_change:
    whether the viewer may; changed_at: of the newest thing that the viewer may know of."""

    id: int
    title: str
    description: str
    visibility: str
    made_by: str
    made_at: datetime
    count: int
    changed_at: datetime
    may_change: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """A collection that was deleted, and the change by which it can be brought back."""

    title: str
    change: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the viewer did to a collection."""

    id: int
    what: str
    records: int
    at: datetime
    undone: bool


def collections(storage: Storage, viewer: Viewer, *, record: int | None = None) -> list[CollectionView]:
    """The collections that exist for a viewer, by title; record: those that hold this one."""
    which = [may_see(viewer)]
    if record is not None:
        holding = select(CollectionItem.collection_id).where(CollectionItem.record_id == record)
        which.append(Collection.id.in_(holding))
    return _views(storage, viewer, which)


def collection(storage: Storage, viewer: Viewer, collection_id: int) -> CollectionView:
    """One collection. Raises NotHere when there is none for this viewer."""
    found = _views(storage, viewer, [may_see(viewer), Collection.id == collection_id])
    if not found:
        raise NotHere("There is no such collection, or it is not shown to you.")
    return found[0]


def _views(storage: Storage, viewer: Viewer, which: Sequence[Any]) -> list[CollectionView]:
    held = (
        select(CollectionItem.collection_id, func.count().label("count"), func.max(CollectionItem.added_at).label("at"))
        .join(Record, Record.id == CollectionItem.record_id)
        .where(exists_for(viewer), CollectionItem.collection_id.in_(select(Collection.id).where(*which)))
        .group_by(CollectionItem.collection_id)
        .subquery()
    )
    query = (
        select(Collection, func.coalesce(held.c.count, 0), held.c.at, case((may_change(viewer), 1), else_=0))
        .outerjoin(held, held.c.collection_id == Collection.id)
        .where(*which)
    )
    with storage.reading() as session:
        rows = session.execute(query).all()
    signed_in = viewer.at_least("viewer")
    views = [
        CollectionView(
            one.id, one.title, one.description, one.visibility, one.made_by if signed_in else "", one.made_at, count,
            at or one.made_at, bool(changes),
        )
        for one, count, at, changes in rows
    ]  # fmt: skip
    return sorted(views, key=lambda one: (one.title.casefold(), one.id))


def members(storage: Storage, viewer: Viewer, collection_ids: Sequence[int]) -> list[int]:
    """The numbers of the records in any of these collections, as far as they and the records exist for the viewer."""
    query = (
        select(CollectionItem.record_id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .join(Record, Record.id == CollectionItem.record_id)
        .where(CollectionItem.collection_id.in_(collection_ids), may_see(viewer), exists_for(viewer))
        .distinct()
    )
    with storage.reading() as session:
        return list(session.scalars(query))


def added_to(storage: Storage, viewer: Viewer, collection_id: int, records: Sequence[int]) -> Mapping[int, Any]:
    """Who added these records to a collection, and when: (added_by, added_at) by number. At most some hundred."""
    query = (
        select(CollectionItem.record_id, CollectionItem.added_by, CollectionItem.added_at)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(CollectionItem.collection_id == collection_id, CollectionItem.record_id.in_(records), may_see(viewer))
    )
    with storage.reading() as session:
        return {number: (by, at) for number, by, at in session.execute(query)}


def my_changes(storage: Storage, viewer: Viewer, collection_id: int, limit: int = 10) -> list[Change]:
    """What the viewer did to a collection, newest first. What others did may be about records they may not know of."""
    query = (
        select(CollectionChange)
        .join(Collection, Collection.id == CollectionChange.collection_id)
        .where(
            Collection.id == collection_id,
            may_see(viewer),
            owned_by(viewer, CollectionChange.account, CollectionChange.changed_by),
        )
        .order_by(CollectionChange.id.desc())
        .limit(limit)
    )
    with storage.reading() as session:
        return [
            Change(one.id, one.what, one.records, one.changed_at, one.undone_at is not None)
            for one in session.scalars(query)
        ]


def deleted(storage: Storage, viewer: Viewer, limit: int = 5) -> list[Removed]:
    """The collections that the viewer deleted and can bring back, newest first."""
    query = (
        select(Collection.title, CollectionChange.id, CollectionChange.changed_at)
        .join(Collection, Collection.id == CollectionChange.collection_id)
        .where(
            Collection.deleted_at.is_not(None), may_change(viewer), CollectionChange.what == "deleted",
            CollectionChange.undone_at.is_(None),
            owned_by(viewer, CollectionChange.account, CollectionChange.changed_by),
        )
        .order_by(CollectionChange.id.desc())
        .limit(limit)
    )  # fmt: skip
    with storage.reading() as session:
        return [Removed(*row) for row in session.execute(query)]
