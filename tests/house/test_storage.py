"""Transactions, many writers at once, bulk inserts and blocks of numbers, on both databases."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from puma.entities import Collection, Dataset, Entity, HarvestSource, Keyword, Link, Publication, Record
from puma.errors import WrongUsage
from puma.storage import Storage, insert_rows, take_numbers

AT = datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
WRITERS, TIMES = 20, 10


def collection(title: str) -> dict[str, Any]:
    return {"title": title, "description": "", "made_by": "test", "made_at": AT}


def records(session: Session, *numbers: int) -> None:
    rows = [
        {"id": n, "kind": "publication", "visibility": "public", "created_at": AT, "changed_at": AT} for n in numbers
    ]
    insert_rows(session, Record, rows)


def count(storage: Storage, entity: type[Entity]) -> int:
    with storage.reading() as session:
        return session.scalar(select(func.count()).select_from(entity)) or 0


def together(workers: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of ``work(0)`` ... begun by all workers at the same moment."""
    gate = threading.Barrier(workers)

    def begin(number: int) -> Any:
        gate.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(begin, range(workers)))


def test_sqlite_writes_ahead_and_enforces_foreign_keys(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path / 'new' / 'folder' / 'puma.db'}")
    for _ in range(3):  # every connection, not only the first
        with storage.reading() as first, storage.writing() as second:
            for session in (first, second):
                told = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
                assert told == {"journal_mode": "wal", "foreign_keys": 1}
    storage.close()


def test_a_row_that_refers_to_nothing_is_refused(storage: Storage) -> None:
    keyword = insert(Keyword).values(record_id=4711, namespace="AUTHOR", value="ice")
    with pytest.raises(IntegrityError), storage.writing() as session:
        session.execute(keyword)
    assert count(storage, Keyword) == 0


def test_what_hangs_on_a_record_goes_with_it(storage: Storage) -> None:
    with storage.writing() as session:
        records(session, 1)
        insert_rows(session, Publication, [{"id": 1, "title": "Spin ice"}])
        insert_rows(session, Keyword, [{"record_id": 1, "namespace": "AUTHOR", "value": "ice"}])
    with storage.writing() as session:
        session.execute(text("DELETE FROM record WHERE id = 1"))
    assert (count(storage, Publication), count(storage, Keyword)) == (0, 0)


def test_twenty_writers_at_once_lose_nothing_and_none_finds_the_database_locked(storage: Storage) -> None:
    def write(number: int) -> None:
        for time in range(TIMES):
            with storage.writing() as session:
                before = session.scalar(select(func.count()).select_from(Collection))
                session.execute(insert(Collection).values(**collection(f"{number}/{time} after {before}")))

    together(WRITERS, write)
    assert count(storage, Collection) == WRITERS * TIMES


def test_readers_are_not_kept_waiting_by_a_writer_and_see_one_state(storage: Storage) -> None:
    with storage.writing() as writer:
        writer.execute(insert(Collection).values(**collection("not yet")))
        assert count(storage, Collection) == 0
    assert count(storage, Collection) == 1


def test_a_block_that_raises_leaves_nothing_behind(storage: Storage) -> None:
    def write() -> None:
        with storage.writing() as session:
            session.execute(insert(Collection).values(**collection("half")))
            assert session.scalar(select(func.count()).select_from(Collection)) == 1
            raise KeyError("in the middle")

    with pytest.raises(KeyError):
        write()
    assert count(storage, Collection) == 0
    with storage.writing() as session:  # and the connection that it used is sound
        session.execute(insert(Collection).values(**collection("whole")))
    assert count(storage, Collection) == 1


def test_what_a_reading_transaction_writes_is_undone(storage: Storage) -> None:
    with storage.reading() as session:
        session.execute(insert(Collection).values(**collection("by mistake")))
    assert count(storage, Collection) == 0


NASTY = (
    "plain",
    "tab\there, line\nthere, return\rtoo",
    "back\\slash, \\N, \\., \\t",
    "quote \" and ' and ; and ,",
    "Ünïcödé 量子 🔬 \u202eright to left",
    "",
    "NULL",
    "{}",
)


def bulk_rows(first: int) -> dict[type[Entity], list[dict[str, Any]]]:
    """Rows that every kind of column has to carry, numbered from ``first``."""
    numbers = range(first, first + len(NASTY))
    moments = [AT, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), AT.astimezone(timezone(timedelta(hours=5.5)))]
    return {
        Record: [
            {"id": n, "kind": "publication", "created_at": moments[n % 3], "changed_at": AT, "deleted_at": None}
            for n in numbers
        ],
        Publication: [
            {
                "id": n,
                "title": words,
                "abstract": words if n % 2 else None,
                "published_on": date(1066, 10, 14) if n % 3 else None,
                "year": 2000 + n % 7,
                "citations": 2**40 + n % 7,
                "retracted": bool(n % 2),
            }
            for n, words in zip(numbers, NASTY, strict=True)
        ],
        Link: [
            {
                "left_id": n,
                "right_id": first,
                "relation": "publication-publication",
                "state": "candidate",
                "tier": "low",
                "channel": "text",
                "score": -0.1 + n % 7,
                "probability": 1 / 3,
                "evidence": [{"kind": words, "points": 0.1, "detail": {words: [None, True, 1e-300]}}],
                "evidence_digest": "",
                "model": "",
                "found_at": AT,
                "decided_at": None,
            }
            for n, words in zip(numbers, NASTY, strict=True)
        ],
    }


