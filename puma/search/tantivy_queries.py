"""The embedded index's own query objects."""

from collections.abc import Mapping, Sequence

import tantivy
from tantivy import Occur, Query

from puma.search.compiling import QueryMaker
from puma.search.index_document import ID, VISIBILITY, raw_value, values_of, words_of
from puma.search.index_field import IndexField
from puma.search.query import QueryError
from puma.search.words import beginning, stem

_MOST_ENDINGS = 2**14  # of the last word of a phrase with a *: tantivy takes no more
_FEW_ENDINGS = 32  # phrases: to prepare a pattern costs milliseconds


class WordForms:
    """The spellings of a word that stand in one state of the index: `painting` for `paintings`.

    Endings are folded when asking, not when indexing: the index keeps one list of words as they stand, half the size,
    and phrases, codes and prefixes are exact. A form that only invisible documents have finds nothing, tells nothing.
    """

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, item: IndexField, word: str) -> tuple[str, ...]:
        """The word itself first, then the other forms in the field's texts, in alphabetical order."""
        if not item.has_endings or not (word.isascii() and word.isalpha() and len(word) > 2):
            return (word,)
        key = (item.name, word)
        if key not in self._known:
            wanted = stem(word)
            near = self._searcher.terms_with_prefix(words_of(item.name), beginning(wanted))
            same = {term for term, _ in near if stem(term) == wanted} - {word}
            self._known[key] = (word, *sorted(same))
        return self._known[key]


class TantivyQueries(QueryMaker[Query]):
    """Compiles trees for one state of the index."""

    def __init__(self, schema: tantivy.Schema, fields: Mapping[str, IndexField], searcher: tantivy.Searcher) -> None:
        super().__init__(fields)
        self._schema = schema
        self._searcher = searcher
        self.forms = WordForms(searcher).of
        self._classes = {name for name, _ in searcher.terms_with_prefix(values_of(VISIBILITY.name), "")}

    def all_seen_by(self, visible: frozenset[str]) -> bool:
        """One look at the few visibilities that there are saves one at each document."""
        return self._classes <= {raw_value(one) for one in visible}

    def either(self, queries: Sequence[Query]) -> Query:
        """At least one."""
        if len(queries) == 1:
            return queries[0]
        return Query.boolean_query([(Occur.Should, query) for query in queries]) if queries else Query.empty_query()

    def all_of(self, queries: Sequence[Query], without: Sequence[Query] = ()) -> Query:
        """Each, and none of `without`."""
        if len(queries) == 1 and not without:
            return queries[0]
        must = [(Occur.Must, query) for query in queries or [Query.all_query()]]
        return Query.boolean_query([*must, *((Occur.MustNot, query) for query in without)])

    def value(self, name: str, value: str) -> Query:
        """One term."""
        return Query.term_query(self._schema, name, value, index_option="basic")

    def between(self, name: str, low: int, high: int) -> Query:
        """A range."""
        return Query.range_query(self._schema, name, tantivy.FieldType.Integer, low, high)

    def one_of(self, ids: Sequence[int]) -> Query:
        """One walk along the sorted terms: ten thousand ids in about 20 ms."""
        return Query.term_set_query(self._schema, ID, list(ids)) if ids else Query.empty_query()

    def word(self, item: IndexField, words: Sequence[str]) -> list[Query]:
        """Every form that the index has of the last word."""
        return [self.phrase(item, [*words[:-1], form]) for form in self.forms(item, words[-1])]

    def phrase(self, item: IndexField, words: Sequence[str]) -> Query:
        """One term, or several at neighbouring places."""
        name = words_of(item.name)
        return self.value(name, words[0]) if len(words) == 1 else Query.phrase_query(self._schema, name, list(words))

    def open_end(self, item: IndexField, words: Sequence[str]) -> Query:
        """A walk along the dictionary for the last word; after others its few endings one by one."""
        name = words_of(item.name)
        if len(words) == 1:
            # Distance 0 is no fuzziness at all: a plain walk along the dictionary.
            return Query.fuzzy_term_query(self._schema, name, words[0], distance=0, prefix=True)
        endings = self._searcher.terms_with_prefix(name, words[-1])
        if len(endings) <= _FEW_ENDINGS:
            return self.either([self.phrase(item, [*words[:-1], word]) for word, _ in endings])
        if len(endings) > _MOST_ENDINGS:
            raise QueryError(0, f"Too many words begin with {words[-1]}: type more letters before the *.")
        # The analyser leaves only letters and digits in a word, so nothing in it can act as a pattern.
        patterns: list[str | tuple[int, str]] = [*words[:-1], f"{words[-1]}.*"]
        return Query.regex_phrase_query(self._schema, name, patterns)
