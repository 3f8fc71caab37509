"""Words as written that nobody could place: names of instruments, codes of proposals, affiliations."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import (
    Affiliation,
    AuthorshipAffiliation,
    Dataset,
    Experiment,
    Facility,
    Identifier,
    Instrument,
    Participant,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    Transfer,
)
from puma.identifiers import fold_code
from puma.listing.doubts import Doubt, dismissed, plural
from puma.resolve import ALIAS, alias_key
from puma.visibility import exists_for

Where = tuple[str, Any, Any, Any]
"""(what the records are called, entity, reference that is open, words as written)."""

INSTRUMENTS: tuple[Where, ...] = (
    ("proposal", Proposal, ProposalTime.instrument_id, ProposalTime.instrument_name),
    ("experiment", Experiment, Experiment.instrument_id, Experiment.instrument_name),
    ("dataset", Dataset, Dataset.instrument_id, Dataset.instrument_name),
    ("transfer", Transfer, Transfer.instrument_id, Transfer.instrument_name),
)
PROPOSALS: tuple[Where, ...] = (
    ("experiment", Experiment, Experiment.proposal_id, Experiment.proposal_code),
    ("dataset", Dataset, Dataset.proposal_id, Dataset.proposal_code),
    ("transfer", Transfer, Transfer.proposal_id, Transfer.proposal_code),
)


@dataclass(slots=True)
class _Group:
    """All that is written alike."""

    spellings: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    about_id: int = 0


def instruments_unknown(session: Session, viewer: Viewer) -> list[Doubt]:
    """Names of instruments that no instrument bears, the most frequent first."""
    known = {
        fold_code(name) for pair in session.execute(select(Instrument.name, Instrument.label)) for name in pair if name
    }
    return _written(session, viewer, "instrument", INSTRUMENTS, Publication.instruments_stated, known)


def proposals_unknown(session: Session, viewer: Viewer) -> list[Doubt]:
    """Codes of proposals that nobody knows, the most frequent first."""
    known = {fold_code(code) for code in session.scalars(select(Proposal.code))}
    return _written(session, viewer, "proposal", PROPOSALS, Publication.proposals_stated, known)


def waiting_records(kind: str) -> list[tuple[Select[*tuple[Any, ...]], str]]:
    """Queries of (record, facility's code, words as written) of what waits for an instrument or a proposal."""
    queries: list[tuple[Select[*tuple[Any, ...]], str]] = []
    for called, entity, reference, words in INSTRUMENTS if kind == "instrument" else PROPOSALS:
        query = select(entity.id, Facility.code, words).outerjoin(Facility, Facility.id == entity.facility_id)
        if reference.class_ is ProposalTime:
            query = query.join(ProposalTime, ProposalTime.proposal_id == entity.id)
        query = query.join(Record, Record.id == entity.id)
        queries.append((query.where(reference.is_(None), words.is_not(None), words != ""), called))
    return queries


def _written(
    session: Session, viewer: Viewer, kind: str, places: Iterable[Where], stated: Any, known: set[str]
) -> list[Doubt]:
    """Doubts about names of instruments or codes of proposals, one for all that is written alike."""
    groups: dict[str, _Group] = defaultdict(_Group)

    def count(number: int, facility: str, written: str, called: str, times: int) -> None:
        key = alias_key(kind, facility, written)
        if key.endswith("/"):
            return
        group = groups[key]
        group.spellings[written] += times
        group.kinds[called] += times
        group.about_id = min(group.about_id or number, number)

    for query, called in waiting_records(kind):
        one = query.where(exists_for(viewer)).subquery()
        number, facility, written = one.c
        grouped = select(func.min(number), facility, written, func.count()).group_by(facility, written)
        for first, code, words, times in session.execute(grouped):
            count(first, code or "", words, called, times)
    named = select(func.min(Publication.id), stated, func.count()).join(Record, Record.id == Publication.id)
    others = set(session.scalars(select(Identifier.value).where(Identifier.kind == kind, Identifier.scheme == ALIAS)))
    known = known | {fold_code(value.partition("/")[2]) for value in others}
    for first, several, times in session.execute(
        named.where(exists_for(viewer), stated.is_not(None), stated != "").group_by(stated)
    ):
        for words in several.split(";"):
            if fold_code(words.strip()) not in known:
                count(first, "", words.strip(), "publication", times)
    gone = dismissed(session)
    plural_kind = "instruments" if kind == "instrument" else "references"
    found = [
        Doubt(
            f"{kind}/{key}",
            plural_kind,
            group.spellings.most_common(1)[0][0],
            group.kinds.total(),
            ", ".join(plural(times, called) for called, times in group.kinds.most_common()),
            group.about_id,
            key.partition("/")[0],
            tuple(f"also written {word}" for word, _ in group.spellings.most_common(4)[1:]),
        )
        for key, group in groups.items()
        if f"{kind}/{key}" not in gone
    ]
    return sorted(found, key=lambda doubt: (-doubt.records, doubt.title))


def affiliations_unresolved(session: Session, viewer: Viewer) -> list[Doubt]:
    """Affiliations whose institution nobody found, one for all that are written alike, the most frequent first."""
    written = union_all(
        select(AuthorshipAffiliation.affiliation_id, AuthorshipAffiliation.record_id)
        .join(Record, Record.id == AuthorshipAffiliation.record_id)
        .where(exists_for(viewer)),
        select(Participant.affiliation_id, Participant.proposal_id)
        .join(Record, Record.id == Participant.proposal_id)
        .where(exists_for(viewer)),
    ).subquery()
    affiliation_id, record_id = written.c
    query = (
        select(
            Affiliation.text, func.min(Affiliation.country), func.max(Affiliation.country),
            func.count(record_id.distinct()), func.min(record_id),
        )
        .join(written, affiliation_id == Affiliation.id)
        .where(Affiliation.institution_id.is_(None), Affiliation.decided_by.is_(None), Affiliation.text != "")
        .group_by(Affiliation.text)
        .order_by(func.count(record_id.distinct()).desc(), Affiliation.text)
    )  # fmt: skip
    gone = dismissed(session)
    found = []
    for text, country, other, records, first in session.execute(query):
        key = f"affiliation/{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
        if key not in gone:
            where = country if country == other else f"{country} or {other}"
            detail = plural(records, "record")
            said = (f"in {where}",) if where else ("no country known",)
            found.append(Doubt(key, "affiliations", text, records, detail, first, evidence=said))
    return found
