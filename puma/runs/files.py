"""Reading the PDFs of records: children read, pages are stored, a state says what came of each file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from puma.entities import File, FilePage, Record, Run
from puma.fulltext import EXTRACTOR_VERSION, Extraction, Limits, State, extract_all
from puma.fulltext.about import storable
from puma.runs.lease import may_live
from puma.runs.ledger import Progress, RunReport, begin, end, keep_going
from puma.settings import Settings
from puma.storage import Storage, insert_rows, now

AT_ONCE = 500  # files that are looked up together
FAILED = (State.BROKEN, State.TIMED_OUT, State.TOO_LARGE, State.ENCRYPTED)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file that is to be read. sha256: of its bytes, as harvested. read: whether it was read before."""

    id: int
    path: Path
    sha256: str
    read: bool


def read_files(storage: Storage, settings: Settings, progress: Progress) -> RunReport:
    """Read every file that was never read, whose bytes changed, or that an older reader read.

    Each is stored by itself as soon as it is read, so a run that is cut off or stopped loses at most the few that
    are being read, and the next one goes on behind it. A file that is away for a while keeps the text it had.
    """
    report = begin(storage, "files")
    close_dead_runs(storage, report)
    limits = Limits(max_file_mb=settings.files.max_pdf_mb)
    report.total = sum(1 for _ in _waiting(storage, limits))
    reading: dict[Path, list[_Waiting]] = {}
    stopped_by: str | None = None

    def paths() -> Iterator[Path]:
        """What is to be read next, one at a time: no more than the readers can hold is looked up ahead."""
        for one in _waiting(storage, limits):
            if stopped_by:
                return
            reading.setdefault(one.path, []).append(one)
            if len(reading[one.path]) == 1:
                yield one.path

    try:
        for read in extract_all(paths(), limits=limits, workers=settings.work.processes):
            for one in reading.pop(read.path):
                stopped_by = _keep(storage, report, one, read) or stopped_by
            progress("PDFs", report.counters["seen"], max(report.total, report.counters["seen"]))
    except (Exception, KeyboardInterrupt) as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        words = "Interrupted; the next run goes on from here." if interrupted else f"{type(error).__name__}: {error}"
        with storage.writing() as session:
            end(session, report, "stopped" if interrupted else "failed", words)
        raise
    words = f"Stopped by {stopped_by}; what was read stays, the next run reads the rest." if stopped_by else ""
    with storage.writing() as session:
        end(session, report, "stopped" if stopped_by else "", words)
    return report


def _waiting(storage: Storage, limits: Limits) -> Iterator[_Waiting]:
    """The files that are to be read, in the order of their numbers, some at a time."""
    last = 0
    while True:
        with storage.reading() as session:
            rows = session.execute(_files(last)).all()
        for number, path, sha, state, reason, size, extractor in rows:
            was_too_large = state == State.TOO_LARGE and (reason or "").startswith("larger")
            if extractor != _mark(sha) or (was_too_large and (size or 0) <= limits.max_file_mb * 1024 * 1024):
                yield _Waiting(number, Path(path or ""), sha or "", extractor is not None)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


def _files(after: int) -> Select[int, str | None, str | None, str, str | None, int | None, str | None]:
    columns = File.id, File.path, File.sha256, File.state, File.reason, File.size_bytes, File.extractor
    return (
        select(*columns)
        .join(Record, Record.id == File.id)
        .where(
            File.id > after,
            File.path.is_not(None),
            File.path != "",
            or_(File.media_type.is_(None), File.media_type == "application/pdf"),
            Record.deleted_at.is_(None),
            Record.merged_into_id.is_(None),
        )
        .order_by(File.id)
        .limit(AT_ONCE)
    )


def _mark(sha: str | None) -> str:
    """What says that a file need not be read again: the reader's version and the bytes it read."""
    return f"{EXTRACTOR_VERSION} {sha or ''}"[:300]


def _keep(storage: Storage, report: RunReport, one: _Waiting, read: Extraction) -> str | None:
    """Store what came of one file, all of it or nothing. Returns who asked the run to stop, if somebody did."""
    is_away = read.state is State.BROKEN and not read.sha256
    report.counters["seen"] += 1
    report.counters["away" if is_away and one.read else str(read.state)] += 1
    with storage.writing() as session:
        if not (is_away and one.read):
            session.execute(delete(FilePage).where(FilePage.file_id == one.id))
            pages = [{"file_id": one.id, "page": page, "text": text} for page, text in enumerate(read.pages, start=1)]
            insert_rows(session, FilePage, pages)
            # What is away is asked for again by the next run; of other bytes than were harvested the mark says so.
            mark = None if is_away else _mark(read.sha256 or one.sha256)
            values: dict[str, Any] = {"state": str(read.state), "reason": read.reason or None, "pages": read.page_count}
            values["about"] = storable(read.metadata) or None
            session.execute(update(File).where(File.id == one.id).values(**values, extractor=mark))
        if read.state in FAILED:
            report.skip(session, [(read.path.name, f"{read.state}: {read.reason}", one.sha256 or None)])
        return keep_going(session, report)


def close_dead_runs(storage: Storage, report: RunReport) -> None:
    """Say of earlier runs of this kind that were cut off that they were: nobody else would."""
    with storage.writing() as session:
        running = Run.kind == report.kind, Run.state == "running", Run.id != report.run_id
        others = select(Run.id, Run.worker).where(*running)
        dead = [number for number, worker in session.execute(others) if not may_live(worker)]
        words = f"It was cut off; run {report.run_id} does what it left."
        closed = update(Run).where(Run.id.in_(dead)).values(state="stopped", message=words, ended_at=now())
        session.execute(closed)
