"""What stands beside the rows of an exported list: the words of other tables that belong to each record."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import (
    Affiliation,
    AffiliationInstitution,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Experiment,
    Facility,
    Identifier,
    Institution,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    Link,
    Participant,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    Technique,
    TechniqueUse,
)
from puma.visibility import exists_for

COUNTED = ("validated", "auto")
NAMESAKES = frozenset({"authors", "creators", "proposers"})
"""Columns in which the same words twice are two people."""

Beside = Mapping[int, Mapping[str, Any]]


def collected(session: Session, queries: Mapping[str, Select[*tuple[Any, ...]]]) -> dict[int, dict[str, str]]:
    """The words of several queries of (record, word), joined with ``;``, by record and column."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, query in queries.items():
        for number, word in session.execute(query):
            if word and (name in NAMESAKES or word not in found[number][name]):
                found[number][name].append(word)
    return {
        number: {name: "; ".join(str(word) for word in words) for name, words in columns.items()}
        for number, columns in found.items()
    }


def _authors(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(Authorship.record_id, Authorship.name)
        .where(Authorship.record_id.in_(ids))
        .order_by(Authorship.record_id, Authorship.position)
    )


def _beside_publications(session: Session, viewer: Viewer, ids: Sequence[int]) -> Beside:
    right = aliased(Record)
    linked = (
        select(Link.left_id, Link.right_id)
        .join(right, right.id == Link.right_id)
        .where(Link.left_id.in_(ids), Link.state.in_(COUNTED), exists_for(viewer, right))
        .subquery()
    )
    times = select(linked.c.left_id, Instrument.name).join(ProposalTime, ProposalTime.proposal_id == linked.c.right_id)
    machines = (
        times.join(Instrument, Instrument.id == ProposalTime.instrument_id)
        .union(
            select(linked.c.left_id, Instrument.name)
            .join(Experiment, Experiment.id == linked.c.right_id)
            .join(Instrument, Instrument.id == Experiment.instrument_id),
            select(linked.c.left_id, Instrument.name).join(Instrument, Instrument.id == linked.c.right_id),
        )
        .subquery()
    )
    stated = (
        select(AuthorshipAffiliation.record_id, Affiliation.country)
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .where(AuthorshipAffiliation.record_id.in_(ids), Affiliation.country.is_not(None))
    )
    further = (
        select(AuthorshipAffiliation.record_id, Institution.country)
        .join(AffiliationInstitution, AffiliationInstitution.affiliation_id == AuthorshipAffiliation.affiliation_id)
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .join(Institution, Institution.id == AffiliationInstitution.institution_id)
        .where(
            AuthorshipAffiliation.record_id.in_(ids), Affiliation.decided_by.is_(None), Institution.country.is_not(None)
        )
    )
    places = stated.union(further).subquery()
    queries: dict[str, Any] = {
        "source_ids": select(Identifier.record_id, Identifier.value)
        .where(Identifier.record_id.in_(ids), Identifier.scheme == "source")
        .order_by(Identifier.record_id, Identifier.value),
        "authors": _authors(ids),
        "countries": select(places.c.record_id, places.c.country).order_by(places.c.record_id, places.c.country),
        "proposals": select(linked.c.left_id, Proposal.code)
        .join(Proposal, Proposal.id == linked.c.right_id)
        .order_by(linked.c.left_id, Proposal.code),
        "datasets": select(linked.c.left_id, Dataset.doi)
        .join(Dataset, Dataset.id == linked.c.right_id)
        .order_by(linked.c.left_id, Dataset.doi),
        "instruments": select(machines.c.left_id, machines.c.name).order_by(machines.c.left_id, machines.c.name),
    }
    return collected(session, queries)


