"""Runs that people asked for on a page, and runs that are due by schedule: what a worker does next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import delete, func, insert, select

from puma.entities import HarvestSource, Run, WantedRun
from puma.errors import WrongUsage
from puma.harvesting import AnySource
from puma.runs.schedule import next_due
from puma.storage import Storage, now

Kind = Literal["harvest", "full harvest", "reread"]
AFTER_FAILURE = timedelta(minutes=15)  # a source that failed is tried again by schedule only after this long


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do. ``by``: who asked for it; "" when the schedule did."""

    source: str
    kind: Kind
    by: str = ""


def want(storage: Storage, source: str, kind: Kind, by: str) -> None:
    """Ask for a run of a source; a worker takes it. The same request is kept once. Raises WrongUsage."""
    with storage.writing() as session:
        number = session.scalar(select(HarvestSource.id).where(HarvestSource.name == source))
        if number is None:
            raise WrongUsage(f"There is no source {source!r}.")
        same = select(WantedRun.id).where(WantedRun.source_id == number, WantedRun.kind == kind)
        if session.scalar(same) is None:
            session.execute(insert(WantedRun).values(source_id=number, kind=kind, asked_by=by, asked_at=now()))


def take_wanted(storage: Storage) -> Task | None:
    """The oldest request, taken: no other worker gets it. None when nobody wants anything."""
    query = select(WantedRun.id, HarvestSource.name, WantedRun.kind, WantedRun.asked_by)
    query = query.join(HarvestSource, HarvestSource.id == WantedRun.source_id).order_by(WantedRun.id).limit(1)
    while True:
        with storage.writing() as session:
            found = session.execute(query).first()
            if found is None:
                return None
            number, name, kind, by = found
            taken = delete(WantedRun).where(WantedRun.id == number).returning(WantedRun.id)
            if session.scalar(taken) is not None:
                return Task(name, cast(Kind, kind), by)


def due(storage: Storage, sources: Sequence[AnySource], at: datetime) -> list[Task]:
    """The sources that are due by their schedules, the longest overdue first."""
    scheduled = {source.name: source.schedule for source in sources if source.schedule}
    if not scheduled:
        return []
    newest = select(func.max(Run.id)).where(Run.source_id.is_not(None), Run.kind == "harvest").group_by(Run.source_id)
    query = select(HarvestSource.name, Run.started_at, Run.state).join(Run, Run.source_id == HarvestSource.id)
    with storage.reading() as session:
        last = {name: (began, state) for name, began, state in session.execute(query.where(Run.id.in_(newest)))}
    found = []
    for name, schedule in scheduled.items():
        began, state = last.get(name, (None, ""))
        moment = next_due(schedule, began, at)
        if began and state in ("stopped", "failed"):  # by schedule it was done; it was not
            moment = min(moment or at, began + AFTER_FAILURE)
        if moment is not None and moment <= at:
            found.append((moment, name))
    return [Task(name, "harvest") for _, name in sorted(found)]
