"""Writes links: decided ones stay as they are, undecided ones follow the evidence, and nothing changes twice."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from puma.entities import Link, Record
from puma.linking.derived import Found
from puma.linking.prepared import Among, Prepared
from puma.matching.links.evidence import IDENTIFIERS, Evidence
from puma.storage import chunks, insert_rows, update_rows

DECIDED = ("validated", "rejected")
AT_ONCE = 5_000  # links written at a time: as rows their evidence is long


def digest(ledger: Iterable[Evidence]) -> str:
    """What the evidence of a pair comes down to: kinds and whole points. Small shifts of weights leave it as it is."""
    return _digest(tuple([(line.kind, round(line.points)) for line in ledger if abs(line.points) >= 0.5]))


@lru_cache(maxsize=1 << 15)
def _digest(lines: tuple[tuple[str, int], ...]) -> str:
    return hashlib.sha256(json.dumps(sorted(lines)).encode()).hexdigest()[:32]


def follow_merges(session: Session) -> int:
    """Decided links of a record that was merged go over to the record it was merged into, unless that has its own."""
    into: dict[int, int] = {}
    for number, target in session.execute(
        select(Record.id, Record.merged_into_id).where(Record.merged_into_id.is_not(None))
    ).all():
        into[number] = target or 0
    if not into:
        return 0

    def last(number: int) -> int:
        seen = {number}
        while number in into and into[number] not in seen:
            number = into[number]
            seen.add(number)
        return number

    moved = 0
    numbers = sorted(into)
    for some in chunks(numbers):
        rows = session.execute(
            select(Link.id, Link.left_id, Link.right_id)
            .where(Link.state.in_(DECIDED), Link.left_id.in_(some) | Link.right_id.in_(some))
            .order_by(Link.id)
        ).all()
        for row in rows:
            left, right = last(row.left_id), last(row.right_id)
            there = session.execute(
                select(Link.id, Link.state).where(Link.left_id == left, Link.right_id == right)
            ).first()
            if left == right or (there and there.state in DECIDED):
                continue
            if there:
                session.execute(delete(Link).where(Link.id == there.id))
            session.execute(update(Link).where(Link.id == row.id).values(left_id=left, right_id=right))
            moved += 1
    return moved


def decided_links(session: Session) -> dict[tuple[int, int], str]:
    """The state of every link that somebody decided."""
    rows = session.execute(select(Link.left_id, Link.right_id, Link.state).where(Link.state.in_(DECIDED)))
    return {(left, right): state for left, right, state in rows.all()}


def store_links(
    session: Session,
    relations: Sequence[str],
    found: Sequence[Found],
    *,
    model: str,
    at: datetime,
    looked: tuple[Collection[tuple[int, int]], Collection[int]] | None = None,
    moved: set[int] | None = None,
) -> dict[str, int]:
    """Make the links of these relations be the found ones. Returns what was counted.

    A validated or rejected link stays; a rejected one comes back as a candidate only when an identifier was found that
    the reviewer had not seen. Undecided links that nothing speaks for any more go, but for those about which one of two
    persons had a word. looked: only at these pairs, and at all links of these records, was looked; all others stay.
    moved: gets the publications with a link that came, went or is of another strength now.
    """
    pairs, whole = looked or ((), ())
    moved = set() if moved is None else moved
    if looked:  # the evidence is long: that of links that nobody looks at is not read
        rows: Iterable[Any] = _links(*relations).of(session, _looked_at(session, pairs, whole))
    else:
        rows = _links(*relations)(session)
    held: dict[tuple[int, int], Any] = {(row.left_id, row.right_id): row for row in rows}
    fresh: list[Found] = []
    changed: list[dict[str, Any]] = []
    counters = dict.fromkeys(
        ("links_added", "links_changed", "links_removed", "links_reopened", "links_kept_decided"), 0
    )
    wanted = {(one.left_id, one.right_id) for one in found}
    for one in found:
        before = held.get((one.left_id, one.right_id))
        if before is None:
            fresh.append(one)
            moved.add(one.left_id)
            continue
        row = _row(one, model, at)
        if before.state in DECIDED:
            if before.state == "rejected" and _new_identifier(before, one, row["evidence_digest"]):
                counters["links_reopened"] += 1
                moved.add(one.left_id)
                changed.append({**row, "id": before.id, "state": "candidate", "decided_by": None, "decided_at": None})
            else:
                counters["links_kept_decided"] += 1
        elif any(getattr(before, name) != row[name] for name in COMPARED):
            counters["links_changed"] += 1
            if any(getattr(before, name) != row[name] for name in STRENGTH):
                moved.add(one.left_id)
            changed.append({**row, "id": before.id, "decided_by": None, "decided_at": None})
    outdated = [row for key, row in held.items() if key not in wanted and row.state not in DECIDED and row.said is None]
    moved.update(row.left_id for row in outdated)
    gone = [row.id for row in outdated]
    for part in chunks(gone):
        session.execute(delete(Link).where(Link.id.in_(part)))
    for some in chunks(fresh, AT_ONCE):
        insert_rows(session, Link, [_row(one, model, at) for one in some])
    for item in changed:
        item.pop("found_at")
    update_rows(session, Link, changed)
    counters["links_added"], counters["links_removed"] = len(fresh), len(gone)
    return counters


@cache
def _links(*relations: str) -> Prepared[*tuple[Any, ...]]:
    return Prepared(lambda among: select(
        Link.id, Link.left_id, Link.right_id, Link.relation, Link.state, Link.tier, Link.channel, Link.score,
        Link.probability, Link.evidence, Link.evidence_digest, Link.model, Link.said,
    ).where(among(Link.id), Link.relation.in_(relations)))  # fmt: skip


def _looked_at(session: Session, pairs: Collection[tuple[int, int]], whole: Collection[int]) -> set[int]:
    """The links of these pairs, and all of these records, by number."""
    found = {number for number, *_ in chain(_of_lefts.of(session, whole), _of_rights.of(session, whole))}
    lefts = {left for left, _ in pairs}
    return found | {number for number, *pair in _of_lefts.of(session, lefts) if tuple(pair) in pairs}


@Prepared
def _of_lefts(among: Among) -> Select[int, int, int]:
    return select(Link.id, Link.left_id, Link.right_id).where(among(Link.left_id))


@Prepared
def _of_rights(among: Among) -> Select[int, int, int]:
    return select(Link.id, Link.left_id, Link.right_id).where(among(Link.right_id))


STRENGTH = ("state", "tier", "score")
COMPARED = ("relation", "state", "tier", "channel", "score", "probability", "evidence", "evidence_digest", "model")


def _row(one: Found, model: str, at: datetime) -> dict[str, Any]:
    counts = one.tier == "auto"
    return {
        "left_id": one.left_id,
        "right_id": one.right_id,
        "relation": one.relation,
        "state": "auto" if counts else "candidate",
        "tier": "auto" if counts else "review",
        "channel": one.channel,
        "score": one.score,
        "probability": one.probability,
        "evidence": [line.as_json() for line in one.ledger],
        "evidence_digest": digest(one.ledger),
        "model": model,
        "found_at": at,
    }


def _new_identifier(before: Any, one: Found, fresh_digest: str) -> bool:
    seen = {line["kind"] for line in before.evidence if line["points"] > 0}
    new = {line.kind for line in one.ledger if line.points > 0 and line.kind in IDENTIFIERS}
    return bool(fresh_digest != before.evidence_digest and new - seen)


def tiers(found: Iterable[Found]) -> Mapping[str, int]:
    """How many links are in which tier."""
    counted = {"links_auto": 0, "links_review": 0}
    for one in found:
        counted["links_auto" if one.tier == "auto" else "links_review"] += 1
    return counted
