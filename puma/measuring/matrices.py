"""Shared publications: instrument by instrument, facility by facility, with whole and fractional credit."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.measuring.definition import POLICIES
from puma.measuring.query import count_of
from puma.measuring.remembered import frame_of

UNITS = {"instrument": "publication_instruments", "facility": "joint_credit"}
"""What shares publications, and the facts that say who is credited."""

RULE = (
    "A cell counts the distinct linked publications credited to both; on the diagonal those credited to one alone. "
    "Whole: each publication counts 1 for each; fractional: 1/n for each of n, so that the sum is that of all."
)
JOINT = (
    "Facilities of other installations are counted on publications that are credited here as well, found by DOI: what "
    "they have alone is not counted here, because no year of it is told."
)

_CELLS = """
WITH credit AS (
    SELECT c.publication_id AS id, c.{unit}_id AS unit, {weight} AS weight,
           c.share_{policy} * max({weight}) OVER (PARTITION BY c.publication_id) AS share,
           count(*) OVER (PARTITION BY c.publication_id) AS units
    FROM {table} c JOIN works w ON w.id = c.publication_id
    WHERE c.{policy} AND w.countable AND w.linked_{policy} AND w.year BETWEEN $first AND $last
)
"""
_MATRIX = (
    _CELLS
    + """
SELECT one, other, {count} AS value FROM (
    SELECT a.unit AS one, b.unit AS other, least(a.weight, b.weight) AS weight
    FROM credit a JOIN credit b USING (id) WHERE a.unit <> b.unit OR a.units = 1
) GROUP BY ALL
"""
)
_CREDIT = (
    _CELLS
    + """
SELECT unit, {count} AS whole, sum(share) AS fractional, {alone} AS alone,
       (SELECT {count} FROM (SELECT max(weight) AS weight FROM credit GROUP BY id)) AS everything
FROM credit GROUP BY unit
"""
)
_PAPERS = (
    _CELLS
    + """
SELECT DISTINCT a.id FROM credit a JOIN credit b USING (id)
WHERE a.unit = $one AND b.unit = $other AND (a.unit <> b.unit OR a.units = 1) ORDER BY 1
"""
)


OF_INSTRUMENTS = """
SELECT i.id, i.name, coalesce(p.years, i.label) FROM instruments i LEFT JOIN (
    SELECT instrument_id, concat(
        min(year(starts_on)), '–', CASE WHEN count(ends_on) = count(*) THEN max(year(ends_on)) END
    ) AS years
    FROM instrument_periods WHERE starts_on IS NOT NULL GROUP BY instrument_id
) p ON p.instrument_id = i.id
"""
"""Instruments by number, with what tells two of one name apart: the years in which they were open."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A symmetric matrix of shared publications.

    cells: ``one``, ``other`` (names), ``one_id``, ``other_id``, ``value``; pairs that share none are not among them.
    credit: one row per unit: ``unit``, ``unit_id``, ``whole``, ``fractional``, ``alone``, ``shared``; the most first.
    elsewhere: units that only another installation tells of; what they have alone is not known.
    publications: distinct ones with any credit. Under the wide policy sums of weights.
    """

    cells: pd.DataFrame
    credit: pd.DataFrame
    publications: float
    elsewhere: frozenset[int] = frozenset()


def shared(
    snapshot: Snapshot | None, viewer: Viewer, unit: str, years: tuple[int, int], *, policy: str = "standard"
) -> Shared:
    """Who shares how many publications over these years, first and last included."""
    credit = _run(snapshot, viewer, _CREDIT, unit, years, policy)
    cells = _run(snapshot, viewer, _MATRIX, unit, years, policy)
    names = _names(snapshot, viewer, unit)
    everything = credit["everything"].iloc[0].item() if len(credit) else 0
    credit = credit.rename(columns={"unit": "unit_id"}).drop(columns="everything")
    credit["unit"] = [names.get(int(number), "unknown") for number in credit["unit_id"]]
    credit["fractional"] = credit["fractional"].astype("float64").round(9)
    credit["shared"] = credit["whole"] - credit["alone"]
    for side in ("one", "other"):
        cells[f"{side}_id"] = cells[side]
        cells[side] = [names.get(int(number), "unknown") for number in cells[f"{side}_id"]]
    ordered = credit.sort_values(["whole", "unit"], ascending=[False, True]).reset_index(drop=True)
    elsewhere = _elsewhere(snapshot, viewer) if unit == "facility" else frozenset[int]()
    return Shared(cells.sort_values(["one", "other"]).reset_index(drop=True), ordered, everything, elsewhere)


def shared_papers(
    snapshot: Snapshot | None,
    viewer: Viewer,
    unit: str,
    years: tuple[int, int],
    pair: tuple[int, int],
    *,
    policy: str = "standard",
) -> list[int]:
    """The publications behind one cell."""
    found = _run(snapshot, viewer, _PAPERS, unit, years, policy, {"one": pair[0], "other": pair[1]})
    return [int(number) for number in found["id"]]


def _run(
    snapshot: Snapshot | None,
    viewer: Viewer,
    sql: str,
    unit: str,
    years: tuple[int, int],
    policy: str,
    more: dict[str, int] | None = None,
) -> pd.DataFrame:
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    if unit not in UNITS:
        raise WrongUsage(f"There is no matrix of {unit!r}; there are: {', '.join(UNITS)}.")
    if policy not in POLICIES:
        raise WrongUsage(f"There is no link policy {policy!r}; there are: {', '.join(POLICIES)}.")
    span = {"first": min(years), "last": max(years), **(more or {})}
    weight = "least(c.weight_wide, w.weight_wide)" if policy == "wide" else "1"
    counts = {"count": count_of(policy), "alone": count_of(policy, "units = 1")}
    query = sql.format(unit=unit, table=UNITS[unit], policy=policy, weight=weight, **counts)
    return frame_of(snapshot, viewer, query, span)


def _elsewhere(snapshot: Snapshot | None, viewer: Viewer) -> frozenset[int]:
    assert snapshot is not None
    rows = snapshot.connect(viewer).execute("SELECT id FROM joint_facilities WHERE peer").fetchall()
    return frozenset(number for (number,) in rows)


def _names(snapshot: Snapshot | None, viewer: Viewer, unit: str) -> dict[int, str]:
    """Names by number; two of one name, as when one machine followed another, are told apart by years or label."""
    told = OF_INSTRUMENTS if unit == "instrument" else "SELECT id, code, name FROM joint_facilities"
    assert snapshot is not None
    rows = snapshot.connect(viewer).execute(told).fetchall()
    often = Counter(name for _, name, _ in rows)
    names = {number: name if often[name] == 1 else f"{name} ({label or number})" for number, name, label in rows}
    again = Counter(names.values())
    return {number: name if again[name] == 1 else f"{name} {number}" for number, name in names.items()}
