"""Corrections: a value that a person sets wins over every source, until it is taken back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.claims import COLUMNS, column_value, says
from puma.decisions import log
from puma.decisions.institutions import touch_written
from puma.entities import Decision, Institution, Record, StoredClaim
from puma.errors import NotHere, SkipRecord, WrongUsage
from puma.fields import Field
from puma.identifiers import clean_doi, clean_issn, clean_orcid, clean_ror
from puma.resolve import resettle, settle_references
from puma.storage import Storage, now
from puma.visibility import exists_for

CLEANED = {"doi": clean_doi, "orcid": clean_orcid, "ror": clean_ror, "issn": clean_issn}
DATED = {"publication": "published_on", "dataset": "created_on"}
"""Days whose year is a field of its own, which follows them."""
YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}


def correct(storage: Storage, viewer: Viewer, record_id: int, name: str, value: Any, reason: str = "") -> int:
    """Set one value of a record by hand, as ``correct_values`` does."""
    return correct_values(storage, viewer, record_id, {name: value}, reason)


def correct_values(
    storage: Storage, viewer: Viewer, record_id: int, values: Mapping[str, Any], reason: str = ""
) -> int:
    """Set values of a record by hand, in one decision; they win over every source, now and after every re-harvest.

    values: by name of the field. Returns the number of the decision. Raises WrongUsage when the record has no such
    field, a value is empty or not of its kind, or no source tells of the record; NotHere when it does not exist for
    the viewer.
    """
    viewer.must_be("user_office", "Correcting a record")
    with storage.writing() as session:
        kind = session.scalar(select(Record.kind).where(Record.id == record_id, exists_for(viewer)))
        if kind is None:
            raise NotHere("There is no such record.")
        cleaned = {name: clean_value(kind, name, value) for name, value in values.items()}
        if dated := cleaned.get(DATED.get(kind, "")):
            cleaned.setdefault("year", int(dated[:4]))
        told = select(StoredClaim.id).where(StoredClaim.record_id == record_id, StoredClaim.source_id.is_not(None))
        if session.scalar(told.limit(1)) is None:
            raise WrongUsage(f"No source tells of this {kind}, so there is nothing to correct.")
        at = now()
        more = {}
        if kind == "institution" and "name" in cleaned:  # what it was called is still understood in affiliations
            more["names"] = [{"name": session.get_one(Institution, record_id).name, "kind": "alias"}]
        claim = session.execute(
            insert(StoredClaim)
            .values(
                record_id=record_id,
                kind=kind,
                position=0,
                keys=[],
                values=cleaned | more,
                claimed_by=viewer.name or viewer.role,
                claimed_at=at,
            )
            .returning(StoredClaim.id)
        ).scalar_one()
        said = [{"field": name, "value": value, "claim": claim} for name, value in cleaned.items()]
        row = log.write(session, viewer, "correct", record_id, None, value=said, reason=reason)
        resettle(session, [record_id], at)
        settle_references(session, at)
        if kind == "institution":
            touch_written(session, [record_id], at)
        return row


def clean_value(kind: str, name: str, value: Any) -> Any:
    """A value as a claim holds it (days and instants in ISO 8601). Raises WrongUsage in a sentence."""
    if name not in COLUMNS[kind]:
        raise WrongUsage(f"A {kind} has no field {name!r}; it has: {', '.join(COLUMNS[kind])}.")
    column = COLUMNS[kind][name]
    given = value.strip() if isinstance(value, str) else value
    if not says(given):
        raise WrongUsage("Give a value: an empty one says nothing, and what the source says would stand.")
    if column.kind.name == "flag" and isinstance(given, str):
        given = YES_OR_NO.get(given.casefold())
    if column.kind.name in CLEANED:
        given = CLEANED[column.kind.name](str(given))
    if given is None:
        raise WrongUsage(f"{column.label}: {str(value)[:80]!r} is no {_called(column)}.")
    if column.choices and given not in column.choices:
        raise WrongUsage(f"{column.label} is one of: {', '.join(column.choices)}.")
    if column.kind.name == "country" and not (len(str(given)) == 2 and str(given).isalpha() and str(given).isupper()):
        raise WrongUsage(f"{column.label} is an ISO 3166 code of two capital letters, like FR.")
    try:
        cast = column_value(kind, name, given)
    except SkipRecord as error:
        raise WrongUsage(f"{error}.") from error
    if isinstance(cast, datetime):
        return (cast if cast.tzinfo else cast.replace(tzinfo=UTC)).isoformat()
    return cast.isoformat() if isinstance(cast, date) else cast


def _called(column: Field) -> str:
    return "yes or no" if column.kind.name == "flag" else column.label


def take_back(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Take a correction, or another name for a record, back: the person's claim goes and the sources speak again."""
    viewer.must_be("user_office", "Taking a correction back")
    log.must_stand(session, decision)
    claims = [one["claim"] for one in decision.value if one.get("claim")]
    which = StoredClaim.id.in_(claims), StoredClaim.claimed_by.is_not(None)
    records = set(session.scalars(select(StoredClaim.record_id).where(*which)))
    session.execute(delete(StoredClaim).where(*which))
    row = log.write(session, viewer, "undo", decision.left_id, decision.right_id, undoes_id=decision.id)
    at = now()
    resettle(session, records, at)
    settle_references(session, at)
    touch_written(session, records, at)  # where it is an institution, else of nothing
    return row
