"""What changed since the last matching: nothing, some publications, or more than that."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from puma.entities import (
    Affiliation,
    Authorship,
    Decision,
    File,
    FilePage,
    Identifier,
    InstrumentPeriod,
    Link,
    RawRecord,
    Record,
    Relation,
    StoredClaim,
)
from puma.linking.checksums import BLOCK, of_blocks, of_each
from puma.linking.prepared import Among, Prepared
from puma.matching.links.evidence import Policy
from puma.resolve import AUTHOR
from puma.settings import MatchSettings, Settings

NOT_COMPARED = ("publication", "file", "journal", "journal_listing", "transfer", "contribution", "operation")
"""Kinds of records on which no rarity, proposal or person hangs."""
BESIDE = ("dataset", "experiment", "person", "proposal")
"""Kinds of which a few may change until the next full matching; changes of all others ask for one."""
TOLD_BY_RECORDS = frozenset({*NOT_COMPARED, *BESIDE} - {"file"})
"""Kinds of which a new or changed record tells all that a matching needs to know."""
GLANCE = 500
"""Records that are told one by one when they are the newest; of more, everything is looked at."""
LINKING = ("accept", "reject", "for", "against")
"""Verdicts that bear on the links of one publication; "correct" shows in the record that was corrected."""


@dataclass(frozen=True, slots=True)
class Now:
    """What the database is like, summed up where it is stored.

    others: a digest of all records but those of `NOT_COMPARED` and `BESIDE`. beside: of each kind of `BESIDE` how many
    there are, the sum of their numbers, how many are gone, how many are merged and the sum of where they went, when the
    last one went and when the last one changed. blocks: a checksum of all publications and their files
    in a row of `BLOCK` numbers. rest: a digest of all else that a matching reads. top: the highest number of a record.
    last: when the last one changed; "" where there is none. moved: what is new or changed of a kind of `BESIDE`, where
    that is known.
    """

    others: str
    beside: Mapping[str, Sequence[str]]
    blocks: Mapping[int, int]
    rest: str
    top: int
    last: str
    moved: Mapping[str, Collection[int]] | None = None


def as_it_is(session: Session) -> Now:
    """The database of this moment."""
    kinds = _kinds(session)
    told = [kinds[kind] for kind in NOT_COMPARED if kind in kinds and kind != "file"]
    rest = _digest(session, _rest(), told)
    return Now(_others(session, kinds), _beside(kinds), of_blocks(session), rest, *_newest(session))


def at_a_glance(session: Session, before: "Marks") -> Now | None:
    """The database of this moment, as its newest records alone tell; None where they do not.

    They do where all of them are publications, or records of `BESIDE` that are there. What somebody wrote with a moment
    before that of the last change, and what is no record, is not seen, and ``rest`` is "": who sees nothing new has to
    look at everything (`as_it_is`), which finds that too, because of what was not seen nothing is marked as known.
    """
    if not before.last:
        return None
    top, last = before.top, datetime.fromisoformat(before.last)
    rows = session.connection().execute(_newer(), {"top": top, "last": last}).all()
    if len(rows) > GLANCE:
        return None
    told = dict(before.beside)
    blocks = set()
    moved: dict[str, list[int]] = defaultdict(list)
    for number, kind, changed, gone, merged in rows:
        if merged or (kind in BESIDE and (gone or kind not in told)) or kind not in TOLD_BY_RECORDS:
            return None
        if kind == "publication":
            blocks.add(number // BLOCK)
        elif kind in BESIDE:
            count, numbers, *others, newest = told[kind]
            if number > before.top:
                count, numbers = str(int(count) + 1), str(int(numbers) + number)
            told[kind] = [count, numbers, *others, max(newest, changed.isoformat(), key=datetime.fromisoformat)]
            moved[kind].append(number)
        top, last = max(top, number), max(last, changed)
    return Now(before.others, told, {**before.blocks, **of_blocks(session, blocks)}, "", top, last.isoformat(), moved)


@cache
def _newer() -> Select[int, str, datetime, datetime | None, int | None]:
    later = or_(Record.id > bindparam("top"), Record.changed_at > bindparam("last"))
    wide = select(Record.id, Record.kind, Record.changed_at, Record.deleted_at, Record.merged_into_id)
    return wide.where(later).limit(GLANCE + 1)


def _newest(session: Session) -> tuple[int, str]:
    """The highest number of a record, and when the last one changed."""
    top, last = session.execute(_ends()).one()
    return top or 0, last.isoformat() if last else ""


@cache
def _ends() -> Select[int | None, datetime | None]:
    return _at_once((Record, func.max(Record.id), func.max(Record.changed_at)))


@cache
def _rest() -> Sequence[Select[*tuple[Any, ...]]]:
    """All else that a matching reads; making these queries takes longer than asking them, so that it is done once."""
    every = func.count()
    return (
        _at_once(
            (RawRecord, every, func.max(RawRecord.id), func.max(RawRecord.fetched_at)),
            (StoredClaim, every, func.max(StoredClaim.id)),
            (Decision, every, func.max(Decision.id)),
            (Authorship, every, func.max(Authorship.id)),
            (Relation, every, func.max(Relation.id), func.count(Relation.target_id)),
            (File, every, func.max(File.id), func.count(File.of_id)),
            (FilePage, every),
            (Affiliation, every, func.max(Affiliation.id), func.count(Affiliation.decided_by)),
        ),
        select(func.count(), func.max(Identifier.id)).where(Identifier.scheme != AUTHOR),
        select(Link.state, func.count()).where(Link.decided_at.is_not(None)).group_by(Link.state).order_by(Link.state),
    )


def _at_once(*several: tuple[Any, ...]) -> Select[*tuple[Any, ...]]:
    """A query that tells of each table, the first of each, what follows it."""
    told = (select(one).select_from(table).scalar_subquery() for table, *what in several for one in what)
    return select(*told)


Kinds = Mapping[str, Sequence[str]]


def _kinds(session: Session) -> Kinds:
    """What there is of each kind of record but publications, in the order that `Now` gives of ``beside``."""
    return {kind: [*map(str, told), last.isoformat()] for kind, *told, last in session.execute(_by_kind())}


@cache
def _by_kind() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Record.kind, func.count(), func.sum(Record.id), func.count(Record.deleted_at),
            func.count(Record.merged_into_id), func.sum(Record.merged_into_id), func.max(Record.deleted_at),
            func.max(Record.changed_at),
        ).where(Record.kind != "publication").group_by(Record.kind).order_by(Record.kind)
    )  # fmt: skip


def _beside(kinds: Kinds) -> Kinds:
    return {kind: told for kind, told in kinds.items() if kind in BESIDE}


def _others(session: Session, kinds: Kinds) -> str:
    told = [[kind, *said] for kind, said in kinds.items() if kind not in (*NOT_COMPARED, *BESIDE)]
    return _digest(session, _of_others(), told)


@cache
def _of_others() -> Sequence[Select[*tuple[Any, ...]]]:
    return (
        select(func.count()).where(Record.kind == "publication", Record.merged_into_id.is_not(None)),
        _at_once(
            (Affiliation, func.count(Affiliation.decided_by)),
            (InstrumentPeriod, func.count(), func.max(InstrumentPeriod.id)),
        ),
    )


def _digest(session: Session, queries: Iterable[Select[*tuple[Any, ...]]], known: Sequence[Sequence[str]]) -> str:
    told = [known, *([[str(value) for value in row] for row in session.execute(query)] for query in queries)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def fingerprint(now: Now, model: str, policy: Policy, said: MatchSettings) -> str:
    """What all inputs of a matching come down to: records and when they changed, files, decisions, model and policy."""
    ruled = [model, policy.auto, policy.alone, policy.review, said.institution_level]
    told = [ruled, now.others, sorted(now.beside.items()), sorted(now.blocks.items()), now.rest]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def matched_before(settings: Settings) -> str:
    """The fingerprint after the last matching; "" when there was none."""
    path = _path(settings)
    return path.read_text("utf-8").strip() if path.exists() else ""


def remember_matched(settings: Settings, state: str) -> None:
    """Keep the fingerprint of a matching that has just ended."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(state + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the database was like at a full matching, so that it can be told which publications changed since.

    others: digest of everything that is not a publication's own. beside: as in `Now`. top: the highest number of a
    record. last: when the last one had changed. seen: a checksum of every publication. blocks: one of all in a row of
    `BLOCK` numbers together.
    """

    others: str
    beside: Mapping[str, Sequence[str]]
    top: int
    last: str
    decision: int
    affiliation: int
    seen: Mapping[int, int]
    blocks: Mapping[int, int]


def marks(session: Session) -> Marks:
    """The marks of this moment."""
    kinds = _kinds(session)
    return Marks(
        _others(session, kinds),
        _beside(kinds),
        *_newest(session),
        session.scalar(select(func.max(Decision.id))) or 0,
        session.scalar(select(func.max(Affiliation.id))) or 0,
        of_each(session),
        of_blocks(session),
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """The records that are new, changed or gone, or were decided on, by kind. seen: the publications as they are.

    decision: the highest number of a decision.
    """

    publications: frozenset[int]
    beside: Mapping[str, frozenset[int]]
    seen: Mapping[int, int]
    decision: int


def what_changed(session: Session, before: Marks, now: Now) -> Changed | None:
    """What is new, changed or gone since, or was decided on; None when more than publications and `BESIDE` changed.

    A new affiliation is no change of others; whether it is resolved otherwise than it was is asked elsewhere. A person
    that was made here, from what publications say, is none either.
    """
    beside = _moved_beside(session, before, now) if now.others == before.others else None
    if beside is None:
        return None
    blocks = now.blocks.keys() | before.blocks.keys()
    moved = {block for block in blocks if now.blocks.get(block) != before.blocks.get(block)}
    found: set[int] = set()
    told: dict[int, int] = {}
    for block in moved:
        here = range(block * BLOCK, (block + 1) * BLOCK)
        seen = of_each(session, here)
        found |= {number for number in here if seen.get(number) != before.seen.get(number)}
        told |= {number: seen[number] for number in found & seen.keys()}
    last = before.decision
    for number, verdict, left, other in session.execute(_decided_later(), {"last": before.decision}):
        last = max(last, number)
        if verdict in LINKING or (verdict == "undo" and other in LINKING):
            found.add(left)
        elif "correct" not in (verdict, other):
            return None
    return Changed(frozenset(found), beside, told, last)


@cache
def _decided_later() -> Select[int, str, int, str]:
    undone = aliased(Decision)
    return (
        select(Decision.id, Decision.verdict, Decision.left_id, undone.verdict)
        .outerjoin(undone, undone.id == Decision.undoes_id)
        .where(Decision.id > bindparam("last"))
    )


def _moved_beside(session: Session, before: Marks, now: Now) -> dict[str, frozenset[int]] | None:
    """The records of `BESIDE` that are new, changed or gone; None where that does not tell what is different."""
    found = {}
    for kind in BESIDE:
        was, told = before.beside.get(kind), now.beside.get(kind)
        if was == told:
            continue
        if was is None or told is None or was[3:5] != told[3:5]:
            return None
        since = {"kind": kind, "top": before.top, "last": datetime.fromisoformat(was[-1])}
        numbers = set(session.connection().scalars(_moved(), since) if now.moved is None else now.moved.get(kind, ()))
        new = {number for number in numbers if number > before.top}
        if not numbers or int(was[0]) + len(new) != int(told[0]) or int(was[1]) + sum(new) != int(told[1]):
            return None
        found[kind] = frozenset(numbers if kind != "person" else numbers - made_here(session, numbers).keys())
    return found


@cache
def _moved() -> Select[int]:
    # who is gone since the very last moment may have been buried by the last matching, after it looked
    gone = and_(Record.changed_at == bindparam("last"), Record.deleted_at.is_not(None))
    later = or_(Record.id > bindparam("top"), Record.changed_at > bindparam("last"), gone)
    return select(Record.id).where(Record.kind == bindparam("kind"), later)


def made_here(session: Session, persons: Collection[int]) -> dict[int, str]:
    """Those of these persons that were made here, from what works and proposals say, with their keys."""
    return {number: key for number, scheme, key in _identified.of(session, persons) if scheme == AUTHOR}


@Prepared
def _identified(among: Among) -> Select[int, str, str]:  # asked for the scheme, SQLite goes through all of the scheme
    return select(Identifier.record_id, Identifier.scheme, Identifier.value).where(among(Identifier.record_id))


def _path(settings: Settings) -> Path:
    return settings.files_folder / "matched"
