"""Duplicates and versions of publications: identifiers first, then text; distinct DOIs are never made one."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from puma.identifiers import clean_doi
from puma.matching.duplicates.pairs import Described, Shelf, pair_rows, shelve, surname, title_of, words
from puma.matching.duplicates.versions import Bond, bond, conflict, is_generic, same_title, stripped
from puma.matching.leaf_points import LeafPoints
from puma.matching.lexicon import Lexicon
from puma.matching.model import Floats, Model, load, probability
from puma.matching.rarity import Bags, Places
from puma.matching.shared import each_once

MODEL = "duplicates"
SAME = 0.95  # probability from which two records without a conflict are one work
ASK = 0.5  # and from which a person is asked
NEAREST = 20  # candidates of a work
RAREST = 8  # words by which a work is looked for
COMMON = 0.02  # a word in more of all works finds none
MOST = 2000  # nor does one in more works than this
ROWS = 2000  # works looked up together
NEAR = 0.25  # share of a work's rarity that a candidate has at least
IDENTIFIERS = 12.0  # log-odds of an identifier that two records share
DIRECTED = frozenset(
    ["erratum", "component", "dataset", "version", "preprint", "chapter", "thesis", "conference paper"]
)


Parts = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """Two records of one work, or of two versions of it; the left one is the version, or the younger record.

    verdict: "same" (may be merged), "version" (`kind` says which: related, never merged), "ask" (a person decides).
    evidence: kind of evidence, points, sentence; the points sum to the score.
    """

    left_id: int
    right_id: int
    verdict: str
    kind: str
    probability: float
    evidence: tuple[tuple[str, float, str], ...] = ()


def find_twins(
    works: Sequence[Described], against: Sequence[Described] | None = None, *, model: Model | None = None
) -> list[Twin]:
    """Duplicates and versions among works, or between works and others, the likeliest first.

    Cost grows with the number of works times `NEAREST`; words that many works share find nothing.
    """
    everything = [*works, *(against or ())]
    shelf = shelve(everything)
    one, other = candidates(shelf, everything, len(works) if against is not None else None)
    rows = pair_rows(shelf, one, other)
    twice = {
        (a, b)
        for some in held_by(everything).values()
        for a, b in pairwise(some)
        if against is None or (a < len(works) <= b)
    }
    return told(everything, one, other, rows, twice, model or load(MODEL))


def told(
    works: Sequence[Described],
    one: Places,
    other: Places,
    rows: NDArray[np.float32],
    twice: Collection[tuple[int, int]],
    model: Model,
) -> list[Twin]:
    """The verdicts on pairs of works, the likeliest first. rows: their features; twice: pairs that share a name."""
    score = model.score(rows)
    found = []
    hopeful = np.flatnonzero(probability(score) >= ASK).tolist()
    parts = _parts(model, rows, hopeful)
    seen = set()
    for row in hopeful:
        a, b = int(one[row]), int(other[row])
        seen.add((a, b))
        found.append(judged(works[a], works[b], float(score[row]), parts.get(row, ())))
    found += [judged(works[a], works[b], 0.0) for a, b in sorted(set(twice) - seen)]
    kept = [twin for twin in found if twin.verdict]
    return sorted(kept, key=lambda twin: (-twin.probability, twin.left_id, twin.right_id))


def judge(one: Described, other: Described, *, model: Model | None = None) -> Twin:
    """What two records are to each other; verdict "" when they are different works."""
    rows = pair_rows(shelve([one, other]), np.array([0]), np.array([1]))
    return judged(one, other, float((model or load(MODEL)).score(rows)[0]))


def _parts(model: Model, rows: NDArray[np.float32], places: Sequence[int]) -> dict[int, Parts]:
    """The points by kind of evidence of some pairs."""
    if not len(places):
        return {}
    points = LeafPoints(model)
    return {
        place: tuple(zip(points.kinds, line, strict=True))
        for place, line in zip(places, points.of(rows[places]).tolist(), strict=True)
    }


def judged(one: Described, other: Described, score: float, parts: Parts = ()) -> Twin:
    """The verdict on two records whose texts have a score; identifiers speak first, then the kinds of works.

    parts: (kind of evidence, points) that sum to the score, where they are known.
    """
    dois = clean_doi(one.doi or ""), clean_doi(other.doi or "")
    shared = bool(dois[0] and dois[0] == dois[1]) or bool(one.others & other.others)
    distinct = bool(dois[0] and dois[1] and dois[0] != dois[1])
    relation = bond(one, other)
    titles = title_of(one.title), title_of(other.title)
    lines: list[tuple[str, float, str]] = [(kind, points, "") for kind, points in parts if points]
    lines = lines or [("text", score, "titles, authors, containers, years and pages compared")]
    if relation.kind == "erratum" and same_title(stripped(titles[0]), stripped(titles[1])):
        lines.append(("title", max(0.0, 4.0 - score), "the correction repeats the title"))
    against = conflict(one, other)
    if shared and distinct:
        shared = False  # a PubMed number on two DOIs is a slip of a source
    if shared:
        lines.append(("identifier", IDENTIFIERS, f"both have {dois[0] or sorted(one.others & other.others)[0]}"))
        if titles[0] and titles[1] and not _alike(titles[0], titles[1]) and score < 0:
            # The DOI of a book or an issue on its chapters, or a wrong one.
            return _twin(one, other, "ask", Bond("container", "one DOI on different titles"), lines, most=0.5)
        if relation.kind in ("erratum", "chapter", "component"):
            return _twin(one, other, "ask", relation, lines, most=0.5)
        return _twin(one, other, "same", Bond("", ""), lines)
    if against:
        lines.append(("conflict", -IDENTIFIERS, against))
        return _twin(one, other, "", Bond("", against), lines)
    chance = float(probability(np.array([sum(points for _, points, _ in lines)]))[0])
    if chance < ASK:
        return _twin(one, other, "", relation, lines)
    if relation.kind:
        return _twin(one, other, "version", relation, lines)
    if distinct:
        return _twin(one, other, "ask", Bond("duplicate", "two DOIs: a second publication, or a second DOI"), lines)
    if chance < SAME or is_generic(titles[0]) or is_generic(titles[1]):
        return _twin(one, other, "ask", Bond("duplicate", ""), lines)
    return _twin(one, other, "same", Bond("", ""), lines)


def _alike(one: str, other: str) -> bool:
    mine, theirs = words(one), words(other)
    return len(mine & theirs) >= 0.4 * min(len(mine), len(theirs))


def _twin(
    one: Described,
    other: Described,
    verdict: str,
    relation: Bond,
    lines: list[tuple[str, float, str]],
    *,
    most: float = 1.0,
) -> Twin:
    chance = min(float(probability(np.array([sum(points for _, points, _ in lines)]))[0]), most)
    if relation.reason:
        lines = [*lines, ("kind", 0.0, relation.reason)]
    left, right = one.work_id, other.work_id
    if not (relation.first if relation.kind in DIRECTED else left > right):
        left, right = right, left
    return Twin(left, right, verdict, relation.kind, round(chance, 4), tuple(lines))


def held_by(works: Sequence[Described]) -> dict[str, list[int]]:
    """For each identifier the places of the works that have it."""
    held: dict[str, list[int]] = defaultdict(list)
    for place, work in enumerate(works):
        for name in identifiers_of(work):
            held[name].append(place)
    return held


def identifiers_of(work: Described) -> set[str]:
    """All identifiers of a work, each with its scheme."""
    doi = clean_doi(work.doi or "")
    return {*work.others, *([f"doi:{doi}"] if doi else [])}


@dataclass(frozen=True, slots=True)
class Sought:
    """How works are looked for. rows: their words as they are found by; queries: the few by which they look.

    Both over the words of ``rare`` in the order of ``words``.
    """

    words: Sequence[str]
    rare: Lexicon
    rows: sparse.csr_matrix
    queries: sparse.csr_matrix

    @classmethod
    def of(cls, shelf: Shelf, works: Sequence[Described], rare: Lexicon | None = None) -> "Sought":
        """By rare words of titles and first surnames. rare: how rare they are; as they are among these, when None."""
        bags = Bags.of(
            words(title).union(s for name in work.authors[:3] if (s := surname(name)))
            for title, work in zip(shelf.titles, works, strict=True)
        )
        rare, rows = rare or _rarity(bags), bags.rows
        rows.data = rare.weights(bags.words).astype(np.float32)[rows.indices]
        rows.eliminate_zeros()
        return cls(bags.words, rare, rows, _rarest(rows, RAREST))

    @property
    def mass(self) -> Floats:
        """Of each work the weight of what it looks for, squared as its nearness to others is."""
        return np.asarray(self.queries.multiply(self.queries).sum(axis=1)).ravel()


def _rarity(bags: Bags) -> Lexicon:
    """The weights of words: 0 for those of many works."""
    works, words = bags.rows.shape
    held = np.bincount(bags.rows.indices, minlength=words)
    weight = np.log1p(works / np.maximum(held, 1)).astype(np.float32)
    weight[(held > max(COMMON * works, 50)) | (held > MOST)] = 0
    return Lexicon.of(bags.words, weight.astype(np.float64), float(np.log1p(works)))


def candidates(shelf: Shelf, works: Sequence[Described], border: int | None = None) -> tuple[Places, Places]:
    """Pairs that share rare words of titles and first surnames; border: only pairs across this place."""
    return nearest(Sought.of(shelf, works), border)[:2]


def nearest(sought: Sought, border: int | None = None) -> tuple[Places, Places, NDArray[np.float32]]:
    """Pairs of works that look for each other, and of each work how near another one must be to be among its nearest.

    border: only pairs across this place.
    """
    rows, queries, mass = sought.rows, sought.queries, sought.mass
    start, total = (0, rows.shape[0]) if border is None else (border, rows.shape[0])
    table = rows[start:total].T.tocsr()
    last = total if border is None else border
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    floors: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    for begin in range(0, last, ROWS):
        part = queries[begin : min(begin + ROWS, last)]
        near = (part @ table).tocsr()
        one, other, floor = best(near, mass[begin : begin + part.shape[0]])
        ones.append(one + begin)
        others.append(other + start)
        floors.append(floor)
    first, second = np.concatenate(ones), np.concatenate(others)
    low, high = np.minimum(first, second), np.maximum(first, second)
    codes = each_once((low * total + high)[low != high])
    return codes // total, codes % total, np.concatenate(floors)


def _rarest(rows: sparse.csr_matrix, count: int) -> sparse.csr_matrix:
    """Each row with its heaviest entries only; of equal ones those of the first words."""
    size = np.diff(rows.indptr)
    row = np.repeat(np.arange(rows.shape[0]), size)
    order = np.lexsort((rows.indices, -rows.data, row))
    rank = np.arange(len(order)) - np.repeat(rows.indptr[:-1], size)
    kept = order[rank < count]
    return sparse.csr_matrix((rows.data[kept], (row[kept], rows.indices[kept])), rows.shape)


def best(near: sparse.csr_matrix, mass: Floats) -> tuple[Places, Places, NDArray[np.float32]]:
    """The nearest of each row, `NEAREST` and itself at most, and how near one more had to be to be one of them."""
    size = np.diff(near.indptr)
    row = np.repeat(np.arange(near.shape[0]), size)
    good = near.data >= NEAR * mass[row]
    row, column, score = row[good], near.indices[good], near.data[good]
    order = np.lexsort((column, -score, row))
    row, column, score = row[order], column[order], score[order]
    first = np.searchsorted(row, np.arange(near.shape[0]))
    rank = np.arange(len(row)) - first[row]
    floor: NDArray[np.float32] = (NEAR * mass).astype(np.float32)
    last = rank == NEAREST
    floor[row[last]] = np.nextafter(score[last], np.float32(np.inf), dtype=np.float32)
    kept = rank <= NEAREST
    return row[kept].astype(np.int64), column[kept].astype(np.int64), floor
