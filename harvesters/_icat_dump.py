"""Dumps of an ICAT as python-icat writes them (XML or YAML), turned into the objects that its interface answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from lxml import etree

from harvesters._xml import local, parse_xml
from puma.errors import SkipRecord

WANTED = {"investigation": "Investigation", "dataPublication": "DataPublication", "instrument": "Instrument"}
"""Entities that become records, and what the interface calls them."""
LEFT_OUT = frozenset(("rule", "publicStep", "datafile", "relatedDatafile", "job", "grouping"))
NOT_FOLLOWED = frozenset(("investigationGroups", "instrumentScientists", "dataCollectionDatafiles"))
HANGS = {"dataPublicationUser": ("publication", "users"), "sample": ("investigation", "samples")}
"""Objects that the interface gives inside another one: what refers to it in the dump, and the list that they are in."""
DEEPEST = 6  # publication - content - dataset in it - dataset - technique in it - technique
LONGEST_DUMP = 200_000_000

Fields = dict[str, Any]
Objects = dict[str, tuple[str, Fields]]  # by their key in the dump: entity and fields; a reference is {"ref": key}


def is_xml(body: bytes) -> bool:
    """Whether a saved file is XML."""
    return body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def is_yaml(name: str, body: bytes) -> bool:
    """Whether a saved file is YAML, by its name or its first words."""
    return name.lower().removesuffix(".gz").endswith((".yaml", ".yml")) or body[:200].lstrip().startswith(b"%YAML")


def dumped(name: str, body: bytes) -> Iterator[dict[str, Any]]:
    """The investigations, data publications and instruments of a dump, each with what it refers to inside it.

    Raises SkipRecord when the file is no dump, or cannot be read to its end.
    """
    if len(body) > LONGEST_DUMP:
        raise SkipRecord(f"a dump of more than {LONGEST_DUMP / 1_000_000:g} MB is not read in one piece")
    objects = _from_xml(body) if is_xml(body) else _from_yaml(body)
    if not objects:
        raise SkipRecord("there are no objects of an ICAT in it")
    for entity, fields in objects.values():
        if entity in HANGS:
            field, inside = HANGS[entity]
            _, holder = objects.get(_key(fields.pop(field, None)), ("", {}))
            holder.setdefault(inside, []).append(fields)
    for entity, fields in objects.values():
        if entity in WANTED:
            yield {WANTED[entity]: _whole(fields, objects, 0)}


def _from_xml(body: bytes) -> Objects:
    root = parse_xml(body)
    if local(root) != "icatdata":
        raise SkipRecord(f"it is {local(root)!r}, no dump of an ICAT")
    found: Objects = {}
    for chunk in root:
        for element in chunk if local(chunk) == "data" else ():
            if (entity := local(element)) not in LEFT_OUT:
                found[element.get("id") or f"{entity} {len(found)}"] = (entity, _fields(element))
    return found


def _fields(element: etree._Element) -> Fields:
    """The fields of an element; those that hold others are lists, because they may stand several times."""
    found: Fields = {}
    for part in element:
        name = local(part)
        if ref := part.get("ref"):
            found[name] = {"ref": ref}
        elif len(part):
            found.setdefault(name, []).append(_fields(part))
        else:
            found[name] = part.text or ""
    return found


def _from_yaml(body: bytes) -> Objects:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(body, Loader=yaml.CSafeLoader)):
            raise SkipRecord("its YAML repeats parts by reference, which no dump does")
        chunks = list(yaml.load_all(body, Loader=_PlainLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SkipRecord(f"it is no well-formed YAML ({type(error).__name__})") from None
    found: Objects = {}
    for chunk in chunks:
        for entity, held in (chunk if isinstance(chunk, dict) else {}).items():
            if entity not in LEFT_OUT and isinstance(held, dict):
                found |= {str(key): (entity, fields) for key, fields in held.items() if isinstance(fields, dict)}
    for _, fields in found.values():
        _mark_references(fields, found)
    return found


class _PlainLoader(yaml.CSafeLoader):
    """Builds lists, objects and texts only; a number or date stays the text that it is in the other format."""


def _as_written(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


for _tag in ("int", "float", "timestamp", "bool", "null"):
    _PlainLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _as_written)


_REFERENCES = frozenset(
    (
        "facility",
        "type",
        "user",
        "instrument",
        "investigation",
        "dataset",
        "sample",
        "content",
        "publication",
        "technique",
        "funding",
    )
)
_KEY = re.compile(r"[A-Z][A-Za-z]+_\S+")
_NAME_IN_KEY = re.compile(r"[A-Z][A-Za-z]+_(?:\S+_)?name-([^()_\s]+)")


def _mark_references(fields: Fields, objects: Mapping[str, object]) -> None:
    """In YAML a reference is a text like any other: the key of an object, in a field that holds references."""
    for name, value in fields.items():
        if isinstance(value, str) and (value in objects or name in _REFERENCES) and _KEY.fullmatch(value):
            fields[name] = {"ref": value}
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _mark_references(item, objects)


def _key(reference: object) -> str:
    return str(reference.get("ref") or "") if isinstance(reference, dict) else ""


def _whole(fields: Fields, objects: Objects, depth: int) -> Fields:
    """Fields with what they refer to in the place of the references; not deeper than is of use."""
    found: Fields = {}
    for name, value in fields.items():
        if name in NOT_FOLLOWED:
            continue
        if key := _key(value):
            if key not in objects:
                found[name] = _named(key)
            elif depth < DEEPEST:
                found[name] = _whole(objects[key][1], objects, depth + 1)
        elif isinstance(value, list):
            if depth < DEEPEST:
                found[name] = [_whole(item, objects, depth + 1) for item in value if isinstance(item, dict)]
        elif not isinstance(value, dict):
            found[name] = value
    return found


def _named(key: str) -> Fields:
    """What the key of an object that is not in the dump says of it: its name."""
    said = _NAME_IN_KEY.fullmatch(key)
    return {"name": re.sub(r"=([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), said[1])} if said else {}
