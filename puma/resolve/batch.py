"""One batch of claims, from received to stored: identify, put beside older claims, settle, write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from puma.claims import Claim
from puma.entities import (
    CollectionItem,
    HarvestSource,
    Keyword,
    Record,
    StoredClaim,
)
from puma.entities.record import GIVEN
from puma.resolve.erased import claims_left, erased_digests, learn_keys
from puma.resolve.identity import Match, Names, assign, distinct_identifiers, known_names
from puma.resolve.settled import BY_HAND, Told, persons_named, write_settled
from puma.resolve.taken_apart import halves
from puma.storage import chunks, insert_rows, take_numbers

HIDDEN_AT_FIRST = frozenset({"proposal", "experiment", "person", "dataset", "file", "transfer"})
"""Kinds that stay hidden until the end of the run, when it is known which of them are no secret."""


@dataclass(frozen=True, slots=True)
class Received:
    """One raw record of a source and the claims read from it."""

    raw_record_id: int
    claims: Sequence[Claim]
    changed: bool  # it was stored before, with other content


def apply_batch(session: Session, source_id: int | None, received: Sequence[Received], at: datetime) -> set[int]:
    """Store the claims of a batch and settle every record they touch. Returns the numbers of those records."""
    before = forget_claims(session, [one.raw_record_id for one in received if one.changed])
    left = set(before.values())
    gone = erased_digests(session)
    if gone:
        learn_keys(session, [claim for one in received for claim in one.claims], gone, at)
    flat = [
        (one.raw_record_id, place, claim)
        for one in received
        for place, claim in enumerate(claims_left(one.claims, gone))
    ]
    claims = [claim for _, _, claim in flat]
    names = known_names(session, _wanted(claims))
    matches = _identify(session, flat, names)
    stored: list[dict[str, Any]] = [
        {
            "record_id": match.record_id,
            "raw_record_id": raw_id,
            "source_id": source_id,
            "kind": claim.kind,
            "position": place,
            "keys": [list(key) for key in claim.keys],
            "values": dict(claim.values),
            "claimed_at": at,
        }
        for (raw_id, place, claim), match in zip(flat, matches, strict=True)
    ]
    new = {match.record_id: claim.kind for match, claim in zip(matches, claims, strict=True) if match.new}
    insert_rows(
        session,
        Record,
        [
            {
                "id": number,
                "kind": kind,
                "visibility": "restricted" if kind in HIDDEN_AT_FIRST else "public",
                "created_at": at,
                "changed_at": at,
            }
            for number, kind in new.items()
        ],
    )
    insert_rows(session, StoredClaim, stored)
    old = (left | {match.record_id for match in matches}) - new.keys()
    precedence = dict(session.execute(select(HarvestSource.id, HarvestSource.precedence)).all())
    told = _told_before(session, old, precedence)
    for number, row in enumerate(stored):
        if row["record_id"] in new:
            one = told.setdefault(row["record_id"], Told(row["kind"], []))
            one.claims.append(((precedence.get(source_id or 0, 50), 0, -number), row["keys"], row["values"]))
    forgotten = old - told.keys()
    _tombstones(session, forgotten, at)
    write_settled(session, told, set(new), names, at)
    _lead_on(session, forgotten, before, {(row["raw_record_id"], row["position"]): row["record_id"] for row in stored})
    return set(told) | old


def forget_raw_records(session: Session, raw_record_ids: Sequence[int], at: datetime) -> set[int]:
    """Take back what these raw records claimed; a record of which nobody claims anything becomes a tombstone."""
    left = set(forget_claims(session, raw_record_ids).values())
    precedence = dict(session.execute(select(HarvestSource.id, HarvestSource.precedence)).all())
    told = _told_before(session, left, precedence)
    _tombstones(session, left - told.keys(), at)
    write_settled(session, told, set(), {}, at)
    return left


def resettle(session: Session, record_ids: Iterable[int], at: datetime) -> None:
    """Settle records again from the claims that stand, after a correction or a change of precedence."""
    precedence = dict(session.execute(select(HarvestSource.id, HarvestSource.precedence)).all())
    write_settled(session, _told_before(session, set(record_ids), precedence), set(), {}, at)


def forget_claims(session: Session, raw_record_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Remove the claims of raw records. Returns which record each was about, by raw record and position."""
    touched: dict[tuple[int, int], int] = {}
    for some in chunks(raw_record_ids):
        which = StoredClaim.raw_record_id.in_(some)
        query = select(StoredClaim.raw_record_id, StoredClaim.position, StoredClaim.record_id).where(which)
        touched.update({(raw_id or 0, place): record_id for raw_id, place, record_id in session.execute(query)})
        session.execute(delete(StoredClaim).where(which))
    return touched


