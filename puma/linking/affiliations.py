"""Affiliations of the database to institutions and countries; what a person decided stays."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from puma.entities import (
    Affiliation,
    AffiliationInstitution,
    AuthorshipAffiliation,
    Dataset,
    Institution,
    InstitutionName,
    Participant,
    Proposal,
    Publication,
    Record,
)
from puma.linking.naming import among
from puma.matching.institutions.index import AffiliationText, InstitutionIndex, Level, NameRow, Resolution, read_part
from puma.names import fold
from puma.resolve import made_one
from puma.storage import chunks, insert_rows, listed, update_rows
from puma.work import Hands, Own

WORTH_SHARING = 20_000  # fewer affiliations are read here sooner than the index of all institutions is sent elsewhere


def institution_index(session: Session, level: Level = "named") -> InstitutionIndex:
    """All institutions that are not closed as records, by all their names.

    What a person put together has the names of both; one that was joined from another town stands there still, so that
    its address is understood: who asks has to follow `made_one`.
    level: "named" resolves to the institution that an affiliation names, "top" to the topmost one above it.
    """
    into = made_one(session)
    gone = select(Record.id).where(Record.kind == "institution", Record.deleted_at.is_not(None))
    rows = session.execute(
        select(
            Institution.id, Institution.name, Institution.country, Institution.city, Institution.parent_id,
            Institution.ror, Institution.parent_ror, Institution.sector, Institution.closed_on,
            Institution.successor_ror,
        )
        .where(or_(Institution.id.not_in(gone), Institution.id.in_(listed(session, sorted(into)))))
        .order_by(Institution.id)
    ).all()  # fmt: skip
    rors = {row.ror: into.get(row.id, row.id) for row in rows if row.ror}
    above = {row.id: row.parent_id or rors.get(row.parent_ror) for row in rows}
    above |= {number: above[keep] for number, keep in into.items() if number in above and keep in above}
    places = {
        row.id: (row.country, row.city, above[row.id], row.sector, row.closed_on, rors.get(row.successor_ror))
        for row in rows
    }
    known_as = {number: number for number in places} | {
        number: keep
        for number, keep in into.items()
        if number in places and keep in places and _one_place(places[number], places[keep])
    }
    names = [NameRow(known_as[row.id], row.name, "label", *places[known_as[row.id]]) for row in rows]
    others = session.execute(
        select(InstitutionName.institution_id, InstitutionName.name, InstitutionName.kind).order_by(InstitutionName.id)
    )
    names += [
        NameRow(known_as[number], name, kind, *places[known_as[number]])
        for number, name, kind in others
        if number in places
    ]
    return InstitutionIndex(names, rors, level=level)


def _one_place(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two (country, city, ...) may be one; what is not known does not differ."""
    pairs = zip(one[:2], other[:2], strict=True)
    return all(not mine or not theirs or fold(mine) == fold(theirs) for mine, theirs in pairs)


def _first_seen(session: Session, some: Collection[int] | None) -> dict[int, date]:
    """The earliest day on which each affiliation, or each of some, was written, as proposals and works say."""
    days = union_all(
        *(
            select(AuthorshipAffiliation.affiliation_id.label("affiliation"), day.label("day")).join(
                record, record.id == AuthorshipAffiliation.record_id
            )
            for record, day in ((Publication, Publication.published_on), (Dataset, Dataset.created_on))
        ),
        select(Participant.affiliation_id, Proposal.deposited_on).join(
            Proposal, Proposal.id == Participant.proposal_id
        ),
    ).subquery()
    found = session.execute(
        select(days.c.affiliation, func.min(days.c.day))
        .where(days.c.affiliation.is_not(None), days.c.day.is_not(None), among(days.c.affiliation, some))
        .group_by(days.c.affiliation)
    )
    return dict(found.all())


