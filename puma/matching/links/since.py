"""What came since a full matching, scored beside what that kept, as if all had been scored: both sides may change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from puma.matching.links.evidence import Values
from puma.matching.links.facts import Few
from puma.matching.links.features import beside_works, measure_alone, together
from puma.matching.links.grids import EARLIEST, EARLIEST_TEAM, Finder, Grids, Leads, find, finder
from puma.matching.links.kept import Kept
from puma.matching.links.pairs import Pairs, some_pairs
from puma.matching.links.score import Scored, likely, told
from puma.matching.links.sides import (
    Axes,
    BidSide,
    Indices,
    WorkSide,
    bid_side,
    counted,
    joined,
    take,
    widened,
    work_side,
)
from puma.matching.links.works import Bid, Work
from puma.matching.model import Model

LOOKED_AT = 300
"""Publications that are looked at because of one proposal that came: of those that share people with it, and of those
that share words, as many as share most. It is among the candidates of about every tenth of them."""
NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Since:
    """What was measured since a full matching: it stands beside what that kept, and in the place of some of it.

    people, places, tools: what came to the axes; names: of these people. works: the publications that were measured;
    bids: the proposals that came, in columns behind those that are kept. pairs: all candidates of the publications.
    void: the publications of which nothing that is kept counts; dead: the columns of proposals that count no more.
    """

    people: Indices
    places: Indices
    tools: Indices
    names: NDArray[np.str_]
    works: WorkSide
    bids: BidSide
    pairs: Pairs
    void: Indices
    dead: Indices

    @classmethod
    def nothing(cls, kept: Kept) -> "Since":
        """As it is when the full matching has just been."""
        none = slice(0, 0)
        works, bids = take(kept.of_works, none), take(kept.of_bids, none)
        pairs = some_pairs(kept.pairs, NOTHING)
        return cls(NOTHING, NOTHING, NOTHING, kept.names[none], works, bids, pairs, NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Again:
    """The links of what was looked at again. pairs: all candidates among it, also those that are no link any more."""

    scored: list[Scored]
    pairs: frozenset[tuple[int, int]]
    since: Since


def score_again(
    kept: Kept,
    since: Since,
    works: Sequence[Work] = (),
    gone: Collection[int] = (),
    bids: Sequence[Bid] = (),
    withdrawn: Collection[int] = (),
    *,
    least: float,
    model: Model,
    called: Mapping[int, str] | None = None,
) -> Again:
    """Score publications and proposals that are new or changed, and what they change of others.

    since: what came before them. works, bids: as they are now; gone, withdrawn: those that are no more. called: names
    of persons to show. The result is that of scoring everything with the rarities of the full matching; of somebody who
    was on no proposal then, the rarity of one who is on one. A publication bears only on pairs of the proposals that
    are its candidates, and of those the other pairs need only be judged again, not measured. What proposals bring that
    none had before (words, institutions, instruments) is found in publications that are measured from then on.
    """
    since = _grown(kept.axes, since, bids, called or {})
    axes = axes_with(kept, since)
    asked = _asked(kept, since, axes, bids, withdrawn)
    columns = len(asked.side.numbers)
    changed = np.array(sorted({*gone, *(one.work_id for one in works)}), dtype=np.int64)
    all_since = np.ones(len(since.works.numbers), dtype=bool)
    layers = (
        _Layer(kept.of_works, kept.pairs, ~np.isin(kept.of_works.numbers, since.void), kept),
        _Layer(since.works, since.pairs, all_since),
    )

    def below(*sides: WorkSide) -> WorkSide:
        return joined(widened(side, axes, columns) for side in sides)

    # measured are the new ones, and those of which a proposal that came or went is a candidate
    fresh = work_side(works, asked.side.numbers, axes, counted(works, axes))
    reached = [_reached(one, asked, changed) for one in layers]
    wide = below(fresh, *(take(one.works, rows) for one, rows in zip(layers, reached, strict=True) if len(rows)))
    rows, found = find(wide, asked.side, asked.near)
    rows, found = (one[~np.isin(found, asked.dead)] for one in (rows, found))
    losing = np.concatenate([one.numbers(one.beside(asked.dying)) for one in layers])
    wanted = np.isin(wide.numbers, np.concatenate([losing, fresh.numbers]))
    wanted[rows[found >= asked.first]] = True
    chosen, kept_pairs = np.flatnonzero(wanted), wanted[rows]
    measured = wide if wanted.all() else take(wide, chosen)
    new = measure_alone(measured, asked.side, axes.rarity, np.searchsorted(chosen, rows[kept_pairs]), found[kept_pairs])
    # judged are they, and the other pairs of proposals that see other candidates now
    over = np.union1d(measured.numbers, changed)
    before = [some_pairs(one.pairs, one.of(over)) for one in layers]
    owners = np.concatenate([one.numbers(one.of(over)) for one in layers])
    touched = np.setdiff1d(_touched(owners, before, measured.numbers[new.rows], new, columns), asked.dead)
    left = [replace(one, counts=one.counts & ~np.isin(one.works.numbers, over)) for one in layers]
    others = [one.some(one.beside(np.union1d(touched, new.columns))) for one in left]
    several = [(one.works, rows) for one, (rows, _) in zip(left, others, strict=True)]
    several.append((measured, np.arange(len(measured.numbers))))
    numbers = np.concatenate([side.numbers[rows] for side, rows in several])
    counts = [len(rows) for _, rows in several]
    pairs = beside_works(together(_one_below_the_other(counts, [*(some for _, some in others), new])))
    judged = np.isin(pairs.columns, touched) | (pairs.rows >= len(numbers) - len(measured.numbers))
    pairs = some_pairs(pairs, np.flatnonzero(judged))
    was = np.concatenate([kept.of_bids.numbers, since.bids.numbers])  # those that went had their numbers then
    gone_pairs = owners.tolist(), was[np.concatenate([some.columns for some in before])].tolist()
    seen = numbers[pairs.rows].tolist(), asked.side.numbers[pairs.columns].tolist()
    looked_at = frozenset(zip(*seen, strict=True)) | frozenset(zip(*gone_pairs, strict=True))
    m = Grids((), (), measured, asked.side, axes, asked.near, _names(kept, since), {})
    hopeful = np.concatenate([np.zeros(0, np.int64), *likely(pairs, model, least)])
    scored = _told(m, several, some_pairs(pairs, hopeful), model)
    stay, stayed = left[1].those_that_count()
    since = replace(
        since, works=below(stay, measured), bids=asked.came, void=np.union1d(since.void, over), dead=asked.dead,
        pairs=together(_one_below_the_other([len(stay.numbers), 0], [stayed, new])),
    )  # fmt: skip
    return Again(scored, looked_at, since)


def _told(m: Grids, several: Sequence[tuple[WorkSide, Indices]], pairs: Pairs, model: Model) -> list[Scored]:
    """The ledgers of pairs. several: where the publications stand that their rows count, one below the other."""
    rows = np.unique(pairs.rows)
    ends = np.cumsum([len(some) for _, some in several])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    few = Few.of(
        [
            (side, some[part - (end - len(some))])
            for (side, some), part, end in zip(several, parts, ends.tolist(), strict=True)
        ],
        len(m.axes.people),
    )
    pairs = replace(pairs, rows=np.searchsorted(rows, pairs.rows))
    found = chain.from_iterable(told(m, few, pairs, np.arange(len(pairs.rows)), model))
    return sorted(found, key=lambda one: (one.work_id, one.proposal_id))


def as_it_is(kept: Kept, since: Since, works: Sequence[Work]) -> Grids:
    """All publications beside all proposals: what `score_again` finds is what scoring this would find."""
    axes = axes_with(kept, since)
    asked = _asked(kept, since, axes, (), ())
    side = work_side(works, asked.side.numbers, axes, counted(works, axes))
    return Grids(works, (), side, asked.side, axes, asked.near, _names(kept, since), {})


def named_by(kept: Kept, since: Since, proposals: Collection[int]) -> set[int]:
    """The publications that an identifier leads to one of these proposals, as they were measured."""
    numbers = np.concatenate([kept.of_bids.numbers, since.bids.numbers])
    columns = np.setdiff1d(np.flatnonzero(np.isin(numbers, np.array(sorted(proposals)))), since.dead)
    return {
        int(number)
        for side in (kept.of_works, since.works)
        for number in side.numbers[
            np.unique(side.identified.tocsc()[:, columns[columns < side.identified.shape[1]]].indices)
        ]
    }


@dataclass(frozen=True, slots=True)
class _Layer:
    """Publications with their pairs, in their order, and which of them count. kept: where it is what was kept."""

    works: WorkSide
    pairs: Pairs
    counts: NDArray[np.bool_]
    kept: Kept | None = None

    def of(self, numbers: Indices) -> Indices:
        """The places of the pairs of these publications."""
        rows = np.flatnonzero(self.counts & np.isin(self.works.numbers, numbers))
        return _stretches(*(np.searchsorted(self.pairs.rows, rows, side=side) for side in ("left", "right")))

    def beside(self, columns: Indices) -> Indices:
        """The places of the pairs of these proposals, in order."""
        if self.kept is None:
            places = np.flatnonzero(np.isin(self.pairs.columns, columns))
        else:
            here = columns[columns < len(self.kept.of_bids.numbers)]
            places = np.sort(self.kept.by_bid[_stretches(self.kept.starts[here], self.kept.starts[here + 1])])
        return places[self.counts[self.pairs.rows[places]]]

    def numbers(self, places: Indices) -> Indices:
        """The publications of pairs."""
        return self.works.numbers[self.pairs.rows[places]]

    def some(self, places: Indices) -> tuple[Indices, Pairs]:
        """The rows of publications of pairs that count, and these pairs, counting the rows."""
        found = some_pairs(self.pairs, places[self.counts[self.pairs.rows[places]]])
        rows = np.unique(found.rows)
        return rows, replace(found, rows=np.searchsorted(rows, found.rows))

    def those_that_count(self) -> tuple[WorkSide, Pairs]:
        """Every publication that counts, with its pairs."""
        if self.counts.all():
            return self.works, self.pairs
        found, rows = some_pairs(self.pairs, np.flatnonzero(self.counts[self.pairs.rows])), np.flatnonzero(self.counts)
        return take(self.works, rows), replace(found, rows=np.searchsorted(rows, found.rows))


@dataclass(frozen=True, slots=True)
class _Both:
    """How the proposals that are kept are found, as they were then, and how those that came. alive: 1, or 0 of dead."""

    kept: Finder
    came: Finder
    alive: Values

    def through_people(self, authors: csr_matrix) -> csr_matrix:
        """How far each row of authors leads to each proposal."""
        grid = self.kept.by_person
        starts = np.pad(grid.indptr, (0, authors.shape[1] - grid.shape[0]), "edge")
        longer = csr_matrix((grid.data, grid.indices, starts), shape=(authors.shape[1], grid.shape[1]))
        return self._of_the_living(authors @ longer, self.came.through_people(authors))

    def through_words(self, texts: csr_matrix) -> csr_matrix:
        """The same of texts; the words of those that came take no place from words that led before."""
        return self._of_the_living(self.kept.through_words(texts), self.came.through_words(texts))

    def _of_the_living(self, kept: csr_matrix, came: csr_matrix) -> csr_matrix:
        found = hstack([kept, came], format="csr")
        found.data *= self.alive[found.indices]
        return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """All proposals by their columns, and how they are found. came: those that came since the full matching.

    first, near_first: the first of the columns that came just now, and how they alone are found. dead: columns that
    count no more; dying: those of them that did until now.
    """

    side: BidSide
    near: Leads
    came: BidSide
    first: int
    near_first: Finder | None
    dead: Indices
    dying: Indices


def _asked(kept: Kept, since: Since, axes: Axes, bids: Sequence[Bid], withdrawn: Collection[int]) -> _Asked:
    first = len(kept.of_bids.numbers) + len(since.bids.numbers)
    changed = np.array(sorted({*withdrawn, *(one.proposal_id for one in bids)}), dtype=np.int64)
    if not len(since.bids.numbers) and not len(changed) and not len(since.dead):
        return _Asked(kept.of_bids, kept.near, since.bids, first, None, NOTHING, NOTHING)
    fresh = bid_side(bids, axes, counted(bids, axes))
    came = joined(widened(side, axes, 0) for side in (since.bids, fresh))
    side = joined([widened(kept.of_bids, axes, 0), came])
    dying = np.setdiff1d(np.flatnonzero(np.isin(side.numbers[:first], changed)), since.dead)
    dead = np.union1d(since.dead, dying)
    numbers = side.numbers.copy()
    numbers[dead] = -1 - dead
    word = kept.near.by_word
    common = (np.diff(word.indptr) == 0) & (np.bincount(kept.of_bids.texts.indices, minlength=word.shape[0]) > 0)
    near, _ = finder(came, axes)
    near = Finder(near.by_person, near.by_word.multiply(~common[:, None]).tocsr())
    alive = np.ones(len(numbers))
    alive[dead] = 0.0
    both = _Both(kept.near, near, alive)
    last = slice(len(since.bids.numbers), None)
    near_first = Finder(near.by_person[:, last], near.by_word[:, last]) if len(bids) else None
    return _Asked(replace(side, numbers=numbers), both, came, first, near_first, dead, dying)


def _reached(layer: _Layer, asked: _Asked, changed: Indices) -> Indices:
    """The rows of publications of which a proposal that goes is a candidate, or one that comes may be."""
    works, found = layer.works, [layer.pairs.rows[layer.beside(asked.dying)]]
    counts = layer.counts & ~np.isin(works.numbers, changed)
    if asked.near_first:
        near = asked.near_first
        for grid, leads, earliest in (
            (works.authors, near.by_person, EARLIEST_TEAM), (works.texts, near.by_word, EARLIEST)
        ):  # fmt: skip
            shared = (grid @ leads[: grid.shape[1]]).tocsc()
            for column, first in enumerate(asked.side.first[asked.first :].tolist()):
                here = slice(shared.indptr[column], shared.indptr[column + 1])
                rows, weight = shared.indices[here], shared.data[here]
                possible = counts[rows] & (weight > 0) & ~(first > works.late[rows] - earliest)
                rows, weight = rows[possible], weight[possible]
                found.append(rows[np.lexsort((rows, -weight))[:LOOKED_AT]])
    every = np.unique(np.concatenate(found)).astype(np.int64)
    return np.asarray(every[counts[every]])


def _touched(owners: Indices, before: Sequence[Pairs], works: Indices, new: Pairs, columns: int) -> Indices:
    """The proposals of pairs that came, went, or look otherwise to the other pairs of their proposal."""
    old = {
        name: np.concatenate([getattr(one, name) for one in before])
        for name in ("columns", "impression", "words", "team", "claim")
    }
    mine, theirs = owners * columns + old["columns"], works * columns + new.columns
    _, here, there = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    same = np.ones(len(here), dtype=bool)
    for name in ("impression", "words", "team", "claim"):
        same &= old[name][here] == getattr(new, name)[there]
    found: Indices = np.union1d(np.delete(old["columns"], here[same]), np.delete(new.columns, there[same]))
    return found


def _one_below_the_other(counts: Sequence[int], several: Sequence[Pairs]) -> list[Pairs]:
    """The pairs of publications that stand one below the other. counts: of publications."""
    found, start = [], 0
    for count, pairs in zip(counts, several, strict=True):
        found.append(replace(pairs, rows=pairs.rows + start))
        start += count
    return found


def _grown(axes: Axes, since: Since, bids: Sequence[Bid], called: Mapping[int, str]) -> Since:
    """The same with the axes grown by what these proposals bring."""
    if not bids:
        return since

    def more(known: Indices, later: Indices, some: Iterable[frozenset[int]]) -> Indices:
        found = np.array(sorted(frozenset().union(*some)), dtype=np.int64)
        return np.concatenate([later, np.setdiff1d(found, np.concatenate([known, later]))])

    people = more(axes.people, since.people, (bid.team | bid.local_contacts for bid in bids))
    names = [called.get(one, "") for one in people[len(since.people) :].tolist()]
    return replace(
        since, people=people, names=np.concatenate([since.names, np.array(names, dtype=np.str_)]),
        places=more(axes.places, since.places, (bid.institutions for bid in bids)),
        tools=more(axes.tools, since.tools, (bid.instruments for bid in bids)),
    )  # fmt: skip


def axes_with(kept: Kept, since: Since) -> Axes:
    """The axes of the full matching, with what came to them at their ends."""
    axes, count, came = kept.axes, len(kept.of_bids.numbers), len(since.people)
    if not came and not len(since.places) and not len(since.tools):
        return axes
    rarity: Values = np.full(came, np.clip(np.log((count + 1) / 1.5) / np.log(count + 2), 0.0, 1.0))
    return replace(
        axes, people=np.concatenate([axes.people, since.people]), rarity=np.concatenate([axes.rarity, rarity]),
        held=np.concatenate([axes.held, np.ones(came, dtype=np.int64)]),
        places=np.concatenate([axes.places, since.places]), tools=np.concatenate([axes.tools, since.tools]),
    )  # fmt: skip


def _names(kept: Kept, since: Since) -> NDArray[np.str_]:
    """How to show the people of the axis."""
    known = len(kept.axes.people)
    return np.concatenate([kept.names[:known], since.names]) if known + len(since.names) else kept.names


def _stretches(first: Indices, last: Indices) -> Indices:
    parts = [np.arange(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return np.concatenate([NOTHING, *parts])
