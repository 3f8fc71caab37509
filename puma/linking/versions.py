"""Versions and suspected duplicates of publications in the database, as relations; nothing is merged here."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from puma.entities import Authorship, Decision, Identifier, Publication, PublicationVersion, Record
from puma.matching.duplicates.pairs import AUTHORS, Described
from puma.matching.duplicates.twins import Twin, find_twins
from puma.storage import chunks, insert_rows

DUPLICATE = "duplicate"
"""Relation of two records that may be one publication: a person merges them or says that they are two."""
OTHERS = ("pmid", "pmcid", "arxiv", "isbn", "bibcode", "hal")

Row = tuple[int, int, str]


def find_versions(session: Session) -> list[Row]:
    """(publication, version of, relation) for all publications that exist; pairs said to be distinct are left out."""
    works = _described(session)
    return wanted(find_twins(works), _distinct(session))


def wanted(twins: list[Twin], distinct: set[frozenset[int]]) -> list[Row]:
    """The relation of each pair; what a person said to be two publications is no suspected duplicate any more."""
    rows = []
    for twin in twins:
        relation = twin.kind if twin.verdict == "version" else DUPLICATE
        if relation != DUPLICATE or frozenset((twin.left_id, twin.right_id)) not in distinct:
            rows.append((twin.left_id, twin.right_id, relation))
    return sorted(rows)


def store_versions(session: Session, rows: list[Row]) -> dict[str, int]:
    """Make the stored relations be these; only what differs is written."""
    held = {
        (row.publication_id, row.version_of_id, row.relation): row.id
        for row in session.execute(
            select(
                PublicationVersion.id, PublicationVersion.publication_id, PublicationVersion.version_of_id,
                PublicationVersion.relation,
            )
        )
    }  # fmt: skip
    stale = sorted(number for key, number in held.items() if key not in set(rows))
    for some in chunks(stale):
        session.execute(delete(PublicationVersion).where(PublicationVersion.id.in_(some)))
    fresh = [row for row in rows if row not in held]
    names = ("publication_id", "version_of_id", "relation")
    insert_rows(session, PublicationVersion, [dict(zip(names, row, strict=True)) for row in fresh])
    return {
        "versions": sum(row[2] != DUPLICATE for row in rows),
        "duplicates_suspected": sum(row[2] == DUPLICATE for row in rows),
        "versions_added": len(fresh),
        "versions_removed": len(stale),
    }


def _described(session: Session) -> list[Described]:
    authors: dict[int, list[str]] = {}
    for number, name in session.execute(
        select(Authorship.record_id, Authorship.name)
        .where(Authorship.position <= AUTHORS)
        .order_by(Authorship.record_id, Authorship.position)
    ):
        authors.setdefault(number, []).append(name)
    others: dict[int, set[str]] = {}
    for number, scheme, value in session.execute(
        select(Identifier.record_id, Identifier.scheme, Identifier.value).where(
            Identifier.kind == "publication", Identifier.scheme.in_(OTHERS)
        )
    ):
        others.setdefault(number, set()).add(f"{scheme}:{value}")
    rows = session.execute(
        select(
            Publication.id, Publication.title, Publication.year, Publication.journal, Publication.type,
            Publication.volume, Publication.pages, Publication.doi,
        )
        .join(Record, Record.id == Publication.id)
        .where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None))
        .order_by(Publication.id)
    )  # fmt: skip
    return [
        Described(
            row.id, row.title, tuple(authors.get(row.id, ())), row.year, row.journal or "", row.type, row.volume or "",
            row.pages or "", row.doi, frozenset(others.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def _distinct(session: Session) -> set[frozenset[int]]:
    """Pairs that a person said to be two publications, unless that was taken back."""
    undone = select(Decision.undoes_id).where(Decision.undoes_id.is_not(None))
    rows = session.execute(
        select(Decision.left_id, Decision.right_id).where(Decision.verdict == "distinct", Decision.id.not_in(undone))
    )
    return {frozenset((left, right)) for left, right in rows if right is not None}
