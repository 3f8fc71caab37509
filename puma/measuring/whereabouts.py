"""Where institutions are, for maps of them."""

from puma.access import Viewer
from puma.errors import NotHere
from puma.facts import Snapshot

_SQL = "SELECT id, latitude, longitude FROM institutions WHERE latitude IS NOT NULL AND longitude IS NOT NULL"


def coordinates(snapshot: Snapshot | None, viewer: Viewer) -> dict[int, tuple[float, float]]:
    """Latitude and longitude in degrees of the institutions of which they are known, by number."""
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    return {number: (lat, lon) for number, lat, lon in snapshot.connect(viewer).execute(_SQL).fetchall()}
