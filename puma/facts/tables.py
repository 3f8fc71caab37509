"""What a snapshot copies from the database: entities, who took part, links, and when each source was read."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from puma.access import CONFIDENTIAL
from puma.entities import (
    Authorship,
    AuthorshipAffiliation,
    Call,
    Collection,
    CollectionItem,
    Contribution,
    Dataset,
    Experiment,
    ExperimentParticipant,
    Facility,
    FairAnswer,
    HarvestSource,
    Institution,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    Journal,
    JournalListing,
    Keyword,
    Link,
    Operation,
    OwedWord,
    Participant,
    PeerCredit,
    Person,
    Proposal,
    ProposalTime,
    Publication,
    PublicationVersion,
    Record,
    Relation,
    StoredClaim,
    Technique,
    TechniqueUse,
    Transfer,
)
from puma.entities.record import GIVEN
from puma.facts.kinds import Copied
from puma.places import PLACES


def _live(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select from records that stand: not withdrawn, not merged into another."""
    return select(*columns).where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))


def _hours(unit: InstrumentedAttribute[str | None]) -> ColumnElement[float]:
    """Hours in one unit of beam time; a shift is as long as its facility says."""
    shift = func.coalesce(Facility.shift_hours, 8.0)
    return case((unit == "hour", 1.0), (unit == "day", 24.0), (unit == "week", 168.0), else_=shift)


SEEN = (Record.visibility + Record.opened_to).label("visibility")
"""public, internal, restricted, or ``restricted,12,15,`` for what could be opened to the scientists of instruments."""

_left, _right = aliased(Record), aliased(Record)
_both_secret = (_left.visibility == CONFIDENTIAL) & (_right.visibility == CONFIDENTIAL)

_NAMES = union_all(
    _live(func.lower(Person.email).label("account"), Person.id).join(Record, Record.id == Person.id),
    _live(func.lower(Person.orcid), Person.id).join(Record, Record.id == Person.id),
    _live(func.lower(Person.orcid + "@orcid.org"), Person.id).join(Record, Record.id == Person.id),
).subquery()
_OWNER = (
    select(_NAMES.c.account, func.min(_NAMES.c.id).label("person_id"))
    .where(_NAMES.c.account.is_not(None))
    .group_by(_NAMES.c.account)
    .having(func.count(func.distinct(_NAMES.c.id)) == 1)
    .subquery()
)
"""Accounts by which a transfer service may know a person; what several persons share is none."""

NO_TOPICS = ("AWARD", "FUNDER", "FUNDING", "GRANT", "INSTRUMENT", "PROJECT", GIVEN)
"""Namespaces of keywords that say who paid, with what, or what people here noted."""

