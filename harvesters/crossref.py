"""Crossref: works of the publishers, from its REST interface or from saved answers and dumps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from harvesters._paging import CursorPage, by_cursor
from harvesters._reading import (
    Json,
    affiliation,
    author,
    child,
    count,
    earliest,
    json_cut,
    keywords,
    left_over,
    objects,
    once,
    parsed,
    published,
    related,
    saved_pages,
    telling,
    text,
    texts,
    when,
    with_subtitle,
)
from puma import harvesting
from puma.claims import Claim
from puma.dates import PartialDate
from puma.errors import SkipRecord
from puma.harvesting import Page, Visit
from puma.identifiers import clean_doi, clean_issn, clean_orcid, clean_ror, data_doi_facility
from puma.text import clean_text, plain

TYPES = {
    "journal-article": "JOURNAL_ARTICLE",
    "proceedings-article": "PROCEEDINGS_ARTICLE",
    "posted-content": "PREPRINT",
    "dissertation": "THESIS",
    **dict.fromkeys(("book", "monograph", "edited-book", "reference-book", "proceedings"), "BOOK"),
    **dict.fromkeys(("book-chapter", "book-section", "book-part", "book-track", "reference-entry"), "BOOK_CHAPTER"),
}
"""Type of a work -> type of a publication; the others are OTHER."""
NO_WORKS = {
    "component": "a figure or supplement of another publication",
    "grant": "a grant",
    **dict.fromkeys(("journal-issue", "journal-volume"), "an issue or volume of a journal"),
    **dict.fromkeys(("book-series", "book-set", "proceedings-series", "report-series"), "a series"),
}
RELATIONS = {
    **dict.fromkeys(("is-preprint-of", "is-manuscript-of"), "IsVersionOf"),
    **dict.fromkeys(("has-preprint", "has-manuscript"), "HasVersion"),
    "has-review": "IsReviewedBy",
    "is-review-of": "Reviews",
    "is-same-as": "IsIdenticalTo",
    "is-replaced-by": "IsObsoletedBy",
    "replaces": "Obsoletes",
    "is-based-on": "IsDerivedFrom",
    "is-basis-for": "IsSourceOf",
    "has-derivation": "IsSourceOf",
}
"""Crossref's relations whose DataCite word is not just the same in other letters."""
UPDATES = {
    "retraction": "Obsoletes",
    "removal": "Obsoletes",
    "withdrawal": "Obsoletes",
    "new_version": "IsNewVersionOf",
}
"""What a notice does to the work it updates; corrections and errata are IsRelatedTo."""
NEW = frozenset(("new_version", "new_edition"))
"""Updates that are works themselves and no notices."""
READ = frozenset(
    (
        "type", "DOI", "title", "original-title", "subtitle", "abstract", "publisher", "author", "editor", "subject",
        "funder", "relation", "update-to", "updated-by", "reference", "journal-issue", "published-print",
        "published-online", "published", "issued", "published-other", "posted", "approved", "ISSN", "URL", "subtype",
        "license", "link", "container-title", "volume", "issue", "page", "article-number", "language",
        "is-referenced-by-count",
    )
)  # fmt: skip
PLACE = ("department", "name", "place")
"""The parts of an affiliation in the order in which they are written."""
RETRACTIONS = frozenset(("retraction", "removal", "withdrawal", "partial_retraction"))
RETRACTED_TITLE = re.compile(r"\W*(?:RETRACTED(?: ARTICLE| PAPER| CHAPTER)?|WITHDRAWN)\s*:", re.IGNORECASE)
HEADING = re.compile(r"<(?:jats:)?title[^>]*>\s*(?:abstract|summary)\s*</(?:jats:)?title>", re.IGNORECASE)


