"""Writing: replace, delete, undo, rebuild beside and swap, killed writers, several processes."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from puma.errors import TryLater
from puma.search import Document, EmbeddedEngine, IndexField, RebuildNeeded, Search, Word

MakeEngine = Callable[..., EmbeddedEngine]
ALL = frozenset({"public", "staff", "admin"})
FIELDS = [IndexField("title", "text"), IndexField("topic", "text", facet=True, many=True)]


def note(key: int, title: str, **more: object) -> Document:
    return {"id": key, "kind": "note", "visibility": "public", "title": title, **more}


def titles(engine: EmbeddedEngine, word: str = "note") -> list[str]:
    answer = engine.search(Search(Word(word), ALL, limit=1000))
    assert answer.total == len(answer.hits)
    return sorted(str(hit.fields["title"]) for hit in answer.hits)


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(tmp_path / "index", FIELDS)


def test_an_index_that_was_never_written_is_empty(engine: EmbeddedEngine) -> None:
    answer = engine.search(Search(Word("note"), ALL, facets=["kind"]))
    assert (answer.total, answer.hits, answer.facets) == (0, [], {"kind": []})
    assert engine.count() == 0


def test_nothing_is_seen_before_it_is_published(engine: EmbeddedEngine) -> None:
    assert engine.add([note(1, "note one")]) == 1
    assert titles(engine) == []
    engine.publish()
    assert titles(engine) == ["note one"]


def test_the_same_id_replaces_and_delete_removes(engine: EmbeddedEngine) -> None:
    engine.add([note(1, "note one"), note(2, "note two"), note(1, "note one again")])
    engine.publish()
    engine.add([note(2, "note two again")])
    engine.delete([1, 99])
    engine.publish()
    assert titles(engine) == ["note two again"]
    assert engine.count() == 1


def test_the_last_of_two_with_one_id_wins_in_a_rebuild(engine: EmbeddedEngine) -> None:
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
def test_a_faulty_document_is_refused_and_nothing_of_its_portion_stays(
    faulty: Document, engine: EmbeddedEngine
) -> None:
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


def test_readers_see_the_old_index_whole_until_the_new_one_is_whole(engine: EmbeddedEngine) -> None:
    engine.rebuild([note(key, "note old") for key in range(50)])
    reader = EmbeddedEngine(engine._generations.folder, FIELDS)
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
    assert len(list(engine._generations.folder.glob("generation-*"))) == 1


def test_readers_never_see_half_of_a_portion(engine: EmbeddedEngine) -> None:
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


def test_a_rebuild_that_fails_leaves_the_old_index_and_no_rubbish(engine: EmbeddedEngine) -> None:
    engine.rebuild([note(1, "note one")])

    def broken() -> Iterator[Document]:
        yield note(2, "note two")
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        engine.rebuild(broken())
    assert titles(engine) == ["note one"]
    assert len(list(engine._generations.folder.glob("generation-*"))) == 1


def test_a_second_writer_is_told_to_come_later_and_may_write_after_publish(engine: EmbeddedEngine) -> None:
    second = EmbeddedEngine(engine._generations.folder, FIELDS)
    engine.add([note(1, "note one")])
    with pytest.raises(TryLater):
        second.add([note(2, "note two")])
    with pytest.raises(TryLater):
        second.rebuild([note(2, "note two")])
    engine.publish()
    second.add([note(2, "note two")])
    second.publish()
    assert titles(engine) == ["note one", "note two"]


KILLED = """
import itertools, sys
from pathlib import Path
from puma.search import EmbeddedEngine, IndexField
fields = [IndexField("title", "text"), IndexField("topic", "text", facet=True, many=True)]
engine = EmbeddedEngine(Path(sys.argv[1]), fields)
def endless():
    for key in itertools.count(1000):
        if key == 4000:
            print("under way", flush=True)
        yield {"id": key, "kind": "note", "visibility": "public", "title": "note " + "never seen " * 50}
getattr(engine, sys.argv[2])(endless())
"""


@pytest.mark.parametrize("way", ["add", "rebuild"])
def test_a_killed_writer_leaves_the_old_index_readable_and_writable(way: str, engine: EmbeddedEngine) -> None:
    engine.rebuild([note(1, "note one")])
    folder = engine._generations.folder
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder), way], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"under way\n"
    process.kill()
    process.wait()
    process.stdout.close()
    fresh = EmbeddedEngine(folder, FIELDS)
    assert titles(fresh) == ["note one"]
    fresh.add([note(2, "note two")])
    fresh.publish()
    assert titles(engine) == ["note one", "note two"]
    fresh.rebuild([note(3, "note three")])
    assert titles(engine) == ["note three"]
    assert len(list(folder.glob("generation-*"))) == 1


def test_an_index_of_other_fields_asks_for_a_rebuild_and_is_then_usable(engine: EmbeddedEngine) -> None:
    engine.rebuild([note(1, "note one")])
    other = EmbeddedEngine(engine._generations.folder, [*FIELDS, IndexField("year", "integer")])
    with pytest.raises(RebuildNeeded):
        other.search(Search(None, ALL))
    with pytest.raises(RebuildNeeded):
        other.add([note(2, "note two")])
    other.rebuild([note(3, "note three", year=2001)])
    assert titles(other) == ["note three"]


@pytest.mark.parametrize("names", [("id",), ("kind",), ("a", "a"), ("Bad",), ("",)])
def test_field_names_are_checked(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name"):
        EmbeddedEngine(tmp_path, [IndexField(name, "text") for name in names])


@pytest.mark.slow
def test_counts_are_exact_where_every_segment_holds_more_values_than_it_reports(engine: EmbeddedEngine) -> None:
    """A field with 120,000 values, most of them once: more than one aggregation may hold."""
    few = {f"topic {number:03}": number for number in range(1, 40)}
    rare = iter(range(10**9))

    def notes() -> Iterator[Document]:
        for key in range(40_000):
            often = [name for name, times in few.items() if key % 40 < times]
            yield note(key, "note", topic=[*often, *(f"once {next(rare):06}" for _ in range(3))])

    engine.rebuild(notes())
    counted = engine.search(Search(None, ALL, facets=["topic"], facet_size=25)).facets["topic"]
    assert [(one.value, one.count) for one in counted] == [
        (f"topic {number:03}", number * 1000) for number in range(39, 14, -1)
    ]
    many = engine.search(Search(None, ALL, facets=["topic"], facet_size=41)).facets["topic"]
    assert [(one.value, one.count) for one in many[-2:]] == [("once 000000", 1), ("once 000001", 1)]
