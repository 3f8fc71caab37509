"""The integration queue: imported records that need a person before they count, and what helps to settle them."""

from collections.abc import Callable
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts.audit import saw_records
from puma.entities import (
    Affiliation,
    AuthorshipAffiliation,
    Institution,
    InstitutionName,
    Instrument,
    Participant,
    Proposal,
    Publication,
    Record,
)
from puma.errors import WrongUsage
from puma.listing.alike import persons
from puma.listing.contradictions import contradictions
from puma.listing.disagreements import disagreements
from puma.listing.doubts import KINDS, Doubt, DoubtPage
from puma.listing.duplicates import duplicates
from puma.listing.institutions_alike import institutions
from puma.listing.lags import papers_before_beam
from puma.listing.record import Named, names_of
from puma.listing.unsettled import affiliations_unresolved, instruments_unknown, proposals_unknown, waiting_records
from puma.pairs import mark
from puma.resolve import alias_key
from puma.storage import Storage, changed
from puma.visibility import exists_for

LISTS: dict[str, Callable[[Session, Viewer], list[Doubt]]] = dict(
    zip(KINDS, (duplicates, persons, institutions, affiliations_unresolved, instruments_unknown, contradictions,
                proposals_unknown, papers_before_beam, disagreements), strict=True)
)  # fmt: skip
ROLE = "user_office"
KEPT = 100_000  # doubts that are kept in memory, of all queues together; about 2 kB each
_kept: WeakKeyDictionary[Storage, dict[Any, tuple[Any, list[Doubt]]]] = WeakKeyDictionary()
_lock = Lock()


def _found(storage: Storage, session: Session, viewer: Viewer, kind: str) -> list[Doubt]:
    """The queue of one kind, which is made anew once something was written or decided that it is made of."""
    at = mark(session), changed(session, "doubts")
    key = kind, viewer.sees, viewer.opened, viewer.open_texts
    with _lock:
        known = _kept.setdefault(storage, {}).get(key)
    if known is None or known[0] != at:
        known = at, LISTS[kind](session, viewer)
        with _lock:
            kept = _kept.setdefault(storage, {})
            kept.pop(key, None)
            kept[key] = known
            while sum(len(found) for _, found in kept.values()) > KEPT:
                del kept[next(iter(kept))]
    return known[1]


def doubts(storage: Storage, viewer: Viewer, kind: str, *, offset: int = 0, limit: int = 25) -> DoubtPage:
    """A page of the queue of one kind. Raises WrongUsage for another kind, Refused for who may not settle it."""
    viewer.must_be(ROLE, "The integration queue")
    if kind not in LISTS:
        raise WrongUsage(f"There is no queue of {kind!r}; there are: {', '.join(LISTS)}.")
    with storage.reading() as session:
        found = _found(storage, session, viewer, kind)
    shown = found[offset : offset + limit]
    about = {number for one in shown for number in (one.about_id, *(way.record_id for way in one.options)) if number}
    saw_records(storage, viewer, f"integration queue: {kind}", about)
    return DoubtPage(len(found), shown)


def doubt_counts(storage: Storage, viewer: Viewer) -> dict[str, int]:
    """How long the queue of each kind is."""
    viewer.must_be(ROLE, "The integration queue")
    with storage.reading() as session:
        return {kind: len(_found(storage, session, viewer, kind)) for kind in LISTS}


def seen_on(storage: Storage, viewer: Viewer, doubt: Doubt, limit: int = 6) -> list[Named]:
    """Some of the records on which words that nobody could place stand."""
    viewer.must_be(ROLE, "The integration queue")
    with storage.reading() as session:
        numbers = _seen(session, doubt, limit)
        rows = session.execute(
            select(Record.id, Record.kind).where(Record.id.in_(numbers), exists_for(viewer)).order_by(Record.id)
        ).all()
        names = names_of(session, [(kind, number) for number, kind in rows])
    saw_records(storage, viewer, "integration queue: seen on", names)
    return [Named(names[number][0], number, names[number][1], kind) for number, kind in rows if number in names]


def _seen(session: Session, doubt: Doubt, limit: int) -> list[int]:
    if doubt.kind == "affiliations":
        works = select(AuthorshipAffiliation.record_id).join(
            Affiliation, Affiliation.id == AuthorshipAffiliation.affiliation_id
        )
        asked = select(Participant.proposal_id).join(Affiliation, Affiliation.id == Participant.affiliation_id)
        return [
            number
            for query in (works, asked)
            for number in session.scalars(query.where(Affiliation.text == doubt.title).distinct().limit(limit))
        ][:limit]
    kind = "instrument" if doubt.kind == "instruments" else "proposal"
    key = alias_key(kind, doubt.facility, doubt.title)
    found: list[int] = []
    for query, _ in waiting_records(kind):
        for number, facility, written in session.execute(query):
            if len(found) < limit and alias_key(kind, facility or "", written) == key:
                found.append(number)
    stated: Any = Publication.instruments_stated if kind == "instrument" else Publication.proposals_stated
    if not doubt.facility:
        like = select(Publication.id).where(stated.contains(doubt.title, autoescape=True))
        found += session.scalars(like.limit(limit)).all()
    return list(dict.fromkeys(found))[:limit]


def find_records(storage: Storage, viewer: Viewer, kind: str, words: str, limit: int = 20) -> list[Named]:
    """Institutions, instruments or proposals whose name or code holds all the words; exact names first."""
    viewer.must_be(ROLE, "The integration queue")
    wanted = [word for word in words.casefold().split() if word][:8]
    with storage.reading() as session:
        if kind == "institution":
            return _institutions(session, viewer, " ".join(wanted), wanted, limit)
        entity: Any = {"instrument": Instrument, "proposal": Proposal}[kind]
        columns = (Instrument.name, Instrument.label) if kind == "instrument" else (Proposal.code, Proposal.title)
        query = select(entity.id, *columns).join(Record, Record.id == entity.id).where(exists_for(viewer))
        for word in wanted:
            query = query.where(or_(*(func.lower(column).contains(word, autoescape=True) for column in columns)))
        rows = session.execute(query.order_by(columns[0], entity.id).limit(limit)).all()
    saw_records(storage, viewer, f"integration queue: {kind}s to choose from", [row[0] for row in rows])
    return [Named(name, number, label or "", kind) for number, name, label in rows]


def _institutions(session: Session, viewer: Viewer, phrase: str, words: list[str], limit: int) -> list[Named]:
    """By the label and all other names of an institution."""
    if not words:
        return []
    spelled = select(InstitutionName.institution_id).where(
        *(func.lower(InstitutionName.name).contains(word, autoescape=True) for word in words)
    )
    own = [func.lower(Institution.name).contains(word, autoescape=True) for word in words]
    exact = select(InstitutionName.institution_id).where(func.lower(InstitutionName.name) == phrase)
    query = (
        select(Institution.id, Institution.name, Institution.city, Institution.country)
        .join(Record, Record.id == Institution.id)
        .where(exists_for(viewer), or_(Institution.id.in_(spelled), and_(*own)))
        .order_by(Institution.id.in_(exact).desc(), func.length(Institution.name), Institution.id)
        .limit(limit)
    )
    return [
        Named(name, number, ", ".join(word for word in (city, country) if word), "institution")
        for number, name, city, country in session.execute(query)
    ]
