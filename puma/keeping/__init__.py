"""What people keep: collections of records, searches to come back to, short links to what a page shows."""

from puma.keeping.collections import (
    Change,
    CollectionView,
    Removed,
    added_to,
    collection,
    collections,
    deleted,
    members,
    my_changes,
)
from puma.keeping.gathering import Added, add, change, delete, make, remove, undo
from puma.keeping.ownership import TO_PUBLISH, owner_of
from puma.keeping.searches import (
    SavedView,
    by_feed,
    forget_search,
    mark_seen,
    new_feed,
    rename_search,
    restore_search,
    save_search,
    saved_search,
    saved_searches,
)
from puma.keeping.short_links import long_link, short_link
from puma.keeping.states import canonical

__all__ = [
    "TO_PUBLISH",
    "Added",
    "Change",
    "CollectionView",
    "Removed",
    "SavedView",
    "add",
    "added_to",
    "by_feed",
    "canonical",
    "change",
    "collection",
    "collections",
    "delete",
    "deleted",
    "forget_search",
    "long_link",
    "make",
    "mark_seen",
    "members",
    "my_changes",
    "new_feed",
    "owner_of",
    "remove",
    "rename_search",
    "restore_search",
    "save_search",
    "saved_search",
    "saved_searches",
    "short_link",
    "undo",
]
