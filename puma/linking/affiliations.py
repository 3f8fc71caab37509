"""Affiliations of the database to institutions and countries; what a person decided stays."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.entities import Affiliation, Institution, InstitutionName, Record
from puma.matching.institutions import AffiliationText, InstitutionIndex, NameRow
from puma.storage import update_rows


def institution_index(session: Session) -> InstitutionIndex:
    """All institutions that are not closed as records, by all their names."""
    gone = select(Record.id).where(Record.kind == "institution", Record.deleted_at.is_not(None))
    rows = session.execute(
        select(
            Institution.id, Institution.name, Institution.country, Institution.city, Institution.parent_id,
            Institution.ror, Institution.parent_ror,
        )
        .where(Institution.id.not_in(gone))
        .order_by(Institution.id)
    ).all()  # fmt: skip
    rors = {row.ror: row.id for row in rows if row.ror}
    places = {row.id: (row.country, row.city, row.parent_id or rors.get(row.parent_ror)) for row in rows}
    names = [NameRow(row.id, row.name, "label", *places[row.id]) for row in rows]
    others = session.execute(
        select(InstitutionName.institution_id, InstitutionName.name, InstitutionName.kind).order_by(InstitutionName.id)
    )
    names += [NameRow(number, name, kind, *places[number]) for number, name, kind in others if number in places]
    return InstitutionIndex(names, rors)


def resolve_affiliations(session: Session) -> tuple[list[dict[str, object]], dict[str, int]]:
    """The affiliations whose institution or country is to be changed, as rows, and what was counted."""
    rows = session.execute(
        select(
            Affiliation.id, Affiliation.text, Affiliation.stated_ror, Affiliation.stated_country,
            Affiliation.institution_id, Affiliation.country, Affiliation.probability,
        )
        .where(Affiliation.decided_by.is_(None))
        .order_by(Affiliation.id)
    ).all()  # fmt: skip
    if not rows:
        return [], {"affiliations": 0, "affiliations_resolved": 0}
    index = institution_index(session)
    found = index.resolve([AffiliationText(row.text, row.stated_ror, row.stated_country) for row in rows])
    changed = []
    for row, one in zip(rows, found, strict=True):
        probability = round(one.probability, 4) if one.institution_id is not None else None
        if (row.institution_id, row.country, row.probability) != (one.institution_id, one.country, probability):
            changed.append(
                {
                    "id": row.id,
                    "institution_id": one.institution_id,
                    "country": one.country,
                    "probability": probability,
                }
            )
    resolved = sum(one.institution_id is not None for one in found)
    return changed, {
        "affiliations": len(rows),
        "affiliations_resolved": resolved,
        "affiliations_without_country": sum(one.country is None for one in found),
        "affiliations_changed": len(changed),
    }


def store_affiliations(session: Session, changed: list[dict[str, object]]) -> None:
    """Write what was found, unless somebody decided meanwhile."""
    decided = set(session.scalars(select(Affiliation.id).where(Affiliation.decided_by.is_not(None))))
    update_rows(session, Affiliation, [row for row in changed if row["id"] not in decided])
