"""Link matching at scale: time, memory and candidates over sizes, from memory and from a database, beside plain rivals.

python -m benchmarks.matching.scale [--only curve ...] [--million] [--processes 2]

Every size runs in a process of its own, so that its peak of memory is its own. Seconds are given as passed and as used
by the processors, because the machine may be shared; exponents are those of the latter. The parts:

curve: up to 250,000 publications, with --million up to a million, from disk in blocks, beside 50,000 proposals.
both: proposals grow too, half as many as publications. persons: who the authors are, as a step of its own.
task: 50,000 proposals and 100,000 publications from the rows of a database to stored links, persons and all.
rivals, crowd: other ways to find candidates; and the worst case.
"""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cdist

from benchmarks import RESULTS, record
from benchmarks.matching.scale_data import MADE, NONE, Invention, Made, Shelved, crowd, invent, store
from puma.linking.people import find_people
from puma.linking.people_rows import store_people
from puma.linking.run import match
from puma.matching.links.evidence import Policy
from puma.matching.links.grids import Grids, candidates, grids
from puma.matching.links.kept import Kept, keep, load_kept
from puma.matching.links.pairs import Pairs
from puma.matching.links.score import NAME, compare, score_blocks, score_compared
from puma.matching.links.since import Since, score_again
from puma.matching.model import load
from puma.settings import FilesSettings, Settings, WorkSettings
from puma.storage import Storage
from puma.work import hands, uncollected

FILE = RESULTS / "matching_scale.json"
PARTS = ("curve", "both", "persons", "task", "rivals", "crowd")
PROPOSALS = 50_000
SAMPLE = 300  # publications that a rival is tried on; its time is that of all by the rule of three
Figures = dict[str, Any]
T = TypeVar("T")


def used() -> float:
    """Processor seconds of this process and of its children."""
    ended = sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, BOTH))
    return ended + sum(_used_by(child.pid) for child in multiprocessing.active_children())


def _used_by(process: int | None) -> float:
    """Processor seconds of a child that runs, where the system tells."""
    try:
        said = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, said[11:13])) / os.sysconf("SC_CLK_TCK")


def peak_mb(children: int = 1) -> float:
    """The most memory that this process had, and for each of its children the most that one of them had."""
    own, theirs = (resource.getrusage(who).ru_maxrss / 1024 for who in BOTH)
    return own + children * theirs


BOTH = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
LOOKS_EVERY_S = 0.25


