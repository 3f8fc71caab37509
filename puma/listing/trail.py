"""The trail for administrators: decisions, sign-ins, rights and views of confidential lists, in one order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import AuditEntry, Decision
from puma.entities.accounts import ACTS
from puma.errors import WrongUsage
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
AT_ONCE = 1000


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
    query = _query(topic, who, since, until)
    with storage.reading() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        return TrailPage(total, list(_read(session, query, offset, limit)))


def whole_trail(
    storage: Storage, viewer: Viewer, *, topic: str = "", who: str = "", since: date | None = None,
    until: date | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The whole trail under these filters, the newest first, as rows of ``COLUMNS``."""
    viewer.must_be("admin", "The audit")
    query = _query(topic, who, since, until)
    with storage.reading() as session:
        for offset in range(0, 1_000_000_000, AT_ONCE):
            rows = list(_read(session, query, offset, AT_ONCE))
            for row in rows:
                yield {name: getattr(row, name) for name in COLUMNS}
            if len(rows) < AT_ONCE:
                return


def _query(topic: str, who: str, since: date | None, until: date | None) -> Any:
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
    ).where(*_between(Decision.decided_at, since, until), *_named(Decision.decided_by, who))
    if topic == "decisions":
        return decided
    if topic:
        return audited.where(AuditEntry.act.in_(TOPICS[topic]))
    return union_all(audited, decided)


def _read(session: Session, query: Any, offset: int, limit: int) -> Iterator[Trace]:
    rows = query.subquery()
    ordered: Select[Any] = select(rows).order_by(rows.c.at.desc(), rows.c.number.desc(), rows.c.act)
    for row in session.execute(ordered.offset(offset).limit(limit)):
        yield Trace(*row[:7])


def _between(moment: Any, since: date | None, until: date | None) -> Sequence[ColumnElement[bool]]:
    found = []
    if since:
        found.append(moment >= datetime.combine(since, time(), UTC))
    if until:
        found.append(moment < datetime.combine(until + timedelta(days=1), time(), UTC))
    return found


def _named(column: Any, who: str) -> Sequence[ColumnElement[bool]]:
    return [or_(column == who, func.lower(column).contains(who.casefold(), autoescape=True))] if who else []