def _beside_proposals(session: Session, viewer: Viewer, ids: Sequence[int]) -> Beside:
    left = aliased(Record)
    queries: dict[str, Any] = {
        "instruments": select(ProposalTime.proposal_id, ProposalTime.instrument_name)
        .where(ProposalTime.proposal_id.in_(ids))
        .order_by(ProposalTime.proposal_id, ProposalTime.id),
        "proposers": select(Participant.proposal_id, Participant.name)
        .where(Participant.proposal_id.in_(ids), or_(Participant.role.is_(None), Participant.role != "local_contact"))
        .order_by(Participant.proposal_id, Participant.position),
        "countries": select(Participant.proposal_id, Affiliation.country)
        .join(Affiliation, Affiliation.id == Participant.affiliation_id)
        .where(Participant.proposal_id.in_(ids), or_(Participant.role.is_(None), Participant.role != "local_contact"))
        .distinct()
        .order_by(Participant.proposal_id, Affiliation.country),
        "publications": select(Link.right_id, Publication.doi)
        .join(Publication, Publication.id == Link.left_id)
        .join(left, left.id == Link.left_id)
        .where(Link.right_id.in_(ids), Link.state.in_(COUNTED), exists_for(viewer, left))
        .order_by(Link.right_id, Publication.doi),
        "call": select(Proposal.id, Proposal.call_code).where(Proposal.id.in_(ids)),
    }
    return collected(session, queries)


def _beside_experiments(session: Session, viewer: Viewer, ids: Sequence[int]) -> Beside:
    rows = session.scalars(select(Experiment).where(Experiment.id.in_(ids)))
    return {
        one.id: {
            "proposal": one.proposal_code,
            "instrument": one.instrument_name,
            "start": one.starts_at,
            "end": one.ends_at,
            "report_due": one.report_due_on,
            "report_received": one.report_received_on,
        }
        for one in rows
    }


def _beside_datasets(session: Session, viewer: Viewer, ids: Sequence[int]) -> Beside:
    creators = collected(session, {"creators": _authors(ids), "techniques": _techniques(ids)})
    rows = session.execute(
        select(Dataset.id, Proposal.code, Dataset.instrument_name, Experiment.code)
        .outerjoin(Proposal, Proposal.id == Dataset.proposal_id)
        .outerjoin(Experiment, Experiment.id == Dataset.experiment_id)
        .where(Dataset.id.in_(ids))
    )
    shown = "internal" in viewer.sees
    return {
        number: {
            "proposal": proposal if shown else None,
            "instrument": instrument,
            "session": session_code if shown else None,
            **creators.get(number, {}),
        }
        for number, proposal, instrument, session_code in rows
    }


def _beside_instruments(session: Session, viewer: Viewer, ids: Sequence[int]) -> Beside:
    periods: dict[int, list[InstrumentPeriod]] = defaultdict(list)
    for period in session.scalars(
        select(InstrumentPeriod).where(InstrumentPeriod.instrument_id.in_(ids)).order_by(InstrumentPeriod.starts_on)
    ):
        periods[period.instrument_id].append(period)
    words = collected(
        session,
        {
            "techniques": _techniques(ids),
            "facility": select(Instrument.id, Facility.code)
            .join(Facility, Facility.id == Instrument.facility_id)
            .where(Instrument.id.in_(ids)),
            "group": select(Instrument.id, InstrumentGroup.name)
            .join(InstrumentGroup, InstrumentGroup.id == Instrument.group_id)
            .where(Instrument.id.in_(ids)),
        },
    )
    dates = {
        number: {
            "start": "; ".join(str(p.starts_on or "") for p in some),
            "end": "; ".join(str(p.ends_on or "") for p in some),
            "commissioning_until": "; ".join(str(p.commissioning_until or "") for p in some),
        }
        for number, some in periods.items()
    }
    return {number: {**words.get(number, {}), **dates.get(number, {})} for number in ids}


def _techniques(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(TechniqueUse.record_id, func.coalesce(Technique.name, TechniqueUse.name))
        .outerjoin(Technique, Technique.id == TechniqueUse.technique_id)
        .where(TechniqueUse.record_id.in_(ids))
        .order_by(TechniqueUse.record_id, TechniqueUse.id)
    )


_OF: dict[str, Callable[[Session, Viewer, Sequence[int]], Beside]] = {
    "publications": _beside_publications,
    "proposals": _beside_proposals,
    "experiments": _beside_experiments,
    "datasets": _beside_datasets,
    "instruments": _beside_instruments,
}


def beside(session: Session, viewer: Viewer, what: str, ids: Sequence[int]) -> Beside:
    """The columns of these records of a list that other tables tell, by record; a list may have none."""
    return _OF[what](session, viewer, ids) if what in _OF else {}
