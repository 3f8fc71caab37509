"""What people ask each other: requests to judge a pair, stand-ins, the weekly digest, and words about owed papers."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from puma.access import ROLES
from puma.entities.record import Entity, number, ref
from puma.fields import field

REQUEST_STATES = ("open", "answered", "expired", "withdrawn")
ANSWERS = ("accept", "reject", "do not know")
OWED_WORDS = ("reminded", "excused")


class Request(Entity):
    """A question to somebody: does this publication come from this proposal? Its link is kept as a digest only."""

    __tablename__ = "request"

    id: Mapped[int] = number()
    link_id: Mapped[int | None] = ref("link")  # empty once the pair is proposed no more
    asked_by: Mapped[str] = field("label", "Asked by", personal=True)
    asked_by_id: Mapped[int | None] = ref("account")
    asked_role: Mapped[str] = field("choice", "Role of who asked", "the answer is worth no more", choices=ROLES)
    asked_of: Mapped[str] = field("label", "Asked of", personal=True, confidential=True, exported=False)
    asked_of_id: Mapped[int | None] = ref("account")
    email: Mapped[str] = field(
        "email", "E-mail", "forgotten when the request ends", personal=True, confidential=True, exported=False
    )
    message: Mapped[str] = field("text", "Message", exported=False)
    state: Mapped[str] = field("choice", "State", choices=REQUEST_STATES)
    answer: Mapped[str | None] = field("choice", "Answer", choices=ANSWERS)
    comment: Mapped[str] = field("text", "Comment", exported=False)
    answered_by: Mapped[str] = field("label", "Answered by", "who stood in, where somebody did", personal=True)
    decision_id: Mapped[int | None] = ref("decision")
    created_at: Mapped[datetime] = field("moment", "Asked on")
    expires_at: Mapped[datetime] = field("moment", "Expires on")
    sent_at: Mapped[datetime | None] = field("moment", "Sent on", "as an e-mail, last")
    answered_at: Mapped[datetime | None] = field("moment", "Answered on")
    digest: Mapped[str | None] = field("code", "Digest of the link", unique=True, exported=False)

    __table_args__ = (
        CheckConstraint("state in ('open','answered','expired','withdrawn')", name="state"),
        CheckConstraint("answer in ('accept','reject','do not know')", name="answer"),
    )


class StandIn(Entity):
    """Somebody who sees and answers, between two days, what another is asked."""

    __tablename__ = "stand_in"

    id: Mapped[int] = number()
    absent_id: Mapped[int] = ref("account", nullable=False, cascade=True)
    stands_in_id: Mapped[int] = ref("account", nullable=False, cascade=True)
    first_day: Mapped[date] = field("day", "From", "included, in UTC")
    last_day: Mapped[date] = field("day", "To", "included, in UTC")
    named_at: Mapped[datetime] = field("moment", "Named on")


class DigestWish(Entity):
    """An account that wants the weekly digest of its instruments, and where to."""

    __tablename__ = "digest_wish"

    id: Mapped[int] = number()
    account_id: Mapped[int] = ref("account", nullable=False, cascade=True)
    email: Mapped[str] = field("email", "E-mail", personal=True, confidential=True, exported=False)
    stop: Mapped[str] = field(
        "code", "Way out", "the part of the address under each digest that ends it", unique=True, exported=False
    )
    wanted_at: Mapped[datetime] = field("moment", "Wanted since")
    sent_at: Mapped[datetime | None] = field("moment", "Last sent")


class OwedWord(Entity):
    """A word about a proposal that owes a paper: that somebody was reminded of it, or that it owes none, and why."""

    __tablename__ = "owed_word"

    id: Mapped[int] = number()
    proposal_id: Mapped[int] = ref("proposal", nullable=False, cascade=True)
    kind: Mapped[str] = field("choice", "Word", choices=OWED_WORDS)
    reason: Mapped[str] = field("text", "Reason", "why a proposal owes none", exported=False)
    said_by: Mapped[str] = field("label", "Said by", personal=True)
    said_by_id: Mapped[int | None] = ref("account")
    said_at: Mapped[datetime] = field("moment", "Said on")
    ended_at: Mapped[datetime | None] = field("moment", "Taken back on")

    __table_args__ = (CheckConstraint("kind in ('reminded','excused')", name="kind"),)
