"""Who publishes with whom: the country of the first author against the countries of the other authors."""

import pandas as pd

from puma.access import Viewer
from puma.facts import Snapshot

RULE = (
    "Rows: the country of the first author; columns: countries of the others; value: distinct linked publications. "
    "A publication of a first author in P with others in P, Q and R counts once for (P, Q) and once for (P, R); (P, P) "
    "counts publications whose authors are all in P."
)

_SQL = """
WITH paper AS (SELECT id FROM works WHERE countable AND linked_{policy} AND year BETWEEN $first AND $last),
place AS (
    SELECT c.publication_id AS id, c.country, c.first_author FROM publication_countries c JOIN paper p
    ON p.id = c.publication_id WHERE c.country <> 'unknown'
),
size AS (SELECT id, count(*) AS countries FROM place GROUP BY id)
SELECT a.country AS first_country, b.country AS other_country, count(DISTINCT a.id) AS value
FROM place a JOIN place b USING (id) JOIN size s USING (id)
WHERE a.first_author AND (b.country <> a.country OR s.countries = 1)
GROUP BY ALL ORDER BY value DESC, first_country, other_country
"""


def collaboration(
    snapshot: Snapshot | None, viewer: Viewer, years: tuple[int, int], *, policy: str = "standard"
) -> pd.DataFrame:
    """Pairs of countries with their number of publications: ``first_country``, ``other_country``, ``value``."""
    if snapshot is None:
        return pd.DataFrame(columns=["first_country", "other_country", "value"])
    span = {"first": min(years), "last": max(years)}
    frame: pd.DataFrame = snapshot.connect(viewer).execute(_SQL.format(policy=policy), span).df()
    return frame
