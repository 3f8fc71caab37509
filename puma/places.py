"""Places: every institution that an affiliation as written names; where a person decided, that one alone."""

from collections.abc import Collection

from sqlalchemy import CompoundSelect, Select, select, union, union_all

from puma.entities import Affiliation, AffiliationInstitution, Institution

_further = (
    select(AffiliationInstitution.affiliation_id, AffiliationInstitution.institution_id, Institution.country)
    .join(Affiliation, Affiliation.id == AffiliationInstitution.affiliation_id)
    .join(Institution, Institution.id == AffiliationInstitution.institution_id)
    .where(Affiliation.decided_by.is_(None))
)

PLACES = union_all(
    select(Affiliation.id.label("affiliation_id"), Affiliation.institution_id, Affiliation.country), _further
).subquery()
"""A row for each affiliation and institution; without an institution for what was not resolved."""


def further_places(affiliations: Collection[int]) -> Select[Institution]:
    """The institutions that these affiliations name beside their first one."""
    there = _further.where(AffiliationInstitution.affiliation_id.in_(affiliations))
    numbers = there.with_only_columns(AffiliationInstitution.institution_id, maintain_column_froms=True)
    return select(Institution).where(Institution.id.in_(numbers)).order_by(Institution.id)


def meaning(institutions: Collection[int]) -> CompoundSelect[tuple[int]]:
    """The numbers of the affiliations that name one of these institutions."""
    first = select(Affiliation.id).where(Affiliation.institution_id.in_(institutions))
    others = _further.where(AffiliationInstitution.institution_id.in_(institutions))
    return union(first, others.with_only_columns(AffiliationInstitution.affiliation_id, maintain_column_froms=True))
