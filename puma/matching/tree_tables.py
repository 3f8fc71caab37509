"""Boosted trees as tables, for many rows: every split is looked up once for all trees, and no row walks down a tree.

The way of QuickScorer (Lucchese and others, SIGIR 2015). A split that sends a row to the right rules out the leaves on
its left. For each feature a table has, for each range of its values, the leaves of all trees that stay; what stays of
all features is each tree's leaf and those to the right of it. Scores are those of LightGBM to the last bit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puma.matching.shared import Places

Floats = NDArray[np.float64]
Left = NDArray[np.unsignedinteger[Any]]

AT_ONCE = 256  # rows looked at together: what is done with them stays near the processor
MOST_LEAVES = 32
NOUGHT = float(np.float32(1e-35))  # what is no larger is 0 to LightGBM; of its thresholds only these two are so small
DEFAULT_LEFT, NAN_GOES_BY_DEFAULT = 2, 8  # bits of LightGBM's types of decisions; no other one is known here


@dataclass(frozen=True, slots=True)
class Split:
    """One feature: its thresholds, rising, and for each range between them and for NaN what stays of each tree."""

    feature: int
    thresholds: NDArray[np.float32]
    stays: Left


@dataclass(frozen=True, slots=True)
class TreeTables:
    """Trees as tables. values: those of their leaves from left to right, shape (trees, most leaves)."""

    splits: tuple[Split, ...]
    values: Floats

    @classmethod
    def of(cls, text: str) -> "TreeTables | None":
        """The trees of a model as LightGBM writes it; None where they have more than tables can say."""
        told = [_fields(part) for part in text.partition("\nend of trees")[0].split("\nTree=")[1:]]
        leaves = max((int(tree["num_leaves"]) for tree in told), default=0)
        known = {str(DEFAULT_LEFT), str(NAN_GOES_BY_DEFAULT), str(DEFAULT_LEFT | NAN_GOES_BY_DEFAULT)}
        if not 0 < leaves <= MOST_LEAVES or "num_tree_per_iteration=1\n" not in text or "average_output" in text:
            return None
        if any(set(tree["decision_type"].split()) - known or tree["is_linear"] != "0" for tree in told):
            return None
        kind = np.uint16 if leaves <= 16 else np.uint32
        values = np.zeros((len(told), leaves))
        found: dict[int, list[tuple[float, bool, int, int]]] = {}
        for number, tree in enumerate(told):
            _walk(tree, number, values[number], found)
        splits = []
        for feature, several in sorted(found.items()):
            thresholds = np.unique([threshold for threshold, *_ in several])
            stays = np.full((len(thresholds) + 2, len(told)), np.iinfo(kind).max, kind)
            for threshold, nan_left, number, left in several:
                stays[np.searchsorted(thresholds, threshold) + 1 : -1, number] &= ~kind(left)
                if not nan_left:
                    stays[-1, number] &= ~kind(left)
            splits.append(Split(feature, _float32_below(thresholds), stays))
        return cls(tuple(splits), values)

    def score(self, rows: NDArray[np.float32]) -> Floats:
        """The raw score of each row, shape (rows,)."""
        ranges = [_ranges(one, rows[:, one.feature]) for one in self.splits]
        first = np.arange(len(self.values), dtype=np.int32) * self.values.shape[1]
        found = np.empty(len(rows))
        for start in range(0, len(rows), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            left = np.full((len(found[part]), len(first)), -1, np.int64).astype(self.splits[0].stays.dtype)
            for one, places in zip(self.splits, ranges, strict=True):
                left &= one.stays.take(places[part], axis=0, mode="clip")
            lowest = left & (~left + left.dtype.type(1))
            leaf = (lowest.astype(np.float32).view(np.int32) >> 23) - 127  # the exponent of a power of two
            values = self.values.take(leaf + first, mode="clip")
            found[part] = np.ascontiguousarray(values.T).sum(axis=0)  # one tree after the other, as LightGBM does
        return found


def _ranges(one: Split, values: NDArray[np.float32]) -> Places:
    """In which row of the feature's table each value is."""
    found = np.searchsorted(one.thresholds, values)
    found[np.isnan(values)] = len(one.stays) - 1
    return found


def _float32_below(thresholds: Floats) -> NDArray[np.float32]:
    """The highest numbers of 32 bits that are no higher: the same numbers of 32 bits lie below them."""
    found = thresholds.astype(np.float32)
    return np.where(found > thresholds, np.nextafter(found, np.float32(-np.inf)), found)


def _fields(tree: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in tree.splitlines() if "=" in line)


def _walk(
    tree: dict[str, str], number: int, values: Floats, found: dict[int, list[tuple[float, bool, int, int]]]
) -> None:
    """Note the values of a tree's leaves from left to right, and of each feature its splits.

    A split: threshold, whether NaN goes left, the number of the tree, and a bit for each leaf on its left.
    """
    feature, left, right, kind = (
        list(map(int, tree[name].split())) for name in ("split_feature", "left_child", "right_child", "decision_type")
    )
    threshold, leaf_value = (list(map(float, tree[name].split())) for name in ("threshold", "leaf_value"))
    threshold = [one if one != -NOUGHT else -2 * NOUGHT for one in threshold]
    count = 0

    def leaves(node: int) -> int:
        nonlocal count
        if node < 0:
            values[count] = leaf_value[~node]
            count += 1
            return 1 << (count - 1)
        on_left = leaves(left[node])
        by_default = kind[node] & NAN_GOES_BY_DEFAULT
        nan_left = bool(kind[node] & DEFAULT_LEFT) if by_default else threshold[node] >= 0  # NaN counts as 0 there
        found.setdefault(feature[node], []).append((threshold[node], nan_left, number, on_left))
        return on_left | leaves(right[node])

    leaves(0 if feature else -1)