class Watch(threading.Thread):
    """Looks on how much memory this process and those that it started have at one moment; shared libraries count in
    each of them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.highest_mb = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(LOOKS_EVERY_S):
            now = sum(map(_resident_mb, [os.getpid(), *_started_by(os.getpid())]))
            self.highest_mb = max(self.highest_mb, now)

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def _started_by(process: int) -> list[int]:
    """The numbers of the processes that one started, and that these started."""
    found = []
    for told in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(number) for number in told.read_text("ascii").split()]
    return found + [each for child in found for each in _started_by(child)]


def _resident_mb(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * resource.getpagesize() / 2**20
    except OSError:  # it ended meanwhile
        return 0.0


@contextmanager
def stage(figures: Figures, name: str) -> Iterator[None]:
    """Note how long a stage took."""
    begin, cpu = time.perf_counter(), used()
    yield
    figures[name] = {"seconds": round(time.perf_counter() - begin, 3), "cpu": round(used() - cpu, 3)}


def ceiling(truth: Any, rows: Any, columns: Any) -> float:
    """The share of the true pairs that are candidates; these are sorted."""
    most = int(max(columns.max(initial=0), truth.max(initial=0))) + 1
    true = np.flatnonzero(truth != NONE)
    return float(np.isin(true * most + truth[true], rows * most + columns).mean())


def curve(size: int, processes: int) -> Figures:
    """From publications on disk, beside 50,000 proposals, to links with their evidence."""
    figures: Figures = {"publications": size, "proposals": PROPOSALS, "processes": processes}
    with tempfile.TemporaryDirectory() as folder, hands(WorkSettings(processes=processes)) as who, uncollected():
        made = Invention(PROPOSALS, size)
        works = Shelved(made, Path(folder))
        figures["peak before, MB"] = round(peak_mb())
        with stage(figures, "words and people"):
            m = grids(works, made.bids, hands=who)
        with stage(figures, "candidates and measures"):
            pairs = compare(m, who)
        figures["links"] = 0
        with stage(figures, "score and evidence"):
            for block in score_blocks(m, pairs, least=Policy().review, hands=who):
                figures["links"] += len(block)
    figures |= {"candidates": len(pairs.rows), "candidates of each": round(len(pairs.rows) / size, 2)}
    figures["recall of candidates"] = round(ceiling(works.truth, pairs.rows, pairs.columns), 4)
    return figures | {"peak, MB": round(peak_mb(processes))}


def in_memory(size: int, processes: int) -> Figures:
    """All stages on works and proposals in memory, and one publication more beside what was kept."""
    figures: Figures = {"publications": size, "proposals": size // 2}
    made = invent(size // 2, size)
    figures["peak before, MB"] = round(peak_mb())
    with hands(WorkSettings(processes=processes)) as who:
        with stage(figures, "grids"):
            m = grids(made.works, made.bids)
        with stage(figures, "candidates and measures"):
            pairs = compare(m, who)
        with stage(figures, "score and evidence"):
            found = score_compared(m, pairs, least=Policy().review, hands=who)
    figures |= {"candidates": len(pairs.rows), "links": len(found), **m.counters}
    figures["recall of candidates"] = round(ceiling(made.truth, pairs.rows, pairs.columns), 4)
    figures["peak, MB"] = round(peak_mb())
    figures |= one_more(made, m, pairs)
    return figures


def one_more(made: Made, m: Grids, pairs: Pairs) -> Figures:
    """How long one changed publication takes, from opening what was kept to its links and evidence: median of nine."""
    judge = load(NAME)
    with tempfile.TemporaryDirectory() as folder:
        keep(Path(folder) / "kept", Kept.of(m, pairs), {})
        took = []
        for work in made.works[:10]:
            begin, cpu = time.perf_counter(), time.process_time()
            kept = load_kept(Path(folder) / "kept")
            score_again(kept, Since.nothing(kept), [work], least=Policy().review, model=judge)
            took.append((time.perf_counter() - begin, time.process_time() - cpu))
    seconds, cpu = np.median(np.array(took[1:]), axis=0)
    return {"one publication, ms": round(1000 * float(seconds), 1), "its cpu, ms": round(1000 * float(cpu), 1)}


def whole(size: int, processes: int) -> Figures:
    """The whole task, after the rows of a database were written in a process whose memory is not that of the task."""
    with tempfile.TemporaryDirectory() as folder:
        elsewhere(prepare, size, folder)
        return alone(task, size, processes, folder)


def task(size: int, processes: int, folder: str) -> Figures:
    """The whole task as an installation does it: from rows of a database, persons unknown, to stored links."""
    figures: Figures = {"publications": size, "proposals": size // 2, "processes": processes}
    storage = Storage(f"sqlite:///{folder}/puma.db")
    settings = Settings(files=FilesSettings(folder=Path(folder) / "files"), work=WorkSettings(processes=processes))
    begun: list[tuple[str, float, float]] = []
    with Watch() as watch:
        report = match(
            storage, settings, at=MADE + timedelta(days=1),
            progress=lambda name, number, count: begun.append((name, time.perf_counter(), used())),
        )  # fmt: skip
    for (name, wall, cpu), (_, next_wall, next_cpu) in pairwise(begun):
        figures[name] = {"seconds": round(next_wall - wall, 1), "cpu": round(next_cpu - cpu, 1)}
    storage.close()
    figures |= {"counted": report.counters, "passed": round(begun[-1][1] - begun[0][1], 1)}
    return figures | {"peak of all at one moment, MB": round(watch.highest_mb)}


def prepare(size: int, folder: str) -> None:
    """Write the rows of a database."""
    storage = Storage(f"sqlite:///{folder}/puma.db")
    storage.migrate()
    store(invent(size // 2, size), storage)
    storage.close()


def persons(size: int, processes: int) -> Figures:
    """Who the authors of all publications are: read, found and written, beside half as many proposals."""
    figures: Figures = {"publications": size, "proposals": size // 2}
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(f"sqlite:///{folder}/puma.db")
        storage.migrate()
        store(invent(size // 2, size), storage)
        figures["peak before, MB"] = round(peak_mb())
        with uncollected():
            with stage(figures, "find"), storage.reading() as session:
                people = find_people(session)
            figures["peak, MB"] = round(peak_mb())
            with stage(figures, "write"), storage.writing() as session:
                store_people(session, people, MADE)
        storage.close()
    return figures | people.counters


def rivals(size: int, processes: int) -> Figures:
    """The plain ways to find the proposal of a publication, on a sample: the true one among as many as ours names."""
    made = invent(size // 2, size)
    m = grids(made.works, made.bids)
    rows, columns = candidates(m)
    linked = np.flatnonzero(made.truth != NONE)[:SAMPLE]
    most = max(round(len(rows) / size), 1)
    texts = [f"{one.title} {one.text}" for one in made.bids]
    figures: Figures = {"publications": size, "sample": len(linked), "candidates of each": most}
    figures["ours, recall"] = round(ceiling(made.truth, rows, columns), 4)

    def tell(name: str, run: Callable[[], Any]) -> None:
        begin = used()
        table = np.asarray(run())
        seconds = (used() - begin) * size / len(linked)
        best = np.argpartition(-table, most, axis=1)[:, :most]
        hit = float(np.mean([true in some for true, some in zip(made.truth[linked], best, strict=True)]))
        figures[name] = {"recall": round(hit, 4), "cpu for all": round(seconds, 1)}

    tell("TF-IDF nearest", lambda: (m.of_works.texts[linked] @ m.of_bids.texts.T).toarray())
    asked = [f"{made.works[row].title} {made.works[row].text}" for row in linked.tolist()]
    tell("token_set_ratio", lambda: cdist(asked, texts, scorer=token_set_ratio, dtype=np.uint8, workers=1))
    return figures


def crowded(size: int, processes: int) -> Figures:
    """The worst case: all share one author and one word."""
    works, bids = crowd(size, size // 2)
    figures: Figures = {"publications": size, "proposals": size // 2}
    with stage(figures, "all"):
        m = grids(works, bids)
        pairs = compare(m)
        found = score_compared(m, pairs, least=Policy().review)
    return figures | {"candidates": len(pairs.rows), "links": len(found), **m.counters, "peak, MB": round(peak_mb())}


def total(figures: Figures) -> float:
    """Processor seconds of all stages."""
    return float(sum(one["cpu"] for one in figures.values() if isinstance(one, dict) and "seconds" in one))


def exponent(several: list[Figures]) -> float | None:
    """How the processor time grows with the publications, fitted over all sizes: 1 is linear."""
    if len(several) < 2:
        return None
    sizes, seconds = np.log([[one["publications"], total(one)] for one in several]).T
    return round(float(np.polyfit(sizes, seconds, 1)[0]), 3)


def elsewhere(task: Callable[..., T], *given: Any) -> T:
    """Run it in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(task, *given).result()