def values(session: Session, entity: type[Entity], first: int) -> list[tuple[Any, ...]]:
    """All values of the rows numbered from ``first``, without the numbers themselves."""
    key = Link.left_id if entity is Link else entity.__table__.c.id
    columns = [c for c in entity.__table__.columns if c.name not in ("id", "left_id", "right_id")]
    rows = session.execute(select(*columns).where(key >= first, key < first + 70).order_by(key))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("entity", [Record, Publication, Link], ids=lambda entity: entity.__name__)
def test_rows_in_bulk_are_what_rows_one_by_one_are(storage: Storage, entity: type[Entity]) -> None:
    bulk, single = 42, 126  # both the same modulo two, three and seven, so that the values are the same
    with storage.writing() as session:
        for one, rows in bulk_rows(bulk).items():
            insert_rows(session, one, rows)
        for one, rows in bulk_rows(single).items():
            for row in rows:
                session.execute(insert(one).values(**row))
    with storage.reading() as session:
        assert len(values(session, entity, bulk)) == len(NASTY)
        assert values(session, entity, bulk) == values(session, entity, single)


def test_defaults_are_filled_in_bulk_too(storage: Storage) -> None:
    with storage.writing() as session:
        insert_rows(session, Record, [{"id": 1, "kind": "dataset", "created_at": AT, "changed_at": AT}])
        insert_rows(session, Record, [{"id": 2, "kind": "publication", "created_at": AT, "changed_at": AT}])
        insert_rows(session, Dataset, [{"id": 1, "title": "Raw data"}])
        insert_rows(session, Publication, [{"id": 2, "title": "Spin ice"}])
        insert_rows(session, Publication, [])
    with storage.reading() as session:
        assert session.execute(select(Record.visibility)).scalars().all() == ["public", "public"]
        assert session.execute(select(Publication.type, Publication.retracted)).one() == ("OTHER", False)


def test_an_instant_comes_back_aware_and_in_utc(storage: Storage) -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-11)))
    with storage.writing() as session:
        session.execute(insert(HarvestSource).values(name="x", harvester="x", precedence=1, fresh_at=elsewhere))
    with storage.reading() as session:
        found = session.scalar(select(HarvestSource.fresh_at))
    assert found == AT
    assert found.utcoffset() == timedelta(0)


def test_an_instant_without_zone_is_refused(storage: Storage) -> None:
    row = {"name": "x", "harvester": "x", "precedence": 1, "fresh_at": datetime(2024, 1, 1)}
    with pytest.raises(Exception, match="time zone"), storage.writing() as session:
        session.execute(insert(HarvestSource).values(**row))


def test_no_number_is_given_twice_to_writers_at_once(storage: Storage) -> None:
    with storage.writing() as session:
        take_numbers(session, "record", 1)

    def take(number: int) -> list[int]:
        taken: list[int] = []
        for size in (1, 7, 0, 30, 2):
            with storage.writing() as session:
                taken += take_numbers(session, "record", size + number % 2)
        return taken

    taken = Counter(number for numbers in together(WRITERS, take) for number in numbers)
    assert max(taken.values()) == 1
    assert 1 not in taken
    assert sorted(taken) == list(range(2, 2 + len(taken)))  # and none is left out


def test_two_who_take_the_first_numbers_of_a_series_both_get_theirs(storage: Storage) -> None:
    def take() -> list[int]:
        with storage.writing() as session:
            return list(take_numbers(session, "record", 3))

    with ThreadPoolExecutor(1) as pool:
        with storage.writing() as session:
            first = list(take_numbers(session, "record", 3))
            second = pool.submit(take)
            with pytest.raises(TimeoutError):  # it waits until this transaction is over
                second.result(timeout=1)
        assert sorted(first + second.result(timeout=60)) == list(range(1, 7))


def test_numbers_of_a_transaction_that_was_undone_may_be_given_again_but_never_clash(storage: Storage) -> None:
    def fail() -> None:
        with storage.writing() as session:
            records(session, *take_numbers(session, "record", 5))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with storage.writing() as session:
        records(session, *take_numbers(session, "record", 5))
    assert count(storage, Record) == 5


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://somewhere/x", "oracle://x"])
def test_another_database_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(WrongUsage, match=r"\[database\] url"):
        Storage(url)
