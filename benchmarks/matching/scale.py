"""Link matching at scale: time, memory and candidates over sizes, from memory and from a database, beside plain rivals.

python -m benchmarks.matching.scale [--sizes 12500 25000 50000 100000] [--million] [--processes 2]

Every size runs in a process of its own, so that its peak of memory is its own. Proposals are half as many as
publications. Seconds are given as passed and as used by the processors, because the machine may be shared; the exponent
is that of the latter. Who is who is measured as a step of its own: of the links in memory it is known.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cdist
from sqlalchemy import func, select

from benchmarks.matching.scale_data import MADE, NONE, Made, crowd, invent, store
from puma.entities import Authorship, Participant, Record
from puma.linking.derived import DERIVED, PROPOSALS, derive, found_of, through
from puma.linking.gather import gather
from puma.linking.people import People, find_people
from puma.linking.people_rows import store_people
from puma.linking.store import store_links
from puma.matching.links.evidence import Policy
from puma.matching.links.features import Pairs
from puma.matching.links.grids import Grids, candidates, grids
from puma.matching.links.kept import Kept, keep, load_kept, score_again
from puma.matching.links.score import NAME, compare, score_compared
from puma.matching.model import load
from puma.matching.persons.mentions import Assignment
from puma.settings import WorkSettings
from puma.storage import Storage
from puma.work import hands, uncollected

RESULTS = Path(__file__).parents[1] / "results" / "matching_scale.json"
SAMPLE = 300  # publications that a rival is tried on; its time is that of all by the rule of three
EMPTY = np.zeros(0, dtype=np.int64)
T = TypeVar("T")
Figures = dict[str, Any]


def used() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, BOTH))


def peak_mb() -> float:
    """The most memory that this process had, and the most that one of its children had, together."""
    return sum(resource.getrusage(who).ru_maxrss for who in BOTH) / 1024


BOTH = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@contextmanager
def stage(figures: Figures, name: str) -> Iterator[None]:
    """Note how long a stage took."""
    begin, cpu = time.perf_counter(), used()
    yield
    figures[name] = {"seconds": round(time.perf_counter() - begin, 3), "cpu": round(used() - cpu, 3)}


def ceiling(made: Made, rows: Any, columns: Any) -> float:
    """The share of the true pairs that are candidates."""
    near = set(zip(rows.tolist(), columns.tolist(), strict=True))
    true = [(row, bid) for row, bid in enumerate(made.truth.tolist()) if bid != NONE]
    return sum(pair in near for pair in true) / len(true)


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
    figures["recall of candidates"] = round(ceiling(made, pairs.rows, pairs.columns), 4)
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
            score_again(kept, [work], [], EMPTY, least=Policy().review, model=judge)
            took.append((time.perf_counter() - begin, time.process_time() - cpu))
    seconds, cpu = np.median(np.array(took[1:]), axis=0)
    return {"one publication, ms": round(1000 * float(seconds), 1), "its cpu, ms": round(1000 * float(cpu), 1)}


def from_database(size: int, processes: int) -> Figures:
    """From the rows of a database to stored links: persons are known by then, everything else is read and written."""
    figures: Figures = {"publications": size, "proposals": size // 2}
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(f"sqlite:///{folder}/puma.db")
        storage.migrate()
        made = invent(size // 2, size)
        store(made, storage)
        people = _as_invented(storage, made)
        del made
        with hands(WorkSettings(processes=processes)) as who:
            with stage(figures, "read"), storage.reading() as session:
                world = gather(session, people)
            with stage(figures, "grids"):
                m = grids(world.works, world.bids)
            with stage(figures, "candidates and measures"):
                pairs = compare(m, who)
            with stage(figures, "score and evidence"):
                found = score_compared(m, pairs, least=Policy().review, hands=who)
        with stage(figures, "write"), storage.writing() as session:
            links = [found_of(one, Policy()) for one in found]
            store_links(session, (PROPOSALS,), links, model=NAME, at=MADE + timedelta(days=1))
            more = derive(world, through(links, {}, set()), review=Policy().review)
            store_links(session, DERIVED, more, model=NAME, at=MADE + timedelta(days=1))
        with stage(figures, "keep"):
            keep(Path(folder) / "kept", Kept.of(m, pairs), {})
        storage.close()
    return figures | {"links": len(links), "candidates": len(pairs.rows), "peak, MB": round(peak_mb())}


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


def _as_invented(storage: Storage, made: Made) -> People:
    """The persons as the invention has them, in the shape that resolving them would give."""
    people = People()
    with storage.reading() as session:
        persons = session.scalars(select(Record.id).where(Record.kind == "facility")).one() + 1
        works = session.scalars(select(func.min(Record.id)).where(Record.kind == "publication")).one() or 0
        people.participants = [
            (row, proposal, person, None)
            for row, proposal, person in session.execute(
                select(Participant.id, Participant.proposal_id, Participant.person_id)
            )
        ]
        for row, record, position in session.execute(
            select(Authorship.id, Authorship.record_id, Authorship.position).order_by(
                Authorship.record_id, Authorship.position
            )
        ):
            options = made.works[record - works].authors[position - 1]
            several = tuple((persons + person - 1, chance) for person, chance in options)
            people.authors.append((row, record, position, Assignment(None, None, several[0][1], several)))
    return people


def rivals(size: int, processes: int) -> Figures:
    """The plain ways to find the proposal of a publication, on a sample: the true one among as many as ours names."""
    made = invent(size // 2, size)
    m = grids(made.works, made.bids)
    rows, columns = candidates(m)
    linked = np.flatnonzero(made.truth != NONE)[:SAMPLE]
    most = max(round(len(rows) / size), 1)
    texts = [f"{one.title} {one.text}" for one in made.bids]
    figures: Figures = {"publications": size, "sample": len(linked), "candidates of each": most}
    figures["ours, recall"] = round(ceiling(made, rows, columns), 4)

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


def many(size: int, processes: int) -> Figures:
    """The candidates alone, of any number of publications beside 50,000 proposals."""
    figures: Figures = {"publications": size, "proposals": 50_000}
    made = invent(50_000, size)
    with stage(figures, "grids"):
        m = grids(made.works, made.bids)
    with stage(figures, "candidates"):
        rows, columns = candidates(m)
    figures |= {"candidates": len(rows), "recall of candidates": round(ceiling(made, rows, columns), 4)}
    return figures | {"peak, MB": round(peak_mb())}


def total(figures: Figures) -> float:
    """Processor seconds of all stages."""
    return float(sum(one["cpu"] for one in figures.values() if isinstance(one, dict) and "seconds" in one))


def exponents(several: list[Figures]) -> list[float]:
    """How the processor time grows from each size to the next: 1 is linear."""
    return [
        round(log(total(b) / total(a)) / log(b["publications"] / a["publications"]), 3) for a, b in pairwise(several)
    ]


def alone(task: Callable[[int, int], Figures], size: int, processes: int) -> Figures:
    """Run it in a process of its own, and print it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        figures = pool.apply(task, (size, processes)) if processes == 1 else task(size, processes)
    figures["cpu of all stages"] = round(total(figures), 2)
    print(f"{task.__name__:14} " + ", ".join(f"{name} {value}" for name, value in figures.items()), flush=True)
    return figures


