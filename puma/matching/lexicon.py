"""Words with the weights that a look at all gave them, so that few works or persons can be weighed as all were."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from puma.matching.rarity import Bags, Weighed

Marks = NDArray[np.int64]
Weights = NDArray[np.float64]

MANY = 5_000  # words; of more, each of which comes once, nothing is remembered


def marks_of(words: Iterable[str]) -> Marks:
    """A number of 64 bits for each word: the same in every process, and another one for every other word."""
    several = list(words)
    mark = _mark if len(several) < MANY else _mark.__wrapped__
    return np.frombuffer(b"".join(map(mark, several)), dtype="<i8")


@lru_cache(maxsize=1 << 15)
def _mark(word: str) -> bytes:
    return blake2b(word.encode(), digest_size=8).digest()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words by their marks, in order of these, each with its weight. unseen: that of any other word, shape (1,)."""

    marks: Marks
    weight: Weights
    unseen: Weights

    @classmethod
    def of(cls, words: Sequence[str], weight: Weights, unseen: float = 1.0) -> "Lexicon":
        """The weights of these words; 1 is what `weigh_bags` gives to a word that one set alone has."""
        marks = marks_of(words)
        order = np.argsort(marks)
        return cls(marks[order], np.asarray(weight, dtype=np.float64)[order], np.array([unseen]))

    @classmethod
    def of_all(cls, weighed: Weighed) -> "Lexicon":
        """The weights that `weigh_bags` gave; words that it left out weigh nothing."""
        weight = np.zeros(len(weighed.words) + len(weighed.common))
        weight[: len(weighed.words)] = weighed.weight[: len(weighed.words)]
        return cls.of([*weighed.words, *weighed.common], weight)

    def places(self, words: Collection[str]) -> Marks:
        """Where each word stands; -1 where it does not."""
        marks = marks_of(words)
        if not len(self.marks):
            return np.full(len(marks), -1, dtype=np.int64)
        place = np.searchsorted(self.marks, marks).clip(max=len(self.marks) - 1)
        return np.where(self.marks[place] == marks, place, -1).astype(np.int64)

    def weights(self, words: Collection[str]) -> Weights:
        """The weight of each word."""
        place = self.places(words)
        if not len(self.marks):
            return np.full(len(place), self.unseen[0])
        found: Weights = np.where(place >= 0, self.weight[place.clip(min=0)], self.unseen[0])
        return found

    def weighed_bags(self, bags: Bags) -> Weighed:
        """Sets as `weigh_bags` gives them, with these weights."""
        return Weighed(bags.rows, self.weights(bags.words))