def alone(task: Callable[..., Figures], size: int, processes: int, *given: Any) -> Figures:
    """Run it in a process of its own, and print it."""
    figures = elsewhere(task, size, processes, *given)
    figures["cpu of all stages"] = round(total(figures), 2)
    print(f"{task.__name__:10} " + ", ".join(f"{name} {value}" for name, value in figures.items()), flush=True)
    return figures


def over(task: Callable[[int, int], Figures], sizes: Sequence[int], processes: int = 1) -> Iterator[Figures]:
    """Run it over sizes, and print how it grows; after each size, what there is by then."""
    several: list[Figures] = []
    for size in sizes:
        several.append(alone(task, size, processes))
        yield {"sizes": several, "exponent": exponent(several)}
    print(f"{task.__name__:10} exponent {exponent(several)}", flush=True)


def main() -> None:
    """Print the figures, and store those of the parts that ran beside what is stored of the others."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    reader.add_argument("--sizes", type=int, nargs="*", default=[31_250, 62_500, 125_000, 250_000], help="of the curve")
    reader.add_argument(
        "--task", type=int, default=2 * PROPOSALS, help="publications of the task, proposals half as many"
    )
    reader.add_argument("--million", action="store_true", help="the curve up to a million publications")
    reader.add_argument("--processes", type=int, default=1, help="children that share the work of curve and task")
    chosen = reader.parse_args()
    sizes = chosen.sizes + [500_000, 1_000_000] * chosen.million
    parts: dict[str, Callable[[], Iterable[Any]]] = {
        "curve": lambda: over(curve, sizes, chosen.processes),
        "both": lambda: over(in_memory, [12_500, 25_000, 50_000, 100_000]),
        "persons": lambda: over(persons, [12_500, 25_000]),
        "task": lambda: [whole(chosen.task, chosen.processes)],
        "rivals": lambda: [alone(rivals, 12_500, 1)],
        "crowd": lambda: [[alone(crowded, size, 1) for size in (5_000, 20_000)]],
    }
    results: Figures = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    for name in chosen.only:
        for figures in parts[name]():  # stored as soon as they are there: the large sizes take long
            results = {one: figures if one == name else results[one] for one in PARTS if one in {name, *results}}
            record(results, FILE)


if __name__ == "__main__":
    main()
