"""Duplicates on labelled sets, beside plain rivals.

python -m benchmarks.matching.duplicates [--join 100000]

Pairs: the valid part of the Leipzig sets. No tree was fitted on it, but the features were made while looking at its
errors: these are figures of development, not of unseen data. End to end: whole tables (of DBLP-Scholar, all works of
all labelled pairs, 7,424 of 64,263), judged on the works that the valid pairs speak of. The self-join is of made-up
records, 1 of 10 a copy; it measures time, not accuracy.
"""

import argparse
import random
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cdist, cpdist
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks import RESULTS, record
from benchmarks.matching.duplicates_data import DATA, PAIRS, Pairs, pairs, read_pairs, table
from benchmarks.matching.splink_rival import INSTALLED
from puma.matching.duplicates.pairs import Described, pair_rows, shelve, title_of
from puma.matching.duplicates.twins import ASK, MODEL, candidates, find_twins
from puma.matching.model import load, probability

CUTS = (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)
"""From which probability on a rival that gives probabilities may link; the best is chosen on the truth."""
Couple = tuple[int, int]


def f1_of(right: int, said: int, true: int) -> dict[str, float]:
    """F1 with a 95 % interval by the normal approximation on its share of right decisions."""
    value = 2 * right / max(said + true, 1)
    reach = 1.96 * sqrt(max(value * (1 - value), 1e-9) / max(true, 1))
    return {"precision": right / max(said, 1), "recall": right / max(true, 1), "f1": value, "low": value - reach,
            "high": min(value + reach, 1.0), "true": true}  # fmt: skip


def all_text(work: Described) -> str:
    """All fields in one string."""
    return " ".join([title_of(work.title), *work.authors, work.container, str(work.year or "")]).lower()


def on_pairs(some: Pairs, said: NDArray[np.bool_]) -> dict[str, float]:
    """Figures of decisions on labelled pairs."""
    true = np.array(some.same)
    return f1_of(int((said & true).sum()), int(said.sum()), int(true.sum()))


def ours_on_pairs(some: Pairs) -> NDArray[np.bool_]:
    """Our decisions at one half; which containers meet is learnt from the pairs themselves, without labels."""
    rows = pair_rows(shelve(some.works), np.array(some.one), np.array(some.other))
    return probability(load(MODEL).score(rows)) >= ASK


def fuzzy_on_pairs(threshold: float) -> Callable[[Pairs], NDArray[np.bool_]]:
    """Rival: token_set_ratio of the titles."""

    def run(some: Pairs) -> NDArray[np.bool_]:
        one, other = ([title_of(some.works[p].title) for p in side] for side in (some.one, some.other))
        return np.asarray(cpdist(one, other, scorer=fuzz.token_set_ratio) >= threshold)

    return run


def whole(name: str) -> tuple[list[Described], list[Described], set[Couple], set[int]]:
    """Two tables (numbers of the second from a million on), true couples, and the works of the first to judge by."""
    parts = {part: read_pairs(name, DATA / path) for (of, part), path in PAIRS.items() if of == name}
    if name == "dblp-acm":
        left, right = table(DATA / "dblp_acm/dblpclean.csv"), table(DATA / "dblp_acm/acmclean.csv")
    else:
        left, right = ([p.works[k] for p in parts.values() for k in sorted(set(side(p)))] for side in (_one, _other))
    left, right = _distinct(left, 0), _distinct(right, 1_000_000)
    number = {_key(work): work.work_id for work in right}
    mine = {_key(work): work.work_id for work in left}
    couples: set[Couple] = set()
    judged: set[int] = set()
    for part, some in parts.items():
        for a, b, same in zip(some.one, some.other, some.same, strict=True):
            one, other = mine.get(_key(some.works[a])), number.get(_key(some.works[b]))
            if same and one is not None and other is not None:
                couples.add((one, other))
                if part == "valid":
                    judged.add(one)
    return left, right, couples, judged


def _one(some: Pairs) -> list[int]:
    return some.one


def _other(some: Pairs) -> list[int]:
    return some.other


def _key(work: Described) -> tuple[str, str, int | None]:
    return (
        title_of(work.title),
        "".join(c for name in work.authors for c in name.lower() if c.isalpha() and c.isascii()),
        work.year,
    )


def _distinct(works: list[Described], start: int) -> list[Described]:
    seen: dict[tuple[str, str, int | None], Described] = {}
    for work in works:
        seen.setdefault(_key(work), work)
    return [replace(work, work_id=start + place) for place, work in enumerate(seen.values())]


def judged_couples(found: set[Couple], couples: set[Couple], judged: set[int]) -> dict[str, float]:
    """Figures over the couples of the judged works only: of the others not all true couples are known."""
    said = {c for c in found if c[0] in judged}
    true = {c for c in couples if c[0] in judged}
    return f1_of(len(said & true), len(said), len(true))


def _end_to_end(
    find: Callable[[list[Described], list[Described]], set[Couple]],
    left: list[Described],
    right: list[Described],
    couples: set[Couple],
    judged: set[int],
) -> dict[str, float]:
    return judged_couples(find(left, right), couples, judged)


def ours(left: list[Described], right: list[Described]) -> set[Couple]:
    """Ours, blocking included."""
    return {(min(t.left_id, t.right_id), max(t.left_id, t.right_id)) for t in find_twins(left, right)}


