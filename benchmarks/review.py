"""A simulated reviewer on sample facilities: true links reached against candidates read, by our order and others.

Run `python -m benchmarks.review --seeds 201 202 203`. How long a decision takes is `benchmarks.review_speed`.
"""

import argparse
import csv
import json
import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from puma.access import Viewer
from puma.demo.run import demo
from puma.entities import Identifier, Link, Proposal, Publication
from puma.installation import Installation
from puma.listing import candidates
from puma.listing.candidates import AUDITED_RELATION, waiting_pairs
from puma.listing.order import in_order

RESULTS = Path(__file__).parent / "results" / "review.json"
SEEDS = (201, 202, 203)
GOAL = 0.95
SHUFFLES = 20
READER = Viewer("user_office", "simulated reviewer")
Pairs = Sequence[int]


@contextmanager
def facility(seed: int, folder: Path) -> Iterator[tuple[Installation, set[int], int]]:
    """A sample facility that nobody has reviewed: (installation, true ones among its links, true pairs in all)."""

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


def _true_links(house: Installation, truth_csv: Path) -> tuple[set[int], int]:
    with truth_csv.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["proposal"]]
    keys = {
        (row["proposal"], key)
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
        link
        for link, code, paper, doi in links
        if any((code, key) in keys for key in {doi or "", *names.get(paper, ())})
    }
    return true, len({(row["proposal"], row["publication_doi"] or row["publication_id"]) for row in rows})


def reads(order: Pairs, true: set[int], wanted: float) -> int | None:
    """How many pairs are read until so many true ones were met; None when there are not as many."""
    met = 0
    for place, link in enumerate(order, 1):
        met += link in true
        if met >= wanted:
            return place
    return None


def curve(order: Pairs, true: set[int]) -> list[float]:
    """The share of the true pairs met after reading 0.1, 0.2 ... 2.0 times their number."""
    return [
        round(sum(link in true for link in order[: round(step / 10 * len(true))]) / len(true), 4)
        for step in range(1, 21)
    ]


def measure(house: Installation, links_true: set[int], pairs: int) -> dict[str, Any]:
    """What each order costs on one facility."""
    find = candidates(
        house.storage, READER, order="grouped", relations=(AUDITED_RELATION,), limit=100_000
    )  # fmt: skip
    ours = [one.link_id for one in find.items]
    chance = {one.link_id: one.probability for one in find.items}
    with house.storage.reading() as session:
        bare = [one.link_id for one in in_order(waiting_pairs(session, READER, ours))]
        autos = set(session.scalars(select(Link.id).where(Link.relation == AUDITED_RELATION, Link.state == "auto")))
    true = links_true & set(ours)
    held = len(links_true & autos)
    orders = {
        "our order": ours,
        "our order without the random audit": bare,
        "by score": sorted(ours, key=lambda link: -chance[link]),
    }
    told: dict[str, Any] = {
        "candidates": len(ours), "true among them": len(true), "true pairs": pairs, "true automatic": held,
        "orders": {},
    }  # fmt: skip
    for name, order in orders.items():
        told["orders"][name] = _told(order, true, pairs, held)
    draws = []
    for number in range(SHUFFLES):
        mixed = list(ours)
        random.Random(number).shuffle(mixed)
        draws.append(_told(mixed, true, pairs, held))
    told["orders"]["at random"] = {
        "read per true pair": round(statistics.mean(one["read per true pair"] for one in draws), 3),
        "curve": [round(statistics.mean(some), 4) for some in zip(*(one["curve"] for one in draws), strict=True)],
    }
    return told


def _told(order: Pairs, true: set[int], pairs: int, held: int) -> dict[str, Any]:
    read = reads(order, true, GOAL * len(true)) or len(order)
    whole = reads(order, true, GOAL * pairs - held)
    return {
        "read": read,
        "read per true pair": round(read / len(true), 3),
        "read per true pair of all, automatic ones known": round(whole / pairs, 3) if whole else None,
        "curve": curve(order, true),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    told: dict[str, Any] = {"goal": GOAL, "facilities": {}}
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder, facility(seed, Path(folder) / "demo") as (house, true, pairs):
            found = measure(house, true, pairs)
            told["facilities"][str(seed)] = found
            for name, one in found["orders"].items():
                print(f"{seed}  {name:36} {one['read per true pair']:.2f} read per true pair for {GOAL:.0%}")
    names = next(iter(told["facilities"].values()))["orders"]
    every = [one["orders"] for one in told["facilities"].values()]
    told["mean"] = {name: round(statistics.mean(one[name]["read per true pair"] for one in every), 3) for name in names}
    print(told["mean"])
    asked.out.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
