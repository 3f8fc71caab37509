"""Gathers what the database knows of publications and proposals into the shapes that the matcher compares."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import (
    Affiliation,
    AuthorshipAffiliation,
    Dataset,
    Experiment,
    ExperimentParticipant,
    Facility,
    File,
    FilePage,
    Identifier,
    Instrument,
    InstrumentPeriod,
    Keyword,
    Participant,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    Relation,
    TechniqueUse,
)
from puma.identifiers import data_doi_proposal, fold_code
from puma.linking.people import People
from puma.matching.miner import FacilityGrammar, Hit, Miner
from puma.matching.works import Bid, Work
from puma.storage import chunks

SUPPLEMENT = frozenset({"IsSupplementedBy", "IsSupplementTo"})
CITING = frozenset({"Cites", "IsCitedBy", "References", "IsReferencedBy", "IsDocumentedBy", "Documents", "IsSourceOf"})
"""Relation types that say a publication uses data; version, part and continuation relations do not."""

WAIT = timedelta(days=200)  # from deposit to beam time, where no session is known
FULL_TEXT_STEP = 200  # publications whose pages are in memory at a time


@dataclass(frozen=True, slots=True)
class Session_:
    """An experiment, as far as links need it."""

    experiment_id: int
    proposal_id: int | None
    instrument_id: int | None
    day: date | None


@dataclass(slots=True)
class World:
    """Publications, proposals and what joins them, ready for matching."""

    works: list[Work] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    sessions: dict[int, list[Session_]] = field(default_factory=lambda: defaultdict(list))
    """By proposal."""
    data_of: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """publication -> dataset -> "supplement" or "cited"."""
    dataset_session: dict[int, int] = field(default_factory=dict)
    dataset_proposal: dict[int, int] = field(default_factory=dict)
    named_instruments: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """publication -> instrument -> "stated" or "text"."""
    hits: dict[int, list[Hit]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Names:
    """Words of the sources to record numbers."""

    codes: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    instruments: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    open_in: dict[int, list[tuple[date | None, date | None]]] = field(default_factory=lambda: defaultdict(list))


def gather(session: Session, people: People) -> World:
    """Everything that matching needs, in one reading."""
    world = World()
    gone = {number for (number,) in session.execute(
        select(Record.id).where((Record.deleted_at.is_not(None)) | (Record.merged_into_id.is_not(None)))
    )}  # fmt: skip
    institutions: dict[int, int] = {
        number: found
        for number, found in session.execute(select(Affiliation.id, Affiliation.institution_id)).all()
        if found
    }
    words = _words(session)
    names = _Names()
    miner = Miner(_grammars(session, names))
    _bids(session, world, people, institutions, words, gone)
    _data(session, world, names, miner, gone)
    _works(session, world, people, institutions, words, names, miner, gone)
    return world


def _words(session: Session) -> dict[int, str]:
    """Keywords and techniques of every record, as one text."""
    found: dict[int, list[str]] = defaultdict(list)
    for record, value in session.execute(select(Keyword.record_id, Keyword.value).order_by(Keyword.id)):
        found[record].append(value)
    for record, value in session.execute(select(TechniqueUse.record_id, TechniqueUse.name).order_by(TechniqueUse.id)):
        found[record].append(value)
    return {record: " . ".join(several) for record, several in found.items()}


def _grammars(session: Session, names: _Names) -> list[FacilityGrammar]:
    codes: dict[int | None, list[str]] = defaultdict(list)
    for number, facility, code in session.execute(select(Proposal.id, Proposal.facility_id, Proposal.code)):
        if folded := fold_code(code):
            codes[facility].append(code)
            names.codes[folded].add(number)
    instruments: dict[int | None, list[str]] = defaultdict(list)
    for number, facility, name in session.execute(select(Instrument.id, Instrument.facility_id, Instrument.name)):
        if folded := fold_code(name):
            instruments[facility].append(name)
            names.instruments[folded].add(number)
    for number, label in session.execute(select(Instrument.id, Instrument.label).where(Instrument.label.is_not(None))):
        if label and (folded := fold_code(label)):
            names.instruments[folded].add(number)
    for number, start, end in session.execute(
        select(InstrumentPeriod.instrument_id, InstrumentPeriod.starts_on, InstrumentPeriod.ends_on)
    ):
        names.open_in[number].append((start, end))
    facilities = session.execute(select(Facility.id, Facility.code, Facility.name).order_by(Facility.id)).all()
    return [
        FacilityGrammar(row.code, row.name, tuple(sorted(codes[row.id])), tuple(sorted(set(instruments[row.id]))))
        for row in facilities
    ]


# --- proposals --------------------------------------------------------------------------------------------------------


def _bids(
    session: Session,
    world: World,
    people: People,
    institutions: Mapping[int, int],
    words: Mapping[int, str],
    gone: set[int],
) -> None:
    instruments: dict[int, set[int]] = defaultdict(set)
    for proposal, instrument in session.execute(
        select(ProposalTime.proposal_id, ProposalTime.instrument_id).where(ProposalTime.instrument_id.is_not(None))
    ).all():
        instruments[proposal].add(instrument or 0)
    facilities_with_sessions: set[int | None] = set()
    proposal_of: dict[int, int] = {}
    for row in session.execute(
        select(
            Experiment.id,
            Experiment.facility_id,
            Experiment.proposal_id,
            Experiment.instrument_id,
            Experiment.starts_at,
        ).order_by(Experiment.id)
    ):
        if row.id in gone or row.proposal_id is None:
            continue
        facilities_with_sessions.add(row.facility_id)
        proposal_of[row.id] = row.proposal_id
        day = row.starts_at.date() if row.starts_at else None
        world.sessions[row.proposal_id].append(Session_(row.id, row.proposal_id, row.instrument_id, day))
        if row.instrument_id:
            instruments[row.proposal_id].add(row.instrument_id)
    team, leaders, contacts = _teams(session, people, proposal_of)
    places: dict[int, set[int]] = defaultdict(set)
    for proposal, affiliation in session.execute(
        select(Participant.proposal_id, Participant.affiliation_id).where(Participant.affiliation_id.is_not(None))
    ).all():
        if institution := institutions.get(affiliation or 0):
            places[proposal].add(institution)
    for row in session.execute(
        select(
            Proposal.id, Proposal.facility_id, Proposal.code, Proposal.title, Proposal.abstract,
            Proposal.deposited_on, Proposal.operation_year, Proposal.decision,
        ).order_by(Proposal.id)
    ):  # fmt: skip
        if row.id in gone:
            continue
        days = [one.day for one in world.sessions[row.id] if one.day]
        sessions_known = row.facility_id in facilities_with_sessions
        had_beam = row.decision in (None, "accepted") and (bool(world.sessions[row.id]) or not sessions_known)
        world.bids.append(
            Bid(
                proposal_id=row.id,
                code=row.code,
                title=row.title,
                text=f"{row.abstract or ''} {words.get(row.id, '')}",
                team=frozenset(team[row.id] - contacts[row.id]),
                leader=leaders.get(row.id),
                local_contacts=frozenset(contacts[row.id]),
                institutions=frozenset(places[row.id]),
                instruments=frozenset(instruments[row.id]),
                first_day=min(days) if days else _expected(row.deposited_on, row.operation_year),
                had_beam=had_beam,
            )
        )


def _expected(deposited: date | None, year: int | None) -> date | None:
    if year:
        return date(year, 7, 1)
    return deposited + WAIT if deposited else None


def _teams(
    session: Session, people: People, proposal_of: Mapping[int, int]
) -> tuple[dict[int, set[int]], dict[int, int], dict[int, set[int]]]:
    """Per proposal: everybody on it, its main proposer, its local contacts."""
    team: dict[int, set[int]] = defaultdict(set)
    contacts: dict[int, set[int]] = defaultdict(set)
    leaders: dict[int, int] = {}
    person_of = {row_id: (-1 - home if home is not None else person) for row_id, _, person, home in people.participants}
    for row_id, proposal, role in session.execute(
        select(Participant.id, Participant.proposal_id, Participant.role).order_by(
            Participant.proposal_id, Participant.position
        )
    ):
        person = person_of.get(row_id)
        if person is None:
            continue
        team[proposal].add(person)
        if role == "local_contact":
            contacts[proposal].add(person)
        elif role == "proposer" or role is None:
            leaders.setdefault(proposal, person)
    for experiment, person in session.execute(
        select(ExperimentParticipant.experiment_id, ExperimentParticipant.person_id).where(
            ExperimentParticipant.person_id.is_not(None)
        )
    ).all():
        if experiment in proposal_of and person:
            team[proposal_of[experiment]].add(person)
    return team, leaders, contacts


# --- data -------------------------------------------------------------------------------------------------------------


def _data(session: Session, world: World, names: _Names, miner: Miner, gone: set[int]) -> None:
    """Which publications are supplemented by, or cite, which datasets; both directions of the relation."""
    _datasets(session, world, names, miner, gone)
    publications = set(session.scalars(select(Publication.id))) - gone
    for row in session.execute(
        select(Relation.record_id, Relation.target_id, Relation.type)
        .where(Relation.target_id.is_not(None), Relation.type.in_(SUPPLEMENT | CITING))
        .order_by(Relation.id)
    ):
        one, other = row.record_id, row.target_id
        if one in world.dataset_proposal and other in publications:
            one, other = other, one
        if one in publications and other in world.dataset_proposal:
            how = "supplement" if row.type in SUPPLEMENT else "cited"
            if world.data_of[one].get(other) != "supplement":
                world.data_of[one][other] = how


def _datasets(session: Session, world: World, names: _Names, miner: Miner, gone: set[int]) -> None:
    """The proposal and session of each dataset: as its source says, as those of its parts, as its own DOI or title says."""
    unknown: dict[int, tuple[str, str]] = {}
    for row in session.execute(
        select(Dataset.id, Dataset.proposal_id, Dataset.experiment_id, Dataset.doi, Dataset.title).order_by(Dataset.id)
    ):
        if row.id in gone:
            continue
        world.dataset_proposal[row.id] = row.proposal_id or 0
        if row.experiment_id:
            world.dataset_session[row.id] = row.experiment_id
        if not row.proposal_id:
            unknown[row.id] = (row.doi or "", row.title)
    pids = {
        value.partition(":")[2].casefold(): number
        for number, value in session.execute(
            select(Identifier.record_id, Identifier.value).where(
                Identifier.kind == "dataset", Identifier.scheme == "source"
            )
        )
    }
    parts = session.execute(
        select(Relation.record_id, Relation.value)
        .where(Relation.type.in_(("HasPart", "IsPartOf")), Relation.scheme != "doi")
        .order_by(Relation.id)
    ).all()
    for number, pid in parts:
        part = pids.get(pid.casefold(), 0)
        if number in unknown and world.dataset_proposal.get(part):
            world.dataset_proposal[number] = world.dataset_proposal[part]
            if part in world.dataset_session:
                world.dataset_session.setdefault(number, world.dataset_session[part])
    for number, (doi, title) in unknown.items():
        if not world.dataset_proposal[number]:
            codes = miner.codes_in(doi) or {hit.value for hit in miner.mine([(0, title)]) if hit.kind == "proposal"}
            found = {proposal for code in codes for proposal in names.codes.get(code, ())}
            if len(found) == 1:
                world.dataset_proposal[number] = found.pop()


# --- publications -----------------------------------------------------------------------------------------------------


def _works(
    session: Session,
    world: World,
    people: People,
    institutions: Mapping[int, int],
    words: Mapping[int, str],
    names: _Names,
    miner: Miner,
    gone: set[int],
) -> None:
    authors: dict[int, list[tuple[tuple[int, float], ...]]] = defaultdict(list)
    for _, record, _, one in people.authors:
        authors[record].append(one.options)
    places: dict[int, set[int]] = defaultdict(set)
    for record, affiliation in session.execute(
        select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.affiliation_id)
    ).all():
        if institution := institutions.get(affiliation):
            places[record].add(institution)
    data_dois = _data_dois(session)
    dataset_dois = {doi: number for number, doi in session.execute(select(Dataset.id, Dataset.doi)) if doi}
    rows = session.execute(
        select(
            Publication.id, Publication.title, Publication.abstract, Publication.published_on,
            Publication.published_precision, Publication.proposals_stated, Publication.instruments_stated,
        ).order_by(Publication.id)
    ).all()  # fmt: skip
    rows = [row for row in rows if row.id not in gone]
    for some in chunks(rows, FULL_TEXT_STEP):
        pages = _pages(session, [row.id for row in some])
        for row in some:
            metadata = f"{row.title}. {row.abstract or ''}. {words.get(row.id, '')}"
            hits = miner.mine([(0, metadata), *pages.get(row.id, ())])
            world.hits[row.id] = hits
            for hit in hits:
                if hit.kind == "data doi" and hit.value in dataset_dois and hit.page > 0:
                    world.data_of[row.id].setdefault(dataset_dois[hit.value], "cited")
            world.works.append(
                _work(
                    row, hits, names, world,
                    authors=tuple(authors[row.id]),
                    orcids=people.stated.get(row.id, frozenset()),
                    institutions=frozenset(places[row.id]),
                    text=f"{row.abstract or ''} {words.get(row.id, '')}",
                    has_text=row.id in pages,
                    dois=data_dois.get(row.id, ()),
                )
            )  # fmt: skip
    world.counters["texts_mined"] = sum(any(hit.page for hit in hits) for hits in world.hits.values())


def _data_dois(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for record, value in session.execute(
        select(Relation.record_id, Relation.value).where(Relation.scheme == "doi").order_by(Relation.id)
    ).all():
        if data_doi_proposal(value):
            found[record].append(value)
    return found


def _pages(session: Session, publications: list[int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in chunks(publications):
        for of, page, text in session.execute(
            select(File.of_id, FilePage.page, FilePage.text)
            .join(FilePage, FilePage.file_id == File.id)
            .where(File.of_id.in_(some))
            .order_by(File.of_id, File.id, FilePage.page)
        ).all():
            found[of or 0].append((page, text))
    return found


def _work(
    row: Any,
    hits: Iterable[Hit],
    names: _Names,
    world: World,
    *,
    authors: tuple[tuple[tuple[int, float], ...], ...],
    orcids: frozenset[int],
    institutions: frozenset[int],
    text: str,
    has_text: bool,
    dois: Iterable[str],
) -> Work:
    stated: set[int] = set()
    unknown = False
    for code in (row.proposals_stated or "").split(";"):
        here = names.codes.get(fold_code(code.strip()), set())
        stated |= here
        unknown = unknown or bool(code.strip() and not here)
    thanked: set[int] = set()
    mentioned: set[int] = set()
    supplements, cited = set(), set()
    for dataset, how in world.data_of.get(row.id, {}).items():
        if proposal := world.dataset_proposal.get(dataset):
            (supplements if how == "supplement" else cited).add(proposal)
    for doi in dois:
        facility_code = data_doi_proposal(doi)
        if facility_code:
            cited |= names.codes.get(fold_code(facility_code[1]), set())
    for hit in hits:
        if hit.kind == "proposal":
            (thanked if hit.context == "acknowledgement" else mentioned).update(names.codes.get(hit.value, ()))
        elif hit.kind == "other proposal":
            unknown = True
        elif hit.kind == "instrument":
            for number in _at_the_time(names, fold_code(hit.value), row.published_on):
                world.named_instruments[row.id].setdefault(number, "text")
    for name in (row.instruments_stated or "").split(";"):
        for number in _at_the_time(names, fold_code(name.strip()), row.published_on):
            world.named_instruments[row.id][number] = "stated"
    named = any(hit.kind == "facility" for hit in hits)
    return Work(
        work_id=row.id,
        title=row.title,
        text=text,
        day=row.published_on,
        day_is_vague=row.published_precision == "year",
        authors=authors,
        orcids=orcids,
        institutions=institutions,
        stated=frozenset(stated),
        thanked=frozenset(thanked),
        mentioned=frozenset(mentioned - thanked),
        names_unknown_codes=unknown,
        supplements=frozenset(supplements),
        cites_data_of=frozenset(cited),
        instruments=frozenset(world.named_instruments.get(row.id, ())),
        names_facility=named or bool(stated) or bool(row.instruments_stated),
        has_text=has_text,
    )


def _at_the_time(names: _Names, word: str, published: date | None) -> list[int]:
    """The instruments of a name; of several one after the other, those open two years before the publication."""
    found = sorted(names.instruments.get(word, ())) if word else []
    if len(found) < 2 or published is None:
        return found
    measured = published - timedelta(days=730)
    fitting = [
        number
        for number in found
        if not names.open_in[number]
        or any(
            (start is None or start <= measured) and (end is None or measured < end)
            for start, end in names.open_in[number]
        )
    ]
    return fitting or found
