"""Bringing the index up to date: all documents are written beside the old index, then swapped."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, select

from puma.entities import Dataset, Record
from puma.errors import WrongUsage
from puma.runs.ledger import Progress, RunReport, begin, end
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
from puma.storage import Storage, chunks


def open_engine(url: str, folder: Path) -> Engine:
    """The engine that ``[search] url`` names. Raises WrongUsage for an address that no engine here answers to."""
    if url != "embedded:":
        raise WrongUsage(f"[search] url: only embedded: is there in this version, not {url!r}.")
    return EmbeddedEngine(folder, INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)


def index_changes(storage: Storage, engine: Engine, since: datetime) -> int:
    """Write the documents of records that changed since an instant into the index, when there is one.

    Without it a proposal that became confidential would be found until the next rebuild. Returns how many.
    """
    try:
        if not engine.count():
            return 0
    except RebuildNeeded:
        return 0
    with storage.reading() as session:
        changed = select(Record.id).where(Record.changed_at >= since)
        touched = or_(Record.id.in_(changed), Record.id.in_(select(Dataset.id).where(Dataset.proposal_id.in_(changed))))
        rows = session.execute(
            select(Record.id, Record.kind, Record.deleted_at).where(Record.kind.in_(SEARCHED), touched)
        )
        alive: dict[str, list[int]] = {kind: [] for kind in SEARCHED}
        gone: list[int] = []
        for number, kind, deleted in rows:
            (gone if deleted else alive[kind]).append(number)
        engine.delete(gone)
        for kind, numbers in alive.items():
            for some in chunks(numbers, AT_ONCE):
                engine.add(documents_of(session, kind, some))
    engine.publish()
    return len(gone) + sum(map(len, alive.values()))


def index_all(storage: Storage, engine: Engine, progress: Progress) -> RunReport:
    """Write all documents into a new index and swap it in; searches go on in the old one until then."""
    report = begin(storage, "index")
    with storage.reading() as session:
        total = count_documents(session)

        def counted() -> Iterator[Document]:
            for document in documents(session):
                report.counters["seen"] += 1
                if report.counters["seen"] % 200 == 0:
                    progress("documents", report.counters["seen"], total)
                yield document

        report.counters["added"] = engine.rebuild(counted())
    progress("documents", report.counters["added"], total)
    with storage.writing() as session:
        end(session, report)
    return report
