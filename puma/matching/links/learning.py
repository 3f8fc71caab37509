"""Learning from decisions: the calibration and, with enough of them, the trees are fitted again, and compared."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from puma.matching.model import Floats, Model, calibrate, probability

FEWEST = 50  # decisions without identifiers that a new calibration needs
FEWEST_FOR_TREES = 200  # and new trees
HELD_BACK = 0.3  # of the decisions; they only compare the old model with the new one
EACH_WAY = 10  # accepted and rejected pairs that both parts need at least
ROUNDS = 40
SETTINGS = {
    "objective": "binary", "learning_rate": 0.03, "num_leaves": 7, "min_data_in_leaf": 20, "lambda_l2": 10.0,
    "num_threads": 1, "seed": 1, "verbose": -1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quality:
    """How good probabilities are on some decisions. loss: mean log loss (lower is better); f1 at one half."""

    decisions: int
    loss: float
    ece: float
    f1: float

    def as_json(self) -> dict[str, float]:
        """For the model's card."""
        return {"decisions": self.decisions, "log loss": self.loss, "ECE": self.ece, "F1": self.f1}


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of learning. model: the better one; why: one sentence."""

    model: Model
    adopted: bool
    before: Quality | None
    after: Quality | None
    why: str


def held_back(key: str) -> bool:
    """Whether the decision on a pair only compares; always the same for a pair."""
    return int.from_bytes(hashlib.sha256(f"held/{key}".encode()).digest()[:8]) < HELD_BACK * 2**64


def learn(
    old: Model, rows: NDArray[np.float32], true: NDArray[np.bool_], keys: Sequence[str], card: dict[str, Any]
) -> Learned:
    """A model that has learnt from decided pairs, if it is better on the held-back ones; else the old one.

    rows: features of the pairs, shape (pairs, features), of pairs without identifiers; keys: what names each pair;
    card: what is to be said of a new model beside its quality. Queues show likely pairs first, so that the decisions
    are no random sample: the random audit must not be among them, and judges both models from outside.
    """
    aside = np.array([held_back(key) for key in keys], dtype=np.bool_)
    if len(true) < FEWEST:
        return Learned(old, False, None, None, f"{len(true)} decisions; a new calibration needs {FEWEST}.")
    for part in (aside, ~aside):
        if min(int(true[part].sum()), int((~true[part]).sum())) < EACH_WAY:
            return Learned(old, False, None, None, f"Too few accepted or rejected pairs: {EACH_WAY} each.")
    before = quality(old, rows[aside], true[aside])
    best, after = old, before
    for one in _candidates(old, rows[~aside], true[~aside]):
        reached = quality(one, rows[aside], true[aside])
        if reached.loss < after.loss:
            best, after = one, reached
    if best is old:
        return Learned(old, False, before, after, "No new model was better on the held-back decisions.")
    version = int(old.card["version"]) + 1
    told = {**card, "version": version, "learnt from": int((~aside).sum()), "held back": after.as_json()}
    told |= {"before": before.as_json(), "base": old.version, "base card": dict(old.card)}
    why = f"Log loss {before.loss:.3f} became {after.loss:.3f} on {after.decisions} held-back decisions."
    return Learned(replace(best, card=told), True, before, after, why)


def _candidates(old: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> list[Model]:
    """The old trees calibrated anew, and with enough decisions the old trees with some more, calibrated crosswise."""
    slope, offset = calibrate(old.score(rows), true)
    found = [replace(old, slope=old.slope * slope, offset=old.offset * slope + offset)]
    if len(true) < FEWEST_FOR_TREES:
        return found
    raw = np.zeros(len(true))
    for half in (0, 1):
        part = np.arange(len(true)) % 2 == half
        if len(set(true[~part])) < 2:
            return found
        raw[part] = _grown(old, rows[~part], true[~part]).predict(rows[part], raw_score=True, num_threads=1)
    slope, offset = calibrate(raw, true)
    return [*found, replace(old, trees=_grown(old, rows, true), slope=slope, offset=offset)]


def _grown(old: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> lightgbm.Booster:
    """The old trees and some more that mend what they get wrong here."""
    data = lightgbm.Dataset(rows, true, feature_name=list(old.kinds))
    return lightgbm.train(SETTINGS, data, ROUNDS, init_model=old.trees)


def quality(model: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> Quality:
    """How good a model is on these pairs."""
    chance: Floats = np.clip(probability(model.score(rows)), 1e-6, 1 - 1e-6)
    loss = float(-np.mean(np.where(true, np.log(chance), np.log(1 - chance))))
    place = np.minimum((chance * 10).astype(int), 9)
    error = sum(
        abs(chance[place == one].mean() - true[place == one].mean()) * (place == one).mean() for one in set(place)
    )
    given = chance >= 0.5
    f1 = 2 * float((given & true).sum()) / max(float(given.sum() + true.sum()), 1.0)
    return Quality(len(true), round(loss, 5), round(float(error), 5), round(f1, 5))
