"""How one record is cited: its CSL-JSON item, made of the row of an export, and a line to copy made of the item."""

from collections.abc import Mapping
from datetime import date
from typing import Any

TYPES = {
    "JOURNAL_ARTICLE": "article-journal",
    "DATA_PAPER": "article-journal",
    "PROCEEDINGS_ARTICLE": "paper-conference",
    "BOOK": "book",
    "BOOK_CHAPTER": "chapter",
    "THESIS": "thesis",
    "PREPRINT": "article",
    "DATASET": "dataset",
}
_FEW = 8  # authors that a line names; of more the first and "et al."

Item = dict[str, Any]
"""One item of CSL-JSON 1.0."""


def item(row: Mapping[str, Any]) -> Item:
    """The item of a publication, proposal or dataset; ``type`` and ``title`` are always there, nothing is empty."""
    names = str(row.get("authors") or row.get("creators") or row.get("proposers") or "").split("; ")
    fields: Item = {
        "id": str(row.get("id") or ""),
        "type": TYPES.get(str(row.get("type") or ""), "document"),
        "title": " ".join(str(row.get("title") or row.get("code") or "Untitled").split()),
        "author": [_name(name) for name in names if name.strip()],
        "issued": _issued(row),
        "container-title": row.get("journal"),
        "volume": row.get("volume"),
        "issue": row.get("issue"),
        "page": row.get("pages"),
        "publisher": row.get("publisher"),
        "ISSN": row.get("issn"),
        "DOI": row.get("doi"),
        "number": row.get("code"),
        "genre": said(row),
        "abstract": row.get("abstract"),
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def said(row: Mapping[str, Any]) -> str:
    """What a record that is no usual kind of literature is: ``Proposal (accepted) IH-CH-659``; else empty."""
    kind = str(row.get("type") or "")
    if not kind.startswith("PROPOSAL"):
        return ""
    decision = kind.removeprefix("PROPOSAL").strip("_").lower()
    return " ".join(
        part for part in ("Proposal", f"({decision})" if decision else "", str(row.get("code") or "")) if part
    )


def _name(name: str) -> dict[str, str]:
    family, comma, given = name.partition(",")
    return {"family": family.strip(), "given": given.strip()} if comma and given.strip() else {"literal": name.strip()}


def _issued(row: Mapping[str, Any]) -> dict[str, Any]:
    """The day where one is known, else the year."""
    day = row.get("published_on") or row.get("date")
    if isinstance(day, date):
        parts = [day.year, day.month, day.day]
        return {"date-parts": [parts[: {"year": 1, "month": 2}.get(str(row.get("published_precision")), 3)]]}
    year = row.get("year") or row.get("operation_year")
    return {"date-parts": [[int(year)]]} if year else {}


def line(cited: Item) -> str:
    """The item as one line of plain text: authors, year, title, where it appeared, DOI."""
    year = cited.get("issued", {}).get("date-parts", [[""]])[0][0]
    issue = f"({cited['issue']})" if cited.get("issue") else ""
    place = ", ".join(
        str(part)
        for part in (
            cited.get("container-title"),
            f"{cited.get('volume', '')}{issue}",
            cited.get("page"),
            cited.get("publisher") if cited["type"] in ("book", "chapter", "thesis", "dataset") else "",
            cited.get("genre"),
        )
        if part
    )
    doi = f"https://doi.org/{cited['DOI']}" if cited.get("DOI") else ""
    who = _people(cited.get("author", []))
    begin = f"{who} ({year})" if who and year else who or (f"({year})" if year else "")
    return " ".join(f"{part.rstrip('.')}." for part in (begin, cited["title"], place) if part) + (
        f" {doi}" if doi else ""
    )


def _people(names: list[dict[str, str]]) -> str:
    if not names:
        return ""
    shown = [_person(one) for one in names[: 1 if len(names) > _FEW else _FEW]]
    if len(names) > _FEW:
        return f"{shown[0]} et al."
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} & {shown[-1]}"


def _person(name: dict[str, str]) -> str:
    if "literal" in name:
        return name["literal"]
    initials = " ".join(f"{part[0]}." for part in name["given"].replace("-", " ").split() if part)
    return f"{name['family']}, {initials}"
