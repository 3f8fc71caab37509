"""Decisions of people: accept, reject, correct, merge, name, and take back. The log only grows; the rest follows it."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import corrections, duplicates, keywords, links, names, persons
from puma.decisions.corrections import clean_value, correct, correct_values
from puma.decisions.duplicates import distinct, merge
from puma.decisions.keywords import tag, untag
from puma.decisions.links import Changed, Decided, decide, decide_many, recent, settle, together, undo_many
from puma.decisions.names import call, dismiss, place
from puma.decisions.persons import apart, join, split
from puma.entities import Decision
from puma.errors import NotHere
from puma.storage import Storage

TAKE_BACK: dict[str, Callable[[Session, Viewer, Decision], int]] = {
    "accept": links.take_back,
    "reject": links.take_back,
    "correct": corrections.take_back,
    "merge": duplicates.take_back_merge,
    "distinct": names.take_back_said,
    "alias": names.take_back_name,
    "resolve": names.take_back_place,
    "dismiss": names.take_back_said,
    "tag": keywords.take_back,
    "untag": keywords.take_back,
    "join": persons.take_back_join,
    "split": persons.take_back_split,
}
"""How each verdict is taken back."""


def undo(storage: Storage, viewer: Viewer, decision_id: int) -> int:
    """Take a decision back; everything is as it was before. Returns the number of the undoing row.

    Raises NotHere when there is none to take back, Conflict when it was undone already or decided again since, Refused
    when the viewer may not take such decisions.
    """
    viewer.must_be("viewer", "Undoing a decision")  # each decision asks for more where it needs more
    with storage.writing() as session:
        decision = session.get(Decision, decision_id)
        if decision is None or decision.verdict not in TAKE_BACK:
            raise NotHere("There is no such decision to undo.")
        return TAKE_BACK[decision.verdict](session, viewer, decision)


__all__ = [
    "Changed",
    "Decided",
    "apart",
    "call",
    "clean_value",
    "correct",
    "correct_values",
    "decide",
    "decide_many",
    "dismiss",
    "distinct",
    "join",
    "merge",
    "place",
    "recent",
    "settle",
    "split",
    "tag",
    "together",
    "undo",
    "undo_many",
    "untag",
]
