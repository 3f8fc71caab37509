"""XLSX: typed cells, a second sheet that says what the columns mean; formulas in the data stay text."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

import xlsxwriter

from puma.exports.columns import meanings
from puma.exports.format import Export, Rows

MOST_ROWS = 1_048_575  # rows of a sheet, less the header
LONGEST = 32_767  # characters of a cell
WIDE = {"id": 9, "year": 7, "doi": 30, "source_ids": 30, "journal": 30, "authors": 40} | dict.fromkeys(
    ("title", "publication_title", "abstract", "evidence"), 60
)
"""Characters across of columns that are not as wide as most."""
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


def write(columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write rows as they come; what a sheet cannot hold goes on in a further one, a longer text in a further sheet."""
    with xlsxwriter.Workbook(file, SAFE) as book:
        look = _looks(book)
        sheet, line, count = _sheet(book, columns, 1, look), 0, 0
        long_texts: list[tuple[int, str, str]] = []
        for row in rows:
            if line == MOST_ROWS:
                sheet, line = _sheet(book, columns, count // MOST_ROWS + 1, look), 0
            line += 1
            count += 1
            for place, name in enumerate(columns):
                value = row.get(name)
                if isinstance(value, str) and len(value) > LONGEST:
                    long_texts.append((count, name, value))
                    value = value[: LONGEST - 40] + " … (whole text: sheet Long texts)"
                _cell(sheet, line, place, value, look)
        for place, one in enumerate(book.worksheets(), start=1):
            one.autofilter(0, 0, max(line if place == len(book.worksheets()) else MOST_ROWS, 1), len(columns) - 1)
        _about(book, about, count, columns, look)
        _long(book, long_texts, look)
    return count


def _looks(book: Any) -> dict[str, Any]:
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _sheet(book: Any, columns: Sequence[str], number: int, look: dict[str, Any]) -> Any:
    sheet = book.add_worksheet("Data" if number == 1 else f"Data {number}")
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&F&R&P / &N")
    for place, name in enumerate(columns):
        sheet.set_column(place, place, WIDE.get(name, 16))
        sheet.write_string(0, place, name, look["head"])
    return sheet


def _cell(sheet: Any, line: int, place: int, value: Any, look: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, place, value.astimezone(UTC).replace(tzinfo=None), look["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), look["day"])
    else:
        sheet.write_string(line, place, str(value))


def _about(book: Any, about: str, count: int, columns: Sequence[str], look: dict[str, Any]) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 110)
    lines = [*about.splitlines(), f"{count} rows.", "Columns: " + ", ".join(columns), "Times are in UTC."]
    for place, text in enumerate(lines):
        sheet.write_string(place, 0, text[:LONGEST], look["wrap"])
    definitions = book.add_worksheet("Definitions")
    definitions.set_column(0, 0, 24)
    definitions.set_column(1, 1, 100)
    for place, pair in enumerate([("column", "meaning"), *meanings(columns).items()]):
        for across, text in enumerate(pair):
            definitions.write_string(place, across, text, look["head"] if place == 0 else look["wrap"])


def _long(book: Any, texts: list[tuple[int, str, str]], look: dict[str, Any]) -> None:
    """Texts longer than a cell, cut over several cells of one row: nothing is lost."""
    if not texts:
        return
    sheet = book.add_worksheet("Long texts")
    for place, word in enumerate(("row", "column", "text")):
        sheet.write_string(0, place, word, look["head"])
    for line, (row, name, text) in enumerate(texts, start=1):
        sheet.write_number(line, 0, row)
        sheet.write_string(line, 1, name)
        for place, start in enumerate(range(0, len(text), LONGEST)):
            sheet.write_string(line, 2 + place, text[start : start + LONGEST])


EXPORT = Export(
    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", "a workbook", write
)
