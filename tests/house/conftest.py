"""A desk and the facts of what was handed in at it, for numbers worked out by hand; and the small facility's facts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from puma.facts import Snapshot, refresh
from puma.storage import Storage
from tests.house.small_facility import made
from tests.resolve.desk import Desk, instrument

AT = datetime(2024, 6, 1, tzinfo=UTC)
"""When the facts of a desk are written."""


def facts(desk: Desk, folder: Path) -> Snapshot:
    """The facts of what a desk knows."""
    return refresh(desk.storage, folder / "facts", AT)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A user office and a library, and the instrument D1."""
    storage = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    storage.migrate()
    known = Desk(storage, {"office": 10, "library": 30})
    known.hand_in("office", instrument("D1"))
    yield known
    storage.close()


@pytest.fixture(scope="session")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The facts of the small facility with its secrets."""
    folder = tmp_path_factory.mktemp("small")
    storage = Storage(f"sqlite:///{folder / 'puma.db'}")
    storage.migrate()
    yield made(storage, folder / "facts", secrets=True)
    storage.close()
