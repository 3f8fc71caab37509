"""BibTeX: publications, and what else a search finds, for reference managers and LaTeX."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from anyascii import anyascii

from puma.exports.citation import said
from puma.exports.format import Export, Growing, Row, as_cell

TYPES = {
    "JOURNAL_ARTICLE": "article",
    "DATA_PAPER": "article",
    "PROCEEDINGS_ARTICLE": "inproceedings",
    "BOOK": "book",
    "BOOK_CHAPTER": "incollection",
    "THESIS": "phdthesis",
}
SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
PLAIN = "&%$#_{}"


def escaped(text: str) -> str:
    """Text in which LaTeX reads every character as itself."""
    return "".join(SPECIAL.get(c, f"\\{c}" if c in PLAIN else c) for c in " ".join(text.split()))


def entry(row: Mapping[str, Any]) -> str:
    """One publication as a BibTeX entry."""
    kind = TYPES.get(row.get("type") or "", "misc")
    fields = {
        "title": "{" + escaped(str(row.get("title") or "")) + "}",
        "author": " and ".join(escaped(name) for name in str(row.get("authors") or "").split("; ") if name),
        ("booktitle" if kind in ("inproceedings", "incollection") else "journal"): escaped(
            str(row.get("journal") or "")
        ),
        "year": as_cell(row.get("year")),
        "volume": escaped(as_cell(row.get("volume"))),
        "number": escaped(as_cell(row.get("issue"))),
        "pages": escaped(as_cell(row.get("pages"))).replace("–", "--"),
        "publisher": escaped(as_cell(row.get("publisher"))),
        "issn": as_cell(row.get("issn")),
        "doi": as_cell(row.get("doi")),
        "note": escaped(said(row)) if kind == "misc" else "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value and value != "{}"]
    return "\n".join([f"@{kind}{{{key(row)},", *lines, "}"])


def key(row: Mapping[str, Any]) -> str:
    """Family name, year and record number: readable, and never twice."""
    first = str(row.get("authors") or "anonymous").split("; ")[0].split(",")[0]
    word = re.sub(r"[^A-Za-z]", "", anyascii(first)) or "anonymous"
    return f"{word}{as_cell(row.get('year'))}_{row.get('id')}"


def head(columns: Sequence[str], about: str) -> bytes:
    """What the file says of itself, as comments."""
    return "".join(f"% {line}\n" for line in about.splitlines()).encode()


def entries(columns: Sequence[str], rows: Sequence[Row], before: int) -> bytes:
    """An entry a row."""
    return "".join(f"\n{entry(row)}\n" for row in rows).encode("utf-8", "replace")


GROWS = Growing(head, entries)
EXPORT = Export(
    "bibtex", "application/x-bibtex; charset=utf-8", ".bib", "for reference managers", GROWS.write,
    ("publications", "search"), grows=GROWS,
)  # fmt: skip
