"""Index and database: what changed is written, differences are found and mended, and the two engines hold the same."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from puma.entities import Affiliation, AuthorshipAffiliation, File, FilePage, Institution, Publication, Record
from puma.search import Engine, Search, parse
from puma.search.documents import INDEX_FIELDS, NEWEST_BY, TITLE, WORDS
from puma.search.engine import Document
from puma.search.indexing import differences, index, index_changes
from puma.storage import Storage
from tests.conftest import Filling
from tests.resolve.desk import Desk, dataset, proposal, publication

MakeEngine = Callable[..., Engine]
PUBLIC, STAFF = frozenset({"public"}), frozenset({"public", "internal"})


def nobody(doing: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


def paper(number: int, title: str = "A paper") -> Any:
    authors = [{"name": f"Curie {number}", "affiliations": [{"text": "Univ. Paris", "country": "FR"}]}]
    return publication(("doi", f"10.1/{number}"), title=f"{title} {number}", year=2020, authors=authors)


def thirty(storage: Storage) -> Desk:
    desk = Desk(storage, {"library": 10})
    desk.hand_in("library", *(paper(number) for number in range(30)))
    return desk


@pytest.fixture
def desk(copied: Callable[[Filling], tuple[Storage, Desk]]) -> Desk:
    """Thirty publications in a database, on each of the two."""
    storage, first = copied(thirty)
    return first.beside(storage)


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    return make_engine(INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)


class Counting:
    """An engine that tells which documents were written to it, by way of what calls it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.written: list[int] = []
        self.rebuilt = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def add(self, documents: Any) -> int:
        def told() -> Any:
            for document in documents:
                self.written.append(document["id"])
                yield document

        return self.engine.add(told())

    def rebuild(self, documents: Any) -> int:
        self.rebuilt += 1
        return self.engine.rebuild(documents)


def found(engine: Engine, typed: str, visible: frozenset[str] = PUBLIC) -> int:
    return engine.search(Search(parse(typed, WORDS), visible)).total


def different(storage: Storage, engine: Engine) -> dict[str, int]:
    with storage.reading() as session:
        return differences(session, engine).counts


NONE = {"missing": 0, "out of date": 0, "not in the database": 0}


def test_without_an_index_all_is_written_and_afterwards_only_what_changed(desk: Desk, engine: Engine) -> None:
    counting = Counting(engine)
    first = index(desk.storage, counting, nobody)
    assert (first.state, counting.rebuilt, first.counters["added"], found(engine, "paper")) == ("done", 1, 30, 30)
    second = index(desk.storage, counting, nobody)
    assert (second.counters["unchanged"], counting.written) == (30, [])
    desk.hand_in("library", paper(3, "A revised paper"), paper(77))
    desk.take_back("library", paper(5))
    third = index(desk.storage, counting, nobody)
    told = {name: third.counters[name] for name in ("added", "changed", "deleted", "unchanged")}
    assert told == {"added": 1, "changed": 1, "deleted": 1, "unchanged": 28}
    wanted = [desk.number("publication", "doi", f"10.1/{number}") for number in (77, 3)]
    assert (counting.written, counting.rebuilt) == (wanted, 1)
    assert (found(engine, "revised"), found(engine, "paper")) == (1, 30)
    index(desk.storage, counting, nobody, rebuild=True)
    assert counting.rebuilt == 2


def test_a_kind_is_found_by_the_word_type_as_by_the_word_kind(desk: Desk, engine: Engine) -> None:
    desk.hand_in("library", proposal("P-1", decision="accepted"))
    index(desk.storage, engine, nobody)
    for word in ("type", "kind"):
        typed = [f"{word}:{value}" for value in ("proposal", "proposal_accepted", "PROPOSAL_ACCEPTED", "dataset")]
        assert [found(engine, one, STAFF) for one in typed] == [1, 1, 1, 0], word


