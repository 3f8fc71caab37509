"""What the embedded index counts for facets: segment by segment, in one walk."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import tantivy
from tantivy import Query

from puma.search.engine import FacetValue, Search
from puma.search.facets import Bucket, Included, buckets_of, in_order

_ALL = 2**31  # values of a segment: every one
_EACH = 400
_FEW = 2_000  # hits of which every value is reported at once: cheaper than to ask again
_MANY = 20_000  # hits from which facets are counted by two threads: walking along the hits twice is paid back
_SIFTED = 1_000  # values of which those that fit a pattern are picked
_LONGEST_PATTERN = 600  # bytes of values: tantivy's patterns have at most a thousand states
_REMEMBERED = 200  # questions of which the counts are kept
_BESIDE = ThreadPoolExecutor(2, thread_name_prefix="facets")  # tantivy lets other threads go on while it counts
_SIGN = re.compile(r"[\\.+*?()|\[\]{}^$]")


class CountedSegments:
    """What one query finds in one state of the index; total: how many hits that are."""

    ties_by_value = False

    def __init__(self, searcher: tantivy.Searcher, query: Query, total: int) -> None:
        self._searcher = searcher
        self._query = query
        self._few = total <= _FEW
        self._many = total >= _MANY
        self.each = _ALL if self._few or searcher.num_segments == 1 else _EACH

    def aggregate(self, wish: Mapping[str, Mapping[str, Any]], each: int) -> Mapping[str, Any]:
        """tantivy's own word for what a part reports is added."""
        found = {name: self._sifted(one["terms"], each) for name, one in wish.items()}
        rest = {name: {"terms": _quick(wish[name]["terms"])} for name, told in found.items() if told is None}
        return {**found, **self._told(rest, each)} if rest else found

    def _told(self, wish: Mapping[str, Mapping[str, Any]], each: int) -> Mapping[str, Any]:
        sized = {name: {"terms": {**one["terms"], "segment_size": each}} for name, one in wish.items()}
        here = list(sized)[::2] if self._many else list(sized)
        there = {name: one for name, one in sized.items() if name not in here}
        beside = _BESIDE.submit(self._searcher.aggregate, self._query, there) if there else None
        answer = self._searcher.aggregate(self._query, {name: sized[name] for name in here})
        return {**answer, **beside.result()} if beside else answer

    def _sifted(self, terms: Mapping[str, Any], each: int) -> Mapping[str, Any] | None:
        """Values that fit a pattern, picked here out of the most frequent ones of the hits: only to prepare a pattern
        takes tantivy some ten milliseconds for each segment. None where one that belongs to them might be missed."""
        include, size = terms.get("include"), int(terms["size"])
        if not isinstance(include, str) or ("order" in terms and not self._few):
            return None
        most = _ALL if self._few else max(_SIFTED, size)
        told = self._told({"all": {"terms": {**_without_pattern(terms), "size": most}}}, each)["all"]
        fits = re.compile(include, re.DOTALL).fullmatch
        fitting = [one for one in told["buckets"] if fits(one["key"])][:size]
        is_cut = len(told["buckets"]) >= most
        if is_cut and (len(fitting) < size or fitting[-1]["doc_count"] < told["buckets"][-1]["doc_count"]):
            return None
        return {**told, "buckets": fitting}

    def exact(self, column: str, size: int, include: Included) -> Sequence[Bucket]:
        """Every segment reports all; of equal counts tantivy keeps any, so those are asked by value."""
        terms = {"field": column, "size": size + 1, **({"include": include} if include is not None else {})}
        found = in_order(buckets_of(self.aggregate({column: {"terms": terms}}, _ALL)[column]))
        if len(found) <= size or found[size - 1][1] > found[size][1]:
            return found
        least = found[size][1]
        by_value = {**terms, "size": size, "order": {"_key": "asc"}, "min_doc_count": least}
        last = buckets_of(self.aggregate({column: {"terms": by_value}}, _ALL)[column])
        return [*(one for one in found if one[1] > least), *(one for one in last if one[1] == least)]


def _without_pattern(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in terms.items() if name != "include"}


Counts = Mapping[str, Sequence[FacetValue]]


class RememberedCounts:
    """What was counted in one state of the index: a second page, another order, one more value cost nothing."""

    def __init__(self) -> None:
        self._known: dict[str, Counts] = {}
        self._changing = threading.Lock()

    def of(
        self, question: Search, names: Sequence[str], without: str | None, count: Callable[[], Counts]
    ) -> dict[str, list[FacetValue]]:
        """The counts of these facets; without: the facet whose own filter and range do not matter for them."""
        key = repr(
            replace(
                question,
                filters={name: values for name, values in question.filters.items() if name != without},
                ranges={name: span for name, span in question.ranges.items() if name != without},
                facets=names, sort="relevance", offset=0, limit=0, highlight=False,
            )
        )  # fmt: skip
        counted = self._known.get(key)
        if counted is None:
            counted = count()
            with self._changing:
                self._known[key] = counted
                while len(self._known) > _REMEMBERED:
                    del self._known[next(iter(self._known))]
        return {name: list(values) for name, values in counted.items()}


def _quick(terms: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pattern is a walk along the branches of the dictionary, a list one along all of it."""
    values = terms.get("include")
    if not isinstance(values, list) or sum(len(value.encode()) for value in values) > _LONGEST_PATTERN:
        return terms
    return {**terms, "include": "|".join(_SIGN.sub(r"\\\g<0>", value) for value in values)}
