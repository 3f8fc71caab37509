"""What is measured of publication-proposal pairs: identifiers, people, words, time, and what the rivals have."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from scipy.sparse import csr_matrix

from puma.matching.links.among import behind, best_other, place_of_best, ranked, summed
from puma.matching.links.evidence import WEIGHTED, Values
from puma.matching.links.grids import Grids
from puma.matching.links.pairs import BESIDE, Flags, Pairs
from puma.matching.links.rows import Rows, let_go
from puma.matching.links.sides import BidSide, Indices, WorkSide
from puma.matching.shared import shared

USUAL_LAG = 1.9  # median years from beam time to publication
SURE = 0.9  # from this probability on an author surely is the person
EVEN = 0.5  # and from this one on rather is than is not
STEP = 50_000  # pairs compared at a time
FEW, HALF = 2, 0.5  # people, share of the authors: with fewer of the team, who cites its data may be reusing it
EARLY = -0.25  # years; a publication that precedes the beam time by more is too early for it
LIKELY = 0.3  # from this summed rarity on a proposal's team is among the authors

FEATURES: Mapping[str, str] = {
    "other_code": "rivals",
    "team_rarity": "team_share",
    "team_share": "team_share",
    "shared": "team_share",
    "team_missing": "team_share",
    "missing_rarity": "team_share",
    "team_overlap": "team_share",
    "team_size": "team_share",
    "first_author": "team_share",
    "leader": "team_share",
    "author_share": "author_share",
    "authors": "author_share",
    "authors_left": "author_share",
    "left_rarity": "author_share",
    "nobody": "no_shared_author",
    "only_here": "only_here",
    "only_here_gap": "only_here",
    "more_than_best": "only_here",
    "orcids": "orcid",
    "local_contact": "local_contact",
    "title_text": "all_text",
    "all_text": "all_text",
    "has_abstract": "all_text",
    "institutions": "institutions",
    "instrument_same": "instrument",
    "instrument_other": "instrument",
    "facility_named": "facility",
    "facility_silent": "facility",
    "elsewhere": "elsewhere",
    "lag_first": "lag",
    "lag_last": "lag",
    "no_beam": "no_beam",
    "chosen_share": "rivals",
    "rank": "rivals",
    "gap": "rivals",
    "team_share_gap": "rivals",
    "team_overlap_gap": "rivals",
    "author_share_gap": "rivals",
    "all_text_gap": "rivals",
    "like_best": "rivals",
    "like_best_title": "rivals",
    "years_from_best": "rivals",
    "candidates": "rivals",
    "team_candidates": "rivals",
    "claim": "rivals",
    "claim_of_best_other": "rivals",
    "works_share": "other_works",
    "works_rank": "other_works",
    "works_gap": "other_works",
    "works_text_gap": "other_works",
    "works_team_gap": "other_works",
    "team_works": "other_works",
    "works_claimed": "other_works",
    "works_claimed_best": "other_works",
}
"""The features of the model in order, and the kind of evidence that each belongs to.

Rarities, shares and cosines lie between 0 and 1, or are sums of such; gaps are to the best of the same publication (or
proposal, those that begin with "works"), by the first impression or by what they name; ranks count from 0; years and
lags are years; the rest are counts and flags. A claim is the share of a publication that falls to the proposal when its
candidates divide it by the first impression and by identifiers; claims on other publications say that a proposal bore
fruit.
"""

MORE_IS_BETTER = frozenset({"orcids", "local_contact", "all_text", "institutions", "instrument_same", "facility_named"})
MORE_IS_WORSE = frozenset({"other_code", "nobody", "instrument_other", "facility_silent", "elsewhere", "no_beam"})
"""The model is held to these directions, so that more evidence never counts against a pair."""

PRIOR = -7.03
"""Log-odds of a pair of which nothing is known, in the first impression."""

SLIGHT = -7.0
"""Log-odds of the first impression: the model was not taught by pairs below and is not asked of them.

One of a facility's 6,375 true pairs is there, and of its 134,549 pairs there the model would have shown one."""


BY_WORKS = (
    "works_share", "works_rank", "works_gap", "works_text_gap", "works_team_gap", "team_works", "works_claimed",
    "works_claimed_best",
)  # fmt: skip
"""The features that look at the other publications of the same proposal; all others need only the publication."""


def measure(m: Grids, rows: Indices, columns: Indices) -> Pairs:
    """The features of the given pairs, which are all candidates of their publications and proposals."""
    return beside_works(measure_alone(m.of_works, m.of_bids, m.axes.rarity, rows, columns))


