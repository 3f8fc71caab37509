"""The facts that filters keep: found once for all the questions under them, and held in memory beside their answers."""

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.facts import Snapshot
from puma.measuring.query import FOUND, Filters, Found, Query, found_query

MOST = 16_000_000
"""Values, rows by columns, that are held of one snapshot: some 128 megabytes. The oldest tables go first; larger ones
are not held."""


FEW = 20_000
"""Facts of a kind below which a filter is part of each question: finding them first would take as long."""


def narrowed(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, viewer: Viewer, fact: str, filters: Filters, policy: str
) -> Mapping[str, Sequence[str]]:
    """The filters; those that go through other tables as ``Found``, with the facts that they keep in ``FOUND``.

    connection: one of the viewer's; it is given that table, which no other sees.
    """
    through = {slug: values for slug, values in filters.items() if values and DIMENSIONS[slug].ways[fact].join}
    if not through or snapshot.rows.get(fact, FEW) < FEW:
        return filters
    connection.register(FOUND, _facts(connection, snapshot, viewer, found_query(fact, through, policy)))
    return {**filters, **{slug: Found(values) for slug, values in through.items()}}


def _facts(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, viewer: Viewer, query: Query) -> pa.Table:
    key = (viewer.sees, query.sql, *query.parameters)
    known: pa.Table | None = snapshot.found.get(key)
    if known is None:
        known = connection.sql(query.sql, params=query.parameters).to_arrow_table()
        if _size(known) <= MOST:
            snapshot.found[key] = known
        while sum(map(_size, list(snapshot.found.values()))) > MOST:
            snapshot.found.pop(next(iter(snapshot.found)), None)
    return known


def _size(table: pa.Table) -> int:
    values: int = table.num_rows * table.num_columns
    return values
