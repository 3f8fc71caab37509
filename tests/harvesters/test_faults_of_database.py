"""The database fails at the n-th write, for all n: whatever was cut short, the next harvest makes it whole."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, Make
from faulty.library import Library, items
from sqlalchemy import event, update
from stored import added, loose_ends, stored

from puma.entities import HarvestSource
from puma.errors import TryLater
from puma.storage import Storage, now

WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE", "COMMIT")


class Disk:
    """Counts writes; those from ``first`` to ``last`` fail as on a full disk."""

    def __init__(self) -> None:
        self.first = self.last = self.count = 0

    def write(self, statement: str) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self.count += 1
            if self.first <= self.count <= self.last:
                raise sqlite3.OperationalError("database or disk is full")


def on(storage: Storage, disk: Disk) -> None:
    """Connect the storage anew, through connections whose writes the disk may refuse."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            disk.write(sql)
            return super().execute(sql, *given)

        def executemany(self, sql: str, *given: Any) -> sqlite3.Cursor:
            disk.write(sql)
            return super().executemany(sql, *given)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            if self.in_transaction:
                try:
                    disk.write("COMMIT")
                except sqlite3.OperationalError:
                    self.rollback()  # as SQLite does when there is no room
                    raise
            super().commit()

    def connect(dialect: Any, record: Any, args: Any, given: dict[str, Any]) -> Any:
        return dialect.connect(*args, **given, factory=Connection)

    storage.engine.dispose()
    own = storage.engine.pool._dialect  # the engine's own one is shared by all tests
    event.listen(own, "do_connect", connect)


def small(bench: Make) -> Bench:
    """A database that knows four records; one of them has changed, one is gone, two are new."""
    one = bench(Library(items(4), page_size=3))
    assert one.harvest().state == "done"
    one.library.items = [item for item in items(6) if item.number != 1]
    one.library.item(2).title = "Another title"
    return one


def put_back(storage: Storage, held: bytes) -> None:
    """The database as it was when its file was read."""
    storage.close()
    file = Path(str(storage.engine.url.database))
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    file.write_bytes(held)


def quarter_of_an_hour_later(one: Bench) -> None:
    """The lease of a run that could not even write its end is over."""
    with one.storage.writing() as session:
        held = update(HarvestSource).where(HarvestSource.leased_until.is_not(None))
        session.execute(held.values(leased_until=now() - timedelta(minutes=1)))


@pytest.mark.slow
@pytest.mark.parametrize("lasts", ["once", "to the end"])
def test_a_harvest_whose_nth_write_fails_is_whole_after_the_next_one(bench: Make, lasts: str) -> None:
    one, disk = small(bench), Disk()
    on(one.storage, disk)
    held = Path(str(one.storage.engine.url.database)).read_bytes()
    before = stored(one.storage).keys
    disk.count = 0
    assert one.harvest(full=True).state == "done"
    number = disk.count
    assert number > 20
    for nth in range(1, number + 1):
        put_back(one.storage, held)
        disk.count, disk.first, disk.last = 0, nth, nth if lasts == "once" else 1_000_000
        try:
            state = one.harvest(full=True).state
        except TryLater:
            state = "raised"
        assert state in ("stopped", "failed", "raised"), nth
        disk.first = disk.last = 0
        quarter_of_an_hour_later(one)
        assert before - stored(one.storage).keys <= {"oai:test:1"}, nth
        assert one.harvest(full=True).state == "done", nth
        assert stored(one.storage) == one.reference(), nth
        left = loose_ends(one.storage)
        assert (left["checkpoint"], left["lease"]) == (0, 0), nth
        assert added(one.storage) == 6, nth
