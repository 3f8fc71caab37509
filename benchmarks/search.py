"""Speed of both search engines, embedded and OpenSearch, beside SQLite FTS5 on made texts: prints ratios, writes JSON.

Run `python -m benchmarks.search --documents 20000 --words 1000`. OpenSearch is left out where its jars are not to be
had or `--no-opensearch` is given; our part is what we add to the time that the server says it took, and it is given so
many documents as it takes in `--minutes`. No question is asked twice, because counts are remembered. Each run is kept
in the file beside those of other sizes. `work` is the time that this process spent on a processor (and the server on
its own): on a machine shared with others the ratios of it are what to compare. FTS5 is asked for what a list of hits
shows of each, as ours gives it.
"""

import argparse
import itertools
import json
import os
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import RESULTS, record
from puma.search import EmbeddedEngine, Engine, IndexField, Search, parse
from puma.search.opensearch import OpenSearchEngine
from puma.search.opensearch_server import Server
from tests.search.opensearch.cluster import Cluster, NotToBeHad

FIELDS = (
    IndexField("title", "text", boost=3),
    IndexField("abstract", "text"),
    IndexField("authors", "text", boost=2, facet=True, many=True),
    IndexField("year", "integer", facet=True),
    IndexField("type", "keyword", facet=True),
    IndexField("instrument", "keyword", facet=True, many=True),
    IndexField("technique", "keyword", facet=True, many=True),
    IndexField("institution", "text", facet=True, many=True),
    IndexField("country", "keyword", facet=True, many=True),
    IndexField("journal", "text", facet=True),
    IndexField("pages", "text", boost=0.5, many=True),
)
WORDS = {item.name: item for item in FIELDS}
FACETS = ("authors", "year", "type", "instrument", "technique", "institution", "country", "journal")
QUESTIONS = 60  # of each sort; the first of each is not counted


class Texts:
    """Made documents with words as frequent as in real texts (Zipf), the same for the same seed."""

    def __init__(self, seed: int, words: int) -> None:
        self.draw = random.Random(seed)
        self.words = words
        letters = "etaoinshrdlucmfwypvbgkqjxz"
        endings = ("", "", "s", "ing", "ed", "ation")
        spelled = (
            "".join(self.draw.choices(letters, range(26, 0, -1), k=self.draw.randint(3, 9))) + self.draw.choice(endings)
            for _ in itertools.count()
        )
        self.vocabulary = list(itertools.islice(dict.fromkeys(itertools.islice(spelled, 250_000)), 150_000))
        self.weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self.vocabulary))))

    def text(self, words: int) -> str:
        """So many words."""
        return " ".join(self.draw.choices(self.vocabulary, cum_weights=self.weights, k=words))

    def documents(self, number: int) -> Iterator[dict[str, object]]:
        """Records with a title, an abstract of 150 words, full text in pages of 500 words, and eight facets."""
        for key in range(number):
            few = self.draw.paretovariate
            yield {
                "id": key,
                "kind": "publication",
                "visibility": "public" if self.draw.random() < 0.9 else "staff",
                "title": self.text(10),
                "abstract": self.text(150),
                "authors": [f"Author {int(few(0.6)) % number}" for _ in range(5)],
                "year": self.draw.randint(1990, 2025),
                "type": self.draw.choice(("article", "proceedings", "thesis")),
                "instrument": [f"ID{self.draw.randint(1, 32)}"],
                "technique": [f"technique {int(few(0.8)) % 200}"],
                "institution": [f"Institution {int(few(0.7)) % 5000}" for _ in range(2)],
                "country": [f"C{int(few(1.0)) % 60}" for _ in range(2)],
                "journal": f"Journal {int(few(0.8)) % 800}",
                "pages": [self.text(min(500, self.words - done)) for done in range(0, self.words, 500)],
            }

    def questions(self, sort: str) -> list[str]:
        """Queries of one sort: words of middling frequency, phrases of neighbours as they come."""
        middle = self.vocabulary[20:3000]
        pick = self.draw.choice
        makers: dict[str, Callable[[], str]] = {
            "term": lambda: pick(middle),
            "phrase": lambda: f'"{pick(self.vocabulary[:60])} {pick(self.vocabulary[:60])}"',
            "boolean": lambda: f"{pick(middle)} ({pick(middle)} | {pick(middle)}) -{pick(middle)}",
            "prefix": lambda: f"{pick(middle)[:4]}*",
        }
        return [makers[sort]() for _ in range(QUESTIONS)]


def as_fts(query: str) -> str:
    """The same question to FTS5."""
    if query.startswith('"'):
        return query
    if query.endswith("*"):
        return f'"{query[:-1]}"*'
    words = query.replace("(", "").replace(")", "").replace("| ", "").replace("-", "").split()
    if len(words) == 1:
        return f'"{words[0]}"'
    first, second, third, without = words
    return f'("{first}" AND ("{second}" OR "{third}")) NOT "{without}"'


