"""Properties that hold for every question, on both engines: logic, paging, facets, and what one may not see."""

import inspect
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puma.search import (
    And,
    Answer,
    Document,
    Engine,
    IndexField,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    QueryError,
    Search,
    Sort,
    Span,
    Word,
    parse,
)
from puma.search.beginnings import begins
from puma.search.words import words_in

CLASSES = ("public", "staff", "admin")
FACETS = ("authors", "person", "type", "instruments", "country", "year", "deposited", "open", "kind")
VISIBLE = st.sets(st.sampled_from(CLASSES)).map(frozenset)
WORD = st.sampled_from(
    ["van", "gogh", "painting", "paintings", "lysozyme", "iron", "pressure", "c++", "films", "neutron", "x-ray",
     "cotte", "id21", "perovskite", "happy", "10.1038/nature1234", "IH-CH-659", "of", "the", "reflectometry", "量子",
     "unobtainium", "chromium", "ship", "beam"]
)  # fmt: skip
FIELD = st.sampled_from([None, None, None, "title", "authors", "pages", "instruments", "abstract"])
LEAF = st.one_of(
    st.builds(Word, WORD, FIELD),
    st.builds(Prefix, st.sampled_from(["pa", "paint", "go", "x-r", "neu", "10.1038/na", "lys", "IH-CH-6"]), FIELD),
    st.builds(Phrase, st.sampled_from(["van gogh", "gogh van", "lipid films", "under pressure", "x-ray"]), FIELD),
    st.builds(Span, st.just("year"), st.integers(1995, 2024) | st.none(), st.integers(1995, 2024)),
)


def _grown(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pair = st.tuples(parts, parts)
    return st.one_of(
        pair.map(And), pair.map(Or), pair.map(lambda both: And((both[0], Not(both[1])))), st.tuples(parts).map(And)
    )


TREE: st.SearchStrategy[Node] = st.recursive(LEAF, _grown, max_leaves=5)
SORT: st.SearchStrategy[Sort] = st.sampled_from(["relevance", "newest", "oldest", "title"])
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "instruments": st.lists(st.sampled_from(["ID21", "D17", "ID27", "none"]), max_size=2),
        "country": st.lists(st.sampled_from(["FR", "GB", "NL", "LI"]), max_size=2),
        "year": st.lists(st.sampled_from(["2015", "2019", "x"]), max_size=2),
        "open": st.just(["true"]),
    },
)
RANGES = st.fixed_dictionaries(
    {}, optional={"year": st.tuples(st.integers(1990, 2030) | st.none(), st.integers(1990, 2030) | st.none())}
)
EXAMPLES = {"embedded": 250, "opensearch": 60}
"""How many times a property is tried; a question to a server takes many times longer."""

MakeEngine = Callable[..., Engine]
Check = Callable[..., None]


def on_both(*, times: float = 1, **drawn: st.SearchStrategy[object]) -> Callable[[Check], Check]:
    """A property of an engine, tried on each; parameters that are not drawn are fixtures. times: so much more often."""

    def make(check: Check) -> Check:
        lent = [name for name in inspect.signature(check).parameters if name not in drawn]

        def test(request: pytest.FixtureRequest, engine_kind: str) -> None:
            fixtures = {name: request.getfixturevalue(name) for name in lent}

            def tried(**example: object) -> None:
                check(**fixtures, **example)

            slow = [HealthCheck.too_slow]
            number = round(times * EXAMPLES[engine_kind])
            settings(max_examples=number, deadline=None, suppress_health_check=slow)(given(**drawn)(tried))()

        test.__name__ = check.__name__
        return test

    return make


def found(engine: Engine, node: Node | None, visible: frozenset[str] = frozenset(CLASSES)) -> set[int]:
    answer = engine.search(Search(node, visible, limit=100, highlight=False))
    assert answer.total == len(answer.hits)
    return {hit.id for hit in answer.hits}


def untimed(answer: Answer) -> tuple[object, ...]:
    """The answer without the time it took."""
    return answer.total, answer.hits, answer.facets


@on_both(one=TREE, other=TREE)
def test_the_operators_are_those_of_sets(one: Node, other: Node, forty: Engine) -> None:
    first, second = found(forty, one), found(forty, other)
    assert found(forty, And((one, other))) == first & second
    assert found(forty, Or((one, other))) == first | second
    assert found(forty, And((one, Not(other)))) == first - second


@on_both(node=st.none() | TREE, more=VISIBLE, fewer=VISIBLE)
def test_who_may_see_more_finds_at_least_as_much(
    node: Node | None, more: frozenset[str], fewer: frozenset[str], forty: Engine
) -> None:
    assert found(forty, node, fewer) <= found(forty, node, fewer | more)


