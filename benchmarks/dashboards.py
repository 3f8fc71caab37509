"""The pages of numbers at 150,000 publications and at a million link rows, beside pandas and SQL; exports.

python -m benchmarks.dashboards [--facility DIR] [--copies 156 340] [--export 150000]

What a browser makes of them is measured by `benchmarks.first_views`.
"""

import argparse
import json
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow.parquet as pq
from plotly.utils import PlotlyJSONEncoder

from benchmarks import RESULTS, record
from benchmarks.ingest import ours, payloads
from benchmarks.metrics import median_ms
from dashboards.frame.state import State
from dashboards.page import Desk, Page, page_at
from puma.access import ANONYMOUS, EVERYTHING, Viewer
from puma.exports import export
from puma.installation import Installation
from puma.listing import whole
from puma.measuring import Question
from puma.settings import load_settings
from puma.storage import Storage

APART = 100_000_000  # between the numbers of a record and those of its copy
ALIKE = {
    "facilities", "institutions", "instruments", "instrument_periods", "periods", "joint_facilities", "journals",
    "journal_listings", "contributions", "techniques", "technique_terms", "sources",
}  # fmt: skip
"""Tables that stay as they are: the same machines and institutions with more science."""
NUMBERS = {
    "id", "record_id", "left_id", "right_id", "publication_id", "proposal_id", "experiment_id", "dataset_id",
    "person_id", "paper_id", "session_id", "visit_id", "target_id",
}  # fmt: skip
ADDRESSES = {
    "/": "/?year=2015-2020",
    "/?year=2015-2020&instrument={instrument}": "/?year=2015-2020&instrument={instrument_before}",
    "/instrument/{instrument}": "/instrument/{instrument_before}",
    "/instrument": "/instrument?year=2015-2020",
    "/country/{country}": "/country/{country_before}",
    "/institution/{institution}": "/institution/{institution_before}",
    "/citations": "/citations?year=2015-2020",
    "/proposals": "/proposals?year=2015-2020",
    "/users": "/users?year=2015-2020",
    "/data": "/data?year=2015-2020",
    "/compare?cut=country&a={country}&b={other}": "/compare?cut=country&a={country_before}&b={other_before}",
}
"""What is asked for, and what somebody looked at before: none of its numbers but totals of everything are the same."""
LOOKER = Viewer("user_office", "Ada Example")
TARGETS_MS = {"150,000 publications": 150, "1,000,000 links": 300}


def multiplied(facts: Path, copies: int) -> dict[str, int]:
    """Every record of the newest facts so many times, each copy with its own numbers. Returns the rows by table."""
    folder = facts / (facts / "current").read_text("utf-8").strip()
    machines = set(pq.read_table(folder / "instruments.parquet")["id"].to_pylist())
    rows = {}
    for file in sorted(folder.glob("*.parquet")):
        table = pq.read_table(file)
        rows[file.stem] = table.num_rows
        if file.stem.split(".")[0] in ALIKE or not table.num_rows:
            continue
        columns = []
        for name in table.column_names:
            own = f'"{name}" + k.range * {APART}' if name in NUMBERS else f'"{name}"'
            if name == "right_id":
                own = f'CASE WHEN "{name}" IN ({", ".join(map(str, machines))}) THEN "{name}" ELSE {own} END'
            columns.append(f'{own} AS "{name}"')
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {', '.join(columns)} FROM read_parquet('{file}') t, range({copies}) k) "
                f"TO '{file}.new' (FORMAT parquet, COMPRESSION zstd)"
            )
        Path(f"{file}.new").replace(file)
        rows[file.stem] = table.num_rows * copies
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    told["rows"] |= {stem.split(".")[0]: count for stem, count in rows.items()}  # by them it is known what is large
    told["version"] += 1  # this process may have read the version before
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    folder.rename(facts / f"{told['version']:06d}")
    (facts / "current").write_text(f"{told['version']:06d}", "utf-8")
    return rows


ROUNDS = 3  # of each panel and time, of which the middle one counts: a neighbour on the machine costs a single one
WHEN = ("first", "warm", "again")
"""Asked for the first time since the facts were written; for the first time, after another address of the same page;
and once more."""


def panels(house: Installation, address: str, before: str) -> list[dict[str, Any]]:
    """What each panel of a page takes, drawn and written as JSON, in milliseconds by the clock and of both cores.
    before: the address that was looked at before, for ``warm``."""
    snapshot, drawn, earlier = house.snapshot(), _desk(house, address), _desk(house, before)
    assert snapshot is not None
    found = []
    for name, draw in drawn.page.panels.items():
        one: dict[str, Any] = {"panel": name}
        for when in WHEN:
            taken = []
            for _ in range(ROUNDS):
                if when != "again":
                    snapshot.told.clear()
                    snapshot.found.clear()
                if when == "warm":
                    draw(earlier.desk)
                start, busy = time.perf_counter(), time.process_time()
                one["bytes"] = len(json.dumps(draw(drawn.desk), cls=PlotlyJSONEncoder))
                taken.append((time.perf_counter() - start, time.process_time() - busy))
            one[when], one[f"core_{when}"] = (statistics.median(times) * 1000 for times in zip(*taken, strict=True))
        found.append(one)
    return found


