"""Sets of words compared by rarity: what two sets share counts the more the fewer others have it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

FEW = 1000  # sets; of fewer, nobody can say that a word is common


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
        shared = self.rows[one].multiply(self.rows[other]).tocsr()
        shared.data = self.weight[shared.indices]
        return np.asarray(shared.sum(axis=1), dtype=np.float32).ravel(), _row_most(shared)

    def some(self, places: Places) -> "Weighed":
        """Some of the rows."""
        return Weighed(self.rows[places], self.weight)

    def pooled(self, members: sparse.csr_matrix) -> "Weighed":
        """The words of several rows together; members: one row for each new side, 1 at the old ones."""
        rows = (members @ self.rows).tocsr()
        rows.data = np.ones_like(rows.data)
        return Weighed(rows, self.weight)


def weigh(sets: Sequence[Iterable[str]], *, cap: float = 1.0) -> Weighed:
    """Rows of rarity weights; words in more than this share of all distinct sets are left out.

    A set that is there many times is looked at once where it is the same object.
    """
    _, kinds, which = np.unique(np.fromiter(map(id, sets), np.int64, len(sets)), return_index=True, return_inverse=True)
    frozen = [frozenset(sets[place]) for place in kinds.tolist()]
    words = list(set().union(*frozen))
    number = {word: place for place, word in enumerate(words)}
    flat = np.fromiter(map(number.__getitem__, chain.from_iterable(frozen)), np.int64)
    sizes = np.fromiter(map(len, frozen), np.int64, len(frozen))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    distinct = np.zeros(len(frozen), dtype=bool)
    distinct[list({some: place for place, some in enumerate(frozen)}.values())] = True
    held = np.bincount(flat[np.repeat(distinct, sizes)], minlength=len(number))
    total = max(int(distinct.sum()), FEW)
    rare = held <= cap * total
    ranked = sorted(np.flatnonzero(rare).tolist(), key=words.__getitem__)
    place_of = np.full(len(words), -1, dtype=np.int64)
    place_of[ranked] = np.arange(len(ranked))
    # Between 0 and 1 whatever the number of sets: a model fitted on few holds for many.
    weight = np.zeros(max(len(ranked), 1))
    weight[: len(ranked)] = np.log1p(total / held[ranked]).astype(np.float32) / np.log1p(total)
    kept = rare[flat]
    indptr = np.concatenate([[0], np.cumsum(kept)])[starts]
    rows = sparse.csr_matrix(
        (np.ones(int(indptr[-1]), np.float32), place_of[flat[kept]], indptr), shape=(len(frozen), len(weight))
    )
    rows.sort_indices()
    left_out = [words[place] for place in np.flatnonzero(~rare).tolist()]
    return Weighed(rows[which], weight, [words[place] for place in ranked], left_out)


def _row_most(rows: sparse.csr_matrix) -> Floats:
    most = np.zeros(rows.shape[0], dtype=np.float32)
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled):
        most[filled] = np.maximum.reduceat(rows.data, rows.indptr[filled])
    return most
