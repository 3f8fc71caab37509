"""Exact facet counts: the most frequent values of what a query finds, from engines that count in parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from puma.errors import WrongUsage
from puma.search.beginnings import pattern
from puma.search.engine import FacetValue
from puma.search.index_document import number_of, values_of, years_of
from puma.search.index_field import IndexField

_MOST_NUMBERS = 500  # years are shown in their order, so none may be left out
_SPARE = 50  # values asked for beyond those shown, so that a tie at the last place is seen

Bucket = tuple[str, int]
Included = str | Sequence[str] | None
"""Which values are counted: those that fit a pattern, these, or all."""


class Counted(Protocol):
    """What one query finds, counted by an engine whose index has several parts (segments, shards)."""

    @property
    def each(self) -> int:
        """How many values of a field a part reports at first."""
        ...

    @property
    def ties_by_value(self) -> bool:
        """Whether of equally frequent values the first ones are reported, and not just any."""
        ...

    def aggregate(self, wish: Mapping[str, Mapping[str, Any]], each: int) -> Mapping[str, Any]:
        """The answer to `terms` aggregations in the words that both engines share; each: values a part reports."""
        ...

    def exact(self, column: str, size: int, include: Included) -> Sequence[Bucket]:
        """At least the `size` most frequent values of a column, equal counts by value, whatever it costs."""
        ...


def count_facets(
    counted: Counted, items: Sequence[IndexField], size: int, like: str = "", of: Sequence[str] = ()
) -> dict[str, list[FacetValue]]:
    """The `size` most frequent values of each field, equal counts by value; of numbers up to 500.

    like: only values with a word that begins so; of: only these values.

    Each part reports only its own most frequent values, so a sum may lack some: `error` bounds what can be missing.
    Where that could matter the candidates are counted again, and where even the choice of candidates is uncertain
    (many equally rare values) everything is counted. Raises WrongUsage for a field that is no facet, and for one of
    numbers when `like` is given.
    """
    columns = {item.name: _column(item) for item in items}
    wish = first_wish(items, size, like, of)
    if not wish:
        return {name: [] for name in columns}
    include = _included(like, of)
    sizes = {item.name: _size(item, size) for item in items}
    reported = {name: _reported(told, sizes[name]) for name, told in counted.aggregate(wish, counted.each).items()}
    best = {name: one.buckets for name, one in reported.items() if one.is_certain(ties_by_value=counted.ties_by_value)}
    again = {
        name: _terms(columns[name], len(candidates), candidates)
        for name, one in reported.items()
        if name not in best and (candidates := one.candidates())
    }
    if again:
        most = max(wanted["terms"]["size"] for wanted in again.values())
        best |= {name: buckets_of(told) for name, told in counted.aggregate(again, most).items()}
    for name, column in columns.items():
        if name not in best:
            best[name] = counted.exact(column, sizes[name], include)
    return {
        name: [FacetValue(value, count) for value, count in in_order(best[name])[: sizes[name]]] for name in columns
    }


def first_wish(
    items: Sequence[IndexField], size: int, like: str = "", of: Sequence[str] = ()
) -> dict[str, dict[str, dict[str, Any]]]:
    """What ``count_facets`` asks of the parts first, so that it can be asked beside something else; nothing for none.

    Raises WrongUsage as that does.
    """
    columns = {item.name: _column(item) for item in items}
    if like and not all(item.has_values for item in items):
        raise WrongUsage("Only whole words can be looked for among the values of a facet.")
    include = _included(like, of)
    return {item.name: _terms(columns[item.name], _size(item, size) + _SPARE, include) for item in items if size}


def _included(like: str, of: Sequence[str]) -> Included:
    return list(of) or (pattern(like) if like else None)


def _size(item: IndexField, size: int) -> int:
    return size if item.has_values else max(size, _MOST_NUMBERS)


def no_facets(items: Sequence[IndexField]) -> dict[str, list[FacetValue]]:
    """What is counted where nothing is found. Raises WrongUsage for a field that is no facet."""
    for item in items:
        _column(item)
    return {item.name: [] for item in items}


@dataclass(frozen=True, slots=True)
class _Reported:
    """What all parts together report of one field, the most frequent first. error: what a count may lack at most, and
    the most that a value can have that no part reports. cut: whether reported values were left out for their number."""

    buckets: Sequence[Bucket]
    error: int
    cut: bool
    size: int

    def is_certain(self, *, ties_by_value: bool) -> bool:
        """Whether the first `size` are the most frequent, with exact counts."""
        if self.error:
            return False
        return not self.cut or ties_by_value or self.buckets[self.size - 1][1] > self.buckets[-1][1]

    def candidates(self) -> list[str]:
        """All values that may belong to the first `size`; none when one of them may not have been reported."""
        if len(self.buckets) < self.size:
            return []
        least = self.buckets[self.size - 1][1] - self.error
        if least <= 0 or (self.cut and self.buckets[-1][1] >= least):
            return []
        return [value for value, count in self.buckets if count >= least]


def _reported(told: Mapping[str, Any], size: int) -> _Reported:
    buckets = in_order(buckets_of(told))
    error = int(told.get("doc_count_error_upper_bound") or 0)
    return _Reported(buckets, error, len(buckets) >= size + _SPARE, size)


def _terms(column: str, size: int, include: Included) -> dict[str, dict[str, Any]]:
    return {"terms": {"field": column, "size": size, **({"include": include} if include is not None else {})}}


def buckets_of(told: Mapping[str, Any]) -> list[Bucket]:
    """Values and counts as an engine tells them."""
    return [(_shown(bucket["key"]), int(bucket["doc_count"])) for bucket in told["buckets"]]


def _column(item: IndexField) -> str:
    if not item.facet:
        raise WrongUsage(f"{item.name} is not a facet.")
    return {"integer": number_of, "date": years_of}.get(item.mapping, values_of)(item.name)


def in_order(buckets: Sequence[Bucket]) -> list[Bucket]:
    """The most frequent first, equal counts by value."""
    return sorted(buckets, key=lambda bucket: (-bucket[1], bucket[0]))


def _shown(key: object) -> str:
    return str(int(key)) if isinstance(key, int | float) else str(key)
