"""The port of the search room: what is asked, what comes back, and what every engine behind it promises."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from puma.errors import TryLater
from puma.search.query import Node

Document = Mapping[str, object]
"""One record to index: `id` (int, unique, 0 to 2**32 - 1), `kind` (str) and `visibility` (str, or several of which one
is enough to see it) always, then field values: str, int, date or bool as the field's mapping says, a list of them where
the field is `many`; None for nothing. `print` (int below 2**63), when given, stands for the content: equal prints,
equal documents."""

Sort = Literal["relevance", "newest", "oldest", "title"]


class RebuildNeeded(TryLater):
    """The index was written for other fields or by another version: rebuild it, then search again."""

    title = "The search index must be rebuilt"


@dataclass(frozen=True, slots=True)
class Search:
    """One question.

    query: the tree from `parse`, None for everything. filters: field -> values, of which one must match. excluded:
    field -> values, of which none may match. ranges: field -> (low, high), both included, None for open; dates by year
    or by day as YYYYMMDD. visible: the visibility classes the viewer may see; nothing else exists for them. offset,
    limit: which hits of the sorted list. facets: the fields to count, each without its own filter but with what it
    excludes; facet_size: at most so many values each; facet_like: only values with a word that begins so;
    facet_of: only these values, all where none is named. among: only records of these ids, None for all.
    """

    query: Node | None
    visible: frozenset[str]
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    excluded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 10
    facets: Sequence[str] = ()
    facet_size: int = 25
    facet_like: str = ""
    facet_of: Sequence[str] = ()
    highlight: bool = True
    among: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a field with the found words in <mark>; everything else in it is escaped. page: 1-based, or None."""

    field: str
    page: int | None
    html: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One found record. score: the boost of the least important field that was needed to find it, 0 if unranked."""

    id: int
    score: float
    fields: Mapping[str, object]
    snippets: list[Snippet]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet; count: how many hits a click on it leaves; label: how people read it, where the value is
    only a number to them."""

    value: str
    count: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """total: all hits; took_ms: time spent in the engine, milliseconds; hits: the asked slice; facets: field -> values,
    most frequent first, then by value; incomplete: a sentence when a part of the index did not answer, so that hits are
    missing and the numbers too small, else empty."""

    total: int
    took_ms: float
    hits: list[Hit]
    facets: dict[str, list[FacetValue]]
    incomplete: str = ""


class Engine(Protocol):
    """An index of documents, readable while one writes.

    What a viewer may not see has no influence on any answer: hits, their order and scores, totals, facets and snippets
    are what they would be if the invisible documents were not in the index. Hence no word statistics in the ranking:
    hits are ranked by the importance of the fields that hold all that was asked, the newest first among equals.
    """

    def add(self, documents: Iterable[Document]) -> int:
        """Adds documents, or replaces those with the same id; seen after `publish`. Returns how many."""
        ...

    def delete(self, ids: Iterable[int]) -> None:
        """Removes documents; seen after `publish`. Unknown ids are no error."""
        ...

    def publish(self) -> None:
        """Makes everything since the last `publish` visible to readers, all at once, and durable."""
        ...

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Writes a new index beside the old one, then swaps; readers see the old one until then. Returns how many."""
        ...

    def search(self, question: Search) -> Answer:
        """The answer as of the last `publish`. Raises WrongUsage for a field that is not in the index."""
        ...

    def ids(self, question: Search) -> Iterator[int]:
        """The ids of all hits in their order, as of one moment, whatever its offset and limit; memory stays small.

        Raises TryLater where a part of the index does not answer: there is no list of some of the hits.
        """
        ...

    def count(self) -> int:
        """Documents in the index, whoever may see them: for operators, not for viewers."""
        ...

    def prints(self) -> dict[int, int]:
        """Id and `print` (0 without one) of every document as of the last `publish`: to compare with the database."""
        ...
