"""The ledger of runs: begin, count, report what was skipped, end."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from puma.entities import Run, SkippedRecord
from puma.storage import Storage, now

Progress = Callable[[str, int, int | None], None]
"""Told of long work: what is being done, how many are done, of how many when that is known."""

COUNTERS = ("seen", "added", "changed", "unchanged", "deleted", "skipped", "failed")


@dataclass(slots=True)
class RunReport:
    """What a run saw and did. ``skipped`` holds (record, reason), at most the first thousand."""

    run_id: int
    kind: str
    source: str
    state: str = "running"
    message: str = ""
    counters: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    started_at: datetime = field(default_factory=now)

    @property
    def ok(self) -> bool:
        """Whether everything was kept."""
        return self.state == "done"

    def skip(self, session: Session, rows: Iterable[tuple[str, str, str | None]]) -> None:
        """Put skipped records into the report: (record, reason, payload) each."""
        skipped = list(rows)
        values = [
            {"run_id": self.run_id, "key": key, "reason": reason, "payload_sha256": payload}
            for key, reason, payload in skipped
        ]
        if values:
            session.execute(insert(SkippedRecord), values)
            self.counters["skipped"] += len(values)
            room = 1000 - len(self.skipped)
            self.skipped.extend((key, reason) for key, reason, _ in skipped[:room])


def begin(storage: Storage, kind: str, *, source_id: int | None = None, source: str = "") -> RunReport:
    """Write a new run into the ledger."""
    started = now()
    with storage.writing() as session:
        run_id = session.execute(
            insert(Run)
            .values(
                kind=kind,
                source_id=source_id,
                state="running",
                started_at=started,
                heartbeat_at=started,
                counters={},
                message="",
            )
            .returning(Run.id)
        ).scalar_one()
    return RunReport(run_id, kind, source, started_at=started)


def keep_going(session: Session, report: RunReport) -> None:
    """Write the counters so far, as a sign of life."""
    values = {"counters": dict(report.counters), "heartbeat_at": now()}
    session.execute(update(Run).where(Run.id == report.run_id).values(**values))


def end(session: Session, report: RunReport, state: str = "", message: str = "") -> None:
    """Close the run: ``done``, or ``skipped some`` when records were skipped, or the given state."""
    report.state = state or ("skipped some" if report.counters["skipped"] else "done")
    report.message = message
    session.execute(
        update(Run)
        .where(Run.id == report.run_id)
        .values(state=report.state, message=message, counters=dict(report.counters), ended_at=now(), heartbeat_at=now())
    )
