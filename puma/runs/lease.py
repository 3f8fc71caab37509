"""The lease of a source: one run harvests it at a time; what a dead run holds is taken over."""

import os
from datetime import datetime, timedelta
from socket import gethostname

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from puma.entities import HarvestSource, Run
from puma.errors import Refused, StopRun
from puma.runs.ledger import WORKER, RunReport

AT_WORK: set[int] = set()  # the runs of this process that have a source
LEASE = timedelta(minutes=15)  # renewed with each page; longer than the patience with any one page


def take_lease(session: Session, source_id: int, report: RunReport, at: datetime) -> None:
    """Give the source to this run. Raises Refused, in a sentence that says what to do, while another run has it."""
    columns = HarvestSource.leased_by, HarvestSource.leased_until, Run.worker, Run.state
    query = select(*columns).outerjoin(Run, Run.id == HarvestSource.leased_by)
    holder, until, worker, state = session.execute(query.where(HarvestSource.id == source_id)).one()
    lives = worker != WORKER or holder in AT_WORK
    if holder is not None and until and until > at and state == "running" and lives and may_live(worker):
        raise Refused(
            f"{report.source} is being harvested by run {holder}: wait for it or stop it. If it died on another "
            f"machine, its place is free at {until:%H:%M} UTC."
        )
    gave_way = update(HarvestSource).where(HarvestSource.id == source_id)
    free = HarvestSource.leased_by.is_(None) if holder is None else HarvestSource.leased_by == holder
    taken = gave_way.where(free).values(leased_by=report.run_id, leased_until=at + LEASE)
    if session.scalar(taken.returning(HarvestSource.id)) is None:
        raise Refused(f"{report.source} was taken by another run in this moment: wait for it.")
    AT_WORK.add(report.run_id)
    if holder is not None:
        words = f"It was cut off; run {report.run_id} goes on from its last page."
        dead = update(Run).where(Run.id == holder, Run.state == "running")
        session.execute(dead.values(state="stopped", message=words, ended_at=at))


def renew_lease(session: Session, source_id: int, report: RunReport, at: datetime) -> None:
    """Keep the source for another while. Raises StopRun when another run has taken it over."""
    mine = update(HarvestSource).where(HarvestSource.id == source_id, HarvestSource.leased_by == report.run_id)
    if session.scalar(mine.values(leased_until=at + LEASE).returning(HarvestSource.id)) is None:
        raise StopRun(f"{report.source} was taken over by another run, because this one was silent for too long.")


def give_back(session: Session, source_id: int, report: RunReport) -> None:
    """End the lease, if this run still has it."""
    AT_WORK.discard(report.run_id)
    mine = update(HarvestSource).where(HarvestSource.id == source_id, HarvestSource.leased_by == report.run_id)
    session.execute(mine.values(leased_by=None, leased_until=None))


def may_live(worker: str | None) -> bool:
    """Whether a worker may still be at work: of another machine that is not known, of this one it is asked."""
    if not worker:
        return False
    if worker == WORKER:
        return True
    host, process, _ = worker.rsplit(":", 2)
    if host != gethostname():
        return True
    if int(process) == os.getpid():
        return False  # an earlier process that had our number
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, and somebody else's
    return True
