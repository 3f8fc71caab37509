"""Mentions that are no known person's, put together into persons: the surest first, each time as what is then known."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from puma.matching.model import Floats, Model, load, probability
from puma.matching.persons.book import Book, pairs_within, spread
from puma.matching.persons.given_names import CONFLICT, relation
from puma.matching.persons.mentions import Mention
from puma.matching.persons.pairs import Rarities, Sides, all_pairs, pair_rows, rivals, sides_of_groups
from puma.matching.persons.roll import Groups, Roll, collapse, in_order, marked
from puma.matching.rarity import Places, binary
from puma.matching.shared import each_once
from puma.names import PersonName, fold
from puma.work import Hands, Own, in_turn

LADDER = (0.9, 0.7, 0.5, 0.35, 0.35)
"""Mean probability from which groups are joined, round by round; after each round they are compared as wholes."""
BLOCK_CAP = 600  # mentions under one key; of more, only those that share more than the name are compared
HOPELESS = 0.01  # pairs below it after the first round are not looked at again
ORCID = 9.0  # log-odds of an ORCID that two mentions share
TOGETHER = 200_000  # pairs that are put together at a time, unless more of them hang on each other
WORTH_SHARING = 50_000  # fewer pairs are put together here sooner than elsewhere
MODEL = "persons"

Bools = NDArray[np.bool_]


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes twice as long to send elsewhere
class Said:
    """What can forbid that a mention is somebody's."""

    name: PersonName
    orcid: int
    """A number; -1 where none is stated."""
    works: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Mentions none of which can be one with any outside: a piece of the work that somebody else can do.

    members: their places among all. one, other: the pairs that can be one person, as places among the members.
    """

    model: Model
    members: Places
    sides: Sides
    said: Sequence[Said]
    rival: NDArray[np.float32]
    one: Places
    other: Places


def cluster_mentions(
    mentions: Sequence[Mention],
    model: Model | None = None,
    hands: Hands | None = None,
    known: Rarities | None = None,
    asked: int | None = None,
) -> list[int | None]:
    """The number of each mention's cluster; a collaboration, and a mention without a name, has none.

    Conflicting given names, two ORCIDs, and one work with both, forbid that two mentions are one person. hands: who
    does the parts of much work; the result is the same. known: rarities of an earlier look at all. asked: only the
    clusters of the first so many are told; of the others those that cannot be one with them stay alone.
    """
    home = clusters_and_sides(collapse(Roll.of(mentions)), model, hands, known, asked)[0].tolist()
    return [number if number >= 0 else None for number in home]


def clusters_and_sides(
    groups: Groups,
    model: Model | None = None,
    hands: Hands | None = None,
    known: Rarities | None = None,
    asked: int | None = None,
) -> tuple[Places, Sides | None]:
    """The same, -1 where there is none, with what was compared; None where no two can be one person."""
    one, other = candidate_pairs(groups)
    if asked is not None:
        part = _connected(one, other, len(groups))
        told = np.isin(part, part[groups.first < asked])
        one, other = one[told[one]], other[told[one]]
    sides = sides_of_groups(groups, known) if len(one) else None
    home = _homes(groups, sides, one, other, model or load(MODEL), hands)
    there = np.flatnonzero(groups.of >= 0)
    found = groups.of.copy()
    found[there] = in_order(home[groups.of[there]])
    return found, sides


def _homes(
    groups: Groups, sides: Sides | None, one: Places, other: Places, model: Model, hands: Hands | None
) -> Places:
    """The cluster of each group of identical mentions."""
    home = np.arange(len(groups))
    who = hands if hands and len(one) >= WORTH_SHARING else Own()
    if sides:
        for members, found in in_turn(who, put_together, _apart(groups, sides, model, one, other, who.count)):
            home[members] = found
    return home


def _apart(groups: Groups, sides: Sides, model: Model, one: Places, other: Places, count: int) -> Iterator[Part]:
    """The mentions that can be one with another, in parts that have no pair with each other; at least ``count``."""
    rival, mentions = rivals(sides, groups.roll.book), groups.members()
    together = _connected(one, other, len(groups))[one]
    order = np.argsort(together, kind="stable")
    share = (np.cumsum(np.bincount(together)) - 1) // min(TOGETHER, -(-len(one) // count))
    for chosen in np.split(order, np.flatnonzero(np.diff(share[together[order]])) + 1):
        members = each_once(np.concatenate([one[chosen], other[chosen]]))
        some, names = sides.some(members)
        said = list(map(Said, map(some.read.names.__getitem__, some.name.tolist()),
                        groups.orcid[members].tolist(), groups.works(mentions[members])))  # fmt: skip
        ends = (np.searchsorted(members, side[chosen]) for side in (one, other))
        yield Part(model, members, some, said, rival[names], *ends)


def put_together(part: Part) -> tuple[Places, Places]:
    """The members of a part, and for each the first of those that are the same person."""
    one, other, said = part.one, part.other, part.said
    home = np.arange(len(said))
    orcids = np.array([a.orcid for a in said], dtype=np.int64)
    judge = _Judge(part.model)
    moved = True  # while nobody is joined, nobody looks otherwise
    for turn, least in enumerate(LADDER):
        if moved:
            pooled = part.sides.pooled(home) if turn else part.sides
            first, second = _between(home[one], home[other], len(pooled))
            held = _orcid_of(orcids, home, len(pooled))
            leads = np.unique(home, return_index=True)[1]
            score = judge.score(leads[first] * len(said) + leads[second], pair_rows(pooled, first, second, part.rival))
            score += np.where((held[first] == held[second]) & (held[first] >= 0), ORCID, 0.0)
            chance = probability(score)
        if turn == 0:
            hopeful = chance >= HOPELESS
            first, second, chance = first[hopeful], second[hopeful], chance[hopeful]
            one, other = first, second  # in their order: that of the part's pairs may be another one
        moved = bool((chance >= least).any())
        if moved:
            joined = _join(first, second, chance, len(pooled), least)
            joined = _without_conflicts(joined, home, said, (first, second, chance), least)
            moved = not np.array_equal(joined, np.arange(len(pooled)))
            home = joined[home]
    return part.members, part.members[np.unique(home, return_index=True)[1][home]]


class _Judge:
    """A model that is asked again and again about pairs of which most look as they did before."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._said: tuple[Places, NDArray[np.float32], Floats] | None = None

    def score(self, pairs: Places, rows: NDArray[np.float32]) -> Floats:
        """The score of each pair, by number, with its features; of the same features it is what it was."""
        new, score = np.ones(len(pairs), dtype=bool), np.empty(len(pairs))
        if self._said:
            before, looked, told = self._said
            place = np.minimum(np.searchsorted(before, pairs), len(before) - 1)
            new = (before[place] != pairs) | (looked[place].view(np.int32) != rows.view(np.int32)).any(axis=1)
            score[~new] = told[place[~new]]
        score[new] = self._model.score(rows[new])
        order = np.argsort(pairs, kind="stable")
        self._said = pairs[order], rows[order], score[order]
        return score


