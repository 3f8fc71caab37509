"""How long a decision takes in a real browser in a large queue: from the key to the next pair, and to the answer.

Run `python -m benchmarks.review_speed --documents 200000`: a sample facility is made, and its publications, proposals,
people and proposed links are repeated until there are so many documents. The index for searching stays that of the
sample. With `--home` an installation that is there is copied and repeated instead.
"""

import argparse
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, literal, select, text
from sqlalchemy.orm import aliased

from benchmarks import RESULTS, record
from benchmarks.review import READER, facility
from puma import decisions
from puma.cli.serving import short_turns
from puma.entities import Authorship, Link, Participant, Proposal, ProposalTime, Publication, Record
from puma.installation import Installation
from puma.listing import CandidatePage, candidates
from puma.settings import load_settings
from tests.dashboards.conftest import served

SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
KEYS = 50  # decisions made in the browser
PAUSE_MS = 700  # between two decisions: faster than anybody reads
REPEATED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Record, ("id",)),
    (Publication, ("id",)),
    (Proposal, ("id",)),
    (ProposalTime, ("proposal_id",)),
    (Participant, ("proposal_id",)),
    (Authorship, ("record_id",)),
    (Link, ("left_id", "right_id")),
)
"""What is repeated, and its columns that hold the number of a repeated record."""
FORGOTTEN = {"doi", "pid"}
"""Names of one record only: the repeated ones have none."""


def repeat(house: Installation, documents: int) -> int:
    """Repeat what the queue is made of until there are so many publications and proposals. Returns how many there are.

    Every pair waits for a decision afterwards. The numbers of what is repeated are moved by a multiple of a step that
    is larger than all of them.
    """
    kinds = ("publication", "proposal")
    with house.storage.writing() as session:
        step = (session.scalar(select(func.max(Record.id))) or 0) + 1
        held = session.scalar(select(func.count()).select_from(Record).where(Record.kind.in_(kinds))) or 1
        session.execute(
            text("UPDATE link SET state = 'candidate', decided_by = NULL, decided_at = NULL WHERE state <> 'auto'")
        )
        copies = select(literal(1).label("k")).cte("copies", recursive=True)
        copies = copies.union_all(select(copies.c.k + 1).where(copies.c.k < -(-documents // held) - 1))
        one = aliased(Record)
        for entity, owners in REPEATED:
            table: Table = entity.__table__
            own = [c for c in table.c if c.name in owners or not (c.primary_key or c.name in FORGOTTEN)]
            values = [c + copies.c.k * step if c.name in owners else c for c in own]
            rows = select(*values).select_from(table.join(copies, literal(value=True)))
            moved = (select(one.id).where(one.id == table.c[name], one.kind.in_(kinds)).exists() for name in owners)
            some = rows.where(*moved, table.c[owners[0]] < step)
            session.execute(insert(table).from_select([c.name for c in own], some))
    with house.storage.reading() as session:
        return session.scalar(select(func.count()).select_from(Record).where(Record.kind.in_(kinds))) or 0


def program() -> str:
    """Where a browser lies."""
    found = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if found is None:
        raise SystemExit(f"There is no browser on this machine; one of {', '.join(BROWSERS)} is needed.")
    return found


@contextmanager
def window(house: Installation, path: str) -> Iterator[Any]:
    """A window of a real browser at one of the pages, as the reader sees them."""
    from playwright.sync_api import sync_playwright

    with served(house, READER) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=SWITCHES.split())
        page = browser.new_page()
        page.set_default_timeout(120_000)  # the machine may be busy
        page.goto(f"{address}{path}")
        yield page
        browser.close()


def decide_all(house: Installation, keys: int) -> dict[str, Any]:
    """Decide so many pairs by one key each: how long until the next pair stands there, and until the answer came."""
    felt, kept = [], []
    before = decided_in(house)
    with window(house, "/review") as page:
        page.wait_for_selector(".pair[data-now]")
        for number in range(keys):
            page.evaluate(WATCH)
            page.keyboard.press("a" if number % 3 else "x")
            page.wait_for_function("window.felt && window.kept")
            felt.append(page.evaluate("window.felt"))
            kept.append(page.evaluate("window.kept"))
            page.wait_for_timeout(PAUSE_MS)
    done = decided_in(house) - before
    return {"decisions": done, "keys": keys, "ms to the next pair": shares(felt), "ms to the answer": shares(kept)}


def decided_in(house: Installation) -> int:
    """How many pairs are decided."""
    states = candidates(house.storage, READER, limit=0).states
    return states.get("validated", 0) + states.get("rejected", 0)


def ask_queue(house: Installation) -> dict[str, Any]:
    """How long eight pairs of the queue take: read anew, kept from before, and after a decision and taking it back."""

    def eight() -> tuple[CandidatePage, float]:
        began = time.perf_counter()
        page = candidates(house.storage, READER, order="grouped", limit=8)
        return page, (time.perf_counter() - began) * 1000

    page, first = eight()
    again = [eight()[1] for _ in range(10)]
    deciding, after = [], []
    for one in page.items:
        began = time.perf_counter()
        made = house.decide(READER, one.link_id, "accept", expected_state=one.state)
        deciding.append((time.perf_counter() - began) * 1000)
        after.append(eight()[1])
        decisions.undo(house.storage, READER, made)
        after.append(eight()[1])
    return {
        "waiting pairs": page.total,
        "ms for the first eight pairs of the queue": round(first),
        "ms for the same once more": shares(again),
        "ms for the first eight after a decision": shares(after),
        "ms for a decision without a browser": shares(deciding),
    }


def shares(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and longest."""
    ordered = sorted(times)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return {"p50": round(statistics.median(ordered), 1), "p95": round(p95, 1), "longest": round(ordered[-1], 1)}


WATCH = """() => {
  window.felt = window.kept = 0;
  const was = document.querySelector(".pair[data-now]").dataset.link;
  let began = 0;
  addEventListener("keydown", () => { began = performance.now(); }, { capture: true, once: true });
  const look = () => {
    const now = document.querySelector(".pair[data-now]");
    if (began && now && now.dataset.link !== was) window.felt = performance.now() - began;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  performance.clearResourceTimings();
  const answers = new PerformanceObserver((seen) => {
    for (const one of seen.getEntries()) {
      if (!one.name.endsWith("/review/decisions")) continue;
      window.kept = one.responseEnd - began;
      answers.disconnect();
    }
  });
  answers.observe({ type: "resource" });
}"""
"""From the key to the first frame in which another pair stands, and to the end of the server's answer."""


def main() -> None:
    """Make, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--keys", type=int, default=KEYS, help="decisions made in the browser")
    parser.add_argument("--seed", type=int, default=201)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "review_speed.json")
    asked = parser.parse_args()
    short_turns()  # as `puma serve` does
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as open_here:
        if asked.home:
            home = Path(shutil.copytree(asked.home, Path(folder) / "home"))
            house = Installation(load_settings(home / "puma.toml"))
            house.prepare()
            open_here.callback(house.close)
        else:
            house, *_ = open_here.enter_context(facility(asked.seed, Path(folder) / "demo"))
        documents = repeat(house, asked.documents)
        house.refresh_facts()  # as after any harvest; what follows one decision goes on from there
        told: dict[str, Any] = {"documents": documents}
        told["processes waiting for a core meanwhile"] = round(os.getloadavg()[0], 1)
        told |= ask_queue(house)
        print(told)
        told |= decide_all(house, asked.keys)
        print(told)
        record(told, asked.out)


if __name__ == "__main__":
    main()
