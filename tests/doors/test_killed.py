"""`puma harvest`, killed without warning at any page: the next one goes on, and nothing is lost or counted twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "harvesters"))  # the repository and the comparison lie there

from faulty.library import Library
from faulty.server import serving
from stored import Stored, added, loose_ends, stored

from puma.runs.harvest import harvest
from puma.runs.ledger import RunReport
from puma.runs.sources import configured_sources
from puma.settings import load_settings
from puma.storage import Storage

SETTINGS = """
[[source]]
name = "library"
harvester = "oai_pmh"
url = "{url}"
allow_private = true
"""


@contextmanager
def harvesting(folder: Path, library: Library) -> Iterator[subprocess.Popen[str]]:
    """`puma harvest` in a process of its own, with a new or an old database in ``folder``."""
    folder.mkdir(exist_ok=True)
    (folder / "puma.toml").write_text(SETTINGS.format(url=library.url), "utf-8")
    command = [sys.executable, "-c", "from puma.cli import main; main()", "harvest"]
    child = subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def to_its_end(folder: Path) -> RunReport:
    """The next harvest of the same source, which nobody kills."""
    settings = load_settings(folder / "puma.toml")
    with opened(folder) as storage:
        storage.migrate()
        return harvest(storage, configured_sources(settings)[0], progress=lambda *_: None)


@contextmanager
def opened(folder: Path) -> Iterator[Storage]:
    storage = Storage(f"sqlite:///{folder / 'puma.db'}")
    try:
        yield storage
    finally:
        storage.close()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """What a harvest leaves that nobody killed."""
    folder = tmp_path_factory.mktemp("whole")
    library = Library()
    with serving(library):
        (folder / "puma.toml").write_text(SETTINGS.format(url=library.url), "utf-8")
        assert to_its_end(folder).state == "done"
    with opened(folder) as storage:
        return stored(storage)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "wait_s"), [(0, None), (1, None), (3, None), (1, 0.0), (2, 0.02), (3, 0.05)])
def test_a_harvest_that_is_killed_goes_on_behind_its_last_page(
    tmp_path: Path, reference: Stored, page: int, wait_s: float | None
) -> None:
    """wait_s: the process dies so long after it asked for the page; None: while it waits for the page."""
    library = Library()
    dead, asked = threading.Event(), threading.Event()

    def told(number: int) -> None:
        if number == page and not asked.is_set():
            asked.set()
            if wait_s is None:
                dead.wait(60)

    library.told = told
    with serving(library):
        with harvesting(tmp_path, library) as child:
            assert asked.wait(60), child.communicate(timeout=5)
            if wait_s:
                dead.wait(wait_s)
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait(60) == -signal.SIGKILL
            dead.set()
        with opened(tmp_path) as storage:
            before = stored(storage)
            assert before.keys <= reference.keys
            assert len(before.keys) % library.page_size == 0  # whole pages
            if wait_s is None:
                assert len(before.keys) == page * library.page_size
        report = to_its_end(tmp_path)
        assert report.state == "done"
        assert report.counters["seen"] == len(reference.keys)
        assert not {"repeated", "changed", "deleted", "skipped", "failed"} & {*+report.counters}
        with opened(tmp_path) as storage:
            assert stored(storage) == reference
            assert added(storage) == len(reference.keys)
            assert loose_ends(storage) == {"running": 0, "checkpoint": 0, "lease": 0}