def _wanted(claims: Iterable[Claim]) -> Iterable[tuple[str, str, str]]:
    for claim in claims:
        for scheme, value in claim.keys:
            yield claim.kind, scheme, value
        yield from persons_named(claim.values)


def _identify(session: Session, flat: Sequence[tuple[int, int, Claim]], names: Names) -> list[Match]:
    claims = [claim for _, _, claim in flat]
    apart = halves(session)
    put = [apart.of(raw_id, claim.keys) if claim.kind == "publication" else None for raw_id, _, claim in flat]
    carried = distinct_identifiers(session, list(set(names.values())))
    numbers = iter(take_numbers(session, "record", _new_at_most(claims, names)))
    return assign(claims, names, carried, lambda: next(numbers, None) or take_numbers(session, "record", 1)[0], put)


def _new_at_most(claims: Sequence[Claim], names: Names) -> int:
    return len({claim.keys[0] for claim in claims if (claim.kind, *claim.keys[0]) not in names})


def _told_before(session: Session, record_ids: set[int], precedence: dict[int, int]) -> dict[int, Told]:
    """All that is claimed of stored records; a correction alone does not keep a record that no source tells of."""
    told: dict[int, Told] = {}
    columns = (
        StoredClaim.id,
        StoredClaim.record_id,
        StoredClaim.kind,
        StoredClaim.source_id,
        StoredClaim.keys,
        StoredClaim.values,
        StoredClaim.claimed_by,
    )
    by_sources = set()
    for some in chunks(sorted(record_ids)):
        rows = session.execute(select(*columns).where(StoredClaim.record_id.in_(some)))
        for number, record_id, kind, source_id, keys, values, person in rows:
            rank = (BY_HAND if person else precedence.get(source_id or 0, 50), 1, -number)
            told.setdefault(record_id, Told(kind, [])).claims.append((rank, keys, values))
            if not person:
                by_sources.add(record_id)
    return {record_id: one for record_id, one in told.items() if record_id in by_sources}


def _lead_on(
    session: Session, forgotten: set[int], before: dict[tuple[int, int], int], now_at: dict[tuple[int, int], int]
) -> None:
    """A record that is empty because its source now tells of another one leads on to that one."""
    for place, record_id in before.items():
        became = now_at.get(place)
        if record_id in forgotten and became is not None and became != record_id:
            session.execute(update(Record).where(Record.id == record_id).values(merged_into_id=became))
            _follow(session, record_id, became)


def _follow(session: Session, record_id: int, became: int) -> None:
    """What people hung on a record goes along to what it became: keywords they gave, places in collections."""
    words = select(Keyword.value).where(Keyword.record_id == became, Keyword.namespace == GIVEN)
    given = Keyword.record_id == record_id, Keyword.added_by.is_not(None), Keyword.value.not_in(words)
    session.execute(update(Keyword).where(*given).values(record_id=became))
    there = select(CollectionItem.collection_id).where(CollectionItem.record_id == became)
    held = CollectionItem.record_id == record_id, CollectionItem.collection_id.not_in(there)
    session.execute(update(CollectionItem).where(*held).values(record_id=became))


def _tombstones(session: Session, record_ids: set[int], at: datetime) -> None:
    for some in chunks(sorted(record_ids)):
        session.execute(update(Record).where(Record.id.in_(some)).values(deleted_at=at, changed_at=at))
