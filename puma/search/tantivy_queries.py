"""From the tree of a question to the embedded index's own query objects; typed text never becomes a query string."""

from collections.abc import Iterable, Mapping, Sequence

import tantivy
from tantivy import Occur, Query

from puma.errors import WrongUsage
from puma.search.engine import Search
from puma.search.folding import fold
from puma.search.highlights import Needle
from puma.search.index_field import IndexField
from puma.search.query import And, Node, Not, Or, Phrase, Prefix, QueryError, Span, Word
from puma.search.tantivy_documents import (
    VISIBILITY,
    number_of,
    raw_value,
    stem_analyser,
    values_of,
    word_analyser,
    words_of,
)

_LARGEST = 2**62  # bounds beyond it mean no bound
_MOST_ENDINGS = 2**14  # of the last word of a phrase with a *: tantivy takes no more
_SHORTEST_STEM = 3  # letters: `is` and `as` have no endings


def either(queries: Sequence[Query]) -> Query:
    """At least one of them; nothing when there is none."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries]) if queries else Query.empty_query()


def all_of(queries: Sequence[Query], without: Sequence[Query] = ()) -> Query:
    """Each of them and none of `without`."""
    if len(queries) == 1 and not without:
        return queries[0]
    must = [(Occur.Must, query) for query in queries or [Query.all_query()]]
    return Query.boolean_query([*must, *((Occur.MustNot, query) for query in without)])


class WordForms:
    """The spellings of a word that stand in one state of the index: `painting` for `paintings`.

    Endings are folded when asking, not when indexing: the index keeps one list of words as they stand, half the size,
    and phrases, codes and prefixes are exact. A form that only invisible documents have finds nothing, tells nothing.
    """

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self._stems = stem_analyser()
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, item: IndexField, word: str) -> tuple[str, ...]:
        """The word itself first, then the other forms in the field's texts, in alphabetical order."""
        if not item.has_endings or len(word) < _SHORTEST_STEM or not (word.isascii() and word.isalpha()):
            return (word,)
        key = (item.name, word)
        if key not in self._known:
            stem = self._stems.analyze(word)[0]
            beginning = stem[: max(2, len(stem) - 1)]  # the last letter of a stem may differ: happy, happiness
            found = [term for term, _ in self._searcher.terms_with_prefix(words_of(item.name), beginning)]
            found = [term for term in found if term.isascii() and term.isalpha()]
            stems = self._stems.analyze(" ".join(found))
            same = {term for term, its in zip(found, stems, strict=True) if its == stem} - {word}
            self._known[key] = (word, *sorted(same))
        return self._known[key]


