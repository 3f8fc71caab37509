"""Parts of CERIF-XML that several kinds of records share: texts, people with their places, references by id."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from lxml import etree

NAMESPACE = "https://www.openaire.eu/cerif-profile/1.2/"
SCHEMA = "https://www.openaire.eu/schema/cris/1.2/openaire-cerif-profile.xsd"
ACCESS = "http://purl.org/coar/access_right"
VOCABULARIES = "https://www.openaire.eu/cerif-profile/vocab/"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The blocks that ISNI set apart for ORCID; the schema takes no others.
_ORCID = re.compile(r"0000-000(1-[5-9]|2-\d|3-[0-4])\d{3}-\d{3}[\dX]|0000-0003-5000-0001|0009-000\d-\d{4}-\d{3}[\dX]")
_DOI = re.compile(r"10\.\d{4,}(\.\d+)*/\S+")

Row = Mapping[str, Any]
Element = etree._Element


@dataclass(frozen=True, slots=True)
class Place:
    """An affiliation: the institution that it is, where that is known (id: its number here, 0 where it is told
    nowhere else), and as it was written."""

    text: str
    name: str = ""
    ror: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody who made a work or stands on a proposal. id: the person's number here, 0 for nobody known."""

    name: str
    family: str
    given: str = ""
    orcid: str = ""
    id: int = 0
    role: str = ""
    places: tuple[Place, ...] = ()


def legal(text: str) -> str:
    """The text without characters that no XML 1.0 document can hold."""
    return _NOT_XML.sub("", text)


def start(kind: str, number: object = None, namespace: str = NAMESPACE) -> Element:
    """A record on its own, ``Publication`` with the id ``Publications/7``."""
    made = etree.Element(f"{{{namespace}}}{kind}", nsmap={None: namespace})  # type: ignore[dict-item]
    if number:
        made.set("id", f"{kind}s/{number}")
    return made


def under(parent: Element, name: str, words: object = "", *, id: object = None, **attributes: str) -> Element:
    """An element below another, with its text. id: of what it refers to, by kind and number."""
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", {key: legal(value) for key, value in attributes.items()})
    if words not in ("", None):
        made.text = legal(str(words))
    if id:
        made.set("id", f"{name}s/{id}")
    return made


def say(parent: Element, name: str, words: object) -> None:
    """A text, unless there is none."""
    if words not in ("", None):
        under(parent, name, words)


def spell(parent: Element, name: str, words: object) -> None:
    """A text of a language; of which one is seldom known, so it is said to be undetermined."""
    if words not in ("", None):
        under(parent, name, words).set(_LANGUAGE, "und")


def classified(parent: Element, vocabulary: str, term: str) -> None:
    """The type of a work, in the namespace of its vocabulary."""
    space = f"{VOCABULARIES}{vocabulary}"
    etree.SubElement(parent, f"{{{space}}}Type", nsmap={None: space}).text = term  # type: ignore[dict-item]


def access(parent: Element, code: str) -> None:
    """Who may read a work, by COAR's access rights."""
    made = etree.SubElement(parent, f"{{{ACCESS}}}Access", nsmap={None: ACCESS})  # type: ignore[dict-item]
    made.text = f"{ACCESS}/{code}"


def doi(parent: Element, row: Row) -> None:
    """The DOI, where it is one as the schema wants it."""
    if _DOI.fullmatch(str(row.get("doi") or "")):
        under(parent, "DOI", row["doi"])


def several(value: object) -> list[str]:
    """The words of a list, or of a cell that holds several with ``;`` between."""
    if isinstance(value, str):
        return [word for part in value.split(";") if (word := part.strip())]
    return [str(word) for word in value] if isinstance(value, Iterable) else []


def keywords(parent: Element, row: Row) -> None:
    for word in several(row.get("keywords")):
        spell(parent, "Keyword", word)


def contributors_of(row: Row, *names: str) -> Sequence[Contributor]:
    """The people of a row: told one by one, else out of the first of these cells with names in it."""
    if (told := row.get("people")) is not None:
        found: Sequence[Contributor] = told
        return found
    written = next((text for name in names if (text := str(row.get(name) or ""))), "")
    made = []
    for name in several(written):
        family, _, given = name.partition(",")
        made.append(Contributor(name, family.strip(), given.strip()))
    return made


def contributors(parent: Element, group: str, single: str, people: Sequence[Contributor]) -> None:
    """Authors or creators in their order."""
    if people:
        listed = under(parent, group)
        for one in people:
            contributor(under(listed, single), one)


def contributor(link: Element, one: Contributor) -> None:
    """A link to a person, with the name as written and the places given there."""
    say(link, "DisplayName", one.name)
    person(under(link, "Person", id=one.id), one)
    for place in one.places:
        affiliation = under(link, "Affiliation")
        say(affiliation, "DisplayName", place.text)
        unit = under(affiliation, "OrgUnit", id=place.id)
        spell(unit, "Name", place.name or place.text)
        ror(unit, place.ror)


def person(element: Element, one: Contributor) -> None:
    """The parts of a person's name, and the ORCID iD where it lies in the blocks of those."""
    name = under(element, "PersonName")
    say(name, "FamilyNames", one.family or one.name)
    say(name, "FirstNames", one.given)
    if _ORCID.fullmatch(one.orcid):
        under(element, "ORCID", f"https://orcid.org/{one.orcid}")


def ror(unit: Element, value: object) -> None:
    """The ROR id, as an address."""
    if value:
        under(unit, "RORID", f"https://ror.org/{value}")


def organisation(link: Element, name: object, number: object = None) -> None:
    """A publisher or owner: an organisation by its name, and by its number where it is one of ours."""
    spell(under(link, "OrgUnit", id=number), "Name", name)


def day(value: object) -> str:
    """A day as ISO 8601, whatever it came as; empty for none."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value or "")[:10]
