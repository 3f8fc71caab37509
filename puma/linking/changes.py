"""What changed since the last matching: nothing, some publications, or more than that."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, aliased

from puma.entities import (
    Affiliation,
    Authorship,
    Decision,
    File,
    FilePage,
    Identifier,
    Link,
    RawRecord,
    Record,
    Relation,
    StoredClaim,
)
from puma.matching.links.evidence import Policy
from puma.settings import MatchSettings, Settings


def fingerprint(session: Session, model: str, policy: Policy, said: MatchSettings) -> str:
    """What all inputs of a matching come down to: records and when they changed, files, decisions, model and policy."""
    seen: list[object] = [model, [policy.auto, policy.alone, policy.review], said.institution_level]
    for query in (
        select(func.count(), func.max(Record.id), func.max(Record.changed_at), func.max(Record.deleted_at)),
        select(func.count(Record.merged_into_id), func.sum(Record.merged_into_id)),
        select(func.count(), func.max(RawRecord.id), func.max(RawRecord.fetched_at)).select_from(RawRecord),
        select(func.count(), func.max(StoredClaim.id)).select_from(StoredClaim),
        select(func.count(), func.max(Decision.id)).select_from(Decision),
        select(func.count(), func.max(Identifier.id)).select_from(Identifier),
        select(func.count(), func.max(Authorship.id)).select_from(Authorship),
        select(func.count(), func.max(Relation.id), func.count(Relation.target_id)).select_from(Relation),
        select(func.count(), func.max(File.id), func.count(File.of_id)).select_from(File),
        select(func.count()).select_from(FilePage),
        select(func.count(), func.max(Affiliation.id), func.count(Affiliation.decided_by)).select_from(Affiliation),
        select(Link.state, func.count()).group_by(Link.state).order_by(Link.state),
    ):
        seen.append([[str(value) for value in row] for row in session.execute(query)])
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def matched_before(settings: Settings) -> str:
    """The fingerprint after the last matching; "" when there was none."""
    path = _path(settings)
    return path.read_text("utf-8").strip() if path.exists() else ""


def remember_matched(settings: Settings, state: str) -> None:
    """Keep the fingerprint of a matching that has just ended."""
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(state + "\n", "utf-8")


NOT_COMPARED = ("publication", "file", "journal", "journal_listing", "transfer", "contribution")
"""Kinds of records on which no rarity, proposal or person hangs; changes of all others ask for a full matching."""
LINKING = ("accept", "reject")
"""Verdicts that bear on the links of one publication; "correct" shows in the record that was corrected."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the database was like at a full matching, so that it can be told which publications changed since.

    others: digest of everything that is not a publication's own. seen: a checksum of every publication.
    """

    others: str
    decision: int
    affiliation: int
    seen: Mapping[int, int]


def marks(session: Session) -> Marks:
    """The marks of this moment."""
    rest: list[object] = []
    for query in (
        select(
            Record.kind, func.count(), func.max(Record.id), func.max(Record.changed_at), func.max(Record.deleted_at),
            func.count(Record.merged_into_id), func.sum(Record.merged_into_id),
        ).where(Record.kind.not_in(NOT_COMPARED)).group_by(Record.kind).order_by(Record.kind),
        select(func.count(Affiliation.decided_by)),
        select(func.count(Record.merged_into_id)).where(Record.kind == "publication"),
    ):  # fmt: skip
        rest.append([[str(value) for value in row] for row in session.execute(query)])
    return Marks(
        hashlib.sha256(json.dumps(rest).encode()).hexdigest(),
        session.scalar(select(func.max(Decision.id))) or 0,
        session.scalar(select(func.max(Affiliation.id))) or 0,
        _seen(session),
    )


def changed_publications(session: Session, before: Marks) -> set[int] | None:
    """The publications that are new, changed or gone since, or were decided on; None when more than those changed.

    A new affiliation is no change of others; whether it is resolved otherwise than it was is asked elsewhere.
    """
    now = marks(session)
    if now.others != before.others:
        return None
    found = {
        number for number in now.seen.keys() | before.seen.keys() if now.seen.get(number) != before.seen.get(number)
    }
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


def _seen(session: Session) -> dict[int, int]:
    """A checksum of every publication: when it changed, whether it is there, and what was read of its files."""
    found: dict[int, int] = {}
    for number, *state in session.execute(
        select(
            Record.id, cast(Record.changed_at, String), cast(Record.deleted_at, String), Record.merged_into_id
        ).where(Record.kind == "publication")
    ):
        found[number] = crc32(str(state).encode())
    for of, *state in session.execute(
        select(
            File.of_id, File.id, File.sha256, File.state, File.extractor, File.pages, cast(Record.deleted_at, String)
        )
        .join(Record, Record.id == File.id)
        .where(File.of_id.is_not(None))
    ):
        if of in found:
            found[of] ^= crc32(str(state).encode())
    return found


def _path(settings: Settings) -> Path:
    return settings.files_folder / "matched"
