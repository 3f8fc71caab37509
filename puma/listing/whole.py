"""Whole lists for export: every record of a kind that the viewer may know, in pieces, sorted by number."""

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import (
    RECORD_KINDS,
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
from puma.errors import WrongUsage
from puma.fields import fields_of
from puma.listing.portions import AT_ONCE, ExportRow, Portions, Whole, confidential_links, streamed, taker
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for

COUNTED = ("validated", "auto")
NAMESAKES = frozenset({"authors", "creators", "proposers"})
"""Columns in which the same words twice are two people."""

KINDS = {
    "publications": "publication",
    "proposals": "proposal",
    "experiments": "experiment",
    "datasets": "dataset",
    "persons": "person",
    "institutions": "institution",
    "instruments": "instrument",
}
WHAT = (*KINDS, "links")
"""What can be exported."""

FIRST: dict[str, tuple[str, ...]] = {
    "publications": (
        "id", "source_ids", "doi", "type", "title", "journal", "published_on", "year", "authors", "countries",
        "instruments", "proposals", "datasets", "open_access", "citations", "issn", "volume", "issue", "pages",
        "publisher", "license", "abstract",
    ),
    "proposals": (
        "id", "code", "title", "decision", "type", "call", "deposited_on", "operation_year", "instruments", "proposers",
        "countries", "publications", "scientific_area", "confidential", "abstract",
    ),
    "experiments": (
        "id", "code", "proposal", "instrument", "start", "end", "requested_hours", "allocated_hours", "delivered_hours",
        "mode", "report_due", "report_received",
    ),
    "datasets": (
        "id", "doi", "title", "abstract", "proposal", "instrument", "session", "created_on", "open_on", "size_bytes",
        "techniques", "creators", "publisher",
    ),
    "instruments": (
        "id", "facility", "name", "label", "group", "start", "end", "commissioning_until", "techniques", "pid",
        "successor_of",
    ),
    "links": (
        "proposal", "experiment", "publication_doi", "publication_id", "publication_title", "instrument", "state",
        "probability", "tier", "evidence", "channel", "decided_by", "decided_on", "dataset",
    ),
}  # fmt: skip
"""Columns of the lists whose columns are fixed; the others carry the exported fields of their entity."""


def whole(storage: Storage, viewer: Viewer, what: str, *, ids: Sequence[int] | None = None) -> Whole:
    """A whole list, or only these records of it. Raises WrongUsage for something that cannot be exported."""
    if what not in WHAT:
        raise WrongUsage(f"{what!r} cannot be exported; there are: {', '.join(WHAT)}.")
    if what == "links":
        viewer.must_be("scientist", "Exporting links")
        found = Portions(
            FIRST["links"],
            partial(_links, viewer),
            partial(_rows_of_links, viewer),
            taker(viewer, what, confidential_links),
        )
        return Whole(what, found.columns, streamed(storage, found), found)
    if what == "persons":
        viewer.must_be("user_office", "Exporting persons")
    columns = FIRST.get(what) or ("id", *(f.name for f in fields_of(RECORD_KINDS[KINDS[what]]) if f.exported))
    found = Portions(
        columns, partial(_records, viewer, what, ids), partial(_rows, viewer, what, columns), taker(viewer, what)
    )
    return Whole(what, columns, streamed(storage, found), found)


def how_many(storage: Storage, viewer: Viewer, what: str) -> int:
    """The rows of a whole list, without reading them."""
    with storage.reading() as session:
        if what in KINDS:
            query = select(func.count(Record.id)).where(Record.kind == KINDS[what], exists_for(viewer))
        else:
            left, right = aliased(Record), aliased(Record)
            query = (
                select(func.count(Link.id))
                .join(left, left.id == Link.left_id)
                .join(right, right.id == Link.right_id)
                .where(exists_for(viewer, left), exists_for(viewer, right))
            )
        return session.scalar(query) or 0


def _records(viewer: Viewer, what: str, ids: Sequence[int] | None, session: Session) -> "array[int]":
    """The numbers of the records of a list."""
    if ids is not None:
        return array("q", sorted(set(ids)))
    query = select(Record.id).where(Record.kind == KINDS[what], exists_for(viewer)).order_by(Record.id)
    return array("q", session.scalars(query.execution_options(yield_per=10 * AT_ONCE)))


def _rows(viewer: Viewer, what: str, columns: Sequence[str], session: Session, ids: Sequence[int]) -> list[ExportRow]:
    entity: Any = RECORD_KINDS[KINDS[what]]
    query = select(entity).join(Record, Record.id == entity.id).where(exists_for(viewer), entity.id.in_(ids))
    entities = session.scalars(query.order_by(entity.id)).all()
    beside = BESIDE.get(what, _nothing)(session, viewer, [one.id for one in entities])
    rows = []
    for one in entities:
        more = beside.get(one.id, {})
        rows.append({name: more[name] if name in more else _plain(getattr(one, name, None)) for name in columns})
    return rows


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and "<" in value else value


Beside = Mapping[int, Mapping[str, Any]]


def _nothing(session: Session, viewer: Viewer, ids: Sequence[int]) -> Beside:
    return {}


def _collect(session: Session, queries: Mapping[str, Select[*tuple[Any, ...]]]) -> dict[int, dict[str, str]]:
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
    return _collect(session, queries)


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
    return _collect(session, queries)


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
    creators = _collect(session, {"creators": _authors(ids), "techniques": _techniques(ids)})
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
    words = _collect(
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


BESIDE: dict[str, Callable[[Session, Viewer, Sequence[int]], Beside]] = {
    "publications": _beside_publications,
    "proposals": _beside_proposals,
    "experiments": _beside_experiments,
    "datasets": _beside_datasets,
    "instruments": _beside_instruments,
}


def _links(viewer: Viewer, session: Session) -> "array[int]":
    """The numbers of the links that the viewer may know of."""
    left, right = aliased(Record), aliased(Record)
    query = (
        select(Link.id)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(exists_for(viewer, left), exists_for(viewer, right))
        .order_by(Link.id)
    )
    return array("q", session.scalars(query.execution_options(yield_per=10 * AT_ONCE)))


def _rows_of_links(viewer: Viewer, session: Session, ids: Sequence[int]) -> list[ExportRow]:
    """Links of publications with proposals, experiments, instruments and datasets, in the order of the interface."""
    left, right = aliased(Record), aliased(Record)
    query = (
        select(Link, Publication.doi, Publication.title)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .join(Publication, Publication.id == Link.left_id)
        .where(Link.id.in_(ids), exists_for(viewer, left), exists_for(viewer, right))
        .order_by(Link.id)
    )
    found = session.execute(query).all()
    ends = _right_ends(session, [link.right_id for link, *_ in found])
    return [
        {
            "proposal": "",
            "experiment": "",
            "instrument": "",
            "dataset": "",
            **ends.get(link.right_id, {}),
            "publication_doi": doi,
            "publication_id": link.left_id,
            "publication_title": plain(title),
            "state": link.state,
            "probability": round(link.probability, 4),
            "tier": link.tier,
            "evidence": json.dumps(link.evidence, ensure_ascii=False, sort_keys=True),
            "channel": link.channel,
            "decided_by": link.decided_by,
            "decided_on": link.decided_at,
        }
        for link, doi, title in found
    ]


def _right_ends(session: Session, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    ends: dict[int, dict[str, str]] = {}
    for number, code in session.execute(select(Proposal.id, Proposal.code).where(Proposal.id.in_(numbers))):
        ends[number] = {"proposal": code}
    machines = _collect(
        session,
        {
            "instrument": select(ProposalTime.proposal_id, ProposalTime.instrument_name)
            .where(ProposalTime.proposal_id.in_(numbers))
            .order_by(ProposalTime.proposal_id, ProposalTime.id)
        },
    )
    for number, words in machines.items():
        ends.setdefault(number, {}).update(words)
    for one in session.scalars(select(Experiment).where(Experiment.id.in_(numbers))):
        ends[one.id] = {
            "experiment": one.code,
            "proposal": one.proposal_code or "",
            "instrument": one.instrument_name or "",
        }
    for number, name in session.execute(select(Instrument.id, Instrument.name).where(Instrument.id.in_(numbers))):
        ends[number] = {"instrument": name}
    data = select(Dataset.id, Dataset.doi, Dataset.title).where(Dataset.id.in_(numbers))
    for number, doi, title in session.execute(data):
        ends[number] = {"dataset": doi or plain(title)}
    return ends
