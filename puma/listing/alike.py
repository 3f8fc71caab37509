"""Persons side by side: who may be one, what becomes of two made one, and what a person can be taken apart into."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import (
    Affiliation,
    Authorship,
    Dataset,
    Institution,
    Participant,
    Person,
    PersonAffiliation,
    PersonPair,
    Proposal,
    Publication,
    Record,
)
from puma.listing.doubts import Doubt, Option, dismissed
from puma.listing.person import Mention, places, standing, told_by_source
from puma.listing.record import Named, title_of
from puma.listing.suspected import Pair, suspected
from puma.storage import Storage, chunks
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class Alike:
    """A person who may be the same one. evidence: (kind, points) that sum to the log-odds."""

    person: Named
    records: int
    probability: float
    evidence: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A record on which a person is named, for taking the person apart."""

    record_id: int
    kind: str
    title: str
    year: int | None
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Together:
    """What two persons made one would be. orcids: two different iDs, when they have such; shared: records that name
    both, which speaks against it."""

    keep: Named
    other: Named
    keep_records: int
    other_records: int
    orcids: tuple[str, ...]
    shared: int


def documents(storage: Storage, viewer: Viewer, person_id: int) -> list[Document]:
    """Every record on which the person is named, the newest first; for who may take it apart."""
    viewer.must_be("user_office", "Taking a person apart")
    with storage.reading() as session:
        found = standing(session, viewer, person_id)
        if found is None:
            return []
        number, mentions = found
        where = places(session, mentions, number)
        titles = _titles(session, mentions)
        rows = {
            one.record_id: Document(
                one.record_id, one.kind, titles.get(one.record_id, ""), one.year, one.name,
                "; ".join(dict.fromkeys(name for name, *_ in where.get(one.record_id, ()))),
            )
            for one in mentions
        }  # fmt: skip
        return sorted(rows.values(), key=lambda d: (-(d.year or 0), d.record_id))


def together(storage: Storage, viewer: Viewer, keep_id: int, other_id: int) -> Together | None:
    """What would come of making two persons one; None when there are no two such."""
    viewer.must_be("user_office", "Putting persons together")
    with storage.reading() as session:
        both = [standing(session, viewer, number) for number in (keep_id, other_id)]
        if both[0] is None or both[1] is None or both[0][0] == both[1][0]:
            return None
        if not told_by_source(session, both[0][0]) and told_by_source(session, both[1][0]):
            both.reverse()
        (keep, ours), (other, theirs) = both[0] or (0, []), both[1] or (0, [])
        iris = {
            number: set(session.scalars(select(Person.orcid).where(Person.id == number, Person.orcid.is_not(None))))
            for number in (keep, other)
        }
        differ = all(iris.values()) and not iris[keep] & iris[other]
        mine, others = {one.record_id for one in ours}, {one.record_id for one in theirs}
        names = {number: title_of(session.get_one(Person, number)) for number in (keep, other)}
        return Together(
            Named(names[keep], keep, kind="person"),
            Named(names[other], other, kind="person"),
            len(mine),
            len(others),
            tuple(sorted(str(one) for several in iris.values() for one in several)) if differ else (),
            len(mine & others),
        )


def alike(storage: Storage, viewer: Viewer, person_id: int) -> list[Alike]:
    """Persons who may be the same one, as the last matching found, the likeliest first; for who may decide on it."""
    viewer.must_be("user_office", "Deciding on persons")
    with storage.reading() as session:
        pairs = persons_alike(session, viewer, person_id)
        counts = records_of(session, [other for _, other, *_ in pairs] + [one for one, *_ in pairs])
        found = []
        for one, other, chance, evidence in pairs:
            number = other if one == person_id else one
            row = session.get_one(Person, number)
            found.append(
                Alike(Named(title_of(row), number, row.orcid or "", "person"), counts[number], chance, evidence)
            )
        return found


def persons_alike(session: Session, viewer: Viewer, person_id: int | None = None) -> list[Pair]:
    """Pairs of persons that nobody decided on, of all or of one person."""
    return suspected(session, viewer, PersonPair, person_id)


