"""Shares of topics in the publications: fractional by the words of one vocabulary, with what has none."""

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.measuring.definition import POLICIES

RULE = (
    "Each linked publication counts 1 in all, 1/n for each of its n topics in the vocabulary chosen; those without one "
    "are the unknown, so that the fractional shares sum to all publications. Vocabularies are never mixed: a subject "
    "field of OpenAlex, a subject heading and an author's keyword are different things. Words that differ in capitals "
    "only are one."
)

_PAPERS = "WITH paper AS (SELECT id FROM works WHERE countable AND linked_{policy} AND year BETWEEN $first AND $last)"
_VOCABULARIES = (
    _PAPERS
    + """
SELECT t.vocabulary, count(DISTINCT t.publication_id) AS publications, count(DISTINCT t.topic) AS topics
FROM publication_topics t JOIN paper p ON p.id = t.publication_id GROUP BY t.vocabulary
ORDER BY publications DESC, topics, t.vocabulary
"""
)
_SHARES = (
    _PAPERS
    + """,
said AS (
    SELECT t.publication_id AS id, t.topic, t.label, t.share FROM publication_topics t
    JOIN paper p ON p.id = t.publication_id WHERE t.vocabulary = $vocabulary
)
SELECT min(label) AS label, topic, count(DISTINCT id) AS whole, round(sum(share), 9) AS fractional
FROM said GROUP BY topic
UNION ALL
SELECT 'unknown', '', count(*), count(*) FROM paper WHERE id NOT IN (SELECT id FROM said) HAVING count(*) > 0
ORDER BY fractional DESC, label, topic
"""
)


def vocabularies(
    snapshot: Snapshot | None, viewer: Viewer, years: tuple[int, int], *, policy: str = "standard"
) -> pd.DataFrame:
    """The vocabularies that linked publications of these years have words of, the one of most publications first:
    ``vocabulary`` (empty where the source names none), ``publications``, ``topics``."""
    return _run(snapshot, viewer, _VOCABULARIES, years, policy)


def topic_shares(
    snapshot: Snapshot | None, viewer: Viewer, years: tuple[int, int], vocabulary: str, *, policy: str = "standard"
) -> pd.DataFrame:
    """One row per topic of a vocabulary, the largest first: ``label``, ``topic`` (as the filter of that name wants it),
    ``whole``, ``fractional``, and ``share`` of all publications; what has none is the row ``unknown``."""
    frame = _run(snapshot, viewer, _SHARES, years, policy, vocabulary=vocabulary)
    frame["fractional"] = frame["fractional"].astype("float64")
    frame["share"] = frame["fractional"] / (frame["fractional"].sum() or float("nan"))
    return frame


def _run(
    snapshot: Snapshot | None, viewer: Viewer, sql: str, years: tuple[int, int], policy: str, **more: str
) -> pd.DataFrame:
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    if policy not in POLICIES:
        raise WrongUsage(f"There is no link policy {policy!r}; there are: {', '.join(POLICIES)}.")
    told: dict[str, int | str] = {"first": min(years), "last": max(years), **more}
    frame: pd.DataFrame = snapshot.connect(viewer).execute(sql.format(policy=policy), told).df()
    return frame
