"""Audit: who signed in, who was given which right, and who saw or took confidential lists; it only ever grows."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from contextvars import ContextVar
from time import monotonic

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from puma.access import CONFIDENTIAL, Viewer
from puma.entities import AuditEntry, Record
from puma.storage import Storage, chunks, now

SAME_VIEW_S = 30.0
"""The parts of one page are drawn by requests of their own: within this time they are one view."""

place: ContextVar[str] = ContextVar("place", default="")
"""The page or export with its filters that the present request is about; set by the doors."""

_recent: OrderedDict[tuple[str, int, str, str, str, int], float] = OrderedDict()
_lock = threading.Lock()


def write(session: Session, viewer: Viewer, act: str, *, detail: str = "", count: int | None = None) -> None:
    """Append an entry in the transaction of what it tells of."""
    session.execute(
        insert(AuditEntry).values(
            at=now(),
            act=act,
            account_id=viewer.account or None,
            who=viewer.name[:300],
            role=viewer.role,
            place=place.get()[:2000],
            count=count,
            detail=detail[:1000],
        )
    )


def saw(storage: Storage, viewer: Viewer, what: str, count: int) -> None:
    """Note that a viewer was shown ``count`` confidential records of a list; nothing when there were none.

    The program itself, on the command line, is not noted: it asks on behalf of who may read the database anyway.
    """
    if count and place.get() and viewer.may_see_secrets and not _is_same_view(storage.url, viewer, what, count):
        with storage.writing() as session:
            write(session, viewer, "saw", detail=what, count=count)


def saw_records(storage: Storage, viewer: Viewer, what: str, ids: Collection[int]) -> None:
    """Note that a viewer was shown these records, as far as they are confidential."""
    if ids and place.get() and viewer.may_see_secrets:
        saw(storage, viewer, what, confidential_among(storage, ids))


def confidential_among(storage: Storage, ids: Collection[int]) -> int:
    """How many of these records are confidential."""
    with storage.reading() as session:
        return sum(
            session.scalar(select(func.count()).where(Record.visibility == CONFIDENTIAL, Record.id.in_(some))) or 0
            for some in chunks(list(ids))
        )


def exported(storage: Storage, viewer: Viewer, what: str, count: int) -> None:
    """Note that a viewer took a list with ``count`` confidential records in it as a file."""
    if count and place.get() and viewer.may_see_secrets:
        with storage.writing() as session:
            write(session, viewer, "exported", detail=what, count=count)


def _is_same_view(url: str, viewer: Viewer, what: str, count: int) -> bool:
    key = (url, viewer.account, viewer.name, place.get(), what, count)
    at = monotonic()
    with _lock:
        last = _recent.pop(key, None)
        same = last is not None and at - last < SAME_VIEW_S
        _recent[key] = last if same and last is not None else at
        if len(_recent) > 5000:
            _recent.popitem(last=False)
    return same
