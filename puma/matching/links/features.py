"""What is measured of publication-proposal pairs: identifiers, people, words, time, and what the rivals have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from puma.matching.links.evidence import Values
from puma.matching.links.grids import Grids, Indices, days
from puma.matching.links.works import Bid, Work

USUAL_LAG = 1.9  # median years from beam time to publication
SURE = 0.9  # from this probability on an author surely is the person
LIKELY = 0.3  # from this summed rarity on a proposal's team is among the authors

FEATURES: Mapping[str, str] = {
    "other_code": "other_code",
    "team_rarity": "team_share",
    "team_share": "team_share",
    "shared": "team_share",
    "team_missing": "team_share",
    "team_size": "team_share",
    "first_author": "team_share",
    "leader": "team_share",
    "author_share": "author_share",
    "authors": "author_share",
    "authors_left": "author_share",
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
    "author_share_gap": "rivals",
    "all_text_gap": "rivals",
    "like_best": "rivals",
    "like_best_title": "rivals",
    "years_from_best": "rivals",
    "candidates": "rivals",
    "team_candidates": "rivals",
    "works_share": "other_works",
    "works_rank": "other_works",
    "works_gap": "other_works",
    "works_text_gap": "other_works",
    "works_team_gap": "other_works",
    "team_works": "other_works",
}
"""The features of the model in order, and the kind of evidence that each belongs to.

Rarities, shares and cosines lie between 0 and 1, or are sums of such; gaps are to the best of the same publication (or
proposal, those that begin with "works"), by the first impression or by what they name; ranks count from 0; years and
lags are years; the rest are counts and flags.
"""

MORE_IS_BETTER = frozenset({"orcids", "local_contact", "all_text", "institutions", "instrument_same", "facility_named"})
MORE_IS_WORSE = frozenset({"other_code", "nobody", "instrument_other", "facility_silent", "elsewhere", "no_beam"})
"""The model is held to these directions, so that more evidence never counts against a pair."""

PRIOR = -7.03
"""Log-odds of a pair of which nothing is known, in the first impression."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows with what was measured. identified: for each kind of identifier the pairs that have it (0 or 1)."""

    rows: Indices
    columns: Indices
    features: Values
    identified: Mapping[str, Values]
    sure: Indices
    """How many of the authors surely are people of the team."""


def measure(m: Grids, rows: Indices, columns: Indices) -> Pairs:
    """The features of the given pairs; shape (pairs, features)."""
    known = _alone(m, rows, columns)
    identified = _identifiers(m, rows, columns, known["nobody"])
    known |= _compared(m, rows, columns, known, first_impression(known))
    table = np.column_stack([known[name] for name in FEATURES]) if len(rows) else np.zeros((0, len(FEATURES)))
    sure = _dot(_flags(m.authors >= SURE), _flags(m.team > 0), rows, columns)
    return Pairs(rows, columns, np.round(table, 6), identified, np.round(sure).astype(np.int64))


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


