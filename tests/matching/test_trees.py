"""Trees asked without LightGBM's Python side, one by one or through tables, say what LightGBM says, to the last bit."""

import pickle
import sys
from pathlib import Path
from subprocess import run

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from puma.matching.links.kept import _save
from puma.matching.links.rows import Rows
from puma.matching.links.words import STOP_WORDS
from puma.matching.model import Model, load
from puma.matching.shared import each_once
from puma.matching.tree_tables import TreeTables
from puma.matching.trees import MANY, Trees

MODELS = ("links", "persons", "duplicates")


def hostile(model: Model, count: int, seed: int = 1) -> NDArray[np.float32]:
    """Rows with what comes and what is on the edge: missing values, noughts, infinities, and the thresholds."""
    rng = np.random.default_rng(seed)
    width = len(model.kinds)
    rows: NDArray[np.float32] = (rng.standard_normal((count, width)) * rng.choice([0.1, 1, 10], width)).astype(
        np.float32
    )
    for value in (np.nan, np.nan, 0, 0, 1, 1e-38, -1e-38, np.inf, -np.inf):
        rows[rng.random(rows.shape) < 0.1] = value
    tables = TreeTables.of(model.trees.text)
    assert tables
    for split in tables.splits:
        some = rng.random(count) < 0.3
        rows[some, split.feature] = rng.choice(split.thresholds, int(some.sum()))
    return rows


def said_by_lightgbm(model: Model, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(model.trees.booster().predict(rows, raw_score=True, num_threads=1))


@pytest.mark.parametrize("name", MODELS)
def test_tables_give_the_scores_of_the_trees_to_the_last_bit(name: str) -> None:
    model = load(name)
    rows = hostile(model, MANY)
    tables = TreeTables.of(model.trees.text)
    assert tables
    wanted = said_by_lightgbm(model, rows)
    assert len(set(wanted.tolist())) > MANY / 2
    assert np.array_equal(tables.score(rows), wanted)
    assert np.array_equal(model.trees.score(rows), wanted)
    assert np.array_equal(model.trees.score(rows[:7]), wanted[:7])


def test_leaves_and_contributions_are_those_of_lightgbm() -> None:
    model = load("links")
    rows = hostile(model, 50)
    booster = model.trees.booster()
    assert np.array_equal(model.trees.leaves(rows), booster.predict(rows, pred_leaf=True))
    assert np.array_equal(model.trees.contributions(rows), booster.predict(rows, pred_contrib=True))
    assert model.trees.described() == booster.dump_model()["tree_info"]
    assert model.trees.score(rows[:0]).shape == (0,)


def test_trees_travel_between_processes() -> None:
    trees = load("persons").trees
    rows = hostile(load("persons"), 20)
    assert np.array_equal(pickle.loads(pickle.dumps(trees)).score(rows), trees.score(rows))


@pytest.mark.parametrize(("leaves", "kinds"), [(40, []), (15, [0])], ids=["many leaves", "kinds, not numbers"])
def test_trees_that_tables_cannot_say_are_walked(leaves: int, kinds: list[int]) -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 50, (MANY, 2)).astype(np.float32)
    true = (rows[:, 0] % 7 < 3) ^ (rows[:, 1] > 20)
    data = lightgbm.Dataset(rows, true, categorical_feature=kinds)
    fitted = lightgbm.train({"objective": "binary", "verbose": -1, "num_leaves": leaves, "num_threads": 1}, data, 3)
    trees = Trees.of(fitted)
    assert TreeTables.of(trees.text) is None
    assert np.array_equal(trees.score(rows), fitted.predict(rows, raw_score=True))


def test_who_only_matches_does_not_import_what_fits_models() -> None:
    code = "import sys, puma.linking.run; print({'sklearn', 'pandas', 'lightgbm'} & sys.modules.keys() or 'none')"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "none"


def test_stop_words_are_those_that_the_model_was_fitted_with() -> None:
    assert STOP_WORDS == ENGLISH_STOP_WORDS


@given(st.lists(st.integers(-5, 5)))
def test_each_number_is_there_once_and_they_rise(numbers: list[int]) -> None:
    assert each_once(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))


def test_a_table_in_a_file_is_saved_as_numpy_saves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("puma.matching.links.rows.IN_MEMORY", 0)
    monkeypatch.setattr("puma.matching.links.kept.STEP", 3)
    rows = Rows(2)
    rows.add(np.arange(14, dtype=np.float32).reshape(7, 2))
    table = rows.table()
    assert isinstance(table, np.memmap)
    _save(tmp_path / "ours.npy", table)
    np.save(tmp_path / "numpy.npy", table)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "numpy.npy").read_bytes()
