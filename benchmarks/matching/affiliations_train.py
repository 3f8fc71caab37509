"""Fits the model that the affiliation matcher ships: trees, first order among candidates, calibration and bands.

python -m benchmarks.matching.affiliations_train [--out FILE]

Deterministic: the same data and versions give the same file. Everything is chosen on five folds of the train parts.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from benchmarks.matching.affiliations_data import (
    FOLDS,
    TRAIN,
    Case,
    Organisation,
    bare,
    name_rows,
    numbers,
    registry,
    training,
)
from puma.matching.institutions.features import FEATURES, OWN, Pairs, pairs
from puma.matching.institutions.judge import SHIPPED, save_judge
from puma.matching.institutions.names import Names, former_names
from puma.matching.institutions.retrieval import AffiliationText, read
from puma.matching.trees import Trees

BATCH = 1000
ROUNDS = 160
PARAMETERS = {
    "objective": "binary", "learning_rate": 0.08, "num_leaves": 31, "min_data_in_leaf": 60, "lambda_l2": 2.0,
    "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True, "max_bin": 127, "verbose": -1,
}  # fmt: skip
START = {
    "exact": 2.3, "share in one part": 0.4, "share of whole words": 1.8, "share without town": 2.5, "mass": 0.4,
    "rarest word": 0.3, "rarest word missing": -0.2, "share of the part": 1.4, "likeness": 3.0, "words": 0.2,
    "country": 1.0, "city anywhere": 0.9, "namesakes": -0.9, "inside a longer name": -1.4, "closed": -1.5,
    "own label": 0.8, "by acronym": 14.0, "children": 0.2, "fame": 0.3, "unit name": -1.2, "kind words missing": -0.7,
    "kind words over": 0.2, "acronym bearers": -0.7, "only a place": -3.0, "a fuller name there": -1.5,
}  # fmt: skip
"""The first order from which the fitted one starts."""
NOT_AT_SIGHT = {
    "sector", "names matched", "explained ahead", "explained ahead in part", "acronym there", "first word", "parts",
    "text mass", "share anywhere", "country known",
}  # fmt: skip
"""Known only after the first order, or the same for all candidates of an affiliation."""
ASK = 0.42
PRECISION = 0.95  # of what is accepted, on the folds


@dataclass(slots=True)
class Sample:
    """All pairs of all parts."""

    values: NDArray[np.float32]
    right: NDArray[np.bool_]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]
    case: NDArray[np.int64]
    part: NDArray[np.int64]


def looked_at(names: Names, some: list[Case], sight: Mapping[str, float]) -> Iterator[tuple[list[Case], Pairs]]:
    """The pairs of the affiliations, some at a time."""
    for start in range(0, len(some), BATCH):
        batch = some[start : start + BATCH]
        yield batch, pairs(names, read(names, [AffiliationText(one.text) for one in batch]), sight)


def gather(
    names: Names, parts: dict[str, list[Case]], sight: Mapping[str, float], seen: list[Pairs] | None = None
) -> Sample:
    """The pairs of every affiliation with their features and whether they are right; ``seen`` gets them as found."""
    values, right, weight, fold, case, part = [], [], [], [], [], []
    count = 0
    for number, (name, held) in enumerate(parts.items()):
        found_here = 0
        for some, found in looked_at(names, held, sight):
            values.append(found.values)
            if seen is not None:
                seen.append(found)
            at = found.text.tolist()
            whose = zip(at, found.institution, strict=True)
            here = np.array([names.ids[who] in some[place].truth for place, who in whose], dtype=bool)
            right.append(here)
            found_here += int(here.sum())
            weight.append(np.full(len(at), TRAIN[name]))
            fold.append(np.array([some[place].fold for place in at]))
            case.append(found.text + count)
            part.append(np.full(len(at), number))
            count += len(some)
        true = sum(len(one.truth) for one in held)
        print(f"{name}: {len(held)} affiliations, recall of the candidates {found_here / true:.3f}")
    return Sample(
        np.vstack(values), np.concatenate(right), np.concatenate(weight), np.concatenate(fold), np.concatenate(case),
        np.concatenate(part),
    )  # fmt: skip


def first_order(sample: Sample) -> dict[str, float]:
    """Points of a logistic regression on what is known of a pair at first sight."""
    used = [name for name in OWN if name not in NOT_AT_SIGHT]
    columns = sample.values[:, [FEATURES.index(name) for name in used]].astype(np.float64)
    fitted = LogisticRegression(max_iter=500, C=3.0)
    fitted.fit(columns[::2], sample.right[::2], sample_weight=sample.weight[::2])
    return {name: round(float(points), 2) for name, points in zip(used, fitted.coef_[0], strict=True)}


def fit(sample: Sample, rows: NDArray[np.bool_]) -> lightgbm.Booster:
    """The trees fitted on some rows."""
    data = lightgbm.Dataset(
        sample.values[rows], sample.right[rows], weight=sample.weight[rows],
        feature_name=[name.replace(" ", "_") for name in FEATURES],
    )  # fmt: skip
    return lightgbm.train(PARAMETERS, data, ROUNDS)


def out_of_fold(sample: Sample) -> NDArray[np.float64]:
    """The score of every pair by trees that did not see its affiliation."""
    scores = np.zeros(len(sample.right))
    for fold in range(FOLDS):
        held = sample.fold == fold
        scores[held] = fit(sample, ~held).predict(sample.values[held], raw_score=True, num_threads=1)
    return scores


def calibrate(sample: Sample, scores: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Score to probability: isotonic on the folds, every part weighing the same; never 0 and never 1."""
    size = np.bincount(sample.part)[sample.part]
    fitted = IsotonicRegression(y_min=0.001, y_max=0.995, out_of_bounds="clip")
    fitted.fit(scores, sample.right, sample_weight=1 / size)
    knots = np.quantile(scores[scores > -4], np.linspace(0, 1, 60))
    knots = np.unique(np.round(np.concatenate([[scores.min()], knots]), 3))
    # a little slope keeps the order of scores that one step of the isotonic curve holds
    chances = fitted.predict(knots) * 0.995 + 0.004 * (knots - knots[0]) / (knots[-1] - knots[0])
    return [(float(a), round(float(b), 5)) for a, b in zip(knots, chances, strict=True)]


