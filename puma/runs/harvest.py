"""One harvest of one source: page by page, each stored with its checkpoint in one transaction."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from puma import harvesting
from puma.claims import Claim, check
from puma.entities import HarvestSource, Payload, RawRecord
from puma.errors import PumaError, Refused, SkipRecord, StopRun
from puma.harvesting import AnySource, Harvester, Page, Visit, harvester
from puma.harvesting.transport import Web
from puma.resolve import Received, apply_batch, forget_raw_records, settle_references
from puma.runs.ledger import Progress, RunReport, begin, end, keep_going
from puma.storage import Storage, chunks, insert_rows, now, take_numbers, update_rows

BATCH = 1000  # records that are read and settled together
FEW_MISSING = 20  # so many may vanish from a small source without a question
MOST_MISSING = 0.5  # a full harvest that misses more than this share of what was there is not believed


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a raw record already."""

    id: int
    sha256: str
    problem: str | None
    deleted: bool
    run_id: int


def harvest(
    storage: Storage, source: AnySource, *, full: bool = False, accept_missing: bool = False, progress: Progress
) -> RunReport:
    """Harvest one source to its end, or resume where the last run was cut off.

    The report is also in the ledger. A source that fails is reported as ``stopped`` or ``failed``, never raised:
    what its pages brought before stays, and nothing is taken away.
    accept_missing: delete what a full harvest did not meet, however much that is.
    """
    source_id, fresh_at, checkpoint = _register(storage, source)
    report = begin(storage, "harvest", source_id=source_id, source=source.name)
    resumed = checkpoint if checkpoint and bool(checkpoint.get("full")) >= full else None
    whole = full or fresh_at is None if resumed is None else bool(resumed["full"])
    since = None if whole else fresh_at
    started = datetime.fromisoformat(resumed["started_at"]) if resumed else report.started_at
    first_run = int(resumed["first_run"]) if resumed else report.run_id
    place = {"full": whole, "started_at": started.isoformat(), "first_run": first_run}
    report.counters["seen"] = int(resumed["seen"]) if resumed else 0
    reader = harvester(source.harvester)
    at_end = False
    try:
        with Web(source) as web:
            visit = Visit(web, started, since, resumed["cursor"] if resumed else None)
            for page in reader.fetch(source, visit):
                with storage.writing() as session:
                    _store_page(session, source_id, reader, source, page, report, first_run)
                    _check_most(source, report)
                    _checkpoint(
                        session, source_id, {**place, "cursor": dict(page.cursor), "seen": report.counters["seen"]}
                    )
                    keep_going(session, report)
                progress(source.name, report.counters["seen"], page.total)
        at_end = True
        with storage.writing() as session:
            if whole:
                _check_least(source, report)
                _delete_missing(session, source_id, first_run, report, most=1.0 if accept_missing else MOST_MISSING)
            settle_references(session, now())
            session.execute(
                update(HarvestSource).where(HarvestSource.id == source_id).values(fresh_at=started, checkpoint=None)
            )
            end(session, report)
    except Exception as error:  # whatever happened: what is stored is made whole, and the next source gets its turn
        report.counters["failed"] += 1
        known = isinstance(error, PumaError)
        state = "refused" if isinstance(error, Refused) else "stopped" if known else "failed"
        sentence = str(error) if known else f"A fault of the program: {type(error).__name__}: {error}"
        with storage.writing() as session:
            if at_end or isinstance(error, Refused):
                _checkpoint(session, source_id, None)
            settle_references(session, now())
            end(session, report, state, sentence)
    return report


def reread(storage: Storage, source: AnySource, progress: Progress) -> RunReport:
    """Read all stored payloads of a source again, without asking the source: after a fix of its harvester."""
    source_id, _, _ = _register(storage, source)
    report = begin(storage, "reread", source_id=source_id, source=source.name)
    reader = harvester(source.harvester)
    with storage.reading() as session:
        ids = session.scalars(
            select(RawRecord.id)
            .where(RawRecord.source_id == source_id, RawRecord.deleted_at.is_(None))
            .order_by(RawRecord.id)
        ).all()
    for some in chunks(ids, BATCH):
        with storage.writing() as session:
            rows = session.execute(
                select(RawRecord.id, RawRecord.key, RawRecord.payload_sha256, Payload.body)
                .join(Payload, Payload.sha256 == RawRecord.payload_sha256)
                .where(RawRecord.id.in_(some))
            ).all()
            report.counters["seen"] += len(rows)
            read = [(raw_id, key, sha, zlib.decompress(body), True) for raw_id, key, sha, body in rows]
            _read_and_apply(session, source_id, reader, source, read, report)
            keep_going(session, report)
        progress(source.name, report.counters["seen"], len(ids))
    with storage.writing() as session:
        settle_references(session, now())
        end(session, report)
    return report


