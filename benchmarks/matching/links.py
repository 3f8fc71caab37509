"""Publication-proposal links on generated facilities: ours beside plain rivals, by seed and difficulty."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cpdist

from benchmarks import RESULTS, record
from benchmarks.matching.links_data import DIALS, TEST, Facility, facility
from benchmarks.matching.links_train import TARGET
from puma.evaluation import Share
from puma.matching.links.evidence import IDENTIFIERS, Policy, tier_of
from puma.matching.links.features import measure
from puma.matching.links.grids import Indices, candidates, grids
from puma.matching.links.score import score_pairs
from puma.matching.shelf import MEASURED, shipped_version

BINS = 10
TRUSTING = Policy(auto=0.94, alone=0.94)
"""The policy that figures are given for: the lowest of `ALONE` at which .99 of the automatic links are right among the
29,604 true pairs of the realistic facilities 234 to 281, on which nothing was fitted.

A facility has to set it: unless it does, links without an identifier are never automatic."""
ALONE = (0.85, 0.9, 0.92, 0.94, 0.95, 0.97, 0.99)
"""From which probability on another policy could let links be automatic."""
WEIGHTS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Of a shared author against the similarity of texts, in the simple rival; it may take the best, on the truth."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Counted:
    """What one facility adds up to. wrong_auto: kinds of publications with a wrong automatic link.

    named: true pairs with an identifier. alone: for each of `ALONE` how many links without an identifier are right and
    given, and how many of all automatic ones; wrong_alone: kinds of publications of the wrong ones.
    """

    true: int = 0
    named: int = 0
    ceiling: int = 0
    auto: tuple[int, int] = (0, 0)
    asked: tuple[int, int] = (0, 0)
    answer: tuple[int, int] = (0, 0)
    bare: tuple[int, int, int] = (0, 0, 0)
    none: tuple[int, int] = (0, 0)
    read95: float = 0.0
    plain: tuple[int, int] = (0, 0)
    words: tuple[int, int] = (0, 0)
    chances: tuple[Floats, Flags] = (np.zeros(0), np.zeros(0, dtype=np.bool_))
    wrong_auto: tuple[str, ...] = ()
    alone: tuple[tuple[int, int, int, int], ...] = ((0, 0, 0, 0),) * len(ALONE)
    wrong_alone: tuple[tuple[str, ...], ...] = ((),) * len(ALONE)


def f1(right: int, given: int, true: int) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * right / max(given + true, 1)


def ece(chance: Floats, true: Flags) -> float:
    """Expected calibration error over ten equal bins."""
    place = np.minimum((chance * BINS).astype(int), BINS - 1)
    error = sum(
        abs(chance[place == one].mean() - true[place == one].mean()) * (place == one).sum() for one in set(place)
    )
    return float(error / max(len(chance), 1))


def count(found: Facility, policy: Policy) -> Counted:
    """Judge one facility."""
    true = {(work, bid) for work, bids in found.truth.items() for bid in bids}
    m = grids(found.world.works, found.world.bids, found.called)
    rows, columns = candidates(m)
    near = {(m.works[r].work_id, m.bids[c].proposal_id) for r, c in zip(rows, columns, strict=True)}
    pairs = [one for one in score_pairs(m, least=policy.review) if one.work_id in found.truth]
    chance = np.array([one.probability for one in pairs])
    right = np.array([(one.work_id, one.proposal_id) in true for one in pairs], dtype=np.bool_)
    auto = np.array([tier_of(one.probability, one.ledger, policy, signing=one.signing) == "auto" for one in pairs])
    named = np.array([any(e.kind in IDENTIFIERS and e.points > 0 for e in one.ledger) for one in pairs])
    trusting = [Policy(min(policy.auto, level), policy.review, level) for level in ALONE]
    levels = [
        np.array(
            [tier_of(one.probability, one.ledger, by, signing=one.signing) == "auto" for one in pairs], dtype=np.bool_
        )
        for by in trusting
    ]
    kind_of = np.array([found.kinds[one.work_id] for one in pairs], dtype=np.str_)
    answer = chance >= 0.5
    identified = {(one.work_id, one.proposal_id) for one, is_named in zip(pairs, named, strict=True) if is_named}
    linked = {one.work_id for one, yes in zip(pairs, answer, strict=True) if yes}
    lonely = [work for work, bids in found.truth.items() if not bids]
    order = np.argsort(-chance, kind="stable")
    reached = np.searchsorted(np.cumsum(right[order]), 0.95 * len(true)) + 1
    return Counted(
        true=len(true),
        named=len(true & identified),
        ceiling=len(true & near),
        auto=(int((right & auto).sum()), int(auto.sum())),
        asked=(int(right.sum()), len(pairs)),
        answer=(int((right & answer).sum()), int(answer.sum())),
        bare=(int((right & answer & ~named).sum()), int((answer & ~named).sum()), len(true - identified)),
        none=(sum(work not in linked for work in lonely), len(lonely)),
        read95=reached / len(true) if reached <= len(pairs) else float("nan"),
        plain=_plain(found, rows, columns, true),
        words=_words(found, true),
        chances=(chance, right),
        wrong_auto=tuple(kind_of[auto & ~right].tolist()),
        alone=tuple(
            (int((some & right & ~named).sum()), int((some & ~named).sum()), int((some & right).sum()), int(some.sum()))
            for some in levels
        ),
        wrong_alone=tuple(tuple(kind_of[some & ~right & ~named].tolist()) for some in levels),
    )


def _plain(found: Facility, rows: Indices, columns: Indices, true: set[tuple[int, int]]) -> tuple[int, int]:
    """The simple rival: rapidfuzz on texts and the number of shared authors; its best weight and cut."""
    m = grids(found.world.works, found.world.bids)
    pairs = measure(m, rows, columns)
    shared = pairs.signing > 0
    texts = [f"{one.title} {one.text}" for one in m.works]
    asked = [f"{one.title} {one.text}" for one in m.bids]
    alike = np.zeros(len(rows))
    alike[shared] = cpdist(
        [texts[r] for r in rows[shared]], [asked[c] for c in columns[shared]], scorer=token_set_ratio, workers=1
    )
    rivals = [
        _best(found, rows, columns, np.where(shared, alike / 100 + weight * np.minimum(pairs.signing, 6), 0.0), true)
        for weight in WEIGHTS
    ]
    return max(rivals, key=lambda one: f1(one[0], one[1], len(true)))


def _words(found: Facility, true: set[tuple[int, int]]) -> tuple[int, int]:
    """The other rival: the nearest proposal by TF-IDF."""
    m = grids(found.world.works, found.world.bids)
    product = (m.of_works.texts @ m.of_bids.texts.T).tocoo()
    return _best(found, product.row, product.col, product.data, true)


def _best(
    found: Facility, rows: Indices, columns: Indices, value: Floats, true: set[tuple[int, int]]
) -> tuple[int, int]:
    """The best proposal of each publication; with the cut that gives the rival its best F1, chosen on the truth."""
    works, bids = found.world.works, found.world.bids
    order = np.lexsort((columns, -value, rows))
    _, firsts = np.unique(rows[order], return_index=True)
    tops = [(value[place], (works[rows[place]].work_id, bids[columns[place]].proposal_id)) for place in order[firsts]]
    tops = sorted(((v, pair) for v, pair in tops if pair[0] in found.truth and v > 0), reverse=True)
    right = np.cumsum([pair in true for _, pair in tops])
    scores = [f1(int(hits), given + 1, len(true)) for given, hits in enumerate(right)]
    best = int(np.argmax(scores)) if scores else 0
    return (int(right[best]), best + 1) if scores else (0, 0)


def line(name: str, several: Iterable[Counted]) -> dict[str, object]:
    """The figures of some facilities together, printed and returned."""
    some = list(several)
    true = sum(one.true for one in some)

    def both(tell: str) -> tuple[int, int]:
        pairs = [getattr(one, tell) for one in some]
        return sum(one[0] for one in pairs), sum(one[1] for one in pairs)

    auto, asked, answer, none, plain, words = map(both, ("auto", "asked", "answer", "none", "plain", "words"))
    bare = f1(sum(one.bare[0] for one in some), sum(one.bare[1] for one in some), sum(one.bare[2] for one in some))
    chance = np.concatenate([one.chances[0] for one in some])
    right = np.concatenate([one.chances[1] for one in some])
    precision = Share(*auto)
    low = precision.interval[0] if precision.interval else 0.0
    wrong = [kind for one in some for kind in one.wrong_auto]
    found: dict[str, object] = {
        "true pairs": true,
        "with an identifier": round(sum(one.named for one in some) / true, 4),
        "candidates' recall": round(sum(one.ceiling for one in some) / true, 4),
        "auto": f"{auto[0]}/{auto[1]}",
        "auto precision": round(precision.value or 0.0, 4),
        "auto precision, from": round(low, 4),
        "auto coverage": round(auto[0] / true, 4),
        "auto + review recall": round(asked[0] / true, 4),
        "read per true pair": round(asked[1] / true, 3),
        "read for 95 %": round(float(np.mean([one.read95 for one in some])), 3),
        "F1": round(f1(*answer, true), 4),
        "F1 without identifier": round(bare, 4),
        "recall of none": round(none[0] / max(none[1], 1), 4),
        "ECE": round(ece(chance, right), 4),
        "F1 of text + authors": round(f1(*plain, true), 4),
        "F1 of TF-IDF": round(f1(*words, true), 4),
        "ECE from .9 on": round(abs(float((chance - right)[chance >= 0.9].mean())), 4),
        "wrong auto": sorted(wrong),
        "alone": by_level(some),
    }
    print(
        f"{name:14} {true:5} {sum(one.ceiling for one in some) / true:.3f}  {auto[0]:4}/{auto[1]:<4} "
        f"[{low:.3f}] {auto[0] / true:.2f}  {asked[0] / true:.3f} {asked[1] / true:5.2f} {found['read for 95 %']!s:>6} "
        f"{f1(*answer, true):.3f} {bare:.3f} {none[0] / max(none[1], 1):.3f} {ece(chance, right):.3f}  "
        f"{f1(*plain, true):.3f} {f1(*words, true):.3f}  {','.join(sorted(set(wrong)))}"
    )
    return found


def by_level(several: Iterable[Counted]) -> list[dict[str, object]]:
    """What a policy that lets links without an identifier be automatic gives, for each of `ALONE`."""
    some = list(several)
    true = sum(one.true for one in some)
    found: list[dict[str, object]] = []
    for place, level in enumerate(ALONE):
        right, given, all_right, every = (sum(one.alone[place][k] for one in some) for k in range(4))
        these, auto = Share(right, given), Share(all_right, every)
        found.append({
            "from": level, "links": given, "precision": round(these.value or 0.0, 4),
            "precision, from": round((these.interval or (0.0, 0.0))[0], 4),
            "auto precision": round(auto.value or 0.0, 4),
            "auto precision, from": round((auto.interval or (0.0, 0.0))[0], 4),
            "auto coverage": round(all_right / true, 4),
            "wrong": dict(Counter(kind for one in some for kind in one.wrong_alone[place]).most_common()),
        })  # fmt: skip
    return found


TOLD = (
    "true pairs", "auto precision", "auto precision, from", "auto coverage", "auto + review recall", "F1",
    "F1 without identifier", "recall of none", "ECE",
)  # fmt: skip
"""What the shipped model's card is shown with."""


