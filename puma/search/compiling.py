"""From the tree of a question to an engine's own queries: what is stated here means the same on every engine."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from puma.errors import WrongUsage
from puma.search.engine import Search
from puma.search.highlights import Needle
from puma.search.index_document import VISIBILITY, number_of, raw_value, values_of
from puma.search.index_field import PAGES, IndexField
from puma.search.query import And, Node, Not, Or, Phrase, Prefix, Span, Word
from puma.search.synonyms import other_names
from puma.search.words import words_in

Q = TypeVar("Q")
Forms = Callable[[IndexField, str], tuple[str, ...]]
"""The spellings of a word that stand in the texts of a field, the word itself first."""

_REMEMBERED = 4_000  # leaves on one field each: those of some tens of questions
_REMEMBERED_TREES = 500
_LARGEST = 2**62  # bounds beyond it mean no bound


class QueryMaker(ABC, Generic[Q]):
    """Compiles trees into queries of one engine; typed text never becomes a query string."""

    def __init__(self, fields: Mapping[str, IndexField]) -> None:
        self._fields = fields
        self.searched = [item for item in fields.values() if item.has_words and item.boost > 0]
        self._made: dict[tuple[Node, str], tuple[Q, ...]] = {}
        self._trees: dict[tuple[Node, frozenset[str], float], Q] = {}
        self.boosts = sorted({item.boost for item in self.searched}, reverse=True)

    # -- what each engine says in its own way

    @abstractmethod
    def either(self, queries: Sequence[Q]) -> Q:
        """At least one of them; nothing when there is none."""

    @abstractmethod
    def all_of(self, queries: Sequence[Q], without: Sequence[Q] = ()) -> Q:
        """Each of them and none of `without`."""

    @abstractmethod
    def value(self, name: str, value: str) -> Q:
        """A whole value in an index field."""

    @abstractmethod
    def between(self, name: str, low: int, high: int) -> Q:
        """A number in an index field, both bounds included."""

    @abstractmethod
    def one_of(self, ids: Sequence[int]) -> Q:
        """The documents of these ids, of which there may be very many."""

    @abstractmethod
    def word(self, item: IndexField, words: Sequence[str]) -> Sequence[Q]:
        """One typed word, which may be several (La2-xSrxCuO4): one after the other, the last in any of its forms.

        Each of the queries will do.
        """

    @abstractmethod
    def phrase(self, item: IndexField, words: Sequence[str]) -> Q:
        """Words one after the other as they stand."""

    @abstractmethod
    def open_end(self, item: IndexField, words: Sequence[str]) -> Q:
        """Words one after the other, of the last only the beginning."""

    def all_seen_by(self, visible: frozenset[str]) -> bool:
        """Whether the index is known to hold nothing else than what these may see, so that nobody need look."""
        return False

    # -- what they share

    def field(self, name: str) -> IndexField:
        """The field of that name. Raises WrongUsage when the index has none."""
        if name not in self._fields:
            raise WrongUsage(f"The search index has no field {name}.")
        return self._fields[name]

    def searched_in(self, name: str | None, visible: frozenset[str], least: float = 0.0) -> list[IndexField]:
        """The fields that words are looked for in: those of a field word; of bare words all of a boost from `least` on.

        Full text that the viewer may not read is not among them, so it neither finds nor excludes anything.
        """
        if name is not None and not self.field(name).is_full_text:
            return [self.field(name)]
        items = self.searched if name is None else [item for item in self._fields.values() if item.is_full_text]
        return [item for item in items if item.boost >= least and (not item.needs or item.needs in visible)]

    def wanted(self, question: Search) -> list[Q]:
        """What was typed, looked for everywhere; nothing when nothing was typed."""
        return [self.tree(question.query, question.visible)] if question.query is not None else []

    def tree(self, node: Node, visible: frozenset[str], least: float = 0.0) -> Q:
        """The tree with bare words looked for in the fields of a boost from `least` on.

        What is excluded is excluded from every field that the viewer may read. Made once: hits, list and each facet
        ask for the same.
        """
        key = (node, visible, least)
        known = self._trees.get(key)
        if known is None:
            known = self._tree(node, visible, least)
            if len(self._trees) > _REMEMBERED_TREES:
                self._trees.clear()
            self._trees[key] = known
        return known

    def _tree(self, node: Node, visible: frozenset[str], least: float) -> Q:
        match node:
            case And(parts):
                wanted = [self.tree(part, visible, least) for part in parts if not isinstance(part, Not)]
                unwanted = [self.tree(part.part, visible) for part in parts if isinstance(part, Not)]
                return self.all_of(wanted, unwanted)
            case Or(parts):
                return self.either([self.tree(part, visible, least) for part in parts])
            case Not(part):
                return self.all_of([], [self.tree(part, visible)])
            case Span(name, low, high):
                return self.span(self.field(name), low, high)
            case Word() | Phrase() | Prefix():
                items = self.searched_in(node.field, visible, least if node.field is None else 0.0)
                return self.either([query for item in items for query in self._leaves(node, item)])

    def _leaves(self, node: Word | Phrase | Prefix, item: IndexField) -> tuple[Q, ...]:
        """The queries of a leaf, made once: each order of importance and each facet asks them again."""
        known = self._made.get((node, item.name))
        if known is None:
            known = tuple(self._leaf(node, item))
            if len(self._made) > _REMEMBERED:
                self._made.clear()
            self._made[node, item.name] = known
        return known

    def _leaf(self, node: Word | Phrase | Prefix, item: IndexField) -> Iterator[Q]:
        """Queries on one field, any of which will do."""
        if item.mapping == "boolean":
            yield self.value(values_of(item.name), node.text)
        words = words_in(node.text) if item.has_words else []
        if not words:
            return
        if isinstance(node, Prefix):
            yield self.open_end(item, words)
            return
        if isinstance(node, Word):
            yield from self.word(item, words)
        else:
            yield self.phrase(item, words)
        for other in other_names(words):
            yield self.phrase(item, other)

    def needles(self, node: Node, visible: frozenset[str], forms: Forms) -> dict[str, list[Needle]]:
        """What to mark in which field, in all full texts under the name PAGES; nothing of what is excluded."""
        found: dict[str, list[Needle]] = {}
        match node:
            case And(parts) | Or(parts):
                for part in parts:
                    for name, needles in self.needles(part, visible, forms).items():
                        found.setdefault(name, []).extend(needles)
            case Word() | Phrase() | Prefix():
                words = words_in(node.text)
                same: dict[str, list[IndexField]] = {}
                for item in self.searched_in(node.field, visible):
                    if item.has_words and words:
                        same.setdefault(PAGES if item.is_full_text else item.name, []).append(item)
                for name, items in same.items():
                    found[name] = [_needle(node, words, items, forms)]
            case Not() | Span():
                pass
        return found

    def has_bare_words(self, node: Node) -> bool:
        """Whether a part that is wanted names no field, so that ranking by field makes a difference."""
        match node:
            case And(parts) | Or(parts):
                return any(self.has_bare_words(part) for part in parts)
            case Word() | Phrase() | Prefix():
                return node.field is None
            case Not() | Span():
                return False

    def limits(self, question: Search, *, without: str | None = None) -> list[Q]:
        """Visibility, filters, exclusions and ranges; filter and range of the field `without` are left out."""
        queries = []
        if not self.all_seen_by(question.visible):
            classes = sorted(question.visible)
            queries = [self.either([self.value(values_of(VISIBILITY.name), raw_value(one)) for one in classes])]
        if question.among is not None:
            queries.append(self.one_of(question.among))
        for name, values in question.filters.items():
            if name != without and values:
                item = self.field(name)
                queries.append(self.either(list(self._chosen(item, values))))
        for name, values in question.excluded.items():
            if values:
                queries.append(self.all_of([], [self.either(list(self._chosen(self.field(name), values)))]))
        for name, (low, high) in question.ranges.items():
            if name != without and (low, high) != (None, None):
                queries.append(self.span(self.field(name), low, high))
        return queries

    def span(self, item: IndexField, low: int | None, high: int | None) -> Q:
        """From `low` to `high`, both included. Raises WrongUsage for a field without numbers."""
        if item.mapping not in ("integer", "date"):
            raise WrongUsage(f"{item.name} has no numbers to take a range of.")
        if item.mapping == "date":  # years become their first and last day
            low = low * 10_000 if low is not None and low < 10_000 else low
            high = high * 10_000 + 9_999 if high is not None and high < 10_000 else high
        low = -_LARGEST if low is None else max(-_LARGEST, min(low, _LARGEST))
        high = _LARGEST if high is None else max(-_LARGEST, min(high, _LARGEST))
        return self.between(number_of(item.name), low, high) if low <= high else self.either([])

    def _chosen(self, item: IndexField, values: Iterable[str]) -> Iterator[Q]:
        for value in values:
            if item.mapping in ("integer", "date"):
                if value.isascii() and value.removeprefix("-").isdigit():
                    yield self.span(item, int(value[:20]), int(value[:20]))
            elif item.has_values:
                yield self.value(values_of(item.name), raw_value(value))
            else:
                raise WrongUsage(f"{item.name} cannot be filtered by whole values.")


def _needle(node: Word | Phrase | Prefix, words: list[str], items: Sequence[IndexField], forms: Forms) -> Needle:
    others = () if isinstance(node, Prefix) else other_names(words)
    if isinstance(node, Word) and items[0].has_endings:
        spelled = dict.fromkeys(form for item in items for form in forms(item, words[-1]))
        return Needle((*((*words[:-1], form) for form in spelled), *others))
    return Needle((tuple(words), *others), open_end=isinstance(node, Prefix))