def _register(storage: Storage, source: AnySource) -> tuple[int, datetime | None, dict[str, Any] | None]:
    """The source's row, made or brought up to date: (number, fresh as of, checkpoint of a run that was cut off)."""
    with storage.writing() as session:
        which = select(HarvestSource.id, HarvestSource.fresh_at, HarvestSource.checkpoint).where(
            HarvestSource.name == source.name
        )
        values = {"harvester": source.harvester, "precedence": source.precedence}
        if session.execute(which).first() is None:
            session.execute(insert(HarvestSource).values(name=source.name, **values))
        else:
            session.execute(update(HarvestSource).where(HarvestSource.name == source.name).values(**values))
        number, fresh_at, checkpoint = session.execute(which).one()
        return number, fresh_at, checkpoint


def _checkpoint(session: Session, source_id: int, place: dict[str, Any] | None) -> None:
    session.execute(update(HarvestSource).where(HarvestSource.id == source_id).values(checkpoint=place))


def _check_most(source: AnySource, report: RunReport) -> None:
    if source.expect_max is not None and report.counters["seen"] > source.expect_max:
        raise Refused(f"{source.name} gave more than expect_max = {source.expect_max} records: stopped.")


def _check_least(source: AnySource, report: RunReport) -> None:
    counted = report.counters
    live = counted["seen"] - counted["deleted"] - counted["gone before"] - counted["repeated"] - counted["skipped"]
    if live < source.expect_min:
        raise Refused(
            f"{source.name} gave {live} records, fewer than expect_min = {source.expect_min}: nothing was taken away."
        )


def _store_page(
    session: Session,
    source_id: int,
    reader: Harvester,
    source: AnySource,
    page: Page,
    report: RunReport,
    first_run: int,
) -> None:
    """Store the records of one page and what they claim."""
    report.skip(session, [(place, reason, None) for place, reason in page.skipped])
    report.counters["seen"] += len(page.skipped)
    for some in chunks(page.records, BATCH):
        _store_some(session, source_id, reader, source, some, report, first_run)


def _store_some(
    session: Session,
    source_id: int,
    reader: Harvester,
    source: AnySource,
    records: Sequence[harvesting.RawRecord],
    report: RunReport,
    first_run: int,
) -> None:
    """Sort records into deleted, unchanged and fresh, and store each kind.

    What a source gives twice in one pass is taken once, the first time; a second one that differs is said aloud,
    because taking either by turns would change the record at every run.
    """
    report.counters["seen"] += len(records)
    known = _known(session, source_id, [record.key for record in records])
    fresh: dict[str, tuple[str, bytes, str]] = {}
    same: list[int] = []
    gone: list[int] = []
    for record in records:
        there = known.get(record.key)
        if record.deleted:
            if there is None or there.deleted:
                report.counters["gone before"] += 1
            else:
                gone.append(there.id)
            continue
        sha = hashlib.sha256(record.payload).hexdigest()
        met = fresh[record.key][2] if record.key in fresh else None
        if met is None and there is not None and there.run_id >= first_run and not there.deleted:
            met = there.sha256
        if met == sha:
            report.counters["repeated"] += 1
        elif met is not None:
            report.skip(session, [(record.key, "the source gives this record twice with different content", sha)])
        elif there is None or there.sha256 != sha or there.deleted:
            fresh[record.key] = (record.key, record.payload, sha)
        else:
            same.append(there.id)
            known[record.key] = replace(there, run_id=report.run_id)
            if there.problem:
                report.skip(session, [(record.key, there.problem, sha)])
            else:
                report.counters["unchanged"] += 1
    _delete(session, gone, report)
    for some in chunks(same):
        session.execute(update(RawRecord).where(RawRecord.id.in_(some)).values(run_id=report.run_id))
    if fresh:
        read = _store_raw(session, source_id, list(fresh.values()), known, report)
        _read_and_apply(session, source_id, reader, source, read, report)


