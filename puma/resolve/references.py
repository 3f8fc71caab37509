"""After a run: join what was only named (calls, proposals, instruments, journals, techniques)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from puma.entities import (
    Call,
    Dataset,
    Experiment,
    Facility,
    File,
    Identifier,
    Institution,
    Instrument,
    InstrumentPeriod,
    Operation,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    Relation,
    Technique,
    TechniqueUse,
    Transfer,
)
from puma.identifiers import data_doi_facility, fold_code
from puma.names import fold
from puma.resolve.aliases import alias_key, aliases, facility_codes
from puma.resolve.institutions import settle_institutions
from puma.resolve.journals import settle_journals, told
from puma.resolve.persons import settle_persons
from puma.resolve.secrecy import set_visibility
from puma.storage import insert_rows, take_numbers, update_rows

SOME_ROWS = 10_000  # that are held in memory at once


def settle_references(session: Session, at: datetime) -> str:
    """Fill every reference that is still open and can be filled now. What stays open keeps its words as written.
    Returns what a reader of the numbers should know of it, in a sentence; mostly nothing."""
    codes = {**aliases(session, "proposal"), **_by_identifier(session, "proposal", "code")}
    instruments = InstrumentNames(session)
    facilities = dict(session.execute(select(Facility.id, Facility.code)).all())
    calls = {
        (f, fold(code)): number for number, f, code in session.execute(select(Call.id, Call.facility_id, Call.code))
    }

    def proposal(facility_id: int | None, code: str) -> int | None:
        return codes.get(f"{facilities.get(facility_id or 0, '')}/{fold_code(code)}")

    _fill(session, Proposal.call_id, Proposal.facility_id, Proposal.call_code, lambda f, c: calls.get((f, fold(c))))
    _fill(session, Experiment.proposal_id, Experiment.facility_id, Experiment.proposal_code, proposal)
    _on_day(session, Experiment, Experiment.starts_at, instruments)
    _fill(session, Dataset.proposal_id, Dataset.facility_id, Dataset.proposal_code, proposal)
    _on_day(session, Dataset, Dataset.created_on, instruments)
    _fill(session, Transfer.proposal_id, Transfer.facility_id, Transfer.proposal_code, proposal)
    _on_day(session, Transfer, Transfer.session_on, instruments)  # not the day of the transfer: that may be years later
    _named_in_datasets(session, codes, facilities)
    sessions = _by_identifier(session, "experiment", "code")
    _fill(
        session,
        Dataset.experiment_id,
        Dataset.facility_id,
        Dataset.session_code,
        lambda f, code: sessions.get(f"{facilities.get(f or 0, '')}/{fold_code(code)}"),
    )
    _fill(session, Instrument.successor_of_id, Instrument.facility_id, Instrument.successor_of, instruments.find)
    _times(session, instruments)
    _fill(session, Operation.call_id, Operation.facility_id, Operation.call_code, lambda f, c: calls.get((f, fold(c))))
    _operation(session, instruments)
    journals = settle_journals(session, lambda count: _new_records(session, "journal", count, at))
    _techniques(session, at)
    _targets(session)
    _named_by_data(session, at)
    _files(session, codes)
    _parents(session)
    settle_institutions(session, at)
    settle_persons(session)
    set_visibility(session)
    return told(journals)


class InstrumentNames:
    """Instruments by facility and name, label or pid; where two machines share a name, the day says which it is."""

    def __init__(self, session: Session) -> None:
        self.periods: dict[int, list[tuple[date, date]]] = {}
        for number, start, end in session.execute(
            select(InstrumentPeriod.instrument_id, InstrumentPeriod.starts_on, InstrumentPeriod.ends_on)
        ):
            self.periods.setdefault(number, []).append((start or date.min, end or date.max))
        self.known: dict[tuple[int | None, str], set[int]] = {}
        for number, facility_id, *words in session.execute(
            select(Instrument.id, Instrument.facility_id, Instrument.name, Instrument.label, Instrument.pid)
        ):
            for word in {fold(word or "") for word in words} - {""}:
                self.known.setdefault((facility_id, word), set()).add(number)
        self.facilities = facility_codes(session)
        self.aliases = aliases(session, "instrument")

    def find(self, facility_id: int | None, name: str, day: date | None = None) -> int | None:
        """The instrument of that name, on that day where several had it; None when it is not clear which."""
        found = self.known.get((facility_id, fold(name)), set())
        if len(found) > 1 and day is not None:
            found = {n for n in found if any(start <= day < end for start, end in self.periods.get(n, ()))}
        if len(found) == 1:
            return next(iter(found))
        return self.aliases.get(alias_key("instrument", self.facilities.get(facility_id, ""), name))


def _by_identifier(session: Session, kind: str, scheme: str) -> dict[str, int]:
    which = select(Identifier.value, Identifier.record_id).where(Identifier.kind == kind, Identifier.scheme == scheme)
    return dict(session.execute(which).all())


def _fill(
    session: Session,
    reference: InstrumentedAttribute[int | None],
    facility: InstrumentedAttribute[int | None],
    words: InstrumentedAttribute[Any],
    find: Callable[[int | None, str], int | None],
) -> None:
    entity: Any = reference.class_
    rows = session.execute(select(entity.id, facility, words).where(reference.is_(None), words.is_not(None)))
    filled = [
        {"id": number, reference.key: found}
        for number, facility_id, word in rows
        if (found := find(facility_id, word)) is not None
    ]
    update_rows(session, entity, filled)


CODE_LIKE = re.compile(r"[A-Za-z]{1,6}[- ]?\d{2,8}|\d{1,3}-\d{1,3}-\d{1,5}|\d{4,8}")


def _named_in_datasets(session: Session, codes: Mapping[str, int], facilities: Mapping[int, str]) -> None:
    """A dataset whose DOI, or title after the word proposal, carries the code of a known proposal of its facility."""
    rows = session.execute(
        select(Dataset.id, Dataset.facility_id, Dataset.doi, Dataset.title).where(
            Dataset.proposal_id.is_(None), Dataset.proposal_code.is_(None), Dataset.facility_id.is_not(None)
        )
    )
    filled = []
    for number, facility_id, doi, title in rows:
        _, _, after = title.lower().partition("proposal")
        words = [*CODE_LIKE.findall((doi or "").partition("/")[2]), *CODE_LIKE.findall(after[:40])]
        found = {codes.get(f"{facilities.get(facility_id or 0, '')}/{fold_code(word)}") for word in words} - {None}
        if len(found) == 1:
            filled.append({"id": number, "proposal_id": found.pop()})
    update_rows(session, Dataset, filled)


def _on_day(
    session: Session,
    entity: type[Experiment] | type[Dataset] | type[Transfer],
    moment: InstrumentedAttribute[Any],
    instruments: InstrumentNames,
) -> None:
    """The instrument of experiments, datasets or transfers, by its name on their day."""
    rows = session.execute(
        select(entity.id, entity.facility_id, entity.instrument_name, moment).where(
            entity.instrument_id.is_(None), entity.instrument_name.is_not(None)
        )
    )
    filled = [
        {"id": number, "instrument_id": found}
        for number, facility_id, name, at in rows
        if (found := instruments.find(facility_id, name, at.date() if isinstance(at, datetime) else at))
    ]
    update_rows(session, entity, filled)


def _times(session: Session, instruments: InstrumentNames) -> None:
    """The instrument of proposals' beam time: by its name in the middle of the operation year, else on deposit."""
    rows = session.execute(
        select(
            ProposalTime.id,
            Proposal.facility_id,
            ProposalTime.instrument_name,
            Proposal.operation_year,
            Proposal.deposited_on,
        )
        .join(Proposal, Proposal.id == ProposalTime.proposal_id)
        .where(ProposalTime.instrument_id.is_(None))
    )
    filled = []
    for number, facility_id, name, year, deposited in rows:
        found = instruments.find(facility_id, name, date(year, 7, 1) if year else deposited)
        if found:
            filled.append({"id": number, "instrument_id": found})
    update_rows(session, ProposalTime, filled)