class _Looked(NamedTuple):
    page: Page
    desk: Desk


def _desk(house: Installation, address: str) -> _Looked:
    path, _, query = address.partition("?")
    page, rest = page_at(path)
    assert page is not None, address
    return _Looked(page, Desk(house, LOOKER, State.read(query), rest, path=page.path))


def pages_at(house: Installation) -> list[dict[str, Any]]:
    """Every page: the 95th percentile of its panels, the slowest of them, and all of them one after the other."""
    known = {}
    for cut in ("instrument", "institution"):
        known[cut], known[f"{cut}_before"] = (
            house.ask(LOOKER, Question("publications", (cut,))).table[f"{cut}_id"].dropna()[:2]
        )
    countries = house.ask(LOOKER, Question("publications", ("country",))).table["country"]
    largest = [country for country in countries if country != "unknown"][:4]
    known |= dict(zip(("country", "country_before", "other", "other_before"), largest, strict=True))
    found = []
    for address, before in ADDRESSES.items():
        drawn = panels(house, address.format(**known), before.format(**known))
        result: dict[str, Any] = {"page": address, "panels": len(drawn)}
        result["json_kb"] = sum(one["bytes"] for one in drawn) / 1000
        told = []
        for when in WHEN:
            slowest = max(drawn, key=lambda one: float(one[when]))
            result[f"slowest_{when}"], result[f"slowest_{when}_ms"] = slowest["panel"], slowest[when]
            for times in (when, f"core_{when}"):
                ordered = sorted(one[times] for one in drawn)
                result[f"{times}_median_ms"] = statistics.median(ordered)
                result[f"{times}_p95_ms"] = ordered[round(0.95 * (len(ordered) - 1))]
            told.append(
                f"{when} median {result[f'{when}_median_ms']:4.0f} p95 {result[f'{when}_p95_ms']:5.0f} "
                f"(of both cores {result[f'core_{when}_p95_ms']:5.0f}, {slowest['panel']})"
            )
        found.append(result)
        print(f"  {address:42} {len(drawn):2} panels, ms: {'; '.join(told)}", flush=True)
    return found


def rivals(house: Installation) -> list[dict[str, Any]]:
    """Numbers of the overview: ours, pandas over frames in memory, SQL on the same tables in SQLite; equal answers."""
    snapshot = house.snapshot()
    assert snapshot is not None
    named = ("works.open", "publication_instruments.open", "publication_countries")
    works, credit, country = (pq.read_table(snapshot.folder / f"{n}.parquet").to_pandas() for n in named)
    machine = int(credit.instrument_id.iloc[0])
    live = sqlite3.connect(":memory:")
    for frame, name in ((works, "works"), (credit, "credit"), (country, "country")):
        kept = [c for c in frame.columns if c in ("id", "publication_id", "instrument_id", "country", "year", "type",
                "standard", "linked_standard", "countable")]  # fmt: skip
        frame[kept].to_sql(name, live, index=False)
    for table, column in (("works", "id"), ("credit", "publication_id"), ("credit", "instrument_id"),
                          ("country", "publication_id")):  # fmt: skip
        live.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")
    linked = "w.linked_standard AND w.countable"

    def counted() -> Any:
        return works[works.linked_standard & works.countable]

    def asked_anew(question: Question) -> object:
        snapshot.told.clear()
        snapshot.found.clear()
        return house.ask(ANONYMOUS, question)

    cases: list[tuple[Question, Callable[[], Any], str]] = [
        (
            Question("publications", ("year",)),
            lambda: counted().groupby("year").id.nunique(),
            f"SELECT year, count(DISTINCT id) FROM works w WHERE {linked} GROUP BY 1",
        ),
        (
            Question("publications", ("year", "type")),
            lambda: counted().groupby(["year", "type"]).id.nunique(),
            f"SELECT year || type, count(DISTINCT id) FROM works w WHERE {linked} GROUP BY 1",
        ),
        (
            Question("publications", ("instrument",)),
            lambda: (
                counted().merge(credit[credit.standard], left_on="id", right_on="publication_id")
                .groupby("instrument_id").id.nunique()
            ),
            "SELECT instrument_id, count(DISTINCT w.id) FROM works w JOIN credit c ON c.publication_id = w.id "
            f"WHERE {linked} AND c.standard GROUP BY 1",
        ),
        (
            Question("publications", ("country",)),
            lambda: (
                counted().merge(country, left_on="id", right_on="publication_id").groupby("country").id.nunique()
            ),
            "SELECT country, count(DISTINCT w.id) FROM works w JOIN country c ON c.publication_id = w.id "
            f"WHERE {linked} GROUP BY 1",
        ),
        (
            Question("publications", ("country",), {"instrument": (str(machine),)}),
            lambda: (
                counted()[lambda w: w.id.isin(
                    credit.loc[credit.standard & (credit.instrument_id == machine), "publication_id"])]
                .merge(country, left_on="id", right_on="publication_id").groupby("country").id.nunique()
            ),
            "SELECT country, count(DISTINCT w.id) FROM works w JOIN country c ON c.publication_id = w.id "
            f"WHERE {linked} AND w.id IN (SELECT publication_id FROM credit WHERE standard "
            f"AND instrument_id = {machine}) GROUP BY 1",
        ),
    ]  # fmt: skip
    found = []
    for question, by_pandas, sql in cases:
        asked = " and ".join(question.by) + (" of one instrument" if question.filters else "")
        ours_now = house.ask(ANONYMOUS, question).table
        known = float(
            ours_now[ours_now[question.by[0]].notna() & (ours_now[question.by[0]] != "unknown")]["value"].sum()
        )
        theirs = by_pandas()
        theirs = theirs[[k for k in theirs.index if k != "unknown"]] if question.by == ("country",) else theirs
        assert known == float(theirs.sum()), (asked, known, theirs.sum())
        result = {
            "question": f"publications by {asked}",
            "ours_ms": median_ms(partial(asked_anew, question)),
            "pandas_ms": median_ms(by_pandas),
            "sqlite_ms": median_ms(partial(_fetched, live, sql), rounds=2),
        }
        found.append(result)
        print(
            f"  {result['question']:42} ours {result['ours_ms']:6.0f} ms  pandas {result['pandas_ms']:6.0f}  "
            f"SQLite {result['sqlite_ms']:7.0f}",
            flush=True,
        )
    live.close()
    return found


