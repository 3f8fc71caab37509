"""Search within one record's pages: the language of the search box, page by page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.search import QueryError
from puma.search.within import within

PAGES = [
    (7, 1, "Neutron reflectometry of thin films was measured on D17."),
    (7, 2, "The films were annealed; scattering <b>lengths</b> follow."),
    (9, 1, "Neutrons and photons: proposal 8-02-889, La2-xSrxCuO4, small angle x-ray scattering."),
]


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("neutron", [(7, 1), (9, 1)]),
        ("film", [(7, 1), (7, 2)]),
        ("films annealed", [(7, 2)]),
        ('"thin films"', [(7, 1)]),
        ("reflecto*", [(7, 1)]),
        ("films -annealed", [(7, 1)]),
        ("photons | annealed", [(7, 2), (9, 1)]),
        ("8-02-889", [(9, 1)]),
        ("La2-xSrxCuO4", [(9, 1)]),
        ("SAXS", [(9, 1)]),
        ("FILMS author:cotte", [(7, 1), (7, 2)]),
        ("pages:films", [(7, 1), (7, 2)]),
        ("muon", []),
        ("-films", []),
        ("", []),
    ],
)
def test_a_page_is_found_as_the_search_box_would_find_it(text: str, pages: list[tuple[int, int]]) -> None:
    try:
        found = within(PAGES, text)
    except QueryError:
        assert text == "-films"  # the box refuses it too: nothing but an exclusion
        return
    assert [(page.file_id, page.page) for page in found.pages] == pages
    assert found.total == len(pages)


def test_where_no_page_has_all_words_those_with_some_are_told_as_such() -> None:
    found = within(PAGES, "reflectometry annealed")
    assert not found.all_words
    assert [(page.file_id, page.page) for page in found.pages] == [(7, 1), (7, 2)]
    assert [page.page for page in within(PAGES, "reflectometry annealed -scattering").pages] == [1]


def test_pieces_mark_the_words_and_show_markup_as_text() -> None:
    (page,) = within(PAGES, "lengths").pages
    assert page.pieces == ("The films were annealed; scattering &lt;b&gt;<mark>lengths</mark>&lt;/b&gt; follow.",)


def test_only_the_first_pages_are_shown_and_all_are_counted() -> None:
    found = within(((1, number, "ice again") for number in range(1, 200)), "ice", most=10)
    assert ([page.page for page in found.pages], found.total) == (list(range(1, 11)), 199)


def test_what_cannot_be_understood_says_where() -> None:
    with pytest.raises(QueryError):
        within(PAGES, "(films")


WORDS = st.sampled_from(["neutron", "films", "annealed", "photons", "muon"])


@given(WORDS, WORDS)
def test_both_words_are_on_pages_that_each_word_is_on(one: str, other: str) -> None:
    def pages(text: str) -> set[tuple[int, int]]:
        found = within(PAGES, text)
        return {(page.file_id, page.page) for page in found.pages} if found.all_words else set()

    assert pages(f"{one} {other}") == pages(one) & pages(other)
    assert pages(f"{one} | {other}") == pages(one) | pages(other)
    assert pages(f"{one} -{other}") == pages(one) - pages(other)
