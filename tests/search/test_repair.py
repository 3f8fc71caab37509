"""`puma index` and `puma check`: a difference between database and index is said, and mended when asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from puma.installation import Installation
from puma.installation.health import all_checks
from puma.settings import load_settings
from tests.doors.conftest import run_puma
from tests.resolve.desk import Desk, publication


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """An installation with ten publications."""
    (tmp_path / "puma.toml").write_text('[database]\nurl = "sqlite:///puma.db"\n', "utf-8")
    house = Installation(load_settings(tmp_path / "puma.toml"))
    house.prepare()
    desk = Desk(house.storage, {"library": 10})
    desk.hand_in("library", *(publication(("doi", f"10.1/{number}"), title=f"Paper {number}") for number in range(10)))
    yield house
    house.close()


def test_the_index_follows_and_a_damaged_one_is_found_and_mended(house: Installation) -> None:
    home = house.settings.home
    first = run_puma("index", cwd=home)
    assert (first.returncode, first.stdout.strip()) == (0, "index: 10 seen, 10 added")
    (gone, *_) = house.engine.prints()
    house.engine.delete([gone])
    house.engine.add([{"id": 999, "kind": "publication", "visibility": "public", "title": "a stranger"}])
    house.engine.publish()
    told = {one.name: one for one in all_checks(house)}
    assert not told["search"].ok
    assert told["search"].sentence == (
        f"1 missing, 1 not in the database (records {gone}, 999 ...): `puma index` or `puma check --repair` mends it."
    )
    mended = run_puma("check", "--repair", cwd=home)
    assert "index: 10 seen, 1 added, 1 deleted, 9 unchanged" in mended.stdout
    assert "ok    search: 10 documents, the same as the database has." in mended.stdout
