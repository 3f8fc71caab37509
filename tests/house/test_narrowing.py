"""What filters keep is found once for all questions of those who may know of the same, and stays below a bound."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from puma.access import EVERYTHING, Viewer
from puma.facts import Snapshot
from puma.measuring import Question, answer, ask, metrics, narrowing, remembered
from puma.measuring.answer import as_json
from puma.measuring.query import value_query

READER = Viewer("viewer")


@pytest.fixture(autouse=True)
def forgotten(facility: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "FEW", 0)
    forget(facility)


def forget(facility: Snapshot) -> None:
    facility.told.clear()
    facility.found.clear()


def totals(facility: Snapshot, viewer: Viewer, cut: str, policy: str) -> list[Question]:
    """Every total that somebody may ask of the first value of a cut."""
    value = str(ask(facility, viewer, Question("publications", (cut,))).table[cut].iloc[0])
    can = [one for one in metrics().values() if cut in {dimension.slug for dimension in one.dimensions}]
    return [Question(one.slug, (), {cut: (value,)}, policy) for one in can if viewer.at_least(one.role)]


def told(facility: Snapshot, viewer: Viewer, questions: list[Question]) -> list[dict[str, Any]]:
    return [as_json(ask(facility, viewer, question)) for question in questions]


def test_what_a_filter_keeps_is_found_once_for_those_who_may_know_of_the_same(facility: Snapshot) -> None:
    for slug in ("publications", "citations", "open_access_share"):
        for viewer in (EVERYTHING, READER, READER):
            ask(facility, viewer, Question(slug, ("year",), {"country": ("FR",)}))
    assert {viewer for viewer, *_ in facility.found} == {EVERYTHING.sees, READER.sees}
    assert len(facility.found) == 6  # for each of the two the facts, which have which country, and those of France
    ask(facility, READER, Question("publications", ("year",), {"country": ("DE",)}))
    assert len(facility.found) == 7


def test_of_what_a_filter_keeps_only_columns_that_are_named_are_taken(facility: Snapshot) -> None:
    ask(facility, READER, Question("citations", ("type",), {"country": ("FR",)}))
    kept = next(known for key, (known, _) in facility.found.items() if key[-1] == ("country", "FR"))
    assert {"citations", "linked_standard", "type"} <= kept.columns.keys() < set(facts_of(facility).column_names)
    assert "doi" not in kept.columns
    ask(facility, READER, Question("open_access_share", (), {"country": ("FR",)}))
    assert "doi" in kept.columns


def facts_of(facility: Snapshot) -> pa.Table:
    return next(known for known, _ in facility.found.values() if isinstance(known, pa.Table))


def test_facts_are_held_by_rising_number_whatever_was_decided_on_last(facility: Snapshot) -> None:
    ids = [5, 9, 2]
    table = narrowing._rising(pa.table({"id": ids, "year": ids}))
    assert table.column("id").to_pylist() == table.column("year").to_pylist() == sorted(ids)
    ask(facility, READER, Question("publications", (), {"country": ("FR",)}))
    numbers = facts_of(facility).column("id").to_pylist()
    assert numbers == sorted(numbers)


def test_rows_of_facts_that_are_counted_sum_to_the_total_which_is_not_asked_for(
    facility: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(answer, "value_query", lambda one, by, *how: asked.append(by) or value_query(one, by, *how))
    summed = 0
    for one in metrics().values():
        whole = Question(one.slug)
        if "year" not in {dimension.slug for dimension in one.dimensions}:
            continue
        for policy in ("standard", "wide"):
            forget(facility)
            alone = told(facility, EVERYTHING, [replace(whole, policy=policy)])
            forget(facility)
            asked.clear()
            ask(facility, EVERYTHING, replace(whole, by=("year",), policy=policy))
            summed += asked == [("year",)]
            assert told(facility, EVERYTHING, [replace(whole, policy=policy)]) == alone, one.slug
    assert summed > 20


def test_what_is_held_is_not_prepared_again(facility: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[str] = []
    connect = Snapshot.connect

    class Heard:
        def __init__(self, connection: Any) -> None:
            self.connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

        def sql(self, query: str, **given: Any) -> Any:
            prepared.append(query)
            return self.connection.sql(query, **given)

    monkeypatch.setattr(Snapshot, "connect", lambda self, viewer: Heard(connect(self, viewer)))
    for country, queries in (("FR", 2), ("DE", 0), ("DE", 0)):
        prepared.clear()
        ask(facility, READER, Question("citations", ("year",), {"country": (country,)}))
        assert len(prepared) == queries, prepared


@pytest.mark.parametrize("policy", ["standard", "wide"])
@pytest.mark.parametrize("cut", ["country", "institution", "instrument", "sector", "technique", "facility", "type"])
def test_numbers_are_those_of_a_filter_that_is_part_of_each_question(
    facility: Snapshot, monkeypatch: pytest.MonkeyPatch, cut: str, policy: str
) -> None:
    questions = totals(facility, EVERYTHING, cut, policy)
    questions += [replace(one, filters={**one.filters, "year": ("2015-2022",)}) for one in questions[:1]]
    questions += [replace(one, filters={cut: (*one.filters[cut], "unknown")}) for one in questions]
    before = told(facility, EVERYTHING, questions)
    assert facility.found
    forget(facility)
    monkeypatch.setattr(narrowing, "FEW", 10**9)
    assert told(facility, EVERYTHING, questions) == before
    assert not facility.found


def test_what_filters_keep_stays_below_its_bound_and_numbers_stay_the_same(
    facility: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = totals(facility, EVERYTHING, "country", "standard")[:12]
    before = told(facility, EVERYTHING, questions)
    sizes = [size for _, size in facility.found.values()]
    forget(facility)
    monkeypatch.setattr(remembered, "HELD", max(sizes))
    assert told(facility, EVERYTHING, questions) == before
    assert 0 < sum(size for _, size in facility.found.values()) <= max(sizes) < sum(sizes)


def test_what_was_not_asked_for_the_longest_goes_first(facility: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    french, german = (Question("publications", (), {"country": (code,)}) for code in ("FR", "DE"))
    ask(facility, EVERYTHING, french)
    monkeypatch.setattr(remembered, "HELD", sum(size for _, size in facility.found.values()))
    ask(facility, EVERYTHING, german)
    assert [key[-1] for key in facility.found if key[1] == "works"] == [("country", "DE")]
