"""Decisions on words as written: which machine, proposal or institution they mean, or that nobody need ask again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import institutions, log
from puma.decisions.corrections import take_back
from puma.entities import (
    Affiliation,
    AuthorshipAffiliation,
    Dataset,
    Decision,
    Experiment,
    Facility,
    Identifier,
    Institution,
    Participant,
    Proposal,
    ProposalTime,
    Record,
    StoredClaim,
    Transfer,
)
from puma.errors import Conflict, NotHere, WrongUsage
from puma.resolve import ALIAS, alias_key, made_one, resettle, settle_institutions, settle_references
from puma.storage import Storage, chunks, now, update_rows
from puma.visibility import exists_for

CALLED = ("instrument", "proposal")
"""Kinds of records that can get another name."""


def call(
    storage: Storage, viewer: Viewer, kind: str, facility: str, written: str, record_id: int, reason: str = ""
) -> int:
    """Say which instrument or proposal a name as written means, at the facility of that code.

    It holds for everything that was and will be harvested. Returns the number of the decision. Raises Conflict when
    the name means another record already.
    """
    viewer.must_be("user_office", "Naming what a name means")
    if kind not in CALLED:
        raise WrongUsage(f"Another name can be given to: {', '.join(CALLED)}; not to a {kind!r}.")
    value = alias_key(kind, facility, written)
    if value.endswith("/"):
        raise WrongUsage(f"{written!r} holds no letter or digit that could be compared.")
    with storage.writing() as session:
        if (
            session.scalar(select(Record.id).where(Record.id == record_id, Record.kind == kind, exists_for(viewer)))
            is None
        ):
            raise NotHere(f"There is no such {kind}.")
        held = select(Identifier.record_id).where(
            Identifier.kind == kind, Identifier.scheme == ALIAS, Identifier.value == value
        )
        if session.scalar(held) is not None:
            raise Conflict(f"{written!r} means another {kind} already; take that back first.")
        at = now()
        claim = session.execute(
            insert(StoredClaim)
            .values(
                record_id=record_id, kind=kind, position=0, keys=[[ALIAS, value]], values={},
                claimed_by=viewer.name or viewer.role, claimed_at=at,
            )
            .returning(StoredClaim.id)
        ).scalar_one()  # fmt: skip
        said = [{"name": written, "facility": facility, "claim": claim}]
        row = log.write(session, viewer, "alias", record_id, None, value=said, reason=reason)
        resettle(session, [record_id], at)
        settle_references(session, at)
        for entity, numbers in _led_by(session, kind, record_id, value):
            _touch(session, entity, numbers, at)
        return row


def take_back_name(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Take another name back: what only it led to the record is open again."""
    record_id, said = decision.left_id, decision.value[0]
    kind = session.scalar(select(Record.kind).where(Record.id == record_id)) or ""
    log.must_stand(session, decision)
    at = now()
    for entity, numbers in _led_by(session, kind, record_id, alias_key(kind, said["facility"], said["name"])):
        update_rows(session, entity, [{"id": number, f"{kind}_id": None} for number in numbers])
        _touch(session, entity, numbers, at)
    return take_back(session, viewer, decision)


def _led_by(session: Session, kind: str, record_id: int, value: str) -> list[tuple[Any, list[int]]]:
    """(table, numbers of rows) of what refers to a record by words that this other name stands for."""
    words = {"instrument": "instrument_name", "proposal": "proposal_code"}[kind]
    of: Any
    queries: list[tuple[Any, Select[*tuple[Any, ...]]]] = []
    for of in (Experiment, Dataset, Transfer):
        query = select(of.id, Facility.code, getattr(of, words)).outerjoin(Facility, Facility.id == of.facility_id)
        queries.append((of, query.where(getattr(of, f"{kind}_id") == record_id)))
    if kind == "instrument":
        times = (
            select(ProposalTime.id, Facility.code, ProposalTime.instrument_name)
            .join(Proposal, Proposal.id == ProposalTime.proposal_id)
            .outerjoin(Facility, Facility.id == Proposal.facility_id)
            .where(ProposalTime.instrument_id == record_id)
        )
        queries.append((ProposalTime, times))
    return [
        (entity, [n for n, code, said in session.execute(query) if alias_key(kind, code or "", said or "") == value])
        for entity, query in queries
    ]


