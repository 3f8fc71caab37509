"""The recorded figures of links on a generated facility may not fall; a second run of the matcher changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.matching.links import TRUSTING, Counted, count, ece, f1
from benchmarks.matching.links_data import Facility, made
from puma.evaluation import evaluate
from puma.installation import Installation
from tests.linking.conftest import SEED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(realistic: Facility) -> Facility:
    return realistic


@pytest.fixture(scope="module")
def counted(found: Facility) -> Counted:
    return count(found, TRUSTING)


@pytest.fixture
def house(found: Facility, facilities: Path) -> Iterator[Installation]:
    house = made(SEED, "realistic", "small", facilities)
    yield house
    house.close()


def test_automatic_links_are_right_and_many(counted: Counted) -> None:
    right, given = counted.auto
    assert right / given >= 0.985
    assert right / counted.true >= 0.40


def test_no_look_alike_no_reuse_and_no_namesake_is_automatic(counted: Counted) -> None:
    assert not {"lookalike", "reuse", "homonym", "review", "instrument"} & set(counted.wrong_auto)


def test_nearly_all_true_pairs_are_automatic_or_asked(counted: Counted) -> None:
    assert counted.ceiling / counted.true >= 0.985
    assert counted.asked[0] / counted.true >= 0.965
    assert counted.read95 <= 1.7


def test_the_best_answers_are_far_better_than_the_simple_rival(counted: Counted) -> None:
    ours = f1(*counted.answer, counted.true)
    assert ours >= 0.82
    assert f1(*counted.bare) >= 0.79
    assert ours >= f1(*counted.plain, counted.true) + 0.15
    assert counted.none[0] / counted.none[1] >= 0.93


def test_probabilities_mean_what_they_say(counted: Counted) -> None:
    assert ece(*counted.chances) <= 0.045


def test_a_second_run_changes_nothing_and_the_stored_links_are_as_good(house: Installation) -> None:
    assert house.match(lambda what, done, total: None).changed == 0
    figures = evaluate(house.storage, house.settings.home / "world" / "truth" / "truth.csv")
    assert (figures.tier("auto").precision.value or 0) >= 0.985
    assert (figures.tier("auto + review").recall.value or 0) >= 0.96
