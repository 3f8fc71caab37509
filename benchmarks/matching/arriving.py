"""One publication arriving in a database that was matched: how long it takes until all that follows from it is stored.

python -m benchmarks.matching.arriving [--sizes 12500 25000]

Proposals are half as many as publications. The first one opens what the full matching kept; it is told apart from those
that follow in the same process. A process of its own also has to import the program.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.matching.scale_data import MADE, Made, invent, store
from puma.entities import Authorship, Publication, Record
from puma.linking import MatchReport, match
from puma.settings import FilesSettings, Settings, WorkSettings
from puma.storage import Storage, insert_rows, take_numbers

MORE = 8  # publications that arrive, one after the other


def bring(storage: Storage, made: Made, number: int, hour: int) -> None:
    """One of the invented publications, as a harvest brings it."""
    work, when = made.works[number], MADE + timedelta(hours=hour)
    names = [made.persons[options[0][0] - 1] for options in work.authors]
    with storage.writing() as session:
        record = take_numbers(session, "record", 1).start
        insert_rows(session, Record, [{"id": record, "kind": "publication", "created_at": when, "changed_at": when}])
        said = {"title": work.title, "abstract": work.text, "published_on": work.day, "published_precision": "day"}
        insert_rows(session, Publication, [{"id": record, "type": "JOURNAL_ARTICLE", **said}])
        insert_rows(
            session, Authorship,
            [
                {"record_id": record, "position": place, "name": ", ".join(name), "family_name": name[0],
                 "given_name": name[1]}
                for place, name in enumerate(names, start=1)
            ],
        )  # fmt: skip


def arriving(size: int, processes: int) -> dict[str, Any]:
    """The milliseconds of each that arrives after a full matching; processes: not used, one does it all."""
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(f"sqlite:///{folder}/puma.db")
        storage.migrate()
        made = invent(size // 2, size + MORE)
        store(replace(made, works=made.works[:size]), storage)
        settings = Settings(files=FilesSettings(folder=Path(folder) / "files"), work=WorkSettings(processes=1))

        def at_hour(hour: int) -> tuple[float, float, MatchReport]:
            begin, cpu = time.perf_counter(), time.process_time()
            report = match(
                storage, settings, at=MADE + timedelta(hours=hour), progress=lambda *_: None, only_if_changed=True
            )
            return time.perf_counter() - begin, time.process_time() - cpu, report

        _, whole, _ = at_hour(0)
        took = []
        for hour in range(1, MORE + 1):
            bring(storage, made, size + hour - 1, hour)
            *seconds, report = at_hour(hour)
            assert report.counters["publications_changed"] == hour
            took.append([round(1000 * one) for one in seconds])
        storage.close()
    figures: dict[str, Any] = {"publications": size, "proposals": size // 2, "full matching, cpu s": round(whole, 1)}
    figures |= {"first, cpu ms": took[0][1], "second, cpu ms": took[1][1], "each, cpu ms": [cpu for _, cpu in took]}
    return figures | {"median of the others, cpu ms": median(cpu for _, cpu in took[1:]), "passed ms": took[1][0]}


def main() -> None:
    """Print the figures of each size."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--sizes", type=int, nargs="*", default=[12_500, 25_000])
    for size in reader.parse_args().sizes:
        print("one arriving", ", ".join(f"{name} {value}" for name, value in arriving(size, 1).items()), flush=True)


if __name__ == "__main__":
    main()
