"""Shares of topics in the publications: fractional by the words of one vocabulary, with what has none."""

import pandas as pd

from puma.access import Viewer
from puma.facts import Snapshot
from puma.measuring.papers import over_papers
from puma.measuring.query import Filters

RULE = (
    "Each linked publication counts 1 in all, 1/n for each of its n topics in the vocabulary chosen; those without one "
    "are the unknown, so that the fractional shares sum to all publications. Vocabularies are never mixed: a subject "
    "field of OpenAlex, a subject heading and an author's keyword are different things. Words that differ in capitals "
    "only are one."
)

_VOCABULARIES = """
SELECT t.vocabulary, count(DISTINCT t.publication_id) AS publications, count(DISTINCT t.topic) AS topics
FROM publication_topics t JOIN paper p ON p.id = t.publication_id GROUP BY t.vocabulary
ORDER BY publications DESC, topics, t.vocabulary
"""
_SHARES = """,
said AS (
    SELECT t.publication_id AS id, t.topic, t.label, t.share * p.weight AS share, p.weight FROM publication_topics t
    JOIN paper p ON p.id = t.publication_id WHERE t.vocabulary = ?
)
SELECT min(label) AS label, topic, {distinct} AS whole, round(sum(share), 9) AS fractional
FROM said GROUP BY topic
UNION ALL
SELECT 'unknown', '', {count}, {count} FROM paper WHERE id NOT IN (SELECT id FROM said) HAVING count(*) > 0
ORDER BY fractional DESC, label, topic
"""


def vocabularies(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, *, policy: str = "standard"
) -> pd.DataFrame:
    """The vocabularies that the linked publications kept by the filters have words of, that of most of them first:
    ``vocabulary`` (empty where the source names none), ``publications``, ``topics``."""
    return over_papers(snapshot, viewer, _VOCABULARIES, filters, policy=policy)


def topic_shares(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, vocabulary: str, *, policy: str = "standard"
) -> pd.DataFrame:
    """One row per topic of a vocabulary, the largest first: ``label``, ``topic`` (as the filter of that name wants it),
    ``whole``, ``fractional``, and ``share`` of all publications; what has none is the row ``unknown``."""
    frame = over_papers(snapshot, viewer, _SHARES, filters, policy=policy, more=(vocabulary,))
    frame["fractional"] = frame["fractional"].astype("float64")
    frame["share"] = frame["fractional"] / (frame["fractional"].sum() or float("nan"))
    return frame