def _alone(m: Grids, rows: Indices, columns: Indices) -> dict[str, Values]:
    """What each pair has by itself."""
    works, bids = m.works, m.bids

    def of_work(tell: Callable[[Work], float]) -> Values:
        return np.array([tell(one) for one in works], dtype=np.float64)[rows]

    def of_bid(tell: Callable[[Bid], float]) -> Values:
        return np.array([tell(one) for one in bids], dtype=np.float64)[columns]

    rare_team = m.team.multiply(m.rarity).tocsr()
    whole_team = np.maximum(np.asarray(rare_team.sum(axis=1)).ravel(), 0.1)
    team_rarity = _dot(m.authors, rare_team, rows, columns)
    hoped = _dot(m.authors, m.team, rows, columns)
    shared = _dot(_flags(m.authors > LIKELY), m.team, rows, columns)
    authors = of_work(lambda one: len(one.authors))
    team = of_bid(lambda one: len(one.team))
    first, last, late = days(m)
    places = _common(rows, columns, [one.institutions for one in works], [one.institutions for one in bids])
    tools = _common(rows, columns, [one.instruments for one in works], [one.instruments for one in bids])
    named = of_work(lambda one: bool(one.instruments)) * of_bid(lambda one: bool(one.instruments))
    somebody = of_work(lambda one: bool(one.authors)) * of_bid(lambda one: bool(one.team or one.local_contacts))
    return {
        "team_rarity": team_rarity,
        "team_share": team_rarity / whole_team[columns],
        "shared": shared,
        "team_missing": team - shared,
        "team_size": team,
        "first_author": _dot(m.first_authors, m.team, rows, columns),
        "leader": _dot(m.authors, m.leaders, rows, columns),
        "author_share": hoped / np.maximum(authors, 1),
        "authors": authors,
        "authors_left": authors - shared,
        "nobody": somebody * (team_rarity < 0.05),
        "only_here": _only_here(m, rows, columns),
        "orcids": _dot(m.stated_orcids, m.team, rows, columns),
        "local_contact": _dot(m.authors, m.contacts, rows, columns),
        "title_text": _dot(m.titles[0], m.titles[1], rows, columns),
        "all_text": _dot(m.texts[0], m.texts[1], rows, columns),
        "has_abstract": of_work(lambda one: len(one.text) > 200),
        "institutions": places / np.maximum(of_bid(lambda one: len(one.institutions)), 1),
        "instrument_same": (tools > 0).astype(np.float64),
        "instrument_other": named * (tools == 0),
        "facility_named": of_work(lambda one: one.names_facility),
        "facility_silent": of_work(lambda one: one.has_text and not one.names_facility),
        "elsewhere": of_work(lambda one: one.names_elsewhere),
        "lag_first": late[rows] - first[columns],
        "lag_last": late[rows] - last[columns],
        "no_beam": of_bid(lambda one: not one.had_beam),
    }


def _identifiers(m: Grids, rows: Indices, columns: Indices, nobody: Values) -> dict[str, Values]:
    """Which pairs have which identifier; by kind of evidence."""
    own = [frozenset((one.proposal_id,)) for one in m.bids]

    def leads(tell: Callable[[Work], frozenset[int]]) -> Values:
        return _common(rows, columns, [tell(one) for one in m.works], own)

    supplement = leads(lambda one: one.supplements)
    cited = leads(lambda one: one.cites_data_of - one.supplements)
    return {
        "code_stated": leads(lambda one: one.stated),
        "code_in_acknowledgement": leads(lambda one: one.thanked),
        "code_in_text": leads(lambda one: one.mentioned - one.thanked),
        "data_supplement": supplement,
        "data_cited": cited,
        "data_of_others": np.maximum(cited, supplement) * nobody,
    }


def _compared(
    m: Grids, rows: Indices, columns: Indices, known: Mapping[str, Values], impression: Values
) -> dict[str, Values]:
    """What each pair has beside the other candidates of its publication and of its proposal."""
    own = [frozenset((one.proposal_id,)) for one in m.bids]
    here = _common(rows, columns, [one.identified for one in m.works], own)
    codes = np.array([bool(one.identified or one.names_unknown_codes) for one in m.works], dtype=np.float64)[rows]
    odds = np.exp(np.clip(impression + PRIOR, -30, 30))
    teamed = (known["team_rarity"] > LIKELY).astype(np.float64)
    best = _best(rows, impression, np.array([one.proposal_id for one in m.bids], dtype=np.int64)[columns])
    gap = _gap(rows, impression)
    is_best = gap == 0
    theirs = columns[best]
    first, _, _ = days(m)
    away = first[columns] - first[theirs]
    rare_team = m.team.multiply(m.rarity).tocsr()
    both = _dot(m.authors[rows].multiply(m.team[theirs]).tocsr(), rare_team, np.arange(len(rows)), columns)
    return {
        "other_code": codes * (here == 0),
        "only_here_gap": _gap(rows, known["only_here"]),
        "more_than_best": np.where(is_best, -1.0, known["team_rarity"] - both),
        "chosen_share": odds / (1 + _summed(rows, odds)),
        "rank": _rank(rows, impression),
        "gap": gap,
        "team_share_gap": _gap(rows, known["team_share"]),
        "author_share_gap": _gap(rows, known["author_share"]),
        "all_text_gap": _gap(rows, known["all_text"]),
        "like_best": np.where(is_best, -1.0, _dot(m.texts[1], m.texts[1], columns, theirs)),
        "like_best_title": np.where(is_best, -1.0, _dot(m.titles[1], m.titles[1], columns, theirs)),
        "years_from_best": np.where(is_best, 0.0, away),
        "candidates": _summed(rows, np.ones(len(rows))),
        "team_candidates": _summed(rows, teamed),
        "works_share": odds / (1 + _summed(columns, odds)),
        "works_rank": _rank(columns, impression),
        "works_gap": _gap(columns, impression),
        "works_text_gap": _gap(columns, known["all_text"]),
        "works_team_gap": _gap(columns, known["team_rarity"]),
        "team_works": _summed(columns, teamed),
    }