def accept_from(sample: Sample, chance: NDArray[np.float64]) -> float:
    """The least probability from which the best candidates of every part together are right PRECISION of the time."""
    best = {}
    for place in np.argsort(chance, kind="stable").tolist():
        best[int(sample.case[place])] = place
    rows = np.array(sorted(best.values()))
    for least in np.arange(0.5, 0.99, 0.005):
        above = rows[chance[rows] >= least]
        share = [sample.right[above[sample.part[above] == part]].mean() for part in np.unique(sample.part)]
        if np.mean(share) >= PRECISION:
            return round(float(least), 3)
    return 0.99


def told_on_folds(sample: Sample, chance: NDArray[np.float64], parts: Mapping[str, list[Case]]) -> dict[str, float]:
    """F1 of the best candidates on the folds, by part; printed with the precision for other least probabilities too."""
    order = np.lexsort((chance, sample.case))
    best = order[np.diff(sample.case[order], append=-1) != 0]
    told = {}
    for number, (part, some) in enumerate(parts.items()):
        true, here = sum(len(case.truth) for case in some), best[sample.part[best] == number]
        for least in (0.36, ASK, 0.46, 0.5, 0.54):
            named = here[chance[here] >= least]
            right = int(sample.right[named].sum())
            f1 = round(2 * right / (len(named) + true), 4)
            print(f"{part} from {least}: precision {right / len(named):.4f}, F1 {f1}")
            if least == ASK:
                told[part] = f1
    return told


def all_names(held: list[Organisation], number: dict[str, int]) -> Names:
    """The names of the whole registry."""
    rows = list(name_rows(held))
    known = {row.institution_id for row in rows}
    return Names(rows + [row for row in former_names(bare(number)) if row.institution_id in known])


def main(out: Path) -> None:
    held = registry()
    number = numbers(held)
    parts = training(held, number)
    names = all_names(held, number)
    first = gather(names, parts, START)
    sight = first_order(first)
    sample = gather(names, parts, sight)
    if sample.right @ sample.weight < first.right @ first.weight:  # the fitted order loses more than it finds
        sight, sample = START, first
    scores = out_of_fold(sample)
    calibration = calibrate(sample, scores)
    chance = np.interp(scores, *np.array(calibration).T)
    quality = told_on_folds(sample, chance, parts)
    accept = accept_from(sample, chance)
    trees = fit(sample, np.ones(len(sample.right), dtype=bool))
    card = {
        "purpose": "judges whether an institution of ROR is named by an affiliation",
        "kind": f"LightGBM {lightgbm.__version__}, {ROUNDS} trees of {PARAMETERS['num_leaves']} leaves, isotonic",
        "fitted on": {part: len(cases) for part, cases in parts.items()},
        "weights": TRAIN,
        "splits": f"tuned and calibrated on {FOLDS} folds of the train parts by MD5 of the words (APS: of the "
        "organisation); affiliations that occur in a valid part were left out; nothing was fitted on valid and test "
        "parts",
        "data": {
            "s2aff_train": "S2AFF, Apache-2.0", "rorapi_2019": "ROR affiliation set of 2019, MIT",
            "aps_tr, crossref_tr, logs_tr": "assertions of publishers and users, CC0",
            "registry": f"ROR, CC0, {len(held)} organisations",
        },
        "holds": "split points and weights of features; no name and no affiliation of the data",
        "bands": f"accept: precision {PRECISION} on the folds, mean over the parts; ask: F1 on the folds is the same "
        "between .36 and .54",
        "quality": {"F1 of the best organisation, on the folds": quality},
    }  # fmt: skip
    save_judge(
        out,
        card=card,
        sight=sight,
        shares=names.shares(),
        trees=Trees.of(trees),
        calibration=calibration,
        accept=accept,
        ask=ASK,
    )
    print(f"accept from {accept}, wrote {out} ({out.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    main(parser.parse_args().out)
