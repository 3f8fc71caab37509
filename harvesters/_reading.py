"""What the harvesters of JSON sources share: pages of saved files, and values that may be anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import orjson

from puma.claims import Claim, says
from puma.countries import country_code
from puma.dates import FIRST_YEAR, LAST_YEAR, PartialDate, parse_date
from puma.errors import SkipRecord, StopRun, WrongUsage
from puma.harvesting import Page, RawRecord, Source, Visit
from puma.harvesting.saved import Broken, json_records, saved_payloads
from puma.identifiers import clean_arxiv, clean_doi, clean_issn, find_dois
from puma.names import fold, parse_name
from puma.text import clean_text

Json = Mapping[str, Any]
Cut = Callable[[str, bytes, Broken], Iterator[RawRecord]]

PAGE = 1000  # records of a saved file that are handed over at once: the work of a statement is shared by more rows
LONGEST_KEY = 450
LONGEST_KEYWORD = 300
LARGEST_COUNT = 2**62

NOBODY = frozenset(("", "unknown", "anonymous", "anon", "unknown author", "n a", "n n", "s n", "unbekannt", "none"))
ORGANISATION = re.compile(
    r"\b(?:universit|institut|laborator|gmbh|ministr|museum|bibliothe|verlag|agency|department|facility|foundation)"
    r"|\b(?:library|centre|center|society|ltd|inc)\b",
    re.IGNORECASE,
)
"""Words of which one in a name says that it is no person's, where the source does not tell them apart."""

RELATION_TYPES = frozenset(
    [
        "IsCitedBy",
        "Cites",
        "IsSupplementTo",
        "IsSupplementedBy",
        "IsContinuedBy",
        "Continues",
        "IsDescribedBy",
        "Describes",
        "HasMetadata",
        "IsMetadataFor",
        "HasVersion",
        "IsVersionOf",
        "IsNewVersionOf",
        "IsPreviousVersionOf",
        "IsPartOf",
        "HasPart",
        "IsPublishedIn",
        "IsReferencedBy",
        "References",
        "IsDocumentedBy",
        "Documents",
        "IsCompiledBy",
        "Compiles",
        "IsVariantFormOf",
        "IsOriginalFormOf",
        "IsIdenticalTo",
        "IsReviewedBy",
        "Reviews",
        "IsDerivedFrom",
        "IsSourceOf",
        "IsRequiredBy",
        "Requires",
        "Obsoletes",
        "IsObsoletedBy",
        "IsCollectedBy",
        "Collects",
        "IsTranslationOf",
        "HasTranslation",
    ]
)
"""The relation types of DataCite 4.6; every other word becomes IsRelatedTo."""


# --- Pages -----------------------------------------------------------------------------------------------------------


def saved_pages(source: Source, visit: Visit, cut: Cut) -> Iterator[Page]:
    """Pages of the files under ``source.path``, cut into records by ``cut(name, body, broken)``, in a stable order."""
    if source.path is None:
        raise WrongUsage(f'Source "{source.name}" needs a path.')
    place = visit.cursor or {}
    after, done = place.get("after"), int(place.get("done") or 0)
    broken: Broken = []
    for name, body in saved_payloads(source.path, after=after, broken=broken):
        inside: Broken = []
        records = cut(name, body, inside)
        for _ in islice(records, done):
            pass
        inside.clear()  # told with the pages before
        while batch := tuple(islice(records, PAGE)):
            done += len(batch)
            yield Page(batch, {"after": after, "done": done}, skipped=_told(name, inside))
        after, done = name, 0
        if inside:
            yield Page((), {"after": after}, skipped=_told(name, inside))
    if broken:
        yield Page((), {"after": after}, skipped=tuple(broken))


def _told(name: str, inside: Broken) -> tuple[tuple[str, str], ...]:
    told = tuple((f"{name}, {place}", reason) for place, reason in inside)
    inside.clear()
    return told