def test_data_are_found_by_the_conditions_they_were_taken_under(desk: Desk, engine: Engine) -> None:
    taken = {"formula": "La2CuO4", "wavelength": 1.5406, "energy": 8047.8, "temperature": 4.2}
    desk.hand_in(
        "library", dataset("10.1/cold", **taken), dataset("10.1/warm", temperature=300.0), dataset("10.1/none")
    )
    index(desk.storage, engine, nobody)
    for typed, count in {
        "wavelength:1.5-1.6": 1, "wavelength:1.54": 1, "wavelength:1.6-": 0, "energy:8000-9000": 1,
        "temperature:4.2": 1, "temperature:1-": 2, "temperature:-0.5": 0, "formula:La2CuO4": 1,
    }.items():  # fmt: skip
        assert found(engine, typed) == count, typed
    counted = engine.search(Search(None, PUBLIC, facets=("formula", "wavelength_band", "temperature_band"))).facets
    assert {name: [(one.value, one.count) for one in values] for name, values in counted.items()} == {
        "formula": [("La2CuO4", 1)],
        "wavelength_band": [("1–2 Å", 1)],
        "temperature_band": [("1–20 K", 1), ("280–320 K", 1)],
    }
    warm = engine.search(Search(None, PUBLIC, filters={"temperature_band": ("280–320 K",)}))
    assert [hit.fields["doi"] for hit in warm.hits] == ["10.1/warm"]


def test_what_matching_found_is_written_although_no_source_changed_the_record(desk: Desk, engine: Engine) -> None:
    index(desk.storage, engine, nobody)
    at = {"created_at": desk.at, "changed_at": desk.at}
    with desk.storage.writing() as session:
        session.execute(insert(Record).values(id=9_000, kind="institution", visibility="public", **at))
        session.execute(insert(Institution).values(id=9_000, name="Sorbonne", country="FR"))
        session.execute(update(Affiliation).values(institution_id=9_000))
    assert different(desk.storage, engine) == {**NONE, "out of date": 30}
    index(desk.storage, engine, nobody)
    assert found(engine, "institution:sorbonne") == 30


def test_a_read_pdf_is_written_and_a_newer_reading_of_it_too(desk: Desk, engine: Engine) -> None:
    index(desk.storage, engine, nobody)
    number = desk.number("publication", "doi", "10.1/4")
    at = {"created_at": desk.at, "changed_at": desk.at}
    with desk.storage.writing() as session:
        session.execute(insert(Record).values(id=9_001, kind="file", visibility="public", **at))
        file = {"id": 9_001, "of_id": number, "name": "a.pdf", "state": "read", "sha256": "1", "extractor": "1"}
        session.execute(insert(File).values(**file))
        session.execute(insert(FilePage).values(file_id=9_001, page=1, text="bilingual tablets"))
    assert different(desk.storage, engine) == {**NONE, "out of date": 1}
    index(desk.storage, engine, nobody)
    assert found(engine, "tablets") == 1
    with desk.storage.writing() as session:
        session.execute(update(FilePage).values(text="bilingual scrolls"))
        session.execute(update(File).values(extractor="2"))
    index(desk.storage, engine, nobody)
    assert (found(engine, "tablets"), found(engine, "scrolls")) == (0, 1)


def test_the_pages_of_a_withdrawn_file_are_found_no_more_and_the_next_file_keeps_its_page_numbers(
    desk: Desk, engine: Engine
) -> None:
    number = desk.number("publication", "doi", "10.1/4")
    at = {"created_at": desk.at, "changed_at": desk.at}
    texts = {9_001: ("bilingual tablets", "clay tablets"), 9_002: ("papyrus scrolls",)}
    with desk.storage.writing() as session:
        for key, pages in texts.items():
            session.execute(insert(Record).values(id=key, kind="file", visibility="internal", **at))
            session.execute(insert(File).values(id=key, of_id=number, name=f"{key}.pdf", state="read", sha256="1"))
            rows = [{"file_id": key, "page": page, "text": text} for page, text in enumerate(pages, start=1)]
            session.execute(insert(FilePage), rows)
    index(desk.storage, engine, nobody)
    assert (found(engine, "tablets", STAFF), found(engine, "scrolls", STAFF)) == (1, 1)
    assert (found(engine, "tablets"), found(engine, "scrolls")) == (0, 0)  # a public paper, its files are internal
    with desk.storage.writing() as session:
        gone = {"deleted_at": desk.at, "changed_at": desk.at}
        session.execute(update(Record).where(Record.id == 9_001).values(**gone))
    assert different(desk.storage, engine) == {**NONE, "out of date": 1}
    assert index_changes(desk.storage, engine, desk.at) >= 1
    assert (found(engine, "tablets", STAFF), found(engine, "scrolls", STAFF)) == (0, 1)
    (hit,) = engine.search(Search(parse("scrolls", WORDS), STAFF)).hits
    assert [snippet.page for snippet in hit.snippets] == [3]
    assert different(desk.storage, engine) == NONE


