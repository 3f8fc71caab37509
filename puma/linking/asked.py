"""What is asked of the database to gather publications and proposals, of some of them or of all."""

from datetime import date, datetime

from sqlalchemy import Select, select

from puma.entities import (
    Affiliation,
    AuthorshipAffiliation,
    Experiment,
    ExperimentParticipant,
    Participant,
    Proposal,
    ProposalTime,
    Publication,
    Record,
    Relation,
)
from puma.linking.prepared import Among, Prepared


@Prepared
def gone(among: Among) -> Select[int]:
    gone = Record.deleted_at.is_not(None) | Record.merged_into_id.is_not(None)
    return select(Record.id).where(gone, among(Record.id))


@Prepared
def deleted(among: Among) -> Select[int]:
    return select(Record.id).where(among(Record.id), Record.deleted_at.is_not(None))


_RESOLVED = select(Affiliation.id, Affiliation.institution_id).where(Affiliation.institution_id.is_not(None))


@Prepared
def all_resolved(among: Among) -> Select[int, int | None]:
    return _RESOLVED.where(among(Affiliation.id))


@Prepared
def resolved_of_works(among: Among) -> Select[int, int | None]:
    told = select(AuthorshipAffiliation.affiliation_id).where(among(AuthorshipAffiliation.record_id))
    return _RESOLVED.where(Affiliation.id.in_(told))


@Prepared
def resolved_of_teams(among: Among) -> Select[int, int | None]:
    told = select(Participant.affiliation_id).where(among(Participant.proposal_id))
    return _RESOLVED.where(Affiliation.id.in_(told))


@Prepared
def publications(among: Among) -> Select[int]:
    return select(Publication.id).where(among(Publication.id))


@Prepared
def beam_times(among: Among) -> Select[int, int | None]:
    wide = select(ProposalTime.proposal_id, ProposalTime.instrument_id)
    return wide.where(ProposalTime.instrument_id.is_not(None), among(ProposalTime.proposal_id))


@Prepared
def experiments(among: Among) -> Select[int, int | None, int | None, int | None, datetime | None]:
    return (
        select(
            Experiment.id, Experiment.facility_id, Experiment.proposal_id, Experiment.instrument_id,
            Experiment.starts_at,
        )
        .where(among(Experiment.proposal_id))
        .order_by(Experiment.id)
    )  # fmt: skip


@Prepared
def homes(among: Among) -> Select[int, int | None]:
    wide = select(Participant.proposal_id, Participant.affiliation_id)
    return wide.where(Participant.affiliation_id.is_not(None), among(Participant.proposal_id))


@Prepared
def proposals(among: Among) -> Select[int, int | None, str, str, str | None, date | None, int | None, str | None]:
    return (
        select(
            Proposal.id, Proposal.facility_id, Proposal.code, Proposal.title, Proposal.abstract,
            Proposal.deposited_on, Proposal.operation_year, Proposal.decision,
        )
        .where(among(Proposal.id))
        .order_by(Proposal.id)
    )  # fmt: skip


@Prepared
def roles(among: Among) -> Select[int, int, str | None]:
    return (
        select(Participant.id, Participant.proposal_id, Participant.role)
        .where(among(Participant.proposal_id))
        .order_by(Participant.proposal_id, Participant.position)
    )


@Prepared
def on_experiments(among: Among) -> Select[int, int | None]:
    wide = select(ExperimentParticipant.experiment_id, ExperimentParticipant.person_id)
    return wide.where(ExperimentParticipant.person_id.is_not(None), among(ExperimentParticipant.experiment_id))


@Prepared
def written(among: Among) -> Select[int, int]:
    wide = select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.affiliation_id)
    return wide.where(among(AuthorshipAffiliation.record_id))


@Prepared
def told(among: Among) -> Select[int, str, str | None, date | None, str | None, str | None, str | None]:
    return (
        select(
            Publication.id, Publication.title, Publication.abstract, Publication.published_on,
            Publication.published_precision, Publication.proposals_stated, Publication.instruments_stated,
        )
        .where(among(Publication.id))
        .order_by(Publication.id)
    )  # fmt: skip


@Prepared
def dois(among: Among) -> Select[int, str]:
    wide = select(Relation.record_id, Relation.value).where(Relation.scheme == "doi", among(Relation.record_id))
    return wide.order_by(Relation.id)
