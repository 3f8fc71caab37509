"""One harvest of one source: page by page, each stored with its checkpoint in one transaction."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from puma.entities import HarvestSource, Payload, RawRecord
from puma.errors import PumaError, Refused, StopRun
from puma.harvesting import AnySource, Page, Visit, harvester
from puma.harvesting.transport import Web
from puma.resolve import settle_references
from puma.runs.lease import give_back, renew_lease, take_lease
from puma.runs.ledger import Progress, RunReport, begin_within, end, keep_going
from puma.runs.reading import Read, ReadAhead, read_claims
from puma.runs.storing import BATCH, MOST_MISSING, Fresh, apply, delete_missing, store_page, unread
from puma.storage import Storage, chunks, now


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where a run begins: anew, or where one that was cut off stood."""

    whole: bool
    since: datetime | None
    started: datetime
    first_run: int
    seen: int
    cursor: Mapping[str, Any] | None

    def place(self, page: Page, seen: int) -> dict[str, Any]:
        """What has to be known to go on behind a page."""
        start = {"full": self.whole, "started_at": self.started.isoformat(), "first_run": self.first_run}
        return {**start, "cursor": dict(page.cursor), "seen": seen}


def _plan(fresh_at: datetime | None, checkpoint: Mapping[str, Any] | None, report: RunReport, *, full: bool) -> _Plan:
    """Go on where the last run was cut off, unless everything is wanted and that run wanted less."""
    if checkpoint and bool(checkpoint.get("full")) >= full:
        whole = bool(checkpoint["full"])
        started = datetime.fromisoformat(checkpoint["started_at"])
        place = int(checkpoint["first_run"]), int(checkpoint["seen"]), checkpoint["cursor"]
        return _Plan(whole, None if whole else fresh_at, started, *place)
    whole = full or fresh_at is None
    return _Plan(whole, None if whole else fresh_at, report.started_at, report.run_id, 0, None)


def harvest(
    storage: Storage, source: AnySource, *, full: bool = False, accept_missing: bool = False, progress: Progress
) -> RunReport:
    """Harvest one source to its end, or resume where the last run was cut off.

    The report is also in the ledger. A source that fails is reported as ``stopped`` or ``failed``, never raised:
    what its pages brought before stays, and nothing is taken away. A source that another run harvests is ``refused``.
    accept_missing: delete what a full harvest did not meet, however much that is.
    """
    source_id = register(storage, source)
    report = _begin(storage, "harvest", source_id, source)
    if report.state == "refused":
        return report
    with storage.reading() as session:
        which = select(HarvestSource.fresh_at, HarvestSource.checkpoint).where(HarvestSource.id == source_id)
        fresh_at, checkpoint = session.execute(which).one()
    plan = _plan(fresh_at, checkpoint, report, full=full or source.tells_all)
    report.counters["seen"] = plan.seen
    at_end = False
    try:
        _pages(storage, source_id, source, plan, report, progress)
        at_end = True
        with report.together(), storage.writing() as session:
            renew_lease(session, source_id, report, now())
            if plan.whole:
                _check_least(source, report)
                delete_missing(session, source_id, plan.first_run, report, most=1.0 if accept_missing else MOST_MISSING)
            told = settle_references(session, now())
            done = {"fresh_at": plan.started, "checkpoint": None}
            session.execute(update(HarvestSource).where(HarvestSource.id == source_id).values(**done))
            give_back(session, source_id, report)
            end(session, report, message=told)
    except (Exception, KeyboardInterrupt) as error:  # what is stored is made whole, and the next source gets its turn
        forget_place = at_end or isinstance(error, Refused)
        _end_badly(storage, source_id, report, error, forget_place=forget_place)
        if isinstance(error, KeyboardInterrupt):
            raise
    return report


def _pages(
    storage: Storage, source_id: int, source: AnySource, plan: _Plan, report: RunReport, progress: Progress
) -> None:
    """Fetch, read and store all pages that are left."""

    def fresh(page: Page) -> dict[str, bytes]:
        with storage.reading() as session:
            return unread(session, source_id, page)

    with Web(source) as web, ReadAhead(source) as ahead:
        visit = Visit(web, plan.started, plan.since, plan.cursor)
        for page, read in ahead.pages(harvester(source.harvester).fetch(source, visit), fresh):
            with report.together(), storage.writing() as session:
                renew_lease(session, source_id, report, now())
                store_page(session, source_id, source, page, read, report, plan.first_run)
                _check_most(source, report)
                report.total = page.total if page.total is not None else report.total
                place = plan.place(page, report.counters["seen"])
                session.execute(update(HarvestSource).where(HarvestSource.id == source_id).values(checkpoint=place))
                stopped_by = keep_going(session, report)
            progress(source.name, report.counters["seen"], report.total)
            if stopped_by:
                raise StopRun(f"Stopped by {stopped_by}; what was stored stays, and the next run goes on from here.")


