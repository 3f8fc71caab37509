"""Learning from decisions: the calibration and, with enough of them, the trees are fitted again, and compared."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puma.matching.model import Floats, Model, calibrate, probability
from puma.matching.trees import Trees

FEWEST = 50  # decisions without identifiers that a new calibration needs
FEWEST_FOR_TREES = 200  # and new trees
HELD_BACK = 0.3  # of the decisions; they only compare the old model with the new one
EACH_WAY = 10  # accepted and rejected pairs that both parts need at least
NO_BETTER = "No new model was better on the held-back decisions."
FEWER_RIGHT = (
    "Its log loss is lower by no more than chance may bring, and it is right on fewer of the held-back decisions."
)
Z = 1.959964  # of a two-sided 95 % interval
ROUNDS = 40
SETTINGS = {
    "objective": "binary", "learning_rate": 0.03, "num_leaves": 7, "min_data_in_leaf": 20, "lambda_l2": 10.0,
    "num_threads": 1, "seed": 1, "verbose": -1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quality:
    """How good probabilities are on some decisions. loss: mean log loss (lower is better); f1 and right at one half.

    reach: half the width of the 95 % interval of the loss. right: decisions on the side of one half that people chose.
    """

    decisions: int
    loss: float
    reach: float
    ece: float
    f1: float
    right: int

    def as_json(self) -> dict[str, float]:
        """For the model's card."""
        return {
            "decisions": self.decisions, "log loss": self.loss, "log loss +-": self.reach, "ECE": self.ece,
            "F1": self.f1, "right": self.right,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much the mean log loss fell on the same decisions, with the 95 % interval of the paired differences."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves no room for chance."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of learning. model: the better one; why: one sentence.

    before, after: the old model and the best new one on the held-back decisions. fitted_on: decisions that taught.
    """

    model: Model
    adopted: bool
    before: Quality | None
    after: Quality | None
    why: str
    gain: Gain | None = None
    fitted_on: int = 0


def held_back(key: str) -> bool:
    """Whether the decision on a pair only compares; always the same for a pair."""
    return int.from_bytes(hashlib.sha256(f"held/{key}".encode()).digest()[:8]) < HELD_BACK * 2**64


def learn(
    old: Model,
    rows: NDArray[np.float32],
    true: NDArray[np.bool_],
    keys: Sequence[str],
    card: dict[str, Any],
    *,
    base: Model | None = None,
) -> Learned:
    """A model that has learnt from decided pairs, if it is better on the held-back ones; else the old one.

    Better is less log loss; where that may be chance, it must not be right on fewer of them either.
    rows: features of the pairs, shape (pairs, features), of pairs without identifiers; keys: what names each pair;
    card: what is to be said of a new model beside its quality. base: what new models are grown from, the old one if
    none is given; always the same base makes the same decisions give the same model. Queues show likely pairs first, so
    that the decisions are no random sample: the random audit must not be among them, and judges from outside.
    """
    begin = base or old
    aside = np.array([held_back(key) for key in keys], dtype=np.bool_)
    if len(true) < FEWEST:
        return Learned(old, False, None, None, f"{len(true)} decisions can teach; a new calibration needs {FEWEST}.")
    for part in (aside, ~aside):
        accepted, rejected = int(true[part].sum()), int((~true[part]).sum())
        if min(accepted, rejected) < EACH_WAY:
            where = "held back" if part is aside else "left to learn from"
            why = f"Of the decisions {where} {accepted} accept and {rejected} reject; {EACH_WAY} of each are needed."
            return Learned(old, False, None, None, why)
    before = quality(old, rows[aside], true[aside])
    tried = [
        (quality(one, rows[aside], true[aside]), _gain(old, one, rows[aside], true[aside]), one)
        for one in _candidates(begin, rows[~aside], true[~aside])
    ]
    better = [one for one in tried if _is_better(before, *one[:2])]
    after, gain, best = min(better or tried, key=lambda one: one[0].loss)
    taught = int((~aside).sum())
    if not better:
        same = gain.low == gain.high == 0.0
        why = "The model in use has learnt all that these decisions teach." if same else NO_BETTER
        if after.loss < before.loss:
            why = FEWER_RIGHT
        return Learned(old, False, before, after, why, gain, taught)
    told = {"version": int(old.card["version"]) + 1, **card, "learnt from": taught, "held back": after.as_json()}
    told |= {"before": before.as_json(), "base": begin.version, "base card": dict(begin.card)}
    why = f"Log loss {before.loss:.3f} became {after.loss:.3f} on {after.decisions} held-back decisions."
    return Learned(replace(best, card=told), True, before, after, why, gain, taught)


def _is_better(before: Quality, after: Quality, gain: Gain) -> bool:
    """Whether a model may take over: less is lost, and where that may be chance, it is not right on fewer decisions."""
    return after.loss < before.loss and (gain.sure or after.right >= before.right)


def _candidates(base: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> list[Model]:
    """The base calibrated anew, and with enough decisions its trees with some more, calibrated crosswise."""
    slope, offset = calibrate(base.score(rows), true)
    found = [replace(base, slope=base.slope * slope, offset=base.offset * slope + offset)]
    if len(true) < FEWEST_FOR_TREES:
        return found
    raw = np.zeros(len(true))
    for half in (0, 1):
        part = np.arange(len(true)) % 2 == half
        if len(set(true[~part])) < 2:
            return found
        raw[part] = _grown(base, rows[~part], true[~part]).score(rows[part])
    slope, offset = calibrate(raw, true)
    return [*found, replace(base, trees=_grown(base, rows, true), slope=slope, offset=offset)]


def _grown(base: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> Trees:
    """The trees of the base and some more that mend what they get wrong here."""
    import lightgbm

    data = lightgbm.Dataset(rows, true, feature_name=list(base.kinds))
    return Trees.of(lightgbm.train(SETTINGS, data, ROUNDS, init_model=base.trees.booster()))


def quality(model: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> Quality:
    """How good a model is on these pairs."""
    chance, losses = _losses(model, rows, true)
    place = np.minimum((chance * 10).astype(int), 9)
    error = sum(
        abs(chance[place == one].mean() - true[place == one].mean()) * (place == one).mean() for one in set(place)
    )
    given = chance >= 0.5
    f1 = 2 * float((given & true).sum()) / max(float(given.sum() + true.sum()), 1.0)
    mean, reach = _mean(losses)
    return Quality(
        len(true), round(mean, 5), round(reach, 5), round(float(error), 5), round(f1, 5), int((given == true).sum())
    )


def _losses(model: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The probability of each pair and its log loss."""
    chance: Floats = np.clip(probability(model.score(rows)), 1e-6, 1 - 1e-6)
    return chance, -np.where(true, np.log(chance), np.log(1 - chance))


def _gain(old: Model, new: Model, rows: NDArray[np.float32], true: NDArray[np.bool_]) -> Gain:
    mean, reach = _mean(_losses(old, rows, true)[1] - _losses(new, rows, true)[1])
    return Gain(round(mean, 5), round(mean - reach, 5), round(mean + reach, 5))


def _mean(values: Floats) -> tuple[float, float]:
    """The mean and half the width of its 95 % interval."""
    reach = Z * float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else 0.0
    return float(values.mean()), reach
