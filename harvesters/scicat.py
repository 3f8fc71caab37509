"""SciCat: published data, proposals and instruments of a data catalogue, from its interface or from saved answers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from harvesters._conditions import conditions, free
from harvesters._datacite_record import creators
from harvesters._paging import by_skip
from harvesters._reading import (
    Json,
    affiliation,
    answer,
    author,
    child,
    count,
    day,
    json_cut,
    keywords,
    left_over,
    moment,
    objects,
    once,
    parsed,
    related,
    saved_pages,
    text,
    texts,
    when,
    year,
)
from harvesters._vocabulary import all_say
from puma import harvesting
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Page, Visit
from puma.identifiers import (
    clean_doi,
    clean_orcid,
    clean_proposal_code,
    data_doi_facility,
    data_doi_proposal,
    find_dois,
    fold_code,
)
from puma.names import fold
from puma.text import plain

UNPUBLISHED = frozenset(("pending_registration", "private", "draft"))
SAYS_SOMETHING = re.compile(r"(?:19|20)\d\d")  # a citation has a year; "coming soon" and "in preparation" have none
TECHNIQUE_PATH = re.compile(r"\w[\w-]*(?:\.[\w-]+)+(?:;|$)")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
READ = frozenset(
    (
        "doi", "pid", "_id", "id", "status", "title", "metadata", "abstract", "publisher", "creator", "authors",
        "affiliation", "relatedPublications", "pidArray", "datasetPids", "publicationYear", "registeredTime",
        "sizeOfArchive", "url", "downloadLink", "datasets",
    )
)  # fmt: skip
READ_OF_DATASET = frozenset(
    (
        "pid", "_id", "isPublished", "principalInvestigators", "principalInvestigator", "investigator", "owner",
        "orcidOfOwner", "creationTime", "datasetName", "description", "keywords", "techniques", "proposalId",
        "proposalIds", "instrument", "instrumentId", "instrumentIds", "creationLocation", "size", "scientificMetadata",
    )
)  # fmt: skip
READ_OF_PROPOSAL = frozenset(
    (
        "proposalId", "_id", "title", "abstract", "type", "MeasurementPeriodList", "instrumentIds", "instrumentId",
        "startTime", "firstname", "lastname", "email", "pi_firstname", "pi_lastname", "pi_email",
    )
)  # fmt: skip
READ_OF_INSTRUMENT = frozenset(("name", "pid", "_id"))
ORDER = {"publisheddata": "doi:asc", "proposals": "proposalId:asc", "instruments": "pid:asc"}


class Source(harvesting.Source):
    """Holds published data with creators and related publications, proposals with their first proposer, instruments.
    Lacks the team of a proposal, which only the user office knows, and ROR ids.

    ``relatedPublications`` is free text there: DOIs are taken out of it, citations with a year are kept as text,
    "coming soon" is left out. Published data are open when each of their datasets is said to be published. The address
    is that of the interface with its version: https://scicat.example.org/api/v3.
    """

    collections: list[Literal["publisheddata", "proposals", "instruments"]] = Field(
        default=["publisheddata", "proposals", "instruments"], description="what to ask for; one may be closed to you"
    )
    page_size: int = Field(default=200, ge=1, le=1000, description="records per answer")


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of records, one collection after the other, each in the order of its identifiers."""
    if source.url is None:
        yield from saved_pages(source, visit, json_cut(own_key))
        return

    def ask(collection: str, skip: int) -> object:
        where = f"{str(source.url).rstrip('/')}/{collection}"
        limits = {"limit": source.page_size, "skip": skip, "order": ORDER[collection]}
        asked = {"filter": json.dumps({"limits": limits, **limits}, separators=(",", ":"))}
        return answer(visit.transport.get(where, asked), where)

    yield from by_skip(source.collections, ask, own_key, visit)


def own_key(record: Json) -> str:
    """The record's own identifier: DOI of published data, code of a proposal, pid of the others."""
    inner = child(record, "document") or record
    names = ("pid", "_id", "id") if _is_dataset(inner) else ("doi", "proposalId", "pid", "_id", "id")
    return next((found for name in names if (found := text(inner.get(name)))), "")


