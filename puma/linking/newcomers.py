"""The authors of few new or changed publications, and who is on few new proposals: somebody known, or somebody new."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import Select, String, bindparam, delete, exists, or_, select
from sqlalchemy.orm import Session

from puma.entities import Affiliation, Authorship, Identifier, Participant, Person, PersonPair, Proposal, Record
from puma.linking.changes import made_here
from puma.linking.named import Named, anchors_of, keys_of, mentions_of, names_of, works_of
from puma.linking.people import People, as_known, make_persons
from puma.linking.people_rows import bury, numbered, store_made
from puma.linking.prepared import Among, Prepared
from puma.matching.persons.assign import Lore, is_told, link_mentions, within_reach
from puma.matching.persons.clusters import cluster_mentions
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention
from puma.matching.persons.roll import coauthors_of
from puma.names import display, parse_name
from puma.resolve import AUTHOR, Put, put_by_hand, set_visibility, settle_whereabouts
from puma.storage import chunks, listed, update_rows

CROWD = 300  # authorships of persons made here, beside whom a newcomer is looked at; of more, the latest


def find_newcomers(
    session: Session, named: Named, lore: Lore, works: Collection[int], proposals: Collection[int] = ()
) -> People:
    """Who the authors of these publications are, and who is on these proposals.

    Only persons whose name fits are looked at, so that it takes a moment; lore: how rare what is said of authors was
    among all. Who is nobody known is put together with those made here before whose names fit, as a full matching does,
    and made where there is none: who was there before stays as it is until the next full matching.
    """
    put = put_by_hand(session)
    people = People(by_hand=put.persons)
    mentions, rows = mentions_of(session, works)
    made = _team(session, named, proposals, put, people)
    known = keys_of(mention.name for mention in mentions)
    numbers = named.of(known)[0]
    numbers |= named.known(_bearing(session, mentions))
    anchors = [*anchors_of(session, numbers), *made]
    asked = [replace(one, coauthors=mates) for one, mates in zip(mentions, coauthors_of(mentions), strict=True)]
    given = [
        Assignment(put.authors[row], None, 1.0, ((put.authors[row], 1.0),)) if row in put.authors else one
        for (row, *_), one in zip(rows, link_mentions(asked, anchors, known=lore.known), strict=True)
    ]
    waiting = [place for place, one in enumerate(given) if not is_told(one)]
    _make_authors(session, named, lore, people, mentions, given, waiting)
    orcid_of = {one.person_id: one.orcid for one in anchors if one.orcid}
    stated: dict[int, set[int]] = defaultdict(set)
    for (row, position, _), mention, one in zip(rows, mentions, given, strict=True):
        people.authors.append((row, mention.work_id, position, one))
        if mention.orcid and one.person_id is not None and orcid_of.get(one.person_id) == mention.orcid:
            stated[mention.work_id].add(one.person_id)
    people.stated = {work: frozenset(several) for work, several in stated.items()}
    people.called = {one.person_id: display(one.names[0]) for one in anchors}
    people.counters = {
        "authorships": len(people.authors),
        "authorships_known_person": sum(one.person_id is not None for *_, one in people.authors),
        "authorships_open": sum(one.person_id is None and one.cluster is None for *_, one in people.authors),
    }
    return people


def store_newcomers(session: Session, people: People, works: Collection[int], at: datetime) -> dict[str, int]:
    """Write who was found and who is made; who was made from these publications, and is nobody's now, goes."""
    before = {number: (person, chance) for number, person, chance in _given.of(session, works)}
    counters = store_made(session, people, _held(session, [one.key for one in people.made]), at)
    wanted = {row: (numbered(people, one), one.probability) for row, _, _, one in people.authors}
    changed = [
        {"id": row, "person_id": person, "probability": chance if person is not None else None}
        for row, (person, chance) in wanted.items()
        if before.get(row) != (person, chance if person is not None else None)
    ]
    update_rows(session, Authorship, changed)
    moved = [
        {"id": row, "person_id": numbered(people, Assignment(person, home, 1.0))}
        for row, _, person, home in people.participants
    ]
    update_rows(session, Participant, moved)
    if moved:
        set_visibility(session)  # a person made here from secret proposals is a secret as well
    several = [person for person, _ in (*before.values(), *wanted.values())] + [row["person_id"] for row in moved]
    persons = {person for person in several if person is not None}
    gone = _nobodys(session, persons | _founded_on(session, works)) - people.by_hand
    bury(session, sorted(gone), at)
    for some in chunks(sorted(gone)):
        session.execute(delete(PersonPair).where(or_(PersonPair.left_id.in_(some), PersonPair.right_id.in_(some))))
    counters |= {"authorships_changed": len(changed), "participants_changed": len(moved), "persons_gone": len(gone)}
    return counters | {"person_affiliations_changed": settle_whereabouts(session, persons - gone)}