def candidate_pairs(groups: Groups) -> tuple[Places, Places]:
    """Pairs that can be one person: a shared key, agreeing family names, no conflict of names, ORCIDs or works."""
    book, orcid, total = groups.roll.book, groups.orcid, len(groups)
    if not total:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    names, called = np.unique(groups.name, return_inverse=True)
    blocks = book.keys[names].T.tocsr()
    crowded = groups.held() > BLOCK_CAP
    one, other = _pairs_by_name(book, names, called, blocks[~crowded])
    bearers = binary(blocks[crowded] @ marked(called, len(names)).T)
    stated = np.flatnonzero(orcid >= 0)
    same = marked(orcid[stated], int(orcid.max(initial=0)) + 1).T.tocsr()
    several = [*_lists(bearers.indices, bearers.indptr), *_lists(stated[same.indices], same.indptr)]
    more, beside = all_pairs((part for block in several for part in _parts(block, groups)), total)
    asked, which = np.unique(called[more] * len(names) + called[beside], return_inverse=True)
    fits = book.possible(*(names[side] for side in np.divmod(asked, len(names))))[which]
    fits |= (orcid[more] >= 0) & (orcid[more] == orcid[beside])
    codes = each_once(np.concatenate([one * total + other, (more * total + beside)[fits]]))
    one, other = np.divmod(codes, total)
    different = (orcid[one] >= 0) & (orcid[other] >= 0) & (orcid[one] != orcid[other])
    work = groups.work
    keep = ~different & (work[one] != work[other])
    return one[keep], other[keep]


def _lists(members: Places, starts: Places) -> list[Places]:
    return [one.astype(np.int64) for one in np.split(members, starts[1:-1]) if len(one) > 1]