def _is_dataset(record: Json) -> bool:
    return "datasetName" in record or "sourceFolder" in record  # a dataset names its proposal, too


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one record of any of the collections, told apart by what they hold. Raises SkipRecord."""
    record = parsed(payload)
    if "document" in record:
        return [_published(child(record, "document"), objects(record.get("datasets")), source)]
    if _is_dataset(record):
        return [_dataset(record, source)]
    if "doi" in record or "creator" in record or "metadata" in record:
        return [_published(record, objects(record.get("datasets")), source)]
    if "proposalId" in record or "MeasurementPeriodList" in record or "pi_lastname" in record:
        return _proposal(record, source)
    if "name" in record and ("pid" in record or "_id" in record or "uniqueName" in record):
        return [_instrument(record, source)]
    raise SkipRecord("it is neither published data, nor a dataset, a proposal or an instrument")


# --- Published data --------------------------------------------------------------------------------------------------


def _published(record: Json, datasets: list[dict[str, Any]], source: Source) -> Claim:
    """Published data with what its datasets, where they are given, add to it."""
    own = own_key(record)
    doi = clean_doi(own)
    if text(record.get("status")) in UNPUBLISHED:
        raise SkipRecord("it is not published yet")
    if not own:
        raise SkipRecord("it has no identifier")
    metadata = child(record, "metadata")
    title = text(record.get("title")) or next((text(one.get("title")) for one in objects(metadata.get("titles"))), "")
    if not title:
        raise SkipRecord("it has no title")
    created = min((found for one in datasets if (found := day(one.get("creationTime")))), default=None)
    sizes = [size for one in datasets if (size := count(one.get("size")))]
    carried = data_doi_proposal(doi) if doi else None
    values = {
        "doi": doi,
        "facility": (doi and data_doi_facility(doi)) or source.facility,
        "title": title,
        "abstract": plain(text(record.get("abstract"))),
        "publisher": text(record.get("publisher")) or text(child(metadata, "publisher").get("name")),
        "authors": _authors(record, datasets),
        "keywords": once(keywords("SUBJECT", [word for one in datasets for word in texts(one.get("keywords"))])),
        "related": once([*_related(record, metadata), *_parts(record)]),
        "techniques": _techniques(datasets),
        "proposal_code": carried[1] if carried else _first(datasets, ("proposalId", "proposalIds"), clean=True),
        "instrument_name": next((name for one in datasets if (name := _instrument_name(one))), None),
        "created_on": created,
        "year": year(created) if created else year(record.get("publicationYear")),
        "open_on": day(record.get("registeredTime")),
        "open_now": all_say(one.get("isPublished") for one in datasets),
        "size_bytes": count(record.get("sizeOfArchive")) or sum(sizes) or None,
        "url": text(record.get("url")) or text(record.get("downloadLink")),
        **conditions(one for dataset in datasets for one in free(dataset.get("scientificMetadata"))),
    }
    return Claim("dataset", _keys(source, doi, own), values, left_over(record, READ))


def _keys(source: Source, doi: str | None, own: str) -> tuple[Key, ...]:
    return ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own}"),)


def _authors(record: Json, datasets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Creators, then the further authors; the ORCID of a dataset's owner goes to the creator of that name."""
    listed = creators(child(record, "metadata").get("creators")) if "metadata" in record else []
    if listed:
        return listed
    orcids = {fold(text(one.get("owner"))): clean_orcid(text(one.get("orcidOfOwner"))) for one in datasets}
    place = [affiliation(words) for words in texts(record.get("affiliation"))]
    found: dict[str, dict[str, Any]] = {}
    for name in texts(record.get("creator")):
        if one := author(name, orcid=orcids.get(fold(name)), affiliations=place):
            found.setdefault(fold(name), one)
    for name in texts(record.get("authors")):
        if one := author(name, orcid=orcids.get(fold(name))):
            found.setdefault(fold(name), one)
    return list(found.values())


