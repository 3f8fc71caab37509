"""The publications that a facility shows first to everybody, with the words and pictures that were written for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from puma.access import ANONYMOUS, Viewer
from puma.keeping import collections
from puma.keeping.highlights import Told, told_of
from puma.listing.found import found_rows
from puma.listing.kept import members
from puma.storage import Storage

MOST = 12


@dataclass(frozen=True, slots=True)
class Highlights:
    """What the public pages begin with. number: of the collection, 0 without one; about: its description; rows: as
    a search is exported, the newest additions first; told: by the number of a record."""

    number: int
    about: str
    rows: Sequence[Mapping[str, Any]]
    told: Mapping[int, Told]


def highlights(storage: Storage, viewer: Viewer, title: str) -> Highlights:
    """The publications of the public collection of that name; of what is not for everybody nothing is among them."""
    for one in collections(storage, ANONYMOUS):
        if one.title.casefold() == title.casefold():
            numbers = [row.id for row in members(storage, ANONYMOUS, one.id, limit=MOST).rows]
            rows = list(found_rows(storage, ANONYMOUS, numbers))
            return Highlights(one.id, one.description, rows, told_of(storage, viewer, numbers))
    return Highlights(0, "", [], {})