def nearest(left: list[Described], right: list[Described]) -> set[Couple]:
    """Rival: for each of the second table the nearest by TF-IDF of all text, from .6 on."""
    texts = [all_text(w) for w in [*left, *right]]
    matrix = TfidfVectorizer(token_pattern=r"\w+").fit_transform(texts)
    near = (matrix[len(left) :] @ matrix[: len(left)].T).tocsr()
    found = set()
    for row in range(len(right)):
        part = slice(near.indptr[row], near.indptr[row + 1])
        if near.indptr[row] < near.indptr[row + 1] and near.data[part].max() >= 0.6:
            found.add((left[near.indices[part][near.data[part].argmax()]].work_id, right[row].work_id))
    return found


def fuzzy(left: list[Described], right: list[Described]) -> set[Couple]:
    """Rival: token_set_ratio of titles, all pairs, from 95 on."""
    grid = cdist([title_of(w.title) for w in left], [title_of(w.title) for w in right], scorer=fuzz.token_set_ratio,
                 score_cutoff=95, dtype=np.uint8)  # fmt: skip
    return {(left[a].work_id, right[b].work_id) for a, b in np.argwhere(grid > 0)}


def splink(left: list[Described], right: list[Described], couples: set[Couple], judged: set[int]) -> dict[str, float]:
    """Rival: Splink 5, for each of the second table the nearest, with the cut of the best F1 on the truth."""
    from benchmarks.matching.splink_rival import publication_pairs

    best: dict[int, tuple[float, int]] = {}
    for a, b, chance in publication_pairs(left, right):
        one, other = min(a, b), max(a, b)
        best[other] = max(best.get(other, (0.0, 0)), (chance, one))
    figures = [
        judged_couples({(one, other) for other, (chance, one) in best.items() if chance >= cut}, couples, judged)
        for cut in CUTS
    ]
    return {**max(figures, key=lambda one: one["f1"]), "f1 at a cut of .95": figures[CUTS.index(0.95)]["f1"]}


def invented(count: int) -> list[Described]:
    """Made-up records with words, names and containers of DBLP and ACM; one of ten is a shortened copy."""
    chance = random.Random(1)
    works = [*table(DATA / "dblp_acm/dblpclean.csv"), *table(DATA / "dblp_acm/acmclean.csv")]
    said = [w for one in works for w in title_of(one.title).split()]
    names, places = [n for one in works for n in one.authors], [one.container for one in works]
    made = [
        Described(n, " ".join(chance.choices(said, k=chance.randint(5, 14))),
                  tuple(chance.choices(names, k=chance.randint(1, 6))), 
                  chance.randint(1990, 2020), chance.choice(places))
        for n in range(count * 9 // 10)
    ]  # fmt: skip
    for n in range(len(made), count):
        one = made[chance.randrange(count * 9 // 10)]
        made.append(replace(one, work_id=n, title=one.title.rsplit(" ", 1)[0], authors=one.authors[:3]))
    return made


def main() -> None:
    """Print and store the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--join", type=int, default=0, help="records of the self-join")
    asked.add_argument("--pairs", type=Path, nargs="*", default=[], help="further files of pairs in the form of Ditto")
    chosen = asked.parse_args()
    lines: list[dict[str, Any]] = []

    def report(job: str, name: str, method: str, run: Callable[[], dict[str, float]]) -> None:
        begin, used = time.perf_counter(), time.process_time()
        line = {"job": job, "set": name, "method": method, **run()}
        line |= {"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - used,
                 "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}  # fmt: skip
        lines.append(line)
        print(
            f"{job:10} {name:16} {method:18} "
            + " ".join(f"{k} {v:.3f}" for k, v in line.items() if isinstance(v, float)),
            flush=True,
        )

    sets = [*pairs("valid").values(), *(read_pairs(path.stem, path) for path in chosen.pairs)]
    for some in sets:
        for method, decide in {"PUMA": ours_on_pairs, "token_set_ratio": fuzzy_on_pairs(95)}.items():
            report("pairs", some.name, method, lambda some=some, decide=decide: on_pairs(some, decide(some)))  # type: ignore[misc]
    for name in ("dblp-acm", "dblp-scholar"):
        left, right, couples, judged = whole(name)
        for method, find in {"PUMA": ours, "TF-IDF nearest": nearest, "token_set_ratio": fuzzy}.items():
            report("end to end", f"{name} {len(left)} x {len(right)}", method,
                   partial(_end_to_end, find, left, right, couples, judged))  # fmt: skip
        if INSTALLED:
            report("end to end", f"{name} {len(left)} x {len(right)}", "Splink, best cut",
                   partial(splink, left, right, couples, judged))  # fmt: skip
        one, other = candidates(shelve([*left, *right]), [*left, *right], len(left))
        near = {
            (left[a].work_id, right[b - len(left)].work_id) for a, b in zip(one.tolist(), other.tolist(), strict=True)
        }
        print(
            f"           recall of the candidates {len(near & couples) / len(couples):.4f}, "
            f"{len(near) / len(left):.1f} a work"
        )
    if chosen.join:
        works = invented(chosen.join)
        copies = chosen.join - chosen.join * 9 // 10
        report("self-join", str(chosen.join), "PUMA", lambda: {"found": len(find_twins(works)) / copies})
    record(lines, RESULTS / "matching_duplicates.json")


if __name__ == "__main__":
    main()
