"""Publications to proposals: candidates from identifiers, shared people and words, then the evidence of every pair."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from puma.matching.evidence import KINDS, PRIOR, Evidence, Pairs, Values, points, probability
from puma.matching.works import Bid, Work
from puma.names import fold

PERSON_CAP = 300  # proposals; somebody on more of them finds no candidates alone
TEAM_TOP = 25  # candidates per publication through people
TEXT_TOP = 10  # and through words
COMMON_WORD = 0.05  # words in a larger share of the texts find no candidates
STEP = 4000  # publications compared at a time
EARLIEST = -1.5  # years a publication may precede the beam time and still be a candidate

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """One publication-proposal pair with its ledger; the points add up to ``score``."""

    work_id: int
    proposal_id: int
    score: float
    probability: float
    ledger: tuple[Evidence, ...]
    channel: str


@dataclass(slots=True)
class Matrices:
    """Works and proposals as sparse matrices over persons and words, ready to be multiplied."""

    works: Sequence[Work]
    bids: Sequence[Bid]
    authors: csr_matrix
    first_authors: csr_matrix
    stated_orcids: csr_matrix
    team: csr_matrix
    leaders: csr_matrix
    contacts: csr_matrix
    rarity: Values
    titles: tuple[csr_matrix, csr_matrix]
    texts: tuple[csr_matrix, csr_matrix]
    words: Sequence[str]
    people: Sequence[int]
    called: Mapping[int, str]
    counters: dict[str, int]


def matrices(works: Sequence[Work], bids: Sequence[Bid], called: Mapping[int, str] | None = None) -> Matrices:
    """Everything about works and proposals that can be counted, counted once. ``called``: names of persons to show."""
    people = sorted({p for bid in bids for p in (bid.team | bid.local_contacts)})
    column = {person: place for place, person in enumerate(people)}

    def grid(rows: Iterable[Iterable[tuple[int, float]]], count: int) -> csr_matrix:
        cells: dict[tuple[int, int], float] = {}
        for row, entries in enumerate(rows):
            for person, value in entries:
                if person in column:
                    cell = (row, column[person])
                    cells[cell] = max(cells.get(cell, 0.0), value)
        where = np.array(sorted(cells), dtype=np.int64).reshape(-1, 2)
        values = np.array([cells[int(r), int(c)] for r, c in where], dtype=np.float64)
        return csr_matrix((values, (where[:, 0], where[:, 1])), shape=(count, max(len(people), 1)))

    team = grid((((p, 1.0) for p in bid.team) for bid in bids), len(bids))
    held = np.asarray((team > 0).sum(axis=0)).ravel().astype(np.float64)
    rarity = np.log((len(bids) + 1) / (held + 0.5)) / np.log(len(bids) + 2)
    titles, texts, words = _texts(works, bids)
    return Matrices(
        works=works,
        bids=bids,
        authors=grid(((one for author in work.authors for one in author) for work in works), len(works)),
        first_authors=grid((work.authors[0] if work.authors else () for work in works), len(works)),
        stated_orcids=grid((((p, 1.0) for p in work.orcids) for work in works), len(works)),
        team=team,
        leaders=grid(([(bid.leader, 1.0)] if bid.leader is not None else [] for bid in bids), len(bids)),
        contacts=grid((((p, 1.0) for p in bid.local_contacts) for bid in bids), len(bids)),
        rarity=np.clip(rarity, 0.0, 1.0),
        titles=titles,
        texts=texts,
        words=words,
        people=people,
        called=called or {},
        counters={"people_too_common": int((held > PERSON_CAP).sum())},
    )


def _texts(
    works: Sequence[Work], bids: Sequence[Bid]
) -> tuple[tuple[csr_matrix, csr_matrix], tuple[csr_matrix, csr_matrix], Sequence[str]]:
    titles = [fold(one.title) for one in works] + [fold(one.title) for one in bids]
    more = [one.text for one in works] + [one.text for one in bids]
    texts = [f"{title} {title} {fold(text)}" for title, text in zip(titles, more, strict=True)]
    most = max(1, len(works))
    vectorizer = TfidfVectorizer(
        sublinear_tf=True,
        stop_words="english",
        token_pattern=r"\b\w\w+\b",
        max_df=0.3 if most > 50 else 1.0,
        dtype=np.float64,
    )
    try:
        every = vectorizer.fit_transform(texts).tocsr()
        title = vectorizer.transform(titles).tocsr()
    except ValueError:  # no words at all
        every = title = csr_matrix((len(texts), 1))
        return (title[: len(works)], title[len(works) :]), (every[: len(works)], every[len(works) :]), ("",)
    count = len(works)
    return (title[:count], title[count:]), (every[:count], every[count:]), vectorizer.get_feature_names_out()


# --- candidates -------------------------------------------------------------------------------------------------------


def candidates(m: Matrices) -> tuple[Indices, Indices]:
    """Pairs (row of work, row of proposal) worth a look, sorted; their number grows with works, not with the square."""
    rows: list[Indices] = []
    columns: list[Indices] = []
    place = {bid.proposal_id: row for row, bid in enumerate(m.bids)}
    named = sorted({(row, place[p]) for row, work in enumerate(m.works) for p in work.identified if p in place})
    rows.append(np.array([row for row, _ in named], dtype=np.int64))
    columns.append(np.array([column for _, column in named], dtype=np.int64))
    held = np.asarray((m.team > 0).sum(axis=0)).ravel()
    usable = m.rarity * (held <= PERSON_CAP)
    weighted = (m.team + m.contacts * 0.3).multiply(usable).tocsr().T.tocsr()
    found = np.asarray((m.texts[1] > 0).sum(axis=0)).ravel()
    rare = (found <= max(COMMON_WORD * len(m.bids), 20)).astype(np.float64)
    words = m.texts[1].multiply(rare).tocsr().T.tocsr()
    soon, late = _days(m)
    for start in range(0, len(m.works), STEP):
        end = min(start + STEP, len(m.works))
        for product, top in ((m.authors[start:end] @ weighted, TEAM_TOP), (m.texts[0][start:end] @ words, TEXT_TOP)):
            some_rows, some_columns = _top(product.tocsr(), top, soon, late[start:end])
            rows.append(some_rows + start)
            columns.append(some_columns)
    every = np.unique(np.column_stack([np.concatenate(rows), np.concatenate(columns)]), axis=0)
    return every[:, 0], every[:, 1]


def _days(m: Matrices) -> tuple[Values, Values]:
    """First beam day of the proposals and publication day of the works as years; NaN where unknown."""
    soon = np.array([_year(bid.first_day) for bid in m.bids], dtype=np.float64)
    late = np.array(
        [_year(work.day) + (0.5 if work.day_is_vague else 0.0) for work in m.works],
        dtype=np.float64,
    )
    return soon, late


def _year(day: date | None) -> float:
    return day.toordinal() / 365.2425 if day else float("nan")


def _top(product: csr_matrix, top: int, soon: Values, late: Values) -> tuple[Indices, Indices]:
    """The ``top`` best columns of each row, of those that are possible in time."""
    rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    columns, values = product.indices.astype(np.int64), product.data
    possible = ~(late[rows] - soon[columns] < EARLIEST) & (values > 0)
    rows, columns, values = rows[possible], columns[possible], values[possible]
    order = np.lexsort((columns, -values, rows))
    rows, columns = rows[order], columns[order]
    starts = np.searchsorted(rows, rows, side="left")
    kept = np.arange(len(rows)) - starts < top
    return rows[kept].astype(np.int64), columns[kept]


# --- evidence of pairs ------------------------------------------------------------------------------------------------


def pairs_of(m: Matrices, rows: Indices, columns: Indices) -> Pairs:
    """The columns of evidence for the given pairs."""
    works, bids = m.works, m.bids

    def dot(left: csr_matrix, right: csr_matrix) -> Values:
        parts = [
            np.asarray(left[rows[i : i + 100_000]].multiply(right[columns[i : i + 100_000]]).sum(axis=1)).ravel()
            for i in range(0, len(rows), 100_000)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def flag(test: Callable[[Work, Bid], bool]) -> Values:
        return np.array(
            [test(works[r], bids[c]) for r, c in zip(rows.tolist(), columns.tolist(), strict=True)], dtype=np.float64
        )

    rare_team = m.team.multiply(m.rarity).tocsr()
    team_rarity = dot(m.authors, rare_team)
    whole_team = np.maximum(np.asarray(rare_team.sum(axis=1)).ravel(), 0.1)
    count = np.array([max(len(work.authors), 1) for work in works], dtype=np.float64)
    soon, late = _days(m)
    all_text = dot(m.texts[0], m.texts[1])
    crowd = np.log(np.maximum(count / 12, 1.0))
    zero = np.zeros(len(rows))
    return Pairs(
        code_stated=flag(lambda w, b: b.proposal_id in w.stated),
        code_in_acknowledgement=flag(lambda w, b: b.proposal_id in w.thanked),
        code_in_text=flag(lambda w, b: b.proposal_id in w.mentioned and b.proposal_id not in w.thanked),
        other_code=flag(lambda w, b: bool(w.identified or w.names_unknown_codes) and b.proposal_id not in w.identified),
        data_supplement=flag(lambda w, b: b.proposal_id in w.supplements),
        data_cited=flag(lambda w, b: b.proposal_id in w.cites_data_of and b.proposal_id not in w.supplements),
        team_rarity=team_rarity,
        team_share=team_rarity / whole_team[columns],
        author_share=dot(m.authors, m.team) / count[rows],
        only_here=_only_here(m, rows, columns),
        nobody=flag(lambda w, b: bool(w.authors and (b.team or b.local_contacts))) * (team_rarity < 0.05),
        first_author=dot(m.first_authors, m.team),
        leader=dot(m.authors, m.leaders),
        orcids=dot(m.stated_orcids, m.team),
        local_contact=dot(m.authors, m.contacts),
        crowd=crowd[rows] * (team_rarity > 0),
        title_text=dot(m.titles[0], m.titles[1]),
        all_text=all_text,
        institutions=flag_share(rows, columns, works, bids),
        instrument_same=flag(lambda w, b: bool(w.instruments & b.instruments)),
        instrument_other=flag(lambda w, b: bool(w.instruments and b.instruments and not w.instruments & b.instruments)),
        facility_named=np.array([work.names_facility for work in works], dtype=np.float64)[rows],
        facility_silent=np.array([work.has_text and not work.names_facility for work in works], dtype=np.float64)[rows],
        lag_years=late[rows] - soon[columns],
        no_beam=np.array([not bid.had_beam for bid in bids], dtype=np.float64)[columns],
        rivals=zero,
    )


def flag_share(rows: Indices, columns: Indices, works: Sequence[Work], bids: Sequence[Bid]) -> Values:
    """The share of each proposal's institutions that the publication has too."""
    found = np.zeros(len(rows))
    for place, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        theirs = bids[column].institutions
        if theirs and works[row].institutions:
            found[place] = len(theirs & works[row].institutions) / len(theirs)
    return found


