"""Runs that people ask for and runs that are due: each is done once, in order, by whichever worker comes first."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from puma.entities import Publication, Run
from puma.errors import WrongUsage
from puma.harvesting import AnySource, harvester
from puma.installation import Installation
from puma.runs import want
from puma.runs.harvest import harvest, register
from puma.runs.schedule import check_schedule, next_due, period
from puma.runs.sources import configured_sources
from puma.runs.wanted import Task, due, take_wanted
from puma.settings import load_settings
from puma.storage import Storage, now
from puma.worker import Worker

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


def source(folder: Path, name: str, schedule: str = "") -> AnySource:
    return harvester("tables").Source(name=name, harvester="tables", path=folder, schedule=schedule)


@pytest.mark.parametrize(
    ("schedule", "last", "expected"),
    [
        ("", None, None),
        ("", MONDAY, None),
        ("daily", None, MONDAY),
        ("daily", MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=23)),
        ("hourly", MONDAY - timedelta(hours=3), MONDAY - timedelta(hours=2)),
        ("weekly", MONDAY, MONDAY + timedelta(days=7)),
        ("30 2 * * *", MONDAY, datetime(2026, 3, 3, 2, 30, tzinfo=UTC)),
        ("0 6 * * 1", MONDAY, datetime(2026, 3, 9, 6, 0, tzinfo=UTC)),
    ],
)
def test_a_source_is_due_by_its_schedule(schedule: str, last: datetime | None, expected: datetime | None) -> None:
    assert next_due(check_schedule(schedule), last, MONDAY) == expected


def test_a_schedule_that_is_none_says_what_may_be_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hourly, daily, weekly nor a cron string"):
        check_schedule("every full moon")
    settings = '[[source]]\nname = "a"\nharvester = "tables"\npath = "x"\nschedule = "99 * * * *"\n'
    (tmp_path / "puma.toml").write_text(settings, "utf-8")
    with pytest.raises(WrongUsage, match='"a": schedule: neither hourly'):
        configured_sources(load_settings(tmp_path / "puma.toml"))


def test_the_period_of_a_schedule_tells_what_is_stale() -> None:
    assert period("daily", MONDAY) == timedelta(days=1)
    assert period("0 6 * * 1", MONDAY) == timedelta(days=7)
    assert period("", MONDAY) == timedelta(days=30)


def test_requests_are_taken_once_in_their_order_and_the_same_one_is_kept_once(storage: Storage, tmp_path: Path) -> None:
    register(storage, source(tmp_path, "library"))
    for kind in ("harvest", "harvest", "reread"):
        want(storage, "library", kind, "Ada")  # type: ignore[arg-type]  # a loop over words
    assert [take_wanted(storage) for _ in range(3)] == [
        Task("library", "harvest", "Ada"),
        Task("library", "reread", "Ada"),
        None,
    ]
    with pytest.raises(WrongUsage, match="no source 'nobody'"):
        want(storage, "nobody", "harvest", "Ada")


def test_what_is_due_is_told_the_longest_overdue_first_and_a_failure_is_tried_again_later(
    storage: Storage, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "publications.csv").write_text("source_id,title\n1,Ice\n", "utf-8")
    good, broken = source(tmp_path / "a", "good", "hourly"), source(tmp_path / "nowhere", "broken", "daily")
    by_hand = source(tmp_path / "a", "by hand")
    sources = [good, broken, by_hand]
    assert due(storage, sources, now()) == [Task("broken", "harvest"), Task("good", "harvest")]
    for one in sources:
        harvest(storage, one, progress=silent)
    at = now()
    assert due(storage, sources, at) == []
    assert due(storage, sources, at + timedelta(minutes=20)) == [Task("broken", "harvest")]
    assert due(storage, sources, at + timedelta(hours=2)) == [Task("broken", "harvest"), Task("good", "harvest")]


def test_a_worker_does_what_is_due_and_what_is_asked_for_until_it_is_stopped(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "publications.csv").write_text("source_id,title\n1,Ice\n2,Water\n", "utf-8")
    settings = '[[source]]\nname = "library"\nharvester = "tables"\npath = "tables"\nschedule = "daily"\n'
    (tmp_path / "puma.toml").write_text(settings, "utf-8")
    house = Installation(load_settings(tmp_path / "puma.toml"))
    house.prepare()
    worker = Worker(house, silent)
    thread = threading.Thread(target=worker.work)
    thread.start()

    def runs(kind: str) -> int:
        with house.storage.reading() as session:
            ended = select(func.count()).select_from(Run).where(Run.kind == kind, Run.ended_at.is_not(None))
            return session.scalar(ended) or 0

    patience = threading.Event()
    try:
        for _ in range(600):
            if runs("harvest") and house.snapshot() is not None:
                break
            patience.wait(0.1)
        assert runs("harvest") == 1
        want(house.storage, "library", "reread", "Ada")
        for _ in range(600):
            if runs("reread"):
                break
            patience.wait(0.1)
    finally:
        worker.stop()
        thread.join(60)
    assert not thread.is_alive()
    assert runs("reread") == 1
    with house.storage.reading() as session:
        assert session.scalar(select(func.count()).select_from(Publication)) == 2
    house.close()
