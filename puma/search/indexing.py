"""Bringing the index up to date: what differs from the database is written, or all of it beside the old and swapped."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import CompoundSelect, or_, select, union
from sqlalchemy.orm import Session

from puma.entities import Dataset, File, Link, Record
from puma.errors import PumaError, WrongUsage
from puma.harvesting import from_environment
from puma.runs.ledger import Progress, RunReport, begin, end, keep_going
from puma.search.documents import (
    AT_ONCE,
    INDEX_FIELDS,
    NEWEST_BY,
    SEARCHED,
    TITLE,
    count_documents,
    documents,
    documents_of,
)
from puma.search.embedded import EmbeddedEngine
from puma.search.engine import Document, Engine, RebuildNeeded
from puma.search.index_document import ID, PRINT
from puma.settings import SearchSettings
from puma.storage import Storage, chunks

SIGN_S = 2.0  # between two times that a run tells the ledger how far it is

_GONE = or_(Record.deleted_at.is_not(None), Record.merged_into_id.is_not(None))


def open_engine(settings: SearchSettings, home: Path, folder: Path) -> Engine:
    """The engine that ``[search] url`` names: in a folder, or a server. Raises WrongUsage for any other address.

    home: where relative files of certificates are looked for. user and password may be ``env:NAME``, for the variable
    NAME.
    """
    if settings.url == "embedded:":
        return EmbeddedEngine(folder, INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)
    if not settings.url.startswith(("http://", "https://")):
        raise WrongUsage(f"[search] url: embedded:, or https:// addresses of OpenSearch, not {settings.url!r}.")
    try:
        from puma.search.opensearch import OpenSearchEngine
        from puma.search.opensearch_server import Server
    except ImportError as error:
        raise WrongUsage('[search] url: for a server install PUMA with its extra: "puma-cris[opensearch]".') from error
    ca, certificate = (home / file if file else None for file in (settings.ca, settings.certificate))
    user = from_environment(settings.user, "[search] user")
    password = from_environment(settings.password.get_secret_value(), "[search] password")
    server = Server(settings.url, user=user, password=password, ca=ca, certificate=certificate)
    return OpenSearchEngine(
        server, INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE, name=settings.index, shards=settings.shards
    )


def is_there(engine: Engine) -> bool:
    """Whether there is an index with documents that fits the fields of this version."""
    try:
        return engine.count() > 0
    except RebuildNeeded:
        return False


def is_lacking(storage: Storage, engine: Engine) -> bool:
    """Whether there is no index that this version of the program can read, although there is something to find."""
    if is_there(engine):
        return False
    with storage.reading() as session:
        return count_documents(session) > 0


def index_changes(storage: Storage, engine: Engine, since: datetime) -> int:
    """Write the documents of records that changed since an instant into the index, when there is one.

    Without it a proposal that became confidential would be found until the next indexing. Returns how many.
    """
    if not is_there(engine):
        return 0
    with storage.reading() as session:
        changed = select(Record.id).where(Record.changed_at >= since)
        touched: CompoundSelect[Any] = union(  # not one "or" after the other: each would be tried on every record
            changed,
            select(Dataset.id).where(Dataset.proposal_id.in_(changed)),
            select(File.of_id).where(File.id.in_(changed), File.of_id.is_not(None)),
            select(Link.left_id).where(Link.decided_at >= since),
        )
        whole = select(Record.id, Record.kind, _GONE).where(Record.kind.in_(SEARCHED), Record.id.in_(touched))
        rows = session.execute(whole)
        return _write(session, engine, rows.all())


def index_records(storage: Storage, engine: Engine, numbers: Sequence[int]) -> int:
    """Write the documents of these records into the index, when there is one. Returns how many."""
    if not is_there(engine):
        return 0
    with storage.reading() as session:
        query = select(Record.id, Record.kind, _GONE).where(Record.kind.in_(SEARCHED))
        rows = [row for some in chunks(numbers) for row in session.execute(query.where(Record.id.in_(some)))]
        return _write(session, engine, rows)


def _write(session: Session, engine: Engine, rows: Iterable[Any]) -> int:
    """Write or remove the documents of (number, kind, whether it is gone) and publish. Returns how many."""
    alive: dict[str, list[int]] = {kind: [] for kind in SEARCHED}
    gone: list[int] = []
    for number, kind, is_gone in rows:
        (gone if is_gone else alive[kind]).append(number)
    engine.delete(gone)
    for kind, numbers in alive.items():
        for some in chunks(numbers, AT_ONCE):
            engine.add(documents_of(session, kind, some))
    engine.publish()
    return len(gone) + sum(map(len, alive.values()))


@dataclass(slots=True)
class Differences:
    """Where index and database disagree: numbers of records, by kind; seen: documents that were compared."""

    missing: dict[str, list[int]] = field(default_factory=lambda: {kind: [] for kind in SEARCHED})
    stale: dict[str, list[int]] = field(default_factory=lambda: {kind: [] for kind in SEARCHED})
    surplus: list[int] = field(default_factory=list)
    seen: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many are missing in the index, are there with old content, and are there although they should not be."""
        missing, stale = (sum(map(len, those.values())) for those in (self.missing, self.stale))
        return {"missing": missing, "out of date": stale, "not in the database": len(self.surplus)}


