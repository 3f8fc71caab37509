"""What a snapshot holds: tables copied from the database, and tables that DuckDB derives from those."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import aliased

from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Call,
    CollectionItem,
    Dataset,
    Experiment,
    ExperimentParticipant,
    Facility,
    HarvestSource,
    Institution,
    Instrument,
    InstrumentGroup,
    InstrumentPeriod,
    Journal,
    Link,
    Participant,
    Person,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    Relation,
    Technique,
    TechniqueUse,
)


@dataclass(frozen=True, slots=True)
class Copied:
    """A table copied from the database; records that are withdrawn or merged are left out."""

    name: str
    help: str
    query: Select[*tuple[Any, ...]]
    follows_decisions: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A table made by DuckDB from those before it.

    ``by_level``: it counts over links, so it is made once without the restricted ones and once with all of them;
    otherwise a total would tell that a secret proposal exists.
    """

    name: str
    help: str
    sql: str
    follows_decisions: bool = False
    by_level: bool = False


LEVELS = ("all", "open")
"""The two levels of a table that counts over links: with restricted records, and without them."""


def _live(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Select from records that stand: not withdrawn, not merged into another."""
    return select(*columns).where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))


HOURS = case(
    (ProposalTime.unit == "hour", 1.0),
    (ProposalTime.unit == "day", 24.0),
    (ProposalTime.unit == "week", 168.0),
    else_=func.coalesce(Facility.shift_hours, 8.0),
)
"""Hours in one unit of beam time; a shift is as long as its facility says."""

_left, _right = aliased(Record), aliased(Record)

COPIED: tuple[Copied, ...] = (
    Copied("sources", "When each source was last harvested well.", select(HarvestSource.name, HarvestSource.fresh_at)),
    Copied(
        "facilities",
        "Facilities of this installation.",
        _live(Facility.id, Facility.code, Facility.name, Record.visibility).join(Record, Record.id == Facility.id),
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
            Record.visibility,
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
            Institution.name,
            Institution.ror,
            Institution.city,
            Institution.country,
            Institution.sector,
            Institution.latitude,
            Institution.longitude,
            Record.visibility,
        ).join(Record, Record.id == Institution.id),
    ),
    Copied(
        "journals", "Journals.", _live(Journal.id, Journal.title, Journal.issn).join(Record, Record.id == Journal.id)
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
        "Persons by number and name.",
        _live(Person.id, Person.family_name, Person.given_name, Person.user, Record.visibility).join(
            Record, Record.id == Person.id
        ),
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
            Publication.open_access,
            Publication.license,
            Publication.citations,
            Publication.retracted,
            Record.visibility,
        ).join(Record, Record.id == Publication.id),
    ),
    Copied(
        "authorships",
        "One row per author and affiliation of publications and datasets.",
        select(
            Authorship.record_id,
            Authorship.position,
            Authorship.person_id,
            Authorship.name,
            Affiliation.institution_id,
            Affiliation.country,
            Institution.sector,
        )
        .outerjoin(
            AuthorshipAffiliation,
            (AuthorshipAffiliation.record_id == Authorship.record_id)
            & (AuthorshipAffiliation.position == Authorship.position),
        )
        .outerjoin(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .outerjoin(Institution, Institution.id == Affiliation.institution_id),
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
            Record.visibility,
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
            (ProposalTime.requested * HOURS).label("requested_hours"),
            (ProposalTime.allocated * HOURS).label("allocated_hours"),
            Record.visibility,
        )
        .join(Record, Record.id == ProposalTime.proposal_id)
        .join(Proposal, Proposal.id == ProposalTime.proposal_id)
        .outerjoin(Facility, Facility.id == Proposal.facility_id),
    ),
    Copied(
        "participants",
        "People on proposals, with the institution and country they gave there.",
        _live(
            Participant.proposal_id,
            Participant.person_id,
            Participant.role,
            Affiliation.institution_id,
            Affiliation.country,
            Institution.sector,
            Record.visibility,
        )
        .join(Record, Record.id == Participant.proposal_id)
        .outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
        .outerjoin(Institution, Institution.id == Affiliation.institution_id),
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
            Experiment.mode,
            Record.visibility,
        ).join(Record, Record.id == Experiment.id),
    ),
    Copied(
        "participations",
        "People in sessions.",
        _live(
            ExperimentParticipant.experiment_id,
            ExperimentParticipant.person_id,
            ExperimentParticipant.mode,
            Record.visibility,
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
            Dataset.size_bytes,
            Record.visibility,
        ).join(Record, Record.id == Dataset.id),
    ),
    Copied(
        "relations",
        "What records cite or belong to.",
        select(Relation.record_id, Relation.type, Relation.scheme, Relation.value, Relation.target_id),
    ),
    Copied(
        "collection_items", "Records in collections.", select(CollectionItem.collection_id, CollectionItem.record_id)
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
                ((_left.visibility == "restricted") | (_right.visibility == "restricted"), "restricted"),
                ((_left.visibility == "internal") | (_right.visibility == "internal"), "internal"),
                else_="public",
            ).label("visibility"),
        )
        .join(_left, _left.id == Link.left_id)
        .join(_right, _right.id == Link.right_id)
        .where(_left.deleted_at.is_(None), _right.deleted_at.is_(None)),
        follows_decisions=True,
    ),
)

DERIVED: tuple[Derived, ...] = (
    Derived(
        "publication_countries",
        "Countries of a publication; share: each author counts 1/authors, split over the author's countries.",
        """
        WITH author AS (
            SELECT record_id, position, coalesce(country, 'unknown') AS country
            FROM authorships WHERE country IS NOT NULL
            UNION
            SELECT record_id, position, 'unknown' FROM authorships
            GROUP BY record_id, position HAVING count(country) = 0
        ),
        part AS (
            SELECT record_id, country, position,
                   1.0 / count(*) OVER (PARTITION BY record_id, position) AS piece
            FROM author
        ),
        size AS (SELECT record_id, count(DISTINCT position) AS authors FROM authorships GROUP BY record_id)
        SELECT p.id AS publication_id, coalesce(part.country, 'unknown') AS country,
               coalesce(sum(piece) / any_value(size.authors), 1.0) AS share,
               bool_or(part.position = 1) AS first_author, p.visibility
        FROM publications p
        LEFT JOIN part ON part.record_id = p.id
        LEFT JOIN size ON size.record_id = p.id
        GROUP BY p.id, coalesce(part.country, 'unknown'), p.visibility
        """,
    ),
    Derived(
        "publication_institutions",
        "Institutions of a publication, resolved ones only; share as for countries.",
        """
        WITH author AS (
            SELECT DISTINCT record_id, position, institution_id FROM authorships WHERE institution_id IS NOT NULL
        ),
        part AS (
            SELECT record_id, institution_id, 1.0 / count(*) OVER (PARTITION BY record_id, position) AS piece
            FROM author
        ),
        size AS (SELECT record_id, count(DISTINCT position) AS authors FROM authorships GROUP BY record_id)
        SELECT p.id AS publication_id, part.institution_id, sum(piece) / any_value(size.authors) AS share, p.visibility
        FROM publications p JOIN part ON part.record_id = p.id JOIN size ON size.record_id = p.id
        GROUP BY p.id, part.institution_id, p.visibility
        """,
    ),
    Derived(
        "visits",
        "One person in one session, with the institution and country given on the proposal.",
        """
        WITH home AS (
            SELECT proposal_id, person_id, any_value(institution_id) AS institution_id,
                   any_value(country) AS country, any_value(sector) AS sector
            FROM participants WHERE person_id IS NOT NULL GROUP BY proposal_id, person_id
        )
        SELECT row_number() OVER (ORDER BY e.id, v.person_id) AS id, e.id AS experiment_id, v.person_id,
               coalesce(v.mode, e.mode) AS mode, e.year, e.instrument_id, e.facility_id, e.proposal_id,
               home.institution_id, home.country, home.sector, e.visibility
        FROM participations v
        JOIN experiments e ON e.id = v.experiment_id
        LEFT JOIN home ON home.proposal_id = e.proposal_id AND home.person_id = v.person_id
        WHERE v.person_id IS NOT NULL
        """,
    ),
    Derived(
        "publication_proposals",
        "Links between publications and proposals.",
        """
        SELECT left_id AS publication_id, right_id AS proposal_id, state, tier, probability, visibility
        FROM links WHERE relation = 'publication-proposal' AND state <> 'rejected'
        """,
        follows_decisions=True,
    ),
    Derived(
        "publication_instruments",
        "Instruments credited by a publication: through experiment, else proposal, else a direct link. One row each, "
        "with the best state; a share is 1/n over the instruments counted under that link policy.",
        """
        WITH found AS (
            SELECT l.left_id AS publication_id, e.instrument_id, l.state, l.probability, 1 AS rule
            FROM links l JOIN experiments e ON e.id = l.right_id
            WHERE l.relation = 'publication-experiment' AND l.state <> 'rejected'
            UNION ALL
            SELECT l.left_id, i.instrument_id, l.state, l.probability, 2
            FROM links l JOIN proposal_instruments i ON i.proposal_id = l.right_id
            WHERE l.relation = 'publication-proposal' AND l.state <> 'rejected'
              AND (coalesce(i.allocated_hours, 0) > 0 OR NOT EXISTS (
                    SELECT 1 FROM proposal_instruments o
                    WHERE o.proposal_id = i.proposal_id AND coalesce(o.allocated_hours, 0) > 0))
            UNION ALL
            SELECT l.left_id, l.right_id, l.state, l.probability, 3
            FROM links l WHERE l.relation = 'publication-instrument' AND l.state <> 'rejected'
        ),
        counted AS (
            SELECT publication_id AS paper, min(rule) AS first_rule FROM found
            WHERE state IN ('validated', 'auto') AND instrument_id IS NOT NULL GROUP BY publication_id
        ),
        best AS (
            SELECT publication_id, instrument_id, min(rule) AS rule, max(probability) AS probability,
                   bool_or(state = 'validated') AS strict,
                   bool_or(state IN ('validated', 'auto')) AS standard,
                   bool_or(state IN ('validated', 'auto') OR probability >= 0.9) AS wide
            FROM found LEFT JOIN counted ON paper = publication_id
            WHERE instrument_id IS NOT NULL AND (first_rule IS NULL OR rule = first_rule OR state = 'candidate')
            GROUP BY publication_id, instrument_id
        )
        SELECT best.*, 'public' AS visibility,
               CASE WHEN strict THEN 1.0 / sum(strict::INT) OVER paper END AS share_strict,
               CASE WHEN standard THEN 1.0 / sum(standard::INT) OVER paper END AS share_standard,
               CASE WHEN wide THEN 1.0 / sum(wide::INT) OVER paper END AS share_wide
        FROM best WINDOW paper AS (PARTITION BY publication_id)
        """,
        follows_decisions=True,
        by_level=True,
    ),
    Derived(
        "works",
        "Publications with what the counting needs: linked under each policy, known countries, of a type that counts.",
        """
        SELECT p.*, coalesce(l.strict, false) AS linked_strict, coalesce(l.standard, false) AS linked_standard,
               coalesce(l.wide, false) AS linked_wide, coalesce(c.countries, 0) AS countries,
               p.type IN ('JOURNAL_ARTICLE', 'PROCEEDINGS_ARTICLE', 'BOOK', 'BOOK_CHAPTER', 'THESIS', 'DATA_PAPER')
                   AND NOT p.retracted AS countable
        FROM publications p
        LEFT JOIN (
            SELECT left_id, bool_or(state = 'validated') AS strict, bool_or(state IN ('validated', 'auto')) AS standard,
                   bool_or(state IN ('validated', 'auto') OR probability >= 0.9) AS wide
            FROM links WHERE state <> 'rejected' AND relation IN
                ('publication-proposal', 'publication-experiment', 'publication-instrument')
            GROUP BY left_id
        ) l ON l.left_id = p.id
        LEFT JOIN (
            SELECT publication_id, count(*) AS countries FROM publication_countries
            WHERE country <> 'unknown' GROUP BY publication_id
        ) c ON c.publication_id = p.id
        """,
        follows_decisions=True,
        by_level=True,
    ),
)
