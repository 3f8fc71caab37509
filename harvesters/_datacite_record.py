"""The claims of one DataCite record in its JSON shape: a dataset, a publication, or an instrument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from harvesters._reading import (
    LARGEST_COUNT,
    Json,
    affiliation,
    author,
    child,
    count,
    day,
    keywords,
    namespace,
    objects,
    once,
    published,
    related,
    text,
    texts,
    when,
    with_subtitle,
    year,
)
from harvesters._vocabulary import says_open
from puma.claims import Claim
from puma.dates import PartialDate
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import (
    clean_doi,
    clean_issn,
    clean_orcid,
    clean_proposal_code,
    clean_ror,
    data_doi_facility,
    data_doi_proposal,
)
from puma.names import fold
from puma.text import plain

DATA = frozenset(["Dataset", "Collection", "Image", "Model", "Sound", "Audiovisual", "Film", "InteractiveResource"])
NEITHER = frozenset(["PhysicalObject", "Event", "Service", "Award", "Project"])
PUBLICATIONS = {
    "JournalArticle": "JOURNAL_ARTICLE",
    "ConferencePaper": "PROCEEDINGS_ARTICLE",
    "ConferenceProceeding": "BOOK",
    "Book": "BOOK",
    "BookChapter": "BOOK_CHAPTER",
    "Dissertation": "THESIS",
    "Preprint": "PREPRINT",
    "DataPaper": "DATA_PAPER",
}
VAGUE = frozenset(("Text", "Other", "Collection", ""))  # then the free words of the type say more
WORDS = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"thes[ei]s|dissertation|habilitation", "THESIS"),
        (r"pre-?print", "PREPRINT"),
        (r"data.?(?:paper|article|descriptor)", "DATA_PAPER"),
        (r"(?:conference|proceedings).?(?:paper|article)|inproceedings", "PROCEEDINGS_ARTICLE"),
        (r"book.?(?:chapter|section|part)|^chapter$", "BOOK_CHAPTER"),
        (r"monograph|^(?:e-?)?book$", "BOOK"),
        (
            r"journal.?(?:article|paper)|^(?:research |scientific |review )?article$|zeitschriftenartikel",
            "JOURNAL_ARTICLE",
        ),
    )
)
RIS = {
    "JOUR": "JOURNAL_ARTICLE",
    "THES": "THESIS",
    "CHAP": "BOOK_CHAPTER",
    "BOOK": "BOOK",
    "CPAPER": "PROCEEDINGS_ARTICLE",
}

UNKNOWN = re.compile(r"\(?:(?:un[a-z]{2}|none|null|tba|etal|at)\)?", re.IGNORECASE)  # DataCite's words for "not known"
SIZE = re.compile(r"([\d.,]+)\s*(b|bytes?|[kmgtp]i?b)\.?", re.IGNORECASE)
POWERS = {unit: power for power, unit in enumerate("bkmgtp")}
ESRF_SESSION = re.compile(r"10\.15151/esrf-es-(\d+)")
ISIS_SESSION = re.compile(r"10\.5286/isis\.e\.(rb\d+-\d+)")
PROPOSAL_IN_TITLE = re.compile(
    r"\bproposal\s*(?:no\.?|number|nr\.?|id|code)?\s*[:#]?\s*"
    r"(?!(?:19|20)\d\d\b)([A-Z]{0,6}[-_]?\d[\w/-]{3,20})",
    re.IGNORECASE,
)
ABOUT = {
    "proposal": "proposal_code",
    "instrument": "instrument_name",
    "beamline": "instrument_name",
    "session": "session_code",
}
"""Words in the scheme of a subject or the type of an alternate identifier -> the field that its value is for."""

LINKS = {
    "references": "References",
    "citations": "IsCitedBy",
    "parts": "HasPart",
    "partOf": "IsPartOf",
    "versions": "HasVersion",
    "versionOf": "IsVersionOf",
}
"""What the registry counted from the other side: name of the relationship -> relation type."""
SAME_THING = frozenset(("arxiv", "handle", "pmid", "pdb", "urn"))


def claims_of(record: Json, own_id: str, source: Source, relationships: Json | None = None) -> list[Claim]:
    """The claims of a record's attributes. own_id: the identifier as the source writes it; "" for the DOI's.

    relationships: of the REST interface, beside the attributes. Raises SkipRecord.
    """
    own = own_id or text(record.get("doi")) or _listed_doi(record)
    doi = clean_doi(text(record.get("doi"))) or clean_doi(own) or clean_doi(_listed_doi(record))
    if not own and not doi:
        raise SkipRecord("it has no identifier")
    title = _title(record)
    if not title:
        raise SkipRecord("it has no title")
    types = child(record, "types")
    general = text(types.get("resourceTypeGeneral")) or text(record.get("resource-type-general"))
    if general in NEITHER:
        raise SkipRecord(f"its type is {general}: neither a publication nor a dataset")
    keys = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own or doi}"),)
    facility = (doi and data_doi_facility(doi)) or source.facility
    if general == "Instrument":
        named = (("name", f"{facility}/{fold(title)}"),) if facility else ()
        return [
            Claim("instrument", (*named, ("pid", doi or own)), {"facility": facility, "name": title, "pid": doi or own})
        ]
    publisher = text(record.get("publisher")) or text(child(record, "publisher").get("name"))
    values = {
        "doi": doi,
        "title": title,
        "abstract": _abstract(record),
        "publisher": "" if UNKNOWN.fullmatch(publisher) else publisher,
        "authors": creators(record.get("creators")),
        "keywords": _keywords(record),
        "related": once(_related(record, relationships or {}, doi)),
        "techniques": _techniques(record),
    }
    kind = _publication_type(general, types, doi)
    if kind is None:
        return [Claim("dataset", keys, {**values, "facility": facility, **_dataset(record, title, doi)})]
    return [Claim("publication", keys, {**values, "type": kind, **_publication(record)})]


def _publication_type(general: str, types: Json, doi: str | None) -> str | None:
    """The type of a publication, or None for a dataset."""
    if general in PUBLICATIONS:
        return PUBLICATIONS[general]
    words = text(types.get("resourceType"))
    if general in VAGUE:
        for pattern, kind in WORDS:
            if pattern.search(words):
                return kind
    if general in DATA or (doi and data_doi_facility(doi)):
        return None
    if general in VAGUE:
        if text(types.get("schemaOrg")) == "Dataset" or (not general and words.lower() in ("dataset", "collection")):
            return None
        return RIS.get(text(types.get("ris")), "OTHER")
    return "OTHER"


def creators(value: object) -> list[dict[str, Any]]:
    """DataCite's creators as authors, in order; placeholders such as (:unav) are left out."""
    found: list[dict[str, Any]] = []
    for one in value if isinstance(value, list) else [value]:
        creator = one if isinstance(one, dict) else {"name": text(one)}
        name = text(creator.get("name")) or text(creator.get("creatorName"))
        if UNKNOWN.fullmatch(name):
            continue
        orcids = (clean_orcid(text(one.get("nameIdentifier"))) for one in objects(creator.get("nameIdentifiers")))
        family = text(creator.get("familyName"))
        if text(creator.get("nameType")) == "Organizational":
            family = name
        author_ = author(
            name,
            family,
            text(creator.get("givenName")) if family != name else "",
            orcid=next((orcid for orcid in orcids if orcid), None),
            affiliations=_affiliations(creator.get("affiliation") or creator.get("affiliations")),
        )
        if author_:
            found.append(author_)
    return found


