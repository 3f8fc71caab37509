"""Bibliography: BibTeX, RIS and CSL-JSON files, as reference managers and web pages of beamlines give them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from harvesters._bibtex import csl_of_bibtex, cut_bibtex
from harvesters._reading import (
    LONGEST_KEY,
    PAGE,
    Json,
    affiliation,
    author,
    child,
    keywords,
    left_over,
    objects,
    once,
    parsed,
    published,
    raw,
    related,
    saved_pages,
    text,
    texts,
    when,
    with_subtitle,
)
from harvesters._ris import csl_of_ris, cut_ris
from harvesters._xml import is_html
from puma import harvesting
from puma.claims import Claim
from puma.dates import PartialDate
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken, json_records
from puma.identifiers import clean_arxiv, clean_doi, clean_issn, clean_orcid, clean_ror, data_doi_facility
from puma.names import fold
from puma.text import plain

TYPES = {
    **dict.fromkeys(("article-journal", "journal-article", "article-magazine", "review"), "JOURNAL_ARTICLE"),
    **dict.fromkeys(("paper-conference", "proceedings-article"), "PROCEEDINGS_ARTICLE"),
    **dict.fromkeys(("chapter", "book-chapter", "entry-encyclopedia"), "BOOK_CHAPTER"),
    **dict.fromkeys(("book", "monograph", "edited-book", "proceedings"), "BOOK"),
    **dict.fromkeys(("thesis", "dissertation"), "THESIS"),
    **dict.fromkeys(("article", "posted-content", "preprint"), "PREPRINT"),
}
"""Type in CSL, or in Crossref's flavour of it -> type of a publication; the others are OTHER."""
NO_PUBLICATIONS = {
    **dict.fromkeys(("webpage", "post", "post-weblog"), "a web page"),
    **dict.fromkeys(("motion_picture", "broadcast", "song", "graphic", "map", "interview"), "a film, picture or sound"),
    "software": "software",
    "personal_communication": "a letter",
}
OTHERS = frozenset(("others", "et al"))
READ = frozenset(
    [
        "id", "type", "title", "subtitle", "container-title", "publisher", "volume", "issue", "page", "article-number",
        "number", "DOI", "ISSN", "URL", "abstract", "language", "license", "genre", "keyword", "subject", "author",
        "editor", "issued", "published-print", "published-online", "published", "PMID", "arxiv", "pdf", "proposal",
        "beamline", "citation-key", "citation-label", "accessed", "source", "title-short", "container-title-short",
    ]
)  # fmt: skip
SEVERAL = re.compile(r"\s*[;,|]\s*")


class Source(harvesting.Source):
    """Holds what somebody once typed or exported: authors, title, journal, date, DOI, keywords; with fields named
    proposal or beamline also these. Lacks affiliations, citations, and any promise that a key stays the same.

    Lists of authors that end with "and others" are shorter than the truth: give such a source a high precedence
    number, so that others win. Web pages, software, films and pictures are skipped. An entry without a key is known
    by its DOI, else by title, year and first author. Keys must be unique within one source: two files that use one
    key for different papers without DOI are two sources. The address is that of the one file.
    """


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of entries, in the order of the files; a file behind an address is always asked for as a whole."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    body = visit.transport.get(source.url)
    if is_html(body):
        raise StopRun(f"{source.url} answered with a web page.")
    broken: Broken = []
    records = tuple(cut(PurePosixPath(urlsplit(source.url).path).name or "bibliography", body, broken))
    done = int(visit.cursor["done"]) if visit.cursor else 0
    for start in range(done, len(records), PAGE):
        some = records[start : start + PAGE]
        told = tuple(broken) if start == 0 else ()
        yield Page(some, {"done": start + len(some)}, total=len(records), skipped=told)
    if not records and broken:
        yield Page((), {"done": 0}, skipped=tuple(broken))


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Entries of one file, whichever of the three formats it is in; keys are those of the entries within the file."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        for number, record in enumerate(json_records(body, broken), start=1):
            found = raw(f"{name}/{_own_id(record) or number}", record)
            yield found
        return
    words = _decoded(body)
    is_ris = re.search(r"(?m)^\s*TY\s{0,3}-", words[:10_000]) is not None
    if not is_ris and "@" not in words:
        broken.append(("payload", "it is neither BibTeX, nor RIS, nor CSL-JSON"))
        return
    entries = cut_ris(words, broken) if is_ris else cut_bibtex(words, broken)
    for number, (own, entry) in enumerate(entries, start=1):
        yield RawRecord(f"{name}/{own or number}"[:LONGEST_KEY], entry.encode("utf-8", "surrogatepass"))


