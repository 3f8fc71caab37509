"""Another PUMA: which publications it credits to its facilities, so that shared ones are seen as shared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import orjson
from pydantic import Field

from harvesters._reading import PAGE, raw, saved_pages
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken
from puma.identifiers import clean_doi
from puma.seals import BrokenSeal, unsealed

PROTOCOL = "puma-credit/1"
STATES = ("validated", "auto")
FRESH = timedelta(days=1)  # clocks differ, answers are kept by proxies; an older one is said again by somebody


class Source(harvesting.Source):
    """Holds, of each publication that everybody may know of: its DOI, the facility there that is credited, and whether
    a person validated the link. Lacks all else: no people, no proposals, no titles leave the other installation.

    The other side switches on ``[federation] share``; its list, https://puma.example.org/public/federation, is signed.
    An answer with another signature, of another day, or that speaks for a facility not among ``facilities`` is
    refused, and what it told before stays. Its user office reads its key on its page Compare.
    """

    public_key: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="of the other installation, as its people say")
    facilities: list[str] = Field(min_length=1, description="codes of the facilities that it may speak for")

    tells_all: ClassVar[bool] = True


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """The list in pages; the seal is checked before the first of them."""

    def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
        return _lines(_checked(body, source, None)[1], broken)

    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    broken: Broken = []
    mark, body = _checked(visit.transport.get(source.url), source, visit.now)
    found = list(_lines(body, broken))
    place = visit.cursor or {}
    start = int(place["done"]) if place.get("of") == mark else 0  # in another list other lines stand there
    for done in range(start, max(len(found), start + 1), PAGE):
        batch = tuple(found[done : done + PAGE])
        told = tuple(broken) if done == 0 else ()
        if batch or told:
            yield Page(batch, {"done": done + len(batch), "of": mark}, len(found), told)


def _checked(message: bytes, source: Source, now: datetime | None) -> tuple[str, bytes]:
    """SHA-256 of the list below the seal, and the list. Raises StopRun when it is not said there, or not said now."""
    where = source.place
    try:
        told, body = unsealed(message, source.public_key)
    except BrokenSeal as error:
        raise StopRun(f"The answer of {where} is refused: {error}. What it told before stays.") from error
    if told.get("protocol") != PROTOCOL or told.get("total") != body.count(b"\n"):
        raise StopRun(f"{where} speaks {str(told.get('protocol'))[:40]!r}; here {PROTOCOL} is understood.")
    if now is not None:
        try:
            age = now - datetime.fromisoformat(str(told.get("at")))
        except (ValueError, TypeError) as error:
            raise StopRun(f"{where} does not say when it signed its list.") from error
        if abs(age) > FRESH:
            raise StopRun(f"{where} hands out a list that was signed on {told['at'][:10]}: somebody says it again.")
    return str(told["sha256"]), body


def _lines(body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """A record a line, with the agreed three words and nothing else."""
    seen: set[str] = set()
    for number, line in enumerate(body.splitlines(), start=1):
        try:
            said: Any = orjson.loads(line)
        except orjson.JSONDecodeError:
            said = None
        if not isinstance(said, list) or len(said) != 3 or not all(isinstance(one, str) for one in said):
            broken.append((f"line {number}", "it is not a DOI, a facility and a state"))
            continue
        record = dict(zip(("doi", "facility", "state"), said, strict=True))
        if (key := f"{record['facility']}/{record['doi']}") not in seen:
            seen.add(key)
            yield raw(key, record)


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claim of one line. Raises SkipRecord when it is no DOI or state, or not of a facility it may speak for."""
    said = orjson.loads(payload)
    doi, facility = clean_doi(said["doi"]), said["facility"]
    if not doi:
        raise SkipRecord("it has no DOI")
    if facility not in source.facilities:
        raise SkipRecord(f"it speaks for {facility[:40]}, which is not among the facilities of its source")
    if said["state"] not in STATES:
        raise SkipRecord(f"{said['state'][:40]!r} is no state of a link that counts")
    values = {"doi": doi, "facility_code": facility, "state": said["state"]}
    return [Claim("credit", (("source", f"{source.name}:{facility}/{doi}"),), values)]
