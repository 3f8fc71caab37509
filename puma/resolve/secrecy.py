"""Who may know of each record, derived from the proposals: what a secret proposal hides, and what stays shown."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from puma.entities import (
    Authorship,
    Call,
    Dataset,
    Experiment,
    ExperimentParticipant,
    File,
    Participant,
    Person,
    Proposal,
    Record,
    Transfer,
)
from puma.resolve.opening import set_opened

INDUSTRIAL = ("industry", "industrial", "proprietary")
"""Types of proposals that are known to user office and administrators only."""


def secret_proposal() -> ColumnElement[bool]:
    """A proposal that only user office and administrators may know of."""
    return or_(
        Proposal.confidential.is_(True),
        Proposal.decision.in_(("refused", "withdrawn", "reserve")),
        Proposal.decision.is_(None),
        func.lower(Proposal.type).in_(INDUSTRIAL),
    )


def set_visibility(session: Session) -> None:
    """Who may know of each record: derived from the proposals, everywhere at once, in both directions.

    A proposal that ``open_accepted`` made public stays so unless it is a secret now.
    """
    secret = select(Proposal.id).where(secret_proposal())
    secret_experiment = select(Experiment.id).where(Experiment.proposal_id.in_(secret))
    seen = or_(
        exists().where(and_(Participant.person_id == Person.id, Participant.proposal_id.not_in(secret))),
        exists().where(
            and_(
                ExperimentParticipant.person_id == Person.id,
                ExperimentParticipant.experiment_id.not_in(secret_experiment),
            )
        ),
        exists().where(Authorship.person_id == Person.id),
    )
    secret_data = select(Dataset.id).where(
        or_(Dataset.proposal_id.in_(secret), Dataset.experiment_id.in_(secret_experiment))
    )
    _set(session, "proposal", secret, "internal", or_else="public")
    _set(session, "experiment", secret_experiment, "internal")
    _set(session, "dataset", secret_data, "public")
    ownerless = or_(Transfer.proposal_id.is_(None), Transfer.proposal_id.in_(secret))
    _set(session, "transfer", select(Transfer.id).where(ownerless), "internal")
    asked = exists().where(Participant.person_id == Person.id)
    _set(session, "person", select(Person.id).where(or_(Person.user.is_(True), asked), ~seen), "internal")
    hidden = select(Record.id).where(Record.visibility == "restricted", Record.kind != "file")
    _set(session, "file", select(File.id).where(or_(File.of_id.is_(None), File.of_id.in_(hidden))), "internal")
    _set(session, "call", select(Call.id).where(Call.id.is_(None)), "internal")
    set_opened(session)


def _set(session: Session, kind: str, restricted: Any, otherwise: str, *, or_else: str = "") -> None:
    """Records of a kind: restricted where the query holds them, else as given; rows that are right stay untouched.
    or_else: what the others may be as well."""
    of_kind = Record.kind == kind
    for which, visibility, as_well in (
        (Record.id.in_(restricted), "restricted", ""),
        (Record.id.not_in(restricted), otherwise, or_else),
    ):
        session.execute(
            update(Record)
            .where(of_kind, which, Record.visibility.not_in((visibility, as_well)))
            .values(visibility=visibility)
            .execution_options(synchronize_session=False)
        )
