"""Numbers that were published or worked out by hand, and what the metrics make of the same input."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.access import EVERYTHING, Viewer
from puma.claims import Claim
from puma.entities import Link
from puma.errors import Refused
from puma.facts import Snapshot, refresh
from puma.measuring import Question, ask, balance, collaboration, kaplan_meier, median_time, records_behind
from puma.measuring.collaboration import papers_of_pair
from puma.measuring.yields import OWES_NOTHING, TOO_YOUNG
from puma.metrics.h_index import h_index
from puma.metrics.publication_debt import EXCUSED, IN_TIME
from puma.metrics.time_to_publication import TOO_EARLY
from puma.requests import owing
from puma.settings import DebtSettings
from puma.storage import insert_rows
from tests.house.conftest import AT, facts
from tests.resolve.desk import Desk, experiment, person, proposal, publication

# Curves


def test_the_curve_of_six_proposals_is_the_one_worked_out_by_hand() -> None:
    curve = kaplan_meier([(1, True), (2, True), (2, False), (3, True), (4, False), (5, True)])
    assert [time for time, _ in curve] == [1, 2, 3, 5]
    assert [round(share, 4) for _, share in curve] == [0.8333, 0.6667, 0.4444, 0]
    assert median_time(curve) == 3


def test_a_curve_that_never_falls_to_half_has_no_median() -> None:
    assert median_time(kaplan_meier([(1, True), (2, False), (3, False)])) is None
    assert kaplan_meier([]) == []


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
def test_where_everything_happened_the_curve_is_the_share_still_waiting(times: list[int]) -> None:
    for time, share in kaplan_meier([(time, True) for time in times]):
        assert math.isclose(share, sum(one > time for one in times) / len(times), abs_tol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=40))
def test_a_curve_only_falls_and_waits_longer_the_longer_somebody_was_watched(times: list[tuple[int, bool]]) -> None:
    shares = [share for _, share in kaplan_meier(times)]
    assert shares == sorted(shares, reverse=True)
    assert all(-1e-12 <= share <= 1 for share in shares)


@pytest.mark.parametrize(
    ("citations", "h"), [([], None), ([0], 0), ([1], 1), ([10, 8, 5, 4, 3], 4), ([25, 8, 5, 3, 3], 3), ([5] * 9, 5)]
)
def test_the_index_of_known_lists(citations: list[int], h: int | None) -> None:
    assert h_index(citations) == h


# A facility to count by hand


def beamtime(desk: Desk, number: int, year: int, **more: Any) -> None:
    """A proposal with one session of two days, ended on 3 March."""
    values: dict[str, Any] = {
        "decision": "accepted",
        "type": "public",
        "operation_year": year,
        "deposited_on": f"{year}-01-01",
    } | more
    time = {"instrument": "D1", "requested": values.pop("requested", 6), "allocated": values.pop("allocated", 6)}
    came = values.pop("came", [])
    claims = [person(f"u{who}") for who, _ in came]
    claims.append(proposal(f"P-{number}", times=[{**time, "unit": "shift"}], **values))
    if time["allocated"]:
        claims.append(
            experiment(
                f"E{number}",
                proposal_code=f"P-{number}",
                instrument_name="D1",
                starts_at=f"{year}-03-01T08:00:00+00:00",
                ends_at=f"{year}-03-03T08:00:00+00:00",
                delivered_hours=48,
                participants=[{"person": ["source", f"office:u{who}"], "mode": mode} for who, mode in came],
            )
        )
    desk.hand_in_records("office", {f"P-{number}": claims})


def link(desk: Desk, paper: str, number: int, state: str) -> None:
    row = {
        "left_id": desk.number("publication", "doi", paper),
        "right_id": desk.number("proposal", "code", f"EPNS/p{number}"),
        "relation": "publication-proposal", "state": state, "tier": "review", "channel": "identifier", "score": 1.0,
        "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "", "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def paper(desk: Desk, number: int, day: str) -> str:
    doi = f"10.1/{number}"
    desk.hand_in(
        "library",
        publication(("doi", doi), title=f"Paper {number}", type="JOURNAL_ARTICLE", published_on=day, year=int(day[:4])),
    )
    return doi


def total(snapshot: Snapshot, slug: str, policy: str = "standard", **filters: str) -> tuple[float | None, float | None]:
    """Numerator and denominator of a rate; else the value twice."""
    question = Question(slug, filters={name: (value,) for name, value in filters.items()}, policy=policy)
    answer = ask(snapshot, EVERYTHING, question)
    return (answer.numerator, answer.denominator) if answer.metric.is_rate else (answer.total, answer.total)


def test_what_became_of_seven_proposals(desk: Desk, tmp_path: Path) -> None:
    for number, (year, kind) in enumerate(
        [
            (2015, "public"),
            (2015, "public"),
            (2016, "public"),
            (2016, "commissioning"),
            (2020, "public"),
            (2023, "public"),
            (2015, "public"),
        ]
    ):
        beamtime(desk, number, year, type=kind)
    link(desk, paper(desk, 1, "2016-03-03"), 0, "validated")  # after one year
    late = paper(desk, 2, "2019-01-01")
    link(desk, late, 0, "auto")  # a second one of the same proposal
    link(desk, late, 1, "auto")  # after more than three years
    link(desk, paper(desk, 3, "2017-03-03"), 2, "candidate")  # counted by nobody but the estimate
    link(desk, paper(desk, 4, "2014-05-05"), 6, "auto")  # before the session: suspicious
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "yield_3_years") == (2, 5), "0 and the suspicious 6; of 0, 1, 2, 4, 6"
    assert total(snapshot, "yield_3_years", "strict") == (1, 5)
    assert total(snapshot, "yield_3_years", "wide") == (3, 5)
    assert total(snapshot, "yield_2_years") == (2, 5)
    assert total(snapshot, "yield_5_years") == (3, 4), "1 after less than four years; 4 is not yet old enough"
    assert ask(snapshot, EVERYTHING, Question("yield_3_years", ("year",))).left_out == {TOO_YOUNG: 1, OWES_NOTHING: 1}
    assert total(snapshot, "papers_per_proposal") == (4, 5)
    assert total(snapshot, "papers_per_proposal_split") == (3, 5), "the one of 0 and 1 is half of each"
    assert total(snapshot, "papers_per_proposal_split", "wide") == (3.95, 5), "the candidate of 2 counts .95"
    assert total(snapshot, "publication_debt") == (2, 5), "2 and 4; 5 is too young, 3 is exempt"
    years = ask(snapshot, EVERYTHING, Question("publication_debt", ("year",))).table
    assert list(zip(years["year"], years["numerator"], strict=True)) == [(2015, 0), (2016, 1), (2020, 1)]
    # wide: 0 and 2 after one year (0.6 wait), 5 watched for 1.25, 1 after 3.83 (0.3 wait), 4 watched on; 6 is left out
    assert total(snapshot, "time_to_publication", "wide")[0] == pytest.approx(3.83, abs=0.01)
    assert total(snapshot, "time_to_publication")[0] is None, "0.53 still wait after the last that is known"
    waits = Question("time_to_publication")
    assert ask(snapshot, EVERYTHING, waits).left_out == {TOO_EARLY: 1, OWES_NOTHING: 1}
    left_out = records_behind(snapshot, EVERYTHING, waits, part="left out")
    assert left_out == [desk.number("proposal", "code", "EPNS/p3"), desk.number("proposal", "code", "EPNS/p6")]


def test_who_owes_a_paper_goes_by_type_and_by_what_the_office_excused(desk: Desk, tmp_path: Path) -> None:
    for number, (year, kind) in enumerate([(2015, "public"), (2021, "long term"), (2015, "Training"), (2015, "rapid")]):
        beamtime(desk, number, year, type=kind)
    usual = facts(desk, tmp_path)
    assert total(usual, "publication_debt") == (3, 3)
    debt = DebtSettings(months=24, months_of={"Long term": 48}, exempt=["rapid"])
    ours = refresh(desk.storage, tmp_path / "facts", AT, after_decisions=True, debt=debt)
    assert total(ours, "publication_debt") == (2, 2), "0 and 2: 1 has time left, 3 owes none"
    assert ask(ours, EVERYTHING, Question("publication_debt")).left_out == {IN_TIME: 1, EXCUSED: 0, OWES_NOTHING: 1}
    first = desk.number("proposal", "code", "EPNS/p0")
    word = owing.excuse(desk.storage, EVERYTHING, first, "a negative result", at=AT)
    assert total(refresh(desk.storage, tmp_path / "facts", AT, debt=debt), "publication_debt") == (1, 1)
    owing.take_back(desk.storage, EVERYTHING, word, at=AT)
    assert total(refresh(desk.storage, tmp_path / "facts", AT, debt=debt), "publication_debt") == (2, 2)


def test_beam_time_asked_for_and_given_in_the_hours_of_the_facilitys_shift(desk: Desk, tmp_path: Path) -> None:
    beamtime(desk, 1, 2020, requested=9, allocated=6)
    beamtime(desk, 2, 2020, requested=12, allocated=0, decision="refused")
    beamtime(desk, 3, 2020, requested=30, allocated=0, decision="withdrawn")
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "requested_hours")[0] == 21 * 8
    assert total(snapshot, "allocated_hours")[0] == 6 * 8
    assert total(snapshot, "oversubscription") == (21 * 8, 6 * 8)


def test_who_came_on_site_once_is_an_on_site_user_with_three_visits(desk: Desk, tmp_path: Path) -> None:
    beamtime(desk, 1, 2020, came=[(who, "remote") for who in range(6)])
    beamtime(desk, 2, 2020, came=[(0, "on-site")])
    beamtime(desk, 3, 2020, came=[(0, "remote")])
    snapshot = facts(desk, tmp_path)
    table = ask(snapshot, EVERYTHING, Question("users_by_access", ("access",))).table.set_index("access")["value"]
    assert math.isnan(table["on-site"]), "one person is too few to be shown"
    assert math.isnan(table["remote"]), "6 - 5 would tell it"
    assert total(snapshot, "users_by_access", access="remote")[0] == 5
    assert total(snapshot, "users_by_access", access="on-site")[0] is None
    assert total(snapshot, "users_by_access")[0] == 6
    assert total(snapshot, "user_visits")[0] == 8


def test_who_receives_the_users_of_a_session_is_none_of_them(desk: Desk, tmp_path: Path) -> None:
    staff = [{"person": ["source", f"office:u{who}"], "name": f"U {who}", "role": "local_contact"} for who in (90, 91)]
    own = {**staff[1], "role": "proposer"}
    beamtime(desk, 1, 2020, came=[(who, "on-site") for who in (*range(6), 90, 91)], participants=staff)
    beamtime(desk, 2, 2021, came=[(91, "on-site")], participants=[own, staff[1]])  # a session of their own
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "users", year="2020")[0] == 6
    for slug in ("users", "users_by_access", "user_visits"):
        assert total(snapshot, slug)[0] == 7


def test_proprietary_beam_time_is_told_to_the_user_office_alone(desk: Desk, tmp_path: Path) -> None:
    for number, kind in enumerate(("public", "Industry", "proprietary", "inhouse")):
        beamtime(desk, number, 2020, type=kind)
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "industrial_hours")[0] == 2 * 48
    with pytest.raises(Refused):
        ask(snapshot, Viewer("scientist"), Question("industrial_hours"))


def test_new_users_and_those_who_came_back(desk: Desk, tmp_path: Path) -> None:
    old, new = range(25), range(100, 106)
    beamtime(desk, 1, 2010, came=[(who, "on-site") for who in old])
    beamtime(desk, 2, 2013, came=[(who, "on-site") for who in old[:20]])
    beamtime(desk, 3, 2016, came=[(who, "on-site") for who in (*new, *old[:6])])
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "new_users")[0] == len(new), (
        "those of 2010 are known since 2010 only because data begin there"
    )
    assert total(snapshot, "user_retention", year="2010") == (20, 25)
    assert total(snapshot, "user_retention", year="2013") == (6, 20)
    assert total(snapshot, "user_retention", year="2016")[1] in (None, 0), "three years after it are not over"


def test_a_report_is_overdue_from_the_day_after_it_was_due(desk: Desk, tmp_path: Path) -> None:
    for number, (due, received) in enumerate(
        [("2024-05-31", None), ("2024-06-01", None), ("2024-01-01", "2024-03-01")]
    ):
        session = experiment(
            f"E{number}", instrument_name="D1", starts_at="2023-03-01T08:00:00+00:00", report_due_on=due,
            report_received_on=received,
        )  # fmt: skip
        desk.hand_in("office", session)
    desk.hand_in("office", experiment("E9", instrument_name="D1", starts_at="2023-03-01T08:00:00+00:00"))
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "reports_overdue")[0] == 1
    share = ask(snapshot, EVERYTHING, Question("reports_overdue_share"))
    assert (share.numerator, share.denominator) == (1, 2), "of the two that were due by then"
    assert list(share.left_out.values()) == [1, 1], "one is not due yet, of one nobody set a day"
    assert share.total is None, "no rate of two"


def test_lost_beam_time_is_what_was_given_and_did_not_come(desk: Desk, tmp_path: Path) -> None:
    for number, (allocated, delivered) in enumerate([(72, 48), (24, 0), (24, 30), (24, None), (None, 24)]):
        session = experiment(
            f"E{number}", instrument_name="D1", starts_at="2023-03-01T08:00:00+00:00", allocated_hours=allocated,
            delivered_hours=delivered,
        )  # fmt: skip
        desk.hand_in("office", session)
    snapshot = facts(desk, tmp_path)
    assert total(snapshot, "lost_hours")[0] == 24 + 24
    assert total(snapshot, "delivered_share") == (48 + 0 + 30, 72 + 24 + 24)
    lost = records_behind(snapshot, EVERYTHING, Question("lost_hours"))
    assert lost == [desk.number("experiment", "code", f"EPNS/e{number}") for number in (0, 1)]


def test_a_retracted_paper_is_told_apart_and_cc_by_is_a_part_of_the_open_ones(desk: Desk, tmp_path: Path) -> None:
    beamtime(desk, 1, 2015)
    licences = (
        ["https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0", "cc-by", "CC-BY-3.0", "cc_by"] * 4
        + ["cc-by-nc", "https://creativecommons.org/licenses/by-nc/4.0/", "CC BY-SA 4.0", "publisher's own"] * 2
        + [None, ""]
    )
    for number, licence in enumerate(licences):
        claim = publication(
            ("doi", f"10.1/{number}"),
            title=f"P {number}",
            type="JOURNAL_ARTICLE",
            year=2018,
            license=licence,
            open_access="bronze" if number == 27 else "gold",
            retracted=number == 0,
        )
        desk.hand_in("library", claim)
        link(desk, f"10.1/{number}", 1, "auto")
    snapshot = facts(desk, tmp_path)
    found = ask(snapshot, EVERYTHING, Question("publications"))
    apart = {"are retracted": 1, "are there to correct another publication": 0}
    apart["are by staff alone, without linked beam time"] = 0
    assert (found.total, found.left_out) == (len(licences) - 1, apart)
    assert records_behind(snapshot, EVERYTHING, Question("publications"), part="left out") == [
        desk.number("publication", "doi", "10.1/0")
    ]
    share = ask(snapshot, EVERYTHING, Question("cc_by_share"))
    assert (share.numerator, share.denominator) == (19, 26), "19 that stand; the bronze one is none of the open ones"
    assert list(share.left_out.values()) == [2], "of two open ones the licence is not known"


def test_a_journal_counts_while_it_stands_on_the_list(desk: Desk, tmp_path: Path) -> None:
    on_list = {"issn": "0317-8471", "list": "high impact", "valid_from": "2018-01-01", "valid_to": "2019-12-31"}
    desk.hand_in("library", Claim("journal_listing", (("source", "library:1"),), on_list))
    other = {"issn": "2049-3630", "list": "high impact", "valid_from": "2017-01-01", "valid_to": "2020-12-31"}
    desk.hand_in("library", Claim("journal_listing", (("source", "library:2"),), other))
    beamtime(desk, 1, 2015)
    for number, year in enumerate([2017, 2018, 2019, 2020] * 5):
        claim = publication(
            ("doi", f"10.1/{number}"), title=f"P {number}", type="JOURNAL_ARTICLE", year=year, issn="0317-8471"
        )
        desk.hand_in("library", claim)
        link(desk, f"10.1/{number}", 1, "auto")
    assert total(facts(desk, tmp_path), "high_impact_share") == (10, 20)


# Countries


def test_a_first_author_in_france_with_others_in_germany_france_and_italy(desk: Desk, tmp_path: Path) -> None:
    written = {1: ["FR", "DE", "DE", "FR", "IT"], 2: ["FR", "FR"], 3: ["DE", "FR"], 4: ["IT"]}
    beamtime(desk, 1, 2015)
    for number, countries in written.items():
        signed(desk, number, countries, "auto" if number < 4 else "candidate")
    snapshot = facts(desk, tmp_path)
    pairs = collaboration(snapshot, EVERYTHING, {})
    found = {(a, b): n for a, b, n in pairs.itertuples(index=False)}
    assert found == {("FR", "DE"): 1, ("FR", "IT"): 1, ("FR", "FR"): 1, ("DE", "FR"): 1}
    assert {pair: len(papers_of_pair(snapshot, EVERYTHING, {}, pair)) for pair in found} == found
    first = ask(snapshot, EVERYTHING, Question("publications", ("first_country",))).table
    assert dict(zip(first["first_country"], first["value"], strict=True)) == {"FR": 2, "DE": 1}
    of_italy = collaboration(snapshot, EVERYTHING, {"country": ("IT",), "year": ("2016",)})
    assert [tuple(row) for row in of_italy.itertuples(index=False)] == [("FR", "DE", 1), ("FR", "IT", 1)]


def signed(desk: Desk, number: int, countries: list[str], state: str = "auto") -> None:
    """A publication of 2016 of the first proposal, with an author in each of these countries."""
    authors = [
        {"name": f"A{place}", "affiliations": [{"text": f"Lab {country}", "country": country}]}
        for place, country in enumerate(countries)
    ]
    claim = publication(("doi", f"10.1/{number}"), title=f"P {number}", type="BOOK", year=2016, authors=authors)
    desk.hand_in("library", claim)
    link(desk, f"10.1/{number}", 1, state)


def member(desk: Desk, country: str, share: float, first: int, last: int, group: str = "") -> None:
    values = {
        "facility": "EPNS", "country": country, "group": group or None, "share": share,
        "valid_from": f"{first}-01-01", "valid_to": f"{last}-12-31",
    }  # fmt: skip
    desk.hand_in("office", Claim("contribution", (("source", f"office:{country}{first}"),), values))


def team(*countries: str) -> list[dict[str, Any]]:
    return [
        {
            "person": ["source", f"office:u{place}"], "name": f"u{place}", "affiliation": f"Univ. {country}",
            "country": country, "role": ("proposer", "co_proposer")[place > 0],
        }
        for place, country in enumerate(countries)
    ]  # fmt: skip


def test_the_balance_of_three_countries_and_a_group(desk: Desk, tmp_path: Path) -> None:
    desk.hand_in("office", *(person(f"u{place}") for place in range(4)))
    member(desk, "FR", 0.6, 2015, 2015)
    member(desk, "FR", 0.4, 2016, 2020)
    member(desk, "DE", 0.4, 2015, 2020)
    member(desk, "CZ", 0.15, 2016, 2020, "CENI")
    member(desk, "HU", 0.05, 2016, 2020, "CENI")
    beamtime(desk, 1, 2015, allocated=10, requested=10, participants=team("FR", "DE"))
    beamtime(desk, 2, 2016, allocated=20, requested=20, participants=team("CZ", "FR", "HU", "FR"))
    beamtime(desk, 3, 2016, allocated=10, requested=10, participants=team("US"))
    beamtime(desk, 4, 2016, allocated=0, requested=40, decision="refused", participants=team("DE"))
    beamtime(desk, 5, 2016, allocated=5, requested=5, type="CRG", participants=team("DE"))
    snapshot = facts(desk, tmp_path)
    found = balance(snapshot, EVERYTHING, (2015, 2016), apart=("Crg",)).table.set_index("unit")
    assert found["own"].to_dict() == pytest.approx({"FR": 0, "DE": 40, "CENI": 0, "US": 0})
    assert found["delivered"].to_dict() == pytest.approx({"FR": 1 / 3, "DE": 1 / 6, "CENI": 1 / 6, "US": 1 / 3})
    assert found["hours"].to_dict() == pytest.approx({"FR": 120, "DE": 40, "CENI": 80, "US": 80})
    assert found["allocated"].sum() == pytest.approx(1, abs=1e-9)
    assert found["contribution"].to_dict() == pytest.approx(
        {"FR": (0.6 * 80 + 0.4 * 240) / 320, "DE": 0.4, "CENI": 0.2 * 240 / 320, "US": 0}
    )
    assert found["coefficient"]["DE"] == pytest.approx((40 / 320) / 0.4)
    assert math.isnan(found["coefficient"]["US"])
    assert found["requested"]["DE"] == pytest.approx((40 + 320) / 640)
    together = balance(snapshot, EVERYTHING, (2015, 2016)).table.set_index("unit")
    assert (together["hours"]["DE"], together["own"].sum()) == (pytest.approx(80), 0)
    leaders = balance(snapshot, EVERYTHING, (2015, 2016), basis="leader", apart=("crg",)).table.set_index("unit")
    assert leaders["hours"].to_dict() == pytest.approx({"FR": 80, "DE": 0, "CENI": 160, "US": 80})
    assert balance(snapshot, Viewer("viewer"), (2015, 2016)).table["requested"].isna().all()
    with pytest.raises(Refused):
        balance(snapshot, Viewer("anonymous"), (2015, 2016))


def test_years_of_unknown_contributions_are_in_no_return(desk: Desk, tmp_path: Path) -> None:
    member(desk, "FR", 0.5, 2016, 2016)
    member(desk, "DE", 0.5, 2016, 2016)
    beamtime(desk, 1, 2015, allocated=30, requested=30, participants=team("FR"))  # what was paid then nobody says
    beamtime(desk, 2, 2016, allocated=10, requested=10, participants=team("FR"))
    beamtime(desk, 3, 2016, allocated=30, requested=30, participants=team("DE"))
    table = balance(facts(desk, tmp_path), EVERYTHING, (2015, 2016)).table.set_index("unit")
    assert table["coefficient"].to_dict() == pytest.approx({"FR": 0.5, "DE": 1.5})
    assert table["contribution"].to_dict() == pytest.approx({"FR": 0.5, "DE": 0.5})
    assert table["allocated"].to_dict() == pytest.approx({"FR": 4 / 7, "DE": 3 / 7}), "of all hours"


def test_a_publication_of_two_countries_of_a_group_is_one_of_the_group(desk: Desk, tmp_path: Path) -> None:
    for country, group in (("CZ", "CENI"), ("HU", "CENI"), ("FR", "")):
        member(desk, country, 0.2, 2015, 2020, group)
    beamtime(desk, 1, 2016, allocated=10, requested=10, participants=team("CZ"))
    for number, countries in enumerate((["CZ", "HU"], ["HU", "FR", "CZ"], ["HU"], ["FR"])):
        signed(desk, number, countries)
    table = balance(facts(desk, tmp_path), EVERYTHING, (2016, 2016)).table.set_index("unit")
    assert table["papers"].to_dict() == {"CENI": 3, "FR": 2}
    assert table["fraction"].to_dict() == pytest.approx({"CENI": (1 + 2 / 3 + 1) / 4, "FR": (1 / 3 + 1) / 4})


def test_facts_of_another_version_of_the_program_are_written_anew_after_a_decision(desk: Desk, tmp_path: Path) -> None:
    beamtime(desk, 1, 2020)
    first = facts(desk, tmp_path)
    manifest = first.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace(first.definition, "older"))
    (first.folder / "journal_listings.parquet").unlink()
    again = shutil.copytree(tmp_path / "facts", tmp_path / "older")
    assert ask(refresh(desk.storage, again, AT, after_decisions=True), EVERYTHING, Question("proposals")).total == 1
