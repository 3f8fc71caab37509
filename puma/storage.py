"""Storage: the only room that knows which of the two databases is in use, opens transactions and closes them."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import orjson
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from puma.entities import Entity, NumberSeries
from puma.errors import TryLater, WrongUsage

CHUNK = 900  # values in one IN (...): below every limit of SQLite and well within a good plan of PostgreSQL
BUSY_S = 60  # how long a writer of SQLite waits for another one
MIGRATIONS = Path(__file__).parent / "migrations"
PAIRS_OF = ("link", "record", "publication", "proposal_time", "participant", "experiment", "dataset")
"""The tables that say which pairs wait for a person, for whom, and in which order."""
LOGGED = "logged"  # option of a statement whose whole effect on pairs stands in the log of decisions
DOUBTS_OF = (
    *PAIRS_OF, "claim", "source", "publication_version", "authorship", "authorship_affiliation", "affiliation",
    "affiliation_institution", "institution", "institution_name", "institution_pair", "person", "person_affiliation",
    "person_pair", "proposal", "transfer", "instrument", "instrument_period", "facility", "identifier",
)  # fmt: skip
"""The tables that the queues of the integration page are made of, besides the log of decisions."""
_OF = {"pairs": PAIRS_OF, "doubts": DOUBTS_OF}
_WRITES = {
    name: re.compile(rf'(?:INSERT INTO|UPDATE|DELETE FROM) "?(?:{"|".join(tables)})"?\s')
    for name, tables in _OF.items()
}
_CHANGED = "changed"  # what was written on a connection, of ``_OF``

T = TypeVar("T")
Row = Mapping[str, Any]


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """``values`` in pieces of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


class Storage:
    """One database, SQLite or PostgreSQL, by its URL.

    ``writing()`` and ``reading()`` are the transactions; everything else happens inside one of them.
    Raises WrongUsage for an address that SQLAlchemy cannot read, TryLater when the database does not answer.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise WrongUsage(f"[database] url is not a database address: {error}") from error
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if not self.sqlite and parsed.get_backend_name() != "postgresql":
            raise WrongUsage("[database] url must begin with sqlite:/// or postgresql+psycopg://")
        if self.sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self.url = parsed.render_as_string(hide_password=True)
        self.engine = create_engine(parsed, pool_pre_ping=not self.sqlite, json_serializer=json_text)
        event.listen(self.engine, "before_cursor_execute", _note_changes)
        if self.sqlite:
            _prepare_sqlite(self.engine)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that may write: kept when the block ends well, undone when it raises."""
        with self._session(writes=True) as session:
            yield session
            session.flush()
            written = session.connection().info.pop(_CHANGED, ()) if session.in_transaction() else ()
            for name in sorted(written):
                _count_change(session, name)
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that reads one consistent state; whatever it would write is undone."""
        with self._session(writes=False) as session:
            yield session

    @contextmanager
    def _session(self, *, writes: bool) -> Iterator[Session]:
        one_state = {} if writes or self.sqlite else {"isolation_level": "REPEATABLE READ"}
        engine = self.engine.execution_options(writes=writes, **one_state)
        try:
            with Session(engine, expire_on_commit=False, autoflush=False) as session:
                try:
                    yield session
                except DBAPIError:
                    session.invalidate()  # after a commit that failed, nobody knows what the connection still holds
                    raise
        except OperationalError as error:
            raise TryLater(f"The database {self.url} does not answer: {error.orig}") from error

    def migrate(self, to: str = "head") -> None:
        """Bring the tables to the newest version, or to another one; a database newer than the program is refused."""
        self.check_not_newer()
        command.upgrade(self.migrations(), to)

    def check_not_newer(self) -> None:
        """Raise WrongUsage when a newer program wrote this database."""
        found = self.version()
        if found is not None and not self.knows(found):
            raise WrongUsage(f"The database is at version {found}, which a newer program wrote: update the program.")

    def knows(self, revision: str) -> bool:
        """Whether this program has a migration of that number."""
        scripts = ScriptDirectory.from_config(self.migrations()).walk_revisions()
        return any(script.revision == revision for script in scripts)

    def version(self) -> str | None:
        """The migration that the database is at; None for an empty one."""
        try:
            with self.engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        except DBAPIError as error:
            raise TryLater(f"The database {self.url} does not answer: {error.orig}") from error

    def is_current(self) -> bool:
        """Whether the tables are at the newest version."""
        return self.version() == ScriptDirectory.from_config(self.migrations()).get_current_head()

    def migrations(self) -> Config:
        """Alembic's configuration, bound to this database."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        return config

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, patience, and writers that queue when their transaction starts."""

    @event.listens_for(engine, "connect")
    def settings(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # the transaction begins where we say, below
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_S * 1000}"):
            dbapi_connection.execute(f"PRAGMA {pragma}")
        dbapi_connection.execute("PRAGMA cache_size=-65536")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _note_changes(
    connection: Connection, _cursor: object, statement: str, _parameters: object, context: Any, _several: object
) -> None:
    """Mark a connection on which something is written that pairs or doubts are made of, but for what the log tells
    anyway."""
    options = context.execution_options if context is not None else {}
    if options.get("writes", True) and not options.get(LOGGED):
        written = {name for name, writes in _WRITES.items() if writes.search(statement)}
        connection.info.setdefault(_CHANGED, set()).update(written)


def _note_rows(session: Session, table: Table) -> None:
    """Mark a connection on which rows of a table are written past the toolkit."""
    written = {name for name, tables in _OF.items() if table.name in tables}
    session.connection().info.setdefault(_CHANGED, set()).update(written)


def _count_change(session: Session, name: str) -> None:
    """Let ``changed`` be greater than it ever was; last in a transaction, so that nobody waits for another."""
    at = time.time_ns() // 1000  # after a backup was put back no number comes twice
    session.execute(
        text(
            "INSERT INTO number_series (name, next) VALUES (:name, :at) ON CONFLICT (name) DO UPDATE "
            "SET next = CASE WHEN number_series.next < excluded.next THEN excluded.next ELSE number_series.next + 1 END"
        ),
        {"name": name, "at": at},
    )


def changed(session: Session, name: Literal["pairs", "doubts"]) -> int:
    """Greater after each transaction that wrote one of ``PAIRS_OF`` or ``DOUBTS_OF``; decisions on pairs stand in their
    log instead."""
    return session.scalar(select(NumberSeries.next).where(NumberSeries.name == name)) or 0


def keep_marks(session: Session) -> None:
    """Let the marks stay as this transaction wrote them: a backup that is put back has its own. One that is older than
    a mark gets it new."""
    there = session.scalars(select(NumberSeries.name))
    session.connection().info.get(_CHANGED, set()).difference_update(there)


def insert_rows(session: Session, entity: type[Entity], rows: Sequence[Row]) -> None:
    """Insert many rows in one go: COPY on PostgreSQL, executemany on SQLite. All rows have the keys of the first.

    The driver is given the rows directly, because the toolkit's own way costs as much again as the insert itself.
    """
    if not rows:
        return
    table = cast(Table, entity.__table__)
    _note_rows(session, table)
    dialect = session.get_bind().dialect
    names = list(rows[0])
    defaults = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in names and isinstance(column.default, ScalarElementColumnDefault)
    }
    ready = zip(*_by_column(table, names, rows, dialect), *(repeat(value) for value in defaults.values()), strict=False)
    columns = ", ".join(f'"{name}"' for name in [*names, *defaults])
    cursor: Any = session.connection().connection.cursor()
    if dialect.name == "postgresql":
        with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for values in ready:
                copy.write_row(values)
        return
    marks = ", ".join("?" for _ in [*names, *defaults])
    _for_each(cursor, f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', ready)


def _by_column(table: Table, names: Sequence[str], rows: Sequence[Row], dialect: Dialect) -> Iterator[Iterable[Any]]:
    """The values of each column as the driver takes them.

    Without a loop of our own: each step runs in C, a value that needs no change costs one lookup.
    """
    for name in names:
        way, values = _adapter(table.c[name].type, dialect), map(itemgetter(name), rows)
        yield map(way, values) if way else values


def _for_each(cursor: sqlite3.Cursor, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Execute a statement of SQLite for each row; errors are those of the toolkit."""
    try:
        cursor.executemany(statement, rows)
    except sqlite3.IntegrityError as error:
        raise DatabaseIntegrityError(statement, None, error) from error
    except sqlite3.OperationalError as error:  # a full disk, a locked file
        raise OperationalError(statement, None, error) from error


