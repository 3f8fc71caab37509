"""Writing, on both engines: replace, delete, undo, rebuild beside and swap, readers while one writes."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from puma.search import Document, Engine, IndexField, Or, RebuildNeeded, Search, Word

MakeEngine = Callable[..., Engine]
ALL = frozenset({"public", "staff", "admin"})
FIELDS = [IndexField("title", "text"), IndexField("topic", "text", facet=True, many=True)]


def note(key: int, title: str, **more: object) -> Document:
    return {"id": key, "kind": "note", "visibility": "public", "title": title, **more}


def titles(engine: Engine, word: str = "note") -> list[str]:
    answer = engine.search(Search(Word(word), ALL, limit=1000))
    assert answer.total == len(answer.hits)
    return sorted(str(hit.fields["title"]) for hit in answer.hits)


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    return make_engine(FIELDS)


def test_an_index_that_was_never_written_is_empty(engine: Engine) -> None:
    answer = engine.search(Search(Word("note"), ALL, facets=["kind"]))
    assert (answer.total, answer.hits, answer.facets) == (0, [], {"kind": []})
    assert engine.count() == 0


def test_nothing_is_seen_before_it_is_published(engine: Engine) -> None:
    assert engine.add([note(1, "note one")]) == 1
    assert titles(engine) == []
    engine.publish()
    assert titles(engine) == ["note one"]


def test_the_same_id_replaces_and_delete_removes(engine: Engine) -> None:
    engine.add([note(1, "note one"), note(2, "note two"), note(1, "note one again")])
    engine.publish()
    engine.add([note(2, "note two again")])
    engine.delete([1, 99])
    engine.publish()
    assert titles(engine) == ["note two again"]
    assert engine.count() == 1


def test_the_last_of_two_with_one_id_wins_in_a_rebuild(engine: Engine) -> None:
    assert engine.rebuild([note(1, "note first"), note(2, "note other"), note(1, "note last")]) == 2
    assert titles(engine) == ["note last", "note other"]


@pytest.mark.parametrize(
    "faulty",
    [
        {"id": "1", "kind": "k", "visibility": "public"},
        {"id": True, "kind": "k", "visibility": "public"},
        {"id": -1, "kind": "k", "visibility": "public"},
        {"id": 1, "kind": "k"},
        {"id": 1, "visibility": "public"},
        note(1, "x", topic="not a list"),
        note(1, ["a", "list"]),  # type: ignore[arg-type]
        note(1, "x", topic=[5]),
    ],
)
def test_a_faulty_document_is_refused_and_nothing_of_its_portion_stays(faulty: Document, engine: Engine) -> None:
    engine.rebuild([note(7, "note seven")])
    with pytest.raises(ValueError, match=r"id|document 1"):
        engine.add([note(8, "note eight"), faulty])
    with pytest.raises(ValueError, match=r"id|document 1"):
        engine.rebuild([note(9, "note nine"), faulty])
    engine.publish()
    assert titles(engine) == ["note seven"]
    engine.add([note(10, "note ten")])
    engine.publish()
    assert titles(engine) == ["note seven", "note ten"]


def test_readers_see_the_old_index_whole_until_the_new_one_is_whole(make_engine: MakeEngine) -> None:
    engine, reader = make_engine(FIELDS), make_engine(FIELDS)
    engine.rebuild([note(key, "note old") for key in range(50)])
    seen: set[tuple[str, ...]] = set()
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(tuple(titles(reader)))
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()

    def slowly(word: str) -> Iterator[Document]:
        for key in range(70):
            time.sleep(0.001)
            yield note(key, f"note {word}")

    for word in ("new", "newer", "newest"):
        engine.rebuild(slowly(word))
        assert titles(engine) == [f"note {word}"] * 70
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert seen <= {("note old",) * 50, *(("note " + word,) * 70 for word in ("new", "newer", "newest"))}
    assert titles(reader) == ["note newest"] * 70


def test_readers_never_see_half_of_a_portion(engine: Engine) -> None:
    engine.rebuild([note(key, "note 0") for key in range(20)])
    counts: set[tuple[str, ...]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            counts.add(tuple(titles(engine)))

    thread = threading.Thread(target=read)
    thread.start()
    for turn in range(1, 8):
        engine.add([note(key, f"note {turn}") for key in range(20)])
        engine.publish()
    stop.set()
    thread.join()
    assert counts <= {(f"note {turn}",) * 20 for turn in range(8)}


def test_a_rebuild_that_fails_leaves_the_old_index_and_no_rubbish(engine: Engine) -> None:
    engine.rebuild([note(1, "note one")])

    def broken() -> Iterator[Document]:
        yield note(2, "note two")
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        engine.rebuild(broken())
    assert titles(engine) == ["note one"]
    assert engine.rebuild([note(3, "note three")]) == 1
    assert titles(engine) == ["note three"]


def test_an_index_of_other_fields_asks_for_a_rebuild_and_is_then_usable(make_engine: MakeEngine) -> None:
    make_engine(FIELDS).rebuild([note(1, "note one")])
    other = make_engine([*FIELDS, IndexField("year", "integer")])
    with pytest.raises(RebuildNeeded):
        other.search(Search(None, ALL))
    for ask in (other.count, other.prints):
        with pytest.raises(RebuildNeeded):
            ask()
    with pytest.raises(RebuildNeeded):
        other.add([note(2, "note two")])
    other.rebuild([note(3, "note three", year=2001)])
    assert titles(other) == ["note three"]


@pytest.mark.parametrize("names", [("id",), ("kind",), ("print",), ("a", "a"), ("Bad",), ("",)])
def test_field_names_are_checked(names: tuple[str, ...], make_engine: MakeEngine) -> None:
    with pytest.raises(ValueError, match="name"):
        make_engine([IndexField(name, "text") for name in names])


def test_the_prints_of_all_documents_are_told_as_they_were_last_published(engine: Engine) -> None:
    assert engine.prints() == {}
    engine.rebuild([note(1, "note one", print=7), note(2, "note two"), note(3, "note three", print=2**62)])
    engine.add([note(1, "note one", print=8)])
    engine.delete([2])
    assert engine.prints() == {1: 7, 2: 0, 3: 2**62}
    engine.publish()
    assert engine.prints() == {1: 8, 3: 2**62}


def test_a_text_longer_than_a_million_letters_is_found_and_marked_at_its_end(make_engine: MakeEngine) -> None:
    engine = make_engine([IndexField("title", "text"), IndexField("pages", "text", many=True)])
    engine.rebuild([note(1, "thesis", pages=["first", "lorem ipsum " * 100_000 + "needle in hay", "x" * 1_000_000])])
    (hit,) = engine.search(Search(Word("needle"), ALL)).hits
    (snippet,) = hit.snippets
    assert snippet.page == 2
    assert snippet.html.endswith("lorem ipsum <mark>needle</mark> in hay")


def test_every_page_of_more_than_ten_thousand_hits_can_be_reached(engine: Engine) -> None:
    """One request to a server reaches ten thousand."""
    engine.rebuild(note(key, f"note {key % 7}", topic=["t"]) for key in range(10_100))
    near, far = (engine.search(Search(Word("note"), ALL, offset=offset, limit=10)) for offset in (9_990, 10_095))
    assert [hit.id for hit in near.hits] == list(range(109, 99, -1))
    assert [hit.id for hit in far.hits] == [4, 3, 2, 1, 0]
    assert {answer.total for answer in (near, far)} == {10_100}
    assert far.hits[0].snippets[0].html == "<mark>note</mark> 4"
    across = engine.search(Search(None, ALL, sort="oldest", offset=9_995, limit=10, facets=["topic"]))
    assert [hit.id for hit in across.hits] == list(range(9_995, 10_005))
    assert [one.count for one in across.facets["topic"]] == [10_100]
    assert engine.search(Search(Word("note"), ALL, offset=10_100)).hits == []
    assert len(engine.search(Search(Word("note"), ALL, limit=10_100, highlight=False)).hits) == 10_100
    assert len(engine.prints()) == 10_100


def test_among_ten_thousand_chosen_records_only_those_are_found_counted_and_listed(engine: Engine) -> None:
    """A collection: its records, of which some are not there and some are not for this viewer."""
    engine.rebuild(
        note(key, f"note {key % 7}", topic=[f"t{key % 3}"], visibility="public" if key % 10 else "staff")
        for key in range(2_200)
    )
    chosen = list(range(1, 20_001, 2))
    public = frozenset({"public"})
    some = engine.search(Search(Word("note"), public, among=chosen, sort="oldest", limit=3, facets=["topic"]))
    assert (some.total, [hit.id for hit in some.hits]) == (1_100, [1, 3, 5])
    assert {one.value: one.count for one in some.facets["topic"]} == {"t0": 367, "t1": 367, "t2": 366}
    assert list(engine.ids(Search(None, public, among=chosen, sort="oldest"))) == list(range(1, 2_200, 2))
    every = engine.search(Search(None, public, among=list(range(0, 20_000, 2)), limit=0, facets=["topic"]))
    assert every.total == sum(one.count for one in every.facets["topic"]) == 880
    both = Search(Word("3"), public, {"topic": ["t1"]}, among=chosen[:50], facets=["topic"])
    assert [hit.id for hit in engine.search(both).hits] == [key for key in range(99, 0, -2) if key % 21 == 10]
    assert engine.search(replace(both, among=[])).total == 0
    assert list(engine.ids(replace(both, among=[]))) == []


def test_a_question_of_as_many_words_as_may_be_typed_is_answered(make_engine: MakeEngine) -> None:
    fields = [IndexField(f"f{number}", "text", boost=number + 1) for number in range(12)]
    engine = make_engine(fields)
    engine.rebuild({"id": key, "kind": "k", "visibility": "public", f"f{key}": f"word{key}"} for key in range(12))
    words = Or(tuple(Word(f"word{number}") for number in range(64)))
    answer = engine.search(Search(words, ALL))
    assert answer.total == 12
    assert answer.hits[0].id == 11


def test_counts_are_exact_where_a_field_has_more_values_than_a_part_of_the_index_reports(engine: Engine) -> None:
    """Seven thousand values, most of them once, with ties at every cut; the same of those that begin as typed."""
    few = {f"topic {number:03}": number for number in range(1, 60)}
    rare = iter(range(10**9))

    def notes() -> Iterator[Document]:
        for key in range(2_400):
            often = [name for name, times in few.items() if key % 60 < times]
            yield note(key, "note", topic=[*often, *(f"once {next(rare):06}" for _ in range(3))])

    engine.rebuild(notes())

    def counted(size: int, like: str = "") -> list[tuple[str, int]]:
        answer = engine.search(Search(None, ALL, facets=["topic"], facet_size=size, facet_like=like))
        return [(one.value, one.count) for one in answer.facets["topic"]]

    often = [(f"topic {number:03}", number * 40) for number in range(59, 0, -1)]
    once = [("once 000000", 1), ("once 000001", 1)]
    assert counted(61) == [*often, *once]
    assert counted(5, "topi") == often[:5]
    assert counted(70, "topi") == often
    assert counted(2, "onc") == once
    assert counted(3, "00700") == [(f"once 00700{number}", 1) for number in range(3)]