def _only_here(m: Matrices, rows: Indices, columns: Indices) -> Values:
    """The rarity of the shared people, each divided by the number of candidates of the publication that has them."""
    found = np.zeros(len(rows))
    if not len(rows):
        return found
    pick = csr_matrix((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(m.works), len(rows)))
    shared = m.authors[rows].multiply(m.team[columns]).tocsr()
    held = (pick @ (shared > 0).astype(np.float64)).tocsr()
    cells = shared.tocoo()
    if cells.nnz:
        others = np.asarray(held[rows[cells.row], cells.col]).ravel()
        np.add.at(found, cells.row, cells.data * m.rarity[cells.col] / np.maximum(others, 1.0))
    return found


def _groups(rows: Indices) -> Iterable[tuple[int, int]]:
    if len(rows):
        edges = np.flatnonzero(np.diff(rows)) + 1
        yield from zip([0, *edges.tolist()], [*edges.tolist(), len(rows)], strict=True)


def with_rivals(rows: Indices, pairs: Pairs, weights: Values) -> Pairs:
    """The same pairs, with what the better proposals of the same publication say against each."""
    score = np.column_stack([kind.measure(pairs) for kind in KINDS]) @ weights
    against = np.zeros(len(rows))
    for start, end in _groups(rows):
        if end - start > 1:
            own = score[start:end]
            ahead = np.clip(own[None, :] - own[:, None], -30, 30)
            odds = np.exp(ahead) * (ahead > 0)
            against[start:end] = np.log1p(odds.sum(axis=1))
    return replace(pairs, rivals=against)


