"""Validated matches as a list to take along: which publication from which proposal, who said so, when and why."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import Link, Proposal, ProposalTime, Publication
from puma.listing.candidates import links_seen
from puma.listing.portions import AT_ONCE, ExportRow, Portions, Whole, confidential_links, streamed, taker
from puma.storage import Storage
from puma.text import plain

COLUMNS = (
    "publication_doi", "publication_title", "published", "proposal", "proposal_title", "instruments", "probability",
    "decided_by", "decided_on",
)  # fmt: skip
RELATIONS = ("publication-proposal",)
Years = tuple[int | None, int | None]


def validated(storage: Storage, viewer: Viewer, *, instrument: int | None = None, years: Years = (None, None)) -> Whole:
    """The links that somebody validated and that still stand, the newest decision first. Scientists and above."""
    viewer.must_be("scientist", "Exporting validated matches")
    links = _links(viewer, instrument, years)
    taken = taker(viewer, "validated matches", confidential_links)
    found = Portions(COLUMNS, partial(_numbers, links), partial(_rows, links), taken)
    return Whole("links", COLUMNS, streamed(storage, found), found)


def how_many_validated(
    storage: Storage, viewer: Viewer, *, instrument: int | None = None, years: Years = (None, None)
) -> int:
    """The rows of that list, without reading them."""
    links = _links(viewer, instrument, years)
    with storage.reading() as session:
        return session.scalar(select(func.count()).select_from(links.with_only_columns(Link.id).subquery())) or 0


def _links(viewer: Viewer, instrument: int | None, years: Years) -> Select[Any]:
    return links_seen(viewer, RELATIONS, instrument, years).where(Link.state == "validated")


def _numbers(links: Select[Any], session: Session) -> "array[int]":
    numbers = links.with_only_columns(Link.id).order_by(Link.decided_at.desc(), Link.id.desc())
    return array("q", session.scalars(numbers.execution_options(yield_per=10 * AT_ONCE)))


def _rows(links: Select[Any], session: Session, numbers: Sequence[int]) -> list[ExportRow]:
    """The links of these numbers, in their order."""
    told = (
        Link.id, Link.probability, Link.decided_by, Link.decided_at, Publication.doi,
        Publication.title.label("left_title"), Publication.published_on, Publication.year,
        Proposal.id.label("right_id"), Proposal.code, Proposal.title,
    )  # fmt: skip
    query = (
        links.join(Publication, Publication.id == Link.left_id)
        .join(Proposal, Proposal.id == Link.right_id)
        .with_only_columns(*told, maintain_column_froms=True)
    )
    found = {row.id: row for row in session.execute(query.where(Link.id.in_(numbers)))}
    machines = _instruments(session, {row.right_id for row in found.values()})
    return [
        {
            "publication_doi": row.doi or "",
            "publication_title": plain(row.left_title or ""),
            "published": f"{row.published_on:%Y-%m-%d}" if row.published_on else str(row.year or ""),
            "proposal": row.code,
            "proposal_title": plain(row.title or ""),
            "instruments": "; ".join(machines[row.right_id]),
            "probability": round(row.probability, 4),
            "decided_by": row.decided_by or "",
            "decided_on": row.decided_at,
        }
        for row in (found[number] for number in numbers if number in found)
    ]


def _instruments(session: Session, proposals: Collection[int]) -> Mapping[int, Mapping[str, None]]:
    """The instruments of each proposal, each once, in the order of their times."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    query = select(ProposalTime.proposal_id, ProposalTime.instrument_name).where(
        ProposalTime.proposal_id.in_(proposals)
    )
    for number, name in session.execute(query.order_by(ProposalTime.id)):
        if name:
            found[number][name] = None
    return found
