"""Who counted the citations: the sources whose number stands, for how many publications, and when they were read."""

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot

_SQL = """
WITH told AS (
    SELECT s.publication_id, arg_min(s.source, s.precedence) FILTER (s.{column} = 1) AS source
    FROM publication_sources s GROUP BY s.publication_id
)
SELECT coalesce(t.source, 'by hand') AS source, count(*) AS publications
FROM works w LEFT JOIN told t ON t.publication_id = w.id
WHERE w.countable AND w.linked_standard AND w.{field} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
_ALL = "SELECT count(*), count(citations), count(citation_percentile) FROM works WHERE countable AND linked_standard"
FIELDS = {"citations": "citations", "percentile": "citation_percentile"}


def citation_counters(snapshot: Snapshot | None, viewer: Viewer) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows of ``what`` (citations, percentile), ``source``, ``publications`` and ``read_at`` (UTC, or None); and of how
    many linked publications each is known: ``all``, ``citations``, ``percentile``."""
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    connection = snapshot.connect(viewer)
    frames = []
    for column, name in FIELDS.items():
        part = connection.execute(_SQL.format(column=column, field=name)).df()
        part.insert(0, "what", column)
        frames.append(part)
    frame = pd.concat(frames, ignore_index=True)
    frame["read_at"] = [snapshot.sources.get(source) for source in frame["source"]]
    counts = connection.execute(_ALL).fetchone() or (0, 0, 0)
    return frame, dict(zip(("all", *FIELDS), (int(one) for one in counts), strict=True))