def json_cut(own_key: Callable[[Json], str]) -> Cut:
    """A ``cut`` for JSON in any of its containers; a record without own key is known by its file and place."""

    def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
        for number, record in enumerate(json_records(body, broken), start=1):
            yield raw(own_key(record) or f"{name}#{number}", record)

    return cut


def raw(key: str, record: Json) -> RawRecord:
    """A record as bytes; the same values give the same bytes, whatever container they came in."""
    try:
        body = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number beyond 64 bits, half a character
        words = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        body = words.encode("utf-8", "surrogatepass")
    return RawRecord(key[:LONGEST_KEY], body)


def answer(body: bytes, where: str) -> Any:
    """The JSON of an answer. Raises StopRun when it is something else: an error page is not the end of a list."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise StopRun(f"{where} answered with something that is not JSON.") from None


def not_again(keys: tuple[str, ...], before: tuple[str, ...], where: str) -> None:
    """Raises StopRun when a page brings the same records as the page before it, which would never end."""
    if keys and keys == before:
        raise StopRun(f"{where} sends the same page again and again.")


def parsed(payload: bytes) -> dict[str, Any]:
    """The JSON object of one record. Raises SkipRecord."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        raise SkipRecord("it is not JSON") from None
    if not isinstance(found, dict):
        raise SkipRecord("it is no JSON object")
    return found


# --- Values ----------------------------------------------------------------------------------------------------------


def text(value: object) -> str:
    """One line of clean text of a string or number; "" for anything else. Mongo's {"$date": ...} is looked into."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("$"):
        return text(next(iter(value.values())))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def texts(value: object) -> list[str]:
    """The texts in a list, or of a single one; without empty ones."""
    if value is None:
        return []
    return [found for item in (value if isinstance(value, list) else [value]) if (found := text(item))]


def objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list, or a single one."""
    if value is None:
        return []
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def child(record: Json, name: str) -> dict[str, Any]:
    """The object under a name; {} when there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def count(value: object) -> int | None:
    """A whole number from 0 on; None for anything else."""
    try:
        number = int(float(text(value)))
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < LARGEST_COUNT else None


def when(value: object) -> PartialDate | None:
    """A date with its precision, of a text, a year, or Crossref's date-parts."""
    if isinstance(value, dict):
        value = value.get("date-parts") or text(value)
    if isinstance(value, bool) or not isinstance(value, str | int | list):
        return None
    try:
        return parse_date(value)
    except OverflowError:
        return None


def day(value: object) -> str | None:
    """The day as YYYY-MM-DD; None when less than the day is known, because nothing is guessed."""
    found = when(value)
    return found.date.isoformat() if found and found.precision == "day" else None


def year(value: object) -> int | None:
    """The calendar year of a date."""
    found = when(value)
    return found.date.year if found else None


def moment(value: object) -> str | None:
    """An instant in UTC, ISO 8601; a time without a zone is taken as UTC."""
    try:
        found = datetime.fromisoformat(text(value))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found.isoformat() if FIRST_YEAR <= found.year <= LAST_YEAR else None


REPUBLIC = re.compile(r"(.+), Republic of(?: the)?", re.IGNORECASE)


def country(words: str) -> str | None:
    """The code of a country, also in the manner of user offices: "Korea, Republic of (South Korea)"."""
    name, _, note = words.partition("(")
    turned = REPUBLIC.fullmatch(name.strip())
    note = note.rstrip(" )")
    explained = note if len(note) > 3 else ""  # "Virgin Islands (UK)" are not the United Kingdom
    parts = (words, name, explained, turned[1] if turned else "")
    return next((code for part in parts if part.strip() and (code := country_code(part))), None)


def published(found: PartialDate | None) -> dict[str, Any]:
    """The three fields of a publication's date."""
    if found is None:
        return {}
    return {
        "published_on": found.date.isoformat(),
        "published_precision": found.precision,
        "year": found.date.year,
    }


def earliest(dates: Iterable[PartialDate | None]) -> PartialDate | None:
    """The earliest of several dates; one of which only the year or month is known yields to a finer one within it."""
    known = [found for found in dates if found]
    kept = [one for one in known if not any(_refines(other, one) for other in known)]
    return min(kept, key=lambda found: found.date, default=None)


