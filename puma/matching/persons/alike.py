"""Persons who may be one and were not made one: pairs for people to decide on, with the points of each evidence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from puma.matching.leaf_points import LeafPoints
from puma.matching.model import load, probability
from puma.matching.persons.clusters import MODEL, ORCID
from puma.matching.persons.mentions import KnownPerson
from puma.matching.persons.pairs import all_pairs, pair_rows, rivals, same_person_possible, sides_of
from puma.matching.rarity import Places
from puma.names import fold, name_keys

LIKELY = 0.3  # probability from which people are asked
BLOCK_CAP = 60  # persons under one key; of more, only those of one full name are compared


@dataclass(frozen=True, slots=True)
class PersonPair:
    """Two persons who may be one. evidence: (kind, points), the strongest first; they sum to the log-odds."""

    left_id: int
    right_id: int
    probability: float
    evidence: tuple[tuple[str, float], ...]


def alike(people: Sequence[KnownPerson], works: Mapping[int, frozenset[int]]) -> list[PersonPair]:
    """Pairs of one family with compatible given names who share a place or company, the likeliest first.

    works: by person the works and proposals that name it; two persons on one work are two. Nor are two ORCID iDs asked.
    """
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, person in enumerate(people):
        for key in {key for name in person.names for key in name_keys(name)}:
            blocks[key].append(place)
    one, other = all_pairs((part for key in sorted(blocks) for part in _parts(blocks[key], people)), len(people))
    keep = [
        place
        for place, (a, b) in enumerate(zip(one.tolist(), other.tolist(), strict=True))
        if _possible(people[a], people[b], works)
    ]
    one, other = one[keep], other[keep]
    if not len(one):
        return []
    sides = sides_of([], [], [], people)
    near = (sides.places.together(one, other)[0] > 0) | (sides.mates.together(one, other)[0] > 0)
    near |= _same_orcid(people, one, other)
    one, other = one[near], other[near]
    if not len(one):
        return []
    rows = pair_rows(sides, one, other, rivals(sides, blocks))
    points = _points().of(rows)
    sure = np.where(_same_orcid(people, one, other), ORCID, 0.0)
    chance = probability(points.sum(axis=1) + sure)
    found = []
    for place in np.flatnonzero(chance >= LIKELY).tolist():
        lines = [*zip(_points().kinds, points[place].tolist(), strict=True), ("orcid", float(sure[place]))]
        told = sorted(((kind, round(value, 3)) for kind, value in lines if value), key=lambda line: -abs(line[1]))
        pair = sorted((people[one[place]].person_id, people[other[place]].person_id))
        found.append(PersonPair(pair[0], pair[1], round(float(chance[place]), 4), tuple(told)))
    return sorted(found, key=lambda pair: (-pair.probability, pair.left_id, pair.right_id))


@cache
def _points() -> LeafPoints:
    return LeafPoints(load(MODEL))


def _parts(block: Sequence[int], people: Sequence[KnownPerson]) -> Iterable[Sequence[int]]:
    if len(block) <= BLOCK_CAP:
        yield block
        return
    of: dict[str, list[int]] = defaultdict(list)
    for place in block:
        for given in {fold(name.given) for name in people[place].names}:
            of[given].append(place)
    yield from (part[:BLOCK_CAP] for part in of.values())


def _possible(one: KnownPerson, other: KnownPerson, works: Mapping[int, frozenset[int]]) -> bool:
    if one.person_id == other.person_id or works[one.person_id] & works[other.person_id]:
        return False
    if one.orcid and other.orcid and one.orcid != other.orcid:
        return False
    return any(same_person_possible(mine, theirs) for mine in one.names for theirs in other.names)


def _same_orcid(people: Sequence[KnownPerson], one: Places, other: Places) -> NDArray[np.bool_]:
    return np.array(
        [bool(people[a].orcid) and people[a].orcid == people[b].orcid for a, b in zip(one, other, strict=True)],
        dtype=bool,
    )
