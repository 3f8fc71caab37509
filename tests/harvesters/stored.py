"""What harvests left in the database, without numbers and moments: two of these are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from puma.entities import (
    HarvestSource,
    Identifier,
    Publication,
    RawRecord,
    Record,
    Run,
    SkippedRecord,
    StoredClaim,
)
from puma.storage import Storage

COLUMNS = ("doi", "title", "type", "year", "journal", "publisher", "published_on")


@dataclass(frozen=True)
class Stored:
    """Live raw records, claims, publications and identifiers, each in an order of its own."""

    raw: list[Any]
    claims: list[Any]
    publications: list[Any]
    identifiers: list[Any]

    @property
    def keys(self) -> set[str]:
        return {key for key, *_ in self.raw}


def stored(storage: Storage) -> Stored:
    """The state as people see it: what was deleted is left out."""
    with storage.reading() as session:
        alive = RawRecord.deleted_at.is_(None)
        raw = session.execute(
            select(RawRecord.key, RawRecord.payload_sha256, RawRecord.problem).where(alive).order_by(RawRecord.key)
        )
        claims = session.execute(
            select(RawRecord.key, StoredClaim.kind, StoredClaim.position, StoredClaim.keys, StoredClaim.values)
            .join(RawRecord, RawRecord.id == StoredClaim.raw_record_id)
            .order_by(RawRecord.key, StoredClaim.position)
        )
        live = select(Record.id).where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))
        publications = session.execute(
            select(*(getattr(Publication, name) for name in COLUMNS), Publication.journal_id.is_not(None))
            .where(Publication.id.in_(live))
            .order_by(Publication.doi, Publication.title)
        )
        identifiers = session.execute(
            select(Identifier.kind, Identifier.scheme, Identifier.value, Record.visibility)
            .join(Record, Record.id == Identifier.record_id)
            .where(Identifier.record_id.in_(live), Identifier.kind != "facility")
            .order_by(Identifier.kind, Identifier.scheme, Identifier.value)
        )
        return Stored(*([tuple(row) for row in rows] for rows in (raw, claims, publications, identifiers)))


def added(storage: Storage) -> int:
    """Records that all runs together say they added: each must be counted once."""
    with storage.reading() as session:
        return sum(int(counters.get("added", 0)) for counters in session.scalars(select(Run.counters)))


def loose_ends(storage: Storage) -> dict[str, int]:
    """What must not be left when a source is done: runs that still run, a checkpoint, a lease."""
    with storage.reading() as session:
        return {
            "running": session.scalar(select(func.count()).where(Run.state == "running")) or 0,
            "checkpoint": len([c for c in session.scalars(select(HarvestSource.checkpoint)) if c is not None]),
            "lease": session.scalar(select(func.count()).where(HarvestSource.leased_by.is_not(None))) or 0,
        }


def skipped(storage: Storage) -> list[tuple[str, str]]:
    """(record, reason) of all that was skipped."""
    with storage.reading() as session:
        rows = session.execute(select(SkippedRecord.key, SkippedRecord.reason).order_by(SkippedRecord.id))
        return [(key, reason) for key, reason in rows]
