"""ROR: the register of research organisations, from one of its dumps (schema v1, v2, or a compact list)."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from harvesters._reading import PAGE, Json, child, count, day, left_over, objects, parsed, raw, saved_pages, text, texts
from puma import harvesting
from puma.claims import Claim
from puma.countries import country_code
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken, json_records
from puma.identifiers import clean_ror

SECTORS = ("education", "healthcare", "facility", "government", "company", "nonprofit", "archive", "other")
"""Types of organisation; of several the first in this order is the sector. A funder is one by its other types."""
KINDS = {"label": "label", "alias": "alias", "acronym": "acronym", "ror_display": "label", "display": "label"}
READ = frozenset(
    (
        "id", "status", "names", "name", "labels", "aliases", "acronyms", "types", "established", "relationships",
        "rel", "locations", "addresses", "country", "cc", "city", "links", "admin",
    )
)  # fmt: skip
BETWEEN = re.compile(r"[\s,]*")


class Source(harvesting.Source):
    """Holds names of every kind, city, country, coordinates, type, year of foundation, parent and successor. Lacks
    departments, and the day on which an organisation closed: the day of ROR's last change to it stands for that.

    Withdrawn organisations have a successor and no day of closing: their names are those of the successor. Those
    without a successor are skipped, because they should not be used.
    The address is that of a dump (.zip, .gz or .json), not of the search interface.
    """


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of organisations in the order of the dump."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    done = int(visit.cursor["done"]) if visit.cursor else 0
    broken: Broken = []
    records = islice(cut("dump", _unpacked(visit.transport.get(source.url), source), broken), done, None)
    while batch := tuple(islice(records, PAGE)):
        done += len(batch)
        yield Page(batch, {"done": done})
    if broken:
        yield Page((), {"done": done}, skipped=tuple(broken))


def _unpacked(body: bytes, source: Source) -> bytes:
    """The JSON in a dump that came over the network."""
    limit = int(source.max_answer_mb * 10_000_000)
    try:
        if body.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(body)) as packed:
                body = packed.read(limit + 1)
        elif body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                names = sorted(name for name in archive.namelist() if name.lower().endswith(".json"))
                with archive.open(names[-1]) as member:  # of two schemas in one archive the newer sorts last
                    body = member.read(limit + 1)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, IndexError, RuntimeError) as error:
        raise StopRun(f"The dump at {source.url} cannot be unpacked ({type(error).__name__}).") from None
    if len(body) > limit:
        raise StopRun(f"The dump at {source.url} unpacks to more than {limit / 1_000_000:g} MB (10 x max_answer_mb).")
    return body


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Organisations one by one: a list is never held as objects all at once. Tables beside the JSON are left alone."""
    if name.lower().endswith((".csv", ".md", ".txt")):
        return
    for number, record in enumerate(_listed(body, broken), start=1):
        yield raw(text(record.get("id")) or f"{name}#{number}", record)


def _listed(body: bytes, broken: Broken) -> Iterator[dict[str, Any]]:
    """The objects of a JSON list, decoded one after the other; other containers as everywhere."""
    start = len(body) - len(body.lstrip(b"\xef\xbb\xbf \t\r\n"))
    if body[start : start + 1] != b"[":
        yield from json_records(body, broken)
        return
    decode = json.JSONDecoder(parse_constant=lambda _: None).raw_decode
    words = body[start + 1 :].decode("utf-8", "replace")
    at, number = _skip(words, 0), 0
    while at < len(words) and words[at] != "]":
        number += 1
        try:
            record, at = decode(words, at)
        except (ValueError, RecursionError) as error:
            broken.append((f"item {number}", f"no JSON, and the list cannot be followed behind it: {str(error)[:150]}"))
            return
        if isinstance(record, dict):
            yield record
        else:
            broken.append((f"item {number}", "no JSON object"))
        at = _skip(words, at)
    if at >= len(words):
        broken.append(("payload", "the list is cut off"))


def _skip(words: str, at: int) -> int:
    found = BETWEEN.match(words, at)
    return found.end() if found else at


