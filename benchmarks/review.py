"""A simulated reviewer on sample facilities: true links reached against candidates read, by our order and others.

Run `python -m benchmarks.review --seeds 201 202 203`. How long a decision takes is `benchmarks.review_speed`.

A true pair is one of the facility's papers with one of its proposals, counted once however many records tell of the
paper. Two figures per order: read until 95 % of all true pairs are known, of which the automatic ones are without
reading, per true pair of all (the goal: at most 1.3); and, harder, read until 95 % of those that wait are met, per
pair that waits. The random audit measures the model and finds nothing sooner: what it costs is told beside it.
"""

import argparse
import csv
import random
import statistics
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from benchmarks import RESULTS, record
from puma.access import Viewer
from puma.demo.run import demo
from puma.entities import Identifier, Link, Proposal, Publication
from puma.installation import Installation
from puma.listing import candidates
from puma.listing.order import in_order
from puma.listing.queue import AUDITED_RELATION, waiting_pairs

SEEDS = (201, 202, 203)
GOAL = 0.95
SHUFFLES = 20
FIGURES = ("read per true pair", "read per pair that waits")
READER = Viewer("user_office", "simulated reviewer")
Pairs = Sequence[int]
Truth = Mapping[int, str]
"""Links that are true, each with the pair of a paper and a proposal that it stands for."""


@contextmanager
def facility(seed: int, folder: Path) -> Iterator[tuple[Installation, Truth, int]]:
    """A sample facility that nobody has reviewed: (installation, its links that are true, true pairs in all)."""

    @contextmanager
    def quiet(_title: str) -> Iterator[Any]:
        yield lambda *_: None

    with demo("small", folder, seed, quiet, lambda _line: None) as house:
        with house.storage.writing() as session:
            session.execute(
                update(Link)
                .where(Link.state.in_(("validated", "rejected")))
                .values(state="candidate", decided_by=None, decided_at=None)
            )
        true, pairs = _true_links(house, folder / "world" / "truth" / "truth.csv")
        yield house, true, pairs


def _true_links(house: Installation, truth_csv: Path) -> tuple[Truth, int]:
    with truth_csv.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["proposal"]]
    pair_of = {
        (row["proposal"], key): f"{row['proposal']} {row['publication_doi'] or row['publication_id']}"
        for row in rows
        for key in (row["publication_doi"].lower(), *row["publication_id"].split(";"))
        if key
    }
    with house.storage.reading() as session:
        links = session.execute(
            select(Link.id, Proposal.code, Publication.id, Publication.doi)
            .join(Publication, Publication.id == Link.left_id)
            .join(Proposal, Proposal.id == Link.right_id)
            .where(Link.relation == AUDITED_RELATION)
        ).all()
        names: dict[int, set[str]] = {}
        for number, value in session.execute(
            select(Identifier.record_id, Identifier.value).where(Identifier.scheme == "source")
        ):
            names.setdefault(number, set()).add(value)
    true = {
        link: pair_of[code, key]
        for link, code, paper, doi in links
        for key in sorted({doi or "", *names.get(paper, ())})
        if (code, key) in pair_of
    }
    return true, len(set(pair_of.values()))


def met_by(order: Pairs, true: Truth, known: Set[str]) -> list[int]:
    """How many true pairs that were not known are met after each pair that is read."""
    met: set[str] = set()
    found = []
    for link in order:
        if (pair := true.get(link)) and pair not in known:
            met.add(pair)
        found.append(len(met))
    return found


def reads(met: Sequence[int], wanted: float) -> int | None:
    """How many pairs are read until so many true ones were met; None when there are not as many."""
    place = bisect_left(met, wanted)
    return place + 1 if place < len(met) else None


def measure(house: Installation, true: Truth, pairs: int) -> dict[str, Any]:
    """What each order costs on one facility."""
    find = candidates(house.storage, READER, order="grouped", relations=(AUDITED_RELATION,), limit=100_000)
    ours = [one.link_id for one in find.items]
    chance = {one.link_id: one.probability for one in find.items}
    with house.storage.reading() as session:
        bare = [one.link_id for one in in_order(waiting_pairs(session, READER, ours))]
        autos = set(session.scalars(select(Link.id).where(Link.relation == AUDITED_RELATION, Link.state == "auto")))
    known = {pair for link, pair in true.items() if link in autos}
    waiting = {true[link] for link in ours if link in true} - known
    orders = {
        "our order": bare,
        "our order with the random audit": ours,
        "by score": sorted(ours, key=lambda link: (-chance[link], link)),
    }
    told: dict[str, Any] = {
        "candidates": len(ours), "true pairs": pairs, "automatic": len(known), "waiting": len(waiting),
    }  # fmt: skip
    told["orders"] = {name: _told(met_by(order, true, known), len(waiting), pairs, len(known))
                      for name, order in orders.items()}  # fmt: skip
    draws = []
    for number in range(SHUFFLES):
        mixed = list(ours)
        random.Random(number).shuffle(mixed)
        draws.append(_told(met_by(mixed, true, known), len(waiting), pairs, len(known)))
    told["orders"]["at random"] = {
        **{name: round(statistics.mean(one[name] for one in draws), 3) for name in FIGURES},
        "curve": [round(statistics.mean(some), 4) for some in zip(*(one["curve"] for one in draws), strict=True)],
    }
    return told


def _told(met: Sequence[int], waiting: int, pairs: int, known: int) -> dict[str, Any]:
    """Both figures, and the share of the waiting pairs met after reading 0.1, 0.2 ... 2.0 times their number."""
    whole, all_read = reads(met, GOAL * pairs - known), len(met)
    places = [min(round(step / 10 * waiting), all_read) for step in range(1, 21)]
    return {
        FIGURES[0]: round((whole or all_read) / pairs, 3),
        FIGURES[1]: round((reads(met, GOAL * waiting) or all_read) / waiting, 3),
        "reached": round((known + met[-1]) / pairs, 3),
        "curve": [round(met[place - 1] / waiting, 4) if place else 0.0 for place in places],
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, default=RESULTS / "review.json")
    asked = parser.parse_args()
    told: dict[str, Any] = {"goal": GOAL, "facilities": {}}
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder, facility(seed, Path(folder) / "demo") as (house, true, pairs):
            found = measure(house, true, pairs)
            told["facilities"][str(seed)] = found
            for name, one in found["orders"].items():
                print(f"{seed}  {name:32} {one[FIGURES[0]]:.2f} {FIGURES[0]}, {one[FIGURES[1]]:.2f} {FIGURES[1]}")
    every = [one["orders"] for one in told["facilities"].values()]
    told["mean"] = {
        name: {figure: round(statistics.mean(one[name][figure] for one in every), 3) for figure in FIGURES}
        for name in every[0]
    }
    print(told["mean"])
    record(told, asked.out)


if __name__ == "__main__":
    main()