COPIED: tuple[Copied, ...] = (
    Copied("sources", "When each source was last harvested well.", select(HarvestSource.name, HarvestSource.fresh_at)),
    Copied(
        "facilities",
        "Facilities of this installation.",
        _live(Facility.id, Facility.code, Facility.name, Facility.ror, SEEN).join(Record, Record.id == Facility.id),
    ),
    Copied(
        "instruments",
        "Instruments with their group and facility.",
        _live(
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
        _live(
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
        "journals", "Journals.", _live(Journal.id, Journal.title, Journal.issn).join(Record, Record.id == Journal.id)
    ),
    Copied(
        "journal_listings",
        "Journals on lists that a facility keeps, like that of high impact, with the time in which they stand there.",
        _live(
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
        _live(
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
        _live(Technique.id, Technique.code, Technique.name).join(Record, Record.id == Technique.id),
    ),
    Copied(
        "technique_uses",
        "Techniques of records.",
        select(TechniqueUse.record_id, TechniqueUse.technique_id, TechniqueUse.name),
    ),
    Copied(
        "persons",
        "Persons by number and name; identified: by an ORCID iD.",
        _live(
            Person.id,
            Person.family_name,
            Person.given_name,
            Person.user,
            Person.orcid.is_not(None).label("identified"),
            SEEN,
        ).join(Record, Record.id == Person.id),
    ),
    Copied(
        "publications",
        "Publications that stand.",
        _live(
            Publication.id,
            Publication.doi,
            Publication.type,
            Publication.title,
            Publication.year,
            Publication.published_on,
            Publication.published_precision,
            Publication.journal_id,
            Publication.journal,
            Publication.issn,
            Publication.open_access,
            Publication.license,
            Publication.citations,
            Publication.citation_percentile,
            Publication.retracted,
            SEEN,
        ).join(Record, Record.id == Publication.id),
    ),
    Copied(
        "authorships",
        "One row per author and institution of each affiliation of publications and datasets.",
        select(
            Authorship.record_id,
            Authorship.position,
            Authorship.person_id,
            Authorship.name,
            PLACES.c.institution_id,
            PLACES.c.country,
            Institution.sector,
        )
        .outerjoin(
            AuthorshipAffiliation,
            (AuthorshipAffiliation.record_id == Authorship.record_id)
            & (AuthorshipAffiliation.position == Authorship.position),
        )
        .outerjoin(PLACES, PLACES.c.affiliation_id == AuthorshipAffiliation.affiliation_id)
        .outerjoin(Institution, Institution.id == PLACES.c.institution_id),
    ),
    Copied(
        "proposals",
        "Proposals; year is that of the cycle of their call, else of deposit, whatever was decided.",
        _live(
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
        "Beam time asked for and given, in hours.",
        _live(
            ProposalTime.proposal_id,
            ProposalTime.instrument_id,
            ProposalTime.instrument_name,
            (ProposalTime.requested * _hours(ProposalTime.unit)).label("requested_hours"),
            (ProposalTime.allocated * _hours(ProposalTime.unit)).label("allocated_hours"),
            SEEN,
        )
        .join(Record, Record.id == ProposalTime.proposal_id)
        .join(Proposal, Proposal.id == ProposalTime.proposal_id)
        .outerjoin(Facility, Facility.id == Proposal.facility_id),
    ),
    Copied(
        "operation",
        "Beam time of instruments in hours, in a year or for a call; hours_for: all that is available, on offer to the "
        "public programme, or for commissioning or maintenance.",
        _live(
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
        _live(
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
        _live(
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
        _live(
            ExperimentParticipant.experiment_id,
            ExperimentParticipant.person_id,
            ExperimentParticipant.mode,
            ExperimentParticipant.gender,
            ExperimentParticipant.career_stage,
            SEEN,
        ).join(Record, Record.id == ExperimentParticipant.experiment_id),
    ),
    Copied(
        "datasets",
        "Datasets that stand.",
        _live(
            Dataset.id,
            Dataset.doi,
            Dataset.title,
            Dataset.publisher,
            Dataset.proposal_id,
            Dataset.instrument_id,
            Dataset.facility_id,
            Dataset.year,
            Dataset.created_on,
            Dataset.open_on,
            Dataset.open_now,
            Dataset.size_bytes,
            SEEN,
        ).join(Record, Record.id == Dataset.id),
    ),
    Copied(
        "corrections",
        "Publications that correct or retract another one, as matching found.",
        select(PublicationVersion.publication_id).where(PublicationVersion.relation == "erratum"),
    ),
    Copied(
        "publication_sources",
        "Which sources tell of each publication, and whether each counts its citations; the lower precedence wins.",
        select(
            func.coalesce(Record.merged_into_id, StoredClaim.record_id).label("publication_id"),
            HarvestSource.name.label("source"),
            func.min(HarvestSource.precedence).label("precedence"),
            func.max(case((StoredClaim.values["citations"].as_string().is_not(None), 1), else_=0)).label("citations"),
            func.max(case((StoredClaim.values["citation_percentile"].as_string().is_not(None), 1), else_=0)).label(
                "percentile"
            ),
        )
        .join(Record, Record.id == StoredClaim.record_id)
        .join(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .where(StoredClaim.kind == "publication", Record.deleted_at.is_(None))
        .group_by(func.coalesce(Record.merged_into_id, StoredClaim.record_id), HarvestSource.name),
    ),
    Copied(
        "fair_answers",
        "Answers of the FAIR self-assessments in order; the newest of a question stands.",
        select(FairAnswer.id, FairAnswer.record_id, FairAnswer.year, FairAnswer.question, FairAnswer.answer),
        follows_decisions=True,
    ),
    Copied(
        "excuses",
        "Proposals of which somebody said that they owe no publication.",
        select(OwedWord.proposal_id).where(OwedWord.kind == "excused", OwedWord.ended_at.is_(None)),
    ),
    Copied(
        "publication_keywords",
        "Subject fields, subject headings and keywords of publications as their sources write them.",
        _live(Keyword.record_id.label("publication_id"), Keyword.namespace.label("vocabulary"), Keyword.value, SEEN)
        .join(Record, Record.id == Keyword.record_id)
        .where(Record.kind == "publication", Keyword.namespace.not_in(NO_TOPICS)),
    ),
    Copied(
        "transfers",
        "Data carried away, by route; person_id: the only one whose e-mail address or ORCID iD the account is.",
        _live(
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
    Copied(
        "peer_credits",
        "What other installations say of publications: which facility there is credited; peer: the source that told.",
        _live(
            PeerCredit.id,
            PeerCredit.doi,
            PeerCredit.facility_code.label("facility"),
            PeerCredit.state,
            HarvestSource.name.label("peer"),
        )
        .join(Record, Record.id == PeerCredit.id)
        .join(StoredClaim, StoredClaim.record_id == PeerCredit.id)
        .join(HarvestSource, HarvestSource.id == StoredClaim.source_id),
    ),
    Copied(
        "relations",
        "What records cite or belong to.",
        select(Relation.record_id, Relation.type, Relation.scheme, Relation.value, Relation.target_id),
    ),
    Copied(
        "collection_items",
        "Records in collections.",
        select(CollectionItem.collection_id, CollectionItem.record_id)
        .join(Collection, Collection.id == CollectionItem.collection_id)
        .where(Collection.deleted_at.is_(None)),
        follows_decisions=True,
    ),
    Copied(
        "links",
        "Links with their state and the narrower visibility of their two ends.",
        select(
            Link.id,
            Link.left_id,
            Link.right_id,
            Link.relation,
            Link.state,
            Link.tier,
            Link.channel,
            Link.probability,
            case(
                (_both_secret & (_left.opened_to != _right.opened_to), CONFIDENTIAL),
                (_right.visibility == CONFIDENTIAL, _right.visibility + _right.opened_to),
                (_left.visibility == CONFIDENTIAL, _left.visibility + _left.opened_to),
                ((_left.visibility == "internal") | (_right.visibility == "internal"), "internal"),
                else_="public",
            ).label("visibility"),
        )
        .join(_left, _left.id == Link.left_id)
        .join(_right, _right.id == Link.right_id)
        .where(_left.deleted_at.is_(None), _right.deleted_at.is_(None)),
        follows_decisions=True,
        publication="left_id",
    ),
)
