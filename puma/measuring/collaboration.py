"""Who publishes with whom: the country of the first author against the countries of the other authors."""

import pandas as pd

from puma.access import Viewer
from puma.facts import Snapshot
from puma.measuring.papers import over_papers
from puma.measuring.query import Filters

RULE = (
    "Rows: the country of the first author; columns: countries of the others; value: distinct linked publications. "
    "A publication of a first author in P with others in P, Q and R counts once for (P, Q) and once for (P, R); (P, P) "
    "counts publications whose authors are all in P."
)

_PAIRS = """,
place AS (
    SELECT c.publication_id AS id, c.country, c.first_author, p.weight FROM publication_countries c JOIN paper p
    ON p.id = c.publication_id WHERE c.country <> 'unknown'
),
size AS (SELECT id, count(*) AS countries FROM place GROUP BY id),
pair AS (
    SELECT DISTINCT id, a.weight, a.country AS first_country, b.country AS other_country
    FROM place a JOIN place b USING (id) JOIN size s USING (id)
    WHERE a.first_author AND (b.country <> a.country OR s.countries = 1)
)
"""
_COUNTS = """
SELECT first_country, other_country, {count} AS value FROM pair
GROUP BY ALL ORDER BY value DESC, first_country, other_country
"""
_PAPERS = "SELECT id FROM pair WHERE first_country = ? AND other_country = ? ORDER BY id"


def collaboration(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, *, policy: str = "standard"
) -> pd.DataFrame:
    """Pairs of countries with the number of publications that the filters keep, the most first: ``first_country``,
    ``other_country``, ``value``."""
    return over_papers(snapshot, viewer, _PAIRS + _COUNTS, filters, policy=policy)


def papers_of_pair(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, pair: tuple[str, str], *, policy: str = "standard"
) -> list[int]:
    """The publications behind one pair of countries, that of the first author first."""
    return [int(n) for n in over_papers(snapshot, viewer, _PAIRS + _PAPERS, filters, policy=policy, more=pair)["id"]]
