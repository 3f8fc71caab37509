"""Sessions: a random number in the browser, its digest here; listed, revocable, ended by idleness and by age."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, insert, select, true, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts import audit
from puma.accounts.register import must_administer, viewer_of
from puma.entities import Account, WebSession
from puma.errors import NotHere
from puma.settings import AccessSettings
from puma.storage import Storage, now

TOUCH = timedelta(minutes=5)
"""How exactly it is kept when a session was last used: a write with every request would cost more than it tells."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser in which somebody is signed in. here: whether it is the one that asks."""

    id: int
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    here: bool


def digest_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits: nobody can try them all, so one round is enough."""
    return sha256(secret.encode()).hexdigest()


def open_session(storage: Storage, settings: AccessSettings, account_id: int, agent: str) -> str:
    """Sign an account in. Returns the secret that the browser keeps; sessions that ended are swept away."""
    secret, at, family = secrets.token_urlsafe(32), now(), agent_family(agent)
    row = {
        "account_id": account_id,
        "digest": digest_of(secret),
        "agent": family,
        "created_at": at,
        "seen_at": at,
        "expires_at": at + timedelta(days=settings.session_days),
    }
    with storage.writing() as session:
        session.execute(delete(WebSession).where(WebSession.expires_at < at))
        session.execute(insert(WebSession).values(**row))
        session.execute(update(Account).where(Account.id == account_id).values(signed_in_at=at))
        one = session.get_one(Account, account_id)
        audit.write(session, Viewer(one.role, one.name, account=one.id), "signed in", detail=family)
    return secret


def viewer_of_session(storage: Storage, settings: AccessSettings, secret: str, at: datetime) -> Viewer | None:
    """Who is signed in with this secret; None when the session has ended, was revoked or never was."""
    with storage.reading() as session:
        found = session.execute(
            select(WebSession, Account)
            .join(Account, Account.id == WebSession.account_id)
            .where(WebSession.digest == digest_of(secret), Account.disabled_at.is_(None), WebSession.expires_at > at)
        ).first()
        if found is None or found[0].seen_at + timedelta(hours=settings.session_idle_hours) <= at:
            return None
        one: WebSession = found[0]
        viewer = replace(viewer_of(session, found[1]), session=one.id)
    if at - one.seen_at > TOUCH:
        with storage.writing() as session:
            session.execute(update(WebSession).where(WebSession.id == one.id).values(seen_at=at))
    return viewer


def sessions(storage: Storage, settings: AccessSettings, viewer: Viewer, *, of: int = 0) -> list[SessionView]:
    """The viewer's sessions that stand, the one last used first. of: those of another account, for administrators."""
    if of not in (0, viewer.account):
        viewer.must_be("admin", "The list of somebody's sessions")
    at = now()
    query = select(WebSession).where(
        WebSession.account_id == (of or viewer.account),
        WebSession.expires_at > at,
        WebSession.seen_at > at - timedelta(hours=settings.session_idle_hours),
    )
    with storage.reading() as session:
        found = session.scalars(query.order_by(WebSession.seen_at.desc(), WebSession.id)).all()
    return [
        SessionView(one.id, one.agent, one.created_at, one.seen_at, one.expires_at, one.id == viewer.session)
        for one in found
    ]


def end_session(storage: Storage, viewer: Viewer, number: int, act: str = "session ended") -> None:
    """End one of the viewer's own sessions; its browser is signed out with its next request. Raises NotHere."""
    with storage.writing() as session:
        _end(session, viewer, WebSession.account_id == viewer.account, number, act)


def end_session_of(storage: Storage, by: Viewer, number: int) -> None:
    """End a session of anybody, as an administrator. Raises NotHere."""
    must_administer(by)
    with storage.writing() as session:
        _end(session, by, true(), number, "session ended")


def _end(session: Session, viewer: Viewer, whose: ColumnElement[bool], number: int, act: str) -> None:
    found = session.execute(
        select(WebSession.agent, Account.id, Account.subject)
        .join(Account, Account.id == WebSession.account_id)
        .where(WebSession.id == number, whose)
    ).first()
    if found is None:
        raise NotHere("That session has ended already.")
    agent, account, subject = found
    session.execute(delete(WebSession).where(WebSession.id == number))
    audit.write(session, viewer, act, detail=agent if account == viewer.account else f"{subject}: {agent}")


def agent_family(agent: str) -> str:
    """``Firefox on Linux`` of a User-Agent header: enough to know one's own browsers, too little to follow anybody."""
    browsers = (
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    )  # fmt: skip
    systems = (
        ("Android", "Android"), ("iPhone|iPad", "iOS"), ("Windows", "Windows"), ("Mac OS X|Macintosh", "macOS"),
        ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for mark, name in browsers if mark in agent), "Another program")
    system = next((name for mark, name in systems if re.search(mark, agent)), "")
    return f"{browser} on {system}" if system else browser
