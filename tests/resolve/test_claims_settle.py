"""Which value wins where claims disagree: pure, without any database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.claims import KNOWN, LONGEST_KEY, Claim, check, column_value, says, settle
from puma.errors import SkipRecord

WORDS = st.one_of(st.none(), st.just(""), st.text(max_size=5), st.integers(), st.booleans())
CLAIMS = st.lists(
    st.tuples(st.integers(), st.dictionaries(st.sampled_from(["title", "year", "doi", "type"]), WORDS)), max_size=6
)


def test_the_first_claim_that_says_something_wins_field_by_field() -> None:
    ranked: list[tuple[object, dict[str, Any]]] = [
        ("office", {"title": "A", "year": None}),
        ("index", {"title": "B", "year": 2020, "doi": ""}),
    ]
    assert settle(ranked) == ({"title": "A", "year": 2020}, {"title": "office", "year": "index"})


@pytest.mark.parametrize("nothing", [None, "", [], ()])
def test_an_empty_value_says_nothing(nothing: object) -> None:
    assert not says(nothing)
    assert settle([("a", {"title": nothing}), ("b", {"title": "B"})]) == ({"title": "B"}, {"title": "b"})
    assert settle([("a", {"title": nothing})]) == ({}, {})


@pytest.mark.parametrize("value", [0, False, 0.0])
def test_nought_and_no_are_said_and_win(value: object) -> None:
    assert settle([("a", {"citations": value}), ("b", {"citations": 7})])[0] == {"citations": value}


def test_keywords_of_all_sources_are_put_together_once_each() -> None:
    ice, fire = {"namespace": "AUTHOR", "value": "ice"}, {"namespace": "AUTHOR", "value": "fire"}
    settled, origins = settle([("a", {"keywords": [ice]}), ("b", {"keywords": [fire, ice]})])
    assert settled["keywords"] == [ice, fire]
    assert origins["keywords"] == "a"


def test_authors_are_never_mixed_from_two_sources() -> None:
    mine, theirs = [{"name": "Curie, M."}], [{"name": "Curie, Marie"}, {"name": "Curie, Pierre"}]
    assert settle([("a", {"authors": mine}), ("b", {"authors": theirs})])[0]["authors"] == mine


@given(CLAIMS)
def test_every_settled_value_was_said_by_the_best_that_said_anything(
    ranked: list[tuple[object, dict[str, Any]]],
) -> None:
    settled, origins = settle(ranked)
    assert settled.keys() == origins.keys()
    for name in {name for _, values in ranked for name in values}:
        sayers = [(origin, values[name]) for origin, values in ranked if name in values and says(values[name])]
        assert ((origins.get(name), settled.get(name)) if name in settled else None) == next(iter(sayers), None)


@given(CLAIMS)
def test_a_claim_below_all_others_never_changes_a_value(ranked: list[tuple[object, dict[str, Any]]]) -> None:
    before = settle(ranked)[0]
    after = settle([*ranked, ("last", {"title": "Z", "year": 1})])[0]
    assert {**after, **before} == after


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (Claim("spaceship", (("doi", "10.1/x"),), {}), "no kind of record"),
        (Claim("publication", (), {}), "without any identifier"),
        (Claim("publication", (("doi", ""),), {}), "empty or longer"),
        (Claim("publication", (("doi", "1" * (LONGEST_KEY + 1)),), {}), "empty or longer"),
        (Claim("publication", (("doi", "10.1/x"),), {"colour": "red"}), "unknown fields of a publication: colour"),
        (Claim("publication", (("doi", "10.1/x"),), {"published_on": "0000-00-00"}), "is not a day"),
        (Claim("publication", (("doi", "10.1/x"),), {"year": "MMXX"}), "is not a year"),
        (Claim("publication", (("doi", "10.1/x"),), {"doi": "1" * 401}), "longer than 400"),
        (Claim("file", (("sha256", "0"),), {"state": "text"}), "unknown fields of a file: state"),
    ],
)
def test_a_claim_that_cannot_be_stored_is_skipped_with_its_reason(claim: Claim, reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        check(claim)


def test_an_overlong_label_is_cut_and_shows_it() -> None:
    assert column_value("publication", "publisher", "x" * 400) == "x" * 299 + "…"


@pytest.mark.parametrize("kind", sorted(KNOWN))
def test_a_claim_that_says_nothing_but_its_identifier_is_sound(kind: str) -> None:
    assert check(Claim(kind, (("source", "x:1"),), dict.fromkeys(KNOWN[kind]))).kind == kind
