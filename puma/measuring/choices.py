"""What filters offer: the values of a dimension that a metric counts anything of, without counting it."""

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.definition import metric
from puma.measuring.query import check, keys_query


def choices(snapshot: Snapshot | None, viewer: Viewer, slug: str, by: str) -> list[str]:
    """The keys that an answer of the metric, cut by that dimension, has; ``unknown`` among them for what has none,
    but no unknown year. In the order of the alphabet. Raises NotHere, Refused, WrongUsage."""
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    one = metric(slug)
    viewer.must_be(one.role, f"“{one.label}”")
    check(one, (by,), {}, "standard", "full")
    asked = keys_query(one, by, "standard")
    found = [key for (key,) in snapshot.connect(viewer).execute(asked.sql, asked.parameters).fetchall()]
    missing = "" if by == "year" or DIMENSIONS[by].names else "unknown"
    return sorted({str(key) if key is not None else missing for key in found} - {""})
