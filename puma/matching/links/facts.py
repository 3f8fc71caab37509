"""The facts behind some links, for the sentences a reviewer reads: codes, days, shared people and shared words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from puma.matching.links.evidence import HELD_BACK, KINDS, TWO, Kind, Values
from puma.matching.links.features import EARLY, FEATURES, HALF, LIKELY
from puma.matching.links.grids import Grids
from puma.matching.links.pairs import Pairs
from puma.matching.links.sides import YEAR, Indices, WorkSide

TOLD = 5  # people, or words, that a sentence names
LATE = 6.0  # years after the last beam time; one publication in twenty comes later
TOLD_OF = {"team_share", "all_text", "lag", *(kind.name for kind in KINDS if kind.name.startswith("code_"))}
"""Kinds of which more than their sentence is told."""


class Signed(Protocol):
    """What is told of publications: number, day, authors and words, as `WorkSide` has them."""

    @property
    def numbers(self) -> Indices: ...
    @property
    def day(self) -> Indices: ...
    @property
    def authors(self) -> csr_matrix: ...
    @property
    def texts(self) -> csr_matrix: ...


@dataclass(frozen=True, slots=True)
class Few:
    """Some publications of several sides, one below the other, with no more than what is told of them."""

    numbers: Indices
    day: Indices
    authors: csr_matrix
    texts: csr_matrix

    @classmethod
    def of(cls, several: Sequence[tuple[WorkSide, Indices]], people: int) -> "Few":
        """These rows of these sides. people: how many the axis has by now."""
        some = [(side, rows) for side, rows in several if len(rows)] or list(several[:1])
        authors = [side.authors[rows] for side, rows in some]
        for grid in authors:
            grid.resize(grid.shape[0], people)
        return cls(
            np.concatenate([side.numbers[rows] for side, rows in some]),
            np.concatenate([side.day[rows] for side, rows in some]),
            vstack(authors, format="csr"),
            vstack([side.texts[rows] for side, rows in some], format="csr"),
        )


class Facts:
    """What pairs share, looked up for all at once."""

    def __init__(self, m: Grids, works: Signed, pairs: Pairs) -> None:
        bids, rows, columns = m.of_bids, pairs.rows, pairs.columns
        self._one: list[bool] = ((pairs.signing > 0) & (pairs.signing < TWO)).tolist()
        self._numbers = list(zip(works.numbers[rows].tolist(), bids.numbers[columns].tolist(), strict=True))
        self._codes: list[str] = bids.codes[columns].tolist()
        known = (works.day[rows] > 0) & (bids.first_day[columns] > 0)
        years = (works.day[rows] - bids.last_day[columns]) / YEAR
        self._years = [year if there else None for year, there in zip(years.tolist(), known.tolist(), strict=True)]
        self._members: list[int] = bids.members[columns].astype(np.int64).tolist()
        shared = _both(works.authors, rows, bids.team, columns)
        shared.data *= shared.data > LIKELY
        shared.eliminate_zeros()
        self._people_from: list[int] = shared.indptr.tolist()
        self._people: list[str] = m.names[_falling(shared, shared.data * m.axes.rarity[shared.indices])].tolist()
        self._plain = _plain(pairs.features, np.diff(shared.indptr))
        said = _both(works.texts, rows, bids.texts, columns)
        self._words_from: list[int] = said.indptr.tolist()
        self._words: list[str] = m.axes.words[_falling(said, said.data)].tolist()

    def numbers(self, place: int) -> tuple[int, int]:
        """The record numbers of publication and proposal."""
        return self._numbers[place]

    def detail(self, kind: Kind, points: float, place: int) -> str:
        """What a reviewer reads of this kind of evidence."""
        if kind.name == "lag" and self._years[place] is None:
            return "The time from beam time to publication is not known."
        plain = self._plain.get(kind.name)
        sentence = kind.sentence(points > 0 if plain is None else plain[place])
        if kind.name not in TOLD_OF:
            return sentence
        more = self._more(kind.name, place)
        if kind.name == "team_share" and self._one[place]:
            more = f"{more} {HELD_BACK}"
        return f"{sentence} {more}" if more else sentence

    def _more(self, kind: str, place: int) -> str:
        if kind == "team_share":
            first, last = self._people_from[place : place + 2]
            names = "; ".join(filter(None, self._people[first : min(first + TOLD, last)]))
            count, members = last - first, self._members[place]
            if not names:
                return f"{count} of {members} shared."
            if count > TOLD:
                return f"{count} of {members} shared, among them {names}."
            return f"{count} of {members} shared: {names}."
        if kind == "all_text":
            first, last = self._words_from[place : place + 2]
            return f"Words: {', '.join(self._words[first : min(first + TOLD, last)])}." if last > first else ""
        years = self._years[place]
        if kind == "lag" and years is not None and years < 0:
            return f"It is {-years:.1f} years before the beam time."
        if kind == "lag" and years is not None:
            return f"It is {years:.1f} years after the beam time."
        return f"Code: {self._codes[place]}." if kind.startswith("code_") else ""


def _plain(features: NDArray[np.float32], people: Indices) -> dict[str, list[bool]]:
    """What can be seen without a model, for each kind and pair: whether it is so. people: how many each pair shares."""
    known = {name: features[:, place] for place, name in enumerate(FEATURES)}
    there = people > 0
    return {
        kind: values.tolist()
        for kind, values in (
            ("team_share", there & (people >= HALF * known["team_size"])),
            ("author_share", there & (people >= HALF * known["authors"])),
            ("no_shared_author", there),
            ("orcid", known["orcids"] > 0),
            ("local_contact", known["local_contact"] > LIKELY),
            ("institutions", known["institutions"] > 0),
            ("instrument", known["instrument_same"] > 0),
            ("facility", known["facility_named"] > 0),
            ("elsewhere", known["elsewhere"] == 0),
            ("lag", (known["lag_first"] >= EARLY) & (known["lag_last"] <= LATE)),
            ("no_beam", known["no_beam"] == 0),
        )
    }


def _both(left: csr_matrix, rows: Indices, right: csr_matrix, columns: Indices) -> csr_matrix:
    """What a row of each has, with the products of their values; a row for each pair."""
    found = left[rows].multiply(right[columns]).tocsr()
    found.sort_indices()
    return found


def _falling(grid: csr_matrix, weight: Values) -> Indices:
    """The columns of each row, one row after the other, the heaviest first; of equal ones the lowest, as they are."""
    rows = np.repeat(np.arange(grid.shape[0], dtype=np.min_scalar_type(grid.shape[0])), np.diff(grid.indptr))
    order = np.lexsort((-weight, rows))
    found: Indices = grid.indices[order].astype(np.int64)
    return found
