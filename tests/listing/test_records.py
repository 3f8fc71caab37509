"""Lists of records on both databases."""

import pytest

from puma.access import EVERYTHING
from puma.listing import records
from puma.storage import Storage
from tests.resolve.desk import Desk, publication


@pytest.fixture
def desk(storage: Storage) -> Desk:
    return Desk(storage, {"a": 10})


def test_the_records_behind_a_number_are_listed_however_many_the_number_counts(desk: Desk) -> None:
    """A database takes some 65,000 parameters at most; those of others, and what is gone, are not listed."""
    desk.hand_in("a", *(publication(("doi", f"10.1/{place}"), title=f"Ice {place}") for place in range(3)))
    first, _, last = (desk.number("publication", "doi", f"10.1/{place}") for place in range(3))
    found = records(desk.storage, EVERYTHING, "publication", ids=[first, last, *range(10_000, 80_000)], sort="title")
    assert (found.total, [row.id for row in found.rows]) == (2, [first, last])
    assert records(desk.storage, EVERYTHING, "publication", ids=[]).total == 0
