"""Parts of CERIF-XML records that several kinds share: texts, persons, organisational units, projects, references."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from harvesters._datacite_record import funding
from harvesters._reading import affiliation, author, keywords, namespace
from harvesters._vocabulary import is_address
from harvesters._xml import local, text_of
from puma.identifiers import clean_orcid, clean_ror
from puma.text import clean_text

Element = etree._Element

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LOCAL = re.compile(r"oai:[^:]*:")
_CODES = re.compile(r"reference|proposal|grant|number", re.IGNORECASE)


def inner(element: Element | None, *path: str) -> Element | None:
    """The first element at a path of names, in whatever namespace: the profile has one for each version."""
    for name in path:
        element = element.find(f"{{*}}{name}") if element is not None else None
    return element


def said(element: Element | None, *path: str) -> str:
    """The clean text there; "" where there is none."""
    return clean_text(text_of(inner(element, *path)))


def each(element: Element, name: str) -> Iterator[str]:
    """The clean texts of all elements of that name."""
    return (text for one in element.iterfind(f"{{*}}{name}") if (text := clean_text(text_of(one))))


def in_english(element: Element | None, name: str) -> str:
    """The English one of a text in several languages, else the first."""
    found = [] if element is None else element.findall(f"{{*}}{name}")
    found.sort(key=lambda one: (one.get(_LANGUAGE) or "")[:2] != "en")
    return next((text for one in found if (text := clean_text(text_of(one)))), "")


def last_word(address: str) -> str:
    """The word of a vocabulary at the end of its address: ".../OrganisationTypes#University" -> "University"."""
    return re.split(r"[/#]", address)[-1]


def own_number(kind: str, id_: str, key: str) -> str:
    """What a repository calls the record with this id: of "oai:cris.example.org:Projects/7" and the person "3" it is
    "oai:cris.example.org:Persons/3"."""
    base = _LOCAL.match(key)
    return f"{base[0] if base else ''}{id_ if '/' in id_ else f'{kind}s/{id_}'}"


# --- Organisations ---------------------------------------------------------------------------------------------------


def unit_name(unit: Element | None) -> str:
    """The name of an organisational unit, in English where it has several; its acronym where it has none."""
    return in_english(unit, "Name") or said(unit, "Acronym")


def equipment_name(equipment: Element) -> str:
    """What an instrument is called: its acronym, else its name."""
    return said(equipment, "Acronym") or in_english(equipment, "Name")


def named(link: Element | None) -> str:
    """How a link to an organisation shows it."""
    return said(link, "DisplayName") or unit_name(inner(link, "OrgUnit"))


def place(link: Element) -> dict[str, Any] | None:
    """The affiliation that a link to an organisational unit states: its name and those of all units above it."""
    units = list(_upwards(inner(link, "OrgUnit")))
    rors = (clean_ror(said(unit, name)) for unit in units for name in ("RORID", "AlternativeRORID"))
    names = dict.fromkeys(name for unit in units if (name := unit_name(unit)))
    words = ", ".join(names) or said(link, "DisplayName")
    ror = next((ror for ror in rors if ror), None)
    return affiliation(words, ror) if words or ror else None


def _upwards(unit: Element | None) -> Iterator[Element]:
    while unit is not None:
        yield unit
        unit = inner(unit, "PartOf", "OrgUnit")


# --- Persons ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts, and ORCID iD, as a Person element states them."""

    family: str
    given: str
    orcid: str | None


def person_name(person: Element | None) -> Name:
    given = " ".join(filter(None, (said(person, "PersonName", name) for name in ("FirstNames", "OtherNames"))))
    return Name(said(person, "PersonName", "FamilyNames"), given, clean_orcid(said(person, "ORCID")))


def contributor(link: Element) -> dict[str, Any] | None:
    """An author, creator or member of a team; None where nobody is named."""
    name = person_name(inner(link, "Person"))
    shown, unit = said(link, "DisplayName"), unit_name(inner(link, "OrgUnit"))
    places = [found for one in link.iterfind("{*}Affiliation") if (found := place(one))]
    if not (shown or name.family or name.given or unit):
        return None
    if unit and not name.family:
        return author(shown or unit, shown or unit)
    return author(shown, name.family, name.given, orcid=name.orcid, affiliations=places)


def contributors(element: Element, group: str, single: str) -> list[dict[str, Any]]:
    """The contributors in order."""
    listed = inner(element, group)
    found = [] if listed is None else [contributor(one) for one in listed.iterfind(f"{{*}}{single}")]
    return [one for one in found if one]


# --- Projects, subjects ----------------------------------------------------------------------------------------------


def project_code(project: Element) -> str:
    """The number of a project at those who fund or grant it; "" when it states none."""
    found = [(one.get("type") or "", clean_text(text_of(one))) for one in project.iterfind("{*}Identifier")]
    found = [(kind, text) for kind, text in found if text and not is_address(text)]
    return next((text for kind, text in found if _CODES.search(kind)), found[0][1] if found else "")


def funder(project: Element) -> str:
    """Who pays for a project; "" for a proposal, which gets beam time and no money."""
    return next((name for one in project.iterfind("{*}Funded") if (name := named(inner(one, "By")))), "")


def origins(element: Element) -> tuple[list[str], list[dict[str, str]]]:
    """What an output originates from: codes of proposals, and keywords that name grants and projects."""
    codes: list[str] = []
    words: list[dict[str, str]] = []
    for one in element.iterfind("{*}OriginatesFrom/{*}*"):
        code = project_code(one) or said(one, "GrantDOI")
        payer = funder(one) or named(inner(one, "Funder"))
        if local(one) == "Project" and code and not payer:
            codes.append(code)
        elif payer or code:
            words += funding(payer, [code] if code else [])
        if payer or not code:
            words += keywords("PROJECT", [said(one, "Acronym") or in_english(one, "Title") or in_english(one, "Name")])
    return list(dict.fromkeys(codes)), words


def subject_words(element: Element) -> list[dict[str, str]]:
    """Keywords, and subjects of classifications by the last word of their address."""
    classes: Iterable[Element] = element.iterfind("{*}Subject")
    coded = [(namespace(last_word((one.get("scheme") or "").rstrip("/#")), "SUBJECT"), text_of(one)) for one in classes]
    found = [item for scheme, text in coded for item in keywords(scheme, [last_word(clean_text(text))])]
    return [*keywords("", each(element, "Keyword")), *found]
