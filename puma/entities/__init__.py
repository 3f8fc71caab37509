"""Entities: the tables, one class each, in the field's own words."""

from puma.entities.facilities import (
    Contribution,
    Facility,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    Technique,
    TechniqueUse,
)
from puma.entities.ledger import HarvestSource, Payload, RawRecord, Run, SkippedRecord, StoredClaim
from puma.entities.links import Decision, Link
from puma.entities.people import Affiliation, Institution, InstitutionName, Person, PersonAffiliation, PersonName
from puma.entities.proposals import Call, Experiment, ExperimentParticipant, Participant, Proposal, ProposalTime
from puma.entities.record import Collection, CollectionItem, Entity, Identifier, Keyword, NumberSeries, Record, Relation
from puma.entities.works import (
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    File,
    FilePage,
    Journal,
    JournalListing,
    Publication,
    PublicationVersion,
)

RECORD_KINDS: dict[str, type[Entity]] = {
    "facility": Facility,
    "instrument": Instrument,
    "technique": Technique,
    "call": Call,
    "proposal": Proposal,
    "experiment": Experiment,
    "person": Person,
    "institution": Institution,
    "journal": Journal,
    "publication": Publication,
    "dataset": Dataset,
    "file": File,
    "contribution": Contribution,
    "journal_listing": JournalListing,
}
"""Kinds of records that have a number and, through it, identifiers, keywords and claims."""

__all__ = [
    "RECORD_KINDS",
    "Affiliation",
    "Authorship",
    "AuthorshipAffiliation",
    "Call",
    "Collection",
    "CollectionItem",
    "Contribution",
    "Dataset",
    "Decision",
    "Entity",
    "Experiment",
    "ExperimentParticipant",
    "Facility",
    "File",
    "FilePage",
    "HarvestSource",
    "Identifier",
    "Institution",
    "InstitutionName",
    "Instrument",
    "InstrumentGroup",
    "InstrumentPeriod",
    "Journal",
    "JournalListing",
    "Keyword",
    "Link",
    "NumberSeries",
    "Participant",
    "Payload",
    "Person",
    "PersonAffiliation",
    "PersonName",
    "Proposal",
    "ProposalTime",
    "Publication",
    "PublicationVersion",
    "RawRecord",
    "Record",
    "Relation",
    "Run",
    "SkippedRecord",
    "StoredClaim",
    "Technique",
    "TechniqueUse",
]
