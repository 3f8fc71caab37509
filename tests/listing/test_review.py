"""The review queue: its order, what one code settles, many at once and back, whose pairs they are, what is told."""

from collections.abc import Callable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

import pytest
from sqlalchemy import select, update

from puma import decisions
from puma.access import EVERYTHING, Viewer
from puma.accounts.audit import write
from puma.decisions.settling import codes_in
from puma.decisions.two_persons import state_met
from puma.entities import (
    Decision,
    Link,
    Record,
)
from puma.errors import Conflict, NotHere, Refused
from puma.listing import about_pairs, candidates, heaps, how_many_validated, pace, portions, validated
from puma.listing.candidates import links_seen
from puma.listing.order import Waiting, band_of, in_order
from puma.listing.queue import Asked, standing
from puma.listing.reviewing import pace_of
from puma.listing.tending import tended
from puma.listing.trail import how_long, trail, whole_trail
from puma.pairs import LOOKED, Mark, decided
from puma.storage import Storage, insert_rows
from tests.listing.conftest import AT, BOB, D17, NINA, OF_D17, SECRET, evidence_line, link_row


def _queue(house: Storage) -> list[tuple[int, float]]:
    return [(one.link_id, one.probability) for one in candidates(house, NINA, order="grouped", limit=100).items]


# --- order ----------------------------------------------------------------------------------------------------------


def test_likely_pairs_come_first_and_within_a_group_what_settles_others_then_what_is_least_sure() -> None:
    pairs = [
        Waiting(1, 0.05, "D17", 2024, "a"), Waiting(2, 0.99, "D17", 2024, "a"), Waiting(3, 0.55, "D17", 2024, "a"),
        Waiting(4, 0.9, "D17", 2024, "a", settles=3), Waiting(5, 0.3, "IN5", 2024, "b"),
    ]  # fmt: skip
    assert [one.link_id for one in in_order(pairs)] == [4, 3, 2, 5, 1]


def test_a_group_is_read_in_one_piece() -> None:
    pairs = [
        Waiting(n, 0.5 + n / 100, ("D17", "IN5")[n % 2], 2020 + n % 3, f"team {n % 4}") for n in range(1, 40)
    ]  # fmt: skip
    keys = [(one.instrument, one.year, one.team) for one in in_order(pairs)]
    runs = [key for place, key in enumerate(keys) if place == 0 or keys[place - 1] != key]
    assert len(runs) == len(set(runs))


def test_the_grouped_queue_holds_every_pair_once_at_any_page_size_and_keeps_its_groups(house: Storage) -> None:
    whole = candidates(house, NINA, order="grouped", limit=100)
    pieces = [one.link_id for start in range(0, 50, 7)
              for one in candidates(house, NINA, order="grouped", offset=start, limit=7).items]  # fmt: skip
    assert pieces == [one.link_id for one in whole.items]
    assert len(pieces) == len(set(pieces)) == whole.total
    bands = [band_of(one.probability) for one in whole.items if not one.drawn]
    assert bands == sorted(bands)
    assert sum(one.drawn for one in whole.items) > 2
    assert "D17 · 2021 · team of Leader, 51" in {one.group for one in whole.items}


def test_years_and_instruments_narrow_the_queue(house: Storage) -> None:
    narrow = candidates(house, NINA, order="grouped", instrument=D17, years=(2021, 2021), limit=100)
    assert narrow.items
    assert {one.right.instruments[0] for one in narrow.items} == {"D17"}
    assert {one.left.date for one in narrow.items} == {"2021"}


# --- what is kept of the queue --------------------------------------------------------------------------------------