@on_both(node=st.none() | TREE, sort=SORT, size=st.integers(1, 15), visible=VISIBLE)
def test_the_pages_together_are_all_hits_without_repeats(
    node: Node | None, sort: Sort, size: int, visible: frozenset[str], forty: Engine
) -> None:
    whole = forty.search(Search(node, visible, sort=sort, limit=100))
    pages = [
        forty.search(Search(node, visible, sort=sort, offset=offset, limit=size))
        for offset in range(0, whole.total + size, size)
    ]
    assert [hit for page in pages for hit in page.hits] == whole.hits
    assert len({hit.id for hit in whole.hits}) == whole.total
    assert {page.total for page in pages} == {whole.total}
    assert [hit.score for hit in whole.hits] == sorted((hit.score for hit in whole.hits), reverse=True)


@on_both(
    node=st.none() | TREE, filters=FILTERS, ranges=RANGES, excluded=FILTERS, visible=VISIBLE,
    facet=st.sampled_from(FACETS),
)  # fmt: skip
def test_a_facet_count_is_the_number_of_hits_after_the_click(
    node: Node | None,
    filters: dict[str, list[str]],
    ranges: dict[str, tuple[int | None, int | None]],
    excluded: dict[str, list[str]],
    visible: frozenset[str],
    facet: str,
    forty: Engine,
) -> None:
    values = forty.search(Search(node, visible, filters, ranges, excluded, facets=[facet])).facets[facet]
    other_ranges = {name: span for name, span in ranges.items() if name != facet}
    for value in values[:3] + values[-2:]:
        chosen = {**filters, facet: [value.value]}
        clicked = forty.search(Search(node, visible, chosen, other_ranges, excluded, limit=0))
        assert clicked.total == value.count > 0
    alone = [one.value for one in values if one.value in filters.get(facet, ())]
    others = forty.search(Search(node, visible, {**filters, facet: alone}, other_ranges, excluded, facets=[facet]))
    assert facet in ranges or others.facets[facet] == values  # several of one facet may be chosen: its counts stand


@on_both(
    node=st.none() | TREE, excluded=FILTERS, visible=VISIBLE,
    facet=st.sampled_from(["instruments", "country", "year", "authors"]),
    other=st.sampled_from(["type", "kind", "open"]),
)  # fmt: skip
def test_choosing_one_more_value_of_a_facet_adds_its_hits_and_the_other_facets_count_all_of_them(
    node: Node | None,
    excluded: dict[str, list[str]],
    visible: frozenset[str],
    facet: str,
    other: str,
    forty: Engine,
) -> None:
    values = forty.search(Search(node, visible, excluded=excluded, facets=[facet])).facets[facet][:2]
    each = [set(forty.ids(Search(node, visible, {facet: [one.value]}, excluded=excluded))) for one in values]
    chosen = {facet: [one.value for one in values]}
    both = forty.search(Search(node, visible, chosen, excluded=excluded, facets=[facet, other], limit=100))
    if values:
        assert {hit.id for hit in both.hits} == set().union(*each)
    assert both.facets[facet][:2] == values
    for value in both.facets[other]:
        clicked = Search(node, visible, {**chosen, other: [value.value]}, excluded=excluded, limit=0)
        assert forty.search(clicked).total == value.count > 0


@on_both(one=WORD, other=WORD)
def test_what_is_typed_with_a_minus_never_finds_what_lacks_the_first_word(
    one: str, other: str, forty: Engine, words: Mapping[str, IndexField]
) -> None:
    first, second, both, either, without = (
        found(forty, parse(typed, words))
        for typed in (one, other, f"{one} {other}", f"{one} | {other}", f"{one} -{other}")
    )
    assert without == first - second
    assert both == first & second
    assert either == first | second


@on_both(node=st.none() | TREE, excluded=FILTERS, visible=VISIBLE)
def test_what_is_excluded_is_what_a_filter_would_find(
    node: Node | None, excluded: dict[str, list[str]], visible: frozenset[str], forty: Engine
) -> None:
    everything = found(forty, node, visible)
    for name, values in excluded.items():
        with_it = set(forty.ids(Search(node, visible, {name: values}))) if values else set()
        without_it = set(forty.ids(Search(node, visible, excluded={name: values})))
        assert without_it == everything - with_it
    assert set(forty.ids(Search(node, visible, excluded=excluded))) <= everything


@on_both(node=st.none() | TREE, filters=FILTERS, excluded=FILTERS, visible=VISIBLE, sort=SORT)
def test_the_whole_list_has_every_hit_once_and_in_the_order_of_the_pages(
    node: Node | None,
    filters: dict[str, list[str]],
    excluded: dict[str, list[str]],
    visible: frozenset[str],
    sort: Sort,
    forty: Engine,
) -> None:
    question = Search(node, visible, filters, excluded=excluded, sort=sort, offset=3, limit=2)
    whole = forty.search(Search(node, visible, filters, excluded=excluded, sort=sort, limit=100))
    assert list(forty.ids(question)) == [hit.id for hit in whole.hits]