def _adapter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes a value ready for the driver; None when nothing has to be done."""
    way = kind.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=4096)(way) if way and kind.python_type in (date, datetime) else way  # few days, many rows


def json_text(value: object) -> str:
    """JSON as it is stored; numbers beyond 64 bits and keys that are no text take the standard library's way."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def listed(session: Session, numbers: Sequence[int]) -> Select[int]:
    """These numbers as the rows of a query, however many: for IN (...) in one statement, on each of the two."""
    if session.get_bind().dialect.name == "postgresql":
        rows = func.jsonb_array_elements_text(literal(list(numbers), JSONB)).table_valued("value")
    else:
        rows = func.json_each(json_text(list(numbers))).table_valued("value")
    return select(sql_cast(rows.c.value, BigInteger))


def update_rows(session: Session, entity: type[Entity], rows: Sequence[Row]) -> None:
    """Update many rows by their ``id``; all rows have the keys of the first. What the session holds stays as it is."""
    if not rows:
        return
    table = cast(Table, entity.__table__)
    names = [name for name in rows[0] if name != "id"]
    dialect = session.get_bind().dialect
    if dialect.name == "sqlite":  # the driver directly, as for inserting
        _note_rows(session, table)
        cells = ", ".join(f'"{name}" = ?' for name in names)
        ready = zip(*_by_column(table, [*names, "id"], rows, dialect), strict=False)
        cursor: Any = session.connection().connection.cursor()
        _for_each(cursor, f'UPDATE "{table.name}" SET {cells} WHERE "id" = ?', ready)
        return
    wanted = (
        update(table).where(table.c.id == bindparam("of_id")).values({one: bindparam(f"to_{one}") for one in names})
    )
    values = [{"of_id": row["id"], **{f"to_{name}": row[name] for name in names}} for row in rows]
    session.connection().execute(wanted, values)


def follow_numbers(session: Session, table: Table) -> None:
    """Let a table count on from its highest number, after rows were written with numbers of their own."""
    key = table.primary_key.columns
    if session.get_bind().dialect.name != "postgresql" or len(key) != 1 or not isinstance(key[0].type, Integer):
        return  # SQLite counts on by itself
    series = session.scalar(select(func.pg_get_serial_sequence(table.name, key[0].name)))
    if series:
        highest = session.scalar(select(func.max(key[0])))
        session.execute(select(func.setval(series, highest or 1, highest is not None)))


def take_numbers(session: Session, series: str, count: int) -> range:
    """A block of numbers of a series (record, raw_record, affiliation) that nobody else has or will get."""
    if count == 0:
        return range(0)
    statement = update(NumberSeries).where(NumberSeries.name == series).values(next=NumberSeries.next + count)
    end = session.execute(statement.returning(NumberSeries.next)).scalar_one()
    return range(end - count, end)
