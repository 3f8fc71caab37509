"""One person: names, iDs, affiliations through time, documents, instruments, co-authors, and what people decided."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import log
from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Decision,
    Experiment,
    ExperimentParticipant,
    HarvestSource,
    Identifier,
    Institution,
    Instrument,
    Link,
    Participant,
    Person,
    PersonName,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    StoredClaim,
)
from puma.listing.record import Named, title_of
from puma.matching.persons.mentions import best_name, best_spelling
from puma.names import PersonName as Name
from puma.names import display, parse_name
from puma.resolve import AUTHOR, merged_persons
from puma.storage import Storage, chunks
from puma.visibility import exists_for, may_know

CROWD = 100  # authors; who else is in a larger crowd is no company
MOST = 24  # instruments that are named


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name as it is written, how often, and in which years."""

    name: str
    count: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Stay:
    """Where somebody was from when to when, as proposals and works say. institution_id: None where it is as written."""

    name: str
    institution_id: int | None
    place: str
    first: int | None
    last: int | None
    records: int


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody decided on a person. decision: its number while it can be taken back, else 0. other: the person
    beside it, while that one is there."""

    words: str
    by: str
    at: datetime
    reason: str
    decision: int
    other: int | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person, as far as the viewer may know: only what stands on records that exist for the viewer."""

    id: int
    name: str
    names: list[Spelling]
    orcids: list[tuple[str, str]]
    """(ORCID iD, who says so)."""
    stays: list[Stay]
    publications: list[int]
    datasets: list[int]
    proposals: list[int]
    local_contact: list[int]
    """Those of the proposals whose team the person is not in: only their local contact."""
    experiments: list[int]
    instruments: list[tuple[Named, int]]
    coauthors: list[tuple[Named, int]]
    years: list[tuple[int, int]]
    history: list[Act]
    told: bool
    """A source tells of the person, not only works and proposals that name it."""


@dataclass(frozen=True, slots=True)
class Mention:
    record_id: int
    kind: str
    name: str
    orcid: str | None
    year: int | None
    position: int
    role: str = ""


def person(storage: Storage, viewer: Viewer, person_id: int) -> PersonView | None:
    """The person of that number, or None when there is none for this viewer. A joined one leads to whom it became."""
    with storage.reading() as session:
        found = standing(session, viewer, person_id)
        if found is None:
            return None
        number, mentions = found
        row = session.get_one(Person, number)
        told = told_by_source(session, number)
        works = [one for one in mentions if one.kind in ("publication", "dataset")]
        of_kind: dict[str, list[int]] = defaultdict(list)
        for one in sorted(mentions, key=lambda m: (-(m.year or 0), m.record_id)):
            if one.record_id not in of_kind[one.kind]:
                of_kind[one.kind].append(one.record_id)
        experiments = _experiments(session, viewer, number)
        in_team = {one.record_id for one in mentions if one.role != "local_contact"}
        years = Counter({m.record_id: m.year for m in mentions if m.kind == "publication" and m.year}.values())
        return PersonView(
            id=number,
            name=_called(viewer, row, mentions, told=told),
            names=_written(session, viewer, number, mentions, told=told),
            orcids=_orcids(session, viewer, number, mentions, told=told),
            stays=_stays(session, mentions, number),
            publications=of_kind["publication"],
            datasets=of_kind["dataset"],
            proposals=of_kind["proposal"],
            local_contact=[bid for bid in of_kind["proposal"] if bid not in in_team],
            experiments=experiments,
            instruments=instruments_of(session, viewer, of_kind, experiments),
            coauthors=_coauthors(session, number, [one.record_id for one in works]),
            years=sorted(years.items()),
            history=acts(session, viewer, number),
            told=told,
        )


# --- who may know -----------------------------------------------------------------------------------------------------


def standing(session: Session, viewer: Viewer, person_id: int) -> tuple[int, list[Mention]] | None:
    """The number that a person has now and where it is named, as far as the viewer may know; None for nobody.

    Whoever may not know of a record on which a person is named knows the person by the others only; whom nothing
    else names does not exist.
    """
    number = merged_persons(session).get(person_id, person_id)
    found = session.get(Record, number)
    if found is None or found.kind != "person" or found.deleted_at is not None or session.get(Person, number) is None:
        return None
    mentions = _mentions(session, viewer, number)
    if mentions or "restricted" in viewer.sees:
        return number, mentions
    return (number, mentions) if may_know(viewer, found) and told_by_source(session, number) else None


def told_by_source(session: Session, number: int) -> bool:
    made = select(Identifier.id).where(Identifier.record_id == number, Identifier.scheme == AUTHOR)
    return session.scalar(made.limit(1)) is None


