"""From probabilities to an answer: the best institution, further ones beside it, or nobody where two fit equally."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from puma.matching.institutions.names import Names

Level = Literal["named", "top"]
Band = Literal["accept", "ask", "reject"]
TIE = 0.06  # two unrelated institutions nearer than this to each other: nobody
FURTHER = 0.5  # probability from which an institution is named beside the best one
MOST_FURTHER = 4


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose affiliation it is. ``institution_id`` is None where nobody fits well enough or two fit equally well.

    band: accept (believed), ask (named, a person should look), reject (nobody). also: further institutions that the
    affiliation names, best first.
    """

    institution_id: int | None
    country: str | None
    probability: float
    reason: str
    band: Band = "reject"
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """One candidate of an affiliation: number of the institution, probability, where its name stands, how named."""

    institution: int
    probability: float
    segment: int
    first_word: int
    words: int
    by_acronym: bool = False
    exact: bool = False
    country: int = 0
    """1 agrees, -1 differs, 0 unknown."""
    city: bool = False
    name: int = -1
    """Number of the name that it goes by; -1 where nobody says it."""


def decode(names: Names, fits: Sequence[Fit], *, accept: float, ask: float) -> tuple[list[Fit], Band, str]:
    """The institutions that an affiliation names, best first, the band of the best, and the reason in words."""
    if not fits or fits[0].probability < ask:
        return [], "reject", "no institution fits well enough"
    best = fits[0]
    for other in fits[1:6]:
        if best.probability - other.probability < TIE and _rivals(names, best, other):
            return [], "reject", "several institutions fit equally well"
    further = [
        one
        for one in fits[1:]
        if one.probability >= FURTHER
        and names.country[one.institution] != -1
        and (related(names, one.institution, best.institution) or not _same_place(names, one, best))
    ]
    band: Band = "accept" if best.probability >= accept else "ask"
    return [best, *further[:MOST_FURTHER]], band, _reason(best)


def settle(names: Names, institution: int, *, level: Level, day: date | None) -> int:
    """The institution to count: its successor where it was closed before ``day``, its topmost parent where wished."""
    seen = {institution}
    while day is not None and (closed := names.closed_on[institution]) is not None and closed <= day:
        following = int(names.successor[institution])
        if following < 0 or following in seen:
            break
        institution = following
        seen.add(institution)
    while level == "top" and (parent := int(names.parent[institution])) >= 0 and parent not in seen:
        institution = parent
        seen.add(institution)
    return institution


def related(names: Names, one: int, other: int) -> bool:
    """Parent and child, children of one parent by name in one another, or one the successor of the other."""
    return bool(
        names.parent[one] == other or names.parent[other] == one
        or names.successor[one] == other or names.successor[other] == one
    )  # fmt: skip


def _same_place(names: Names, one: Fit, other: Fit) -> bool:
    """Whether both are read from the same words; names that do not stand there word for word, from words they share."""
    if one.first_word < 0 or other.first_word < 0:
        known = min(one.name, other.name) >= 0 and not (one.by_acronym or other.by_acronym)
        return one.segment == other.segment and not (known and _strangers(names, one.name, other.name))
    return one.first_word < other.first_word + other.words and other.first_word < one.first_word + one.words


def _strangers(names: Names, one: int, other: int) -> bool:
    """Whether two names have no word in common."""
    start, stems = names.name_stems
    return not set(stems[start[one] : start[one + 1]].tolist()) & set(stems[start[other] : start[other + 1]].tolist())


def _rivals(names: Names, best: Fit, other: Fit) -> bool:
    """Whether only one of two can be meant, and nothing in the registry joins them."""
    return _same_place(names, best, other) and not related(names, best.institution, other.institution)


def _reason(best: Fit) -> str:
    how = "acronym" if best.by_acronym else "name" if best.exact else "most words of the name"
    where = [word for word, there in (("country", best.country > 0), ("city", best.city)) if there]
    against = ", though the country differs" if best.country < 0 else ""
    return f"{' and '.join([how, *where]) if len(where) < 2 else f'{how}, country and city'} fit{against}"
