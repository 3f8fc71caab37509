"""The order of the review queue: likely pairs first, by instrument, year and team; what settles others leads; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

BANDS = (0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.035)
"""Bands of probability, from likely on down: who reads from the top meets the true pairs soon, whatever their group."""

RISING = BANDS[::-1]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair that waits for a person. year: of the publication; settles: how many others its identifier decides."""

    link_id: int
    probability: float
    instrument: str = ""
    year: int | None = None
    team: str = ""
    settles: int = 0


def band_of(probability: float) -> int:
    """0 for the likely ones, one more for each band below."""
    return len(BANDS) - bisect_right(RISING, probability)


def group_of(one: Waiting) -> str:
    """The words of the group a pair is read in: instrument, year and team, as far as they are known."""
    return " · ".join(word for word in (one.instrument, str(one.year or ""), one.team) if word)


def in_order(pairs: Sequence[Waiting]) -> list[Waiting]:
    """The pairs as they are best read.

    Within a band by instrument, then the newest year, then team; within a group what decides others first, then what
    the model is least sure about. The place of a pair depends on no other pair, so decisions never shuffle the queue.
    """

    def place(one: Waiting) -> tuple[object, ...]:
        group = (one.instrument, -(one.year or 0), one.team)
        return (band_of(one.probability), group, -one.settles, abs(one.probability - 0.5), one.link_id)

    return sorted(pairs, key=place)