def measure_alone(works: WorkSide, bids: BidSide, rarity: Values, rows: Indices, columns: Indices) -> Pairs:
    """The features of pairs, except those of `BY_WORKS`; all candidates of a publication must be among them."""
    known = _alone(works, bids, rarity, rows, columns)
    sure = np.round(_dot(_flags(works.authors >= SURE), _flags(bids.team > 0), rows, columns))
    identified = _identifiers(works, rows, columns, known, sure)
    impression = first_impression(known)
    known |= _compared(works, bids, rows, columns, known, impression) | _claims(rows, impression, identified)
    identified["too_early"] = (known["lag_first"] < EARLY).astype(np.int8)
    table = np.zeros((len(rows), len(FEATURES)), dtype=np.float32)
    for place, name in enumerate(FEATURES):
        if name not in BY_WORKS:
            table[:, place] = np.round(known[name], 6)
    claim = np.round(known["claim"], 2)
    return Pairs(
        rows, columns, table, identified, signing(works, bids, rows, columns), impression, known["all_text"],
        known["team_rarity"], claim,
    )  # fmt: skip


def signing(works: WorkSide, bids: BidSide, rows: Indices, columns: Indices) -> Values:
    """How many people of the proposal, its team and its local contacts, sign the publication.

    Each counts by the probability that an author is this person, if it rather is than is not; whose ORCID iD the
    publication states counts twice, since no namesake has it.
    """
    probable = works.authors.multiply(works.authors >= EVEN)
    people = _flags(bids.team.maximum(bids.contacts) > 0)
    return np.round(_dot((probable + works.stated_orcids).tocsr(), people, rows, columns), 2)


def beside_works(pairs: Pairs) -> Pairs:
    """The same with the features of `BY_WORKS`, written into the table; all candidates of a proposal must be there."""
    columns, odds = pairs.columns, _odds(pairs.impression)
    measured: Mapping[str, Callable[[], Values]] = {
        "works_share": lambda: odds / (1 + summed(columns, odds)),
        "works_rank": lambda: ranked(columns, pairs.impression),
        "works_gap": lambda: behind(columns, pairs.impression),
        "works_text_gap": lambda: behind(columns, pairs.words),
        "works_team_gap": lambda: behind(columns, pairs.team),
        "team_works": lambda: summed(columns, (pairs.team > LIKELY).astype(np.float64)),
        "works_claimed": lambda: np.maximum(summed(columns, pairs.claim) - pairs.claim, 0.0),
        "works_claimed_best": lambda: best_other(columns, pairs.claim),
    }
    known = [
        np.round(measured[name](), 6).astype(np.float32) for name in BY_WORKS
    ]  # one after the other: they are long
    places = [list(FEATURES).index(name) for name in BY_WORKS]
    for start in range(0, len(columns), STEP):
        for place, values in zip(places, known, strict=True):
            pairs.features[start : start + STEP, place] = values[start : start + STEP]
        let_go(pairs.features)
    return pairs


def together(several: Iterable[Pairs]) -> Pairs:
    """Pairs of several parts, at least one, as one; the features are in a file when there are many."""
    table, parts = Rows(len(FEATURES)), []
    for one in several:
        table.add(one.features)
        parts.append({name: getattr(one, name) for name in BESIDE} | dict(one.identified))
    kinds = [name for name in parts[0] if name not in BESIDE]
    every = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    return Pairs(
        features=table.table(), identified={kind: every.pop(kind) for kind in kinds}, **every
    )  # fmt: skip


def first_impression(known: Mapping[str, Values]) -> Values:
    """A plain weighted sum, by which the candidates of a publication are compared before the model sees them.

    The weights are those of a logistic regression on generated facilities; identifiers have no part in it.
    """

    def root(name: str, high: float = 1.0) -> Values:
        return np.sqrt(np.clip(known[name], 0, high))

    lag = np.maximum(np.nan_to_num(known["lag_first"], nan=USUAL_LAG), 0.02)
    early = np.clip((0.25 - np.nan_to_num(known["lag_first"], nan=USUAL_LAG)) * 4, 0, 4)
    score: Values = (
        2.39 * np.clip(known["team_share"], 0, 1)
        + 2.61 * np.clip(known["author_share"], 0, 1)
        + 1.42 * root("only_here", 6)
        + 0.2 * (known["first_author"] + known["leader"])
        + 0.3 * np.log1p(np.clip(known["orcids"], 0, 5))
        + 1.32 * known["local_contact"]
        - 0.57 * np.log(np.maximum(known["authors"] / 12, 1)) * (known["team_rarity"] > 0)
        + 0.3 * root("title_text")
        + 3.47 * root("all_text")
        + 0.3 * known["institutions"]
        + 0.5 * (known["instrument_same"] - known["instrument_other"])
        + 0.42 * known["facility_named"]
        - 0.87 * known["facility_silent"]
        - 0.18 * (early + np.clip((np.log(lag / USUAL_LAG) / 0.7) ** 2, 0, 12))
        - 0.48 * known["nobody"]
        - 4.0 * known["no_beam"]
    )
    return np.round(score, 6)


