"""API tokens: shown once, kept as a digest, never worth more than their owner, ending by date or at once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from puma.access import EVERYTHING, Viewer, lower_role
from puma.accounts import audit
from puma.accounts.register import must_administer, viewer_of
from puma.accounts.sessions import TOUCH, digest_of
from puma.entities import Account, ApiToken
from puma.entities.accounts import SERVICE
from puma.errors import NotHere, Refused, WrongUsage
from puma.settings import AccessSettings
from puma.storage import Storage, now


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its owner sees it: everything but the secret. state: valid, expired or revoked."""

    id: int
    label: str
    prefix: str
    owner: str
    role: str
    scope: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    state: str


def make_token(
    storage: Storage,
    settings: AccessSettings,
    owner: int,
    *,
    role: str,
    days: int,
    label: str = "",
    scope: Sequence[str] | None = None,
) -> str:
    """Make a token for an account and return it: this is the only time it can be read.

    scope: fewer instruments than the owner has; None is all of them, also those that come later. Raises Refused for a
    role or an instrument that the owner has not, WrongUsage for days beyond [access] token_days.
    """
    if not 1 <= days <= settings.token_days:
        raise WrongUsage(f"A token lives for 1 to {settings.token_days} days.")
    prefix = f"puma_{secrets.token_hex(4)}"
    token, at = f"{prefix}_{secrets.token_urlsafe(32)}", now()
    with storage.writing() as session:
        one = session.get(Account, owner)
        if one is None or one.disabled_at is not None:
            raise NotHere("There is no such account.")
        if lower_role(role, one.role) != role:
            raise Refused(f"A token cannot be worth more than its owner, whose role is {one.role.replace('_', ' ')}.")
        if strange := [name for name in scope or () if name not in one.scope]:
            raise Refused(f"{strange[0]} is none of its owner's instruments.")
        row = {
            "account_id": owner,
            "label": label.strip()[:300],
            "prefix": prefix,
            "digest": digest_of(token),
            "role": role,
            "scope": ["*"] if scope is None else list(scope),
            "created_at": at,
            "expires_at": at + timedelta(days=days),
        }
        session.execute(insert(ApiToken).values(**row))
        maker = Viewer(one.role, one.name, account=one.id)
        audit.write(session, maker, "token made", detail=f"{prefix}, {role}, {days} days")
    return token


def viewer_of_token(storage: Storage, token: str, at: datetime) -> Viewer | None:
    """Who asks with this token; None when it ended, was revoked or never was, or when its owner is disabled."""
    with storage.reading() as session:
        found = session.execute(
            select(ApiToken, Account)
            .join(Account, Account.id == ApiToken.account_id)
            .where(
                ApiToken.prefix == token[:13],
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > at,
                Account.disabled_at.is_(None),
            )
        ).first()
        if found is None or not compare_digest(found[0].digest, digest_of(token)):
            return None
        one, owner = found
        scope = owner.scope if one.scope == ["*"] else [name for name in one.scope if name in owner.scope]
        viewer = viewer_of(session, owner, role=lower_role(one.role, owner.role), scope=scope)
        if owner.issuer == SERVICE:
            viewer = replace(viewer, name=one.label or one.prefix)
    if one.used_at is None or at - one.used_at > TOUCH:
        with storage.writing() as session:
            session.execute(update(ApiToken).where(ApiToken.id == one.id).values(used_at=at))
    return viewer


def tokens(storage: Storage, owner: int | None = None) -> list[TokenView]:
    """The tokens of an account, or all; the newest first."""
    query = select(ApiToken, Account.name).join(Account, Account.id == ApiToken.account_id)
    if owner is not None:
        query = query.where(ApiToken.account_id == owner)
    at = now()
    with storage.reading() as session:
        found = session.execute(query.order_by(ApiToken.created_at.desc(), ApiToken.id.desc())).all()
    return [
        TokenView(
            one.id,
            one.label,
            one.prefix,
            name,
            one.role,
            tuple(one.scope),
            one.created_at,
            one.expires_at,
            one.used_at,
            "revoked" if one.revoked_at else "expired" if one.expires_at <= at else "valid",
        )
        for one, name in found
    ]


def revoke_token(storage: Storage, prefix: str, *, by: Viewer = EVERYTHING) -> None:
    """Make a token worthless at once; others than the program itself revoke their own only. Raises NotHere."""
    with storage.writing() as session:
        query = select(ApiToken).where(ApiToken.prefix == prefix, ApiToken.revoked_at.is_(None))
        if by is not EVERYTHING:
            query = query.where(ApiToken.account_id == by.account)
        _revoke(session, query, by)


def revoke_token_of(storage: Storage, by: Viewer, prefix: str) -> None:
    """Make a token of anybody worthless at once, as an administrator. Raises NotHere."""
    must_administer(by)
    with storage.writing() as session:
        _revoke(session, select(ApiToken).where(ApiToken.prefix == prefix, ApiToken.revoked_at.is_(None)), by)


def _revoke(session: Session, query: Select[ApiToken], by: Viewer) -> None:
    one = session.scalars(query).first()
    if one is None:
        raise NotHere("There is no such token, or it was revoked already.")
    session.execute(update(ApiToken).where(ApiToken.id == one.id).values(revoked_at=now()))
    audit.write(session, by, "token revoked", detail=one.prefix)
