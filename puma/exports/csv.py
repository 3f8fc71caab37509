"""CSV: UTF-8 with a header; text that a spreadsheet would take for a formula is made inert."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from puma.exports.format import Export, Growing, Row, as_cell, inert


def head(columns: Sequence[str], about: str) -> bytes:
    """The names of the columns."""
    return _lines([columns])


def marked_head(columns: Sequence[str], about: str) -> bytes:
    """The same after a byte order mark, without which Excel takes UTF-8 for the letters of its own machine."""
    return codecs.BOM_UTF8 + head(columns, about)


def lines(columns: Sequence[str], rows: Sequence[Row], before: int) -> bytes:
    """A line a row."""
    return _lines([_cell(row.get(name)) for name in columns] for row in rows)


def semicolon_head(columns: Sequence[str], about: str) -> bytes:
    """The names of the columns after a byte order mark."""
    return codecs.BOM_UTF8 + _lines([columns], ";")


def semicolon_lines(columns: Sequence[str], rows: Sequence[Row], before: int) -> bytes:
    """A line a row, numbers with a decimal comma."""
    return _lines(([_comma(row.get(name)) for name in columns] for row in rows), ";")


def _comma(value: object) -> str:
    return as_cell(value).replace(".", ",") if isinstance(value, float) else _cell(value)


def _cell(value: object) -> str:
    return inert(value) if isinstance(value, str) else as_cell(value)


def _lines(rows: Iterable[Sequence[str]], between: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=between).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


GROWS = Growing(head, lines)
MARKED = Growing(marked_head, lines)
SEMICOLONS = Growing(semicolon_head, semicolon_lines)
MEDIA = "text/csv; charset=utf-8"
EXPORTS = (
    Export("csv", MEDIA, ".csv", "a table for any program", GROWS.write, grows=GROWS),
    Export("csv-excel", MEDIA, ".csv", "the same with the mark by which Excel knows UTF-8", MARKED.write, grows=MARKED),
    Export(
        "csv-semicolon",
        MEDIA,
        ".csv",
        "semicolons and decimal commas, as Excel in French and German reads it",
        SEMICOLONS.write,
        grows=SEMICOLONS,
    ),
)
