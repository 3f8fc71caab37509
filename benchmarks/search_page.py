"""How long an answer of the search page takes in a real browser: from Enter to the hits, and to the facets beside them.

Run `python -m benchmarks.search_page --documents 200000`: a sample facility is made, its publications and proposals are
repeated until there are so many, and all are indexed. Each question is two words of a title and asked once.
"""

import argparse
import os
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import RESULTS, record
from benchmarks.first_views import window
from benchmarks.review import facility
from benchmarks.review_speed import repeat, shares
from puma.entities import Publication
from puma.installation import Installation

QUESTIONS = 50
PAUSE_MS = 700  # between two questions: faster than anybody reads
SHORTEST = 5  # letters of a word that is asked for

WATCH = """() => {
  const narrow = () => (document.querySelector("#narrow") || {}).parentElement;
  const places = { hits: () => document.querySelector(".hits"), facets: narrow };
  const read = (name) => (places[name]() || {}).innerText || "";
  const was = { hits: read("hits"), facets: read("facets") };
  window.took = {};
  let began = 0;
  addEventListener("keydown", () => { began = performance.now(); }, { capture: true, once: true });
  const look = () => {
    for (const name of ["hits", "facets"]) {
      const now = read(name);
      if (began && !window.took[name] && now && now !== was[name]) window.took[name] = performance.now() - began;
    }
    if (!window.took.hits || !window.took.facets) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""From the key to the first frame in which other hits, and other facets, stand there."""


def questions(house: Installation, count: int) -> list[str]:
    """Two long words of the titles of so many publications."""
    with house.storage.reading() as session:
        titles = [title or "" for title in session.scalars(select(Publication.title).limit(5_000))]
    found: dict[str, None] = {}
    draw = random.Random(1)
    while len(found) < count:
        words = [word for word in re.findall(r"\w+", draw.choice(titles)) if len(word) >= SHORTEST]
        if len(words) >= 2:
            found[" ".join(draw.sample(words, 2))] = None
    return list(found)


def ask_all(home: Path, asked: list[str]) -> dict[str, Any]:
    """Ask each in one window."""
    hits, facets = [], []
    with window(home, "/search?q=neutron") as page:
        page.wait_for_selector(".hits")
        page.wait_for_selector("#narrow")
        page.wait_for_timeout(PAUSE_MS)
        for question in asked:
            page.fill("#q", question)
            page.evaluate(WATCH)
            page.press("#q", "Enter")
            page.wait_for_function("() => window.took.hits && window.took.facets")
            hits.append(page.evaluate("window.took.hits"))
            facets.append(page.evaluate("window.took.facets"))
            page.wait_for_timeout(PAUSE_MS)
    return {"questions": len(asked), "ms to the hits": shares(hits), "ms to the facets": shares(facets)}


def main() -> None:
    """Make, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--seed", type=int, default=201)
    parser.add_argument("--out", type=Path, default=RESULTS / "search_page.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with facility(asked.seed, Path(folder) / "demo") as (house, *_):
            told: dict[str, Any] = {"documents": repeat(house, asked.documents)}
            house.refresh_facts()
            began = time.perf_counter()
            house.index(lambda _step, _done, _total: None, rebuild=True)
            told["documents indexed per second"] = round(told["documents"] / (time.perf_counter() - began))
            told["processes waiting for a core meanwhile"] = round(os.getloadavg()[0], 1)
            told |= ask_all(Path(folder) / "demo", questions(house, asked.questions))
        print(told)
        record(told, asked.out)


if __name__ == "__main__":
    main()
