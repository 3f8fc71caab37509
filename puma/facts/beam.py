"""What a snapshot copies of beam time: proposals, experiments, who took part, what became of it."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from puma.entities import (
    Call,
    Experiment,
    ExperimentParticipant,
    Facility,
    Institution,
    Operation,
    OwedWord,
    Participant,
    Person,
    Proposal,
    ProposalTime,
    Record,
    Transfer,
)
from puma.facts.kinds import Copied
from puma.facts.seen import SEEN, live
from puma.places import PLACES


def _hours(unit: ColumnElement[Any] | InstrumentedAttribute[str | None]) -> ColumnElement[float]:
    """Hours in one unit of beam time; a shift is as long as its facility says."""
    shift = func.coalesce(Facility.shift_hours, 8.0)
    return case((unit == "hour", 1.0), (unit == "day", 24.0), (unit == "week", 168.0), else_=shift)


_UNIT = func.coalesce(ProposalTime.unit, Call.time_unit)

_NAMES = union_all(
    live(func.lower(Person.email).label("account"), Person.id).join(Record, Record.id == Person.id),
    live(func.lower(Person.orcid), Person.id).join(Record, Record.id == Person.id),
    live(func.lower(Person.orcid + "@orcid.org"), Person.id).join(Record, Record.id == Person.id),
).subquery()

_OWNER = (
    select(_NAMES.c.account, func.min(_NAMES.c.id).label("person_id"))
    .where(_NAMES.c.account.is_not(None))
    .group_by(_NAMES.c.account)
    .having(func.count(func.distinct(_NAMES.c.id)) == 1)
    .subquery()
)
"""Accounts by which a transfer service may know a person; what several persons share is none."""

BEAM: tuple[Copied, ...] = (
    Copied(
        "proposals",
        "Proposals; year is that of the cycle of their call, else of deposit, whatever was decided.",
        live(
            Proposal.id,
            Proposal.code,
            Proposal.title,
            Proposal.type,
            Proposal.scientific_area,
            Proposal.decision,
            Proposal.confidential,
            Proposal.dmp,
            Proposal.deposited_on,
            Proposal.operation_year,
            func.coalesce(
                func.extract("year", Call.cycle_starts_on),
                func.extract("year", Proposal.deposited_on),
                Proposal.operation_year,
            ).label("year"),
            Proposal.call_id,
            func.coalesce(Call.code, Proposal.call_code).label("call"),
            Proposal.facility_id,
            SEEN,
        )
        .join(Record, Record.id == Proposal.id)
        .outerjoin(Call, Call.id == Proposal.call_id),
    ),
    Copied(
        "proposal_instruments",
        "Beam time asked for and given, in hours; where no unit stands beside it, in that of the call.",
        live(
            ProposalTime.proposal_id,
            ProposalTime.instrument_id,
            ProposalTime.instrument_name,
            (ProposalTime.requested * _hours(_UNIT)).label("requested_hours"),
            (ProposalTime.allocated * _hours(_UNIT)).label("allocated_hours"),
            SEEN,
        )
        .join(Record, Record.id == ProposalTime.proposal_id)
        .join(Proposal, Proposal.id == ProposalTime.proposal_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .outerjoin(Facility, Facility.id == Proposal.facility_id),
    ),
    Copied(
        "operation",
        "Beam time of instruments in hours, in a year or for a call; hours_for: all that is available, on offer to the "
        "public programme, or for commissioning or maintenance.",
        live(
            Operation.id,
            Operation.facility_id,
            Operation.instrument_id,
            Operation.instrument_name,
            func.coalesce(Operation.year, func.extract("year", Call.cycle_starts_on)).label("year"),
            func.coalesce(Call.code, Operation.call_code).label("call"),
            Operation.hours_for,
            (Operation.amount * _hours(Operation.unit)).label("hours"),
            SEEN,
        )
        .join(Record, Record.id == Operation.id)
        .outerjoin(Call, Call.id == Operation.call_id)
        .outerjoin(Facility, Facility.id == Operation.facility_id),
    ),
    Copied(
        "participants",
        "People on proposals, one row per institution that their affiliation there names, with its country.",
        live(
            Participant.proposal_id,
            Participant.person_id,
            Participant.position,
            Participant.role,
            PLACES.c.institution_id,
            PLACES.c.country,
            Institution.sector,
            SEEN,
        )
        .join(Record, Record.id == Participant.proposal_id)
        .outerjoin(PLACES, PLACES.c.affiliation_id == Participant.affiliation_id)
        .outerjoin(Institution, Institution.id == PLACES.c.institution_id),
    ),
    Copied(
        "experiments",
        "Sessions.",
        live(
            Experiment.id,
            Experiment.code,
            Experiment.proposal_id,
            Experiment.instrument_id,
            Experiment.facility_id,
            Experiment.starts_at,
            Experiment.ends_at,
            func.extract("year", Experiment.starts_at).label("year"),
            Experiment.requested_hours,
            Experiment.allocated_hours,
            Experiment.delivered_hours,
            Experiment.lost_to_machine,
            Experiment.lost_to_instrument,
            Experiment.lost_to_user,
            Experiment.lost_to_cancellation,
            Experiment.mode,
            Experiment.report_due_on,
            Experiment.report_received_on,
            SEEN,
        ).join(Record, Record.id == Experiment.id),
    ),
    Copied(
        "participations",
        "People in sessions.",
        live(
            ExperimentParticipant.experiment_id,
            ExperimentParticipant.person_id,
            ExperimentParticipant.mode,
            ExperimentParticipant.gender,
            ExperimentParticipant.career_stage,
            SEEN,
        ).join(Record, Record.id == ExperimentParticipant.experiment_id),
    ),
    Copied(
        "excuses",
        "Proposals of which somebody said that they owe no publication.",
        select(OwedWord.proposal_id).where(OwedWord.kind == "excused", OwedWord.ended_at.is_(None)),
    ),
    Copied(
        "transfers",
        "Data carried away, by route; person_id: the only one whose e-mail address or ORCID iD the account is.",
        live(
            Transfer.id,
            Transfer.facility_id,
            Transfer.proposal_id,
            Transfer.instrument_id,
            Transfer.route,
            Transfer.user_key,
            _OWNER.c.person_id,
            Transfer.year,
            Transfer.size_bytes,
            Transfer.files,
            SEEN,
        )
        .join(Record, Record.id == Transfer.id)
        .outerjoin(_OWNER, _OWNER.c.account == Transfer.user_key),
    ),
)
