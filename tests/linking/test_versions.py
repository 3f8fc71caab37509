"""Versions and suspected duplicates follow the publications of the database; nothing is merged by itself."""

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update

from puma.entities import Decision, Publication, PublicationVersion, Record
from puma.linking.versions import as_rows, described, store_versions
from puma.matching.duplicates.kept import look
from puma.storage import Storage, insert_rows

AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
TITLE = "Skyrmion lattice of copper oxoselenite in electric fields"


def publish(storage: Storage, number: int, title: str = TITLE, **more: object) -> None:
    with storage.writing() as session:
        record = {"id": number, "kind": "publication", "visibility": "public", "created_at": AT, "changed_at": AT}
        insert_rows(session, Record, [record])
        row = {"id": number, "title": title, "year": 2020, "type": "JOURNAL_ARTICLE", "retracted": False, **more}
        insert_rows(session, Publication, [row])


def related(storage: Storage) -> set[tuple[int, int, str]]:
    with storage.writing() as session:
        store_versions(session, as_rows(session, look(described(session))[0]))
    with storage.reading() as session:
        rows = session.execute(
            select(PublicationVersion.publication_id, PublicationVersion.version_of_id, PublicationVersion.relation)
        )
        return {(one, other, relation) for one, other, relation in rows}


def test_a_preprint_and_an_erratum_are_versions_and_a_second_run_changes_nothing(storage: Storage) -> None:
    publish(storage, 1, doi="10.1103/a", journal="Physical Review B")
    publish(storage, 2, doi="10.48550/arxiv.1", type="PREPRINT", year=2019)
    publish(storage, 3, f"Erratum: {TITLE}", doi="10.1103/b", journal="Physical Review B")
    assert related(storage) >= {(2, 1, "preprint"), (3, 1, "erratum")}
    with storage.writing() as session:
        counters = store_versions(session, as_rows(session, look(described(session))[0]))
    assert counters["versions_added"] == counters["versions_removed"] == 0


def test_a_copy_is_suspected_and_stays_a_record_of_its_own(storage: Storage) -> None:
    publish(storage, 1, doi="10.1103/a")
    publish(storage, 2)
    assert related(storage) == {(2, 1, "duplicate")}
    with storage.reading() as session:
        assert session.scalars(select(Record.merged_into_id)).all() == [None, None]


def test_what_a_person_said_to_be_two_is_not_suspected_again_until_that_is_taken_back(storage: Storage) -> None:
    publish(storage, 1)
    publish(storage, 2)
    said = {"left_id": 1, "right_id": 2, "value": [], "reason": "", "decided_by": "anna", "decided_at": AT}
    with storage.writing() as session:
        session.execute(insert(Decision).values(id=1, verdict="distinct", **said))
    assert related(storage) == set()
    with storage.writing() as session:
        session.execute(insert(Decision).values(id=2, verdict="undo", undoes_id=1, **said))
    assert related(storage) == {(2, 1, "duplicate")}


def test_a_merged_or_withdrawn_record_is_nobodys_duplicate(storage: Storage) -> None:
    publish(storage, 1)
    publish(storage, 2)
    assert related(storage)
    with storage.writing() as session:
        session.execute(update(Record).where(Record.id == 2).values(merged_into_id=1, deleted_at=AT))
    assert related(storage) == set()
    with storage.writing() as session:
        session.execute(delete(Publication).where(Publication.id == 2))
    assert related(storage) == set()


def test_two_dois_are_asked_about_and_parts_are_not(storage: Storage) -> None:
    publish(storage, 1, doi="10.1103/a")
    publish(storage, 2, doi="10.1103/b")
    publish(storage, 3, f"{TITLE}. Part I", doi="10.1103/c", year=2011)
    publish(storage, 4, f"{TITLE}. Part II", doi="10.1103/d", year=2012)
    found = related(storage)
    assert (2, 1, "duplicate") in found
    assert not {(3, 4), (4, 3)} & {(one, other) for one, other, _ in found}
