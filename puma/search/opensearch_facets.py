"""What the shards of an OpenSearch index count for facets."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from puma.search.facets import Bucket, Included

Found = Mapping[str, Any]
Ask = Callable[[Mapping[str, Any]], tuple[Found, str]]
"""Answers a search request; the second part is a sentence when a part of the index stayed away."""

_AT_ONCE = 10_000


def sized(wish: Mapping[str, Mapping[str, Any]], each: int) -> dict[str, Any]:
    """OpenSearch's own word for what a part reports is added."""
    return {name: {"terms": {**one["terms"], "shard_size": each}} for name, one in wish.items()}


class CountedShards:
    """What one query finds, counted by the shards. known: the answer to the first wish, where it is there already."""

    each = 1_000
    ties_by_value = True

    def __init__(self, ask: Ask, query: Mapping[str, Any], known: Found | None = None) -> None:
        self._asked = ask
        self._query = query
        self._known = known
        self.incomplete = ""

    def aggregate(self, wish: Mapping[str, Mapping[str, Any]], each: int) -> Mapping[str, Any]:
        """The counts of a single shard are exact. What was asked beside the hits is not asked again."""
        told, self._known = self._known, None
        if told is None:
            told = self._ask(sized(wish, each))
        counted: dict[str, Any] = told["aggregations"]
        if told["_shards"]["total"] == 1:
            for one in counted.values():
                one["doc_count_error_upper_bound"] = 0
        return counted

    def exact(self, column: str, size: int, include: Included) -> Sequence[Bucket]:
        """Every value, ten thousand at a time: composites cannot be told which."""
        wanted = _chosen(include)
        found: list[Bucket] = []
        after: dict[str, Any] = {}
        while True:
            sources = [{"value": {"terms": {"field": column}}}]
            wish = {"all": {"composite": {"size": _AT_ONCE, "sources": sources, **after}}}
            told = self._ask(wish)["aggregations"]["all"]
            found += [(str(one["key"]["value"]), int(one["doc_count"])) for one in told["buckets"]]
            if "after_key" not in told:
                return [one for one in found if wanted(one[0])]
            after = {"after": told["after_key"]}

    def _ask(self, aggregations: Mapping[str, Any]) -> Found:
        told, incomplete = self._asked({"query": self._query, "size": 0, "aggs": aggregations})
        self.incomplete = self.incomplete or incomplete
        return told


def _chosen(include: Included) -> Callable[[str], object]:
    """Tells whether a value is among those that are counted."""
    if include is None:
        return lambda value: True
    return re.compile(include, re.DOTALL).fullmatch if isinstance(include, str) else frozenset(include).__contains__
