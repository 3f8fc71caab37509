"""JSON lines: one object per line, for programs."""

import json
from collections.abc import Sequence

from puma.exports.format import Export, Growing, Row, as_cell


def lines(columns: Sequence[str], rows: Sequence[Row], before: int) -> bytes:
    """An object a row; days and instants are ISO 8601 strings, nothing is null."""
    values = ({name: row.get(name) for name in columns} for row in rows)
    text = "".join(json.dumps(one, ensure_ascii=False, default=as_cell) + "\n" for one in values)
    return text.encode("utf-8", "replace")


GROWS = Growing(lambda columns, about: b"", lines)
EXPORT = Export(
    "jsonl", "application/x-ndjson", ".jsonl", "one JSON object a line, for programs", GROWS.write, grows=GROWS
)
