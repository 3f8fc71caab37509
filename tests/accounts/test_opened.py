"""What could be opened to scientists of an instrument follows from the proposals, and is open to nobody by itself."""

from pathlib import Path

import pytest
from sqlalchemy import select

from puma.access import Viewer, with_own
from puma.accounts import set_role
from puma.claims import Claim
from puma.entities import Record
from puma.facts.snapshot import latest, refresh
from puma.settings import AccessSettings
from puma.storage import Storage, now
from puma.visibility import classes_of, exists_for, may_know
from tests.accounts.browser import Browser
from tests.accounts.conftest import Make
from tests.resolve.desk import Desk, experiment, instrument, person, proposal


@pytest.fixture
def desk(storage: Storage) -> Desk:
    """A refused proposal on D17, one on IN5 that had a session on D17, an open one; a report and a user each."""
    desk = Desk(storage, {"office": 10})
    desk.hand_in("office", instrument("D17"), instrument("IN5"))
    for code, machine, decision in (("A", "D17", "refused"), ("B", "IN5", "refused"), ("C", "D17", "accepted")):
        team = [{"person": ["source", f"office:p{code}"], "name": "Curie"}]
        desk.hand_in_records(
            "office",
            {
                f"proposal {code}": [
                    person(f"p{code}"),
                    proposal(code, decision=decision, participants=team, times=[{"instrument": machine}]),
                ],
                f"report {code}": [report(code)],
            },
        )
    desk.hand_in("office", experiment("E1", proposal_code="B", instrument_name="D17"))
    return desk


def report(code: str) -> Claim:
    return Claim("file", (("sha256", code * 64),), {"name": code, "of": ["code", f"EPNS/{code.lower()}"]})


def known(desk: Desk, viewer: Viewer) -> set[int]:
    with desk.storage.reading() as session:
        asked = set(session.scalars(select(Record.id).where(exists_for(viewer))))
        one_by_one = {one.id for one in session.scalars(select(Record)) if may_know(viewer, one)}
    assert asked == one_by_one
    return asked


def test_a_scientist_gets_what_hangs_on_the_proposals_of_the_own_instruments_and_only_when_opened(desk: Desk) -> None:
    d17, in5 = (desk.number("instrument", "name", f"EPNS/{name}") for name in ("d17", "in5"))
    shut = known(desk, Viewer("scientist", "Sam", frozenset({d17})))
    assert shut == known(desk, Viewer("viewer"))
    of = {
        code: {
            desk.number("proposal", "code", f"EPNS/{code.lower()}"),
            desk.number("person", "source", f"office:p{code}"),
            desk.number("file", "sha256", code * 64),
        }
        for code in "ABC"
    }
    session = desk.number("experiment", "code", "EPNS/e1")
    assert of["C"] <= shut
    assert known(desk, with_own(Viewer("scientist", "Sam", frozenset({d17})))) - shut == of["A"] | of["B"] | {session}
    assert known(desk, with_own(Viewer("scientist", "Ina", frozenset({in5})))) - shut == of["B"] | {session}
    assert known(desk, with_own(Viewer("scientist", "Eve"))) == shut


@pytest.mark.parametrize("role", ["anonymous", "viewer", "user_office", "admin"])
def test_to_no_other_role_anything_is_opened(role: str) -> None:
    viewer = Viewer(role, "x", frozenset({1}))
    assert with_own(viewer) == viewer


def test_what_becomes_open_to_all_is_opened_to_nobody_and_back(desk: Desk) -> None:
    number = desk.number("proposal", "code", "EPNS/a")

    def opened() -> str:
        with desk.storage.reading() as session:
            return session.get_one(Record, number).opened_to

    d17 = desk.number("instrument", "name", "EPNS/d17")
    assert opened() == f",{d17},"
    desk.hand_in("office", proposal("A", decision="accepted", times=[{"instrument": "D17"}]))
    assert opened() == ""
    desk.hand_in("office", proposal("A", decision="refused", times=[{"instrument": "IN5"}]))
    assert opened() == f",{desk.number('instrument', 'name', 'EPNS/in5')},"


def test_the_facts_hold_for_each_scientist_what_exists_for_them(desk: Desk, tmp_path: Path) -> None:
    refresh(desk.storage, tmp_path / "facts", now())
    facts = latest(tmp_path / "facts")
    assert facts is not None
    d17, in5 = (desk.number("instrument", "name", f"EPNS/{name}") for name in ("d17", "in5"))

    def count(viewer: Viewer, table: str = "proposals") -> int:
        row = facts.connect(viewer).execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0]) if row else -1

    sam, ina = (with_own(Viewer("scientist", "x", frozenset({one}))) for one in (d17, in5))
    assert [count(one) for one in (Viewer("scientist"), sam, ina, Viewer("admin"))] == [1, 3, 2, 3]
    assert [count(one, "works") for one in (Viewer("scientist"), sam)] == [0, 0]


def test_the_classes_of_a_record_name_its_instruments_only_while_it_is_secret() -> None:
    assert classes_of("restricted", ",12,15,") == ["restricted", "restricted:12", "restricted:15"]
    assert classes_of("restricted", "") == "restricted"
    assert classes_of("internal", ",12,") == "internal"


@pytest.mark.parametrize("switched", [False, True])
def test_the_doors_open_nothing_unless_the_facility_says_so(make: Make, switched: bool) -> None:
    house = make(scientists_see_own=switched)
    desk = Desk(house.storage, {"office": 10})
    desk.hand_in("office", instrument("D17"))
    desk.hand_in("office", proposal("A", decision="refused", times=[{"instrument": "D17"}]))
    set_role(house.storage, "scientist", "scientist", ["D17"])
    door = Browser(house)
    door.sign_in("scientist")
    number = desk.number("proposal", "code", "EPNS/a")
    assert door.get(f"/record/{number}.json").status_code == (200 if switched else 404)
    assert len(door.get("/api/v1/exports/proposals.jsonl").text.splitlines()) == int(switched)


def test_the_switch_is_off_by_default() -> None:
    assert AccessSettings().scientists_see_own is False