def records_of(session: Session, persons: Collection[int]) -> Counter[int]:
    """On how many works and proposals each person is named."""
    counts: Counter[int] = Counter()
    for some in chunks(sorted(set(persons))):
        for record, number in ((Authorship.record_id, Authorship.person_id),
                               (Participant.proposal_id, Participant.person_id)):  # fmt: skip
            query = select(number, func.count(record.distinct())).where(number.in_(some)).group_by(number)
            for person_id, count in session.execute(query):
                counts[person_id or 0] += count
    return counts


def persons(session: Session, viewer: Viewer) -> list[Doubt]:
    """Pairs of persons who may be one, the likeliest first, for the integration queue."""
    pairs, gone = persons_alike(session, viewer), dismissed(session)
    numbers = sorted({number for one, other, *_ in pairs for number in (one, other)})
    counts = records_of(session, numbers)
    rows = {
        row.id: row for some in chunks(numbers) for row in session.scalars(select(Person).where(Person.id.in_(some)))
    }
    lately = _lately(session, numbers)
    found = []
    for one, other, chance, points in pairs:
        keep, goes = sorted((rows[one], rows[other]), key=lambda row: (not row.user, -counts[row.id], row.id))
        key = f"persons/{one}/{other}"
        if key in gone:
            continue
        sides = tuple(
            Option(title_of(row), "the user office" if row.user else "works", row.id, tuple(
                (name, str(value))
                for name, value in (("Name", title_of(row)), ("ORCID", row.orcid), ("Records", counts[row.id]),
                                    ("Lately at", lately.get(row.id)))
                if value
            ))
            for row in (keep, goes)
        )  # fmt: skip
        found.append(Doubt(
            key, "persons", title_of(keep), counts[one] + counts[other], "", keep.id, options=sides,
            probability=chance, points=points,
        ))  # fmt: skip
    return found


def _lately(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    """The last institution that each of these persons gave."""
    found: dict[int, str] = {}
    for some in chunks(numbers):
        query = (
            select(PersonAffiliation.person_id, Institution.name)
            .join(Affiliation, Affiliation.id == PersonAffiliation.affiliation_id)
            .join(Institution, Institution.id == Affiliation.institution_id)
            .where(PersonAffiliation.person_id.in_(some))
            .order_by(PersonAffiliation.seen_on, PersonAffiliation.id)
        )
        found.update(session.execute(query).all())
    return found


def _titles(session: Session, mentions: Iterable[Mention]) -> dict[int, str]:
    titles: dict[int, str] = {}
    numbers = sorted({one.record_id for one in mentions})
    for some in chunks(numbers):
        for entity in (Publication, Dataset):
            titles.update(session.execute(select(entity.id, entity.title).where(entity.id.in_(some))).all())
        rows = session.execute(select(Proposal.id, Proposal.code, Proposal.title).where(Proposal.id.in_(some)))
        titles.update({number: f"{code} {title}" for number, code, title in rows})
    return titles


def find_persons(storage: Storage, viewer: Viewer, words: str, limit: int = 20) -> list[Named]:
    """Persons whose family or given name begins with each of the words; for who may put persons together."""
    viewer.must_be("user_office", "Looking for persons")
    wanted = [word for word in words.casefold().replace(",", " ").split() if word][:6]
    if not wanted:
        return []
    query = select(Person).join(Record, Record.id == Person.id).where(exists_for(viewer))
    for word in wanted:
        stem = word.rstrip(".")
        query = query.where(
            or_(*(func.lower(c).startswith(stem, autoescape=True) for c in (Person.family_name, Person.given_name)))
        )
    with storage.reading() as session:
        rows = session.scalars(query.order_by(Person.family_name, Person.given_name, Person.id).limit(limit)).all()
        counts = records_of(session, [row.id for row in rows])
        return [
            Named(title_of(row), row.id, f"{counts[row.id]} records{f', {row.orcid}' if row.orcid else ''}", "person")
            for row in rows
        ]
