"""Gathers what the database knows of publications and proposals into the shapes that the matcher compares."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from puma.identifiers import data_doi_proposal, fold_code
from puma.linking import asked
from puma.linking.backdrop import Backdrop
from puma.linking.data import uses_of_data
from puma.linking.mined import Texts
from puma.linking.naming import words_of_records
from puma.linking.people import People
from puma.linking.world import BeamSession, Names, World
from puma.matching.links.periods import meant
from puma.matching.links.works import Bid, Work
from puma.matching.miner.mine import Hit
from puma.matching.miner.parts import Mined
from puma.storage import chunks
from puma.work import Hands, Own

WAIT = timedelta(days=200)  # from deposit to beam time, where no session is known
WRITING = timedelta(days=730)  # from beam time to publication, where nothing better is known
FULL_TEXT_STEP = 200  # publications whose pages are in memory at a time
WORTH_SHARING = 5_000  # fewer publications are mined here sooner than a child starts


def gather(
    session: Session,
    people: People,
    some: Collection[int] | None = None,
    *,
    mined: Path | None = None,
    backdrop: Backdrop | None = None,
    hands: Hands | None = None,
) -> World:
    """Everything that matching needs, in one reading; ``some``: of these publications, and no proposals.

    mined: the folder in which is kept what the texts of all publications gave; only changed ones are read again.
    backdrop: as `Backdrop.of` read it; then nothing else than these publications is read. hands: who mines texts.
    """
    world = World(called={_numbered(people, person) or 0: name for person, name in people.called.items()})
    back = backdrop or Backdrop.of(session)
    gone = {number for (number,) in asked.gone(session, some)}
    written = asked.all_resolved(session) if some is None else asked.resolved_of_works(session, some)
    institutions = {number: found or 0 for number, found in written}
    words = words_of_records(session, some)
    world.namesakes, world.with_sessions, world.grammar = back.namesakes, back.with_sessions, back.miner.print
    if some is None:
        _bids(session, world, people, institutions, words, gone)
    world.dataset_proposal, world.dataset_session = back.data.proposal, back.data.session
    there = {number for (number,) in asked.publications(session, some)} - gone
    uses_of_data(session, world, there if some is None else there & set(some))
    _works(session, world, people, institutions, words, back, Texts(back.miner, mined), gone, some, hands or Own())
    return world


def texts_of_all(session: Session) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Titles and texts of all proposals and of all publications, as `gather` gives them and in the same order."""
    gone, words = {number for (number,) in asked.gone(session)}, words_of_records(session)
    proposals, publications = (
        [(row.title, _text(row, words)) for row in rows(session) if row.id not in gone]
        for rows in (asked.proposals, asked.told)
    )
    return proposals, publications


def gather_bids(session: Session, world: World, people: People, some: Collection[int]) -> None:
    """Add some of the proposals to what was gathered of some publications."""
    gone = {number for (number,) in asked.deleted(session, some)}
    institutions = {number: found or 0 for number, found in asked.resolved_of_teams(session, some)}
    _bids(session, world, people, institutions, words_of_records(session, some), gone, some)


def _text(row: Any, words: Mapping[int, str]) -> str:
    """What of a record is compared besides its title."""
    return f"{row.abstract or ''} {words.get(row.id, '')}"


def _numbered(people: People, person: int | None) -> int | None:
    """The record number of a person that was only made here, once it has one; of all others the number they have."""
    return people.made[-1 - person].number or person if person is not None and person < 0 else person


# --- proposals --------------------------------------------------------------------------------------------------------


def _bids(
    session: Session,
    world: World,
    people: People,
    institutions: Mapping[int, int],
    words: Mapping[int, str],
    gone: set[int],
    some: Collection[int] | None = None,
) -> None:
    instruments: dict[int, set[int]] = defaultdict(set)
    for proposal, instrument in asked.beam_times(session, some):
        instruments[proposal].add(instrument or 0)
    proposal_of: dict[int, int] = {}
    for row in asked.experiments(session, some):
        if row.id in gone or row.proposal_id is None:
            continue
        proposal_of[row.id] = row.proposal_id
        day = row.starts_at.date() if row.starts_at else None
        world.sessions[row.proposal_id].append(BeamSession(row.id, row.proposal_id, row.instrument_id, day))
        if row.instrument_id:
            instruments[row.proposal_id].add(row.instrument_id)
    team, leaders, contacts = _teams(session, people, proposal_of, some)
    places: dict[int, set[int]] = defaultdict(set)
    for proposal, affiliation in asked.homes(session, some):
        if institution := institutions.get(affiliation or 0):
            places[proposal].add(institution)
    for bid in asked.proposals(session, some):
        if bid.id in gone or (some is not None and bid.id not in some):
            continue
        days = [one.day for one in world.sessions[bid.id] if one.day]
        sessions_known = bid.facility_id in world.with_sessions
        had_beam = bid.decision in (None, "accepted") and (bool(world.sessions[bid.id]) or not sessions_known)
        world.bids.append(
            Bid(
                proposal_id=bid.id,
                code=bid.code,
                title=bid.title,
                text=_text(bid, words),
                team=frozenset(team[bid.id] - contacts[bid.id]),
                leader=leaders.get(bid.id),
                local_contacts=frozenset(contacts[bid.id]),
                institutions=frozenset(places[bid.id]),
                instruments=frozenset(instruments[bid.id]),
                first_day=min(days) if days else _expected(bid.deposited_on, bid.operation_year),
                last_day=max(days) if days else None,
                had_beam=had_beam,
            )
        )


def _expected(deposited: date | None, year: int | None) -> date | None:
    if year:
        return date(year, 7, 1)
    return deposited + WAIT if deposited else None


