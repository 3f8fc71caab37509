"""Publications and proposals as sparse matrices over people and words, and the pairs of them worth a look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from puma.matching.links.evidence import Values
from puma.matching.links.works import Bid, Work
from puma.names import fold

PERSON_CAP = 300  # proposals; somebody on more of them finds no candidates alone
TEAM_TOP = 25  # candidates per publication through people
TEXT_TOP = 10  # and through words
TEXT_TOP_ALONE = 30  # and where people give none
COMMON_WORD = 0.05  # words in a larger share of the texts find no candidates
STEP = 4000  # publications compared at a time
EARLIEST = -1.5  # years a publication may precede the beam time and still be a candidate through words
EARLIEST_TEAM = -3.0  # and through people; dates of records are wrong by years now and then

Indices = NDArray[np.int64]


@dataclass(slots=True)
class Grids:
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


def grids(works: Sequence[Work], bids: Sequence[Bid], called: Mapping[int, str] | None = None) -> Grids:
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
    return Grids(
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
    vectorizer = TfidfVectorizer(
        sublinear_tf=True,
        stop_words="english",
        token_pattern=r"\b\w\w+\b",
        max_df=0.3 if len(works) > 50 else 1.0,
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


def days(m: Grids) -> tuple[Values, Values, Values]:
    """First and last beam day of the proposals, and publication day of the works, as years; NaN where unknown."""
    first = np.array([_year(bid.first_day) for bid in m.bids], dtype=np.float64)
    last = np.array([_year(bid.last_day or bid.first_day) for bid in m.bids], dtype=np.float64)
    late = np.array([_year(work.day) + (0.5 if work.day_is_vague else 0.0) for work in m.works], dtype=np.float64)
    return first, last, late


def _year(day: date | None) -> float:
    return day.toordinal() / 365.2425 if day else float("nan")


def candidates(m: Grids) -> tuple[Indices, Indices]:
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
    first, _, late = days(m)
    for start in range(0, len(m.works), STEP):
        end = min(start + STEP, len(m.works))
        people = (m.authors[start:end] @ weighted).tocsr()
        some_rows, some_columns = _top(people, TEAM_TOP, first, late[start:end] - EARLIEST_TEAM)
        top = np.where(np.bincount(some_rows, minlength=end - start) > 0, TEXT_TOP, TEXT_TOP_ALONE)
        more_rows, more_columns = _top((m.texts[0][start:end] @ words).tocsr(), top, first, late[start:end] - EARLIEST)
        rows += [some_rows + start, more_rows + start]
        columns += [some_columns, more_columns]
    every = np.unique(np.column_stack([np.concatenate(rows), np.concatenate(columns)]), axis=0)
    return every[:, 0], every[:, 1]


def _top(product: csr_matrix, top: int | Indices, first: Values, latest: Values) -> tuple[Indices, Indices]:
    """The ``top`` best columns of each row (one number, or one for each) with beam time not after its latest day."""
    rows = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    columns, values = product.indices.astype(np.int64), product.data
    possible = ~(first[columns] > latest[rows]) & (values > 0)
    rows, columns, values = rows[possible], columns[possible], values[possible]
    order = np.lexsort((columns, -values, rows))
    rows, columns = rows[order], columns[order]
    starts = np.searchsorted(rows, rows, side="left")
    kept = np.arange(len(rows)) - starts < (top if isinstance(top, int) else top[rows])
    return rows[kept].astype(np.int64), columns[kept]
