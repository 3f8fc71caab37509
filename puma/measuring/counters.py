"""Who counted the citations: the sources whose number stands, for how many publications, and when they were read."""

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.papers import over_papers
from puma.measuring.query import Filters

_SQL = """,
told AS (
    SELECT s.publication_id, arg_min(s.source, s.precedence) FILTER (s.{column} = 1) AS source
    FROM publication_sources s GROUP BY s.publication_id
)
SELECT coalesce(t.source, 'by hand') AS source, count(*) AS publications
FROM paper JOIN works w ON w.id = paper.id LEFT JOIN told t ON t.publication_id = w.id
WHERE w.{field} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
_ALL = """
SELECT count(*) AS "all", count(citations) AS citations, count(citation_percentile) AS percentile
FROM paper JOIN works USING (id)
"""
FIELDS = {"citations": "citations", "percentile": "citation_percentile"}


def citation_counters(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, *, policy: str = "standard"
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows of ``what`` (citations, percentile), ``source``, ``publications`` and ``read_at`` (UTC, or None); and of how
    many linked publications that the filters keep each is known: ``all``, ``citations``, ``percentile``."""
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    frames = []
    for column, name in FIELDS.items():
        sql = _SQL.replace("{column}", column).replace("{field}", name)
        part = over_papers(snapshot, viewer, sql, filters, policy=policy)
        part.insert(0, "what", column)
        frames.append(part)
    frame = pd.concat(frames, ignore_index=True)
    frame["read_at"] = [snapshot.sources.get(source) for source in frame["source"]]
    counts = over_papers(snapshot, viewer, _ALL, filters, policy=policy).iloc[0]
    return frame, {name: int(counts[name]) for name in ("all", *FIELDS)}