# --- who is nobody known ---------------------------------------------------------------------------------------------


def _make_authors(
    session: Session,
    named: Named,
    lore: Lore,
    people: People,
    mentions: Sequence[Mention],
    given: list[Assignment],
    waiting: Sequence[int],
) -> None:
    """Give the waiting mentions to persons made here before, or to new ones, as they are put together with these."""
    own = {mentions[place].work_id for place in range(len(mentions))}
    fresh = list(_mates([mentions[place] for place in waiting], range(len(waiting))).values())
    others = _made_before(session, named, fresh, own)
    every = [*fresh, *(mention for mention, _ in others)]
    clusters = cluster_mentions(every, known=lore.unknown, asked=len(fresh))
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for cluster, (_, person) in zip(clusters[len(fresh) :], others, strict=True):
        if cluster is not None:
            votes[cluster][person] += 1
    likeliest = {cluster: min(some, key=lambda one: (-some[one], one)) for cluster, some in votes.items()}
    label: dict[int, int] = {}  # a person's number, or that of a new one below nought
    taken: set[tuple[int, int]] = set()
    for place, cluster in enumerate(clusters[: len(fresh)]):
        if cluster is None:
            continue
        person = likeliest.get(cluster, -1 - cluster)
        if (fresh[place].work_id, person) in taken:  # the members of a person may be in several clusters
            person = -1 - cluster
        taken.add((fresh[place].work_id, person))
        label[place] = person
    joined = {person for person in label.values() if person >= 0}
    together = [(fresh[place], person) for place, person in label.items()]
    together += [(mention, person) for mention, person in others if person in joined]
    numbers = {person: number for number, person in enumerate(dict.fromkeys(person for _, person in together))}
    groups = [Assignment(None, numbers[person], 1.0) for _, person in together]
    keys = {one.key[:300] for one in fresh} | {f"orcid:{one.orcid}" for one in fresh if one.orcid}
    in_use = _in_use(session, _held(session, keys), own, people.by_hand)
    homes = make_persons(people, [mention for mention, _ in together], groups, in_use)
    known = made_here(session, joined)
    for person in joined:
        one = people.made[homes[numbers[person]]]
        one.key, one.number = known[person], person
    for place, person in label.items():
        given[waiting[place]] = replace(given[waiting[place]], cluster=homes[numbers[person]], probability=1.0)


def _mates(mentions: Sequence[Mention], places: Collection[int]) -> dict[int, Mention]:
    """Some of these mentions, by place, with those beside them in their works as their co-authors.

    As a full matching sees them, only who is nobody known counts.
    """
    works = {mentions[place].work_id for place in places}
    beside = [place for place, mention in enumerate(mentions) if mention.work_id in works]
    found = zip(beside, coauthors_of([mentions[place] for place in beside]), strict=True)
    return {place: replace(mentions[place], coauthors=mates) for place, mates in found if place in places}


def _made_before(
    session: Session, named: Named, fresh: Sequence[Mention], own: Collection[int]
) -> list[tuple[Mention, int]]:
    """The mentions, in other works, of persons made here who may be one with these, each with its person.

    They share a key or an ORCID iD with one of these, and by name can be that one, or somebody else who can be.
    """
    numbers = named.of(keys_of(mention.name for mention in fresh))[1]
    bearing = made_here(session, _bearing(session, fresh)).keys()
    numbers = within_reach({one.name for one in fresh}, names_of(session, numbers | bearing), bearing)
    count: Counter[int] = Counter()
    where: dict[int, set[int]] = defaultdict(set)
    for person, work in works_of(session, numbers):
        if work not in own:
            count[person] += 1
            where[person].add(work)
    chosen: set[int] = set()
    total = 0
    for person in sorted(where, reverse=True):
        if total + count[person] <= CROWD:
            chosen.add(person)
            total += count[person]
    mentions, rows = mentions_of(session, set().union(*(where[person] for person in chosen)))
    known = named.known({person for _, _, person in rows if person})
    open_ones = [
        (mention, person)
        for mention, (*_, person) in zip(mentions, rows, strict=True)
        if person and person not in known
    ]
    mates = _mates(
        [mention for mention, _ in open_ones], {place for place, (_, p) in enumerate(open_ones) if p in chosen}
    )
    return [(mention, open_ones[place][1]) for place, mention in mates.items()]


