"""Reading the PDFs of records: children read, pages are stored, a state says what came of each file."""

from pathlib import Path

from sqlalchemy import delete, or_, select, update

from puma.entities import File, FilePage
from puma.fulltext import EXTRACTOR_VERSION, Extraction, Limits, extract_all
from puma.runs.ledger import Progress, RunReport, begin, end, keep_going
from puma.settings import Settings
from puma.storage import Storage, insert_rows


def read_files(storage: Storage, settings: Settings, progress: Progress) -> RunReport:
    """Read every file that was never read, whose bytes changed, or that an older reader read."""
    report = begin(storage, "files")
    with storage.reading() as session:
        waiting = {
            Path(path): (number, sha)
            for number, path, sha, extractor in session.execute(
                select(File.id, File.path, File.sha256, File.extractor).where(
                    File.path.is_not(None), or_(File.media_type.is_(None), File.media_type == "application/pdf")
                )
            )
            if path and extractor != _mark(sha)
        }
    limits = Limits(max_file_mb=int(settings.files.max_pdf_mb))
    for read in extract_all(sorted(waiting), limits=limits, workers=settings.work.processes):
        number, sha = waiting[read.path]
        _keep(storage, report, number, sha, read)
        progress("PDFs", report.counters["seen"], len(waiting))
    with storage.writing() as session:
        end(session, report)
    return report


def _mark(sha: str | None) -> str:
    """What says that a file need not be read again: the reader's version and the bytes it read."""
    return f"{EXTRACTOR_VERSION} {sha or ''}"[:300]


def _keep(storage: Storage, report: RunReport, number: int, sha: str | None, read: Extraction) -> None:
    report.counters["seen"] += 1
    report.counters[str(read.state)] += 1
    with storage.writing() as session:
        session.execute(delete(FilePage).where(FilePage.file_id == number))
        pages = [{"file_id": number, "page": page, "text": text} for page, text in enumerate(read.pages, start=1)]
        insert_rows(session, FilePage, pages)
        session.execute(
            update(File)
            .where(File.id == number)
            .values(
                state=str(read.state),
                reason=read.reason or None,
                pages=read.page_count,
                extractor=_mark(sha),
            )
        )
        if read.state in ("broken", "timed out", "too large", "encrypted"):
            report.skip(session, [(read.path.name, f"{read.state}: {read.reason}", sha)])
        keep_going(session, report)
