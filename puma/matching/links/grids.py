"""Publications and proposals ready to be compared, and the pairs of them worth a look: bounded for each publication."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from puma.matching.links.evidence import Values
from puma.matching.links.sides import Axes, BidSide, Indices, WorkSide, axes_of, bid_side, joined, work_side
from puma.matching.links.words import Said, over, said, titles_and_texts
from puma.matching.links.works import Bid, Work
from puma.matching.shared import each_once
from puma.work import Hands, Own, in_turn

__all__ = ["Finder", "Grids", "Indices", "Leads", "candidates", "find", "finder", "grids"]

PERSON_CAP = 300  # proposals; somebody on more of them finds no candidates alone
WORD_CAP = 300  # proposals; a word finds only those in which it weighs most
WORDS_USED = 24  # of a publication, the heaviest
TEAM_TOP = 25  # candidates per publication through people
TEXT_TOP = 10  # and through words
TEXT_TOP_ALONE = 30  # and where people give none
COMMON_WORD = 0.05  # words in a larger share of the proposals find no candidates
STEP = 2000  # publications compared at a time
BLOCK = 20_000  # publications read at a time
EARLIEST = -1.5  # years a publication may precede the beam time and still be a candidate through words
EARLIEST_TEAM = -3.0  # and through people; dates of records are wrong by years now and then


Texts = Sequence[tuple[str, str]]
"""Titles, each with the rest of its text, in the order of their records."""
Begun = dict[int, Callable[[], Said]]
"""Texts that somebody reads already, by their checksum in this process."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Which proposals each person and each word leads to, with weights; both capped."""

    by_person: csr_matrix
    by_word: csr_matrix

    def through_people(self, authors: csr_matrix) -> csr_matrix:
        """How far each row of authors leads to each proposal."""
        return (authors @ self.by_person).tocsr()

    def through_words(self, texts: csr_matrix) -> csr_matrix:
        """The same of texts, through the heaviest words that lead anywhere."""
        return (_heaviest(texts, self) @ self.by_word).tocsr()


class Leads(Protocol):
    """What leads from people and words to proposals."""

    def through_people(self, authors: csr_matrix) -> csr_matrix:
        """How far each row of authors leads to each proposal."""

    def through_words(self, texts: csr_matrix) -> csr_matrix:
        """The same of texts."""


@dataclass(frozen=True, slots=True)
class Grids:
    """Everything about works and proposals that can be counted, counted once. names: of the people of the axis."""

    works: Sequence[Work]
    bids: Sequence[Bid]
    of_works: WorkSide
    of_bids: BidSide
    axes: Axes
    finder: Leads
    names: NDArray[np.str_]
    counters: dict[str, int]


def begin_reading(bids: Texts, works: Texts, who: Hands) -> Begun:
    """Let titles and texts of all proposals and publications be read beside what follows."""
    blocks = [bids, *(works[start : start + BLOCK] for start in range(0, max(len(works), 1), BLOCK))]
    return {hash(tuple(some)): who.beside(said, some) for some in blocks}


def grids(
    works: Sequence[Work],
    bids: Sequence[Bid],
    called: Mapping[int, str] | None = None,
    axes: Axes | None = None,
    *,
    hands: Hands | None = None,
    begun: Begun | None = None,
) -> Grids:
    """Works and proposals over common axes. ``called``: names of persons to show; ``axes``: those of an earlier time.

    Axes carry the rarities; with given ones, the same pair gets the same score whatever else is there. Works are asked
    for in slices of `BLOCK`, twice or thrice, and not kept: they need not be in memory all together. hands: who reads.
    begun: what `begin_reading` gave; where the texts are still those, they are not read again.
    """
    who = hands if hands and len(works) > BLOCK else Own()
    blocks = [slice(start, start + BLOCK) for start in range(0, max(len(works), 1), BLOCK)]

    def texts() -> Iterator[Texts]:
        yield titles_and_texts(bids)
        yield from (titles_and_texts(works[block]) for block in blocks)

    marks = [hash(tuple(some)) for some in texts()] if begun else []
    if begun and begun.keys() >= set(marks):
        theirs, *read = [begun[mark]() for mark in marks]
        begun.clear()  # it is long
    else:
        theirs, *read = in_turn(who, said, texts())
    if axes is None:
        axes = axes_of(bids, [theirs, *read], len(works) + len(bids))
    known, of_bids = axes, bid_side(bids, axes, over(theirs, axes.words))
    of_works = joined(
        work_side(works[block], of_bids.numbers, known, over(read.pop(0), known.words)) for block in blocks
    )
    near, capped = finder(of_bids, axes)
    names = np.array([(called or {}).get(one, "") for one in axes.people.tolist()] or [""], dtype=np.str_)
    return Grids(
        works, bids, of_works, of_bids, axes, near, names,
        {"people_too_common": int((axes.held > PERSON_CAP).sum()), "words_too_common": capped},
    )  # fmt: skip


