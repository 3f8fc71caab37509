"""Whether anything changed since the last matching, so that a run with nothing new costs nothing."""

import hashlib
import json
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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
from puma.settings import Settings


def fingerprint(session: Session, model: str, policy: Policy) -> str:
    """What all inputs of a matching come down to: records and when they changed, files, decisions, model and policy."""
    seen: list[object] = [model, [policy.auto, policy.alone, policy.review]]
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


def _path(settings: Settings) -> Path:
    return settings.files_folder / "matched"