def _begin(storage: Storage, kind: str, source_id: int, source: AnySource) -> RunReport:
    """A run that has the source, or one that has ended as refused, because another run has it."""
    with storage.writing() as session:
        report = begin_within(session, kind, source_id=source_id, source=source.name)
        try:
            take_lease(session, source_id, report, now())
        except Refused as refusal:
            end(session, report, "refused", str(refusal))
    return report


def _end_badly(
    storage: Storage, source_id: int, report: RunReport, error: BaseException, *, forget_place: bool
) -> None:
    """Close a run that did not reach its end; the references of what it stored are settled all the same."""
    report.counters["failed"] += 1
    if isinstance(error, PumaError):
        state, sentence = "refused" if isinstance(error, Refused) else "stopped", str(error)
    elif isinstance(error, KeyboardInterrupt):
        state, sentence = "stopped", "Interrupted; the next run goes on from here."
    else:
        state, sentence = "failed", f"A fault of the program: {type(error).__name__}: {error}"
    with storage.writing() as session:
        if forget_place:
            session.execute(update(HarvestSource).where(HarvestSource.id == source_id).values(checkpoint=None))
        told = settle_references(session, now())
        give_back(session, source_id, report)
        end(session, report, state, f"{sentence} {told}".strip())


def reread(storage: Storage, source: AnySource, progress: Progress) -> RunReport:
    """Read all stored payloads of a source again, without asking the source: after a fix of its harvester."""
    source_id = register(storage, source)
    report = _begin(storage, "reread", source_id, source)
    if report.state == "refused":
        return report
    try:
        _reread_all(storage, source_id, source, report, progress)
    except (Exception, KeyboardInterrupt) as error:
        _end_badly(storage, source_id, report, error, forget_place=False)
        if isinstance(error, KeyboardInterrupt):
            raise
        return report
    with storage.writing() as session:
        told = settle_references(session, now())
        give_back(session, source_id, report)
        end(session, report, message=told)
    return report


def _reread_all(storage: Storage, source_id: int, source: AnySource, report: RunReport, progress: Progress) -> None:
    reader = harvester(source.harvester)
    here = RawRecord.source_id == source_id, RawRecord.deleted_at.is_(None)
    with storage.reading() as session:
        ids = session.scalars(select(RawRecord.id).where(*here).order_by(RawRecord.id)).all()
    report.total = len(ids)
    columns = RawRecord.id, RawRecord.key, RawRecord.payload_sha256, Payload.body
    query = select(*columns).join(Payload, Payload.sha256 == RawRecord.payload_sha256)
    for some in chunks(ids, BATCH):
        with report.together(), storage.writing() as session:
            renew_lease(session, source_id, report, now())
            rows = session.execute(query.where(RawRecord.id.in_(some))).all()
            report.counters["seen"] += len(rows)
            fresh = [
                Fresh(number, key, sha, Read(*read_claims(reader, source, zlib.decompress(body)), body), before=True)
                for number, key, sha, body in rows
            ]
            apply(session, source_id, fresh, report)
            stopped_by = keep_going(session, report)
        progress(source.name, report.counters["seen"], report.total)
        if stopped_by:
            raise StopRun(f"Stopped by {stopped_by}; what was read stays.")


def register(storage: Storage, source: AnySource) -> int:
    """Write the source's row, or bring it up to date with its settings. Returns its number."""
    values = {"harvester": source.harvester, "precedence": source.precedence, "schedule": source.schedule}
    here = HarvestSource.name == source.name
    with storage.writing() as session:
        changed: int | None = session.scalar(
            update(HarvestSource).where(here).values(**values).returning(HarvestSource.id)
        )
        if changed is not None:
            return changed
        new = insert(HarvestSource).values(name=source.name, **values)
        return int(session.execute(new.returning(HarvestSource.id)).scalar_one())


def _check_most(source: AnySource, report: RunReport) -> None:
    met = report.counters["seen"] - report.counters["repeated"]  # a list that was begun anew is met twice
    if source.expect_max is not None and met > source.expect_max:
        raise Refused(f"{source.name} gave more than expect_max = {source.expect_max} records: stopped.")


def _check_least(source: AnySource, report: RunReport) -> None:
    counted = report.counters
    live = counted["seen"] - counted["deleted"] - counted["gone before"] - counted["repeated"] - counted["skipped"]
    if live < source.expect_min:
        raise Refused(
            f"{source.name} gave {live} records, fewer than expect_min = {source.expect_min}: nothing was taken away."
        )