def _related(record: Json, metadata: Json) -> Iterator[dict[str, str] | None]:
    """Publications that the data belong to: what the owner wrote there may be an address, a citation, or nothing."""
    for words in texts(record.get("relatedPublications")):
        dois = [found for found, _, _ in find_dois(words)] or [found for found in [clean_doi(words)] if found]
        for doi in dois:
            yield related("IsRelatedTo" if data_doi_facility(doi) else "IsSupplementTo", "doi", doi)
        if not dois and words.lower().startswith(("http://", "https://")):
            yield related("IsSupplementTo", "url", words)
        elif not dois and SAYS_SOMETHING.search(words) and len(words.split()) > 3:
            yield related("IsSupplementTo", "text", words)
    for one in objects(metadata.get("relatedIdentifiers")):
        scheme = text(one.get("relatedIdentifierType"))
        yield related(text(one.get("relationType")), scheme, text(one.get("relatedIdentifier")))


def _parts(record: Json) -> Iterator[dict[str, str] | None]:
    for pid in texts(record.get("pidArray")) + texts(record.get("datasetPids")):
        yield related("HasPart", "pid", pid)


def _techniques(datasets: list[dict[str, Any]]) -> list[str]:
    """Techniques as "PaNET01177 X-Ray Reflectivity"; of paths of names ("a.b.c; a.d.c") the last is the name."""
    found = []
    for one in (one for dataset in datasets for one in objects(dataset.get("techniques"))):
        name = text(one.get("name"))
        if TECHNIQUE_PATH.match(name):
            name = name.partition(";")[0].rpartition(".")[2].replace("_", " ")
        code = re.search(r"PaNET\d{5}", text(one.get("pid")))
        if name or code:
            found.append(f"{code[0]} {name}".strip() if code else name)
    return list(dict.fromkeys(found))


def _first(datasets: list[dict[str, Any]], names: tuple[str, ...], *, clean: bool) -> str | None:
    words = (word for name in names for one in datasets for word in texts(one.get(name)))
    return next((code for word in words if (code := clean_proposal_code(word) if clean else word)), None)


def _instrument_name(dataset: Json) -> str:
    """Of "/desy/petra3/p08" the last step: catalogues write the way to an instrument in place of its name."""
    joined = text(child(dataset, "instrument").get("name"))
    words = [joined, text(dataset.get("creationLocation"))]
    words += [step for step in texts(dataset.get("instrumentId")) + texts(dataset.get("instrumentIds")) if "/" in step]
    return next((_last_step(one) for one in words if one), "")


def _last_step(words: str) -> str:
    return words.rstrip("/").rpartition("/")[2].strip() if words.startswith("/") else words


# --- Datasets, proposals, instruments --------------------------------------------------------------------------------


def _dataset(record: Json, source: Source) -> Claim:
    """One dataset of the catalogue by itself; only what is published may be known."""
    own = text(record.get("pid")) or text(record.get("_id"))
    if not own:
        raise SkipRecord("it has no identifier")
    if record.get("isPublished") is not True:
        raise SkipRecord("it is not published")
    people = texts(record.get("principalInvestigators")) or texts(record.get("principalInvestigator"))
    people = people or texts(record.get("investigator")) or texts(record.get("owner"))
    orcid = clean_orcid(text(record.get("orcidOfOwner")))
    owner = fold(text(record.get("owner")))
    authors = [author(name, orcid=orcid if fold(name) == owner else None) for name in people if "@" not in name]
    created = when(record.get("creationTime"))
    doi = clean_doi(own)
    values = {
        "doi": doi,
        "facility": source.facility,
        "title": text(record.get("datasetName")) or text(record.get("description"))[:200] or own,
        "abstract": plain(text(record.get("description"))),
        "authors": once(authors),
        "keywords": once(keywords("SUBJECT", texts(record.get("keywords")))),
        "techniques": _techniques([dict(record)]),
        "proposal_code": _first([dict(record)], ("proposalId", "proposalIds"), clean=True),
        "instrument_name": _instrument_name(record) or text(record.get("instrumentId")),
        "created_on": day(record.get("creationTime")),
        "year": created.date.year if created else None,
        "open_now": True,  # "isPublished: true when data are made publicly available"
        "size_bytes": count(record.get("size")) or None,
        **conditions(free(record.get("scientificMetadata"))),
    }
    return Claim("dataset", _keys(source, doi, own), values, left_over(record, READ_OF_DATASET))


