"""DataCite: datasets and other works with DataCite DOIs, from its REST interface or from saved JSON and XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from harvesters._datacite_record import claims_of
from harvesters._datacite_xml import claims as claims_of_xml
from harvesters._paging import CursorPage, by_cursor
from harvesters._reading import (
    Json,
    child,
    count,
    json_cut,
    left_over,
    objects,
    parsed,
    saved_pages,
    telling,
    text,
)
from harvesters._xml import parse_xml
from puma import harvesting
from puma.claims import Claim
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken

READ = frozenset(
    (
        "id", "doi", "types", "resource-type-general", "publisher", "creators", "identifiers", "titles", "descriptions",
        "subjects", "fundingReferences", "relatedIdentifiers", "relatedItems", "alternateIdentifiers", "dates",
        "publicationYear", "publication_year", "sizes", "url", "rightsList", "contentUrl", "language", "citationCount",
        "container", "relationships",
    )
)  # fmt: skip
XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


class Source(harvesting.Source):
    """Holds creators with ORCID and affiliations, dates, subjects, relations of both sides and, for facilities that
    write it down, proposal, instrument and session. Lacks e-mails; contributors who are no creators are not kept.

    Text, journal articles, theses ... become publications, data of every sort datasets; physical objects, events,
    awards, projects and services are skipped. The address is https://api.datacite.org or a mirror of it.
    """

    client: str = Field(default="", description="repository account, for example ill.ill; several with commas")
    prefix: str = Field(default="", description="DOI prefix, for example 10.5291; several with commas")
    query: str = Field(default="", description="further words in DataCite's query language")
    page_size: int = Field(default=500, ge=1, le=1000, description="records per answer")


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of records, in the order of DataCite's cursor; only what was updated since the last run, if there was."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    where = source.url.rstrip("/")
    where = where if where.endswith("/dois") else f"{where}/dois"
    asked = {"page[size]": str(source.page_size), "affiliation": "true", "publisher": "true"}
    query = [f"({source.query})"] if source.query else []
    if visit.since:
        query.append(f"updated:[{visit.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} TO *]")
    wanted = {"client-id": source.client, "prefix": source.prefix, "query": " AND ".join(query)}
    asked |= {name: value for name, value in wanted.items() if value}

    def ask(cursor: str) -> bytes:
        return visit.transport.get(where, {**asked, "page[cursor]": cursor})

    def cut_answer(found: Json) -> CursorPage | None:
        if not isinstance(found.get("data"), list):
            return None
        records = [(own_key(one), one) for one in objects(found["data"])]
        return CursorPage(
            records, _next_cursor(text(child(found, "links").get("next"))), count(child(found, "meta").get("total"))
        )

    yield from by_cursor(ask, cut_answer, "1", where, visit)


def _next_cursor(link: str) -> str:
    """The cursor in a link to the next page; the link itself is not followed, it may lead elsewhere."""
    return next(iter(parse_qs(urlsplit(link).query).get("page[cursor]", [])), "")


def own_key(record: Json) -> str:
    """The record's own identifier, wherever its container keeps it."""
    inner = child(record, "data") or record
    return text(inner.get("id")) or text((child(inner, "attributes") or inner).get("doi"))


_json = json_cut(own_key)


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Records of a saved file: one of XML, any number of JSON."""
    if XML.match(body):
        yield RawRecord(name, body)
    else:
        yield from _json(name, body, broken)


def read(payload: bytes, source: Source) -> list[Claim]:
    """The dataset, publication or instrument of one record. Raises SkipRecord."""
    if XML.match(payload):
        return claims_of_xml(parse_xml(payload), "", source)
    record = parsed(payload)
    record = child(record, "data") or record
    inner = child(record, "attributes") or record
    own = text(inner.get("doi")) or text(record.get("id"))
    return telling(claims_of(inner, own, source, child(record, "relationships")), left_over(inner, READ))
