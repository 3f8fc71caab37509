"""Credit counted by hand: papers per beam day, the most cited tenth, facilities, techniques, shared publications."""

import math
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.access import EVERYTHING, Viewer
from puma.claims import Claim
from puma.entities import Link
from puma.errors import Refused, WrongUsage
from puma.evaluation import Share
from puma.facts import Snapshot, refresh
from puma.measuring import Question, ask, records_behind
from puma.measuring.capture import Found, by_name, chapman, correlation, estimate, found_by_channels, interval, pairs
from puma.measuring.counters import citation_counters
from puma.measuring.matrices import shared, shared_papers
from puma.measuring.technique_shares import technique_shares
from puma.measuring.topic_shares import topic_shares, vocabularies
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, experiment, instrument, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
ALL = (1900, 2100)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    storage = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    storage.migrate()
    made = Desk(storage, {"office": 10, "library": 30, "index": 50})
    made.hand_in("office", instrument("D17"), instrument("D33"), instrument("IN5"))
    return made


def facts(desk: Desk, folder: Path) -> Snapshot:
    return refresh(desk.storage, folder / "facts", AT)


def paper(desk: Desk, number: int, year: int, **more: Any) -> int:
    values = {"title": f"Paper {number}", "type": "JOURNAL_ARTICLE", "year": year, **more}
    desk.hand_in("library", publication(("doi", f"10.1/{number}"), **values))
    return desk.number("publication", "doi", f"10.1/{number}")