def timed(tasks: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, and the mean of this process's own work; the first task warms up."""
    taken = []
    work = 0.0
    for number, task in enumerate(tasks):
        began, work = time.perf_counter(), time.process_time() if number == 1 else work
        task()
        taken.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken[1:])
    cpu = (time.process_time() - work) * 1000 / len(ordered)
    return {"p50": statistics.median(ordered), "p95": ordered[int(len(ordered) * 0.95)], "cpu": cpu}


def size_of(folder: Path) -> float:
    """Megabytes in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


class TimedServer(Server):
    """Adds up what the server says each search took."""

    took_ms = 0.0

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """As its parent."""
        answer = super().ask(method, path, body, **more)
        self.took_ms += answer.get("took", 0) if path.endswith("_search") else 0
        return answer


def run(
    number: int, words: int, folder: Path, cluster: Cluster | None, *, rival: bool, minutes: float
) -> dict[str, object]:
    """Indexes and asks all; the figures of each. minutes: that OpenSearch is given to index."""
    before = os.getloadavg()[0]
    texts = Texts(1, words)
    prepared = list(texts.documents(min(number, 5_000)))  # made once and repeated, so that making them is not measured

    def stream() -> Iterator[dict[str, object]]:
        for key, document in zip(range(number), itertools.cycle(prepared), strict=False):
            yield {**document, "id": key}

    engine = EmbeddedEngine(folder / "engine", FIELDS, newest_by="year", title="title")
    began, work = time.perf_counter(), time.process_time()
    engine.rebuild(stream())
    ours_rate = number / (time.perf_counter() - began)
    ours_work = number / (time.process_time() - work)

    server = TimedServer(cluster.urls[0]) if cluster else None
    away = OpenSearchEngine(server, FIELDS, newest_by="year", title="title") if server else None
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    away_figures: dict[str, float] = {}
    if away is not None and cluster is not None:
        began, work, server_work = time.perf_counter(), time.process_time(), cluster.cpu_s()
        taken = itertools.takewhile(lambda _: time.perf_counter() - began < 60 * minutes, stream())
        there = away.rebuild(taken)
        away_figures = {
            "documents": there,
            "documents_per_s": there / (time.perf_counter() - began),
            "documents_per_s_of_work": there / (time.process_time() - work + cluster.cpu_s() - server_work),
            "our_ms_of_work": (time.process_time() - work) * 1000 / there,
            "mb": cluster.size_mb(),
        }

    database = sqlite3.connect(folder / "fts.sqlite")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE VIRTUAL TABLE d USING fts5(title, abstract, authors, pages, tokenize='porter unicode61')")
    database.execute("CREATE TABLE f(id INTEGER, field TEXT, value TEXT)")
    began, work = time.perf_counter(), time.process_time()
    with database:
        for document in stream() if rival else ():
            authors, pages = document["authors"], document["pages"]
            assert isinstance(authors, list)
            assert isinstance(pages, list)
            row = (document["id"], document["title"], document["abstract"], " ".join(authors), "\n".join(pages))
            database.execute("INSERT INTO d(rowid, title, abstract, authors, pages) VALUES (?, ?, ?, ?, ?)", row)
            for name in FACETS:
                values = document[name] if isinstance(document[name], list) else [document[name]]
                assert isinstance(values, list)
                rows = [(document["id"], name, str(value)) for value in dict.fromkeys(values)]
                database.executemany("INSERT INTO f VALUES (?, ?, ?)", rows)
        database.execute("CREATE INDEX f_id ON f(id)")
    theirs_rate = number / (time.perf_counter() - began) if rival else 0.0
    theirs_work = number / (time.process_time() - work) if rival else 0.0

    viewer = frozenset({"public", "staff"})

    def by(asked: Engine, query: str, facets: Sequence[str] = (), *, highlight: bool = False) -> Callable[[], object]:
        return lambda: asked.search(Search(parse(query, WORDS), viewer, facets=facets, highlight=highlight))

    def sides(queries: Sequence[str], *facets: str, highlight: bool = False) -> dict[str, dict[str, float]]:
        found = {"ours": timed([by(engine, one, facets, highlight=highlight) for one in queries])}
        if away is not None and server is not None:
            server.took_ms = 0.0
            began = time.perf_counter()
            found["opensearch"] = timed([by(away, one, facets, highlight=highlight) for one in queries])
            spent = (time.perf_counter() - began) * 1000
            found["opensearch"]["overhead"] = (spent - server.took_ms) / len(queries)
        return found

    def beside(tasks: Sequence[Callable[[], object]]) -> dict[str, dict[str, float]]:
        return {"fts5": timed(tasks)} if rival else {}

    top = "SELECT rowid, title, abstract, authors FROM d WHERE d MATCH ? ORDER BY rank LIMIT 10"
    marked = top.replace("authors FROM", "authors, snippet(d, -1, '<mark>', '</mark>', '…', 30) FROM")
    total = "SELECT count(*) FROM d WHERE d MATCH ?"
    counts = "SELECT field, value, count(*) FROM f WHERE id IN (SELECT rowid FROM d WHERE d MATCH ?) GROUP BY 1, 2"

    def theirs(query: str, *statements: str) -> Callable[[], object]:
        return lambda: [database.execute(statement, (as_fts(query),)).fetchall() for statement in statements]

    figures: dict[str, dict[str, dict[str, float]]] = {}
    print(f"{number} documents of {words} words; ms, median / p95")
    for name in ("term", "phrase", "boolean", "prefix"):
        asked = texts.questions(name)
        figures[name] = {
            **sides(asked),
            **beside([theirs(one, top, total) for one in asked]),
        }
    costly: dict[str, tuple[Sequence[str], bool, tuple[str, ...]]] = {
        "8 facets": (FACETS, False, (top, total, counts)),
        "10 highlights": ((), True, (marked, total)),
        "highlights and facets": (FACETS, True, (marked, total, counts)),
    }
    for name, (facets, highlight, statements) in costly.items():
        asked = texts.questions("term")
        fewer = asked[: max(3, min(20, 2_000_000 // number))]  # FTS5 needs its time for these
        figures[name] = {
            **sides(asked, *facets, highlight=highlight),
            **beside([theirs(one, *statements) for one in fewer]),
        }
    figures["everything, 8 facets"] = sides([f"year:1900-{2025 + more}" for more in range(11)], *FACETS)
    figures["the same once more"] = sides([f"year:1900-{2025 + more}" for more in range(11)], *FACETS)
    for name, found in figures.items():
        mine, other, server_side = found["ours"], found.get("fts5"), found.get("opensearch")
        line = f"{name:24} ours {mine['p50']:8.1f} / {mine['p95']:8.1f} (work {mine['cpu']:6.1f})"
        if server_side:
            line += f"   OpenSearch {server_side['p50']:7.1f} / {server_side['p95']:7.1f}"
            line += f" (our part {server_side['overhead']:5.1f})"
        if other:
            line += f"   FTS5 {other['p50']:8.1f} / {other['p95']:8.1f}"
            line += f" (work {other['cpu']:6.1f})   FTS5 takes {other['p95'] / mine['p95']:.1f} x ours at p95,"
            line += f" {other['cpu'] / mine['cpu']:.1f} x its work"
        print(line)
    mine_mb, other_mb = size_of(folder / "engine"), size_of(folder) - size_of(folder / "engine")
    print(f"indexing: ours {ours_rate:.0f} documents/s ({ours_work:.0f} per second of work), {mine_mb:.0f} MB")
    print(f"peak memory of this process while indexing {peak_mb:.0f} MB")
    if away_figures:
        print("OpenSearch " + ", ".join(f"{name} {value:.1f}" for name, value in away_figures.items()))
    if rival:
        ratio = f"ours {ours_rate / theirs_rate:.1f} x FTS5"
        print(f"FTS5 {theirs_rate:.0f} documents/s ({theirs_work:.0f} per second of work), {other_mb:.0f} MB; {ratio}")
    figures["index"] = {
        "ours": {
            "documents_per_s": ours_rate,
            "documents_per_s_of_work": ours_work,
            "mb": mine_mb,
            "peak_memory_mb": peak_mb,
        },
        "opensearch": away_figures,
        "fts5": {"documents_per_s": theirs_rate, "documents_per_s_of_work": theirs_work, "mb": other_mb},
    }
    after = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores shared with other work, load {before:.0f} before and {after:.0f} after"
    print(machine)
    return {"documents": number, "words": words, "rival": rival, "machine": machine, "figures": figures}


def kept(result: dict[str, object], out: Path) -> None:
    """Write a run beside those of other sizes."""
    runs: dict[str, object] = json.loads(out.read_text("utf-8")) if out.exists() else {}
    alone = "" if result["rival"] else ", without FTS5"
    runs[f"{result['documents']} documents of {result['words']} words{alone}"] = result
    record(runs, out)


def main() -> None:
    """Reads the arguments, runs, writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--words", type=int, default=1_000, help="words of full text in each document")
    parser.add_argument("--out", type=Path, default=RESULTS / "search.json")
    parser.add_argument("--no-opensearch", action="store_true")
    parser.add_argument("--no-fts5", action="store_true", help="where the rival would take hours")
    parser.add_argument("--heap-mb", type=int, default=1_024, help="memory of OpenSearch")
    parser.add_argument("--minutes", type=float, default=8.0, help="that OpenSearch is given to index")
    given = parser.parse_args()
    cluster: Cluster | None = None
    try:
        cluster = None if given.no_opensearch else Cluster(1, heap_mb=given.heap_mb, lasting=True)
    except NotToBeHad as reason:
        print(f"Without OpenSearch. {reason}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = run(
                given.documents, given.words, Path(folder), cluster, rival=not given.no_fts5, minutes=given.minutes
            )
    finally:
        if cluster is not None:
            cluster.close()
    kept(result, given.out)


if __name__ == "__main__":
    main()
