"""PDFs by their records' links: fetched once into a folder of the source, under names that say whose they are."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select

from puma.entities import HarvestSource, Publication, Record, StoredClaim
from puma.errors import Refused, StopRun, TryLater
from puma.harvesting import AnySource, harvester
from puma.harvesting.transport import Web
from puma.runs.files import close_dead_runs
from puma.runs.harvest import harvest
from puma.runs.ledger import Progress, RunReport, begin, end, keep_going
from puma.settings import Settings
from puma.storage import Storage, now

AGAIN = timedelta(days=30)  # a link that gave no PDF is not followed again before
FAILED = ".failed"


def fetch_linked(storage: Storage, settings: Settings, source: AnySource, progress: Progress) -> RunReport:
    """Fetch the PDFs that the publications of a source link to, and harvest the folder they are kept in.

    The guard, limits and rate of the source hold for its links too. A link that gives no PDF is remembered beside the
    folder's files with the reason, told as skipped, and tried again after thirty days.
    """
    folder = settings.files_folder / "pdfs" / quote(source.name, safe="")
    folder.mkdir(parents=True, exist_ok=True)
    report = begin(storage, "links", source=source.name)
    close_dead_runs(storage, report)
    limit = min(settings.files.max_pdf_mb, source.max_answer_mb)
    wanted = [(name, url) for name, url in _links(storage, source.name) if _is_wanted(folder, name, now())]
    report.total = len(wanted)
    stopped_by: str | None = None
    with Web(source.model_copy(update={"max_answer_mb": limit})) as web:
        for name, url in wanted:
            problem = _fetch(web, folder, name, url)
            report.counters["seen"] += 1
            report.counters["added"] += not problem
            with storage.writing() as session:
                report.skip(session, [(url, problem, None)] if problem else [])
                stopped_by = keep_going(session, report)
            progress(f"{source.name} PDFs", report.counters["seen"], len(wanted))
            if stopped_by:
                break
    state = "stopped" if stopped_by else ""
    words = f"; stopped by {stopped_by}, the next run fetches the rest" if stopped_by else ""
    with storage.writing() as session:
        end(session, report, state, f"PDFs that records of {source.name} link to{words}")
    kept = harvester("pdf_folder").Source(
        name=f"{source.name} PDFs",
        harvester="pdf_folder",
        path=folder,
        facility=source.facility,
        precedence=source.precedence,
    )
    harvest(storage, kept, full=True, accept_missing=True, progress=progress)
    return report


def _fetch(web: Web, folder: Path, name: str, url: str) -> str:
    """Fetch one PDF and keep it under its name. Returns "" or why there is none."""
    try:
        body = web.get(url)
    except TryLater as later:
        return str(later)  # the next run asks again
    except (StopRun, Refused) as refusal:
        problem = str(refusal)
    else:
        if b"%PDF-" in body[:1024]:
            part = folder / f".{name}.part"
            part.write_bytes(body)
            os.replace(part, folder / name)  # whole or not at all
            (folder / f"{name}{FAILED}").unlink(missing_ok=True)
            return ""
        problem = "what came is no PDF, probably a page about it"
    (folder / f"{name}{FAILED}").write_text(f"{url}\n{problem}\n", "utf-8")
    return problem


def _links(storage: Storage, source: str) -> Iterator[tuple[str, str]]:
    """(file name, address) of the PDF of each publication that the source tells of."""
    query = (
        select(Publication.doi, Publication.pdf_url, StoredClaim.keys)
        .join(StoredClaim, StoredClaim.record_id == Publication.id)
        .join(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .join(Record, Record.id == Publication.id)
        .where(HarvestSource.name == source, Publication.pdf_url.is_not(None), Record.deleted_at.is_(None))
        .order_by(Publication.id)
    )
    with storage.reading() as session:
        for doi, url, keys in session.execute(query):
            yield file_name(doi, keys), str(url)


def file_name(doi: str | None, keys: list[list[str]]) -> str:
    """The name under which a record's PDF is kept: its DOI, or its number at the source, quoted."""
    own = next((value for scheme, value in keys if scheme == "source"), "")
    return f"{quote(doi, safe='') if doi else 'source=' + quote(own, safe='')}.pdf"


def _is_wanted(folder: Path, name: str, at: datetime) -> bool:
    if len(name) > 200 or (folder / name).exists():
        return False
    failed = folder / f"{name}{FAILED}"
    return not failed.exists() or at.timestamp() - failed.stat().st_mtime > AGAIN.total_seconds()
