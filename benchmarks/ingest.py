"""Ingest of publications with authors, from saved payloads to entities, beside the raw bulk insert of the same rows.

python -m benchmarks.ingest [--records 100000] [--postgres postgresql+psycopg://...]
"""

import argparse
import gzip
import json
import random
import resource
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import RESULTS, record
from puma.entities import Entity
from puma.harvesting import harvester
from puma.runs.harvest import harvest
from puma.storage import Storage


def payloads(file: Path, records: int) -> None:
    """Crossref works with five authors each, one JSON object a line; invented."""
    chance = random.Random(7)
    words = [f"word{n}" for n in range(3000)]
    with gzip.open(file, "wt", encoding="utf-8", compresslevel=1) as out:
        for number in range(records):
            work = {
                "DOI": f"10.5555/bench.{number}",
                "type": "journal-article",
                "title": [" ".join(chance.choices(words, k=11)).capitalize()],
                "container-title": [f"Journal of {words[number % 400]}"],
                "ISSN": ["1234-5679"],
                "volume": str(number % 90),
                "issued": {"date-parts": [[2000 + number % 25, 1 + number % 12, 1 + number % 28]]},
                "abstract": " ".join(chance.choices(words, k=120)),
                "is-referenced-by-count": number % 50,
                "author": [
                    {
                        "family": f"Family{chance.randrange(40_000)}",
                        "given": f"Given{chance.randrange(3_000)}",
                        "affiliation": [{"name": f"Institute {chance.randrange(9_000)}, Grenoble, France"}],
                    }
                    for _ in range(5)
                ],
            }
            out.write(json.dumps(work) + "\n")


def ours(url: str, file: Path) -> tuple[float, int]:
    """(seconds, records) of harvesting the file into a fresh database."""
    storage = Storage(url)
    storage.migrate()
    source = harvester("crossref").Source(name="bench", harvester="crossref", path=file)
    start = time.perf_counter()
    report = harvest(storage, source, progress=lambda what, done, total: None)
    took = time.perf_counter() - start
    storage.close()
    assert report.state == "done", (report.state, report.message)
    return took, report.counters["added"]


def rows_of(url: str) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """All rows that were written, by table."""
    storage = Storage(url)
    found = {}
    with storage.engine.connect() as connection:
        for table in Entity.metadata.sorted_tables:
            result = connection.execute(text(f'SELECT * FROM "{table.name}"'))
            found[table.name] = (list(result.keys()), [tuple(row) for row in result])
    storage.close()
    return found


def raw_sqlite(url: str, fresh: str, path: str) -> tuple[float, int]:
    """Seconds and rows of inserting the same rows with the driver alone, in one transaction."""
    rows = rows_of(url)
    Storage(fresh).migrate()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    start = time.perf_counter()
    connection.execute("BEGIN")
    for name, (columns, values) in rows.items():
        if values and name != "number_series":  # a migration fills that one
            marks = ",".join("?" * len(columns))
            names = ",".join(f'"{column}"' for column in columns)
            connection.executemany(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', values)
    connection.execute("COMMIT")
    return time.perf_counter() - start, sum(len(values) for _, values in rows.values())


def raw_postgres(url: str, fresh: str) -> tuple[float, int]:
    """The same with COPY on PostgreSQL."""
    rows = rows_of(url)
    storage = Storage(fresh)
    storage.migrate()
    raw = storage.engine.raw_connection()
    start = time.perf_counter()
    with raw.cursor() as cursor:
        for table in Entity.metadata.sorted_tables:
            columns, values = rows[table.name]
            if not values or table.name == "number_series":
                continue
            names = ",".join(f'"{column}"' for column in columns)
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in values:
                    copy.write_row([json.dumps(v) if isinstance(v, (dict, list)) else v for v in row])
    raw.commit()
    took = time.perf_counter() - start
    storage.close()
    return took, sum(len(values) for _, values in rows.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--postgres", help="address of an empty database that may be filled; a second one is made")
    chosen = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "works.jsonl.gz"
        payloads(file, chosen.records)
        url = f"sqlite:///{folder}/ours.db"
        took, count = ours(url, file)
        raw, rows = raw_sqlite(url, f"sqlite:///{folder}/raw.db", f"{folder}/raw.db")
        results.append(
            {"database": "sqlite", "publications_per_s": count / took, "rows": rows, "share_of_raw": raw / took}
        )
        if chosen.postgres:
            took, count = ours(chosen.postgres, file)
            name = chosen.postgres.rsplit("/", 1)[1]
            admin = Storage(chosen.postgres).engine.execution_options(isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}_raw"'))
                connection.execute(text(f'CREATE DATABASE "{name}_raw"'))
            raw, rows = raw_postgres(chosen.postgres, f"{chosen.postgres}_raw")
            results.append(
                {"database": "postgresql", "publications_per_s": count / took, "rows": rows, "share_of_raw": raw / took}
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for one in results:
        print(
            f"{one['database']:11} {one['publications_per_s']:8.0f} publications/s, {one['rows']:,} rows written, "
            f"{one['share_of_raw']:.0%} of the raw bulk insert of the same rows"
        )
    print(f"peak memory {peak:.0f} MB (the rival holds all rows in memory)")
    record(results, RESULTS / "ingest.json")


if __name__ == "__main__":
    main()
