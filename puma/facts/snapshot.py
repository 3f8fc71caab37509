"""Writing and reading snapshots: a folder per version, and a pointer that is swapped when a version is whole."""

import fcntl
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Select
from sqlalchemy.orm import Session
from sqlalchemy.types import Boolean, Date, Float, Integer, TypeEngine

from puma.access import CONFIDENTIAL, Viewer
from puma.entities import Link
from puma.errors import TryLater
from puma.facts.credit import PANET
from puma.facts.derived import DERIVED
from puma.facts.kinds import LEVELS, Derived, Table
from puma.facts.mending import Mended, beside, narrow, quoted, side_of, source, tell
from puma.facts.tables import COPIED
from puma.fields import Moment
from puma.pairs import Mark, decided, mark
from puma.settings import DebtSettings
from puma.storage import Storage

ROWS_AT_ONCE = 50_000
KEPT = 3  # versions that stay on disk: the newest, and those that a reader may still be reading
POINTER = "current"
SMALL = 4_000_000  # bytes of facts that are taken into memory as a whole: a question opens some ten files otherwise
OPEN_AT_ONCE = 24  # connections for different rights: of roles, and of scientists to whom something is opened

USUAL = DebtSettings()
"""Which beam time owes a publication where nothing else is said."""


@dataclass(frozen=True)
class Snapshot:
    """One version of the facts. ``as_of``: when it was written; ``sources``: how fresh each source was then.
    ``definition``: a print of the tables' definitions. ``mark``: the moment of the links. ``mended``: what was decided
    on since the tables were written. ``debt``: which beam time owes a publication. ``told``: what was answered from
    this version, ``found``: the facts that filters keep; both go with it.
    """

    folder: Path
    version: int
    as_of: datetime
    sources: dict[str, datetime | None]
    rows: dict[str, int]
    definition: str = ""
    mark: Mark | None = None
    mended: Mended = Mended()
    debt: DebtSettings = USUAL
    told: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    found: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    _connections: dict[frozenset[str], duckdb.DuckDBPyConnection] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_current(self) -> bool:
        """Whether it has the tables that this version of the program asks."""
        return not self.definition or self.definition == _definition()

    def connect(self, viewer: Viewer) -> duckdb.DuckDBPyConnection:
        """A cursor in which every table holds only what the viewer may know; safe to use from one thread.

        Raises TryLater for facts that another version of the program wrote.
        """
        if not self.is_current:
            raise TryLater("The numbers were written by another version of the program: `puma init` writes them anew.")
        key = viewer.sees
        with self._lock:
            known = self._connections.pop(key, None)
        made = known or _open(self, viewer)  # not while others wait: it may take a while
        with self._lock:
            if len(self._connections) >= OPEN_AT_ONCE:
                del self._connections[next(iter(self._connections))]
            return self._connections.setdefault(key, made).cursor()


def latest(folder: Path) -> Snapshot | None:
    """The newest whole snapshot under ``folder``, or None when nothing was written yet."""
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
        return _known(folder / name)
    except FileNotFoundError:
        return None


_snapshots: dict[Path, Snapshot] = {}


def _known(folder: Path) -> Snapshot:
    if folder not in _snapshots:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for old in [path for path in _snapshots if path.parent == folder.parent]:
            del _snapshots[old]
        _snapshots[folder] = Snapshot(
            folder=folder,
            version=manifest["version"],
            as_of=datetime.fromisoformat(manifest["as_of"]),
            sources={
                name: datetime.fromisoformat(at) if at else None for name, at in sorted(manifest["sources"].items())
            },
            rows=manifest["rows"],
            definition=manifest.get("definition", ""),
            mark=_mark_of(*manifest["links_at"]) if "links_at" in manifest else None,
            mended=Mended(*map(frozenset, manifest.get("mended", ()))),
            debt=DebtSettings(**manifest.get("debt", {})),
        )
    return _snapshots[folder]


def _mark_of(changes: int, decisions: Sequence[tuple[int, int]]) -> Mark:
    return Mark(changes, tuple((number, at) for number, at in decisions))


