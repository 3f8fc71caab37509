"""The embedded engine alone: its folder, its one writer, a writer that is killed, an index in many segments."""

import itertools
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from puma.errors import TryLater
from puma.search import Document, EmbeddedEngine, IndexField, Search, Word
from puma.search.beginnings import begins
from puma.search.words import words_in

ALL = frozenset({"public", "staff", "admin"})
FIELDS = [IndexField("title", "text"), IndexField("topic", "text", facet=True, many=True)]


def note(key: int, title: str, **more: object) -> Document:
    return {"id": key, "kind": "note", "visibility": "public", "title": title, **more}


def titles(engine: EmbeddedEngine) -> list[str]:
    answer = engine.search(Search(Word("note"), ALL, limit=1000))
    return sorted(str(hit.fields["title"]) for hit in answer.hits)


def generations(folder: Path) -> int:
    return len(list(folder.glob("generation-*")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def engine(folder: Path) -> EmbeddedEngine:
    return EmbeddedEngine(folder, FIELDS)


def test_only_the_generation_in_use_stays(engine: EmbeddedEngine, folder: Path) -> None:
    engine.rebuild([note(1, "note one")])
    engine.rebuild([note(2, "note two")])
    with pytest.raises(ValueError, match="id"):
        engine.rebuild([note(-1, "note minus one")])
    assert generations(folder) == 1
    assert titles(engine) == ["note two"]


def test_a_second_writer_is_told_to_come_later_and_may_write_after_publish(
    engine: EmbeddedEngine, folder: Path
) -> None:
    second = EmbeddedEngine(folder, FIELDS)
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
def test_a_killed_writer_leaves_the_old_index_readable_and_writable(
    way: str, engine: EmbeddedEngine, folder: Path
) -> None:
    engine.rebuild([note(1, "note one")])
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
    assert generations(folder) == 1


@pytest.mark.parametrize("values", [40, 700, 3_000, 100_000])
def test_counts_in_many_segments_are_those_counted_by_hand(values: int, engine: EmbeddedEngine) -> None:
    draw = random.Random(values)
    notes = [
        note(key, "note", topic=[f"topic {int(draw.paretovariate(0.5)) % values} (+)", f"t. {draw.randrange(values)}"])
        for key in range(4_200)
    ]
    for start in range(0, len(notes), 700):  # each portion is a segment
        engine.add(notes[start : start + 700])
        engine.publish()
    for visible in (notes, notes[:900]):
        counted = Counter(str(value) for one in visible for value in set(one["topic"]))  # type: ignore[call-overload]  # a list
        ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        among = None if visible is notes else [int(str(one["id"])) for one in visible]
        for size, like in itertools.product((1, 4, 25, 60), ("", "topi", "7")):
            question = Search(None, ALL, facets=["topic"], facet_size=size, facet_like=like, among=among)
            told = engine.search(question).facets["topic"]
            fitting = (one for one in ordered if begins(one[0], words_in(like)))
            assert [(one.value, one.count) for one in told] == list(itertools.islice(fitting, size))


def test_counts_are_remembered_until_something_is_published(engine: EmbeddedEngine) -> None:
    engine.rebuild([note(1, "note one", topic=["a"]), note(2, "note two", topic=["a"], visibility="staff")])

    def counted(visible: frozenset[str]) -> list[tuple[str, int]]:
        told = engine.search(Search(Word("note"), visible, facets=["topic"])).facets["topic"]
        told_again = engine.search(Search(Word("note"), visible, facets=["topic"], limit=0)).facets["topic"]
        told_again.clear()  # a caller's own list
        return [(one.value, one.count) for one in told]

    assert (counted(ALL), counted(frozenset({"public"})), counted(ALL)) == ([("a", 2)], [("a", 1)], [("a", 2)])
    engine.add([note(3, "note three", topic=["a", "b"])])
    assert counted(ALL) == [("a", 2)]
    engine.publish()
    assert counted(ALL) == [("a", 3), ("b", 1)]


@pytest.mark.slow
def test_counts_are_exact_where_every_segment_holds_more_values_than_it_reports(folder: Path) -> None:
    """A field with 120,000 values, most of them once: more than one aggregation may hold; a second field is counted
    beside it by another thread."""
    engine = EmbeddedEngine(folder, [*FIELDS, IndexField("half", "keyword", facet=True)])
    few = {f"topic {number:03}": number for number in range(1, 40)}
    rare = iter(range(10**9))

    def notes() -> Iterator[Document]:
        for key in range(40_000):
            often = [name for name, times in few.items() if key % 40 < times]
            yield note(key, "note", topic=[*often, *(f"once {next(rare):06}" for _ in range(3))], half=f"{key % 2}")

    engine.rebuild(notes())
    counted = engine.search(Search(None, ALL, facets=["half", "topic"], facet_size=25)).facets
    assert [(one.value, one.count) for one in counted["half"]] == [("0", 20_000), ("1", 20_000)]
    assert [(one.value, one.count) for one in counted["topic"]] == [
        (f"topic {number:03}", number * 1000) for number in range(39, 14, -1)
    ]
    many = engine.search(Search(None, ALL, facets=["topic"], facet_size=41)).facets["topic"]
    assert [(one.value, one.count) for one in many[-2:]] == [("once 000000", 1), ("once 000001", 1)]