def _fetched(live: sqlite3.Connection, sql: str) -> object:
    return live.execute(sql).fetchall()


def exports(folder: Path, count: int) -> list[dict[str, Any]]:
    """All publications of a database to files, each format in a process of its own, for its memory."""
    works, url = folder / "works.jsonl.gz", f"sqlite:///{folder / 'live.db'}"
    payloads(works, count)
    ours(url, works)
    found = []
    for form in ("csv", "bibtex", "xlsx"):
        command = [sys.executable, "-m", "benchmarks.dashboards", "--one-export", form, "--database", url]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found.append(json.loads(told))
        print(f"  {form:8} {found[-1]['rows_per_s']:7.0f} rows/s, {found[-1]['mb']:5.0f} MB at most, "
              f"{found[-1]['mb_before']:4.0f} MB before", flush=True)  # fmt: skip
    return found


def _highest_mb() -> float:
    """The most memory that this program has had; unlike getrusage without what its parent had before."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def one_export(form: str, url: str) -> None:
    """Write one file and say how fast and with how much memory."""
    storage = Storage(url)
    table = whole(storage, EVERYTHING, "publications")
    before = _highest_mb()
    with tempfile.TemporaryFile() as file:
        start = time.perf_counter()
        count = export(form, "publications").write(table.columns, table.rows, file, "a measurement")
        took = time.perf_counter() - start
    peak = _highest_mb()
    storage.close()
    print(json.dumps({"form": form, "rows": count, "rows_per_s": count / took, "mb": peak, "mb_before": before}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, nargs="*", default=[156, 340])
    parser.add_argument("--export", type=int, default=150_000)
    parser.add_argument("--facility", type=Path, help="a sample facility that is there already; it is copied")
    parser.add_argument("--one-export", help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one_export:
        one_export(chosen.one_export, chosen.database)
        return
    results: dict[str, Any] = {"targets_ms": TARGETS_MS, "sizes": []}
    with tempfile.TemporaryDirectory() as name:
        made = chosen.facility or Path(name) / "made"
        if chosen.facility is None:
            command = ["-c", "from puma.cli import main; main()", "demo", "--no-serve", "--dir", str(made)]
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        if chosen.export:
            results["exports"] = exports(Path(name), chosen.export)
        for turn, copies in enumerate(chosen.copies):
            home = Path(name) / f"facility{turn}"
            shutil.copytree(made, home, ignore=shutil.ignore_patterns("world"))
            results["sizes"].append(one_size(home, copies))
            shutil.rmtree(home)
            written(results)


def one_size(home: Path, copies: int) -> dict[str, Any]:
    """What the pages of a facility of one size take, beside the rivals."""
    house = Installation(load_settings(home / "puma.toml"))
    house.prepare()
    house.refresh_facts()
    rows = multiplied(house.facts_folder, copies)
    house.close()
    print(f"{rows['works.all']:,} publications, {rows['links']:,} links, {sum(rows.values()):,} rows", flush=True)
    house = Installation(load_settings(home / "puma.toml"))
    size: dict[str, Any] = {"publications": rows["works.all"], "links": rows["links"], "rows": sum(rows.values())}
    size["mb_before"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size["pages"] = pages_at(house)
    size["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory {size['mb_before']:.0f} MB before, {size['mb']:.0f} MB after all pages", flush=True)
    size["beside"] = rivals(house)
    house.close()
    return size


def written(results: dict[str, Any]) -> None:
    """Keep what is known so far."""
    record(results, RESULTS / "dashboards.json")


if __name__ == "__main__":
    main()
