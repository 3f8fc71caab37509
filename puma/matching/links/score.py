"""Publications to proposals: the candidates are measured, a model judges them, and a ledger says why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from puma.matching.leaf_points import LeafPoints
from puma.matching.links.evidence import BY_NAME, WEIGHTED, Evidence, Policy, Values, probability
from puma.matching.links.features import LIKELY, Pairs, beside_works, measure_alone, together
from puma.matching.links.grids import Finder, Grids, find
from puma.matching.links.sides import YEAR, BidSide, Indices, WorkSide, take
from puma.matching.model import Model, load
from puma.work import Hands, Own

NAME = "links"
STEP = 100_000  # pairs judged at a time
WORTH_SHARING = 20_000  # fewer publications, or pairs, are done here sooner than elsewhere
EMPTY = np.zeros(0, dtype=np.int64)
_REMEMBERED: list[tuple[Model, LeafPoints]] = []


@dataclass(frozen=True, slots=True)
class Scored:
    """One publication-proposal pair with its ledger; the points add up to ``score``.

    shared: how many of the authors surely are people of the proposal's team.
    """

    work_id: int
    proposal_id: int
    score: float
    probability: float
    ledger: tuple[Evidence, ...]
    channel: str
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Some publications with all proposals: a piece of the work that somebody else can do. start: the first row."""

    works: WorkSide
    bids: BidSide
    near: Finder
    rarity: Values
    start: int


def look(part: Part) -> Pairs:
    """The candidates of a part with what the part alone can tell of them."""
    rows, columns = find(part.works, part.bids, part.near)
    found = measure_alone(part.works, part.bids, part.rarity, rows, columns)
    return replace(found, rows=rows + part.start)


def judged(part: tuple[Model, NDArray[np.float32]]) -> Values:
    """What the model says of some pairs, as log-odds."""
    judge, features = part
    steps = [judge.score(features[start : start + STEP]) for start in range(0, len(features), STEP)]
    return np.concatenate(steps) if steps else np.zeros(0)


def compare(m: Grids, hands: Hands | None = None) -> Pairs:
    """All candidates, measured; by whoever is there to do it, with the same result for any number of hands."""
    who = hands if hands and len(m.of_works.numbers) >= WORTH_SHARING else Own()
    ends = np.linspace(0, len(m.of_works.numbers), who.count + 1).astype(int).tolist()
    parts = [
        Part(take(m.of_works, slice(start, end)), m.of_bids, m.finder, m.axes.rarity, start)
        for start, end in pairwise(ends)
        if start < end
    ]
    found = who.map(look, parts) or [measure_alone(m.of_works, m.of_bids, m.axes.rarity, EMPTY, EMPTY)]
    pairs = beside_works(together(found))
    m.counters["pairs_compared"] = len(pairs.rows)
    return pairs


def score_pairs(
    m: Grids, *, least: float = Policy().review, model: Model | None = None, hands: Hands | None = None
) -> list[Scored]:
    """All pairs whose probability is at least ``least``, with their ledgers, sorted by publication and proposal."""
    return score_compared(m, compare(m, hands), least=least, model=model, hands=hands)


def score_compared(
    m: Grids, pairs: Pairs, *, least: float, model: Model | None = None, hands: Hands | None = None
) -> list[Scored]:
    """The same of pairs that are measured already."""
    judge = model or load(NAME)
    score = scores(pairs, judge, hands)
    kept = np.flatnonzero(1 / (1 + np.exp(-np.clip(score, -40, 40))) >= least)
    tables = leaf_points(judge)
    found = []
    for start in range(0, len(kept), STEP):
        some = kept[start : start + STEP]
        for place, points in zip(some.tolist(), tables.of(pairs.features[some]).tolist(), strict=True):
            found.append(_scored(m, pairs, place, dict(zip(tables.kinds, points, strict=True))))
    return sorted(found, key=lambda one: (one.work_id, one.proposal_id))


def leaf_points(judge: Model) -> LeafPoints:
    """The tables of a model; those of the last one are remembered."""
    if not _REMEMBERED or _REMEMBERED[0][0] is not judge:
        _REMEMBERED[:] = [(judge, LeafPoints(judge))]
    return _REMEMBERED[0][1]


