"""The decisions of a paged harvest, as tables: nothing that looks unfinished is ever "done", and no day is left out."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.harvest_plan import (
    BEYOND,
    BEYOND_TOO,
    MAX_EMPTY_PAGES,
    Answer,
    Plan,
    Progress,
    Window,
    decide,
    from_moment,
    plan_of,
)

SEEN = {"t1", "t2", "keys a b"}
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = Window()
OLD, NEW = Window(None, date(2024, 1, 1)), Window(date(2024, 1, 2))
LATEST = Window(date(2026, 3, 2))
FAR = BEYOND * 9 + BEYOND_TOO


@pytest.mark.parametrize(
    ("progress", "answer", "token", "step", "read"),
    [
        (Progress(), Answer(5, "t3", 9, "keys"), "", "keep", 5),
        (Progress(5, 9), Answer(4, "", None, "keys"), "t2", "done", 0),
        (Progress(), Answer(3), "", "done", 0),
        (Progress(), Answer(0), "", "done", 0),
        (Progress(5, 9), Answer(3), "t2", "start again", 0),  # one is missing
        (Progress(5, 9, restarts=1), Answer(3), "t2", "stop", 8),  # again
        (Progress(5, 9), Answer(2, "", 7), "t2", "start again", 0),  # it shrank: one may have slipped away
        (Progress(5, 9, restarts=1), Answer(2, "", 7), "t2", "try later", 7),
        (Progress(5, 9), Answer(9), "t2", "done", 0),  # it grew
        (Progress(5, 9), Answer(4, again=1), "t2", "start again", 0),  # one came twice, so one is missing
        (Progress(5, 9), Answer(5, again=1), "t2", "done", 0),  # one came twice, but all came
        (Progress(5, 9, restarts=1, steady=1), Answer(4, again=1), "t2", "done", 0),  # it always comes twice
        (Progress(5, 9, restarts=1, steady=2), Answer(4, again=1), "t2", "try later", 9),
        (Progress(5), Answer(4, again=1), "t2", "start again", 0),
        (Progress(5), Answer(5, "t2"), "t2", "stop", 0),  # the token it was asked with
        (Progress(5), Answer(5, "t1"), "t2", "stop", 0),  # an earlier one: a loop
        (Progress(5), Answer(2, "t3", None, "keys a b"), "t2", "stop", 0),  # a page that was there before
        (Progress(FAR - 5, 9), Answer(5, "t3"), "t2", "keep", FAR),
        (Progress(FAR, 9), Answer(5, "t3"), "t2", "stop", 0),  # far more than was announced
        (Progress(5), Answer(0, "t3"), "t2", "keep", 5),
        (Progress(5, empty_in_a_row=MAX_EMPTY_PAGES), Answer(0, "t3"), "t2", "stop", 0),
        (Progress(5, empty_in_a_row=MAX_EMPTY_PAGES), Answer(1, "t3"), "t2", "keep", 6),
        (Progress(), Answer(errors=("noRecordsMatch",)), "", "done", 0),
        (Progress(5), Answer(errors=("noRecordsMatch",)), "t2", "stop", 5),
        (Progress(5), Answer(errors=("badResumptionToken",)), "t2", "start again", 0),
        (Progress(5, restarts=1), Answer(errors=("badResumptionToken",)), "t2", "halve", 0),
        (Progress(), Answer(errors=("badResumptionToken",)), "", "stop", 0),  # no token was sent
        (Progress(), Answer(errors=("badArgument",)), "", "stop", 0),
        (Progress(), Answer(errors=("noRecordsMatch", "badArgument")), "", "stop", 0),
        (Progress(), Answer(5, "", 5, errors=("cannotDisseminateFormat",)), "", "stop", 0),
    ],
)
def test_each_answer_has_one_outcome(progress: Progress, answer: Answer, token: str, step: str, read: int) -> None:
    decision = decide(Plan((ALL,), token, progress), answer, SEEN, today=NOW.date())
    assert (decision.step, decision.plan.progress.read) == (step, read)
    assert bool(decision.reason) == (step in ("stop", "try later"))


EXPIRED = Answer(errors=("badResumptionToken",))
NOTHING = Answer(errors=("noRecordsMatch",))


@pytest.mark.parametrize(
    ("plan", "answer", "step", "windows"),
    [
        (Plan((OLD, NEW)), Answer(3), "keep", (NEW,)),
        (Plan((OLD, NEW)), NOTHING, "skip window", (NEW,)),
        (Plan((NEW,), promised=9, found=9), NOTHING, "done", ()),
        (Plan((NEW,), promised=9, found=5), Answer(4), "done", ()),
        (Plan((NEW,), promised=9, found=5), Answer(3), "stop", (ALL,)),  # some are in no window
        (Plan((NEW,), promised=9, found=5), NOTHING, "stop", (ALL,)),
        (Plan((LATEST,), "t", Progress(5, restarts=1)), EXPIRED, "try later", (LATEST,)),
        (Plan((ALL,), "t", Progress(5, restarts=1), undated=True), EXPIRED, "try later", (ALL,)),
        (Plan((OLD, NEW), "t", Progress(5), resumed=True), NOTHING, "start again", (OLD, NEW)),
        (Plan((OLD, NEW), "t", Progress(5), resumed=True), Answer(errors=("badArgument",)), "start again", (OLD, NEW)),
    ],
)
def test_windows_are_settled_or_asked_again(plan: Plan, answer: Answer, step: str, windows: tuple[Window, ...]) -> None:
    decision = decide(plan, answer, SEEN, today=NOW.date())
    assert (decision.step, decision.plan.windows) == (step, windows)
    assert not decision.plan.resumed or step == "try later"


def test_totals_that_are_not_trusted_decide_nothing() -> None:
    def step(progress: Progress, answer: Answer) -> str:
        return decide(Plan((ALL,), "t2", progress), answer, SEEN, today=NOW.date(), trust_total=False).step

    assert step(Progress(5, 9), Answer(3)) == "done"
    assert step(Progress(5, 9), Answer(2, "", 7)) == "done"
    assert step(Progress(5000, 9), Answer(3, "t3")) == "keep"


@given(
    st.sampled_from(
        [ALL, Window(date(2020, 2, 28)), Window(date(2030, 1, 1)), Window(date(2024, 2, 28), date(2024, 3, 9))]
    ),
    st.lists(st.integers(0, 60), max_size=60),
)
def test_however_windows_are_halved_each_day_lies_in_exactly_one(whole: Window, choices: list[int]) -> None:
    windows = [whole]
    for choice in choices:
        place = choice % len(windows)
        windows[place : place + 1] = windows[place].halves(NOW.date()) or [windows[place]]
    assert (windows[0].first, windows[-1].last) == (whole.first, whole.last)
    for older, newer in zip(windows, windows[1:], strict=False):
        assert older.last is not None
        assert newer.first == older.last + DAY
        assert older.first is None or older.first <= older.last


def test_halving_ends_at_a_day() -> None:
    window, halved = ALL, 0
    while halves := window.halves(NOW.date()):
        window, halved = halves[1], halved + 1
    assert window.first == NOW.date()
    assert window.last is None
    assert halved < 20


@pytest.mark.parametrize(
    "plan",
    [
        Plan((ALL,)),
        Plan((), found=7),
        Plan((OLD, NEW), "t", Progress(5, 9, 1, 2, True, 0, 3), 7, 16, True, date(2020, 1, 1)),
    ],
)
def test_a_cursor_is_json_and_leads_back_to_its_plan(plan: Plan) -> None:
    again = plan_of(json.loads(json.dumps(plan.as_cursor())), NOW - DAY, NOW)
    assert again.resumed
    assert again.as_cursor() == plan.as_cursor()


def test_each_run_may_begin_a_list_anew() -> None:
    assert plan_of(Plan((ALL,), "t", Progress(5, restarts=1)).as_cursor(), None, NOW).progress.restarts == 0


def test_a_checkpoint_of_an_older_program_is_understood() -> None:
    plan = plan_of({"from": "2026-01-15", "token": "t", "read": 5, "total": 20}, None, NOW)
    assert (plan.windows, plan.token, plan.progress) == ((Window(date(2026, 1, 15)),), "t", Progress(5, 20))
    assert plan_of({"from": "", "token": "", "read": 5, "total": 5, "done": True}, None, NOW).windows == ()


def test_a_first_run_asks_for_everything_and_the_next_from_the_day_before_the_last() -> None:
    assert plan_of(None, None, NOW).windows == (ALL,)
    assert plan_of(None, NOW - 3 * DAY, NOW).windows == (Window(date(2026, 2, 26)),)


def test_an_incremental_run_overlaps_the_last_one_by_a_granule() -> None:
    assert from_moment(NOW - 3 * DAY, NOW, DAY) == NOW - 4 * DAY
    assert from_moment(NOW - 3 * DAY, NOW, timedelta(seconds=1)) == NOW - 3 * DAY - timedelta(seconds=1)


def test_without_a_believable_last_run_everything_is_asked_for() -> None:
    assert from_moment(None, NOW, DAY) is None
    assert from_moment(NOW + DAY, NOW, DAY) is None
