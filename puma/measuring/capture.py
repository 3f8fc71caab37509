"""How many publications are still unknown: capture and recapture between two channels, with its interval."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import exp, log, sqrt

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.definition import POLICIES
from puma.measuring.remembered import remembered

Z = 1.959964  # of a two-sided 95 % interval
FEWEST = 7  # found by both: below it the estimate is too low on average
CORRELATED = 0.3  # from this correlation on, seen through the other channels, no number is given
ENOUGH = 20  # publications of other channels that a correlation needs
CITED = "data citation"

RULE = (
    "Chapman's estimate of all publications from two channels that found n1 and n2 of them, m in common: "
    "(n1 + 1)(n2 + 1) / (m + 1) - 1, with Seber's standard error and a 95 % interval that never lies below what the "
    "two channels know. Channels: each source that tells of a publication, and the citation of the facility's data. "
    "Counted are linked publications until two years before the facts were written. "
    f"With fewer than {FEWEST} in common, or where one channel holds all of the other, no estimate is given. Where the "
    "publications of the other channels show that the two find the same ones more often than chance (correlation above "
    f"{CORRELATED}), a warning stands instead; with two channels alone that cannot be seen."
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of one year, instrument or all: what two channels found, what is known at all, and how many there may be.

    both: found by the two. known: by any channel. total, error, low, high: None where no estimate can be given.
    """

    name: str
    first: int
    second: int
    both: int
    known: int
    total: float | None
    error: float | None
    low: float | None
    high: float | None

    @property
    def completeness(self) -> float | None:
        """Known over estimated, at most 1."""
        return min(self.known / self.total, 1.0) if self.total else None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two channels: their estimate over all, and the correlation seen through the others; None if it cannot be seen."""

    channels: tuple[str, str]
    over_all: Estimate
    correlation: float | None

    @property
    def dependent(self) -> bool:
        """Whether the two find the same publications more (or less) often than chance."""
        return self.correlation is not None and abs(self.correlation) > CORRELATED


@dataclass(frozen=True, slots=True)
class Found:
    """So many publications of a year or instrument that the same channels found."""

    name: str
    channels: frozenset[str]
    papers: int = 1


def chapman(first: int, second: int, both: int) -> tuple[float, float]:
    """Chapman's estimate of a population from two samples, and Seber's standard error."""
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return total, sqrt(variance)


def interval(total: float, error: float, seen: int) -> tuple[float, float]:
    """95 %, of the logarithm of the unseen (Chao 1987): it never lies below what was seen."""
    unseen = total - seen
    if unseen <= 0 or error == 0:
        return float(seen), max(total, float(seen))
    factor = exp(Z * sqrt(log(1 + (error / unseen) ** 2)))
    return seen + unseen / factor, seen + unseen * factor


def estimate(name: str, found: Iterable[Found], channels: tuple[str, str]) -> Estimate:
    """The estimate from two channels; pure."""
    some = list(found)
    one, other = channels
    first, second = (sum(each.papers for each in some if channel in each.channels) for channel in channels)
    both = sum(each.papers for each in some if one in each.channels and other in each.channels)
    known = sum(each.papers for each in some)
    if both < FEWEST or both == min(first, second):  # who only adds to what another knows is no second witness
        return Estimate(name, first, second, both, known, None, None, None, None)
    total, error = chapman(first, second, both)
    low, high = interval(total, error, first + second - both)
    return Estimate(name, first, second, both, known, total, error, low, high)


def correlation(found: Iterable[Found], channels: tuple[str, str]) -> float | None:
    """Of two channels among the publications that any other channel found; None when these are too few."""
    one, other = channels
    counts = {(a, b): 0 for a in (True, False) for b in (True, False)}
    for each in found:
        if each.channels - {one, other}:
            counts[one in each.channels, other in each.channels] += each.papers
    if sum(counts.values()) < ENOUGH:
        return None
    yes, no = counts[True, True], counts[False, False]
    left, right = counts[True, False], counts[False, True]
    spread = sqrt((yes + left) * (yes + right) * (no + left) * (no + right))
    return (yes * no - left * right) / spread if spread else None


def pairs(found: Iterable[Found]) -> list[Pair]:
    """All pairs of channels, the ones that may be trusted first, of them the one with most in common."""
    some = list(found)
    channels = sorted({channel for each in some for channel in each.channels})
    made = [Pair(two, estimate("all", some, two), correlation(some, two)) for two in combinations(channels, 2)]
    return sorted(made, key=lambda one: (one.dependent, one.over_all.total is None, -one.over_all.both))


def by_name(found: Iterable[Found], channels: tuple[str, str]) -> list[Estimate]:
    """One estimate per year or instrument."""
    groups: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        groups[each.name].append(each)
    return [estimate(name, groups[name], channels) for name in sorted(groups)]


_FOUND = """
WITH paper AS (
    SELECT id, year FROM works WHERE countable AND linked_{policy} AND year <= (SELECT year(day) FROM as_of) - 2
),
channel AS (
    SELECT publication_id AS id, source AS channel FROM publication_sources
    UNION SELECT publication_id, '{cited}' FROM data_uses WHERE {policy}
),
told AS (
    SELECT p.id, p.year, list(c.channel ORDER BY c.channel) AS channels FROM paper p JOIN channel c USING (id)
    GROUP BY ALL
)
SELECT {name} AS name, channels, count(DISTINCT told.id) FROM told {join} GROUP BY ALL ORDER BY ALL
"""
NAMES = {
    "year": ("told.year::VARCHAR", ""),
    "instrument": (
        "i.name",
        "JOIN publication_instruments pi ON pi.publication_id = told.id AND pi.{policy} "
        "JOIN instruments i ON i.id = pi.instrument_id",
    ),
}
"""What publications may be told apart by: its name, and the way to it."""


def found_by_channels(
    snapshot: Snapshot | None, viewer: Viewer, by: str = "year", *, policy: str = "standard"
) -> list[Found]:
    """Linked publications that are old enough, with the channels that found them; by: one of ``NAMES``. A publication
    of several instruments is among those of each."""
    viewer.must_be("viewer", "The estimate of what is not known")
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    name, join = NAMES[by]
    known = policy if policy in POLICIES else "standard"
    sql = _FOUND.format(cited=CITED, name=name, join=join.format(policy=known), policy=known)
    return remembered(
        snapshot,
        (viewer.sees, sql),
        lambda: [
            Found(name, frozenset(channels), papers)
            for name, channels, papers in snapshot.connect(viewer).execute(sql).fetchall()
        ],
        rows=len,
    )
