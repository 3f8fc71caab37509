"""What two mentions, or a mention and a known person, have in common: one row of numbers for each pair."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from puma.matching.lexicon import Lexicon
from puma.matching.persons.book import Book, pairs_within
from puma.matching.persons.given_names import CONFLICT, relation
from puma.matching.persons.read import Read
from puma.matching.persons.roll import Groups, Roll, marked
from puma.matching.rarity import Bags, Floats, Places, Weighed, sizes_of, weigh_bags
from puma.matching.shared import each_once
from puma.names import fold

CHUNK = 50_000  # pairs looked at together
COMMON = {"places": 0.5, "words": 0.1}  # what a larger share of all has says nothing
MOST_GIVENS = 200  # given names under one family and initial that are told apart

FEATURES: dict[str, str] = {
    "given_relation": "name",
    "given_similarity": "name",
    "family_similarity": "name",
    "name_equal": "name",
    "initials_shared": "name",
    "initials_unequal": "name",
    "full_names": "name",
    "family_common": "rarity",
    "given_common": "rarity",
    "rivals_most": "rarity",
    "rivals_least": "rarity",
    "place_mass": "affiliation",
    "place_share": "affiliation",
    "place_union": "affiliation",
    "place_best": "affiliation",
    "places_known": "affiliation",
    "mates_mass": "co-authors",
    "mates_share": "co-authors",
    "mates_best": "co-authors",
    "mates_known": "co-authors",
    "words_mass": "topic",
    "words_share": "topic",
    "words_known": "topic",
    "venue_mass": "topic",
    "year_gap": "time",
    "seen_least": "time",
    "seen_most": "time",
}
"""Each feature and the kind of evidence it is shown under."""


@dataclass(slots=True)
class Sides:
    """Mentions or known persons, ready to be compared pair by pair."""

    read: Read
    name: Places
    """For each side the place of its first name in ``read``."""
    called: Mapping[int, tuple[int, ...]]
    """All names of the sides that have several."""
    places: Weighed
    mates: Weighed
    words: Weighed
    venues: Weighed
    first_year: Floats
    last_year: Floats
    seen: Floats

    def __len__(self) -> int:
        return len(self.name)

    def weights(self) -> tuple[Weighed, ...]:
        """How rare what they say is, in the order of `Rarities`."""
        return self.places.bare(), self.mates.bare(), self.words.bare(), self.venues.bare()

    def some(self, places: Places) -> tuple["Sides", Places]:
        """Some of the sides, and the places that their names have in ``read`` here."""
        called = {place: self.called[side] for place, side in enumerate(places.tolist()) if side in self.called}
        names = each_once(np.concatenate([self.name[places], np.fromiter(chain(*called.values()), np.int64)]))
        number = {name: place for place, name in enumerate(names.tolist())}
        return Sides(
            self.read.some(names),
            np.searchsorted(names, self.name[places]),
            {place: tuple(map(number.__getitem__, one)) for place, one in called.items()},
            self.places.some(places), self.mates.some(places), self.words.some(places), self.venues.some(places),
            self.first_year[places], self.last_year[places], self.seen[places],
        ), names  # fmt: skip

    def pooled(self, home: Places) -> "Sides":
        """Sides put together: home is the new side of each. A new side goes by its fullest name."""
        members = marked(home, int(home.max(initial=-1)) + 1).T
        total = members.shape[0] if len(home) else 0
        length = np.fromiter(map(len, self.read.given), np.int64, len(self.read.given))
        order = np.lexsort((-np.arange(len(home)), self.seen, length[self.name], self.read.full[self.name]))
        fullest = np.zeros(total, dtype=np.int64)
        fullest[home[order]] = order  # the last one stays
        first, last = spans(home, self.first_year, self.last_year, total)
        return Sides(
            self.read,
            self.name[fullest],
            {place: self.called[side] for place, side in enumerate(fullest.tolist()) if side in self.called},
            self.places.pooled(members), self.mates.pooled(members), self.words.pooled(members),
            self.venues.pooled(members), first, last, np.bincount(home, self.seen, total).astype(np.float32),
        )  # fmt: skip


def spans(home: Places, first: Floats, last: Floats, total: int) -> tuple[Floats, Floats]:
    """The first and the last year of sides put together; NaN where nobody says one."""
    least, most = np.full(total, np.inf, np.float32), np.full(total, -np.inf, np.float32)
    np.fmin.at(least, home, first)
    np.fmax.at(most, home, last)
    least[np.isinf(least)], most[np.isinf(most)] = np.nan, np.nan
    return least, most


@dataclass(frozen=True, slots=True)
class Rarities:
    """How rare places, co-authors, words of titles and venues were among all sides that were once compared."""

    places: Lexicon
    mates: Lexicon
    words: Lexicon
    venues: Lexicon

    @classmethod
    def of(cls, weights: Sequence[Weighed]) -> "Rarities":
        """As sides have them that were weighed by what they themselves say; of none, all is as rare as can be."""
        return cls(*map(Lexicon.of_all, weights)) if weights else cls(*[Lexicon.of([], np.zeros(0))] * 4)


def sides_of(
    roll: Roll,
    members: sparse.csr_matrix,
    mates: sparse.csr_matrix,
    called: Sequence[tuple[int, ...]] | Places,
    seen: NDArray[np.float32],
    known: Rarities | None = None,
) -> Sides:
    """Sides put together from what a roll has.

    members: a row for each side, 1 at the mentions and known persons that it is. mates: its co-authors. called: its
    names, by places in the book. known: rarities of an earlier look at all, for a look at few, of whom nobody can say
    what is common.
    """
    said = {name: getattr(roll, name).bags(members) for name in ("places", "words", "venues")}
    said["mates"] = Bags(mates, roll.own_mates.words)
    weighed = {
        name: getattr(known, name).weighed_bags(bags) if known else weigh_bags(bags, cap=COMMON.get(name, 1.0))
        for name, bags in said.items()
    }
    home, one = members.nonzero()
    first, last = spans(home, roll.first_year[one], roll.last_year[one], members.shape[0])
    several = {} if isinstance(called, np.ndarray) else {p: names for p, names in enumerate(called) if len(names) > 1}
    name = called if isinstance(called, np.ndarray) else np.array([names[0] for names in called], dtype=np.int64)
    return Sides(
        roll.book.read, name, several, weighed["places"], weighed["mates"], weighed["words"],
        weighed["venues"], first, last, seen.astype(np.float32),
    )  # fmt: skip


def sides_of_groups(groups: Groups, known: Rarities | None = None, *, people: bool = False) -> Sides:
    """Groups of mentions, and behind them, where people is set, the known persons of their roll."""
    roll = groups.roll
    behind = len(roll.mentions) + np.arange(len(roll.people) if people else 0)
    members = marked(np.concatenate([groups.first, behind]), len(roll.mentions) + len(roll.people))
    mates = sparse.vstack([groups.mates, roll.mates_of_people()], "csr") if people else groups.mates
    called = [*((name,) for name in groups.name.tolist()), *roll.called] if people else groups.name
    seen = np.concatenate([groups.seen, np.ones(len(behind))])
    return sides_of(roll, members, mates, called, seen, known)


def rivals(sides: Sides, book: Book) -> NDArray[np.float32]:
    """For each name: how many different first names, contradicting each other, it can stand for among the sides.

    Those count that share a key with it; who has several names has all of them under the keys of each.
    """
    found = np.ones(len(book.names), dtype=np.float32)
    alone = each_once(sides.name)
    keys = book.keys[alone].tocoo()
    pairs = [(keys.col.astype(np.int64), alone[keys.row])]
    for names in set(sides.called.values()):
        here = np.unique(book.keys[list(names)].indices).astype(np.int64)
        pairs.append((np.repeat(here, len(names)), np.tile(names, len(here))))
    codes = each_once(np.concatenate([key * len(book.names) + name for key, name in pairs]))
    key, name = np.divmod(codes, len(book.names))
    several = np.bincount(key)[key] > 1
    key, name = key[several], name[several]
    for numbers in np.split(name, np.flatnonzero(np.diff(key)) + 1):
        firsts = sorted({first for one in numbers.tolist() if len(first := sides.read.first[one]) > 1})[:MOST_GIVENS]
        if len(firsts) < 2:
            continue
        written = book.written[numbers]
        for given in sorted(set(written.tolist())):
            fits = [one for one in firsts if relation(book.givens[given], one) != CONFLICT]
            apart: list[str] = []
            for one in fits:
                if all(relation(one, other) == CONFLICT for other in apart):
                    apart.append(one)
            bearers = numbers[written == given]
            found[bearers] = np.maximum(found[bearers], len(apart))
    return found


def pair_rows(sides: Sides, one: Places, other: Places, rival: NDArray[np.float32]) -> Floats:
    """The features of pairs of sides, shape (pairs, len(FEATURES))."""
    result = np.empty((len(one), len(FEATURES)), dtype=np.float32)
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        result[part] = _rows(sides, one[part], other[part], rival)
    return result


def best_names(sides: Sides, one: Places, other: Places) -> NDArray[np.int64]:
    """Of each pair of sides the two names that agree best (a known person has several)."""
    names, called = sides.read.names, sides.called
    chosen = np.column_stack([sides.name[one], sides.name[other]])
    several = np.zeros(len(sides), dtype=bool)
    several[list(called)] = True
    remembered: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, int]] = {}
    for row in np.flatnonzero(several[one] | several[other]).tolist():
        mine, theirs = chosen[row].tolist()
        key = called.get(int(one[row]), (mine,)), called.get(int(other[row]), (theirs,))
        found = remembered.get(key)
        if found is None:
            found = remembered[key] = max(
                ((x, y) for x in key[0] for y in key[1]),
                key=lambda p: (
                    names[p[0]] == names[p[1]],
                    fold(names[p[0]].family) == fold(names[p[1]].family),
                    relation(names[p[0]].given, names[p[1]].given),
                    len(names[p[1]].given),
                ),
            )
        chosen[row] = found
    return chosen


def _rows(sides: Sides, one: Places, other: Places, rival: NDArray[np.float32]) -> Floats:
    names = best_names(sides, one, other)
    total = len(sides.read.names)
    distinct, which = np.unique(names[:, 0] * total + names[:, 1], return_inverse=True)
    table = sides.read.table(*np.divmod(distinct, total))[which]
    mine, theirs = rival[names[:, 0]], rival[names[:, 1]]
    columns = [
        *table.T,
        np.maximum(mine, theirs),
        np.minimum(mine, theirs),
        *_overlap(sides.places, one, other, union=True),
        *_overlap(sides.mates, one, other, union=False),
    ]
    shared, _ = sides.words.together(one, other)
    least = np.minimum(sides.words.mass[one], sides.words.mass[other])
    columns += [np.where(least > 0, shared, np.nan), _share(shared, least), (least > 0).astype(np.float32)]
    least = np.minimum(sides.venues.mass[one], sides.venues.mass[other])
    columns += [np.where(least > 0, sides.venues.together(one, other)[0], np.nan)]
    gap = np.maximum(
        np.maximum(sides.first_year[one] - sides.last_year[other], sides.first_year[other] - sides.last_year[one]), 0
    )
    columns += [gap, np.minimum(sides.seen[one], sides.seen[other]), np.maximum(sides.seen[one], sides.seen[other])]
    return np.column_stack(columns).astype(np.float32)


def _overlap(weighed: Weighed, one: Places, other: Places, *, union: bool) -> list[Floats]:
    """Weight shared, share of the smaller side (and of both together), the rarest shared, how many sides have any."""
    shared, best = weighed.together(one, other)
    mine, theirs = weighed.mass[one], weighed.mass[other]
    known = ((mine > 0).astype(np.float32) + (theirs > 0)).astype(np.float32)
    missing = known < 2
    shared, best = np.where(missing, np.nan, shared), np.where(missing, np.nan, best)
    share = _share(shared, np.minimum(mine, theirs))
    both = [_share(shared, mine + theirs - shared)] if union else []
    return [shared, share, *both, best, known]


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def all_pairs(blocks: Iterable[Sequence[int] | Places], total: int) -> tuple[Places, Places]:
    """All pairs of members of a block, each once, in order."""
    several = [sorted(set(members)) for members in blocks]
    one, other = pairs_within(sizes_of(several), np.fromiter(chain.from_iterable(several), np.int64))
    return np.divmod(each_once(one * total + other), max(total, 1))