def _pairs_by_name(book: Book, names: Places, called: Places, blocks: csr_matrix) -> tuple[Places, Places]:
    """Pairs of groups whose names share a block and can be one person's. called: the place of each one's name."""
    a, b = pairs_within(np.diff(blocks.indptr), blocks.indices.astype(np.int64))
    alone = each_once(blocks.indices).astype(np.int64)
    a, b = np.divmod(each_once(np.concatenate([a * len(names) + b, alone * len(names) + alone])), len(names))
    fits = book.possible(names[a], names[b])
    a, b = a[fits], b[fits]
    bearers = np.argsort(called, kind="stable")
    ends = np.cumsum(np.bincount(called))
    starts = ends - np.bincount(called)
    pair, left = spread(starts[a], ends[a])
    row, right = spread(starts[b[pair]], ends[b[pair]])
    keep = (a != b)[pair[row]] | (left[row] < right)
    one, other = bearers[left[row[keep]]], bearers[right[keep]]
    return np.minimum(one, other), np.maximum(one, other)


def _parts(block: Places, groups: Groups) -> Iterator[Places]:
    """A block itself, or of a crowded one those that share a full given name, a place, or a co-author as well."""
    if len(block) <= BLOCK_CAP:
        yield block
        return
    mates = groups.mates[block]
    given = groups.roll.book.folded[groups.name[block], 1]
    where = groups.roll.alike[0][groups.first[block]]
    shared = ((given, block), (where, block), (mates.indices, np.repeat(block, np.diff(mates.indptr))))
    for tag, members in shared:
        order = np.argsort(tag, kind="stable")
        for group in np.split(members[order], np.flatnonzero(np.diff(tag[order])) + 1):
            if len(group) <= BLOCK_CAP:
                yield group
            else:  # each with the next few holds a group together
                yield from (group[start : start + 20] for start in range(0, len(group), 10))


def _orcid_of(orcids: Places, home: Places, total: int) -> Places:
    held = np.full(total, -1, dtype=np.int64)
    np.maximum.at(held, home, orcids)
    return held


def _between(one: Places, other: Places, total: int) -> tuple[Places, Places]:
    """Pairs of groups from pairs of their members, each once."""
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    codes = each_once(low * total + high)
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
    """Join the groups of a part by average linkage; of each pair the first is the lower one."""
    members, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    count = len(members)
    a, b = place[: len(one)], place[len(one) :]
    apart = np.ones(count * (count - 1) // 2)
    apart[count * a - a * (a + 1) // 2 + b - a - 1] = 1 - chance
    groups = {place: [place] for place in range(count)}
    for number, (left, right, distance, _) in enumerate(linkage(apart, "average").tolist(), start=count):
        if distance > 1 - least:  # they come in rising order
            break
        groups[number] = groups.pop(int(left)) + groups.pop(int(right))
    for group in groups.values():
        joined[members[group]] = members[min(group)]


def _without_conflicts(
    joined: Places, home: Places, said: Sequence[Said], pairs: tuple[Places, Places, Floats], least: float
) -> Places:
    """The same, but groups with a conflict inside are put together again pair by pair, the likeliest first."""
    inside: dict[int, list[int]] = defaultdict(list)
    new = joined[home]
    for number in np.flatnonzero(np.bincount(joined)[new] > 1).tolist():
        inside[int(new[number])].append(number)
    bad = {group for group, members in inside.items() if _in_conflict([said[m] for m in members])}
    if not bad:
        return joined
    again = joined.copy()
    groups = np.flatnonzero(np.isin(joined, sorted(bad)))
    again[groups] = joined.max() + 1 + np.arange(len(groups))
    groups_of = {int(again[group]): [group] for group in groups.tolist()}
    members_of: dict[int, list[Said]] = defaultdict(list)
    for group in sorted(bad):
        for number in inside[group]:
            members_of[int(again[home[number]])].append(said[number])
    one, other, chance = pairs
    wanted = np.flatnonzero(np.isin(joined[one], sorted(bad)) & (joined[one] == joined[other]) & (chance >= least))
    for pair in wanted[np.argsort(-chance[wanted], kind="stable")].tolist():
        kept, gone = sorted((int(again[one[pair]]), int(again[other[pair]])))
        if kept != gone and not _in_conflict([*members_of[kept], *members_of[gone]]):
            again[groups_of[gone]] = kept
            groups_of[kept] += groups_of.pop(gone)
            members_of[kept] += members_of.pop(gone)
    return np.unique(again, return_inverse=True)[1]


def _in_conflict(members: Collection[Said]) -> bool:
    """Whether some of them cannot be one person: two ORCIDs, one work twice, given names that contradict each other."""
    orcids = {one.orcid for one in members if one.orcid >= 0}
    if len(orcids) > 1:
        return True
    if sum(len(one.works) for one in members) > len(set(chain.from_iterable(one.works for one in members))):
        return True
    givens = sorted({one.name.given for one in members})
    families = {one.name for one in members}
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
