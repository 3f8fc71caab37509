"""Two records of one publication side by side: what they would be as one, and which others there are to pick from."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.entities import Authorship, CollectionItem, File, Identifier, Keyword, Link, Publication, Record, Relation
from puma.identifiers import clean_arxiv, clean_doi
from puma.listing.doubts import told_apart
from puma.listing.provenance import ranked_claims
from puma.listing.record import Named
from puma.listing.taken_apart import Parted, as_told, count_of, keys_of
from puma.storage import Storage
from puma.text import plain
from puma.visibility import exists_for

ROLE = "user_office"


@dataclass(frozen=True, slots=True)
class OnePublication:
    """What two publications made one would be. whole: the united record.

    links: of the other one that would move; links_of_both: those to what the kept one is linked with already. dois: two
    different ones, which forbid it. apart: somebody said that they are two, or took them apart.
    """

    keep: Parted
    other: Parted
    whole: Parted
    links: int
    links_of_both: int
    keywords: int
    collections: int
    dois: tuple[str, ...]
    apart: bool


def one_publication(storage: Storage, viewer: Viewer, keep_id: int, other_id: int) -> OnePublication | None:
    """What would come of making two publications one; None when there are no two such."""
    viewer.must_be(ROLE, "Merging publications")
    with storage.reading() as session:
        query = (
            select(Publication.id, Publication.doi)
            .join(Record, Record.id == Publication.id)
            .where(Publication.id.in_((keep_id, other_id)), exists_for(viewer))
        )
        dois = {number: doi or "" for number, doi in session.execute(query)}
        if len(dois) != 2:
            return None
        told = {number: ranked_claims(session, number) for number in dois}
        keep, other = (
            replace(
                as_told(
                    told[number], keys_of(told[number]), count_of(session, File, File.of_id == number),
                    count_of(session, Relation, Relation.target_id == number),
                ),
                doi=dois[number],
            )
            for number in (keep_id, other_id)
        )  # fmt: skip
        both = sorted(told[keep_id] + told[other_id], key=lambda claim: claim[0])
        whole = as_told(both, keys_of(both), keep.files + other.files, keep.cited_by + other.cited_by)
        there = aliased(Link)
        has = select(there.id).where(there.left_id == keep_id, there.right_id == Link.right_id).exists()
        stands = Link.left_id == other_id, Link.state != "rejected"
        return OnePublication(
            keep,
            other,
            replace(whole, doi=keep.doi or other.doi),
            count_of(session, Link, *stands, ~has),
            count_of(session, Link, *stands, has),
            count_of(session, Keyword, Keyword.record_id == other_id, Keyword.added_by.is_not(None)),
            count_of(session, CollectionItem, CollectionItem.record_id == other_id),
            tuple(sorted(dois.values())) if keep.doi and other.doi and keep.doi != other.doi else (),
            (min(keep_id, other_id), max(keep_id, other_id)) in told_apart(session),
        )


def find_publications(storage: Storage, viewer: Viewer, words: str, limit: int = 20) -> list[Named]:
    """Publications of this identifier, number or beginning of a DOI, then those whose title holds all the words."""
    viewer.must_be(ROLE, "Looking for publications")
    text = words.strip()
    wanted = text.casefold().split()[:8]
    if not wanted:
        return []
    base = select(Publication.id).join(Record, Record.id == Publication.id).where(exists_for(viewer))
    with storage.reading() as session:
        names = {clean_doi(text), clean_arxiv(text), text} - {None}
        called = select(Identifier.record_id).where(Identifier.kind == "publication", Identifier.value.in_(names))
        own: list[ColumnElement[bool]] = [Publication.id.in_(called), Publication.doi.in_(names)]
        if text.isascii() and text.isdigit() and len(text) < 16:
            own.append(Publication.id == int(text))
        if text.startswith("10."):
            own.append(Publication.doi.startswith(text.casefold(), autoescape=True))
        titled = (func.lower(Publication.title).contains(word, autoescape=True) for word in wanted)
        ways = (
            base.where(or_(*own)).order_by(Publication.id),
            base.where(*titled).order_by(func.length(Publication.title), Publication.id),
        )
        numbers = list(dict.fromkeys(n for way in ways for n in session.scalars(way.limit(limit))))[:limit]
        found = _described(session, numbers)
    saw_records(storage, viewer, "publications to choose from", numbers)
    return found


def _described(session: Session, numbers: list[int]) -> list[Named]:
    first = dict(
        session.execute(
            select(Authorship.record_id, Authorship.family_name)
            .where(Authorship.record_id.in_(numbers))
            .order_by(Authorship.record_id, Authorship.position.desc())
        ).all()
    )
    columns = Publication.id, Publication.title, Publication.year, Publication.doi
    rows = {row.id: row for row in session.execute(select(*columns).where(Publication.id.in_(numbers)))}
    return [
        Named(
            plain(rows[number].title) or f"Record {number}", number,
            ", ".join(str(part) for part in (first.get(number), rows[number].year, rows[number].doi) if part),
            "publication",
        )
        for number in numbers
    ]  # fmt: skip
