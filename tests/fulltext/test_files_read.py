"""Reading the files of records: each once, again only for new bytes or a new reader, however often it is cut off."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from puma.entities import File, FilePage, Record, Run, SkippedRecord
from puma.fulltext import EXTRACTOR_VERSION
from puma.fulltext.about import told
from puma.harvesting import harvester
from puma.runs import ask_stop, files
from puma.runs.files import read_files
from puma.runs.harvest import harvest
from puma.runs.ledger import RunReport
from puma.settings import FilesSettings, Settings, WorkSettings
from puma.storage import Storage
from tests.fulltext.conftest import drawn, many_pages


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


def settings(folder: Path, **files: float) -> Settings:
    return Settings(home=folder, work=WorkSettings(processes=1), files=FilesSettings(**files))


def harvested(storage: Storage, folder: Path) -> RunReport:
    source = harvester("pdf_folder").Source(name="pdfs", harvester="pdf_folder", path=folder)
    return harvest(storage, source, full=True, accept_missing=True, progress=silent)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three PDFs that belong to nobody yet."""
    found = tmp_path / "pdfs"
    found.mkdir()
    for name in ("one", "two", "three"):
        drawn(found / f"{name}.pdf", [f"this is {name}"])
    return found


def texts(storage: Storage) -> dict[str, list[str]]:
    """The pages of the files that stand, by file name."""
    query = (
        select(File.name, FilePage.text)
        .join(FilePage, FilePage.file_id == File.id)
        .join(Record, Record.id == File.id)
        .where(Record.deleted_at.is_(None))
        .order_by(File.name, FilePage.page)
    )
    found: dict[str, list[str]] = {}
    with storage.reading() as session:
        for name, text in session.execute(query):
            found.setdefault(name, []).append(text)
    return found


def test_a_file_is_read_once_and_again_when_its_bytes_change(storage: Storage, folder: Path, tmp_path: Path) -> None:
    harvested(storage, folder)
    assert read_files(storage, settings(tmp_path), silent).counters["text"] == 3
    assert read_files(storage, settings(tmp_path), silent).counters == Counter()
    drawn(folder / "two.pdf", ["this is new"], ["on two pages"])
    harvested(storage, folder)
    assert read_files(storage, settings(tmp_path), silent).counters == Counter(seen=1, text=1)
    assert texts(storage) == {
        "one.pdf": ["this is one"], "two.pdf": ["this is new", "on two pages"], "three.pdf": ["this is three"],
    }  # fmt: skip


