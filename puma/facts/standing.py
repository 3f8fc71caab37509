"""What a snapshot copies of what stands for long: facilities, machines, institutions, journals, people, techniques."""

from sqlalchemy import select

from puma.entities import (
    Collection,
    CollectionItem,
    Contribution,
    Facility,
    HarvestSource,
    Institution,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    Journal,
    JournalListing,
    Person,
    Record,
    Technique,
    TechniqueUse,
)
from puma.facts.kinds import Copied
from puma.facts.seen import SEEN, live

STANDING: tuple[Copied, ...] = (
    Copied("sources", "When each source was last harvested well.", select(HarvestSource.name, HarvestSource.fresh_at)),
    Copied(
        "facilities",
        "Facilities of this installation.",
        live(Facility.id, Facility.code, Facility.name, Facility.ror, SEEN).join(Record, Record.id == Facility.id),
    ),
    Copied(
        "instruments",
        "Instruments with their group and facility.",
        live(
            Instrument.id,
            Instrument.name,
            Instrument.label,
            Instrument.facility_id,
            Instrument.group_id,
            InstrumentGroup.name.label("group"),
            Instrument.successor_of_id,
            SEEN,
        )
        .join(Record, Record.id == Instrument.id)
        .outerjoin(InstrumentGroup, InstrumentGroup.id == Instrument.group_id),
    ),
    Copied(
        "instrument_periods",
        "Dated periods [starts_on, ends_on) of instruments.",
        select(
            InstrumentPeriod.id,
            InstrumentPeriod.instrument_id,
            InstrumentPeriod.label,
            InstrumentPeriod.starts_on,
            InstrumentPeriod.ends_on,
            InstrumentPeriod.commissioning_until,
        ),
    ),
    Copied(
        "institutions",
        "Institutions.",
        live(
            Institution.id,
            Institution.parent_id,
            Institution.name,
            Institution.ror,
            Institution.city,
            Institution.country,
            Institution.sector,
            Institution.latitude,
            Institution.longitude,
            SEEN,
        ).join(Record, Record.id == Institution.id),
    ),
    Copied(
        "journals", "Journals.", live(Journal.id, Journal.title, Journal.issn).join(Record, Record.id == Journal.id)
    ),
    Copied(
        "journal_listings",
        "Journals on lists that a facility keeps, like that of high impact, with the time in which they stand there.",
        live(
            JournalListing.id,
            JournalListing.issn,
            JournalListing.list,
            JournalListing.list_version,
            JournalListing.valid_from,
            JournalListing.valid_to,
        ).join(Record, Record.id == JournalListing.id),
    ),
    Copied(
        "contributions",
        "What share of the facility each country pays for, and when; a group shares one contribution.",
        live(
            Contribution.id,
            Contribution.facility_id,
            Contribution.country,
            Contribution.group,
            Contribution.valid_from,
            Contribution.valid_to,
            Contribution.share,
        ).join(Record, Record.id == Contribution.id),
    ),
    Copied(
        "techniques",
        "Techniques.",
        live(Technique.id, Technique.code, Technique.name).join(Record, Record.id == Technique.id),
    ),
    Copied(
        "technique_uses",
        "Techniques of records.",
        select(TechniqueUse.record_id, TechniqueUse.technique_id, TechniqueUse.name),
    ),
    Copied(
        "persons",
        "Persons by number and name; identified: by an ORCID iD.",
        live(
            Person.id,
            Person.family_name,
            Person.given_name,
            Person.user,
            Person.orcid.is_not(None).label("identified"),
            SEEN,
        ).join(Record, Record.id == Person.id),
    ),
    Copied(
        "collection_items",
        "Records in collections.",
        select(CollectionItem.collection_id, CollectionItem.record_id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(Collection.deleted_at.is_(None)),
        follows_decisions=True,
    ),
)
