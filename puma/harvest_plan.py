"""Pure decisions of a harvest that goes page by page: which window to ask for, what an answer means, when to stop."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

MAX_EMPTY_PAGES = 5  # in a row, each with a token for more
MAX_RESTARTS = 1  # of one list whose token expired

Step = Literal["go on", "done", "start again", "try later", "stop"]

NOTHING_THERE = "noRecordsMatch"
TOKEN_EXPIRED = "badResumptionToken"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one page said.

    token: the way to the next page; "" = there is none. total: size of the whole list, if said.
    mark: something that is the same only for a page with the same records; "" for none. errors: the protocol's words.
    """

    count: int = 0
    token: str = ""
    total: int | None = None
    mark: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one list has been read: ``read`` records in all, and what its last answers were like."""

    read: int = 0
    total: int | None = None
    empty_in_a_row: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do after an answer. ``reason`` ends the sentence "The source ..." when it is not to go on."""

    step: Step
    progress: Progress
    reason: str = ""


def next_step(
    progress: Progress, answer: Answer, seen: Container[str], *, asked_with: str = "", trust_total: bool = True
) -> Decision:
    """What to do after ``answer``; never "done" while the source's own words say that something is missing.

    seen: tokens and marks of the answers so far. asked_with: the token that this answer was asked with, "" for the
    first page. trust_total: False where the source is known to state wrong totals.
    """
    if answer.errors:
        return _after_errors(progress, answer.errors, asked_with)
    now = replace(
        progress,
        read=progress.read + answer.count,
        total=progress.total if answer.total is None else answer.total,
        empty_in_a_row=0 if answer.count else progress.empty_in_a_row + 1,
    )
    if answer.token and (answer.token == asked_with or answer.token in seen):
        return Decision("stop", now, "repeats a token for the next page, so the list would never end")
    if answer.mark and answer.mark in seen:
        return Decision("stop", now, "sends the same page again under another token, so the list would never end")
    if answer.token and now.empty_in_a_row > MAX_EMPTY_PAGES:
        return Decision("stop", now, f"sent {now.empty_in_a_row} empty pages in a row and promises more")
    if answer.token:
        return Decision("go on", now)
    if trust_total and now.total is not None and now.read < now.total:
        return Decision("stop", now, f"announced {now.total} records, but its list ended after {now.read}")
    return Decision("done", now)


def _after_errors(progress: Progress, errors: tuple[str, ...], asked_with: str) -> Decision:
    said = ", ".join(errors)
    if set(errors) == {NOTHING_THERE}:
        if asked_with:
            return Decision("stop", progress, "says in the middle of a list that nothing matches")
        return Decision("done", progress)
    if set(errors) == {TOKEN_EXPIRED} and asked_with:
        if progress.restarts < MAX_RESTARTS:
            return Decision("start again", Progress(restarts=progress.restarts + 1))
        return Decision("try later", progress, "let the token for the next page expire again and again")
    return Decision("stop", progress, f"answers with an error: {said}")


def from_moment(since: datetime | None, now: datetime, granule: timedelta) -> datetime | None:
    """Where an incremental run begins: one granule before the last good run began; None = from the beginning.

    The overlap covers clocks that differ and records that were written while the last run read. A last run in the
    future (a wrong clock) says nothing, so everything is asked for.
    """
    if since is None or since > now:
        return None
    return since - granule
