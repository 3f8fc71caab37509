"""CERIF-XML of the OpenAIRE guidelines for CRIS managers, 1.1 and 1.2: what a research information system offers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harvesters._cerif_parts import (
    Element,
    contributor,
    each,
    equipment_name,
    funder,
    in_english,
    inner,
    last_word,
    own_number,
    person_name,
    project_code,
    said,
    subject_words,
    unit_name,
)
from harvesters._cerif_works import READ_PRODUCT, READ_PUBLICATION, product, publication
from harvesters._left_over import left_over
from harvesters._reading import day, once, year
from harvesters._vocabulary import is_address
from harvesters._xml import local
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_ror, fold_code
from puma.names import fold
from puma.text import clean_text, plain

_SECTORS = {
    "highereducation": "education", "university": "education", "school": "education", "commercial": "company",
    "company": "company", "intergovernmental": "government", "governmental": "government", "government": "government",
    "privatenonprofit": "nonprofit", "nonprofit": "nonprofit", "healthcare": "healthcare", "hospital": "healthcare",
    "medicalinstitution": "healthcare",
}  # fmt: skip
"""Words of CERIF's OrganisationTypes in lower case -> sector; a research institute can be of any."""
_ROLES = {"PrincipalInvestigator": "proposer", "Member": "co_proposer", "Contact": "local_contact"}


def own_key(record: Element) -> str:
    """The id that a record without envelope gives itself."""
    return clean_text(record.get("id") or "")


def claims(record: Element, key: str, source: Source) -> list[Claim]:
    """What one record says. Raises SkipRecord for those kinds that have no place here, with the reason."""
    kind = local(record)
    if reason := NOT_KEPT.get(kind):
        raise SkipRecord(reason)
    read, known = READERS[kind]
    first, *others = read(record, key, source)
    return [replace(first, unread=left_over(record, known)), *others]


def _person(record: Element, key: str, source: Source) -> list[Claim]:
    """A person. The affiliation is left out: it has no date."""
    name = person_name(record)
    if not name.family and not name.given:
        raise SkipRecord("it has no name")
    keys = [("source", f"{source.name}:{own}") for own in (key, own_number("Person", own_key(record) or key, key))]
    orcid = [("orcid", name.orcid)] if name.orcid else []
    values = {
        "family_name": name.family or name.given,
        "given_name": name.given if name.family else None,
        "orcid": name.orcid,
        "email": next((text[7:] for text in each(record, "ElectronicAddress") if text.startswith("mailto:")), None),
    }
    return [Claim("person", tuple(dict.fromkeys([*keys, *orcid])), values)]


def _institution(record: Element, key: str, source: Source) -> list[Claim]:
    name = unit_name(record)
    if not name:
        raise SkipRecord("it has no name")
    ror = clean_ror(said(record, "RORID"))
    names = [{"name": one, "kind": "label"} for one in dict.fromkeys([name, *each(record, "Name")])]
    if (acronym := said(record, "Acronym")) and acronym != name:
        names.append({"name": acronym, "kind": "acronym"})
    sectors = [_SECTORS.get(last_word(text).lower().replace("-", "")) for text in each(record, "Type")]
    values = {
        "name": name,
        "ror": ror,
        "sector": next((sector for sector in sectors if sector), None),
        "parent_ror": clean_ror(said(record, "PartOf", "OrgUnit", "RORID")),
        "url": next((text for text in each(record, "ElectronicAddress") if is_address(text)), None),
        "names": names,
    }
    own: Key = ("source", f"{source.name}:{key}")
    return [Claim("institution", (("ror", ror), own) if ror else (own,), values)]


def _proposal(record: Element, key: str, source: Source) -> list[Claim]:
    """A project that got beam time: the profile has no others, so it is accepted. One that got money is a grant."""
    instruments = [equipment_name(one) for one in record.iterfind("{*}Uses/{*}Equipment")]
    if (payer := funder(record)) and not instruments:
        raise SkipRecord(f"it describes a grant of {payer}, no proposal for beam time")
    title = said(record, "Title") or said(record, "Acronym")
    code = project_code(record) or said(record, "Acronym") or last_word(own_key(record) or key)
    if not title or not fold_code(code):
        raise SkipRecord("it has no title" if not title else "it has no code")
    participants, people = _team(record, key, source)
    values: dict[str, Any] = {
        "facility": source.facility,
        "code": code,
        "title": title,
        "abstract": plain(in_english(record, "Abstract")),
        "type": next((last_word(text) for text in each(record, "Type")), None),
        "call_code": next(filter(None, map(_call_code, record.iterfind("{*}Funded/{*}As/{*}Funding"))), None),
        "operation_year": year(said(record, "StartDate")),
        "decision": "accepted",
        "keywords": once(subject_words(record)),
        "participants": participants,
        "times": [
            {"instrument": name, "requested": None, "allocated": None, "unit": None}
            for name in dict.fromkeys(instruments)
            if name
        ],
    }
    return [Claim("proposal", _coded(code, key, source), values), *people]


