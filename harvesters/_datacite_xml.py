"""DataCite's XML kernel (2.2 to 4.x) into the shape of DataCite's JSON, so that one reader serves both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from harvesters._datacite_record import claims_of
from harvesters._left_over import left_over
from harvesters._xml import local
from puma.claims import Claim
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.text import clean_text

Element = etree._Element

LISTS = {
    "titles": ("titles", "title"),
    "subjects": ("subjects", "subject"),
    "dates": ("dates", "date"),
    "alternateIdentifiers": ("alternateIdentifiers", "alternateIdentifier"),
    "relatedIdentifiers": ("relatedIdentifiers", "relatedIdentifier"),
    "descriptions": ("descriptions", "description"),
    "rightsList": ("rightsList", "rights"),
}
"""Lists whose elements hold one text and attributes: name in JSON -> (wrapper, element); the text takes its name."""

READ = frozenset(
    ["identifier", "creators", "publisher", "publicationYear", "language", "resourceType", "sizes", "rights"]
    + ["fundingReferences", "relatedItems", *(wrapper for wrapper, _ in LISTS.values())]
)
"""Elements that are read."""


def own_key(record: Element) -> str:
    """The identifier that a record without envelope gives itself."""
    return clean_text(_text(_child(resource_in(record), "identifier")))


def claims(record: Element, key: str, source: Source) -> list[Claim]:
    """The dataset, publication or instrument of a record, whatever is wrapped around it. Raises SkipRecord."""
    resource = resource_in(record)
    first, *others = claims_of(attributes(resource), key, source)
    return [replace(first, unread=left_over(resource, READ)), *others]


def resource_in(root: Element) -> Element:
    """The ``resource`` element itself or inside. Raises SkipRecord."""
    for element in root.iter(etree.Element):
        if local(element) == "resource" and _child(element, "titles") is not None:
            return element
    raise SkipRecord(f"its XML holds no DataCite record but <{local(root)}>")


def attributes(resource: Element) -> dict[str, Any]:
    """The ``attributes`` that DataCite's REST interface would give for this XML."""
    types = _child(resource, "resourceType")
    found: dict[str, Any] = {
        "doi": _text(_child(resource, "identifier")),
        "publisher": _text(_child(resource, "publisher")),
        "publicationYear": _text(_child(resource, "publicationYear")),
        "language": _text(_child(resource, "language")),
        "types": {
            "resourceTypeGeneral": "" if types is None else types.get("resourceTypeGeneral", ""),
            "resourceType": _text(types),
        },
        "creators": [_creator(one) for one in _children(resource, "creators", "creator")],
        "sizes": [_text(one) for one in _children(resource, "sizes", "size")],
        "fundingReferences": [
            {local(part): _text(part) for part in one.iterchildren(etree.Element)}
            for one in _children(resource, "fundingReferences", "fundingReference")
        ],
        "relatedItems": [_related_item(one) for one in _children(resource, "relatedItems", "relatedItem")],
    }
    for name, (wrapper, element) in LISTS.items():
        found[name] = [
            {**{str(key): str(value) for key, value in one.attrib.items()}, element: _text(one)}
            for one in _children(resource, wrapper, element)
        ]
    found["rightsList"] += [{"rights": _text(one)} for one in resource.iterfind("{*}rights")]  # of kernel 2
    for one in found["subjects"]:
        one["valueUri"] = one.pop("valueURI", "")
    return found


def _creator(creator: Element) -> dict[str, Any]:
    name = _child(creator, "creatorName")
    return {
        "name": _text(name),
        "nameType": "" if name is None else name.get("nameType", ""),
        "givenName": _text(_child(creator, "givenName")),
        "familyName": _text(_child(creator, "familyName")),
        "nameIdentifiers": [
            {"nameIdentifier": _text(one), "nameIdentifierScheme": one.get("nameIdentifierScheme", "")}
            for one in creator.iterfind("{*}nameIdentifier")
            if "orcid" in f"{one.get('nameIdentifierScheme')} {one.get('schemeURI')} {_text(one)}".lower()  # no ISNI
        ],
        "affiliation": [
            {"name": _text(one), "affiliationIdentifier": one.get("affiliationIdentifier", "")}
            for one in creator.iterchildren(etree.Element)
            if local(one) == "affiliation"
        ],
    }


def _related_item(item: Element) -> dict[str, Any]:
    identifier = _child(item, "relatedItemIdentifier")
    found: dict[str, Any] = {
        name: _text(_child(item, name)) for name in ("volume", "issue", "firstPage", "lastPage", "publisher")
    }
    if identifier is not None:
        found["relatedItemIdentifier"] = {
            "relatedItemIdentifier": _text(identifier),
            "relatedItemIdentifierType": identifier.get("relatedItemIdentifierType", ""),
        }
    return {
        **found,
        "relationType": item.get("relationType", ""),
        "relatedItemType": item.get("relatedItemType", ""),
        "titles": [{"title": _text(one)} for one in _children(item, "titles", "title")],
    }


def _child(parent: Element, name: str) -> Element | None:
    return next((one for one in parent.iterchildren(etree.Element) if local(one) == name), None)


def _children(parent: Element, wrapper: str, name: str) -> list[Element]:
    found = _child(parent, wrapper)
    return [] if found is None else [one for one in found.iterchildren(etree.Element) if local(one) == name]


def _text(element: Element | None) -> str:
    return "" if element is None else " ".join(str(piece) for piece in element.itertext())
