"""Versions and suspected duplicates of publications in the database, as relations; nothing is merged here."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from puma.entities import Authorship, Decision, Identifier, Publication, PublicationVersion, Record
from puma.linking.prepared import Among, Prepared
from puma.matching.duplicates.kept import Kept, look_again
from puma.matching.duplicates.pairs import AUTHORS, Described
from puma.matching.duplicates.twins import Twin
from puma.storage import chunks, insert_rows, update_rows

DUPLICATE = "duplicate"
"""Relation of two records that may be one publication: a person merges them or says that they are two."""
OTHERS = ("pmid", "pmcid", "arxiv", "isbn", "bibcode", "hal")


@dataclass(frozen=True, slots=True)
class Row:
    """A relation as it is stored; evidence: list of {kind, points, detail}, which sum to the log-odds."""

    publication_id: int
    version_of_id: int
    relation: str
    probability: float
    evidence: list[dict[str, Any]]

    @property
    def key(self) -> tuple[int, int, str]:
        """What makes it another relation."""
        return self.publication_id, self.version_of_id, self.relation


def as_rows(session: Session, twins: list[Twin]) -> list[Row]:
    """What was found as relations to store; pairs said to be distinct are left out."""
    return wanted(twins, _distinct(session))


def find_again(session: Session, kept: Kept, works: Collection[int]) -> list[Row]:
    """The relations of which one side is one of these publications: all that are new, changed or gone since.

    They are those of a full look, with the rarities of words, and the meetings of journals, of the last one.
    """
    fresh = described(session, works)
    return as_rows(session, look_again(kept, fresh, works, lambda some: described(session, some)))


def wanted(twins: list[Twin], distinct: set[frozenset[int]]) -> list[Row]:
    """The relation of each pair; what a person said to be two publications is no suspected duplicate any more."""
    rows = []
    for twin in twins:
        relation = twin.kind if twin.verdict == "version" else DUPLICATE
        if relation != DUPLICATE or frozenset((twin.left_id, twin.right_id)) not in distinct:
            lines = [  # + 0.0: one of the two databases knows no negative nought
                {"kind": kind, "points": round(points, 3) + 0.0, "detail": said} for kind, points, said in twin.evidence
            ]
            rows.append(Row(twin.left_id, twin.right_id, relation, twin.probability, lines))
    return sorted(rows, key=lambda row: row.key)


def store_versions(session: Session, rows: list[Row], works: Collection[int] | None = None) -> dict[str, int]:
    """Make the stored relations be these; only what differs is written. works: relations of others stay."""
    held = {
        (row.publication_id, row.version_of_id, row.relation): row
        for row in _relations(session, works)
        if works is None or row.publication_id in works or row.version_of_id in works
    }
    kept = {row.key for row in rows}
    stale = sorted(row.id for key, row in held.items() if key not in kept)
    for some in chunks(stale):
        session.execute(delete(PublicationVersion).where(PublicationVersion.id.in_(some)))
    fresh = [row for row in rows if row.key not in held]
    insert_rows(session, PublicationVersion, [asdict(row) for row in fresh])
    changed = [
        {"id": before.id, "probability": row.probability, "evidence": row.evidence}
        for row in rows
        if (before := held.get(row.key)) and (before.probability, before.evidence) != (row.probability, row.evidence)
    ]
    update_rows(session, PublicationVersion, changed)
    counted = dict(session.execute(_counted()).all())
    return {
        "versions": counted.get(False, 0),
        "duplicates_suspected": counted.get(True, 0),
        "versions_added": len(fresh),
        "versions_changed": len(changed),
        "versions_removed": len(stale),
    }


@Prepared
def _relations(among: Among) -> Select[*tuple[Any, ...]]:
    return select(
        PublicationVersion.id, PublicationVersion.publication_id, PublicationVersion.version_of_id,
        PublicationVersion.relation, PublicationVersion.probability, PublicationVersion.evidence,
    ).where(or_(among(PublicationVersion.publication_id), among(PublicationVersion.version_of_id)))  # fmt: skip


@cache
def _counted() -> Select[bool, int]:
    suspected = PublicationVersion.relation == DUPLICATE
    return select(suspected, func.count()).group_by(suspected)


def described(session: Session, some: Collection[int] | None = None) -> list[Described]:
    """What is known of all publications that are there, or of some, in rising order."""
    authors: dict[int, list[str]] = defaultdict(list)
    for number, name in _authors(session, some):
        authors[number].append(name)
    others: dict[int, set[str]] = {}
    for number, scheme, value in _identifiers(session, some):
        others.setdefault(number, set()).add(f"{scheme}:{value}")
    return [
        Described(
            number, title, tuple(authors.get(number, ())), year, journal or "", kind, volume or "", pages or "", doi,
            frozenset(others.get(number, ())),
        )
        for number, title, year, journal, kind, volume, pages, doi in _publications(session, some)
        if some is None or number in some
    ]  # fmt: skip


@Prepared
def _authors(among: Among) -> Select[int, str]:
    return (
        select(Authorship.record_id, Authorship.name)
        .where(Authorship.position <= AUTHORS, among(Authorship.record_id))
        .order_by(Authorship.record_id, Authorship.position)
    )


@Prepared
def _identifiers(among: Among) -> Select[int, str, str]:
    # only publications have these; asked for the kind, SQLite goes through all of the kind
    wide = select(Identifier.record_id, Identifier.scheme, Identifier.value)
    return wide.where(Identifier.scheme.in_(OTHERS), among(Identifier.record_id))


@Prepared
def _publications(among: Among) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Publication.id, Publication.title, Publication.year, Publication.journal, Publication.type,
            Publication.volume, Publication.pages, Publication.doi,
        )
        .join(Record, Record.id == Publication.id)
        .where(Record.deleted_at.is_(None), Record.merged_into_id.is_(None), among(Publication.id))
        .order_by(Publication.id)
    )  # fmt: skip


def _distinct(session: Session) -> set[frozenset[int]]:
    """Pairs that a person said to be two publications, or took apart, unless that was taken back."""
    return {frozenset((left, right)) for left, right in _told_apart(session) if right is not None}


@Prepared
def _told_apart(among: Among) -> Select[int, int | None]:
    undone = select(Decision.undoes_id).where(Decision.undoes_id.is_not(None))
    return select(Decision.left_id, Decision.right_id).where(
        Decision.verdict.in_(("distinct", "split")), Decision.id.not_in(undone), among(Decision.id)
    )
