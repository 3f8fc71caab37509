"""The authors of few new or changed publications, as persons that are known already: nobody is made or moved here."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Participant,
    Person,
    PersonName,
    Proposal,
    Publication,
)
from puma.linking.naming import among
from puma.linking.people import People
from puma.matching.persons.assign import link_mentions
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention, mate_names
from puma.names import PersonName as Name
from puma.names import display, name_keys, parse_name
from puma.resolve import put_by_hand, settle_whereabouts
from puma.storage import chunks, update_rows

TITLES = 50  # proposals of a person whose titles tell the topic

Keys = NDArray[np.int64]


def name_index(session: Session, numbers: Collection[int]) -> Keys:
    """For each of these persons and each key of its names a row (checksum of the key, person), sorted."""
    rows = [
        (crc32(key.encode()), number)
        for number, names in _names(session, numbers).items()
        for key in set(chain.from_iterable(name_keys(name) for name in names))
    ]
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, 2)


def find_newcomers(session: Session, index: Keys, works: Collection[int]) -> People:
    """Who the authors of these publications are, among the persons of the index.

    Only persons whose name fits are looked at, so that it takes a moment; the rarity of words and names is that among
    them. A full matching weighs all again, and makes persons of those that are nobody's.
    """
    mentions, rows = _mentions(session, works)
    wanted = {crc32(key.encode()) for mention in mentions for key in name_keys(mention.name)}
    orcids = {mention.orcid for mention in mentions if mention.orcid}
    numbers = set(index[np.isin(index[:, 0], np.array(sorted(wanted), dtype=np.int64)), 1].tolist())
    for some in chunks(sorted(orcids)):
        numbers |= set(session.scalars(select(Person.id).where(Person.orcid.in_(some)))) & set(index[:, 1].tolist())
    anchors = _anchors(session, numbers)
    given = link_mentions(mentions, anchors)
    people = People()
    orcid_of = {one.person_id: one.orcid for one in anchors if one.orcid}
    stated: dict[int, set[int]] = defaultdict(set)
    put = put_by_hand(session).authors
    for (row, position), mention, linked in zip(rows, mentions, given, strict=True):
        one = Assignment(put[row], None, 1.0, ((put[row], 1.0),)) if row in put else linked
        people.authors.append((row, mention.work_id, position, one))
        if mention.orcid and one.person_id is not None and orcid_of.get(one.person_id) == mention.orcid:
            stated[mention.work_id].add(one.person_id)
    people.stated = {work: frozenset(several) for work, several in stated.items()}
    people.called = {one.person_id: display(one.names[0]) for one in anchors}
    people.counters = {
        "authorships": len(people.authors),
        "authorships_known_person": sum(one.person_id is not None for *_, one in people.authors),
        "authorships_waiting": sum(one.person_id is None for *_, one in people.authors),
    }
    return people


def store_newcomers(session: Session, people: People) -> dict[str, int]:
    """Write who was found; an authorship of whom nobody was found stays as it is."""
    before: dict[int, tuple[int | None, float | None]] = {}
    for some in chunks([row for row, *_ in people.authors]):
        for number, person, chance in session.execute(
            select(Authorship.id, Authorship.person_id, Authorship.probability).where(Authorship.id.in_(some))
        ):
            before[number] = (person, chance)
    changed = [
        {"id": row, "person_id": one.person_id, "probability": one.probability}
        for row, _, _, one in people.authors
        if one.person_id is not None and row in before and before[row] != (one.person_id, one.probability)
    ]
    update_rows(session, Authorship, changed)
    moved = {one.person_id for *_, one in people.authors if one.person_id is not None}
    return {"authorships_changed": len(changed), "person_affiliations_changed": settle_whereabouts(session, moved)}


def add_participants(session: Session, people: People, proposals: Collection[int]) -> None:
    """Who is on these proposals, as the last matching left it."""
    people.participants = [
        (row.id, row.proposal_id, row.person_id, None)
        for row in session.execute(
            select(Participant.id, Participant.proposal_id, Participant.person_id)
            .where(among(Participant.proposal_id, proposals))
            .order_by(Participant.id)
        )
        if row.proposal_id in proposals
    ]


def _mentions(session: Session, works: Collection[int]) -> tuple[list[Mention], list[tuple[int, int]]]:
    """What the publications say of their authors, and for each the row and position of the authorship."""
    at: dict[tuple[int, int], set[int]] = defaultdict(set)
    written: dict[tuple[int, int], set[str]] = defaultdict(set)
    said: dict[int, tuple[str, str, int | None]] = {}
    rows: list[Any] = []
    for some in chunks(sorted(works)):
        for record, position, institution, text in session.execute(
            select(
                AuthorshipAffiliation.record_id, AuthorshipAffiliation.position, Affiliation.institution_id,
                Affiliation.text,
            )
            .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
            .where(AuthorshipAffiliation.record_id.in_(some))
        ):  # fmt: skip
            if institution:
                at[record, position].add(institution)
            written[record, position].add(text)
        for number, title, journal, year in session.execute(
            select(Publication.id, Publication.title, Publication.journal, Publication.year).where(
                Publication.id.in_(some)
            )
        ):
            said[number] = (title, journal or "", year)
        rows += session.execute(
            select(
                Authorship.id, Authorship.record_id, Authorship.position, Authorship.name, Authorship.family_name,
                Authorship.given_name, Authorship.orcid,
            )
            .where(Authorship.record_id.in_(some))
            .order_by(Authorship.record_id, Authorship.position, Authorship.id)
        ).all()  # fmt: skip
    mentions = []
    for row in rows:
        read = parse_name(row.name)
        name = read if read.is_collaboration else Name(row.given_name or "", row.family_name)
        title, journal, year = said.get(row.record_id, ("", "", None))
        here = (row.record_id, row.position)
        mentions.append(
            Mention(
                row.record_id, row.position, name, row.orcid, frozenset(at.get(here, ())), year,
                "; ".join(sorted(written.get(here, ()))), title=title, venue=journal,
            )
        )  # fmt: skip
    return mentions, [(row.id, row.position) for row in rows]


def _names(session: Session, numbers: Collection[int]) -> Mapping[int, list[Name]]:
    """All names of these persons, the main one first."""
    found: dict[int, list[Name]] = {}
    for some in chunks(sorted(numbers)):
        for number, family, given in session.execute(
            select(Person.id, Person.family_name, Person.given_name).where(Person.id.in_(some))
        ):
            found[number] = [Name(given or "", family)]
        for number, name in session.execute(
            select(PersonName.person_id, PersonName.name).where(PersonName.person_id.in_(some)).order_by(PersonName.id)
        ):
            if number in found:
                found[number].append(parse_name(name))
    return found


def _anchors(session: Session, numbers: Collection[int]) -> Sequence[KnownPerson]:
    """These persons with what the proposals tell of them."""
    names = _names(session, numbers)
    orcids: dict[int, str] = {}
    teams: dict[int, set[int]] = defaultdict(set)
    places: dict[int, set[int]] = defaultdict(set)
    written: dict[int, set[str]] = defaultdict(set)
    for some in chunks(sorted(numbers)):
        for number, orcid in session.execute(select(Person.id, Person.orcid).where(Person.id.in_(some))):
            if orcid:
                orcids[number] = orcid
        for person, proposal, institution, text in session.execute(
            select(Participant.person_id, Participant.proposal_id, Affiliation.institution_id, Affiliation.text)
            .outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
            .where(Participant.person_id.in_(some))
        ):
            teams[person or 0].add(proposal)
            if institution:
                places[person or 0].add(institution)
            if text:
                written[person or 0].add(text)
    proposals = set(chain.from_iterable(teams.values()))
    asked: dict[int, tuple[str, int | None]] = {}
    mates: dict[int, set[str]] = defaultdict(set)
    for some in chunks(sorted(proposals)):
        for proposal, title, day in session.execute(
            select(Proposal.id, Proposal.title, Proposal.deposited_on).where(Proposal.id.in_(some))
        ):
            asked[proposal] = (title, day.year if day else None)
        for proposal, name in session.execute(
            select(Participant.proposal_id, Participant.name).where(Participant.proposal_id.in_(some))
        ):
            mates[proposal] |= mate_names(parse_name(name))
    found = []
    for number in sorted(names):
        several = sorted(teams[number])
        years = [year for proposal in several if (year := asked.get(proposal, ("", None))[1])]
        own = set(chain.from_iterable(mate_names(name) for name in names[number]))
        found.append(
            KnownPerson(
                number, tuple(dict.fromkeys(names[number])), orcids.get(number), frozenset(places[number]),
                frozenset(several), tuple(sorted(written[number])),
                frozenset(chain.from_iterable(mates[proposal] for proposal in several)) - own,
                titles=tuple(asked[proposal][0] for proposal in several[:TITLES] if proposal in asked),
                years=(min(years), max(years)) if years else None,
            )
        )  # fmt: skip
    return found
