"""Mentions that are no known person's, put together into persons: the surest first, each time as what is then known."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from puma.matching.model import Floats, Model, load, probability
from puma.matching.persons.given_names import CONFLICT, relation
from puma.matching.persons.mentions import Mention, mate_names
from puma.matching.persons.pairs import (
    CHUNK,
    CROWD,
    Sides,
    all_pairs,
    pair_rows,
    rivals,
    same_person_possible,
    sides_of,
)
from puma.matching.rarity import Places
from puma.names import PersonName, fold, name_keys

LADDER = (0.9, 0.7, 0.5, 0.35, 0.35)
"""Mean probability from which groups are joined, round by round; after each round they are compared as wholes."""
BLOCK_CAP = 600  # mentions under one key; of more, only those that share more than the name are compared
HOPELESS = 0.01  # pairs below it after the first round are not looked at again
ORCID = 9.0  # log-odds of an ORCID that two mentions share
MODEL = "persons"

Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Alike:
    """Mentions that do not differ in anything that is compared, as one."""

    mention: Mention
    coauthors: frozenset[str]
    places: list[int] = field(default_factory=list)
    works: set[int] = field(default_factory=set)


def cluster_mentions(mentions: Sequence[Mention], model: Model | None = None) -> list[int | None]:
    """The number of each mention's cluster; a collaboration, and a mention without a name, has none.

    Conflicting given names, two ORCIDs, and one work with both, forbid that two mentions are one person.
    """
    alike = collapse(mentions)
    home = _homes(alike, model or load(MODEL))
    found: list[int | None] = [None] * len(mentions)
    first: dict[int, int] = {}
    of_mention = {place: home[number] for number, one in enumerate(alike) for place in one.places}
    for place in sorted(of_mention):
        found[place] = first.setdefault(of_mention[place], len(first))
    return found


def coauthors_of(mentions: Sequence[Mention]) -> list[frozenset[str]]:
    """The co-authors of each mention: as it says, else the other mentions of its work unless that is a crowd's."""
    teams: dict[int, list[frozenset[str]]] = defaultdict(list)
    for mention in mentions:
        if not mention.coauthors and not mention.name.is_collaboration:
            teams[mention.work_id].append(mate_names(mention.name))
    all_of = {work: frozenset().union(*team) for work, team in teams.items() if 1 < len(team) <= CROWD}
    return [
        mention.coauthors if mention.coauthors or mention.work_id not in all_of
        else all_of[mention.work_id] - mate_names(mention.name)
        for mention in mentions
    ]  # fmt: skip


def collapse(mentions: Sequence[Mention]) -> list[Alike]:
    """Mentions without what is no person's, identical ones as one; two of one work are never one."""
    found: dict[tuple[object, ...], Alike] = {}
    for place, (mention, coauthors) in enumerate(zip(mentions, coauthors_of(mentions), strict=True)):
        if mention.name.is_collaboration or not fold(mention.name.family):
            continue
        key: tuple[object, ...] = (
            mention.name, fold(mention.affiliation), mention.institutions, mention.orcid, coauthors, mention.title,
            mention.venue, mention.year,
        )  # fmt: skip
        one = found.setdefault(key, Alike(mention, coauthors))
        while mention.work_id in one.works:  # its namesake is an author too
            key = (*key, "and")
            one = found.setdefault(key, Alike(mention, coauthors))
        one.places.append(place)
        one.works.add(mention.work_id)
    return list(found.values())


def _homes(alike: Sequence[Alike], model: Model) -> Places:
    """The cluster of each group of identical mentions."""
    total = len(alike)
    home = np.arange(total)
    if total < 2:
        return home
    one, other = candidate_pairs(alike)
    sides = sides_of([a.mention for a in alike], [a.coauthors for a in alike], [len(a.places) for a in alike])
    rival = rivals(sides, _name_blocks(alike))
    orcids = _numbers([a.mention.orcid for a in alike])
    for turn, least in enumerate(LADDER):
        pooled = sides.pooled(home) if turn else sides
        first, second = _between(home[one], home[other], len(pooled))
        if not len(first):
            break
        held = _orcid_of(orcids, home, len(pooled))
        score = _scores(model, pooled, first, second, rival)
        score += np.where((held[first] == held[second]) & (held[first] >= 0), ORCID, 0.0)
        chance = probability(score)
        if turn == 0:
            hopeful = chance >= HOPELESS
            one, other, first, second = (x[hopeful] for x in (one, other, first, second))
            chance = chance[hopeful]
        joined = _join(first, second, chance, len(pooled), least)
        joined = _without_conflicts(joined, home, alike, (first, second, chance), least)
        home = joined[home]
    return home