def differences(session: Session, engine: Engine, told: Callable[[int], None] = lambda seen: None) -> Differences:
    """Compare every document with the index, by number and print; the texts of files are not read for it."""
    known = engine.prints()
    found = Differences()
    for document in documents(session, pages=False):
        key, kind = int(str(document[ID])), str(document["kind"])
        there = known.pop(key, None)
        if there is None:
            found.missing[kind].append(key)
        elif there != document[PRINT]:
            found.stale[kind].append(key)
        found.seen += 1
        told(found.seen)
    found.surplus = sorted(known)
    return found


def index(storage: Storage, engine: Engine, progress: Progress, *, rebuild: bool = False) -> RunReport:
    """Bring the index up to date: write what differs; everything where there is no index, or on wish."""
    return index_all(storage, engine, progress) if rebuild or not is_there(engine) else mend(storage, engine, progress)


def mend(storage: Storage, engine: Engine, progress: Progress) -> RunReport:
    """Write and remove the documents that differ from the database."""
    with _run(storage) as report, storage.reading() as session:
        total = count_documents(session)
        found = differences(session, engine, _teller(storage, report, progress, total))
        added, changed, deleted = found.counts.values()
        if added or changed or deleted:
            engine.delete(found.surplus)
            for those in (found.missing, found.stale):
                for kind, numbers in those.items():
                    for some in chunks(numbers, AT_ONCE):
                        engine.add(documents_of(session, kind, some))
            engine.publish()
        counted = {"added": added, "changed": changed, "deleted": deleted, "unchanged": found.seen - added - changed}
        report.counters.update(counted)
        progress("documents", found.seen, total)
    return report


def index_all(storage: Storage, engine: Engine, progress: Progress) -> RunReport:
    """Write all documents into a new index and swap it in; searches go on in the old one until then."""
    with _run(storage) as report:
        with storage.reading() as session:
            total = count_documents(session)
            told = _teller(storage, report, progress, total)

            def counted() -> Iterator[Document]:
                for number, document in enumerate(documents(session), start=1):
                    told(number)
                    yield document

            report.counters["added"] = engine.rebuild(counted())
        index_changes(storage, engine, report.started_at)  # what was decided or harvested meanwhile
        progress("documents", report.counters["added"], total)
    return report


def _teller(storage: Storage, report: RunReport, progress: Progress, total: int) -> Callable[[int], None]:
    """Tells how many documents were seen so far: the one who watches, and now and then the ledger, for the pages."""
    signed = 0.0

    def told(seen: int) -> None:
        nonlocal signed
        report.counters["seen"] = seen
        if seen % 200 == 0:
            progress("documents", seen, total)
        if time.monotonic() - signed > SIGN_S:
            signed = time.monotonic()
            report.total = total
            with storage.writing() as session:
                keep_going(session, report)

    return told


@contextmanager
def _run(storage: Storage) -> Iterator[RunReport]:
    """A run of the ledger, closed also when it fails."""
    report = begin(storage, "index")
    try:
        yield report
    except BaseException as error:
        with storage.writing() as session:
            told = str(error) if isinstance(error, PumaError) else type(error).__name__
            end(session, report, "failed", told)
        raise
    with storage.writing() as session:
        end(session, report)
