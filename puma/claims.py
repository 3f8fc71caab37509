"""Claims: what one source record says about one entity, and which source wins where they disagree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from puma.entities import RECORD_KINDS
from puma.errors import SkipRecord
from puma.fields import KINDS, Field, fields_of

Key = tuple[str, str]  # (scheme, value): ("doi", "10.1000/x"), ("source", "library:oai:x:1"), ("code", "EPNS/MA1234")

PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "publication": {
        "authors": ("name", "family_name", "given_name", "orcid", "affiliations"),
        "keywords": ("namespace", "value"),
        "related": ("type", "scheme", "value"),
        "techniques": (),
    },
    "dataset": {
        "authors": ("name", "family_name", "given_name", "orcid", "affiliations"),
        "keywords": ("namespace", "value"),
        "related": ("type", "scheme", "value"),
        "techniques": (),
    },
    "proposal": {
        "times": ("instrument", "requested", "allocated", "unit"),
        "participants": ("person", "name", "role", "affiliation", "ror", "country"),
        "keywords": ("namespace", "value"),
        "techniques": (),
    },
    "experiment": {"participants": ("person", "mode", "gender", "career_stage")},
    "instrument": {"periods": ("label", "starts_on", "ends_on", "commissioning_until"), "techniques": ()},
    "institution": {"names": ("name", "kind")},
    "person": {"names": ()},
}
"""Lists inside a claim, by kind of entity, with the columns of their items; ``()`` marks a list of plain words.

``authors[].affiliations`` is a list of {text, ror, country}. ``participants[].person`` is a key of a person that the
same raw record also claims: ["source", "<source>:<person key>"] or ["orcid", ...].
"""

REFERENCES: dict[str, tuple[str, ...]] = {
    "instrument": ("facility", "group"),
    "call": ("facility",),
    "proposal": ("facility",),
    "experiment": ("facility",),
    "dataset": ("facility",),
    "transfer": ("facility",),
    "contribution": ("facility",),
    "operation": ("facility",),
    "file": ("of",),
}
"""Words that point at other records: ``facility`` by code, ``group`` by name, ``of`` as a key."""

UNITED = frozenset({"keywords", "related", "techniques", "names", "periods"})
"""Parts in which what all sources say is put together; of every other part the winner's list stands alone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source record says about one entity.

    kind: a key of ``RECORD_KINDS``. keys: identifiers, the strongest first (a DOI before a source's own number);
    at least one. values: fields of the entity, its parts and its references; None and empty values say nothing.
    unread: names of the source record's fields that its reader leaves out; stated on the first claim of a record.
    """

    kind: str
    keys: tuple[Key, ...]
    values: Mapping[str, Any]
    unread: tuple[str, ...] = ()


MADE_HERE: dict[str, frozenset[str]] = {"file": frozenset({"state", "reason", "pages", "extractor"})}
"""Fields that no source can claim, because this program finds them out."""

COLUMNS: dict[str, dict[str, Field]] = {
    kind: {f.name: f for f in fields_of(entity) if f.name not in MADE_HERE.get(kind, ())}
    for kind, entity in RECORD_KINDS.items()
}
LENGTHS: dict[str, int] = {
    kind.name: length for kind in KINDS.values() if (length := getattr(kind.sql(), "length", None)) is not None
}
LONGEST_KEY = LENGTHS["code"]

KNOWN: dict[str, frozenset[str]] = {
    kind: frozenset(COLUMNS[kind]) | set(PARTS.get(kind, ())) | set(REFERENCES.get(kind, ())) for kind in RECORD_KINDS
}
"""What may be claimed of each kind of entity."""


CASTS: dict[type, Callable[[Any], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    list: list,
}


def check(claim: Claim) -> Claim:
    """The claim itself. Raises SkipRecord when it names a kind or field that does not exist, holds a value that is
    not of its kind, or has no identifier."""
    if claim.kind not in KNOWN:
        raise SkipRecord(f"claims a {claim.kind!r}, which is no kind of record")
    if not claim.keys:
        raise SkipRecord(f"a {claim.kind} without any identifier")
    if any(not value or len(value) > LONGEST_KEY for _, value in claim.keys):
        raise SkipRecord(f"a {claim.kind} with an identifier that is empty or longer than {LONGEST_KEY} characters")
    unknown = claim.values.keys() - KNOWN[claim.kind]
    if unknown:
        raise SkipRecord(f"claims unknown fields of a {claim.kind}: {', '.join(sorted(unknown))}")
    for name, value in claim.values.items():
        if name in COLUMNS[claim.kind] and says(value):
            column_value(claim.kind, name, value)
        elif name in ("times", "periods"):
            _check_items(claim.kind, value)
    return claim


ITEM_CASTS: dict[str, Callable[[Any], Any]] = {
    "requested": float,
    "allocated": float,
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
    "commissioning_until": date.fromisoformat,
}


def _check_items(kind: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Raise SkipRecord when a number or day inside a part is none."""
    for item in items or ():
        for name, cast in ITEM_CASTS.items():
            if says(item.get(name)):
                try:
                    cast(item[name])
                except (TypeError, ValueError) as error:
                    raise SkipRecord(f"{name} of a {kind} is not understood: {str(item[name])[:80]!r}") from error


def column_value(kind: str, name: str, value: Any) -> Any:
    """A claimed value as its column holds it: ISO days and instants become dates, overlong labels are cut.

    Raises SkipRecord when the value is not of the field's kind.
    """
    column = COLUMNS[kind][name]
    try:
        cast = CASTS[column.kind.python](value)
    except (TypeError, ValueError) as error:
        raise SkipRecord(f"{column.label} of a {kind} is not a {column.kind.name}: {str(value)[:80]!r}") from error
    longest = LENGTHS.get(column.kind.name)
    if longest and len(cast) > longest:
        if column.kind.name != "label":
            raise SkipRecord(f"{column.label} of a {kind} is longer than {longest} characters")
        return cast[: longest - 1] + "…"
    return cast


def says(value: object) -> bool:
    """Whether a claimed value says anything."""
    return value is not None and value != "" and value != [] and value != ()


def settle(ranked: Sequence[tuple[object, Mapping[str, Any]]]) -> tuple[dict[str, Any], dict[str, object]]:
    """One value per field out of several claims, the winning ones first, and for each field where it came from.

    ranked: (origin, values) pairs, best first. Returns (values, origin of each value).
    """
    if len(ranked) == 1:
        origin, values = ranked[0]
        settled = {name: value for name, value in values.items() if says(value)}
        return settled, dict.fromkeys(settled, origin)
    settled, origins = {}, {}
    for origin, values in ranked:
        for name, value in values.items():
            if not says(value):
                continue
            if name not in settled:
                settled[name], origins[name] = value, origin
            elif name in UNITED:
                settled[name] = _united(settled[name], value)
    return settled, origins


def _united(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    items = list(first)
    seen = {repr(item) for item in items}
    return items + [item for item in second if repr(item) not in seen]