def tell(results: dict[str, dict[str, object]]) -> None:
    """Write the figures of each difficulty beside the shipped model, for the Match quality page."""
    figures = {level: {name: results[level][name] for name in TOLD} for level in DIALS}
    on = ", ".join(str(seed) for seed in sorted({seed for seed, _ in TEST}))
    on = f"generated facilities, seeds {on}, never fitted on"
    alone = {level: results[level]["alone"] for level in DIALS}
    held = {"version": shipped_version(), "on": on, "figures": figures, "alone": alone}
    (TARGET.parent / MEASURED).write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Print the table, and store it beside the other results."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path, help="where generated facilities are kept")
    reader.add_argument("--size", default="small")
    given = reader.parse_args()
    print("facility        true ceiling auto     [from] cover. recall  read  for95 F1    bare  none  ECE   plain TFIDF")
    found: dict[tuple[int, str], Counted] = {}
    results: dict[str, dict[str, object]] = {}
    for seed, level in TEST:
        found[seed, level] = count(facility(seed, level, given.size, given.folder), TRUSTING)
        results[f"{level} {seed}"] = line(f"{level} {seed}", [found[seed, level]])
    for level in DIALS:
        results[level] = line(level, [one for (_, here), one in found.items() if here == level])
    record(results, RESULTS / "matching_links.json")
    tell(results)


if __name__ == "__main__":
    main()
