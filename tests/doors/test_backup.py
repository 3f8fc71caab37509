"""Backup and restore: everything comes back as it was, or nothing is touched."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import MetaData, select

from puma.backup import MANIFEST, backup, inspect, restore
from puma.errors import Refused, WrongUsage
from puma.storage import Storage
from tests.doors.conftest import Puma, copy_database

AT = datetime(2026, 1, 1, tzinfo=UTC)
SAME = frozenset({int, str, float, bool, bytes, type(None)})
"""Values that are the same whichever of the two databases they come from."""


def content(storage: Storage) -> dict[str, list[str]]:
    """All rows of all tables."""
    metadata = MetaData()
    with storage.reading() as session:
        metadata.reflect(session.connection())
        return {
            table.name: sorted(
                repr([value if value.__class__ in SAME else _plain(value) for value in row])
                for row in session.execute(select(table))
            )
            for table in metadata.sorted_tables
        }


def _plain(value: object) -> object:
    """The same whichever of the two databases it comes from: instants without their zone, JSON in one order."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def full(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """A copy of the sample facility: other tests read that one meanwhile, and some of what is read is audited."""
    file = tmp_path_factory.mktemp("full") / "puma.db"
    copy_database(sample / "puma.db", file)
    full = Storage(f"sqlite:///{file}")
    yield full
    full.close()


@pytest.fixture(scope="module")
def kept(full: Storage, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the sample facility, with a learnt model beside it."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "files" / "models").mkdir(parents=True)
    (folder / "files" / "models" / "links-2.json").write_text("{}")
    backup(full, folder / "files", folder / "kept.zip", facility="EPNS", at=AT)
    return folder / "kept.zip"


@pytest.fixture(scope="module")
def saved(full: Storage, kept: Path) -> dict[str, list[str]]:
    """All rows of what that backup was made of."""
    return content(full)


def test_a_restored_database_is_the_one_that_was_saved(saved: dict[str, list[str]], kept: Path, tmp_path: Path) -> None:
    empty = Storage(f"sqlite:///{tmp_path / 'new.db'}")
    restore(empty, tmp_path / "files", kept)
    assert content(empty) == saved
    assert (tmp_path / "files" / "models" / "links-2.json").read_text() == "{}"
    again = tmp_path / "again.zip"
    made = backup(empty, tmp_path / "files", again, facility="EPNS", at=AT)
    assert made.parts == inspect(empty, kept).parts, "the same hashes, part by part"


def test_a_backup_of_one_database_goes_into_the_other(
    saved: dict[str, list[str]], kept: Path, postgres_url: str, tmp_path: Path
) -> None:
    other = Storage(postgres_url)
    restore(other, tmp_path, kept)
    theirs = content(other)
    for table, rows in saved.items():
        assert len(theirs[table]) == len(rows), table
    back = tmp_path / "back.zip"
    backup(other, tmp_path, back, facility="EPNS", at=AT)
    home = Storage(f"sqlite:///{tmp_path / 'home.db'}")
    restore(home, tmp_path, back)
    assert content(home) == saved
    other.close()


def test_a_database_that_holds_records_is_replaced_only_when_asked(
    kept: Path, saved: dict[str, list[str]], tmp_path: Path
) -> None:
    there = Storage(f"sqlite:///{tmp_path / 'there.db'}")
    restore(there, tmp_path, kept)
    with pytest.raises(Refused, match="--replace"):
        restore(there, tmp_path, kept)
    restore(there, tmp_path, kept, replace=True)
    assert content(there) == saved


@pytest.mark.parametrize("at", [0.1, 0.4, 0.7, 0.95])
def test_a_broken_backup_is_refused_before_anything_is_touched(kept: Path, tmp_path: Path, at: float) -> None:
    body = bytearray(kept.read_bytes())
    body[int(len(body) * at)] ^= 0xFF
    broken = tmp_path / "broken.zip"
    broken.write_bytes(body)
    empty = Storage(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(WrongUsage, match="Nothing was changed"):
        restore(empty, tmp_path, broken)
    assert empty.version() is None


def test_half_a_backup_and_another_file_are_refused(kept: Path, tmp_path: Path) -> None:
    empty = Storage(f"sqlite:///{tmp_path / 'new.db'}")
    half = tmp_path / "half.zip"
    half.write_bytes(kept.read_bytes()[: kept.stat().st_size // 2])
    (tmp_path / "text.zip").write_text("no backup")
    for file in (half, tmp_path / "text.zip", tmp_path / "nowhere.zip"):
        with pytest.raises(WrongUsage):
            restore(empty, tmp_path, file)
    assert empty.version() is None


def changed(kept: Path, target: Path, **values: object) -> Path:
    """The backup with other words in its manifest."""
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, json.dumps({**json.loads(body), **values}) if name == MANIFEST else body)
    return target


def test_a_backup_of_a_newer_program_is_refused_with_what_to_do(kept: Path, tmp_path: Path) -> None:
    empty = Storage(f"sqlite:///{tmp_path / 'new.db'}")
    for values in ({"revision": "9999"}, {"format": 99}):
        with pytest.raises(WrongUsage, match="newer program"):
            restore(empty, tmp_path, changed(kept, tmp_path / "newer.zip", **values))
    assert empty.version() is None


def test_a_backup_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    old = Storage(f"sqlite:///{tmp_path / 'old.db'}")
    command.upgrade(old.migrations(), "0001")
    with old.writing() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "INSERT INTO record (id, kind, visibility, created_at, changed_at) "
            "VALUES (7, 'facility', 'public', '2020-01-01 00:00:00', '2020-01-01 00:00:00')"
        )
        connection.exec_driver_sql("INSERT INTO facility (id, code, name, shift_hours) VALUES (7, 'X', 'X', 8)")
    backup(old, tmp_path, tmp_path / "old.zip", facility="X", at=AT)
    new = Storage(f"sqlite:///{tmp_path / 'new.db'}")
    restore(new, tmp_path, tmp_path / "old.zip")
    assert new.is_current()
    assert len(content(new)["facility"]) == 1


def test_a_backup_that_cannot_be_finished_leaves_no_file(full: Storage, tmp_path: Path) -> None:
    def full_disk(table: str, _done: int, _of: int) -> None:
        if table == "link":
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        backup(full, tmp_path, tmp_path / "kept.zip", facility="EPNS", at=AT, tell=full_disk)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_say_what_they_kept_and_what_comes_next(puma: Puma, sample: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.zip"
    told = puma("--config", sample / "puma.toml", "backup", kept)
    assert told.returncode == 0, told.stderr
    assert "decisions" in told.stdout
    puma("init", tmp_path / "new")
    config = tmp_path / "new" / "puma.toml"
    told = puma("--config", config, "restore", kept)
    assert told.returncode == 0, told.stderr
    assert "puma index --rebuild" in told.stdout
    numbers = [puma("--config", file, "metric", "publications").stdout for file in (config, sample / "puma.toml")]
    assert numbers[0].partition("Facts of")[0] == numbers[1].partition("Facts of")[0] != ""
    assert puma("--config", config, "restore", kept).returncode == 4
