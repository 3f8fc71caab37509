"""CSV: UTF-8 with a header; text that a spreadsheet would take for a formula is made inert."""

import csv
import io
from collections.abc import Sequence
from typing import BinaryIO

from puma.exports.format import Export, Rows, as_cell, inert


def write(columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write rows as they come; memory does not grow."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(columns)
    count = 0
    for row in rows:
        values = (row.get(name) for name in columns)
        writer.writerow([inert(value) if isinstance(value, str) else as_cell(value) for value in values])
        count += 1
    text.detach()
    return count


EXPORT = Export("csv", "text/csv; charset=utf-8", ".csv", "a table for any program", write)
