"""Whole lists for export: every record of a kind that the viewer may know, in pieces, sorted by number."""

import json
from array import array
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.conditions import CONDITIONS
from puma.entities import (
    RECORD_KINDS,
    Dataset,
    Experiment,
    Instrument,
    Link,
    Proposal,
    ProposalTime,
    Publication,
    Record,
)
from puma.errors import WrongUsage
from puma.fields import fields_of
from puma.listing.portions import AT_ONCE, ExportRow, Portions, Whole, confidential_links, streamed, taker
from puma.listing.row_words import beside, collected
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for

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
        "techniques", "creators", "publisher", "formula", *CONDITIONS,
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
    """A whole list, or only these records of it; of links, those of these publications. Raises WrongUsage for something
    that cannot be exported."""
    if what not in WHAT:
        raise WrongUsage(f"{what!r} cannot be exported; there are: {', '.join(WHAT)}.")
    if what == "links":
        viewer.must_be("scientist", "Exporting links")
        found = Portions(
            FIRST["links"],
            partial(_links, viewer, ids),
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


def how_many(storage: Storage, viewer: Viewer, what: str, *, ids: Sequence[int] | None = None) -> int:
    """The rows of a list, without reading them."""
    with storage.reading() as session:
        if ids is not None:
            return len(_links(viewer, ids, session) if what == "links" else _records(viewer, what, ids, session))
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
    told = beside(session, viewer, what, [one.id for one in entities])
    rows = []
    for one in entities:
        more = told.get(one.id, {})
        rows.append({name: more[name] if name in more else _plain(getattr(one, name, None)) for name in columns})
    return rows


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and "<" in value else value


def _links(viewer: Viewer, of: Sequence[int] | None, session: Session) -> "array[int]":
    """The numbers of the links that the viewer may know of. of: only those of these publications."""
    left, right = aliased(Record), aliased(Record)
    query = (
        select(Link.id, Link.left_id)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(exists_for(viewer, left), exists_for(viewer, right))
        .order_by(Link.id)
    )
    found, among = session.execute(query.execution_options(yield_per=10 * AT_ONCE)), set(of or ())
    return array("q", (number for number, publication in found if of is None or publication in among))


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
    machines = collected(
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