def _decoded(body: bytes) -> str:
    """The text; older reference managers write in the Western European code page."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _own_id(record: Json) -> str:
    return text(record.get("id")) or text(record.get("citation-key")) or text(record.get("DOI"))


def read(payload: bytes, source: Source) -> list[Claim]:
    """The publication or dataset of one entry. Raises SkipRecord."""
    record, left = _csl(payload)
    kind = text(record.get("type")).lower()
    title = _title(record)
    if kind in NO_PUBLICATIONS:
        raise SkipRecord(f"it is {NO_PUBLICATIONS[kind]}, not a publication")
    if child(record, "data").get("itemType"):
        raise SkipRecord("it is in Zotero's own form; ask Zotero for format=csljson")
    if not title:
        raise SkipRecord("it has no title" if kind else "it is no CSL-JSON: it has neither type nor title")
    doi = clean_doi(text(record.get("DOI"))) or clean_doi(text(record.get("URL")))
    date = _date(record)
    authors = once(_people(record.get("author")))
    if not authors and TYPES.get(kind) == "BOOK":
        authors = once(_people(record.get("editor")))
    own = _own_id(record) or doi or _made_id(title, date, authors)
    keys = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own}"[:LONGEST_KEY]),)
    values: dict[str, Any] = {
        "doi": doi,
        "title": title,
        "abstract": plain(text(record.get("abstract"))),
        "publisher": text(record.get("publisher")),
        "authors": authors,
        "keywords": once(_keywords(record)),
        "related": once(_related(record, doi)),
    }
    if kind == "dataset":
        facility = (doi and data_doi_facility(doi)) or source.facility
        url = "" if doi else text(record.get("URL"))
        values |= {"facility": facility, "year": date.date.year if date else None, "url": url}
        return [Claim("dataset", keys, values, left)]
    type_ = "PREPRINT" if _arxiv_journal(record) else TYPES.get(kind, "OTHER")
    values |= {"type": type_, **published(date), **_bibliography(record)}
    return [Claim("publication", keys, values, left)]


def _csl(payload: bytes) -> tuple[Json, tuple[str, ...]]:
    """The entry as CSL-JSON, and the names of what is not read of it."""
    if payload.startswith(b"{"):
        record = parsed(payload)
        return record, left_over(record, READ)
    words = payload.decode("utf-8", "replace")
    return csl_of_bibtex(words) if words.lstrip().startswith("@") else csl_of_ris(words)


def _title(record: Json) -> str:
    title = next(iter(texts(record.get("title"))), "")
    return with_subtitle(title, next(iter(texts(record.get("subtitle"))), ""))


def _made_id(title: str, date: PartialDate | None, authors: list[dict[str, Any]]) -> str:
    known = (fold(plain(title)), str(date.date.year) if date else "", fold(authors[0]["name"]) if authors else "")
    return hashlib.sha256("|".join(known).encode()).hexdigest()[:20]


def _people(value: object) -> Iterator[dict[str, Any] | None]:
    """Authors in order: with the parts of their names where the source gives them, else as written."""
    for one in objects(value):
        particle = " ".join(texts(one.get("dropping-particle")) + texts(one.get("non-dropping-particle")))
        family = " ".join(part for part in (particle, text(one.get("family"))) if part)
        given = text(one.get("given"))
        whole = text(one.get("name")) or text(one.get("literal"))
        if fold(whole or family) in OTHERS:
            continue
        suffix = text(one.get("suffix"))
        if text(one.get("literal")) and not text(one.get("literal")).count(" "):
            family = family or whole  # one word is no "Given Family"
        yield author(
            whole or ", ".join(part for part in (family, given, suffix) if part),
            family,
            given,
            orcid=clean_orcid(text(one.get("ORCID"))),
            affiliations=_affiliations(one.get("affiliation")),
        )


def _affiliations(value: object) -> Iterator[dict[str, Any]]:
    for place in value if isinstance(value, list) else [value]:
        words = text(place.get("name")) if isinstance(place, dict) else text(place)
        rors = [clean_ror(text(one.get("id"))) for one in objects(place.get("id"))] if isinstance(place, dict) else []
        if words:
            yield affiliation(words, next((ror for ror in rors if ror), None))


def _keywords(record: Json) -> Iterator[dict[str, str]]:
    for words in texts(record.get("keyword")) + texts(record.get("subject")):
        yield from keywords("SUBJECT", [words if ";" in words else words.replace(",", ";")])


def _related(record: Json, doi: str | None) -> Iterator[dict[str, str] | None]:
    """Other identifiers of the same work."""
    url = text(record.get("URL"))
    arxiv = (
        clean_arxiv(text(record.get("arxiv"))) or _arxiv_journal(record) or clean_arxiv(url) or clean_arxiv(doi or "")
    )
    yield related("IsIdenticalTo", "arxiv", arxiv or "")
    yield related("IsIdenticalTo", "pmid", text(record.get("PMID")))
    link = related("IsIdenticalTo", "url", url)
    if link and link["value"] != doi and not clean_arxiv(url):
        yield link


def _arxiv_journal(record: Json) -> str | None:
    """The number of a preprint that stands in the place of the journal: "arXiv preprint arXiv:2008.03375"."""
    words = next(iter(texts(record.get("container-title"))), "")
    return clean_arxiv(words.split()[-1]) if words.lower().startswith("arxiv") else None


def _date(record: Json) -> PartialDate | None:
    issued = child(record, "issued")
    found = when(issued) or when(text(issued.get("raw")) or text(issued.get("literal")) or text(record.get("issued")))
    return found or when(record.get("published-print")) or when(record.get("published-online"))


def _several(value: object) -> str:
    return ";".join(part for words in texts(value) for part in SEVERAL.split(words) if part)


def _bibliography(record: Json) -> dict[str, Any]:
    issns = [clean_issn(part) for words in texts(record.get("ISSN")) for part in re.split(r"[\s,;]+", words)]
    urls = [text(record.get("pdf")), text(record.get("URL"))]
    licences = [text(one.get("URL")) for one in objects(record.get("license"))] or texts(record.get("license"))
    pages = text(record.get("page")) or text(record.get("article-number")) or text(record.get("number"))
    return {
        "journal": next(iter(texts(record.get("container-title"))), ""),
        "issn": next((issn for issn in issns if issn), None),
        "volume": text(record.get("volume")),
        "issue": text(record.get("issue")),
        "pages": re.sub(r"\s*[\u2010-\u2015]+\s*", "-", pages),
        "language": text(record.get("language")),
        "license": next((words for words in licences if words), ""),
        "pdf_url": next((url for url in urls if re.match(r"https?://.*\.pdf(?:$|[?#])", url, re.IGNORECASE)), ""),
        "proposals_stated": _several(record.get("proposal")),
        "instruments_stated": _several(record.get("beamline")),
    }
