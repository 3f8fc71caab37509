"""From a document to the fields of an index: names, values, sort keys; the same for every engine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from puma.search.engine import Document
from puma.search.folding import fold
from puma.search.index_field import PAGES, IndexField

KIND = IndexField("kind", "keyword", boost=0.0, facet=True)
VISIBILITY = IndexField("visibility", "keyword", boost=0.0, many=True)
BUILT_IN = (KIND, VISIBILITY)

ID, PRINT, NEWEST, OLDEST, TITLE_ORDER = "id", "print", "newest", "oldest", "title_order"
"""Fields of the index itself: key, fingerprint of the content, and the three orders beside relevance."""

LAYOUT = 3  # raised whenever what is indexed, or the folding, changes: older indexes then ask for a rebuild
_MAX_ID = 2**32
_MAX_RANK = 2**30  # a day as YYYYMMDD is below it
_LONGEST_VALUE = 1_000  # bytes of one facet value or title in sorting: longer ones would be dropped by the index


def words_of(name: str) -> str:
    """The index field with the words, and their places, of a field."""
    return f"w_{name}"


def values_of(name: str) -> str:
    """The index field with the whole values of a field, for filters and counts."""
    return f"v_{name}"


def number_of(name: str) -> str:
    """The index field with the number of a field; days as YYYYMMDD."""
    return f"n_{name}"


def years_of(name: str) -> str:
    """The index field with the year of a date field that is a facet."""
    return f"y_{name}"


def named(fields: Sequence[IndexField]) -> dict[str, IndexField]:
    """All fields of an index by name. Raises ValueError where two have one name."""
    given = [*BUILT_IN, *fields]
    found = {item.name: item for item in given}
    if len(found) < len(given) or found.keys() & {ID, PRINT}:
        raise ValueError("field names must differ, also from id, kind, print and visibility")
    return found


def fingerprint(fields: Sequence[IndexField], newest_by: str | None, title: str | None, *versions: str) -> str:
    """Equal for equal indexes: an index with another one must be rebuilt."""
    described = [
        (item.name, item.mapping, item.facet, item.stored, item.many, item.needs, item.steps) for item in fields
    ]
    told = json.dumps([LAYOUT, *versions, described, newest_by, title])
    return hashlib.sha256(told.encode()).hexdigest()


class IndexDocument(Protocol):
    """One document as an engine's index takes it."""

    def add_text(self, field_name: str, text: str, /) -> None:
        """Words, folded, or a whole value."""
        ...

    def add_integer(self, field_name: str, value: int, /) -> None:
        """A number."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the index the values of a field go; worked out once, because there are millions of values."""

    item: IndexField
    name: str
    words: str | None
    values: str | None
    number: str | None
    years: str | None
    shown: bool
    needed: bool