def _affiliations(value: object) -> list[dict[str, Any]]:
    found = []
    for one in value if isinstance(value, list) else [value]:
        words = text(one.get("name")) if isinstance(one, dict) else text(one)
        ror = clean_ror(text(one.get("affiliationIdentifier"))) if isinstance(one, dict) else None
        if (words and not UNKNOWN.fullmatch(words)) or ror:
            found.append(affiliation(words, ror))
    return found


def _listed_doi(record: Json) -> str:
    """A DOI among the identifiers of a record that gives none by itself."""
    for one in objects(record.get("identifiers")):
        if text(one.get("identifierType")).upper() == "DOI":
            return text(one.get("identifier")) or text(one.get("Identifier"))
    return ""


def _title(record: Json) -> str:
    """The main title, with the subtitle behind a colon."""
    titles = objects(record.get("titles")) or [{"title": one} for one in texts(record.get("titles"))]
    known = [(text(one.get("titleType")), words) for one in titles if (words := text(one.get("title")))]
    known = [(kind, words) for kind, words in known if not UNKNOWN.fullmatch(words)]
    main = next((words for kind, words in known if not kind), known[0][1] if known else "")
    subtitle = next((words for kind, words in known if kind == "Subtitle" and words != main), "")
    return with_subtitle(main, subtitle)


