"""What a format is: a name, a media type, a suffix, and a function that writes streaming rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, BinaryIO

Row = Mapping[str, Any]
Rows = Iterable[Row]
Write = Callable[[Sequence[str], Rows, BinaryIO, str], int]
"""(columns, rows, file, sentence about the contents) -> number of rows written."""


AT_ONCE = 500
"""Rows that are put into words at once."""


@dataclass(frozen=True, slots=True)
class Growing:
    """How a file grows of which each piece stands for itself: what was cut off goes on after its last whole piece.

    head: of (columns, sentence about the contents); rows: of (columns, rows, how many rows came before); tail: the end.
    """

    head: Callable[[Sequence[str], str], bytes]
    rows: Callable[[Sequence[str], Sequence[Row], int], bytes]
    tail: bytes = b""

    def write(self, columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
        """Write rows as they come; memory does not grow."""
        coming, count = iter(rows), 0
        file.write(self.head(columns, about))
        while some := list(islice(coming, AT_ONCE)):
            file.write(self.rows(columns, some, count))
            count += len(some)
        file.write(self.tail)
        return count


@dataclass(frozen=True, slots=True)
class Export:
    """A format. ``only``: the lists that it can hold, empty for all; ``most``: how many rows, 0 for any number; grows:
    how it grows, where it can be gone on with after a cut."""

    name: str
    media_type: str
    suffix: str
    help: str
    write: Write
    only: tuple[str, ...] = ()
    most: int = 0
    grows: Growing | None = None


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
