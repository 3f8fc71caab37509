"""Fits the model of publication-proposal pairs on generated facilities, and writes it with its card."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

import puma.matching
from benchmarks.matching.links_data import TRAIN, TRAIN_MEDIUM, VALID, Facility, facility
from puma.matching.links.features import FEATURES, MORE_IS_BETTER, MORE_IS_WORSE, PRIOR, SLIGHT, measure
from puma.matching.links.grids import candidates, grids
from puma.matching.links.pairs import Pairs
from puma.matching.links.score import NAME, as_rows, bare
from puma.matching.model import Model, calibrate, write
from puma.matching.trees import Trees

VERSION = 1
ROUNDS = 400
SETTINGS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.06, "num_leaves": 31, "max_depth": 7, "min_data_in_leaf": 40,
    "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "num_threads": 1, "seed": 1,
    "verbose": -1,
    "deterministic": True, "force_row_wise": True,
    "monotone_constraints": [(name in MORE_IS_BETTER) - (name in MORE_IS_WORSE) for name in FEATURES],
    "monotone_constraints_method": "advanced",
}  # fmt: skip
TARGET = Path(puma.matching.__file__).parent / "models" / f"{NAME}.json"

Rows = tuple[NDArray[np.float32], NDArray[np.bool_]]


def judged(found: Facility) -> tuple[Pairs, NDArray[np.bool_], NDArray[np.bool_]]:
    """All candidates of a facility, which are true, and which are of publications that the truth names."""
    m = grids(found.world.works, found.world.bids, found.called)
    pairs = measure(m, *candidates(m))
    works = [m.works[row].work_id for row in pairs.rows]
    asked = [m.bids[column].proposal_id for column in pairs.columns]
    true = np.array([bid in found.truth.get(work, ()) for work, bid in zip(works, asked, strict=True)])
    return pairs, true, np.array([work in found.truth for work in works])


def lesson(found: Facility) -> Rows:
    """What the model is fitted on: pairs without an identifier, since identifiers have points of their own."""
    pairs, true, named = judged(found)
    use = named & bare(pairs) & (pairs.impression + PRIOR > SLIGHT)
    return as_rows(pairs.features[use]), true[use]


def fit(lessons: Sequence[Rows]) -> lightgbm.Booster:
    """Boosted trees on these pairs."""
    rows = np.vstack([one for one, _ in lessons])
    data = lightgbm.Dataset(rows, np.concatenate([true for _, true in lessons]), feature_name=list(FEATURES))
    return lightgbm.train(SETTINGS, data, ROUNDS)


def train(parts: Sequence[Sequence[Rows]], card: dict[str, Any]) -> Model:
    """A model whose calibration comes from facilities that its trees had not seen: each part judged by all others."""
    raw, true = [], []
    for place, part in enumerate(parts):
        trees = fit([one for other, some in enumerate(parts) if other != place for one in some])
        for rows, known in part:
            raw.append(np.asarray(trees.predict(rows, raw_score=True, num_threads=1)))
            true.append(known)
    slope, offset = calibrate(np.concatenate(raw), np.concatenate(true))
    return Model(NAME, FEATURES, Trees.of(fit([one for part in parts for one in part])), slope, offset, card)


def main() -> None:
    """Fit on the training facilities and write the file."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path, help="where generated facilities are kept")
    folder: Path = reader.parse_args().folder
    sizes = {"medium": TRAIN_MEDIUM, "small": TRAIN}
    parts = [[lesson(facility(seed, level, size, folder)) for seed, level in some] for size, some in sizes.items()]
    lessons = [one for part in parts for one in part]
    on = [f"seed {seed} {level} ({size})" for size, some in sizes.items() for seed, level in some]
    card = {
        "version": VERSION,
        "fitted": f"{datetime.now(UTC):%Y-%m-%d}",
        "on": "generated sample facilities: " + ", ".join(on),
        "never on": "seeds below 100, which figures are given for",
        "chosen on": ", ".join(f"seed {seed} {level}" for seed, level in VALID),
        "pairs": int(sum(len(true) for _, true in lessons)),
        "true pairs": int(sum(true.sum() for _, true in lessons)),
        "is": "log-odds that a publication came from a proposal, of evidence other than identifiers",
        "limits": "invented facilities are not real ones: refit the calibration on decisions (puma learn)",
    }
    model = train(parts, card)
    write(model, TARGET)
    print(f"{TARGET}: slope {model.slope:.3f}, offset {model.offset:.3f}, {TARGET.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
