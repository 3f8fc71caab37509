"""Decisions on institutions: two made one, one taken apart, made anew, or said to be two; each can be taken back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, insert, or_, select, union_all, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.countries import country_name
from puma.decisions import log
from puma.decisions.persons import two
from puma.entities import (
    Affiliation,
    AffiliationInstitution,
    AuthorshipAffiliation,
    Decision,
    Identifier,
    Institution,
    Participant,
    Record,
)
from puma.errors import Conflict, NotHere, WrongUsage
from puma.resolve import MADE, is_told, settle_references
from puma.storage import Storage, chunks, insert_rows, now, take_numbers, update_rows
from puma.text import clean_text
from puma.visibility import exists_for

ROLE = "user_office"
LONGEST = 300
PAIRED = ("join", "split", "distinct")
"""Verdicts on two institutions; a later one of them has to be taken back first."""


def join(storage: Storage, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
    """Make two institutions one. One that the registry knows is kept before one that it does not.

    Every affiliation of either means the kept one, also after a re-harvest and a new matching. Returns the number of
    the decision. Raises WrongUsage for two different ROR numbers without a reason; NotHere when one does not exist.
    """
    viewer.must_be(ROLE, "Putting institutions together")
    with storage.writing() as session:
        two(session, viewer, keep_id, other_id, "institution")
        keep, other = session.get_one(Institution, keep_id), session.get_one(Institution, other_id)
        if keep.ror and other.ror and not reason.strip():
            raise WrongUsage(
                f"The registry knows them as two, {keep.ror} and {other.ror}. Say in the reason why they count as one."
            )
        if other.ror and not keep.ror:
            keep, other = other, keep
        at = now()
        said = {"places": _places(session, [other.id]), "also": _also(session, other.id)}
        row = log.write(session, viewer, "join", keep.id, other.id, value=[said], reason=reason)
        touched = _records(session, (keep.id, other.id))
        settle_references(session, at)
        _touch(session, {*touched, keep.id, other.id}, at)
        return row


def split(
    storage: Storage, viewer: Viewer, institution_id: int, affiliations: Collection[int], name: str, *,
    city: str = "", country: str = "", reason: str = "",
) -> int:  # fmt: skip
    """Take an institution apart: what these affiliations say, as they are written, means a new institution.

    It holds for everybody who wrote or will write it so. country: ISO 3166 code of two letters, may be empty. Returns
    the number of the decision, whose right side is the new institution. Raises WrongUsage when there is no name, no
    affiliation, or nothing would be left; NotHere when there is no such institution.
    """
    viewer.must_be(ROLE, "Taking an institution apart")
    with storage.writing() as session:
        old = _standing(session, viewer, institution_id)
        texts = _texts(session, institution_id, affiliations)
        if not texts:
            raise WrongUsage("Choose at least one of the affiliations that mean this institution.")
        its = Affiliation.institution_id == institution_id
        left = select(Affiliation.id).where(its, Affiliation.text.not_in(texts))
        if session.scalar(left.limit(1)) is None and not is_told(session, institution_id):
            raise WrongUsage("Nothing would be left of this institution: leave at least one affiliation with it.")
        at = now()
        made = {"name": name, "city": city or old.city or "", "country": country or old.country or ""}
        new_id = _make(session, at, sector=old.sector, **made)
        said = {"texts": texts, "before": _written(session, texts)}
        row = log.write(session, viewer, "split", institution_id, new_id, value=[said], reason=reason)
        settle_references(session, at)
        _touch(session, {*_records(session, (new_id,)), institution_id}, at)
        return row


def establish(
    storage: Storage, viewer: Viewer, text: str, name: str, *, city: str = "", country: str = "", reason: str = ""
) -> int:
    """Make an institution that nobody knows yet, for an affiliation that nobody could place.

    Returns the number of the decision; taking it back removes the institution again. Raises WrongUsage for a bad name
    or country, Conflict when an institution of that name is known in that country, NotHere when nobody wrote the text.
    """
    viewer.must_be(ROLE, "Making an institution")
    with storage.writing() as session:
        before = [one for one in _written(session, [text]) if one["decided_by"] is None]
        if not before:
            raise NotHere("No undecided affiliation is written so.")
        at = now()
        new_id = _make(session, at, name=name, city=city, country=country)
        said = {"text": text, "before": before, "made": True}
        row = log.write(session, viewer, "resolve", new_id, None, value=[said], reason=reason)
        settle_references(session, at)
        _touch(session, {*_records(session, (new_id,)), new_id}, at)
        return row


def apart(storage: Storage, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
    """Say that two institutions are two: they are not suspected again. Returns the number of the decision."""
    viewer.must_be(ROLE, "Deciding on institutions")
    with storage.writing() as session:
        two(session, viewer, left_id, right_id, "institution")
        return log.write(session, viewer, "distinct", left_id, right_id, reason=reason)


def take_back_join(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Two institutions again, each with the affiliations that it had."""
    viewer.must_be(ROLE, "Taking institutions apart")
    keep_id, other_id, said = _newest(session, decision)
    at = now()
    row = log.write(session, viewer, "undo", keep_id, other_id, undoes_id=decision.id)
    touched = _records(session, (keep_id, other_id))
    now_at = dict(_held(session, [one["id"] for one in said["places"]]))
    rows = [one for one in said["places"] if now_at.get(one["id"]) == keep_id]
    update_rows(session, Affiliation, [{**one, "institution_id": other_id} for one in rows])
    _give_back_further(session, said["also"])
    alive = {"merged_into_id": None, "deleted_at": None if is_told(session, other_id) else at}
    session.execute(update(Record).where(Record.id == other_id).values(**alive))
    ror = session.scalar(select(Institution.ror).where(Institution.id == other_id))
    if ror:
        session.execute(update(Institution).where(Institution.parent_ror == ror).values(parent_id=None))
    settle_references(session, at)
    _touch(session, {*touched, keep_id, other_id}, at)
    return row