def _refines(fine: PartialDate, coarse: PartialDate) -> bool:
    def month(one: PartialDate) -> date:
        return one.date.replace(day=1)

    if coarse.precision == "year":
        return fine.precision != "year" and fine.date.year == coarse.date.year
    return coarse.precision == "month" and fine.precision == "day" and month(fine) == month(coarse)


# --- Parts of claims -------------------------------------------------------------------------------------------------


def author(
    name: str, family: str = "", given: str = "", *, orcid: str | None = None, affiliations: Iterable[Json] = ()
) -> dict[str, Any] | None:
    """One author as claimed; the parts of the name are read from it when the source does not give them."""
    name = name or ", ".join(part for part in (family, given) if part)
    if fold(name) in NOBODY:
        return None
    if not family and ORGANISATION.search(name):
        family = name
    if not family:
        found = parse_name(name)
        family, given = found.family, found.given
    return {
        "name": name,
        "family_name": family or name,
        "given_name": given or None,
        "orcid": orcid,
        "affiliations": list(affiliations),
    }


def with_subtitle(title: str, subtitle: str) -> str:
    """Title and subtitle in one, unless the subtitle is a running head: words of the title again."""
    words = fold(subtitle).split()
    if not title or sum(word not in fold(title).split() for word in words) <= len(words) / 5:
        return title
    return f"{title}{' ' if title[-1] in '.:?!' else ': '}{subtitle}"


def affiliation(words: str, ror: str | None = None, country: str | None = None) -> dict[str, Any]:
    """One affiliation as claimed."""
    return {"text": words, "ror": ror, "country": country}


def keywords(namespace: str, values: Iterable[str]) -> list[dict[str, str]]:
    """Keywords as claimed; several that the source put into one text with semicolons are taken apart."""
    single = (word.strip() for value in values for word in value.split(";"))
    return [{"namespace": namespace, "value": word} for word in single if word and len(word) <= LONGEST_KEYWORD]


def namespace(words: str, otherwise: str) -> str:
    """A namespace of keywords out of a source's own words: "Proposal Type" -> PROPOSAL_TYPE."""
    return re.sub(r"\W+", "_", words).strip("_").upper()[:60] or otherwise


def related(type_: str, scheme: str, value: str) -> dict[str, str] | None:
    """One related identifier as claimed: a DOI or ISSN or arXiv number cleaned, an address, or text as it came."""
    kind = type_ if type_ in RELATION_TYPES else "IsRelatedTo"
    if not value:
        return None
    if doi := clean_doi(value) or next((found for found, _, _ in find_dois(value)), None):
        return {"type": kind, "scheme": "doi", "value": doi}
    scheme = scheme.lower()
    if scheme in ("issn", "eissn", "lissn") and (issn := clean_issn(value)):
        return {"type": kind, "scheme": "issn", "value": issn}
    if scheme == "arxiv" and (arxiv := clean_arxiv(value)):
        return {"type": kind, "scheme": "arxiv", "value": arxiv}
    if value.lower().startswith(("http://", "https://", "ftp://")):
        scheme = "url"
    return {"type": kind, "scheme": scheme if scheme and scheme != "doi" else "text", "value": value}


def left_over(record: Json, read: frozenset[str], *, under: str = "") -> tuple[str, ...]:
    """Names of a record's fields that hold something and are not read; ``under``: what they stand under."""
    names = record.keys() - read
    return tuple(sorted(under + name for name in names if says(record[name]) and record[name] != {})) if names else ()


def telling(claims: list[Claim], unread: tuple[str, ...]) -> list[Claim]:
    """The claims of one record, of which the first tells what was left over."""
    return [replace(claims[0], unread=unread), *claims[1:]] if claims and unread else claims


def once(items: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """The items without repetition, in their order; None is left out."""
    seen: dict[str, dict[str, Any]] = {}
    for item in items:
        if item:
            seen.setdefault(repr(item), item)
    return list(seen.values())
