"""Fitted models: loaded with their card, scored, calibrated, and explained by kind of evidence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puma.matching.trees import Trees

FOLDER = "puma.matching.models"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """Boosted trees over named features. Score = log-odds; slope and offset were fitted on pairs the trees never saw.

    kinds: the kind of evidence of each feature, in the order of the features. card: what it was fitted on, and how
    good it was found to be.
    """

    name: str
    kinds: Mapping[str, str]
    trees: Trees
    slope: float
    offset: float
    card: Mapping[str, Any]

    @property
    def version(self) -> str:
        """Name and number, as it is stored beside what it scored."""
        return f"{self.name}-{self.card['version']}"

    def score(self, rows: NDArray[np.float32]) -> Floats:
        """Calibrated log-odds of each row, shape (rows,)."""
        if not len(rows):
            return np.zeros(0)
        return self.slope * self.trees.score(rows) + self.offset

    def points(self, rows: NDArray[np.float32]) -> list[dict[str, float]]:
        """The points of each kind of evidence; with those under "prior" they sum to the score."""
        if not len(rows):
            return []
        found = []
        for line in self.trees.contributions(rows):
            kinds: dict[str, float] = {"prior": self.slope * float(line[-1]) + self.offset}
            for kind, part in zip(self.kinds.values(), line[:-1], strict=True):
                kinds[kind] = kinds.get(kind, 0.0) + self.slope * float(part)
            found.append(kinds)
        return found


def probability(score: Floats) -> Floats:
    """Log-odds to probability."""
    return 1 / (1 + np.exp(-np.clip(score, -40, 40)))


@cache
def load(name: str) -> Model:
    """A shipped model. Raises FileNotFoundError when there is none of this name."""
    return read((files(FOLDER) / f"{name}.json").read_text("utf-8"))


def read(text: str) -> Model:
    """A model from its file."""
    held = json.loads(text)
    return Model(held["name"], held["kinds"], Trees(held["trees"]), held["slope"], held["offset"], held["card"])


def as_text(model: Model) -> str:
    """A model as its file holds it: JSON with the card first."""
    held = {
        "name": model.name, "card": dict(model.card), "kinds": dict(model.kinds), "slope": model.slope,
        "offset": model.offset, "trees": model.trees.text,
    }  # fmt: skip
    return json.dumps(held, indent=1, ensure_ascii=False) + "\n"


def write(model: Model, path: Path) -> None:
    """Store a model."""
    path.write_text(as_text(model), "utf-8")


def calibrate(raw: Floats, true: NDArray[np.bool_], weight: Floats | None = None) -> tuple[float, float]:
    """Slope and offset that turn raw scores of pairs the trees never saw into log-odds (Platt's method)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6).fit(raw.reshape(-1, 1), true, sample_weight=weight)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