# --- counting ---------------------------------------------------------------------------------------------------------


def _flags(grid: csr_matrix) -> csr_matrix:
    return grid.tocsr().astype(np.float64)


def _dot(left: csr_matrix, right: csr_matrix, rows: Indices, columns: Indices) -> Values:
    """The product of a row of one and a row of the other, for each pair."""
    step = 100_000
    parts = [
        np.asarray(left[rows[i : i + step]].multiply(right[columns[i : i + step]]).sum(axis=1)).ravel()
        for i in range(0, len(rows), step)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _common(rows: Indices, columns: Indices, left: Sequence[frozenset[int]], right: Sequence[frozenset[int]]) -> Values:
    """How many members the sets of each pair have in common."""
    place = {one: number for number, one in enumerate(sorted(frozenset().union(*right)))}

    def grid(sets: Sequence[frozenset[int]]) -> csr_matrix:
        held = [sorted(place[one] for one in some if one in place) for some in sets]
        starts = np.concatenate([[0], np.cumsum([len(some) for some in held])]).astype(np.int64)
        cells = np.array([one for some in held for one in some], dtype=np.int64)
        return csr_matrix((np.ones(len(cells)), cells, starts), shape=(len(sets), max(len(place), 1)))

    return _dot(grid(left), grid(right), rows, columns)


def _only_here(m: Grids, rows: Indices, columns: Indices) -> Values:
    """The rarity of the shared people, each divided by the number of candidates of the publication that has them."""
    if not len(rows):
        return np.zeros(0)
    pick = csr_matrix((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(m.works), len(rows)))
    shared = m.authors[rows].multiply(m.team[columns]).tocsr()
    held = (pick @ (shared > 0).astype(np.float64)).tocsr()
    cells = shared.tocoo()
    if not cells.nnz:
        return np.zeros(len(rows))
    others = np.asarray(held[rows[cells.row], cells.col]).ravel()
    parts: Values = cells.data * m.rarity[cells.col] / np.maximum(others, 1.0)
    found: Values = np.bincount(cells.row, weights=parts, minlength=len(rows)).astype(np.float64)
    return found


def _summed(keys: Indices, values: Values) -> Values:
    """For each pair the sum over all pairs of its key."""
    found: Values = np.bincount(keys, weights=values).astype(np.float64) if len(keys) else np.zeros(0)
    return found[keys]


def _gap(keys: Indices, values: Values) -> Values:
    """For each pair how far its value is below the best of its key."""
    if not len(keys):
        return np.zeros(0)
    best = np.full(int(keys.max()) + 1, -np.inf)
    np.maximum.at(best, keys, values)
    return best[keys] - values


def _rank(keys: Indices, values: Values) -> Values:
    """For each pair how many pairs of its key are better; equal ones share a rank."""
    order = np.lexsort((-values, keys))
    sorted_keys, sorted_values = keys[order], values[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (sorted_keys[1:] != sorted_keys[:-1]) | (sorted_values[1:] != sorted_values[:-1])
    place = np.maximum.accumulate(np.where(new, np.arange(len(keys)), 0))
    starts = np.searchsorted(sorted_keys, sorted_keys, side="left")
    rank = np.empty(len(keys))
    rank[order] = place - starts
    return rank


def _best(keys: Indices, values: Values, numbers: Indices) -> Indices:
    """For each pair the place of the best pair of its key; of equal ones that of the lowest number."""
    best = np.zeros(int(keys.max()) + 1 if len(keys) else 0, dtype=np.int64)
    order = np.lexsort((-numbers, values))
    best[keys[order]] = order
    return best[keys] if len(keys) else np.zeros(0, dtype=np.int64)
