"""The trail for administrators: decisions, sign-ins, rights and views of confidential lists, in one order of time."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from puma.access import Viewer
from puma.entities import AuditEntry, Decision
from puma.entities.accounts import ACTS
from puma.errors import WrongUsage
from puma.listing.portions import AT_ONCE, ExportRow, Portions, Whole, streamed
from puma.storage import Storage

_SEEN = ("saw", "exported", "personal data exported")
TOPICS: dict[str, tuple[str, ...]] = {
    "sign-ins": tuple(act for act in ACTS if act.startswith(("sign", "session"))),
    "rights": tuple(act for act in ACTS if not act.startswith(("sign", "session")) and act not in _SEEN),
    "confidential": _SEEN,
    "decisions": (),
}
"""What the trail can be cut to: acts of the audit by topic; decisions are a log of their own."""
COLUMNS = ("at", "who", "role", "act", "place", "count", "detail")
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing somebody did or saw. count: confidential records shown. place: page, export, or the records decided."""

    at: datetime
    who: str
    role: str
    act: str
    place: str
    count: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class TrailPage:
    """A piece of the trail, the newest first, and how long the whole is."""

    total: int
    items: list[Trace]


def trail(
    storage: Storage,
    viewer: Viewer,
    *,
    topic: str = "",
    who: str = "",
    since: date | None = None,
    until: date | None = None,
    offset: int = 0,
    limit: int = 100,
) -> TrailPage:
    """A piece of the trail for administrators. who: a part of a name. since, until: days in UTC, both included.

    Raises WrongUsage for a topic that does not exist.
    """
    viewer.must_be("admin", "The audit")
    logs = _logs(topic, who, since, until)
    with storage.reading() as session:
        return TrailPage(_count(session, logs), list(_read(session, logs, offset, limit)))


def whole_trail(
    storage: Storage, viewer: Viewer, *, topic: str = "", who: str = "", since: date | None = None,
    until: date | None = None,
) -> Whole:  # fmt: skip
    """The whole trail under these filters, the newest first, as rows of ``COLUMNS``."""
    viewer.must_be("admin", "The audit")
    logs = _logs(topic, who, since, until)
    found = Portions(COLUMNS, partial(_numbers, logs), partial(_rows, logs), lambda *_: None)
    return Whole("audit", COLUMNS, streamed(storage, found), found)


def how_long(
    storage: Storage, viewer: Viewer, *, topic: str = "", who: str = "", since: date | None = None,
    until: date | None = None,
) -> int:  # fmt: skip
    """How many rows the whole trail has, without reading them."""
    viewer.must_be("admin", "The audit")
    with storage.reading() as session:
        return _count(session, _logs(topic, who, since, until))


Logs = Mapping[InstrumentedAttribute[int], Any]
"""The entries of each log that are asked for, by the column of their numbers."""


def _logs(topic: str, who: str, since: date | None, until: date | None) -> Logs:
    if topic and topic not in TOPICS:
        raise WrongUsage(f"There is no topic {topic!r}; there are: {', '.join(TOPICS)}.")
    audited = select(
        AuditEntry.at.label("at"),
        AuditEntry.who.label("who"),
        AuditEntry.role.label("role"),
        AuditEntry.act.label("act"),
        AuditEntry.place.label("place"),
        AuditEntry.count.label("count"),
        AuditEntry.detail.label("detail"),
        AuditEntry.id.label("number"),
        (2 * AuditEntry.id).label("key"),
    ).where(*_between(AuditEntry.at, since, until), *_named(AuditEntry.who, who))
    pair = func.coalesce(literal(" and ") + cast(Decision.right_id, String), "")
    decided = select(
        Decision.decided_at.label("at"),
        Decision.decided_by.label("who"),
        literal("").label("role"),
        (literal("decided: ") + Decision.verdict).label("act"),
        (literal("record ") + cast(Decision.left_id, String) + pair).label("place"),
        cast(null(), AuditEntry.count.type).label("count"),
        Decision.reason.label("detail"),
        Decision.id.label("number"),
        (2 * Decision.id + 1).label("key"),
    ).where(*_between(Decision.decided_at, since, until), *_named(Decision.decided_by, who))
    if topic == "decisions":
        return {Decision.id: decided}
    if topic:
        return {AuditEntry.id: audited.where(AuditEntry.act.in_(TOPICS[topic]))}
    return {AuditEntry.id: audited, Decision.id: decided}


def _ordered(logs: Logs, *names: str) -> Select[Any]:
    """These columns of both logs in one order, the newest first."""
    rows = union_all(*logs.values()).subquery()
    return select(*(rows.c[name] for name in names)).order_by(rows.c.at.desc(), rows.c.number.desc(), rows.c.act)


def _read(session: Session, logs: Logs, offset: int, limit: int) -> Iterator[Trace]:
    for row in session.execute(_ordered(logs, *COLUMNS).offset(offset).limit(limit)):
        yield Trace(*row)


def _count(session: Session, logs: Logs) -> int:
    return session.scalar(select(func.count()).select_from(union_all(*logs.values()).subquery())) or 0


def _numbers(logs: Logs, session: Session) -> "array[int]":
    """The entries in their order: twice the number of an entry of the audit, that of a decision and one more."""
    return array("q", session.scalars(_ordered(logs, "key").execution_options(yield_per=10 * AT_ONCE)))


def _rows(logs: Logs, session: Session, keys: Sequence[int]) -> list[ExportRow]:
    """The entries of these keys, in their order."""
    found: dict[int, ExportRow] = {}
    for number, log in logs.items():
        own = [key // 2 for key in keys if key % 2 == (number is Decision.id)]
        for row in session.execute(log.where(number.in_(own))):
            found[row.key] = {name: getattr(row, name) for name in COLUMNS}
    return [found[key] for key in keys if key in found]


def _between(moment: Any, since: date | None, until: date | None) -> Sequence[ColumnElement[bool]]:
    found = []
    if since:
        found.append(moment >= datetime.combine(since, time(), UTC))
    if until:
        found.append(moment < datetime.combine(until + timedelta(days=1), time(), UTC))
    return found


def _named(column: Any, who: str) -> Sequence[ColumnElement[bool]]:
    return [or_(column == who, func.lower(column).contains(who.casefold(), autoescape=True))] if who else []