def _teams(
    session: Session, people: People, proposal_of: Mapping[int, int], some: Collection[int] | None
) -> tuple[dict[int, set[int]], dict[int, int], dict[int, set[int]]]:
    """Per proposal: everybody on it, its main proposer, its local contacts."""
    team: dict[int, set[int]] = defaultdict(set)
    contacts: dict[int, set[int]] = defaultdict(set)
    leaders: dict[int, int] = {}
    made = [_numbered(people, -1 - home) for home in range(len(people.made))]
    person_of = {
        row_id: made[home] if home is not None else person if person is None or person >= 0 else made[-1 - person]
        for row_id, _, person, home in people.participants
    }
    for row_id, proposal, role in asked.roles(session, some):
        person = person_of.get(row_id)
        if person is None:
            continue
        team[proposal].add(person)
        if role == "local_contact":
            contacts[proposal].add(person)
        elif role == "proposer" or role is None:
            leaders.setdefault(proposal, person)
    for experiment, person in asked.on_experiments(session, None if some is None else proposal_of):
        if experiment in proposal_of and person:
            team[proposal_of[experiment]].add(person)
    return team, leaders, contacts


# --- publications -----------------------------------------------------------------------------------------------------


def _works(
    session: Session,
    world: World,
    people: People,
    institutions: Mapping[int, int],
    words: Mapping[int, str],
    back: Backdrop,
    texts: Texts,
    gone: set[int],
    some: Collection[int] | None,
    who: Hands,
) -> None:
    authors: dict[int, list[tuple[tuple[int, float], ...]]] = defaultdict(list)
    for _, record, _, one in people.authors:
        several = one.options
        if any(person < 0 for person, _ in several):
            several = tuple((_numbered(people, person) or 0, chance) for person, chance in several)
        authors[record].append(several)
    places: dict[int, set[int]] = defaultdict(set)
    for record, affiliation in asked.written(session, some):
        if institution := institutions.get(affiliation):
            places[record].add(institution)
    data_dois = _data_dois(session, some)
    rows = [row for row in asked.told(session, some) if row.id not in gone and (some is None or row.id in some)]
    every: dict[int, Mined] = {}
    steps = list(chunks(rows, FULL_TEXT_STEP))
    said = ({row.id: f"{row.title}. {row.abstract or ''}. {words.get(row.id, '')}" for row in step} for step in steps)
    reader = who if len(rows) >= WORTH_SHARING else Own()
    for step, mined in zip(steps, texts.of(session, said, reader), strict=True):
        every |= mined
        for row in step:
            hits = list(mined[row.id].hits)
            world.hits[row.id] = hits
            dois = [*data_dois[row.id], *(hit.value for hit in hits if hit.kind == "data doi" and hit.page > 0)]
            if some is None:
                named = _named(row.proposals_stated, mined[row.id], dois)
                world.words += [(word, row.id) for word in named]
            for hit in hits:
                if hit.kind == "data doi" and hit.value in back.data.by_doi and hit.page > 0:
                    world.uses(row.id, back.data.by_doi[hit.value], "cited")
            world.works.append(
                _work(
                    row, hits, back.names, world,
                    authors=tuple(authors[row.id]),
                    orcids=frozenset(_numbered(people, one) or 0 for one in people.stated.get(row.id, ())),
                    institutions=frozenset(places[row.id]),
                    text=_text(row, words),
                    has_text=mined[row.id].has_text,
                    dois=dois,
                )
            )  # fmt: skip
    texts.keep(every)
    world.counters["texts_mined"] = sum(any(hit.page for hit in hits) for hits in world.hits.values())
    world.counters["texts_read"] = texts.read


def _named(stated: str | None, mined: Mined, dois: Iterable[str]) -> set[str]:
    """The folded codes, and the DOIs of data, that a publication names, known or not."""
    found = {fold_code(code) for code in _listed(stated)} - {""} if stated else set()
    found.update(said.partition("/")[2] for said in mined.unknown)
    found.update(hit.value for hit in mined.hits if hit.kind in ("proposal", "other proposal", "data doi"))
    return found | {fold_code(named[1]) for doi in dois if (named := data_doi_proposal(doi))}


def _data_dois(session: Session, some: Collection[int] | None) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for record, value in asked.dois(session, some):
        if data_doi_proposal(value):
            found[record].append(value)
    return found


def _work(
    row: Any,
    hits: Iterable[Hit],
    names: Names,
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
    for code in _listed(row.proposals_stated):
        here = names.codes.get(fold_code(code), set())
        stated |= here
        unknown = unknown or not here
    thanked: set[int] = set()
    mentioned: set[int] = set()
    supplements: set[int] = set()
    cited: set[int] = set()
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
        elif hit.kind in ("instrument", "table instrument"):
            for number in _at_the_time(names, fold_code(hit.value), row.published_on):
                world.named_instruments[row.id].setdefault(number, "text")
                if hit.kind == "table instrument":
                    world.named_instruments[row.id][number] = "table"
    for name in _listed(row.instruments_stated):
        for number in _at_the_time(names, fold_code(name), row.published_on):
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
        names_elsewhere=any(hit.kind == "elsewhere" for hit in hits),
        has_text=has_text,
    )


def _listed(several: str | None) -> list[str]:
    """What stands between semicolons."""
    return [one.strip() for one in (several or "").split(";") if one.strip()]


def _at_the_time(names: Names, word: str, published: date | None) -> list[int]:
    """The instruments of a name; of several one after the other, those open two years before the publication."""
    found = sorted(names.instruments.get(word, ())) if word else []
    return meant(found, names.open_in, published - WRITING if published else None)
