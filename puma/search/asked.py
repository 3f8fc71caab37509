"""A search as an address states it: the words, the facets that are chosen or excluded, the years, the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args
from urllib.parse import parse_qs

from puma.access import Viewer
from puma.search.documents import FACETS, WORDS, as_number
from puma.search.engine import Search, Sort
from puma.search.query import parse
from puma.techniques import label_of

NOT = "-"
"""Stands before the name of a facet whose value is excluded: ``-instrument=ID21``."""
SORTS: tuple[Sort, ...] = get_args(Sort)
Years = tuple[int | None, int | None]


@dataclass(frozen=True)
class Asked:
    """What is looked for, whoever looks. years: first and last, both included, None for an open side. collections:
    numbers of collections, of which a record must be in one. since: only what was first seen after this instant."""

    text: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    excluded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    years: Years = (None, None)
    sort: Sort = "relevance"
    collections: Sequence[str] = ()
    since: datetime | None = None

    @classmethod
    def read(cls, values: Mapping[str, Sequence[str]]) -> "Asked":
        """The search that the query of an address states, by key; what it does not know it leaves out."""
        sort = next(iter(values.get("sort", ())), "relevance")
        return cls(
            " ".join(values.get("q", ())[:1]),
            {name: tuple(values[name]) for name in FACETS if values.get(name) and name != "year"},
            {name: tuple(values[NOT + name]) for name in FACETS if values.get(NOT + name)},
            years_of(next(iter(values.get("year", ())), "")),
            sort if sort in SORTS else "relevance",
            tuple(values.get("collection", ())),
            instant_of(next(iter(values.get("since", ())), "")),
        )

    def question(
        self,
        viewer: Viewer,
        *,
        offset: int = 0,
        limit: int = 10,
        facets: Sequence[str] = (),
        facet_size: int = 25,
        highlight: bool = True,
        among: Sequence[int] | None = None,
    ) -> Search:
        """The question to an engine. among: the records of its collections. Raises QueryError with the place and a
        hint."""
        years = {} if self.years == (None, None) else {"year": self.years}
        new = {} if self.since is None else {"first_seen": (as_number(self.since) + 1, None)}
        return Search(
            query=parse(self.text, WORDS),
            visible=viewer.reads,
            filters=_labelled(self.filters),
            excluded=_labelled(self.excluded),
            ranges={**years, **new},
            sort=self.sort,
            offset=offset,
            limit=limit,
            facets=facets,
            facet_size=facet_size,
            highlight=highlight,
            among=among,
        )


def asked_in(query: str) -> Asked:
    """The search that an address states; query: its part from the question mark on, with or without it."""
    return Asked.read(parse_qs(query.removeprefix("?")))


def _labelled(filters: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Techniques may be named by their PaNET id."""
    return {
        name: [label_of(value) for value in values] if name == "technique" else values
        for name, values in filters.items()
    }


def years_of(text: str) -> Years:
    """``2015``, ``2015-2018``, ``2015-`` and ``-2018`` as a span; what is none of these is open on both sides."""
    first, dash, last = text.partition("-")
    return _year(first), _year(last if dash else first)


def instant_of(text: str) -> datetime | None:
    """``2026-03-02T10:31:00Z`` as an instant; None for what is none or has no time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _year(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None
