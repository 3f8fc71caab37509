"""ORCID: researchers with their names and the works on their records, from the public interface or its data file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from pydantic import Field, field_validator

from harvesters._reading import (
    Json,
    answer,
    child,
    left_over,
    objects,
    once,
    parsed,
    published,
    raw,
    related,
    saved_pages,
    text,
    when,
    with_subtitle,
)
from harvesters._xml import local, parse_xml, text_of
from puma import harvesting
from puma.claims import Claim, Key, says
from puma.dates import PartialDate
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken, json_records
from puma.harvesting.transport import BadStatus
from puma.identifiers import clean_doi, clean_issn, clean_orcid, data_doi_facility

XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
ORCID_IN_PATH = re.compile(r"/?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])(?:/|$)")
GONE = {404: "ORCID knows no such researcher", 409: "the record is locked or deactivated", 410: "the record is gone"}
TYPES = {
    "journal-article": "JOURNAL_ARTICLE",
    "review": "JOURNAL_ARTICLE",
    "conference-paper": "PROCEEDINGS_ARTICLE",
    **dict.fromkeys(("book", "edited-book"), "BOOK"),
    "book-chapter": "BOOK_CHAPTER",
    **dict.fromkeys(("dissertation", "dissertation-thesis", "supervised-student-publication"), "THESIS"),
    **dict.fromkeys(("preprint", "working-paper"), "PREPRINT"),
}
"""Type of a work -> type of a publication; the others are OTHER."""
RELATIONS = {"self": "IsIdenticalTo", "version-of": "IsVersionOf", "part-of": "IsPartOf"}
NOT_RELATED = frozenset(("other-id", "source-work-id", "isbn", "issn"))
READ = frozenset(["name", "other-names", "emails", "orcid-identifier", "path", "last-modified-date"])
READ_ACTIVITIES = frozenset(["works", "path", "last-modified-date"])


class Source(harvesting.Source):
    """Holds names and other names of researchers, public e-mail addresses, and their works with identifiers and dates.
    Lacks the other authors of a work: a record names its own researcher only.

    Works therefore come without authors: a list of one would pass for the whole list. That the researcher has the
    work on the record is not kept for the same reason. Employments have no place among the fields of a person: where
    somebody works is seen on proposals and publications. The address is https://pub.orcid.org/v3.0.
    """

    orcids: list[str] = Field(default=[], description="whose records to ask for, with url")

    @field_validator("orcids")
    @classmethod
    def _valid(cls, given: list[str]) -> list[str]:
        cleaned = {one: clean_orcid(one) for one in given}
        if wrong := [one for one, orcid in cleaned.items() if not orcid]:
            raise ValueError(f"{wrong[0]!r} is no ORCID iD")
        return [orcid for orcid in cleaned.values() if orcid]


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """One page per researcher, in the order of the settings."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    done = int(visit.cursor["done"]) if visit.cursor else 0
    for number, orcid in enumerate(source.orcids[done:], start=done + 1):
        where = f"{source.url.rstrip('/')}/{orcid}/record"
        cursor = {"done": number}
        try:
            found = answer(visit.transport.get(where, headers={"Accept": "application/json"}), where)
        except BadStatus as bad:
            if bad.status not in GONE:
                raise
            yield Page((), cursor, total=len(source.orcids), skipped=((orcid, GONE[bad.status]),))
            continue
        if not isinstance(found, dict):
            raise StopRun(f"{where} answered without a record.")
        yield Page((raw(own_key(found) or orcid, found),), cursor, total=len(source.orcids))


def own_key(record: Json) -> str:
    """The ORCID iD of a record; of single works the way to them: 0000-.../work/123."""
    if (work := child(record, "work")) or "put-code" in record:
        return text((work or record).get("path")).lstrip("/")
    orcid = _orcid(record)
    return orcid if orcid and "person" in record else text(record.get("path")).lstrip("/")


