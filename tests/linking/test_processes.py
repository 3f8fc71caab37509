"""One process and two store the same tables, and keep the same files, to the last digit."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.matching.scale_data import MADE, invent, store
from puma.entities import Authorship, Identifier, Link, Participant, Person, PersonName, PersonPair, Record
from puma.linking import affiliations, held, match, people, run
from puma.matching.links import grids, score
from puma.matching.persons import clusters
from puma.settings import FilesSettings, Settings, WorkSettings
from puma.storage import Storage

TABLES = (Authorship, Identifier, Link, Participant, Person, PersonName, PersonPair, Record)


def stored(folder: Path, processes: int) -> dict[str, str]:
    """A digest of each table, and of each file that is kept, after a full matching of an invented facility."""
    storage = Storage(f"sqlite:///{folder}/{processes}.db")
    storage.migrate()
    store(invent(60, 120, seed=3), storage)
    settings = Settings(files=FilesSettings(folder=folder / str(processes)), work=WorkSettings(processes=processes))
    match(storage, settings, at=MADE, progress=lambda *_: None)
    with storage.reading() as session:
        rows = {table.__tablename__: session.execute(select(table.__table__)).all() for table in TABLES}
    storage.close()
    assert all(rows[name] for name in ("link", "person", "authorship"))
    kept = {path.name: path.read_bytes() for path in settings.files_folder.rglob("*") if path.is_file()}
    assert {"names.npy", "lore", "twins.npz"} <= kept.keys()
    said = {name: repr(sorted(map(repr, some))).encode() for name, some in rows.items()}
    return {name: hashlib.sha256(some).hexdigest() for name, some in (said | kept).items()}


def test_two_processes_store_what_one_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "LEAST", 0)  # of so few nothing is kept otherwise
    one = stored(tmp_path, 1)
    for room in (affiliations, clusters, people, run, score):  # so little work is not shared otherwise
        monkeypatch.setattr(room, "WORTH_SHARING", 0)
    for room in (grids, score):
        monkeypatch.setattr(room, "BLOCK", 50)
    assert stored(tmp_path, 2) == one