def _alone(works: WorkSide, bids: BidSide, rarity: Values, rows: Indices, columns: Indices) -> dict[str, Values]:
    """What each pair has by itself."""
    team_rarity = _dot(works.authors, bids.rare_team, rows, columns)
    hoped = _dot(works.authors, bids.team, rows, columns)
    shared = _dot(_flags(works.authors > LIKELY), bids.team, rows, columns)
    authors, team = works.signatures[rows], bids.members[columns]
    whole, signing = bids.whole_team[columns], np.asarray(works.authors.multiply(rarity).sum(axis=1)).ravel()[rows]
    tools = _dot(works.tools, bids.tools, rows, columns)
    return {
        "team_rarity": team_rarity,
        "team_share": team_rarity / whole,
        "shared": shared,
        "team_missing": team - shared,
        "missing_rarity": whole - team_rarity,
        "team_overlap": team_rarity / np.maximum(whole + signing - team_rarity, 0.1),
        "team_size": team,
        "first_author": _dot(works.first_authors, bids.team, rows, columns),
        "leader": _dot(works.authors, bids.leaders, rows, columns),
        "author_share": hoped / np.maximum(authors, 1),
        "authors": authors,
        "authors_left": authors - shared,
        "left_rarity": signing - team_rarity,
        "nobody": (authors > 0) * bids.anybody[columns] * (team_rarity < 0.05),
        "only_here": _only_here(works, bids, rarity, rows, columns),
        "orcids": _dot(works.stated_orcids, bids.team, rows, columns),
        "local_contact": _dot(works.authors, bids.contacts, rows, columns),
        "title_text": _dot(works.titles, bids.titles, rows, columns),
        "all_text": _dot(works.texts, bids.texts, rows, columns),
        "has_abstract": works.long_text[rows],
        "institutions": _dot(works.places, bids.places, rows, columns) / bids.place_count[columns],
        "instrument_same": (tools > 0).astype(np.float64),
        "instrument_other": works.all_tools[rows] * bids.all_tools[columns] * (tools == 0),
        "facility_named": works.names_facility[rows],
        "facility_silent": works.silent[rows],
        "elsewhere": works.elsewhere[rows],
        "lag_first": works.late[rows] - bids.first[columns],
        "lag_last": works.late[rows] - bids.last[columns],
        "no_beam": bids.no_beam[columns],
    }


def _identifiers(
    works: WorkSide, rows: Indices, columns: Indices, known: Mapping[str, Values], sure: Values
) -> dict[str, Flags]:
    """Which pairs have which identifier, or what identifiers say against them; by kind of evidence."""
    supplement, cited = _cells(works.supplements, rows, columns), _cells(works.cited, rows, columns)
    found = {
        "code_stated": _cells(works.stated, rows, columns),
        "code_in_acknowledgement": _cells(works.thanked, rows, columns),
        "code_in_text": _cells(works.mentioned, rows, columns),
        "data_supplement": supplement,
        "data_cited": cited,
        "data_of_others": np.maximum(cited, supplement) * known["nobody"],
        "data_of_few": cited * (known["nobody"] == 0) * (sure < FEW) * (known["author_share"] < HALF),
        "other_code": _other_code(works, rows, columns),
    }
    return {kind: values.astype(np.int8) for kind, values in found.items()}


def _other_code(works: WorkSide, rows: Indices, columns: Indices) -> Values:
    """Where the publication names other proposals, known or not, and nothing leads to this one."""
    found: Values = works.unknown_codes[rows] * (_cells(works.identified, rows, columns) == 0)
    return found


def points_of(identified: Mapping[str, Flags]) -> Values:
    """The points set by hand of each pair, as far as they are known."""
    total = np.zeros(len(identified[WEIGHTED[0].name]))
    for kind in WEIGHTED:
        total += (kind.weight or 0.0) * identified.get(kind.name, 0)
    return total


