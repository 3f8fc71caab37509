"""Instruments edited by people, on both databases: periods, names and predecessors win, last, and can be taken back."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from puma import decisions
from puma.access import Viewer
from puma.claims import Claim
from puma.decisions import Named, Period, checked
from puma.entities import Experiment, InstrumentPeriod
from puma.errors import Refused, WrongUsage
from puma.listing import doubts, instrument_edited, sessions_in
from puma.storage import Storage
from tests.resolve.desk import OFFICE, Desk, experiment, instrument


def day(text: str) -> date:
    return date.fromisoformat(text)


def period(label: str, start: str, end: str = "", ready: str = "") -> Period:
    return Period(label, day(start), day(end) if end else None, day(ready) if ready else None)


def said(*periods: Period) -> list[dict[str, Any]]:
    return [one.said for one in periods]


ID01 = (period("ID01", "1997-07-01", "2013-12-20"), period("ID01 new", "2014-12-01", "2018-12-10"))


@pytest.fixture
def desk(storage: Storage) -> Desk:
    desk = Desk(storage, {"office": 10, "wiki": 30})
    desk.hand_in("office", instrument("ID01", group="Nano", periods=said(*ID01)))
    return desk


def number(desk: Desk, name: str) -> int:
    return desk.number("instrument", "name", f"EPNS/{name}")


def periods(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows(InstrumentPeriod, "label", "starts_on", "ends_on", "commissioning_until")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([period("A", "2010-01-01", "2010-01-01")], "not after it opened"),
        ([period("A", "2010-01-01", "2009-01-01")], "not after it opened"),
        ([period("A", "2010-01-01", "2012-01-01"), period("B", "2011-12-31")], "overlap"),
        ([period("A", "2010-01-01"), period("B", "2012-01-01")], "without an end.*overlap"),
        ([period("A", "2010-01-01", "2010-03-01", ready="2010-03-01")], "nothing would be left"),
        ([Period("A")], "no day on which it opened"),
        ([], "between one and"),
    ],
)
def test_impossible_periods_are_refused_with_the_reason(wrong: list[Period], why: str) -> None:
    with pytest.raises(WrongUsage, match=why):
        checked(wrong)


def test_periods_that_touch_do_not_overlap_and_come_in_their_order() -> None:
    second, first = period("B", "2012-01-01"), period("A", "2010-01-01", "2012-01-01")
    assert checked([second, first]) == [first, second]


def test_edited_periods_stand_alone_through_re_harvest_and_go_when_taken_back(desk: Desk) -> None:
    before, mine = periods(desk), [*ID01, period("ID01 EBS", "2020-03-01")]
    row = decisions.edit(desk.storage, OFFICE, number(desk, "id01"), Named(periods=mine, group="Coherence"))
    desk.hand_in("office", instrument("ID01", group="Nano", label="Nanodiffraction", periods=said(*ID01)))
    desk.hand_in("wiki", instrument("ID01", periods=said(period("wrong", "1990-01-01"))))
    assert [line[0] for line in periods(desk)] == ["ID01 EBS", "ID01 new", "ID01"]
    shown = instrument_edited(desk.storage, OFFICE, number(desk, "id01"))
    assert shown is not None
    assert shown.periods == mine
    assert (shown.group, shown.label) == ("Coherence", "Nanodiffraction")
    assert [(one.said_by, len(one.periods)) for one in shown.said] == [("Ada", 3), ("office", 2), ("wiki", 1)]
    assert shown.history[0].decision == row
    desk.take_back("wiki", instrument("ID01"))
    decisions.undo(desk.storage, OFFICE, row)
    assert periods(desk) == before
    shown = instrument_edited(desk.storage, OFFICE, number(desk, "id01"))
    assert shown is not None
    assert shown.group == "Nano"


def test_a_former_name_still_leads_to_the_instrument_and_no_more_when_taken_back(desk: Desk) -> None:
    desk.hand_in("office", experiment("E-1", instrument_name="ID01", starts_at="2015-05-01T00:00:00+00:00"))
    here = number(desk, "id01")
    row = decisions.edit(desk.storage, OFFICE, here, Named(name="NANO-1"))
    desk.hand_in("office", experiment("E-2", instrument_name="ID01", starts_at="2016-05-01T00:00:00+00:00"),
                 experiment("E-3", instrument_name="NANO-1", starts_at="2016-05-01T00:00:00+00:00"))  # fmt: skip
    assert desk.rows(Experiment, "code", "instrument_id") == [("E-1", here), ("E-2", here), ("E-3", here)]
    desk.hand_in("office", instrument("ID01", group="Nano", pid="10.1/x", periods=said(*ID01)))
    assert desk.value("instrument", ("name", "EPNS/id01"), "name") == "NANO-1"
    decisions.undo(desk.storage, OFFICE, row)
    assert desk.rows(Experiment, "code", "instrument_id") == [("E-1", here), ("E-2", here), ("E-3", None)]


def test_two_machines_of_one_name_are_told_apart_again_when_a_period_moves(desk: Desk) -> None:
    keys: dict[str, Any] = {"facility": "EPNS", "name": "ID22"}
    early, late = said(period("a", "2000-01-01", "2012-01-01")), said(period("b", "2014-01-01"))
    old = Claim("instrument", (("source", "o:1"),), {**keys, "label": "Old", "periods": early})
    new = Claim("instrument", (("source", "o:2"),), {**keys, "label": "New", "periods": late})
    desk.hand_in("office", old, new)
    desk.hand_in("office", experiment("E-1", instrument_name="ID22", starts_at="2013-05-01T00:00:00+00:00"))
    first, second = desk.number("instrument", "source", "o:1"), desk.number("instrument", "source", "o:2")
    assert desk.rows(Experiment, "code", "instrument_id") == [("E-1", None)]
    row = decisions.edit(desk.storage, OFFICE, second, Named(periods=[period("b", "2013-01-01")], successor_of=first))
    assert desk.rows(Experiment, "code", "instrument_id") == [("E-1", second)]
    assert desk.value("instrument", ("source", "o:2"), "successor_of_id") == first
    assert sessions_in(desk.storage, OFFICE, second, [period("b", "2013-01-01", "2013-05-01")]) == ([0], 1)
    with pytest.raises(WrongUsage, match="follows this instrument itself"):
        decisions.edit(desk.storage, OFFICE, first, Named(successor_of=second))
    decisions.undo(desk.storage, OFFICE, row)
    assert desk.rows(Experiment, "code", "instrument_id") == [("E-1", None)]


def test_periods_that_sources_state_and_that_cannot_all_be_right_wait_in_the_queue_with_what_each_says(
    desk: Desk,
) -> None:
    desk.hand_in("wiki", instrument("ID01", periods=said(period("ID01", "1998-01-01", "2013-12-20"))))
    (doubt,) = doubts(desk.storage, OFFICE, "contradictions").items
    assert "overlap" in doubt.detail
    assert [option.said_by for option in doubt.options] == ["office", "wiki"]
    decisions.edit(desk.storage, OFFICE, number(desk, "id01"), Named(periods=[period("ID01", "1998-01-01")]))
    assert doubts(desk.storage, OFFICE, "contradictions").items == []


def test_what_cannot_be_is_refused_and_nothing_is_written(desk: Desk) -> None:
    here = number(desk, "id01")
    with pytest.raises(Refused):
        decisions.edit(desk.storage, Viewer("scientist", "Bea"), here, Named(name="X"))
    with pytest.raises(WrongUsage, match="Nothing would change"):
        decisions.edit(desk.storage, OFFICE, here, Named(name="ID01", periods=list(ID01)))
    with pytest.raises(WrongUsage, match="no day like"):
        Period.read({"label": "A", "starts_on": "31.12.2014"})
    with desk.storage.reading() as session:
        assert session.scalar(select(InstrumentPeriod.id).where(InstrumentPeriod.label == "X")) is None
