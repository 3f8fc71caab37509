"""The facts that filters keep: which facts have which values is found once, and held in memory beside the answers."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.facts import Snapshot
from puma.measuring.definition import Metric
from puma.measuring.query import Filters, Found, columns_of, facts_held, keys_named, values_held
from puma.measuring.remembered import bytes_of_table, held, remembered

FEW = 20_000
"""Facts of a kind below which a filter is part of each question: finding them first would take as long."""

Places = Mapping[Hashable, npt.NDArray[np.int32]]
"""By value of a dimension, None for none: the places of the facts that have it among all of their kind."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The places of the facts that filters keep, and those of their columns that were asked for."""

    places: pa.Array
    columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)

    def table(self, facts: pa.Table, names: Sequence[str]) -> pa.Table:
        for name in names:
            if name not in self.columns:
                self.columns[name] = facts.column(name).take(self.places)
        return pa.table({name: self.columns[name] for name in names})


def narrowed(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    viewer: Viewer,
    metric: Metric,
    filters: Filters,
    policy: str,
    by: Sequence[str] = (),
) -> tuple[Filters, pa.Table]:
    """The filters; all but that by year as ``Found``, and the facts that they keep, with what the metric and the cuts
    name: ``found_facts`` of the SQL made with these filters. connection: one of the viewer's.
    """
    fact = metric.fact
    through = {slug: values for slug, values in filters.items() if values and slug != "year"}
    if not through or snapshot.rows.get(fact, FEW) < FEW:
        return filters, None

    def every() -> pa.Table:  # what is held is not even prepared: that would take milliseconds each time
        sql = facts_held(fact)
        return held(snapshot, (viewer.sees, sql), lambda: _rising(connection.sql(sql).to_arrow_table()), bytes_of_table)

    def having(slug: str) -> Places:
        sql = values_held(fact, slug, policy)

        def made() -> Places:
            return _places(every(), connection.sql(sql).to_arrow_table())

        return held(snapshot, (viewer.sees, sql), made, _bytes_of_places)

    def kept() -> _Kept:
        stay: npt.NDArray[np.bool_] = np.ones(len(facts), dtype=np.bool_)
        for slug, values in through.items():
            places, has = having(slug), np.zeros(len(facts), dtype=np.bool_)
            for key in {*_keys(values), *_named(connection, snapshot, viewer, slug, values)} & places.keys():
                has[places[key]] = True
            stay &= has
        return _Kept(pa.array(np.flatnonzero(stay)))

    def bytes_of_all(some: _Kept) -> int:
        return int(facts.nbytes * len(some.places) / max(len(facts), 1))

    facts = every()
    filtered = (viewer.sees, fact, policy, *((slug, *values) for slug, values in through.items()))
    named = columns_of(metric, (*by, *(slug for slug in filters if slug not in through)))
    found_facts = held(snapshot, filtered, kept, bytes_of_all).table(facts, named)
    return {**filters, **{slug: Found(values) for slug, values in through.items()}}, found_facts


def _rising(facts: pa.Table) -> pa.Table:
    """Facts by rising ``id``, each column in one piece: what is taken of them is then taken at once.

    They are written so; only what was decided on since then comes last.
    """
    ids = facts.column("id").to_numpy()
    return (facts if bool((ids[1:] > ids[:-1]).all()) else facts.sort_by("id")).combine_chunks()


def _places(facts: pa.Table, values: pa.Table) -> Places:
    """Where facts by rising ``id`` have which value. values: ``key``, and ``ids`` of the facts that have it."""
    ids = values.column("ids").combine_chunks()
    places = np.searchsorted(facts.column("id").to_numpy(), ids.flatten().to_numpy()).astype(np.int32)
    ends = np.cumsum(pc.list_value_length(ids).to_numpy())
    return dict(zip(values.column("key").to_pylist(), np.split(places, ends[:-1]), strict=True))


def _keys(values: Sequence[str]) -> Iterator[Hashable]:
    """What facts may have of values as they are asked for: words, whole numbers written as such, or nothing at all."""
    for value in map(str, values):
        yield value
        if value == "unknown":
            yield None
        elif len(value) < 19 and value.removeprefix("-").isdecimal() and str(int(value)) == value:
            yield int(value)


def _named(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, viewer: Viewer, slug: str, values: Sequence[str]
) -> Sequence[int]:
    """The numbers of what bears one of the names."""
    names = DIMENSIONS[slug].names
    if not names:
        return []
    query = keys_named(names, values)

    def found() -> list[int]:
        return [key for (key,) in connection.execute(query.sql, query.parameters).fetchall()]

    return remembered(snapshot, (viewer.sees, query.sql, *query.parameters), found, rows=len)


def _bytes_of_places(places: Places) -> int:
    return sum(some.nbytes for some in places.values())
