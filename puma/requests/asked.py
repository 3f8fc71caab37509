"""Questions as lists: those one asked, those one is asked oneself or stands in for, and those about one pair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts.audit import saw, saw_records
from puma.entities import Request
from puma.errors import NotHere
from puma.requests.answering import may_answer
from puma.requests.asking import state_at
from puma.requests.pair import Head, PairView, heads, pair_of
from puma.requests.rights import TO_ASK, is_own, right_of
from puma.requests.stand_ins import absent_names
from puma.storage import Storage

MOST = 100
GONE = Head("A pair that is proposed no more, or not shown to you", "")


@dataclass(frozen=True, slots=True)
class RequestView:
    """A question as a viewer may know of it.

    title, code: what the two ends are called. email: for whoever asked only. decision: by which its answer decided;
    late: the pair had been decided before the answer came.
    """

    id: int
    link_id: int | None
    title: str
    code: str
    asked_by: str
    asked_of: str
    email: str
    message: str
    state: str
    answer: str
    comment: str
    answered_by: str
    decision: int
    late: bool
    created_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """What one is asked. waiting: open questions with their pairs; ended: the last ones that are over."""

    waiting: list[tuple[RequestView, PairView]]
    ended: list[RequestView]


def asked_by(storage: Storage, viewer: Viewer, *, at: datetime) -> list[RequestView]:
    """The questions that the viewer asked, the newest first."""
    if not viewer.at_least(TO_ASK):
        return []
    return _views(storage, viewer, is_own(viewer, Request.asked_by_id, Request.asked_by), at)


def one_asked(storage: Storage, viewer: Viewer, request_id: int, *, at: datetime) -> RequestView:
    """One question that the viewer asked. Raises NotHere."""
    own = and_(Request.id == request_id, is_own(viewer, Request.asked_by_id, Request.asked_by))
    found = _views(storage, viewer, own, at) if viewer.at_least(TO_ASK) else []
    if not found:
        raise NotHere("There is no such question of yours.")
    return found[0]


def about(storage: Storage, viewer: Viewer, link_id: int, *, at: datetime) -> list[RequestView]:
    """Who was asked about a pair, the newest first; nothing where the pair does not exist for the viewer."""
    return about_each(storage, viewer, [link_id], at=at).get(link_id, [])


def about_each(
    storage: Storage, viewer: Viewer, links: Sequence[int], *, at: datetime
) -> dict[int, list[RequestView]]:  # fmt: skip
    """Who was asked about each of these pairs, the newest first; without those of which nobody was asked."""
    if not viewer.at_least(TO_ASK):
        return {}
    with storage.reading() as session:
        asked = set(session.scalars(select(Request.link_id).where(Request.link_id.in_(links))))
        shown = heads(session, viewer, {number for number in asked if number}) if asked else {}
    return {number: _views(storage, viewer, Request.link_id == number, at) for number in shown}


def inbox(storage: Storage, viewer: Viewer, *, at: datetime) -> Inbox:
    """What the viewer is asked, or somebody for whom they stand in; what ends first comes first."""
    waiting: list[tuple[RequestView, PairView]] = []
    shown_as: dict[str, int] = {}
    with storage.reading() as session:
        addressed = _addressed(session, viewer, at)
        open_ones = select(Request).where(addressed, Request.state == "open", Request.expires_at > at)
        for one in session.scalars(open_ones.order_by(Request.expires_at, Request.id).limit(MOST)):
            right = right_of(session, one)
            pair = pair_of(session, right, one.link_id) if right else None
            if pair is not None and may_answer(session, viewer, one, at):
                head = Head(pair.left.title, pair.right.code or pair.right.title)
                waiting.append((_view(one, head, at, email=""), pair))
                if right and pair.confidential:
                    shown_as[right.role] = shown_as.get(right.role, 0) + len(pair.confidential)
        own = _own_inbox(viewer)
        over = select(Request).where(own, or_(Request.state != "open", Request.expires_at <= at))
        ended = session.scalars(over.order_by(Request.id.desc()).limit(20)).all()
        shown = heads(session, viewer, [one.link_id for one in ended if one.link_id])
        past = [_view(one, shown.get(one.link_id or 0, GONE), at, email="") for one in ended]
    for role, count in shown_as.items():
        saw(storage, replace(viewer, role=role), "pairs one is asked about", count)
    return Inbox(waiting, past)


def waiting_count(storage: Storage, viewer: Viewer, *, at: datetime) -> int:
    """How many questions wait for the viewer."""
    return len(inbox(storage, viewer, at=at).waiting)


def _own_inbox(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.account:
        return Request.asked_of_id == viewer.account
    return and_(Request.asked_of_id.is_(None), Request.asked_of == viewer.name) if viewer.name else false()


def _addressed(session: Session, viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    absent = absent_names(session, viewer, at)
    return or_(_own_inbox(viewer), Request.asked_of_id.in_(sorted(absent))) if absent else _own_inbox(viewer)


def _views(storage: Storage, viewer: Viewer, which: Any, at: datetime) -> list[RequestView]:
    with storage.reading() as session:
        newest = select(Request).where(which).order_by(Request.id.desc()).limit(MOST)
        found: Sequence[Request] = session.scalars(newest).all()
        shown = heads(session, viewer, {one.link_id for one in found if one.link_id})
        own = {*session.scalars(select(Request.id).where(which, is_own(viewer, Request.asked_by_id, Request.asked_by)))}
    saw_records(storage, viewer, "requests", {one.right for one in shown.values()})
    return [
        _view(one, shown.get(one.link_id or 0, GONE), at, email=one.email if one.id in own else "") for one in found
    ]


def _view(one: Request, head: Head, at: datetime, *, email: str) -> RequestView:
    return RequestView(
        id=one.id,
        link_id=one.link_id,
        title=head.title,
        code=head.code,
        asked_by=one.asked_by,
        asked_of=one.asked_of,
        email=email,
        message=one.message,
        state=state_at(one, at),
        answer=one.answer or "",
        comment=one.comment,
        answered_by=one.answered_by,
        decision=one.decision_id or 0,
        late=one.answer in ("accept", "reject") and one.decision_id is None,
        created_at=one.created_at,
        expires_at=one.expires_at,
        sent_at=one.sent_at,
        answered_at=one.answered_at,
    )
