"""The ledger of runs: begin, count, report what was skipped, end."""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from socket import gethostname

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from puma.claims import Claim
from puma.entities import Run, SkippedRecord
from puma.storage import Storage, now

Progress = Callable[[str, int, int | None], None]
"""Told of long work: what is being done, how many are done, of how many when that is known."""

WORKER = f"{gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
"""This process, told apart from an earlier one that had its number."""


@dataclass(slots=True)
class RunReport:
    """What a run saw and did. ``skipped`` holds (record, reason), at most the first thousand.

    left_over: fields that the records hold and the harvester does not read, with the number of records. total: how
    many records the source says it holds, when it says.
    """

    run_id: int
    kind: str
    source: str
    state: str = "running"
    message: str = ""
    counters: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    left_over: Counter[str] = field(default_factory=Counter)
    total: int | None = None
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

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is counted inside is counted only when all of it ends well, like the transaction around it."""
        before = self.counters.copy(), self.left_over.copy(), len(self.skipped)
        try:
            yield
        except BaseException:
            self.counters, self.left_over = before[:2]
            del self.skipped[before[2] :]
            raise

    def leave_over(self, claims: Iterable[Claim]) -> None:
        """Count the fields of one record that its harvester does not read."""
        self.left_over.update({name for claim in claims for name in claim.unread})


def begin(storage: Storage, kind: str, *, source_id: int | None = None, source: str = "") -> RunReport:
    """Write a new run into the ledger."""
    with storage.writing() as session:
        return begin_within(session, kind, source_id=source_id, source=source)


def begin_within(session: Session, kind: str, *, source_id: int | None = None, source: str = "") -> RunReport:
    """Write a new run into the ledger, together with what else the transaction does."""
    started = now()
    new = insert(Run).values(kind=kind, source_id=source_id, state="running", worker=WORKER, counters={}, message="")
    new = new.values(started_at=started, heartbeat_at=started)
    return RunReport(session.execute(new.returning(Run.id)).scalar_one(), kind, source, started_at=started)


def keep_going(session: Session, report: RunReport) -> str | None:
    """Write the counters so far, as a sign of life. Returns who asked the run to stop, if somebody did."""
    values = {"counters": dict(report.counters), "total": report.total, "heartbeat_at": now()}
    statement = update(Run).where(Run.id == report.run_id).values(**values)
    return session.scalar(statement.returning(Run.stop_asked_by))


def end(session: Session, report: RunReport, state: str = "", message: str = "") -> None:
    """Close the run: ``done``, or ``skipped some`` when records were skipped, or the given state."""
    report.state = state or ("skipped some" if report.counters["skipped"] else "done")
    report.message = message
    values = {"state": report.state, "message": message, "ended_at": now(), "heartbeat_at": now()}
    counted = {"counters": dict(report.counters), "left_over": dict(report.left_over), "total": report.total}
    session.execute(update(Run).where(Run.id == report.run_id).values(**values, **counted))


def ask_stop(storage: Storage, run_id: int, by: str) -> bool:
    """Ask a run to stop after its page; what it stored stays. Returns whether it was running."""
    with storage.writing() as session:
        statement = update(Run).where(Run.id == run_id, Run.state == "running").values(stop_asked_by=by)
        return session.scalar(statement.returning(Run.id)) is not None