@on_both(node=st.none() | TREE, visible=VISIBLE, like=st.sampled_from(["co", "COT", "mull", "i", "fra", "rodri", "量"]))
def test_values_that_begin_so_have_the_counts_that_they_have_among_all(
    node: Node | None, visible: frozenset[str], like: str, forty: Engine
) -> None:
    names = ("authors", "instruments")
    everything = forty.search(Search(node, visible, facets=names, facet_size=1000)).facets
    wanted = forty.search(Search(node, visible, facets=names, facet_like=like)).facets
    for name in names:
        assert wanted[name] == [one for one in everything[name] if begins(one.value, words_in(like))]


@pytest.fixture(scope="module")
def without(
    new_place: Callable[[], MakeEngine], records: tuple[Document, ...], fields: tuple[IndexField, ...]
) -> dict[frozenset[str], Engine]:
    """For each set of classes an index that holds nothing else, written in another order and in several portions."""
    engines = {}
    for number in range(2 ** len(CLASSES)):
        visible = frozenset(one for place, one in enumerate(CLASSES) if number >> place & 1)
        engine = new_place()(fields, newest_by="year", title="title")
        seen = [one for one in reversed(records) if one["visibility"] in visible]
        for start in range(0, len(seen), 9):
            engine.add(seen[start : start + 9])
            engine.publish()
        engines[visible] = engine
    return engines


@on_both(
    node=st.none() | TREE, filters=FILTERS, ranges=RANGES, excluded=FILTERS, visible=VISIBLE, sort=SORT,
    offset=st.integers(0, 3), size=st.integers(1, 25),
)  # fmt: skip
def test_the_whole_answer_is_the_same_with_and_without_what_the_viewer_may_not_see(
    node: Node | None,
    filters: dict[str, list[str]],
    ranges: dict[str, tuple[int | None, int | None]],
    excluded: dict[str, list[str]],
    visible: frozenset[str],
    sort: Sort,
    offset: int,
    size: int,
    forty: Engine,
    without: dict[frozenset[str], Engine],
) -> None:
    question = Search(
        node, visible, filters, ranges, excluded, sort=sort, offset=offset, facets=FACETS, facet_size=size
    )
    assert untimed(forty.search(question)) == untimed(without[visible].search(question))


@on_both(
    times=2, typed=st.text(max_size=30) | st.lists(WORD | st.sampled_from(list('"()|+-*:é†')), max_size=6).map(" ".join)
)
def test_no_typed_text_breaks_the_engine(typed: str, forty: Engine, words: Mapping[str, IndexField]) -> None:
    try:
        node = parse(typed, words)
    except QueryError:
        return
    answer = forty.search(Search(node, frozenset(CLASSES), facets=FACETS))
    assert 0 <= len(answer.hits) <= answer.total <= 40


@on_both(times=1 / 10, texts=st.lists(st.tuples(st.text(max_size=40), st.text(max_size=80)), min_size=10, max_size=12))
def test_any_text_can_be_indexed_and_its_words_found_and_marked(texts: list[tuple[str, str]], scratch: Engine) -> None:
    """Some texts are written together, because it is the writing that takes its time."""
    scratch.add(
        {"id": key, "kind": "k", "visibility": "v", "title": title, "pages": [page]}
        for key, (title, page) in enumerate(texts)
    )
    scratch.publish()
    for key, text in ((key, text) for key, both in enumerate(texts) for text in both):
        word = "".join(letter for letter in text if letter.isalpha() and letter.isascii())[:5]
        node = Prefix(word) if text.startswith(word) and len(word) > 1 else None
        answer = scratch.search(Search(node, frozenset({"v"}), among=[key]))
        assert answer.total == 1
        assert node is None or any("<mark>" in snippet.html for snippet in answer.hits[0].snippets)


@pytest.fixture(scope="module")
def scratch(new_place: Callable[[], MakeEngine]) -> Engine:
    return new_place()([IndexField("title", "text"), IndexField("pages", "text", many=True)])


@pytest.mark.parametrize("engine_kind", ["opensearch"], indirect=True, scope="session")
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    node=st.none() | TREE, filters=FILTERS, ranges=RANGES, excluded=FILTERS, visible=VISIBLE, sort=SORT,
    offset=st.integers(0, 3), size=st.integers(1, 25),
)  # fmt: skip
def test_both_engines_give_the_same_answer_to_the_letter(
    node: Node | None,
    filters: dict[str, list[str]],
    ranges: dict[str, tuple[int | None, int | None]],
    excluded: dict[str, list[str]],
    visible: frozenset[str],
    sort: Sort,
    offset: int,
    size: int,
    forty: Engine,
    embedded_forty: Engine,
) -> None:
    question = Search(
        node, visible, filters, ranges, excluded, sort=sort, offset=offset, facets=FACETS, facet_size=size
    )
    assert untimed(forty.search(question)) == untimed(embedded_forty.search(question))
