"""What changed since the last matching: nothing, some publications, or more than that."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy import ColumnElement, Select, String, cast, func, select
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
from puma.matching.links.evidence import Policy
from puma.settings import MatchSettings, Settings

NOT_COMPARED = ("publication", "file", "journal", "journal_listing", "transfer", "contribution")
"""Kinds of records on which no rarity, proposal or person hangs; changes of all others ask for a full matching."""
BLOCK = 500
"""Publications by number that have one checksum together."""
LINKING = ("accept", "reject")
"""Verdicts that bear on the links of one publication; "correct" shows in the record that was corrected."""


@dataclass(frozen=True, slots=True)
class Now:
    """What the database is like, summed up where it is stored.

    others: a digest of all records but those of `NOT_COMPARED`. blocks: a checksum of all publications and their files
    in a row of `BLOCK` numbers. rest: a digest of all else that a matching reads.
    """

    others: str
    blocks: Mapping[int, int]
    rest: str


def as_it_is(session: Session) -> Now:
    """The database of this moment."""
    several = [kind for kind in NOT_COMPARED if kind not in ("publication", "file")]
    rest = _digest(
        session,
        select(func.count(), func.max(Record.id), func.max(Record.changed_at)).where(Record.kind.in_(several)),
        select(func.count(), func.max(RawRecord.id), func.max(RawRecord.fetched_at)).select_from(RawRecord),
        select(func.count(), func.max(StoredClaim.id)).select_from(StoredClaim),
        select(func.count(), func.max(Decision.id)).select_from(Decision),
        select(func.count(), func.max(Identifier.id)).select_from(Identifier),
        select(func.count(), func.max(Authorship.id)).select_from(Authorship),
        select(func.count(), func.max(Relation.id), func.count(Relation.target_id)).select_from(Relation),
        select(func.count(), func.max(File.id), func.count(File.of_id)).select_from(File),
        select(func.count()).select_from(FilePage),
        select(func.count(), func.max(Affiliation.id), func.count(Affiliation.decided_by)).select_from(Affiliation),
        select(Link.state, func.count()).where(Link.decided_by.is_not(None)).group_by(Link.state).order_by(Link.state),
    )
    return Now(_others(session), _blocks(session), rest)


def _others(session: Session) -> str:
    return _digest(
        session,
        select(
            func.count(), func.sum(Record.id), func.max(Record.changed_at), func.count(Record.deleted_at),
            func.max(Record.deleted_at), func.count(Record.merged_into_id), func.sum(Record.merged_into_id),
        ).where(Record.kind.not_in(NOT_COMPARED)),
        select(func.count(Record.merged_into_id)).where(Record.kind == "publication"),
        select(func.count(Affiliation.decided_by)),
        select(func.count(), func.max(InstrumentPeriod.id)).select_from(InstrumentPeriod),
    )  # fmt: skip


def _digest(session: Session, *queries: Select[*tuple[Any, ...]]) -> str:
    told = [[[str(value) for value in row] for row in session.execute(query)] for query in queries]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def fingerprint(now: Now, model: str, policy: Policy, said: MatchSettings) -> str:
    """What all inputs of a matching come down to: records and when they changed, files, decisions, model and policy."""
    ruled = [model, policy.auto, policy.alone, policy.review, said.institution_level]
    told = [ruled, now.others, sorted(now.blocks.items()), now.rest]
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

    others: digest of everything that is not a publication's own. seen: a checksum of every publication. blocks: one of
    all in a row of `BLOCK` numbers together.
    """

    others: str
    decision: int
    affiliation: int
    seen: Mapping[int, int]
    blocks: Mapping[int, int]


def marks(session: Session) -> Marks:
    """The marks of this moment."""
    return Marks(
        _others(session),
        session.scalar(select(func.max(Decision.id))) or 0,
        session.scalar(select(func.max(Affiliation.id))) or 0,
        _seen(session),
        _blocks(session),
    )


def changed_publications(session: Session, before: Marks, now: Now) -> set[int] | None:
    """The publications that are new, changed or gone since, or were decided on; None when more than those changed.

    A new affiliation is no change of others; whether it is resolved otherwise than it was is asked elsewhere.
    """
    if now.others != before.others:
        return None
    blocks = now.blocks.keys() | before.blocks.keys()
    moved = {block for block in blocks if now.blocks.get(block) != before.blocks.get(block)}
    found = set()
    for block in moved:
        here = range(block * BLOCK, (block + 1) * BLOCK)
        seen = _seen(session, here)
        found |= {number for number in here if seen.get(number) != before.seen.get(number)}
    undone = aliased(Decision)
    for verdict, left, other in session.execute(
        select(Decision.verdict, Decision.left_id, undone.verdict)
        .outerjoin(undone, undone.id == Decision.undoes_id)
        .where(Decision.id > before.decision)
    ):
        if verdict in LINKING or (verdict == "undo" and other in LINKING):
            found.add(left)
        elif "correct" not in (verdict, other):
            return None
    return found


def _of_publications(here: range | None = None) -> tuple[Select[int, str], Select[int | None, str]]:
    """The number of each publication and what it was like; and of each file that of its publication and the same."""
    works = select(
        Record.id, _one_text(Record.changed_at, Record.deleted_at, Record.merged_into_id).label("said")
    ).where(Record.kind == "publication")  # fmt: skip
    texts = (
        select(
            File.of_id,
            _one_text(File.id, File.sha256, File.state, File.extractor, File.pages, Record.deleted_at).label("said"),
        )
        .join(Record, Record.id == File.id)
        .where(File.of_id.is_not(None))
    )
    if here is not None:
        works = works.where(Record.id.between(here.start, here.stop - 1))
        texts = texts.where(File.of_id.between(here.start, here.stop - 1))
    return works, texts


def _one_text(*columns: Any) -> ColumnElement[str]:
    parts = [func.coalesce(cast(column, String), "") for column in columns]
    return reduce(lambda one, other: one + "|" + other, parts)


def _seen(session: Session, here: range | None = None) -> dict[int, int]:
    """A checksum of every publication: when it changed, whether it is there, and what was read of its files."""
    works, texts = _of_publications(here)
    found = {number: crc32(said.encode()) for number, said in session.execute(works)}
    for of, said in session.execute(texts):
        if of in found:
            found[of] ^= crc32(said.encode())
    return found


def _blocks(session: Session) -> dict[int, int]:
    """One checksum for `BLOCK` publications each, made where they are stored: reading each would take longer.

    Whether a file belongs to a publication or to something else is not asked; a block whose checksum moved, even by
    another order of its rows, is looked at row by row.
    """
    found: dict[int, int] = {}
    block = (Record.id // BLOCK).label("block")
    works = select(
        block, func.aggregate_strings(cast(Record.changed_at, String), "/"), func.count(Record.deleted_at),
        func.max(Record.deleted_at), func.count(Record.merged_into_id), func.sum(Record.merged_into_id),
    ).where(Record.kind == "publication").group_by(block)  # fmt: skip
    number, said = _of_publications()[1].subquery().c
    shelf = (number // BLOCK).label("block")
    for query in (works, select(shelf, func.aggregate_strings(said, "/")).group_by(shelf)):
        for place, *told in session.execute(query):
            found[place] = crc32(repr(told).encode(), found.get(place, 0))
    return found


def _path(settings: Settings) -> Path:
    return settings.files_folder / "matched"
