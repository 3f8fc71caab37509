"""Backup and restore: the database and the learnt models in one file, proved by hashes before anything is touched."""

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import JSON, Column, MetaData, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from puma.errors import PumaError, Refused, WrongUsage
from puma.storage import Storage, follow_numbers, keep_marks

FORMAT = 1
FIRST = ("decision", "claim")
"""Tables that come first in the file: what people decided and corrected is nowhere else."""
ONLY_GROWS = ("audit_entry",)
"""Tables of which nothing is ever taken away: a restore adds what is not there."""
NOT_KEPT = frozenset({"alembic_version"})
FILES = ("models/*", "*.json")
"""What of the files folder goes along; PDFs, facts and search index are made or fetched again."""
ROWS = 2_000
MANIFEST = "manifest.json"

Told = Callable[[str, int, int], None]
"""Told which table is being written or read, how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. parts: name in the file -> rows (0 for files) and SHA-256."""

    made_at: datetime
    revision: str
    facility: str
    parts: Mapping[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(count for count, _ in self.parts.values())


def backup(
    storage: Storage, files: Path, target: Path, *, facility: str, at: datetime, tell: Told = lambda *_: None
) -> Manifest:
    """Write everything that cannot be harvested again, and what it refers to, into one file.

    One consistent state is read while others go on working. A half-written file never has the name of ``target``.
    """
    half = target.with_name(target.name + ".part")
    parts: dict[str, tuple[int, str]] = {}
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive, storage.reading() as session:
            _hold_still(storage, session)
            tables = _tables(session)
            for place, name in enumerate(sorted(tables, key=lambda one: (one not in FIRST, one))):
                tell(name, place, len(tables))
                parts[f"{name}.jsonl"] = _write_table(archive, session, tables[name])
            for path in sorted({path for pattern in FILES for path in files.glob(pattern) if path.is_file()}):
                name = f"files/{path.relative_to(files).as_posix()}"
                parts[name] = (0, _write_file(archive, path, name))
            revision = storage.version() or ""
            told = {
                "format": FORMAT,
                "made_at": at.isoformat(),
                "revision": revision,
                "facility": facility,
                "parts": parts,
            }
            archive.writestr(MANIFEST, json.dumps(told, indent=1))
        os.replace(half, target)
    except BaseException:
        with suppress(FileNotFoundError):
            half.unlink()
        raise
    return Manifest(at, revision, facility, parts)


def inspect(storage: Storage, source: Path) -> Manifest:
    """Read a backup's manifest and prove every part of it. Raises WrongUsage when it is no backup, is broken, or is
    newer than this program."""
    try:
        with zipfile.ZipFile(source) as archive:
            told = json.loads(archive.read(MANIFEST))
            if told["format"] > FORMAT or not storage.knows(told["revision"]):
                raise WrongUsage(f"{source.name} was written by a newer program: update this one. Nothing was changed.")
            parts = {str(name): (int(count), str(digest)) for name, (count, digest) in told["parts"].items()}
            for name, (_, digest) in parts.items():
                if _digest_of(archive, name) != digest:
                    raise WrongUsage(f"{source.name} is broken: {name} is not what was written. Nothing was changed.")
            return Manifest(datetime.fromisoformat(told["made_at"]), told["revision"], told["facility"], parts)
    except PumaError:
        raise
    except FileNotFoundError:
        raise WrongUsage(f"There is no file {source}.") from None
    except Exception as error:  # a damaged archive has as many errors as it has bytes
        raise WrongUsage(f"{source.name} is not a whole backup ({error}). Nothing was changed.") from error


def restore(
    storage: Storage, files: Path, source: Path, *, replace: bool = False, tell: Told = lambda *_: None
) -> Manifest:
    """Put a backup into the database: an empty one, or with ``replace`` in place of what is there.

    A backup of an older program is put into its own tables, which are then brought up to date. All or nothing. Raises
    WrongUsage when the file is not a whole backup, Refused when the database holds records already.
    """
    manifest = inspect(storage, source)
    there = storage.version()
    if there is None:
        storage.migrate(manifest.revision)
    elif _holds_records(storage) and not replace:
        raise Refused("The database holds records already: restore into an empty one, or say --replace.")
    elif there != manifest.revision:
        raise Refused(
            f"The backup is of version {manifest.revision}, the database of {there}: restore into an empty database, "
            "which is then brought up to date."
        )
    with zipfile.ZipFile(source) as archive, storage.writing() as session:
        tables = _tables(session)
        ordered = [table for table in _metadata(tables).sorted_tables if table.name in tables]
        for table in reversed(ordered):
            _forget_references(session, table, ordered)
        for table in reversed(ordered):
            if table.name not in ONLY_GROWS:
                session.execute(delete(table))
        for place, table in enumerate(ordered):
            tell(table.name, place, len(ordered))
            _read_table(archive, session, table, later=_later(table, ordered), storage=storage)
        for table in ordered:
            _point(archive, session, table, _later(table, ordered), storage)
            follow_numbers(session, table)
        keep_marks(session)
    storage.migrate()
    with zipfile.ZipFile(source) as archive:
        for name in manifest.parts:
            target = (files / name.removeprefix("files/")).resolve()
            if name.startswith("files/") and target.is_relative_to(files.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
    return manifest


# Reading and writing of parts


def _write_table(archive: zipfile.ZipFile, session: Session, table: Table) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    keys = list(table.primary_key.columns)
    names = [f"{column.name}" for column in table.columns]  # SQLAlchemy's own kind of text is no key of JSON
    document = [isinstance(column.type, JSON) for column in table.columns]
    query = select(table).order_by(*keys).execution_options(yield_per=ROWS)
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
        for part in session.execute(query).partitions():
            lines = b"".join(
                orjson.dumps({n: _told(v, whole=d) for n, v, d in zip(names, row, document, strict=True)}) + b"\n"
                for row in part
            )
            digest.update(lines)
            out.write(lines)
            count += len(part)
    return count, digest.hexdigest()


def _write_file(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    body = path.read_bytes()
    archive.writestr(name, body)
    return hashlib.sha256(body).hexdigest()


def _digest_of(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as part:
        while chunk := part.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _rows(archive: zipfile.ZipFile, table: Table, storage: Storage) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table in parts, with the columns that the table has."""
    name = f"{table.name}.jsonl"
    if name not in archive.namelist():
        return
    part: list[dict[str, Any]] = []
    with archive.open(name) as lines:
        for line in lines:
            told = orjson.loads(line)
            part.append({column.name: _value(told.get(column.name), storage) for column in table.columns})
            if len(part) >= ROWS:
                yield part
                part = []
    if part:
        yield part


def _read_table(
    archive: zipfile.ZipFile, session: Session, table: Table, *, later: Sequence[Column[Any]], storage: Storage
) -> None:
    waiting = dict.fromkeys((column.name for column in later), None)
    there = set(session.scalars(select(table.c.id))) if table.name in ONLY_GROWS else ()
    for part in _rows(archive, table, storage):
        if there:
            part = [row for row in part if row["id"] not in there]
        if not part:
            continue
        session.execute(insert(table), [row | waiting for row in part] if waiting else part)


def _point(
    archive: zipfile.ZipFile, session: Session, table: Table, later: Sequence[Column[Any]], storage: Storage
) -> None:
    """Fill in references to rows that were not there yet when the row was written."""
    if not later:
        return
    keys = [column.name for column in table.primary_key.columns]
    names = [column.name for column in later]
    which = [table.c[key] == bindparam(f"_{key}") for key in keys]
    statement = update(table).where(*which).values({name: bindparam(f"to_{name}") for name in names})
    for part in _rows(archive, table, storage):
        wanted = [
            {f"_{key}": row[key] for key in keys} | {f"to_{name}": row[name] for name in names}
            for row in part
            if any(row[name] is not None for name in names)
        ]
        if wanted:
            session.connection().execute(statement, wanted)


# Tables


def _tables(session: Session) -> dict[str, Table]:
    """The tables as they stand in the database, whatever its version."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    return {name: table for name, table in metadata.tables.items() if name not in NOT_KEPT}


def _metadata(tables: Mapping[str, Table]) -> MetaData:
    return next(iter(tables.values())).metadata


def _later(table: Table, ordered: Sequence[Table]) -> list[Column[Any]]:
    """Columns that may point at rows which are written after their own."""
    place = {one.name: number for number, one in enumerate(ordered)}
    return [
        column
        for column in table.columns
        if column.nullable
        and any(place.get(key.column.table.name, -1) >= place[table.name] for key in column.foreign_keys)
    ]


def _forget_references(session: Session, table: Table, ordered: Sequence[Table]) -> None:
    later = _later(table, ordered)
    if later:
        session.execute(update(table).values({column.name: None for column in later}))


def _holds_records(storage: Storage) -> bool:
    with storage.reading() as session:
        tables = _tables(session)
        names = [name for name in ("record", "decision", "account") if name in tables]
        return any((session.scalar(select(func.count()).select_from(tables[name])) or 0) > 1 for name in names)


def _hold_still(storage: Storage, session: Session) -> None:
    """One state for all tables; a reader of SQLite has that anyway."""
    if not storage.sqlite:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


# Values


def _told(value: Any, *, whole: bool) -> Any:
    """A value as JSON; what JSON has no word for is marked by its kind."""
    if value is None or (isinstance(value, (bool, int, float, str)) and not whole):
        return value
    if whole:
        return {"json": value}
    if isinstance(value, datetime):
        return {"at": (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, Decimal):
        return {"exact": str(value)}
    return {"bytes": base64.b64encode(bytes(value)).decode()}


def _value(told: Any, storage: Storage) -> Any:
    """A value as the database's driver takes it."""
    if not isinstance(told, dict):
        return told
    ((kind, value),) = told.items()
    if kind == "json":
        return value
    if kind == "at":
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC).replace(tzinfo=None) if storage.sqlite else at
    if kind == "on":
        return date.fromisoformat(value)
    return Decimal(value) if kind == "exact" else base64.b64decode(value)
