"""Conventions of all numbers: what is no publication, which sessions were held, and what is not known is not nought."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from puma.access import EVERYTHING
from puma.claims import Claim
from puma.entities import Link, PublicationVersion
from puma.facts import Snapshot, refresh
from puma.measuring import Answer, Question, ask, balance, records_behind
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, dataset, experiment, instrument, person, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path, sqlite_tables: Path) -> Iterator[Desk]:
    storage = Storage(f"sqlite:///{shutil.copy(sqlite_tables, tmp_path / 'puma.db')}")
    made = Desk(storage, {"office": 10, "library": 30})
    made.hand_in("office", instrument("D17"), proposal("P-1", decision="accepted"))
    yield made
    storage.close()


def facts(desk: Desk, folder: Path) -> Snapshot:
    return refresh(desk.storage, folder / "facts", AT)


def told(snapshot: Snapshot, slug: str, **filters: str) -> Answer:
    return ask(snapshot, EVERYTHING, Question(slug, filters={name: (value,) for name, value in filters.items()}))


def parts(answer: Answer) -> tuple[float | None, float | None]:
    return answer.numerator, answer.denominator


def papers(desk: Desk, count: int, **values: Any) -> list[int]:
    """Articles that the proposal led to; values: of each, or a list of one for each."""
    first = len(desk.standing("publication"))
    claims = []
    for place in range(count):
        own = {name: value[place] if isinstance(value, list) else value for name, value in values.items()}
        doi = own.pop("doi", f"10.1/{first + place}")
        said = {"title": f"Paper {first + place}", "type": "JOURNAL_ARTICLE", "year": 2020, **own}
        claims.append(publication(("doi", doi), **said))
    desk.hand_in("library", *claims)
    numbers = [desk.number("publication", "doi", claim.values["doi"]) for claim in claims]
    for number in numbers:
        link(desk, number, desk.number("proposal", "code", "EPNS/p1"), "publication-proposal")
    return numbers


def link(desk: Desk, left: int, right: int, relation: str, state: str = "auto", probability: float = 0.95) -> None:
    row = {
        "left_id": left, "right_id": right, "relation": relation, "state": state, "tier": "review", "score": 1.0,
        "channel": "identifier", "probability": probability, "evidence": [], "evidence_digest": "", "model": "",
        "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def session(desk: Desk, code: str, start: str, *people: int, **more: Any) -> None:
    """A session of two days with these people, delivered unless it is said otherwise."""
    held = {"instrument_name": "D17", "starts_at": f"{start}T08:00:00+00:00", "delivered_hours": 48, **more}
    came = [{"person": ["source", f"office:u{who}"]} for who in people]
    desk.hand_in_records(
        "office", {code: [*(person(f"u{who}") for who in people), experiment(code, participants=came, **held)]}
    )


# What is a publication


def test_a_correction_of_a_publication_is_none_and_is_told_apart(desk: Desk, tmp_path: Path) -> None:
    titles = [
        "Spin ice", "Erratum: Spin ice", "Publisher's Note: Spin ice", "Author Correction: Spin ice",
        "Corrigendum to “Spin ice”", "Correction: Spin ice", "Correction to: Spin ice", "Retraction Note: Spin ice",
        "Correction of aberrations in a spectrometer", "Corrections to scaling in spin ice", "Retractions in physics",
    ]  # fmt: skip
    numbers = papers(desk, len(titles), title=titles)
    found_by_matching = numbers[2]
    with desk.storage.writing() as writing:
        row = {"publication_id": found_by_matching, "version_of_id": numbers[0], "relation": "erratum"}
        insert_rows(writing, PublicationVersion, [row])
    snapshot = facts(desk, tmp_path)
    found = told(snapshot, "publications")
    assert records_behind(snapshot, EVERYTHING, found.question) == [numbers[0], *numbers[8:]]
    staff = {"are by staff alone, without linked beam time": 0}
    assert found.left_out == {"are retracted": 0, "are there to correct another publication": 7} | staff
    assert records_behind(snapshot, EVERYTHING, found.question, part="left out") == numbers[1:8]


# Which cohorts are over


def test_a_cohort_is_told_once_its_years_are_over_for_all_of_it(desk: Desk, tmp_path: Path) -> None:
    for number, year in enumerate((2019, 2020, 2021), start=10):
        desk.hand_in("office", proposal(f"P-{number}", decision="accepted"))
        session(
            desk, f"E{number}", f"{year}-03-01", ends_at=f"{year}-03-03T08:00:00+00:00", proposal_code=f"P-{number}"
        )
    snapshot = facts(desk, tmp_path)
    for slug, of in (("yield_3_years", 2), ("yield_2_years", 3), ("yield_5_years", 0), ("papers_per_proposal", 2)):
        found = told(snapshot, slug)
        assert (found.denominator, next(iter(found.left_out.values()))) == (of, 3 - of), slug


# Which sessions were held


def test_a_session_that_is_planned_or_was_cancelled_is_none_and_brings_no_users(desk: Desk, tmp_path: Path) -> None:
    session(desk, "E1", "2023-03-01", *range(6))
    session(desk, "E2", "2023-04-01", *range(6, 12), delivered_hours=None)  # nobody says how much of it was delivered
    session(desk, "E3", "2024-06-01", *range(12, 18), delivered_hours=None)
    session(desk, "E4", "2024-06-02", *range(20, 26), delivered_hours=None)
    session(desk, "E5", "2023-05-01", *range(30, 36), delivered_hours=0)
    snapshot = facts(desk, tmp_path)
    found = told(snapshot, "experiments")
    assert (found.total, sum(found.left_out.values())) == (3, 2)
    for slug in ("users", "user_visits", "users_by_access"):
        assert told(snapshot, slug).total == 18, slug


def test_who_came_back_is_asked_of_years_with_three_whole_ones_after_them(desk: Desk, tmp_path: Path) -> None:
    for year in (2019, 2020, 2021):
        session(desk, f"E{year}", f"{year}-03-01", *range(25))
    session(desk, "E2024", "2024-03-01", *range(25))
    snapshot = facts(desk, tmp_path)
    assert parts(told(snapshot, "user_retention")) == (50, 50), "2024 is not over, so that 2021 is not told"


def test_the_mode_of_a_session_is_hybrid_when_some_came_and_some_did_not(desk: Desk, tmp_path: Path) -> None:
    for number, (own, modes) in enumerate(
        [("on-site", ["on-site", "remote"]), (None, ["remote", "remote"]), (None, ["on-site", "mail-in"]),
         ("mail-in", []), ("remote", ["remote"]), (None, [None])]
    ):  # fmt: skip
        came = [{"person": ["source", f"office:u{who}"], "mode": mode} for who, mode in enumerate(modes)]
        claim = experiment(
            f"E{number}", instrument_name="D17", starts_at="2023-03-01T08:00:00+00:00", mode=own, participants=came
        )
        desk.hand_in_records("office", {f"E{number}": [person("u0"), person("u1"), claim]})
    modes = ask(facts(desk, tmp_path), EVERYTHING, Question("experiments", ("mode",))).table
    assert dict(zip(modes["mode"], modes["value"], strict=True)) == {
        "hybrid": 1, "remote": 2, "on-site": 1, "mail-in": 1, "unknown": 1,
    }  # fmt: skip


def test_a_session_of_new_years_night_is_of_the_same_year_wherever_the_program_runs(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    session(desk, "E1", "2023-01-01", starts_at="2023-01-01T02:00:00+00:00")
    with facts(desk, tmp_path).connect(EVERYTHING) as connection:
        sql = "SELECT starts_at::DATE::VARCHAR, current_setting('TimeZone') FROM experiments"
        assert connection.execute(sql).fetchone() == ("2023-01-01", "UTC")


# Missing is not nought


def test_without_any_list_plan_or_dataset_shares_of_them_are_not_known(desk: Desk, tmp_path: Path) -> None:
    papers(desk, 25, issn="0317-8471")
    desk.hand_in("office", *(proposal(f"P-{number}", decision="accepted") for number in range(2, 30)))
    snapshot = facts(desk, tmp_path)
    for slug in ("high_impact_share", "dmp_share", "data_citation_share"):
        assert told(snapshot, slug).total is None, slug


def test_a_list_of_journals_tells_nothing_of_years_before_it_and_its_versions_are_printed(
    desk: Desk, tmp_path: Path
) -> None:
    on_list = {"issn": "0317-8471", "list": "Our list", "list_version": "2019", "valid_from": "2019-01-01"}
    desk.hand_in("library", Claim("journal_listing", (("source", "library:1"),), on_list))
    papers(desk, 25, year=2018, issn="0317-8471")
    papers(desk, 25, year=2019, issn=["0317-8471"] * 5 + ["2049-3630"] * 20)
    papers(desk, 3, year=2019)
    found = told(facts(desk, tmp_path), "high_impact_share")
    assert parts(found) == (5, 25)
    assert sorted(found.left_out.values()) == [3, 25]
    assert any("Our list 2019" in note for note in found.footnotes)


def test_new_users_of_years_in_which_nobody_can_tell_are_not_known(desk: Desk, tmp_path: Path) -> None:
    session(desk, "E1", "2010-03-01", *range(6))
    session(desk, "E2", "2014-03-01", *range(10, 16))
    session(desk, "E3", "2015-03-01", *range(20, 26))
    snapshot = facts(desk, tmp_path)
    assert [told(snapshot, "new_users", year=year).total for year in ("2014", "2015")] == [None, 6]


def test_only_data_of_the_facility_itself_are_its_data_that_an_article_cites(desk: Desk, tmp_path: Path) -> None:
    numbers = papers(desk, 22)
    elsewhere = Claim("dataset", (("doi", "10.5281/zenodo.1"),), {"doi": "10.5281/zenodo.1", "title": "Elsewhere"})
    desk.hand_in("office", dataset("10.5/1"), dataset("10.2210/pdb1abc/pdb"), elsewhere)
    for paper, doi in zip(numbers, ("10.5/1", "10.2210/pdb1abc/pdb", "10.5281/zenodo.1"), strict=False):
        link(desk, paper, desk.number("dataset", "doi", doi), "publication-dataset")
    assert parts(told(facts(desk, tmp_path), "data_citation_share")) == (1, 22)


# What is known in part


def test_a_paper_of_a_year_or_month_is_suspicious_only_when_it_cannot_have_come_after_the_session(
    desk: Desk, tmp_path: Path
) -> None:
    told_days = [
        ("2020-07-01", "year"), ("2020-10-01", "month"), ("2020-09-01", "month"), ("2020-10-01", "day"),
        ("2019-07-01", "year"),
    ]  # fmt: skip
    for number, (day, precision) in enumerate(told_days, start=10):
        desk.hand_in("office", proposal(f"P-{number}", decision="accepted"))
        ends = "2020-10-20T08:00:00+00:00"
        session(desk, f"E{number}", "2020-10-18", ends_at=ends, proposal_code=f"P-{number}")
        claim = publication(
            ("doi", f"10.1/{number}"), type="JOURNAL_ARTICLE", year=int(day[:4]), published_on=day,
            published_precision=precision,
        )  # fmt: skip
        desk.hand_in("library", claim)
        bid = desk.number("proposal", "code", f"EPNS/p{number}")
        link(desk, desk.number("publication", "doi", f"10.1/{number}"), bid, "publication-proposal")
    found = told(facts(desk, tmp_path), "time_to_publication")
    assert list(found.left_out.values())[0] == 3, "September, 1 October to the day, and the year before"
    assert found.total == 0, "the other two came out in what was left of the year and the month"


# Several facilities in one installation


def test_contributions_and_instruments_of_several_facilities_are_kept_apart(desk: Desk, tmp_path: Path) -> None:
    desk.hand_in("office", Claim("instrument", (("name", "SNS2/x1"),), {"facility": "SNS2", "name": "X1"}))
    numbers = papers(desk, 22)
    for paper, names in zip(numbers, (["EPNS/d17", "SNS2/x1"], ["EPNS/d17", "EPNS/d18"]), strict=False):
        desk.hand_in("office", instrument("D18"))
        for name in names:
            link(desk, paper, desk.number("instrument", "name", name), "publication-instrument")
    for paper in numbers[2:]:
        link(desk, paper, desk.number("instrument", "name", "EPNS/d17"), "publication-instrument")
    for facility, country, share in (("EPNS", "FR", 0.4), ("EPNS", "DE", 0.6), ("SNS2", "FR", 1.0)):
        values = {"facility": facility, "country": country, "share": share, "valid_from": "2015-01-01"}
        desk.hand_in("office", Claim("contribution", (("source", f"office:{facility}{country}"),), values))
    for facility, hours in (("EPNS", 300), ("SNS2", 100)):
        code = f"{facility}/q1"
        team = [{"name": "A", "affiliation": "Univ. FR", "country": "FR", "role": "proposer"}]
        time = {"instrument": "D17" if facility == "EPNS" else "X1", "requested": hours, "allocated": hours,
                "unit": "hour"}  # fmt: skip
        bid = {"facility": facility, "code": "Q1", "title": "Q", "decision": "accepted", "times": [time],
               "deposited_on": "2016-01-01", "participants": team}  # fmt: skip
        desk.hand_in("office", Claim("proposal", (("code", code), ("source", f"office:{code}")), bid))
    snapshot = facts(desk, tmp_path)
    assert parts(told(snapshot, "multi_instrument_share")) == (1, 22), "two machines of one facility"
    table = balance(snapshot, EVERYTHING, (2016, 2016)).table.set_index("unit")
    assert table["contribution"].to_dict() == pytest.approx(
        {"FR": (0.4 * 300 + 1.0 * 100) / 400, "DE": 0.6 * 300 / 400}
    )
    by = ask(snapshot, EVERYTHING, Question("publications", ("facility",))).table
    assert dict(zip(by["facility"], by["value"], strict=True)) == {"EPNS": 22, "SNS2": 1}