def _known(session: Session, source_id: int, keys: Sequence[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    columns = (
        RawRecord.key,
        RawRecord.id,
        RawRecord.payload_sha256,
        RawRecord.problem,
        RawRecord.deleted_at,
        RawRecord.run_id,
    )
    for some in chunks(keys):
        for key, number, sha, problem, deleted, run_id in session.execute(
            select(*columns).where(RawRecord.source_id == source_id, RawRecord.key.in_(some))
        ):
            found[key] = _Known(number, sha, problem, deleted is not None, run_id)
    return found


def _store_raw(
    session: Session,
    source_id: int,
    fresh: Sequence[tuple[str, bytes, str]],
    known: dict[str, _Known],
    report: RunReport,
) -> list[tuple[int, str, str, bytes, bool]]:
    """Keep payloads and raw records. Returns (raw record, key, digest, payload, was there before) of each."""
    at = now()
    bodies = {sha: payload for _, payload, sha in fresh}
    for some in chunks(sorted(bodies)):
        for sha in session.scalars(select(Payload.sha256).where(Payload.sha256.in_(some))):
            del bodies[sha]
    insert_rows(
        session,
        Payload,
        [{"sha256": sha, "size_bytes": len(body), "body": zlib.compress(body, 1)} for sha, body in bodies.items()],
    )
    numbers = iter(take_numbers(session, "raw_record", sum(key not in known for key, _, _ in fresh)))
    new, old, read = [], [], []
    for key, payload, sha in fresh:
        there = known.get(key)
        row = {"payload_sha256": sha, "fetched_at": at, "deleted_at": None, "problem": None, "run_id": report.run_id}
        number = there.id if there else next(numbers)
        if there:
            old.append({"id": number, **row})
        else:
            new.append({"id": number, "source_id": source_id, "key": key, **row})
        read.append((number, key, sha, payload, there is not None))
    insert_rows(session, RawRecord, new)
    update_rows(session, RawRecord, old)
    return read


def _read_and_apply(
    session: Session,
    source_id: int,
    reader: Harvester,
    source: AnySource,
    read: Sequence[tuple[int, str, str, bytes, bool]],
    report: RunReport,
) -> None:
    received, problems = [], []
    for number, key, sha, payload, before in read:
        claims, problem = read_claims(reader, source, payload)
        if problem:  # what the record said before, when it could be read, stays
            problems.append({"id": number, "problem": problem})
            report.skip(session, [(key, problem, sha)])
            continue
        if before:
            problems.append({"id": number, "problem": None})
        report.counters["changed" if before else "added"] += 1
        received.append(Received(number, claims, changed=before))
    apply_batch(session, source_id, received, now())
    update_rows(session, RawRecord, problems)


def read_claims(reader: Harvester, source: AnySource, payload: bytes) -> tuple[list[Claim], str]:
    """(claims, "") of one payload, or ([], reason) when it cannot be read: one bad record never ends a run."""
    try:
        return [check(claim) for claim in reader.read(payload, source)], ""
    except SkipRecord as skip:
        return [], str(skip)
    except Exception as fault:  # a fault of the harvester is contained to this record, and said aloud
        return [], f"the harvester {source.harvester} failed on it: {type(fault).__name__}: {fault}"


def _delete(session: Session, raw_record_ids: Sequence[int], report: RunReport) -> None:
    at = now()
    for some in chunks(raw_record_ids):
        session.execute(
            update(RawRecord).where(RawRecord.id.in_(some)).values(deleted_at=at, run_id=report.run_id, problem=None)
        )
    forget_raw_records(session, raw_record_ids, at)
    report.counters["deleted"] += len(raw_record_ids)


def _delete_missing(session: Session, source_id: int, first_run: int, report: RunReport, *, most: float) -> None:
    """What a full harvest did not meet is gone there, unless so much is missing that the source is not believed."""
    here = RawRecord.source_id == source_id, RawRecord.deleted_at.is_(None)
    missing = session.scalars(select(RawRecord.id).where(*here, RawRecord.run_id < first_run)).all()
    total = session.scalar(select(func.count()).where(*here)) or 0
    if len(missing) > FEW_MISSING and len(missing) > most * total:
        raise StopRun(
            f"{report.source}: {len(missing)} of {total} records are missing from a full harvest; this is not believed "
            f"and nothing was deleted. When it is true: `puma harvest {report.source} --full --accept-missing`."
        )
    _delete(session, missing, report)
