"""Persons who may be one and were not made one: pairs for people to decide on, with the points of each evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from scipy.sparse import csr_matrix, vstack

from puma.matching.leaf_points import LeafPoints
from puma.matching.model import load, probability
from puma.matching.persons.book import pairs_within, spread
from puma.matching.persons.clusters import MODEL, ORCID
from puma.matching.persons.pairs import pair_rows, rivals, sides_of
from puma.matching.persons.roll import Roll, codes
from puma.matching.rarity import Places, binary, meet, sizes_of
from puma.matching.shared import each_once

LIKELY = 0.3  # probability from which people are asked
BLOCK_CAP = 60  # persons under one key; of more, only those of one full name are compared


@dataclass(frozen=True, slots=True)
class PersonPair:
    """Two persons who may be one. evidence: (kind, points), the strongest first; they sum to the log-odds."""

    left_id: int
    right_id: int
    probability: float
    evidence: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Who is who among all: a piece of the work that somebody else can do, for whom the roll may be bare.

    given: the person of each mention of the roll, if any. teams: further proposals that name a person.
    """

    roll: Roll
    given: Sequence[int | None]
    teams: Mapping[int, set[int]]


def alike(found: Found) -> list[PersonPair]:
    """Pairs of one family with compatible given names who share a place or company, the likeliest first.

    Two persons on one work or proposal are two, and so are two ORCID iDs.
    """
    roll, given, teams = found.roll, found.given, found.teams
    places = np.array([place for place, one in enumerate(given) if one is not None], dtype=np.int64)
    numbers = [*(one.person_id for one in roll.people), *(one for one in given if one is not None)]
    persons, home = np.unique(np.array(numbers, dtype=np.int64), return_inverse=True)
    total = len(persons)
    columns = np.concatenate([len(given) + np.arange(len(roll.people)), places])
    members = _ones(home, columns, (total, len(given) + len(roll.people)))
    called = _names(roll, home, places, total)
    orcid = _orcids(roll, home, places, total)
    one, other = _named_alike(roll, called)
    works = _works(roll, home, places, persons.tolist(), teams)
    keep = ~meet(works, one, other)
    keep &= (orcid[one] < 0) | (orcid[other] < 0) | (orcid[one] == orcid[other])
    one, other = one[keep], other[keep]
    if not len(one):
        return []
    mates = vstack([roll.mates(np.arange(len(given))), roll.said_mates[len(given) :]], "csr")
    sides = sides_of(roll, members, binary(members @ mates), called, np.ones(total, np.float32))
    same = (orcid[one] >= 0) & (orcid[one] == orcid[other])
    near = (sides.places.together(one, other)[0] > 0) | (sides.mates.together(one, other)[0] > 0) | same
    one, other, same = one[near], other[near], same[near]
    if not len(one):
        return []
    points = _points().of(pair_rows(sides, one, other, rivals(sides, roll.book)))
    sure = np.where(same, ORCID, 0.0)
    chance = probability(points.sum(axis=1) + sure)
    pairs = []
    for place in np.flatnonzero(chance >= LIKELY).tolist():
        lines = [*zip(_points().kinds, points[place].tolist(), strict=True), ("orcid", float(sure[place]))]
        told = sorted(((kind, round(value, 3)) for kind, value in lines if value), key=lambda line: -abs(line[1]))
        left, right = persons[[one[place], other[place]]].tolist()
        pairs.append(PersonPair(left, right, round(float(chance[place]), 4), tuple(told)))
    return sorted(pairs, key=lambda pair: (-pair.probability, pair.left_id, pair.right_id))


@cache
def _points() -> LeafPoints:
    return LeafPoints(load(MODEL))


def _ones(rows: Places, columns: Places, shape: tuple[int, int]) -> csr_matrix:
    return binary(csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape))


def _names(roll: Roll, home: Places, places: Places, total: int) -> list[tuple[int, ...]]:
    """The names of each person, those first that are known of it."""
    found: list[dict[int, None]] = [{} for _ in range(total)]
    for person, names in zip(
        home.tolist(), chain(roll.called, ((n,) for n in roll.name[places].tolist())), strict=True
    ):
        found[person].update(dict.fromkeys(names))
    return list(map(tuple, found))


def _orcids(roll: Roll, home: Places, places: Places, total: int) -> Places:
    """The number of the ORCID iD that is known of each, else of the first one that a mention states; -1 of none."""
    texts = sorted({*map(str, roll.orcids), *(one.orcid for one in roll.people if one.orcid)})
    number = {text: place for place, text in enumerate(texts)}
    known = np.array([number[one.orcid] if one.orcid else -1 for one in roll.people], dtype=np.int64)
    stated = np.array([number[str(text)] for text in roll.orcids] + [-1], dtype=np.int64)[roll.orcid[places]]
    found = np.full(total, len(texts), dtype=np.int64)
    people = home[len(known) :]
    np.minimum.at(found, people[stated >= 0], stated[stated >= 0])
    found[home[: len(known)][known >= 0]] = known[known >= 0]
    return np.where(found < len(texts), found, -1)


def _works(
    roll: Roll, home: Places, places: Places, persons: Sequence[int], teams: Mapping[int, set[int]]
) -> csr_matrix:
    """Each person over the works and proposals that name it."""
    several = [teams.get(person, ()) for person in persons]
    known = [one.teams for one in roll.people]
    rows = np.concatenate([
        home[len(known) :], np.repeat(home[: len(known)], sizes_of(known)),
        np.repeat(np.arange(len(persons)), sizes_of(several)),
    ])  # fmt: skip
    works = np.concatenate([
        roll.work[places], np.fromiter(chain(chain.from_iterable(known), chain.from_iterable(several)), np.int64)
    ])  # fmt: skip
    return _ones(rows, works, (len(persons), int(works.max(initial=0)) + 1))


def _named_alike(roll: Roll, called: Sequence[tuple[int, ...]]) -> tuple[Places, Places]:
    """Pairs of persons who share a key, in a crowded one the full given name as well, and whose names can be one's."""
    book, total = roll.book, len(called)
    sizes, names = sizes_of(called), np.fromiter(chain.from_iterable(called), np.int64)
    person = np.repeat(np.arange(total), sizes)
    which, place = spread(book.keys.indptr[names].astype(np.int64), book.keys.indptr[names + 1].astype(np.int64))
    key = book.keys.indices[place].astype(np.int64)
    key, member = np.divmod(each_once(key * total + person[which]), max(total, 1))
    crowded = np.bincount(key)[key] > BLOCK_CAP
    starts = np.cumsum(sizes) - sizes
    which, place = spread(starts[member[crowded]], (starts + sizes)[member[crowded]])
    given = codes(key[crowded][which], book.folded[names[place], 1])
    given, some = np.divmod(each_once(given * total + member[crowded][which]), max(total, 1))
    few = np.arange(len(given)) - np.searchsorted(given, given) < BLOCK_CAP
    parts = [(key[~crowded], member[~crowded]), (given[few], some[few])]
    pairs = [one * total + other for one, other in (pairs_within(np.bincount(block), of) for block, of in parts)]
    one, other = np.divmod(each_once(np.concatenate(pairs)), max(total, 1))
    which, mine = spread(starts[one], (starts + sizes)[one])
    row, theirs = spread(starts[other[which]], (starts + sizes)[other[which]])
    fits = book.possible(names[mine[row]], names[theirs])
    possible = np.bincount(which[row], fits, minlength=len(one)) > 0
    return one[possible], other[possible]
