"""What a page of a source brings, stored: sorted into new, changed, unchanged and deleted, read, and applied."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from puma import harvesting
from puma.entities import Payload, RawRecord
from puma.errors import StopRun
from puma.harvesting import AnySource, Page
from puma.resolve import Received, apply_batch, forget_raw_records
from puma.resolve.erased import erased_digests, names_erased
from puma.runs.ledger import RunReport
from puma.runs.reading import Read, read_all
from puma.storage import chunks, insert_rows, now, take_numbers, update_rows

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


@dataclass(frozen=True, slots=True)
class Fresh:
    """A raw record that is new or has changed."""

    number: int
    key: str
    sha256: str
    read: Read
    before: bool  # it was stored before, with other content


def digest(payload: bytes) -> str:
    """What tells whether a record changed: nothing else is believed, no datestamp and no version."""
    return hashlib.sha256(payload).hexdigest()


def unread(session: Session, source_id: int, page: Page) -> dict[str, bytes]:
    """The payloads of a page that are not stored yet, by digest: what will have to be read."""
    alive = [record for record in page.records if not record.deleted]
    known = _known(session, source_id, [record.key for record in alive])
    found = {}
    for record in alive:
        there = known.get(record.key)
        sha = digest(record.payload)
        if there is None or there.sha256 != sha or there.deleted:
            found[sha] = record.payload
    return found


def store_page(
    session: Session,
    source_id: int,
    source: AnySource,
    page: Page,
    read: dict[str, Read],
    report: RunReport,
    first_run: int,
) -> None:
    """Store the records of one page and what they claim. read: those that were read ahead, by digest."""
    report.skip(session, [(place, reason, None) for place, reason in page.skipped])
    report.counters["seen"] += len(page.skipped)
    for some in chunks(page.records, BATCH):
        _store_some(session, source_id, source, some, read, report, first_run)


def _store_some(
    session: Session,
    source_id: int,
    source: AnySource,
    records: Sequence[harvesting.RawRecord],
    read: dict[str, Read],
    report: RunReport,
    first_run: int,
) -> None:
    """Sort records into deleted, unchanged and fresh, and store each kind.

    What a source gives twice in one pass is taken once, the first time; a second one that differs is said aloud,
    because taking either by turns would change the record at every run.
    """
    report.counters["seen"] += len(records)
    known = _known(session, source_id, [record.key for record in records])
    fresh: dict[str, tuple[str, bytes]] = {}
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
        sha = digest(record.payload)
        met = fresh[record.key][0] if record.key in fresh else None
        if met is None and there is not None and there.run_id >= first_run and not there.deleted:
            met = there.sha256
        if met == sha:
            report.counters["repeated"] += 1
        elif met is not None:
            report.skip(session, [(record.key, "the source gives this record twice with different content", sha)])
        elif there is None or there.sha256 != sha or there.deleted:
            fresh[record.key] = (sha, record.payload)
        else:
            same.append(there.id)
            known[record.key] = replace(there, run_id=report.run_id)
            if there.problem:
                report.skip(session, [(record.key, there.problem, sha)])
            else:
                report.counters["unchanged"] += 1
    delete_raw(session, gone, report)
    for some in chunks(same):
        session.execute(update(RawRecord).where(RawRecord.id.in_(some)).values(run_id=report.run_id))
    if fresh:
        missing = {sha: payload for sha, payload in fresh.values() if sha not in read}
        read = {**read, **dict(zip(missing, read_all(source, list(missing.values())), strict=True))}
        sizes = {sha: len(payload) for sha, payload in fresh.values()}
        _keep_payloads(session, sizes, read)
        apply(session, source_id, _store_raw(session, source_id, fresh, known, read, report), report)


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


def _keep_payloads(session: Session, sizes: dict[str, int], read: dict[str, Read]) -> None:
    missing = set(sizes)
    for some in chunks(sorted(sizes)):
        missing.difference_update(session.scalars(select(Payload.sha256).where(Payload.sha256.in_(some))))
    gone = erased_digests(session)  # what names somebody who asked to be erased is read, and not kept
    kept = [sha for sha in sizes if sha in missing and not names_erased(read[sha].claims, gone)]
    insert_rows(session, Payload, [{"sha256": sha, "size_bytes": sizes[sha], "body": read[sha].packed} for sha in kept])


def _store_raw(
    session: Session,
    source_id: int,
    fresh: dict[str, tuple[str, bytes]],
    known: dict[str, _Known],
    read: dict[str, Read],
    report: RunReport,
) -> list[Fresh]:
    """Keep the raw records, new ones and changed ones."""
    at = now()
    numbers = iter(take_numbers(session, "raw_record", sum(key not in known for key in fresh)))
    new, old, found = [], [], []
    for key, (sha, _) in fresh.items():
        there = known.get(key)
        row = {"payload_sha256": sha, "fetched_at": at, "deleted_at": None, "problem": None, "run_id": report.run_id}
        number = there.id if there else next(numbers)
        if there:
            old.append({"id": number, **row})
        else:
            new.append({"id": number, "source_id": source_id, "key": key, **row})
        found.append(Fresh(number, key, sha, read[sha], there is not None))
    insert_rows(session, RawRecord, new)
    update_rows(session, RawRecord, old)
    return found


def apply(session: Session, source_id: int, fresh: Sequence[Fresh], report: RunReport) -> None:
    """Settle what was read into records; what could not be read is put into the report."""
    received, problems = [], []
    for one in fresh:
        if one.read.problem:  # what the record said before, when it could be read, stays
            problems.append({"id": one.number, "problem": one.read.problem})
            report.skip(session, [(one.key, one.read.problem, one.sha256)])
            continue
        if one.before:
            problems.append({"id": one.number, "problem": None})
        report.counters["changed" if one.before else "added"] += 1
        report.leave_over(one.read.claims)
        received.append(Received(one.number, one.read.claims, changed=one.before))
    apply_batch(session, source_id, received, now())
    update_rows(session, RawRecord, problems)


def delete_raw(session: Session, raw_record_ids: Sequence[int], report: RunReport) -> None:
    """Take raw records away, with what they claimed."""
    at = now()
    for some in chunks(raw_record_ids):
        session.execute(
            update(RawRecord).where(RawRecord.id.in_(some)).values(deleted_at=at, run_id=report.run_id, problem=None)
        )
    forget_raw_records(session, raw_record_ids, at)
    report.counters["deleted"] += len(raw_record_ids)


def delete_missing(session: Session, source_id: int, first_run: int, report: RunReport, *, most: float) -> None:
    """What a full harvest did not meet is gone there, unless so much is missing that the source is not believed."""
    here = RawRecord.source_id == source_id, RawRecord.deleted_at.is_(None)
    missing = session.scalars(select(RawRecord.id).where(*here, RawRecord.run_id < first_run)).all()
    total = session.scalar(select(func.count()).where(*here)) or 0
    everything = most < 1 and len(missing) == total > 0
    if everything or (len(missing) > FEW_MISSING and len(missing) > most * total):
        raise StopRun(
            f"{report.source}: {len(missing)} of {total} records are missing from a full harvest; this is not believed "
            f"and nothing was deleted. When it is true: `puma harvest {report.source} --full --accept-missing`."
        )
    delete_raw(session, missing, report)
