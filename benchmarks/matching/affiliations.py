"""How well affiliations find their institution: precision, recall, F1 with intervals, speed, memory, and the baselines.

python -m benchmarks.matching.affiliations [--baselines]

Figures are for the valid parts, on which nothing was fitted or chosen (affiliations_data.py states the splits). A pair
(affiliation, organisation) counts; "one" takes the best organisation only, "all" also the further ones, and "each
affiliation once" takes several labels of an affiliation for alternatives.
"""

import argparse
import json
import math
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import RESULTS, record
from benchmarks.matching.affiliations_baselines import BASELINES
from benchmarks.matching.affiliations_data import VALID, Case, bare, cases, name_rows, numbers, registry, unseen_pairs
from puma.matching.institutions.index import AffiliationText, InstitutionIndex, NameRow, Resolution
from puma.matching.institutions.words import words

FILE = RESULTS / "affiliations.json"
SAMPLE = 40  # affiliations of each part for the baseline that compares with every name
BINS = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and what follows from them; intervals are Wilson's at 95 %."""

    n: int
    named: int
    right: int
    true: int

    def told(self) -> dict[str, object]:
        both = self.named + self.true
        return {
            "n": self.n, "precision": ratio(self.right, self.named), "recall": ratio(self.right, self.true),
            "precision_interval": wilson(self.right, self.named), "recall_interval": wilson(self.right, self.true),
            "f1": round(2 * self.right / both, 4) if both else None,
        }  # fmt: skip


def ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def wilson(part: int, whole: int, z: float = 1.96) -> tuple[float, float] | None:
    """The interval of a share."""
    if not whole:
        return None
    share, room = part / whole, z * z / whole
    middle = (share + room / 2) / (1 + room)
    half = z * math.sqrt(share * (1 - share) / whole + room / (4 * whole)) / (1 + room)
    return round(middle - half, 4), round(middle + half, 4)


def count(some: Sequence[Case], answers: Sequence[Sequence[int]]) -> Figures:
    right = sum(len(set(found) & case.truth) for case, found in zip(some, answers, strict=True))
    return Figures(len(some), sum(map(len, answers)), right, sum(len(case.truth) for case in some))


def each_once(some: Sequence[Case], answers: Sequence[Sequence[int]]) -> Figures:
    """An affiliation counts once, and is right when its best organisation is one of its labels.

    So do those count who take several labels of an affiliation for alternatives.
    """
    named = [(found[0], case) for case, found in zip(some, answers, strict=True) if found]
    return Figures(
        len(some), len(named), sum(best in case.truth for best, case in named), sum(bool(case.truth) for case in some)
    )


def precision_point(some: Sequence[Case], found: Sequence[Resolution], least: float) -> dict[str, object]:
    """The greatest recall whose precision is at least ``least``, taking answers by falling probability."""
    named = [one for one in zip(found, some, strict=True) if one[0].institution_id is not None]
    ordered = sorted(named, key=lambda one: -one[0].probability)
    true, right, best = sum(len(case.truth) for case in some), 0, (0.0, 0.0)
    for place, (one, case) in enumerate(ordered, 1):
        right += one.institution_id in case.truth
        if right / place >= least:
            best = (round(right / place, 4), round(right / true, 4))
    return {"precision": best[0], "recall": best[1]}


def calibration_error(some: Sequence[Case], ranked: Sequence[Sequence[tuple[int, float]]]) -> float:
    """Mean distance of stated and true share of right best candidates, in BINS bins of probability."""
    best = [(one[0][1], one[0][0] in case.truth) for one, case in zip(ranked, some, strict=True) if one]
    chance, right = np.array([p for p, _ in best]), np.array([r for _, r in best], dtype=float)
    where = np.minimum((chance * BINS).astype(int), BINS - 1)
    return round(sum(abs(float((chance - right)[where == one].sum())) for one in range(BINS)) / len(best), 4)


def timed(answer: Callable[[list[str]], list[list[int]]], some: Sequence[Case]) -> tuple[list[list[int]], float]:
    start = time.perf_counter()
    found = answer([case.text for case in some])
    return found, len(some) / (time.perf_counter() - start)


def main(*, baselines: bool) -> None:
    held = registry()
    number = numbers(held)
    start = time.perf_counter()
    rows = list(name_rows(held))
    index = InstitutionIndex(rows, bare(number))
    built = time.perf_counter() - start
    parts = {part: cases(f"valid.{part}", number) for part in VALID}
    parts["crossref_unseen"] = unseen_pairs(number)
    index.resolve([AffiliationText(case.text) for case in parts["logs_va"]])  # warm
    told: dict[str, object] = {"organisations": len(held), "index_s": round(built, 1)}
    for part, some in parts.items():
        texts = [AffiliationText(case.text) for case in some]
        words.cache_clear()
        start, cpu = time.perf_counter(), time.process_time()
        found = index.resolve(texts)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        best = [[x.institution_id] if x.institution_id is not None else [] for x in found]
        one = count(some, best)
        everything = count(some, [[*first, *x.also] for first, x in zip(best, found, strict=True)])
        sure = count(some, [first if x.band == "accept" else [] for first, x in zip(best, found, strict=True)])
        empty = [x.band for x, case in zip(found, some, strict=True) if not case.truth]
        told[part] = {
            "one": one.told(), "all": everything.told(), "accepted": sure.told(),
            "each affiliation once": each_once(some, best).told(),
            "at precision .95": precision_point(some, found, 0.95),
            "no organisation": {"n": len(empty), "rejected": empty.count("reject"), "accepted": empty.count("accept")},
            "calibration_error": calibration_error(some, index.ranked(texts)),
            "per_second": round(len(some) / wall), "per_cpu_second": round(len(some) / cpu),
        }  # fmt: skip
        print(part, json.dumps(told[part], indent=None))
    told["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print("peak", told["peak_mb"], "MB, index", told["index_s"], "s")
    before = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    told["baselines"] = rivals(rows, parts) if baselines else before.get("baselines", {})
    record(told, FILE)


def rivals(rows: list[NameRow], parts: dict[str, list[Case]]) -> dict[str, object]:
    """What the simple methods reach on the same parts."""
    told: dict[str, object] = {}
    for name, build in BASELINES.items():
        answer = build(rows)
        for part, some in parts.items():
            taken = some[:: max(len(some) // SAMPLE, 1)] if name == "token_set_ratio" else some
            found, speed = timed(answer, taken)
            told[f"{name} {part}"] = count(taken, found).told() | {"per_second": round(speed, 1)}
            print(name, part, told[f"{name} {part}"])
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baselines", action="store_true")
    main(baselines=parser.parse_args().baselines)
