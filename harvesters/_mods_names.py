"""Names in MODS: who of them wrote the work, with ORCID iD and affiliations, also where those are hierarchies."""

import re
from collections import defaultdict
from typing import Any

from lxml import etree

from harvesters._reading import affiliation, author
from harvesters._xml import text_of
from puma.identifiers import clean_orcid, clean_ror
from puma.text import clean_text

Element = etree._Element

_AUTHORS = frozenset(("aut", "cre", "dis", "author", "creator", "dissertant", "joint author"))
_EDITORS = frozenset(("edt", "editor"))
_ORCID_IN = re.compile(r"(?<!\d)\d{4}-\d{4}-\d{4}-\d{3}[\dX](?!\d)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*;\s*")  # of several affiliations that DiVA keeps in one text


def authors(record: Element) -> list[dict[str, Any]]:
    """The authors in order. Where there is none the editors, and where there is no person either, an organisation."""
    names = [one for one in record.iterfind("{*}name") if one.get("type") != "conference"]
    persons = [one for one in names if one.get("type") in ("personal", None, "")]
    written = [one for one in persons if _is_one_of(one, _AUTHORS, silent=True)]
    for found in (written, [one for one in persons if _is_one_of(one, _EDITORS)], names):
        items = [_author(one) for one in found if found is not names or _is_one_of(one, _AUTHORS)]
        if known := [item for item in items if item]:
            return known
    return []


def _is_one_of(name: Element, roles: frozenset[str], *, silent: bool = False) -> bool:
    """Whether a name has one of the roles; ``silent`` is the answer where it states none."""
    stated = {clean_text(text_of(one)).lower() for one in name.iterfind("{*}role/{*}roleTerm")} - {""}
    return not roles.isdisjoint(stated) if stated else silent


def _author(name: Element) -> dict[str, Any] | None:
    parts: dict[str, list[str]] = defaultdict(list)
    for part in name.iterfind("{*}namePart"):
        if text := clean_text(text_of(part)):
            parts[part.get("type") or ""].append(text)
    family, given = " ".join(parts["family"]), " ".join(parts["given"])
    corporate = name.get("type") == "corporate"
    whole = (", " if corporate else " ").join(parts[""]) or clean_text(name.findtext("{*}displayForm") or "")
    return author(
        "" if family else whole or given,
        family or (whole if corporate else ""),
        given if family else "",
        orcid=_orcid(name),
        affiliations=affiliations_of(name),
    )


def _orcid(name: Element) -> str | None:
    """The ORCID iD among a name's identifiers, wherever its repository puts them."""
    texts = [str(value) for value in name.attrib.values()]
    texts += [text_of(one) for kind in ("nameIdentifier", "description") for one in name.iterfind(f"{{*}}{kind}")]
    found = (clean_orcid(match[0]) for text in texts for match in _ORCID_IN.finditer(text))
    return next((orcid for orcid in found if orcid), None)


def affiliations_of(name: Element) -> list[dict[str, Any]]:
    """The affiliations of a name, the smallest unit first: "Phonetics, Humanities Lab, Lund University".

    SwePub writes a hierarchy as one element for each unit, which names the unit above it by ``authority``, and all of
    it in two languages; the English one is taken.
    """
    given = [one for one in name.iterfind("{*}affiliation") if clean_text(text_of(one))]
    if any(_language(one) == "en" for one in given):
        given = [one for one in given if _language(one) in ("en", "")]
    units = {uri: one for one in given if (uri := one.get("valueURI"))}
    above = {one.get("authority") for one in given if one.get("valueURI")}
    found = []
    for one in given:
        if (uri := one.get("valueURI")) and uri in above and one.get("authority") != uri:
            continue  # named by a smaller unit
        ror = next((ror for value in one.attrib.values() if (ror := clean_ror(str(value)))), None)
        for text in _BETWEEN.split(", ".join(_upwards(one, units))):
            found.append(affiliation(text, ror))
    return list({one["text"]: one for one in found if one["text"]}.values())


def _upwards(unit: Element, units: dict[str, Element]) -> list[str]:
    """The names of a unit and of all above it."""
    names: list[str] = []
    seen: list[Element] = []
    while unit is not None and unit not in seen:
        seen.append(unit)
        names.append(clean_text(text_of(unit)))
        unit = units.get(unit.get("authority") or "", unit)
    return list(dict.fromkeys(names))


def _language(element: Element) -> str:
    return (element.get("lang") or "")[:2].lower()
