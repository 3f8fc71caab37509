"""How a document lies in the embedded index: its schema, its analysers, and the way from values to index fields."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version

import tantivy

from puma.search.engine import Document
from puma.search.folding import fold
from puma.search.index_field import PAGES, IndexField

KIND = IndexField("kind", "keyword", boost=0.0, facet=True)
VISIBILITY = IndexField("visibility", "keyword", boost=0.0)
BUILT_IN = (KIND, VISIBILITY)

LAYOUT = 1  # raised whenever the schema below or the folding changes: older indexes then ask for a rebuild
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


def word_analyser() -> tantivy.TextAnalyzer:
    """Cuts folded text into words at everything that is no letter and no digit."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase()).build()


def stem_analyser() -> tantivy.TextAnalyzer:
    """The same words without their English endings (Snowball)."""
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    return words.filter(tantivy.Filter.stemmer("english")).build()


def fingerprint(fields: Sequence[IndexField], newest_by: str | None, title: str | None) -> str:
    """Equal for equal indexes: an index with another one must be rebuilt."""
    described = [(item.name, item.mapping, item.facet, item.stored, item.many) for item in fields]
    told = json.dumps([LAYOUT, version("tantivy"), described, newest_by, title])
    return hashlib.sha256(told.encode()).hexdigest()


def make_schema(fields: Sequence[IndexField]) -> tantivy.Schema:
    """Words carry places for phrases but no statistics are used of them; what is shown lies in two byte fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    for name in ("newest", "oldest"):
        builder.add_integer_field(name, fast=True)
    builder.add_text_field("title_order", fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("shown", "pages"):
        builder.add_bytes_field(name, stored=True)
    for item in fields:
        if item.has_words:
            builder.add_text_field(words_of(item.name), tokenizer_name="words", index_option="position")
        if item.has_values:
            builder.add_text_field(values_of(item.name), fast=True, tokenizer_name="raw", index_option="basic")
        if item.mapping in ("integer", "date"):
            builder.add_integer_field(number_of(item.name), indexed=True, fast=True)
        if item.mapping == "date" and item.facet:
            builder.add_integer_field(years_of(item.name), indexed=True, fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the index the values of a field go; worked out once, because there are millions of values."""

    item: IndexField
    words: str | None
    values: str | None
    number: str | None
    years: str | None
    shown: bool
    needed: bool


def _place(item: IndexField) -> _Place:
    numeric = item.mapping in ("integer", "date")
    return _Place(
        item,
        words_of(item.name) if item.has_words else None,
        values_of(item.name) if item.has_values else None,
        number_of(item.name) if numeric else None,
        years_of(item.name) if item.mapping == "date" and item.facet else None,
        item.stored and item.name != PAGES,
        item in BUILT_IN,
    )


class DocumentMaker:
    """Turns documents into what the index holds; ValueError, naming the document, for a value of a wrong type."""

    def __init__(self, fields: Sequence[IndexField], newest_by: str | None, title: str | None) -> None:
        self._places = [_place(item) for item in fields]
        self._newest_by = newest_by
        self._title = title

    def make(self, document: Document) -> tuple[int, tantivy.Document]:
        """The id and the index document."""
        key = document.get("id")
        if not isinstance(key, int) or isinstance(key, bool) or not 0 <= key < _MAX_ID:
            raise ValueError(f"a document needs an id from 0 to {_MAX_ID - 1}, not {key!r}")
        made = tantivy.Document()
        made.add_integer("id", key)
        shown: dict[str, object] = {}
        for place in self._places:
            name = place.item.name
            given = document.get(name)
            values = []
            if given is not None:
                try:
                    values = _values(place.item, given)
                except (ValueError, TypeError) as wrong:  # TypeError: a list inside a list
                    raise ValueError(f"document {key}, field {name}: {wrong}") from None
            if values:
                _index(made, place, values)
                if place.shown:
                    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
                    shown[name] = plain if place.item.many else plain[0]
            elif place.needed:
                raise ValueError(f"document {key} has no {name}")
        self._order(made, key, document)
        made.add_bytes("shown", json.dumps(shown).encode())
        if document.get(PAGES):
            made.add_bytes("pages", json.dumps(document[PAGES]).encode())
        return key, made

    def _order(self, made: tantivy.Document, key: int, document: Document) -> None:
        """Sort keys that are all different, so that every order is the same each time; what lacks the value is last."""
        newest = document.get(self._newest_by) if self._newest_by else None
        rank = _number(newest) if isinstance(newest, int | date) else 0
        rank = min(max(rank, 0), _MAX_RANK - 1)
        made.add_integer("newest", rank * _MAX_ID + key)
        made.add_integer("oldest", (_MAX_RANK - rank if rank else 0) * _MAX_ID + (_MAX_ID - 1 - key))
        title = document.get(self._title) if self._title else None
        folded = " ".join(fold(title).split())[:200] if isinstance(title, str) else ""
        made.add_text("title_order", f"{folded or chr(0x10FFFF)}\0{key:010}")


