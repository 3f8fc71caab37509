"""Asking somebody about a pair: who may ask whom, the link that answers it, taking it back, its end by date."""

import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts import audit
from puma.accounts.sessions import digest_of
from puma.entities import Account, Request
from puma.entities.accounts import SERVICE
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.keeping import owner_of
from puma.requests.pair import pair_of
from puma.requests.rights import TO_ASK, is_own
from puma.settings import RequestSettings
from puma.storage import Storage
from puma.text import clean_text

MOST_OPEN = 200  # questions of one person that wait for an answer
LONGEST_NAME, LONGEST_MESSAGE = 120, 2000
FORGET_AFTER = timedelta(days=1)  # how long an address outlives its question, so that its end can be undone
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def clean_email(written: str) -> str:
    """An e-mail address as it is kept; empty stays empty. Raises WrongUsage for what is none."""
    address = written.strip()
    if address and (len(address) > 254 or not EMAIL.fullmatch(address)):
        raise WrongUsage(f"{written.strip()[:80]!r} is no e-mail address.")
    return address


def clean_message(written: str) -> str:
    """Running text without what could not be seen, line by line. Raises WrongUsage when it is too long."""
    text = "\n".join(clean_text(line) for line in written.splitlines()).strip()
    if len(text) > LONGEST_MESSAGE:
        raise WrongUsage(f"At most {LONGEST_MESSAGE} letters, please.")
    return text


def ask(
    storage: Storage,
    settings: RequestSettings,
    viewer: Viewer,
    link_id: int,
    *,
    at: datetime,
    name: str = "",
    email: str = "",
    account: int = 0,
    message: str = "",
) -> int:
    """Ask somebody about a pair: an account, or anybody by name. Returns the number of the request.

    Raises NotHere when the pair does not exist for the viewer, WrongUsage when nobody is named (about what is
    confidential: nobody with an account or an e-mail address), Conflict when they are asked already.
    """
    viewer.must_be(TO_ASK, "Asking somebody")
    address, words, named = clean_email(email), clean_message(message), clean_text(name)
    with storage.writing() as session:
        expire(session, at)
        pair = pair_of(session, replace(viewer, opened=frozenset()), link_id)
        if pair is None and pair_of(session, viewer, link_id) is not None:
            raise Refused("What is opened to you alone cannot be shown to others: decide, or ask the user office.")
        if pair is None:
            raise NotHere("There is no such pair.")
        if account:
            named = _name_of(session, viewer, account)
        if not 0 < len(named) <= LONGEST_NAME:
            raise WrongUsage(f"Say whom to ask, in at most {LONGEST_NAME} letters.")
        if pair.confidential and not (account or address):
            raise WrongUsage("This is confidential: name one person, by account or e-mail address.")
        own = select(Request).where(
            Request.state == "open", is_own(viewer, Request.asked_by_id, Request.asked_by)
        )  # fmt: skip
        if (session.scalar(select(func.count()).select_from(own.subquery())) or 0) >= MOST_OPEN:
            raise WrongUsage(f"{MOST_OPEN} of your questions wait already: take some back first.")
        if session.scalar(own.where(Request.link_id == link_id, Request.asked_of == named).limit(1)) is not None:
            raise Conflict(f"You have asked {named} about this pair already. Nothing was changed.")
        row = {
            "link_id": link_id,
            "asked_by": owner_of(viewer),
            "asked_by_id": viewer.account or None,
            "asked_role": viewer.role,
            "asked_of": named,
            "asked_of_id": account or None,
            "email": address,
            "message": words,
            "state": "open",
            "comment": "",
            "answered_by": "",
            "created_at": at,
            "expires_at": at + timedelta(days=settings.days),
        }
        number = session.execute(insert(Request).values(**row).returning(Request.id)).scalar_one()
        audit.write(session, viewer, "asked", detail=f"{named} about the pair {link_id}", count=len(pair.confidential))
        return number


