"""RIS: publications, and what else a search finds, for reference managers."""

from collections.abc import Mapping, Sequence
from typing import Any

import rispy

from puma.exports.citation import item, said
from puma.exports.format import Export, Growing, Row, as_cell

TYPES = {
    "JOURNAL_ARTICLE": "JOUR",
    "DATA_PAPER": "JOUR",
    "PROCEEDINGS_ARTICLE": "CPAPER",
    "BOOK": "BOOK",
    "BOOK_CHAPTER": "CHAP",
    "THESIS": "THES",
    "PREPRINT": "UNPB",
    "DATASET": "DATA",
}


class _Entry(rispy.RisWriter):  # type: ignore[misc]  # it has no types
    """An entry without the running number that rispy puts before it, which programs do not expect."""

    def set_header(self, count: int) -> str:
        return ""


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """One record with the field names of rispy; nothing is empty, every text is one line."""
    cited = item(row)
    days = cited.get("issued", {}).get("date-parts", [[]])[0]
    first, _, last = as_cell(row.get("pages")).replace("–", "-").partition("-")
    kind = TYPES.get(str(row.get("type") or ""), "GEN")
    fields: dict[str, Any] = {
        "type_of_reference": kind,
        "id": as_cell(row.get("id")),
        "authors": [_name(one) for one in cited.get("author", [])],
        "title": cited["title"],
        "journal_name" if kind == "JOUR" else "secondary_title": row.get("journal"),
        "year": str(days[0]) if days else "",
        "date": "/".join(f"{part:02}" for part in days) if len(days) == 3 else "",
        "volume": row.get("volume"),
        "number": row.get("issue"),
        "start_page": first,
        "end_page": last,
        "publisher": row.get("publisher"),
        "issn": row.get("issn"),
        "doi": row.get("doi"),
        "keywords": [word for word in as_cell(row.get("keywords")).split("; ") if word],
        "abstract": row.get("abstract"),
        "accession_number": row.get("code"),
        "notes": [said(row)] if said(row) else [],
    }
    return {name: _one_line(value) for name, value in fields.items() if value not in (None, "", [])}


def _name(name: Mapping[str, str]) -> str:
    return name["literal"] if "literal" in name else f"{name['family']}, {name['given']}"


def _one_line(value: Any) -> Any:
    """A line break would begin another field."""
    if isinstance(value, list):
        return [_one_line(one) for one in value]
    return " ".join(str(value).split())


def entries(columns: Sequence[str], rows: Sequence[Row], before: int) -> bytes:
    """An entry a row."""
    texts = (rispy.dumps([entry(row)], implementation=_Entry).strip("\n") for row in rows)
    return "".join(f"{text}\n\n" for text in texts).encode("utf-8", "replace")


GROWS = Growing(lambda columns, about: b"", entries)
EXPORT = Export(
    "ris",
    "application/x-research-info-systems; charset=utf-8",
    ".ris",
    "for reference managers",
    GROWS.write,
    ("publications", "search"),
    grows=GROWS,
)
