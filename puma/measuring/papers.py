"""Tables over publications: made of exactly those that the metric of that name counts under the same filters."""

from collections.abc import Sequence

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.definition import metric
from puma.measuring.query import Filters, check, records_query


def over_papers(
    snapshot: Snapshot | None, viewer: Viewer, sql: str, filters: Filters, *, policy: str, more: Sequence[str] = ()
) -> pd.DataFrame:
    """What SQL tells of the publications whose numbers are the column ``id`` of its table ``paper``.

    sql: what follows after ``WITH paper AS (...)``; ``{policy}`` in it stands for the link policy. more: values for its
    question marks. Raises NotHere without facts, WrongUsage for filters that publications cannot follow.
    """
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    counted = metric("publications")
    check(counted, (), filters, policy, "full")
    paper = records_query(counted, filters, policy)
    query = f"WITH paper AS ({paper.sql}){sql.replace('{policy}', policy)}"
    frame: pd.DataFrame = snapshot.connect(viewer).execute(query, [*paper.parameters, *more]).df()
    return frame