def link(desk: Desk, left: int, right: int, relation: str, state: str = "auto") -> None:
    row = {
        "left_id": left, "right_id": right, "relation": relation, "state": state, "tier": "review", "score": 1.0,
        "channel": "identifier", "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "",
        "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def credit(desk: Desk, number: int, *names: str, state: str = "auto") -> None:
    for name in names:
        link(desk, number, desk.number("instrument", "name", name), "publication-instrument", state)


def session(desk: Desk, code: str, name: str, year: int, hours: float, **more: Any) -> None:
    start = f"{year}-03-01T08:00:00+00:00"
    desk.hand_in("office", experiment(code, instrument_name=name, starts_at=start, delivered_hours=hours, **more))


def rows(snapshot: Snapshot, slug: str, cut: str, **more: Any) -> dict[Any, tuple[float, float]]:
    table = ask(snapshot, EVERYTHING, Question(slug, (cut,), **more)).table
    return {row[cut]: (row["numerator"], row["denominator"]) for row in table.to_dict("records")}


# K03


def test_papers_of_three_years_stand_over_the_beam_days_of_two_years_before(desk: Desk, tmp_path: Path) -> None:
    for year in (2015, 2016, 2017, 2018):
        session(desk, f"S{year}", "D17", year, 24 * 10 * (year - 2014))  # 10, 20, 30, 40 days
    desk.hand_in("office", proposal("P-9", type="commissioning"))
    session(desk, "S9", "D17", 2016, 24 * 100, proposal_code="P-9")  # no beam time of users
    credit(desk, paper(desk, 1, 2017), "EPNS/d17")
    credit(desk, paper(desk, 2, 2019), "EPNS/d17", "EPNS/d33")
    credit(desk, paper(desk, 3, 2019, type="THESIS"), "EPNS/d17")
    credit(desk, paper(desk, 4, 2020), "EPNS/d17", state="candidate")
    snapshot = facts(desk, tmp_path)
    years = rows(snapshot, "papers_per_beam_day", "year")
    # windows: 2019 is papers of 2017-2019 over days of 2015-2017; 2022 is the last that is not provisional
    assert years == {2019: (2, 60), 2020: (1, 90), 2021: (1, 70), 2022: (0, 40)}
    values = ask(snapshot, EVERYTHING, Question("papers_per_beam_day", ("year",))).table["value"]
    assert list(values) == pytest.approx([2 / 60, 1 / 90, 1 / 70, 0])
    wide = rows(snapshot, "papers_per_beam_day", "year", policy="wide")
    assert wide[2020] == (1.95, 90), "a candidate counts its probability"
    at_once = rows(snapshot, "papers_per_beam_day_at_once", "year")
    assert at_once[2017] == (1, 60)
    assert at_once[2019] == (2, 70)
    split = rows(snapshot, "papers_per_beam_day", "instrument", counting="fractional")
    assert split["D17"] == (1 + 0.5 * 3, 260)
    assert split["D33"] == (1.5, 0)
    named = [desk.number("publication", "doi", f"10.1/{number}") for number in (1, 2)]
    assert records_behind(snapshot, EVERYTHING, Question("papers_per_beam_day")) == sorted(named)


def test_fewer_than_thirty_beam_days_make_no_rate(desk: Desk, tmp_path: Path) -> None:
    for year in (2015, 2016, 2017):
        session(desk, f"S{year}", "D17", year, 24 * 9)
    credit(desk, paper(desk, 1, 2019), "EPNS/d17")
    answer = ask(facts(desk, tmp_path), EVERYTHING, Question("papers_per_beam_day", filters={"year": ("2019",)}))
    assert (answer.numerator, answer.denominator, answer.total) == (1, 27, None)


# K10, K13, K12


def test_a_paper_on_three_instruments_gives_a_third_to_each(desk: Desk, tmp_path: Path) -> None:
    credit(desk, paper(desk, 1, 2020, citation_percentile=95.0), "EPNS/d17", "EPNS/d33", "EPNS/in5")
    snapshot = facts(desk, tmp_path)
    for counting, value in (("full", 1), ("fractional", 1 / 3)):
        table = ask(snapshot, EVERYTHING, Question("publications", ("instrument",), counting=counting)).table
        assert dict(zip(table["instrument"], table["value"], strict=True)) == pytest.approx(
            {"D17": value, "D33": value, "IN5": value}
        )
    tenth = rows(snapshot, "top_cited_share", "instrument", counting="fractional")
    assert tenth["D17"] == pytest.approx((1 / 3, 1 / 3))


def test_the_most_cited_tenth_begins_at_ninety_and_ends_two_years_ago(desk: Desk, tmp_path: Path) -> None:
    told = [(2020, 90.0), (2020, 89.99), (2022, 99.0), (2023, 99.0), (2020, None)] + [(2021, 50.0)] * 18
    for number, (year, percentile) in enumerate(told):
        credit(desk, paper(desk, number, year, citation_percentile=percentile), "EPNS/d17")
    snapshot = facts(desk, tmp_path)
    answer = ask(snapshot, EVERYTHING, Question("top_cited_share"))
    assert (answer.numerator, answer.denominator) == (2, 21), "2023 is too young, one has no percentile"
    known = ask(snapshot, EVERYTHING, Question("citation_percentile_coverage"))
    assert (known.numerator, known.denominator) == (21, 22)


def test_who_counted_the_citations_is_told_by_precedence(desk: Desk, tmp_path: Path) -> None:
    number = paper(desk, 1, 2020, citations=7)
    desk.hand_in("index", publication(("doi", "10.1/1"), citations=9, citation_percentile=80.0))
    desk.hand_in("index", publication(("doi", "10.1/2"), type="JOURNAL_ARTICLE", citations=9, year=2020))
    other = desk.number("publication", "doi", "10.1/2")
    for one in (number, other):
        credit(desk, one, "EPNS/d17")
    frame, known = citation_counters(facts(desk, tmp_path), EVERYTHING, {})
    told = {(row["what"], row["source"]): row["publications"] for row in frame.to_dict("records")}
    assert told == {("citations", "library"): 1, ("citations", "index"): 1, ("percentile", "index"): 1}
    assert known == {"all": 2, "citations": 2, "percentile": 1}


def test_what_another_facility_shares_counts_where_the_publication_does_here(desk: Desk, tmp_path: Path) -> None:
    for number, state in enumerate(("validated", "auto", "candidate")):
        credit(desk, paper(desk, number, 2020), "EPNS/d17", state=state)
        told = {"doi": f"10.1/{number}", "facility_code": "SNS2", "state": "validated"}
        desk.hand_in("index", Claim("credit", (("source", f"index:SNS2/10.1/{number}"),), told))
    connection = facts(desk, tmp_path).connect(EVERYTHING)
    for policy, expected in (("strict", 1), ("standard", 2), ("wide", 3)):
        sql = "SELECT count(*) FROM joint_credit c JOIN joint_facilities f ON f.id = c.facility_id WHERE f.peer AND c."
        assert connection.execute(sql + policy).fetchall() == [(expected,)]


def test_what_other_facilities_share_is_not_known_before_a_second_one_is_loaded(desk: Desk, tmp_path: Path) -> None:
    papers = [paper(desk, number, 2020) for number in range(22)]
    for one in papers:
        credit(desk, one, "EPNS/d17")
    alone = ask(facts(desk, tmp_path), EVERYTHING, Question("cross_facility_share"))
    assert (alone.total, alone.denominator) == (None, 0)
    desk.hand_in("office", Claim("instrument", (("name", "SNS2/x1"),), {"facility": "SNS2", "name": "X1"}))
    credit(desk, papers[0], "SNS2/x1")
    credit(desk, papers[1], "SNS2/x1", state="candidate")
    snapshot = facts(desk, tmp_path)
    both = ask(snapshot, EVERYTHING, Question("cross_facility_share"))
    assert (both.numerator, both.denominator) == (1, 22)
    matrix = shared(snapshot, EVERYTHING, "facility", ALL)
    cells = {(row["one"], row["other"]): row["value"] for row in matrix.cells.to_dict("records")}
    assert cells == {("EPNS", "EPNS"): 21, ("EPNS", "SNS2"): 1, ("SNS2", "EPNS"): 1}
    told = matrix.credit.set_index("unit")
    assert told["whole"].to_dict() == {"EPNS": 22, "SNS2": 1}
    assert told["fractional"].to_dict() == {"EPNS": 21.5, "SNS2": 0.5}
    assert matrix.publications == 22


@given(st.lists(st.sets(st.sampled_from(("EPNS/d17", "EPNS/d33", "EPNS/in5")), max_size=3), max_size=12))
def test_the_sets_of_a_matrix_can_be_counted_in_any_order(credits: list[set[str]]) -> None:
    """The properties of the matrix on sets alone; the facts are tested against them below."""
    cells = cells_of(credits)
    assert all(cells[one, other] == cells[other, one] for one, other in cells)


def cells_of(credits: list[set[str]]) -> dict[tuple[str, str], int]:
    cells: dict[tuple[str, str], int] = {}
    for units in credits:
        for one in units:
            for other in units if len(units) == 1 else units - {one}:
                cells[one, other] = cells.get((one, other), 0) + 1
    return cells


def test_a_matrix_is_symmetric_its_diagonal_alone_and_its_fractions_sum_to_all(desk: Desk, tmp_path: Path) -> None:
    random = Random(7)
    names = ("EPNS/d17", "EPNS/d33", "EPNS/in5")
    credits = [set(random.sample(names, random.randint(0, 3))) for _ in range(30)]
    for number, units in enumerate(credits):
        credit(desk, paper(desk, number, 2020), *sorted(units))
    snapshot = facts(desk, tmp_path)
    matrix = shared(snapshot, EVERYTHING, "instrument", ALL)
    found = {
        (f"EPNS/{row['one'].lower()}", f"EPNS/{row['other'].lower()}"): row["value"]
        for row in matrix.cells.to_dict("records")
    }
    assert found == cells_of(credits)
    assert matrix.credit["fractional"].sum() == pytest.approx(sum(bool(units) for units in credits))
    for row in matrix.cells.to_dict("records"):
        pair = row["one_id"], row["other_id"]
        assert len(shared_papers(snapshot, EVERYTHING, "instrument", ALL, pair)) == row["value"]
    with pytest.raises(WrongUsage):
        shared(snapshot, EVERYTHING, "person", ALL)


def test_two_machines_of_one_name_are_two_rows_of_the_matrix(desk: Desk, tmp_path: Path) -> None:
    twin = Claim("instrument", (("source", "office:d17b"),), {"facility": "EPNS", "name": "D17", "label": "D17 new"})
    desk.hand_in("office", twin)
    numbers = [desk.number("instrument", "name", "EPNS/d17"), desk.number("instrument", "source", "office:d17b")]
    assert len(set(numbers)) == 2
    one = paper(desk, 1, 2020)
    for number in numbers:
        link(desk, one, number, "publication-instrument")
    matrix = shared(facts(desk, tmp_path), EVERYTHING, "instrument", ALL)
    assert len(set(matrix.credit["unit"])) == 2
    assert [row["value"] for row in matrix.cells.to_dict("records")] == [1, 1]


# K15


def test_techniques_count_under_everything_broader_and_once_in_all(desk: Desk, tmp_path: Path) -> None:
    own = ["PaNET01164 macromolecular crystallography", "PaNET01030 powder diffraction"]
    credit(desk, paper(desk, 1, 2020, techniques=own), "EPNS/d17")
    credit(desk, paper(desk, 2, 2020), "EPNS/in5")
    desk.hand_in("office", instrument("IN5", techniques=["PaNET01030 powder diffraction"]))
    credit(desk, paper(desk, 3, 2020), "EPNS/d33")
    snapshot = facts(desk, tmp_path)
    frame = technique_shares(snapshot, EVERYTHING, {}).set_index("technique")
    assert frame["narrowest"].sum() == pytest.approx(3)
    assert frame["narrowest"]["unknown"] == 1
    powder = next(name for name in frame.index if "powder" in name)
    assert (frame["fractional"][powder], frame["whole"][powder], frame["imputed"][powder]) == (1.5, 2, 1)
    assert (frame["fractional"]["diffraction"], frame["whole"]["diffraction"]) == (2, 2), "both lie below it"
    cut = ask(snapshot, EVERYTHING, Question("publications", ("technique",))).table
    counts = dict(zip(cut["technique"], cut["value"], strict=True))
    assert counts == frame["whole"].astype(float).to_dict()
    broad = ask(snapshot, EVERYTHING, Question("publications", filters={"technique": ("diffraction",)}))
    assert broad.total == 2
    at_d17 = technique_shares(snapshot, EVERYTHING, {"instrument": ("D17",), "year": ("2019-2020",)})
    assert (at_d17["narrowest"].sum(), "unknown" in set(at_d17["technique"])) == (1, False), "only what was made there"
    assert not len(technique_shares(snapshot, EVERYTHING, {"year": ("2019",)}))
    with pytest.raises(WrongUsage, match="cannot be cut by"):
        technique_shares(snapshot, EVERYTHING, {"decision": ("accepted",)})


# K17


def test_chapmans_estimate_is_the_one_worked_out_by_hand() -> None:
    total, error = chapman(400, 300, 240)
    assert (round(total, 2), round(error, 2)) == (499.83, 9.08)
    low, high = interval(total, error, 460)
    assert 460 < low < total < high


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    random = Random(2024)
    held = 0
    for _ in range(1000):
        drawn = [(random.random() < 0.8, random.random() < 0.6) for _ in range(500)]
        one, other = (sum(pair[place] for pair in drawn) for place in (0, 1))
        both = sum(all(pair) for pair in drawn)
        low, high = interval(*chapman(one, other, both), one + other - both)
        held += low <= 500 <= high
    assert 930 <= held <= 970


def found(random: Random, *, together: bool) -> list[Found]:
    """Publications of which two channels find 60 % each: independently, or the same ones; a third finds half."""
    some = []
    for number in range(400):
        first = random.random() < 0.6
        second = first if together and random.random() < 0.8 else random.random() < 0.6
        told = {name for name, there in (("a", first), ("b", second), ("c", random.random() < 0.5)) if there}
        if told:
            some.append(Found(str(2015 + number % 5), frozenset(told)))
    return some


def test_channels_that_follow_each_other_give_a_warning_and_no_number_is_preferred_to_it() -> None:
    alone, tied = found(Random(1), together=False), found(Random(1), together=True)
    assert not any(one.dependent for one in pairs(alone))
    worst = next(one for one in pairs(tied) if one.channels == ("a", "b"))
    assert worst.dependent
    assert worst.correlation is not None
    assert worst.correlation > 0.3
    assert pairs(tied)[-1] is not pairs(tied)[0]
    assert not pairs(tied)[0].dependent, "one that may be trusted is shown first"


def test_years_with_little_in_common_have_no_estimate() -> None:
    some = [
        Found("2020", frozenset(("a", "b")), 6),
        Found("2020", frozenset("a"), 14),
        Found("2020", frozenset("b"), 20),
    ]
    assert estimate("2020", some, ("a", "b")).total is None
    some.append(Found("2021", frozenset(("a", "b"))))
    whole = estimate("all", some, ("a", "b"))
    assert whole.total == pytest.approx(22 * 28 / 8 - 1)
    assert [one.total for one in by_name(some, ("a", "b"))] == [None, None]


def test_a_channel_that_only_repeats_another_is_no_second_witness() -> None:
    some = [Found("2020", frozenset(("a", "b")), 30), Found("2020", frozenset("a"), 60)]
    assert estimate("all", some, ("a", "b")).total is None
    assert correlation(some, ("a", "b")) is None, "no other channel sees them"


def test_the_channels_of_a_publication_are_the_sources_that_tell_of_it(desk: Desk, tmp_path: Path) -> None:
    credit(desk, paper(desk, 1, 2020), "EPNS/d17")
    desk.hand_in("index", publication(("doi", "10.1/1"), year=2020))
    credit(desk, paper(desk, 2, 2023), "EPNS/d17")
    paper(desk, 3, 2020)
    snapshot = facts(desk, tmp_path)
    for by, name in (("year", "2020"), ("instrument", "D17")):
        assert found_by_channels(snapshot, EVERYTHING, by) == [Found(name, frozenset(("index", "library")), 1)]
    with pytest.raises(Refused):
        found_by_channels(snapshot, Viewer("anonymous"))


# K18


def test_the_interval_of_an_audit_is_wilsons() -> None:
    low, high = Share(198, 200).interval or (math.nan, math.nan)
    assert (round(low, 4), round(high, 4)) == (0.9643, 0.9973)


# K15, topics


def test_a_paper_is_split_over_its_topics_in_one_vocabulary_and_one_without_is_unknown(
    desk: Desk, tmp_path: Path
) -> None:
    def words(**said: str) -> list[dict[str, str]]:
        return [
            {"namespace": "" if name == "own" else name, "value": one} for name in said for one in said[name].split(";")
        ]

    credit(desk, paper(desk, 1, 2020, keywords=words(own="Ice;spin glass", FUNDER="ERC")), "EPNS/d17")
    credit(desk, paper(desk, 2, 2020, keywords=words(own="ice", OPENALEX_FIELD="Physics")), "EPNS/d17")
    credit(desk, paper(desk, 3, 2020, keywords=words(own="ice")), "EPNS/d17")
    credit(desk, paper(desk, 4, 2020, keywords=words(USER="mine", AWARD="12")), "EPNS/d17")
    paper(desk, 5, 2020, keywords=words(own="not linked"))
    snapshot = facts(desk, tmp_path)
    known = vocabularies(snapshot, EVERYTHING, {})
    assert [tuple(row) for row in known.itertuples(index=False)] == [("", 3, 2), ("OPENALEX_FIELD", 1, 1)]
    frame = topic_shares(snapshot, EVERYTHING, {}, "")
    assert {row["label"]: (row["whole"], row["fractional"]) for row in frame.to_dict("records")} == {
        "ice": (3, 2.5), "spin glass": (1, 0.5), "unknown": (1, 1.0),
    }  # fmt: skip
    assert frame["share"].sum() == pytest.approx(1)
    few = {"topic": ("spin glass",), "year": ("2020",)}
    assert list(vocabularies(snapshot, EVERYTHING, few)["publications"]) == [1]
    assert list(topic_shares(snapshot, EVERYTHING, few, "")["fractional"]) == [0.5, 0.5], "of the one that has it"
    one = Question("publications", filters={"topic": ("OPENALEX_FIELD: Physics",)})
    assert records_behind(snapshot, EVERYTHING, one) == [desk.number("publication", "doi", "10.1/2")]
    coverage = ask(snapshot, EVERYTHING, Question("topic_coverage"))
    assert (coverage.numerator, coverage.denominator) == (3, 4)
