"""Tables on disk: rows of a database laid down one by one, then looked up and read in the order of their codes."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from harvesters._table_files import Row
from harvesters._table_records import Found, folded

LINKS = {
    "instruments": "name",
    "calls": "code",
    "operation": "instrument",
    "proposals": "code",
    "proposal_instruments": "proposal",
    "participants": "proposal",
    "sessions": "code",
    "session_participants": "session",
    "publications": "source_id",
    "datasets": "doi",
    "contributions": "country",
    "journals": "issn",
}
"""The column by which rows of a table are put in order and looked up; people are looked up by their key, too."""
CODES = frozenset(("code", "proposal", "session"))


class Staged:
    """Tables in a file that only this process can read and that is gone with the ``with`` block.

    Memory stays the same however many rows there are. Rows of one code keep the order in which they were laid down.
    """

    def __enter__(self) -> "Staged":
        self._folder = TemporaryDirectory(prefix="puma-tables-")
        self._file = sqlite3.connect(Path(self._folder.name) / "rows.db", isolation_level=None)
        self._file.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;"
            "CREATE TABLE staged (tbl TEXT, link TEXT, n INTEGER, person TEXT, body TEXT);"
        )
        self._count = 0
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._folder.cleanup()

    def lay_down(self, table: str, rows: Iterator[Row]) -> int:
        """Add the rows of a table. Returns how many there were."""
        before = self._count
        self._file.execute("BEGIN")
        self._file.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?)", self._lines(table, rows))
        self._file.execute("COMMIT")
        return self._count - before

    def _lines(self, table: str, rows: Iterator[Row]) -> Iterator[tuple[str, str, int, str | None, str]]:
        column = LINKS[table]
        for row in rows:
            self._count += 1
            word = row.get(column, "")
            link = folded(column, word) if column in CODES else word
            person = row.get("person_key") if table == "participants" else None
            yield table, link, self._count, person, json.dumps(row, ensure_ascii=False)

    def ready(self) -> None:
        """All rows are there: they can be looked up from now on."""
        self._file.execute("CREATE INDEX by_link ON staged (tbl, link, n)")
        self._file.execute("CREATE INDEX by_person ON staged (person, n) WHERE person IS NOT NULL")

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table in the order of their codes."""
        for (body,) in self._file.execute("SELECT body FROM staged WHERE tbl = ? ORDER BY link, n", (table,)):
            yield json.loads(body)

    def by(self, table: str, column: str) -> Found:
        """Looks up rows of a table by its code, or participants by their key."""
        if column not in ("person_key", LINKS[table]):
            raise ValueError(f"{table} cannot be looked up by {column}")
        where = "person = ?" if column == "person_key" else "tbl = ? AND link = ?"
        query = f"SELECT body FROM staged WHERE {where} ORDER BY n"

        def find(value: str) -> list[Row]:
            key = folded(column, value)
            found = self._file.execute(query, (key,) if column == "person_key" else (table, key))
            return [json.loads(body) for (body,) in found]

        return find
