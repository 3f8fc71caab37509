"""Numbers that facilities published, recomputed: what the metrics make of the same input, to the last digit printed."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from puma.access import EVERYTHING
from puma.entities import Experiment, ExperimentParticipant, Person, Proposal, Record
from puma.facts import Snapshot, refresh
from puma.measuring import Question, ask
from puma.measuring.spelling import amount
from puma.storage import Storage, insert_rows, take_numbers
from tests.house.test_golden_numbers import beamtime, link
from tests.resolve.desk import Desk, instrument, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
ESRF = {2002: (748, 1489, 0.5024), 2003: (769, 1622, 0.4741), 2004: (786, 1675, 0.4693)}
"""Accepted, submitted, acceptance rate of ESRF."""


@pytest.fixture
def storage(tmp_path: Path, sqlite_tables: Path) -> Iterator[Storage]:
    made = Storage(f"sqlite:///{shutil.copy(sqlite_tables, tmp_path / 'puma.db')}")
    yield made
    made.close()


def records(storage: Storage, kind: type[Any], name: str, rows: list[dict[str, Any]]) -> list[int]:
    """Rows of records that nobody has to settle. Gives their numbers."""
    with storage.writing() as session:
        numbers = take_numbers(session, "record", len(rows))
        head = {"kind": name, "visibility": "internal", "created_at": AT, "changed_at": AT}
        insert_rows(session, Record, [{"id": number, **head} for number in numbers])
        insert_rows(session, kind, [{"id": number, **row} for number, row in zip(numbers, rows, strict=True)])
    return list(numbers)


def facts(storage: Storage, folder: Path) -> Snapshot:
    return refresh(storage, folder / "facts", AT)


def test_acceptance_at_esrf_in_three_years(storage: Storage, tmp_path: Path) -> None:
    rows = [
        {"code": f"P{year}-{place}", "title": "", "decision": "accepted" if place < accepted else "refused",
         "deposited_on": date(year, 3, 1), "confidential": False}
        for year, (accepted, submitted, _) in ESRF.items() for place in range(submitted)
    ]  # fmt: skip
    records(storage, Proposal, "proposal", [*rows, {**rows[0], "code": "W", "decision": "withdrawn"}])
    table = ask(facts(storage, tmp_path), EVERYTHING, Question("acceptance_rate", ("year",))).table
    found = {
        int(row["year"]): (int(row["numerator"]), int(row["denominator"]), round(row["value"], 4))
        for row in table.to_dict("records")
    }
    assert found == ESRF


def test_visits_at_diamond_in_2022_23(storage: Storage, tmp_path: Path) -> None:
    people = records(storage, Person, "person", [{"family_name": f"P{n}", "user": True} for n in range(500)])
    start = datetime(2022, 10, 1, 8, tzinfo=UTC)
    sessions = records(storage, Experiment, "experiment", [{"code": f"E{n}", "starts_at": start} for n in range(19)])
    pairs = [(one, who) for one in sessions for who in people][: 5279 + 3914]
    with storage.writing() as session:
        insert_rows(session, ExperimentParticipant, [
            {"experiment_id": one, "person_id": who, "mode": "on-site" if place < 5279 else "remote"}
            for place, (one, who) in enumerate(pairs)
        ])  # fmt: skip
    snapshot = facts(storage, tmp_path)
    assert ask(snapshot, EVERYTHING, Question("user_visits")).total == 9193
    assert round(ask(snapshot, EVERYTHING, Question("remote_share")).total or 0, 4) == 0.4258
    assert amount(ask(snapshot, EVERYTHING, Question("remote_share")).total, "share").startswith("42.6")


@pytest.mark.parametrize(
    ("requested", "allocated", "times", "share"),
    [(24_252, 15_413, 1.5735, 0.6355), (7_259, 3_425, 2.1194, 0.4718)],
    ids=["Diamond 2022/23", "ALS 2023-1"],
)
def test_published_oversubscriptions(
    storage: Storage, tmp_path: Path, requested: int, allocated: int, times: float, share: float
) -> None:
    desk = Desk(storage, {"office": 10})
    desk.hand_in("office", instrument("D1"))
    time = {"instrument": "D1", "requested": requested, "allocated": allocated, "unit": "shift"}
    bid = proposal("P-1", decision="accepted", deposited_on="2022-01-01", times=[time])
    refused = {"instrument": "D1", "requested": 1, "allocated": 0, "unit": "shift"}
    withdrawn = proposal("P-2", decision="withdrawn", deposited_on="2022-01-01", times=[refused])
    desk.hand_in("office", bid, withdrawn)
    answer = ask(facts(storage, tmp_path), EVERYTHING, Question("oversubscription"))
    assert (answer.numerator, answer.denominator) == (requested * 8, allocated * 8)
    assert answer.total is not None
    assert (round(answer.total, 4), round(1 / answer.total, 4)) == (times, share)


def test_three_authors_of_france_of_france_and_germany_and_of_nowhere(storage: Storage, tmp_path: Path) -> None:
    desk = Desk(storage, {"office": 10, "library": 30})
    desk.hand_in("office", instrument("D1"))
    beamtime(desk, 1, 2020)
    authors = [
        {"name": f"Author {place}", "affiliations": [{"text": f"Lab {one}", "country": one} for one in countries]}
        for place, countries in enumerate((["FR"], ["FR", "DE"], []))
    ]
    claim = publication(("doi", "10.1/1"), title="P", type="JOURNAL_ARTICLE", year=2021, authors=authors)
    desk.hand_in("library", claim)
    link(desk, "10.1/1", 1, "auto")
    snapshot = facts(storage, tmp_path)
    found = {}
    for counting in ("full", "fractional"):
        table = ask(snapshot, EVERYTHING, Question("publications", ("country",), counting=counting)).table
        found[counting] = {row["country"]: round(row["value"], 4) for row in table.to_dict("records")}
    assert found["fractional"] == {"FR": 0.5, "unknown": 0.3333, "DE": 0.1667}
    assert found["full"] == {"FR": 1, "DE": 1, "unknown": 1}