def take_back_split(session: Session, viewer: Viewer, decision: Decision) -> int:
    """One institution again; what the new one got since goes to it as well."""
    viewer.must_be(ROLE, "Putting institutions together")
    institution_id, new_id, said = _newest(session, decision)
    touched = _records(session, (new_id,))
    at = now()
    row = log.write(session, viewer, "undo", institution_id, new_id, undoes_id=decision.id)
    _give_back(session, said["before"], new_id, institution_id)
    gone = {"merged_into_id": institution_id, "deleted_at": at}
    session.execute(update(Record).where(Record.id == new_id).values(**gone))
    settle_references(session, at)
    _touch(session, {*touched, institution_id, new_id}, at)
    return row


def unmake(session: Session, institution_id: int, at: datetime) -> None:
    """Take away an institution that was made for one text, unless something else means it by now. Raises Conflict."""
    held = select(Affiliation.id).where(Affiliation.institution_id == institution_id).limit(1)
    pairs = select(Decision.id).where(
        Decision.verdict.in_(PAIRED), log.stands(),
        or_(Decision.left_id == institution_id, Decision.right_id == institution_id),
    )  # fmt: skip
    if session.scalar(held) is not None or session.scalar(pairs.limit(1)) is not None:
        raise Conflict("More is decided about this institution by now: take that back first. Nothing was changed.")
    session.execute(update(Record).where(Record.id == institution_id).values(deleted_at=at, changed_at=at))


def _give_back(session: Session, before: Sequence[Mapping[str, Any]], institution_id: int, other: int) -> None:
    """Affiliations that went to an institution are what they were; those that came to it since are ``other``'s."""
    known = {one["id"]: dict(one) for one in before}
    numbers = session.scalars(select(Affiliation.id).where(Affiliation.institution_id == institution_id)).all()
    country = session.scalar(select(Institution.country).where(Institution.id == other))
    since = {"institution_id": other, "country": country, "probability": None, "decided_by": None}
    update_rows(session, Affiliation, [{**(known.get(number) or since), "id": number} for number in numbers])


def touch_written(session: Session, institutions: Collection[int], at: datetime) -> None:
    """Say that the records on which affiliations of these institutions stand changed, so that search follows."""
    _touch(session, _records(session, institutions), at)


