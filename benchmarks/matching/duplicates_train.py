"""Fit the shipped model of duplicates on the train pairs.

python -m benchmarks.matching.duplicates_train

The same data give the same file. No tree sees the valid pairs, but their errors chose the features: figures on them
are of development.
"""

from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray

from benchmarks.matching.duplicates_data import Pairs, pairs
from puma.matching import model as models
from puma.matching.duplicates.pairs import FEATURES, RISING, pair_rows, shelve
from puma.matching.duplicates.twins import MODEL
from puma.matching.model import Floats, Model
from puma.matching.trees import Trees

VERSION = "1"
TARGET = Path(models.__file__).parent / "models" / f"{MODEL}.json"
ROUNDS = 300
FOLDS = 3
SETTINGS = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 20, "feature_fraction": 0.6,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 3.0, "num_threads": 1, "seed": 1, "deterministic": True,
    "force_row_wise": True, "verbose": -1,
}  # fmt: skip
DIFFERENT = {"dblp-scholar": 4.37}
"""The train part of this set has as many true pairs as false ones; the whole has 4.37 false ones for each true one."""


def rows_of(some: Pairs) -> tuple[NDArray[np.float32], NDArray[np.bool_], Floats]:
    """Features, label and weight of the pairs of a set; each set weighs the same."""
    true = np.array(some.same)
    weight = np.where(true, 1.0, DIFFERENT.get(some.name, 1.0))
    rows = pair_rows(shelve(some.works), np.array(some.one), np.array(some.other))
    return rows, true, weight / weight.sum() * 1e4


def fit(rows: NDArray[np.float32], true: NDArray[np.bool_], weight: Floats) -> lightgbm.Booster:
    """Trees on these rows."""
    settings = {**SETTINGS, "monotone_constraints": [int(f in RISING) for f in FEATURES]}
    return lightgbm.train(settings, lightgbm.Dataset(rows, true, weight=weight, feature_name=list(FEATURES)), ROUNDS)


def main() -> None:
    """Fit and write."""
    sets = list(pairs("train").values())
    parts = [rows_of(one) for one in sets]
    rows, true = np.vstack([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    weight = np.concatenate([p[2] for p in parts])
    # The clean and the dirty set hold the same pairs in the same order: a pair is in one fold in both.
    fold = np.concatenate([np.arange(len(p[1])) % FOLDS for p in parts])
    raw = np.zeros(len(rows))
    for turn in range(FOLDS):
        trees = fit(rows[fold != turn], true[fold != turn], weight[fold != turn])
        raw[fold == turn] = np.asarray(trees.predict(rows[fold == turn], raw_score=True, num_threads=1))
    slope, offset = models.calibrate(raw, true, weight)
    figures, start = {}, 0
    for one, part in zip(sets, parts, strict=True):
        mine = slice(start, start + len(part[1]))
        start += len(part[1])
        said = slope * raw[mine] + offset > 0
        figures[one.name] = round(float(2 * (said & true[mine]).sum() / (said.sum() + true[mine].sum())), 4)
    card = {
        "version": VERSION,
        "job": "whether two descriptions are of one publication",
        "fitted_on": {one.name: f"{len(one.same)} pairs, {sum(one.same)} true" for one in sets},
        "three_folds_f1": figures,
        "looked_at": "the valid pairs chose the features but not the trees; figures: benchmarks/matching/duplicates.py",
        "method": f"LightGBM, {ROUNDS} trees of {SETTINGS['num_leaves']} leaves, monotone; Platt on {FOLDS} folds",
    }
    models.write(Model(MODEL, FEATURES, Trees.of(fit(rows, true, weight)), slope, offset, card), TARGET)
    print(f"{TARGET}: {len(rows)} rows, slope {slope:.3f}, offset {offset:.3f}, F1 of the folds {figures}")


if __name__ == "__main__":
    main()
