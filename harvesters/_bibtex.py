"""BibTeX: a file cut into entries, and one entry in the shape of CSL-JSON, with LaTeX turned into Unicode."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import Block, Entry, ParsingFailedBlock
from pylatexenc.latex2text import LatexNodes2Text

from puma.errors import SkipRecord
from puma.harvesting.saved import Broken
from puma.text import clean_text

# What cannot be parsed is told with the run, once, with its place.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

TYPES = {
    "article": "article-journal",
    **dict.fromkeys(("inproceedings", "conference"), "paper-conference"),
    **dict.fromkeys(("book", "mvbook", "proceedings", "mvproceedings", "collection", "reference"), "book"),
    **dict.fromkeys(("incollection", "inbook", "bookinbook", "suppbook", "inreference"), "chapter"),
    **dict.fromkeys(("phdthesis", "mastersthesis", "thesis"), "thesis"),
    **dict.fromkeys(("techreport", "report"), "report"),
    **dict.fromkeys(("online", "electronic", "www"), "webpage"),
    **dict.fromkeys(("dataset", "data"), "dataset"),
    "software": "software",
    "patent": "patent",
}
"""Type of an entry -> type in CSL; the others are documents."""
FIELDS = {
    "title": ("title",),
    "subtitle": ("subtitle",),
    "container-title": ("journal", "journaltitle", "booktitle", "maintitle"),
    "publisher": ("publisher", "school", "institution", "organization"),
    "volume": ("volume",),
    "issue": ("number", "issue"),
    "page": ("pages", "eid", "articleno", "article-number"),
    "abstract": ("abstract",),
    "language": ("langid", "language"),
    "license": ("license", "copyright"),
    "genre": ("type",),
    "keyword": ("keywords", "keyword"),
    "proposal": ("proposal", "proposals", "proposal_number", "proposalid"),
    "beamline": ("beamline", "beamlines", "instrument", "instruments"),
}
"""Name in CSL -> fields of an entry, the first that says something is taken."""
IDS = {"DOI": "doi", "ISSN": "issn", "URL": "url", "PMID": "pmid"}
"""Taken as they stand: an underscore in them is no LaTeX."""
READ = frozenset(
    [name for names in FIELDS.values() for name in names]
    + [*IDS.values(), "author", "editor", "date", "year", "month", "day", "eprint", "archiveprefix", "eprinttype"]
    + ["file", "urldate", "date-added", "date-modified", "bdsk-url-1", "timestamp", "owner"]
)
COMMAND = re.compile(r"[\\{}~]|--|``|''")
BARE = re.compile(r"(?<!\\)([%&])")
KEY = re.compile(r"(@\w+\s*[{(]\s*)[^\s,]+")
MONTH_NAME = re.compile(r"[A-Za-z]{3,}")
SEMICOLON = re.compile(r"(?<!\\)\s*;\s*")  # some write it for "and"
RANGE = re.compile(r"\s*(?:--+|\u2013|\u2014)\s*")

_to_unicode = LatexNodes2Text(math_mode="verbatim")


def cut_bibtex(text: str, broken: Broken) -> Iterator[tuple[str, str]]:
    """(key, text) of each entry, with the @string definitions that it uses.

    A further entry under a key that is taken gets the key with "#2", in its text, too; the same text again is left out.
    """
    library = parse_string(text)
    strings = [(re.compile(rf"(?<!\w){re.escape(one.key)}(?!\w)", re.IGNORECASE), one.raw) for one in library.strings]
    seen: dict[str, list[str]] = {}
    for block in library.blocks:
        entry = _entry(block)
        if entry is None:
            if isinstance(block, ParsingFailedBlock):
                broken.append((f"line {(block.start_line or 0) + 1}", f"no BibTeX: {_first_words(block)}"))
            continue
        words = entry.raw or ""
        same = seen.setdefault(entry.key, [])
        if words in same:
            continue
        same.append(words)
        key = entry.key if len(same) == 1 else f"{entry.key}#{len(same)}"
        words = KEY.sub(rf"\g<1>{key}" if "\\" not in key else r"\g<0>", words, count=1)
        yield key, "\n".join([*(raw or "" for name, raw in strings if name.search(words)), words])


def _entry(block: Block) -> Entry | None:
    """The entry of a block, also of one that repeats a key or a field."""
    inner = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else block
    return inner if isinstance(inner, Entry) else None


def _first_words(block: ParsingFailedBlock) -> str:
    return " ".join((block.raw or "").split())[:80]


def csl_of_bibtex(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """One entry as CSL-JSON, and the names of its fields that are not read. Raises SkipRecord.

    Authors are {family, given, suffix}, or {name} where the source gives no parts, or {literal} for an organisation.
    """
    entry = _only_entry(parse_string(text))
    fields = {field.key.lower(): str(field.value) for field in reversed(entry.fields) if str(field.value).strip()}
    csl: dict[str, Any] = {"id": entry.key, "type": TYPES.get(entry.entry_type.lower(), "document")}
    for name, options in FIELDS.items():
        found = next((fields[option] for option in options if option in fields), "")
        csl[name] = unlatex(found)
    for name, field in IDS.items():
        csl[name] = clean_text(fields.get(field, "").strip("{} "))
    csl["page"] = RANGE.sub("-", csl["page"])
    csl["issued"] = {"raw": _date(fields)}
    csl["author"] = list(_names(fields.get("author", "")))
    csl["editor"] = list(_names(fields.get("editor", "")))
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "").lower()
    if archive == "arxiv" or "arxiv" in fields.get("eprint", "").lower():
        csl["arxiv"] = clean_text(fields.get("eprint", ""))
        if csl["type"] == "document":
            csl["type"] = "article"
    return csl, tuple(sorted(fields.keys() - READ))


def _only_entry(library: Library) -> Entry:
    for block in library.blocks:
        if entry := _entry(block):
            return entry
    raise SkipRecord("it is no entry of BibTeX")


def unlatex(text: str) -> str:
    """Text without LaTeX: accents as letters, braces gone, formulas between $ as they came.

    A bare percent or ampersand is one: people do not write comments and tables into titles.
    """
    if COMMAND.search(text):
        text = str(_to_unicode.latex_to_text(BARE.sub(r"\\\1", text)))
    return clean_text(text)


def _names(text: str) -> Iterator[dict[str, str]]:
    several = split_multiple_persons_names(" ".join(text.split()))
    for written in (part for one in several for part in (SEMICOLON.split(one) if len(several) == 1 else [one])):
        if written.lower() in ("others", "et al.", "et al"):
            continue
        if written.startswith("{") and written.endswith("}") and "," not in written:
            yield {"literal": unlatex(written)}
        elif "," not in written:
            yield {"name": unlatex(written)}
        else:
            try:
                parts = parse_single_name_into_parts(written, strict=False)
            except InvalidNameError:
                yield {"name": unlatex(written)}
                continue
            family, given, suffix = ([*parts.von, *parts.last], parts.first, parts.jr)
            named = {"family": family, "given": given, "suffix": suffix}
            yield {name: unlatex(" ".join(words)) for name, words in named.items() if words}


def _date(fields: dict[str, str]) -> str:
    """A date as one text: of biblatex as it stands, else year, month and day as far as they are known."""
    if "date" in fields:
        return clean_text(fields["date"])
    year, month, day = (unlatex(fields.get(name, "")).strip(" .") for name in ("year", "month", "day"))
    if name := MONTH_NAME.search(month):  # also of "3--7 June" and "March--April"
        number = re.search(r"\d{1,2}", month)
        month, day = name[0], day or (number[0] if number else "")
    if month.isdigit():
        return "-".join(part.zfill(2) for part in (year, month, day) if part)
    return " ".join(part for part in (day, month, year) if part)
