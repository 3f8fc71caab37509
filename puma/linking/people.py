"""Participants and authors of the database to persons; who no user office knows becomes a person made here."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Experiment,
    ExperimentParticipant,
    Identifier,
    Participant,
    Person,
    PersonName,
    Proposal,
    Publication,
    Record,
)
from puma.linking.people_put import follow
from puma.matching.persons.alike import Found, PersonPair, alike
from puma.matching.persons.assign import Lore, assign_persons, assign_roll
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention, best_name, is_full
from puma.matching.persons.roll import Roll
from puma.names import PersonName as Name
from puma.names import display, is_collaboration, parse_name
from puma.resolve import AUTHOR, Put, merged_persons, put_by_hand
from puma.work import Hands, Own, give_back

AT_ONCE = 10_000  # authorships read at a time
WORTH_SHARING = 20_000  # fewer authorships are looked at here sooner than elsewhere
TITLES = 50  # proposals of a person whose titles tell the topic


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
    by_hand: frozenset[int] = frozenset()
    """Persons with whom people put something: they stay, whatever is found."""
    lore: Callable[[], Lore] = partial(Lore.of, ((), ()))
    """What waits for how rare what is said of authors was, when all were compared."""
    alike: Callable[[], list[PersonPair]] = list
    """What waits for the persons who may be one; the numbers of new ones are -1 - place."""
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def numbers(self) -> set[int]:
        """The records of the persons that are made here."""
        return {one.number for one in self.made if one.number is not None}


def find_people(session: Session, hands: Hands | None = None) -> People:
    """Decide who is who. Persons that are only made here get negative numbers until ``store_people`` writes them.

    What people put with a person stays there, and the person is known from then on, as those of a user office are.
    hands: who does the parts of much work; the result is the same.
    """
    put = put_by_hand(session)
    people = People(by_hand=put.persons)
    institutions: dict[int, int] = {}
    texts: dict[int, str] = {}
    asked = session.connection()  # the session's own way of reading takes twice as long
    for number, institution, text in asked.execute(
        select(Affiliation.id, Affiliation.institution_id, Affiliation.text)
    ):
        texts[number] = text
        if institution is not None:
            institutions[number] = institution
    bids = {
        number: (title, day.year if day else None)
        for number, title, day in asked.execute(select(Proposal.id, Proposal.title, Proposal.deposited_on))
    }
    teams = _teams(session)
    known = _known(session, teams)
    rows = asked.execute(
        select(
            Participant.id, Participant.proposal_id, Participant.person_id, Participant.affiliation_id,
            Participant.position, Participant.name,
        ).order_by(Participant.id)
    ).all()  # fmt: skip
    places: dict[int, set[int]] = defaultdict(set)
    written: dict[int, set[str]] = defaultdict(set)
    for _, _, person, affiliation, _, _ in rows:
        if affiliation in texts and person in known:
            written[person].add(texts[affiliation])
            if affiliation in institutions:
                places[person].add(institutions[affiliation])
    anchors = [
        _anchor(number, known[number], teams.get(number, ()), places.get(number, ()), written.get(number, ()), bids)
        for number in sorted(known)
    ]
    nameless = [row for row in rows if row[2] not in known and row.name.strip()]
    mentions = [
        Mention(
            row.proposal_id, row.position, parse_name(row.name), None,
            frozenset({institutions[row.affiliation_id]} if row.affiliation_id in institutions else ()),
            bids[row.proposal_id][1], texts.get(row.affiliation_id, ""), title=bids[row.proposal_id][0],
        )
        for row in nameless
    ]  # fmt: skip
    decided = {place: put.participants[row.id] for place, row in enumerate(nameless) if row.id in put.participants}
    given = follow(mentions, assign_persons(mentions, anchors), decided, anchors)
    taken = _held_by_hand(session, put)
    homes = make_persons(people, mentions, given, taken)
    anchors += as_known(people, mentions, given, homes, known)
    people.called = {one.person_id: _shown(one.names) for one in anchors}
    found = {row.id: one for row, one in zip(nameless, given, strict=True)}
    for number, proposal, person, *_ in rows:
        one = found.get(number)
        if one is None:
            people.participants.append((number, proposal, put.participants.get(number, person), None))
        else:
            home = homes.get(one.cluster) if one.cluster is not None else None
            people.participants.append((number, proposal, one.person_id, home))
    del rows, nameless, mentions, given, found, places, written  # much, and of no use to what follows
    numbers, told = _authorships(session, institutions, texts)
    give_back()
    able = hands if hands and len(numbers) >= WORTH_SHARING else Own()
    roll = Roll.of(told, anchors, able)
    whose = _authors(people, roll, numbers, put, taken, able)
    give_back()
    people.alike = able.beside(alike, Found(roll.bare(), whose, teams))  # while the others are written
    people.counters |= {
        "persons_known": len(known),
        "persons_made": len(people.made),
        "authorships": len(people.authors),
        "authorships_known_person": sum(one.person_id is not None for *_, one in people.authors),
        "authorships_open": sum(one.person_id is None and one.cluster is None for *_, one in people.authors),
    }
    return people


def _shown(names: Sequence[Name]) -> str:
    """How to show who has these names."""
    return display(names[0] if len(names) == 1 else max(names, key=lambda one: (is_full(one), display(one))))


def _anchor(
    number: int,
    known: tuple[tuple[Name, ...], tuple[str, ...]],
    teams: Collection[int],
    places: Collection[int],
    written: Collection[str],
    bids: Mapping[int, tuple[str, int | None]],
) -> KnownPerson:
    """A known person with what the proposals tell: where, on what and when."""
    names, orcids = known
    several = sorted(teams)
    years = [year for proposal in several if proposal in bids and (year := bids[proposal][1])]
    return KnownPerson(
        number, names, orcids[0] if orcids else None, frozenset(places), frozenset(teams), tuple(sorted(written)),
        titles=tuple(bids[proposal][0] for proposal in several[:TITLES] if proposal in bids),
        years=(min(years), max(years)) if years else None,
        other_orcids=frozenset(orcids[1:]),
    )  # fmt: skip


def _known(session: Session, teams: Mapping[int, set[int]]) -> dict[int, tuple[tuple[Name, ...], tuple[str, ...]]]:
    """Persons that a source tells of, with all their names; a merged one lends its names to whom it was merged into.

    Of whom nothing but a name is known, who is on no proposal and has no identifier, is nobody's anchor.
    """
    made_here = select(Identifier.record_id).where(Identifier.kind == "person", Identifier.scheme == AUTHOR)
    wide = select(Person.id, Person.family_name, Person.given_name, Person.orcid, Person.email, Record.deleted_at)
    rows = session.connection().execute(
        wide.join(Record, Record.id == Person.id).where(Person.id.not_in(made_here)).order_by(Person.id)
    ).all()  # fmt: skip
    names: dict[int, list[Name]] = defaultdict(list)
    orcids: dict[int, dict[str, None]] = defaultdict(dict)
    into = merged_persons(session)
    for number, family, given, orcid, email, gone in rows:
        target = into.get(number, number)
        if not family:  # erased: without a name one is like nobody
            continue
        if number not in into and (gone or not (orcid or email or number in teams)):
            continue
        names[target].append(Name(given or "", family))
        if orcid:
            orcids[target][orcid] = None
    told = {row[0]: row.deleted_at for row in rows}
    known = {number for number, gone in told.items() if number not in into and not gone}
    more = select(PersonName.person_id, PersonName.name).order_by(PersonName.id)
    for number, name in session.connection().execute(more):
        target = into.get(number, number)
        if target in names and number in told:
            names[target].append(parse_name(name))
    return {
        number: (tuple(dict.fromkeys(several)), tuple(orcids.get(number, ())))
        for number, several in names.items()
        if number in known
    }


def _teams(session: Session) -> dict[int, set[int]]:
    """The proposals of each person, by participation in proposal or experiment."""
    teams: dict[int, set[int]] = defaultdict(set)
    for person, proposal in session.connection().execute(
        select(Participant.person_id, Participant.proposal_id).where(Participant.person_id.is_not(None))
    ):
        teams[person or 0].add(proposal)
    for person, of_experiment in session.execute(
        select(ExperimentParticipant.person_id, Experiment.proposal_id)
        .join(Experiment, Experiment.id == ExperimentParticipant.experiment_id)
        .where(ExperimentParticipant.person_id.is_not(None), Experiment.proposal_id.is_not(None))
    ).all():
        teams[person or 0].add(of_experiment or 0)
    return teams


def make_persons(
    people: People, mentions: Sequence[Mention], given: Sequence[Assignment], taken: set[str]
) -> dict[int, int]:
    """New persons for the clusters; returns the place in ``people.made`` of each cluster. taken: keys in use."""
    members: dict[int, list[Mention]] = defaultdict(list)
    for mention, one in zip(mentions, given, strict=True):
        if one.cluster is not None:
            members[one.cluster].append(mention)
    homes = {}
    for cluster, some in sorted(members.items()):
        homes[cluster] = len(people.made)
        names = Counter(mention.name for mention in some) if len(some) > 1 else {some[0].name: 1}
        best = best_name(names)
        orcids = sorted({mention.orcid for mention in some if mention.orcid})
        first = min(f"{mention.work_id}/" for mention in some)  # keys begin so: those of others come after it
        lowest = min(mention.key for mention in some if f"{mention.work_id}/" == first)
        key = _free_key([f"orcid:{one}" for one in orcids[:1]] + [lowest[:300]], taken)
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


def as_known(
    people: People,
    mentions: Sequence[Mention],
    given: Sequence[Assignment],
    homes: Mapping[int, int],
    known: Collection[int],
) -> list[KnownPerson]:
    """Persons made from participants, as anchors for authors; their numbers, until they have one, are -1 - place."""
    members: dict[int, list[Mention]] = defaultdict(list)
    for mention, one in zip(mentions, given, strict=True):
        if one.cluster is not None:
            members[-1 - homes[one.cluster]].append(mention)
        elif one.person_id is not None and one.person_id not in known:
            members[one.person_id].append(mention)
    return [
        KnownPerson(
            number,
            tuple(dict.fromkeys(mention.name for mention in some)),
            people.made[-1 - number].orcid if number < 0 else None,
            frozenset().union(*(mention.institutions for mention in some)),
            frozenset(mention.work_id for mention in some),
            tuple(sorted({mention.affiliation for mention in some if mention.affiliation})),
            titles=tuple(mention.title for mention in some[:TITLES]),
        )
        for number, some in sorted(members.items())
    ]


def _held_by_hand(session: Session, put: Put) -> set[str]:
    """The keys of persons made here about whom people decided: no other person is made under them."""
    merged = Record.merged_into_id.is_not(None)
    query = (
        select(Identifier.value, Identifier.record_id, merged)
        .join(Record, Record.id == Identifier.record_id)
        .where(Identifier.kind == "person", Identifier.scheme == AUTHOR)
    )
    return {key for key, number, gone in session.execute(query) if gone or number in put.persons}


def _authorships(
    session: Session, institutions: Mapping[int, int], texts: Mapping[int, str]
) -> tuple[list[int], list[Mention]]:
    """Every authorship of a work that stands: its number, and as the matcher compares it."""
    at: dict[tuple[int, int], set[int]] = defaultdict(set)
    written: dict[tuple[int, int], list[str]] = defaultdict(list)
    for record, position, affiliation in session.connection().execute(
        select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.position, AuthorshipAffiliation.affiliation_id)
    ):
        if institution := institutions.get(affiliation):
            at[record, position].add(institution)
        written[record, position].append(texts[affiliation])
    works = {
        number: (title, journal or "", year)
        for number, title, journal, year in session.connection().execute(
            select(Publication.id, Publication.title, Publication.journal, Publication.year)
        )
    }
    rows = session.connection().execute(
        select(
            Authorship.id, Authorship.record_id, Authorship.position, Authorship.name, Authorship.family_name,
            Authorship.given_name, Authorship.orcid,
        )
        .join(Record, Record.id == Authorship.record_id)
        .where(Record.deleted_at.is_(None))
        .order_by(Authorship.record_id, Authorship.position, Authorship.id)
    )  # fmt: skip
    numbers, mentions = [], []
    names: dict[tuple[str, str, str | None], Name] = {}  # what is one object need not be compared in all that follows
    nowhere: frozenset[int] = frozenset()
    nobody: frozenset[str] = frozenset()
    nothing: tuple[str, str, int | None] = ("", "", None)
    work, (title, journal, year) = -1, nothing
    for number, record, position, text, family, given, orcid in chain.from_iterable(rows.partitions(AT_ONCE)):
        name = names.get((text, family, given))
        if name is None:
            name = parse_name(text) if is_collaboration(text) else Name(given or "", family)
            names[text, family, given] = name
        here, place = nowhere, ""
        if (record, position) in written:
            place = "; ".join(sorted(written[record, position]))
            here = frozenset(at.get((record, position), nowhere))
        if record != work:
            work, (title, journal, year) = record, works.get(record, nothing)
        numbers.append(number)
        mentions.append(Mention(record, position, name, orcid, here, year, place, nobody, title, journal))
    return numbers, mentions


def _authors(
    people: People,
    roll: Roll,
    numbers: Sequence[int],
    put: Put,
    taken: set[str],
    who: Hands,
) -> list[int | None]:
    """Who wrote what: what people decided, and for the rest what is found. Returns the person of each mention."""
    decided = {place: put.authors[number] for place, number in enumerate(numbers) if number in put.authors}
    found, weights, people.counters["names_too_common"] = assign_roll(roll, who)
    people.lore = who.beside(Lore.of, weights)
    given = follow(roll.mentions, found, decided, roll.people)
    homes = make_persons(people, roll.mentions, given, taken)
    orcids = {person.person_id: person.orcid for person in roll.people if person.orcid}
    stated: dict[int, set[int]] = defaultdict(set)
    for number, mention, one in zip(numbers, roll.mentions, given, strict=True):
        if one.cluster is not None:
            one = Assignment(None, homes[one.cluster], one.probability, one.options)
        people.authors.append((number, mention.work_id, mention.position, one))
        if mention.orcid and one.person_id is not None and orcids.get(one.person_id) == mention.orcid:
            stated[mention.work_id].add(one.person_id)
    people.stated = {record: frozenset(several) for record, several in stated.items()}
    return [-1 - homes[one.cluster] if one.cluster is not None else one.person_id for one in given]
