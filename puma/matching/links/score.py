"""Publications to proposals: the candidates are measured, a model judges them, and a ledger says why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from puma.matching.leaf_points import LeafPoints
from puma.matching.links.evidence import BY_NAME, WEIGHTED, Evidence, Policy, Values, probability
from puma.matching.links.features import LIKELY, Pairs, measure
from puma.matching.links.grids import Grids, Indices, candidates
from puma.matching.model import Model, load

NAME = "links"
STEP = 100_000  # pairs judged at a time


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


def score_pairs(m: Grids, *, least: float = Policy().review, model: Model | None = None) -> list[Scored]:
    """All pairs whose probability is at least ``least``, with their ledgers, sorted by publication and proposal."""
    judge = model or load(NAME)
    rows, columns = candidates(m)
    m.counters["pairs_compared"] = len(rows)
    pairs = measure(m, rows, columns)
    score = scores(pairs, judge)
    kept = np.flatnonzero(1 / (1 + np.exp(-np.clip(score, -40, 40))) >= least)
    tables = LeafPoints(judge)
    found = []
    for start in range(0, len(kept), STEP):
        some = kept[start : start + STEP]
        for place, points in zip(some.tolist(), tables.of(as_rows(pairs.features[some])).tolist(), strict=True):
            found.append(_scored(m, pairs, place, dict(zip(tables.kinds, points, strict=True))))
    return sorted(found, key=lambda one: (one.work_id, one.proposal_id))


def as_rows(features: Values) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Features as the model takes them."""
    return features.astype(np.float32)


def scores(pairs: Pairs, judge: Model) -> Values:
    """Log-odds of every pair: what the model says of all but identifiers, and the points of the identifiers."""
    total = identifier_points(pairs)
    for start in range(0, len(total), STEP):
        total[start : start + STEP] += judge.score(as_rows(pairs.features[start : start + STEP]))
    return total


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
        m.works[row].work_id, m.bids[column].proposal_id, score, round(probability(score), 6), ledger,
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
        bid, work = self.m.bids[self.column], self.m.works[self.row]
        if kind.startswith("code_"):
            return f"Code: {bid.code}."
        if kind == "lag" and work.day and bid.first_day:
            years = (work.day - (bid.last_day or bid.first_day)).days / 365.2425
            return f"It is {abs(years):.1f} years {'before' if years < 0 else 'after'} the beam time."
        if kind == "team_share":
            people, weights = _both(self.m.authors, self.row, self.m.team, self.column)
            people, weights = people[weights > LIKELY], weights[weights > LIKELY]
            order = np.lexsort((people, -weights * self.m.rarity[people]))
            names = [self.m.called.get(self.m.people[people[place]], "") for place in order[:5]]
            more = f" and {len(people) - 5} more" if len(people) > 5 else ""
            if any(names):
                return f"Shared: {'; '.join(filter(None, names))}{more}."
            return f"{len(people)} of {len(bid.team)} shared."
        if kind == "all_text":
            words, weights = _both(self.m.texts[0], self.row, self.m.texts[1], self.column)
            best = np.lexsort((words, -weights))[:5]
            return f"Words: {', '.join(str(self.m.words[words[place]]) for place in best)}." if len(best) else ""
        return ""


def _both(left: csr_matrix, row: int, right: csr_matrix, column: int) -> tuple[Indices, Values]:
    """The columns that one row of each matrix has, and the products of their values."""
    mine, theirs = slice(*left.indptr[row : row + 2]), slice(*right.indptr[column : column + 2])
    shared, first, second = np.intersect1d(
        left.indices[mine], right.indices[theirs], assume_unique=True, return_indices=True
    )
    return shared, left.data[mine][first] * right.data[theirs][second]
