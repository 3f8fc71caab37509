"""Answering: by whoever is asked, by who stands in for them, or by the link alone; accept and reject are decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.accounts import audit
from puma.accounts.sessions import digest_of
from puma.decisions import TwoPersons
from puma.decisions.links import decide_in
from puma.entities import Request
from puma.entities.requests import ANSWERS
from puma.errors import Conflict, NotHere, WrongUsage
from puma.requests.asking import clean_message, state_at
from puma.requests.pair import PairView, heads, pair_of
from puma.requests.rights import asked_as, right_of
from puma.requests.stand_ins import absent_names
from puma.storage import Storage

NOTHING = "There is nothing behind this link."
ENDED = {
    "answered": "This question was answered already.",
    "expired": "The time to answer this question is over.",
    "withdrawn": "This question was taken back.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question as whoever may answer it sees it. pair: None once it has ended. state: open or how it ended."""

    request_id: int
    state: str
    asked_by: str
    asked_of: str
    message: str
    expires_at: datetime
    pair: PairView | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer. decision: its number; 0 where it decided nothing. late: somebody had decided before.
    waits: it counts once a second person says the same."""

    decision: int
    late: bool
    waits: bool = False


def question_behind(storage: Storage, token: str, *, at: datetime) -> Question:
    """The question that a link is about. Raises NotHere for a link that never was, or may be shown no more.

    Showing something confidential is noted in the audit.
    """
    with storage.reading() as session:
        request = _behind(session, token)
        state = state_at(request, at)
        pair = _pair(session, request) if state == "open" else None
        viewer = right_of(session, request)
    if pair and pair.confidential and viewer:
        seen_by = replace(viewer, name=asked_as(request.asked_of, request), account=0)
        audit.saw(storage, seen_by, "a pair by its link", len(pair.confidential))
    asked_of = request.asked_of if pair else ""
    asked_by, message = (request.asked_by, request.message) if pair else ("", "")
    return Question(request.id, state, asked_by, asked_of, message, request.expires_at, pair)


def answer_behind(
    storage: Storage, token: str, verdict: str, comment: str = "", *, at: datetime, rule: TwoPersons | None = None
) -> Answered:
    """Answer the question that a link is about, as the person who was asked.

    verdict: accept, reject or do not know. rule: of two persons; who asks has read the link too, so that this answer
    and a word of theirs are never two persons. Raises NotHere, Conflict when the question has ended.
    """
    with storage.writing() as session:
        request = _behind(session, token, lock=True)
        hands = (request.asked_by, request.asked_of)
        return _answer(session, request, request.asked_of, verdict, comment, at, rule, hands)


def answer(
    storage: Storage, viewer: Viewer, request_id: int, verdict: str, comment: str = "", *, at: datetime,
    rule: TwoPersons | None = None,
) -> Answered:  # fmt: skip
    """Answer a question that the viewer, or somebody whom they stand in for, was asked.

    Raises NotHere when they were not asked, Conflict when the question has ended.
    """
    with storage.writing() as session:
        request = session.scalar(select(Request).where(Request.id == request_id).with_for_update())
        if request is None or not may_answer(session, viewer, request, at):
            raise NotHere("You were not asked such a question.")
        return _answer(session, request, viewer.name, verdict, comment, at, rule, (viewer.name,))


def may_answer(session: Session, viewer: Viewer, request: Request, at: datetime) -> bool:
    """Whether the viewer was asked, or stands in; who stands in must know of both ends by themselves."""
    if request.asked_of_id is None:
        return bool(viewer.name) and not viewer.account and viewer.name == request.asked_of
    if request.asked_of_id == viewer.account:
        return True
    absent = absent_names(session, viewer, at)
    return request.asked_of_id in absent and bool(heads(session, viewer, [request.link_id or 0]))


def _answer(
    session: Session, request: Request, name: str, verdict: str, comment: str, at: datetime, rule: TwoPersons | None,
    hands: Sequence[str],
) -> Answered:  # fmt: skip
    if verdict not in ANSWERS:
        raise WrongUsage(f"An answer is one of: {', '.join(ANSWERS)}.")
    words = clean_message(comment)
    state = state_at(request, at)
    if state != "open":
        raise Conflict(ENDED[state])
    pair, viewer = _pair(session, request), right_of(session, request)
    if pair is None or viewer is None:
        raise NotHere(NOTHING)
    decision, late, waits = 0, False, False
    if verdict != "do not know":
        late = not pair.is_open
        if not late:
            by = replace(viewer, name=asked_as(name, request))
            act = partial(decide_in, session, by, pair.link_id, verdict, reason=words, expected_state=pair.state)
            try:
                done = act(rule=rule, hands=hands)
                decision, waits = done.decisions[0], bool(done.waiting)
            except Conflict:  # the same person said the same before
                late = True
    values = {
        "state": "answered",
        "answer": verdict,
        "comment": words,
        "answered_by": name[:300],
        "answered_at": at,
        "decision_id": decision or None,
    }
    session.execute(update(Request).where(Request.id == request.id).values(**values))
    return Answered(decision, late, waits)


def _behind(session: Session, token: str, *, lock: bool = False) -> Request:
    query = select(Request).where(Request.digest == digest_of(token))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None or (found.state == "open" and _pair(session, found) is None):
        raise NotHere(NOTHING)
    return found


def _pair(session: Session, request: Request) -> PairView | None:
    viewer = right_of(session, request)
    return pair_of(session, viewer, request.link_id) if viewer else None
