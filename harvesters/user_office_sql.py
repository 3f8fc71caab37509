"""A user office's database: one query per table, over any SQLAlchemy address, or saved results of such queries."""

from __future__ import annotations

import json
import math
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import ConfigDict, Field, SecretStr, model_validator
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from harvesters._reading import parsed
from harvesters._table_claims import claims_of
from harvesters._table_files import NEEDED, TABLES, Row, Skipped, saved_tables
from harvesters._table_records import PAGE, Held, pages, records
from harvesters._table_staging import Staged
from harvesters._user_office_project import QUERIES
from puma import harvesting
from puma.claims import Claim
from puma.errors import Refused, StopRun, TryLater, WrongUsage
from puma.harvesting import Page, Visit, from_environment
from puma.harvesting.guard import is_public
from puma.text import clean_text

PRESETS = {"user_office_project": QUERIES}
AT_ONCE = 1000  # rows that are held in memory
_QUESTION = re.compile(r"\s*(?:select|with|values|table)\b", re.IGNORECASE)
_READ_ONLY = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "START TRANSACTION WITH CONSISTENT SNAPSHOT"),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "START TRANSACTION WITH CONSISTENT SNAPSHOT"),
    "oracle": ("SET TRANSACTION READ ONLY",),
    "sqlite": ("PRAGMA query_only = ON",),
}


class Source(harvesting.Source):
    """Holds what the queries give: calls, proposals with their teams and beam time, sessions and who was there. Lacks
    publications, unless a query brings them.

    Each query's result has the columns of the table of that name; further columns are told as left over. Queries with
    ORDER BY give the team in the order it has. ``preset = "user_office_project"`` brings the queries for that program;
    one of your own for a table wins over it, an empty one leaves the table out. Everything is read in one read-only
    transaction, row by row, and laid down in a temporary file. ``path``: a folder of CSV files of the same results.

    A database is no web server: what keeps this source from strange places is that its address stands in puma.toml
    alone, that nothing is followed from there, that a private or loopback host needs ``allow_private = true``, and
    that the database itself refuses to write. Give it an account that may only read.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    database: SecretStr | None = Field(
        default=None, description="SQLAlchemy address: postgresql+psycopg://reader@host/name, or env:NAME of a variable"
    )
    password: SecretStr = Field(default=SecretStr(""), description="env:NAME of the variable with the password")
    preset: Literal["", "user_office_project"] = Field(default="", description="queries that come with the program")
    self_declared: bool = Field(
        default=False,
        description="read the gender and career stage that people declare of themselves; else neither is kept",
    )
    queries: dict[str, str] = Field(default_factory=dict, description='queries.proposals = "SELECT ... AS code ..."')

    needs_address: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """The database without its account, or the folder of saved results."""
        return _shown(_address(self)) if self.database is not None else super().place

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if self.url is not None:
            raise ValueError("its address is database = ..., not url = ...")
        if (self.database is None) == (self.path is None):
            raise ValueError("give either database or path")
        if unknown := self.queries.keys() - TABLES.keys():
            raise ValueError(f"queries: there is no table {min(unknown)}; there are: {', '.join(TABLES)}")
        for table, query in self.queries.items():
            if query.strip() and (not _QUESTION.match(query) or ";" in _without_strings(query).rstrip("; \n\t")):
                raise ValueError(f"queries.{table} must be one SELECT")
        if self.database is not None and not asked_queries(self):
            raise ValueError('give queries.<table> = "SELECT ...", or a preset')
        secret = self.password.get_secret_value()
        if secret and not secret.startswith(harvesting.ENVIRONMENT):
            raise ValueError('the password is a secret: write password = "env:NAME_OF_A_VARIABLE"')
        return self


def _without_strings(query: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"", "", query)


def asked_queries(source: Source) -> dict[str, str]:
    """The query of each table that is asked for, in the order of the tables."""
    wanted = {**PRESETS.get(source.preset, {}), **source.queries}
    return {table: wanted[table].strip().rstrip(";") for table in TABLES if wanted.get(table, "").strip()}


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """All tables in one transaction, because they point at each other; then one raw record per row with what hangs
    on it, in the order of their codes. Memory holds a page of them."""
    skipped: Skipped = []
    if source.path is not None:
        tables = Held(saved_tables(source, skipped))
        yield from pages(tables, source.facility, skipped, visit.cursor, self_declared=source.self_declared)
        return
    with Staged() as staged:
        with _connected(source) as connection:
            for table, query in asked_queries(source).items():
                staged.lay_down(table, _rows(connection, source, table, query))
        staged.ready()
        yield from _streamed(staged, source, visit)


def _streamed(staged: Staged, source: Source, visit: Visit) -> Iterator[Page]:
    skipped: Skipped = []
    found = records(staged, source.facility, skipped, self_declared=source.self_declared)
    last = str((visit.cursor or {}).get("last") or "")
    if last and not any(record.key == last for record in found):
        found = records(
            staged, source.facility, skipped, self_declared=source.self_declared
        )  # it was taken out meanwhile: from the beginning, then
    skipped.clear()  # told with the pages before
    while batch := tuple(islice(found, PAGE)):
        told = tuple(skipped)
        skipped.clear()
        yield Page(batch, {"last": batch[-1].key}, skipped=told)
        last = batch[-1].key
    if skipped:
        yield Page((), {"last": last}, skipped=tuple(skipped))


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one row and of the rows that hang on it, as of a file with the same table."""
    return claims_of(parsed(payload), source)


