"""Paged interfaces: by skip and limit until nothing more comes, or by a cursor that the source may forget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harvesters._reading import Json, answer, not_again, raw
from puma.errors import StopRun, TryLater
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.transport import BadStatus

MAX_RESTARTS = 2  # of one collection that moves while it is read
FORGOTTEN = frozenset((400, 404, 410, 422))
"""What services answer to a cursor that they do not know any more."""

Ask = Callable[[str, int], object]
"""(collection, how many records to leave out at its start) -> what the answer holds: a list of records."""


@dataclass(frozen=True, slots=True)
class CursorPage:
    """What one answer holds: records with their own identifiers, the cursor behind them, how many there are in all."""

    records: Sequence[tuple[str, Json]]
    cursor: str
    total: int | None


def by_skip(collections: Sequence[str], ask: Ask, own_key: Callable[[Json], str], visit: Visit) -> Iterator[Page]:
    """Pages of all collections, in their order; goes on where ``visit.cursor`` of an earlier page points.

    Each page is asked for with the last record of the page before it: when that one stands there no more, the list
    has moved, records may have slipped by, and the collection is begun anew. A collection ends when nothing follows: a
    short answer may only mean that the service gives fewer than it was asked for. own_key: the record's identifier; ""
    where it has none, then its place is taken. Raises StopRun when an answer is no list or comes again, TryLater when
    the list never stands still.
    """
    place = visit.cursor or {}
    names = list(collections)
    here = place.get("collection", next(iter(names), ""))
    for name in names[names.index(here) if here in names else len(names) :]:
        skip, last = (int(place["skip"]), str(place.get("last", ""))) if place.get("collection") == name else (0, "")
        restarts = 0
        before: tuple[str, ...] = ()
        while True:
            overlap = 1 if skip and last else 0
            found = _list(ask(name, skip - overlap), name)
            records, odd = _cut(found, name, skip - overlap, own_key)
            keys = [record.key for record in records]
            if len(found) > overlap:
                not_again(tuple(keys), before, name)
            if overlap and keys[:1] != [last]:
                restarts += 1
                if restarts > MAX_RESTARTS:
                    raise TryLater(f"{name}: the list moves while it is read, or has no order; nothing was taken away.")
                skip, last, before = 0, "", ()
                continue
            if overlap and len(found) == overlap:  # the end, or a service that gives one record at a time
                overlap, found = 0, _list(ask(name, skip), name)
                records, odd = _cut(found, name, skip, own_key)
                keys = [record.key for record in records]
                not_again(tuple(keys), (last,), name)
            if not found:
                break
            before = tuple(keys[overlap:])
            skip += len(found) - overlap
            last = keys[-1] if found and isinstance(found[-1], dict) else ""
            yield Page(tuple(records[overlap:]), {"collection": name, "skip": skip, "last": last}, skipped=tuple(odd))


def _list(found: object, name: str) -> list[object]:
    if not isinstance(found, list):
        raise StopRun(f"{name}: the source answered without a list.")
    return found


def _cut(
    found: list[object], name: str, start: int, own_key: Callable[[Json], str]
) -> tuple[list[RawRecord], list[tuple[str, str]]]:
    """The records of an answer, and the places of what is none."""
    placed = [(f"{name} {n}", one) for n, one in enumerate(found, start=start)]
    records = [raw(own_key(one) or own_place, one) for own_place, one in placed if isinstance(one, dict)]
    return records, [(own_place, "it is no JSON object") for own_place, one in placed if not isinstance(one, dict)]


def by_cursor(
    ask: Callable[[str], bytes], cut: Callable[[Json], CursorPage | None], start: str, where: str, visit: Visit
) -> Iterator[Page]:
    """Pages of a list that is read by a cursor; begun anew where the source has forgotten the cursor of an earlier run.

    ask: the answer under a cursor. cut: what an answer holds; None when it is no page of the list. start: the cursor
    of the beginning. Raises StopRun when an answer is no page or comes again.
    """
    cursor = str(visit.cursor["cursor"]) if visit.cursor else start
    resumed = cursor != start
    before: tuple[str, ...] = ()
    while cursor:
        try:
            found = answer(ask(cursor), where)
        except BadStatus as refusal:
            if not resumed or refusal.status not in FORGOTTEN:
                raise
            cursor, resumed = start, False
            continue
        page = cut(found) if isinstance(found, dict) else None
        if page is None:
            raise StopRun(f"{where} answered without a list of records.")
        resumed = False
        records = tuple(raw(key or f"cursor {cursor}, {n}", one) for n, (key, one) in enumerate(page.records))
        keys = tuple(record.key for record in records)
        not_again(keys, before, where)
        before = keys
        cursor = page.cursor if records else ""
        yield Page(records, {"cursor": cursor}, total=page.total)