def _operation(session: Session, instruments: InstrumentNames) -> None:
    """The instrument whose beam time it is: by its name in the middle of the year, or at the begin of the cycle."""
    rows = session.execute(
        select(Operation.id, Operation.facility_id, Operation.instrument_name, Operation.year, Call.cycle_starts_on)
        .outerjoin(Call, Call.id == Operation.call_id)
        .where(Operation.instrument_id.is_(None), Operation.instrument_name.is_not(None))
    )
    filled = [
        {"id": number, "instrument_id": found}
        for number, facility_id, name, year, starts in rows
        if (found := instruments.find(facility_id, name or "", date(year, 7, 1) if year else starts))
    ]
    update_rows(session, Operation, filled)


PANET = re.compile(r"PaNET\d{5}")


def _techniques(session: Session, at: datetime) -> None:
    """Techniques by PaNET id where the words hold one, by name otherwise."""
    waiting = select(TechniqueUse.name).where(TechniqueUse.technique_id.is_(None)).distinct()
    names = sorted(session.scalars(waiting), key=lambda name: technique_words(name)[1].startswith("PaNET"))
    known: dict[str, int] = {}
    query = select(Technique.id, Technique.code, Technique.name)
    for number, code, name in session.execute(query):
        known[fold(name)] = number
        if code:
            known[code] = number
    fresh: dict[str, dict[str, Any]] = {}
    for name in names:
        code, label = technique_words(name)
        if not ({code, fold(label)} & known.keys()):
            fresh.setdefault(code or fold(label), {"code": code or None, "name": label})
    for number, (key, row) in zip(_new_records(session, "technique", len(fresh), at), fresh.items(), strict=True):
        row["id"] = known[key] = known[fold(row["name"])] = number
    insert_rows(session, Technique, list(fresh.values()))
    nameless = {number for number, code, name in session.execute(query) if code == name}
    for name in names:
        code, label = technique_words(name)
        if known.get(code) in nameless and label != code:
            session.execute(update(Technique).where(Technique.id == known[code]).values(name=label))
            nameless.discard(known[code])
        technique_id = known.get(code) or known.get(fold(label))
        session.execute(
            update(TechniqueUse)
            .where(TechniqueUse.name == name, TechniqueUse.technique_id.is_(None))
            .values(technique_id=technique_id)
        )


