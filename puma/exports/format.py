"""What a format is: a name, a media type, a suffix, and a function that writes streaming rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

Rows = Iterable[Mapping[str, Any]]
Write = Callable[[Sequence[str], Rows, BinaryIO, str], int]
"""(columns, rows, file, sentence about the contents) -> number of rows written."""


@dataclass(frozen=True, slots=True)
class Export:
    """A format. ``only``: the lists that it can hold, empty for all; ``most``: how many rows, 0 for any number."""

    name: str
    media_type: str
    suffix: str
    help: str
    write: Write
    only: tuple[str, ...] = ()
    most: int = 0


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_cell(value: Any) -> str:
    """A value as text: ISO 8601 for days and instants, true and false in lower case, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    if not text.startswith(FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text