def read(payload: bytes, source: Source) -> list[Claim]:
    """The institution of one record. Raises SkipRecord."""
    record = parsed(payload)
    ror = clean_ror(text(record.get("id")))
    if not ror:
        raise SkipRecord("it has no valid ROR id")
    if text(record.get("status")) == "withdrawn" and not _relative(record, "successor"):
        raise SkipRecord("it was withdrawn from ROR without a successor")
    names = _names(record)
    if not names:
        raise SkipRecord("it has no name")
    display, others = names[0]["name"], [one for one in names[1:] if one["name"] != names[0]["name"]]
    values: dict[str, Any] = {
        "name": display,
        "ror": ror,
        "names": others,
        "sector": _sector(record),
        "established_on": _new_year(record.get("established")),
        "closed_on": _closed(record),
        "parent_ror": _relative(record, "parent"),
        "successor_ror": _relative(record, "successor"),
        "url": _website(record),
        **_location(record),
    }
    return [Claim("institution", (("ror", ror),), values, left_over(record, READ))]


def _names(record: Json) -> list[dict[str, str]]:
    """All names, the one that ROR shows first: v2 has one list, v1 four, the compact form pairs."""
    found: list[tuple[str, str]] = []
    shown = text(record.get("name"))
    listed = record.get("names")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, list) and len(one) == 2:
            found.append((text(one[0]), KINDS.get(text(one[1]), "alias")))
        elif isinstance(one, dict):
            kinds = texts(one.get("types"))
            if "ror_display" in kinds:
                shown = text(one.get("value"))
            known = [KINDS[kind] for kind in ("ror_display", "label", "acronym") if kind in kinds]
            found.append((text(one.get("value")), next(iter(known), "alias")))
    found += [(text(one.get("label")), "label") for one in objects(record.get("labels"))]
    found += [(name, "alias") for name in texts(record.get("aliases"))]
    found += [(name, "acronym") for name in texts(record.get("acronyms"))]
    ordered = ([(shown, "label")] if shown else []) + found
    return [{"name": name, "kind": kind} for name, kind in dict.fromkeys(ordered) if name]


def _sector(record: Json) -> str | None:
    types = {kind.lower() for kind in texts(record.get("types"))}
    return next((sector for sector in SECTORS if sector in types), None)


def _new_year(value: object) -> str | None:
    """The first day of the year of foundation: ROR knows no more than the year."""
    found = count(value)
    return date(found, 1, 1).isoformat() if found and 1 <= found <= 9999 else None


def _closed(record: Json) -> str | None:
    """The day of ROR's last change to an organisation that is inactive; v1 does not tell it.

    One that was withdrawn did not close: ROR took back the record, at any time after, and says who stands for it.
    """
    if text(record.get("status")) != "inactive":
        return None
    return day(child(child(record, "admin"), "last_modified").get("date"))


def _relative(record: Json, kind: str) -> str | None:
    """The first parent or successor."""
    pairs = [(text(one.get("type")), text(one.get("id"))) for one in objects(record.get("relationships"))]
    compact = record.get("rel")
    for one in compact if isinstance(compact, list) else []:
        if isinstance(one, list) and len(one) == 2:
            pairs.append((text(one[0]), text(one[1])))
    return next((ror for type_, other in pairs if type_.lower() == kind and (ror := clean_ror(other))), None)


def _location(record: Json) -> dict[str, Any]:
    """City, country and coordinates of the first place."""
    place = child(next(iter(objects(record.get("locations"))), {}), "geonames_details")
    address = next(iter(objects(record.get("addresses"))), {})
    code = text(place.get("country_code")) or text(child(record, "country").get("country_code"))
    code = code or text(record.get("cc"))
    latitude, longitude = _degrees(place.get("lat", address.get("lat"))), _degrees(place.get("lng", address.get("lng")))
    known = latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
    return {
        "city": text(place.get("name")) or text(address.get("city")) or text(record.get("city")),
        "country": country_code(code) if code else None,
        "latitude": latitude if known else None,
        "longitude": longitude if known else None,
    }


def _degrees(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _website(record: Json) -> str:
    links = record.get("links")
    pages = [text(one.get("value")) for one in objects(links) if text(one.get("type")) == "website"]
    return next(iter(pages or texts(links)), "")
