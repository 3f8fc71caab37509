"""The facts that filters keep: which facts have which values is found once, and held in memory beside the answers."""

from collections.abc import Callable, Mapping, Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.facts import Snapshot
from puma.measuring.query import FOUND, Filters, Found, Query, facts_held, kept_ids, values_held

MOST = 400_000_000
"""Bytes that are held of one snapshot. What was not asked for the longest goes first; larger tables are not held."""

FEW = 20_000
"""Facts of a kind below which a filter is part of each question: finding them first would take as long."""

HELD = "held_values"
"""The table, while it is asked, of the values of a dimension: ``key``, and ``ids`` of the facts that have it."""


def narrowed(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, viewer: Viewer, fact: str, filters: Filters, policy: str
) -> Mapping[str, Sequence[str]]:
    """The filters; those that go through other tables as ``Found``, with the facts that they keep in ``FOUND``.

    connection: one of the viewer's; it is given that table, which no other sees.
    """
    through = {slug: values for slug, values in filters.items() if values and DIMENSIONS[slug].ways[fact].join}
    if not through or snapshot.rows.get(fact, FEW) < FEW:
        return filters

    def found(query: Query) -> pa.Table:
        return connection.sql(query.sql, params=query.parameters).to_arrow_table()

    def asked(query: Query) -> pa.Table:  # what is held is not even prepared: that would take milliseconds each time
        return _held(snapshot, (viewer.sees, query.sql, *query.parameters), lambda: found(query))

    def kept() -> pa.Table:
        facts = asked(facts_held(fact))
        known, stay = facts.column("id").to_numpy(), np.ones(len(facts), dtype=np.bool_)
        for slug, values in through.items():
            connection.register(HELD, asked(values_held(fact, slug, policy)))
            stay &= _among(known, found(kept_ids(fact, slug, values, HELD)).column("id").to_numpy())
        return facts.filter(pa.array(stay))

    filtered = (viewer.sees, fact, policy, *((slug, *values) for slug, values in through.items()))
    connection.register(FOUND, _held(snapshot, filtered, kept))
    return {**filters, **{slug: Found(values) for slug, values in through.items()}}


def _among(known: npt.NDArray[np.int64], some: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the known numbers, rising and each once, are among some, all of them known."""
    found = np.zeros(len(known), dtype=np.bool_)
    found[np.searchsorted(known, some)] = True
    return found


def _held(snapshot: Snapshot, key: tuple[object, ...], make: Callable[[], pa.Table]) -> pa.Table:
    """The table of a key, made where it is not held."""
    known: tuple[pa.Table, int] | None = snapshot.found.pop(key, None)
    if known is None:
        table = make()
        known = table, table.nbytes  # counting them takes longer than to ask the table
    if known[1] <= MOST:
        snapshot.found[key] = known  # as the last one, which stays the longest
    while sum(size for _, size in list(snapshot.found.values())) > MOST:
        snapshot.found.pop(next(iter(snapshot.found)), None)
    return known[0]
