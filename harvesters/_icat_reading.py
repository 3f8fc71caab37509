"""What ICAT's free texts say for sure: references, related items, roles, funding, hours of shifts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from harvesters._reading import Json, child, moment, objects, related, text
from puma.identifiers import clean_doi, find_dois
from puma.names import fold

YEAR = re.compile(r"(?<![\d./-])(?:19[5-9]|20[0-4])\d(?![\d/-])")
QUOTED = re.compile(r"[\"“«„]\s*([^\"“”«»„]{15,}?)[\s.,]*[\"”»]")
AFTER_YEAR = re.compile(
    r"\((?:19|20)\d\d[a-z]?\)[.:,]*\s+(.{15,}?)[.?!]\s+\S"
)  # Doe, J. (2011). Its title. Journal ...
LOCAL_CONTACT = re.compile(r"local.?contact|instrument.?scientist|beamline.?scientist", re.IGNORECASE)
PROPOSER = re.compile(r"principal|main.?proposer|^proposer$|^pi$", re.IGNORECASE)
CO_PROPOSER = re.compile(r"investigator|proposer|applicant|co-?i$", re.IGNORECASE)
SCHEMES = ("DOI", "URL", "URN", "HANDLE", "ARXIV", "ISBN", "ISSN", "PMID", "ARK", "IGSN")


def role(words: str) -> str | None:
    """The role on a proposal; None for people who only took part."""
    if LOCAL_CONTACT.search(words):
        return "local_contact"
    if PROPOSER.search(words):
        return "proposer"
    return "co_proposer" if CO_PROPOSER.search(words) else None


def reference(words: str) -> dict[str, Any]:
    """DOI, year and title of a free reference, each only where it is beyond doubt.

    A year is sure when it is the only one; a title when it stands in quotation marks or between a year in brackets and
    a full stop.
    """
    dois = [(doi, start, end) for doi, start, end in find_dois(words)]
    rest = words
    for _, start, end in reversed(dois):
        rest = rest[:start] + " " + rest[end:]
    years = set(YEAR.findall(rest))
    title = QUOTED.search(rest) or AFTER_YEAR.search(rest)
    return {
        "doi": dois[0][0] if len({doi for doi, _, _ in dois}) == 1 else None,
        "year": int(years.pop()) if len(years) == 1 else None,
        "title": title[1].strip() if title else "",
    }


def reference_key(words: str) -> str:
    """A stable mark of a reference, whatever its punctuation."""
    return hashlib.sha256(fold(words).encode()).hexdigest()[:20]


def pid_doi(value: object) -> str | None:
    """The DOI of a persistent identifier as ICAT writes it, "DOI:10.5442/..."."""
    return clean_doi(text(value))


def related_item(one: Json) -> dict[str, str] | None:
    """A related item by its identifier ("DOI:10...", "URL:http..."), or by its reference where it has none."""
    identifier = text(one.get("identifier"))
    kind = text(one.get("relationType"))
    if not identifier:
        return related(kind, "text", text(one.get("fullReference")) or text(one.get("title")))
    scheme, _, value = identifier.partition(":")
    if scheme.upper() in SCHEMES and value:
        return related(kind, scheme.lower(), value.strip())
    return related(kind, "text", identifier)


def funding(record: Json) -> list[str]:
    """Funders with the numbers of their awards."""
    found = [child(one, "funding") for one in objects(record.get("fundingReferences"))]
    lines = (f"{text(one.get('funderName'))} {text(one.get('awardNumber'))}".strip() for one in found)
    return [line for line in lines if line]


def times(record: Json) -> tuple[str | None, str | None, float | None]:
    """(start, end, hours) of an investigation: of its shifts where it has any, else its own start and end, no hours."""
    shifts = [(moment(one.get("startDate")), moment(one.get("endDate"))) for one in objects(record.get("shifts"))]
    whole = sorted({(start, end) for start, end in shifts if start and end and start < end})
    if not whole:
        return moment(record.get("startDate")), moment(record.get("endDate")), None
    return whole[0][0], max(end for _, end in whole), _hours(whole)


def _hours(spans: Iterable[tuple[str, str]]) -> float:
    """Hours covered by spans, sorted by their start; what overlaps counts once."""
    total, covered = 0.0, None
    for start, end in ((datetime.fromisoformat(one), datetime.fromisoformat(other)) for one, other in spans):
        start = start if covered is None else max(start, covered)
        if end > start:
            total += (end - start).total_seconds() / 3600
            covered = end
    return total
