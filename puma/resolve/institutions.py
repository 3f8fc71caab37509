"""Institutions that people made one or took apart: it holds through every re-harvest and matching."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from puma.entities import Affiliation, AffiliationInstitution, Decision, Identifier, Institution, Record, StoredClaim
from puma.resolve.aliases import settle_affiliations
from puma.storage import chunks, update_rows

MADE = "made"
"""The scheme of identifiers of institutions that people made here; no source ever claims it."""


def joined(session: Session) -> dict[int, int]:
    """Joined institution -> that with which a person put it, directly, as the decisions that stand say."""
    undoing = aliased(Decision)
    rows = session.execute(
        select(Decision.right_id, Decision.left_id)
        .join(Record, Record.id == Decision.left_id)
        .where(Decision.verdict == "join", Record.kind == "institution")
        .where(~select(undoing.id).where(undoing.undoes_id == Decision.id).exists())
        .order_by(Decision.id)
    )
    return {other or 0: keep for other, keep in rows}


def made_one(session: Session) -> dict[int, int]:
    """The institution that each joined one is now. One whose keeper no source tells of any more stands by itself."""
    into = joined(session)
    found = {}
    for number in into:
        seen, last = {number}, into[number]
        while last in into and last not in seen:
            seen.add(last)
            last = into[last]
        found[number] = last
    gone: set[int] = set()
    for some in chunks(sorted(set(found.values()))):
        which = Record.id.in_(some), Record.deleted_at.is_not(None), Record.merged_into_id.is_(None)
        gone.update(session.scalars(select(Record.id).where(*which)))
    return {number: last for number, last in found.items() if last not in gone}


def settle_institutions(session: Session, at: datetime) -> None:
    """Let records, affiliations and parts be as people decided on institutions, after a harvest wrote them anew."""
    direct, into = joined(session), made_one(session)
    _stand(session, direct, into, at)
    settle_affiliations(session, into)
    if into:
        _lead(session, into)
        _parts(session, into)


def _stand(session: Session, direct: Mapping[int, int], into: Mapping[int, int], at: datetime) -> None:
    """A joined one leads to its keeper; one whose keeper is gone stands again, if anybody tells of it."""
    for some in chunks(sorted(direct)):
        rows = session.execute(select(Record.id, Record.deleted_at, Record.merged_into_id).where(Record.id.in_(some)))
        for number, deleted_at, merged_into in rows.all():
            keep = direct[number] if number in into else None
            if merged_into == keep and (deleted_at is not None or keep is None):
                continue
            gone = (deleted_at or at) if keep or not is_told(session, number) else None
            values = {"merged_into_id": keep, "deleted_at": gone, "changed_at": at}
            session.execute(update(Record).where(Record.id == number).values(**values))


def is_told(session: Session, number: int) -> bool:
    """Whether a source tells of an institution, or a person made it."""
    claimed = select(StoredClaim.id).where(StoredClaim.record_id == number, StoredClaim.source_id.is_not(None)).limit(1)
    made = select(Identifier.id).where(Identifier.record_id == number, Identifier.scheme == MADE).limit(1)
    return session.scalar(claimed) is not None or session.scalar(made) is not None


def _lead(session: Session, into: Mapping[int, int]) -> None:
    """Affiliations that were resolved to a joined institution mean its keeper."""
    countries: dict[int, str | None] = {}
    for some in chunks(sorted(set(into.values()))):
        query = select(Institution.id, Institution.country).where(Institution.id.in_(some))
        countries |= dict(session.execute(query).all())
    further = AffiliationInstitution
    for some in chunks(sorted(into)):
        columns = Affiliation.id, Affiliation.institution_id, Affiliation.country
        rows = session.execute(select(*columns).where(Affiliation.institution_id.in_(some))).all()
        led = [(number, into[was or 0], country) for number, was, country in rows]
        update_rows(session, Affiliation, [
            {"id": number, "institution_id": keep, "country": countries.get(keep) or country}
            for number, keep, country in led
        ])  # fmt: skip
        for number, keep, _ in led:
            session.execute(delete(further).where(further.affiliation_id == number, further.institution_id == keep))
        named = select(further.id, further.affiliation_id, further.institution_id)
        which = further.institution_id.in_(some)
        for row, affiliation, was in session.execute(named.where(which).order_by(further.id)).all():
            keep = into[was]
            there = select(further.id).where(further.affiliation_id == affiliation, further.institution_id == keep)
            first = select(Affiliation.id).where(Affiliation.id == affiliation, Affiliation.institution_id == keep)
            if session.scalar(there) or session.scalar(first):
                session.execute(delete(further).where(further.id == row))
            else:
                session.execute(update(further).where(further.id == row).values(institution_id=keep))


def _parts(session: Session, into: Mapping[int, int]) -> None:
    """The parts of a joined institution are its keeper's; a keeper that was a part of it takes its place."""
    above: dict[int, int | None] = {}
    for some in chunks(sorted(into)):
        query = select(Institution.id, Institution.parent_id).where(Institution.id.in_(some))
        above |= dict(session.execute(query).all())
    for some in chunks(sorted(into)):
        rows = session.execute(select(Institution.id, Institution.parent_id).where(Institution.parent_id.in_(some)))
        for number, parent in rows.all():
            here: int | None = into[parent or 0]
            if here == number:
                higher = above.get(parent or 0)
                here = into.get(higher, higher) if higher is not None else None
            values = {"parent_id": None if here == number else here}
            session.execute(update(Institution).where(Institution.id == number).values(**values))
