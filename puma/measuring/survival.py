"""Times until something happens, of which some have not happened yet: Kaplan and Meier's curve, its band and median."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp, log, sqrt

Z = 1.959963984540054  # of a normal distribution, 95 % between -Z and Z
BAND = "The band is the 95 % interval at each time (Greenwood's variance, of the logarithm of minus the logarithm)."


@dataclass(frozen=True, slots=True)
class Step:
    """One time of a curve. waiting: watched until just before it; happened, left: of those, to whom it happened then
    and who were watched no longer; share: of all, still waiting after it; low, high: its 95 % interval, None where
    nobody is left to tell one."""

    time: float
    waiting: int
    happened: int
    left: int
    share: float
    low: float | None
    high: float | None


Times = Iterable[tuple[float, bool]] | Mapping[tuple[float, bool], int]
"""(time, whether it happened then); False: watched until then without it happening. Each as often as it was so, or
each once with how often."""


def steps(times: Times) -> list[Step]:
    """The curve at every time at which something happened or somebody was watched no longer, in order.

    Several things of one time happen before those that end to be watched at that time, as is the custom.
    """
    often = Counter(times)
    waiting, share, variance, found = often.total(), 1.0, 0.0, []
    for time, group in groupby(sorted(often), key=lambda one: one[0]):
        together = {happened: often[time, happened] for _, happened in group}
        happened, left, before = together.get(True, 0), together.get(False, 0), waiting
        if happened:
            share *= 1 - happened / before
            variance += happened / (before * (before - happened)) if happened < before else 0.0
        waiting -= happened + left
        found.append(Step(time, before, happened, left, share, *_interval(share, variance)))
    return found


def _interval(share: float, variance: float) -> tuple[float | None, float | None]:
    if share <= 0:
        return None, None
    if not variance:
        return share, share
    power = exp(Z * sqrt(variance) / -log(share))
    return share**power, share ** (1 / power)


def kaplan_meier(times: Times) -> list[tuple[float, float]]:
    """The share that is still waiting after each time at which something happened; times: as of ``steps``."""
    return [(one.time, one.share) for one in steps(times) if one.happened]


def median_time(curve: Iterable[tuple[float, float]]) -> float | None:
    """The first time after which no more than half is waiting; None while more than half still is."""
    return next((time for time, share in curve if share <= 0.5 + 1e-12), None)


@dataclass(frozen=True, slots=True)
class Quantile:
    """When it has happened to a part of all, with the 95 % interval of that time; None where it is not known yet."""

    time: float | None
    low: float | None
    high: float | None


def quantile(curve: Sequence[Step], part: float) -> Quantile:
    """The first time at which it has happened to that part of all. The interval holds the times at which the band
    does (Brookmeyer and Crowley)."""
    left = 1 - part + 1e-12
    return Quantile(
        next((one.time for one in curve if one.share <= left), None),
        next((one.time for one in curve if one.low is None or one.low <= left), None),
        next((one.time for one in curve if one.high is not None and one.high <= left), None),
    )


def waiting_at(curve: Sequence[Step], time: float) -> int:
    """How many are watched and waiting at a time, before what happens then."""
    later = next((one for one in curve if one.time >= time), None)
    return later.waiting if later else 0


def share_at(curve: Sequence[Step], time: float) -> Step | None:
    """The last step up to a time; None before the first."""
    return next((one for one in reversed(curve) if one.time <= time), None)
