"""Requests: asking a colleague about a pair, the link that answers it, stand-ins, and the weekly digest."""

from puma.requests.answering import (
    ENDED,
    Answered,
    Question,
    answer,
    answer_behind,
    question_behind,
)
from puma.requests.asked import Inbox, RequestView, about, about_each, asked_by, inbox, one_asked, waiting_count
from puma.requests.asking import ask, new_link, reopen, withdraw
from puma.requests.digest import Digest, digest, letter_of
from puma.requests.letters import letter_with_link, link_of, preview, send_letter
from puma.requests.mail import Letter, can_send
from puma.requests.pair import End, PairView
from puma.requests.rights import TO_ASK
from puma.requests.stand_ins import Colleague, StandInView, colleagues, end_stand_in, name_stand_in, stand_ins
from puma.requests.wishes import (
    Due,
    Wish,
    digests,
    end_digest,
    end_digest_behind,
    is_way_out,
    send_digest,
    wish_digest,
    wish_of,
)

__all__ = [
    "ENDED",
    "TO_ASK",
    "Answered",
    "Colleague",
    "Digest",
    "Due",
    "End",
    "Inbox",
    "Letter",
    "PairView",
    "Question",
    "RequestView",
    "StandInView",
    "Wish",
    "about",
    "about_each",
    "answer",
    "answer_behind",
    "ask",
    "asked_by",
    "can_send",
    "colleagues",
    "digest",
    "digests",
    "end_digest",
    "end_digest_behind",
    "end_stand_in",
    "inbox",
    "is_way_out",
    "letter_of",
    "letter_with_link",
    "link_of",
    "name_stand_in",
    "new_link",
    "one_asked",
    "preview",
    "question_behind",
    "reopen",
    "send_digest",
    "send_letter",
    "stand_ins",
    "waiting_count",
    "wish_digest",
    "wish_of",
    "withdraw",
]
