"""The decisions of a paged harvest, as a table: nothing that looks unfinished is ever "done"."""

from datetime import UTC, datetime, timedelta

import pytest

from puma.harvest_plan import MAX_EMPTY_PAGES, Answer, Progress, from_moment, next_step

SEEN = {"t1", "t2", "keys a b"}


@pytest.mark.parametrize(
    ("progress", "answer", "asked_with", "step", "read"),
    [
        (Progress(), Answer(5, "t3", 9, "keys"), "", "go on", 5),
        (Progress(5, 9), Answer(4, "", None, "keys"), "t2", "done", 9),
        (Progress(), Answer(3), "", "done", 3),
        (Progress(), Answer(0), "", "done", 0),
        (Progress(5, 9), Answer(3), "t2", "stop", 8),  # one is missing
        (Progress(5, 9), Answer(2, "", 7), "t2", "done", 7),  # the list shrank, and the source says so
        (Progress(5, 9), Answer(9), "t2", "done", 14),  # it grew
        (Progress(5), Answer(5, "t2"), "t2", "stop", 10),  # the token it was asked with
        (Progress(5), Answer(5, "t1"), "t2", "stop", 10),  # an earlier one: a loop
        (Progress(5), Answer(2, "t3", None, "keys a b"), "t2", "stop", 7),  # a page that was there before
        (Progress(5), Answer(0, "t3"), "t2", "go on", 5),
        (Progress(5, empty_in_a_row=MAX_EMPTY_PAGES), Answer(0, "t3"), "t2", "stop", 5),
        (Progress(5, empty_in_a_row=MAX_EMPTY_PAGES), Answer(1, "t3"), "t2", "go on", 6),
        (Progress(), Answer(errors=("noRecordsMatch",)), "", "done", 0),
        (Progress(5), Answer(errors=("noRecordsMatch",)), "t2", "stop", 5),
        (Progress(5), Answer(errors=("badResumptionToken",)), "t2", "start again", 0),
        (Progress(5, restarts=1), Answer(errors=("badResumptionToken",)), "t2", "try later", 5),
        (Progress(), Answer(errors=("badResumptionToken",)), "", "stop", 0),  # no token was sent
        (Progress(), Answer(errors=("badArgument",)), "", "stop", 0),
        (Progress(), Answer(errors=("noRecordsMatch", "badArgument")), "", "stop", 0),
        (Progress(), Answer(5, "", 5, errors=("cannotDisseminateFormat",)), "", "stop", 0),
    ],
)
def test_each_answer_has_one_outcome(progress: Progress, answer: Answer, asked_with: str, step: str, read: int) -> None:
    decision = next_step(progress, answer, SEEN, asked_with=asked_with)
    assert (decision.step, decision.progress.read) == (step, read)
    assert bool(decision.reason) == (step in ("stop", "try later"))


def test_a_total_that_is_not_trusted_decides_nothing() -> None:
    assert next_step(Progress(5, 9), Answer(3), SEEN, asked_with="t2", trust_total=False).step == "done"


NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_incremental_run_overlaps_the_last_one_by_a_granule() -> None:
    assert from_moment(NOW - 3 * DAY, NOW, DAY) == NOW - 4 * DAY
    assert from_moment(NOW - 3 * DAY, NOW, timedelta(seconds=1)) == NOW - 3 * DAY - timedelta(seconds=1)


def test_without_a_believable_last_run_everything_is_asked_for() -> None:
    assert from_moment(None, NOW, DAY) is None
    assert from_moment(NOW + DAY, NOW, DAY) is None
