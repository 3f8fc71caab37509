"""Instruments through time: which of several that had one name was meant, and in which period a day falls."""

from collections.abc import Mapping, Sequence
from datetime import date

Span = tuple[date | None, date | None]
"""[start, end): the first day, and the first day that no longer belongs; None is open. A source whose periods end with
their last day says so, and they are stored until the day after: nobody else needs to know."""


def covers(span: Span, day: date) -> bool:
    """Whether a day lies in a period."""
    start, end = span
    return (start is None or start <= day) and (end is None or day < end)


def period_of(spans: Sequence[Span], day: date) -> int | None:
    """The place of the period in which a day falls; None is outside all declared periods, which is worth showing."""
    return next((n for n, span in enumerate(spans) if covers(span, day)), None)


def meant(instruments: Sequence[int], open_in: Mapping[int, Sequence[Span]], day: date | None) -> list[int]:
    """Of instruments with one name those that ran on a day; all when that tells none.

    An instrument without declared periods may always have run.
    """
    if len(instruments) < 2 or day is None:
        return list(instruments)
    ran = [one for one in instruments if not open_in.get(one) or period_of(open_in[one], day) is not None]
    return ran or list(instruments)