def _scores(model: Model, sides: Sides, one: Places, other: Places, rival: NDArray[np.float32]) -> Floats:
    score = np.empty(len(one))
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        score[part] = model.score(pair_rows(sides, one[part], other[part], rival))
    return score


def _name_blocks(alike: Sequence[Alike]) -> dict[str, list[int]]:
    blocks: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(alike):
        for key in name_keys(one.mention.name):
            blocks[key].append(number)
    return blocks


def candidate_pairs(alike: Sequence[Alike]) -> tuple[Places, Places]:
    """Pairs that can be one person: a shared key, agreeing family names, no conflict of names, ORCIDs or works."""
    blocks = _name_blocks(alike)
    for number, group in enumerate(alike):
        if group.mention.orcid:
            blocks[f"orcid {group.mention.orcid}"].append(number)
    one, other = all_pairs((b for key in sorted(blocks) for b in _parts(blocks[key], alike)), len(alike))
    names: dict[PersonName, int] = {}
    name_of = np.array([names.setdefault(a.mention.name, len(names)) for a in alike], dtype=np.int64)
    known = list(names)
    codes, which = np.unique(name_of[one] * len(names) + name_of[other], return_inverse=True)
    fits = np.array(
        [same_person_possible(known[c // len(names)], known[c % len(names)]) for c in codes.tolist()], dtype=bool
    )
    orcid = _numbers([a.mention.orcid for a in alike])
    work = np.array([min(a.works) for a in alike], dtype=np.int64)
    same = (orcid[one] >= 0) & (orcid[one] == orcid[other])
    different = (orcid[one] >= 0) & (orcid[other] >= 0) & ~same
    keep = (fits[which.ravel()] | same) & ~different & (work[one] != work[other])
    return one[keep], other[keep]


def _parts(block: Sequence[int], alike: Sequence[Alike]) -> Iterable[Sequence[int]]:
    """A block itself, or of a crowded one those that share a full given name, a place, or a co-author as well."""
    if len(block) <= BLOCK_CAP:
        yield block
        return
    groups: dict[object, list[int]] = defaultdict(list)
    for number in block:
        one = alike[number]
        groups["name", fold(one.mention.name.given)].append(number)
        groups["place", fold(one.mention.affiliation), one.mention.institutions].append(number)
        for mate in one.coauthors:
            groups["mate", mate].append(number)
    for group in groups.values():
        if len(group) <= BLOCK_CAP:
            yield group
        else:  # each with the next few holds a group together
            yield from (group[start : start + 20] for start in range(0, len(group), 10))


def _numbers(values: Sequence[str | None]) -> Places:
    """Values as numbers, -1 where there is none."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(v, len(known)) if v else -1 for v in values], dtype=np.int64)


def _orcid_of(orcids: Places, home: Places, total: int) -> Places:
    held = np.full(total, -1, dtype=np.int64)
    np.maximum.at(held, home, orcids)
    return held


def _between(one: Places, other: Places, total: int) -> tuple[Places, Places]:
    """Pairs of groups from pairs of their members, each once."""
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    codes = np.unique(low * total + high)
    return codes // total, codes % total


def _join(one: Places, other: Places, chance: Floats, total: int, least: float) -> Places:
    """The new group of each group: average linkage; what was not compared counts as different.

    Groups between which no pair is likely enough are never joined. So where all pairs of a part of the graph of likely
    pairs are likely, it is one group, and the parts of a crowd are looked at one by one.
    """
    likely = chance >= least
    near, part = _connected(one, other, total), _connected(one[likely], other[likely], total)
    size = np.bincount(part)
    whole = (np.bincount(part[one[likely]], minlength=len(size)) == size * (size - 1) // 2)[part]
    joined = np.where(whole, np.unique(part, return_index=True)[1][part], np.arange(total))
    unit = np.where(np.bincount(near)[near] <= BLOCK_CAP, near, total + part)
    rest = np.flatnonzero((unit[one] == unit[other]) & np.isin(unit[one], unit[~whole]))
    order = rest[np.argsort(unit[one[rest]], kind="stable")]
    for pairs in np.split(order, np.flatnonzero(np.diff(unit[one[order]])) + 1):
        if len(pairs):
            _link(joined, one[pairs], other[pairs], chance[pairs], least)
    return np.unique(joined, return_inverse=True)[1]


def _connected(one: Places, other: Places, total: int) -> Places:
    """The number of the connected part of each group."""
    graph = csr_matrix((np.ones(len(one), np.int8), (one, other)), shape=(total, total))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _link(joined: Places, one: Places, other: Places, chance: Floats, least: float) -> None:
    members, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    count = len(members)
    apart = np.ones((count, count), dtype=np.float64)
    a, b = place[: len(one)], place[len(one) :]
    apart[a, b] = apart[b, a] = 1 - chance
    np.fill_diagonal(apart, 0)
    number = fcluster(linkage(squareform(apart, checks=False), "average"), 1 - least, "distance")
    for group in range(1, number.max() + 1):
        joined[members[number == group]] = members[number == group].min()


def _without_conflicts(
    joined: Places, home: Places, alike: Sequence[Alike], pairs: tuple[Places, Places, Floats], least: float
) -> Places:
    """The same, but groups with a conflict inside are put together again pair by pair, the likeliest first."""
    inside: dict[int, list[int]] = defaultdict(list)
    new = joined[home]
    for number in np.flatnonzero(np.bincount(joined)[new] > 1).tolist():
        inside[int(new[number])].append(number)
    bad = {group for group, members in inside.items() if _in_conflict([alike[m] for m in members])}
    if not bad:
        return joined
    again = joined.copy()
    groups = np.flatnonzero(np.isin(joined, sorted(bad)))
    again[groups] = joined.max() + 1 + np.arange(len(groups))
    groups_of = {int(again[group]): [group] for group in groups.tolist()}
    members_of: dict[int, list[Alike]] = defaultdict(list)
    for group in sorted(bad):
        for number in inside[group]:
            members_of[int(again[home[number]])].append(alike[number])
    one, other, chance = pairs
    wanted = np.flatnonzero(np.isin(joined[one], sorted(bad)) & (joined[one] == joined[other]) & (chance >= least))
    for pair in wanted[np.argsort(-chance[wanted], kind="stable")].tolist():
        kept, gone = sorted((int(again[one[pair]]), int(again[other[pair]])))
        if kept != gone and not _in_conflict([*members_of[kept], *members_of[gone]]):
            again[groups_of[gone]] = kept
            groups_of[kept] += groups_of.pop(gone)
            members_of[kept] += members_of.pop(gone)
    return np.unique(again, return_inverse=True)[1]


def _in_conflict(members: Collection[Alike]) -> bool:
    """Whether some of them cannot be one person: two ORCIDs, one work twice, given names that contradict each other."""
    orcids = {one.mention.orcid for one in members if one.mention.orcid}
    if len(orcids) > 1:
        return True
    if sum(len(one.works) for one in members) > len(set().union(*(one.works for one in members))):
        return True
    givens = sorted({one.mention.name.given for one in members})
    families = {one.mention.name for one in members}
    if len(givens) == 1 or orcids and len(families) <= 2:
        return False
    return any(
        relation(a, b) == CONFLICT
        for place, a in enumerate(givens)
        for b in givens[place + 1 :]
        if not _swapped(a, b, families)
    )


def _swapped(one: str, other: str, names: Collection[PersonName]) -> bool:
    """Whether the two given names are those of one name in both orders."""
    families: Mapping[str, set[str]] = {
        given: {fold(name.family) for name in names if name.given == given} for given in (one, other)
    }
    return fold(one) in families[other] and fold(other) in families[one]
