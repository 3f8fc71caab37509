"""PaNOSC federated search: documents (proposals and publications), datasets and instruments of a facility."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from harvesters._conditions import conditions, listed
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
    year,
)
from harvesters._vocabulary import all_say
from puma import harvesting
from puma.claims import Claim, Key
from puma.countries import country_code
from puma.errors import SkipRecord
from puma.harvesting import Page, Visit
from puma.identifiers import (
    clean_doi,
    clean_orcid,
    clean_proposal_code,
    data_doi_facility,
    data_doi_proposal,
    fold_code,
)
from puma.names import fold
from puma.text import plain

PERSON_AND_PLACE = [{"relation": "person"}, {"relation": "affiliation"}]
DATASET_PARTS = [{"relation": "instrument"}, {"relation": "techniques"}, {"relation": "parameters"}]
INCLUDE: dict[str, list[dict[str, Any]]] = {
    "Documents": [
        {"relation": "members", "scope": {"include": PERSON_AND_PLACE}},
        {"relation": "datasets", "scope": {"include": DATASET_PARTS}},
    ],
    "Datasets": DATASET_PARTS,
    "Instruments": [],
}
CYCLE_YEAR = re.compile(r"\d{2}-\d{2}-(\d{4})")

READ = {
    "document": frozenset(
        (
            "pid", "doi", "isPublic", "title", "summary", "type", "keywords", "members", "datasets", "releaseDate",
            "startDate", "license",
        )
    ),
    "beside": frozenset(("proposalNumber", "metadata", "instruments", "pidArray", "documentDoiUrl")),
    "dataset": frozenset(
        ("pid", "title", "isPublic", "techniques", "instrument", "creationDate", "size", "parameters")
    ),
    "instrument": frozenset(("pid", "name", "facility", "isPublic")),
}  # fmt: skip
"""Names that are read of each kind of record; ``beside``: of the facility's own document."""


class Source(harvesting.Source):
    """Holds documents with their members (ORCID, affiliation as text), datasets with techniques, and instruments.
    Lacks ROR ids, time allocations, and stable numbers: records are known by their ``pid``, never by ``id``.

    A document whose DOI is that of a facility's data is a dataset, and a proposal too where its type says so; its data
    are open when each of its datasets is said to be public. What is not public is skipped. The address is
    that of the interface: https://federated.example.org/api.
    """

    collections: list[Literal["Documents", "Datasets", "Instruments"]] = Field(
        default=["Documents", "Datasets", "Instruments"], description="what to ask for"
    )
    page_size: int = Field(default=200, ge=1, le=1000, description="records per answer")


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of records, one collection after the other, by skip and limit until an answer is empty."""
    if source.url is None:
        yield from saved_pages(source, visit, json_cut(own_key))
        return

    def ask(collection: str, skip: int) -> object:
        where = f"{str(source.url).rstrip('/')}/{collection}"
        wanted = {"limit": source.page_size, "skip": skip, "include": INCLUDE[collection]}
        return answer(visit.transport.get(where, {"filter": json.dumps(wanted, separators=(",", ":"))}), where)

    yield from by_skip(source.collections, ask, own_key, visit)


def own_key(record: Json) -> str:
    """The persistent identifier."""
    return text((child(record, "panosc") or record).get("pid"))


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of a document, dataset or instrument, told apart by what they hold. Raises SkipRecord."""
    record = parsed(payload)
    beside = child(record, "document")  # what a facility's own catalogue says of the same thing
    record = child(record, "panosc") or record
    pid = text(record.get("pid"))
    if not pid:
        raise SkipRecord("it has no pid")
    if record.get("isPublic") is False:
        raise SkipRecord("it is not public")
    if "facility" in record and "title" not in record:
        return telling([_instrument(record, pid, source)], left_over(record, READ["instrument"]))
    if not text(record.get("title")):
        raise SkipRecord("it has no title")
    if "type" in record:
        left = left_over(record, READ["document"]) + left_over(beside, READ["beside"], under="document.")
        return telling(_document(record, beside, pid, source), left)
    return telling([_dataset(record, pid, source)], left_over(record, READ["dataset"]))


# --- Documents -------------------------------------------------------------------------------------------------------


