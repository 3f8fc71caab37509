"""Papers that came out before the beam time of their proposal ended: links that count, and are probably wrong."""

from calendar import monthrange
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import Experiment, Link, Proposal, Publication, Record
from puma.listing.doubts import Doubt, Option, dismissed
from puma.text import plain
from puma.visibility import exists_for

AUTO = "auto"


def papers_before_beam(session: Session, viewer: Viewer) -> list[Doubt]:
    """Counted links whose paper is older than the end of the proposal's first delivered session, the worst first.

    A paper of which only the year is known counts as of its last day: what can be right is not asked. The link's number
    stands in the key, its state and the proposal in the one option.
    """
    left, right = aliased(Record), aliased(Record)
    first = (
        select(Experiment.proposal_id, func.min(func.coalesce(Experiment.ends_at, Experiment.starts_at)).label("day"))
        .join(Record, Record.id == Experiment.id)
        .where(Experiment.delivered_hours > 0, Experiment.starts_at.is_not(None), exists_for(viewer))
        .group_by(Experiment.proposal_id)
        .subquery()
    )
    query = (
        select(Link, Publication, Proposal.code, Proposal.title, first.c.day)
        .join(Publication, Publication.id == Link.left_id)
        .join(Proposal, Proposal.id == Link.right_id)
        .join(first, first.c.proposal_id == Proposal.id)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(
            Link.relation == "publication-proposal", Link.state.in_((AUTO, "validated")),
            Publication.year <= func.extract("year", first.c.day),
            exists_for(viewer, left), exists_for(viewer, right),
        )
    )  # fmt: skip
    gone = dismissed(session)
    found: list[tuple[int, Doubt]] = []
    for link, paper, code, title, ended in session.execute(query):
        day = _latest(paper)
        key = f"lag/{link.id}"
        if day is None or day >= ended.date() or key in gone:
            continue
        early = (ended.date() - day).days
        values = (("Published", str(paper.published_on or paper.year)), ("First beam time ended", f"{ended:%Y-%m-%d}"))
        state = "linked automatically" if link.state == AUTO else "somebody validated it"
        option = Option(f"{code}: {plain(title or '')}", link.state, link.right_id, values)
        doubt = Doubt(
            key, "lags", plain(paper.title or ""), 2, f"days before the beam time of {code} ended: {early}",
            paper.id, evidence=(state,), options=(option,), probability=link.probability,
        )  # fmt: skip
        found.append((early, doubt))
    return [doubt for _, doubt in sorted(found, key=lambda one: (-one[0], one[1].key))]


def _latest(paper: Publication) -> date | None:
    """The last day on which it can have come out, as far as it is known to the day, month or year."""
    day = paper.published_on
    if day is None or paper.published_precision == "year":
        return date(paper.year, 12, 31) if paper.year else None
    if paper.published_precision == "month":
        return day.replace(day=monthrange(day.year, day.month)[1])
    return day
