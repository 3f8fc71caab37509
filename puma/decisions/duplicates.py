"""Decisions on two records of one publication: made one, or said to be two; both can be taken back."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions import log
from puma.entities import (
    CollectionItem,
    Decision,
    File,
    Identifier,
    Keyword,
    Link,
    Publication,
    Record,
    Relation,
    StoredClaim,
)
from puma.entities.record import GIVEN
from puma.errors import Conflict, NotHere, WrongUsage
from puma.resolve import resettle, settle_references
from puma.storage import Storage, now
from puma.visibility import exists_for


def merge(storage: Storage, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
    """Make two records of one publication one: what is claimed of the other is claimed of the kept one from now on.

    Identifiers go along, so the next harvest finds the kept record. Returns the number of the decision. Raises
    WrongUsage for two different DOIs: those are two publications, whatever their titles say.
    """
    viewer.must_be("user_office", "Merging publications")
    with storage.writing() as session:
        _two(session, viewer, keep_id, other_id)
        dois = select(Publication.doi).where(Publication.id.in_((keep_id, other_id)), Publication.doi.is_not(None))
        if len(set(session.scalars(dois))) > 1:
            raise WrongUsage("Two different DOIs are two publications; they are not merged.")
        at = now()
        moved = {
            "names": [
                [scheme, value]
                for scheme, value in session.execute(
                    select(Identifier.scheme, Identifier.value).where(Identifier.record_id == other_id)
                )
            ],
            "corrections": _numbers(
                session, StoredClaim, StoredClaim.record_id == other_id, StoredClaim.claimed_by.is_not(None)
            ),
            **belongings(session, keep_id, other_id),
        }
        session.execute(update(StoredClaim).where(StoredClaim.record_id == other_id).values(record_id=keep_id))
        session.execute(update(Identifier).where(Identifier.record_id == other_id).values(record_id=keep_id))
        move(session, moved, other_id, keep_id)
        gone = {"merged_into_id": keep_id, "deleted_at": at, "changed_at": at}
        session.execute(update(Record).where(Record.id == other_id).values(**gone))
        row = log.write(session, viewer, "merge", keep_id, other_id, value=[moved], reason=reason)
        resettle(session, [keep_id], at)
        settle_references(session, at)
        return row


def distinct(storage: Storage, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
    """Say that two records are two publications; they are not suspected again. Returns the number of the decision."""
    viewer.must_be("user_office", "Deciding on duplicates")
    with storage.writing() as session:
        _two(session, viewer, left_id, right_id)
        return log.write(session, viewer, "distinct", left_id, right_id, reason=reason)


def take_back_merge(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Make two records of what was made one; each is again told of by its own sources."""
    viewer.must_be("user_office", "Splitting publications")
    log.must_stand(session, decision)
    keep_id, other_id = decision.left_id, decision.right_id
    other = session.get(Record, other_id)
    if other_id is None or other is None or other.merged_into_id != keep_id:
        raise Conflict("The record was merged further since: take that back first. Nothing was changed.")
    apart = select(Decision.id).where(
        Decision.id > decision.id, Decision.verdict == "split", Decision.left_id == keep_id, log.stands()
    )
    if session.scalar(apart.limit(1)) is not None:
        raise Conflict("The publication was taken apart since: take that back first. Nothing was changed.")
    moved = decision.value[0]
    names = {(scheme, value) for scheme, value in moved["names"]}
    rows = session.execute(select(StoredClaim.id, StoredClaim.keys).where(StoredClaim.record_id == keep_id)).all()
    claims = [number for number, keys in rows if names & {(scheme, value) for scheme, value in keys}]
    claims += moved["corrections"]
    session.execute(
        update(StoredClaim)
        .where(StoredClaim.id.in_(claims), StoredClaim.record_id == keep_id)
        .values(record_id=other_id)
    )
    for scheme, value in sorted(names):
        session.execute(
            update(Identifier)
            .where(Identifier.kind == "publication", Identifier.scheme == scheme, Identifier.value == value)
            .where(Identifier.record_id == keep_id)
            .values(record_id=other_id)
        )
    move(session, moved, keep_id, other_id)
    at = now()
    session.execute(update(Record).where(Record.id == other_id).values(merged_into_id=None, changed_at=at))
    row = log.write(session, viewer, "undo", keep_id, other_id, undoes_id=decision.id)
    resettle(session, [keep_id, other_id], at)
    settle_references(session, at)
    return row


def _two(session: Session, viewer: Viewer, left_id: int, right_id: int) -> None:
    """Raise NotHere unless both are publications that exist for the viewer, WrongUsage when they are the same."""
    if left_id == right_id:
        raise WrongUsage("These are not two records.")
    which = select(Record.id).where(
        Record.id.in_((left_id, right_id)), Record.kind == "publication", exists_for(viewer)
    )
    if len(session.scalars(which.with_for_update()).all()) != 2:
        raise NotHere("There are no two such publications; perhaps they were merged meanwhile.")


def _numbers(session: Session, entity: Any, *which: Any) -> list[int]:
    return list(session.scalars(select(entity.id).where(*which).order_by(entity.id)))


def belongings(session: Session, keep_id: int, other_id: int) -> dict[str, list[int]]:
    """What hangs on the other record and the kept one has not, by kind, as row numbers; `move` moves it."""
    return {
        "links": _links_to_move(session, keep_id, other_id),
        "files": _numbers(session, File, File.of_id == other_id),
        "targets": _numbers(session, Relation, Relation.target_id == other_id),
        "keywords": _keywords_to_move(session, keep_id, other_id),
        "items": _items_to_move(session, keep_id, other_id),
    }


def _links_to_move(session: Session, keep_id: int, other_id: int) -> list[int]:
    """Links of the other record to what the kept one is not linked with."""
    there = aliased(Link)
    has = select(there.id).where(there.left_id == keep_id, there.right_id == Link.right_id).exists()
    return _numbers(session, Link, Link.left_id == other_id, ~has)


def _keywords_to_move(session: Session, keep_id: int, other_id: int) -> list[int]:
    """Keywords that people gave to the other record and that the kept one has not."""
    there = select(Keyword.value).where(Keyword.record_id == keep_id, Keyword.namespace == GIVEN)
    given = Keyword.record_id == other_id, Keyword.added_by.is_not(None), Keyword.value.not_in(there)
    return _numbers(session, Keyword, *given)


def _items_to_move(session: Session, keep_id: int, other_id: int) -> list[int]:
    """Places of the other record in collections that the kept one is not in."""
    there = select(CollectionItem.collection_id).where(CollectionItem.record_id == keep_id)
    held = CollectionItem.record_id == other_id, CollectionItem.collection_id.not_in(there)
    return _numbers(session, CollectionItem, *held)


def move(session: Session, moved: dict[str, Any], old: int, new: int) -> None:
    """What hung on one record hangs on the other, unless it was put elsewhere since."""
    for entity, column, name in ((Link, Link.left_id, "links"), (File, File.of_id, "files"),
                                 (Relation, Relation.target_id, "targets"), (Keyword, Keyword.record_id, "keywords"),
                                 (CollectionItem, CollectionItem.record_id, "items")):  # fmt: skip
        key = column.key
        session.execute(update(entity).where(entity.id.in_(moved.get(name, [])), column == old).values({key: new}))
