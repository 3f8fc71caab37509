"""Decisions on publications: one that was wrongly made of two is taken apart; it can be taken back."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.claims import Key
from puma.decisions import log
from puma.decisions.duplicates import belongings, move
from puma.entities import (
    Authorship,
    Decision,
    File,
    Identifier,
    Link,
    Publication,
    Record,
    Relation,
    StoredClaim,
)
from puma.errors import Conflict, NotHere, WrongUsage
from puma.resolve import resettle, settle_references
from puma.storage import Storage, chunks, insert_rows, now, take_numbers, update_rows
from puma.visibility import exists_for

ROLE = "user_office"


def names_that_go(going: Iterable[Key], staying: Iterable[Key], taking: Collection[Key] = ()) -> set[Key]:
    """The identifiers of the new publication. taking: those that both halves name and that are the new one's."""
    left = set(staying)
    return {name for name in going if name not in left or name in taking}


def separate(
    storage: Storage, viewer: Viewer, publication_id: int, raw_records: Collection[int], *,
    taking: Collection[Key] = (), links: Collection[int] = (), reason: str = "",
) -> int:  # fmt: skip
    """Take a publication apart: what these source records tell is of a new one, also when it is harvested again.

    raw_records: their numbers. taking: (scheme, value) of the identifiers that both name and that are the new one's;
    the others stay. links: numbers of the links that are the new one's. Files and references follow the identifiers;
    corrections, keywords and places in collections stay. Returns the number of the decision, whose right side is the
    new publication. Raises WrongUsage when none of the source records, or each of them, would go; NotHere when there is
    no such publication.
    """
    viewer.must_be(ROLE, "Taking publications apart")
    with storage.writing() as session:
        which = select(Record.id).where(
            Record.id == publication_id, Record.kind == "publication", exists_for(viewer)
        )  # fmt: skip
        if session.scalar(which.with_for_update()) is None:
            raise NotHere("There is no such publication.")
        told = session.execute(
            select(StoredClaim.id, StoredClaim.raw_record_id, StoredClaim.keys)
            .where(StoredClaim.record_id == publication_id, StoredClaim.claimed_by.is_(None))
            .order_by(StoredClaim.id)
        ).all()
        going = [row for row in told if row.raw_record_id in raw_records]
        staying = [row for row in told if row.raw_record_id not in raw_records]
        if not going:
            raise WrongUsage("Choose at least one of the source records that tell of this publication.")
        if not staying:
            raise WrongUsage("Nothing would be left of this publication: leave at least one source record with it.")
        names = names_that_go(_keys(going), _keys(staying), taking)
        at, new_id = now(), take_numbers(session, "record", 1)[0]
        seen = {"kind": "publication", "visibility": "public", "created_at": at, "changed_at": at}
        insert_rows(session, Record, [{"id": new_id, **seen}])
        insert_rows(session, Publication, [{"id": new_id, "title": "", "type": "OTHER"}])
        said: dict[str, Any] = {
            "going": [[row.raw_record_id, row.keys] for row in going],
            "staying": [[row.raw_record_id, row.keys] for row in staying],
            "links": _its(session, Link.id, Link.left_id == publication_id, Link.id.in_(list(links))),
            "files": _its(session, File.id, File.of_id == publication_id, _named(File.of_scheme, File.of_value, names)),
            "targets": _its(
                session, Relation.id, Relation.target_id == publication_id,
                _named(Relation.scheme, Relation.value, names),
            ),
            "authors": [list(row) for row in _authors(session, publication_id)],
        }  # fmt: skip
        row = log.write(session, viewer, "split", publication_id, new_id, value=[said], reason=reason)
        _tell(session, [claim.id for claim in going], new_id)
        for scheme, value in sorted(names):
            session.execute(
                update(Identifier)
                .where(Identifier.kind == "publication", Identifier.scheme == scheme, Identifier.value == value)
                .where(Identifier.record_id == publication_id)
                .values(record_id=new_id)
            )
        move(session, said, publication_id, new_id)
        resettle(session, [publication_id, new_id], at)
        _name_persons(session, (publication_id, new_id), said["authors"])
        settle_references(session, at)
        return row


