"""Large exports are made in the background, survive a restart, belong to who asked, and are fetched piece by piece."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any, BinaryIO

import pytest
from fastapi.testclient import TestClient

from dashboards.drawing.exporting import export_menu
from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.pages.exports import PAGE
from puma import exports
from puma.access import ANONYMOUS, EVERYTHING, Viewer
from puma.api import make_app
from puma.errors import Conflict, NotHere
from puma.installation import Installation
from puma.reports import Jobs, Order, jobs_in
from puma.reports.content import Told
from puma.storage import now

VERA = Viewer("viewer", "Vera", account=3)
ORDER = Order("list", "All things", "csv", "text/csv", ".csv", {"what": "things"})
ADDRESS = "http://localhost:8050"
BROWSER = {"accept": "text/html,application/xhtml+xml"}


def until(is_so: Callable[[], object]) -> None:
    for _ in range(1200):
        if is_so():
            return
        sleep(0.05)
    raise AssertionError("it never came")


def writes(words: bytes) -> Callable[[BinaryIO, Told], None]:
    def make(file: BinaryIO, tell: Told) -> None:
        tell("rows", 1, 2)
        file.write(words)

    return make


def state(jobs: Jobs, viewer: Viewer, number: str) -> str:
    return jobs.job(viewer, number).state


def test_what_a_server_left_unfinished_is_made_by_the_next_one(tmp_path: Path) -> None:
    first, came = Jobs(tmp_path), Event()

    def long(file: BinaryIO, tell: Told) -> None:
        for done in range(100_000):
            tell("rows", done, 100_000)
            file.write(b"half a file")
            came.set()
            sleep(0.01)

    job, waiting = (
        first.begin(VERA, ORDER, long),
        first.begin(VERA, Order("gone", "x", "csv", "text/csv", ".csv"), long),
    )
    assert first.begin(VERA, ORDER, long).id == job.id  # asked again: the same
    assert came.wait(30)
    first.close()
    assert state(first, VERA, job.id) == "waiting"
    assert {path.suffix for path in tmp_path.iterdir()} == {".json"}  # nothing half made is left
    second, asked = Jobs(tmp_path), []

    def again(viewer: Viewer, what: Any) -> Callable[[BinaryIO, Told], None]:
        asked.append((viewer, what))
        return writes(b"whole")

    assert second.go_on({"list": again}) == 2
    until(lambda: state(second, VERA, waiting.id) == "failed")  # the program knows no such order any more
    assert second.file(VERA, job.id)[1].read_bytes() == b"whole"
    assert asked == [(VERA, {"what": "things"})]
    assert second.job(VERA, job.id).as_of is not None
    second.close()


def test_a_file_that_another_server_writes_is_left_to_it(tmp_path: Path) -> None:
    one, other, go = Jobs(tmp_path), Jobs(tmp_path), Event()

    def slow(file: BinaryIO, tell: Told) -> None:
        tell("rows", 1, 2)
        go.wait(30)
        file.write(b"by the first")

    job = one.begin(VERA, ORDER, slow)
    until(lambda: state(one, VERA, job.id) == "running")
    assert other.go_on({"list": lambda *_: writes(b"by the second")}) == 1
    go.set()
    until(lambda: state(one, VERA, job.id) == "done")
    other.close()
    assert one.file(VERA, job.id)[1].read_bytes() == b"by the first"
    one.close()


def test_files_go_after_their_time_and_when_their_owner_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(tmp_path, timedelta(days=2))
    kept, dropped = (jobs.begin(VERA, Order("list", name, "csv", "", ".csv"), writes(b"x")) for name in "ab")
    until(lambda: all(not one.is_open for one in jobs.mine(VERA)))
    with pytest.raises(NotHere):
        jobs.drop(EVERYTHING, dropped.id)
    jobs.drop(VERA, dropped.id)
    assert [one.id for one in jobs.mine(VERA)] == [kept.id]
    assert jobs.drop_all() == 1  # what an erasure does: a file may name the person
    assert jobs.mine(VERA) == []
    jobs.begin(VERA, ORDER, writes(b"x"))
    until(lambda: not jobs.mine(VERA)[0].is_open)
    later = now() + timedelta(days=2, minutes=1)
    monkeypatch.setattr("puma.reports.jobs.now", lambda: later)
    assert jobs.mine(VERA) == []
    assert list(tmp_path.iterdir()) == []
    jobs.close()


def test_a_visitor_finds_an_export_by_its_number_alone_and_visitors_cannot_take_every_place(tmp_path: Path) -> None:
    jobs, go = Jobs(tmp_path), Event()

    def slow(file: BinaryIO, tell: Told) -> None:
        go.wait(30)

    job = jobs.begin(ANONYMOUS, ORDER, slow)
    assert jobs.mine(ANONYMOUS) == []
    assert jobs.job(ANONYMOUS, job.id).id == job.id
    with pytest.raises(NotHere):
        jobs.job(VERA, job.id)
    for odd in ("../" + job.id, job.id[:-1], "0" * 32, ""):
        with pytest.raises(NotHere):
            jobs.job(ANONYMOUS, odd)
    for _ in range(9):
        jobs.begin(ANONYMOUS, ORDER, slow)
    with pytest.raises(Conflict):
        jobs.begin(ANONYMOUS, ORDER, slow)
    jobs.begin(VERA, ORDER, slow)
    for one in [path.stem for path in tmp_path.glob("*.json")][1:]:
        (tmp_path / f"{one}.json").unlink()  # nobody waits for them
    go.set()
    jobs.close()


def test_a_large_list_comes_as_a_job_whose_file_is_fetched_in_ranges(
    own_copy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = TestClient(make_app(own_copy), base_url=ADDRESS, client=("127.0.0.1", 1), follow_redirects=False)
    address = "/api/v1/exports/proposals.csv"
    at_once = door.get(address, headers=BROWSER)
    assert at_once.status_code == 200
    monkeypatch.setattr(exports, "LARGE", 1)
    assert door.get(address).content == at_once.content  # a program that does not ask for it waits, as ever
    led = door.get(address, headers=BROWSER)
    assert led.status_code == 303
    number = led.headers["location"].removeprefix("/exports/")
    begun = door.get("/api/v1/exports/search.csv?q=ice", headers={"prefer": "respond-async"})
    assert begun.status_code == 202
    places = (f"/api/v1/exports/jobs/{number}", begun.headers["location"])
    until(lambda: all(door.get(place).json()["state"] == "done" for place in places))
    file = f"/api/v1/exports/jobs/{number}/file"
    assert door.get(file).content == at_once.content
    part = door.get(file, headers={"range": "bytes=100-"})
    assert (part.status_code, part.content) == (206, at_once.content[100:])
    assert int(door.head(file).headers["content-length"]) == len(at_once.content)
    assert [one["id"] for one in door.get("/api/v1/exports/jobs").json()][-1] == number
    local = jobs_in(own_copy.settings).job(Viewer(own_copy.settings.access.local_role, "local"), number).viewer
    desk = Desk(own_copy, local, State())
    assert all(file in str(draw(desk)) or name == "kept" for name, draw in PAGE.panels.items())
    menu = str(export_menu("/api/v1/exports/behind?metric=publications", 20_001, "publications"))
    assert "download" not in menu  # a large one leads to the page of what is made
    assert "docx" not in menu.casefold()
    found = door.get(door.get(begun.headers["location"]).json()["file"])
    whole = door.get("/api/v1/exports/search.csv?q=ice")
    assert found.content == whole.content
    assert list(csv.DictReader(io.StringIO(found.text)))
    with pytest.raises(NotHere):
        jobs_in(own_copy.settings).file(Viewer("admin", "somebody else"), number)
    assert door.delete(f"/api/v1/exports/jobs/{number}").status_code == 200
    assert door.get(file).status_code == 404