def place(item: IndexField) -> Place:
    """The index fields of one field; None for those that it does not have."""
    numeric = item.mapping in ("integer", "date")
    return Place(
        item,
        item.name,
        words_of(item.name) if item.has_words else None,
        values_of(item.name) if item.has_values else None,
        number_of(item.name) if numeric else None,
        years_of(item.name) if item.mapping == "date" and item.facet else None,
        item.stored and not item.is_full_text,
        item in BUILT_IN,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """What comes back with a hit: its id, the shown values by field (dates as ISO text), the pages by their field."""

    id: int
    shown: dict[str, object]
    pages: dict[str, Sequence[object]]


class DocumentMaker:
    """Turns documents into what the index holds; ValueError, naming the document, for a value of a wrong type."""

    def __init__(self, fields: Sequence[IndexField], newest_by: str | None, title: str | None) -> None:
        self._places = [place(item) for item in fields]
        self._newest_by = newest_by
        self._title = title

    def fill(self, document: Document, made: IndexDocument) -> Stored:
        """Fill an index document. Returns what is stored beside it."""
        key = document.get(ID)
        if not isinstance(key, int) or isinstance(key, bool) or not 0 <= key < _MAX_ID:
            raise ValueError(f"a document needs an id from 0 to {_MAX_ID - 1}, not {key!r}")
        made.add_integer(ID, key)
        content = document.get(PRINT)
        made.add_integer(PRINT, content if isinstance(content, int) else 0)
        shown: dict[str, object] = {}
        pages: dict[str, Sequence[object]] = {}
        for goal in self._places:
            name = goal.name
            given = document.get(name)
            single = isinstance(given, str) and name == VISIBILITY.name
            values = []
            if given is not None:
                try:
                    values = _values(goal.item, [given] if single else given)
                except (ValueError, TypeError) as wrong:  # TypeError: a list inside a list
                    raise ValueError(f"document {key}, field {name}: {wrong}") from None
            if values:
                _index(made, goal, values)
                if goal.item.is_full_text:
                    pages[name] = values
                elif goal.shown:
                    told = [value.isoformat() if isinstance(value, date) else value for value in values]
                    shown[name] = told if goal.item.many and not single else told[0]
            elif goal.needed:
                raise ValueError(f"document {key} has no {name}")
        self._order(made, key, document)
        return Stored(key, shown, pages)

    def _order(self, made: IndexDocument, key: int, document: Document) -> None:
        """Sort keys that are all different, so that every order is the same each time; what lacks the value is last."""
        newest = document.get(self._newest_by) if self._newest_by else None
        rank = _number(newest) if isinstance(newest, int | date) else 0
        rank = min(max(rank, 0), _MAX_RANK - 1)
        made.add_integer(NEWEST, rank * _MAX_ID + key)
        made.add_integer(OLDEST, (_MAX_RANK - rank if rank else 0) * _MAX_ID + (_MAX_ID - 1 - key))
        title = document.get(self._title) if self._title else None
        folded = " ".join(fold(title).split())[:200] if isinstance(title, str) else ""
        made.add_text(TITLE_ORDER, f"{folded or chr(0x10FFFF)}\0{key:010}")


_TYPES: Mapping[str, type[str] | type[int] | type[date] | type[bool]] = {
    "text": str, "keyword": str, "key": str, "integer": int, "date": date, "boolean": bool,
}  # fmt: skip


def _values(item: IndexField, given: object) -> list[str | int | bool | date]:
    """The values of a field, empty and repeated ones left out, of the type that its mapping takes."""
    if item.many != isinstance(given, list | tuple | set | frozenset):
        raise ValueError("a list is needed" if item.many else "one value is needed, not a list")
    listed: list[Any] = list(given) if isinstance(given, list | tuple | set | frozenset) else [given]
    if not item.is_full_text:  # an empty page is a page; elsewhere a repeated value would count twice
        listed = [value for value in dict.fromkeys(listed) if value not in (None, "")]
    wanted = _TYPES[item.mapping]
    if set(map(type, listed)) <= {wanted}:  # nearly always
        return listed
    found: list[str | int | bool | date] = []
    for value in listed:
        if not isinstance(value, wanted) or (isinstance(value, bool) and item.mapping == "integer"):
            raise ValueError(f"{value!r} is not a value for {item.mapping}")
        found.append(value)
    return found


def _index(made: IndexDocument, goal: Place, values: Sequence[str | int | bool | date]) -> None:
    for value in values:
        if isinstance(value, str):
            if goal.words:
                made.add_text(goal.words, fold(value))
            if goal.values:
                made.add_text(goal.values, raw_value(value))
        elif isinstance(value, bool) and goal.values:
            made.add_text(goal.values, "true" if value else "false")
        elif goal.number:
            made.add_integer(goal.number, _number(value))
    if goal.years:
        for year in {value.year for value in values if isinstance(value, date)}:
            made.add_integer(goal.years, year)


def raw_value(value: str) -> str:
    """A whole value as the index keeps it: encodable, and not longer than the index takes."""
    if value.isascii() and len(value) <= _LONGEST_VALUE:
        return value
    encoded = value.encode("utf-8", "replace")
    return encoded[:_LONGEST_VALUE].decode("utf-8", "ignore")


def _number(value: int | date) -> int:
    """Days as YYYYMMDD (an instant by its day as given)."""
    return value.year * 10_000 + value.month * 100 + value.day if isinstance(value, date | datetime) else int(value)


def texts_of(shown: Mapping[str, object], pages: Sequence[str], names: Sequence[str]) -> dict[str, list[str]]:
    """The texts of the named fields of a found document; last its pages, those that the viewer may read."""
    texts: dict[str, list[str]] = {}
    for name in names:
        value = shown.get(name)
        if name != PAGES and value is not None:
            texts[name] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    if PAGES in names and pages:
        texts[PAGES] = list(pages)
    return texts
