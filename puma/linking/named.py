"""Persons by their names, and what few publications and proposals say of them, for matching that little again."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain
from zlib import crc32

import numpy as np
from sqlalchemy import Select, bindparam, select
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
from puma.linking.people import TITLES, People
from puma.linking.prepared import Among, Prepared
from puma.matching.persons.by_names import Keys, Written, keyed
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention, mate_names
from puma.names import PersonName as Name
from puma.names import name_keys, parse_name


@dataclass(frozen=True, slots=True)
class Named:
    """Persons by their names. rows: checksum of a key of a name, person, 1 where known to proposals, sorted by key.

    Known is who is not only made here from what publications say: with these every author is compared. sure: the known
    ones of the rows. more, came: the rows of persons that came since, and these persons, of whom no other row counts.
    """

    rows: Keys
    sure: frozenset[int]
    more: Keys
    came: frozenset[int] = frozenset()

    @classmethod
    def by(cls, rows: Keys) -> "Named":
        """As `name_index` gives the rows of all."""
        return cls(rows, frozenset(rows[rows[:, 2] > 0, 1].tolist()), rows[:0])

    def of(self, keys: Collection[str]) -> tuple[set[int], set[int]]:
        """The persons with one of these keys: those known, and those made here."""
        marks = np.array(sorted(crc32(key.encode()) for key in keys), dtype=np.int64)
        several: tuple[set[int], set[int]] = set(), set()
        for rows, gone in ((self.rows, self.came), (self.more, frozenset[int]())):
            first, last = (np.searchsorted(rows[:, 0], marks, side=side) for side in ("left", "right"))
            here = [rows[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if a < b]
            found = np.concatenate([rows[:0], *here])
            for some, known in zip(several, (found[:, 2] > 0, found[:, 2] == 0), strict=True):
                some.update(set(found[known, 1].tolist()) - gone)
        return several

    def known(self, persons: Collection[int]) -> set[int]:
        """Those of these persons that proposals tell of."""
        came = set(self.more[self.more[:, 2] > 0, 1].tolist()) if len(self.more) else set()
        return {person for person in persons if person in came or (person in self.sure and person not in self.came)}

    def with_more(self, session: Session, top: int, others: Collection[int]) -> "Named":
        """The same with persons that came since: those with a higher number than this, and these others."""
        came = {person for (person,) in session.connection().execute(_later(), {"top": top})} | set(others)
        if not came:
            return self
        made = made_here(session, came).keys()
        asked = on_proposals(session, made)
        return replace(self, more=name_index(session, came - (made - asked), made - asked), came=frozenset(came))


def name_index(session: Session, known: Collection[int], made: Collection[int]) -> Keys:
    """The rows of `Named` for these persons that proposals tell of, and for these that are made here only."""
    return keyed(written(session, known, made))


def written(session: Session, known: Collection[int], made: Collection[int]) -> list[Written]:
    """What `keyed` makes these rows of."""
    numbers = {*known, *made}
    more: dict[int, list[str]] = defaultdict(list)
    for number, name in _more_names.of(session, numbers):
        more[number].append(name)
    return [
        (number, number in known, Name(given or "", family), more.get(number, ()))
        for number, family, given in _main_names.of(session, numbers)
    ]


def works_by_names(session: Session, named: Named, persons: Collection[int], names: Iterable[Name] = ()) -> set[int]:
    """The publications with an author who bears one of these names, or a name of one of these persons."""
    keys = keys_of(chain(names, *names_of(session, persons).values()))
    return {work for _, work in works_of(session, set().union(*named.of(keys), persons))}


def works_of(session: Session, persons: Collection[int]) -> list[tuple[int, int]]:
    """The works of each of these persons, once for each authorship, as (person, work)."""
    return [(person or 0, work) for person, work in _works_by.of(session, persons)]


def keys_of(names: Iterable[Name]) -> set[str]:
    """The keys of all these names."""
    return set(chain.from_iterable(map(name_keys, set(names))))


def on_proposals(session: Session, persons: Collection[int]) -> set[int]:
    """Those of these persons whom a proposal names."""
    return {person for (person,) in _participants.of(session, persons) if person}


def as_stored(session: Session, works: Collection[int]) -> People:
    """Who the authors of these publications are, as the last matching left it."""
    people = People()
    for number, record, position, person, probability in _stored.of(session, works):
        chance = probability or 0.0
        options = ((person, chance),) if person is not None else ()
        people.authors.append((number, record, position, Assignment(person, None, chance, options)))
    return people


def add_participants(session: Session, people: People, proposals: Collection[int]) -> None:
    """Who is on these proposals, as the last matching left it."""
    rows = sorted(_teams.of(session, proposals), key=lambda row: row.id)
    people.participants = [(number, proposal, person, None) for number, proposal, person in rows]


def mentions_of(session: Session, works: Collection[int]) -> tuple[list[Mention], list[tuple[int, int, int | None]]]:
    """What publications that are there say of their authors, and for each the authorship's row, position and person."""
    at: dict[tuple[int, int], set[int]] = defaultdict(set)
    written: dict[tuple[int, int], set[str]] = defaultdict(set)
    for record, position, institution, text in _where.of(session, works):
        if institution:
            at[record, position].add(institution)
        written[record, position].add(text)
    said = {number: (title, journal or "", year) for number, title, journal, year in _said.of(session, works)}
    rows = list(_authors.of(session, works))
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
    for number, family, given in _main_names.of(session, numbers):
        found[number] = [Name(given or "", family)]
    for number, name in _more_names.of(session, numbers):
        if number in found:
            found[number].append(parse_name(name))
    return found


