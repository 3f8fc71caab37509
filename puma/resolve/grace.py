"""Accepted proposals that become public when their time of grace is over, where the facility says after how long."""

from calendar import monthrange
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from puma.entities import Call, Experiment, Proposal, Record
from puma.resolve.secrecy import secret_proposal
from puma.storage import update_rows


def open_accepted(session: Session, months: int, at: datetime) -> list[int]:
    """Make accepted proposals public ``months`` months after their last experiment ended, or, where none has a day,
    after the cycle of their call; 0: none is. What should not be public is not any more. Returns what changed.

    Their sessions and files stay as they were. Refused, withdrawn, reserve, confidential and industrial proposals, and
    those of which the decision is not known, are never opened.
    """
    is_public = Record.visibility == "public"
    right = _over(session, _before(at.date(), months)) if months else set[int]()
    query = select(Record.id).where(Record.kind == "proposal")
    known = set(session.scalars(query.where(is_public)))
    closed = set(session.scalars(query.where(Record.visibility == "restricted")))
    to_open, to_close = sorted(right - known - closed), sorted(known - right)
    update_rows(
        session,
        Record,
        [{"id": number, "visibility": "public", "changed_at": at} for number in to_open]
        + [{"id": number, "visibility": "internal", "changed_at": at} for number in to_close],
    )
    return sorted((*to_open, *to_close))


def _over(session: Session, day: date) -> set[int]:
    """Accepted proposals, none of them secret, whose last experiment or cycle ended before a day."""
    session_record = aliased(Record)
    ended = (
        select(Experiment.proposal_id, func.max(func.coalesce(Experiment.ends_at, Experiment.starts_at)).label("last"))
        .join(session_record, session_record.id == Experiment.id)
        .where(session_record.deleted_at.is_(None), session_record.merged_into_id.is_(None))
        .group_by(Experiment.proposal_id)
        .subquery()
    )
    secret = select(Proposal.id).where(secret_proposal())
    rows = session.execute(
        select(Proposal.id, ended.c.last, Call.cycle_ends_on)
        .outerjoin(ended, ended.c.proposal_id == Proposal.id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(Proposal.decision == "accepted", Proposal.id.not_in(secret))
    )
    lasts = ((number, last.date() if last else cycle) for number, last, cycle in rows)
    return {number for number, last in lasts if last is not None and last < day}


def _before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
