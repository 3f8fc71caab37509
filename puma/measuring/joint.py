"""The joint list of several installations: each publication once, by DOI, with every facility that is credited."""

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.measuring.remembered import frame_of

RULE = (
    "Another installation tells of each public publication its DOI, the facility credited and whether a person "
    "validated the link, signed, and nothing else. A publication is shared when it is credited here as well, found by "
    "its DOI: one without a DOI is never shared."
)

_TOLD = """
WITH here AS (
    SELECT w.doi, f.code AS facility, bool_or(c.strict) AS validated
    FROM publication_facilities c JOIN works w ON w.id = c.publication_id JOIN facilities f ON f.id = c.facility_id
    WHERE c.standard AND w.countable AND w.linked_standard AND w.doi <> '' GROUP BY ALL
),
there AS (SELECT peer, doi, facility, state = 'validated' AS validated FROM peer_credits)
"""
_JOINT = (
    _TOLD
    + """
SELECT doi, facility, CASE WHEN bool_or(validated) THEN 'validated' ELSE 'auto' END AS state
FROM (SELECT doi, facility, validated FROM here UNION ALL SELECT doi, facility, validated FROM there)
WHERE validated OR NOT $strict GROUP BY ALL ORDER BY ALL
"""
)
_PEERS = (
    _TOLD
    + """
SELECT peer, string_agg(DISTINCT facility, ', ' ORDER BY facility) AS facilities, count(DISTINCT doi) AS credited,
       count(DISTINCT doi) FILTER (validated) AS validated,
       count(DISTINCT doi) FILTER (doi IN (SELECT doi FROM here)) AS shared
FROM there GROUP BY peer ORDER BY peer
"""
)


def joint_list(snapshot: Snapshot | None, viewer: Viewer, *, policy: str = "standard") -> pd.DataFrame:
    """``doi``, ``facility`` (code), ``state``: what is credited here and elsewhere, each pair once, in order.

    policy: strict keeps what a person validated; standard has the automatic links too. There is no wider one, because
    candidates do not leave an installation. Raises NotHere before there are facts.
    """
    if policy not in ("strict", "standard"):
        raise WrongUsage(f"The joint list is strict or standard, not {policy!r}.")
    return _run(snapshot, viewer, _JOINT, strict=policy == "strict")


def peers(snapshot: Snapshot | None, viewer: Viewer) -> pd.DataFrame:
    """One row per installation whose credits were fetched: ``peer`` (its source), ``facilities`` (codes), and how many
    publications it has ``credited``, ``validated`` and ``shared`` with this one."""
    return _run(snapshot, viewer, _PEERS)


def _run(snapshot: Snapshot | None, viewer: Viewer, sql: str, **told: bool) -> pd.DataFrame:
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    return frame_of(snapshot, viewer, sql, told)
