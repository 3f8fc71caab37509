"""Whose a collection is: who may see it, who may change it, said once as SQL and once in words."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from puma.access import Viewer
from puma.entities import Collection

TO_KEEP = "viewer"
"""The role from which on people keep things: what nobody owns, nobody could find again or take away."""
TO_PUBLISH = "user_office"
"""The role that shows a collection to everybody, and that changes shared collections of others."""


def owner_of(viewer: Viewer) -> str:
    """The name under which somebody's things are kept: their own, or that of their role where nobody signs in."""
    return viewer.name or viewer.role


def owned_by(viewer: Viewer, account: Any, name: Any) -> ColumnElement[bool]:
    """SQL that is true for the viewer's own: by their account, or by their name where nobody signs in."""
    return account == viewer.account if viewer.account else and_(account == 0, name == owner_of(viewer))


def may_see(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for collections that exist for a viewer; a private one does for its owner and administrators."""
    shown = [Collection.visibility == "public"]
    if viewer.at_least("viewer"):
        shown += [Collection.visibility == "internal", _own(viewer)]
    if viewer.at_least("admin"):
        shown.append(Collection.visibility == "private")
    return and_(Collection.deleted_at.is_(None), or_(*shown))


def may_change(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for collections that a viewer may change: their own; shared ones for the user office."""
    if not viewer.at_least(TO_KEEP):
        return false()
    if viewer.at_least("admin"):
        return Collection.id.is_not(None)
    own = _own(viewer)
    return or_(own, Collection.visibility != "private") if viewer.at_least(TO_PUBLISH) else own


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return owned_by(viewer, Collection.account, Collection.made_by)
