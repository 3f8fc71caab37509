"""All overview numbers at a million link rows: DuckDB over the snapshot, beside the same numbers by pandas groupby.

python -m benchmarks.metrics [--links 1000000]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import RESULTS, record
from puma.access import EVERYTHING
from puma.facts import Snapshot, latest, refresh
from puma.measuring import Answer, Question, ask
from puma.storage import Storage

POLICY = "standard"


def facts(folder: Path, links: int) -> Path:
    """A snapshot of made-up facts: publications, their countries and instruments, with ``links`` credits."""
    storage = Storage(f"sqlite:///{folder / 'empty.db'}")
    storage.migrate()
    snapshot = refresh(storage, folder / "facts", datetime.now(UTC))
    storage.close()
    chance = np.random.default_rng(7)
    papers = links * 2 // 5
    ids = np.arange(1, papers + 1)
    countries = np.array(["FR", "DE", "GB", "IT", "ES", "SE", "CH", "NL", "US", "JP", "CN", "unknown"])
    works = pd.DataFrame(
        {
            "id": ids,
            "type": chance.choice(["JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE", "THESIS"], papers, p=[0.85, 0.1, 0.05]),
            "year": chance.integers(1995, 2026, papers),
            "open_access": chance.choice(["gold", "green", "hybrid", "closed"], papers),
            "doi": "10.1/x",
            "citations": chance.integers(0, 60, papers),
            "retracted": False,
            "corrects": False,
            "visibility": "public",
            "linked_strict": False,
            "linked_standard": True,
            "linked_wide": True,
            "countable": True,
            "countries": chance.integers(0, 4, papers),
        }
    )
    credit = pd.DataFrame(
        {"publication_id": chance.choice(ids, links), "instrument_id": chance.integers(1, 60, links)}
    ).drop_duplicates()
    for policy in ("strict", "standard", "wide"):
        credit[policy] = True
        credit[f"share_{policy}"] = 1.0
    credit["visibility"] = "public"
    country = pd.DataFrame(
        {"publication_id": chance.choice(ids, links), "country": chance.choice(countries, links)}
    ).drop_duplicates()
    country["share"], country["first_author"], country["visibility"] = 0.5, False, "public"
    instruments = pd.DataFrame(
        {"id": range(1, 61), "name": [f"I{n}" for n in range(1, 61)], "group": "G", "visibility": "public"}
    )
    for name, frame in (
        ("works.all", works),
        ("publication_instruments.all", credit),
        ("publication_countries", country),
        ("instruments", instruments),
    ):
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), snapshot.folder / f"{name}.parquet")
    return folder / "facts"


QUESTIONS: tuple[Question, ...] = (
    Question("publications", ("year",)),
    Question("publications", ("year", "type")),
    Question("publications", ("instrument",)),
    Question("publications", ("country",)),
    Question("publications", ("country",), {"instrument": ("I7",)}),
    Question("publications", ("year", "open_access")),
    Question("open_access_share", ("year",)),
    Question("international_share", ("year",)),
    Question("citations", ("year",)),
)


def by_pandas(works: pd.DataFrame, credit: pd.DataFrame, country: pd.DataFrame) -> list[Callable[[], object]]:
    """The same tables by pandas, over frames in memory whose columns were kept."""
    of_seven = credit.loc[credit.instrument_id == 7, "publication_id"]

    return [
        lambda: works.groupby("year").id.nunique(),
        lambda: works.groupby(["year", "type"]).id.nunique(),
        lambda: works.merge(credit, left_on="id", right_on="publication_id").groupby("instrument_id").id.nunique(),
        lambda: works.merge(country, left_on="id", right_on="publication_id").groupby("country").id.nunique(),
        lambda: (
            works[works.id.isin(of_seven)]
            .merge(country, left_on="id", right_on="publication_id")
            .groupby("country")
            .id.nunique()
        ),
        lambda: works.groupby(["year", "open_access"]).id.nunique(),
        lambda: (
            works[works.type == "JOURNAL_ARTICLE"].groupby("year").open_access.agg(lambda s: (s != "closed").mean())
        ),
        lambda: works[works.countries >= 1].groupby("year").countries.agg(lambda c: (c >= 2).mean()),
        lambda: works.groupby("year").citations.sum(),
    ]


def median_ms(work: Callable[[], object], rounds: int = 5) -> float:
    """Median time of a call after a first one, in milliseconds."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def anew(snapshot: Snapshot, question: Question) -> Answer:
    """The answer as if nobody had asked before."""
    snapshot.told.clear()
    snapshot.found.clear()
    return ask(snapshot, EVERYTHING, question)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    chosen = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = facts(Path(name), chosen.links)
        snapshot = latest(folder)
        assert snapshot is not None
        frames = [
            pd.read_parquet(snapshot.folder / f"{table}.parquet")
            for table in ("works.all", "publication_instruments.all", "publication_countries")
        ]
        print(f"{len(frames[0]):,} publications, {len(frames[1]):,} credits, {len(frames[2]):,} countries")
        for question, rival in zip(QUESTIONS, by_pandas(*frames), strict=True):
            ours = median_ms(lambda question=question: anew(snapshot, question))
            theirs = median_ms(rival)
            label = f"{question.slug} by {', '.join(question.by)}" + (" of one instrument" if question.filters else "")
            results.append({"question": label, "ours_ms": ours, "pandas_ms": theirs})
            print(f"{label:45} {ours:7.0f} ms   pandas {theirs:7.0f} ms   ratio {ours / theirs:5.2f}")
    whole, other = sum(r["ours_ms"] for r in results), sum(r["pandas_ms"] for r in results)
    print(f"{'all':45} {whole:7.0f} ms   pandas {other:7.0f} ms   ratio {whole / other:5.2f}")
    print("(each of ours also computes its total, names, rights and rule; pandas holds the frames in memory)")
    record(results, RESULTS / "metrics.json")


if __name__ == "__main__":
    main()