class Source(harvesting.Source):
    """Holds authors in order with ORCID and affiliations, dates, references with DOI, relations, funders, licence,
    citations. Lacks keywords of authors, e-mails, and proposals: these stand in award numbers at best.

    References without a DOI are left out. Components, issues, series and grants are skipped. The address is
    https://api.crossref.org or a mirror of it.
    """

    filter: str = Field(default="", description="Crossref's filter, for example funder:100011199,from-pub-date:2019")
    query: str = Field(default="", description="words, searched in everything; rarely what you want")
    mailto: str = Field(default="", description="your e-mail address: polite requests are answered faster")
    page_size: int = Field(default=500, ge=1, le=1000, description="records per answer")


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of works, in the order of Crossref's cursor; only what was indexed since the last run, if there was."""
    if source.url is None:
        yield from saved_pages(source, visit, json_cut(own_key))
        return
    where = source.url.rstrip("/")
    where = where if where.endswith("/works") else f"{where}/works"
    since = f"from-index-date:{visit.since:%Y-%m-%d}" if visit.since else ""
    wanted = {
        "filter": ",".join(part for part in (source.filter, since) if part),
        "query": source.query,
        "mailto": source.mailto,
        "rows": str(source.page_size),
    }
    asked = {name: value for name, value in wanted.items() if value}

    def ask(cursor: str) -> bytes:
        return visit.transport.get(where, {**asked, "cursor": cursor})

    def cut(found: Json) -> CursorPage | None:
        message = child(found, "message")
        if not isinstance(message.get("items"), list):
            return None
        works = [(own_key(one), one) for one in objects(message["items"])]
        return CursorPage(works, text(message.get("next-cursor")), count(message.get("total-results")))

    yield from by_cursor(ask, cut, "*", where, visit)


def own_key(record: Json) -> str:
    """The DOI as Crossref writes it."""
    return text((child(record, "message") or record).get("DOI"))


def read(payload: bytes, source: Source) -> list[Claim]:
    """The publication, dataset or journal of one work. Raises SkipRecord."""
    record = parsed(payload)
    record = child(record, "message") or record
    kind = text(record.get("type"))
    own = text(record.get("DOI"))
    doi = clean_doi(own)
    if not own:
        raise SkipRecord("it has no DOI, so it is no work of Crossref")
    if kind in NO_WORKS:
        raise SkipRecord(f"it is {NO_WORKS[kind]}, not a publication")
    title = _title(record)
    if not title:
        raise SkipRecord("it has no title")
    if kind == "journal":
        return telling([_journal(record, title)], left_over(record, READ))
    values: dict[str, Any] = {
        "doi": doi,
        "title": title,
        "abstract": plain(HEADING.sub(" ", clean_text(str(record.get("abstract") or "")))),
        "publisher": text(record.get("publisher")),
        "authors": _authors(record, kind),
        "keywords": _keywords(record),
        "related": once(_related(record)),
    }
    when_ = _date(record)
    keys = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own}"),)
    if kind in ("dataset", "database"):
        facility = (doi and data_doi_facility(doi)) or source.facility
        values |= {"facility": facility, "year": when_.date.year if when_ else None, "url": text(record.get("URL"))}
        return [Claim("dataset", keys, values, left_over(record, READ))]
    values |= {"type": _type(record, kind), **_bibliography(record, title, when_)}
    return [Claim("publication", keys, values, left_over(record, READ))]


def _type(record: Json, kind: str) -> str:
    if any(text(update.get("type")) not in NEW for update in objects(record.get("update-to"))):
        return "OTHER"  # a correction or retraction of another work
    if kind == "posted-content" and text(record.get("subtype")) not in ("", "preprint"):
        return "OTHER"
    return TYPES.get(kind, "OTHER")


def _journal(record: Json, title: str) -> Claim:
    issn = _issn(record)
    if not issn:
        raise SkipRecord("it is a journal without a valid ISSN")
    values = {"title": title, "issn": issn, "publisher": text(record.get("publisher"))}
    return Claim("journal", (("issn", issn),), values)


def _title(record: Json) -> str:
    """Title and subtitle, with markup as it came."""
    title = next(iter(texts(record.get("title")) or texts(record.get("original-title"))), "")
    subtitle = next(iter(texts(record.get("subtitle"))), "")
    return with_subtitle(title, subtitle)