def _kept_and_anew(house: Storage, viewer: Viewer) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The whole queue as it is kept for the next question, and as it is read anew."""
    found = []
    for keep in (True, False):
        with house.reading() as session:
            asked = Asked(links_seen(viewer), state_met(session, viewer))
            with standing(house, session, asked, keep=keep) as queue:
                told = (+queue.states, +queue.drawn, list(queue.sizes))  # without states that no link is in any more
                pairs = queue.grouped(session, viewer, asked, range(sum(queue.sizes)))
                found.append((*told, queue.said, queue.by_lot(session, asked, range(100)), pairs))
    return found[0], found[1]


def test_the_kept_queue_follows_every_decision_and_is_the_same_as_one_read_anew(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    made: list[int] = []
    begun = [_kept_and_anew(house, one)[0] for one in (NINA, OF_D17)]
    links = [number for (_, right), number in numbers.items() if right != SECRET]
    for step, link in enumerate([*links[::2], *links[1::3], *links[:3]]):
        state = candidates(house, NINA, link_id=link).items[0].state
        verdict = "reject" if step % 3 and state != "rejected" else "accept"
        if state != ("rejected" if verdict == "reject" else "validated"):
            made.append(decisions.decide(house, NINA, link, verdict, expected_state=state))
        if step % 5 == 4:
            decisions.undo(house, NINA, made.pop())
        if step % 4 == 0:
            for viewer in (NINA, OF_D17):
                kept, anew = _kept_and_anew(house, viewer)
                assert kept == anew
    decisions.undo_many(house, NINA, made)
    assert [_kept_and_anew(house, one)[0] for one in (NINA, OF_D17)] == begun


def test_nobody_is_answered_from_the_queue_that_is_kept_for_another(house: Storage) -> None:
    office = Viewer("user_office", "Olga")
    asked = [candidates(house, one, order="grouped", limit=100) for one in (office, NINA, OF_D17, office, NINA)]
    assert [page.total for page in asked] == [asked[0].total, asked[0].total - 1, asked[2].total] + [
        asked[0].total, asked[0].total - 1,
    ]  # fmt: skip
    assert [SECRET in {one.right.record_id for one in page.items} for page in asked] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_pair_whose_record_becomes_secret_leaves_the_kept_queue_at_once(house: Storage) -> None:
    before = _queue(house)
    with house.writing() as session:
        session.execute(update(Record).where(Record.id == 51).values(visibility="restricted"))
    kept, anew = _kept_and_anew(house, NINA)
    assert kept == anew
    assert len(_queue(house)) == len(before) - 3  # one of its four counts already
    with house.writing() as session:
        insert_rows(session, Link, [link_row(7, 52, 0.7), link_row(8, 54, 0.02)])
    assert len(_queue(house)) == len(before) - 1


def test_more_than_decisions_one_that_ended_late_or_many_at_once_are_told_from_decisions(house: Storage) -> None:
    with house.reading() as session:
        five, six, seven = ((number, number * 1000) for number in (5, 6, 7))
        many = tuple((number, number * 1000) for number in range(5 + LOOKED, 5, -1))
        assert decided(session, None, Mark(1, ())) is None
        assert decided(session, Mark(1, (five,)), Mark(2, (five,))) is None
        assert decided(session, Mark(1, (seven, five)), Mark(1, (seven, six, five))) is None  # 6 was made while 7 was
        assert decided(session, Mark(1, (five,)), Mark(1, many)) is None
        assert decided(session, Mark(1, (six, five)), Mark(1, (five,))) is None  # a backup was put back
        assert decided(session, Mark(1, (six, five)), Mark(1, ((6, 1), five))) is None
        assert decided(session, Mark(1, (seven, five)), Mark(1, (seven, five))) == {}


# --- one code settles its pairs -------------------------------------------------------------------------------------


def test_pairs_that_rest_on_the_same_code_are_settled_at_once_and_taken_back_at_once(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    before = _queue(house)
    first = numbers[1, 51]
    item = candidates(house, NINA, link_id=first).items[0]
    about = about_pairs(house, NINA, [item])[first]
    assert about.settles == (numbers[2, 51], numbers[3, 51])  # 3 is written otherwise, 4 rests on no code
    done = decisions.settle(house, NINA, first, "accept", others=2)
    assert (len(done.decisions), done.passed) == (3, 0)
    assert candidates(house, NINA, state="validated").total == 3
    assert [d.together for d in decisions.recent(house, NINA)] == [3, 3, 3]
    same = decisions.together(house, NINA, done.decisions[1])
    assert sorted(same) == sorted(done.decisions)
    back = decisions.undo_many(house, NINA, same)
    assert (len(back.decisions), back.passed) == (3, 0)
    assert candidates(house, NINA, link_id=numbers[2, 51]).items[0].state == "auto"
    assert _queue(house) == before


def test_a_code_that_settles_other_pairs_than_the_person_saw_changes_nothing(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    decisions.decide(house, BOB, numbers[3, 51], "reject")
    with pytest.raises(Conflict, match="you saw 2"):
        decisions.settle(house, NINA, numbers[1, 51], "accept", others=2)
    assert candidates(house, NINA, state="validated").total == 0


def test_a_code_is_read_from_its_sentence_and_from_nothing_else() -> None:
    lines = [
        evidence_line("code_stated", 12, "The source names it. Code: SC-781."),
        evidence_line("lag", 1, "Code: X-1."),
        evidence_line("code_in_text", 6, "It stands in the text."),
    ]
    assert codes_in(lines) == ["SC-781"]


# --- many -----------------------------------------------------------------------------------------------------------


def test_accepting_many_and_taking_all_back_gives_the_same_queue(house: Storage) -> None:
    before = _queue(house)
    heap = next(one for one in heaps(house, NINA) if one.least == 0.7)
    assert heap.links
    chances = dict(before)
    assert all(chances[one] >= 0.7 for one in heap.links)
    assert heap.promised == pytest.approx(sum(1 - chances[one] for one in heap.links) / len(heap.links))
    assert set(heap.sample) <= set(heap.links)
    somebody = decisions.decide(house, BOB, heap.links[0], "reject")
    done = decisions.decide_many(house, NINA, heap.links, "accept")
    made, passed = done.decisions, done.passed
    assert (len(made), passed) == (len(heap.links) - 1, 1)
    decisions.undo_many(house, NINA, decisions.together(house, NINA, made[0]))
    decisions.undo(house, BOB, somebody)
    assert _queue(house) == before


def test_many_leave_the_random_audit_alone(house: Storage) -> None:
    drawn = {one.link_id for one in candidates(house, NINA, audit=True, limit=100).items}
    assert drawn
    assert not drawn & {link for heap in heaps(house, NINA) for link in heap.links}


def test_what_was_decided_again_since_stays_when_many_are_taken_back(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    made = decisions.decide_many(house, NINA, [numbers[1, 51], numbers[4, 51]], "accept").decisions
    decisions.decide(house, BOB, numbers[4, 51], "reject", expected_state="validated")
    back = decisions.undo_many(house, NINA, made)
    assert (len(back.decisions), back.passed) == (1, 1)
    assert candidates(house, NINA, link_id=numbers[4, 51]).items[0].state == "rejected"


# --- whose pairs ----------------------------------------------------------------------------------------------------


def test_a_scientist_with_instruments_meets_and_decides_only_pairs_of_these(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    mine = candidates(house, OF_D17, order="grouped", limit=100).items
    assert mine
    assert {one.right.instruments[0] for one in mine} == {"D17"}
    with pytest.raises(NotHere):
        decisions.decide(house, OF_D17, numbers[11, 54], "accept")
    assert decisions.decide_many(house, OF_D17, [numbers[11, 54]], "accept") == decisions.Changed([], 1)
    office = Viewer("user_office", "Ada", instruments=frozenset({D17}))
    assert candidates(house, office).total > len(mine)


def test_two_people_on_one_pair_are_told_and_both_stand_in_the_log(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    link = numbers[4, 51]
    decisions.decide(house, BOB, link, "reject", reason="Measured elsewhere")
    with pytest.raises(Conflict, match="already rejected by Bob"):
        decisions.decide(house, NINA, link, "accept")
    decisions.decide(house, NINA, link, "accept", expected_state="rejected")
    item = candidates(house, NINA, link_id=link).items[0]
    past = about_pairs(house, NINA, [item])[link].history
    assert [(one.verdict, one.by, one.reason) for one in past] == [
        ("accept", "Nina", ""), ("reject", "Bob", "Measured elsewhere"),
    ]  # fmt: skip


def test_nobody_is_told_of_pairs_with_a_secret_proposal(house: Storage, numbers: dict[tuple[int, int], int]) -> None:
    hidden = numbers[5, SECRET]
    assert hidden not in dict(_queue(house))
    assert all(hidden not in heap.links for heap in heaps(house, NINA))
    with pytest.raises(NotHere):
        decisions.settle(house, NINA, hidden, "accept", others=1)


# --- what is told ---------------------------------------------------------------------------------------------------


def test_the_passage_of_the_pdf_with_the_code_is_shown_also_when_a_line_breaks_it(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    items = [candidates(house, NINA, link_id=numbers[ends]).items[0] for ends in ((1, 51), (4, 51))]
    about = about_pairs(house, NINA, items)
    found = about[numbers[1, 51]].snippet
    assert found is not None
    assert (found.page, found.words, found.sure) == (2, ("MA- 51",), True)
    assert found.words[0] in found.text
    assert (about[numbers[4, 51]].snippet, about[numbers[4, 51]].has_text) == (None, False)


def test_the_pace_counts_standing_decisions_of_today_and_pauses_are_no_decisions(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    now = datetime.now(UTC)
    decisions.decide(house, NINA, numbers[1, 51], "accept")
    gone = decisions.decide(house, NINA, numbers[4, 51], "reject")
    decisions.decide(house, BOB, numbers[3, 51], "reject")
    assert (pace(house, NINA, now).done, pace(house, NINA, now).agreed) == (2, 1)
    decisions.undo(house, NINA, gone)
    assert (pace(house, NINA, now).done, pace(house, NINA, now).agreed) == (1, 1)
    rows = [("accept", 0.9, AT + timedelta(seconds=s)) for s in (0, 4, 10, 4000, 4004)]
    assert pace_of(rows).seconds == 4.0


def test_validated_matches_are_exported_with_who_and_when_and_nothing_else(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    decisions.decide(house, NINA, numbers[1, 51], "accept")
    decisions.decide(house, BOB, numbers[11, 54], "accept")
    decisions.decide(house, NINA, numbers[4, 51], "reject")
    rows = list(validated(house, NINA).rows)
    assert [(row["proposal"], row["decided_by"]) for row in rows] == [("MA-54", "Bob"), ("MA-51", "Nina")]
    assert all(row["decided_on"] for row in rows)
    assert [row["proposal"] for row in validated(house, NINA, instrument=D17).rows] == ["MA-51"]


def test_a_file_of_validated_matches_shows_the_state_in_which_it_was_begun(
    house: Storage, numbers: dict[tuple[int, int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    decisions.decide(house, NINA, numbers[1, 51], "accept")
    gone = decisions.decide(house, BOB, numbers[11, 54], "accept")
    monkeypatch.setattr(portions, "AT_ONCE", 1)
    begun = validated(house, EVERYTHING).rows
    rows = [next(begun)]
    decisions.decide(house, NINA, numbers[4, 51], "accept")
    decisions.undo(house, BOB, gone)
    assert [row["proposal"] for row in [*rows, *begun]] == ["MA-54", "MA-51"]
    assert how_many_validated(house, EVERYTHING) == len(list(validated(house, EVERYTHING).rows)) == 2


def test_the_whole_trail_is_its_pages_laid_together_and_each_portion_a_piece_of_it(
    house: Storage, numbers: dict[tuple[int, int], int]
) -> None:
    decisions.decide(house, NINA, numbers[1, 51], "accept", reason="Same team")
    decisions.undo(house, NINA, decisions.decide(house, NINA, numbers[4, 51], "reject"))
    with house.writing() as session:
        for number in range(5):
            write(session, NINA, "signed in", detail=str(number))
    for topic in ("", "sign-ins", "decisions"):
        pages = trail(house, EVERYTHING, topic=topic).items
        table = whole_trail(house, EVERYTHING, topic=topic)
        rows = list(table.rows)
        assert [tuple(row.values()) for row in rows] == [astuple(one) for one in pages]
        assert how_long(house, EVERYTHING, topic=topic) == len(rows) > 2
        assert table.portions is not None
        with house.reading() as session:
            keys = table.portions.numbers(session)
            assert table.portions.rows(session, keys[1:3]) == rows[1:3]
    with pytest.raises(Refused):
        whole_trail(house, NINA)


@pytest.fixture(autouse=True)
def _log_only_grows(storage: Storage) -> Iterator[None]:
    yield
    with storage.reading() as session:
        rows = session.scalars(select(Decision).order_by(Decision.id)).all()
    undone = [row.undoes_id for row in rows if row.undoes_id]
    assert len(undone) == len(set(undone))


def test_the_queue_is_read_before_anybody_asks_and_anew_once_a_harvest_is_quiet(house: Storage) -> None:
    def read_ahead() -> bool:
        with house.reading() as session:
            asked = Asked(links_seen(NINA), state_met(session, NINA))
            with standing(house, session, asked) as queue:
                return queue.held > 0  # who asks only how long it is reads no places of pairs

    assert not read_ahead()
    with tended(house, look_s=0.05):
        until(read_ahead)
        with house.writing() as session:
            insert_rows(session, Link, [link_row(7, 52, 0.7)])
        until(read_ahead)  # what was read before the harvest holds no places any more


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail after half a minute."""
    for _ in range(600):
        if holds():
            return
        sleep(0.05)
    raise AssertionError("It never came to hold.")
