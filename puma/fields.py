"""Fields and their kinds: what a column means, stated once; search, filters, exports and help derive from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Dialect, Float, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine


class Moment(TypeDecorator[datetime]):
    """An instant in UTC, aware in Python on both databases (SQLite forgets the zone, so it is put back here)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is in Python."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def json_type() -> TypeEngine[Any]:
    """JSON on SQLite, JSONB on PostgreSQL."""
    return JSON().with_variant(JSONB(), "postgresql")


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of value a field holds: its type in Python and SQL, in the search index, on a page."""

    name: str
    python: type
    sql: Callable[[], TypeEngine[Any]]
    mapping: str  # text, keyword, integer, date, boolean, or "" when the index does not hold it
    control: str  # text, choice, range, switch, or "" when lists do not filter by it
    help: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("title", str, Text, "text", "text", "a title; simple markup is shown, and stripped for matching"),
        Kind("text", str, Text, "text", "text", "running text"),
        Kind("name", str, Text, "text", "choice", "a name of a person, organisation or machine"),
        Kind("label", str, lambda: String(300), "keyword", "choice", "a short word from a list of the source"),
        Kind("code", str, lambda: String(500), "keyword", "text", "a code as its owner writes it"),
        Kind("choice", str, lambda: String(40), "keyword", "choice", "one of the words listed in its help"),
        Kind("country", str, lambda: String(2), "keyword", "choice", "ISO 3166 alpha-2 code"),
        Kind("year", int, Integer, "integer", "range", "calendar year"),
        Kind("day", date, Date, "date", "range", "calendar day, ISO 8601"),
        Kind("moment", datetime, Moment, "date", "range", "instant in UTC, ISO 8601"),
        Kind("count", int, BigInteger, "integer", "range", "whole number"),
        Kind("number", float, Float, "", "range", "number"),
        Kind("flag", bool, Boolean, "boolean", "switch", "yes or no"),
        Kind("doi", str, lambda: String(400), "keyword", "text", "DOI, lower case, without resolver"),
        Kind("orcid", str, lambda: String(19), "keyword", "text", "ORCID iD with hyphens, check digit verified"),
        Kind("ror", str, lambda: String(9), "keyword", "text", "ROR id without resolver, check digits verified"),
        Kind("issn", str, lambda: String(9), "keyword", "text", "ISSN with hyphen, check digit verified"),
        Kind("url", str, Text, "", "", "web address"),
        Kind("email", str, lambda: String(320), "", "", "e-mail address; never indexed, never public"),
        Kind("json", list, json_type, "", "", "structured value"),
    )
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column as people meet it: label, kind, help, unit, and who may see it where."""

    name: str
    kind: Kind
    label: str
    help: str
    unit: str
    choices: tuple[str, ...]
    facet: bool
    boost: float  # weight in search; 0 = not searched
    exported: bool
    personal: bool
    confidential: bool


def field(
    kind: str,
    label: str,
    help: str = "",
    *,
    unit: str = "",
    choices: tuple[str, ...] = (),
    facet: bool = False,
    boost: float = 0.0,
    exported: bool = True,
    personal: bool = False,
    confidential: bool = False,
    **column: Any,
) -> MappedColumn[Any]:
    """A column that knows what it means. ``column`` goes to SQLAlchemy's ``mapped_column`` unchanged.

    Raises KeyError at import when the kind does not exist.
    """
    known = KINDS[kind]
    words = Field("", known, label, help, unit, choices, facet, boost, exported, personal, confidential)
    return mapped_column(known.sql(), info={"field": words}, **column)


def fields_of(entity: type) -> Iterator[Field]:
    """The described columns of an entity, in the order they are written."""
    for column in entity.__table__.columns:  # type: ignore[attr-defined]  # every mapped class has one
        words = column.info.get("field")
        if words is not None:
            yield Field(column.name, *(getattr(words, slot) for slot in Field.__slots__[1:]))