def as_rows(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features as the model takes them."""
    return features.astype(np.float32, copy=False)


def scores(pairs: Pairs, judge: Model, hands: Hands | None = None) -> Values:
    """Log-odds of every pair: what the model says of all but identifiers, and the points of the identifiers."""
    who = hands if hands and len(pairs.rows) >= WORTH_SHARING else Own()
    ends = np.linspace(0, len(pairs.rows), who.count + 1).astype(int).tolist()
    said = who.map(judged, [(judge, pairs.features[start:end]) for start, end in pairwise(ends)])
    return np.concatenate(said) + identifier_points(pairs)


def identifier_points(pairs: Pairs) -> Values:
    """The points of all identifiers of each pair."""
    total = np.zeros(len(pairs.rows))
    for kind in WEIGHTED:
        total += (kind.weight or 0.0) * pairs.identified[kind.name]
    return total


def _scored(m: Grids, pairs: Pairs, place: int, kinds: Mapping[str, float]) -> Scored:
    row, column = int(pairs.rows[place]), int(pairs.columns[place])
    points = dict(kinds)
    for kind in WEIGHTED:
        if pairs.identified[kind.name][place]:
            points[kind.name] = kind.weight or 0.0
    facts = _Facts(m, row, column)
    ledger = tuple(
        Evidence(name, rounded, facts.detail(name, rounded))
        for name in BY_NAME
        if (rounded := round(points.get(name, 0.0), 3) + 0.0) or name == "prior"
    )
    score = round(sum(line.points for line in ledger), 3)
    return Scored(
        int(m.of_works.numbers[row]), int(m.of_bids.numbers[column]), score, round(probability(score), 6), ledger,
        channel(ledger), int(pairs.sure[place]),
    )  # fmt: skip


CHANNELS: Mapping[str, str] = {
    "code_stated": "metadata",
    "data_supplement": "identifier",
    "data_cited": "identifier",
    "code_in_acknowledgement": "text",
    "code_in_text": "text",
    "team_share": "team",
    "author_share": "team",
}


def channel(ledger: Iterable[Evidence]) -> str:
    """What found the pair first: identifier, metadata, text or team."""
    kinds = {line.kind for line in ledger if line.points > 0}
    return next((name for kind, name in CHANNELS.items() if kind in kinds), "text")


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts behind one pair, for the sentences a reviewer reads."""

    m: Grids
    row: int
    column: int

    def detail(self, kind: str, points: float) -> str:
        sentence, more = BY_NAME[kind].sentence(points), self._more(kind)
        return f"{sentence} {more}" if more else sentence

    def _more(self, kind: str) -> str:
        works, bids = self.m.of_works, self.m.of_bids
        if kind.startswith("code_"):
            return f"Code: {bids.codes[self.column]}."
        if kind == "lag" and works.day[self.row] and bids.first_day[self.column]:
            years = int(works.day[self.row] - bids.last_day[self.column]) / YEAR
            return f"It is {abs(years):.1f} years {'before' if years < 0 else 'after'} the beam time."
        if kind == "team_share":
            people, weights = _both(works.authors, self.row, bids.team, self.column)
            people, weights = people[weights > LIKELY], weights[weights > LIKELY]
            order = np.lexsort((people, -weights * self.m.axes.rarity[people]))
            names = [self.m.names[people[place]] for place in order[:5]]
            more = f" and {len(people) - 5} more" if len(people) > 5 else ""
            if any(names):
                return f"Shared: {'; '.join(filter(None, names))}{more}."
            return f"{len(people)} of {int(bids.members[self.column])} shared."
        if kind == "all_text":
            words, weights = _both(works.texts, self.row, bids.texts, self.column)
            best = np.lexsort((words, -weights))[:5]
            return f"Words: {', '.join(str(self.m.axes.words[words[place]]) for place in best)}." if len(best) else ""
        return ""


def _both(left: csr_matrix, row: int, right: csr_matrix, column: int) -> tuple[Indices, Values]:
    """The columns that one row of each matrix has, and the products of their values."""
    mine, theirs = slice(*left.indptr[row : row + 2]), slice(*right.indptr[column : column + 2])
    shared, first, second = np.intersect1d(
        left.indices[mine], right.indices[theirs], assume_unique=True, return_indices=True
    )
    return shared, left.data[mine][first] * right.data[theirs][second]
