"""Exact facet counts: the most frequent values of what a query finds, from engines that count in parts."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from puma.errors import WrongUsage
from puma.search.beginnings import matching, pattern
from puma.search.engine import FacetValue
from puma.search.index_document import number_of, values_of, years_of
from puma.search.index_field import IndexField

MOST_BUCKETS = 50_000  # both engines refuse an aggregation of more than 65,000
_PER_PART = 1_000  # values each part reports at first: enough for all but fields with many thousand values
_MOST_NUMBERS = 500  # years are shown in their order, so none may be left out
_SPARE = 50  # values asked for beyond those shown, so that a tie at the last place is seen

Bucket = tuple[str, int]


class Counted(Protocol):
    """What one query finds, counted by an engine whose index has several parts (segments, shards)."""

    @property
    def parts(self) -> int:
        """How many parts count on their own; 0 or 1: the counts are exact."""
        ...

    def aggregate(self, wish: Mapping[str, Mapping[str, Any]], each: int) -> Mapping[str, Any]:
        """The answer to `terms` aggregations in the words that both engines share; each: values a part reports."""
        ...

    def everything(self, column: str) -> Sequence[Bucket]:
        """All values of a text column with exact counts; a second or two for half a million of them."""
        ...


def count_facets(
    counted: Counted, items: Sequence[IndexField], size: int, like: str = ""
) -> dict[str, list[FacetValue]]:
    """The `size` most frequent values of each field, equal counts by value; of numbers up to 500.

    like: only values with a word that begins so.

    Each part reports only its own most frequent values, so a sum may lack some: `error` bounds what can be missing.
    Where that could matter the candidates are counted again, and where even the choice of candidates is uncertain
    (tens of thousands of equally rare values) everything is counted. Raises WrongUsage for a field that is no facet,
    and for one of numbers when `like` is given.
    """
    if not items:
        return {}
    columns = {item.name: _column(item) for item in items}
    if like and not all(item.has_values for item in items):
        raise WrongUsage("Only whole words can be looked for among the values of a facet.")
    include = pattern(like) if like else None
    parts = max(counted.parts, 1)
    each = max(1, min(_PER_PART, MOST_BUCKETS // (parts * len(columns))))
    sizes = {item.name: size if item.has_values or not size else max(size, _MOST_NUMBERS) for item in items}
    asked = max(sizes.values()) + _SPARE
    answer = _aggregate(counted, columns, asked, each, include)
    found: dict[str, list[FacetValue]] = {}
    for item in items:
        column, size = columns[item.name], sizes[item.name]
        buckets, error = answer[item.name]
        best = _certain(counted, column, buckets, error, asked, size)
        if best is None:
            most = MOST_BUCKETS // parts
            buckets, error = _aggregate(counted, {column: column}, most, most, include)[column]
            best = _certain(counted, column, buckets, error, most, size)
        if best is None:
            best = _whole(counted, column, like) if item.has_values else buckets
        found[item.name] = [FacetValue(value, count) for value, count in _in_order(best)[:size]]
    return found


def no_facets(items: Sequence[IndexField]) -> dict[str, list[FacetValue]]:
    """What is counted where nothing is found. Raises WrongUsage for a field that is no facet."""
    for item in items:
        _column(item)
    return {item.name: [] for item in items}


def _whole(counted: Counted, column: str, like: str) -> Sequence[Bucket]:
    values = counted.everything(column)
    wanted = matching(like) if like else None
    return values if wanted is None else [bucket for bucket in values if wanted.fullmatch(bucket[0])]


def _column(item: IndexField) -> str:
    if not item.facet:
        raise WrongUsage(f"{item.name} is not a facet.")
    return {"integer": number_of, "date": years_of}.get(item.mapping, values_of)(item.name)


def _in_order(buckets: Sequence[Bucket]) -> list[Bucket]:
    return sorted(buckets, key=lambda bucket: (-bucket[1], bucket[0]))


def _certain(
    counted: Counted, column: str, buckets: list[Bucket], error: int, asked: int, size: int
) -> Sequence[Bucket] | None:
    """The buckets with exact counts when no value left out can belong to the first `size`; otherwise None."""
    if not error and len(buckets) < asked:
        return buckets
    candidates = _in_order(buckets)[: size + _SPARE]
    left_out = candidates[-1][1] + error if candidates else error
    if error and candidates:
        candidates = recounted(counted, column, [value for value, _ in candidates])
    if not size:
        return []
    return candidates if len(candidates) >= size and _in_order(candidates)[size - 1][1] > left_out else None


def recounted(counted: Counted, column: str, values: Sequence[str]) -> list[Bucket]:
    """These values of a column with exact counts."""
    return _aggregate(counted, {column: column}, len(values), len(values), values)[column][0]


def _aggregate(
    counted: Counted, columns: Mapping[str, str], size: int, each: int, include: str | Sequence[str] | None = None
) -> dict[str, tuple[list[Bucket], int]]:
    """(buckets, how much at most a count may lack) of each column."""
    terms: dict[str, Any] = {"size": size}
    if include is not None:
        terms["include"] = include if isinstance(include, str) else list(include)
    wish = {name: {"terms": {**terms, "field": column}} for name, column in columns.items()}
    answer = counted.aggregate(wish, max(each, 1))
    return {
        name: (
            [(_shown(bucket["key"]), int(bucket["doc_count"])) for bucket in answer[name]["buckets"]],
            int(answer[name].get("doc_count_error_upper_bound") or 0),
        )
        for name in columns
    }


def _shown(key: object) -> str:
    return str(int(key)) if isinstance(key, int | float) else str(key)
