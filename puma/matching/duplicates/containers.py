"""Journals, books and meetings that works stand in: whether two of their names may mean one, and which were met."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from puma.matching.lexicon import marks_of

_JOURNAL_WORDS = "journal j jour transactions trans letters lett record rec review rev annals magazine bulletin"
_JOURNAL = frozenset(_JOURNAL_WORDS.split())
_MEETING_WORDS = "conference conf proceedings proc workshop symposium symp congress meeting"
_MEETING = frozenset(_MEETING_WORDS.split())
_SMALL_WORDS = "a an and at by de der des die du et for from in la le of on or the to und with"
SMALL = frozenset(_SMALL_WORDS.split())


@lru_cache(maxsize=1 << 17)
def abbreviated(one: str, other: str) -> float:
    """Whether one folded container is the other's initials or abbreviates its words: Phys Rev B, Physical Review B."""
    if not one or not other:
        return float("nan")
    mine, theirs = ([w for w in text.split() if w not in SMALL and not w.isdigit()] for text in (one, other))
    for short, long in ((mine, theirs), (theirs, mine)):
        initials = "".join(word[0] for word in long)
        if len(initials) > 2 and any(word in (initials, initials[1:]) for word in short if len(word) > 2):
            return 1.0
        rest = iter(long)
        if len(short) > 1 and all(any(whole.startswith(word) for whole in rest) for word in short):
            return 1.0
    return 0.0


@lru_cache(maxsize=1 << 17)
def sort_of(container: str) -> int:
    """0 unknown, 1 a journal, 2 a meeting, of a folded container."""
    told = set(container.split())
    if told & _JOURNAL:
        return 1
    return 2 if told & _MEETING else 0


def sorts(one: str, other: str) -> int:
    """0 a journal and a meeting; 1 a journal and unknown; 2 nothing against it."""
    told = {sort_of(one), sort_of(other)}
    return 0 if told == {1, 2} else 1 if told == {0, 1} else 2


Meetings = NDArray[np.int64]
"""Shape (meetings, 4): two works, and the marks of the containers that they stand in, the lower one first."""


@dataclass(frozen=True, slots=True)
class Met:
    """Containers that works which are surely the same were found in: names of one journal meet again and again."""

    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    single: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of_all(cls, meetings: Meetings) -> "Met":
        """What all these meetings come down to."""
        found = cls()
        for low, high in meetings[:, 2:].tolist():
            found.pairs[low, high] += 1
            found.single.update({low, high})
        return found

    def of(self, one: str, other: str) -> tuple[float, float]:
        """How often the two met, as a share of the meetings of the one met less; and in how many that was."""
        low, high = sorted((container_mark(one), container_mark(other)))
        seen = min(self.single[low], self.single[high])
        if not seen or not one or not other:
            return float("nan"), 0.0
        return self.pairs[low, high] / seen, float(np.log1p(seen))


@lru_cache(maxsize=1 << 17)
def container_mark(container: str) -> int:
    """One number for all volumes of a folded container."""
    return int(marks_of([" ".join(word for word in container.split() if word.isalpha())])[0])
