"""Sets of words compared by rarity: what two sets share counts the more the fewer others have it."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from puma.matching.shared import Shared, shared

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

AT_ONCE = 50_000  # pairs of rows that are looked at together
FEW = 1000  # sets; of fewer, nobody can say that a word is common


@dataclass(frozen=True, slots=True)
class Bags:
    """Sets of words as rows of ones, over words in their order."""

    rows: sparse.csr_matrix
    words: Sequence[str]

    @classmethod
    def of(cls, sets: Iterable[Iterable[str]]) -> "Bags":
        """Each set as a row. Of many sets no more than one is asked for at a time, and none is kept."""
        number: defaultdict[str, int] = defaultdict()
        number.default_factory = number.__len__
        columns, sizes = array("i"), array("q")
        for some in map(frozenset, sets):
            columns.extend(map(number.__getitem__, some))
            sizes.append(len(some))
        words = sorted(number)
        place = np.empty(len(words), np.int32)
        place[np.fromiter(map(number.__getitem__, words), np.int32, len(words))] = np.arange(len(words))
        return cls(ones(np.array(sizes, np.int64), place[np.array(columns, np.int32)], len(words)), words)

    def of_any(self, members: sparse.csr_matrix) -> "Bags":
        """The words of several rows together; members: one row for each new set, not 0 at the old ones."""
        return Bags(binary(members @ self.rows), self.words)


def sizes_of(lists: Sequence[Collection[object]]) -> Places:
    """How many there are in each."""
    return np.fromiter(map(len, lists), np.int64, len(lists))


def ones(sizes: Places, columns: NDArray[np.integer], total: int) -> sparse.csr_matrix:
    """Rows with a 1 at each of these columns; sizes: of each row how many are its own, in order. None comes twice."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    rows = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(sizes), total))
    rows.sort_indices()
    return rows


def binary(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same rows, with 1 wherever something is."""
    rows = rows.tocsr()
    rows.data = np.ones(len(rows.data), np.float32)
    rows.sort_indices()
    return rows


@dataclass(slots=True)
class Weighed:
    """Sets of words as rows; a shared word counts the more the rarer it is."""

    rows: sparse.csr_matrix
    """1 where a side has a word."""
    weight: NDArray[np.float64]
    words: Sequence[str] = ()
    """In the order of their weights, where they were weighed here."""
    common: Sequence[str] = ()
    """Those that were left out."""
    mass: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mass = np.asarray(self.rows @ self.weight, dtype=np.float32)

    def together(self, one: Places, other: Places) -> tuple[Floats, Floats]:
        """Of each pair of rows: the weight of what they share, and of the rarest of it."""
        summed, most = np.zeros(len(one), np.float32), np.zeros(len(one), np.float32)
        for part, both in _shared(self.rows, one, other):
            weight = self.weight[both.column]
            summed[part], most[part] = both.summed(weight), both.most(weight)
        return summed, most

    def some(self, places: Places) -> "Weighed":
        """Some of the rows."""
        return Weighed(self.rows[places], self.weight)

    def bare(self) -> "Weighed":
        """The weights without the rows."""
        return Weighed(self.rows[:0], self.weight, self.words, self.common)

    def pooled(self, members: sparse.csr_matrix) -> "Weighed":
        """The words of several rows together; members: one row for each new side, 1 at the old ones."""
        return Weighed(binary(members @ self.rows), self.weight)


def meet(rows: sparse.csr_matrix, one: Places, other: Places) -> NDArray[np.bool_]:
    """Of each pair of rows, whether they have something in common."""
    found = np.zeros(len(one), dtype=bool)
    for part, both in _shared(rows, one, other):
        found[part][both.pair] = True
    return found


def _shared(rows: sparse.csr_matrix, one: Places, other: Places) -> Iterator[tuple[slice, Shared]]:
    """What the rows of pairs have in common, some pairs at a time: all of them together may be long."""
    for start in range(0, len(one) if rows.nnz else 0, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        yield part, shared(rows, rows, one[part], other[part])


def weigh_bags(bags: Bags, *, cap: float = 1.0) -> Weighed:
    """Rows of rarity weights; words in more than this share of all distinct sets, and in none, are left out."""
    rows = bags.rows
    kinds, _ = distinct(rows)
    held = np.bincount(rows[kinds].indices, minlength=rows.shape[1])
    total = max(len(kinds), FEW)
    rare = (held > 0) & (held <= cap * total)
    ranked = np.flatnonzero(rare)
    # Between 0 and 1 whatever the number of sets: a model fitted on few holds for many.
    weight = np.zeros(max(len(ranked), 1))
    weight[: len(ranked)] = np.log1p(total / held[ranked]).astype(np.float32) / np.log1p(total)
    kept = rare[rows.indices]
    starts = np.concatenate([[0], np.cumsum(kept)])[rows.indptr]
    columns = (np.cumsum(rare) - 1).astype(np.int32)[rows.indices[kept]]
    found = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), (rows.shape[0], len(weight)))
    left_out = np.flatnonzero((held > 0) & ~rare).tolist()
    return Weighed(
        found, weight, [bags.words[place] for place in ranked.tolist()], [bags.words[place] for place in left_out]
    )


def distinct(rows: sparse.csr_matrix) -> tuple[Places, Places]:
    """Of rows of ones the first of each kind, and the kind of every row."""
    marks = np.random.default_rng(1).integers(1 << 63, size=rows.shape[1], dtype=np.uint64)
    summed = np.zeros(len(rows.indices) + 1, dtype=np.uint64)
    np.cumsum(marks[rows.indices], out=summed[1:])
    found = np.unique(summed[rows.indptr[1:]] - summed[rows.indptr[:-1]], return_index=True, return_inverse=True)
    return found[1], found[2]