def _touch(session: Session, entity: Any, numbers: Sequence[int], at: datetime) -> None:
    """Say that records changed, so that the search index follows. numbers: of rows of ``entity``."""
    for some in chunks(numbers):
        records = select(entity.proposal_id if entity is ProposalTime else entity.id).where(entity.id.in_(some))
        session.execute(update(Record).where(Record.id.in_(records)).values(changed_at=at))


def _touch_written(session: Session, text: str, at: datetime) -> None:
    """Say that the records on which an affiliation stands changed."""
    written = select(Affiliation.id).where(Affiliation.text == text)
    for owner, column in (
        (AuthorshipAffiliation.record_id, AuthorshipAffiliation.affiliation_id),
        (Participant.proposal_id, Participant.affiliation_id),
    ):
        records = select(owner).where(column.in_(written))
        session.execute(update(Record).where(Record.id.in_(records)).values(changed_at=at))


def place(storage: Storage, viewer: Viewer, text: str, institution_id: int, reason: str = "") -> int:
    """Say which institution an affiliation as written is, for everybody who wrote or will write it so.

    Returns the number of the decision. Raises NotHere when nobody wrote it or there is no such institution.
    """
    viewer.must_be("user_office", "Deciding on affiliations")
    with storage.writing() as session:
        institution = session.scalar(
            select(Institution.id)
            .join(Record, Record.id == Institution.id)
            .where(Institution.id == institution_id, exists_for(viewer))
        )
        open_ones = select(
            Affiliation.id, Affiliation.institution_id, Affiliation.country, Affiliation.probability
        ).where(Affiliation.text == text, Affiliation.decided_by.is_(None))
        before = [row._asdict() for row in session.execute(open_ones)]
        if institution is None or not before:
            raise NotHere("There is no such institution, or no undecided affiliation is written so.")
        row = log.write(
            session, viewer, "resolve", institution, None, value=[{"text": text, "before": before}], reason=reason
        )
        settle_institutions(session, now())
        _touch_written(session, text, now())
        return row


def take_back_place(session: Session, viewer: Viewer, decision: Decision) -> int:
    """The affiliation is again what it was; what was not there then is open for the next matching.

    Raises Conflict when the institution was made for it and more is decided about it by now.
    """
    viewer.must_be("user_office", "Deciding on affiliations")
    log.must_stand(session, decision)
    said, at = decision.value[0], now()
    meant = made_one(session).get(decision.left_id, decision.left_id)
    row = log.write(session, viewer, "undo", decision.left_id, None, undoes_id=decision.id)
    before = {one["id"]: one for one in said["before"]}
    numbers = session.scalars(
        select(Affiliation.id).where(
            Affiliation.text == said["text"], Affiliation.institution_id == meant, Affiliation.decided_by.is_not(None)
        )
    )
    unknown = {"institution_id": None, "country": None, "probability": None}
    rows = [{**(before.get(number) or unknown), "id": number, "decided_by": None} for number in numbers]
    update_rows(session, Affiliation, rows)
    if said.get("made"):
        institutions.unmake(session, decision.left_id, at)
    settle_institutions(session, at)
    _touch_written(session, said["text"], at)
    return row


def dismiss(storage: Storage, viewer: Viewer, about_id: int, subject: str, reason: str = "") -> int:
    """Say that something in the queue needs nobody. subject: its key there; about_id: a record on which it is seen."""
    viewer.must_be("user_office", "Dismissing")
    if not subject or len(subject) > 1000:
        raise WrongUsage("What is to be dismissed is not said.")
    with storage.writing() as session:
        if session.scalar(select(Record.id).where(Record.id == about_id, exists_for(viewer))) is None:
            raise NotHere("There is no such record.")
        return log.write(session, viewer, "dismiss", about_id, None, value=[{"subject": subject}], reason=reason)


def take_back_said(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Take a decision back that only the log holds: a dismissal, or that two publications are two."""
    viewer.must_be("user_office", "Taking a decision back")
    log.must_stand(session, decision)
    return log.write(session, viewer, "undo", decision.left_id, decision.right_id, undoes_id=decision.id)
