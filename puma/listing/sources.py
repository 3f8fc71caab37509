"""Sources with their freshness, and the runs with what they saw; counts are told to those who may know every record."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from puma.access import EVERYTHING, Viewer
from puma.entities import HarvestSource, RawRecord, Run, WantedRun
from puma.runs.lease import LEASE, may_live
from puma.runs.schedule import BY_HAND, next_due, period
from puma.storage import Storage, now

TREND = 24  # runs of a trend
BAD = ("failed", "stopped", "refused")


@dataclass(frozen=True, slots=True)
class RunView:
    """One run of the ledger. Counters, total, message and left-over fields are empty for who may not know of counts.

    total: records that the source announced. left_over: names of fields that its reader leaves out, with the number of
    records. alive: it runs, and its worker is not known to be dead.
    """

    id: int
    kind: str
    source: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    counters: dict[str, int]
    message: str
    heartbeat_at: datetime | None = None
    total: int | None = None
    left_over: dict[str, int] = field(default_factory=dict)
    stop_asked_by: str = ""
    alive: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that somebody asked for and no worker took yet. kind: harvest, full harvest or reread."""

    kind: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as the sources page shows it. ``records``: raw records that stand.

    due_at: when its schedule asks for the next run; None by hand. trouble: what is wrong with its age or last run, in a
    few words; empty when all is well. running: the run that holds it. trend: records seen by its last harvests.
    configured: it stands in puma.toml.
    """

    name: str
    harvester: str
    precedence: int
    fresh_at: datetime | None
    age_days: int | None
    records: int
    last_state: str
    last_message: str
    last_counters: dict[str, int]
    schedule: str = ""
    due_at: datetime | None = None
    trouble: str = ""
    last_run: RunView | None = None
    running: RunView | None = None
    waiting: tuple[Waiting, ...] = ()
    trend: tuple[int, ...] = ()
    configured: bool = True

    @property
    def sentence(self) -> str:
        """``library: 2 March 2026, 3 days old``."""
        if self.fresh_at is None:
            return f"{self.name}: never harvested"
        age = "today" if not self.age_days else f"{self.age_days} day{'s' if self.age_days > 1 else ''} old"
        return f"{self.name}: {self.fresh_at:%-d %B %Y}, {age}"


def sources(storage: Storage, viewer: Viewer = EVERYTHING) -> list[SourceView]:
    """All sources that were ever harvested, by name."""
    at = now()
    with storage.reading() as session:
        counts = dict(
            session.execute(
                select(RawRecord.source_id, func.count())
                .where(RawRecord.deleted_at.is_(None))
                .group_by(RawRecord.source_id)
            ).all()
        )
        found = session.scalars(select(HarvestSource).order_by(HarvestSource.name)).all()
        newest = _newest(session)
        waiting = _waiting(session)
    shown = []
    for source in found:
        past = [_run(viewer, run, source.name, at) for run in newest[source.id]]
        last = past[0] if past else None
        running = next((run for run in past if run.alive), None)
        ended = max((run for run in past if run.ended_at), key=lambda run: run.ended_at or at, default=None)
        harvests = [run for run in past if run.kind.endswith("harvest") and run.ended_at and run.state not in BAD]
        shown.append(
            SourceView(
                name=source.name,
                harvester=source.harvester,
                precedence=source.precedence,
                fresh_at=source.fresh_at,
                age_days=(at - source.fresh_at).days if source.fresh_at else None,
                records=counts.get(source.id, 0) if _counts(viewer) else 0,
                last_state=last.state if last else "",
                last_message=last.message if last else "",
                last_counters=last.counters if last else {},
                schedule=source.schedule,
                due_at=next_due(source.schedule, source.fresh_at, at) if source.schedule else None,
                trouble=trouble(source.schedule, source.fresh_at, ended.state if ended else "", at),
                last_run=ended,
                running=running,
                waiting=tuple(waiting[source.id]),
                trend=tuple(run.counters.get("seen", 0) for run in reversed(harvests)) if _counts(viewer) else (),
            )
        )
    return shown


def trouble(schedule: str, fresh_at: datetime | None, last_state: str, at: datetime) -> str:
    """What is wrong with a source at an instant, in a few words after its name; empty when all is well.

    It is stale when older than twice the period of its schedule; by hand, when older than thirty days.
    """
    if last_state in BAD:
        return {"failed": "failed in its last run", "stopped": "was stopped in its last run"}.get(
            last_state, "was refused in its last run"
        )
    if fresh_at is None:
        return ""
    if at - fresh_at > (2 * period(schedule, at) if schedule else BY_HAND):
        days = (at - fresh_at).days
        return f"is {days} day{'s' if days != 1 else ''} old" if days else f"is {_hours(at - fresh_at)} old"
    return ""


def _hours(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}"


def runs(
    storage: Storage, limit: int = 50, viewer: Viewer = EVERYTHING, *, source: str = "", run_id: int | None = None
) -> list[RunView]:
    """The newest runs, newest first. source, run_id: only those."""
    query = (
        select(Run, HarvestSource.name)
        .outerjoin(HarvestSource, HarvestSource.id == Run.source_id)
        .order_by(Run.id.desc())
        .limit(limit)
    )
    if source:
        query = query.where(HarvestSource.name == source)
    if run_id is not None:
        query = query.where(Run.id == run_id)
    at = now()
    with storage.reading() as session:
        return [_run(viewer, run, name or "", at) for run, name in session.execute(query)]


def _counts(viewer: Viewer) -> bool:
    """Whether counts of all records may be told: they would give away how many secret ones there are."""
    return viewer.at_least("user_office")


def _run(viewer: Viewer, run: Run, source: str, at: datetime) -> RunView:
    alive = run.state == "running" and at - run.heartbeat_at < LEASE and may_live(run.worker)
    if not _counts(viewer):
        state = "done" if run.state == "skipped some" else run.state
        return RunView(run.id, run.kind, source, state, run.started_at, run.ended_at, {}, "", alive=alive)
    return RunView(
        run.id, run.kind, source, run.state, run.started_at, run.ended_at, dict(run.counters), run.message,
        run.heartbeat_at, run.total, dict(run.left_over or {}), run.stop_asked_by or "", alive,
    )  # fmt: skip


def _newest(session: Session) -> dict[int, list[Run]]:
    """The newest runs of each source, newest first."""
    place = func.row_number().over(partition_by=Run.source_id, order_by=Run.id.desc()).label("place")
    ranked = select(Run.id, place).where(Run.source_id.is_not(None)).subquery()
    query = select(Run).join(ranked, ranked.c.id == Run.id).where(ranked.c.place <= TREND).order_by(Run.id.desc())
    found: dict[int, list[Run]] = defaultdict(list)
    for run in session.scalars(query):
        found[run.source_id or 0].append(run)
    return found


def _waiting(session: Session) -> dict[int, list[Waiting]]:
    found: dict[int, list[Waiting]] = defaultdict(list)
    for one in session.scalars(select(WantedRun).order_by(WantedRun.id)):
        found[one.source_id].append(Waiting(one.kind, one.asked_by, one.asked_at))
    return found


def with_configured(known: Sequence[SourceView], paragraphs: Sequence[Mapping[str, Any]]) -> list[SourceView]:
    """The sources of the ledger and those that no run has met yet, by name; those no longer configured say so.

    paragraphs: the sources of the settings; without any, all that is known counts as configured.
    """
    names = {str(one.get("name")): one for one in paragraphs}
    there = {source.name for source in known}
    new = [
        SourceView(
            name, str(one.get("harvester", "")), 0, None, None, 0, "", "", {}, schedule=str(one.get("schedule", ""))
        )
        for name, one in names.items()
        if name not in there
    ]
    left = [
        source if source.name in names or not names else replace(source, configured=False, trouble="", due_at=None)
        for source in known
    ]
    return sorted([*left, *new], key=lambda source: source.name)