def anchors_of(session: Session, numbers: Collection[int]) -> Sequence[KnownPerson]:
    """These persons with what the proposals tell of them."""
    names = names_of(session, numbers)
    teams: dict[int, set[int]] = defaultdict(set)
    places: dict[int, set[int]] = defaultdict(set)
    written: dict[int, set[str]] = defaultdict(set)
    orcids = {number: orcid for number, orcid in _orcids.of(session, numbers) if orcid}
    for person, proposal, institution, text in _on_teams.of(session, numbers):
        teams[person or 0].add(proposal)
        if institution:
            places[person or 0].add(institution)
        if text:
            written[person or 0].add(text)
    proposals = set(chain.from_iterable(teams.values()))
    asked = {number: (title, day.year if day else None) for number, title, day in _asked.of(session, proposals)}
    mates: dict[int, set[str]] = defaultdict(set)
    for proposal, name in _mates.of(session, proposals):
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


# --- what is asked ----------------------------------------------------------------------------------------------------


@cache
def _later() -> Select[int]:
    return select(Person.id).where(Person.id > bindparam("top"))


@Prepared
def _works_by(among: Among) -> Select[int | None, int]:
    return select(Authorship.person_id, Authorship.record_id).where(among(Authorship.person_id))


@Prepared
def _participants(among: Among) -> Select[int | None]:
    return select(Participant.person_id).where(among(Participant.person_id)).distinct()


@Prepared
def _stored(among: Among) -> Select[int, int, int, int | None, float | None]:
    return (
        select(Authorship.id, Authorship.record_id, Authorship.position, Authorship.person_id, Authorship.probability)
        .where(among(Authorship.record_id))
        .order_by(Authorship.record_id, Authorship.position, Authorship.id)
    )


@Prepared
def _teams(among: Among) -> Select[int, int, int | None]:
    return select(Participant.id, Participant.proposal_id, Participant.person_id).where(among(Participant.proposal_id))


@Prepared
def _where(among: Among) -> Select[int, int, int | None, str]:
    return (
        select(
            AuthorshipAffiliation.record_id, AuthorshipAffiliation.position, Affiliation.institution_id,
            Affiliation.text,
        )
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .where(among(AuthorshipAffiliation.record_id))
    )  # fmt: skip


@Prepared
def _said(among: Among) -> Select[int, str, str | None, int | None]:
    wide = select(Publication.id, Publication.title, Publication.journal, Publication.year)
    return wide.where(among(Publication.id))


@Prepared
def _authors(among: Among) -> Select[int, int, int, str, str, str | None, str | None, int | None]:
    return (
        select(
            Authorship.id, Authorship.record_id, Authorship.position, Authorship.name, Authorship.family_name,
            Authorship.given_name, Authorship.orcid, Authorship.person_id,
        )
        .join(Record, Record.id == Authorship.record_id)
        .where(among(Authorship.record_id), Record.deleted_at.is_(None))
        .order_by(Authorship.record_id, Authorship.position, Authorship.id)
    )  # fmt: skip


@Prepared
def _main_names(among: Among) -> Select[int, str, str | None]:
    return select(Person.id, Person.family_name, Person.given_name).where(among(Person.id))


@Prepared
def _more_names(among: Among) -> Select[int, str]:
    wide = select(PersonName.person_id, PersonName.name).where(among(PersonName.person_id))
    return wide.order_by(PersonName.id)


@Prepared
def _orcids(among: Among) -> Select[int, str | None]:
    return select(Person.id, Person.orcid).where(among(Person.id))


@Prepared
def _on_teams(among: Among) -> Select[int | None, int, int | None, str | None]:
    return (
        select(Participant.person_id, Participant.proposal_id, Affiliation.institution_id, Affiliation.text)
        .outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
        .where(among(Participant.person_id))
    )


@Prepared
def _asked(among: Among) -> Select[int, str, date | None]:
    return select(Proposal.id, Proposal.title, Proposal.deposited_on).where(among(Proposal.id))


@Prepared
def _mates(among: Among) -> Select[int, str]:
    return select(Participant.proposal_id, Participant.name).where(among(Participant.proposal_id))