def refresh(
    storage: Storage, folder: Path, at: datetime, *, after_decisions: bool = False, debt: DebtSettings = USUAL
) -> Snapshot:
    """Write a new snapshot and make it the current one. Readers of the old one are not disturbed.

    after_decisions: only what follows links is written anew, everything else is taken over from the last version; and
    where only single pairs were decided on, also of what follows links only the rows of these.
    debt: which beam time owes a publication.
    """
    with _alone(folder):
        last = latest(folder)
        version = last.version + 1 if last else 1
        making = folder / f"{version:06d}.part"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        same = last is not None and last.definition == _definition() and last.debt == debt
        before = last if same and after_decisions else None
        rows = dict(before.rows) if before else {}
        with storage.reading() as session:
            at_links = mark(session)
            mended = _mended(session, before, at_links, at) if before else None
            for table in COPIED:
                if before and (not table.follows_decisions or (mended is not None and side_of(table))):
                    _take_over(before.folder, making, f"{table.name}.parquet")
                else:
                    rows[table.name] = _copy(session, table.query, making / f"{table.name}.parquet")
                if mended and side_of(table):
                    of_these = table.query.where(Link.left_id.in_(mended.publications))
                    _copy(session, of_these, beside(making / f"{table.name}.parquet"))
        _derive(making, before, mended, rows, at, debt)
        sources = _sources(making)
        manifest = {"version": version, "as_of": at.isoformat(), "rows": rows, "sources": sources}
        manifest |= {"definition": _definition(), "links_at": [at_links.changes, at_links.decisions]}
        manifest["debt"] = debt.model_dump()
        manifest["mended"] = [sorted(mended.publications), sorted(mended.proposals)] if mended else []
        (making / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        made = folder / f"{version:06d}"
        shutil.rmtree(made, ignore_errors=True)
        making.rename(made)
        pointer = folder / f"{POINTER}.part"
        pointer.write_text(made.name, encoding="utf-8")
        os.replace(pointer, folder / POINTER)
        for old in sorted(path for path in folder.iterdir() if path.is_dir() and path.name.isdigit())[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return _known(made)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Held while facts are written, by one thread of one process; the system frees it when the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "writer.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # a child that was made meanwhile has the file open as well


def drop_older(folder: Path) -> None:
    """Remove all versions but the current one: what they tell of somebody must not stay."""
    with _alone(folder):
        current = (folder / POINTER).read_text(encoding="utf-8").strip() if (folder / POINTER).is_file() else ""
        for old in folder.iterdir():
            if old.is_dir() and old.name.isdigit() and old.name != current:
                shutil.rmtree(old, ignore_errors=True)


@cache
def _definition() -> str:
    """Equal for equal tables, wherever the program lies: what another program version wrote is not taken over."""
    techniques = hashlib.sha256(PANET.read_bytes()).hexdigest()
    told = [(table.name, str(table.query)) for table in COPIED]
    told += [(table.name, table.sql.replace(quoted(PANET), techniques)) for table in DERIVED]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _mended(session: Session, before: Snapshot, until: Mark, at: datetime) -> Mended | None:
    """What was decided on since the tables were written, or None when they are to be written anew."""
    pairs = decided(session, before.mark, until)
    if pairs is None or before.as_of.date() != at.date():  # what is due and what is provisional goes by the day
        return None
    return before.mended.and_also(pairs)


def _take_over(before: Path, making: Path, name: str) -> None:
    os.link(before / name, making / name)


def _copy(session: Session, query: Select[*tuple[Any, ...]], path: Path) -> int:
    """Stream one table from the database into a Parquet file. Returns its number of rows."""
    schema = pa.schema([(column.name, _arrow(column.type)) for column in query.selected_columns])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in _parts(session, query):
            writer.write_batch(_batch(part, schema))
            count += len(part)
    return count


def _batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [_array(values, kind) for values, kind in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _parts(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    result = session.execute(query.execution_options(yield_per=ROWS_AT_ONCE))
    yield from result.partitions(ROWS_AT_ONCE)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_integer(kind):  # an extracted year arrives as Decimal from one of the databases
        values = [None if value is None else int(value) for value in values]
    elif pa.types.is_date(kind):
        values = [date.fromisoformat(value) if isinstance(value, str) else value for value in values]
    elif pa.types.is_floating(kind):
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, type=kind)


def _arrow(kind: TypeEngine[Any]) -> pa.DataType:
    """The Arrow type of a column of the database."""
    if isinstance(kind, Moment):
        return pa.timestamp("us", tz="UTC")
    for sql, arrow in ((Boolean, pa.bool_()), (Date, pa.date32()), (Float, pa.float64()), (Integer, pa.int64())):
        if isinstance(kind, sql):
            return arrow
    return pa.string()


def _derive(
    making: Path,
    before: Snapshot | None,
    mended: Mended | None,
    rows: dict[str, int],
    at: datetime,
    debt: DebtSettings,
) -> None:
    """Make the derived tables. ``before``: the version from which those that no decision changes are taken over;
    ``mended``: what was decided on, where those that follow links are taken over too and only these rows are made.
    """
    for level in LEVELS:
        hidden = f"WHERE visibility NOT LIKE '{CONFIDENTIAL}%'" if level == "open" else ""
        connection = _begun(at, {"threads": 1} if before else {})  # decisions that go on need a core as well
        _tell_debt(connection, debt)
        tell(connection, mended or Mended())
        for table in COPIED:
            path = making / f"{table.name}.parquet"
            condition = hidden if "visibility" in table.query.selected_columns else ""
            connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM {source(path, table)} {condition}")
            narrow(connection, table)
            if mended and side_of(table) and not hidden:
                rows[table.name] = _count(connection, table.name)
        for derived in DERIVED:
            path = making / _file(derived, level)
            there = path.exists()  # made for the other level, and the same for both
            if not there and derived.kept:
                _make(connection, derived, path, before, mended)
            told = f"SELECT * FROM {source(path, derived)}" if derived.kept else derived.sql
            connection.execute(f"CREATE VIEW {derived.name} AS {told} {hidden if there else ''}")
            narrow(connection, derived)
            if not there:
                rows[derived.name] = _count(connection, derived.name)
        connection.close()


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count[0]) if count else 0


def _make(
    connection: duckdb.DuckDBPyConnection, derived: Derived, path: Path, before: Snapshot | None, mended: Mended | None
) -> None:
    """Write the file of a derived table, or take it over and write only the rows that were decided on beside it."""
    side = side_of(derived)
    if before and (not derived.follows_decisions or (mended is not None and side)):
        _take_over(before.folder, path.parent, path.name)
        if not mended or not side:
            return
        connection.execute(f"SET search_path = '{side}_side,main'")
        path = beside(path)
    connection.execute(f"COPY ({derived.sql}) TO '{quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")
    connection.execute("SET search_path = 'main'")


def _begun(at: datetime, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """An empty DuckDB that knows the day of the facts, and takes days of instants as UTC wherever the program runs."""
    connection = duckdb.connect(config=config)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute(f"CREATE VIEW as_of AS SELECT DATE '{at:%Y-%m-%d}' AS day")
    return connection


def _tell_debt(connection: duckdb.DuckDBPyConnection, debt: DebtSettings) -> None:
    """Make the table that says of each type of proposal after how many months it owes a publication, or none at all;
    the row without a type is for all others."""
    exempt = {name.lower() for name in debt.exempt}
    months = {name.lower(): number for name, number in debt.months_of.items()}
    rows = [(name, months.get(name, debt.months), name in exempt) for name in sorted(exempt | months.keys())]
    connection.execute("CREATE TABLE main.debt_rules (type VARCHAR, months INTEGER, exempt BOOLEAN)")
    connection.executemany("INSERT INTO main.debt_rules VALUES (?, ?, ?)", [(None, debt.months, False), *rows])


def _sources(making: Path) -> dict[str, str | None]:
    table = pq.read_table(making / "sources.parquet").to_pylist()
    return {row["name"]: row["fresh_at"].isoformat() if row["fresh_at"] else None for row in table}


def _file(table: Table, level: str) -> str:
    by_level = isinstance(table, Derived) and table.by_level
    return f"{table.name}.{level}.parquet" if by_level else f"{table.name}.parquet"


def _open(snapshot: Snapshot, viewer: Viewer) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB whose views hold only rows that may be seen: the one place where that is decided.

    For a scientist to whom something is opened, the tables that count over links are made anew from those rows.
    """
    small = sum(path.stat().st_size for path in snapshot.folder.glob("*.parquet")) <= SMALL
    connection = _begun(snapshot.as_of, {"threads": 1 if small else 2})
    _tell_debt(connection, snapshot.debt)
    tell(connection, snapshot.mended)
    level = "all" if CONFIDENTIAL in viewer.sees else "open"
    for table in (*COPIED, *DERIVED):
        if isinstance(table, Derived) and (not table.kept or (table.by_level and viewer.opened)):
            connection.execute(f"CREATE {'TABLE' if table.kept else 'VIEW'} {table.name} AS {table.sql}")
            continue
        path = snapshot.folder / _file(table, level)
        rows = source(path, table)
        condition = f"WHERE {_seen(viewer)}" if "visibility" in pq.read_schema(path).names else ""
        form = "TABLE" if small else "VIEW"
        connection.execute(f"CREATE {form} {table.name} AS SELECT * FROM {rows} {condition}")
    return connection


def _seen(viewer: Viewer) -> str:
    """SQL that is true for rows whose visibility, as ``seen.SEEN`` writes it, is among those of a viewer."""
    sees = viewer.sees
    own = [f"%,{number},%" for number in sorted(viewer.opened)] if CONFIDENTIAL not in sees else ["%"]
    allowed = ", ".join(f"'{word}'" for word in sorted(sees))
    return " OR ".join([f"visibility IN ({allowed})", *(f"visibility LIKE '{CONFIDENTIAL}{like}'" for like in own)])