class QueryMaker:
    """Compiles trees for one state of the index."""

    def __init__(self, schema: tantivy.Schema, fields: Mapping[str, IndexField], searcher: tantivy.Searcher) -> None:
        self._schema = schema
        self._searcher = searcher
        self._fields = fields
        self._forms = WordForms(searcher)
        self._words = word_analyser()
        self.searched = [item for item in fields.values() if item.has_words and item.boost > 0]

    def field(self, name: str) -> IndexField:
        """The field of that name. Raises WrongUsage when the index has none."""
        if name not in self._fields:
            raise WrongUsage(f"The search index has no field {name}.")
        return self._fields[name]

    def tree(self, node: Node, bare: Sequence[IndexField]) -> Query:
        """The tree with bare words looked for in the fields `bare`; what is excluded is excluded from every field."""
        match node:
            case And(parts):
                wanted = [self.tree(part, bare) for part in parts if not isinstance(part, Not)]
                unwanted = [self.tree(part.part, self.searched) for part in parts if isinstance(part, Not)]
                return all_of(wanted, unwanted)
            case Or(parts):
                return either([self.tree(part, bare) for part in parts])
            case Not(part):
                return all_of([], [self.tree(part, self.searched)])
            case Span(name, low, high):
                return self.span(self.field(name), low, high)
            case Word() | Phrase() | Prefix():
                items = [self.field(node.field)] if node.field else bare
                return either([query for item in items for query in self._leaf(node, item)])

    def _leaf(self, node: Word | Phrase | Prefix, item: IndexField) -> Iterable[Query]:
        """Queries on one field, any of which will do."""
        if item.mapping == "boolean":
            yield self._term(values_of(item.name), node.text)
        if not item.has_words:
            return
        name = words_of(item.name)
        needle = self._needle(node, item)
        for sequence in needle.sequences:
            if needle.open_end and len(sequence) == 1:
                # Distance 0 is no fuzziness at all: a plain walk along the dictionary.
                yield Query.fuzzy_term_query(self._schema, name, sequence[0], distance=0, prefix=True)
            elif needle.open_end:
                # The analyser leaves only letters and digits in a word, so nothing in it can act as a pattern.
                if len(self._searcher.terms_with_prefix(name, sequence[-1])) > _MOST_ENDINGS:
                    raise QueryError(0, f"Too many words begin with {sequence[-1]}: type more letters before the *.")
                words: list[str | tuple[int, str]] = [*sequence[:-1], f"{sequence[-1]}.*"]
                yield Query.regex_phrase_query(self._schema, name, words)
            elif len(sequence) == 1:
                yield self._term(name, sequence[0])
            else:
                yield Query.phrase_query(self._schema, name, list(sequence))

    def _needle(self, node: Word | Phrase | Prefix, item: IndexField) -> Needle:
        words = self._words.analyze(fold(node.text))
        if not words:
            return Needle(())
        if isinstance(node, Word):
            return Needle(tuple((*words[:-1], form) for form in self._forms.of(item, words[-1])))
        return Needle((tuple(words),), open_end=isinstance(node, Prefix))

    def needles(self, node: Node) -> dict[str, list[Needle]]:
        """What to mark in which field; nothing of what is excluded."""
        found: dict[str, list[Needle]] = {}
        match node:
            case And(parts) | Or(parts):
                for part in parts:
                    for name, needles in self.needles(part).items():
                        found.setdefault(name, []).extend(needles)
            case Word() | Phrase() | Prefix():
                for item in [self.field(node.field)] if node.field else self.searched:
                    needle = self._needle(node, item)
                    if item.has_words and needle.sequences:
                        found[item.name] = [needle]
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

    def limits(self, question: Search, *, without: str | None = None) -> list[Query]:
        """Visibility, filters and ranges, those of the field `without` left out. Visibility is never left out."""
        queries = [either([self._term(values_of(VISIBILITY.name), raw_value(one)) for one in sorted(question.visible)])]
        for name, values in question.filters.items():
            if name != without and values:
                item = self.field(name)
                queries.append(either([self._value(item, value) for value in values]))
        for name, (low, high) in question.ranges.items():
            if name != without and (low, high) != (None, None):
                queries.append(self.span(self.field(name), low, high))
        return queries

    def span(self, item: IndexField, low: int | None, high: int | None) -> Query:
        """From `low` to `high`, both included. Raises WrongUsage for a field without numbers."""
        if item.mapping not in ("integer", "date"):
            raise WrongUsage(f"{item.name} has no numbers to take a range of.")
        if item.mapping == "date":  # years become their first and last day
            low = low * 10_000 if low is not None and low < 10_000 else low
            high = high * 10_000 + 9_999 if high is not None and high < 10_000 else high
        low = -_LARGEST if low is None else max(-_LARGEST, min(low, _LARGEST))
        high = _LARGEST if high is None else max(-_LARGEST, min(high, _LARGEST))
        if low > high:
            return Query.empty_query()
        return Query.range_query(self._schema, number_of(item.name), tantivy.FieldType.Integer, low, high)

    def _value(self, item: IndexField, value: str) -> Query:
        if item.mapping in ("integer", "date"):
            if not (value.isascii() and value.removeprefix("-").isdigit()):
                return Query.empty_query()
            return self.span(item, int(value[:20]), int(value[:20]))
        if not item.has_values:
            raise WrongUsage(f"{item.name} cannot be filtered by whole values.")
        return self._term(values_of(item.name), raw_value(value))

    def _term(self, name: str, value: str) -> Query:
        return Query.term_query(self._schema, name, value, index_option="basic")
