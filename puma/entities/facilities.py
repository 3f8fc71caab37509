"""Facilities, their instruments through time, the techniques, and what countries contribute."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from puma.entities.proposals import UNITS
from puma.entities.record import Entity, number, record_key, ref
from puma.fields import field


class Facility(Entity):
    """A synchrotron, neutron source or free-electron laser. Several may share one installation."""

    __tablename__ = "facility"

    id: Mapped[int] = record_key()
    code: Mapped[str] = field("code", "Code", "short name that prefixes its codes", unique=True)
    name: Mapped[str] = field("name", "Name", boost=3.0)
    country: Mapped[str | None] = field("country", "Country", facet=True)
    ror: Mapped[str | None] = field("ror", "ROR")
    url: Mapped[str | None] = field("url", "Web page")
    shift_hours: Mapped[float] = field(
        "number", "Length of a shift", "converts shifts into hours", unit="h", default=8.0
    )


class InstrumentGroup(Entity):
    """Instruments that belong together through name changes and rebuilds."""

    __tablename__ = "instrument_group"

    id: Mapped[int] = number()
    facility_id: Mapped[int] = ref("facility", nullable=False, cascade=True)
    name: Mapped[str] = field("name", "Group")

    __table_args__ = (UniqueConstraint("facility_id", "name"),)


class Instrument(Entity):
    """A beamline or instrument; two machines that shared a name one after the other are two instruments."""

    __tablename__ = "instrument"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    group_id: Mapped[int | None] = ref("instrument_group")
    successor_of_id: Mapped[int | None] = ref("instrument")
    name: Mapped[str] = field("name", "Name", "as written on the proposal form", facet=True, boost=4.0)
    label: Mapped[str | None] = field("name", "Label", "the long name", boost=2.0)
    successor_of: Mapped[str | None] = field("name", "Successor of", "label or name of the instrument before it")
    pid: Mapped[str | None] = field("code", "Persistent identifier", "PIDINST DOI or handle")


class InstrumentPeriod(Entity):
    """A dated period [start, end) of an instrument under one label; it starts at the official opening."""

    __tablename__ = "instrument_period"

    id: Mapped[int] = number()
    instrument_id: Mapped[int] = ref("instrument", nullable=False, cascade=True)
    label: Mapped[str] = field("name", "Label in this period")
    starts_on: Mapped[date | None] = field("day", "Opened", "official opening, commissioning excluded")
    ends_on: Mapped[date | None] = field("day", "Closed", "first day no longer in the period; empty while open")
    commissioning_until: Mapped[date | None] = field("day", "Commissioning until")


class Technique(Entity):
    """An experimental technique of the PaNET ontology, or of a source that has its own words."""

    __tablename__ = "technique"

    id: Mapped[int] = record_key()
    code: Mapped[str | None] = field("code", "PaNET id", unique=True)
    name: Mapped[str] = field("name", "Technique", facet=True, boost=2.0)


class TechniqueUse(Entity):
    """A technique that an instrument offers, or that a proposal, publication or dataset used."""

    __tablename__ = "technique_use"

    id: Mapped[int] = number()
    record_id: Mapped[int] = ref("record", nullable=False, cascade=True)
    technique_id: Mapped[int | None] = ref("technique")
    name: Mapped[str] = field("label", "Technique as the source writes it")


class Contribution(Entity):
    """A country's share of a facility's budget in a period; consortia share one contribution as a group."""

    __tablename__ = "contribution"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    country: Mapped[str] = field("country", "Country")
    group: Mapped[str | None] = field("label", "Group of countries", "several countries that share one contribution")
    valid_from: Mapped[date | None] = field("day", "Valid from")
    valid_to: Mapped[date | None] = field("day", "Valid to")
    share: Mapped[float] = field("number", "Share", unit="fraction of 1")


CREDIT_STATES = ("validated", "auto")


HOURS_FOR = ("available", "public", "commissioning", "maintenance")


class Operation(Entity):
    """Beam time of one instrument in a year or for a call: all that there is, or what of it is set aside for a use."""

    __tablename__ = "operation"

    id: Mapped[int] = record_key()
    facility_id: Mapped[int | None] = ref("facility")
    call_id: Mapped[int | None] = ref("call")
    instrument_id: Mapped[int | None] = ref("instrument")
    instrument_name: Mapped[str | None] = field("name", "Instrument as the source writes it")
    year: Mapped[int | None] = field("year", "Year")
    call_code: Mapped[str | None] = field("code", "Call")
    hours_for: Mapped[str] = field(
        "choice", "For", "all that there is, on offer to the public, or for the facility", choices=HOURS_FOR
    )
    amount: Mapped[float] = field("number", "Beam time")
    unit: Mapped[str | None] = field("choice", "Unit", choices=UNITS)


class PeerCredit(Entity):
    """What another installation says of one publication: that it is linked with a facility there."""

    __tablename__ = "peer_credit"

    id: Mapped[int] = record_key()
    doi: Mapped[str] = field("doi", "DOI")
    facility_code: Mapped[str] = field("code", "Facility", "code of the facility there that is credited")
    state: Mapped[str] = field("choice", "State", "whether a person validated the link there", choices=CREDIT_STATES)