def technique_words(text: str) -> tuple[str, str]:
    """(PaNET id or "", label) of a technique as a source writes it: id, address, ``id label`` or plain words."""
    code = PANET.search(text)
    label = re.sub(r"\S*PaNET\d{5}\S*", "", text).strip(" :|-–()")
    return (code[0] if code else ""), label or (code[0] if code else text)


def _new_records(session: Session, kind: str, count: int, at: datetime) -> range:
    numbers = take_numbers(session, "record", count)
    seen = {"kind": kind, "visibility": "public", "created_at": at, "changed_at": at}
    insert_rows(session, Record, [{"id": number, **seen} for number in numbers])
    return numbers


def _targets(session: Session) -> None:
    """The records that related identifiers name: publications and datasets by DOI."""
    named = select(Identifier.record_id).where(
        Identifier.scheme == "doi", Identifier.value == Relation.value, Identifier.kind.in_(("publication", "dataset"))
    )
    session.execute(
        update(Relation)
        .where(Relation.scheme == "doi", Relation.target_id.is_(None), named.exists())
        .values(target_id=named.order_by(Identifier.record_id).limit(1).scalar_subquery())
        .execution_options(synchronize_session=False)
    )


SAID_BY_DATA = ("IsSupplementTo", "IsCitedBy", "IsReferencedBy", "IsDocumentedBy")


def _named_by_data(session: Session, at: datetime) -> None:
    """A publication that a dataset says it belongs to is known by its DOI, before any source describes it."""
    query = (
        select(Relation.value)
        .join(Dataset, Dataset.id == Relation.record_id)
        .where(Relation.scheme == "doi", Relation.target_id.is_(None), Relation.type.in_(SAID_BY_DATA))
        .distinct()
        .order_by(Relation.value)
    )
    dois = [doi for doi in session.scalars(query) if data_doi_facility(doi) is None]
    numbers = _new_records(session, "publication", len(dois), at)
    pairs = list(zip(numbers, dois, strict=True))
    insert_rows(session, Publication, [{"id": n, "doi": doi, "title": "", "type": "OTHER"} for n, doi in pairs])
    insert_rows(
        session,
        Identifier,
        [{"record_id": n, "kind": "publication", "scheme": "doi", "value": doi} for n, doi in pairs],
    )
    if dois:
        _targets(session)


def _files(session: Session, proposals: Mapping[str, int]) -> None:
    """The record that a file belongs to, by the identifier in its name or beside it."""
    names = {
        (scheme, value): record_id
        for scheme, value, record_id in session.execute(
            select(Identifier.scheme, Identifier.value, Identifier.record_id)
            .where(Identifier.scheme.in_(("doi", "source")))
            .where(Identifier.kind.in_(("publication", "dataset", "proposal")))
            .where(Identifier.value.in_(select(File.of_value).where(File.of_id.is_(None))))
        )
    }
    rows = session.execute(select(File.id, File.of_scheme, File.of_value).where(File.of_id.is_(None)))
    filled = [
        {"id": number, "of_id": found}
        for number, scheme, value in rows
        if (found := proposals.get(value or "") if scheme == "code" else names.get((scheme or "", value or "")))
    ]
    update_rows(session, File, filled)


def _parents(session: Session) -> None:
    """The institutions that institutions belong to, by ROR."""
    known = _by_identifier(session, "institution", "ror")
    rows = session.execute(
        select(Institution.id, Institution.parent_ror).where(
            Institution.parent_id.is_(None), Institution.parent_ror.is_not(None)
        )
    )
    filled = [{"id": number, "parent_id": known[ror]} for number, ror in rows if ror in known]
    update_rows(session, Institution, filled)
