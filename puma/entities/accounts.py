"""Who may sign in, where they are signed in, their tokens, and the audit of what was seen; none of it is a record."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from puma.access import ROLES
from puma.entities.record import Entity, Number, number, ref
from puma.fields import field, json_type

LOCAL = "local"
"""The issuer of accounts that sign in with a password of this installation."""
SERVICE = "service"
"""The issuer of accounts that nobody signs in with: tokens made on the command line hang on them."""

ACTS = (
    "signed in", "sign-in failed", "signed out", "session ended", "account made", "role changed", "password changed",
    "disabled", "enabled", "token made", "token revoked", "asked", "stand-in",
    "erased", "saw", "exported", "personal data exported",
)  # fmt: skip


class Account(Entity):
    """Somebody who may sign in. The key is who vouches for them and the name they have there, never an e-mail."""

    __tablename__ = "account"

    id: Mapped[int] = number()
    issuer: Mapped[str] = field("code", "Issuer", "local, service, or the address of the identity provider")
    subject: Mapped[str] = field("code", "Subject", "the name at the issuer; for local accounts the sign-in name")
    name: Mapped[str] = field("label", "Name", "as shown to others", personal=True)
    role: Mapped[str] = field("choice", "Role", choices=ROLES)
    scope: Mapped[list[str]] = mapped_column(json_type())  # names of instruments
    password_hash: Mapped[str | None] = field("text", "Password hash", exported=False, confidential=True)
    orcid: Mapped[str | None] = field("orcid", "ORCID", "leads to the person", personal=True)
    created_at: Mapped[datetime] = field("moment", "Made on")
    signed_in_at: Mapped[datetime | None] = field("moment", "Last sign-in")
    disabled_at: Mapped[datetime | None] = field("moment", "Disabled on")

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class WebSession(Entity):
    """A browser in which somebody is signed in; the browser holds a random number, here lies only its digest."""

    __tablename__ = "web_session"

    id: Mapped[int] = number()
    account_id: Mapped[int] = ref("account", nullable=False, cascade=True)
    digest: Mapped[str] = field("code", "Digest", unique=True, exported=False)
    agent: Mapped[str] = field("label", "Browser", "its family and system, nothing finer")
    created_at: Mapped[datetime] = field("moment", "Signed in")
    seen_at: Mapped[datetime] = field("moment", "Last seen")
    expires_at: Mapped[datetime] = field("moment", "Ends")


class ApiToken(Entity):
    """A key for programs; shown once, kept as a digest, never worth more than its owner is at the moment of use."""

    __tablename__ = "api_token"

    id: Mapped[int] = number()
    account_id: Mapped[int] = ref("account", nullable=False, cascade=True)
    label: Mapped[str] = field("label", "For what")
    prefix: Mapped[str] = field("code", "Begins with", unique=True)
    digest: Mapped[str] = field("code", "Digest", exported=False)
    role: Mapped[str] = field("choice", "Role", choices=ROLES)
    scope: Mapped[list[str]] = mapped_column(json_type())  # names of instruments
    created_at: Mapped[datetime] = field("moment", "Made on")
    expires_at: Mapped[datetime] = field("moment", "Ends")
    used_at: Mapped[datetime | None] = field("moment", "Last used")
    revoked_at: Mapped[datetime | None] = field("moment", "Revoked on")


class AuditEntry(Entity):
    """One thing that somebody did or saw. The database itself refuses to change or remove a row."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = number()
    at: Mapped[datetime] = field("moment", "When", index=True)
    act: Mapped[str] = field("choice", "What", choices=ACTS, index=True)
    account_id: Mapped[int | None] = mapped_column(Number, index=True)  # plain number: the row outlives the account
    who: Mapped[str] = field("label", "Who", personal=True)
    role: Mapped[str] = field("choice", "Role", choices=ROLES)
    place: Mapped[str] = field("text", "Where", "page or export with its filters")
    count: Mapped[int | None] = field("count", "Confidential records", "how many of them were shown")
    detail: Mapped[str] = field("text", "Detail")
