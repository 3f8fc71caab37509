"""Time to the first publication as curves: worked out by hand, as the metric has it, and of what may be known alone."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puma.access import EVERYTHING, Viewer
from puma.errors import Refused, WrongUsage
from puma.facts import Snapshot
from puma.measuring import Question, ask
from puma.measuring.survival import Step, quantile, share_at, steps, waiting_at
from puma.measuring.waiting import BY, DAYS, LEAST, Curve, curves
from puma.storage import Storage
from tests.house.small_facility import AT, made

SIX = [(1.0, True), (2.0, True), (2.0, False), (3.0, True), (4.0, False), (5.0, True)]


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The facts of the small facility with its secrets."""
    yield from facts(tmp_path_factory.mktemp("facility"), secrets=True)


@pytest.fixture(scope="module")
def open_facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The same facility where no secret was ever harvested."""
    yield from facts(tmp_path_factory.mktemp("open"), secrets=False)


def facts(folder: Path, *, secrets: bool) -> Iterator[Snapshot]:
    storage = Storage(f"sqlite:///{folder / 'puma.db'}")
    storage.migrate()
    yield made(storage, folder / "facts", secrets=secrets)
    storage.close()


# By hand


def test_the_band_of_six_proposals_is_the_one_worked_out_by_hand() -> None:
    curve = steps(SIX)
    assert [(one.time, one.waiting, one.happened, one.left) for one in curve] == [
        (1, 6, 1, 0), (2, 5, 1, 1), (3, 3, 1, 0), (4, 2, 0, 1), (5, 1, 1, 0),
    ]  # fmt: skip
    assert [round(one.share, 4) for one in curve] == [0.8333, 0.6667, 0.4444, 0.4444, 0]
    # At 3: Greenwood's sum is 1/30 + 1/20 + 1/6 = 1/4, so that the bounds are 0.4444 to the powers exp(±1.96 · 0.5 /
    # -ln 0.4444) = exp(±1.2085): 0.4444 ** 3.348 and 0.4444 ** 0.2987.
    third = curve[2]
    assert third.low == pytest.approx(0.0662, abs=2e-4)
    assert third.high == pytest.approx(0.7849, abs=2e-4)
    assert (curve[3].low, curve[3].high) == (third.low, third.high), "who leaves tells nothing new"
    assert (curve[4].low, curve[4].high) == (None, None), "nobody is left to tell an interval"


def test_a_curve_is_the_same_of_times_each_told_once_with_how_often() -> None:
    assert steps(dict.fromkeys(SIX, 3)) == steps(SIX * 3)


def test_the_times_of_a_quarter_half_and_three_quarters_come_with_the_times_at_which_the_band_has_them() -> None:
    curve = steps(SIX)
    assert [quantile(curve, part).time for part in (0.1, 0.25, 0.5, 0.75)] == [1, 2, 3, 5]
    assert (quantile(curve, 0.5).low, quantile(curve, 0.5).high) == (1, None), "the upper bound never falls to half"
    assert quantile(steps([(1, True), (2, False), (3, False)]), 0.5).time is None


def test_who_is_waiting_at_a_time_and_what_the_curve_says_there() -> None:
    curve = steps(SIX)
    assert [waiting_at(curve, time) for time in (0, 1, 1.5, 2, 3, 4, 5, 6)] == [6, 6, 5, 5, 3, 2, 1, 0]
    assert share_at(curve, 0.5) is None
    assert [round((share_at(curve, time) or curve[0]).share, 4) for time in (1, 2.9, 4.5, 9)] == [
        0.8333, 0.6667, 0.4444, 0,
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=40))
def test_everybody_is_counted_once_and_the_band_holds_the_curve(times: list[tuple[float, bool]]) -> None:
    curve = steps(times)
    assert sum(one.happened + one.left for one in curve) == len(times)
    assert [one.waiting for one in curve] == [
        len(times) - sum(one.happened + one.left for one in curve[:place]) for place in range(len(curve))
    ]
    for one in curve:
        assert one.low is None or one.high is None or 0 <= one.low - 1e-12 <= one.share <= one.high + 1e-12 <= 1 + 2e-12


# Of a facility


def whole(snapshot: Snapshot, filters: Mapping[str, tuple[str, ...]] | None = None) -> Curve:
    (found,) = curves(snapshot, EVERYTHING, filters or {})
    return found


def test_the_curve_is_of_what_the_metric_counts_and_its_middle_is_the_metric(facility: Snapshot) -> None:
    some: tuple[dict[str, tuple[str, ...]], ...] = ({}, {"instrument": ("D1",)}, {"year": ("2010-2016",)})
    for every in some:
        asked = ask(facility, EVERYTHING, Question("time_to_publication", filters=every))
        found = whole(facility, every)
        assert found.proposals == sum(one.happened + one.left for one in found.steps)
        assert found.published == sum(one.happened for one in found.steps) > 0
        assert found.after(0.5).time == asked.total
        assert found.steps[0].waiting == found.proposals


def test_cohorts_and_types_share_all_proposals_among_them_and_instruments_count_each_of_their_own(
    facility: Snapshot,
) -> None:
    every = whole(facility).proposals
    for by in ("cohort", "type"):
        groups = curves(facility, EVERYTHING, {}, by=by)
        assert sum(one.proposals for one in groups) == every
        assert len(groups) > 1
    cohorts = [one.key for one in curves(facility, EVERYTHING, {}, by="cohort")]
    assert cohorts == ["2015-2019", "2010-2014", "2005-2009"], "the newest first, five years each"
    few = curves(facility, EVERYTHING, {"year": ("2012-2014",)}, by="cohort")
    assert [one.key for one in few] == ["2014", "2013", "2012"], "few years stand for themselves"
    for by in ("cohort", "type", "instrument", "country"):
        groups = [one for one in curves(facility, EVERYTHING, {}, by=by) if one.key]
        assert len(groups) > 1
        for one in groups:
            alone = whole(facility, {BY[by]: (one.key,)})
            assert (alone.proposals, alone.published) == (one.proposals, one.published), (by, one.name)
            assert alone.after(0.5) == one.after(0.5)


def test_with_an_instrument_chosen_only_that_one_is_compared(facility: Snapshot) -> None:
    assert [one.name for one in curves(facility, EVERYTHING, {"instrument": ("D1",)}, by="instrument")] == ["D1"]


def test_few_proposals_have_no_curve_and_no_middle_is_made_up(facility: Snapshot) -> None:
    assert not Curve("few", "", LEAST - 1, 0, ()).enough
    none = Curve("none", "", LEAST, 0, [Step(DAYS, LEAST, 0, LEAST, 1.0, 1.0, 1.0)])
    assert none.enough
    assert none.after(0.5).time is None
    assert math.isclose(Curve("all", "", 1, 1, steps([(2 * DAYS, True)])).after(0.5).time or 0, 2)


def test_what_there_is_not_is_refused_and_so_is_who_may_not_know(facility: Snapshot) -> None:
    with pytest.raises(WrongUsage, match="not compared by"):
        curves(facility, EVERYTHING, {}, by="colour")
    with pytest.raises(WrongUsage, match="cannot be cut by"):
        curves(facility, EVERYTHING, {"journal": ("1",)})
    with pytest.raises(Refused):
        curves(facility, Viewer("anonymous"), {})


def test_curves_are_the_same_with_and_without_what_the_viewer_may_not_know(
    facility: Snapshot, open_facility: Snapshot
) -> None:
    def told(snapshot: Snapshot, by: str) -> list[tuple[object, ...]]:
        found = curves(snapshot, Viewer("viewer"), {}, by=by)
        return sorted((one.name, one.proposals, one.published, tuple(one.steps)) for one in found)

    for by in BY:
        assert told(facility, by) == told(open_facility, by), by
    assert whole(facility).proposals > whole(open_facility).proposals, "else this could not fail"
    assert facility.as_of == AT
