"""One instrument as it is edited: names, what it followed, periods as each source has them, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import Period, log
from puma.entities import (
    Decision,
    Experiment,
    Facility,
    HarvestSource,
    Identifier,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    Record,
    StoredClaim,
)
from puma.listing.person import Act
from puma.listing.record import Named
from puma.resolve import ALIAS
from puma.storage import Storage
from puma.visibility import exists_for

SAID = {"edit": "set {fields}", "alias": "said that “{name}” means this instrument"}
WORDS = {"successor_of": "what it followed", "pid": "the persistent identifier", "periods": "its periods"}


@dataclass(frozen=True, slots=True)
class SaidPeriods:
    """The periods that one source, or a person, states."""

    said_by: str
    periods: list[Period]


@dataclass(frozen=True, slots=True)
class InstrumentEdited:
    """An instrument with all that can be edited. groups: those of its facility; others: its facility's instruments."""

    id: int
    name: str
    label: str
    pid: str
    group: str
    facility: str
    followed: Named | None
    followers: list[Named]
    periods: list[Period]
    aliases: list[str]
    groups: list[str]
    others: list[Named]
    said: list[SaidPeriods]
    history: list[Act]


def instrument_edited(storage: Storage, viewer: Viewer, instrument_id: int) -> InstrumentEdited | None:
    """The instrument of that number, or None when there is none for this viewer."""
    with storage.reading() as session:
        row = session.scalar(
            select(Instrument)
            .join(Record, Record.id == Instrument.id)
            .where(Instrument.id == instrument_id, exists_for(viewer))
        )
        if row is None:
            return None
        periods = session.scalars(
            select(InstrumentPeriod)
            .where(InstrumentPeriod.instrument_id == row.id)
            .order_by(InstrumentPeriod.starts_on, InstrumentPeriod.id)
        )
        here = InstrumentGroup.facility_id == row.facility_id
        groups = session.execute(select(InstrumentGroup.id, InstrumentGroup.name).where(here)).all()
        others = _others(session, viewer, row)
        return InstrumentEdited(
            id=row.id,
            name=row.name,
            label=row.label or "",
            pid=row.pid or "",
            group=next((name for number, name in groups if number == row.group_id), ""),
            facility=session.scalar(select(Facility.code).where(Facility.id == row.facility_id)) or "",
            followed=next((one for one in others if one.record_id == row.successor_of_id), None),
            followers=[one for one, after in _after(session, others) if after == row.id],
            periods=[Period(p.label, p.starts_on, p.ends_on, p.commissioning_until) for p in periods],
            aliases=sorted(
                value.partition("/")[2]
                for value in session.scalars(
                    select(Identifier.value).where(Identifier.record_id == row.id, Identifier.scheme == ALIAS)
                )
            ),
            groups=sorted({name for _, name in groups}),
            others=others,
            said=_said(session, row.id),
            history=_acts(session, viewer, row.id),
        )


def _others(session: Session, viewer: Viewer, row: Instrument) -> list[Named]:
    query = (
        select(Instrument.id, Instrument.name, Instrument.label)
        .join(Record, Record.id == Instrument.id)
        .where(Instrument.facility_id == row.facility_id, Instrument.id != row.id, exists_for(viewer))
        .order_by(Instrument.name, Instrument.id)
    )
    return [Named(name, number, label or "", "instrument") for number, name, label in session.execute(query)]


def _after(session: Session, others: Sequence[Named]) -> list[tuple[Named, int | None]]:
    numbers = [one.record_id or 0 for one in others]
    query = select(Instrument.id, Instrument.successor_of_id).where(Instrument.successor_of_id.is_not(None))
    after = dict(session.execute(query).all())
    return [(one, after.get(number)) for one, number in zip(others, numbers, strict=True)]


def _said(session: Session, number: int) -> list[SaidPeriods]:
    """What each source, and each person, states of the periods; who wins first."""
    rows = session.execute(
        select(StoredClaim.values, StoredClaim.claimed_by, HarvestSource.name)
        .outerjoin(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .where(StoredClaim.record_id == number)
        .order_by(StoredClaim.claimed_by.is_(None), HarvestSource.precedence, StoredClaim.id.desc())
    )
    return [
        SaidPeriods(by or source or "", [Period.read(one) for one in values["periods"]])
        for values, by, source in rows
        if values.get("periods")
    ]


def _acts(session: Session, viewer: Viewer, number: int) -> list[Act]:
    if not viewer.at_least("scientist"):
        return []
    query = (
        select(Decision, log.stands())
        .where(Decision.left_id == number, Decision.verdict.in_(sorted(SAID)))
        .order_by(Decision.id.desc())
        .limit(50)
    )
    found = []
    for row, stands in session.execute(query):
        fields = ", ".join(WORDS.get(str(one.get("field")), f"the {one.get('field')}") for one in row.value)
        name = str(row.value[0].get("name", "")) if row.value else ""
        words = SAID[row.verdict].format(fields=fields, name=name) + ("" if stands else " (taken back)")
        undo = row.id if stands and viewer.at_least("user_office") else 0
        found.append(Act(words, row.decided_by, row.decided_at, row.reason, undo, None))
    return found


def sessions_in(
    storage: Storage, viewer: Viewer, instrument_id: int, periods: Sequence[Period]
) -> tuple[list[int], int]:
    """How many sessions of an instrument begin in each of these periods, and how many in none of them."""
    with storage.reading() as session:
        days = session.scalars(
            select(Experiment.starts_at)
            .join(Record, Record.id == Experiment.id)
            .where(Experiment.instrument_id == instrument_id, Experiment.starts_at.is_not(None), exists_for(viewer))
        ).all()
    counts, outside = [0] * len(periods), 0
    for moment in days:
        place = _place(moment.date(), periods) if moment is not None else None
        if place is None:
            outside += 1
        else:
            counts[place] += 1
    return counts, outside


def _place(day: date, periods: Sequence[Period]) -> int | None:
    """The period [starts_on, ends_on) that a day is in."""
    for place, one in enumerate(periods):
        if (one.starts_on or date.min) <= day < (one.ends_on or date.max):
            return place
    return None