def _bearing(session: Session, mentions: Collection[Mention]) -> set[int]:
    """The persons with an ORCID iD that one of these mentions states."""
    return {person for (person,) in _of_orcids.of(session, {one.orcid for one in mentions if one.orcid})}


def _held(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Which of these keys of persons made here are whose."""
    return dict(_of_keys.of(session, keys))


def _in_use(session: Session, held: Mapping[str, int], own: Collection[int], by_hand: Collection[int]) -> set[str]:
    """The keys of persons about whom people decided, and of those with an authorship in a work besides these."""
    persons = set(held.values())
    used = {*by_hand, *(person for (person,) in _merged.of(session, persons))}
    used |= {person for person, work in works_of(session, persons) if work not in own}
    return {key for key, person in held.items() if person in used}


def _founded_on(session: Session, works: Collection[int]) -> set[int]:
    """The persons whose keys tell of these works."""
    found: set[int] = set()
    for work in works:
        found |= set(session.scalars(_of_works(), {"first": f"{work}/", "last": f"{work}0"}))
    return found


def _nobodys(session: Session, persons: Collection[int]) -> set[int]:
    """Those of these persons that were made here, and whom no work that is there and no proposal names."""
    return {person for (person,) in _unnamed.of(session, made_here(session, persons))}


def _team(session: Session, named: Named, proposals: Collection[int], put: Put, people: People) -> list[KnownPerson]:
    """Find who is on these proposals by name only, and make who is nobody; returns those that are made."""
    if not proposals:
        return []
    rows = session.execute(
        select(
            Participant.id, Participant.proposal_id, Participant.position, Participant.name, Affiliation.text,
            Affiliation.institution_id, Proposal.title, Proposal.deposited_on,
        )
        .join(Proposal, Proposal.id == Participant.proposal_id)
        .outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
        .where(Participant.proposal_id.in_(listed(session, sorted(proposals))), Participant.person_id.is_(None))
        .order_by(Participant.id)
    ).all()  # fmt: skip
    rows = [row for row in rows if row.name.strip() and row.id not in put.participants]
    mentions = [
        Mention(
            row.proposal_id, row.position, parse_name(row.name), None,
            frozenset({row.institution_id} if row.institution_id else ()),
            row.deposited_on.year if row.deposited_on else None, row.text or "", title=row.title,
        )
        for row in rows
    ]  # fmt: skip
    anchors = anchors_of(session, named.of(keys_of(mention.name for mention in mentions))[0])
    given = link_mentions(mentions, anchors)
    open_ones = [place for place, one in enumerate(given) if not is_told(one)]
    clusters = cluster_mentions([mentions[place] for place in open_ones])
    for place, cluster in zip(open_ones, clusters, strict=True):
        given[place] = replace(given[place], cluster=cluster)
    homes = make_persons(people, mentions, given, set())
    people.participants = [
        (row.id, row.proposal_id, one.person_id, homes[one.cluster] if one.cluster is not None else None)
        for row, one in zip(rows, given, strict=True)
        if one.person_id is not None or one.cluster is not None
    ]
    return as_known(people, mentions, given, homes, {one.person_id for one in anchors})


# --- what is asked ----------------------------------------------------------------------------------------------------


@Prepared
def _given(among: Among) -> Select[int, int | None, float | None]:
    return select(Authorship.id, Authorship.person_id, Authorship.probability).where(among(Authorship.record_id))


@Prepared
def _of_orcids(among: Among) -> Select[int]:
    return select(Person.id).where(among(Person.orcid))


@Prepared
def _of_keys(among: Among) -> Select[str, int]:
    return select(Identifier.value, Identifier.record_id).where(
        Identifier.kind == "person", Identifier.scheme == AUTHOR, among(Identifier.value)
    )


@cache
def _of_works() -> Select[int]:
    first, last = (bindparam(name, type_=String) for name in ("first", "last"))
    return select(Identifier.record_id).where(
        Identifier.kind == "person", Identifier.scheme == AUTHOR, Identifier.value.between(first, last)
    )


@Prepared
def _merged(among: Among) -> Select[int]:
    return select(Record.id).where(among(Record.id), Record.merged_into_id.is_not(None))


@Prepared
def _unnamed(among: Among) -> Select[int]:
    here = select(Record.id).where(Record.id == Authorship.record_id, Record.deleted_at.is_(None))
    return select(Record.id).where(
        among(Record.id), Record.deleted_at.is_(None), Record.merged_into_id.is_(None),
        ~exists().where(Authorship.person_id == Record.id, here.correlate(Authorship).exists()),
        ~exists().where(Participant.person_id == Record.id),
    )  # fmt: skip
