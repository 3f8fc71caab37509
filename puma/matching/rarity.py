"""Sets of words compared by rarity: what two sets share counts the more the fewer others have it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
    weight: Floats
    mass: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mass = np.asarray(self.rows @ self.weight, dtype=np.float32)

    def together(self, one: Places, other: Places) -> tuple[Floats, Floats]:
        """Of each pair of rows: the weight of what they share, and of the rarest of it."""
        shared = self.rows[one].multiply(self.rows[other]).tocsr()
        shared.data = self.weight[shared.indices]
        return np.asarray(shared.sum(axis=1), dtype=np.float32).ravel(), _row_most(shared)

    def pooled(self, members: sparse.csr_matrix) -> "Weighed":
        """The words of several rows together; members: one row for each new side, 1 at the old ones."""
        rows = (members @ self.rows).tocsr()
        rows.data = np.ones_like(rows.data)
        return Weighed(rows, self.weight)


def weigh(sets: Sequence[Iterable[str]], *, cap: float = 1.0) -> Weighed:
    """Rows of rarity weights; words in more than this share of all distinct sets are left out."""
    frozen = [frozenset(some) for some in sets]
    held = Counter(word for some in set(frozen) for word in some)
    total = max(len(set(frozen)), FEW)
    number = {word: place for place, word in enumerate(sorted(word for word in held if held[word] <= cap * total))}
    # Between 0 and 1 whatever the number of sets: a model fitted on few holds for many.
    weight = np.array([np.log1p(total / held[word]) for word in number] or [0.0], dtype=np.float32) / np.log1p(total)
    indices, indptr = [], [0]
    for some in frozen:
        indices.extend(sorted(number[word] for word in some if word in number))
        indptr.append(len(indices))
    rows = sparse.csr_matrix(
        (np.ones(len(indices), np.float32), np.array(indices, dtype=np.int64), np.array(indptr)),
        shape=(len(frozen), len(weight)),
    )
    return Weighed(rows, weight)


def _row_most(rows: sparse.csr_matrix) -> Floats:
    most = np.zeros(rows.shape[0], dtype=np.float32)
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled):
        most[filled] = np.maximum.reduceat(rows.data, rows.indptr[filled])
    return most