WEIGHTS = np.array([0.0 if kind.name == "rivals" else kind.weight for kind in KINDS])


def score_pairs(m: Matrices, *, least: float) -> list[Scored]:
    """All pairs whose probability is at least ``least``, with their ledgers, sorted by publication and proposal."""
    rows, columns = candidates(m)
    pairs = with_rivals(rows, pairs_of(m, rows, columns), WEIGHTS)
    m.counters["pairs_compared"] = len(rows)
    table = points(pairs)
    scores = np.round(table.sum(axis=1) + PRIOR, 3)
    kept: list[int] = np.flatnonzero(1 / (1 + np.exp(-scores)) >= least).tolist()
    found = []
    for place in kept:
        work, bid = m.works[rows[place]], m.bids[columns[place]]
        facts = _Facts(m, int(rows[place]), int(columns[place]), float(pairs.lag_years[place]))
        ledger = [Evidence("prior", PRIOR, "What is true of a pair of which nothing is known.")]
        ledger += [
            Evidence(kind.name, float(value), facts.detail(kind.name, kind.sentence))
            for kind, value in zip(KINDS, table[place].tolist(), strict=True)
            if value
        ]
        score = round(sum(line.points for line in ledger), 3)
        chance = round(probability(score), 6)
        found.append(Scored(work.work_id, bid.proposal_id, score, chance, tuple(ledger), channel(ledger)))
    return sorted(found, key=lambda one: (one.work_id, one.proposal_id))


