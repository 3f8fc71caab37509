"""OpenSearch's own query objects: plain dictionaries, every leaf a filter, so that no word statistics rank."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from puma.search.compiling import QueryMaker
from puma.search.engine import Search
from puma.search.folding import fold
from puma.search.highlights import places
from puma.search.index_document import ID, NEWEST, OLDEST, TITLE_ORDER, words_of
from puma.search.index_field import IndexField
from puma.search.opensearch_documents import stems_of
from puma.search.query import Node
from puma.search.words import LONGEST_WORD, beginning, stem

Query = dict[str, Any]

MOST_CLAUSES = 1_000  # the server takes 1,024 by default
_MOST_IDS = 60_000  # in one list: the server takes 65,536 by default
_ALL_ENDINGS = 2**20  # of the last word of a phrase with a *: fewer, and the server would leave out hits in silence

_WORD = re.compile(r"[a-z]+(?![^\W_])")
_ORDERS = {"newest": {NEWEST: "desc"}, "oldest": {OLDEST: "desc"}, "title": {TITLE_ORDER: "asc"}}


class OpenSearchQueries(QueryMaker[Query]):
    """Compiles trees; needs no state of the index."""

    def either(self, queries: Sequence[Query]) -> Query:
        """At least one."""
        if len(queries) == 1:
            return queries[0]
        return {"bool": {"should": list(queries), "minimum_should_match": 1}} if queries else {"match_none": {}}

    def all_of(self, queries: Sequence[Query], without: Sequence[Query] = ()) -> Query:
        """Each, and none of `without`."""
        if len(queries) == 1 and not without:
            return queries[0]
        return {"bool": {"filter": list(queries) or [{"match_all": {}}], "must_not": list(without)}}

    def value(self, name: str, value: str) -> Query:
        """One term."""
        return {"term": {name: {"value": value}}}

    def between(self, name: str, low: int, high: int) -> Query:
        """A range."""
        return {"range": {name: {"gte": low, "lte": high}}}

    def one_of(self, ids: Sequence[int]) -> Query:
        """Lists of terms, each as long as the server takes."""
        starts = range(0, len(ids), _MOST_IDS)
        return self.either([{"terms": {ID: list(ids[start : start + _MOST_IDS])}} for start in starts])

    def word(self, item: IndexField, words: Sequence[str]) -> list[Query]:
        """The last word by its stem, in the field beside that holds the stems at the same places."""
        if not (item.has_endings and _has_stem(words[-1])):
            return [self.phrase(item, words)]
        stems, last = stems_of(item.name), stem(words[-1])
        if len(words) == 1:
            return [self.value(stems, last)]
        row = [{"match": {"query": word}} for word in words[:-1]]
        row.append({"match": {"query": last, "use_field": stems}})
        return [{"intervals": {words_of(item.name): {"all_of": {"intervals": row, "max_gaps": 0, "ordered": True}}}}]

    def phrase(self, item: IndexField, words: Sequence[str]) -> Query:
        """One term, or several at neighbouring places."""
        name = words_of(item.name)
        if len(words) == 1:
            return self.value(name, words[0][:LONGEST_WORD])
        return {"match_phrase": {name: {"query": " ".join(words)}}}

    def open_end(self, item: IndexField, words: Sequence[str]) -> Query:
        """A walk along the dictionary for the last word."""
        name = words_of(item.name)
        if len(words) == 1:
            return {"prefix": {name: {"value": words[0]}}}
        return {"match_phrase_prefix": {name: {"query": " ".join(words), "max_expansions": _ALL_ENDINGS}}}

    def scored(self, node: Node, visible: frozenset[str]) -> tuple[Query, dict[float, float]]:
        """(query, its scores -> the boosts they stand for): a hit's score tells the least field it needed.

        One tree for each boost. A question of very many words has no room for all of them: then the least important
        fields are not told apart, and what is found stays the same.
        """
        least = self.boosts[-1]
        told = {least: self.tree(node, visible)}
        room = MOST_CLAUSES - _leaves(told[least])
        for boost in self.boosts[:-1]:
            tree = self.tree(node, visible, boost)
            room -= _leaves(tree)
            if room < 0:
                break
            told[boost] = tree
        ranks = {boost: float(rank) for rank, boost in enumerate(sorted(told), start=1)}
        trees = [{"constant_score": {"filter": tree, "boost": ranks[boost]}} for boost, tree in told.items()]
        query = trees[0] if len(trees) == 1 else {"dis_max": {"queries": trees}}
        return query, {rank: boost for boost, rank in ranks.items()}

    def ranked(self, question: Search) -> tuple[Query, list[Query], dict[float, float]]:
        """(query, order, scores -> boosts) of a question; no scores where it is sorted otherwise."""
        limits = self.limits(question)
        node = question.query
        if node is not None and question.sort == "relevance" and self.has_bare_words(node):
            query, boosts = self.scored(node, question.visible)
            return {"bool": {"filter": limits, "must": [query]}}, [{"_score": "desc"}, _ORDERS["newest"]], boosts
        order = _ORDERS.get(question.sort, _ORDERS["newest"])
        return {"bool": {"filter": [*limits, *self.wanted(question)]}}, [order], {}


def _has_stem(word: str) -> bool:
    return len(word) > 2 and word.isascii() and word.isalpha()


def _leaves(query: object) -> int:
    """How many clauses the server counts."""
    if isinstance(query, list):
        return sum(map(_leaves, query))
    if not isinstance(query, dict):
        return 0
    found = query.get("bool")
    if isinstance(found, dict):
        return sum(_leaves(part) for part in found.values())
    return 1


class TextForms:
    """The spellings of a word that stand in the texts of some hits, by field."""

    def __init__(self, texts: Sequence[Mapping[str, Sequence[str]]]) -> None:
        self._folded: dict[str, list[str]] = {}
        for fields in texts:
            for name, values in fields.items():
                self._folded.setdefault(name, []).extend(map(fold, values))

    def of(self, item: IndexField, word: str) -> tuple[str, ...]:
        """The word itself first, then the other forms, in alphabetical order."""
        if not (item.has_endings and _has_stem(word)):
            return (word,)
        wanted = stem(word)
        found = {word}
        for text in self._folded.get(item.name, ()):
            for start in places(text, [beginning(wanted)]):
                match = None if start and text[start - 1].isalnum() else _WORD.match(text, start)
                if match and stem(match[0]) == wanted:
                    found.add(match[0])
        return (word, *sorted(found - {word}))
