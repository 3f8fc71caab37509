"""Skipped records of a run, and what their source sent: for those who may know every record."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from puma.access import Viewer
from puma.accounts.audit import confidential_among, exported, saw
from puma.entities import Payload, RawRecord, Run, SkippedRecord, StoredClaim
from puma.errors import NotHere
from puma.storage import Storage

SHOWN_BYTES = 64_000
"""Of a payload on a page; the whole is a download."""
PIECE = 1 << 16  # bytes of a download that are unpacked at a time


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that a run could not read, and why. payload: digest of what the source sent, where it was kept."""

    key: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class SkippedPage:
    """A piece of what a run skipped, and how much it is in all."""

    total: int
    rows: list[Skipped]


@dataclass(frozen=True, slots=True)
class PayloadView:
    """What a source sent, as text for a page. cut: the page shows only its beginning."""

    sha256: str
    size_bytes: int
    text: str
    cut: bool


def skipped(storage: Storage, viewer: Viewer, run_id: int, *, offset: int = 0, limit: int = 200) -> SkippedPage:
    """What a run skipped. Reasons may quote records, so they are for the user office."""
    viewer.must_be("user_office", "Reading what was skipped")
    which = SkippedRecord.run_id == run_id
    with storage.reading() as session:
        if session.get(Run, run_id) is None:
            raise NotHere(f"There is no run {run_id}.")
        total = session.scalar(select(func.count()).select_from(SkippedRecord).where(which)) or 0
        kept = Payload.sha256 == SkippedRecord.payload_sha256
        rows = session.execute(
            select(SkippedRecord.key, SkippedRecord.reason, Payload.sha256)
            .outerjoin(Payload, kept)
            .where(which)
            .order_by(SkippedRecord.id)
            .offset(offset)
            .limit(limit)
        )
        return SkippedPage(total, [Skipped(key, reason, sha or "") for key, reason, sha in rows])


def payload(storage: Storage, viewer: Viewer, sha256: str) -> PayloadView:
    """The beginning of what a source sent, as text: bytes that are no UTF-8 are shown as such."""
    packed, size = _packed(storage, viewer, sha256)
    saw(storage, viewer, f"payload {sha256[:12]}", _secrets_in(storage, sha256))
    body = zlib.decompressobj().decompress(packed, SHOWN_BYTES)
    cut = size > len(body)
    text = body.decode("utf-8-sig", errors="backslashreplace" if not cut else "replace")
    return PayloadView(sha256, size, text, cut)


def must_be_kept(storage: Storage, viewer: Viewer, sha256: str) -> None:
    """Raises NotHere where there is no such payload; nothing of it is read."""
    _kept(storage, viewer, sha256, Payload.size_bytes)


def payload_pieces(storage: Storage, viewer: Viewer, sha256: str) -> Iterator[bytes]:
    """All that a source sent, byte for byte, in pieces. Raises before the first piece."""
    packed, _ = _packed(storage, viewer, sha256)
    exported(storage, viewer, f"payload {sha256[:12]}", _secrets_in(storage, sha256))

    def pieces() -> Iterator[bytes]:
        unpacking, rest = zlib.decompressobj(), packed
        while rest:
            piece = unpacking.decompress(rest, PIECE)
            rest = unpacking.unconsumed_tail
            if piece:
                yield piece
        yield unpacking.flush()

    return pieces()


def _packed(storage: Storage, viewer: Viewer, sha256: str) -> tuple[bytes, int]:
    found = _kept(storage, viewer, sha256, Payload.body, Payload.size_bytes)
    return found.body, found.size_bytes


def _kept(storage: Storage, viewer: Viewer, sha256: str, *columns: Any) -> Row[Any]:
    viewer.must_be("user_office", "Reading what a source sent")
    with storage.reading() as session:
        found = session.execute(select(*columns).where(Payload.sha256 == sha256)).first()
    if found is None:
        raise NotHere("There is no such payload.")
    return found


def _secrets_in(storage: Storage, sha256: str) -> int:
    """How many confidential records a payload tells of. What nobody could read may hold anything: it counts as one."""
    with storage.reading() as session:
        query = (
            select(StoredClaim.record_id)
            .join(RawRecord, RawRecord.id == StoredClaim.raw_record_id)
            .where(RawRecord.payload_sha256 == sha256)
        )
        told = set(session.scalars(query))
    return confidential_among(storage, told) if told else 1