def _mentions(session: Session, viewer: Viewer, number: int) -> list[Mention]:
    year = func.coalesce(Publication.year, Dataset.year)
    works = (
        select(Authorship.record_id, Record.kind, Authorship.name, Authorship.orcid, year, Authorship.position)
        .join(Record, Record.id == Authorship.record_id)
        .outerjoin(Publication, Publication.id == Authorship.record_id)
        .outerjoin(Dataset, Dataset.id == Authorship.record_id)
        .where(Authorship.person_id == number, exists_for(viewer))
        .order_by(Authorship.record_id, Authorship.position)
    )
    found = [Mention(*row) for row in session.execute(works)]
    bids = (
        select(Participant.proposal_id, Participant.name, Proposal.deposited_on, Proposal.operation_year,
               Participant.position, Participant.role)
        .join(Record, Record.id == Participant.proposal_id)
        .join(Proposal, Proposal.id == Participant.proposal_id)
        .where(Participant.person_id == number, exists_for(viewer))
        .order_by(Participant.proposal_id, Participant.position)
    )  # fmt: skip
    for record, name, day, planned, position, role in session.execute(bids):
        found.append(Mention(record, "proposal", name, None, day.year if day else planned, position, role or ""))
    return found


def _experiments(session: Session, viewer: Viewer, number: int) -> list[int]:
    query = (
        select(Experiment.id)
        .join(ExperimentParticipant, ExperimentParticipant.experiment_id == Experiment.id)
        .join(Record, Record.id == Experiment.id)
        .where(ExperimentParticipant.person_id == number, exists_for(viewer))
        .order_by(Experiment.starts_at.desc(), Experiment.id)
    )
    return list(dict.fromkeys(session.scalars(query)))


# --- names, iDs, places -----------------------------------------------------------------------------------------------


def _called(viewer: Viewer, row: Person, mentions: Sequence[Mention], *, told: bool) -> str:
    """The name to show: what the user office says is for who has an account."""
    if "restricted" in viewer.sees or (told and "internal" in viewer.sees):
        return title_of(row)
    names: Counter[Name] = Counter(parse_name(one.name) for one in mentions if one.name.strip())
    return display(best_name(names)) if names else title_of(row)


