"""What was told to the world, and when it last changed: the ledger from which lists are served and deletions told.

A record's own date of change is not what a harvester needs: who wrote a paper is resolved later, a dataset is hidden
with its proposal, and what was changed before a transaction ended would be older than a harvest that missed it. So
each look at the database compares a mark of every public record with the one before and stamps what differs with the
moment of the look. Only what was public once is ever told to be deleted; what never was leaves no trace here.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    MetaData,
    String,
    Table,
    and_,
    func,
    insert,
    select,
    tuple_,
    update,
)

from puma.provider.marks import Marked, buried, fingerprint, marks
from puma.storage import Storage, chunks, now

LOOK_AGAIN_S = 1.0
_META = MetaData()
TOLD = Table(
    "told",
    _META,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("mark", String(200), nullable=False),
    Column("stamp", BigInteger, nullable=False),  # seconds since 1970: the protocol's granularity
    Column("gone", Boolean, nullable=False),
    Index("ix_told_stamp_id", "stamp", "id"),
)
_TOLD = (TOLD.c.id, TOLD.c.kind, TOLD.c.stamp, TOLD.c.gone)
LOOKED = Table("looked", _META, Column("fingerprint", String(400), primary_key=True))


@dataclass(frozen=True, slots=True)
class Told:
    """A record as lists name it. stamp: seconds since 1970."""

    id: int
    kind: str
    stamp: int
    gone: bool

    @property
    def at(self) -> datetime:
        """The datestamp."""
        return datetime.fromtimestamp(self.stamp, UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """Which records a list is of: kinds, and stamps from first to last, both included; None is open."""

    kinds: tuple[str, ...]
    first: int | None = None
    last: int | None = None


class Announced:
    """The ledger of one installation, in a file of its own; several processes may share it."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._of, self._folder = storage, folder
        self._own: Storage | None = None
        self._lock = threading.Lock()
        self._looked: float | None = None

    def look(self) -> None:
        """See what changed since the last look; nothing when that was a moment ago or nothing did."""
        with self._lock:
            if self._looked is not None and monotonic() - self._looked < LOOK_AGAIN_S:
                return
            self._looked = monotonic()
            with self._of.reading() as there:
                seen = fingerprint(there)
            with self._ledger.reading() as own:
                if own.scalar(select(LOOKED.c.fingerprint)) == seen:
                    return
            # the marks are read while the ledger is held: an older state must not be written over a newer one
            with self._ledger.writing() as own, self._of.reading() as there:
                seen, found = fingerprint(there), marks(there)
                told = own.execute(select(TOLD.c.id, TOLD.c.mark, TOLD.c.gone))
                known = {number: (mark, gone) for number, mark, gone in told}
                first, at = not known, int(now().timestamp())
                rows = changes(known, found, at, first=first)
                if first:
                    rows += [_row(number, kind, "", stamp, gone=True) for number, kind, stamp in buried(there)]
                for some in chunks(rows):
                    old = [row["id"] for row in some if row["id"] in known]
                    own.execute(TOLD.delete().where(TOLD.c.id.in_(old)))
                    own.execute(insert(TOLD), list(some))
                own.execute(LOOKED.delete())
                own.execute(insert(LOOKED).values(fingerprint=seen))
                lost = [number for number, (_, gone) in known.items() if not gone and number not in found]
                for part in chunks(lost):
                    own.execute(update(TOLD).where(TOLD.c.id.in_(part)).values(gone=True, mark="", stamp=at))

    @property
    def _ledger(self) -> Storage:
        if self._own is None:
            self._own = Storage(f"sqlite:///{self._folder / 'announced.db'}")
            _META.create_all(self._own.engine)
        return self._own

    def page(self, span: Span, after: tuple[int, int] | None, limit: int) -> tuple[list[Told], int]:
        """Records of a span in the order of stamp and number, behind ``after``, and how many there are behind it."""
        where: list[ColumnElement[bool]] = [_within(span)]
        if after is not None:
            where.append(tuple_(TOLD.c.stamp, TOLD.c.id) > after)
        query = select(*_TOLD).where(*where)
        with self._ledger.reading() as own:
            count = own.scalar(select(func.count()).select_from(query.subquery())) or 0
            rows = own.execute(query.order_by(TOLD.c.stamp, TOLD.c.id).limit(limit)).all()
        return [Told(*row) for row in rows], count

    def one(self, number: int) -> Told | None:
        """A record by its number; None when it was never told of."""
        with self._ledger.reading() as own:
            row = own.execute(select(*_TOLD).where(TOLD.c.id == number)).first()
        return Told(*row) if row else None

    def earliest(self) -> datetime:
        """The oldest stamp; the present moment while nothing was told."""
        with self._ledger.reading() as own:
            stamp = own.scalar(select(func.min(TOLD.c.stamp)))
        return datetime.fromtimestamp(stamp, UTC) if stamp is not None else now()

    def close(self) -> None:
        """Give the connection back."""
        if self._own is not None:
            self._own.close()


def changes(
    known: Mapping[int, tuple[str, bool]], found: Mapping[int, Marked], at: int, *, first: bool
) -> list[dict[str, Any]]:
    """Rows of the records that are new, changed, or back again. first: nothing was told before, so that the records'
    own dates hold."""
    return [
        _row(number, one.kind, one.mark, one.changed if first else at, gone=False)
        for number, one in found.items()
        if known.get(number) != (one.mark, False)
    ]


def _row(number: int, kind: str, mark: str, stamp: int, *, gone: bool) -> dict[str, Any]:
    return {"id": number, "kind": kind, "mark": mark, "stamp": stamp, "gone": gone}


def _within(span: Span) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [TOLD.c.kind.in_(span.kinds)]
    if span.first is not None:
        parts.append(TOLD.c.stamp >= span.first)
    if span.last is not None:
        parts.append(TOLD.c.stamp <= span.last)
    return and_(*parts)
