"""CSL-JSON: publications, and what else a search finds, for Zotero, Pandoc and citation processors."""

import json
from collections.abc import Sequence

from puma.exports.citation import item
from puma.exports.format import Export, Growing, Row


def items(columns: Sequence[str], rows: Sequence[Row], before: int) -> bytes:
    """The items of one array, a line each."""
    texts = [json.dumps(item(row), ensure_ascii=False, default=str) for row in rows]
    return "".join((",\n" if before + place else "\n") + text for place, text in enumerate(texts)).encode(
        "utf-8", "replace"
    )


GROWS = Growing(lambda columns, about: b"[", items, b"\n]\n")
EXPORT = Export(
    "csl",
    "application/vnd.citationstyles.csl+json; charset=utf-8",
    ".csl.json",
    "CSL-JSON, for citation programs",
    GROWS.write,
    ("publications", "search"),
    grows=GROWS,
)
