"""Names, each read once: the keys they are found by, and which two can be one person's."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from puma.matching.persons.given_names import CONFLICT, relation
from puma.matching.persons.read import Read
from puma.matching.rarity import Bags, Places, meet
from puma.names import PersonName, fold, name_keys

Bools = NDArray[np.bool_]


class Numbers(dict[Hashable, int]):
    """Values as numbers, in the order in which they come."""

    def __missing__(self, value: Hashable) -> int:
        self[value] = number = len(self)
        return number

    def of(self, values: Iterable[Hashable]) -> Places:
        """The number of each value."""
        return np.fromiter(map(self.__getitem__, values), np.int64)


@dataclass(frozen=True, slots=True)
class Book:
    """Names in the order of ``names``; keys: what they are found by, families: what of two must agree, as rows."""

    names: Sequence[PersonName]
    read: Read
    keys: sparse.csr_matrix
    families: sparse.csr_matrix
    folded: Places
    """Folded family and given names as numbers, shape (names, 2)."""
    written: Places
    """Given names as places in ``givens``."""
    givens: Sequence[str]
    collective: Bools
    empty: Bools
    """Which have no family name."""

    @classmethod
    def of(cls, names: Sequence[PersonName]) -> "Book":
        """Names as they are found and told apart."""
        written, folded, families = Numbers(), Numbers(), Numbers()
        family = families.of(name.family for name in names)
        parts = Bags.of([{key.split(" ")[0] for key in name_keys(PersonName("", str(one)))} for one in families])
        nothing = folded[""]
        halves = folded.of(fold(half) for name in names for half in (name.family, name.given)).reshape(-1, 2)
        return cls(
            names, Read.of(names), Bags.of([name_keys(name) for name in names]).rows, parts.rows[family], halves,
            written.of(name.given for name in names), list(map(str, written)),
            np.array([name.is_collaboration for name in names], dtype=bool), halves[:, 0] == nothing,
        )  # fmt: skip

    def possible(self, one: Places, other: Places) -> Bools:
        """Of pairs of places, whether the names can be one person's: as `same_person_possible` says of two."""
        found = self.families_agree(one, other)
        swapped = self._swapped(one, other)
        asked = np.flatnonzero(found & ~swapped)
        codes, which = np.unique(
            self.written[one[asked]] * len(self.givens) + self.written[other[asked]], return_inverse=True
        )
        pairs = zip(*(side.tolist() for side in np.divmod(codes, max(len(self.givens), 1))), strict=True)
        apart = np.array([relation(self.givens[a], self.givens[b]) == CONFLICT for a, b in pairs], dtype=bool)
        found[asked] = ~apart[which]
        return (found | swapped) & ~(self.collective[one] | self.collective[other])

    def families_agree(self, one: Places, other: Places) -> Bools:
        """Whether the names share a family name, a part of a double one, or are each other's in swapped order."""
        return meet(self.families, one, other) | self._swapped(one, other)

    def _swapped(self, one: Places, other: Places) -> Bools:
        mine, theirs = self.folded[one], self.folded[other]
        found: Bools = (mine[:, 0] != mine[:, 1]) & (mine == theirs[:, ::-1]).all(axis=1)
        return found


def families_agree(one: PersonName, other: PersonName) -> bool:
    """Whether two names share a family name, a part of a double one, or are each other's in swapped order."""
    return bool(families_of(one) & families_of(other)) or _swapped(one, other)


def _swapped(one: PersonName, other: PersonName) -> bool:
    """Whether the second has the first one's family name as given name, and the other way round."""
    family, given = fold(one.family), fold(one.given)
    return family != given and (given, family) == (fold(other.family), fold(other.given))


def same_person_possible(one: PersonName, other: PersonName) -> bool:
    """Whether two names can be one person's: families agree, and nothing contradicts in the given names."""
    if one.is_collaboration or other.is_collaboration or not families_agree(one, other):
        return False
    return relation(one.given, other.given) != CONFLICT or _swapped(one, other)


@lru_cache(maxsize=1 << 17)
def families_of(name: PersonName) -> frozenset[str]:
    """The family names of a name, of which two that agree share one: the whole, and the parts of a double one."""
    return frozenset(key.split(" ")[0] for key in name_keys(PersonName("", name.family)))


def spread(starts: Places, ends: Places) -> tuple[Places, Places]:
    """All places of some ranges: for each place of which range it is, and the place."""
    sizes = ends - starts
    which = np.repeat(np.arange(len(sizes)), sizes)
    return which, np.arange(len(which)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)


def pairs_within(sizes: Places, members: Places) -> tuple[Places, Places]:
    """All pairs of members of a block, in order; the blocks come one after the other. sizes: how many are in each."""
    which, place = spread(np.arange(len(members)) + 1, np.repeat(np.cumsum(sizes), sizes))
    return members[which], members[place]
