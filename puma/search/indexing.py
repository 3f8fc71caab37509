"""Bringing the index up to date: all documents are written beside the old index, then swapped."""

from collections.abc import Iterator
from pathlib import Path

from puma.errors import WrongUsage
from puma.runs.ledger import Progress, RunReport, begin, end
from puma.search.documents import INDEX_FIELDS, NEWEST_BY, TITLE, count_documents, documents
from puma.search.embedded import EmbeddedEngine
from puma.search.engine import Document, Engine
from puma.storage import Storage


def open_engine(url: str, folder: Path) -> Engine:
    """The engine that ``[search] url`` names. Raises WrongUsage for an address that no engine here answers to."""
    if url != "embedded:":
        raise WrongUsage(f"[search] url: only embedded: is there in this version, not {url!r}.")
    return EmbeddedEngine(folder, INDEX_FIELDS, newest_by=NEWEST_BY, title=TITLE)


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
