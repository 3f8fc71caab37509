"""Beam time lost, used and on offer, what people say of themselves, who publishes where: worked out by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from puma.access import EVERYTHING, Viewer
from puma.claims import Claim
from puma.entities import Authorship, ExperimentParticipant, Link
from puma.errors import Refused, WrongUsage
from puma.facts import Snapshot
from puma.listing import record, whole
from puma.measuring import Question, ask, records_behind
from puma.storage import insert_rows
from tests.house.conftest import AT, facts
from tests.resolve.desk import Desk, experiment, instrument, person, proposal, publication


def session(number: int, year: int = 2023, **values: Any) -> Any:
    return experiment(f"E{number}", instrument_name="D1", starts_at=f"{year}-03-01T08:00:00+00:00", **values)


def rows(snapshot: Snapshot, slug: str, *by: str, viewer: Viewer = EVERYTHING, **filters: str) -> list[dict[str, Any]]:
    question = Question(slug, by, {name: (value,) for name, value in filters.items()})
    table = ask(snapshot, viewer, question).table
    return table.astype(object).where(table.notna(), None).to_dict("records")


# K23: what beam time was lost to


def test_lost_hours_stand_under_their_reason_and_what_nobody_explains_under_unknown(desk: Desk, tmp_path: Path) -> None:
    told: list[tuple[float | None, float | None, dict[str, float]]] = [
        (72, 48, {"machine": 8, "user": 10}),  # 24 are lost: 6 of them nobody explains
        (24, 0, {"cancellation": 24}),
        (24, 20, {"machine": 6}),  # 2 of the 6 were made up for: all 6 were lost to the machine
        (24, None, {"instrument": 3}),  # what was delivered is not known, what was lost is
        (24, 30, {}),  # nothing was lost
        (48, 40, {"machine": 0}),  # 8 that nobody explains
        (24, None, {}),
    ]
    for number, (allocated, delivered, lost) in enumerate(told):
        said = {f"lost_to_{reason}": hours for reason, hours in lost.items()}
        desk.hand_in("office", session(number, allocated_hours=allocated, delivered_hours=delivered, **said))
    snapshot = facts(desk, tmp_path)
    by_reason = {row["reason"]: row["value"] for row in rows(snapshot, "lost_hours", "reason")}
    assert by_reason == {"machine": 14, "user": 10, "cancellation": 24, "instrument": 3, "unknown": 6 + 8}
    assert ask(snapshot, EVERYTHING, Question("lost_hours")).total == sum(by_reason.values())
    of_machine = Question("lost_hours", filters={"reason": ("machine",)})
    assert ask(snapshot, EVERYTHING, of_machine).total == 14
    number = {n: desk.number("experiment", "code", f"EPNS/e{n}") for n in range(7)}
    assert records_behind(snapshot, EVERYTHING, of_machine) == [number[0], number[2]]
    assert records_behind(snapshot, EVERYTHING, Question("lost_hours")) == [number[n] for n in (0, 1, 2, 3, 5)]


# K34 and K14: what people say of themselves


def came(desk: Desk, number: int, year: int, people: Sequence[tuple[str, dict[str, str]]]) -> None:
    """A session with these people, each with what they say of themselves."""
    parts = [{"person": ["source", f"office:{key}"], **said} for key, said in people]
    claims = [*(person(key) for key, _ in people), session(number, year, participants=parts)]
    desk.hand_in_records("office", {f"E{number}": claims})


def test_shares_are_of_who_declared_and_who_did_not_is_told_apart(desk: Desk, tmp_path: Path) -> None:
    said = ["woman"] * 8 + ["man"] * 14 + ["non-binary"] * 6 + [""] * 12
    came(desk, 1, 2022, [(f"u{n}", {"gender": word} if word else {}) for n, word in enumerate(said)])
    came(desk, 2, 2021, [(f"u{n}", {}) for n in range(40)])  # a year in which nobody was asked
    snapshot = facts(desk, tmp_path)
    shares = {row["gender"]: (row["numerator"], row["denominator"]) for row in rows(snapshot, "gender_share", "gender")}
    assert shares == {"woman": (8, 28), "man": (14, 28), "non-binary": (6, 28)}
    silent = ask(snapshot, EVERYTHING, Question("gender_undeclared_share"))
    assert (silent.numerator, silent.denominator) == (12, 40)
    assert [row["year"] for row in rows(snapshot, "gender_undeclared_share", "year")] == [2022], "missing is not zero"


def test_few_of_one_gender_are_shown_neither_themselves_nor_as_the_rest(desk: Desk, tmp_path: Path) -> None:
    said = ["woman"] * 11 + ["man"] * 16 + ["non-binary"] * 3
    came(desk, 1, 2022, [(f"u{n}", {"gender": word}) for n, word in enumerate(said)])
    snapshot = facts(desk, tmp_path)
    for by in (("gender",), ("year", "gender")):
        for filters in ({}, {"year": "2022"}):
            found = {row["gender"]: row["numerator"] for row in rows(snapshot, "gender_share", *by, **filters)}
            assert found == {"woman": None, "man": 16, "non-binary": None}, "30 - 16 = 14 are two genders"
    with pytest.raises(WrongUsage, match="few people"):
        rows(snapshot, "gender_share", gender="woman")


def test_the_last_word_of_a_year_stands(desk: Desk, tmp_path: Path) -> None:
    stages = [("doctoral student", "postdoc")] * 6 + [("student", "student")] * 5 + [("postdoc", "")] * 9
    for number, year, place in ((1, 2022, 0), (2, 2022, 1), (3, 2023, 0)):
        people = [(f"u{n}", {"career_stage": words[place]} if words[place] else {}) for n, words in enumerate(stages)]
        parts = [{"person": ["source", f"office:{key}"], **said} for key, said in people]
        start = f"{year}-{3 + number:02}-01T08:00:00+00:00"
        claim = experiment(f"E{number}", instrument_name="D1", starts_at=start, participants=parts)
        desk.hand_in_records("office", {f"E{number}": [*(person(key) for key, _ in people), claim]})
    snapshot = facts(desk, tmp_path)
    found = {
        (row["year"], row["career_stage"]): row["numerator"]
        for row in rows(snapshot, "career_stage_share", "year", "career_stage")
        if row["numerator"]
    }
    assert found == {
        (2022, "postdoc"): 15,  # nine said nothing the second time: their first word stands
        (2022, "student"): 5,
        (2023, "doctoral student"): 6,
        (2023, "student"): 5,
        (2023, "postdoc"): 9,
    }


def test_students_are_those_who_say_so_among_all_users_of_years_in_which_anybody_was_asked(
    desk: Desk, tmp_path: Path
) -> None:
    stages = ["student"] * 3 + ["doctoral student"] * 4 + ["postdoc"] * 5 + [""] * 13
    came(desk, 1, 2022, [(f"u{n}", {"career_stage": word} if word else {}) for n, word in enumerate(stages)])
    came(desk, 2, 2021, [(f"u{n}", {}) for n in range(30)])
    snapshot = facts(desk, tmp_path)
    answer = ask(snapshot, EVERYTHING, Question("students_share"))
    assert (answer.numerator, answer.denominator) == (7, 25)
    silent = ask(snapshot, EVERYTHING, Question("career_stage_undeclared_share"))
    assert (silent.numerator, silent.denominator) == (13, 25)
    assert records_behind(snapshot, EVERYTHING, Question("students_share"), part="numerator") == []


# K36: users of several facilities, by authorship


def test_by_authorship_a_user_is_whoever_signs_papers_of_several_facilities_under_an_orcid_id(
    desk: Desk, tmp_path: Path
) -> None:
    elsewhere = {"facility": "SNS2", "name": "X1"}
    desk.hand_in("office", Claim("instrument", (("name", "SNS2/x1"),), elsewhere))
    here, there = desk.number("instrument", "name", "EPNS/d1"), desk.number("instrument", "name", "SNS2/x1")
    people, signed, links = 24, [], []
    for number in range(people):
        orcid = f"0000-0002-1825-{number:04}" if number < 22 else None  # two have none
        desk.hand_in("office", person(f"u{number}", orcid=orcid), settle=False)
        credits = {"a": here} | ({"b": there} if number < 7 else {})  # seven publish here and there, in two papers
        for letter, machine in credits.items():
            doi = f"10.1/{letter}{number}"
            paper = publication(("doi", doi), type="JOURNAL_ARTICLE", year=2020, authors=[{"name": "Curie, M."}])
            desk.hand_in("library", paper, settle=False)
            signed.append((doi, number))
            links.append((doi, machine, "candidate" if letter == "b" and number == 6 else "validated"))
    desk.settle()
    with desk.storage.writing() as session:
        for doi, number in signed:
            user = desk.number("person", "source", f"office:u{number}")
            own = Authorship.record_id == desk.number("publication", "doi", doi)
            session.execute(update(Authorship).where(own).values(person_id=user))
        insert_rows(session, Link, [
            {
                "left_id": desk.number("publication", "doi", doi), "right_id": machine,
                "relation": "publication-instrument", "state": state, "tier": "review", "channel": "identifier",
                "score": 1.0, "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "", "found_at": AT,
            }
            for doi, machine, state in links
        ])  # fmt: skip
    snapshot = facts(desk, tmp_path)
    for policy, several in (("strict", 6), ("standard", 6), ("wide", 7)):
        answer = ask(snapshot, EVERYTHING, Question("cross_facility_authors_share", policy=policy))
        assert (answer.numerator, answer.denominator) == (several, 22)
    assert "By authorship" in answer.metric.rule()


# K24 and K22: what the beam time that there is was used for, and how much was asked of it


def operation(number: int, **values: Any) -> Claim:
    told = {"facility": "EPNS", "instrument_name": "D1", "unit": "hour", **values}
    return Claim("operation", (("source", f"office:o{number}"),), told)


def test_beam_time_is_told_by_use_over_all_that_there_was(desk: Desk, tmp_path: Path) -> None:
    desk.hand_in("office", instrument("D2"))
    desk.hand_in(
        "office",
        operation(1, year=2022, hours_for="available", amount=100),
        operation(2, year=2023, hours_for="available", amount=10, unit="day"),
        operation(3, year=2022, hours_for="commissioning", amount=10),
        operation(4, year=2022, hours_for="maintenance", amount=2, unit="shift"),
        operation(
            5, year=2022, hours_for="maintenance", amount=7, instrument_name="D2"
        ),  # how much D2 had is not known
    )
    for number, (year, machine, kind, hours) in enumerate(
        [(2022, "D1", "public", 30), (2022, "D1", "CRG", 20), (2023, "D1", "public", 60), (2023, "D1", None, 12),
         (2022, "D2", "public", 99)]
    ):  # fmt: skip
        desk.hand_in("office", proposal(f"P-{number}", type=kind, decision="accepted"))
        started = {"starts_at": f"{year}-03-01T08:00:00+00:00", "instrument_name": machine}
        desk.hand_in("office", experiment(f"E{number}", proposal_code=f"P-{number}", delivered_hours=hours, **started))
    snapshot = facts(desk, tmp_path)
    used = {row["type"]: (row["numerator"], row["denominator"]) for row in rows(snapshot, "beam_time_use", "type")}
    every = 100 + 240
    assert used == {
        "public": (90, every), "CRG": (20, every), "commissioning": (10, every), "maintenance": (16, every),
        "unknown": (12, every),
    }  # fmt: skip
    whole = ask(snapshot, EVERYTHING, Question("beam_time_use"))
    assert (whole.numerator, whole.denominator) == (148, every)
    yearly = {row["year"]: row["value"] for row in rows(snapshot, "beam_time_use", "year")}
    assert yearly == {2022: pytest.approx(0.76), 2023: pytest.approx(0.3)}
    with pytest.raises(Refused):
        ask(snapshot, Viewer("viewer"), Question("beam_time_use"))


def test_what_was_asked_for_is_told_over_what_was_on_offer_in_its_call(desk: Desk, tmp_path: Path) -> None:
    starts = {"2023-1": "2023-02-01", "2023-2": "2023-08-01"}
    for code, day in starts.items():
        keys = (("code", f"EPNS/{code.replace('-', '')}"),)
        desk.hand_in("office", Claim("call", keys, {"facility": "EPNS", "code": code, "cycle_starts_on": day}))
    desk.hand_in("office", operation(1, call_code="2023-1", hours_for="public", amount=10, unit="shift"))
    wanted = [
        ("2023-1", "accepted", 12), ("2023-1", "refused", 9), ("2023-1", "withdrawn", 6), ("2023-1", "accepted", None),
        ("2023-2", "accepted", 30),
    ]  # fmt: skip
    for number, (call, decision, shifts) in enumerate(wanted):
        time = {"instrument": "D1", "requested": shifts, "allocated": 3, "unit": "shift"}
        desk.hand_in("office", proposal(f"P-{number}", call_code=call, decision=decision, times=[time]))
    snapshot = facts(desk, tmp_path)
    offered = ask(snapshot, EVERYTHING, Question("oversubscription_on_offer"))
    assert (offered.numerator, offered.denominator) == ((12 + 9) * 8, 10 * 8), "of the other call the offer is unknown"
    assert [(row["call"], row["value"]) for row in rows(snapshot, "oversubscription_on_offer", "call")] == [
        ("2023-1", pytest.approx(2.1))
    ]
    given = ask(snapshot, EVERYTHING, Question("oversubscription", filters={"call": ("2023-1",)}))
    assert given.total == pytest.approx(21 / 6), "the other variant, over what was given"


def test_what_somebody_says_of_themselves_stands_on_no_page_and_in_no_export(desk: Desk) -> None:
    came(desk, 1, 2022, [("u1", {"gender": "non-binary", "career_stage": "doctoral student"})])
    kept = desk.rows(ExperimentParticipant, "gender", "career_stage")
    assert kept == [("non-binary", "doctoral student")]
    numbers = (desk.number("experiment", "code", "EPNS/e1"), desk.number("person", "source", "office:u1"))
    shown = [repr(record(desk.storage, EVERYTHING, number)) for number in numbers]
    shown += [repr(list(whole(desk.storage, EVERYTHING, what).rows)) for what in ("experiments", "persons")]
    assert all("E1" in words or "Curie" in words for words in shown)
    assert not any("binary" in words or "doctoral" in words for words in shown)


def test_time_on_an_instrument_that_was_not_asked_for_was_given_all_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.hand_in("office", instrument("D2"))
    told: list[tuple[str, list[tuple[str, float | None, float | None]]]] = [
        ("accepted", [("D1", 6, None), ("D2", None, 3)]),  # moved to another instrument
        ("refused", [("D1", 9, None)]),
        ("accepted", [("D1", None, 5)]),  # how much it asked for nobody says
        ("accepted", [("D1", 4, None)]),  # how much it was given nobody says
    ]
    for number, (decision, times) in enumerate(told):
        rows_ = [
            {"instrument": name, "requested": asked, "allocated": given, "unit": "hour"} for name, asked, given in times
        ]
        desk.hand_in("office", proposal(f"P-{number}", decision=decision, deposited_on="2023-01-01", times=rows_))
    snapshot = facts(desk, tmp_path)
    whole = ask(snapshot, EVERYTHING, Question("oversubscription"))
    assert (whole.numerator, whole.denominator) == (15, 3)
    assert list(whole.left_out.values()) == [0, 0, 1, 1]
    parts = {
        row["instrument"]: (row["numerator"], row["denominator"])
        for row in rows(snapshot, whole.metric.slug, "instrument")
    }
    assert parts == {"D1": (15, 0), "D2": (0, 3)}


def test_beam_time_without_a_unit_is_in_that_of_its_call(desk: Desk, tmp_path: Path) -> None:
    cycle = {"facility": "EPNS", "code": "2023-1", "cycle_starts_on": "2023-02-01", "time_unit": "day"}
    desk.hand_in("office", Claim("call", (("code", "EPNS/20231"),), cycle))
    for number, unit in enumerate((None, "hour")):
        time = {"instrument": "D1", "requested": 3, "allocated": 2, "unit": unit}
        desk.hand_in("office", proposal(f"P-{number}", call_code="2023-1", decision="accepted", times=[time]))
    snapshot = facts(desk, tmp_path)
    assert ask(snapshot, EVERYTHING, Question("requested_hours")).total == 3 * 24 + 3
    assert ask(snapshot, EVERYTHING, Question("allocated_hours")).total == 2 * 24 + 2
