"""Participants and authors of the database to persons; who no user office knows becomes a person of this program's own."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, count
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Experiment,
    ExperimentParticipant,
    Identifier,
    Participant,
    Person,
    PersonAffiliation,
    PersonName,
    Proposal,
    Publication,
    Record,
)
from puma.matching.persons import Assignment, KnownPerson, Mention, assign_persons, is_full
from puma.names import PersonName as Name
from puma.names import display, fold, parse_name
from puma.storage import chunks, insert_rows, take_numbers, update_rows

SCHEME = "author"
"""Identifier of persons that are made here: the key of their first mention."""


@dataclass(slots=True)
class NewPerson:
    """A person that this program makes or made before; ``number`` is its record, once it has one."""

    key: str
    name: Name
    names: tuple[str, ...]
    orcid: str | None
    number: int | None = None


@dataclass(slots=True)
class People:
    """Who is who: for each mention its person, as a record number or as the place of a new person."""

    authors: list[tuple[int, int, int, Assignment]] = field(default_factory=list)
    """(row number, record, position, assignment) of every authorship; cluster = place in ``made``."""
    participants: list[tuple[int, int, int | None, int | None]] = field(default_factory=list)
    """(row number, proposal, person or None, place in ``made`` or None) of every participant."""
    made: list[NewPerson] = field(default_factory=list)
    stated: dict[int, frozenset[int]] = field(default_factory=dict)
    """Known persons whose ORCID a work states."""
    called: dict[int, str] = field(default_factory=dict)
    """How to show each person that can be on a proposal."""
    counters: dict[str, int] = field(default_factory=dict)


def find_people(session: Session) -> People:
    """Decide who is who. Persons that are only made here get negative numbers until ``store_people`` writes them."""
    people = People()
    institutions = dict(
        session.execute(
            select(Affiliation.id, Affiliation.institution_id).where(Affiliation.institution_id.is_not(None))
        ).all()
    )
    teams = _teams(session)
    known = _known(session, teams)
    rows = session.execute(
        select(
            Participant.id, Participant.proposal_id, Participant.person_id, Participant.affiliation_id,
            Participant.position, Participant.name,
        ).order_by(Participant.id)
    ).all()  # fmt: skip
    places: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.person_id in known and row.affiliation_id in institutions:
            places[row.person_id].add(institutions[row.affiliation_id])
    anchors = [
        KnownPerson(number, names, orcid, frozenset(places[number]), frozenset(teams.get(number, ())))
        for number, (names, orcid) in sorted(known.items())
    ]
    nameless = [row for row in rows if row.person_id not in known and row.name.strip()]
    mentions = [
        Mention(
            row.proposal_id, row.position, parse_name(row.name), None,
            frozenset({institutions[row.affiliation_id]} if row.affiliation_id in institutions else ()),
        )
        for row in nameless
    ]  # fmt: skip
    given = assign_persons(mentions, anchors)
    homes = _make(people, mentions, given)
    anchors += _as_known(people, mentions, given, homes)
    people.called = {one.person_id: display(max(one.names, key=lambda n: (is_full(n), display(n)))) for one in anchors}
    found = {row.id: one for row, one in zip(nameless, given, strict=True)}
    for row in rows:
        one = found.get(row.id)
        if one is None:
            people.participants.append((row.id, row.proposal_id, row.person_id, None))
        else:
            home = homes.get(one.cluster) if one.cluster is not None else None
            people.participants.append((row.id, row.proposal_id, one.person_id, home))
    _authors(session, people, anchors, institutions)
    people.counters |= {
        "persons_known": len(known),
        "persons_made": len(people.made),
        "authorships": len(people.authors),
        "authorships_known_person": sum(one.person_id is not None for *_, one in people.authors),
        "authorships_open": sum(one.person_id is None and one.cluster is None for *_, one in people.authors),
    }
    return people


def _known(session: Session, teams: Mapping[int, set[int]]) -> dict[int, tuple[tuple[Name, ...], str | None]]:
    """Persons that a source tells of, with all their names; a merged one lends its names to whom it was merged into.

    Of whom nothing but a name is known, who is on no proposal and has no identifier, is nobody's anchor.
    """
    made_here = select(Identifier.record_id).where(Identifier.kind == "person", Identifier.scheme == SCHEME)
    rows = session.execute(
        select(Person.id, Person.family_name, Person.given_name, Person.orcid, Person.email, Record.merged_into_id)
        .join(Record, Record.id == Person.id)
        .where(Person.id.not_in(made_here), Record.deleted_at.is_(None))
        .order_by(Person.id)
    ).all()
    names: dict[int, list[Name]] = defaultdict(list)
    orcids: dict[int, str] = {}
    into = {row.id: row.merged_into_id for row in rows if row.merged_into_id}
    for row in rows:
        target = into.get(row.id, row.id)
        if not (row.orcid or row.email or row.id in teams or row.id in into):
            continue
        names[target].append(Name(row.given_name or "", row.family_name))
        if row.orcid:
            orcids.setdefault(target, row.orcid)
    for number, name in session.execute(select(PersonName.person_id, PersonName.name).order_by(PersonName.id)):
        target = into.get(number, number)
        if target in names:
            names[target].append(parse_name(name))
    return {number: (tuple(dict.fromkeys(several)), orcids.get(number)) for number, several in names.items()}


def _teams(session: Session) -> dict[int, set[int]]:
    """The proposals of each person, by participation in proposal or experiment."""
    teams: dict[int, set[int]] = defaultdict(set)
    for person, proposal in session.execute(
        select(Participant.person_id, Participant.proposal_id).where(Participant.person_id.is_not(None))
    ).all():
        teams[person or 0].add(proposal)
    for person, of_experiment in session.execute(
        select(ExperimentParticipant.person_id, Experiment.proposal_id)
        .join(Experiment, Experiment.id == ExperimentParticipant.experiment_id)
        .where(ExperimentParticipant.person_id.is_not(None), Experiment.proposal_id.is_not(None))
    ).all():
        teams[person or 0].add(of_experiment or 0)
    return teams


def _make(people: People, mentions: Sequence[Mention], given: Sequence[Assignment]) -> dict[int, int]:
    """New persons for the clusters; returns the place in ``people.made`` of each cluster."""
    members: dict[int, list[Mention]] = defaultdict(list)
    for mention, one in zip(mentions, given, strict=True):
        if one.cluster is not None:
            members[one.cluster].append(mention)
    homes = {}
    taken = {one.key for one in people.made}
    for cluster, some in sorted(members.items()):
        homes[cluster] = len(people.made)
        names = Counter(mention.name for mention in some)
        best = max(names, key=lambda n: (is_full(n), len(fold(n.given)), names[n], display(n)))
        orcids = sorted({mention.orcid for mention in some if mention.orcid})
        key = _free_key([f"orcid:{one}" for one in orcids[:1]] + [min(m.key for m in some)[:300]], taken)
        people.made.append(
            NewPerson(key, best, tuple(sorted({display(n)[:400] for n in names})), orcids[0] if orcids else None)
        )
    return homes


def _free_key(wanted: Sequence[str], taken: set[str]) -> str:
    """The first key that no other new person has; two authors of one work may share name and all."""
    more = (f"{wanted[-1]} #{number}" for number in count(2))
    key = next(one for one in chain(wanted, more) if one not in taken)
    taken.add(key)
    return key


def _as_known(
    people: People, mentions: Sequence[Mention], given: Sequence[Assignment], homes: Mapping[int, int]
) -> list[KnownPerson]:
    """Persons made from participants, as anchors for authors; their numbers are -1 - place."""
    members: dict[int, list[Mention]] = defaultdict(list)
    for mention, one in zip(mentions, given, strict=True):
        if one.cluster is not None:
            members[homes[one.cluster]].append(mention)
    return [
        KnownPerson(
            -1 - place,
            tuple(dict.fromkeys(mention.name for mention in some)),
            people.made[place].orcid,
            frozenset().union(*(mention.institutions for mention in some)),
            frozenset(mention.work_id for mention in some),
        )
        for place, some in sorted(members.items())
    ]


def _authors(
    session: Session, people: People, anchors: Sequence[KnownPerson], institutions: Mapping[int, int | None]
) -> None:
    at: dict[tuple[int, int], set[int]] = defaultdict(set)
    for record, position, affiliation in session.execute(
        select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.position, AuthorshipAffiliation.affiliation_id)
    ):
        if institution := institutions.get(affiliation):
            at[record, position].add(institution)
    rows = session.execute(
        select(
            Authorship.id, Authorship.record_id, Authorship.position, Authorship.name, Authorship.family_name,
            Authorship.given_name, Authorship.orcid,
        )
        .join(Record, Record.id == Authorship.record_id)
        .where(Record.deleted_at.is_(None))
        .order_by(Authorship.record_id, Authorship.position, Authorship.id)
    ).all()  # fmt: skip
    mentions = []
    for row in rows:
        read = parse_name(row.name)
        name = read if read.is_collaboration else Name(row.given_name or "", row.family_name)
        here = frozenset(at.get((row.record_id, row.position), ()))
        mentions.append(Mention(row.record_id, row.position, name, row.orcid, here))
    given = assign_persons(mentions, anchors)
    homes = _make(people, mentions, given)
    orcids = {person.person_id: person.orcid for person in anchors if person.orcid}
    stated: dict[int, set[int]] = defaultdict(set)
    for row, one in zip(rows, given, strict=True):
        cluster = homes[one.cluster] if one.cluster is not None else None
        moved = Assignment(one.person_id, cluster, one.probability, one.options)
        people.authors.append((row.id, row.record_id, row.position, moved))
        if row.orcid and one.person_id is not None and orcids.get(one.person_id) == row.orcid:
            stated[row.record_id].add(one.person_id)
    people.stated = {record: frozenset(several) for record, several in stated.items()}


# --- storing ----------------------------------------------------------------------------------------------------------


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
