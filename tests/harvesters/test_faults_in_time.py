"""What changes there between runs and pages: deletions, windows of days, totals, and runs that were cut off."""

from datetime import UTC, datetime, timedelta

import pytest
from bench import Bench, Make
from faulty.library import Item, Library, items
from faulty.modes import any_page, modes
from faulty.server import Fault
from stored import loose_ends, skipped, stored

TODAY = datetime.now(UTC).date().isoformat()


def test_announced_deletions_are_taken_over_at_once_and_silent_ones_by_a_full_harvest(bench: Make) -> None:
    one = bench(Library())
    one.harvest()
    one.library.items.remove(one.library.item(4))
    gone = one.library.item(3)
    gone.deleted, gone.stamp = True, TODAY
    assert one.harvest().counters["deleted"] == 1
    assert stored(one.storage).keys == {f"oai:test:{n}" for n in range(20) if n != 3}
    assert one.harvest(full=True).counters["deleted"] == 1
    assert stored(one.storage) == one.reference()


def test_a_deleted_record_that_comes_back_is_there_again(bench: Make) -> None:
    one = bench(Library())
    before = one.reference()
    one.harvest()
    one.library.item(3).deleted = True
    one.harvest(full=True)
    one.library.item(3).deleted = False
    one.harvest(full=True)
    assert stored(one.storage) == before


@pytest.mark.parametrize("stamp", [TODAY, "updatedAt"])
def test_datestamps_that_say_nothing_make_no_record_change(bench: Make, stamp: str) -> None:
    one = bench(Library([Item(n, f"Record {n}", stamp) for n in range(7)]))
    assert one.harvest().counters["added"] == 7
    again = one.harvest(full=True)
    assert (again.counters["unchanged"], again.counters["changed"]) == (7, 0)


@pytest.mark.parametrize(
    ("stamp", "says"),
    [
        (TODAY, "expire again and again, even for a single day"),
        ("2024-02-29", "expire again and again, even for a single day"),
        ("updatedAt", "dates records in a way that no days can be asked for"),
    ],
)
def test_where_windows_do_not_help_against_expiring_tokens_the_run_is_tried_later(
    bench: Make, stamp: str, says: str
) -> None:
    one = bench(Library([Item(n, f"Record {n}", stamp) for n in range(12)]))
    one.change(modes()["token expires"])
    for _ in range(2):
        report = one.harvest()
        assert report.state == "stopped"
        assert says in report.message
    one.change(None)
    assert one.harvest().state == "done"
    assert stored(one.storage) == one.reference()


def test_a_record_that_no_window_holds_is_missed_aloud_and_not_deleted(bench: Make) -> None:
    one = bench(Library())
    one.harvest()
    one.library.item(19).stamp = "updatedAt"  # on the last page, which is never reached
    one.change(modes()["token expires after page 2"])
    for _ in range(2):
        report = one.harvest(full=True)
        assert report.state == "stopped"
        assert "announced 20 records, but those of its date windows are 19 together" in report.message
        assert "oai:test:19" in stored(one.storage).keys
    one.change(None)
    assert one.harvest(full=True).state == "done"
    assert stored(one.storage) == one.reference()


def test_windows_hold_every_record_once_and_none_between_them(bench: Make) -> None:
    one = bench(Library())
    one.change(modes()["token expires"])
    assert one.harvest().state == "done"
    asked = [question for question in one.library.asked if question.get("from") or question.get("until")]
    assert {"from", "until"} <= {name for question in asked for name in question}
    assert stored(one.storage) == one.reference()


def test_a_record_that_changed_while_the_list_was_read_is_new_after_the_next_small_run(bench: Make) -> None:
    one = bench(Library())
    one.change(modes()["record changed meanwhile"])
    assert one.harvest().state == "skipped some"
    assert skipped(one.storage)[0] == ("oai:test:2", "the source gives this record twice with different content")
    one.change(None)
    assert one.harvest().counters["changed"] == 1
    assert stored(one.storage) == one.reference()


def test_a_list_that_is_never_still_is_tried_later(bench: Make) -> None:
    one = bench(Library(items(40)))

    def another_gone(number: int) -> None:
        if number == 1:
            one.library.items.pop(0)

    one.library.told = another_gone
    one.change(Fault(lambda page, library: setattr(page, "size", str(len(library.items) - page.number)), hits=any_page))
    report = one.harvest()
    assert report.state == "stopped"
    assert "changed its list each time while it was read" in report.message
    one.library.told = None
    one.change(None)
    assert one.harvest(full=True).state == "done"
    assert one.harvest(full=True).state == "done"
    assert stored(one.storage) == one.reference()


def test_wrong_totals_are_forgiven_where_the_settings_say_so(bench: Make) -> None:
    for mode in ("total too high", "total too low"):
        one = bench(Library())
        one.change(modes()[mode])
        assert one.harvest(trust_total=False).state == "done"
        assert stored(one.storage) == one.reference()


@pytest.mark.parametrize("mode", ["badArgument mid-list", "noRecordsMatch mid-list", "token expires", "403"])
def test_a_token_that_the_source_forgot_while_the_run_was_down_starts_the_list_again(bench: Make, mode: str) -> None:
    one = bench(Library())
    one.change(modes()["500"])
    assert "answers 500" in one.harvest().message
    fault = modes()[mode]
    fault.times = 1
    one.change(fault)
    assert one.harvest().state == "done"
    assert stored(one.storage) == one.reference()


def test_a_run_ends_at_its_deadline_and_the_next_one_goes_on(bench: Make) -> None:
    one = bench(Library())
    report = one.harvest(deadline_minutes=0.5, requests_per_minute=1)
    assert report.state == "stopped"
    assert "its 0.5 minutes (deadline_minutes)" in report.message
    asked = len(one.library.asked)
    assert one.harvest().state == "done"
    assert len(one.library.asked) == asked + 3
    assert stored(one.storage) == one.reference()


def test_what_a_stopped_run_brought_is_whole(bench: Make) -> None:
    """References are settled also when the run fails: journals are there, and nothing stays hidden."""
    one = bench(Library())
    one.change(modes()["cut page"])
    assert one.harvest().state == "stopped"
    left = stored(one.storage)
    assert left.keys == {f"oai:test:{n}" for n in range(5)}
    assert all(row[-1] for row in left.publications)  # each has its journal
    assert loose_ends(one.storage)["running"] == 0


def test_a_source_that_shrank_below_what_is_expected_keeps_its_records_and_they_are_whole(bench: Make) -> None:
    one = bench(Library())
    one.harvest()
    before = stored(one.storage)
    one.library.items = items(2)
    report = one.harvest(full=True, expect_min=10)
    assert (report.state, report.counters["deleted"]) == ("refused", 0)
    assert stored(one.storage) == before


def _days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def test_a_small_run_asks_only_for_what_is_not_settled(bench: Make) -> None:
    one: Bench = bench(Library())
    one.harvest()
    one.library.asked.clear()
    one.harvest()
    assert [question.get("from") for question in one.library.asked] == [_days_ago(1)]