def _written(
    session: Session, viewer: Viewer, number: int, mentions: Sequence[Mention], *, told: bool
) -> list[Spelling]:
    years: dict[str, list[int]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for one in mentions:
        if one.name.strip():
            counts[one.name] += 1
            years[one.name] += [one.year] if one.year else []
    names = [Spelling(n, c, min(years[n], default=None), max(years[n], default=None)) for n, c in counts.most_common()]
    if "restricted" in viewer.sees or (told and "internal" in viewer.sees):
        row = session.get_one(Person, number)
        others = session.scalars(select(PersonName.name).where(PersonName.person_id == number).order_by(PersonName.id))
        names += [Spelling(n, 0, None, None) for n in dict.fromkeys([title_of(row), *others]) if n not in counts]
    return names


def _orcids(
    session: Session, viewer: Viewer, number: int, mentions: Sequence[Mention], *, told: bool
) -> list[tuple[str, str]]:
    said: dict[str, list[str]] = defaultdict(list)
    if told and "internal" in viewer.sees:
        query = (
            select(StoredClaim.values, StoredClaim.claimed_by, HarvestSource.name)
            .outerjoin(HarvestSource, HarvestSource.id == StoredClaim.source_id)
            .where(StoredClaim.record_id == number)
            .order_by(StoredClaim.id)
        )
        for values, by, source in session.execute(query):
            if values.get("orcid"):
                said[values["orcid"]].append(f"set by {by}" if by else source or "")
    stated = Counter(one.orcid for one in mentions if one.orcid)
    for orcid, count in stated.most_common():
        said[orcid or ""].append(f"{count} work{'s' if count > 1 else ''}")
    return [(orcid, ", ".join(dict.fromkeys(who))) for orcid, who in said.items()]


Place = tuple[str, int | None, str]
"""(name, institution or None, city and country)."""


def places(session: Session, mentions: Iterable[Mention], number: int) -> dict[int, list[Place]]:
    """Where the person was on each record."""
    found: dict[int, list[Place]] = defaultdict(list)
    columns = (Affiliation.text, Affiliation.country, Institution.id, Institution.name, Institution.city)
    records = sorted({one.record_id for one in mentions})
    for some in chunks(records):
        at_work = (
            select(Authorship.record_id, *columns)
            .join(
                AuthorshipAffiliation,
                (AuthorshipAffiliation.record_id == Authorship.record_id)
                & (AuthorshipAffiliation.position == Authorship.position),
            )
            .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
            .outerjoin(Institution, Institution.id == Affiliation.institution_id)
            .where(Authorship.person_id == number, Authorship.record_id.in_(some))
            .order_by(AuthorshipAffiliation.id)
        )
        on_bid = (
            select(Participant.proposal_id, *columns)
            .join(Affiliation, Affiliation.id == Participant.affiliation_id)
            .outerjoin(Institution, Institution.id == Affiliation.institution_id)
            .where(Participant.person_id == number, Participant.proposal_id.in_(some))
            .order_by(Participant.id)
        )
        for query in (at_work, on_bid):
            for record, text, country, institution, name, city in session.execute(query):
                where = ", ".join(word for word in (city, country) if word)
                place = (name or text, institution, where)
                if place not in found[record]:
                    found[record].append(place)
    return found


def _stays(session: Session, mentions: Sequence[Mention], number: int) -> list[Stay]:
    years = {one.record_id: one.year for one in mentions}
    of: dict[Place, list[int | None]] = defaultdict(list)
    for record, here in places(session, mentions, number).items():
        for place in here:
            of[place].append(years[record])
    stays = []
    for place, when in of.items():
        known = [year for year in when if year]
        stays.append(Stay(*place, min(known, default=None), max(known, default=None), len(when)))
    return sorted(stays, key=lambda s: (-(s.last or 0), -(s.first or 0), -s.records, s.name))


# --- company ----------------------------------------------------------------------------------------------------------


def instruments_of(
    session: Session, viewer: Viewer, of_kind: Mapping[str, Sequence[int]], experiments: Sequence[int]
) -> list[tuple[Named, int]]:
    """Instruments of these experiments, proposals and datasets, and those that counted links join to publications."""
    counts: Counter[int] = Counter()
    counted = (Link.relation == "publication-instrument") & Link.state.in_(("validated", "auto"))
    for numbers, owner, machine, more in (
        (experiments, Experiment.id, Experiment.instrument_id, true()),
        (of_kind["proposal"], ProposalTime.proposal_id, ProposalTime.instrument_id, true()),
        (of_kind["dataset"], Dataset.id, Dataset.instrument_id, true()),
        (of_kind["publication"], Link.left_id, Link.right_id, counted),
    ):
        for some in chunks(sorted(numbers)):
            query = select(machine, func.count(owner.distinct())).where(owner.in_(some), machine.is_not(None))
            for number, count in session.execute(query.where(more).group_by(machine)):
                counts[number or 0] += count
    rows = session.execute(
        select(Instrument.id, Instrument.name, Instrument.label)
        .join(Record, Record.id == Instrument.id)
        .where(Instrument.id.in_(sorted(counts)), exists_for(viewer))
    )
    found = [(Named(name, number, label or "", "instrument"), counts[number]) for number, name, label in rows]
    return sorted(found, key=lambda one: (-one[1], one[0].name))[:MOST]


def _coauthors(session: Session, number: int, works: Sequence[int]) -> list[tuple[Named, int]]:
    """Who else is an author of these works, which all exist for the viewer; crowds are no company."""
    counts: Counter[int] = Counter()
    names: dict[int, Counter[str]] = defaultdict(Counter)
    for some in chunks(sorted(set(works))):
        small = (
            select(Authorship.record_id)
            .where(Authorship.record_id.in_(some))
            .group_by(Authorship.record_id)
            .having(func.count() <= CROWD)
        )
        query = select(Authorship.person_id, Authorship.name).where(
            Authorship.record_id.in_(small), Authorship.person_id.is_not(None), Authorship.person_id != number
        )
        for other, name in session.execute(query):
            counts[other or 0] += 1
            names[other or 0][name] += 1
    best = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(Named(best_spelling(names[other]), other, kind="person"), count) for other, count in best]


# --- what people decided ----------------------------------------------------------------------------------------------

SAID = {
    "join": "put {other} together with this person",
    "split": "took {other} apart from this person",
    "distinct": "said that this and {other} are two persons",
}


def acts(session: Session, viewer: Viewer, number: int) -> list[Act]:
    """What was decided on a person, newest first, with what can still be taken back; for scientists and the office."""
    if not viewer.at_least("scientist"):
        return []
    rows = session.execute(
        select(Decision, log.stands())
        .where(or_(Decision.left_id == number, Decision.right_id == number), Decision.verdict.in_(sorted(SAID)))
        .order_by(Decision.id.desc())
        .limit(50)
    )
    found = []
    for row, stands in rows:
        beside = row.right_id if row.left_id == number else row.left_id
        there = session.get(Record, beside)
        known = there is not None and may_know(viewer, there)
        here = known and there is not None and there.deleted_at is None
        name = title_of(session.get_one(Person, beside)) if known else ""
        words = SAID[row.verdict].format(other=name or "another") + ("" if stands else " (taken back)")
        undo = row.id if stands and viewer.at_least("user_office") else 0
        found.append(Act(words, row.decided_by, row.decided_at, row.reason, undo, beside if here else None))
    return found