def test_every_file_is_read_again_by_a_new_version_of_the_readers(
    storage: Storage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvested(storage, folder)
    read_files(storage, settings(tmp_path), silent)
    with storage.reading() as session:
        assert {one.startswith(f"{EXTRACTOR_VERSION} ") for one in session.scalars(select(File.extractor)) if one} == {
            True
        }
    monkeypatch.setattr(files, "EXTRACTOR_VERSION", "newer")
    assert read_files(storage, settings(tmp_path), silent).counters["text"] == 3
    assert read_files(storage, settings(tmp_path), silent).counters == Counter()


def test_a_file_that_is_away_for_a_while_keeps_its_text_and_is_asked_for_again(
    storage: Storage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvested(storage, folder)
    read_files(storage, settings(tmp_path), silent)
    monkeypatch.setattr(files, "EXTRACTOR_VERSION", "newer")
    (folder / "one.pdf").rename(tmp_path / "away")
    report = read_files(storage, settings(tmp_path), silent)
    assert report.counters == Counter(seen=3, text=2, away=1, skipped=1)
    assert texts(storage)["one.pdf"] == ["this is one"]
    (tmp_path / "away").rename(folder / "one.pdf")
    assert read_files(storage, settings(tmp_path), silent).counters == Counter(seen=1, text=1)


def test_a_file_that_was_deleted_is_not_read(storage: Storage, folder: Path, tmp_path: Path) -> None:
    harvested(storage, folder)
    (folder / "one.pdf").unlink()
    harvested(storage, folder)
    assert read_files(storage, settings(tmp_path), silent).counters["seen"] == 2
    assert sorted(texts(storage)) == ["three.pdf", "two.pdf"]


def test_a_file_that_was_too_large_is_read_when_larger_ones_are_allowed(storage: Storage, tmp_path: Path) -> None:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    (folder / "large.pdf").write_bytes(many_pages(3, 1_200_000))
    harvested(storage, folder)
    assert read_files(storage, settings(tmp_path, max_pdf_mb=1), silent).counters["too large"] == 1
    assert read_files(storage, settings(tmp_path, max_pdf_mb=1), silent).counters == Counter()
    assert read_files(storage, settings(tmp_path, max_pdf_mb=1.8), silent).counters == Counter(seen=1, text=1)


def test_state_reason_pages_and_what_the_file_says_of_itself_are_kept(
    storage: Storage, folder: Path, tmp_path: Path
) -> None:
    (folder / "broken.pdf").write_bytes(b"this is no PDF")
    harvested(storage, folder)
    report = read_files(storage, settings(tmp_path), silent)
    with storage.reading() as session:
        rows = session.execute(select(File.name, File.state, File.reason, File.pages, File.sha256).order_by(File.name))
        found = {name: (state, reason, pages) for name, state, reason, pages, _ in rows}
        skipped = session.execute(select(SkippedRecord.key, SkippedRecord.reason)).all()
        sha = session.scalar(select(File.sha256).where(File.name == "one.pdf"))
    assert found["one.pdf"] == ("text", None, 1)
    assert found["broken.pdf"] == ("broken", "not a readable PDF", None)
    assert [tuple(row) for row in skipped] == [("broken.pdf", "broken: not a readable PDF")]
    assert report.state == "skipped some"
    with storage.reading() as session:
        said = session.scalar(select(File.about).where(File.sha256 == sha))
    assert told(said or {}).title == "Made for a test"


def test_a_run_stops_when_it_is_asked_to_and_the_next_one_reads_the_rest(
    storage: Storage, folder: Path, tmp_path: Path
) -> None:
    for number in range(20):
        drawn(folder / f"more{number}.pdf", [f"more {number}"])
    harvested(storage, folder)

    def stop_at_once(what: str, done: int, total: int | None) -> None:
        with storage.reading() as session:
            number = session.scalar(select(func.max(Run.id)).where(Run.kind == "files")) or 0
        ask_stop(storage, number, "Ada")

    report = read_files(storage, settings(tmp_path), stop_at_once)
    assert report.state == "stopped"
    assert report.message.startswith("Stopped by Ada")
    assert 1 <= report.counters["seen"] < 23
    rest = read_files(storage, settings(tmp_path), silent)
    assert rest.counters["seen"] == 23 - report.counters["seen"]
    assert len(texts(storage)) == 23


def test_progress_tells_how_many_of_how_many(storage: Storage, folder: Path, tmp_path: Path) -> None:
    harvested(storage, folder)
    told: list[tuple[int, int | None]] = []
    report = read_files(storage, settings(tmp_path), lambda what, done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert report.total == 3


_READS = """
import sys
from pathlib import Path
from puma.runs.files import read_files
from puma.settings import Settings, WorkSettings
from puma.storage import Storage
settings = Settings(home=Path(sys.argv[2]), work=WorkSettings(processes=2))
read_files(Storage(sys.argv[1]), settings, lambda what, done, total: print(done, flush=True))
"""


def test_a_run_that_is_killed_goes_on_where_it_was_and_reads_no_stored_file_again(folder: Path, tmp_path: Path) -> None:
    for number in range(60):
        drawn(folder / f"more{number}.pdf", *[[f"more {number}, page {page}"] for page in range(20)])
    address = f"sqlite:///{tmp_path / 'killed.db'}"
    storage = Storage(address)
    storage.migrate()
    harvested(storage, folder)
    child = subprocess.Popen([sys.executable, "-c", _READS, address, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(7):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    with storage.reading() as session:
        stored = session.scalar(select(func.count()).where(File.state != "not read")) or 0
        killed = session.scalar(select(Run.id).where(Run.kind == "files", Run.state == "running"))
    assert 7 <= stored < 63
    report = read_files(storage, settings(tmp_path), silent)
    assert report.counters == Counter(seen=63 - stored, text=63 - stored)
    found = texts(storage)
    assert len(found) == 63
    assert found["more7.pdf"] == [f"more 7, page {page}" for page in range(20)]
    with storage.reading() as session:
        state, message = session.execute(select(Run.state, Run.message).where(Run.id == killed)).one()
    assert (state, message) == ("stopped", f"It was cut off; run {report.run_id} does what it left.")
    storage.close()


def test_no_file_is_missed_or_met_twice_where_few_are_looked_up_together(
    storage: Storage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        drawn(folder / f"more{number}.pdf", [f"more {number}"])
    harvested(storage, folder)
    monkeypatch.setattr(files, "AT_ONCE", 2)
    assert read_files(storage, settings(tmp_path), silent).counters == Counter(seen=7, text=7)
    assert len(texts(storage)) == 7


def test_two_files_of_the_same_bytes_are_one_and_its_text_is_stored_once(
    storage: Storage, folder: Path, tmp_path: Path
) -> None:
    (folder / "again.pdf").write_bytes((folder / "one.pdf").read_bytes())
    harvested(storage, folder)
    read_files(storage, settings(tmp_path), silent)
    assert sum(map(len, texts(storage).values())) == 3
