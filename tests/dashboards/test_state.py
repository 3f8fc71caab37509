"""State and URL: what a link says is what its receiver sees."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.frame.controls import CHIPS, chip_row
from dashboards.frame.state import MOST, State

KEYS = st.sampled_from(["year", "instrument", "country", "q", "policy", "table", "page", "at"])
WORDS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
STATES = st.dictionaries(KEYS, st.lists(WORDS, min_size=1, max_size=4, unique=True).map(tuple), max_size=6).map(State)


@given(STATES)
def test_every_state_comes_back_from_its_own_address(state: State) -> None:
    assert State.read(state.query()) == state
    assert State.read(state.query()).query() == state.query()


@given(STATES, KEYS, WORDS)
def test_a_value_chosen_twice_is_as_before_but_for_the_place_in_the_list(state: State, key: str, value: str) -> None:
    if value not in state.many(key):
        twice = state.toggled(key, value).toggled(key, value)
        assert twice.without() == state.without()


@given(st.text(max_size=300))
def test_no_query_string_is_too_odd_to_be_read(search: str) -> None:
    state = State.read(search)
    assert State.read(state.query()) == state


def test_a_filter_begins_the_list_anew_but_a_place_keeps_the_filters() -> None:
    state = State.read("?country=FR&page=7")
    assert state.toggled("country", "DE").query() == "?country=FR&country=DE"
    assert state.put("page", "8").query() == "?country=FR&page=8"


def test_only_replaces_all_values_and_takes_itself_back() -> None:
    state = State.read("?year=2015-2018")
    assert state.only("year", "2019").query() == "?year=2019"
    assert state.only("year", "2019").only("year", "2019").query() == "?"


def test_spans_of_years_are_read_and_nonsense_is_no_year() -> None:
    assert State.read("?year=2015-2018").years == (2015, 2018)
    assert State.read("?year=2015").years == (2015, 2015)
    assert State.read("?year=soon").years == (None, None)
    assert State.read("").years == (None, None)


def test_unknown_policies_and_numbers_fall_back_to_the_default() -> None:
    state = State.read("?policy=magic&counting=thrice&page=-3&at=99999999999999999999")
    assert (state.policy, state.counting, state.number("page", 1), state.number("at")) == ("standard", "full", 1, 0)


def test_a_query_of_ten_thousand_values_is_cut() -> None:
    state = State.read("&".join(f"country=c{i}" for i in range(10_000)))
    assert len(state.many("country")) == MOST


def test_control_characters_do_not_survive() -> None:
    assert State.read("?q=a%00b%0ac").one("q") == "abc"


def test_of_many_chosen_values_the_first_have_chips_and_all_are_cleared_at_once() -> None:
    chosen = [("Institution", f"Institute {number}", f"?institution={number}") for number in range(200)]

    def parts(state: State) -> list[Any]:
        row: Any = chip_row(chosen, "?", state)
        return [part for part in row.children if part is not None]

    first = parts(State.read("?institution=1&page=3"))
    assert len(first) == CHIPS + 2
    assert "and 176 more" in str(first[-2])
    assert "Clear all" in str(first[-1])
    opened = State.read(first[-2].href)
    assert (opened.many("institution"), opened.number("page")) == (("1",), 3)
    every = parts(opened)
    assert len(every) == len(chosen) + 2
    assert every[-2].children == "Show fewer"
    assert every[-2].href == "?institution=1&page=3", "and back"


def test_values_of_an_address_that_are_left_out_are_told_of() -> None:
    assert State.read("&".join(f"country=c{i}" for i in range(MOST))).unread == 0
    cut = State.read("&".join(f"country=c{i}" for i in range(412)))
    assert cut.unread == 162
    assert "The address has 412 values, of which the first 250 are read" in str(chip_row([], "?", cut))
    assert chip_row([], "?", State()) is None
    assert cut.put("country", "FR").unread == 0, "the next address is whole"