def _claims(rows: Indices, impression: Values, identified: Mapping[str, Flags]) -> dict[str, Values]:
    """How the candidates of a publication divide it among them, and none."""
    odds = _odds(impression + points_of(identified))
    claim = odds / (1 + summed(rows, odds))
    return {"claim": claim, "claim_of_best_other": best_other(rows, claim)}


def _odds(impression: Values) -> Values:
    found: Values = np.exp(np.clip(impression + PRIOR, -30, 30))
    return found


def _compared(
    works: WorkSide, bids: BidSide, rows: Indices, columns: Indices, known: Mapping[str, Values], impression: Values
) -> dict[str, Values]:
    """What each pair has beside the other candidates of its publication."""
    odds = _odds(impression)
    teamed = (known["team_rarity"] > LIKELY).astype(np.float64)
    gap = behind(rows, impression)
    is_best = gap == 0
    theirs = columns[place_of_best(rows, impression, bids.numbers[columns])]
    both = _shared_by(works, bids, rows, columns, theirs)
    return {
        "other_code": _other_code(works, rows, columns),
        "only_here_gap": behind(rows, known["only_here"]),
        "more_than_best": np.where(is_best, -1.0, known["team_rarity"] - both),
        "chosen_share": odds / (1 + summed(rows, odds)),
        "rank": ranked(rows, impression),
        "gap": gap,
        "team_share_gap": behind(rows, known["team_share"]),
        "team_overlap_gap": behind(rows, known["team_overlap"]),
        "author_share_gap": behind(rows, known["author_share"]),
        "all_text_gap": behind(rows, known["all_text"]),
        "like_best": np.where(is_best, -1.0, _dot(bids.texts, bids.texts, columns, theirs)),
        "like_best_title": np.where(is_best, -1.0, _dot(bids.titles, bids.titles, columns, theirs)),
        "years_from_best": np.where(is_best, 0.0, bids.first[columns] - bids.first[theirs]),
        "candidates": summed(rows, np.ones(len(rows))),
        "team_candidates": summed(rows, teamed),
    }


# --- counting ---------------------------------------------------------------------------------------------------------


def _flags(grid: csr_matrix) -> csr_matrix:
    return grid.tocsr().astype(np.float64)


def _dot(left: csr_matrix, right: csr_matrix, rows: Indices, columns: Indices) -> Values:
    """The product of a row of one and a row of the other, for each pair."""
    if not left.nnz or not right.nnz:
        return np.zeros(len(rows))
    parts = [np.zeros(0)]
    for i in range(0, len(rows), STEP):
        both = shared(left, right, rows[i : i + STEP], columns[i : i + STEP])
        parts.append(both.summed(both.value))
    return np.concatenate(parts)


def _cells(grid: csr_matrix, rows: Indices, columns: Indices) -> Values:
    """The value of each cell."""
    if not grid.nnz or not len(rows):
        return np.zeros(len(rows))
    return np.asarray(grid[rows, columns], dtype=np.float64).ravel()


def _shared_by(works: WorkSide, bids: BidSide, rows: Indices, columns: Indices, theirs: Indices) -> Values:
    """The rarity of the authors that are on the team of a pair's proposal and on that of the best one too."""
    parts = [np.zeros(0)]
    for i in range(0, len(rows), STEP):
        part = slice(i, i + STEP)
        both = works.authors[rows[part]].multiply(bids.team[theirs[part]]).multiply(bids.rare_team[columns[part]])
        parts.append(np.asarray(both.sum(axis=1)).ravel())
    return np.concatenate(parts)


def _only_here(works: WorkSide, bids: BidSide, rarity: Values, rows: Indices, columns: Indices) -> Values:
    """The rarity of the shared people, each divided by the number of candidates of the publication that has them."""
    parts = [np.zeros(0)]
    for start, end in _whole(rows):
        mine, theirs = rows[start:end], columns[start:end]
        both = shared(works.authors, bids.team, mine, theirs)
        keys = mine[both.pair] * bids.team.shape[1] + both.column
        _, place, others = np.unique(keys, return_inverse=True, return_counts=True)
        shares = both.value * rarity[both.column] / np.maximum(others[place], 1.0)
        parts.append(np.bincount(both.pair, weights=shares, minlength=end - start).astype(np.float64))
    return np.concatenate(parts)


def _whole(rows: Indices) -> Iterator[tuple[int, int]]:
    """Stretches of about `STEP` pairs that cut no publication in two; the rows are sorted."""
    start = 0
    while start < len(rows):
        end = min(start + STEP, len(rows))
        end = int(np.searchsorted(rows, rows[end - 1], side="right"))
        yield start, end
        start = end