def _make(session: Session, at: datetime, *, name: str, city: str, country: str, sector: str | None = None) -> int:
    """A record for an institution that no source tells of. Raises WrongUsage or Conflict in a sentence."""
    called, where, land = clean_text(name).strip(), clean_text(city).strip(), country.strip().upper()
    if not 1 < len(called) <= LONGEST or len(where) > LONGEST:
        raise WrongUsage(f"An institution has a name of two to {LONGEST} letters.")
    if land and (len(land) != 2 or not country_name(land) or country_name(land) == land):
        raise WrongUsage(f"{country!r} is no ISO 3166 code of a country, like FR.")
    same = (
        select(Institution.id)
        .join(Record, Record.id == Institution.id)
        .where(Institution.name == called, Institution.country == (land or None), Record.deleted_at.is_(None))
        .where(Institution.city == (where or None))
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict(f"An institution called {called!r} is known there already: choose that one.")
    number = take_numbers(session, "record", 1)[0]
    seen = {"kind": "institution", "visibility": "public", "created_at": at, "changed_at": at}
    insert_rows(session, Record, [{"id": number, **seen}])
    key = {"record_id": number, "kind": "institution", "scheme": MADE, "value": str(number)}
    insert_rows(session, Identifier, [key])
    values = {"name": called, "city": where or None, "country": land or None, "sector": sector}
    session.execute(insert(Institution).values(id=number, **values))
    return number


def _standing(session: Session, viewer: Viewer, institution_id: int) -> Institution:
    which = select(Record.id).where(Record.id == institution_id, Record.kind == "institution", exists_for(viewer))
    if session.scalar(which.with_for_update()) is None:
        raise NotHere("There is no such institution.")
    return session.get_one(Institution, institution_id)


def _newest(session: Session, decision: Decision) -> tuple[int, int, dict[str, Any]]:
    """(left, right, what was said) of a decision that can be taken back. Raises Conflict when a later one stands."""
    log.must_stand(session, decision)
    pair = decision.left_id, decision.right_id or 0
    meant = and_(Decision.verdict == "resolve", Decision.left_id == decision.right_id)
    paired = and_(Decision.verdict.in_(PAIRED), or_(Decision.left_id.in_(pair), Decision.right_id.in_(pair)))
    later = select(Decision.id).where(Decision.id > decision.id, log.stands(), or_(meant, paired))
    if session.scalar(later.limit(1)) is not None:
        raise Conflict("These institutions were put together or apart once more since: take that back first.")
    return pair[0], pair[1], decision.value[0]


# --- affiliations -----------------------------------------------------------------------------------------------------

COLUMNS = (
    Affiliation.id, Affiliation.institution_id, Affiliation.country, Affiliation.probability, Affiliation.decided_by
)  # fmt: skip


def _places(session: Session, institutions: Sequence[int]) -> list[dict[str, Any]]:
    """Affiliations that mean one of these, as they are."""
    query = select(*COLUMNS).where(Affiliation.institution_id.in_(institutions)).order_by(Affiliation.id)
    return [dict(row._mapping) for row in session.execute(query)]


def _written(session: Session, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Affiliations that are written so, as they are."""
    found = []
    for some in chunks(texts):
        query = select(*COLUMNS).where(Affiliation.text.in_(some)).order_by(Affiliation.id)
        found += [dict(row._mapping) for row in session.execute(query)]
    return found


def _held(session: Session, numbers: Sequence[int]) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for some in chunks(numbers):
        query = select(Affiliation.id, Affiliation.institution_id).where(Affiliation.id.in_(some))
        found += [(number, institution) for number, institution in session.execute(query)]
    return found


def _texts(session: Session, institution_id: int, affiliations: Collection[int]) -> list[str]:
    """The words of those of these affiliations that mean the institution."""
    found: set[str] = set()
    for some in chunks(sorted(set(affiliations))):
        which = Affiliation.id.in_(some), Affiliation.institution_id == institution_id, Affiliation.text != ""
        found.update(session.scalars(select(Affiliation.text).where(*which)))
    return sorted(found)


def _also(session: Session, institution_id: int) -> list[list[Any]]:
    """[affiliation, its further institutions] of all affiliations that mean this one, first or further."""
    further = AffiliationInstitution
    rows = session.execute(
        select(further.affiliation_id, further.institution_id)
        .join(Affiliation, Affiliation.id == further.affiliation_id)
        .where(means([institution_id]))
        .order_by(further.affiliation_id, further.institution_id)
    )
    found: dict[int, list[int]] = {}
    for affiliation, institution in rows:
        found.setdefault(affiliation, []).append(institution)
    return [[affiliation, several] for affiliation, several in found.items()]


def _give_back_further(session: Session, also: Sequence[Sequence[Any]]) -> None:
    further = AffiliationInstitution
    for some in chunks([affiliation for affiliation, _ in also]):
        session.execute(delete(further).where(further.affiliation_id.in_(some)))
    rows = [{"affiliation_id": affiliation, "institution_id": one} for affiliation, several in also for one in several]
    insert_rows(session, further, rows)


def written_on(which: ColumnElement[bool]) -> Select[Any]:
    """SQL of the records on which affiliations stand that ``which`` holds for, and on which of them."""
    both = union_all(
        select(AuthorshipAffiliation.record_id, AuthorshipAffiliation.affiliation_id)
        .join(Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id)
        .where(which),
        select(Participant.proposal_id, Participant.affiliation_id)
        .join(Affiliation, Affiliation.id == Participant.affiliation_id)
        .where(which),
    ).subquery()
    return select(both.c.record_id, both.c.affiliation_id)


def means(institutions: Collection[int]) -> ColumnElement[bool]:
    """SQL that is true for affiliations that mean one of these, as their first institution or besides it."""
    named = AffiliationInstitution.institution_id.in_(institutions)
    further = select(AffiliationInstitution.affiliation_id).where(named)
    return or_(Affiliation.institution_id.in_(institutions), Affiliation.id.in_(further))


def _records(session: Session, institutions: Collection[int]) -> set[int]:
    return {record for record, _ in session.execute(written_on(means(institutions)))}


def _touch(session: Session, records: Collection[int], at: datetime) -> None:
    for some in chunks(sorted(records)):
        session.execute(update(Record).where(Record.id.in_(some)).values(changed_at=at))
