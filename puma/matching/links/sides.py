"""Publications and proposals as arrays and sparse matrices over the same people, places and words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from puma.matching.links.evidence import Values
from puma.matching.links.words import Said, over, said, titles_and_texts, words_of
from puma.matching.links.works import Bid, Work

MOST_COMMON = 0.3  # words in a larger share of the texts say nothing
FEW = 50  # among so few publications every word counts
LONG = 200  # letters from which a text is an abstract
YEAR = 365.2425
VAGUE = 0.5  # a publication of which only the year is known appeared in its middle

Indices = NDArray[np.int64]
Side = TypeVar("Side", "WorkSide", "BidSide")
Counted = tuple[csr_matrix, csr_matrix]
"""How often each word stands in each title, and in each whole text."""


@dataclass(frozen=True, slots=True)
class Axes:
    """What the columns of the matrices are, and how rare each is; numbers of records, sorted, and words, sorted.

    rarity: of people on teams, 0 to 1, the rarer the higher. held: proposals of each of the people. weight: of words.
    """

    people: Indices
    rarity: Values
    held: Indices
    places: Indices
    tools: Indices
    words: NDArray[np.str_]
    weight: Values


@dataclass(frozen=True, slots=True)
class WorkSide:
    """Publications: one entry or row each. late: when it appeared, in years. day: its day as a number, 0 if unknown.

    thanked, mentioned, supplements, cited: proposals (rows of the other side) that an identifier leads to.
    """

    numbers: Indices
    day: Indices
    late: Values
    signatures: Values
    long_text: Values
    names_facility: Values
    silent: Values
    elsewhere: Values
    unknown_codes: Values
    authors: csr_matrix
    first_authors: csr_matrix
    stated_orcids: csr_matrix
    places: csr_matrix
    tools: csr_matrix
    all_tools: Values
    stated: csr_matrix
    thanked: csr_matrix
    mentioned: csr_matrix
    supplements: csr_matrix
    cited: csr_matrix
    identified: csr_matrix
    titles: csr_matrix
    texts: csr_matrix


@dataclass(frozen=True, slots=True)
class BidSide:
    """Proposals: one entry or row each. first, last: beam time in years, NaN where unknown; the days as numbers."""

    numbers: Indices
    codes: NDArray[np.str_]
    first_day: Indices
    last_day: Indices
    first: Values
    last: Values
    members: Values
    anybody: Values
    no_beam: Values
    place_count: Values
    all_tools: Values
    team: csr_matrix
    rare_team: csr_matrix
    whole_team: Values
    leaders: csr_matrix
    contacts: csr_matrix
    places: csr_matrix
    tools: csr_matrix
    titles: csr_matrix
    texts: csr_matrix


def axes_of(bids: Sequence[Bid], blocks: Sequence[Said], count: int) -> Axes:
    """The axes for these proposals, and for all that is said; ``count``: of publications and proposals together."""
    people = _axis(bid.team | bid.local_contacts for bid in bids)
    team = _grid([[(p, 1.0) for p in bid.team] for bid in bids], people)
    held = np.bincount(team.indices, minlength=max(len(people), 1)).astype(np.int64)
    rarity = np.log((len(bids) + 1) / (held + 0.5)) / np.log(len(bids) + 2)
    words, seen = words_of(blocks, MOST_COMMON if count - len(bids) > FEW else 1.0)
    if not len(words):
        words, seen = np.array([""]), np.zeros(1, dtype=np.int64)
    return Axes(
        people, np.clip(rarity, 0.0, 1.0), held,
        _axis(bid.institutions for bid in bids), _axis(bid.instruments for bid in bids),
        words, np.log((1 + count) / (1 + seen)) + 1,
    )  # fmt: skip


def counted(some: Sequence[Work] | Sequence[Bid], axes: Axes) -> Counted:
    """How often each known word stands in each title and in each whole text."""
    return over(said(titles_and_texts(some)), axes.words)


def _weighed(counts: csr_matrix, weight: Values) -> csr_matrix:
    """TF-IDF with the logarithm of the counts; every row has length 1."""
    found = counts.astype(np.float64)
    found.sort_indices()
    found.data = (np.log(found.data) + 1) * weight[found.indices]
    length = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    found.data /= np.repeat(np.where(length > 0, length, 1.0), np.diff(found.indptr))
    return found


def work_side(works: Sequence[Work], bids: Indices, axes: Axes, words: Counted) -> WorkSide:
    """Publications over these axes. ``bids``: numbers of the proposals, in the order of their rows."""
    row_of = {number: row for row, number in enumerate(bids.tolist())}

    def flag(tell: Callable[[Work], float]) -> Values:
        return np.array([tell(one) for one in works], dtype=np.float64)

    def leads(tell: Callable[[Work], Iterable[int]]) -> csr_matrix:
        return _sets([[row_of[p] for p in tell(one) if p in row_of] for one in works], max(len(row_of), 1))

    return WorkSide(
        numbers=np.array([one.work_id for one in works], dtype=np.int64),
        day=np.array([one.day.toordinal() if one.day else 0 for one in works], dtype=np.int64),
        late=flag(lambda one: _year(one.day) + (VAGUE if one.day_is_vague else 0.0)),
        signatures=flag(lambda one: len(one.authors)),
        long_text=flag(lambda one: len(one.text) > LONG),
        names_facility=flag(lambda one: one.names_facility),
        silent=flag(lambda one: one.has_text and not one.names_facility),
        elsewhere=flag(lambda one: one.names_elsewhere),
        unknown_codes=flag(lambda one: bool(one.identified or one.names_unknown_codes)),
        authors=_grid([[one for author in work.authors for one in author] for work in works], axes.people),
        first_authors=_grid([work.authors[0] if work.authors else () for work in works], axes.people),
        stated_orcids=_grid([[(p, 1.0) for p in work.orcids] for work in works], axes.people),
        places=_grid([[(p, 1.0) for p in work.institutions] for work in works], axes.places),
        tools=_grid([[(p, 1.0) for p in work.instruments] for work in works], axes.tools),
        all_tools=flag(lambda one: bool(one.instruments)),
        stated=leads(lambda one: one.stated),
        thanked=leads(lambda one: one.thanked),
        mentioned=leads(lambda one: one.mentioned - one.thanked),
        supplements=leads(lambda one: one.supplements),
        cited=leads(lambda one: one.cites_data_of - one.supplements),
        identified=leads(lambda one: one.identified),
        titles=_weighed(words[0], axes.weight),
        texts=_weighed(words[1], axes.weight),
    )


def bid_side(bids: Sequence[Bid], axes: Axes, words: Counted) -> BidSide:
    """Proposals over these axes."""
    last = [bid.last_day or bid.first_day for bid in bids]
    team = _grid([[(p, 1.0) for p in bid.team] for bid in bids], axes.people)
    rare = team.multiply(axes.rarity).tocsr()
    return BidSide(
        numbers=np.array([bid.proposal_id for bid in bids], dtype=np.int64),
        codes=np.array([bid.code for bid in bids], dtype=np.str_),
        first_day=np.array([bid.first_day.toordinal() if bid.first_day else 0 for bid in bids], dtype=np.int64),
        last_day=np.array([day.toordinal() if day else 0 for day in last], dtype=np.int64),
        first=np.array([_year(bid.first_day) for bid in bids], dtype=np.float64),
        last=np.array([_year(day) for day in last], dtype=np.float64),
        members=np.array([len(bid.team) for bid in bids], dtype=np.float64),
        anybody=np.array([bool(bid.team or bid.local_contacts) for bid in bids], dtype=np.float64),
        no_beam=np.array([not bid.had_beam for bid in bids], dtype=np.float64),
        place_count=np.array([max(len(bid.institutions), 1) for bid in bids], dtype=np.float64),
        all_tools=np.array([bool(bid.instruments) for bid in bids], dtype=np.float64),
        team=team,
        rare_team=rare,
        whole_team=np.maximum(np.asarray(rare.sum(axis=1)).ravel(), 0.1),
        leaders=_grid([[(bid.leader, 1.0)] if bid.leader is not None else [] for bid in bids], axes.people),
        contacts=_grid([[(p, 1.0) for p in bid.local_contacts] for bid in bids], axes.people),
        places=_grid([[(p, 1.0) for p in bid.institutions] for bid in bids], axes.places),
        tools=_grid([[(p, 1.0) for p in bid.instruments] for bid in bids], axes.tools),
        titles=_weighed(words[0], axes.weight),
        texts=_weighed(words[1], axes.weight),
    )


def take(side: Side, rows: Indices | slice) -> Side:
    """Some of the rows of a side."""
    return replace(side, **{one.name: getattr(side, one.name)[rows] for one in fields(side)})


def widened(side: Side, axes: Axes, proposals: int) -> Side:
    """The same over axes, and beside proposals, to which more came at their ends."""
    widths = {
        "authors": axes.people, "first_authors": axes.people, "stated_orcids": axes.people, "team": axes.people,
        "rare_team": axes.people, "leaders": axes.people, "contacts": axes.people, "places": axes.places,
        "tools": axes.tools,
    }  # fmt: skip
    wider = {}
    for one in fields(side):
        grid = getattr(side, one.name)
        if isinstance(grid, csr_matrix) and one.name not in ("titles", "texts"):
            width = max(len(widths[one.name]) if one.name in widths else proposals, 1)
            if grid.shape[1] != width:
                wider[one.name] = csr_matrix((grid.data, grid.indices, grid.indptr), shape=(grid.shape[0], width))
    return replace(side, **wider) if wider else side


def joined(several: Iterable[Side]) -> Side:
    """The rows of all, one below the other; there is at least one."""
    sides = list(several)
    kind, sides = type(sides[0]), [side for side in sides if len(side.numbers)] or sides[:1]
    blocks = [{one.name: getattr(side, one.name) for one in fields(kind)} for side in sides]
    del sides

    def every(name: str) -> object:
        held: list[Any] = [
            block.pop(name) for block in blocks
        ]  # what is joined is let go of, so that not all is there twice
        if len(held) == 1:
            return held[0]
        return np.concatenate(held) if isinstance(held[0], np.ndarray) else vstack(held, format="csr")

    return kind(**{one.name: every(one.name) for one in fields(kind)})  # type: ignore[arg-type]  # by name


# --- building ---------------------------------------------------------------------------------------------------------


def _year(day: date | None) -> float:
    return day.toordinal() / YEAR if day else float("nan")


def _axis(sets: Iterable[Iterable[int]]) -> Indices:
    return np.array(sorted({one for some in sets for one in some}), dtype=np.int64)


def _sets(rows: Sequence[Sequence[int]], columns: int) -> csr_matrix:
    held = [sorted(set(some)) for some in rows]
    starts = np.concatenate([[0], np.cumsum([len(some) for some in held])]).astype(np.int32)
    cells = np.array([one for some in held for one in some], dtype=np.int32)
    return csr_matrix((np.ones(len(cells)), cells, starts), shape=(len(rows), columns))


def _grid(rows: Sequence[Iterable[tuple[int, float]]], axis: Indices) -> csr_matrix:
    """Numbers and values of each row over an axis; of a number that comes twice the higher value counts.

    The axis need not be sorted: what came to it stands at its end.
    """
    entries = [(row, number, value) for row, some in enumerate(rows) for number, value in some]
    shape = (len(rows), max(len(axis), 1))
    if not entries or not len(axis):
        return csr_matrix(shape)
    at = np.array([row for row, _, _ in entries], dtype=np.int64)
    number = np.array([number for _, number, _ in entries], dtype=np.int64)
    value = np.array([value for _, _, value in entries], dtype=np.float64)
    sorter = np.argsort(axis, kind="stable")
    place = sorter[np.minimum(np.searchsorted(axis, number, sorter=sorter), len(axis) - 1)]
    known = axis[place] == number
    at, place, value = at[known], place[known], value[known]
    order = np.lexsort((value, place, at))
    at, place, value = at[order], place[order], value[order]
    last = np.ones(len(at), dtype=bool)
    last[:-1] = (at[1:] != at[:-1]) | (place[1:] != place[:-1])
    return csr_matrix((value[last], (at[last], place[last])), shape=shape)
