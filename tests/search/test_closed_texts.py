"""Pages that only some viewers of a record may read: nobody else finds, counts, excludes or sees anything by them."""

from collections.abc import Callable, Sequence

import pytest

from puma.search import Document, Engine, Search, parse
from puma.search.index_field import IndexField, closed_pages
from puma.search.suggesting import values_like
from puma.visibility import needed

MakeEngine = Callable[..., Engine]
FIELDS = (
    IndexField("title", "text", boost=3),
    IndexField("authors", "text", boost=2, facet=True, many=True),
    IndexField("year", "integer", facet=True),
    IndexField("pages", "text", boost=0.5, many=True),
    *(IndexField(closed_pages(one), "text", boost=0.5, many=True, needs=one) for one in ("staff", "admin")),
)
WORDS = {item.name: item for item in FIELDS if not item.needs} | {"fulltext": FIELDS[3]}
ALL, STAFF, PUBLIC = frozenset({"public", "staff", "admin"}), frozenset({"public", "staff"}), frozenset({"public"})
PAPERS: tuple[Document, ...] = (
    {"id": 1, "kind": "paper", "visibility": "public", "title": "Clay", "authors": ["Curie M."], "year": 2001,
     "pages": ["an open page on clay"],
     "pages_staff": ["the kiln was heated", "glazes in small angle x-ray scattering"],
     "pages_admin": ["a secret kiln"]},
    {"id": 2, "kind": "paper", "visibility": "public", "title": "Clay and kiln", "authors": ["Curie I."], "year": 2002},
    {"id": 3, "kind": "paper", "visibility": "public", "title": "Clay only", "authors": ["Meitner L."], "year": 2003,
     "pages_admin": ["kilns", "unobtainium"]},
)  # fmt: skip


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    engine = make_engine(FIELDS, newest_by="year", title="title")
    engine.rebuild(PAPERS)
    return engine


def ids(engine: Engine, typed: str, visible: frozenset[str]) -> set[int]:
    question = Search(parse(typed, WORDS), visible)
    answer = engine.search(question)
    assert answer.total == len(answer.hits)
    assert sorted(engine.ids(question)) == sorted(hit.id for hit in answer.hits)
    return {hit.id for hit in answer.hits}


@pytest.mark.parametrize(
    ("typed", "all_", "staff", "public"),
    [
        ("kiln", {1, 2, 3}, {1, 2}, {2}),
        ("kil*", {1, 2, 3}, {1, 2}, {2}),
        ('"was heated"', {1}, {1}, set()),
        ("SAXS", {1}, {1}, set()),
        ("glazing", {1}, {1}, set()),
        ("fulltext:kiln", {1, 3}, {1}, set()),
        ("pages:unobtainium", {3}, set(), set()),
        ("clay -kiln", set(), {3}, {1, 3}),
        ("clay -fulltext:secret", {2, 3}, {1, 2, 3}, {1, 2, 3}),
        ("secret | open", {1}, {1}, {1}),
        ("kiln open", {1}, {1}, set()),
    ],
)
def test_words_of_pages_find_and_exclude_only_for_those_who_may_read_them(
    typed: str, all_: set[int], staff: set[int], public: set[int], engine: Engine
) -> None:
    assert [ids(engine, typed, visible) for visible in (ALL, STAFF, PUBLIC)] == [all_, staff, public]


def test_facets_and_offered_values_count_nothing_that_was_found_by_pages_one_may_not_read(engine: Engine) -> None:
    def counted(visible: frozenset[str]) -> tuple[Sequence[str], Sequence[str]]:
        question = Search(parse("kiln", WORDS), visible, facets=["authors"])
        offered = values_like(engine, question, "authors", "cur")
        return [one.value for one in engine.search(question).facets["authors"]], [one.value for one in offered]

    assert counted(PUBLIC) == (["Curie I."], ["Curie I."])
    assert counted(STAFF) == (["Curie I.", "Curie M."], ["Curie I.", "Curie M."])
    assert counted(ALL) == (["Curie I.", "Curie M.", "Meitner L."], ["Curie I.", "Curie M."])


def test_pages_are_marked_and_numbered_as_if_those_one_may_not_read_were_not_there(engine: Engine) -> None:
    def told(typed: str, visible: frozenset[str]) -> list[tuple[str, int | None, str]]:
        answer = engine.search(Search(parse(typed, WORDS), visible, filters={"year": ["2001"]}))
        return [(one.field, one.page, one.html) for hit in answer.hits for one in hit.snippets]

    title, page = ("title", None, "<mark>Clay</mark>"), ("pages", 1, "an open page on <mark>clay</mark>")
    assert told("clay | kiln", PUBLIC) == [title, page]
    assert told("clay | kiln", STAFF) == [title, page, ("pages", 2, "the <mark>kiln</mark> was heated")]
    assert told("kiln", ALL)[-1] == ("pages", 4, "a secret <mark>kiln</mark>")
    hits = engine.search(Search(parse("clay", WORDS), ALL)).hits
    assert all("pages" not in name for hit in hits for name in hit.fields)


@pytest.mark.parametrize(
    ("file", "record", "besides"),
    [
        (("public", ""), ("public", ""), ""),
        (("internal", ""), ("public", ""), "internal"),
        (("restricted", ""), ("public", ""), "restricted"),
        (("internal", ""), ("internal", ""), ""),
        (("public", ""), ("restricted", ",12,"), ""),
        (("restricted", ""), ("restricted", ""), ""),
        (("restricted", ",12,15,"), ("restricted", ",12,"), ""),
        (("restricted", ",15,"), ("restricted", ",12,"), "restricted"),
        (("restricted", ""), ("restricted", ",12,"), "restricted"),
        (("restricted", ",12,"), ("internal", ""), "restricted"),
    ],
)
def test_a_file_is_read_by_who_sees_its_record_unless_it_is_for_fewer(
    file: tuple[str, str], record: tuple[str, str], besides: str
) -> None:
    assert needed(file, record) == besides
