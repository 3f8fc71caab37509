"""Shares of techniques in the publications: fractional by PaNET id, summed up to every broader technique."""

import pandas as pd

from puma.access import Viewer
from puma.facts import Snapshot
from puma.measuring.papers import over_papers
from puma.measuring.query import Filters

RULE = (
    "Each linked publication counts 1 in all, 1/n for each of its n techniques: its own, else those of its data, else "
    "of its proposals, else, as an imputed guess, what its instruments offer. A broader technique has the sum of what "
    "lies below it, so rows overlap; the narrowest ones and the unknown ones sum to all publications. Terms: PaNET."
)

_SQL = """,
leaf AS (
    SELECT t.publication_id AS id, t.code, t.name, t.rule, t.share_{policy} * p.weight AS share, p.weight
    FROM publication_techniques t JOIN paper p ON p.id = t.publication_id WHERE t.{policy}
),
term AS (
    SELECT leaf.id, leaf.rule, coalesce(t.label, leaf.name) AS label, coalesce(t.broader, '') AS code,
           leaf.share, leaf.weight, t.broader IS NULL OR t.broader = leaf.code AS own
    FROM leaf LEFT JOIN technique_terms t ON t.code = leaf.code
)
SELECT label AS technique, min(code) AS code, {distinct} AS whole, round(sum(share), 9) AS fractional,
       round(coalesce(sum(share) FILTER (own), 0), 9) AS narrowest, count(DISTINCT id) FILTER (rule = 4) AS imputed
FROM term GROUP BY label
UNION ALL
SELECT 'unknown', '', {count}, {count}, {count}, 0 FROM paper WHERE id NOT IN (SELECT id FROM leaf)
HAVING count(*) > 0
ORDER BY fractional DESC, technique
"""


def technique_shares(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, *, policy: str = "standard"
) -> pd.DataFrame:
    """One row per technique and broader one: ``technique``, ``code`` (PaNET id or empty), ``whole``, ``fractional``
    (with everything narrower), ``narrowest`` (itself alone), ``imputed`` (publications known by instrument only), and
    ``share`` of all publications that the filters keep."""
    frame = over_papers(snapshot, viewer, _SQL, filters, policy=policy)
    for name in ("fractional", "narrowest"):
        frame[name] = frame[name].astype("float64")
    frame["share"] = frame["fractional"] / (frame["narrowest"].sum() or float("nan"))
    return frame