def take_back_separate(session: Session, viewer: Viewer, decision: Decision) -> int:
    """One publication again; what the new one got since goes to it as well."""
    viewer.must_be(ROLE, "Merging publications")
    log.must_stand(session, decision)
    old_id, new_id = decision.left_id, decision.right_id or 0
    merged = select(Record.id).where(Record.id.in_((old_id, new_id)), Record.merged_into_id.is_not(None))
    later = select(Decision.id).where(
        Decision.id > decision.id, Decision.verdict.in_(("merge", "split")), log.stands(),
        or_(Decision.left_id == new_id, Decision.right_id == new_id),
    )  # fmt: skip
    if session.scalar(merged.limit(1)) is not None or session.scalar(later.limit(1)) is not None:
        raise Conflict("These publications were merged or taken apart once more since: take that back first.")
    at = now()
    _tell(
        session,
        session.scalars(
            select(StoredClaim.id).where(StoredClaim.record_id == new_id, StoredClaim.claimed_by.is_(None))
        ),
        old_id,
    )
    session.execute(update(Identifier).where(Identifier.record_id == new_id).values(record_id=old_id))
    move(session, belongings(session, old_id, new_id), new_id, old_id)
    gone = {"merged_into_id": old_id, "deleted_at": at, "changed_at": at}
    session.execute(update(Record).where(Record.id == new_id).values(**gone))
    row = log.write(session, viewer, "undo", old_id, new_id, undoes_id=decision.id)
    resettle(session, [old_id], at)
    _name_persons(session, (old_id,), decision.value[0]["authors"])
    settle_references(session, at)
    return row


def _keys(rows: Iterable[Any]) -> set[Key]:
    return {(scheme, value) for row in rows for scheme, value in row.keys}


def _tell(session: Session, claims: Iterable[int], record_id: int) -> None:
    for some in chunks(list(claims)):
        session.execute(update(StoredClaim).where(StoredClaim.id.in_(some)).values(record_id=record_id))


def _its(session: Session, column: Any, *which: Any) -> list[int]:
    return list(session.scalars(select(column).where(*which).order_by(column)))


def _named(scheme: Any, value: Any, names: Iterable[Key]) -> Any:
    """SQL that is true for what names one of these identifiers; false where there are none."""
    return or_(False, *((scheme == one) & (value == said) for one, said in sorted(names)))


def _authors(session: Session, record_id: int) -> list[Any]:
    """[position, name, person, probability] of the authors who are somebody."""
    columns = Authorship.position, Authorship.name, Authorship.person_id, Authorship.probability
    rows = session.execute(
        select(*columns)
        .where(Authorship.record_id == record_id, Authorship.person_id.is_not(None))
        .order_by(Authorship.position)
    )
    return [tuple(row) for row in rows]


def _name_persons(session: Session, records: Collection[int], before: Collection[Any]) -> None:
    """An author who was written so, in that place, is the person again who it was, on either half."""
    was = {(place, name): (person, chance) for place, name, person, chance in before}
    alive = set(session.scalars(select(Record.id).where(
        Record.id.in_(sorted({person for person, _ in was.values()})), Record.deleted_at.is_(None)
    )))  # fmt: skip
    rows = session.execute(
        select(Authorship.id, Authorship.position, Authorship.name)
        .where(Authorship.record_id.in_(sorted(records)), Authorship.person_id.is_(None))
    )  # fmt: skip
    found = [(number, was.get((place, name))) for number, place, name in rows]
    named = [{"id": n, "person_id": who[0], "probability": who[1]} for n, who in found if who and who[0] in alive]
    update_rows(session, Authorship, named)
