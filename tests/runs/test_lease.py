"""One run at a time harvests a source; what a dead run held is taken over; a run can be asked to stop."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from socket import gethostname

import pytest
from sqlalchemy import insert, select, update

from puma.entities import HarvestSource, Run
from puma.errors import Refused, StopRun
from puma.harvesting import AnySource, harvester
from puma.runs import ask_stop
from puma.runs.harvest import harvest, register, reread
from puma.runs.lease import may_live, renew_lease, take_lease
from puma.runs.ledger import WORKER, begin
from puma.storage import Storage, now

HEAD = "source_id,title\n"


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


@pytest.fixture
def library(tmp_path: Path) -> AnySource:
    (tmp_path / "publications.csv").write_text(HEAD + "".join(f"{n},Title {n}\n" for n in range(1200)), "utf-8")
    return harvester("tables").Source(name="library", harvester="tables", path=tmp_path)


def a_dead_process() -> str:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return f"{gethostname()}:{child.pid}:abcd"


def held_by(storage: Storage, source: AnySource, worker: str, *, minutes: int) -> int:
    """A run of another worker that has the source for so many minutes more."""
    number = register(storage, source)
    at = now()
    with storage.writing() as session:
        row = {"kind": "harvest", "source_id": number, "state": "running", "started_at": at, "heartbeat_at": at}
        statement = insert(Run).values(**row, counters={}, message="", worker=worker).returning(Run.id)
        run_id = session.execute(statement).scalar_one()
        values = {"leased_by": run_id, "leased_until": at + timedelta(minutes=minutes)}
        session.execute(update(HarvestSource).where(HarvestSource.id == number).values(**values))
    return int(run_id)


def states(storage: Storage) -> dict[int, str]:
    with storage.reading() as session:
        return dict(session.execute(select(Run.id, Run.state)).all())


def test_a_source_that_another_run_harvests_is_refused_and_that_run_goes_on(
    storage: Storage, library: AnySource
) -> None:
    other = held_by(storage, library, "elsewhere:1:abcd", minutes=5)
    report = harvest(storage, library, progress=silent)
    assert (report.state, report.counters["seen"]) == ("refused", 0)
    assert f"run {other}" in report.message
    assert states(storage)[other] == "running"
    assert reread(storage, library, silent).state == "refused"


def test_what_a_killed_process_of_this_machine_held_is_taken_over_at_once(storage: Storage, library: AnySource) -> None:
    other = held_by(storage, library, a_dead_process(), minutes=5)
    report = harvest(storage, library, progress=silent)
    assert (report.state, report.counters["added"]) == ("done", 1200)
    assert states(storage)[other] == "stopped"


def test_what_a_silent_machine_held_is_taken_over_when_its_time_is_up(storage: Storage, library: AnySource) -> None:
    other = held_by(storage, library, "elsewhere:1:abcd", minutes=-1)
    assert harvest(storage, library, progress=silent).state == "done"
    assert states(storage)[other] == "stopped"
    with storage.reading() as session:
        assert session.scalar(select(HarvestSource.leased_by)) is None


def test_a_run_whose_source_was_taken_over_stores_nothing_more(storage: Storage, library: AnySource) -> None:
    number = register(storage, library)
    late, quick = (begin(storage, "harvest", source_id=number, source="library") for _ in range(2))
    with storage.writing() as session:
        take_lease(session, number, late, now() - timedelta(hours=1))
        take_lease(session, number, quick, now())
    with storage.writing() as session, pytest.raises(StopRun, match="taken over"):
        renew_lease(session, number, late, now())
    with storage.writing() as session, pytest.raises(Refused, match=f"run {quick.run_id}"):
        take_lease(session, number, late, now())


def test_a_run_that_is_asked_to_stop_ends_after_its_page_and_the_next_one_goes_on(
    storage: Storage, library: AnySource
) -> None:
    asked: list[bool] = []

    def stopping(what: str, done: int, total: int | None) -> None:
        with storage.reading() as session:
            running = session.scalar(select(Run.id).where(Run.state == "running"))
        if running is not None and not asked:
            asked.append(ask_stop(storage, running, "Ada"))

    first = harvest(storage, library, progress=stopping)
    assert asked == [True]
    assert (first.state, "Ada" in first.message) == ("stopped", True)
    assert 0 < first.counters["added"] < 1200
    second = harvest(storage, library, progress=silent)
    assert (second.state, first.counters["added"] + second.counters["added"]) == ("done", 1200)
    assert second.counters["repeated"] == 0
    assert ask_stop(storage, second.run_id, "Ada") is False


@pytest.mark.parametrize(
    ("worker", "lives"),
    [
        (lambda: WORKER, True),
        (lambda: f"{WORKER}0", False),  # our number, but not us
        (lambda: "elsewhere:1:abcd", True),
        (lambda: f"{gethostname()}:1:abcd", True),
        (a_dead_process, False),
        (lambda: None, False),
    ],
)
def test_a_worker_of_this_machine_is_looked_at_and_of_another_one_is_believed(
    worker: Callable[[], str | None], lives: bool
) -> None:
    assert may_live(worker()) is lives
