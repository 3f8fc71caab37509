"""Sources with their freshness, and the runs with what they saw and skipped."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from puma.access import Viewer
from puma.entities import HarvestSource, RawRecord, Run, SkippedRecord
from puma.storage import Storage, now


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as the sources page shows it. ``records``: raw records that stand."""

    name: str
    harvester: str
    precedence: int
    fresh_at: datetime | None
    age_days: int | None
    records: int
    last_state: str
    last_message: str
    last_counters: dict[str, int]

    @property
    def sentence(self) -> str:
        """``library: 2 March 2026, 3 days old``."""
        if self.fresh_at is None:
            return f"{self.name}: never harvested"
        age = "today" if not self.age_days else f"{self.age_days} day{'s' if self.age_days > 1 else ''} old"
        return f"{self.name}: {self.fresh_at:%-d %B %Y}, {age}"


@dataclass(frozen=True, slots=True)
class RunView:
    """One run of the ledger."""

    id: int
    kind: str
    source: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    counters: dict[str, int]
    message: str


def sources(storage: Storage) -> list[SourceView]:
    """All sources that were ever harvested, by name."""
    newest = select(func.max(Run.id).label("id")).where(Run.source_id.is_not(None)).group_by(Run.source_id).subquery()
    counts = (
        select(RawRecord.source_id, func.count().label("records"))
        .where(RawRecord.deleted_at.is_(None))
        .group_by(RawRecord.source_id)
        .subquery()
    )
    query = (
        select(HarvestSource, Run, func.coalesce(counts.c.records, 0))
        .select_from(HarvestSource)
        .outerjoin(Run, (Run.source_id == HarvestSource.id) & Run.id.in_(select(newest.c.id)))
        .outerjoin(counts, counts.c.source_id == HarvestSource.id)
        .order_by(HarvestSource.name)
    )
    at = now()
    with storage.reading() as session:
        return [
            SourceView(
                name=source.name,
                harvester=source.harvester,
                precedence=source.precedence,
                fresh_at=source.fresh_at,
                age_days=(at - source.fresh_at).days if source.fresh_at else None,
                records=records,
                last_state=run.state if run else "",
                last_message=run.message if run else "",
                last_counters=dict(run.counters) if run else {},
            )
            for source, run, records in session.execute(query)
        ]


def runs(storage: Storage, limit: int = 50) -> list[RunView]:
    """The newest runs, newest first."""
    query = (
        select(Run, HarvestSource.name)
        .select_from(Run)
        .outerjoin(HarvestSource, HarvestSource.id == Run.source_id)
        .order_by(Run.id.desc())
        .limit(limit)
    )
    with storage.reading() as session:
        return [
            RunView(
                run.id, run.kind, source or "", run.state, run.started_at, run.ended_at, dict(run.counters), run.message
            )
            for run, source in session.execute(query)
        ]


def skipped(storage: Storage, viewer: Viewer, run_id: int, limit: int = 200) -> list[tuple[str, str]]:
    """(record, reason) of what a run skipped. Reasons may quote records, so they are for the user office."""
    viewer.must_be("user_office", "Reading what was skipped")
    query = select(SkippedRecord.key, SkippedRecord.reason).where(SkippedRecord.run_id == run_id)
    with storage.reading() as session:
        return list(session.execute(query.order_by(SkippedRecord.id).limit(limit)))
