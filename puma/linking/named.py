"""Persons by their names, and what few publications and proposals say of them, for matching that little again."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    Record,
)
from puma.linking.changes import made_here
from puma.linking.naming import among
from puma.linking.people import TITLES, People
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention, mate_names
from puma.names import PersonName as Name
from puma.names import name_keys, parse_name
from puma.storage import chunks

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Named:
    """Persons by their names. rows: checksum of a key of a name, person, 1 where known to proposals, sorted by key.

    Known is who is not only made here from what publications say: with these every author is compared.
    """

    rows: Keys

    def of(self, keys: Collection[str]) -> tuple[set[int], set[int]]:
        """The persons with one of these keys: those known, and those made here."""
        marks = np.array(sorted(crc32(key.encode()) for key in keys), dtype=np.int64)
        first, last = (np.searchsorted(self.rows[:, 0], marks, side=side) for side in ("left", "right"))
        here = [self.rows[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if a < b]
        found = np.concatenate([self.rows[:0], *here])
        return set(found[found[:, 2] > 0, 1].tolist()), set(found[found[:, 2] == 0, 1].tolist())

    def known(self, persons: Collection[int]) -> set[int]:
        """Those of these persons that proposals tell of."""
        here = self.rows[np.isin(self.rows[:, 1], np.array(sorted(persons), dtype=np.int64))]
        return set(here[here[:, 2] > 0, 1].tolist())

    def with_more(self, session: Session, top: int, others: Collection[int]) -> "Named":
        """The same with persons that came since: those with a higher number than this, and these others."""
        came = set(session.scalars(select(Person.id).where(Person.id > top))) | set(others)
        if not came:
            return self
        made = made_here(session, came).keys()
        asked = set(on_proposals(session, made))
        rows = name_index(session, came - (made - asked), made - asked)
        old = self.rows[~np.isin(self.rows[:, 1], np.array(sorted(came)))]
        every = np.concatenate([old, rows])
        return Named(every[np.argsort(every[:, 0], kind="stable")])


def name_index(session: Session, known: Collection[int], made: Collection[int]) -> Keys:
    """The rows of `Named` for these persons that proposals tell of, and for these that are made here only."""
    rows = [
        (crc32(key.encode()), number, int(number in known))
        for number, names in names_of(session, {*known, *made}).items()
        for key in set(chain.from_iterable(name_keys(name) for name in names))
    ]
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)


def works_by_names(session: Session, named: Named, persons: Collection[int], names: Iterable[Name] = ()) -> set[int]:
    """The publications with an author who bears one of these names, or a name of one of these persons."""
    keys = keys_of(chain(names, *names_of(session, persons).values()))
    several = set().union(*named.of(keys), persons)
    found: set[int] = set()
    for some in chunks(sorted(several)):
        found |= set(session.scalars(select(Authorship.record_id).where(Authorship.person_id.in_(some))))
    return found


def keys_of(names: Iterable[Name]) -> set[str]:
    """The keys of all these names."""
    return set(chain.from_iterable(map(name_keys, set(names))))


def on_proposals(session: Session, persons: Collection[int]) -> set[int]:
    """Those of these persons whom a proposal names."""
    found: set[int] = set()
    for some in chunks(sorted(persons)):
        here = select(Participant.person_id).where(Participant.person_id.in_(some)).distinct()
        found |= {person for person in session.scalars(here) if person}
    return found


def as_stored(session: Session, works: Collection[int]) -> People:
    """Who the authors of these publications are, as the last matching left it."""
    people = People()
    for some in chunks(sorted(works)):
        for row in session.execute(
            select(
                Authorship.id, Authorship.record_id, Authorship.position, Authorship.person_id, Authorship.probability
            )
            .where(Authorship.record_id.in_(some))
            .order_by(Authorship.record_id, Authorship.position, Authorship.id)
        ):
            chance = row.probability or 0.0
            options = ((row.person_id, chance),) if row.person_id is not None else ()
            one = Assignment(row.person_id, None, chance, options)
            people.authors.append((row.id, row.record_id, row.position, one))
    return people


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


def mentions_of(session: Session, works: Collection[int]) -> tuple[list[Mention], list[tuple[int, int, int | None]]]:
    """What publications that are there say of their authors, and for each the authorship's row, position and person."""
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
                Authorship.given_name, Authorship.orcid, Authorship.person_id,
            )
            .join(Record, Record.id == Authorship.record_id)
            .where(Authorship.record_id.in_(some), Record.deleted_at.is_(None))
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
    return mentions, [(row.id, row.position, row.person_id) for row in rows]


def names_of(session: Session, numbers: Collection[int]) -> Mapping[int, list[Name]]:
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


def anchors_of(session: Session, numbers: Collection[int]) -> Sequence[KnownPerson]:
    """These persons with what the proposals tell of them."""
    names = names_of(session, numbers)
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
