"""Institutions that may be one: what a local list calls its own, beside the registry and beside each other."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz.fuzz import token_sort_ratio

from puma.names import fold

MOST_OF_A_WORD = 60  # institutions that share a word: more say nothing about two of them
LEAST = 0.35  # probability from which on two are shown to a person
ROUGHLY = 82.0  # below this similarity of their closest names two are not compared further
SHORTEST = 4  # letters of a word by which institutions are looked for
FEW = frozenset({"the", "and", "for", "und", "der", "die", "des", "del", "della", "dei", "les", "von", "van"})

PRIOR = -3.0
SAME_NAME = 4.5
BY_SIMILARITY = ((97.0, 3.5), (93.0, 2.5), (88.0, 1.2), (ROUGHLY, 0.2))
"""Points for the closest two names, by the least similarity of their words (0 to 100)."""
CITY = {True: 2.0, False: -2.5}
COUNTRY = {True: 1.0, False: -4.0}
FREQUENT = -1.0
"""Points for each doubling of how many institutions bear the name that they share."""


@dataclass(frozen=True, slots=True)
class Known:
    """An institution. names: all of them but acronyms. local: it has no number in the registry."""

    number: int
    names: tuple[str, ...]
    country: str | None = None
    city: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two institutions that may be one, the smaller number first; the points are log-odds and add up."""

    left: int
    right: int
    probability: float
    evidence: tuple[tuple[str, float], ...]


def alike(institutions: Sequence[Known], *, least: float = LEAST) -> list[Pair]:
    """Pairs of which at least one is local, the likeliest first.

    Two are compared when they share a name or a word that is not too common, so that it costs about as much as there
    are local ones. A registry's own entries are never suspected among themselves.
    """
    names = {one.number: tuple(dict.fromkeys(filter(None, map(fold, one.names)))) for one in institutions}
    by_number = {one.number: one for one in institutions}
    borne = Counter(name for several in names.values() for name in several)
    found = []
    for left, right in sorted(_candidates(institutions, names)):
        pair = _judged(by_number[left], by_number[right], names[left], names[right], borne)
        if pair is not None and pair.probability >= least:
            found.append(pair)
    return sorted(found, key=lambda pair: (-pair.probability, pair.left, pair.right))


def _candidates(institutions: Sequence[Known], names: dict[int, tuple[str, ...]]) -> set[tuple[int, int]]:
    local = {one.number for one in institutions if one.local}
    wanted = {key for number in local for key in _keys(names[number])}
    bearers: dict[str, list[int]] = defaultdict(list)
    for one in institutions:
        for key in set(_keys(names[one.number])) & wanted:
            bearers[key].append(one.number)
    pairs: set[tuple[int, int]] = set()
    for several in bearers.values():
        if len(several) <= MOST_OF_A_WORD:
            pairs.update(_with_local(several, local))
    return pairs


def _with_local(several: Iterable[int], local: set[int]) -> Iterator[tuple[int, int]]:
    for left, right in combinations(sorted(several), 2):
        if left in local or right in local:
            yield left, right


def _keys(names: Iterable[str]) -> Iterator[str]:
    """What two have to share to be compared: a whole name, or a word of it."""
    for name in names:
        yield f"={name}"
        yield from (word for word in name.split() if len(word) >= SHORTEST and word not in FEW)


def _judged(one: Known, other: Known, ours: Sequence[str], theirs: Sequence[str], borne: Counter[str]) -> Pair | None:
    same = set(ours) & set(theirs)
    points: list[tuple[str, float]] = [("to begin with", PRIOR)]
    if same:
        rarest = min(borne[name] for name in same)
        points.append(("same name", SAME_NAME))
        if rarest > 2:
            points.append(("frequent name", round(FREQUENT * math.log2(rarest / 2), 2)))
    else:
        closest = max((token_sort_ratio(mine, other_name) for mine in ours for other_name in theirs), default=0.0)
        if closest < ROUGHLY:
            return None
        points.append(("similar name", next(gain for least, gain in BY_SIMILARITY if closest >= least)))
    if one.country and other.country:
        points.append(("country", COUNTRY[one.country == other.country]))
    if one.city and other.city:
        points.append(("city", CITY[fold(one.city) == fold(other.city)]))
    chance = 1 / (1 + math.exp(-sum(value for _, value in points)))
    left, right = sorted((one.number, other.number))
    return Pair(left, right, round(chance, 4), tuple(points))
