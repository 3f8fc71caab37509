"""A model learns from decisions only when it is better on those held back, and the random audit is drawn by lot."""

from dataclasses import replace

import numpy as np
import pytest

from puma.matching.leaf_points import LeafPoints
from puma.matching.links.features import FEATURES
from puma.matching.links.learning import FEWEST, held_back, learn, quality
from puma.matching.links.score import NAME
from puma.matching.model import as_text, load, probability, read
from puma.matching.sampling import AUDITED, LOTS, in_audit, lot

RNG = np.random.default_rng(7)
CARD = {"on": "decisions of a test"}


def pairs(count: int, rng: np.random.Generator = RNG) -> np.ndarray:
    """Rows over the whole range of scores, as measured pairs have them."""
    rows = rng.uniform(0, 1, (count, len(FEATURES))).astype(np.float32)
    names = list(FEATURES)
    rows[:, names.index("gap")] = rng.exponential(2, count)
    rows[:, names.index("rank")] = rng.integers(0, 6, count)
    rows[:, names.index("lag_last")] = rng.uniform(0, 6, count)
    return rows


def keys(count: int) -> list[str]:
    return [f"{number}/{number + 1}" for number in range(count)]


def test_a_model_that_promises_too_much_is_calibrated_anew() -> None:
    old, rows = load(NAME), pairs(600)
    true = RNG.uniform(size=600) < probability(0.5 * old.score(rows) + 1.0)
    found = learn(old, rows, true, keys(600), CARD)
    assert found.adopted
    assert found.before is not None
    assert found.after is not None
    assert found.after.loss < found.before.loss
    assert found.model.version != old.version
    assert found.model.card["held back"] == found.after.as_json()
    assert found.model.card["base"] == old.version
    assert found.gain is not None
    assert found.gain.low < found.gain.mean < found.gain.high
    assert found.gain.mean == pytest.approx(found.before.loss - found.after.loss, abs=2e-5)
    assert found.fitted_on + found.after.decisions == 600


def test_points_of_a_learnt_model_still_sum_to_its_score() -> None:
    old, rows = load(NAME), pairs(600)
    true = RNG.uniform(size=600) < probability(0.5 * old.score(rows) + 1.0)
    model = learn(old, rows, true, keys(600), CARD).model
    sums = [sum(one.values()) for one in model.points(rows[:50])]
    assert sums == pytest.approx(model.score(rows[:50]).tolist(), abs=1e-6)


def test_points_of_leaves_sum_to_the_score_and_agree_with_the_exact_ones_in_direction() -> None:
    model, rows = load(NAME), pairs(300)
    tables = LeafPoints(model)
    points = tables.of(rows)
    assert points.sum(axis=1) == pytest.approx(model.score(rows), abs=1e-6)
    exact = np.array([[one[kind] for kind in tables.kinds] for one in model.points(rows)])
    big = np.abs(exact) > 1.0
    assert (np.sign(points[big]) == np.sign(exact[big])).mean() > 0.9


def test_a_model_that_is_no_better_on_held_back_decisions_is_not_adopted() -> None:
    old, rows = load(NAME), pairs(400)
    chance = probability(old.score(rows))
    aside = np.array([held_back(key) for key in keys(400)])
    true = np.where(aside, chance >= 0.5, chance < 0.5)  # what it learns from is the contrary of what it is judged by
    if min(true[aside].sum(), (~true[aside]).sum()) < 10:
        true[np.flatnonzero(aside)[:10]] = True
        true[np.flatnonzero(aside)[10:20]] = False
    found = learn(old, rows, true, keys(400), CARD)
    assert not found.adopted
    assert found.model is old


def test_a_gain_that_may_be_chance_is_not_paid_for_with_decisions_that_were_right() -> None:
    shipped, met = load(NAME), set()
    old = replace(shipped, offset=shipped.offset + 6.0)
    for seed in range(6):  # what is decided is nearly what the model thinks: there is little to learn
        rng = np.random.default_rng(seed)
        rows = pairs(120, rng)
        found = learn(old, rows, rng.uniform(size=120) < probability(1.1 * old.score(rows) + 0.3), keys(120), CARD)
        assert found.before is not None
        assert found.after is not None
        assert found.gain is not None
        less, fewer = found.after.loss < found.before.loss, found.after.right < found.before.right
        assert found.adopted == (less and (found.gain.sure or not fewer))
        met.add((less, fewer, found.adopted))
        assert ("right on fewer" in found.why) == (less and fewer and not found.gain.sure)
    assert {(True, True, False), (True, False, True)} <= met


def test_the_same_decisions_give_the_same_file_whatever_judged_before() -> None:
    shipped, rows = load(NAME), pairs(600)
    true = RNG.uniform(size=600) < probability(0.5 * shipped.score(rows) + 1.0)
    card = {**CARD, "version": 2}
    first = learn(shipped, rows, true, keys(600), card, base=shipped)
    assert as_text(first.model) == as_text(learn(shipped, rows, true, keys(600), card, base=shipped).model)
    again = learn(read(as_text(first.model)), rows, true, keys(600), card, base=shipped)
    assert not again.adopted
    assert again.gain is not None
    assert (again.gain.low, again.gain.high) == (0.0, 0.0)
    assert "learnt all" in again.why


def test_quality_tells_how_far_its_mean_can_be_off() -> None:
    model, rows = load(NAME), pairs(200)
    true = RNG.uniform(size=200) < probability(0.5 * model.score(rows) + 1.0)
    few, many = quality(model, rows, true), quality(model, np.tile(rows, (4, 1)), np.tile(true, 4))
    assert many.loss == few.loss
    assert many.reach == pytest.approx(few.reach / 2, rel=0.01)
    assert (many.right, many.decisions) == (4 * few.right, 800)


def test_few_or_one_sided_decisions_teach_nothing() -> None:
    old, rows = load(NAME), pairs(300)
    few = learn(old, rows[: FEWEST - 1], np.ones(FEWEST - 1, dtype=np.bool_), keys(FEWEST - 1), CARD)
    assert not few.adopted
    assert str(FEWEST) in few.why
    assert not learn(old, rows, np.ones(300, dtype=np.bool_), keys(300), CARD).adopted


def test_quality_of_certain_and_right_answers_is_perfect() -> None:
    model, rows = load(NAME), pairs(300)
    chance = probability(model.score(rows))
    sure = (chance > 0.9) | (chance < 0.1)
    found = quality(model, rows[sure], chance[sure] > 0.5)
    assert found.loss < 0.11
    assert found.f1 in (0.0, 1.0)


def test_the_audit_is_drawn_by_lot_and_always_the_same() -> None:
    sample = [(left, right) for left in range(200) for right in range(1000, 1020)]
    share = np.mean([in_audit(*pair) for pair in sample])
    assert abs(share - AUDITED) < 0.03
    assert [in_audit(*pair) for pair in sample] == [in_audit(*pair) for pair in sample]
    orders = np.array([lot("order", *pair) / LOTS for pair in sample if in_audit(*pair)])
    assert abs(orders.mean() - 0.5) < 0.05
