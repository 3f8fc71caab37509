"""Whose right a question carries: a pair is shown to who is asked as far as who asks may know of it, then and now."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from puma.access import Viewer, lower_role
from puma.accounts.register import viewer_of
from puma.entities import Account, Request
from puma.keeping import owner_of

TO_ASK = "scientist"
"""The role from which on people ask about pairs, since their answer decides."""


def right_of(session: Session, request: Request) -> Viewer | None:
    """The viewer with whose eyes a pair is shown, and with whose right it is judged: who asked, for the instruments
    that are theirs today. None when who asked may ask no more, or is shut out."""
    viewer = Viewer(request.asked_role, request.asked_by)
    if request.asked_by_id is not None:
        asker = session.get(Account, request.asked_by_id)
        if asker is None or asker.disabled_at is not None:
            return None
        role = lower_role(request.asked_role, asker.role)
        viewer = replace(viewer_of(session, asker, role=role), name=request.asked_by)
    return viewer if viewer.at_least(TO_ASK) else None


def is_own(viewer: Viewer, account: Any, name: Any) -> ColumnElement[bool]:
    """SQL that is true for rows of the viewer: by their account, or by their name where nobody signs in."""
    return account == viewer.account if viewer.account else and_(account.is_(None), name == owner_of(viewer))


def asked_as(name: str, request: Request) -> str:
    """What is written beside a decision that came by a question; whose question it was stands with it."""
    asker = request.asked_by[:120]
    if name != request.asked_of:
        name = f"{name[:80]} for {request.asked_of[:80]}"
    return f"{name[:170]} (asked by {asker})"
