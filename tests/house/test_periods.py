"""Which period of an instrument a publication is credited to: by its beam time, or by an imputed day, never by none."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from harvesters._table_claims import ending_the_day_after
from puma.access import EVERYTHING, Viewer
from puma.entities import Link
from puma.facts import Snapshot, refresh
from puma.linking.naming import grammars
from puma.linking.world import Names
from puma.matching.links.periods import period_of
from puma.measuring import Question, ask, records_behind
from puma.measuring.periods import imputed, periods_of
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, experiment, instrument, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
ID01 = [
    {"label": label, "starts_on": first, "ends_on": last, "commissioning_until": trial}
    for label, first, last, trial in (
        ("ID01", "1997-07-01", "2013-12-20", None),
        ("ID01 upgraded", "2014-12-01", "2018-12-10", None),
        ("ID01 EBS", "2020-01-07", None, "2020-03-01"),
    )
]
FIRST, SECOND, THIRD = "ID01, 1997–2013", "ID01 upgraded, 2014–2018", "ID01 EBS, 2020–"
OUTSIDE, ELSEWHERE = "outside declared periods of ID01", "outside declared periods of D33"


@pytest.fixture
def desk(tmp_path: Path, sqlite_tables: Path) -> Iterator[Desk]:
    storage = Storage(f"sqlite:///{shutil.copy(sqlite_tables, tmp_path / 'puma.db')}")
    made = Desk(storage, {"office": 10, "library": 30})
    made.hand_in("office", instrument("ID01", periods=ID01), instrument("D33"))
    yield made
    storage.close()


def facts(desk: Desk, folder: Path) -> Snapshot:
    return refresh(desk.storage, folder / "facts", AT)


def paper(desk: Desk, number: int, day: str, *through: tuple[str, str, str], state: str = "auto") -> None:
    """A publication of that day and its links: kind, scheme and key of what each leads to."""
    values: dict[str, Any] = {"published_on": day, "published_precision": "day"} if len(day) > 4 else {}
    claim = publication(("doi", f"10.1/{number}"), type="JOURNAL_ARTICLE", year=int(day[:4]), **values)
    desk.hand_in("library", claim)
    for key in through:
        link(desk, number, key, state)


def link(desk: Desk, number: int, key: tuple[str, str, str], state: str = "auto") -> None:
    row = {
        "left_id": desk.number("publication", "doi", f"10.1/{number}"), "right_id": desk.number(*key),
        "relation": f"publication-{key[0]}", "state": state, "tier": "review", "score": 1.0,
        "channel": "identifier", "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "",
        "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def session(desk: Desk, code: str, day: str, **more: Any) -> tuple[str, str, str]:
    start = f"{day}T08:00:00+00:00"
    values = {"delivered_hours": 24, **more}
    desk.hand_in("office", experiment(code, instrument_name="ID01", starts_at=start, **values))
    return ("experiment", "code", f"EPNS/{code.lower()}")


def beamtime(desk: Desk, number: int, year: int, *names: str) -> tuple[str, str, str]:
    times = [{"instrument": name, "requested": 3, "allocated": 3, "unit": "day"} for name in names]
    desk.hand_in("office", proposal(f"P-{number}", operation_year=year, decision="accepted", times=times))
    return ("proposal", "code", f"EPNS/p{number}")


def counted(snapshot: Snapshot, **more: Any) -> dict[str, float]:
    table = ask(snapshot, EVERYTHING, Question("publications", ("period",), **more)).table
    return dict(zip(table["period"], table["value"], strict=True))


def test_the_day_of_the_session_decides_and_a_day_between_two_periods_is_shown(desk: Desk, tmp_path: Path) -> None:
    days = {1: "2013-11-05", 2: "2014-06-01", 3: "2014-12-01", 4: "2018-12-10", 5: "2020-02-01", 6: "2020-03-01"}
    for number, day in days.items():
        paper(desk, number, "2021-05-05", session(desk, f"S{number}", day))
    snapshot = facts(desk, tmp_path)
    assert counted(snapshot) == {FIRST: 1, OUTSIDE: 3, SECOND: 1, THIRD: 1}, "closed that day; still commissioned"
    assert periods_of(snapshot, EVERYTHING, desk.number("instrument", "name", "EPNS/id01")) == [
        FIRST, SECOND, THIRD, OUTSIDE,
    ]  # fmt: skip
    second = Question("publications", filters={"period": (SECOND,)})
    assert records_behind(snapshot, EVERYTHING, second) == [desk.number("publication", "doi", "10.1/3")]


def test_the_last_day_counts_where_the_source_says_that_its_periods_end_with_it(desk: Desk, tmp_path: Path) -> None:
    for number, day in {1: "2013-12-20", 2: "2018-12-10", 3: "2018-12-11"}.items():
        paper(desk, number, "2021-05-05", session(desk, f"S{number}", day))
    assert counted(facts(desk, tmp_path)) == {OUTSIDE: 3}
    desk.hand_in("office", ending_the_day_after(instrument("ID01", periods=ID01)))
    assert counted(facts(desk, tmp_path)) == {FIRST: 1, SECOND: 1, OUTSIDE: 1}
    number, names = desk.number("instrument", "name", "EPNS/id01"), Names()
    with desk.storage.reading() as reading:
        grammars(reading, names)
    days = (date(2013, 12, 20), date(2018, 12, 10), date(2018, 12, 11))
    assert [period_of(names.open_in[number], day) for day in days] == [0, 1, None], "matching says the same"


def test_a_paper_of_two_periods_stands_in_both_and_counts_once(desk: Desk, tmp_path: Path) -> None:
    paper(desk, 1, "2016-01-01", session(desk, "S1", "2013-11-05"), session(desk, "S3", "2014-12-01"))
    paper(desk, 2, "2017-01-01", beamtime(desk, 2, 2015, "ID01", "D33"))
    paper(desk, 3, "2017-01-01", beamtime(desk, 3, 2015, "ID01"), state="candidate")
    snapshot = facts(desk, tmp_path)
    assert counted(snapshot) == {FIRST: 1, SECOND: 2, ELSEWHERE: 1}
    assert counted(snapshot, counting="fractional") == {FIRST: 0.5, SECOND: 1, ELSEWHERE: 0.5}
    assert counted(snapshot, policy="wide") == {FIRST: 1, SECOND: 2.95, ELSEWHERE: 1}
    assert counted(snapshot, policy="strict") == {}


def test_a_proposal_is_placed_by_its_first_delivered_session_there_else_by_its_year(desk: Desk, tmp_path: Path) -> None:
    early = beamtime(desk, 1, 2016, "ID01")
    for code, day, hours in (("L1", "2021-01-10", 24), ("L2", "2013-12-01", 24), ("L3", "1990-01-01", 0)):
        session(desk, code, day, proposal_code="P-1", delivered_hours=hours)
    paper(desk, 1, "2022-01-01", early)
    paper(desk, 2, "2022-01-01", beamtime(desk, 2, 2017, "ID01"))
    snapshot = facts(desk, tmp_path)
    assert counted(snapshot) == {FIRST: 1, SECOND: 1}
    assert imputed(snapshot, EVERYTHING, {}, desk.number("instrument", "name", "EPNS/id01")) == 0


def test_without_beam_time_the_usual_time_to_a_paper_is_taken_off_and_that_is_said(desk: Desk, tmp_path: Path) -> None:
    direct = ("instrument", "name", "EPNS/id01")
    paper(desk, 1, "2020-06-01", direct)
    number = desk.number(*direct)
    alone = facts(desk, tmp_path)
    assert counted(alone) == {SECOND: 1}, "730 days where nothing is known"
    for place, (begun, published) in enumerate((("2013-01-01", "2013-04-01"), ("2015-01-01", "2015-04-01")), start=2):
        paper(desk, place, published, session(desk, f"S{place}", begun))
    paper(desk, 4, "2012-01-01", session(desk, "S4", "2013-06-01"))  # before the beam time: suspicious, not told
    paper(desk, 5, "2014", direct)
    snapshot = facts(desk, tmp_path)
    assert counted(snapshot) == {FIRST: 2, SECOND: 1, OUTSIDE: 1, THIRD: 1}, "90 days; 1 July of a year alone"
    assert imputed(snapshot, EVERYTHING, {}, number) == 2
    assert imputed(snapshot, EVERYTHING, {"year": ("2014",)}, number) == 1
    assert imputed(snapshot, Viewer("anonymous"), {"period": (FIRST,)}, number) == 0


def test_what_a_person_validated_credits_its_instrument_under_the_strict_policy_too(desk: Desk, tmp_path: Path) -> None:
    """A person validates the proposal; its sessions follow by themselves, and their links stay automatic."""
    bid = beamtime(desk, 1, 2013, "ID01", "D33")
    held = session(desk, "S1", "2013-11-05", proposal_code="P-1")
    paper(desk, 1, "2016-01-01", bid, state="validated")
    link(desk, 1, held)
    paper(desk, 2, "2016-01-01", beamtime(desk, 2, 2015, "D33"), state="validated")  # without a session
    link(desk, 2, held)
    snapshot = facts(desk, tmp_path)
    for policy, split in (("strict", {FIRST: 1, ELSEWHERE: 1}), ("standard", {FIRST: 2, ELSEWHERE: 1})):
        assert counted(snapshot, policy=policy) == split
        by = ask(snapshot, EVERYTHING, Question("publications", ("instrument",), policy=policy)).table
        assert dict(zip(by["instrument"], by["value"], strict=True)) == {"ID01": split[FIRST], "D33": 1}
