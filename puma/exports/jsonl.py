"""JSON lines: one object per line, for programs."""

import json
from collections.abc import Sequence
from typing import BinaryIO

from puma.exports.format import Export, Rows, as_cell


def write(columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write rows as they come; days and instants are ISO 8601 strings, nothing is null."""
    count = 0
    for row in rows:
        values = {name: row.get(name) for name in columns}
        file.write(json.dumps(values, ensure_ascii=False, default=as_cell).encode("utf-8", "replace") + b"\n")
        count += 1
    return count


EXPORT = Export("jsonl", "application/x-ndjson", ".jsonl", "one JSON object a line, for programs", write)
