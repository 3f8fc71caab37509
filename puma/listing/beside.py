"""What stands beside a record: the instruments it used, with their facility, and affiliations as they were written."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    Experiment,
    Facility,
    Institution,
    Instrument,
    Link,
    Participant,
    ProposalTime,
    Record,
)
from puma.visibility import exists_for

COUNTED = ("validated", "auto")


@dataclass(frozen=True, slots=True)
class Used:
    """An instrument of a record. record_id: None where only its name is known. facility: its code. by: number of the
    linked record that says so, of a publication; None where the record itself does."""

    name: str
    facility: str
    record_id: int | None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An affiliation as somebody wrote it, who wrote it, and the institution it was resolved to, "" for none yet."""

    text: str
    by: tuple[str, ...]
    institution: str
    institution_id: int | None
    country: str


def instruments_of(session: Session, viewer: Viewer, kind: str, record_id: int) -> list[Used]:
    """The instruments of a proposal, experiment or dataset, and of a publication by its counted links."""
    found: dict[str, Used] = {}
    for query in _queries(viewer, kind, record_id):
        for written, number, name, facility, by in session.execute(query):
            one = Used(name or written, facility or "", number, by)
            if one.name:
                found.setdefault(one.name, one)
    return sorted(found.values(), key=lambda one: one.name)


Query = Any
"""A select of (name as written, number, name, code of the facility, linked record), whose columns may be empty."""


def _queries(viewer: Viewer, kind: str, record_id: int) -> list[Query]:
    """Where the instruments of a record of that kind are found."""
    columns = (Instrument.id, Instrument.name, Facility.code)

    def named(query: Query, number: Any) -> Query:
        return query.outerjoin(Instrument, Instrument.id == number).outerjoin(
            Facility, Facility.id == Instrument.facility_id
        )

    if kind == "proposal":
        own = select(ProposalTime.instrument_name, *columns, null()).where(ProposalTime.proposal_id == record_id)
        return [named(own.select_from(ProposalTime), ProposalTime.instrument_id).order_by(ProposalTime.id)]
    if kind in ("experiment", "dataset"):
        table: Any = Experiment if kind == "experiment" else Dataset
        own = select(table.instrument_name, *columns, null()).where(table.id == record_id)
        return [named(own.select_from(table), table.instrument_id)]
    if kind != "publication":
        return []
    right = aliased(Record)
    linked = (
        select(Link.right_id)
        .join(right, right.id == Link.right_id)
        .where(Link.left_id == record_id, Link.state.in_(COUNTED), exists_for(viewer, right))
    )
    times = select(ProposalTime.instrument_name, *columns, ProposalTime.proposal_id).select_from(ProposalTime)
    runs = select(Experiment.instrument_name, *columns, Experiment.id).select_from(Experiment)
    direct = select(Instrument.name, *columns, Instrument.id).where(Instrument.id.in_(linked))
    return [
        named(times, ProposalTime.instrument_id).where(ProposalTime.proposal_id.in_(linked)).order_by(ProposalTime.id),
        named(runs, Experiment.instrument_id).where(Experiment.id.in_(linked)).order_by(Experiment.id),
        direct.outerjoin(Facility, Facility.id == Instrument.facility_id),
    ]


def affiliations_of(session: Session, kind: str, record_id: int) -> list[Written]:
    """The affiliations on a record in the order of the people, each text once."""
    columns = (Affiliation.text, Affiliation.country, Institution.name, Institution.id)
    if kind == "proposal":
        query = (
            select(Participant.name, *columns)
            .join(Affiliation, Affiliation.id == Participant.affiliation_id)
            .outerjoin(Institution, Institution.id == Affiliation.institution_id)
            .where(Participant.proposal_id == record_id)
            .order_by(Participant.position)
        )
    else:
        query = (
            select(Authorship.name, *columns)
            .join(
                AuthorshipAffiliation,
                (AuthorshipAffiliation.record_id == Authorship.record_id)
                & (AuthorshipAffiliation.position == Authorship.position),
            )
            .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
            .outerjoin(Institution, Institution.id == Affiliation.institution_id)
            .where(Authorship.record_id == record_id)
            .order_by(Authorship.position, AuthorshipAffiliation.id)
        )
    names: dict[str, list[str]] = defaultdict(list)
    told: dict[str, tuple[str, str, int | None]] = {}
    for name, text, country, institution, number in session.execute(query):
        told.setdefault(text, (country or "", institution or "", number))
        if name not in names[text]:
            names[text].append(name)
    return [
        Written(text, tuple(names[text]), institution, number, country)
        for text, (country, institution, number) in told.items()
    ]
