"""What several rooms' tests need: both databases for real, a browser, and the rule that the checks skip nothing."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from compileall import compile_dir
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import URL, Dialect, Engine, create_engine
from sqlalchemy.util import LRUCache

import puma.storage
from puma.storage import Storage

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False  # each of the many processes that tests start would compile all libraries anew
for _library in ("pdfminer", "pypdfium2", "pypdfium2_raw"):  # and those that read PDFs may not write what they compile
    _found = find_spec(_library)
    if _found and _found.origin:
        compile_dir(Path(_found.origin).parent, quiet=2)

CHECKS = os.environ.get("CI") == "true"
"""On the machine of the checks a skipped part is a failure; elsewhere it is one sentence."""

LENT = Path(__file__).parents[2] / "shared" / "data"
"""Real records, lent to the builders and no part of the project; without them the checks leave out their tests."""

collect_ignore = ["real"] if CHECKS and not LENT.exists() else []


def _not_allowed(report: pytest.TestReport | pytest.CollectReport) -> bool:
    return CHECKS and report.skipped and not hasattr(report, "wasxfail")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails the checks."""
    report = yield
    if _not_allowed(report):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which the checks do not allow: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A skipped file fails the checks."""
    report = yield
    if _not_allowed(report):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which the checks do not allow: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless browser, one for all rooms of a process: Playwright refuses a second one beside it."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("There is no Chromium on this machine: apt-get install chromium.")
    expect.set_options(timeout=30_000)  # as all other waiting: on a busy machine five seconds are soon over
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield opened
        opened.close()


UNSAFE_BUT_QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
"""What is lost when the machine stops is thrown away anyway."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own on the loopback interface; the beginning of its databases' addresses."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("There is no PostgreSQL server on this machine: apt-get install postgresql.")
    folder = Path(tempfile.mkdtemp(prefix="puma-postgres-"))
    as_user: list[str | Path] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    try:
        initdb = [
            *as_user,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "puma",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-A",
            "trust",
        ]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd=folder)
        for _ in range(3):  # another process may take the free port between our looking and the server's start
            port = _free_port()
            options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c max_connections=100 {UNSAFE_BUT_QUICK}"
            started = subprocess.run(
                [*as_user, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
                check=False,
                stdout=subprocess.DEVNULL,
                cwd=folder,
            )
            if started.returncode == 0:
                break
        else:
            pytest.fail(f"PostgreSQL does not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
        yield f"postgresql+psycopg://puma@127.0.0.1:{port}"
        stop = [*as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_programs() -> Path | None:
    """The folder of the newest server; Debian does not put it on the path."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if homes:
        return homes[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_databases = count(1)
Filling = Callable[[Storage], Any]
"""Puts into a database with empty tables what some tests begin with, and may tell what that was."""


@contextmanager
def _database(server: str, made_from: str = "") -> Iterator[str]:
    """The address of a database on a real PostgreSQL that is dropped afterwards."""
    name = f"test_{next(_databases)}"
    with psycopg.connect(_plain(f"{server}/postgres"), autocommit=True) as desk:
        desk.execute(f'CREATE DATABASE "{name}" {made_from}')
        yield f"{server}/{name}"
        desk.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database on a real PostgreSQL, dropped after the test."""
    with _database(postgres_server) as url:
        yield url


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A database without tables, on each of the two."""
    sqlite = f"sqlite:///{tmp_path / 'puma.db'}"
    storage = Storage(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield storage
    storage.close()


COMPILED: LRUCache[object, object] = LRUCache(3000)
DIALECTS: dict[str, Dialect] = {}
"""By the name of a driver one that knows its server; statements are compiled for one, and kept under it."""


def _engine(url: URL, **options: Any) -> Engine:
    """What the storage room opens databases with. Nearly every test has a database of its own, and would compile
    anew every statement that it asks."""
    engine = create_engine(url, execution_options={"compiled_cache": COMPILED}, **options)
    engine.dialect = DIALECTS.get(engine.driver, engine.dialect)
    return engine


puma.storage.create_engine = _engine


def _share_compiled(made: Storage) -> None:
    with made.engine.connect():  # the first connection tells the dialect of its server
        DIALECTS[made.engine.driver] = made.engine.dialect


_share_compiled(Storage("sqlite://"))


_run_every_migration = Storage.migrate


@pytest.fixture(scope="session", autouse=True)
def _tables_are_copied(sqlite_tables: Path) -> Iterator[None]:
    """A SQLite file that is not there yet begins as a copy of the one in which every migration ran."""

    def migrate(storage: Storage, to: str = "head") -> None:
        file = Path(storage.engine.url.database or ":memory:")
        if to == "head" and storage.sqlite and file.name != ":memory:" and not file.exists():
            shutil.copy(sqlite_tables, file)
        else:
            _run_every_migration(storage, to)

    with patch.object(Storage, "migrate", migrate):
        yield


@pytest.fixture
def every_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are made as at a facility, migration by migration: for tests of the migrations themselves."""
    monkeypatch.setattr(Storage, "migrate", _run_every_migration)


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables as the migrations make them and nothing in them, to be copied."""
    file = tmp_path_factory.mktemp("tables") / "puma.db"
    made = Storage(f"sqlite:///{file}")
    made.migrate()
    made.close()  # the last connection writes everything into the one file
    return file


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> str:
    """The name of a database with all tables and nothing in them, to be copied."""
    with psycopg.connect(_plain(f"{postgres_server}/postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE tables")
    made = Storage(f"{postgres_server}/tables")
    made.migrate()
    _share_compiled(made)
    made.close()  # PostgreSQL copies a database only while nobody is connected to it
    return "tables"


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A database with all tables as the migrations make them, on each of the two."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_tables"), tmp_path / "puma.db")
        storage = Storage(f"sqlite:///{file}")
        yield storage
        storage.close()
        return
    server, tables = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_tables"))
    with _database(server, f"TEMPLATE {tables}") as url:
        storage = Storage(url)
        yield storage
        storage.close()


@pytest.fixture(scope="session")
def _filled() -> dict[tuple[str, Filling], tuple[str, Any]]:
    """By database and by what filled it: what is copied, and what the filling returned."""
    return {}


@pytest.fixture(params=["sqlite", "postgresql"])
def copied(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    _filled: dict[tuple[str, Filling], tuple[str, Any]],
) -> Iterator[Callable[[Filling], tuple[Storage, Any]]]:
    """Copies of a database that is filled once per process, on each of the two: ``copied(fill)`` gives a copy of one's
    own and what the filling of the first one returned."""
    known = request.param
    server, tables = (
        (request.getfixturevalue(name) for name in ("postgres_server", "postgres_tables"))
        if known == "postgresql"
        else ("", "")
    )

    def begun(fill: Filling) -> tuple[str, Any]:
        if known == "sqlite":
            place = str(tmp_path_factory.mktemp("filled") / "puma.db")
            storage = Storage(f"sqlite:///{place}")
            storage.migrate()
        else:
            place = f"filled_{len(_filled)}"
            with psycopg.connect(_plain(f"{server}/postgres"), autocommit=True) as desk:
                desk.execute(f"CREATE DATABASE {place} TEMPLATE {tables}".encode())
            storage = Storage(f"{server}/{place}")
        told = fill(storage)
        storage.close()
        return place, told

    with ExitStack() as opened:

        def copy(fill: Filling) -> tuple[Storage, Any]:
            if (known, fill) not in _filled:
                _filled[known, fill] = begun(fill)
            place, told = _filled[known, fill]
            if known == "sqlite":
                storage = Storage(f"sqlite:///{shutil.copy(place, tmp_path / 'puma.db')}")
            else:
                storage = Storage(opened.enter_context(_database(server, f"TEMPLATE {place}")))
            opened.callback(storage.close)
            return storage, told

        yield copy


LONGEST = (
    "doors/test_non_interference.py",
    "house/test_metrics_contract.py",
    "dashboards/test_browser.py",
    "dashboards/test_axe.py",
    "doors/test_receipts.py",
    "dashboards/test_search_page.py",
    "dashboards/test_review_page.py",
    "harvesters/test_faults.py",
    "doors/test_backup.py",
    "real/test_whole_job.py",
    "dashboards/test_people_pages.py",
    "linking/test_match.py",
    "dashboards/test_authority_pages.py",
    "dashboards/test_signed_in.py",
    "dashboards/test_data_pages.py",
    "doors/test_learning.py",
)
"""Files that take a minute or more, the longest first: a process that began one of them last would end alone."""
ROOMS = ("dashboards", "search", "accounts", "doors", "demo", "linking", "runs")
"""Rooms whose other files take longer than those of the rest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, then the long rooms; everything else as it was found."""
    ranks = {name: rank for rank, name in enumerate((*LONGEST, *ROOMS))}
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(here)
        return ranks.get(path.as_posix(), ranks.get(path.parts[0], len(ranks)))

    items.sort(key=rank)
