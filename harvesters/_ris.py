"""RIS: a file cut into records, and one record in the shape of CSL-JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import rispy

from puma.errors import SkipRecord
from puma.harvesting.saved import Broken
from puma.text import clean_text

TYPES = {
    **dict.fromkeys(("JOUR", "EJOUR", "INPR", "JFULL"), "article-journal"),
    **dict.fromkeys(("CONF", "CPAPER"), "paper-conference"),
    **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK", "SER"), "book"),
    **dict.fromkeys(("CHAP", "ECHAP", "ENCYC"), "chapter"),
    "THES": "thesis",
    "RPRT": "report",
    **dict.fromkeys(("DATA", "AGGR"), "dataset"),
    **dict.fromkeys(("ELEC", "WEB", "BLOG", "ICOMM"), "webpage"),
    "COMP": "software",
    **dict.fromkeys(("VIDEO", "MPCT", "SOUND", "ADVS"), "motion_picture"),
    "PAT": "patent",
    "MGZN": "article-magazine",
    "NEWS": "article-newspaper",
}
"""Type of a reference -> type in CSL; the others are documents."""
FIELDS = {
    "id": ("id",),
    "title": ("title", "primary_title"),
    "container-title": ("alternate_title3", "journal_name", "secondary_title", "alternate_title2", "alternate_title1"),
    "publisher": ("publisher",),
    "volume": ("volume",),
    "issue": ("number",),
    "DOI": ("doi",),
    "ISSN": ("issn",),
    "abstract": ("abstract", "notes_abstract"),
    "language": ("language",),
    "genre": ("type_of_work",),
}
"""Name in CSL -> what rispy calls the tags, the first that says something is taken."""
READ = frozenset(
    [name for names in FIELDS.values() for name in names]
    + ["type_of_reference", "authors", "first_authors", "secondary_authors", "year", "publication_year", "date", "urls"]
    + ["start_page", "end_page", "keywords", "custom7", "file_attachments1", "access_date", "short_title"]
)
TAG = re.compile(r"([A-Z][A-Z0-9])\s{0,3}-(?:\s+(.*)|)")
FIRST = re.compile(r"(?m)^(?=TY\s{0,3}-)")


def cut_ris(text: str, broken: Broken) -> Iterator[tuple[str, str]]:
    """(key, text) of each record; key: what stands under ID, "" for none. What stands before the first is told."""
    before, *records = FIRST.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    if before.strip():
        broken.append(("line 1", f"no RIS: {' '.join(before.split())[:80]}"))
    for record in records:
        own = re.search(r"(?m)^ID\s{0,3}-\s*(\S.*)$", record)
        yield (clean_text(own[1]) if own else ""), record.strip()


def csl_of_ris(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """One record as CSL-JSON, and the names of its tags that are not read. Raises SkipRecord."""
    try:
        found = rispy.loads(_tidy(text))
    except OSError as error:  # what rispy raises for lines out of place
        raise SkipRecord(f"no RIS: {str(error)[:120]}") from None
    if len(found) != 1:
        raise SkipRecord("it is no record of RIS")
    record: dict[str, Any] = found[0]
    kind = str(record.get("type_of_reference", "")).strip().upper()
    csl: dict[str, Any] = {"type": TYPES.get(kind, "document")}
    for name, options in FIELDS.items():
        csl[name] = next((words for option in options if (words := _line(record.get(option)))), "")
    pages = [page for name in ("start_page", "end_page") if (page := _line(record.get(name)))]
    csl["page"] = "-".join(dict.fromkeys(pages)) or _line(record.get("custom7"))
    csl["URL"] = _line(record.get("urls"))
    csl["pdf"] = _line(record.get("file_attachments1"))
    csl["keyword"] = "; ".join(_lines(record.get("keywords")))
    csl["author"] = [{"name": one} for one in _lines(record.get("authors")) + _lines(record.get("first_authors"))]
    csl["editor"] = [{"name": one} for one in _lines(record.get("secondary_authors"))]
    csl["issued"] = {"raw": _date(record)}
    unknown = record.get("unknown_tag") or {}
    left = [name for name in record if name not in READ and name != "unknown_tag"] + list(unknown)
    return csl, tuple(sorted(left))


def _tidy(text: str) -> str:
    """The lines as the format wants them: tag, two blanks, dash, blank. A line without tag goes on with the last."""
    lines: list[str] = []
    for line in text.split("\n"):
        if found := TAG.fullmatch(line.rstrip()):
            if found[1] != "ER":
                lines.append(f"{found[1]}  - {(found[2] or '').strip()}")
        elif line.strip() and lines:
            lines[-1] += f" {line.strip()}"
    return "\n".join([*lines, "ER  - ", ""])


def _lines(value: object) -> list[str]:
    return [words for one in (value if isinstance(value, list) else [value or ""]) if (words := clean_text(str(one)))]


def _line(value: object) -> str:
    return next(iter(_lines(value)), "")


def _date(record: Mapping[str, Any]) -> str:
    """The date with most of its parts: "2014/05/03/", "2014///" and "2014" are all in use."""
    written = [_line(record.get(name)) for name in ("date", "publication_year", "year")]
    parts = [[part.zfill(2) for part in one.split("/")[:3] if part.strip()] if "/" in one else [one] for one in written]
    return max(("-".join(one) for one in parts), key=len, default="")
