"""Two records of one publication side by side: what would move when they are made one."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import CollectionItem, File, HarvestSource, Keyword, Link, Publication, Record, Relation, StoredClaim
from puma.listing.record import Named
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class OnePublication:
    """What two publications made one would be. sources: that tell of the other one, and then of the kept one.

    links: those that would move; links_of_both: those to what the kept one is linked with already. dois: two different
    ones, which forbid it.
    """

    keep: Named
    other: Named
    sources: tuple[str, ...]
    links: int
    links_of_both: int
    files: int
    keywords: int
    collections: int
    cited_by: int
    dois: tuple[str, ...]


def one_publication(storage: Storage, viewer: Viewer, keep_id: int, other_id: int) -> OnePublication | None:
    """What would come of making two publications one; None when there are no two such."""
    viewer.must_be("user_office", "Merging publications")
    with storage.reading() as session:
        query = (
            select(Publication)
            .join(Record, Record.id == Publication.id)
            .where(Publication.id.in_((keep_id, other_id)), exists_for(viewer))
        )
        rows = {row.id: row for row in session.scalars(query)}
        if len(rows) != 2:
            return None
        keep, other = (
            Named(plain(rows[number].title), number, rows[number].doi or "", "publication")
            for number in (keep_id, other_id)
        )
        there = aliased(Link)
        has = select(there.id).where(there.left_id == keep_id, there.right_id == Link.right_id).exists()
        stands = Link.left_id == other_id, Link.state != "rejected"
        dois = {str(row.doi) for row in rows.values() if row.doi}
        return OnePublication(
            keep,
            other,
            tuple(
                session.scalars(
                    select(HarvestSource.name)
                    .join(StoredClaim, StoredClaim.source_id == HarvestSource.id)
                    .where(StoredClaim.record_id == other_id)
                    .distinct()
                    .order_by(HarvestSource.name)
                )
            ),
            _count(session, Link, *stands, ~has),
            _count(session, Link, *stands, has),
            _count(session, File, File.of_id == other_id),
            _count(session, Keyword, Keyword.record_id == other_id, Keyword.added_by.is_not(None)),
            _count(session, CollectionItem, CollectionItem.record_id == other_id),
            _count(session, Relation, Relation.target_id == other_id),
            tuple(sorted(dois)) if len(dois) > 1 else (),
        )


def _count(session: Session, entity: type, *which: object) -> int:
    return session.scalar(select(func.count()).select_from(entity).where(*which)) or 0  # type: ignore[arg-type]  # SQL
