"""Writes persons that are made here, who is who, and who was where when; only what differs from before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from puma.entities import Authorship, Identifier, Participant, Person, PersonName, PersonPair, Record
from puma.linking.people import AT_ONCE, NewPerson, People
from puma.linking.prepared import Among, Prepared
from puma.matching.persons.alike import PersonPair as Alike
from puma.matching.persons.mentions import Assignment
from puma.resolve import AUTHOR, set_visibility, settle_whereabouts
from puma.storage import chunks, insert_rows, take_numbers, update_rows


def store_people(session: Session, people: People, at: datetime) -> dict[str, int]:
    """Write new persons, who is who, and who was where when; only what differs from before."""
    held = dict(
        session.execute(
            select(Identifier.value, Identifier.record_id).where(
                Identifier.kind == "person", Identifier.scheme == AUTHOR
            )
        ).all()
    )
    counters = store_made(session, people, held, at)
    gone = sorted(set(held.values()) - {one.number for one in people.made} - people.by_hand)
    bury(session, gone, at)
    counters["persons_gone"] = len(gone)
    counters["authorships_changed"] = _store_authors(session, people)
    stored = session.connection().execute(select(Participant.id, Participant.person_id))
    persons = dict(chain.from_iterable(stored.partitions(AT_ONCE)))
    moved = []
    for row_id, _, person, home in people.participants:
        target = person if home is None else people.made[home].number
        target = people.made[-1 - target].number if target is not None and target < 0 else target
        if row_id in persons and persons[row_id] != target and target is not None:
            moved.append({"id": row_id, "person_id": target})
    update_rows(session, Participant, moved)
    counters["participants_changed"] = len(moved)
    counters["person_affiliations_changed"] = settle_whereabouts(session)
    set_visibility(session)  # a person made here from secret proposals is a secret as well
    pairs = people.alike()
    return counters | {"persons_alike": len(pairs), "persons_alike_changed": _store_alike(session, people, pairs)}


def _store_authors(session: Session, people: People) -> int:
    """Write whose each authorship is, where it differs."""
    stored = session.connection().execute(select(Authorship.id, Authorship.person_id, Authorship.probability))
    before = {number: (person, chance) for some in stored.partitions(AT_ONCE) for number, person, chance in some}
    made = [one.number for one in people.made]
    changed: list[dict[str, Any]] = []
    for row_id, _, _, one in people.authors:
        person = one.person_id if one.cluster is None else made[one.cluster]
        if person is not None and person < 0:
            person = made[-1 - person]
        wanted = (person, one.probability if person is not None else None)
        if row_id in before and before[row_id] != wanted:
            changed.append({"id": row_id, "person_id": person, "probability": wanted[1]})
    update_rows(session, Authorship, changed)
    return len(changed)


def _store_alike(session: Session, people: People, found: Sequence[Alike]) -> int:
    """Make the stored pairs be these; only what differs is written."""
    wanted: dict[tuple[int, int], tuple[float, list[dict[str, Any]]]] = {}
    for pair in found:
        pairs = (people.made[-1 - n].number if n < 0 else n for n in (pair.left_id, pair.right_id))
        left, right = sorted(number or 0 for number in pairs)
        evidence = [{"kind": kind, "points": points} for kind, points in pair.evidence]
        wanted[left, right] = pair.probability, evidence
    held = {
        (row.left_id, row.right_id): (row.id, (row.probability, row.evidence))
        for row in session.execute(
            select(PersonPair.id, PersonPair.left_id, PersonPair.right_id, PersonPair.probability, PersonPair.evidence)
        )
    }
    stale = sorted(number for key, (number, said) in held.items() if wanted.get(key) != said)
    for some in chunks(stale):
        session.execute(delete(PersonPair).where(PersonPair.id.in_(some)))
    fresh = [key for key, said in wanted.items() if key not in held or held[key][1] != said]
    names = ("left_id", "right_id", "probability", "evidence")
    insert_rows(session, PersonPair, [dict(zip(names, (*key, *wanted[key]), strict=True)) for key in fresh])
    return len(stale) + len(fresh)


def numbered(people: People, one: Assignment) -> int | None:
    """The record number of an assignment's person, after the new persons have theirs."""
    if one.cluster is not None:
        return people.made[one.cluster].number
    if one.person_id is not None and one.person_id < 0:
        return people.made[-1 - one.person_id].number
    return one.person_id


def store_made(session: Session, people: People, held: Mapping[str, int], at: datetime) -> dict[str, int]:
    """Write the persons that are made here. held: the numbers of those that were made before, by their keys."""
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
        [{"record_id": one.number, "kind": "person", "scheme": AUTHOR, "value": one.key} for one in fresh],
    )
    insert_rows(session, PersonName, [{"person_id": one.number, "name": name} for one in fresh for name in one.names])
    old = {one.number: one for one in people.made if one.key in held}
    changed = _refresh(session, old)
    _revive(session, sorted(number for number in old if number is not None))
    return {"persons_added": len(fresh), "persons_changed": changed}


def _person(one: NewPerson) -> dict[str, Any]:
    return {
        "id": one.number,
        "family_name": one.name.family[:400],
        "given_name": one.name.given[:400] or None,
        "orcid": one.orcid,
        "user": False,
    }


def _refresh(session: Session, old: Mapping[int | None, NewPerson]) -> int:
    names: dict[int, set[str]] = defaultdict(set)
    numbers = {number for number in old if number is not None}
    rows = {
        number: {"family_name": family, "given_name": given, "orcid": orcid}
        for number, family, given, orcid in _as_written.of(session, numbers)
    }
    for number, name in _names.of(session, numbers):
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


def bury(session: Session, numbers: Sequence[int], at: datetime) -> None:
    """Let these persons be gone."""
    for some in chunks(numbers):
        session.execute(
            update(Record).where(Record.id.in_(some), Record.deleted_at.is_(None)).values(deleted_at=at, changed_at=at)
        )


def _revive(session: Session, numbers: Sequence[int]) -> None:
    for some in chunks([number for (number,) in _gone.of(session, numbers)]):
        session.execute(update(Record).where(Record.id.in_(some)).values(deleted_at=None))


@Prepared
def _as_written(among: Among) -> Select[int, str, str | None, str | None]:
    return select(Person.id, Person.family_name, Person.given_name, Person.orcid).where(among(Person.id))


@Prepared
def _names(among: Among) -> Select[int, str]:
    return select(PersonName.person_id, PersonName.name).where(among(PersonName.person_id))


@Prepared
def _gone(among: Among) -> Select[int]:
    return select(Record.id).where(among(Record.id), Record.deleted_at.is_not(None))
