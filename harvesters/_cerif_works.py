"""Publications and products of CERIF-XML: articles, books, theses, journals, datasets."""

from collections.abc import Iterator
from typing import Any

from harvesters._cerif_parts import (
    Element,
    contributors,
    each,
    equipment_name,
    in_english,
    inner,
    named,
    origins,
    said,
    subject_words,
)
from harvesters._reading import count, day, keywords, once, published, related, when, with_subtitle
from harvesters._vocabulary import COAR_DATA, COAR_JOURNALS, is_pdf, last_part, licence, open_access, publication_type
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_issn
from puma.text import plain

_SAME = {
    "Handle": "handle", "PMCID": "pmcid", "ISI-Number": "isi", "SCP-Number": "scopus", "ISBN": "isbn", "URN": "urn",
    "ARK": "ark",
}  # fmt: skip
"""Identifiers of the same work elsewhere -> scheme."""
_LINKS = {"PublishedIn": "IsPublishedIn", "PartOf": "IsPartOf", "References": "References"}

READ_WORK = frozenset(
    ["Type", "Language", "DOI", "Publishers", "Subject", "Keyword", "OriginatesFrom", "References", "PartOf", "URL"]
    + ["Access", "License", "FileLocations", *_SAME]
)
READ_PUBLICATION = READ_WORK | frozenset(
    ["Title", "Subtitle", "PublishedIn", "PublicationDate", "Number", "Volume", "Issue", "StartPage", "EndPage"]
    + ["ISSN", "Authors", "Editors", "Abstract"]
)
READ_PRODUCT = READ_WORK | frozenset(["Name", "Creators", "Description", "GeneratedBy", "Dates"])


def publication(record: Element, key: str, source: Source) -> list[Claim]:
    """A publication; a journal becomes a journal, by its ISSN. Raises SkipRecord."""
    kind = last_part(said(record, "Type"))
    title = with_subtitle(said(record, "Title"), said(record, "Subtitle"))
    issns = [clean_issn(text) for text in each(record, "ISSN")]
    if not title:
        raise SkipRecord("it has no title")
    if kind in COAR_JOURNALS:
        issn = next((issn for issn in issns if issn), None)
        if issn is None:
            raise SkipRecord("it describes a journal without ISSN")
        return [Claim("journal", (("issn", issn),), {"title": title, "issn": issn, "publisher": _publisher(record)})]
    host = _host(record)
    if host is not None:
        issns += [clean_issn(text) for text in each(host, "ISSN")]
    pages = dict.fromkeys(page for name in ("StartPage", "EndPage") if (page := said(record, name)))
    codes, words = origins(record)
    editors = contributors(record, "Editors", "Editor")
    values = {
        **_common(record, words),
        "type": publication_type([kind]) or "OTHER",
        "title": title,
        "abstract": plain(in_english(record, "Abstract")),
        "publisher": _publisher(record) or (None if host is None else _publisher(host)),
        "authors": contributors(record, "Authors", "Author") or editors,
        **published(when(said(record, "PublicationDate"))),
        "journal": None if host is None else with_subtitle(said(host, "Title"), said(host, "Subtitle")) or None,
        "issn": next((issn for issn in issns if issn), None),
        "volume": said(record, "Volume") or None,
        "issue": said(record, "Issue") or None,
        "pages": "-".join(pages) or said(record, "Number") or None,
        **_rights(record),
        "proposals_stated": "; ".join(codes) or None,
    }
    return [Claim("publication", _keys(values["doi"], key, source), values)]


def product(record: Element, key: str, source: Source) -> list[Claim]:
    """A dataset; software and other things that are no data become publications of the type OTHER."""
    kind, title = last_part(said(record, "Type")), said(record, "Name")
    if not title:
        raise SkipRecord("it has no name")
    codes, words = origins(record)
    equipment = record.iterfind("{*}GeneratedBy/{*}Equipment")
    instruments = [name for one in equipment if (name := equipment_name(one))]
    values = {
        **_common(record, [*words, *keywords("INSTRUMENT", instruments[1:])]),
        "title": title,
        "abstract": plain(in_english(record, "Description")),
        "publisher": _publisher(record),
        "authors": contributors(record, "Creators", "Creator"),
    }
    keys = _keys(values["doi"], key, source)
    dates = {name: _first_day(record, name) for name in ("Collected", "Created", "Issued", "Available", "Submitted")}
    if kind and kind not in COAR_DATA:
        issued = when(dates["Issued"] or dates["Available"] or dates["Created"])
        return [Claim("publication", keys, {**values, "type": "OTHER", **published(issued), **_rights(record)})]
    created = when(dates["Collected"] or dates["Created"] or dates["Submitted"])
    registered = when(dates["Issued"] or dates["Available"])
    access = inner(record, "Access")  # an embargo has its end there
    open_day = dates["Available"] or (access.get("endDate") if access is not None else "")
    sizes = [size for one in record.iterfind("{*}FileLocations/{*}Medium") if (size := count(said(one, "Size")))]
    del values["language"]
    dataset = values | {
        "facility": source.facility,
        "proposal_code": codes[0] if codes else None,
        "instrument_name": next(iter(instruments), None),
        "created_on": created.date.isoformat() if created and created.precision == "day" else None,
        "year": next((date.date.year for date in (created, registered) if date), None),
        "open_on": day(open_day),
        "size_bytes": sum(sizes) or None,
        "url": said(record, "URL") or None,
    }
    return [Claim("dataset", keys, dataset)]


def _keys(doi: str | None, key: str, source: Source) -> tuple[Key, ...]:
    return ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{key}"),)


def _common(record: Element, words: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "doi": next((doi for text in each(record, "DOI") if (doi := clean_doi(text))), None),
        "keywords": once([*subject_words(record), *words]),
        "related": once(_related(record)),
        "language": said(record, "Language").lower() or None,
    }


def _related(record: Element) -> Iterator[dict[str, str] | None]:
    """The same work elsewhere, then what it stands in, is part of, or refers to, where that has an identifier."""
    for name, scheme in _SAME.items():
        for text in each(record, name):
            yield related("IsIdenticalTo", scheme, text)
    for name, kind in _LINKS.items():
        for other in record.iterfind(f"{{*}}{name}/{{*}}*"):
            for scheme in ("DOI", "ISBN", "Handle", "URL"):
                if text := said(other, scheme):
                    yield related(kind, scheme.lower(), text)
                    break


def _host(record: Element) -> Element | None:
    """The journal, book or proceedings in which a work appeared."""
    found = inner(record, "PublishedIn", "Publication")
    return inner(record, "PartOf", "Publication") if found is None else found


def _publisher(record: Element) -> str | None:
    return named(inner(record, "Publishers", "Publisher")) or None


def _rights(record: Element) -> dict[str, str | None]:
    media = record.findall("{*}FileLocations/{*}Medium")
    access = [text for one in (record, *media) for text in each(one, "Access")]
    licences = [text for one in (record, *media) for text in each(one, "License")]
    pdfs = [said(one, "URI") for one in media if said(one, "MimeType") == "application/pdf" or is_pdf(said(one, "URI"))]
    return {
        "open_access": open_access(access),
        "license": licence(licences) or next(iter(licences), None),
        "pdf_url": next(iter(pdfs), None),
    }


def _first_day(record: Element, name: str) -> str:
    """The start of one of a product's periods, or its date."""
    found = inner(record, "Dates", name)
    return "" if found is None else found.get("startDate") or said(found)
