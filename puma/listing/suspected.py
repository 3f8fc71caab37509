"""Pairs of persons, or of institutions, that the last matching suspects to be one and that nobody decided on."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.entities import InstitutionPair, PersonPair, Record
from puma.listing.doubts import told_apart
from puma.visibility import exists_for

Pair = tuple[int, int, float, tuple[tuple[str, float], ...]]
"""One, the other, the probability, and the points of each piece of evidence by its kind."""


def suspected(
    session: Session,
    viewer: Viewer,
    table: type[PersonPair] | type[InstitutionPair],
    number: int | None = None,
) -> list[Pair]:
    """The pairs of a table, the likeliest first, of all or of one record."""
    left, right = aliased(Record), aliased(Record)
    query = (
        select(table.left_id, table.right_id, table.probability, table.evidence)
        .join(left, left.id == table.left_id)
        .join(right, right.id == table.right_id)
        .where(exists_for(viewer, left), exists_for(viewer, right))
        .order_by(table.probability.desc(), table.left_id, table.right_id)
    )
    if number is not None:
        query = query.where(or_(table.left_id == number, table.right_id == number))
    apart = told_apart(session)
    return [
        (one, other, chance, tuple((line["kind"], line["points"]) for line in evidence))
        for one, other, chance, evidence in session.execute(query)
        if (min(one, other), max(one, other)) not in apart
    ]
