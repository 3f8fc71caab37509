"""Where the values of a record came from: its sources, who corrected what, and what people decided about it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.claims import COLUMNS, PARTS, UNITED, settle
from puma.decisions import log
from puma.entities import RECORD_KINDS, Decision, HarvestSource, Record, StoredClaim
from puma.fields import Field
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that a person set and that stands. said: what the sources say, with their names; empty for nothing.

    decision: its number, by which it is taken back.
    """

    field: str
    label: str
    value: str
    by: str
    at: datetime
    reason: str
    said: str
    decision: int


@dataclass(frozen=True, slots=True)
class Told:
    """Who tells of a list of a record, or of one of its words.

    part: ``authors``, ``participants``, ``times``, ``related`` ..., or ``keywords`` and ``identifiers``, which are told
    word by word. value: ``AUTHOR: diffraction``, ``doi: 10.1000/182``; empty for a list as a whole. origin: the source
    and when it said so; of several, the one that wins first.
    """

    part: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Correctable:
    """A field that can be corrected: what it means and what it holds now, days and instants in ISO 8601."""

    name: str
    label: str
    help: str
    kind: str
    unit: str
    choices: tuple[str, ...]
    value: str


Ranked = list[tuple[tuple[int, int], str, StoredClaim]]
"""(rank, source or "", claim) of everything that is claimed of a record, the winning ones first."""


