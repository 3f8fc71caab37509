"""Who wants the weekly digest: wished with an address of one's own, ended on the page or by the link in each letter."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from puma.access import Viewer
from puma.accounts.register import viewer_of
from puma.entities import Account, DigestWish
from puma.entities.accounts import SERVICE
from puma.errors import NotHere, PumaError, Refused, WrongUsage
from puma.languages import tongue
from puma.requests.asking import clean_email
from puma.requests.digest import Digest, digest, letter_of
from puma.requests.mail import Letter, send
from puma.settings import Settings
from puma.storage import Storage

NOT_AGAIN = timedelta(days=6)  # a digest that went out lately does not go out again, however often it is called


@dataclass(frozen=True, slots=True)
class Wish:
    """Where the digest of an account goes, and when it last went."""

    email: str
    wanted_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """The digest of an account, as a letter. wish: None where the account wants none sent."""

    account: int
    login: str
    found: Digest
    letter: Letter
    wish: Wish | None

    def why_not(self, at: datetime) -> str:
        """Why it does not go out now; empty when it does."""
        if self.wish is None:
            return "not wished"
        if self.wish.sent_at and self.wish.sent_at > at - NOT_AGAIN:
            return f"went out on {self.wish.sent_at:%-d %B %Y}"
        return "nothing is new" if self.found.is_empty else ""


def wish_digest(storage: Storage, viewer: Viewer, email: str, *, at: datetime) -> None:
    """Have the digest sent to an address. Raises Refused without an account, WrongUsage for what is no address."""
    address = clean_email(email)
    if not viewer.account:
        raise Refused("This is for people who are signed in.")
    if not address:
        raise WrongUsage("Give the address that the digest goes to.")
    with storage.writing() as session:
        there = session.scalar(select(DigestWish.id).where(DigestWish.account_id == viewer.account))
        if there is not None:
            session.execute(update(DigestWish).where(DigestWish.id == there).values(email=address))
            return
        row = {"account_id": viewer.account, "email": address, "stop": secrets.token_urlsafe(24), "wanted_at": at}
        session.execute(insert(DigestWish).values(**row))


def end_digest(storage: Storage, viewer: Viewer) -> None:
    """Have it sent no more; the address is forgotten."""
    with storage.writing() as session:
        session.execute(delete(DigestWish).where(DigestWish.account_id == viewer.account))


def is_way_out(storage: Storage, stop: str) -> bool:
    """Whether this is the secret under a digest that still goes out."""
    with storage.reading() as session:
        return session.scalar(select(DigestWish.id).where(DigestWish.stop == stop)) is not None


def end_digest_behind(storage: Storage, stop: str) -> None:
    """Have it sent no more, by the secret under a letter. Raises NotHere when there is none to end."""
    with storage.writing() as session:
        found = session.scalar(select(DigestWish.id).where(DigestWish.stop == stop))
        if found is None:
            raise NotHere("There is no digest to end behind this link.")
        session.execute(delete(DigestWish).where(DigestWish.id == found))


def wish_of(storage: Storage, viewer: Viewer) -> Wish | None:
    """Where the viewer's digest goes; None when it goes nowhere."""
    with storage.reading() as session:
        one = session.scalar(select(DigestWish).where(DigestWish.account_id == viewer.account))
    return Wish(one.email, one.wanted_at, one.sent_at) if one is not None else None


def digests(storage: Storage, settings: Settings, *, at: datetime) -> Iterator[Due]:
    """The digests of all accounts that are responsible for instruments, each with what that person may see."""
    query = (
        select(Account, DigestWish)
        .outerjoin(DigestWish, DigestWish.account_id == Account.id)
        .where(Account.disabled_at.is_(None), Account.issuer != SERVICE)
        .order_by(Account.id)
    )
    with storage.reading() as session:
        people = [(one, wish, viewer_of(session, one)) for one, wish in session.execute(query)]
    for one, wish, viewer in people:
        if viewer.instruments:
            found = digest(storage, viewer, at=at)
            letter = letter_of(
                found,
                facility=settings.facility.name,
                base=settings.access.public_url.rstrip("/"),
                email=wish.email if wish else "",
                stop=wish.stop if wish else "",
                say=tongue(settings.facility.language),
            )
            kept = Wish(wish.email, wish.wanted_at, wish.sent_at) if wish else None
            yield Due(one.id, one.subject, found, letter, kept)


def send_digest(storage: Storage, settings: Settings, due: Due, *, at: datetime) -> bool:
    """Send a digest and keep when; False when somebody else sent it lately, so nothing went out.

    It is claimed before it goes, so that of two workers one sends it: a worker that dies in between leaves the week
    without a digest rather than with two. Raises WrongUsage while its links would lead nowhere; else as ``mail.send``.
    """
    if not settings.access.public_url:
        raise WrongUsage("[access] public_url is empty: the links in the letters would lead nowhere.")
    here = DigestWish.account_id == due.account
    with storage.writing() as session:
        before = session.execute(select(DigestWish.sent_at).where(here).with_for_update()).first()
        if before is None or (before[0] is not None and before[0] > at - NOT_AGAIN):
            return False
        session.execute(update(DigestWish).where(here).values(sent_at=at))
    try:
        send(due.letter, settings.mail, by=f"{storage.url} {due.account}")
    except PumaError:  # nothing was sent: it is as if nobody had tried
        with storage.writing() as session:
            session.execute(update(DigestWish).where(here, DigestWish.sent_at == at).values(sent_at=before[0]))
        raise
    return True