def _abstract(record: Json) -> str:
    descriptions = objects(record.get("descriptions"))
    wanted = [one for one in descriptions if text(one.get("descriptionType")) == "Abstract"]
    wanted = wanted or [one for one in descriptions if text(one.get("descriptionType")) in ("", "Other")]
    found = plain(text(wanted[0].get("description"))) if wanted else ""
    return "" if UNKNOWN.fullmatch(found) else found


def _keywords(record: Json) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for subject in objects(record.get("subjects")):
        scheme = text(subject.get("subjectScheme"))
        if fold(scheme) not in ABOUT:
            found += keywords(namespace(scheme, "SUBJECT"), [text(subject.get("subject"))])
    for grant in objects(record.get("fundingReferences")):
        found += funding(text(grant.get("funderName")), texts(grant.get("awardNumber")))
    return once(found)


def funding(funder: str, awards: list[str]) -> list[dict[str, str]]:
    """A funder and its awards as keywords: FUNDER "DFG", AWARD "DFG: 1234"."""
    named = [f"{funder}: {award}" if funder else award for award in awards]
    return keywords("FUNDER", [funder]) + keywords("AWARD", named)


def _techniques(record: Json) -> list[str]:
    found = []
    for subject in objects(record.get("subjects")):
        words, uri = text(subject.get("subject")), text(subject.get("valueUri"))
        if code := re.search(r"PaNET\d{5}", f"{uri} {words}"):
            found.append(words if code[0] in words else f"{code[0]} {words}".strip())
    return list(dict.fromkeys(found))


def _related(record: Json, relationships: Json, doi: str | None) -> Iterator[dict[str, str] | None]:
    """Relations as the record states them, then those that the registry counted from the other side."""
    for one in objects(record.get("relatedIdentifiers")):
        yield related(
            text(one.get("relationType")), text(one.get("relatedIdentifierType")), text(one.get("relatedIdentifier"))
        )
    for item in objects(record.get("relatedItems")):
        inner = child(item, "relatedItemIdentifier")
        value, scheme = text(inner.get("relatedItemIdentifier")), text(inner.get("relatedItemIdentifierType"))
        yield related(text(item.get("relationType")), scheme, value)
    for name, type_ in LINKS.items():
        for other in objects(child(relationships, name).get("data")):
            yield related(type_, "doi", text(other.get("id")))
    for one in objects(record.get("alternateIdentifiers")) + objects(record.get("identifiers")):
        scheme = (text(one.get("alternateIdentifierType")) or text(one.get("identifierType"))).lower()
        value = text(one.get("alternateIdentifier")) or text(one.get("identifier"))
        if scheme in SAME_THING and clean_doi(value) != doi:
            yield related("IsIdenticalTo", scheme, value)


def _dates(record: Json) -> dict[str, PartialDate]:
    found: dict[str, PartialDate] = {}
    for one in objects(record.get("dates")):
        if date := when(one.get("date")):
            found.setdefault(text(one.get("dateType")), date)
    return found


