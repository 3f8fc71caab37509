"""A desk on each of the two databases, with a careless source, a good one, and two of equal standing."""

import pytest

from puma.storage import Storage
from tests.resolve.desk import Desk


@pytest.fixture
def desk(storage: Storage) -> Desk:
    """Sources: the user office (10) before the library (30), before a harvested index and its twin (50 each)."""
    return Desk(storage, {"office": 10, "library": 30, "index": 50, "twin": 50})
