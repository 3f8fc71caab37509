"""Saved searches: kept under a name, with the instant of the last visit, so that what is new since can be told."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import Run, SavedSearch
from puma.errors import Conflict, NotHere, WrongUsage
from puma.keeping.ownership import TO_KEEP, owned_by, owner_of
from puma.keeping.states import canonical
from puma.storage import Storage, now
from puma.text import clean_text

LONGEST_NAME = 200
MOST = 200  # saved searches of one person: each is asked anew when they are listed
PLACES = ("page", "at", "since", "sort")
"""Keys that say where somebody is in a list, not what is looked for."""
ALIVE = timedelta(minutes=10)  # a run that gave no sign of life for longer is over


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved search. query: as in the address of the search page; feed: the secret part of its feed's address."""

    id: int
    name: str
    query: str
    made_at: datetime
    seen_at: datetime
    feed: str


def save_search(storage: Storage, viewer: Viewer, name: str, query: str) -> int:
    """Save a search. Returns its number. Raises Conflict when the viewer has one of that name."""
    viewer.must_be(TO_KEEP, "Saving a search")
    state = canonical(query, leave=PLACES)
    with storage.writing() as session:
        named = _free_name(session, viewer, name)
        held = select(func.count()).select_from(_own(viewer).subquery())
        if (session.scalar(held) or 0) >= MOST:
            raise WrongUsage(f"One keeps at most {MOST} searches: delete one first.")
        row = {
            "owner": owner_of(viewer), "account": viewer.account, "name": named, "query": state, "made_at": now(),
            "seen_at": _visit(session), "feed": _secret(),
        }  # fmt: skip
        return session.execute(insert(SavedSearch).values(**row).returning(SavedSearch.id)).scalar_one()


def saved_searches(storage: Storage, viewer: Viewer) -> list[SavedView]:
    """The viewer's own saved searches by name; nobody else sees them."""
    if not viewer.at_least(TO_KEEP):
        return []
    with storage.reading() as session:
        found = [_view(one) for one in session.scalars(_own(viewer))]
    return sorted(found, key=lambda one: one.name.casefold())


def saved_search(storage: Storage, viewer: Viewer, search_id: int) -> SavedView:
    """One of the viewer's saved searches. Raises NotHere when they have none of that number."""
    with storage.reading() as session:
        return _view(_mine(session, viewer, search_id))


def rename_search(storage: Storage, viewer: Viewer, search_id: int, name: str) -> None:
    """Give a saved search another name."""
    with storage.writing() as session:
        found = _mine(session, viewer, search_id)
        if clean_text(name) != found.name:
            named = _free_name(session, viewer, name)
            session.execute(update(SavedSearch).where(SavedSearch.id == search_id).values(name=named))


def mark_seen(storage: Storage, viewer: Viewer, search_id: int) -> SavedView:
    """Say that the viewer looked at what a search finds. Returns the search as it was before."""
    with storage.writing() as session:
        before = _view(_mine(session, viewer, search_id))
        at = max(_visit(session), before.seen_at)
        session.execute(update(SavedSearch).where(SavedSearch.id == search_id).values(seen_at=at))
        return before


def new_feed(storage: Storage, viewer: Viewer, search_id: int) -> str:
    """Give the feed of a saved search another address; the old one is worth nothing from now on."""
    with storage.writing() as session:
        _mine(session, viewer, search_id)
        secret = _secret()
        session.execute(update(SavedSearch).where(SavedSearch.id == search_id).values(feed=secret))
        return secret


def forget_search(storage: Storage, viewer: Viewer, search_id: int) -> None:
    """Delete a saved search; it can be restored."""
    with storage.writing() as session:
        _mine(session, viewer, search_id)
        session.execute(update(SavedSearch).where(SavedSearch.id == search_id).values(deleted_at=now()))


def restore_search(storage: Storage, viewer: Viewer, search_id: int) -> None:
    """Take the deletion of a saved search back. Raises Conflict when its name was given away meanwhile."""
    with storage.writing() as session:
        own = owned_by(viewer, SavedSearch.account, SavedSearch.owner)
        found = session.scalar(select(SavedSearch).where(SavedSearch.id == search_id, own))
        if found is None or not viewer.at_least(TO_KEEP):
            raise NotHere("There is no such saved search.")
        if found.deleted_at is not None:
            _free_name(session, viewer, found.name)
            session.execute(update(SavedSearch).where(SavedSearch.id == search_id).values(deleted_at=None))


def by_feed(storage: Storage, secret: str) -> SavedView:
    """The saved search whose feed has this address. Raises NotHere when there is none."""
    query = select(SavedSearch).where(SavedSearch.feed == secret, SavedSearch.deleted_at.is_(None))
    with storage.reading() as session:
        found = session.scalar(query)
        if found is None:
            raise NotHere("There is no such feed.")
        return _view(found)


def _own(viewer: Viewer) -> Select[SavedSearch]:
    own = owned_by(viewer, SavedSearch.account, SavedSearch.owner)
    return select(SavedSearch).where(own, SavedSearch.deleted_at.is_(None))


def _mine(session: Session, viewer: Viewer, search_id: int) -> SavedSearch:
    found = session.scalar(_own(viewer).where(SavedSearch.id == search_id)) if viewer.at_least(TO_KEEP) else None
    if found is None:
        raise NotHere("There is no such saved search.")
    return found


def _free_name(session: Session, viewer: Viewer, name: str) -> str:
    """The name as it is kept. Raises Conflict when the viewer has a search of that name already."""
    named = clean_text(name)
    if not 0 < len(named) <= LONGEST_NAME:
        raise WrongUsage(f"A saved search needs a name of at most {LONGEST_NAME} letters.")
    if session.scalar(_own(viewer).where(SavedSearch.name == named).limit(1)) is not None:
        raise Conflict(f"You have a saved search {named!r} already: give this one another name.")
    return named


def _visit(session: Session) -> datetime:
    """The instant up to which a visit has seen everything: what a harvest under way brings is still to come."""
    at = now()
    begun: Any = session.scalar(
        select(func.min(Run.started_at)).where(
            Run.kind == "harvest", Run.state == "running", Run.heartbeat_at > at - ALIVE
        )
    )
    return min(at, begun) if begun is not None else at


def _view(one: SavedSearch) -> SavedView:
    return SavedView(one.id, one.name, one.query, one.made_at, one.seen_at, one.feed)


def _secret() -> str:
    return secrets.token_urlsafe(24)