_TYPES: Mapping[str, type[str] | type[int] | type[date] | type[bool]] = {
    "text": str, "keyword": str, "integer": int, "date": date, "boolean": bool,
}  # fmt: skip


def _values(item: IndexField, given: object) -> list[str | int | bool | date]:
    """The values of a field, empty and repeated ones left out, of the type that its mapping takes."""
    if item.many != isinstance(given, list | tuple | set | frozenset):
        raise ValueError("a list is needed" if item.many else "one value is needed, not a list")
    listed = list(given) if isinstance(given, list | tuple | set | frozenset) else [given]
    if item.name != PAGES:  # an empty page is a page; elsewhere a repeated value would count twice
        listed = [value for value in dict.fromkeys(listed) if value not in (None, "")]
    wanted = _TYPES[item.mapping]
    found: list[str | int | bool | date] = []
    for value in listed:
        if not isinstance(value, wanted) or (isinstance(value, bool) and item.mapping == "integer"):
            raise ValueError(f"{value!r} is not a value for {item.mapping}")
        found.append(value)
    return found


def _index(made: tantivy.Document, place: _Place, values: Sequence[str | int | bool | date]) -> None:
    for value in values:
        if isinstance(value, str):
            if place.words:
                made.add_text(place.words, fold(value))
            if place.values:
                made.add_text(place.values, raw_value(value))
        elif isinstance(value, bool) and place.values:
            made.add_text(place.values, "true" if value else "false")
        elif place.number:
            made.add_integer(place.number, _number(value))
    if place.years:
        for year in {value.year for value in values if isinstance(value, date)}:
            made.add_integer(place.years, year)


def raw_value(value: str) -> str:
    """A whole value as the index keeps it: encodable, and not longer than the index takes."""
    if value.isascii() and len(value) <= _LONGEST_VALUE:
        return value
    encoded = value.encode("utf-8", "replace")
    return encoded[:_LONGEST_VALUE].decode("utf-8", "ignore")


def _number(value: int | date) -> int:
    """Days as YYYYMMDD (an instant by its day as given)."""
    return value.year * 10_000 + value.month * 100 + value.day if isinstance(value, date | datetime) else int(value)


def shown_fields(document: tantivy.Document) -> dict[str, object]:
    """The stored values of a found document; dates as ISO text."""
    fields: dict[str, object] = json.loads(bytes(document.get_first("shown") or b"{}"))
    return fields


def stored_texts(
    document: tantivy.Document, fields: Mapping[str, object], names: Sequence[str]
) -> dict[str, list[str]]:
    """The texts of the named fields, pages last."""
    texts: dict[str, list[str]] = {}
    for name in names:
        value = fields.get(name)
        if name != PAGES and value is not None:
            texts[name] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    pages = document.get_first("pages") if PAGES in names else None
    if pages is not None:
        texts[PAGES] = json.loads(bytes(pages))
    return texts
