"""What is told of each public record: rows with people, places and references by number, for every format at once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session, aliased

from puma.access import ANONYMOUS
from puma.cerif import Contributor, Place
from puma.entities import (
    RECORD_KINDS,
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Facility,
    Institution,
    Instrument,
    Keyword,
    Link,
    Participant,
    Proposal,
    ProposalTime,
    Record,
    Technique,
    TechniqueUse,
)
from puma.fields import fields_of
from puma.matching.persons.mentions import best_name
from puma.names import PersonName, parse_name
from puma.provider.marks import COUNTED
from puma.text import plain
from puma.visibility import exists_for

Row = dict[str, Any]


def rows(session: Session, kind: str, numbers: Collection[int]) -> dict[int, Row]:
    """The rows of these records of one kind, by number; what is not public by now is not among them."""
    if kind == "person":
        return _persons(session, numbers)
    entity: Any = RECORD_KINDS[kind]
    names = [one.name for one in fields_of(entity) if one.exported and not one.confidential]
    query = (
        select(entity, Record.changed_at)
        .join(Record, Record.id == entity.id)
        .where(entity.id.in_(numbers), exists_for(ANONYMOUS))
    )
    found: dict[int, Row] = {}
    entities: dict[int, Any] = {}
    for one, changed in session.execute(query):
        found[one.id] = {"id": one.id, "changed_at": changed, **{name: _plain(getattr(one, name)) for name in names}}
        entities[one.id] = one
    for number, more in _BESIDE[kind](session, list(found), entities).items():
        found[number].update(more)
    return found


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and "<" in value else value


# --- works ------------------------------------------------------------------------------------------------------------


def _publications(session: Session, numbers: Sequence[int], _: Mapping[int, Any]) -> dict[int, Row]:
    right = aliased(Record)
    linked = (
        select(Link.left_id, Link.right_id, Dataset.title, Dataset.doi, Proposal.code)
        .join(right, right.id == Link.right_id)
        .outerjoin(Dataset, Dataset.id == Link.right_id)
        .outerjoin(Proposal, Proposal.id == Link.right_id)
        .where(
            Link.left_id.in_(numbers),
            Link.state.in_(COUNTED),
            right.kind.in_(("dataset", "proposal")),
            exists_for(ANONYMOUS, right),
        )
        .order_by(Link.left_id, Link.right_id)
    )
    found: dict[int, Row] = {number: {"products": [], "projects": []} for number in numbers}
    for number, other, title, doi, code in session.execute(linked):
        if title is not None:
            found[number]["products"].append((other, plain(title), doi))
        elif code is not None:
            found[number]["projects"].append((other, code))
    people, words = _people(session, numbers), _keywords(session, numbers)
    for number in numbers:
        found[number] |= {"people": people.get(number, ()), "keywords": words.get(number, [])}
    return found


def _datasets(session: Session, numbers: Sequence[int], entities: Mapping[int, Any]) -> dict[int, Row]:
    people, words = _people(session, numbers), _keywords(session, numbers)
    techniques = techniques_of(session, numbers)
    machines = _named(session, Instrument.name, {one.instrument_id for one in entities.values()})
    projects = _named(session, Proposal.code, {one.proposal_id for one in entities.values()})
    found = {}
    for number, one in entities.items():
        machine = machines.get(one.instrument_id)
        found[number] = {
            "people": people.get(number, ()),
            "keywords": words.get(number, []),
            "techniques": [name for _, name in techniques.get(number, [])],
            "technique_codes": techniques.get(number, []),
            "instrument": one.instrument_name,
            "equipment": [(one.instrument_id, machine)] if machine else [],
            "projects": [(one.proposal_id, projects[one.proposal_id])] if one.proposal_id in projects else [],
        }
    return found


def _proposals(session: Session, numbers: Sequence[int], entities: Mapping[int, Any]) -> dict[int, Row]:
    query = (
        select(Participant, Affiliation, Institution)
        .outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
        .outerjoin(Institution, Institution.id == Affiliation.institution_id)
        .where(Participant.proposal_id.in_(numbers))
        .order_by(Participant.proposal_id, Participant.position)
    )
    people: dict[int, list[Contributor]] = defaultdict(list)
    for one, place, unit in session.execute(query):
        name = parse_name(one.name)
        places = (_place(place, unit),) if place is not None else ()
        people[one.proposal_id].append(
            Contributor(one.name, name.family, name.given, "", one.person_id or 0, one.role or "", places)
        )
    times = (
        select(ProposalTime.proposal_id, ProposalTime.instrument_id, Instrument.name, ProposalTime.instrument_name)
        .outerjoin(Instrument, Instrument.id == ProposalTime.instrument_id)
        .where(ProposalTime.proposal_id.in_(numbers))
        .order_by(ProposalTime.id)
    )
    machines: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, machine, name_here, written in session.execute(times):
        machines[number].append((machine or 0, name_here or written))
    words = _keywords(session, numbers)
    return {
        number: {"people": people[number], "equipment": machines[number], "keywords": words.get(number, [])}
        for number in numbers
    }


def _people(session: Session, numbers: Sequence[int]) -> dict[int, tuple[Contributor, ...]]:
    """Authors in their order. A person who was buried meanwhile is named without a number."""
    person = aliased(Record)
    query = (
        select(Authorship, person.deleted_at)
        .outerjoin(person, person.id == Authorship.person_id)
        .where(Authorship.record_id.in_(numbers))
        .order_by(Authorship.record_id, Authorship.position)
    )
    places = _places(session, numbers)
    found: dict[int, list[Contributor]] = defaultdict(list)
    for one, gone in session.execute(query):
        found[one.record_id].append(
            Contributor(
                one.name,
                one.family_name or one.name,
                one.given_name or "",
                one.orcid or "",
                (one.person_id or 0) if gone is None else 0,
                places=tuple(places.get((one.record_id, one.position), ())),
            )
        )
    return {number: tuple(people) for number, people in found.items()}


def _places(session: Session, numbers: Sequence[int]) -> dict[tuple[int, int], list[Place]]:
    query = (
        select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.position, Affiliation, Institution)
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .outerjoin(Institution, Institution.id == Affiliation.institution_id)
        .where(AuthorshipAffiliation.record_id.in_(numbers))
        .order_by(AuthorshipAffiliation.id)
    )
    found: dict[tuple[int, int], list[Place]] = defaultdict(list)
    for number, position, place, unit in session.execute(query):
        found[number, position].append(_place(place, unit))
    return found


def _place(place: Affiliation, unit: Institution | None) -> Place:
    if unit is None:
        return Place(place.text or "", ror=place.stated_ror or "")
    return Place(place.text or unit.name, unit.name, unit.ror or "", unit.id)


def _keywords(session: Session, numbers: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(Keyword.record_id, Keyword.value)
        .where(Keyword.record_id.in_(numbers))
        .order_by(Keyword.record_id, Keyword.value)
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for number, word in session.execute(query):
        found[number][word] = None
    return {number: list(words) for number, words in found.items()}


def techniques_of(session: Session, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """(PaNET id, name) of the techniques of records; an empty id where it is none of PaNET's."""
    query = (
        select(TechniqueUse.record_id, Technique.code, func.coalesce(Technique.name, TechniqueUse.name))
        .outerjoin(Technique, Technique.id == TechniqueUse.technique_id)
        .where(TechniqueUse.record_id.in_(numbers))
        .order_by(TechniqueUse.record_id, TechniqueUse.id)
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for number, code, name in session.execute(query):
        found[number].append((code or "", name))
    return found


def _named(session: Session, name: Any, numbers: Collection[int | None]) -> dict[int, str]:
    """What public records are called, by number."""
    entity = name.class_
    query = select(entity.id, name).join(Record, Record.id == entity.id).where(
        entity.id.in_([one for one in numbers if one]), exists_for(ANONYMOUS)
    )  # fmt: skip
    return dict(session.execute(query).all())


# --- people, organisations, instruments -------------------------------------------------------------------------------


def _persons(session: Session, numbers: Collection[int]) -> dict[int, Row]:
    """Persons as their public works write them: what else is known of them is not for everybody."""
    works = (
        select(Authorship.person_id, Authorship.name, Authorship.orcid)
        .join(Record, Record.id == Authorship.record_id)
        .where(Authorship.person_id.in_(numbers), exists_for(ANONYMOUS))
        .order_by(Authorship.person_id, Authorship.id)
    )
    bids = (
        select(Participant.person_id, Participant.name, null())
        .join(Record, Record.id == Participant.proposal_id)
        .where(Participant.person_id.in_(numbers), exists_for(ANONYMOUS))
    )
    names: dict[int, Counter[PersonName]] = defaultdict(Counter)
    orcids: dict[int, Counter[str]] = defaultdict(Counter)
    for query in (works, bids):
        for named, name, orcid in session.execute(query):
            number = int(named or 0)
            names[number][parse_name(name)] += 1
            if orcid:
                orcids[number][orcid] += 1
    found = {}
    for number, some in names.items():
        best = best_name(some)
        orcid = max(orcids[number].items(), key=lambda one: (one[1], one[0]), default=("", 0))[0]
        found[number] = {"id": number, "family_name": best.family, "given_name": best.given, "orcid": orcid}
    return found


def _institutions(session: Session, numbers: Sequence[int], entities: Mapping[int, Any]) -> dict[int, Row]:
    above = {one.parent_id for one in entities.values() if one.parent_id}
    query = (
        select(Institution.id, Institution.name, Institution.ror)
        .join(Record, Record.id == Institution.id)
        .where(Institution.id.in_(above), exists_for(ANONYMOUS))
    )
    parents = {number: (number, name, known) for number, name, known in session.execute(query)}
    return {number: {"parent": parents.get(one.parent_id), "parent_ror": None} for number, one in entities.items()}


def _facilities(session: Session, numbers: Sequence[int], _: Mapping[int, Any]) -> dict[int, Row]:
    return {number: {"sector": "facility"} for number in numbers}


def _instruments(session: Session, numbers: Sequence[int], entities: Mapping[int, Any]) -> dict[int, Row]:
    facilities = _named(session, Facility.name, {one.facility_id for one in entities.values()})
    codes = _named(session, Facility.code, {one.facility_id for one in entities.values()})
    techniques = techniques_of(session, numbers)
    return {
        number: {
            "owner": (one.facility_id, facilities[one.facility_id]) if one.facility_id in facilities else None,
            "facility": codes.get(one.facility_id, ""),
            "techniques": [name for _, name in techniques.get(number, [])],
            "technique_codes": techniques.get(number, []),
        }
        for number, one in entities.items()
    }


_BESIDE: dict[str, Any] = {
    "publication": _publications,
    "dataset": _datasets,
    "proposal": _proposals,
    "institution": _institutions,
    "facility": _facilities,
    "instrument": _instruments,
}
