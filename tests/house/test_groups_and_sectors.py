"""Groups of instruments, sectors, and trees of institutions: counted by hand, and by the program."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from puma.access import EVERYTHING, Viewer
from puma.dimensions import DIMENSIONS, FACTS
from puma.entities import Institution
from puma.facts import Snapshot, refresh
from puma.measuring import Question, ask, metrics, records_behind
from puma.reports import Report, make_report
from puma.storage import Storage
from tests.house.grouped_facility import AT, RORS, built
from tests.resolve.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    storage = Storage(f"sqlite:///{tmp_path_factory.mktemp('groups') / 'puma.db'}")
    storage.migrate()
    yield built(storage)
    storage.close()


@pytest.fixture(scope="module")
def facts(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return refresh(desk.storage, tmp_path_factory.mktemp("facts"), AT)


def rows(facts: Snapshot, slug: str, by: str, **more: Any) -> dict[str, float]:
    """The values of a metric by the names of a dimension."""
    table = ask(facts, EVERYTHING, Question(slug, (by,), **more)).table
    return dict(zip(table[by], table["value"], strict=True))


# Groups


def test_a_publication_of_two_instruments_of_a_group_counts_once_for_it(facts: Snapshot) -> None:
    assert rows(facts, "publications", "instrument") == {"A1": 3, "A2": 2, "B1": 2, "C1": 1}
    assert rows(facts, "publications", "group") == {"A": 3, "B": 2, "unknown": 1}
    shares = rows(facts, "publications", "group", counting="fractional")
    assert shares == pytest.approx({"A": 1 + 1 / 2 + 2 / 3, "B": 1 / 2 + 1 / 3, "unknown": 1})


@pytest.mark.parametrize(
    ("slug", "of_a", "of_b"),
    [
        ("proposals", 1, 1), ("experiments", 2, 1), ("user_visits", 36, 18), ("users", 18, 18), ("datasets", 2, 1),
        ("requested_hours", 144, 72), ("allocated_hours", 96, 48), ("delivered_hours", 48, 24),
        ("papers_per_proposal", None, None), ("yield_3_years", None, None),
    ],
)  # fmt: skip
def test_every_kind_of_fact_has_its_way_to_the_group(
    facts: Snapshot, slug: str, of_a: float | None, of_b: float | None
) -> None:
    found = {name: ask(facts, EVERYTHING, Question(slug, filters={"group": (name,)})) for name in ("A", "B", "no such")}
    assert (found["A"].total, found["B"].total) == (of_a, of_b)
    assert not found["no such"].total
    if metrics()[slug].is_rate:
        assert [one.denominator for one in found.values()] == [1, 1, 0]


def test_a_group_is_chosen_by_name_or_number_and_the_list_is_as_long_as_the_number(facts: Snapshot) -> None:
    table = ask(facts, EVERYTHING, Question("publications", ("group",))).table
    number = str(table.loc[table["group"] == "A", "group_id"].iloc[0])
    for value in ("A", number):
        question = Question("publications", filters={"group": (value,)})
        assert ask(facts, EVERYTHING, question).total == 3 == len(records_behind(facts, EVERYTHING, question))


# Sectors


def test_unknown_sectors_are_shown_and_fractions_sum_to_all(facts: Snapshot) -> None:
    assert rows(facts, "publications", "sector") == {"government": 2, "education": 1, "company": 1, "unknown": 3}
    shares = rows(facts, "publications", "sector", counting="fractional")
    third = 1 / 3
    assert shares == pytest.approx(
        {"government": 0.5 + third, "education": 0.5, "company": third, "unknown": 1 + third + 1}
    )
    assert sum(shares.values()) == pytest.approx(4)


def test_a_sector_is_a_filter_on_beam_time_and_on_the_people_who_came(facts: Snapshot) -> None:
    assert rows(facts, "user_visits", "sector") == {"company": 28, "government": 24, "unknown": 20}
    assert rows(facts, "users", "sector") == {"company": 7, "government": 6, "unknown": 5}
    assert rows(facts, "proposals", "sector") == {"company": 3, "government": 3, "unknown": 3}
    hours = rows(facts, "allocated_hours", "sector", counting="fractional")
    assert hours == pytest.approx({"company": 192 * 7 / 18, "government": 192 * 6 / 18, "unknown": 192 * 5 / 18})
    company = Question("experiments", filters={"sector": ("company",)})
    assert ask(facts, EVERYTHING, company).total == 4 == len(records_behind(facts, EVERYTHING, company))


# Trees


def test_counts_roll_up_to_the_root_without_counting_twice(facts: Snapshot) -> None:
    assert rows(facts, "publications", "institution") == {"LNCMI": 2, "CNRS": 1, "Néel": 1, "Soft": 1, "Univ": 1}
    assert rows(facts, "publications", "root") == {"CNRS": 3, "Holding": 1, "Univ": 1}
    named = rows(facts, "publications", "institution", counting="fractional")
    rolled = rows(facts, "publications", "root", counting="fractional")
    assert rolled == pytest.approx({"CNRS": 0.5 + 1 + 1 / 3, "Holding": 1 / 3, "Univ": 0.5})
    assert sum(rolled.values()) == pytest.approx(sum(named.values()))
    assert rolled["CNRS"] == pytest.approx(named["CNRS"] + named["Néel"] + named["LNCMI"])
    assert rows(facts, "user_visits", "root") == {"CNRS": 44, "Holding": 28}
    assert rows(facts, "proposals", "root") == {"CNRS": 3, "Holding": 3}


def test_an_institution_with_its_parts_holds_each_record_once(facts: Snapshot, desk: Desk) -> None:
    counts = rows(facts, "publications", "organisation")
    assert counts == {"CNRS": 3, "LNCMI": 2, "Néel": 1, "Univ": 1, "Holding": 1, "Soft": 1}
    number = str(desk.number("institution", "ror", RORS["CNRS"]))
    question = Question("publications", filters={"organisation": (number,)})
    assert len(records_behind(facts, EVERYTHING, question)) == ask(facts, EVERYTHING, question).total == 3
    assert ask(facts, EVERYTHING, Question("users", filters={"organisation": ("CNRS",)})).total == 11


def test_institutions_that_are_parts_of_each_other_have_one_root(desk: Desk, tmp_path: Path) -> None:
    with desk.storage.writing() as session:
        numbers = {one.name: one for one in session.scalars(select(Institution))}
        before = {name: one.parent_id for name, one in numbers.items()}
        numbers["CNRS"].parent_id, numbers["Univ"].parent_id = numbers["Univ"].id, numbers["CNRS"].id
    try:
        ring = refresh(desk.storage, tmp_path, AT)
        assert rows(ring, "publications", "root") == {"CNRS": 3, "Holding": 1}
        assert ask(ring, EVERYTHING, Question("publications", filters={"organisation": ("Univ",)})).total == 3
    finally:
        with desk.storage.writing() as session:
            for one in session.scalars(select(Institution)):
                one.parent_id = before[one.name]


@pytest.mark.parametrize("fact", FACTS)
def test_any_two_cuts_of_a_fact_can_be_asked_together(facts: Snapshot, fact: str) -> None:
    slug = next(one.slug for one in metrics().values() if one.fact == fact)
    cuts = [slug for slug, dimension in DIMENSIONS.items() if fact in dimension.ways]
    for by in combinations(cuts, 2):
        table = ask(facts, EVERYTHING, Question(slug, by)).table
        assert {*by} <= {*table.columns}


# On paper


def printed(desk: Desk, facts: Snapshot, kind: str, name: str, viewer: Viewer = EVERYTHING) -> Report:
    return make_report(desk.storage, facts, viewer, kind, name, facility="EPNS")


@pytest.mark.parametrize(
    ("kind", "name", "title", "publications", "users"),
    [
        ("group", "A", "Instrument group A", 3, 18), ("sector", "company", "Company", 1, 7),
        ("organisation", "CNRS", "CNRS with all its parts", 3, 11), ("institution", "Néel", "Néel", 1, 6),
    ],
)  # fmt: skip
def test_a_report_has_the_figures_of_its_filter(
    desk: Desk, facts: Snapshot, kind: str, name: str, title: str, publications: int, users: int
) -> None:
    report = printed(desk, facts, kind, name)
    totals = {answer.metric.slug: answer.total for answer in report.numbers}
    assert (report.title, totals["publications"], totals["users"]) == (title, publications, users)
    assert len(report.publications) == report.known == publications


def test_the_report_of_a_group_has_its_members_and_its_sectors(desk: Desk, facts: Snapshot) -> None:
    sections = {
        section.answer.question.by: section.answer.table for section in printed(desk, facts, "group", "a").sections
    }
    by_member, by_sector = (
        dict(zip(sections[cut,][cut], sections[cut,]["value"], strict=True)) for cut in ("instrument", "sector")
    )
    assert by_member == {"A1": 3, "A2": 2, "B1": 2}
    assert by_sector == {"government": 2, "education": 1, "company": 1, "unknown": 2}


def test_who_may_not_know_users_reads_the_report_of_a_group_without_them(desk: Desk, facts: Snapshot) -> None:
    report = printed(desk, facts, "group", "A", Viewer("anonymous"))
    assert "users" not in {answer.metric.slug for answer in report.numbers}
    assert {section.answer.metric.slug for section in report.sections} == {"publications"}
