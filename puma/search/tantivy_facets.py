"""Exact facet counts from the embedded index: the most frequent values of what a query finds."""

from collections.abc import Mapping, Sequence

import tantivy
from tantivy import Query

from puma.errors import WrongUsage
from puma.search.engine import FacetValue
from puma.search.index_field import IndexField
from puma.search.tantivy_documents import number_of, values_of, years_of

_PER_SEGMENT = 1_000  # values each segment reports at first: enough for all but fields with many thousand values
_MOST_BUCKETS = 50_000  # tantivy refuses an aggregation of more than 65,000
_SPARE = 50  # values asked for beyond those shown, so that a tie at the last place is seen

_Bucket = tuple[str, int]


def count_facets(
    searcher: tantivy.Searcher, query: Query, items: Sequence[IndexField], size: int
) -> dict[str, list[FacetValue]]:
    """The `size` most frequent values of each field, equal counts by value.

    Each segment reports only its own most frequent values, so a sum may lack some: `error` bounds what can be missing.
    Where that could matter the candidates are counted again, and where even the choice of candidates is uncertain
    (tens of thousands of equally rare values) everything is counted. Raises WrongUsage for a field that is no facet.
    """
    if not items:
        return {}
    columns = {item.name: _column(item) for item in items}
    places = max(searcher.num_segments, 1)
    each = max(1, min(_PER_SEGMENT, _MOST_BUCKETS // (places * len(columns))))
    answer = _aggregate(searcher, query, columns, size + _SPARE, each)
    counted: dict[str, list[FacetValue]] = {}
    for item in items:
        column, asked = columns[item.name], size + _SPARE
        buckets, error = answer[item.name]
        best = _certain(searcher, query, column, buckets, error, asked, size)
        if best is None:
            asked = _MOST_BUCKETS // places
            buckets, error = _aggregate(searcher, query, {column: column}, asked, asked)[column]
            best = _certain(searcher, query, column, buckets, error, asked, size)
        if best is None:
            best = _all_counted(searcher, query, column) if item.has_values else buckets
        counted[item.name] = [FacetValue(value, count) for value, count in _in_order(best)[:size]]
    return counted


def _column(item: IndexField) -> str:
    if not item.facet:
        raise WrongUsage(f"{item.name} is not a facet.")
    return {"integer": number_of, "date": years_of}.get(item.mapping, values_of)(item.name)


def _in_order(buckets: Sequence[_Bucket]) -> list[_Bucket]:
    return sorted(buckets, key=lambda bucket: (-bucket[1], bucket[0]))


def _certain(
    searcher: tantivy.Searcher, query: Query, column: str, buckets: list[_Bucket], error: int, asked: int, size: int
) -> list[_Bucket] | None:
    """The buckets with exact counts when no value left out can belong to the first `size`; otherwise None."""
    if not error and len(buckets) < asked:
        return buckets
    candidates = _in_order(buckets)[: size + _SPARE]
    left_out = candidates[-1][1] + error if candidates else error
    if error and candidates:
        candidates = _recounted(searcher, query, column, [value for value, _ in candidates])
    if not size:
        return []
    return candidates if len(candidates) >= size and _in_order(candidates)[size - 1][1] > left_out else None


def _recounted(searcher: tantivy.Searcher, query: Query, column: str, values: list[str]) -> list[_Bucket]:
    return _aggregate(searcher, query, {column: column}, len(values), len(values), values)[column][0]


def _all_counted(searcher: tantivy.Searcher, query: Query, column: str) -> list[_Bucket]:
    """Every value of a text column, a portion at a time: a second or two for half a million of them."""
    values = [value for value, _ in searcher.terms_with_prefix(column, "")]
    counted: list[_Bucket] = []
    for start in range(0, len(values), _MOST_BUCKETS):
        counted += _recounted(searcher, query, column, values[start : start + _MOST_BUCKETS])
    return counted


def _aggregate(
    searcher: tantivy.Searcher,
    query: Query,
    columns: Mapping[str, str],
    size: int,
    each: int,
    include: Sequence[str] | None = None,
) -> dict[str, tuple[list[_Bucket], int]]:
    """(buckets, how much at most a count may lack) of each column."""
    terms: dict[str, object] = {"size": size, "segment_size": max(each, 1)}
    if include is not None:
        terms["include"] = list(include)
    wish = {name: {"terms": {**terms, "field": column}} for name, column in columns.items()}
    answer = searcher.aggregate(query, wish)
    return {
        name: (
            [(_shown(bucket["key"]), int(bucket["doc_count"])) for bucket in answer[name]["buckets"]],
            int(answer[name].get("doc_count_error_upper_bound") or 0),
        )
        for name in columns
    }


def _shown(key: object) -> str:
    return str(int(key)) if isinstance(key, int | float) else str(key)
