"""What filters keep is found once for all questions of those who may know of the same, and stays below a bound."""

from dataclasses import replace
from typing import Any

import pytest

from puma.access import EVERYTHING, Viewer
from puma.facts import Snapshot
from puma.measuring import Question, ask, metrics, narrowing, remembered
from puma.measuring.answer import as_json

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
