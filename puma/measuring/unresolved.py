"""What a cut by institution, sector or country cannot place: affiliations of counted records that were not resolved."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from puma.access import Viewer
from puma.facts import Snapshot
from puma.measuring.definition import Metric
from puma.measuring.query import Filters, numbers_query
from puma.measuring.remembered import bytes_of_table, held
from puma.measuring.spelling import amount

_OF_TEAM = (
    "SELECT proposal_id AS id, institution_id, country FROM participants WHERE role IS DISTINCT FROM 'local_contact'"
)
PLACES = {
    "works": ("id", "author places", "SELECT record_id AS id, institution_id, country FROM authorships"),
    "proposals": ("id", "team places", _OF_TEAM),
    "outcomes": ("id", "team places", _OF_TEAM),
    "beamtime": ("proposal_id", "team places", _OF_TEAM),
    "experiments": ("proposal_id", "team places", _OF_TEAM),
    "losses": ("proposal_id", "team places", _OF_TEAM),
    "visits": ("id", "visits", ""),
}  # fmt: skip
"""By fact: what the counted ones are numbered by, and the places where their people say to be from."""
OF_VISITS = {
    "institution_id": "SELECT v.id, i.institution_id FROM visits v LEFT JOIN visit_institutions i ON i.visit_id = v.id",
    "country": "SELECT visit_id AS id, nullif(country, 'unknown') AS country FROM visit_countries",
}
"""The places of visits, which stand in a table of their own for each cut."""
CUTS = {**dict.fromkeys(("institution", "root", "organisation", "sector"), "institution_id"), "country": "country"}
LEAST = 20  # places of which a share is given
COUNTED = "counted_places"
"""The table, while it is asked, of how many places each record has, and how many of them were not resolved."""


def unresolved(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    viewer: Viewer,
    metric: Metric,
    by: Sequence[str],
    filters: Filters,
    policy: str,
    found_facts: pa.Table = None,
) -> str:
    """``author places without institution: 22.6 % (1 114 of 4 936)``; empty for other cuts, and where all are resolved
    or too few are known for a share. connection: one of the viewer's. found_facts: the table that the filters name."""
    cut = next((slug for slug in by if slug in CUTS), "")
    if not cut or metric.fact not in PLACES:
        return ""
    number, named, sql = PLACES[metric.fact]
    each = (
        f"SELECT id, count(*)::INTEGER AS places, count({CUTS[cut]})::INTEGER AS resolved "
        f"FROM ({sql or OF_VISITS[CUTS[cut]]}) GROUP BY id"
    )
    places = held(snapshot, (viewer.sees, each), lambda: connection.sql(each).to_arrow_table(), bytes_of_table)
    connection.register(COUNTED, places)
    counted = numbers_query(metric, number, filters, policy)
    asked = f"SELECT sum(places - resolved), sum(places) FROM {COUNTED} WHERE id IN ({counted.sql})"
    found = connection.execute(asked, counted.parameters).fetchone()
    lacking, every = (int(one or 0) for one in found or (0, 0))
    if not lacking or every < LEAST:
        return ""
    what = "country" if cut == "country" else "institution"
    return f"{named} without {what}: {amount(lacking / every, 'share')} ({amount(lacking)} of {amount(every)})"
