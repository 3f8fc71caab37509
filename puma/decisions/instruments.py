"""Decisions on instruments: what one is called, its periods, its group and what it followed; each can be taken back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import log
from puma.decisions.corrections import clean_value
from puma.entities import (
    Dataset,
    Decision,
    Experiment,
    Facility,
    Identifier,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    ProposalTime,
    Record,
    StoredClaim,
    Transfer,
)
from puma.errors import NotHere, WrongUsage
from puma.names import fold
from puma.resolve import ALIAS, alias_key, resettle, settle_references
from puma.storage import Storage, chunks, now, update_rows
from puma.text import clean_text
from puma.visibility import exists_for

ROLE = "user_office"
WORDS = ("name", "label", "pid")
REFERRING: tuple[Any, ...] = (Experiment, Dataset, Transfer, ProposalTime)
LONGEST = 300
MOST = 40
"""Periods of one instrument."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period [starts_on, ends_on) of an instrument; open while there is no end.

    commissioning_until: the first day after commissioning, where it began before the official opening.
    """

    label: str
    starts_on: date | None = None
    ends_on: date | None = None
    commissioning_until: date | None = None

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Period":
        """A period of words, days in ISO 8601. Raises WrongUsage with the words that are no day."""
        days: dict[str, date | None] = {}
        for name in ("starts_on", "ends_on", "commissioning_until"):
            value = said.get(name)
            try:
                days[name] = value if isinstance(value, date) else date.fromisoformat(value.strip()) if value else None
            except (AttributeError, TypeError, ValueError) as error:
                raise WrongUsage(f"{str(value)[:40]!r} is no day like 2014-12-31.") from error
        return cls(clean_text(str(said.get("label") or "")).strip()[:LONGEST], **days)

    @property
    def said(self) -> dict[str, str | None]:
        """As a claim holds it."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Named:
    """What an instrument can be given by hand; None leaves what is. successor_of: the number of another instrument."""

    name: str | None = None
    label: str | None = None
    pid: str | None = None
    group: str | None = None
    successor_of: int | None = None
    periods: Sequence[Period] | None = None


def checked(periods: Sequence[Period]) -> list[Period]:
    """Periods in their order. Raises WrongUsage in a sentence when one is without a beginning, ends before it begins,
    is commissioned until it ends, or when two overlap."""
    if not periods or len(periods) > MOST:
        raise WrongUsage(f"An instrument has between one and {MOST} periods.")
    for one in periods:
        if one.starts_on is None:
            raise WrongUsage(f"The period {one.label or 'without a label'} has no day on which it opened.")
        if one.ends_on is not None and one.ends_on <= one.starts_on:
            raise WrongUsage(
                f"The period {one.label} closes on {one.ends_on}, not after it opened on {one.starts_on}. The closing "
                "day is the first one that is no longer in it."
            )
        if one.commissioning_until and one.ends_on and one.commissioning_until >= one.ends_on:
            raise WrongUsage(
                f"The period {one.label} closes on {one.ends_on}, while commissioning lasts until "
                f"{one.commissioning_until}: nothing would be left of it."
            )
    ordered = sorted(periods, key=lambda one: one.starts_on or date.min)
    for one, following in pairwise(ordered):
        if one.ends_on is None or (following.starts_on is not None and following.starts_on < one.ends_on):
            until = f"until {one.ends_on}" if one.ends_on else "without an end"
            raise WrongUsage(
                f"The periods {one.label} ({one.starts_on}, {until}) and {following.label} "
                f"(from {following.starts_on}) overlap."
            )
    return ordered


def edit(storage: Storage, viewer: Viewer, instrument_id: int, given: Named, reason: str = "") -> int:
    """Say what an instrument is called, its periods, group or predecessor; it wins over every source from now on.

    A former name still leads to the instrument, unless another one bears it; what was done on instruments of these
    names is told apart again by day. Returns the number of the decision. Raises WrongUsage when nothing would change
    or something is impossible, NotHere when there is no such instrument.
    """
    viewer.must_be(ROLE, "Editing an instrument")
    with storage.writing() as session:
        which = select(Record.id).where(Record.id == instrument_id, Record.kind == "instrument", exists_for(viewer))
        if session.scalar(which.with_for_update()) is None:
            raise NotHere("There is no such instrument.")
        told = select(StoredClaim.id).where(StoredClaim.record_id == instrument_id, StoredClaim.source_id.is_not(None))
        if session.scalar(told.limit(1)) is None:
            raise WrongUsage("No source tells of this instrument, so there is nothing to set right.")
        held = session.get_one(Instrument, instrument_id)
        values = _changed(session, held, given)
        if not values:
            raise WrongUsage("Nothing would change: everything is as you say already.")
        at = now()
        keys = _former_name(session, held, values)
        by = {"claimed_by": viewer.name or viewer.role, "claimed_at": at}
        claim = session.execute(
            insert(StoredClaim)
            .values(record_id=instrument_id, kind="instrument", position=0, keys=keys, values=values, **by)
            .returning(StoredClaim.id)
        ).scalar_one()
        said = [{"field": name, "value": value, "claim": claim} for name, value in values.items()]
        row = log.write(session, viewer, "edit", instrument_id, None, value=said, reason=reason)
        _settle(session, instrument_id, held.facility_id, {held.name, str(values.get("name", held.name))}, at)
        return row


