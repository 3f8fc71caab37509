"""Validated matches as a list to take along: which publication from which proposal, who said so, when and why."""

from collections.abc import Iterator
from functools import partial

from puma.access import Viewer
from puma.accounts.audit import confidential_among, exported
from puma.listing.candidates import candidates
from puma.listing.whole import ExportRow, Whole
from puma.storage import Storage

AT_ONCE = 500
COLUMNS = (
    "publication_doi", "publication_title", "published", "proposal", "proposal_title", "instruments", "probability",
    "decided_by", "decided_on",
)  # fmt: skip


def validated(
    storage: Storage,
    viewer: Viewer,
    *,
    instrument: int | None = None,
    years: tuple[int | None, int | None] = (None, None),
) -> Whole:
    """The links that somebody validated and that still stand, the newest decision first. Scientists and above."""
    viewer.must_be("scientist", "Exporting validated matches")
    find = partial(candidates, storage, viewer, state="validated", instrument=instrument, years=years, order="newest")

    def rows() -> Iterator[ExportRow]:
        offset, secret = 0, 0
        while page := find(offset=offset, limit=AT_ONCE).items:
            offset += len(page)
            secret += confidential_among(storage, {one.right.record_id for one in page})
            for one in page:
                yield {
                    "publication_doi": one.left.code_or_doi,
                    "publication_title": one.left.title,
                    "published": one.left.date,
                    "proposal": one.right.code_or_doi,
                    "proposal_title": one.right.title,
                    "instruments": "; ".join(one.right.instruments),
                    "probability": round(one.probability, 4),
                    "decided_by": one.decided_by,
                    "decided_on": one.decided_at,
                }
        exported(storage, viewer, "validated matches", secret)

    return Whole("links", COLUMNS, rows())