def _proposal(record: Json, source: Source) -> list[Claim]:
    """A proposal, the one or two people it names, and its measurement periods as experiments."""
    written = text(record.get("proposalId")) or text(record.get("_id"))
    code = clean_proposal_code(written)
    title = text(record.get("title"))
    if not code:
        raise SkipRecord("it has no proposal code")
    if not title:
        raise SkipRecord("it has no title")
    periods = objects(record.get("MeasurementPeriodList"))
    instruments = [_last_step(text(one.get("instrument"))) for one in periods]
    instruments += [_last_step(word) for word in texts(record.get("instrumentIds")) + texts(record.get("instrumentId"))]
    people = list(_people(record, source, code))
    begun = bool(periods or record.get("startTime"))
    values = {
        "facility": source.facility,
        "code": written,
        "title": title,
        "abstract": plain(text(record.get("abstract"))),
        "type": text(record.get("type")),
        "decision": "accepted" if begun else None,  # beam time was given to it
        "operation_year": min((found for one in periods if (found := year(one.get("start")))), default=None)
        or year(record.get("startTime")),
        "participants": [participant for participant, _ in people],
        "times": [
            {"instrument": name, "requested": None, "allocated": None, "unit": None}
            for name in dict.fromkeys(instruments)
            if name
        ],
    }
    key = f"{source.facility}/{fold_code(code)}"
    keys = ((("code", key),) if source.facility else ()) + (("source", f"{source.name}:{written}"),)
    claims = [Claim("proposal", keys, values, left_over(record, READ_OF_PROPOSAL)), *(person for _, person in people)]
    return claims + list(_experiments(periods, written, source))


def _people(record: Json, source: Source, code: str) -> Iterator[tuple[dict[str, Any], Claim]]:
    """(participant, person) of the proposer and, where it is somebody else, of the principal investigator."""
    seen: set[str] = set()
    for prefix, role in (("pi_", "proposer"), ("", "proposer")):
        family, given = text(record.get(f"{prefix}lastname")), text(record.get(f"{prefix}firstname"))
        mail = text(record.get(f"{prefix}email"))
        mail = mail.lower() if MAIL.fullmatch(mail) else ""
        name = ", ".join(part for part in (family, given) if part)
        if not name or fold(name) in seen:
            continue
        # A person without address is a person of this proposal only; the address itself must not become an identifier.
        own = hashlib.sha256(mail.encode()).hexdigest()[:20] if mail else f"{code}/{fold(name)}"
        key = ("source", f"{source.name}:{own}")
        role = role if not seen else "co_proposer"
        seen.add(fold(name))
        values = {"family_name": family or name, "given_name": given or None, "email": mail, "user": True}
        yield {"person": list(key), "name": name, "role": role}, Claim("person", (key,), values)


def _experiments(periods: list[dict[str, Any]], proposal: str, source: Source) -> Iterator[Claim]:
    if not source.facility:
        return
    for number, period in enumerate(periods, start=1):
        code = text(period.get("id")) or f"{proposal}-{number}"
        yield Claim(
            "experiment",
            (("code", f"{source.facility}/{fold_code(code)}"),),
            {
                "facility": source.facility,
                "code": code,
                "proposal_code": proposal,
                "instrument_name": _last_step(text(period.get("instrument"))),
                "starts_at": moment(period.get("start")),
                "ends_at": moment(period.get("end")),
            },
        )


def _instrument(record: Json, source: Source) -> Claim:
    name, pid = text(record.get("name")), text(record.get("pid")) or text(record.get("_id"))
    if not fold(name):
        raise SkipRecord("it has no name")
    keys: tuple[Key, ...] = (("name", f"{source.facility}/{fold(name)}"),) if source.facility else ()
    keys += (("pid", pid),) if pid else ()
    if not keys:
        raise SkipRecord("it has no identifier, and the source no facility")
    values = {"facility": source.facility, "name": name, "pid": pid}
    return Claim("instrument", keys, values, left_over(record, READ_OF_INSTRUMENT))