def take_back(session: Session, viewer: Viewer, decision: Decision) -> int:
    """What was set goes, and the sources, or what was set before, speak again."""
    viewer.must_be(ROLE, "Editing an instrument")
    log.must_stand(session, decision)
    held = session.get_one(Instrument, decision.left_id)
    claims = sorted({one["claim"] for one in decision.value})
    session.execute(delete(StoredClaim).where(StoredClaim.id.in_(claims), StoredClaim.claimed_by.is_not(None)))
    row = log.write(session, viewer, "undo", decision.left_id, None, undoes_id=decision.id)
    _settle(session, decision.left_id, held.facility_id, {held.name}, now())
    return row


def _changed(session: Session, held: Instrument, given: Named) -> dict[str, Any]:
    """What a person says that is not so already, as a claim holds it."""
    values: dict[str, Any] = {}
    for name in WORDS:
        said = getattr(given, name)
        if said is not None and said.strip() and said.strip() != (getattr(held, name) or ""):
            values[name] = clean_value("instrument", name, said)
    group = clean_text(given.group or "").strip()[:LONGEST]
    if group and group != session.scalar(select(InstrumentGroup.name).where(InstrumentGroup.id == held.group_id)):
        values["group"] = group
    if given.successor_of is not None and given.successor_of != held.successor_of_id:
        values["successor_of"] = _predecessor(session, held, given.successor_of)
    if given.periods is not None:
        ordered = checked([one if one.label else Period(values.get("name", held.name), *_days(one))
                           for one in given.periods])  # fmt: skip
        names = [one.name for one in fields(Period)]
        rows = session.execute(
            select(*(getattr(InstrumentPeriod, name) for name in names))
            .where(InstrumentPeriod.instrument_id == held.id)
            .order_by(InstrumentPeriod.starts_on)
        )
        if [Period(*row) for row in rows] != ordered:
            values["periods"] = [one.said for one in ordered]
    return values


def _days(one: Period) -> tuple[date | None, date | None, date | None]:
    return one.starts_on, one.ends_on, one.commissioning_until


def _predecessor(session: Session, held: Instrument, number: int) -> str:
    """The words by which an instrument finds the one before it. Raises WrongUsage when there are no such words."""
    before = session.get(Instrument, number)
    if before is None or before.facility_id != held.facility_id or number == held.id:
        raise WrongUsage("An instrument follows another one of its facility.")
    seen, step = {held.id}, before
    while step.successor_of_id is not None:
        if step.id in seen:
            break
        seen.add(step.id)
        step = session.get_one(Instrument, step.successor_of_id)
    if step.id == held.id:
        raise WrongUsage(f"{before.label or before.name} follows this instrument itself.")
    others = session.execute(
        select(Instrument.id, Instrument.name, Instrument.label, Instrument.pid)
        .join(Record, Record.id == Instrument.id)
        .where(Instrument.facility_id == held.facility_id, Instrument.id != number, Record.deleted_at.is_(None))
    ).all()
    taken = {fold(word) for _, *words in others for word in words if word}
    for word in (before.label, before.name, before.pid):
        if word and fold(word) not in taken:
            return word
    raise WrongUsage(f"Several instruments are called {before.name}: give that one a label of its own first.")


def _former_name(session: Session, held: Instrument, values: Mapping[str, Any]) -> list[list[str]]:
    """The name so far as another name of the instrument, unless another one bears it. Raises WrongUsage for a name
    that says nothing."""
    if "name" not in values:
        return []
    if not fold(values["name"]):
        raise WrongUsage(f"{values['name']!r} holds no letter or digit that could be compared.")
    code = session.scalar(select(Facility.code).where(Facility.id == held.facility_id)) or ""
    former = alias_key("instrument", code, held.name)
    of_facility = Instrument.facility_id == held.facility_id, Instrument.id != held.id
    borne = {fold(name) for name in session.scalars(select(Instrument.name).where(*of_facility))}
    known = select(Identifier.id).where(
        Identifier.kind == "instrument", Identifier.scheme == ALIAS, Identifier.value == former
    )
    free = fold(held.name) and fold(held.name) not in borne and session.scalar(known) is None
    return [[ALIAS, former]] if free and fold(held.name) != fold(values["name"]) else []


def _settle(
    session: Session, instrument_id: int, facility_id: int | None, names: Collection[str], at: datetime
) -> None:
    """Settle the instrument again, tell apart by day again what was done on instruments of these names, and say what
    changed."""
    namesakes = {instrument_id}
    query = select(Instrument.id, Instrument.name, Instrument.label).where(Instrument.facility_id == facility_id)
    wanted = {fold(name) for name in names}
    for number, *words in session.execute(query):
        if {fold(word) for word in words if word} & wanted:
            namesakes.add(number)
    before = _referring(session, namesakes)
    for entity, rows in before.items():
        update_rows(session, entity, [{"id": number, "instrument_id": None} for number in rows])
    resettle(session, [instrument_id], at)
    settle_references(session, at)
    after = _referring(session, namesakes)
    for entity in REFERRING:
        was, is_now = before[entity], after[entity]
        moved = {number for number in was.keys() | is_now.keys() if was.get(number) != is_now.get(number)}
        for some in chunks(sorted(moved)):
            records = select(entity.proposal_id if entity is ProposalTime else entity.id).where(entity.id.in_(some))
            session.execute(update(Record).where(Record.id.in_(records)).values(changed_at=at))


def _referring(session: Session, instruments: Collection[int]) -> dict[Any, dict[int, int | None]]:
    """Rows that were done on these instruments, by table."""
    found: dict[Any, dict[int, int | None]] = {}
    for entity in REFERRING:
        query = select(entity.id, entity.instrument_id).where(entity.instrument_id.in_(sorted(instruments)))
        found[entity] = dict(session.execute(query).all())
    return found