def _document(record: Json, beside: Json, pid: str, source: Source) -> list[Claim]:
    doi = clean_doi(text(record.get("doi"))) or clean_doi(pid)
    facility = (doi and data_doi_facility(doi)) or source.facility
    members = _members(record, beside)
    common = {
        "doi": doi,
        "title": text(record.get("title")),
        "abstract": plain(text(record.get("summary"))),
        "authors": [one for one, _ in members],
        "keywords": once(keywords("SUBJECT", texts(record.get("keywords")))),
    }
    parts = [one for one in objects(record.get("datasets")) if text(one.get("pid")) and text(one.get("title"))]
    public = [one for one in parts if one.get("isPublic") is not False]
    is_proposal = text(record.get("type")).lower() == "proposal"
    code = _code(record, beside, pid, doi) if is_proposal else None
    claims: list[Claim] = []
    if is_proposal and not (code or doi):
        raise SkipRecord("it is a proposal without a code")
    if code:
        claims += _proposal(record, beside, pid, facility, code, members, source)
    if doi and (data_doi_facility(doi) or "pidArray" in beside or (is_proposal and not code)):
        claims.append(Claim("dataset", _keys(source, doi, pid), {**common, **_data(record, beside, facility, code)}))
    elif not is_proposal:
        links = [related("IsSupplementedBy", "pid", text(one.get("pid"))) for one in public]
        found = when(record.get("releaseDate")) or when(record.get("startDate"))
        values = {**common, "type": "OTHER", "related": once(links), "license": text(record.get("license"))}
        claims.append(Claim("publication", _keys(source, doi, pid), {**values, **published(found)}))
    named = {"proposal_code": code} if code else {}
    for one in public:
        claim = _dataset(one, text(one.get("pid")), source)
        claims.append(Claim(claim.kind, claim.keys, {**claim.values, **named}))
    return claims


def _keys(source: Source, doi: str | None, pid: str) -> tuple[Key, ...]:
    return ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{pid}"),)


def _code(record: Json, beside: Json, pid: str, doi: str | None) -> str | None:
    """The proposal's code: beside the document, in the DOI of its data, or its pid where that is no DOI.

    The end of an unknown DOI is not taken for a code: it would make proposals that nobody ever wrote.
    """
    carried = data_doi_proposal(doi) if doi else None
    written = text(beside.get("proposalNumber")) or (carried[1] if carried else "")
    return clean_proposal_code(written or ("" if clean_doi(pid) else pid))


def _members(record: Json, beside: Json) -> list[tuple[dict[str, Any], str]]:
    """(author as claimed, role) of each member, in order; else the authors that stand beside the document."""
    found = []
    for member in objects(record.get("members")):
        person, place = child(member, "person"), child(member, "affiliation")
        country = text(place.get("country"))
        words = [text(place.get(name)) for name in ("name", "address", "city", "country")]
        family, given = text(person.get("lastName")), text(person.get("firstName"))
        one = author(
            text(person.get("fullName")),
            family,
            given if family else "",
            orcid=clean_orcid(text(person.get("orcid"))),
            affiliations=[affiliation(", ".join(filter(None, words)), None, country_code(country) if country else None)]
            if any(words)
            else [],
        )
        if one:
            found.append((one, text(member.get("role")).lower()))
    for person in objects(child(beside, "metadata").get("authors")) if not found else []:
        ids = objects(person.get("ids"))
        orcids = [clean_orcid(text(one.get("id"))) for one in ids if text(one.get("type")).upper() == "ORCID"]
        if one := author(text(person.get("name")), orcid=next(iter(orcids), None)):
            found.append((one, ""))
    unique = {repr(one): (one, role) for one, role in reversed(found)}
    return list(reversed(unique.values()))


def _role(role: str) -> str | None:
    if "principal" in role or role in ("pi", "proposer"):
        return "proposer"
    if "local" in role or role == "instrument scientist":
        return "local_contact"
    return "co_proposer" if "co" in role else None


