"""CSL-JSON: publications, and what else a search finds, for Zotero, Pandoc and citation processors."""

import json
from collections.abc import Sequence
from typing import BinaryIO

from puma.exports.citation import item
from puma.exports.format import Export, Rows


def write(columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write one array, an item a line, as they come."""
    count = 0
    file.write(b"[")
    for row in rows:
        text = json.dumps(item(row), ensure_ascii=False, default=str)
        file.write((",\n" if count else "\n").encode() + text.encode("utf-8", "replace"))
        count += 1
    file.write(b"\n]\n")
    return count


EXPORT = Export(
    "csl",
    "application/vnd.citationstyles.csl+json; charset=utf-8",
    ".csl.json",
    "CSL-JSON, for citation programs",
    write,
    ("publications", "search"),
)
