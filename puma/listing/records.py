"""Lists of records of one kind, sorted and paged; and instruments with their periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.entities import RECORD_KINDS, Instrument, InstrumentGroup, InstrumentPeriod, Record
from puma.errors import WrongUsage
from puma.fields import fields_of
from puma.storage import Storage, listed
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class Row:
    """One record in a list: its number and the fields that may be shown."""

    id: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowPage:
    """A piece of a list, and how long the whole is."""

    total: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A dated period [starts_on, ends_on) of an instrument."""

    label: str
    starts_on: date | None
    ends_on: date | None
    commissioning_until: date | None


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """An instrument with its periods, oldest first."""

    id: int
    name: str
    label: str
    group: str
    periods: list[PeriodView]
    group_id: int | None = None
    followed_id: int | None = None
    """The number of the instrument that it followed."""


def records(
    storage: Storage,
    viewer: Viewer,
    kind: str,
    *,
    ids: Sequence[int] | None = None,
    sort: str = "id",
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> RowPage:
    """A page of the records of a kind. ``ids``: only these. Raises WrongUsage for an unknown kind or sort field."""
    if kind not in RECORD_KINDS:
        raise WrongUsage(f"There are no {kind!r}; there are: {', '.join(RECORD_KINDS)}.")
    entity: Any = RECORD_KINDS[kind]
    names = [f.name for f in fields_of(entity) if f.exported and not f.confidential]
    if sort not in ("id", *names):
        raise WrongUsage(f"A {kind} cannot be sorted by {sort!r}; it can by: id, {', '.join(names)}.")
    columns = [getattr(entity, name) for name in names]
    by = getattr(entity, sort)
    query = select(entity.id, *columns).join(Record, Record.id == entity.id).where(exists_for(viewer))
    with storage.reading() as session:
        if ids is not None:
            query = query.where(entity.id.in_(listed(session, ids)))
        ordered = query.order_by(by.desc() if descending else by, entity.id).offset(offset).limit(limit)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(ordered).all()
    saw_records(storage, viewer, f"list of {kind}s", [row[0] for row in rows])
    return RowPage(total, [Row(row[0], dict(zip(names, row[1:], strict=True))) for row in rows])


def instruments(storage: Storage, viewer: Viewer) -> list[InstrumentView]:
    """All instruments by name, with their periods."""
    query = (
        select(Instrument, InstrumentGroup.name)
        .join(Record, Record.id == Instrument.id)
        .outerjoin(InstrumentGroup, InstrumentGroup.id == Instrument.group_id)
        .where(Record.kind == "instrument", exists_for(viewer))
        .order_by(Instrument.name, Instrument.id)
    )
    with storage.reading() as session:
        found = session.execute(query).all()
        periods: dict[int, list[PeriodView]] = {}
        for period in session.scalars(
            select(InstrumentPeriod).order_by(InstrumentPeriod.starts_on, InstrumentPeriod.id)
        ):
            periods.setdefault(period.instrument_id, []).append(
                PeriodView(period.label, period.starts_on, period.ends_on, period.commissioning_until)
            )
    return [
        InstrumentView(
            i.id, i.name, i.label or i.name, group or "", periods.get(i.id, []), i.group_id, i.successor_of_id
        )
        for i, group in found
    ]