def main() -> None:
    """Print and store the figures."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--sizes", type=int, nargs="*", default=[12_500, 25_000, 50_000, 100_000])
    reader.add_argument("--million", action="store_true", help="the candidates of up to a million publications too")
    reader.add_argument("--processes", type=int, default=1, help="children that share the work of the largest size")
    chosen = reader.parse_args()
    curve = [alone(in_memory, size, 1) for size in chosen.sizes]
    print("exponents", exponents(curve))
    results: Figures = {"in memory": curve, "exponents": exponents(curve)}
    results["persons"] = [alone(persons, size, 1) for size in chosen.sizes]
    results["exponents of persons"] = exponents(results["persons"])
    print("exponents of persons", results["exponents of persons"])
    results["from a database"] = alone(from_database, chosen.sizes[-1], 1)
    results["rivals"] = alone(rivals, chosen.sizes[0], 1)
    results["one author, one word"] = [alone(crowded, size, 1) for size in (5_000, 20_000)]
    if chosen.million:
        more = [alone(many, size, 1) for size in (125_000, 250_000, 500_000, 1_000_000)]
        results |= {"candidates": more, "exponents of candidates": exponents(more)}
    if chosen.processes > 1:
        results["shared"] = alone(from_database, chosen.sizes[-1], chosen.processes)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
