"""The learned judge of (affiliation, institution) pairs: its file, its calibrated probabilities, its reasons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from puma.errors import WrongUsage
from puma.matching.institutions.features import FEATURES, OWN
from puma.matching.institutions.names import Floats
from puma.matching.trees import Trees

SHIPPED = Path(__file__).parent.parent / "models" / "institutions.json"


@dataclass(frozen=True, slots=True)
class Judge:
    """A fitted model. ``card`` says what it was fitted on and how good it is; ``sight`` are the points of the first
    order among candidates; ``accept`` and ``ask`` are the probabilities from which an institution is believed, and
    from which it is named at all.
    """

    card: Mapping[str, object]
    sight: Mapping[str, float]
    shares: Mapping[str, float]
    """Of the names of ROR, how many have each common stem: what a word is worth, in small registries too."""
    trees: Trees
    scores: Floats
    chances: Floats
    accept: float
    ask: float

    def probabilities(self, values: NDArray[np.float32]) -> Floats:
        """The calibrated probability that each pair (a row of FEATURES) is right."""
        if not len(values):
            return np.zeros(0)
        return np.interp(self.trees.score(values), self.scores, self.chances)


@lru_cache(maxsize=4)
def load_judge(path: Path = SHIPPED) -> Judge:
    """The judge in a model file. Raises WrongUsage for a file of other features than this program has."""
    held = json.loads(path.read_text(encoding="utf-8"))
    if tuple(held["features"]) != FEATURES or not set(held["sight"]) <= set(OWN):
        raise WrongUsage(f"{path.name} was fitted with other features than this version has; fit it again.")
    calibration = np.array(held["calibration"], dtype=np.float64)
    return Judge(
        card=held["card"],
        sight=held["sight"],
        shares=held["shares"],
        trees=Trees(held["trees"]),
        scores=calibration[:, 0],
        chances=calibration[:, 1],
        accept=float(held["bands"]["accept"]),
        ask=float(held["bands"]["ask"]),
    )


def save_judge(
    path: Path,
    *,
    card: Mapping[str, object],
    sight: Mapping[str, float],
    shares: Mapping[str, float],
    trees: Trees,
    calibration: Sequence[tuple[float, float]],
    accept: float,
    ask: float,
) -> None:
    """Write a model file: facts about institutions' names in general, no name and no affiliation of the data."""
    held = {
        "card": card, "features": FEATURES, "sight": sight, "shares": shares, "bands": {"accept": accept, "ask": ask},
        "calibration": calibration, "trees": trees.text,
    }  # fmt: skip
    path.write_text(json.dumps(held, ensure_ascii=False) + "\n", encoding="utf-8")