def ranked_claims(session: Session, record_id: int) -> Ranked:
    """What is claimed of a record, in the order in which it wins."""
    rows = session.execute(
        select(StoredClaim, HarvestSource.name, HarvestSource.precedence)
        .outerjoin(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .where(StoredClaim.record_id == record_id)
    )
    ranked = [
        ((0 if claim.claimed_by else precedence or 50, -claim.id), source or "", claim)
        for claim, source, precedence in rows
    ]
    return sorted(ranked, key=lambda one: one[0])


def origins(claims: Ranked) -> dict[str, str]:
    """For each field the source, or the person, whose claim won, and when it was made."""
    found = [(_who(source, claim), claim.values) for _, source, claim in claims]
    return {name: str(origin) for name, origin in settle(found)[1].items()}


def lists_told(claims: Ranked) -> list[Told]:
    """Who tells of each list and each identifier of a record. Where sources are put together all are named, else the
    one whose list stands."""
    by: dict[tuple[str, str], list[str]] = defaultdict(list)
    for _, source, claim in claims:
        who = _who(source, claim)
        for part in PARTS.get(claim.kind, ()):
            items = claim.values.get(part) or ()
            if not items or (part not in UNITED and (part, "") in by):
                continue
            words = [joined(one["namespace"], one["value"]) for one in items] if part == "keywords" else [""]
            for word in words:
                by[part, word].append(who)
        for scheme, value in claim.keys:
            by["identifiers", joined(scheme, value)].append(who)
    return [Told(part, value, "; ".join(dict.fromkeys(who))) for (part, value), who in by.items()]


def joined(space: str, word: str) -> str:
    """A word with what it belongs to: ``AUTHOR: diffraction``, ``doi: 10.1000/182``."""
    return f"{space}: {word}" if space else word


def _who(source: str, claim: StoredClaim) -> str:
    """``library, 2 March 2026``: who claimed, and when."""
    return f"{f'corrected by {claim.claimed_by}' if claim.claimed_by else source}, {claim.claimed_at:%-d %B %Y}"


def corrections(session: Session, viewer: Viewer, record_id: int, kind: str, claims: Ranked) -> list[Correction]:
    """The corrections that stand on a record, field by field; of several of one field the newest, which wins."""
    if not viewer.at_least("scientist"):
        return []
    merged = select(Record.id).where(Record.merged_into_id == record_id)
    rows = session.scalars(
        select(Decision).where(
            Decision.verdict == "correct",
            or_(Decision.left_id == record_id, Decision.left_id.in_(merged)),
            log.stands(),
        )
    )
    decided = {(one.get("claim"), one.get("field")): row for row in rows for one in row.value}
    by_person = [claim for _, _, claim in claims if claim.claimed_by]
    by_source = [(source, claim.values) for _, source, claim in claims if not claim.claimed_by]
    found: dict[str, Correction] = {}
    for claim in by_person:
        for name, value in claim.values.items():
            row = decided.get((claim.id, name))
            column = COLUMNS[kind].get(name)
            if row is None or column is None or name in found or _hidden(viewer, column):
                continue
            said = _said(by_source, name)
            found[name] = Correction(
                name, column.label, _text(value), row.decided_by, row.decided_at, row.reason, said, row.id
            )
    return list(found.values())


def _said(by_source: Iterable[tuple[str, dict[str, Any]]], name: str) -> str:
    """``library says 2019``; what several say, the winning one first."""
    told: dict[str, list[str]] = {}
    for source, values in by_source:
        if values.get(name) not in (None, ""):
            told.setdefault(_text(values[name]), []).append(source)
    return "; ".join(f"{', '.join(dict.fromkeys(names))}: {value}" for value, names in told.items())


def correctable(storage: Storage, viewer: Viewer, record_id: int) -> list[Correctable]:
    """The fields of a record that may be corrected by hand; none when no source tells of it or it is not there."""
    viewer.must_be("user_office", "Correcting a record")
    with storage.reading() as session:
        kind = session.scalar(select(Record.kind).where(Record.id == record_id, exists_for(viewer)))
        told = select(StoredClaim.id).where(StoredClaim.record_id == record_id, StoredClaim.source_id.is_not(None))
        entity: Any = RECORD_KINDS.get(kind or "")
        row = session.get(entity, record_id) if entity is not None else None
        if kind is None or row is None or session.scalar(told.limit(1)) is None:
            return []
        return [
            Correctable(f.name, f.label, f.help, f.kind.name, f.unit, f.choices, _text(getattr(row, f.name)))
            for f in COLUMNS[kind].values()
            if f.kind.name != "json"
        ]


def _text(value: Any) -> str:
    """A value as it can be typed again."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _hidden(viewer: Viewer, field: Field) -> bool:
    return field.confidential and not viewer.at_least("user_office")


SAID = {
    "accept": "accepted a link",
    "reject": "rejected a link",
    "undo": "took a decision back",
    "merge": "made two records one",
    "distinct": "said that two records are two",
    "join": "made two one",
    "split": "took it apart",
    "edit": "set its names, periods, group or predecessor",
    "resolve": "said that an affiliation is this institution",
    "dismiss": "said that a doubt needs nobody",
    "tag": "added the keyword",
    "untag": "removed the keyword",
    "for": "accepted a link, as one of two persons",
    "against": "rejected a link, as one of two persons",
}


def history(session: Session, viewer: Viewer, record_id: int) -> list[str]:
    """What people decided about a record, newest first, in sentences."""
    kind = session.scalar(select(Record.kind).where(Record.id == record_id)) or ""
    query = (
        select(Decision)
        .where(or_(Decision.left_id == record_id, Decision.right_id == record_id))
        .order_by(Decision.id.desc())
        .limit(50)
    )
    lines = []
    for one in session.scalars(query):
        what = SAID.get(one.verdict, one.verdict)
        if one.verdict == "correct":
            set_here = [
                f"{COLUMNS[kind][v['field']].label} to {plain(_text(v['value']))!r}"
                for v in one.value
                if v.get("field") in COLUMNS.get(kind, {}) and not _hidden(viewer, COLUMNS[kind][v["field"]])
            ]
            what = f"set {', '.join(set_here)}" if set_here else "corrected a confidential field"
        if one.verdict in ("tag", "untag") and one.value:
            what = f"{what} {one.value[0].get('keyword')!r}"
        if one.verdict == "alias" and one.value:
            what = f"said that {one.value[0].get('name')!r} means this {kind}"
        reason = f": {one.reason}" if one.reason else ""
        lines.append(f"{one.decided_at:%-d %B %Y %H:%M} {one.decided_by} {what}{reason}")
    return lines
