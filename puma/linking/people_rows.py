"""Writes persons that are made here, who is who, and who was where when; only what differs from before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from puma.entities import (
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Identifier,
    Participant,
    Person,
    PersonAffiliation,
    PersonName,
    Proposal,
    Publication,
    Record,
)
from puma.linking.people import SCHEME, NewPerson, People
from puma.matching.persons.mentions import Assignment
from puma.storage import chunks, insert_rows, take_numbers, update_rows


def store_people(session: Session, people: People, at: datetime) -> dict[str, int]:
    """Write new persons, who is who, and who was where when; only what differs from before."""
    counters = _store_made(session, people, at)
    before = {
        row.id: (row.person_id, row.probability)
        for row in session.execute(select(Authorship.id, Authorship.person_id, Authorship.probability))
    }
    changed = []
    for row_id, _, _, one in people.authors:
        person = numbered(people, one)
        wanted = (person, one.probability if person is not None else None)
        if row_id in before and before[row_id] != wanted:
            changed.append({"id": row_id, "person_id": wanted[0], "probability": wanted[1]})
    update_rows(session, Authorship, changed)
    persons = dict(session.execute(select(Participant.id, Participant.person_id)).all())
    moved = []
    for row_id, _, person, home in people.participants:
        target = person if home is None else people.made[home].number
        target = people.made[-1 - target].number if target is not None and target < 0 else target
        if row_id in persons and persons[row_id] != target and target is not None:
            moved.append({"id": row_id, "person_id": target})
    update_rows(session, Participant, moved)
    counters |= {"authorships_changed": len(changed), "participants_changed": len(moved)}
    counters["person_affiliations_changed"] = _store_affiliations(session)
    return counters


def numbered(people: People, one: Assignment) -> int | None:
    """The record number of an assignment's person, after the new persons have theirs."""
    if one.cluster is not None:
        return people.made[one.cluster].number
    if one.person_id is not None and one.person_id < 0:
        return people.made[-1 - one.person_id].number
    return one.person_id


def _store_made(session: Session, people: People, at: datetime) -> dict[str, int]:
    held = dict(
        session.execute(
            select(Identifier.value, Identifier.record_id).where(
                Identifier.kind == "person", Identifier.scheme == SCHEME
            )
        ).all()
    )
    for one in people.made:
        one.number = held.get(one.key)
    fresh = [one for one in people.made if one.number is None]
    for number, one in zip(take_numbers(session, "record", len(fresh)), fresh, strict=True):
        one.number = number
    seen = {"kind": "person", "visibility": "internal", "created_at": at, "changed_at": at}
    insert_rows(session, Record, [{"id": one.number, **seen} for one in fresh])
    insert_rows(session, Person, [_person(one) for one in fresh])
    insert_rows(
        session,
        Identifier,
        [{"record_id": one.number, "kind": "person", "scheme": SCHEME, "value": one.key} for one in fresh],
    )
    insert_rows(session, PersonName, [{"person_id": one.number, "name": name} for one in fresh for name in one.names])
    old = {one.number: one for one in people.made if one.key in held}
    changed = _refresh(session, old)
    used = {one.number for one in people.made}
    _bury(session, sorted(set(held.values()) - used), at)
    _revive(session, sorted(number for number in old if number is not None))
    return {"persons_added": len(fresh), "persons_changed": changed, "persons_gone": len(set(held.values()) - used)}


def _person(one: NewPerson) -> dict[str, Any]:
    return {
        "id": one.number,
        "family_name": one.name.family[:400],
        "given_name": one.name.given[:400] or None,
        "orcid": one.orcid,
        "user": False,
    }


def _refresh(session: Session, old: Mapping[int | None, NewPerson]) -> int:
    rows = {}
    names: dict[int, set[str]] = defaultdict(set)
    for some in chunks(sorted(number for number in old if number is not None)):
        for row in session.execute(
            select(Person.id, Person.family_name, Person.given_name, Person.orcid).where(Person.id.in_(some))
        ):
            rows[row.id] = {"family_name": row.family_name, "given_name": row.given_name, "orcid": row.orcid}
        for number, name in session.execute(
            select(PersonName.person_id, PersonName.name).where(PersonName.person_id.in_(some))
        ):
            names[number].add(name)
    changed = [
        wanted
        for number, one in old.items()
        if (wanted := _person(one)) and number in rows and any(rows[number][k] != wanted[k] for k in rows[number])
    ]
    update_rows(session, Person, changed)
    more = [
        {"person_id": number, "name": name}
        for number, one in old.items()
        if number is not None
        for name in one.names
        if name not in names[number]
    ]
    insert_rows(session, PersonName, more)
    return len(changed)


def _bury(session: Session, numbers: Sequence[int], at: datetime) -> None:
    for some in chunks(numbers):
        session.execute(
            update(Record).where(Record.id.in_(some), Record.deleted_at.is_(None)).values(deleted_at=at, changed_at=at)
        )


def _revive(session: Session, numbers: Sequence[int]) -> None:
    for some in chunks(numbers):
        session.execute(
            update(Record).where(Record.id.in_(some), Record.deleted_at.is_not(None)).values(deleted_at=None)
        )


def _store_affiliations(session: Session) -> int:
    """Who was where when, as proposals and works say now."""
    days: dict[int, date | None] = {
        **dict(session.execute(select(Proposal.id, Proposal.deposited_on)).all()),
        **dict(session.execute(select(Publication.id, Publication.published_on)).all()),
        **dict(session.execute(select(Dataset.id, Dataset.created_on)).all()),
    }
    at_work = session.execute(
        select(Authorship.person_id, AuthorshipAffiliation.affiliation_id, Authorship.record_id)
        .join(
            AuthorshipAffiliation,
            (AuthorshipAffiliation.record_id == Authorship.record_id)
            & (AuthorshipAffiliation.position == Authorship.position),
        )
        .where(Authorship.person_id.is_not(None))
    )
    on_proposal = session.execute(
        select(Participant.person_id, Participant.affiliation_id, Participant.proposal_id).where(
            Participant.person_id.is_not(None), Participant.affiliation_id.is_not(None)
        )
    )
    wanted = {
        (person, affiliation, days.get(record), record)
        for person, affiliation, record in [*at_work.all(), *on_proposal]
    }
    held: dict[tuple[Any, ...], int] = {}
    twice = []
    for row in session.execute(
        select(
            PersonAffiliation.id, PersonAffiliation.person_id, PersonAffiliation.affiliation_id,
            PersonAffiliation.seen_on, PersonAffiliation.record_id,
        )
    ):  # fmt: skip
        key = (row.person_id, row.affiliation_id, row.seen_on, row.record_id)
        if key in held:
            twice.append(row.id)
        held[key] = row.id
    stale = sorted([number for key, number in held.items() if key not in wanted] + twice)
    for some in chunks(stale):
        session.execute(delete(PersonAffiliation).where(PersonAffiliation.id.in_(some)))
    fresh = sorted(wanted - held.keys(), key=lambda row: (row[3], row[0] or 0, row[1] or 0))
    insert_rows(
        session,
        PersonAffiliation,
        [{"person_id": p, "affiliation_id": a, "seen_on": day, "record_id": record} for p, a, day, record in fresh],
    )
    return len(stale) + len(fresh)
