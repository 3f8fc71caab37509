"""Publications by period of an instrument: the words of its periods, and of how many the day is only imputed."""

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.papers import over_papers
from puma.measuring.query import Filters

_IMPUTED = """
SELECT count(DISTINCT paper.id) AS imputed FROM paper JOIN publication_periods p ON p.publication_id = paper.id
WHERE p.{policy} AND p.imputed AND p.instrument_id IN ({instruments})
"""
_ORDER = "SELECT period FROM periods WHERE instrument_id = ? ORDER BY id < 0, opens, closes, id"


def periods_of(snapshot: Snapshot | None, viewer: Viewer, instrument: int) -> list[str]:
    """The periods of an instrument as the dimension names them, in their order; what is outside of them comes last."""
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    return [str(period) for (period,) in snapshot.connect(viewer).execute(_ORDER, [instrument]).fetchall()]


def imputed(
    snapshot: Snapshot | None, viewer: Viewer, filters: Filters, *instruments: int, policy: str = "standard"
) -> int:
    """Of how many publications that the filters keep a period at these instruments rests on an imputed day."""
    sql = _IMPUTED.replace("{instruments}", ", ".join(map(str, instruments)) or "NULL")
    frame = over_papers(snapshot, viewer, sql, filters, policy=policy)
    return int(frame["imputed"].iloc[0])