def test_a_file_that_becomes_internal_is_written_and_no_longer_found_by_everybody(desk: Desk, engine: Engine) -> None:
    number = desk.number("publication", "doi", "10.1/4")
    at = {"created_at": desk.at, "changed_at": desk.at}
    with desk.storage.writing() as session:
        session.execute(insert(Record).values(id=9_001, kind="file", visibility="public", **at))
        session.execute(insert(File).values(id=9_001, of_id=number, name="a.pdf", state="read", sha256="1"))
        session.execute(insert(FilePage).values(file_id=9_001, page=1, text="bilingual tablets"))
    index(desk.storage, engine, nobody)
    assert (found(engine, "tablets"), found(engine, "fulltext:tablets")) == (1, 1)
    with desk.storage.writing() as session:
        session.execute(update(Record).where(Record.id == 9_001).values(visibility="internal"))
    assert different(desk.storage, engine) == {**NONE, "out of date": 1}
    index(desk.storage, engine, nobody)
    assert (found(engine, "tablets"), found(engine, "fulltext:tablets"), found(engine, "tablets", STAFF)) == (0, 0, 1)
    assert found(engine, "paper -tablets") == 30


def test_a_record_that_was_merged_into_another_is_taken_out_when_changes_are_written(
    desk: Desk, engine: Engine
) -> None:
    index(desk.storage, engine, nobody)
    one, other = (desk.number("publication", "doi", f"10.1/{number}") for number in (1, 2))
    with desk.storage.writing() as session:
        merged = {"merged_into_id": other, "changed_at": desk.at}
        session.execute(update(Record).where(Record.id == one).values(**merged))
    index_changes(desk.storage, engine, desk.at)
    assert different(desk.storage, engine) == NONE
    assert found(engine, "paper") == 29


def test_every_difference_is_found_and_mended(desk: Desk, engine: Engine) -> None:
    index(desk.storage, engine, nobody)
    assert different(desk.storage, engine) == NONE
    one, other = (desk.number("publication", "doi", f"10.1/{number}") for number in (1, 2))
    stranger: Document = {"id": 8_000, "kind": "publication", "visibility": "public", "title": "a stranger"}
    engine.delete([one])
    engine.add([stranger, {**stranger, "id": other}])
    engine.publish()
    assert different(desk.storage, engine) == {"missing": 1, "out of date": 1, "not in the database": 1}
    index(desk.storage, engine, nobody)
    assert different(desk.storage, engine) == NONE
    assert found(engine, "stranger") == 0


def test_an_index_for_other_fields_is_rebuilt_without_being_asked(desk: Desk, make_engine: MakeEngine) -> None:
    make_engine(INDEX_FIELDS[:4]).rebuild([{"id": 1, "kind": "x", "visibility": "public"}])
    engine = make_engine(INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)
    report = index(desk.storage, engine, nobody)
    assert (report.counters["added"], found(engine, "paper")) == (30, 30)


def test_what_changed_since_an_instant_is_written_and_what_became_confidential_is_hidden(
    desk: Desk, engine: Engine
) -> None:
    assert index_changes(desk.storage, engine, desk.at) == 0
    index(desk.storage, engine, nobody)
    at = desk.at
    desk.hand_in("library", paper(7, "A revised paper"))
    with desk.storage.writing() as session:
        hidden = desk.number("publication", "doi", "10.1/8")
        values = {"visibility": "restricted", "changed_at": desk.at}
        session.execute(update(Record).where(Record.id == hidden).values(**values))
    assert index_changes(desk.storage, engine, desk.at) == 2
    assert at < desk.at
    assert (found(engine, "revised"), found(engine, "paper")) == (1, 29)
    assert different(desk.storage, engine) == NONE


def test_a_run_that_fails_is_told_as_failed(desk: Desk, engine: Engine) -> None:
    class Broken(Counting):
        def rebuild(self, documents: Any) -> int:
            raise ConnectionError("the index went away")

    with pytest.raises(ConnectionError):
        index(desk.storage, Broken(engine), nobody)
    with desk.storage.reading() as session:
        from puma.entities import Run

        assert [(run.kind, run.state) for run in session.query(Run).filter_by(kind="index")] == [("index", "failed")]


def test_prints_do_not_depend_on_the_order_in_which_a_database_gives_its_rows(desk: Desk, engine: Engine) -> None:
    index(desk.storage, engine, nobody)
    with desk.storage.writing() as session:
        rows = [dict(row._mapping) for row in session.execute(AuthorshipAffiliation.__table__.select())]
        session.execute(delete(AuthorshipAffiliation))
        session.execute(insert(AuthorshipAffiliation), rows[::-1])
        session.execute(update(Publication).values(issn=Publication.issn))
    assert different(desk.storage, engine) == NONE
