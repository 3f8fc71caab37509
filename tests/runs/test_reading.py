"""Reading ahead in a second process changes nothing but the time it takes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from puma.entities import Authorship, Payload, Publication, RawRecord, Run, SkippedRecord
from puma.harvesting import AnySource, Page, harvester
from puma.harvesting import RawRecord as Received
from puma.runs import reading
from puma.runs.harvest import harvest
from puma.runs.reading import ReadAhead
from puma.storage import Storage


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


def works(folder: Path, count: int) -> AnySource:
    with (folder / "works.jsonl").open("w", encoding="utf-8") as file:
        for number in range(count):
            title = [] if number % 700 == 3 else [f"On ice, part {number}"]
            author = [{"family": "Curie", "given": "Marie", "affiliation": [{"name": "Sorbonne"}]}]
            work = {"DOI": f"10.5555/{number}", "title": title, "author": author, "type": "journal-article", "odd": 1}
            file.write(json.dumps(work) + "\n")
    return harvester("crossref").Source(name="works", harvester="crossref", path=folder / "works.jsonl")


def everything(storage: Storage) -> list[object]:
    columns = (
        (Publication.doi, Publication.title, Publication.year),
        (Authorship.name, Authorship.position),
        (RawRecord.key, RawRecord.payload_sha256, RawRecord.problem),
        (Payload.sha256, Payload.size_bytes, Payload.body),
        (SkippedRecord.key, SkippedRecord.reason),
        (Run.state, Run.counters, Run.left_over),
    )
    with storage.reading() as session:
        return [[tuple(row) for row in session.execute(select(*some).order_by(*some[:2]))] for some in columns]


def test_a_long_run_stores_the_same_with_one_core_and_with_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = works(tmp_path, 2600)
    states = []
    for name, worth in (("one", 10_000), ("two", 600)):
        monkeypatch.setattr(reading, "WORTH_A_CORE", worth)
        storage = Storage(f"sqlite:///{tmp_path}/{name}.db")
        storage.migrate()
        report = harvest(storage, source, progress=silent)
        assert (report.state, report.counters["seen"], report.counters["skipped"]) == ("skipped some", 2600, 4)
        assert report.left_over["odd"] == 2596
        states.append(everything(storage))
        again = harvest(storage, source, full=True, progress=silent)
        assert (again.counters["unchanged"], again.counters["added"], again.counters["changed"]) == (2596, 0, 0)
        storage.close()
    assert states[0] == states[1]


def first(one: Page) -> dict[str, bytes]:
    """The first record of a page, under its key in place of its digest."""
    return {one.records[0].key: one.records[0].payload}


def page(number: int) -> Page:
    return Page((Received(f"{number}", b'{"DOI": "10.5555/%d", "title": ["Ice"]}' % number),))


def test_the_page_before_a_fetch_that_fails_is_still_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WORTH_A_CORE", -1)
    source = works(tmp_path, 1)

    def pages() -> Iterator[Page]:
        yield page(1)
        yield page(2)
        raise OSError("the line is cut")

    given = []

    def take(ahead: ReadAhead) -> None:
        for one, read in ahead.pages(pages(), first):
            given.append((one.records[0].key, read[one.records[0].key].claims[0].keys[0]))

    with ReadAhead(source) as ahead, pytest.raises(OSError, match="cut"):
        take(ahead)
    assert given == [("1", ("doi", "10.5555/1")), ("2", ("doi", "10.5555/2"))]


def test_where_the_second_process_dies_the_first_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WORTH_A_CORE", -1)
    source = works(tmp_path, 1)
    with ReadAhead(source) as ahead:
        given = []
        for _, read in ahead.pages(map(page, range(4)), first):
            given.append(len(read))
            child = ahead._child
            assert child is not None
            child.kill()
    assert given == [1, 1, 1, 1]
