"""A search as an address states it, and the beginnings of words among the values of a facet."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.access import Viewer
from puma.search.asked import Asked, instant_of, years_of
from puma.search.beginnings import begins, pattern
from puma.search.words import words_in


def test_an_address_states_words_choices_exclusions_years_and_order() -> None:
    asked = Asked.read({"q": ["neutron"], "instrument": ["D17"], "-country": ["France"], "year": ["2015-2018"],
                        "sort": ["title"], "page": ["3"], "view": ["graphs"]})  # fmt: skip
    assert asked == Asked("neutron", {"instrument": ("D17",)}, {"country": ("France",)}, (2015, 2018), "title")
    question = asked.question(Viewer("viewer"))
    assert question.visible == {"public", "internal", "open_text"}  # whoever reads internal texts reads open ones
    assert question.ranges == {"year": (2015, 2018)}


def test_what_an_address_says_without_sense_is_left_out() -> None:
    assert Asked.read({"sort": ["at random"], "year": ["soon"], "colour": ["red"]}) == Asked()


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2015", (2015, 2015)),
        ("2015-", (2015, None)),
        ("-2018", (None, 2018)),
        ("", (None, None)),
        ("15", (None, None)),
    ],
)
def test_years_are_read_with_open_sides(text: str, span: tuple[int | None, int | None]) -> None:
    assert years_of(text) == span


def test_an_instant_needs_a_time_zone() -> None:
    assert instant_of("2026-03-02T10:31:00Z") is not None
    assert instant_of("2026-03-02T10:31:00") is None
    assert instant_of("yesterday") is None


def test_techniques_are_named_by_their_id_too() -> None:
    asked = Asked(filters={"technique": ["PaNET01189", "my own"]})
    chosen = asked.question(Viewer()).filters["technique"]
    assert list(chosen) == ["small angle neutron scattering", "my own"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [("mul", "Müller, Karl"), ("MÜL", "Muller"), ("strasse", "Straße 5"), ("lod", "Łódź"), ("秀", "湯川 秀樹"),
     ("gren", "Université Grenoble"), ("aero", "Ærøskøbing"), ("ΦΥΣ", "φυσική")],
)  # fmt: skip
def test_a_word_is_found_by_its_beginning_whatever_its_accents(typed: str, value: str) -> None:
    assert re.fullmatch(pattern(typed), value, re.DOTALL)
    assert begins(value, words_in(typed))
    assert not begins(value, ["zzz"])


@given(st.text(max_size=400))
def test_any_typed_text_makes_a_pattern_that_servers_take(text: str) -> None:
    made = pattern(text)
    assert len(made) < 1000
    re.compile(made)
