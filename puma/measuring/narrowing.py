"""Which facts a filter keeps: found once for all the questions under it, and kept in memory beside their answers."""

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.facts import Snapshot
from puma.measuring.query import Filters, Found, Query, found_query

MOST = 8_000_000
"""Numbers of facts that are kept of one snapshot: 64 megabytes. The oldest lists go first; longer ones are not kept."""


FEW = 20_000
"""Facts of a kind below which a filter is part of each question: finding them first would take as long."""


def narrowed(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, viewer: Viewer, fact: str, filters: Filters, policy: str
) -> Mapping[str, Sequence[str]]:
    """The filters; those that go through other tables with the facts that they keep, as far as the viewer sees them.

    connection: one of the viewer's; it is given a table of numbers for each of them, which no other sees.
    """
    told: dict[str, Sequence[str]] = dict(filters)
    if snapshot.rows.get(fact, FEW) < FEW:
        return told
    for place, (slug, values) in enumerate(filters.items()):
        if values and DIMENSIONS[slug].ways[fact].join:
            table = f"found_{place}"
            connection.register(table, _numbers(connection, snapshot, viewer, found_query(fact, slug, values, policy)))
            told[slug] = Found(values, table)
    return told


def _numbers(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, viewer: Viewer, query: Query) -> pa.Table:
    key = (viewer.sees, query.sql, *query.parameters)
    known: pa.Table | None = snapshot.found.get(key)
    if known is None:
        numbers = connection.execute(query.sql, query.parameters).fetchnumpy()["id"]
        known = pa.table({"id": np.unique(np.asarray(numbers, dtype=np.int64))})
        if len(known) <= MOST:
            snapshot.found[key] = known
        while sum(map(len, list(snapshot.found.values()))) > MOST:
            snapshot.found.pop(next(iter(snapshot.found)), None)
    return known
