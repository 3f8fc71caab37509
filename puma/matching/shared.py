"""What the two rows of many pairs have in common, entry by entry: quickly for few pairs as for many."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Places = NDArray[np.int64]

FEW = 20_000  # entries; with fewer the steps of sparse matrices take longer than what they do


@dataclass(frozen=True, slots=True)
class Shared:
    """The entries that both rows of a pair have, in the order of pairs and columns. value: the product of both.

    count: of pairs. starts: where the entries of each pair begin that has any.
    """

    count: int
    pair: Places
    column: Places
    value: NDArray[Any]
    starts: Places

    def summed(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each pair the sum over its entries."""
        found = np.zeros(self.count)
        if len(self.pair):
            found[self.pair[self.starts]] = np.add.reduceat(value, self.starts)
        return found

    def most(self, value: NDArray[np.float64]) -> NDArray[np.float32]:
        """Of each pair the highest value of its entries; 0 where it has none."""
        found = np.zeros(self.count, dtype=np.float32)
        if len(self.pair):
            found[self.pair[self.starts]] = np.maximum.reduceat(value, self.starts)
        return found


def each_once(numbers: NDArray[Any]) -> NDArray[Any]:
    """Each of these numbers once, rising: as `numpy.unique`, which takes fifty times as long for millions."""
    found = np.sort(numbers)
    first = np.ones(len(found), dtype=bool)
    first[1:] = found[1:] != found[:-1]
    return found[first]


def shared(left: sparse.csr_matrix, right: sparse.csr_matrix, one: Places, other: Places) -> Shared:
    """What a row of one and a row of the other have in common, for each pair of places of rows."""
    first, last, begin, end = left.indptr[one], left.indptr[one + 1], right.indptr[other], right.indptr[other + 1]
    entries = int((last - first).sum() + (end - begin).sum())
    if entries > FEW or not (left.has_sorted_indices and right.has_sorted_indices):
        both = left[one].multiply(right[other]).tocsr()
        pair, column, value = np.repeat(np.arange(len(one)), np.diff(both.indptr)), both.indices, both.data
    else:
        mine, place = _spread(first, last)
        theirs, beside = _spread(begin, end)
        width = max(left.shape[1], 1)
        codes, sought = mine * width + left.indices[place], theirs * width + right.indices[beside]
        at = np.searchsorted(sought, codes)
        at[at == len(sought)] = 0
        hit = np.flatnonzero(sought[at] == codes) if len(sought) else at[:0]
        value = left.data[place[hit]] * right.data[beside[at[hit]]]
        if not value.all():
            hit, value = hit[value != 0], value[value != 0]
        pair, column = mine[hit], left.indices[place[hit]]
    return Shared(len(one), pair, column, value, np.flatnonzero(np.diff(pair, prepend=-1)))


def _spread(starts: Places, ends: Places) -> tuple[Places, Places]:
    """All places of some ranges: for each place of which range it is, and the place."""
    sizes = (ends - starts).astype(np.int64)
    which = np.repeat(np.arange(len(sizes)), sizes)
    return which, np.arange(len(which)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