def resolve_affiliations(
    session: Session,
    level: Level = "named",
    hands: Hands | None = None,
    *,
    works: Collection[int] | None = None,
    proposals: Collection[int] = (),
    index: InstitutionIndex | None = None,
) -> tuple[list[dict[str, object]], dict[str, int]]:
    """The affiliations whose institutions or country are to be changed, as rows, and what was counted.

    A row has the values of the affiliation, and under "also" its further institutions.
    What a person decided about an affiliation is not touched: the affiliations with ``decided_by`` are the overrides.
    hands: who does the parts of much work; the result is the same. works, proposals: only affiliations that these give
    are looked at. index: of the institutions as they are, where somebody has it already.
    """
    given: ColumnElement[bool] = Affiliation.id.in_(
        select(AuthorshipAffiliation.affiliation_id).where(among(AuthorshipAffiliation.record_id, works))
    )
    if proposals:
        asked = select(Participant.affiliation_id).where(among(Participant.proposal_id, proposals))
        given = or_(given, Affiliation.id.in_(asked.where(Participant.affiliation_id.is_not(None))))
    rows = session.execute(
        select(
            Affiliation.id, Affiliation.text, Affiliation.stated_ror, Affiliation.stated_country,
            Affiliation.institution_id, Affiliation.country, Affiliation.probability,
        )
        .where(Affiliation.decided_by.is_(None), true() if works is None else given)
        .order_by(Affiliation.id)
    ).all()  # fmt: skip
    if not rows:
        return [], {"affiliations": 0, "affiliations_resolved": 0}
    index = index or institution_index(session, level)
    some = None if works is None else {row.id for row in rows}
    days = _first_seen(session, some)
    further = _further(session, some)
    texts = [AffiliationText(row.text, row.stated_ror, row.stated_country, days.get(row.id)) for row in rows]
    who = hands if hands and len(texts) >= WORTH_SHARING else Own()
    parts = [(index, piece) for piece in chunks(texts, -(-len(texts) // who.count))]
    found = _led(session, list(chain.from_iterable(who.map(read_part, parts))))
    changed = []
    for row, one in zip(rows, found, strict=True):
        probability = round(one.probability, 4) if one.institution_id is not None else None
        also = sorted(one.also)
        before = (row.institution_id, row.country, row.probability, further.get(row.id, []))
        if before != (one.institution_id, one.country, probability, also):
            changed.append(
                {
                    "id": row.id,
                    "institution_id": one.institution_id,
                    "country": one.country,
                    "probability": probability,
                    "also": also,
                }
            )
    resolved = sum(one.institution_id is not None for one in found)
    return changed, {
        "affiliations": len(rows),
        "affiliations_resolved": resolved,
        "affiliations_to_ask": sum(one.band == "ask" for one in found),
        "affiliations_without_country": sum(one.country is None for one in found),
        "affiliations_changed": len(changed),
    }


def _led(session: Session, found: Sequence[Resolution]) -> list[Resolution]:
    """What was found, with the keeper in the place of every institution that a person put together with it."""
    into = made_one(session)
    named = {into[n] for one in found for n in (one.institution_id, *one.also) if n in into}
    countries: dict[int, str | None] = {}
    for some in chunks(sorted(named)):
        query = select(Institution.id, Institution.country).where(Institution.id.in_(some))
        countries |= dict(session.execute(query).all())
    result = []
    for one in found:
        first = into.get(one.institution_id or 0, one.institution_id)
        also = dict.fromkeys(into.get(n, n) for n in one.also)
        country = countries.get(first or 0) if first != one.institution_id else None
        further = tuple(n for n in also if n != first)
        result.append(replace(one, institution_id=first, country=country or one.country, also=further))
    return result


def _further(session: Session, some: Collection[int] | None) -> dict[int, list[int]]:
    """The further institutions of affiliations, or of some, by affiliation, sorted."""
    found: dict[int, list[int]] = defaultdict(list)
    columns = (AffiliationInstitution.affiliation_id, AffiliationInstitution.institution_id)
    for affiliation, institution in session.execute(select(*columns).where(among(columns[0], some)).order_by(*columns)):
        found[affiliation].append(institution)
    return found


def store_affiliations(session: Session, changed: Sequence[Mapping[str, Any]]) -> None:
    """Write what was found, unless somebody decided meanwhile."""
    decided = set(session.scalars(select(Affiliation.id).where(Affiliation.decided_by.is_not(None))))
    rows = [dict(row) for row in changed if row["id"] not in decided]
    further = [
        {"affiliation_id": row["id"], "institution_id": institution} for row in rows for institution in row.pop("also")
    ]
    update_rows(session, Affiliation, rows)
    for some in chunks([row["id"] for row in rows]):
        session.execute(delete(AffiliationInstitution).where(AffiliationInstitution.affiliation_id.in_(some)))
    insert_rows(session, AffiliationInstitution, further)