def _orcid(record: Json) -> str | None:
    """The ORCID iD of the researcher, also in a path such as /0000-.../works."""
    written = text(child(record, "orcid-identifier").get("path"))
    found = ORCID_IN_PATH.match(text(record.get("path")))
    return clean_orcid(written) or (clean_orcid(found[1]) if found else None)


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Records of a saved file: XML holds one; a JSON list of works asked for by their numbers is cut into works."""
    if XML.match(body):
        yield RawRecord(name, body)
        return
    for number, record in enumerate(json_records(body, broken), start=1):
        works = record.get("bulk")
        for place, one in enumerate(objects(works), start=1):
            yield raw(own_key(one) or f"{name}#{number}.{place}", one)
        if not isinstance(works, list):
            yield raw(own_key(record) or f"{name}#{number}", record)


def read(payload: bytes, source: Source) -> list[Claim]:
    """The person and works of a record, or the works of a list of them. Raises SkipRecord."""
    record = _shaped(parse_xml(payload)) if XML.match(payload) else parsed(payload)
    if error := child(record, "error"):
        raise SkipRecord(
            f"ORCID says: {text(error.get('developer-message')) or text(error.get('response-code'))}"[:300]
        )
    if "person" in record:
        return _record(record, source)
    if "group" in record:
        claims = list(_works(record, source))
        if not claims:
            raise SkipRecord("it is a list without works")
        return claims
    work = child(record, "work") or record
    if "put-code" not in work:
        raise SkipRecord("it is neither a record of ORCID nor a work")
    return [_work([dict(work)], source)]


def _shaped(element: etree._Element) -> dict[str, Any]:
    """An element of the data file in the shape of the JSON: attributes and parts by their names."""
    found: dict[str, Any] = {str(name).rpartition("}")[2]: str(value) for name, value in element.attrib.items()}
    for part in element:
        value: Any = _shaped(part) if len(part) or local(part) in ("works", "group") else text_of(part)
        name = local(part)
        if name in found and name not in element.attrib:
            found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        else:
            found[name] = value
    return found


def _value(holder: object) -> str:
    """The text of {"value": ...}, or of what the data file has in its place."""
    return text(holder.get("value")) if isinstance(holder, dict) else text(holder)


# --- Persons ---------------------------------------------------------------------------------------------------------


def _record(record: Json, source: Source) -> list[Claim]:
    orcid = _orcid(record)
    if not orcid:
        raise SkipRecord("it has no valid ORCID iD")
    person, activities = child(record, "person"), child(record, "activities-summary")
    name = child(person, "name")
    family, given = _value(name.get("family-name")), _value(name.get("given-names"))
    others = objects(child(person, "other-names").get("other-name"))
    names = [_value(name.get("credit-name")), *(text(one.get("content")) for one in others)]
    emails = [text(one.get("email")) for one in objects(child(person, "emails").get("email"))]
    works = list(_works(child(activities, "works"), source))
    if not (family or given):
        if not works:
            raise SkipRecord("its name is not public, and it has no works")
        return works
    keys: tuple[Key, ...] = (("source", f"{source.name}:{orcid}"), ("orcid", orcid))
    values = {
        "family_name": family or given,
        "given_name": given if family else None,
        "orcid": orcid,
        "email": next((email.lower() for email in emails if "@" in email), None),
        "names": [one for one in dict.fromkeys(names) if one],
    }
    left = left_over(_filled(person), READ, under="person.") + left_over(
        _filled(activities), READ_ACTIVITIES, under="activities-summary."
    )
    return [Claim("person", keys, values, left), *works]


def _filled(parts: Json) -> dict[str, Any]:
    """The parts that hold more than their own address and dates."""
    empty = ("path", "last-modified-date", "created-date")
    return {
        name: part
        for name, part in parts.items()
        if isinstance(part, dict) and any(says(value) for inner, value in part.items() if inner not in empty)
    }


# --- Works -----------------------------------------------------------------------------------------------------------


def _works(works: Json, source: Source) -> Iterator[Claim]:
    """One claim per group: several sources told ORCID of the same work; the researcher's preferred one stands first.

    Of several DOIs that a work calls its own the first is taken: the others belong to works that it cites.
    """
    for group in objects(works.get("group")):
        if (summaries := objects(group.get("work-summary"))) and any(_title(one) for one in summaries):
            yield _work(summaries, source)


def _work(summaries: list[dict[str, Any]], source: Source) -> Claim:
    first = next((one for one in summaries if _title(one)), {})
    if not first:
        raise SkipRecord("it is a work without a title")
    ids = [one for summary in summaries for one in _ids(summary)]
    doi = next((doi for kind, how, value in ids if kind == "doi" and how == "self" and (doi := clean_doi(value))), None)
    own = text(first.get("path")).lstrip("/") or text(first.get("put-code"))
    keys = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own}"),)
    links = [
        related(RELATIONS[how], kind, value)
        for kind, how, value in ids
        if how in RELATIONS and kind not in NOT_RELATED and not (kind == "doi" and how == "self")
    ]
    date = next((found for one in summaries if (found := _date(one))), None)
    type_ = _word(first.get("type"))
    values: dict[str, Any] = {"doi": doi, "title": _title(first), "related": once(links)}
    if type_ == "data-set":
        facility = (doi and data_doi_facility(doi)) or source.facility
        values |= {"facility": facility, "year": date.date.year if date else None, "url": _value(first.get("url"))}
        return Claim("dataset", keys, values)
    issns = [clean_issn(part) for kind, _, value in ids if kind == "issn" for part in re.split(r"[\s,;]+", value)]
    values |= {
        "type": TYPES.get(type_, "OTHER"),
        "journal": next((name for one in summaries if (name := _value(one.get("journal-title")))), ""),
        "issn": next((issn for issn in issns if issn), None),
        "abstract": text(first.get("short-description")),
        "language": text(first.get("language-code")),
        **published(date),
    }
    return Claim("publication", keys, values)


def _title(work: Json) -> str:
    title = child(work, "title")
    return with_subtitle(_value(title.get("title")), _value(title.get("subtitle")))


def _word(value: object) -> str:
    """Older answers shout: JOURNAL_ARTICLE is journal-article."""
    return text(value).lower().replace("_", "-")


def _ids(work: Json) -> Iterator[tuple[str, str, str]]:
    """(type, relationship, value) of the identifiers of one work."""
    for one in objects(child(work, "external-ids").get("external-id")):
        value = text(one.get("external-id-value"))
        if value:
            yield _word(one.get("external-id-type")), _word(one.get("external-id-relationship")) or "self", value


def _date(work: Json) -> PartialDate | None:
    date = child(work, "publication-date")
    parts = [_value(date.get(name)) for name in ("year", "month", "day")]
    known = parts[: parts.index("")] if "" in parts else parts
    return when("-".join(part.zfill(2) for part in known))
