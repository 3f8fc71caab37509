"""One sample facility for all tests of the doors, made by the command line once per test run; and the command line."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from puma.cli import main
from puma.cli.progress import console
from puma.installation import Installation
from puma.settings import load_settings

Puma = Callable[..., subprocess.CompletedProcess[str]]
COLUMNS = 160


def run_puma(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process: starting another one takes longer than most commands do.

    The settings file of ``cwd`` is named in full, because what this process knows of a facility it knows by its path.
    """
    called, here = ["puma", *map(str, words)], (cwd or Path()).absolute()
    said, complained, code = StringIO(), StringIO(), 0
    with (
        chdir(here),
        patch.dict(os.environ, {"PUMA_CONFIG": str(here / "puma.toml")}),
        patch.object(sys, "argv", called),
        patch.object(console, "_width", COLUMNS),
        redirect_stdout(said),
        redirect_stderr(complained),
    ):
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
    return subprocess.CompletedProcess(called, code, said.getvalue(), complained.getvalue())


def start_puma(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as its user does, in a process of its own."""
    command = [sys.executable, "-c", "from puma.cli import main; main()", *map(str, words)]
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=900, check=False)


@pytest.fixture(scope="session")
def puma() -> Puma:
    return run_puma


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample facility; several test processes share it and must not change it."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "sample-facility"
    with (shared.parent / "sample-facility.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            made = start_puma("demo", "--no-serve", "--dir", shared)
            assert made.returncode == 0, made.stdout + made.stderr
            (shared / "done").write_text(made.stdout, "utf-8")
    return shared


@pytest.fixture(scope="session")
def installation(sample: Path) -> Iterator[Installation]:
    """The sample facility, opened for reading."""
    house = Installation(load_settings(sample / "puma.toml"))
    yield house
    house.close()


def copy_database(file: Path, to: Path) -> None:
    """Copy a database that others have open, as SQLite itself reads it: whoever opened and closed its file as any
    other one would take away the locks of all its readers in this process."""
    with closing(sqlite3.connect(file)) as there, closing(sqlite3.connect(to)) as here:
        there.backup(here)


def copy_facility(sample: Path, folder: Path) -> Path:
    """Copy all of a facility but the world that it was invented from. Returns the folder."""
    shutil.copytree(sample, folder, ignore=shutil.ignore_patterns("world", "puma.db*"))
    copy_database(sample / "puma.db", folder / "puma.db")
    return folder


@pytest.fixture
def own_copy(sample: Path, tmp_path: Path) -> Iterator[Installation]:
    """A copy of the sample facility that a test may change. Its facts are written when the test says so: otherwise each
    decision would have them written anew beside the test, and the last one once more at its end."""
    folder = copy_facility(sample, tmp_path / "copy")
    house = Installation(load_settings(folder / "puma.toml"))
    with patch.object(house, "_refresh_soon"):
        yield house
    house.close()
