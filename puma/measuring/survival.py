"""Times until something happens, of which some have not happened yet: Kaplan and Meier's curve and its median."""

from collections.abc import Iterable
from itertools import groupby


def kaplan_meier(times: Iterable[tuple[float, bool]]) -> list[tuple[float, float]]:
    """The share that is still waiting after each time at which something happened.

    times: (time, whether it happened then); False: watched until then without it happening. Several things of one time
    happen before those that end to be watched at that time, as is the custom.
    """
    ordered = sorted(times)
    waiting, share, curve = len(ordered), 1.0, []
    for time, group in groupby(ordered, key=lambda one: one[0]):
        together = [happened for _, happened in group]
        if any(together):
            share *= 1 - sum(together) / waiting
            curve.append((time, share))
        waiting -= len(together)
    return curve


def median_time(curve: Iterable[tuple[float, float]]) -> float | None:
    """The first time after which no more than half is waiting; None while more than half still is."""
    return next((time for time, share in curve if share <= 0.5 + 1e-12), None)
