"""Which values are about so few people that they are not shown, and which others would give those away; pure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Counts = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
RULE = (
    "Values about fewer than {fewest} people are not shown, nor the next smallest ones beside them as long as a total "
    "would give them away; values under different filters can still be compared."
)
"""What pages say of it. ``{fewest}``: the bound."""
RULE_OF_RATES = (
    "Shares with fewer than {fewest} people in the numerator, or in the rest of the denominator, are not shown, nor "
    "the next smallest ones beside them as long as a total would give them away; values under different filters can "
    "still be compared."
)


@dataclass(frozen=True, slots=True)
class Line:
    """Rows whose sum may be known from another answer. told: whether it is shown there."""

    rows: list[int]
    told: bool


def not_shown(people: Counts, lines: Sequence[Line], fewest: int) -> Marks:
    """Which rows are not shown: those about fewer people, and what would give them away.

    people: rows by what is counted (people of a value; of a rate those in the numerator and those in the rest). In each
    line whose sum is told either nothing is hidden, or two rows and ``fewest`` people at least, so that no difference
    is one row or about fewer people. In a line whose own sum is hidden at least one row is. The smallest go first,
    of rates over one denominator those with the smallest numerator.
    """
    few = (people > 0) & (people < fewest)
    hidden: Marks = np.asarray(few.any(axis=1))
    size = people.sum(axis=1)
    grown = True
    while grown:
        grown = False
        for line in lines:
            rows = np.array(line.rows, dtype=np.int64)
            while _gives_away(people[rows[hidden[rows]]], fewest, told=line.told):
                left = rows[~hidden[rows] & (size[rows] > 0)]
                if not len(left):
                    break
                smallest = left[np.lexsort((people[left, 0], size[left]))[0]]
                hidden[smallest] = grown = True
    return hidden


def _gives_away(hidden: Counts, fewest: int, *, told: bool) -> bool:
    """Whether more of a line has to be hidden than these rows of it."""
    if not told:
        return not len(hidden)
    sums = hidden.sum(axis=0)
    return len(hidden) == 1 or bool(((sums > 0) & (sums < fewest)).any())


def lines_of(table: pd.DataFrame, cut: str, margin: pd.DataFrame, shown: str) -> list[Line]:
    """The lines of a table by two cuts along one of them.

    margin: the answer by that cut alone; shown: the column of it that is missing where its value is hidden.
    """
    key = f"{cut}_id" if f"{cut}_id" in table else cut
    untold = {_plain(value) for value in margin.loc[margin[shown].isna(), key]}
    rows: dict[Hashable, list[int]] = {}
    for place, value in enumerate(table[key]):
        rows.setdefault(_plain(value), []).append(place)
    return [Line(places, value not in untold) for value, places in rows.items()]


def _plain(value: Any) -> Hashable:
    return None if value is pd.NA or value != value else value  # what is missing equals nothing, not even itself
