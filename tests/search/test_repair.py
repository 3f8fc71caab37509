"""`puma index` and `puma check`: a difference between database and index is said, and mended when asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.frame.languages import spoken
from dashboards.frame.state import State
from dashboards.page import Desk as PageDesk
from dashboards.pages.search import PAGE
from puma.access import EVERYTHING, Viewer
from puma.installation import Installation
from puma.installation.health import all_checks, quick_checks
from puma.languages import catalogue
from puma.listing import runs
from puma.runs.ledger import begin, keep_going
from puma.search import RebuildNeeded
from puma.settings import load_settings
from puma.worker import Worker
from tests.dashboards.spoken import keys
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


def silent(doing: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


@pytest.fixture
def upgraded(house: Installation) -> Installation:
    """An installation whose index another version of the program wrote."""
    house.index(silent)
    (mark,) = (house.settings.files_folder / "index").glob("*/fields.sha256")
    mark.write_text("of another version", "ascii")
    return Installation(house.settings)


def test_an_index_of_another_version_is_written_anew_when_a_worker_starts_and_once(upgraded: Installation) -> None:
    with pytest.raises(RebuildNeeded):
        upgraded.search(EVERYTHING, "paper")
    worker = Worker(upgraded, silent)
    for _ in range(2):
        worker.renew_index()
    assert upgraded.search(EVERYTHING, "paper").total == 10
    assert not upgraded.lacks_index
    assert [one.counters["added"] for one in runs(upgraded.storage)] == [10, 10]


def test_a_missing_index_is_written_when_a_worker_starts_where_there_is_something_to_find(house: Installation) -> None:
    assert house.lacks_index
    Worker(house, silent).renew_index()
    assert house.search(EVERYTHING, "paper").total == 10


def test_the_page_and_the_checks_say_that_the_index_is_of_another_version_and_how_far_the_new_one_is(
    upgraded: Installation,
) -> None:
    staff, visitor = (PageDesk(upgraded, Viewer(role), State()) for role in ("admin", "anonymous"))

    heard: list[str] = []

    def note(text: str) -> str:
        heard.append(text)
        return text

    def said(desk: PageDesk) -> str:
        heard.clear()
        spoken(PAGE.panels["results"](desk), note)
        assert [key for text in heard for key in keys(text) if not catalogue("de").holds(key)] == []
        return " ".join(heard)

    def health() -> tuple[str, str]:
        (found,) = (one for one in quick_checks(upgraded) if one.name == "search")
        return found.state, found.sentence

    assert health()[0] == "bad"
    assert "puma index" in health()[1]
    assert "a worker does when it starts" in said(staff)
    assert "worker" not in said(visitor)
    assert "Searching is not possible for a while" in said(visitor)
    report = begin(upgraded.storage, "index")
    report.counters["seen"], report.total = 4, 10
    with upgraded.storage.writing() as session:
        keep_going(session, report)
    assert health() == ("busy", f"being written anew by run {report.run_id}: 4 of 10 documents so far.")
    assert "4 of 10 seen" in said(staff)
    assert "4 of 10" not in said(visitor)
    assert "being written anew" in said(visitor)
