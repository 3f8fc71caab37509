"""Publications to proposals: the candidates are measured, a model judges them, and a ledger says why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from puma.matching.leaf_points import LeafPoints
from puma.matching.links.evidence import ASIDE, BY_NAME, KINDS, WEIGHTED, Evidence, Policy, Values, probability
from puma.matching.links.facts import Facts, Signed
from puma.matching.links.features import PRIOR, SLIGHT, beside_works, measure_alone, points_of, together
from puma.matching.links.grids import Grids, Leads, find
from puma.matching.links.pairs import Pairs, some_pairs
from puma.matching.links.rows import let_go
from puma.matching.links.sides import BidSide, Indices, WorkSide, take
from puma.matching.model import Model, load
from puma.work import Hands, Lent, Own, in_turn, lent

NAME = "links"
BLOCK = 5_000  # publications in one part of the work
STEP = 100_000  # pairs of which those that are worth it are judged at a time
EXPLAINED = 10_000  # links whose ledgers are written at a time
WORTH_SHARING = 20_000  # fewer publications, or pairs, are done here sooner than elsewhere
COLUMN = {name: place for place, name in enumerate(BY_NAME)}
_REMEMBERED: list[tuple[Model, LeafPoints]] = []


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes four times as long: there are many
class Scored:
    """One publication-proposal pair with its ledger; the points add up to ``score``.

    signing: how many people of the proposal sign, as `features.signing` counts them.
    """

    work_id: int
    proposal_id: int
    score: float
    probability: float
    ledger: tuple[Evidence, ...]
    channel: str
    signing: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """Some publications: a piece of the work that somebody else can do. start: the first row."""

    works: WorkSide
    beside: Lent[tuple[BidSide, Leads, Values]]
    """All proposals, what leads to them, and how rare people are."""
    start: int


def look(part: Part) -> Pairs:
    """The candidates of a part with what the part alone can tell of them."""
    bids, near, rarity = part.beside.here()
    rows, columns = find(part.works, bids, near)
    found = measure_alone(part.works, bids, rarity, rows, columns)
    return replace(found, rows=rows + part.start)


def judged(part: tuple[Model, NDArray[np.float32]]) -> Values:
    """What the model says of some pairs, as log-odds."""
    judge, features = part
    return judge.score(features)


def compare(m: Grids, hands: Hands | None = None) -> Pairs:
    """All candidates, measured; by whoever is there to do it, with the same result for any number of hands."""
    count = len(m.of_works.numbers)
    who = hands if hands and count >= WORTH_SHARING else Own()
    with lent(who, (m.of_bids, m.finder, m.axes.rarity)) as beside:
        parts = (
            Part(take(m.of_works, slice(start, start + BLOCK)), beside, start)
            for start in range(0, max(count, 1), BLOCK)
        )
        pairs = together(in_turn(who, look, parts))
    pairs = beside_works(pairs)
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
    blocks = score_blocks(m, pairs, least=least, model=model, hands=hands)
    return sorted(chain.from_iterable(blocks), key=lambda one: (one.work_id, one.proposal_id))


def score_blocks(
    m: Grids, pairs: Pairs, *, least: float, model: Model | None = None, hands: Hands | None = None
) -> Iterator[list[Scored]]:
    """The same in blocks of some thousands, in the order of the pairs: not all ledgers need be in memory together."""
    judge = model or load(NAME)
    for places in likely(pairs, judge, least, hands):
        yield from told(m, m.of_works, pairs, places, judge)


def likely(pairs: Pairs, judge: Model, least: float, hands: Hands | None = None) -> Iterator[Indices]:
    """The places of the pairs whose probability is at least ``least``, some at a time: those of the pairs before are
    told while whoever is there judges the next ones.

    Of pairs that only a slight first impression speaks for, and no identifier, it is what is said.
    """
    named, score = identifier_points(pairs), pairs.impression + PRIOR
    worth = np.flatnonzero((score > SLIGHT) | (named != 0))
    who = hands if hands and len(worth) >= WORTH_SHARING else Own()
    starts = range(0, len(score), STEP)
    steps = np.split(worth, np.searchsorted(worth, starts[1:]))
    parts = ((judge, np.asarray(pairs.features[places])) for places in steps)
    for start, places, said in zip(starts, steps, in_turn(who, judged, parts), strict=bool(starts)):
        let_go(pairs.features)
        score[places] = said
        some = score[start : start + STEP] + named[start : start + STEP]
        yield start + np.flatnonzero(1 / (1 + np.exp(-np.clip(some, -40, 40))) >= least)


def told(m: Grids, works: Signed, pairs: Pairs, kept: Indices, judge: Model) -> Iterator[list[Scored]]:
    """The ledgers of the pairs at these places. works: what the rows of the pairs stand for."""
    tables = leaf_points(judge)
    for start in range(0, len(kept), EXPLAINED):
        some = some_pairs(pairs, kept[start : start + EXPLAINED])
        let_go(pairs.features)
        points = np.zeros((len(some.rows), len(BY_NAME)))
        points[:, [COLUMN[kind] for kind in tables.kinds]] = tables.of(some.features)
        for kind in WEIGHTED:
            points[some.identified[kind.name].astype(bool), COLUMN[kind.name]] = kind.weight or 0.0
        points = thousandths(points)
        facts = Facts(m, works, some)
        scores = thousandths(np.cumsum(points, axis=1)[:, -1]).tolist()
        signing = some.signing.tolist()
        yield [_scored(facts, place, line, scores[place], signing[place]) for place, line in enumerate(points.tolist())]


def thousandths(values: Values) -> Values:
    """The same rounded to three digits, exactly as `round` does: who is about as near to two is asked one by one."""
    found = np.rint(values * 1000) / 1000
    for place in np.flatnonzero(np.abs(values * 1000 % 1 - 0.5) < 1e-6).tolist():
        found.flat[place] = round(float(values.flat[place]), 3)
    return found + 0.0


def leaf_points(judge: Model) -> LeafPoints:
    """The tables of a model; those of the last one are remembered."""
    if not _REMEMBERED or _REMEMBERED[0][0] is not judge:
        _REMEMBERED[:] = [(judge, LeafPoints(judge))]
    return _REMEMBERED[0][1]


def as_rows(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features as the model takes them."""
    return features.astype(np.float32, copy=False)


def identifier_points(pairs: Pairs) -> Values:
    """The points of all identifiers of each pair."""
    return points_of(pairs.identified)


def bare(pairs: Pairs) -> NDArray[np.bool_]:
    """Which pairs have no points by hand that the model knows nothing of: it is fitted on these."""
    kinds = [pairs.identified[kind.name] for kind in WEIGHTED if kind.name not in ASIDE]
    return np.asarray(sum(kinds) == 0)


def _scored(facts: Facts, place: int, points: Sequence[float], score: float, signing: float) -> Scored:
    ledger = tuple([
        Evidence(kind.name, value, facts.detail(kind, value, place))
        for kind, value in zip(KINDS, points, strict=True)
        if value or kind.name == "prior"
    ])  # fmt: skip
    work, proposal = facts.numbers(place)
    return Scored(work, proposal, score, round(probability(score), 6), ledger, channel(ledger), signing)


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
