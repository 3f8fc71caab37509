"""One institution: what the registry says, its parts, who wrote from it, and which affiliations it stands for."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Institution,
    InstitutionName,
    Participant,
    Proposal,
    Publication,
    Record,
)
from puma.listing.person import instruments_of
from puma.listing.record import Named
from puma.matching.persons.mentions import best_spelling
from puma.places import PLACES, meaning
from puma.storage import Storage, chunks
from puma.visibility import exists_for, may_know

DEEPEST = 12  # steps up a tree that may be a ring


@dataclass(frozen=True, slots=True)
class AsWritten:
    """An affiliation as somebody wrote it, and how sure it is that this institution is meant.

    decided_by: who said so, if somebody did. records: on how many it stands that the viewer may know of.
    """

    affiliation_id: int
    text: str
    probability: float | None
    decided_by: str
    records: int


@dataclass(frozen=True, slots=True)
class InstitutionView:
    """An institution, as far as the viewer may know: only records that exist for the viewer are counted."""

    id: int
    name: str
    ror: str
    city: str
    country: str
    sector: str
    url: str
    established: int | None
    closed: int | None
    names: list[tuple[str, str]]
    """(name, kind of name) besides the main one."""
    parents: list[Named]
    """What it is part of, the topmost first."""
    parts: list[tuple[Named, int]]
    """What is part of it, and how many publications each has."""
    became: Named | None
    publications: list[int]
    datasets: list[int]
    proposals: list[int]
    years: list[tuple[int, int]]
    people_years: list[tuple[int, int]]
    """(year, how many people wrote or proposed from it)."""
    people: list[tuple[Named, int]]
    people_count: int
    written: list[AsWritten]
    instruments: list[tuple[Named, int]]


def institution(storage: Storage, viewer: Viewer, institution_id: int) -> InstitutionView | None:
    """The institution of that number, or None when there is none for this viewer."""
    with storage.reading() as session:
        found = session.get(Record, institution_id)
        while found is not None and found.merged_into_id is not None:
            found = session.get(Record, found.merged_into_id)
        row = session.get(Institution, found.id) if found is not None else None
        if found is None or row is None or found.deleted_at is not None or not may_know(viewer, found):
            return None
        names = session.execute(
            select(InstitutionName.name, InstitutionName.kind)
            .where(InstitutionName.institution_id == row.id, InstitutionName.name != row.name)
            .order_by(InstitutionName.kind, InstitutionName.id)
        )
        works = _works(session, viewer, [row.id])
        bids = _proposals(session, viewer, row.id)
        people, per_year = _people(session, viewer, row.id)
        publications = {number: year for kind, number, year in works if kind == "publication"}
        datasets = sorted({number for kind, number, _ in works if kind == "dataset"})
        of_kind = {"publication": list(publications), "dataset": datasets, "proposal": bids}
        return InstitutionView(
            id=row.id,
            name=row.name,
            ror=row.ror or "",
            city=row.city or "",
            country=row.country or "",
            sector=row.sector or "",
            url=row.url or "",
            established=row.established_on.year if row.established_on else None,
            closed=row.closed_on.year if row.closed_on else None,
            names=list(dict.fromkeys((name, kind) for name, kind in names)),
            parents=_parents(session, row),
            parts=_parts(session, viewer, row.id),
            became=_became(session, row),
            publications=sorted(publications, key=lambda n: (-(publications[n] or 0), n)),
            datasets=datasets,
            proposals=bids,
            years=sorted(Counter(year for year in publications.values() if year).items()),
            people_years=per_year,
            people=people,
            people_count=len(people),
            written=_written(session, viewer, row.id),
            instruments=instruments_of(session, viewer, of_kind, []),
        )


def _parents(session: Session, row: Institution) -> list[Named]:
    found: list[Named] = []
    number = row.parent_id
    seen = {row.id}
    while number and number not in seen and len(found) < DEEPEST:
        seen.add(number)
        parent = session.get(Institution, number)
        if parent is None:
            break
        found.insert(0, Named(parent.name, parent.id, parent.city or "", "institution"))
        number = parent.parent_id
    return found


def _became(session: Session, row: Institution) -> Named | None:
    if not row.successor_ror:
        return None
    after = session.scalar(select(Institution).where(Institution.ror == row.successor_ror))
    return Named(after.name, after.id, after.city or "", "institution") if after else Named(row.successor_ror, None)


def _parts(session: Session, viewer: Viewer, number: int) -> list[tuple[Named, int]]:
    rows = session.execute(
        select(Institution.id, Institution.name, Institution.city)
        .join(Record, Record.id == Institution.id)
        .where(Institution.parent_id == number, exists_for(viewer))
        .order_by(Institution.name)
    ).all()
    counts: Counter[int] = Counter()
    for some in chunks([row.id for row in rows]):
        query = (
            select(PLACES.c.institution_id, func.count(AuthorshipAffiliation.record_id.distinct()))
            .join(PLACES, PLACES.c.affiliation_id == AuthorshipAffiliation.affiliation_id)
            .join(Record, Record.id == AuthorshipAffiliation.record_id)
            .where(PLACES.c.institution_id.in_(some), Record.kind == "publication", exists_for(viewer))
            .group_by(PLACES.c.institution_id)
        )
        for part, count in session.execute(query):
            counts[part or 0] = count
    found = [(Named(name, part, city or "", "institution"), counts[part]) for part, name, city in rows]
    return sorted(found, key=lambda one: (-one[1], one[0].name))


def _works(session: Session, viewer: Viewer, numbers: Collection[int]) -> list[tuple[str, int, int | None]]:
    query = (
        select(Record.kind, Record.id, func.coalesce(Publication.year, Dataset.year))
        .join(AuthorshipAffiliation, AuthorshipAffiliation.record_id == Record.id)
        .outerjoin(Publication, Publication.id == Record.id)
        .outerjoin(Dataset, Dataset.id == Record.id)
        .where(AuthorshipAffiliation.affiliation_id.in_(meaning(numbers)), exists_for(viewer))
        .distinct()
    )
    return [(kind, number, year) for kind, number, year in session.execute(query)]


def _proposals(session: Session, viewer: Viewer, number: int) -> list[int]:
    query = (
        select(Participant.proposal_id)
        .join(Record, Record.id == Participant.proposal_id)
        .where(Participant.affiliation_id.in_(meaning([number])), exists_for(viewer))
        .distinct()
    )
    return sorted(session.scalars(query))


def _people(session: Session, viewer: Viewer, number: int) -> tuple[list[tuple[Named, int]], list[tuple[int, int]]]:
    """Who wrote or proposed from it, on how many records; and how many people did so each year."""
    work = aliased(Record)
    at_work = (
        select(
            Authorship.person_id, Authorship.name, Authorship.record_id, func.coalesce(Publication.year, Dataset.year)
        )
        .join(
            AuthorshipAffiliation,
            (AuthorshipAffiliation.record_id == Authorship.record_id)
            & (AuthorshipAffiliation.position == Authorship.position),
        )
        .join(work, work.id == Authorship.record_id)
        .outerjoin(Publication, Publication.id == work.id)
        .outerjoin(Dataset, Dataset.id == work.id)
        .where(AuthorshipAffiliation.affiliation_id.in_(meaning([number])), exists_for(viewer, work))
    )
    on_bid = (
        select(
            Participant.person_id, Participant.name, Participant.proposal_id, Proposal.operation_year,
            Proposal.deposited_on,
        )
        .join(work, work.id == Participant.proposal_id)
        .join(Proposal, Proposal.id == work.id)
        .where(Participant.affiliation_id.in_(meaning([number])), exists_for(viewer, work))
    )  # fmt: skip
    names: dict[int | str, Counter[str]] = defaultdict(Counter)
    records: dict[int | str, set[int]] = defaultdict(set)
    per_year: dict[int, set[int | str]] = defaultdict(set)
    rows: list[tuple[int | None, str | None, int, int | None]] = [
        (who, name, record, year) for who, name, record, year in session.execute(at_work)
    ]
    rows += [(who, name, bid, day.year if day else year) for who, name, bid, year, day in session.execute(on_bid)]
    for who, name, record, year in rows:
        key: int | str = who or f"as {name}"
        names[key][name or ""] += 1
        records[key].add(record)
        if year:
            per_year[year].add(key)
    people = [
        (Named(best_spelling(names[key]), key if isinstance(key, int) else None, kind="person"), len(found))
        for key, found in records.items()
    ]
    ordered = sorted(people, key=lambda one: (-one[1], one[0].name, one[0].record_id or 0))
    return ordered, sorted((year, len(several)) for year, several in per_year.items())


def _written(session: Session, viewer: Viewer, number: int) -> list[AsWritten]:
    records: dict[int, set[int]] = defaultdict(set)
    for owner, link in (
        (AuthorshipAffiliation.record_id, AuthorshipAffiliation.affiliation_id),
        (Participant.proposal_id, Participant.affiliation_id),
    ):
        query = (
            select(link, owner).join(Record, Record.id == owner).where(link.in_(meaning([number])), exists_for(viewer))
        )
        for affiliation, record in session.execute(query):
            records[affiliation or 0].add(record)
    found = []
    for some in chunks(sorted(records)):
        columns = (Affiliation.id, Affiliation.text, Affiliation.probability, Affiliation.decided_by)
        for key, text, chance, by in session.execute(select(*columns).where(Affiliation.id.in_(some))):
            decided = (by or "") if viewer.at_least("scientist") else ""
            found.append(AsWritten(key, text, chance, decided, len(records[key])))
    return sorted(found, key=lambda one: (-one.records, one.text))