def finder(of_bids: BidSide, axes: Axes) -> tuple[Finder, int]:
    """Where people and words lead to; and how many words lead to fewer proposals than have them."""
    usable = axes.rarity * (axes.held <= PERSON_CAP)
    by_person = (of_bids.team + of_bids.contacts * 0.3).multiply(usable).tocsr().T.tocsr()
    by_person.eliminate_zeros()
    by_word = of_bids.texts.T.tocsr()
    found = np.diff(by_word.indptr)
    common = found > max(COMMON_WORD * len(of_bids.numbers), 20)
    rows = np.repeat(np.arange(by_word.shape[0]), found)
    kept = ~common[rows]
    many = np.flatnonzero(((found > WORD_CAP) & ~common)[rows])
    order = many[np.lexsort((-by_word.data[many], rows[many]))]  # of equal ones the lowest stay in front
    kept[order] = np.arange(len(many)) - np.searchsorted(rows[many], rows[many]) < WORD_CAP
    words = csr_matrix((by_word.data[kept], (rows[kept], by_word.indices[kept])), shape=by_word.shape)
    return Finder(by_person, words), int((common | (found > WORD_CAP)).sum())


def candidates(m: Grids) -> tuple[Indices, Indices]:
    """Pairs (row of work, row of proposal) worth a look, sorted; their number grows with works, not with the square."""
    return find(m.of_works, m.of_bids, m.finder)


def find(works: WorkSide, bids: BidSide, near: Leads) -> tuple[Indices, Indices]:
    """The candidates of these works, as `candidates`."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for start in range(0, len(works.numbers), STEP):
        some = slice(start, start + STEP)
        late = works.late[some]
        people = near.through_people(works.authors[some])
        one, other = _top(people, np.full(len(late), TEAM_TOP), bids.first, late - EARLIEST_TEAM)
        top = np.where(np.bincount(one, minlength=len(late)) > 0, TEXT_TOP, TEXT_TOP_ALONE)
        words = near.through_words(works.texts[some])
        third, fourth = _top(words, top, bids.first, late - EARLIEST)
        named = works.identified[some].tocoo()
        rows = np.concatenate([one, third, named.row.astype(np.int64)])
        columns = np.concatenate([other, fourth, named.col.astype(np.int64)])
        keys = each_once(rows * len(bids.numbers) + columns)
        if len(keys):
            pairs.append(np.column_stack([keys // len(bids.numbers) + start, keys % len(bids.numbers)]))
    every = np.concatenate(pairs)
    return every[:, 0], every[:, 1]


def _heaviest(texts: csr_matrix, near: Finder) -> csr_matrix:
    """Of each row the heaviest words that lead anywhere."""
    leads = np.diff(near.by_word.indptr) > 0
    rows = np.repeat(np.arange(texts.shape[0], dtype=np.min_scalar_type(texts.shape[0])), np.diff(texts.indptr))
    use = leads[texts.indices]
    rows, columns, values = rows[use], texts.indices[use], texts.data[use]
    order = np.lexsort((-values, rows))  # the words of a row are in order, and of equal ones the lowest stay in front
    rows, columns, values = rows[order], columns[order], values[order]
    kept = np.arange(len(rows)) - np.searchsorted(rows, rows, side="left") < WORDS_USED
    return csr_matrix((values[kept], (rows[kept], columns[kept])), shape=texts.shape)


def _top(product: csr_matrix, top: Indices, first: Values, latest: Values) -> tuple[Indices, Indices]:
    """The best columns of each row, at most ``top`` of it, with beam time not after its latest day.

    Of equal ones the lowest columns are taken.
    """
    rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    columns, values = product.indices.astype(np.int64), product.data
    possible = ~(first[columns] > latest[rows]) & (values > 0)
    rows, columns, values = rows[possible], columns[possible], values[possible]
    counts = np.bincount(rows, minlength=product.shape[0])
    ends = np.cumsum(counts)
    kept = (counts <= top)[rows]
    for row in np.flatnonzero(counts > top).tolist():
        part, most = slice(ends[row] - counts[row], ends[row]), int(top[row])
        here = values[part]
        least = np.partition(here, len(here) - most)[len(here) - most]
        chosen = here > least
        equal = np.flatnonzero(here == least)
        chosen[equal[np.argsort(columns[part][equal])][: most - int(chosen.sum())]] = True
        kept[part] = chosen
    return rows[kept], columns[kept]
