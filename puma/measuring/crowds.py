"""Publications with very many authors: split by the same rule as all others, and counted so that readers know."""

from collections.abc import Sequence

import duckdb

from puma.measuring.definition import Metric
from puma.measuring.query import Filters, records_query
from puma.measuring.unresolved import CUTS

LARGE = 100  # authors
MANY = f"have more than {LARGE} authors, by the same rule"
"""What is said of them, after their number."""


def crowds(
    connection: duckdb.DuckDBPyConnection, metric: Metric, by: Sequence[str], filters: Filters, policy: str
) -> int:
    """How many publications that an answer splits over the places of their authors have more than ``LARGE`` of them."""
    if metric.fact != "works" or not any(slug in CUTS for slug in by):
        return 0
    counted = records_query(metric, filters, policy)
    sql = f"SELECT count(DISTINCT record_id) FROM authorships WHERE position > {LARGE} AND record_id IN ({counted.sql})"
    found = connection.execute(sql, counted.parameters).fetchone()
    return int(found[0]) if found else 0