# --- The database ----------------------------------------------------------------------------------------------------


@contextmanager
def _connected(source: Source) -> Iterator[Connection]:
    """A connection in a transaction that can only read. Raises TryLater when the database does not answer."""
    url = _address(source)
    shown = _shown(url)
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=_patience(url, source))
    except (NoSuchModuleError, ImportError):
        raise WrongUsage(f'Source "{source.name}": no driver for {url.drivername} is installed.') from None
    except (ArgumentError, TypeError):
        raise WrongUsage(f'Source "{source.name}": {shown} is no database address.') from None
    try:
        with engine.connect() as connection:
            for statement in _READ_ONLY.get(url.get_backend_name(), ()):
                connection.exec_driver_sql(statement)
            if url.get_backend_name() == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(source.timeout_s * 1000)}")
            try:
                yield connection
            finally:
                connection.rollback()
    except DBAPIError as error:
        if error.connection_invalidated or error.statement is None:
            raise TryLater(f'Source "{source.name}": {shown} does not answer: {_reason(error, url)}') from None
        raise StopRun(f'Source "{source.name}": {shown} refuses a query: {_reason(error, url)}') from None
    except SQLAlchemyError as error:
        raise StopRun(f'Source "{source.name}": {shown}: {type(error).__name__}.') from None
    finally:
        engine.dispose()


def _address(source: Source) -> URL:
    """The address with its password. Raises WrongUsage, or Refused for a private host that is not allowed."""
    assert source.database is not None
    written = from_environment(source.database.get_secret_value(), f'source "{source.name}": database')
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise WrongUsage(f'Source "{source.name}": database is no SQLAlchemy address.') from None
    if password := source.password.get_secret_value():
        url = url.set(password=from_environment(password, f'source "{source.name}": password'))
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if not file.is_file():
            raise WrongUsage(f'Source "{source.name}": there is no SQLite file {url.database}.')
        return url.set(database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"})
    if not source.allow_private:
        _refuse_private(url, source)
    return url


def _refuse_private(url: URL, source: Source) -> None:
    places = [url.host or "", *(str(value) for name, value in url.query.items() if name in ("host", "hostaddr"))]
    for host in [place for place in places if place] or [""]:
        try:
            near = not host or host.startswith("/")  # a socket of this machine
            found = [] if near else [str(entry[4][0]) for entry in socket.getaddrinfo(host, None)]
        except (OSError, UnicodeError):
            raise TryLater(f'Source "{source.name}": {host} has no address.') from None
        if not found or not all(is_public(address) for address in found):
            place = host or "a database on this machine"
            raise Refused(f'Source "{source.name}": {place} is private, which needs allow_private = true.')


def _patience(url: URL, source: Source) -> dict[str, Any]:
    seconds = max(2, int(source.timeout_s))
    names = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mariadb": "connect_timeout"}
    names["sqlite"] = "timeout"
    name = names.get(url.get_backend_name())
    return {name: seconds} if name else {}


def _shown(url: URL) -> str:
    """The address without user, password and options."""
    place = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    return f"{url.get_backend_name()}://{place}/{(url.database or '').removeprefix('file:')}"


def _reason(error: DBAPIError, url: URL) -> str:
    """The first line of the driver's words, without the password, wherever it may stand in them."""
    words = clean_text(next(iter(str(error.orig).splitlines()), "") or type(error.orig).__name__)
    secrets = [url.password, *(value for name, value in url.query.items() if "pass" in name.lower())]
    for secret in secrets:
        if secret:
            words = words.replace(str(secret), "...")
    return words[:300]


def _rows(connection: Connection, source: Source, table: str, query: str) -> Iterator[Row]:
    """The rows of a result as text, some at a time. Raises StopRun when it lacks a column that the table needs."""
    options = {"stream_results": True, "yield_per": AT_ONCE, "no_parameters": True}
    result = connection.exec_driver_sql(query, execution_options=options)
    header = [clean_text(name).lower().replace(" ", "_") for name in tuple(result.keys())]
    if missing := [column for column in NEEDED[table] if column not in header]:
        raise StopRun(f'Source "{source.name}": the result of queries.{table} has no column {", ".join(missing)}.')
    for some in result.partitions(AT_ONCE):
        for values in some:
            named = zip(header, values, strict=True)
            yield {column: text for column, value in named if (text := clean_text(_cell(value)))}


def _cell(value: object) -> str:
    """A value as it would stand in a CSV file."""
    if value is None or isinstance(value, bytes | memoryview):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        whole = math.isfinite(value) and value == int(value)
        return str(int(value)) if whole else str(float(value))
    if isinstance(value, datetime):
        midnight = value.timetz().replace(tzinfo=None) == time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ";".join(_cell(one) for one in value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else str(value)
