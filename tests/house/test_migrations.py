"""The migrations make exactly the tables of the entities, go up, down and up with data, and refuse a newer database."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, text

from puma.claims import Claim
from puma.entities import Authorship, Entity, HarvestSource, Publication, RawRecord, Record
from puma.errors import TryLater, WrongUsage
from puma.resolve import Received, apply_batch, settle_references
from puma.storage import Storage, insert_rows

pytestmark = pytest.mark.usefixtures("every_migration")

AT = datetime(2024, 5, 1, tzinfo=UTC)


def fill(storage: Storage) -> None:
    """A publication with everything that hangs on it."""
    values = {
        "title": "Spin ice",
        "type": "JOURNAL_ARTICLE",
        "published_on": "2020-02-03",
        "journal": "Phys. Rev. B",
        "authors": [{"name": "Curie, M.", "affiliations": [{"text": "Univ. Paris", "country": "FR"}]}],
        "keywords": [{"namespace": "AUTHOR", "value": "ice"}],
    }
    with storage.writing() as session:
        insert_rows(session, HarvestSource, [{"id": 1, "name": "library", "harvester": "oai_pmh", "precedence": 50}])
        row = {"id": 1, "source_id": 1, "key": "1", "payload_sha256": "0", "fetched_at": AT, "run_id": 1}
        insert_rows(session, RawRecord, [row])
        apply_batch(session, 1, [Received(1, [Claim("publication", (("source", "library:1"),), values)], False)], AT)
        settle_references(session, AT)


def count(storage: Storage, entity: type[Entity]) -> int:
    with storage.reading() as session:
        return session.scalar(select(func.count()).select_from(entity)) or 0


def differences(storage: Storage) -> list[object]:
    with storage.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Entity.metadata))


def test_the_migrations_make_exactly_the_tables_of_the_entities(storage: Storage) -> None:
    assert differences(storage) == []
    assert storage.is_current()


def test_migrating_twice_changes_nothing_and_keeps_the_data(storage: Storage) -> None:
    fill(storage)
    storage.migrate()
    assert (count(storage, Publication), count(storage, Authorship)) == (1, 1)


def test_every_migration_goes_down_and_up_again_with_data(empty_storage: Storage) -> None:
    config = empty_storage.migrations()
    revisions = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    empty_storage.migrate()
    fill(empty_storage)
    for revision in revisions:  # the newest first: one step down from it, and up again
        command.downgrade(config, f"{revision}-1" if revision != revisions[-1] else "base")
        command.upgrade(config, revision)
        command.downgrade(config, f"{revision}-1" if revision != revisions[-1] else "base")
    assert inspect(empty_storage.engine).get_table_names() == ["alembic_version"]
    empty_storage.migrate()
    assert differences(empty_storage) == []
    fill(empty_storage)
    assert count(empty_storage, Record) == 2  # the publication and its journal


def test_no_migration_loses_a_row_of_the_tables_that_it_keeps(empty_storage: Storage) -> None:
    config = empty_storage.migrations()
    revisions = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    empty_storage.migrate()
    fill(empty_storage)
    before = rows(empty_storage)
    assert before["raw_record"] == before["claim"] == before["authorship"] == 1
    for revision in revisions[:-1]:
        command.downgrade(config, f"{revision}-1")
        kept = rows(empty_storage)
        command.upgrade(config, revision)
        assert rows(empty_storage) | kept == rows(empty_storage), revision
        command.downgrade(config, f"{revision}-1")
    assert {name: number for name, number in before.items() if name in kept} == kept
    with empty_storage.reading() as session:
        if empty_storage.sqlite:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1


def rows(storage: Storage) -> dict[str, int]:
    """How many rows each table holds, whatever the version."""
    with storage.reading() as session:
        names = inspect(session.connection()).get_table_names()
        return {name: session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


def test_there_is_one_line_of_migrations(tmp_path: object) -> None:
    script = ScriptDirectory.from_config(Storage(f"sqlite:///{tmp_path}/x.db").migrations())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_a_database_of_a_newer_program_is_refused_and_left_alone(storage: Storage) -> None:
    fill(storage)
    with storage.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongUsage, match="9999.*newer program"):
        storage.migrate()
    assert storage.version() == "9999"
    assert count(storage, Publication) == 1


def test_a_database_that_does_not_answer_is_a_sentence() -> None:
    with pytest.raises(TryLater, match="does not answer"):
        Storage("postgresql+psycopg://puma:secret@127.0.0.1:9/none").version()


def test_the_password_of_the_database_is_in_no_sentence() -> None:
    with pytest.raises(TryLater) as error:
        Storage("postgresql+psycopg://puma:secret@127.0.0.1:9/none").version()
    assert "secret" not in str(error.value)