def _authors(record: Json, kind: str) -> list[dict[str, Any]]:
    """The authors in order; of books that have none, the editors."""
    people = objects(record.get("author"))
    if not people and TYPES.get(kind) == "BOOK":
        people = objects(record.get("editor"))
    found = []
    for person in people:
        family, given = text(person.get("family")), text(person.get("given"))
        suffix, organisation = text(person.get("suffix")), text(person.get("name"))
        name = ", ".join(part for part in (family, given, suffix) if part) or organisation
        one = author(
            name,
            family or organisation or given,
            given if family else "",
            orcid=clean_orcid(text(person.get("ORCID"))),
            affiliations=_affiliations(person.get("affiliation")),
        )
        if one:
            found.append(one)
    return found


def _affiliations(value: object) -> Iterator[dict[str, Any]]:
    for place in value if isinstance(value, list) else []:
        if not isinstance(place, dict):
            if words := text(place):
                yield affiliation(words)
            continue
        words = ", ".join(word for part in PLACE if part in place for word in texts(place[part]))
        rors = (clean_ror(text(one.get("id"))) for one in objects(place.get("id")))
        ror = next((ror for ror in rors if ror), None)
        if words or ror:
            yield affiliation(words, ror)


def _keywords(record: Json) -> list[dict[str, str]]:
    found = keywords("SUBJECT", texts(record.get("subject")))
    for funder in objects(record.get("funder")):
        name = text(funder.get("name"))
        awards = [f"{name}: {award}" if name else award for award in texts(funder.get("award"))]
        found += keywords("FUNDER", [name]) + keywords("AWARD", awards)
    return once(found)


def _related(record: Json) -> Iterator[dict[str, str] | None]:
    for name, others in child(record, "relation").items():
        word = RELATIONS.get(name, "".join(part.capitalize() for part in name.split("-")))
        for other in objects(others):
            yield related(word, text(other.get("id-type")), text(other.get("id")))
    for update in objects(record.get("update-to")):
        yield related(UPDATES.get(text(update.get("type")), "IsRelatedTo"), "doi", text(update.get("DOI")))
    for notice in objects(record.get("updated-by")):
        kind = "IsObsoletedBy" if text(notice.get("type")) in RETRACTIONS else "IsRelatedTo"
        yield related(kind, "doi", text(notice.get("DOI")))
    for reference in objects(record.get("reference")):
        found = related("References", "doi", text(reference.get("DOI")) or text(reference.get("unstructured")))
        if found and found["scheme"] == "doi":
            yield found


def _date(record: Json) -> PartialDate | None:
    """The earliest date in print or online; where there is none, the one that the type of work has."""
    issue = child(record, "journal-issue")  # of an old article put online later only the issue may have its year
    names = ("published-print", "published-online")
    found = earliest(when(place.get(name)) for place in (record, issue) for name in names)
    for name in ("published", "issued", "published-other", "posted", "approved"):
        found = found or when(record.get(name))
    return found


def _issn(record: Json) -> str | None:
    return next((issn for one in texts(record.get("ISSN")) if (issn := clean_issn(one))), None)


def _bibliography(record: Json, title: str, when_: PartialDate | None) -> dict[str, Any]:
    licences = objects(record.get("license"))
    licences.sort(key=lambda one: text(one.get("content-version")) != "vor")  # the version of record's first
    links = objects(record.get("link"))
    pdfs = [text(link.get("URL")) for link in links if text(link.get("content-type")) == "application/pdf"]
    retracted = any(text(one.get("type")) in RETRACTIONS for one in objects(record.get("updated-by")))
    return {
        **published(when_),
        "journal": next(iter(texts(record.get("container-title"))), ""),
        "issn": _issn(record),
        "volume": text(record.get("volume")),
        "issue": text(record.get("issue")),
        "pages": text(record.get("page")) or text(record.get("article-number")),
        "language": text(record.get("language")),
        "license": next((url for one in licences if (url := text(one.get("URL")))), ""),
        "citations": count(record.get("is-referenced-by-count")),
        "pdf_url": next(iter(pdfs), ""),
        "retracted": True if retracted or RETRACTED_TITLE.match(plain(title)) else None,
    }