def _proposal(
    record: Json,
    beside: Json,
    pid: str,
    facility: str,
    code: str,
    members: list[tuple[dict[str, Any], str]],
    source: Source,
) -> list[Claim]:
    participants: list[dict[str, Any]] = []
    people: list[Claim] = []
    for one, role in members:
        # Numbers of persons are not stable there; without an ORCID a person is one of this proposal only.
        own = one["orcid"] or f"{pid}/{fold(one['name'])}"
        key: Key = ("source", f"{source.name}:{own}")
        place = next(iter(one["affiliations"]), affiliation(""))
        participants.append(
            {
                "person": list(key),
                "name": one["name"],
                "role": _role(role),
                "affiliation": place["text"],
                "ror": place["ror"],
                "country": place["country"],
            }
        )
        known = {name: one[name] for name in ("family_name", "given_name", "orcid")}
        orcid: tuple[Key, ...] = (("orcid", one["orcid"]),) if one["orcid"] else ()
        people.append(Claim("person", (key, *orcid), {**known, "user": True}))
    values = {
        "facility": facility,
        "code": code,
        "title": text(record.get("title")),
        "abstract": plain(text(record.get("summary"))),
        "decision": "accepted",  # only proposals that were measured have a public document
        "operation_year": _operation_year(record, beside),
        "participants": participants,
        "times": [
            {"instrument": name, "requested": None, "allocated": None, "unit": None}
            for name in _instruments(record, beside)
        ],
        "keywords": once(keywords("SUBJECT", texts(record.get("keywords")))),
    }
    keys = ((("code", f"{facility}/{fold_code(code)}"),) if facility else ()) + (("source", f"{source.name}:{pid}"),)
    return [Claim("proposal", keys, values), *people]


def _operation_year(record: Json, beside: Json) -> int | None:
    cycles = [CYCLE_YEAR.search(words) for words in texts(child(beside, "metadata").get("cycles"))]
    return min((int(found[1]) for found in cycles if found), default=None) or year(record.get("startDate"))


def _instruments(record: Json, beside: Json) -> list[str]:
    listed = objects(beside.get("instruments")) + [child(one, "instrument") for one in objects(record.get("datasets"))]
    return list(dict.fromkeys(name for one in listed if (name := _short_name(text(one.get("name"))))))


def _short_name(name: str) -> str:
    """Of "FIGARO ( horizontal reflectometer )" the name without what explains it."""
    return re.sub(r"\s+\(\s.*\s\)$", "", name)


def _data(record: Json, beside: Json, facility: str, code: str | None) -> dict[str, Any]:
    started = when(record.get("startDate"))
    return {
        "facility": facility,
        "proposal_code": code,
        "instrument_name": next(iter(_instruments(record, beside)), None),
        "created_on": day(record.get("startDate")),
        "year": started.date.year
        if started
        else year(text(child(beside, "metadata").get("publicationYear"))) or year(record.get("releaseDate")),
        "open_on": day(record.get("releaseDate")),
        "open_now": all_say(one.get("isPublic") for one in objects(record.get("datasets"))),
        **conditions(one for dataset in objects(record.get("datasets")) for one in listed(dataset)),
        "url": text(beside.get("documentDoiUrl")),
    }


# --- Datasets and instruments ----------------------------------------------------------------------------------------


def _dataset(record: Json, pid: str, source: Source) -> Claim:
    doi = clean_doi(pid)
    instrument = child(record, "instrument")
    carried = data_doi_proposal(doi) if doi else None
    techniques = []
    for one in objects(record.get("techniques")):
        code = re.search(r"PaNET\d{5}", f"{text(one.get('panetId'))} {text(one.get('pid'))}")
        techniques.append(f"{code[0] if code else ''} {text(one.get('name'))}".strip())
    values = {
        "doi": doi,
        "facility": (doi and data_doi_facility(doi)) or source.facility or text(instrument.get("facility")),
        "title": text(record.get("title")),
        "proposal_code": carried[1] if carried else None,
        "instrument_name": _short_name(text(instrument.get("name"))),
        "techniques": [one for one in dict.fromkeys(techniques) if one],
        "created_on": day(record.get("creationDate")),
        "year": year(record.get("creationDate")),
        "open_now": all_say([record.get("isPublic")]),
        "size_bytes": count(record.get("size")) or None,
        **conditions(listed(record)),
    }
    return Claim("dataset", _keys(source, doi, pid), values)


def _instrument(record: Json, pid: str, source: Source) -> Claim:
    name, facility = _short_name(text(record.get("name"))), source.facility or text(record.get("facility"))
    if not fold(name):
        raise SkipRecord("it has no name")
    keys = ((("name", f"{facility}/{fold(name)}"),) if facility else ()) + (("pid", pid),)
    return Claim("instrument", keys, {"facility": facility, "name": name, "pid": pid})
