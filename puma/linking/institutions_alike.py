"""Institutions of the database that may be one: found in a matching and stored for people to decide on."""

from collections import defaultdict
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from puma.entities import Institution, InstitutionName, InstitutionPair, Record
from puma.matching.institutions.alike import Known, Pair, alike
from puma.storage import chunks, insert_rows


def find_alike(session: Session) -> list[Pair]:
    """Pairs that may be one, of the institutions that stand."""
    stands = Record.deleted_at.is_(None), Record.merged_into_id.is_(None)
    rows = session.execute(
        select(Institution.id, Institution.name, Institution.ror, Institution.country, Institution.city)
        .join(Record, Record.id == Institution.id)
        .where(*stands)
        .order_by(Institution.id)
    ).all()
    if all(row.ror for row in rows):
        return []  # the registry alone: nobody's own list is to be compared with it
    names: dict[int, list[str]] = defaultdict(list)
    query = select(InstitutionName.institution_id, InstitutionName.name).where(InstitutionName.kind != "acronym")
    for number, name in session.execute(query.order_by(InstitutionName.id)):
        names[number].append(name)
    return alike(
        [Known(row.id, (row.name, *names[row.id]), row.country, row.city, local=row.ror is None) for row in rows]
    )


def store_alike(session: Session, pairs: list[Pair]) -> int:
    """Make the stored pairs be these; returns how many rows were written or removed."""
    wanted: dict[tuple[int, int], tuple[float, list[dict[str, Any]]]] = {
        (pair.left, pair.right): (
            pair.probability, [{"kind": kind, "points": points} for kind, points in pair.evidence]
        )
        for pair in pairs
    }  # fmt: skip
    columns = (
        InstitutionPair.id, InstitutionPair.left_id, InstitutionPair.right_id, InstitutionPair.probability,
        InstitutionPair.evidence,
    )  # fmt: skip
    rows = session.execute(select(*columns))
    held = {(left, right): (row, (chance, told)) for row, left, right, chance, told in rows}
    stale = sorted(row for key, (row, said) in held.items() if wanted.get(key) != said)
    for some in chunks(stale):
        session.execute(delete(InstitutionPair).where(InstitutionPair.id.in_(some)))
    fresh = [key for key, said in wanted.items() if key not in held or held[key][1] != said]
    names = ("left_id", "right_id", "probability", "evidence")
    insert_rows(session, InstitutionPair, [dict(zip(names, (*key, *wanted[key]), strict=True)) for key in fresh])
    return len(stale) + len(fresh)
