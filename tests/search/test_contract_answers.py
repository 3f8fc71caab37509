"""What the forty records answer, on both engines: hits, order, facets, highlights, dates and codes as typed."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from puma.errors import WrongUsage
from puma.search import Answer, Engine, IndexField, Search, parse

EVERYBODY = frozenset({"public"})
STAFF = frozenset({"public", "staff"})
ADMIN = frozenset({"public", "staff", "admin"})


def ask(engine: Engine, typed: str, words: Mapping[str, IndexField], **more: object) -> Answer:
    given: dict[str, object] = {"visible": EVERYBODY, "limit": 50, **more}
    return engine.search(Search(parse(typed, words), **given))  # type: ignore[arg-type]  # a table of keywords


def ids(answer: Answer) -> list[int]:
    return [hit.id for hit in answer.hits]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('"van gogh" painting*', {1, 5}),
        ('painting* "van gogh"', {1, 5}),
        ('"van gogh"', {1, 3, 4, 5}),
        ('"gogh van"', {2}),
        ("van gogh", {1, 2, 3, 4, 5}),
        ("painting*", {1, 2, 5}),
        ("paintings", {1, 2, 4, 5, 13}),
        ("gogh -painting*", {3, 4}),
        ("gogh -paintings", {3}),
        ("cotte", {1, 4, 5, 13}),
        ("Cotté", {1, 4, 5, 13}),
        ("author:cotte", {1, 4, 5, 13}),
        ("author:(cotte -susini)", {1, 4, 13}),
        ('author:"theo van"', {2}),
        ('author:"van theo"', set()),
        ("author:o'brien", {10, 11}),
        ("author:o’brien", {10, 11}),
        ("author:muller", {6, 7}),
        ("La2-xSrxCuO4", {6}),
        ("La₂₋ₓSrₓCuO₄", {6}),
        ("la2–xsrxcuo4", {6}),
        ("La2CuO4", {7}),
        ("C++", {8}),
        ("c library", {8, 9}),
        ("Ca2+", {10}),
        ("calmodulin", {10, 11}),
        ("10.1038/nature12345", {10}),
        ("10.1038/nature1234", {11}),
        ("doi:10.1038/NATURE1234", {11}),
        ("https://doi.org/10.1038/nature1234", {11}),
        ("xray lipid", {23}),
        ("doi:10.1038/*", {10, 11}),
        ("10.1038/nature*", {10, 11}),
        ("10.1016/S0168-9002(00)00123-4", {12}),
        ("IH-CH-659", {13}),
        ("ih‑ch–659", {13}),
        ("code:IH-CH-6*", {13}),
        ("happiness", {16, 17}),
        ("crystals", {16, 17}),
        ("量子", {18}),
        ("子量", set()),
        ("回折", {18}),
        ("дифракция", {19}),
        ("lodz", {20}),
        ("Dynamics of Łódź clay – a study", {20}),
        ("neutron (polymer | micelles)", {21, 24}),
        ("neutron | x-ray", {1, 6, 21, 22, 23, 24}),
        ("reflectometry films -(neutron lipid)", {21, 23}),
        ("time-resolved", {26, 27}),
        ("type:article", {1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21, 22, 23, 24, 25, 26, 27, 28, 33, 34, 35}),
        ("type:proposal_accepted", {13}),
        ("article", set()),
        ("instrument:id21", {1, 5, 13}),
        ("id21", {1, 5, 13}),
        ("country:ie", {10, 11}),
        ("year:2015-2016", {1, 5}),
        ("year:-1998", {6, 40}),
        ("year:2023-", {33, 34, 35}),
        ("deposited:2012", {10}),
        ("deposited:2012-12-01..2013", {10, 11}),
        ("open:yes", {1}),
        ("open:no", {3}),
        ("lysozyme -year:2001", {30, 31}),
        ("the and of with", {40}),
        ("nothingtobefound", set()),
        ("unobtainium", set()),
        ("needle", {30}),
    ],
)
def test_this_query_finds_these_records(
    typed: str, expected: set[int], forty: Engine, words: Mapping[str, IndexField]
) -> None:
    answer = ask(forty, typed, words)
    assert set(ids(answer)) == expected
    assert answer.total == len(expected)


def test_what_the_title_holds_stands_before_abstract_and_full_text(
    forty: Engine, words: Mapping[str, IndexField]
) -> None:
    answer = ask(forty, "perovskite", words)
    assert [(hit.id, hit.score) for hit in answer.hits] == [(33, 3), (34, 1), (35, 0.5)]


def test_newest_first_among_equals_and_undated_last_both_ways(forty: Engine, words: Mapping[str, IndexField]) -> None:
    assert ids(ask(forty, "lysozyme", words)) == [30, 29, 28, 31]
    assert ids(ask(forty, "lysozyme", words, sort="newest")) == [30, 29, 28, 31]
    assert ids(ask(forty, "lysozyme", words, sort="oldest")) == [28, 29, 30, 31]
    assert ids(ask(forty, "lysozyme", words, sort="title")) == [28, 29, 30, 31]


def test_titles_sort_without_case_and_accents(forty: Engine, words: Mapping[str, IndexField]) -> None:
    assert ids(ask(forty, "year:2019-2021", words, sort="title")) == [17, 16, 38, 4, 37]


def test_a_page_snippet_tells_the_page_and_marks_only_what_was_asked(
    forty: Engine, words: Mapping[str, IndexField]
) -> None:
    (first, *_) = ask(forty, '"van gogh" painting* -susini', words).hits
    assert first.id == 1
    assert [(one.field, one.page, one.html) for one in first.snippets] == [
        ("title", None, "Degradation of chrome yellow in <mark>Van Gogh</mark> <mark>paintings</mark>"),
        ("pages", 1, "<mark>Van Gogh</mark> used chrome yellow."),
        ("pages", 2, "The <mark>painting</mark> was darkened. X-ray fluorescence of the <mark>paintings</mark>."),
    ]


def test_an_empty_page_counts_as_a_page(forty: Engine, words: Mapping[str, IndexField]) -> None:
    (hit,) = ask(forty, "pages:perovskite", words).hits
    assert [(one.page, one.html) for one in hit.snippets] == [(2, "<mark>perovskite</mark> here")]


def test_markup_in_a_text_is_shown_as_text(forty: Engine, words: Mapping[str, IndexField]) -> None:
    (hit,) = ask(forty, "beams author:script", words).hits
    assert [one.html for one in hit.snippets] == [
        "&lt;b&gt;Bold&lt;/b&gt; &amp; brave <mark>beams</mark>",
        "<mark>Script</mark> &lt;i&gt;Ann&lt;/i&gt;",
        "&lt;script&gt;alert(&quot;<mark>beam</mark>&quot;)&lt;/script&gt; &amp; more <mark>beams</mark>",
    ]


def test_marks_stay_in_place_where_letters_fold_to_more_or_fewer(
    forty: Engine, words: Mapping[str, IndexField]
) -> None:
    (formula,) = ask(forty, "La2-xSrxCuO4", words).hits
    assert [one.html for one in formula.snippets] == [
        "Superconductivity of <mark>La2-xSrxCuO4</mark>",
        "Neutron study of <mark>La₂₋ₓSrₓCuO₄</mark> at low temperature.",
    ]
    (library,) = ask(forty, "c++", words).hits
    assert library.snippets[0].html == "A <mark>C++</mark> library for Rietveld refinement"
    (book,) = ask(forty, "力学", words).hits
    assert book.snippets[0].html == "量子<mark>力学</mark>とX線回折"


def test_a_long_page_is_cut_around_the_found_word(forty: Engine, words: Mapping[str, IndexField]) -> None:
    (hit,) = ask(forty, "needle", words).hits
    (snippet,) = hit.snippets
    assert snippet.html.startswith("…x x")
    assert snippet.html.endswith("x <mark>needle</mark>")
    assert len(snippet.html) < 150


def test_stored_values_come_back_as_given_and_dates_as_iso_text(forty: Engine, words: Mapping[str, IndexField]) -> None:
    (hit,) = ask(forty, "IH-CH-659", words).hits
    assert hit.fields == {
        "kind": "proposal", "visibility": "public", "title": "Chromium in paint layers", "year": 2014,
        "code": "IH-CH-659", "authors": ["Cotte Marine"], "instruments": ["ID21"], "type": "PROPOSAL_ACCEPTED",
        "country": ["FR"], "deposited": "2014-02-28",
    }  # fmt: skip


def test_a_facet_ignores_its_own_selection_and_obeys_the_others(forty: Engine, words: Mapping[str, IndexField]) -> None:
    answer = ask(
        forty, "", words, filters={"instruments": ["ID21", "D17"], "country": ["FR"]}, facets=["instruments", "country"]
    )
    assert set(ids(answer)) == {1, 5, 13, 22}
    counted = {name: {one.value: one.count for one in values} for name, values in answer.facets.items()}
    assert counted["country"] == {"FR": 4, "IT": 1, "US": 1}
    assert counted["instruments"]["ID27"] == 2
    assert counted["instruments"]["D17"] == 1


def test_equal_counts_stand_in_alphabetical_order_and_the_cut_respects_it(
    forty: Engine, words: Mapping[str, IndexField]
) -> None:
    everything = ask(forty, "", words, facets=["authors"], facet_size=1000).facets["authors"]
    assert everything == sorted(everything, key=lambda one: (-one.count, one.value))
    for size in (0, 1, 3, 7):
        assert ask(forty, "", words, facets=["authors"], facet_size=size).facets["authors"] == everything[:size]


def test_years_of_dates_whole_numbers_and_yes_or_no_are_counted_as_text(
    forty: Engine, words: Mapping[str, IndexField]
) -> None:
    facets = ask(forty, "calmodulin | author:cotte", words, facets=["deposited", "year", "open", "kind"]).facets
    told = {name: {one.value: one.count for one in values} for name, values in facets.items()}
    assert told["deposited"] == {"2012": 1, "2013": 1, "2014": 1, "2015": 1}
    assert told["year"] == {"2012": 2, "2014": 1, "2015": 1, "2016": 1, "2019": 1}
    assert told["open"] == {"true": 1}
    assert told["kind"] == {"publication": 5, "proposal": 1}


@pytest.mark.parametrize(
    "more",
    [
        {"facets": ["title"]},
        {"facets": ["nonsense"]},
        {"filters": {"nonsense": ["x"]}},
        {"filters": {"title": ["x"]}},
        {"ranges": {"title": (1, 2)}},
        {"offset": -1},
        {"limit": -1},
    ],
)
def test_a_question_the_index_cannot_answer_is_refused(
    more: dict[str, object], forty: Engine, words: Mapping[str, IndexField]
) -> None:
    with pytest.raises(WrongUsage):
        ask(forty, "", words, **more)


def test_who_may_see_more_finds_more(forty: Engine, words: Mapping[str, IndexField]) -> None:
    assert set(ids(ask(forty, "chromium", words))) == {13}
    assert set(ids(ask(forty, "chromium", words, visible=STAFF))) == {13, 14}
    assert set(ids(ask(forty, "unobtainium", words, visible=ADMIN))) == {15}
    assert ask(forty, "", words, visible=frozenset()).total == 0


def test_an_abbreviation_of_a_technique_finds_what_is_written_out_and_the_other_way_round(
    make_engine: Callable[..., Engine], fields: Sequence[IndexField], words: Mapping[str, IndexField]
) -> None:
    engine = make_engine(fields, newest_by="year")
    titles = ["SAXS of micelles", "Small-angle X-ray scattering of micelles", "Small X-ray angle", "Wide angles: WAXS"]
    engine.rebuild({"id": key, "kind": "k", "visibility": "public", "title": title} for key, title in enumerate(titles))
    assert set(ids(ask(engine, "saxs", words))) == {0, 1}
    assert set(ids(ask(engine, '"small angle x-ray scattering"', words))) == {0, 1}
    assert set(ids(ask(engine, "small-angle-x-ray-scattering micelles", words))) == {0, 1}
    assert set(ids(ask(engine, "micelles -SAXS", words, visible=ADMIN))) == set()
    assert set(ids(ask(engine, "sax*", words))) == {0}
    (marked, _) = ask(engine, "saxs", words).hits
    assert marked.snippets[0].html == "<mark>Small-angle X-ray scattering</mark> of micelles"


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("dying stars", "dying"),
        ("skies over Grenoble", "sky"),
        ("resolving power", "time | resolved"),
        ("time-resolving methods", "time-resolved"),
        ("हिन्दी पाठ", "हिन्दी"),
        ("Größenordnung", "grossenordnung"),
        ("naïve Ångström", "NAIVE angstrom"),
        ("ﬁne ﬂow", "fine flow"),
        ("x² + y²", "x2+"),
        ("αβγ-phase", "αβγ phase"),
        ("proposal MA–4567", "ma‑4567"),
        ("doi:10.1107/S1600577515001234", "10.1107/s1600577515001234"),
        ("(La,Sr)2CuO4", "(La,Sr)2CuO4"),
        ("𝐻𝑎 H2O", "ha"),
    ],
)
def test_what_is_written_so_is_found_when_typed_so(
    written: str,
    typed: str,
    make_engine: Callable[..., Engine],
    fields: Sequence[IndexField],
    words: Mapping[str, IndexField],
) -> None:
    engine = make_engine(fields)
    page = {"kind": "k", "visibility": "public", "title": "nothing", "pages": ["", written]}
    engine.rebuild([{"id": 1, **page}, {"id": 2, "kind": "k", "visibility": "public", "title": "nothing else"}])
    (hit,) = ask(engine, typed, words).hits
    assert hit.id == 1
    assert all("<mark>" in snippet.html for snippet in hit.snippets)
