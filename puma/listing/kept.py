"""What people keep, as they read it: the records of a collection by name, and the keywords that people gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.entities import Collection, CollectionItem, Keyword, Record
from puma.entities.record import GIVEN
from puma.keeping import collection
from puma.listing.record import names_of
from puma.storage import Storage, listed
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class Member:
    """A record in a collection. name: its title; code: of a proposal, or the DOI; added_by: empty for who did not
    sign in."""

    id: int
    kind: str
    name: str
    code: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A piece of a collection, and how many of its records exist for the viewer."""

    total: int
    rows: Sequence[Member]


@dataclass(frozen=True, slots=True)
class GivenKeyword:
    """A keyword that a person gave a record. removable: whether the viewer may take it away."""

    value: str
    added_by: str
    added_at: datetime | None
    removable: bool


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record and when a source first told of it."""

    id: int
    kind: str
    name: str
    code: str
    seen_at: datetime


def newest(storage: Storage, viewer: Viewer, numbers: Sequence[int], limit: int) -> list[NewRecord]:
    """Of these records those that a source told of last, the newest first."""
    with storage.reading() as session:
        query = select(Record.id, Record.kind, Record.created_at)
        query = query.where(Record.id.in_(listed(session, numbers)), exists_for(viewer))
        rows = session.execute(query.order_by(Record.created_at.desc(), Record.id.desc()).limit(limit)).all()
        names = names_of(session, [(row.kind, row.id) for row in rows])
    saw_records(storage, viewer, "newest records", [row.id for row in rows])
    return [NewRecord(row.id, row.kind, *names.get(row.id, ("", "")), row.created_at) for row in rows]


def members(storage: Storage, viewer: Viewer, collection_id: int, *, offset: int = 0, limit: int = 25) -> MemberPage:
    """A page of the records of a collection, the newest additions first. Raises NotHere when there is none."""
    shown = collection(storage, viewer, collection_id)
    query = (
        select(Record.id, Record.kind, CollectionItem.added_by, CollectionItem.added_at)
        .join(CollectionItem, CollectionItem.record_id == Record.id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(Collection.id == shown.id, exists_for(viewer))
    )
    with storage.reading() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(query.order_by(CollectionItem.id.desc()).offset(offset).limit(limit)).all()
        names = names_of(session, [(row.kind, row.id) for row in rows])
    saw_records(storage, viewer, f"collection {shown.id}", [row.id for row in rows])
    known = viewer.at_least("viewer")
    found = [
        Member(row.id, row.kind, *names.get(row.id, ("", "")), row.added_by if known else "", row.added_at)
        for row in rows
    ]
    return MemberPage(total, found)


def given_keywords(storage: Storage, viewer: Viewer, record_id: int) -> list[GivenKeyword]:
    """The keywords that people gave to a record that exists for the viewer, by word."""
    query = (
        select(Keyword.value, Keyword.added_by, Keyword.added_at)
        .join(Record, Record.id == Keyword.record_id)
        .where(Record.id == record_id, exists_for(viewer), Keyword.namespace == GIVEN, Keyword.added_by.is_not(None))
        .order_by(Keyword.value)
    )
    office, known = viewer.at_least("user_office"), viewer.at_least("viewer")
    with storage.reading() as session:
        return [
            GivenKeyword(
                value, (by or "") if known else "", at, known and (office or by == (viewer.name or viewer.role))
            )
            for value, by, at in session.execute(query)
        ]
