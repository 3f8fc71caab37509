"""A reviewer of earlier years: decides old candidates as somebody who knows the truth, so that pages have history."""

import csv
from pathlib import Path

from sqlalchemy import select

from puma.access import Viewer
from puma.decisions import decide_many
from puma.entities import Identifier, Link, Proposal, Publication
from puma.installation import Installation

OPEN_YEARS = 3  # candidates of the newest years are left for whoever tries the Review page
REASON = "decided by the sample facility's reviewer"


def review_earlier_years(installation: Installation, truth_csv: Path, last_year: int) -> tuple[int, int]:
    """Decide on candidates between publications and proposals of closed years. Returns (accepted, rejected)."""
    with truth_csv.open(encoding="utf-8") as file:
        true = {
            (row["proposal"], key)
            for row in csv.DictReader(file)
            for key in (row["publication_doi"].lower(), *row["publication_id"].split(";"))
            if key
        }
    query = (
        select(Link.id, Proposal.code, Publication.id, Publication.doi)
        .join(Publication, Publication.id == Link.left_id)
        .join(Proposal, Proposal.id == Link.right_id)
        .where(Link.state == "candidate", Publication.year <= last_year - OPEN_YEARS)
        .order_by(Link.id)
    )
    with installation.storage.reading() as session:
        rows = session.execute(query).all()
        names: dict[int, set[str]] = {}
        for number, value in session.execute(
            select(Identifier.record_id, Identifier.value).where(Identifier.scheme == "source")
        ):
            names.setdefault(number, set()).add(value)
    accept: list[int] = []
    reject: list[int] = []
    for link_id, code, publication_id, doi in rows:
        keys = {doi or "", *names.get(publication_id, ())}
        (accept if any((code, key) in true for key in keys) else reject).append(link_id)
    reviewer = Viewer("user_office", "EPNS reviewer")
    decide_many(installation.storage, reviewer, accept, "accept", reason=REASON)
    decide_many(installation.storage, reviewer, reject, "reject", reason=REASON)
    return len(accept), len(reject)
