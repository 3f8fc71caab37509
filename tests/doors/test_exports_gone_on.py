"""An export that was cut off goes on after its last whole piece, of one state of the data, or says that it cannot."""

import io
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from puma.access import EVERYTHING, Viewer
from puma.entities import Publication, Record
from puma.exports import exports
from puma.listing import whole
from puma.reports import Again, Job, Jobs, Make, Order, Part, grow, growing
from puma.reports.content import Told
from puma.storage import Storage, now
from tests.doors.conftest import copy_database

VERA = Viewer("viewer", "Vera", account=3)
PORTION, CUT_AFTER = 40, 3


@pytest.fixture
def storage(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """A database that a test may change; portions are small, and each is kept."""
    copy_database(sample / "puma.db", tmp_path / "puma.db")
    in_small_portions(monkeypatch)
    opened = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    yield opened
    opened.close()


def in_small_portions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(growing, "AT_ONCE", PORTION)
    patch.setattr(growing, "MARK_EVERY_S", 0.0)


def making(storage: Storage, form: str, *, seen: list[int] | None = None, killed: bool = False) -> Make:
    """Makes the file of all publications. seen: is told which records are read; killed: this process, on its way."""
    found = whole(storage, EVERYTHING, "publications").portions
    assert found is not None
    ask, read = found.rows, seen if seen is not None else []

    def rows(session: Session, some: Sequence[int]) -> list[dict[str, object]]:
        if killed and len(read) == CUT_AFTER * PORTION:
            os.kill(os.getpid(), signal.SIGKILL)
        read.extend(some)
        return ask(session, some)

    def make(file: Part, tell: Told) -> None:
        grows = exports()[form].grows
        assert grows is not None
        grow(storage, replace(found, rows=rows), grows, "all of them", file, tell)

    return make


def die_making(url: str, folder: Path, form: str) -> None:
    """What the other process does: it is killed in the middle of a file."""
    with pytest.MonkeyPatch.context() as patch:
        in_small_portions(patch)
        Jobs(folder).begin(VERA, order(form), making(Storage(url), form, killed=True))
        sleep(120)


def order(form: str) -> Order:
    one = exports()[form]
    return Order("list", "Publications", form, one.media_type, one.suffix, {"form": form})


def undisturbed(storage: Storage, form: str) -> bytes:
    file, found = io.BytesIO(), whole(storage, EVERYTHING, "publications")
    exports()[form].write(found.columns, found.rows, file, "all of them")
    return file.getvalue()


def ended(folder: Path, again: Again) -> tuple[Job, bytes]:
    """What the next process makes of what is left."""
    jobs = Jobs(folder)
    jobs.go_on(again)
    while jobs.mine(VERA)[0].is_open:
        sleep(0.02)
    jobs.close()
    job, path = jobs.file(VERA, jobs.mine(VERA)[0].id)
    return job, path.read_bytes()


def stop_in_the_middle(folder: Path, make: Make, form: str) -> Job:
    """A server that stops while it makes a file, as it does when it is told to."""
    jobs = Jobs(folder)

    def stopping(file: Part, tell: Told) -> None:
        def told(words: str, done: int, total: int) -> None:
            if done >= CUT_AFTER * PORTION:
                jobs._stop.set()
            tell(words, done, total)

        make(file, told)

    begun = jobs.begin(VERA, order(form), stopping)
    while jobs.job(VERA, begun.id).state != "waiting" or not jobs._stop.is_set():
        sleep(0.02)
    jobs.close()
    return jobs.job(VERA, begun.id)


def test_a_killed_process_leaves_a_file_that_the_next_one_goes_on_with(storage: Storage, tmp_path: Path) -> None:
    folder, seen, form = tmp_path / "exports", list[int](), "csl"  # what stands between two items shows every slip
    url = f"sqlite:///{tmp_path / 'puma.db'}"
    child = get_context("spawn").Process(target=die_making, args=(url, folder, form))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    left = Jobs(folder).mine(VERA)[0]
    assert left.state == "running"
    assert left.mark is not None
    assert left.mark.done == CUT_AFTER * PORTION
    job, body = ended(folder, {"list": lambda viewer, asked: making(storage, str(asked["form"]), seen=seen)})
    assert body == undisturbed(storage, form)
    assert (job.cut, job.as_of) == ("gone on", left.as_of)
    assert len(seen) > PORTION
    with storage.reading() as session:
        numbers = whole(storage, EVERYTHING, "publications").portions
        assert numbers is not None
        assert seen == list(numbers.numbers(session))[CUT_AFTER * PORTION :]
    assert sorted(path.suffix for path in folder.iterdir()) == [".file", ".json"]


def test_what_was_changed_between_a_cut_and_the_next_process_lets_a_file_begin_again(
    storage: Storage, tmp_path: Path
) -> None:
    folder, seen = tmp_path / "exports", list[int]()
    stopped = stop_in_the_middle(folder, making(storage, "bibtex", seen=seen), "bibtex")
    assert (stopped.state, stopped.done) == ("waiting", CUT_AFTER * PORTION)
    with storage.writing() as session:
        session.execute(update(Publication).where(Publication.id == seen[0]).values(title="Said differently"))
        session.execute(update(Record).where(Record.id == seen[0]).values(changed_at=now()))
    job, body = ended(folder, {"list": lambda viewer, asked: making(storage, "bibtex")})
    assert body == undisturbed(storage, "bibtex")
    assert b"Said differently" in body
    assert job.cut == "changed"
    assert stopped.as_of is not None
    assert job.as_of is not None
    assert job.as_of > stopped.as_of
    from dashboards.drawing.exporting import made_list  # not above: the other process has no need of it

    assert "began again, since records had changed" in str(made_list([job], Jobs(folder).until))


def test_a_file_that_is_made_in_one_go_begins_again_and_says_so(storage: Storage, tmp_path: Path) -> None:
    def make(file: Part, tell: Told) -> None:
        tell("rows", CUT_AFTER * PORTION, 1000)
        file.write(b"a workbook")

    stop_in_the_middle(tmp_path / "exports", make, "xlsx")
    assert [path.suffix for path in (tmp_path / "exports").iterdir()] == [".json"]  # nothing half made is left
    job, body = ended(tmp_path / "exports", {"list": lambda viewer, asked: make})
    assert (job.cut, body) == ("begun again", b"a workbook")
    from dashboards.drawing.exporting import made_list

    assert "cut off, began again" in str(made_list([job], Jobs(tmp_path).until))
