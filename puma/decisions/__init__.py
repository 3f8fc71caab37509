"""Decisions of people: accept, reject, correct, merge, name, and take back. The log only grows; the rest follows it."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import (
    corrections,
    duplicates,
    institutions,
    instruments,
    keywords,
    links,
    names,
    persons,
    publications,
)
from puma.decisions.corrections import clean_value, correct, correct_values
from puma.decisions.duplicates import distinct, merge
from puma.decisions.institutions import establish
from puma.decisions.institutions import split as split_off
from puma.decisions.instruments import Named, Period, checked, edit
from puma.decisions.keywords import tag, untag
from puma.decisions.links import (
    Changed,
    decide,
    decide_many,
    decide_one,
    settle,
    together,
    undo_many,
)
from puma.decisions.names import call, dismiss, place
from puma.decisions.persons import split
from puma.decisions.publications import names_that_go, separate
from puma.decisions.recent import Decided, recent
from puma.decisions.two_persons import TwoPersons, follow_rule, rule_of
from puma.entities import Decision, Record
from puma.errors import NotHere
from puma.storage import Storage

TAKE_BACK: dict[str, Callable[[Session, Viewer, Decision], int]] = {
    "accept": links.take_back,
    "reject": links.take_back,
    "for": links.take_back,
    "against": links.take_back,
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
    "edit": instruments.take_back,
}
"""How each verdict is taken back."""
BY_KIND: dict[str, dict[str, Callable[[Session, Viewer, Decision], int]]] = {
    "institution": {"join": institutions.take_back_join, "split": institutions.take_back_split},
    "publication": {"split": publications.take_back_separate},
}
"""How those are that mean something else on these kinds of records."""


def join(storage: Storage, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
    """Make two persons, or two institutions, one; see there. Returns the number of the decision."""
    way = institutions.join if _kind(storage, keep_id) == "institution" else persons.join
    return way(storage, viewer, keep_id, other_id, reason)


def apart(storage: Storage, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
    """Say that two persons, or two institutions, are two; see there. Returns the number of the decision."""
    way = institutions.apart if _kind(storage, left_id) == "institution" else persons.apart
    return way(storage, viewer, left_id, right_id, reason)


def _kind(storage: Storage, record_id: int) -> str | None:
    with storage.reading() as session:
        return session.scalar(select(Record.kind).where(Record.id == record_id))


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
        ways = TAKE_BACK | BY_KIND.get(session.get_one(Record, decision.left_id).kind, {})
        return ways[decision.verdict](session, viewer, decision)


__all__ = [
    "Changed",
    "Decided",
    "Named",
    "Period",
    "TwoPersons",
    "apart",
    "call",
    "checked",
    "clean_value",
    "correct",
    "correct_values",
    "decide",
    "decide_many",
    "decide_one",
    "dismiss",
    "distinct",
    "edit",
    "establish",
    "follow_rule",
    "join",
    "merge",
    "names_that_go",
    "place",
    "recent",
    "rule_of",
    "separate",
    "settle",
    "split",
    "split_off",
    "tag",
    "together",
    "undo",
    "undo_many",
    "untag",
]
