"""What an ICAT's investigations, data publications and instruments claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from harvesters._conditions import Parameter, conditions
from harvesters._icat_reading import funding, pid_doi, reference, reference_key, related_item, role, times
from harvesters._reading import (
    Json,
    affiliation,
    author,
    child,
    count,
    day,
    keywords,
    left_over,
    objects,
    once,
    related,
    text,
    year,
)
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_orcid, clean_ror, fold_code
from puma.names import fold
from puma.text import plain

SECRET_WORK = re.compile(r"commercial|industr|propriet", re.IGNORECASE)
OWN = ("id", "createId", "createTime", "modId", "modTime")
READ = {
    "Instrument": frozenset((*OWN, "facility", "name", "fullName", "pid")),
    "Investigation": frozenset(
        (
            *OWN, "facility", "name", "visitId", "title", "summary", "startDate", "endDate", "releaseDate", "doi",
            "type", "investigationUsers", "investigationInstruments", "shifts", "keywords", "publications",
            "fundingReferences", "fileSize", "parameters", "samples",
        )
    ),
    "DataPublication": frozenset(
        (
            *OWN, "facility", "pid", "title", "description", "subject", "publicationDate", "users", "dates",
            "relatedItems", "fundingReferences", "content",
        )
    ),
}  # fmt: skip


def claims_of(record: Json, pattern: str, source: Source) -> list[Claim]:
    """The claims of one object. pattern: finds the proposal in "name|visit". Raises SkipRecord."""
    if inner := child(record, "Investigation"):
        return list(_investigation(inner, pattern, source))
    if inner := child(record, "DataPublication"):
        return [_data_publication(inner, pattern, source)]
    if inner := child(record, "Instrument"):
        found = _instrument(inner, source)
        if found is None:
            raise SkipRecord("the instrument has no name")
        return [found]
    raise SkipRecord("it is neither an investigation, nor a data publication or an instrument")


def _facility(record: Json, source: Source) -> str:
    facility = source.facility or text(child(record, "facility").get("name"))
    if not facility:
        raise SkipRecord("it names no facility, and neither does the source")
    return facility


def _instrument(record: Json, source: Source) -> Claim | None:
    name, pid = text(record.get("name")), text(record.get("pid"))
    if not fold(name):
        return None
    facility, pid = _facility(record, source), clean_doi(pid) or pid
    keys: tuple[Key, ...] = (("name", f"{facility}/{fold(name)}"), *((("pid", pid),) if pid else ()))
    values = {"facility": facility, "name": name, "label": text(record.get("fullName")), "pid": pid}
    return Claim("instrument", keys, values, left_over(record, READ["Instrument"]))


def _codes(record: Json, pattern: str) -> tuple[str, str]:
    """(proposal, experiment) of an investigation. A visit that does not repeat the name stands behind it."""
    name, visit = text(record.get("name")), text(record.get("visitId"))
    said = re.search(pattern, f"{name}|{visit}")
    proposal = (said["proposal"] or "").strip() if said else ""
    if not fold_code(visit):
        return proposal, name
    return proposal, visit if fold_code(visit).startswith(fold_code(proposal or name)) else f"{name}/{visit}"


def _investigation(record: Json, pattern: str, source: Source) -> Iterator[Claim]:
    facility = _facility(record, source)
    proposal, experiment = _codes(record, pattern)
    if not fold_code(proposal) or not fold_code(experiment):
        raise SkipRecord("it has no name that is a code")
    title, kind = text(record.get("title")), text(child(record, "type").get("name"))
    team = [(child(one, "user"), text(one.get("role"))) for one in objects(record.get("investigationUsers"))]
    people = [(person, words, user) for user, words in team if (person := _person(user, source))]
    instruments = [child(one, "instrument") for one in objects(record.get("investigationInstruments"))]
    names = list(dict.fromkeys(name for one in instruments if (name := text(one.get("name")))))
    starts, ends, hours = times(record)
    key = f"{facility}/{fold_code(proposal)}"
    words = keywords("SUBJECT", [text(one.get("name")) for one in objects(record.get("keywords"))])
    values: dict[str, Any] = {
        "facility": facility,
        "code": proposal,
        "title": title,
        "abstract": plain(text(record.get("summary"))),
        "type": kind,
        "decision": "accepted" if starts else None,  # beam time was given to it
        "confidential": True if SECRET_WORK.search(kind) else None,
        "operation_year": year(starts),
        "keywords": once([*words, *keywords("FUNDING", funding(record))]),
        "times": [{"instrument": name, "requested": None, "allocated": None, "unit": None} for name in names],
        "participants": [_participant(person, words, user) for person, words, user in _strongest(people)],
    }
    keys = (("code", key), ("source", f"{source.name}:{key}"))
    yield Claim("proposal", keys, values, left_over(record, READ["Investigation"]))
    present = dict.fromkeys(person.keys[0] for person, words, _ in people if role(words) != "local_contact")
    session = {
        "facility": facility,
        "code": experiment,
        "proposal_code": proposal,
        "instrument_name": next(iter(names), None),
        "starts_at": starts,
        "ends_at": ends,
        "delivered_hours": hours,
        "participants": [{"person": list(person), "mode": None} for person in present],
    }
    yield Claim("experiment", (("code", f"{facility}/{fold_code(experiment)}"),), session)
    yield from {person.keys[0]: person for person, _, _ in people}.values()
    yield from (claim for one in instruments if (claim := _instrument(_of(one, record), source)))
    doi = pid_doi(record.get("doi"))
    if doi:
        yield _data(record, doi, session, title, source)
    for one in objects(record.get("publications")):
        stated = {} if values["confidential"] else {"proposals_stated": proposal, "instruments_stated": ";".join(names)}
        if claim := _publication(one, stated, doi, source):
            yield claim


def _of(one: Json, record: Json) -> Json:
    """An object with the facility of the one that it hangs on."""
    return {"facility": record.get("facility"), **one}


Part = tuple[Claim, str, dict[str, Any]]


def _strongest(people: Iterable[Part]) -> list[Part]:
    """Each person once, in the role that says most; roles in their order, people in theirs."""
    order = ("proposer", "co_proposer", "local_contact", None)
    found: dict[Key, Part] = {}
    for part in sorted(people, key=lambda part: order.index(role(part[1]))):
        found.setdefault(part[0].keys[0], part)
    return list(found.values())


def _person(user: Json, source: Source) -> Claim | None:
    own, full = text(user.get("name")), text(user.get("fullName"))
    found = author(full, text(user.get("familyName")), text(user.get("givenName")))
    if not own or found is None:
        return None
    orcid, email = clean_orcid(text(user.get("orcidId"))), text(user.get("email"))
    values = {
        "family_name": found["family_name"],
        "given_name": found["given_name"],
        "orcid": orcid,
        "email": email if "@" in email else None,
        "user": True,
    }
    keys: tuple[Key, ...] = (("source", f"{source.name}:{own}"), *((("orcid", orcid),) if orcid else ()))
    return Claim("person", keys, values)


def _participant(person: Claim, words: str, user: Json) -> dict[str, Any]:
    name = ", ".join(word for word in (person.values["family_name"], person.values["given_name"]) if word)
    place = text(user.get("affiliation"))
    said = {"name": name, "role": role(words), "affiliation": place, "ror": None, "country": None}
    return {"person": list(person.keys[0]), **said}


def _data(record: Json, doi: str, session: Json, title: str, source: Source) -> Claim:
    """The data of an investigation that has a DOI of its own."""
    values = {
        "facility": session["facility"],
        "doi": doi,
        "title": title,
        "abstract": plain(text(record.get("summary"))),
        "proposal_code": session["proposal_code"],
        "session_code": session["code"],
        "instrument_name": session["instrument_name"],
        "created_on": day(session["starts_at"]),
        "year": year(session["starts_at"]),
        "open_on": day(record.get("releaseDate")),
        "size_bytes": count(record.get("fileSize")) or None,
        **conditions(_parameters([record], objects(record.get("samples")))),
    }
    return Claim("dataset", (("doi", doi), ("source", f"{source.name}:{doi}")), values)


def _publication(one: Json, stated: Json, data: str | None, source: Source) -> Claim | None:
    words = text(one.get("fullReference"))
    said = reference(words)
    doi = pid_doi(one.get("doi")) or said["doi"]
    if not doi and not fold(words):
        return None
    values = {
        "doi": doi,
        "title": said["title"] or ("" if doi else words),  # with a DOI the registry knows it better
        "year": said["year"],
        **stated,
        "related": once([related("IsSupplementedBy", "doi", data)]) if data else [],
    }
    keys: tuple[Key, ...] = (("doi", doi),) if doi else ()
    return Claim("publication", (*keys, ("source", f"{source.name}:{doi or reference_key(words)}")), values)


def _data_publication(record: Json, pattern: str, source: Source) -> Claim:
    facility, pid = _facility(record, source), text(record.get("pid"))
    doi = pid_doi(pid)
    if not pid:
        raise SkipRecord("the data publication has no identifier")
    content = child(record, "content")
    datasets = [child(one, "dataset") for one in objects(content.get("dataCollectionDatasets"))]
    visits = [child(one, "investigation") for one in objects(content.get("dataCollectionInvestigations"))]
    visits += [child(one, "investigation") for one in datasets]
    codes = {_codes(one, pattern) for one in visits if text(one.get("name"))}
    proposals = {proposal for proposal, _ in codes}
    machines = [child(i, "instrument") for one in visits for i in objects(one.get("investigationInstruments"))]
    names = dict.fromkeys(name for one in machines if (name := text(one.get("name"))))
    techniques = [child(t, "technique") for one in datasets for t in objects(one.get("datasetTechniques"))]
    dates = {text(one.get("dateType")): text(one.get("date")).partition("/")[0] for one in objects(record.get("dates"))}
    created = dates.get("Created") or dates.get("Collected") or ""
    sizes = [size for one in datasets if (size := count(one.get("fileSize")))]
    creators = [one for one in objects(record.get("users")) if text(one.get("contributorType")) == "Creator"]
    values = {
        "facility": facility,
        "doi": doi,
        "title": text(record.get("title")),
        "abstract": plain(text(record.get("description"))),
        "proposal_code": proposals.pop() if len(proposals) == 1 else None,
        "session_code": next(iter(codes))[1] if len(codes) == 1 else None,
        "instrument_name": next(iter(names)) if len(names) == 1 else None,
        "created_on": day(created),
        "year": year(created) or year(record.get("publicationDate")),
        "open_on": day(record.get("publicationDate")),
        "size_bytes": sum(sizes) or None,
        "techniques": list(dict.fromkeys(name for one in techniques if (name := _technique(one)))),
        "authors": [found for one in sorted(creators, key=_order) if (found := _author(one))],
        "keywords": once([*keywords("SUBJECT", [text(record.get("subject"))]), *keywords("FUNDING", funding(record))]),
        "related": once(related_item(one) for one in objects(record.get("relatedItems"))),
        **conditions(_parameters([content, *datasets], [child(one, "sample") for one in datasets])),
    }
    keys: tuple[Key, ...] = (*((("doi", doi),) if doi else ()), ("source", f"{source.name}:{doi or pid}"))
    return Claim("dataset", keys, values, left_over(record, READ["DataPublication"]))


def _parameters(data: Iterable[Json], samples: Iterable[Json]) -> Iterator[Parameter]:
    """What was set or measured when data were taken, and the formulas of what they were taken of."""
    samples = list(samples)
    for one in (*data, *samples):
        for found in objects(one.get("parameters")):
            kind, number = child(found, "type"), found.get("numericValue")
            value = found.get("stringValue") if number is None else number
            yield Parameter(text(kind.get("name")), value, text(kind.get("units")))
    for sample in samples:
        yield Parameter("formula", text(child(sample, "type").get("molecularFormula")), "")


def _technique(one: Json) -> str:
    code = re.search(r"PaNET\d{5}", text(one.get("pid")))
    return f"{code[0] if code else ''} {text(one.get('name'))}".strip()


def _order(one: Json) -> str:
    return text(one.get("orderKey"))


def _author(one: Json) -> dict[str, Any] | None:
    """A creator; affiliations in the order that the numbers before their names give."""
    listed = sorted(objects(one.get("affiliations")), key=lambda place: text(place.get("name")))
    places = []
    for place in listed:
        words = text(place.get("fullReference")) or re.sub(r"^\d+:\s*", "", text(place.get("name")))
        if words:
            places.append(affiliation(words, clean_ror(text(place.get("pid")).removeprefix("ROR:"))))
    orcid = clean_orcid(text(child(one, "user").get("orcidId")))
    names = text(one.get("fullName")), text(one.get("familyName")), text(one.get("givenName"))
    return author(*names, orcid=orcid, affiliations=places)
