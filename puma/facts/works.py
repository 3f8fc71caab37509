"""What a snapshot copies of publications and data: authors, keywords, relations, links and what others say of them."""

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from puma.access import CONFIDENTIAL
from puma.entities import (
    Authorship,
    AuthorshipAffiliation,
    Dataset,
    FairAnswer,
    HarvestSource,
    Institution,
    Keyword,
    Link,
    PeerCredit,
    Publication,
    PublicationVersion,
    Record,
    Relation,
    StoredClaim,
)
from puma.entities.record import GIVEN
from puma.facts.kinds import Copied
from puma.facts.seen import SEEN, live
from puma.places import PLACES

_left, _right = aliased(Record), aliased(Record)

_both_secret = (_left.visibility == CONFIDENTIAL) & (_right.visibility == CONFIDENTIAL)

NO_TOPICS = ("AWARD", "FUNDER", "FUNDING", "GRANT", "INSTRUMENT", "PROJECT", GIVEN)
"""Namespaces of keywords that say who paid, with what, or what people here noted."""

WORKS: tuple[Copied, ...] = (
    Copied(
        "publications",
        "Publications that stand.",
        live(
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
        "datasets",
        "Datasets that stand.",
        live(
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
        "publication_keywords",
        "Subject fields, subject headings and keywords of publications as their sources write them.",
        live(Keyword.record_id.label("publication_id"), Keyword.namespace.label("vocabulary"), Keyword.value, SEEN)
        .join(Record, Record.id == Keyword.record_id)
        .where(Record.kind == "publication", Keyword.namespace.not_in(NO_TOPICS)),
    ),
    Copied(
        "peer_credits",
        "What other installations say of publications: which facility there is credited; peer: the source that told.",
        live(
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
    Copied(
        "fair_answers",
        "Answers of the FAIR self-assessments in order; the newest of a question stands.",
        select(FairAnswer.id, FairAnswer.record_id, FairAnswer.year, FairAnswer.question, FairAnswer.answer),
        follows_decisions=True,
    ),
)