def _team(record: Element, key: str, source: Source) -> tuple[list[dict[str, Any]], list[Claim]]:
    participants: list[dict[str, Any]] = []
    people: dict[Key, Claim] = {}
    for member in record.iterfind("{*}Team/{*}*"):
        known = contributor(member)
        if known is None:
            continue
        id_ = (person.get("id") or "") if (person := inner(member, "Person")) is not None else ""
        own = own_number("Person", id_, key) if id_ else f"{key}/{fold(known['name'])}"
        person_key: Key = ("source", f"{source.name}:{own}")
        place = next(iter(known["affiliations"]), {"text": "", "ror": None, "country": None})
        participants.append(
            {
                "person": list(person_key),
                "name": known["name"],
                "role": _ROLES.get(local(member)),
                "affiliation": place["text"],
                "ror": place["ror"],
                "country": place["country"],
            }
        )
        orcid: tuple[Key, ...] = (("orcid", known["orcid"]),) if known["orcid"] else ()
        values = {name: known[name] for name in ("family_name", "given_name", "orcid")}
        people.setdefault(person_key, Claim("person", (person_key, *orcid), values))
    return participants, list(people.values())


def _call(record: Element, key: str, source: Source) -> list[Claim]:
    """A call; programmes, grants, contracts and gifts are none."""
    kind = last_word(said(record, "Type"))
    code = _call_code(record)
    if kind not in ("", "Call"):
        raise SkipRecord(f"it describes funding of the type {kind}, no call for proposals")
    if not code or not fold_code(code):
        raise SkipRecord("it has no code")
    period = inner(record, "Duration")
    values = {
        "facility": source.facility,
        "code": code,
        "cycle_starts_on": day(period.get("startDate")) if period is not None else None,
        "cycle_ends_on": day(period.get("endDate")) if period is not None else None,
    }
    return [Claim("call", _coded(code, key, source), values)]


def _call_code(funding: Element) -> str:
    """The code of a call; "" for funding that states another type."""
    if last_word(said(funding, "Type")) not in ("", "Call"):
        return ""
    return project_code(funding) or said(funding, "Acronym") or in_english(funding, "Name")


def _coded(code: str, key: str, source: Source) -> tuple[Key, ...]:
    coded: tuple[Key, ...] = (("code", f"{source.facility}/{fold_code(code)}"),) if source.facility else ()
    return (*coded, ("source", f"{source.name}:{key}"))


def _instrument(record: Element, key: str, source: Source) -> list[Claim]:
    name, label = equipment_name(record), in_english(record, "Name")
    if not name:
        raise SkipRecord("it has no name")
    pid = next((doi for text in each(record, "Identifier") if (doi := clean_doi(text))), None)
    named: tuple[Key, ...] = (("name", f"{source.facility}/{fold(name)}"),) if source.facility else ()
    keys = (*named, *((("pid", pid),) if pid else ()), ("source", f"{source.name}:{key}"))
    values = {"facility": source.facility, "name": name, "label": label if label != name else None, "pid": pid}
    return [Claim("instrument", keys, values)]


Reader = Callable[[Element, str, Source], list[Claim]]
READERS: dict[str, tuple[Reader, frozenset[str]]] = {
    "Publication": (publication, READ_PUBLICATION),
    "Product": (product, READ_PRODUCT),
    "Person": (_person, frozenset(["PersonName", "ORCID", "ElectronicAddress"])),
    "OrgUnit": (_institution, frozenset(["Type", "Acronym", "Name", "RORID", "ElectronicAddress", "PartOf"])),
    "Project": (
        _proposal,
        frozenset(["Type", "Acronym", "Title", "Identifier", "StartDate", "Team", "Funded", "Subject", "Keyword"])
        | {"Abstract", "Uses"},
    ),
    "Funding": (_call, frozenset(["Type", "Acronym", "Name", "Identifier", "Duration"])),
    "Equipment": (_instrument, frozenset(["Acronym", "Name", "Identifier"])),
}
"""Kind of record -> its reader, and the elements that are read."""
NOT_KEPT = {
    "Patent": "it describes a patent, which is no publication here",
    "Event": "it describes an event, which has no place here",
    "Service": "it describes the research information system itself",
}