def _name_of(session: Session, viewer: Viewer, account: int) -> str:
    one = session.get(Account, account)
    if one is None or one.disabled_at is not None or one.issuer == SERVICE:
        raise NotHere("There is no such account.")
    if one.id == viewer.account:
        raise WrongUsage("You need not ask yourself: decide.")
    return one.name[:LONGEST_NAME]


def new_link(storage: Storage, viewer: Viewer, request_id: int, *, at: datetime) -> str:
    """Make the secret part of the link that answers a question; an earlier link stops working.

    Only a digest of it is kept: this is the only time it can be read.
    """
    token = new_secret()
    keep_link(storage, viewer, request_id, token, at=at)
    return token


def new_secret() -> str:
    """256 random bits as letters that stand in an address unchanged."""
    return secrets.token_urlsafe(32)


def keep_link(
    storage: Storage, viewer: Viewer, request_id: int, token: str, *, at: datetime, sent: datetime | None = None
) -> None:
    """Let this secret answer the question from now on. sent: when it went out as an e-mail."""
    with storage.writing() as session:
        own_open(session, viewer, request_id, at)
        values = {"digest": digest_of(token), **({"sent_at": sent} if sent else {})}
        session.execute(update(Request).where(Request.id == request_id).values(**values))


def own_open(session: Session, viewer: Viewer, request_id: int, at: datetime) -> Request:
    """A question of the viewer that waits for an answer. Raises NotHere, or Conflict when it waits no more."""
    viewer.must_be(TO_ASK, "Asking somebody")
    own = is_own(viewer, Request.asked_by_id, Request.asked_by)
    found = session.scalar(select(Request).where(Request.id == request_id, own).with_for_update())
    if found is None or pair_of(session, viewer, found.link_id) is None:
        raise NotHere("There is no such question of yours.")
    if state_at(found, at) != "open":
        raise Conflict(f"This question is {state_at(found, at)}. Nothing was changed.")
    return found


def withdraw(storage: Storage, viewer: Viewer, request_id: int, *, at: datetime) -> None:
    """Take a question back; its link says so from now on. The user office takes those of others back too."""
    with storage.writing() as session:
        found = _mine_or_office(session, viewer, request_id)
        if state_at(found, at) != "open":
            raise Conflict(f"This question is {state_at(found, at)} already. Nothing was changed.")
        values = {"state": "withdrawn", "answered_at": at}
        session.execute(update(Request).where(Request.id == request_id).values(**values))


def reopen(storage: Storage, viewer: Viewer, request_id: int, *, at: datetime) -> None:
    """Undo taking a question back; the same link works again."""
    with storage.writing() as session:
        found = _mine_or_office(session, viewer, request_id)
        if found.state != "withdrawn" or found.expires_at <= at:
            raise Conflict("This question cannot be asked again: ask anew. Nothing was changed.")
        values = {"state": "open", "answered_at": None}
        session.execute(update(Request).where(Request.id == request_id).values(**values))


def _mine_or_office(session: Session, viewer: Viewer, request_id: int) -> Request:
    query = select(Request).where(Request.id == request_id).with_for_update()
    own = is_own(viewer, Request.asked_by_id, Request.asked_by)
    found = session.scalar(query if viewer.at_least("user_office") else query.where(own))
    if found is None or not viewer.at_least(TO_ASK):
        raise NotHere("There is no such question of yours.")
    return found


def state_at(request: Request, at: datetime) -> str:
    """The state of a question; what nobody answered in time has expired, whether or not that was written down."""
    return "expired" if request.state == "open" and request.expires_at <= at else request.state


def expire(session: Session, at: datetime) -> None:
    """Write down which questions have expired, and forget the addresses of those that ended a day ago."""
    over = (Request.state == "open", Request.expires_at <= at)
    session.execute(update(Request).where(*over).values(state="expired", answered_at=Request.expires_at))
    ended = (Request.state != "open", Request.email != "", Request.answered_at <= at - FORGET_AFTER)
    session.execute(update(Request).where(*ended).values(email=""))
