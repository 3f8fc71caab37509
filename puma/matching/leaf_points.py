"""Points by kind of evidence, quickly: what each split on the way to a leaf adds, counted once per leaf."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from puma.matching.model import Floats, Model

STEP = 5_000  # rows at a time


class LeafPoints:
    """Tables of the points of every leaf of a model's trees.

    A leaf's value is its tree's mean plus what each split on the way to it changed; each change belongs to the kind of
    evidence of the feature that was split on (Saabas's attribution). So the points sum to the score exactly, and
    cost a table look-up instead of a walk over all subsets.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.kinds = ("prior", *dict.fromkeys(model.kinds.values()))
        place = [self.kinds.index(kind) for kind in model.kinds.values()]
        trees = model.trees.described()
        most = max((tree["num_leaves"] for tree in trees), default=1)
        self._tables = np.zeros((len(trees), most, len(self.kinds)))
        for number, tree in enumerate(trees):
            self._walk(tree["tree_structure"], self._tables[number], np.zeros(len(self.kinds)), place, None)

    def _walk(
        self, node: dict[str, Any], table: Floats, so_far: Floats, place: list[int], split: tuple[int, float] | None
    ) -> None:
        value = float(node["internal_value"] if "split_feature" in node else node["leaf_value"])
        here = so_far.copy()
        if split is None:
            here[0] += value
        else:
            here[split[0]] += value - split[1]
        if "split_feature" not in node:
            table[int(node.get("leaf_index", 0))] = here
            return
        for side in ("left_child", "right_child"):
            self._walk(node[side], table, here, place, (place[int(node["split_feature"])], value))

    def of(self, rows: NDArray[np.float32]) -> Floats:
        """Points of each row for each of ``kinds``; shape (rows, kinds); they sum to the model's score."""
        found = np.zeros((len(rows), len(self.kinds)))
        for start in range(0, len(rows), STEP):
            some = rows[start : start + STEP]
            leaves = self._model.trees.leaves(some)
            for number, table in enumerate(self._tables):
                found[start : start + STEP] += table[leaves[:, number]]
        found *= self._model.slope
        found[:, 0] += self._model.offset
        return found