def _dataset(record: Json, title: str, doi: str | None) -> dict[str, Any]:
    dates = _dates(record)
    created = next((dates[kind] for kind in ("Created", "Collected", "Submitted") if kind in dates), None)
    registered = year(record.get("publicationYear")) or year(record.get("publication_year"))
    return {
        "created_on": day(created.date.isoformat()) if created and created.precision == "day" else None,
        "year": created.date.year if created else registered,
        "open_on": dates["Available"].date.isoformat()
        if "Available" in dates and dates["Available"].precision == "day"
        else None,
        "open_now": says_open(
            text(one.get(name))
            for one in objects(record.get("rightsList"))
            for name in ("rightsUri", "rightsURI", "rightsIdentifier", "rights")
        ),
        "size_bytes": size_bytes(texts(record.get("sizes"))),
        "url": text(record.get("url")),
        **_stated(record, title, doi),
    }


def _stated(record: Json, title: str, doi: str | None) -> dict[str, str | None]:
    """Proposal, instrument and session: of subjects and alternate identifiers, else of the DOI, else of the title."""
    found: dict[str, str | None] = {}
    for scheme, value in [
        (text(one.get("subjectScheme")), text(one.get("subject"))) for one in objects(record.get("subjects"))
    ] + [
        (text(one.get("alternateIdentifierType")), text(one.get("alternateIdentifier")))
        for one in objects(record.get("alternateIdentifiers"))
    ]:
        words = set(fold(scheme).split()) - {"id", "number", "code", "name"}
        name = ABOUT.get(next(iter(words))) if len(words) == 1 else None
        if name and value:
            found.setdefault(name, value)
    if (carried := data_doi_proposal(doi) if doi else None) is not None:
        found.setdefault("proposal_code", carried[1])
    elif said := PROPOSAL_IN_TITLE.search(title):
        found.setdefault("proposal_code", said[1])
    if doi and (session := ESRF_SESSION.fullmatch(doi) or ISIS_SESSION.fullmatch(doi)):
        found.setdefault("session_code", session[1].upper())
    if "proposal_code" in found:
        found["proposal_code"] = clean_proposal_code(found["proposal_code"] or "")
    return found


def size_bytes(sizes: list[str]) -> int | None:
    """The bytes of sizes such as "22 KB"; numbers without a unit and pages are no sizes. Several are added up."""
    total = 0.0
    for size in sizes:
        found = SIZE.fullmatch(size)
        if not found:
            continue
        number, unit = found[1].replace(",", "") if "." in found[1] else found[1].replace(",", "."), found[2].lower()
        try:
            total += float(number) * (1024 if "i" in unit else 1000) ** POWERS[unit[0]]
        except ValueError:
            continue
    return round(total) if 0 < total < LARGEST_COUNT else None


def _publication(record: Json) -> dict[str, Any]:
    dates = _dates(record)
    issued = dates.get("Issued") or when(text(record.get("publicationYear")) or text(record.get("publication_year")))
    for kind in ("Available", "Created"):
        finer = dates.get(kind)
        if finer and (issued is None or (issued.precision == "year" and finer.date.year == issued.date.year)):
            issued = finer
    item = next((one for one in objects(record.get("relatedItems")) if one.get("relationType") == "IsPublishedIn"), {})
    container = child(record, "container") or item
    pages = [page for name in ("firstPage", "lastPage") if (page := text(container.get(name)))]
    rights = [text(one.get("rightsIdentifier")) or text(one.get("rights")) for one in objects(record.get("rightsList"))]
    pdfs = [url for url in texts(record.get("contentUrl")) if url.lower().split("?")[0].endswith(".pdf")]
    inside = child(item, "relatedItemIdentifier")
    issns = [clean_issn(text(one)) for one in (container.get("identifier"), inside.get("relatedItemIdentifier"))]
    return {
        **published(issued),
        "journal": text(container.get("title")) or _title(container),
        "issn": next((issn for issn in issns if issn), None),
        "volume": text(container.get("volume")),
        "issue": text(container.get("issue")),
        "pages": "-".join(dict.fromkeys(pages)),
        "language": text(record.get("language")),
        "license": next((words for words in rights if words), ""),
        "citations": count(record.get("citationCount")),
        "pdf_url": next(iter(pdfs), ""),
    }
