"""Tables over publications: made of exactly those that the metric of that name counts under the same filters."""

from collections.abc import Sequence

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.definition import metric
from puma.measuring.narrowing import narrowed
from puma.measuring.query import Filters, check, count_of, distinct_of, facts_query
from puma.measuring.remembered import remembered


def over_papers(
    snapshot: Snapshot | None, viewer: Viewer, sql: str, filters: Filters, *, policy: str, more: Sequence[str] = ()
) -> pd.DataFrame:
    """What SQL tells of the publications whose numbers are the column ``id`` of its table ``paper``; ``weight``: 1, or
    under the wide policy the probability of one that rests on candidates.

    sql: what follows after ``WITH paper AS (...)``. In it ``{policy}`` stands for the link policy, ``{count}`` for the
    number of rows, ``{distinct}`` for that of different ``id``; under the wide policy for their sums of ``weight``.
    more: values for its question marks. Raises NotHere without facts, WrongUsage for filters that publications cannot
    follow.
    """
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    counted = metric("publications")
    check(counted, (), filters, policy, "full")
    weight = "weight" if policy == "wide" else "1 AS weight"
    sql = (
        sql.replace("{policy}", policy).replace("{count}", count_of(policy)).replace("{distinct}", distinct_of(policy))
    )

    def found() -> pd.DataFrame:
        connection = snapshot.connect(viewer)
        kept, found_facts = narrowed(connection, snapshot, viewer, counted, filters, policy)
        paper = facts_query(counted, (), kept, policy, "full")
        query = f"WITH paper AS (SELECT record AS id, {weight} FROM ({paper.sql})){sql}"
        return connection.execute(query, [*paper.parameters, *more]).df()

    asked = tuple((slug, *values) for slug, values in filters.items())
    told: pd.DataFrame = remembered(snapshot, (viewer.sees, sql, policy, asked, *more), found, rows=len)
    return told.copy()