CHANNELS: Mapping[str, str] = {
    "code_stated": "metadata",
    "data_supplement": "identifier",
    "data_cited": "identifier",
    "code_in_acknowledgement": "text",
    "code_in_text": "text",
    "team_share": "team",
}


def channel(ledger: Iterable[Evidence]) -> str:
    """What found the pair first: identifier, metadata, text or team."""
    kinds = {line.kind for line in ledger if line.points > 0}
    return next((name for kind, name in CHANNELS.items() if kind in kinds), "text")


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts behind one pair, for the sentences a reviewer reads."""

    m: Matrices
    row: int
    column: int
    lag_years: float

    def detail(self, kind: str, sentence: str) -> str:
        more = self._more(kind)
        return f"{sentence} {more}" if more else sentence

    def _more(self, kind: str) -> str:
        bid = self.m.bids[self.column]
        if kind.startswith("code_"):
            return f"Code: {bid.code}."
        if kind in ("too_early", "odd_lag"):
            years = abs(self.lag_years)
            return f"It is {years:.1f} years {'before' if self.lag_years < 0 else 'after'} the beam time."
        if kind == "team_share":
            people, weights = _both(self.m.authors, self.row, self.m.team, self.column)
            order = np.lexsort((people, -weights * self.m.rarity[people]))
            names = [self.m.called.get(self.m.people[people[place]], "") for place in order[:5]]
            more = f" and {len(people) - 5} more" if len(people) > 5 else ""
            return f"Shared: {'; '.join(filter(None, names))}{more}." if any(names) else f"{len(people)} shared."
        if kind in ("all_text", "title_text"):
            words, weights = _both(*self._sides(kind))
            best = np.lexsort((words, -weights))[:5]
            return f"Words: {', '.join(str(self.m.words[words[place]]) for place in best)}." if len(best) else ""
        return ""

    def _sides(self, kind: str) -> tuple[csr_matrix, int, csr_matrix, int]:
        left, right = self.m.texts if kind == "all_text" else self.m.titles
        return left, self.row, right, self.column


def _both(left: csr_matrix, row: int, right: csr_matrix, column: int) -> tuple[Indices, Values]:
    """The columns that one row of each matrix has, and the products of their values."""
    mine, theirs = slice(*left.indptr[row : row + 2]), slice(*right.indptr[column : column + 2])
    shared, first, second = np.intersect1d(
        left.indices[mine], right.indices[theirs], assume_unique=True, return_indices=True
    )
    return shared, left.data[mine][first] * right.data[theirs][second]
