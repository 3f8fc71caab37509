"""What people keep for themselves and for others: collections with their changes, saved searches, short links."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from puma.entities.record import Entity, Number, number, ref
from puma.fields import field, json_type

SHARED = ("private", "internal", "public")
"""Whom a collection is shown to: its owner; everybody with an account; everybody."""

CHANGES = ("made", "changed", "deleted", "added", "removed")


class Collection(Entity):
    """A set of records that somebody made; it carries the same reports as an instrument."""

    __tablename__ = "collection"

    id: Mapped[int] = number()
    title: Mapped[str] = field("title", "Title")
    description: Mapped[str] = field("text", "Description", default="")
    made_by: Mapped[str] = field("label", "Made by")
    made_at: Mapped[datetime] = field("moment", "Made on")
    visibility: Mapped[str] = field(
        "choice", "Shown to", "its owner; people with an account; everybody", choices=SHARED,
        default="private", server_default="private",
    )  # fmt: skip
    deleted_at: Mapped[datetime | None] = field("moment", "Deleted", "it can be brought back")
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")  # of who made it; names are not unique


class CollectionItem(Entity):
    """One record in a collection."""

    __tablename__ = "collection_item"

    id: Mapped[int] = number()
    collection_id: Mapped[int] = ref("collection", nullable=False, cascade=True)
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    added_by: Mapped[str] = field("label", "Added by")
    added_at: Mapped[datetime] = field("moment", "Added on")
    change_id: Mapped[int | None] = mapped_column(Number, index=True)  # the change that added it

    __table_args__ = (UniqueConstraint("collection_id", "record_id"),)


class CollectionChange(Entity):
    """What somebody did to a collection, so that it can be undone."""

    __tablename__ = "collection_change"

    id: Mapped[int] = number()
    collection_id: Mapped[int] = ref("collection", nullable=False, cascade=True)
    what: Mapped[str] = field("choice", "What", choices=CHANGES)
    before: Mapped[dict[str, str]] = mapped_column(json_type())  # the values that a change of the title ... replaced
    records: Mapped[int] = field("count", "Records", "how many it added or removed")
    changed_by: Mapped[str] = field("label", "Changed by")
    changed_at: Mapped[datetime] = field("moment", "Changed on")
    undone_at: Mapped[datetime | None] = field("moment", "Undone on")
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")  # of who changed it


class RemovedItem(Entity):
    """A record that was taken out of a collection, kept as it stood there."""

    __tablename__ = "collection_removed"

    id: Mapped[int] = number()
    change_id: Mapped[int] = ref("collection_change", nullable=False, cascade=True)
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    added_by: Mapped[str] = field("label", "Added by")
    added_at: Mapped[datetime] = field("moment", "Added on")
    added_in: Mapped[int | None] = mapped_column(Number)  # the change that had added it


class SavedSearch(Entity):
    """A search that somebody comes back to, and when they last did."""

    __tablename__ = "saved_search"

    id: Mapped[int] = number()
    owner: Mapped[str] = field("label", "Owner", index=True)
    account: Mapped[int] = mapped_column(Number, default=0, server_default="0")  # of the owner
    name: Mapped[str] = field("label", "Name")
    query: Mapped[str] = field("text", "Search", "words and filters as in the address of the search page")
    made_at: Mapped[datetime] = field("moment", "Saved on")
    seen_at: Mapped[datetime] = field("moment", "Last visit")
    feed: Mapped[str] = field("code", "Feed", "the part of the feed's address that nobody can guess", unique=True)
    deleted_at: Mapped[datetime | None] = field("moment", "Deleted", "it can be brought back")


class ShortLink(Entity):
    """A short name for what a page shows; it holds the page's address and none of its data, and never changes."""

    __tablename__ = "short_link"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    path: Mapped[str] = field("text", "Page")
    query: Mapped[str] = field("text", "State", "as in the address of the page, in one order")
    made_at: Mapped[datetime] = field("moment", "Made on")
