"""Calls, proposals, the beam time they ask for and get, the experiments, and who takes part."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from puma.entities.record import Entity, number, record_key, ref
from puma.fields import field

DECISIONS = ("accepted", "refused", "reserve", "withdrawn")
ROLES = ("proposer", "co_proposer", "local_contact")
MODES = ("on-site", "remote", "hybrid", "mail-in")
UNITS = ("hour", "shift", "day", "week")
LOSSES = ("machine", "instrument", "user", "cancellation")
"""What beam time is lost to; each has a column of an experiment, ``lost_to_<reason>``."""
GENDERS = ("woman", "man", "non-binary")
CAREER_STAGES = ("student", "doctoral student", "postdoc", "senior scientist", "other")
"""What people may say of themselves; who said nothing, or would rather not say, has no value."""


class Call(Entity):
    """A call for proposals and the cycle in which its beam time is scheduled."""

    __tablename__ = "call"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    code: Mapped[str] = field("code", "Code", facet=True)
    opens_on: Mapped[date | None] = field("day", "Opens")
    closes_on: Mapped[date | None] = field("day", "Closes")
    cycle_starts_on: Mapped[date | None] = field("day", "Cycle starts")
    cycle_ends_on: Mapped[date | None] = field("day", "Cycle ends")
    time_unit: Mapped[str | None] = field("choice", "Unit of beam time", choices=UNITS)


class Proposal(Entity):
    """A request for beam time, whatever was decided."""

    __tablename__ = "proposal"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    call_id: Mapped[int | None] = ref("call")
    code: Mapped[str] = field("code", "Code", "as the user office writes it", boost=8.0)
    title: Mapped[str] = field("title", "Title", boost=4.0)
    abstract: Mapped[str | None] = field("text", "Abstract", boost=1.0)
    type: Mapped[str | None] = field("label", "Type", "public, inhouse, BAG, rapid, industry ...", facet=True)
    scientific_area: Mapped[str | None] = field("label", "Scientific area", facet=True)
    call_code: Mapped[str | None] = field("code", "Call")
    deposited_on: Mapped[date | None] = field("day", "Deposited", "when it was sent to the user office")
    operation_year: Mapped[int | None] = field(
        "year", "Operation year", "year in which its beam time was planned", facet=True
    )
    decision: Mapped[str | None] = field("choice", "Decision", choices=DECISIONS, facet=True)
    confidential: Mapped[bool] = field(
        "flag", "Confidential", "known to user office and administrators only", default=False
    )
    dmp: Mapped[str | None] = field("url", "Data management plan")
    pdf_url: Mapped[str | None] = field("url", "Full text")


class ProposalTime(Entity):
    """Beam time that a proposal asked for and got on one instrument."""

    __tablename__ = "proposal_time"

    id: Mapped[int] = number()
    proposal_id: Mapped[int] = ref("proposal", nullable=False, cascade=True)
    instrument_id: Mapped[int | None] = ref("instrument")
    instrument_name: Mapped[str] = field("name", "Instrument as the source writes it")
    requested: Mapped[float | None] = field("number", "Requested")
    allocated: Mapped[float | None] = field("number", "Allocated")
    unit: Mapped[str | None] = field("choice", "Unit", choices=UNITS)


class Participant(Entity):
    """A person on a proposal, with the affiliation given there."""

    __tablename__ = "participant"

    id: Mapped[int] = number()
    proposal_id: Mapped[int] = ref("proposal", nullable=False, cascade=True)
    person_id: Mapped[int | None] = ref("person")
    affiliation_id: Mapped[int | None] = ref("affiliation")
    position: Mapped[int] = field("count", "Position")
    name: Mapped[str] = field("name", "Name", personal=True)
    role: Mapped[str | None] = field("choice", "Role", choices=ROLES)


class Experiment(Entity):
    """A session: beam time that was really delivered, or planned and cancelled."""

    __tablename__ = "experiment"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    proposal_id: Mapped[int | None] = ref("proposal")
    instrument_id: Mapped[int | None] = ref("instrument")
    code: Mapped[str] = field("code", "Code", boost=8.0)
    proposal_code: Mapped[str | None] = field("code", "Proposal")
    instrument_name: Mapped[str | None] = field("name", "Instrument as the source writes it")
    starts_at: Mapped[datetime | None] = field("moment", "Start")
    ends_at: Mapped[datetime | None] = field("moment", "End")
    requested_hours: Mapped[float | None] = field("number", "Requested", unit="h")
    allocated_hours: Mapped[float | None] = field("number", "Allocated", unit="h")
    delivered_hours: Mapped[float | None] = field("number", "Delivered", unit="h")
    lost_to_machine: Mapped[float | None] = field("number", "Lost to the machine", "source or reactor", unit="h")
    lost_to_instrument: Mapped[float | None] = field("number", "Lost to the instrument", unit="h")
    lost_to_user: Mapped[float | None] = field("number", "Lost to the users", "sample, late arrival ...", unit="h")
    lost_to_cancellation: Mapped[float | None] = field("number", "Lost to cancellation", unit="h")
    mode: Mapped[str | None] = field("choice", "Mode", choices=MODES, facet=True)
    report_due_on: Mapped[date | None] = field("day", "Report due")
    report_received_on: Mapped[date | None] = field("day", "Report received")


class ExperimentParticipant(Entity):
    """A person who took part in an experiment, on site or from afar.

    What people say of themselves stands here and not with the person: it is counted, shown of nobody, and goes when
    the person is erased.
    """

    __tablename__ = "experiment_participant"

    id: Mapped[int] = number()
    experiment_id: Mapped[int] = ref("experiment", nullable=False, cascade=True)
    person_id: Mapped[int | None] = ref("person")
    mode: Mapped[str | None] = field("choice", "Mode", choices=MODES)
    gender: Mapped[str | None] = field(
        "choice", "Gender", "self-declared only", choices=GENDERS, exported=False, personal=True, confidential=True
    )
    career_stage: Mapped[str | None] = field(
        "choice",
        "Career stage",
        "at the time of the session, self-declared only",
        choices=CAREER_STAGES,
        exported=False,
        personal=True,
        confidential=True,
    )
