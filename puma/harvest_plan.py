"""Pure decisions of a harvest that goes page by page: what to ask for, what an answer means, when a list is settled."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

MAX_EMPTY_PAGES = 5  # in a row, each with a token for more
MAX_RESTARTS = 1  # of one list whose token expired or that moved while it was read
BEYOND = 2  # a list is followed to this multiple of the total that it announced ...
BEYOND_TOO = 100  # ... and so many records more
FIRST_DAY = date(1990, 1, 1)  # where a window without beginning is cut as if it began here; nothing is left out
DAY = timedelta(days=1)  # every repository understands days; finer granules are optional

Step = Literal["keep", "done", "skip window", "start again", "halve", "try later", "stop"]
"""What to do after an answer: keep its records and go on; keep them, and all is read; nothing lies in this window;
ask the window again from its start; ask its two halves in its place; end the run, to be resumed; end it, aloud."""

NOTHING_THERE = "noRecordsMatch"
TOKEN_EXPIRED = "badResumptionToken"


@dataclass(frozen=True, slots=True)
class Window:
    """Days that are asked for at once, both ends included. None: without beginning, or without end."""

    first: date | None = None
    last: date | None = None

    def halves(self, today: date) -> tuple[Window, Window] | None:
        """The same days in two windows, the older one first; None for a single day.

        The newest window keeps its open end, for what changes while the others are read and what is dated ahead.
        """
        begin = FIRST_DAY if self.first is None else self.first
        end = max(begin, today) if self.last is None else self.last
        if begin >= end:
            return None
        middle = begin + (end - begin) // 2
        return Window(self.first, middle), Window(middle + DAY, self.last)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one page said.

    token: the way to the next page; "" = there is none. total: size of the whole list, if said.
    mark: something that is the same only for a page with the same records; "" for none. errors: the protocol's words.
    again: how many of its records came on an earlier page of the same list. undated: how many have no real date.
    """

    count: int = 0
    token: str = ""
    total: int | None = None
    mark: str = ""
    errors: tuple[str, ...] = ()
    again: int = 0
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the list of one window has been read, and what its answers were like.

    read: records in all. again: those of them that came twice. shrank: the announced total fell while it was read.
    restarts: how often it was begun anew. steady: what came twice in the reading before, None for a first reading.
    """

    read: int = 0
    total: int | None = None
    empty_in_a_row: int = 0
    again: int = 0
    shrank: bool = False
    restarts: int = 0
    steady: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a run stands: the windows still to be read, oldest first, and how far the first of them was read.

    token: the way to its next page. found: records of the windows that are settled. promised: how many the source
    announced for all windows together, before there were several. undated: whether a record without a real date came,
    so that no window can be trusted to hold it. begin: the first day of them all. resumed: the token is from an
    earlier run.
    """

    windows: tuple[Window, ...]
    token: str = ""
    progress: Progress = field(default_factory=Progress)
    found: int = 0
    promised: int | None = None
    undated: bool = False
    begin: date | None = None
    resumed: bool = False

    def as_cursor(self) -> dict[str, Any]:
        """JSON-ready; ``plan_of`` reads it again."""
        now = self.progress
        return {
            "windows": [[_iso(window.first), _iso(window.last)] for window in self.windows],
            "token": self.token,
            "progress": [now.read, now.total, now.empty_in_a_row, now.again, now.shrank, now.restarts, now.steady],
            "found": self.found,
            "promised": self.promised,
            "undated": self.undated,
            "begin": _iso(self.begin),
        }


def plan_of(cursor: Mapping[str, Any] | None, since: datetime | None, now: datetime) -> Plan:
    """The plan of a run: all in one window without end, or where the cursor of an earlier run points."""
    if not cursor:
        moment = from_moment(since, now, DAY)
        begin = moment.date() if moment else None
        return Plan((Window(begin),), begin=begin)
    if "windows" not in cursor:  # written before there were windows
        done, read, total = cursor.get("done"), int(cursor.get("read") or 0), cursor.get("total")
        begin = _day(cursor.get("from"))
        windows = () if done else (Window(begin),)
        return Plan(windows, str(cursor.get("token") or ""), Progress(read, total), begin=begin, resumed=True)
    return Plan(
        tuple(Window(_day(first), _day(last)) for first, last in cursor["windows"]),
        str(cursor["token"]),
        replace(Progress(*cursor["progress"]), restarts=0),  # each run may try again
        int(cursor["found"]),
        cursor["promised"],
        bool(cursor["undated"]),
        _day(cursor["begin"]),
        resumed=True,
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do after an answer, and the plan from there. ``reason`` ends the sentence "The source ...".

    anew: the next run goes on with this plan, and not where the last page pointed.
    """

    step: Step
    plan: Plan
    reason: str = ""
    anew: bool = False


def decide(plan: Plan, answer: Answer, seen: Container[str], *, today: date, trust_total: bool = True) -> Decision:
    """What to do after ``answer``; never "done" while the source's own words say that something is missing.

    seen: tokens and marks of the list's answers so far. today: of the clock of the run. trust_total: False where the
    source is known to state wrong totals.
    """
    plan = replace(plan, undated=plan.undated or answer.undated > 0)
    if answer.errors:
        return _after_errors(plan, answer.errors, today=today, trust_total=trust_total)
    here = replace(plan, progress=_counted(plan.progress, answer), resumed=False)
    now = here.progress
    if answer.token:
        reason = _endless(plan, answer, now, seen, trust_total=trust_total)
        if reason:  # no place in such a list is worth going on from
            return Decision("stop", replace(plan, token="", progress=Progress()), reason, anew=True)
        return Decision("keep", replace(here, token=answer.token))
    cut = trust_total and now.total is not None and now.read < now.total
    if not cut and not _moved(now, trust_total=trust_total):
        return _settled(here, trust_total=trust_total)
    if now.restarts < MAX_RESTARTS:
        return Decision("start again", _again(plan, now))
    if cut:
        return Decision("stop", here, f"announced {now.total} records, but its list ended after {now.read}")
    return Decision("try later", here, "changed its list each time while it was read")


def _counted(progress: Progress, answer: Answer) -> Progress:
    known, said = progress.total, answer.total
    return replace(
        progress,
        read=progress.read + answer.count,
        total=known if said is None else said,
        empty_in_a_row=0 if answer.count else progress.empty_in_a_row + 1,
        again=progress.again + answer.again,
        shrank=progress.shrank or (known is not None and said is not None and said < known),
    )


def _endless(plan: Plan, answer: Answer, now: Progress, seen: Container[str], *, trust_total: bool) -> str:
    """Why a list that promises more is not followed; "" when it is."""
    if answer.token == plan.token or answer.token in seen:
        return "repeats a token for the next page, so the list would never end"
    if answer.mark and answer.mark in seen:
        return "sends the same page again under another token, so the list would never end"
    if now.empty_in_a_row > MAX_EMPTY_PAGES:
        return f"sent {now.empty_in_a_row} empty pages in a row and promises more"
    if trust_total and now.total is not None and now.read > BEYOND * now.total + BEYOND_TOO:
        return f"announced {now.total} records, sent {now.read} and promises more (trust_total = false follows it)"
    return ""


def _moved(now: Progress, *, trust_total: bool) -> bool:
    """Whether the list changed under the reader, so that a record may have slipped behind a page already read.

    Records that came twice prove that it did, unless all that were announced came, or they did so the time before.
    """
    if not trust_total:
        return now.again > 0 and now.again != now.steady
    if now.shrank:
        return True
    if now.again == 0 or now.again == now.steady:
        return False
    return now.total is None or now.read - now.again < now.total


def _again(plan: Plan, now: Progress) -> Plan:
    """The first window from its start."""
    return replace(plan, token="", resumed=False, progress=Progress(restarts=now.restarts + 1, steady=now.again))


def _settled(plan: Plan, *, trust_total: bool) -> Decision:
    """The first window is read; the next one follows."""
    found = plan.found + plan.progress.read - plan.progress.again
    after = replace(plan, windows=plan.windows[1:], token="", progress=Progress(), found=found, resumed=False)
    if after.windows:
        return Decision("keep", after)
    if trust_total and plan.promised is not None and found < plan.promised:
        missing = f"announced {plan.promised} records, but those of its date windows are {found} together"
        return Decision("stop", Plan((Window(plan.begin),), begin=plan.begin), missing, anew=True)
    return Decision("done", after)


def _after_errors(plan: Plan, errors: tuple[str, ...], *, today: date, trust_total: bool) -> Decision:
    now = plan.progress
    if set(errors) == {NOTHING_THERE} and not plan.token:
        decision = _settled(plan, trust_total=trust_total)
        return replace(decision, step="skip window") if decision.step == "keep" else decision
    if plan.token and plan.resumed:  # the way that an earlier run was shown leads nowhere any more
        return Decision("start again", replace(_again(plan, now), progress=Progress(restarts=now.restarts)))
    if set(errors) == {NOTHING_THERE}:
        return Decision("stop", plan, "says in the middle of a list that nothing matches")
    if set(errors) == {TOKEN_EXPIRED} and plan.token:
        return _after_expired(plan, today=today)
    return Decision("stop", plan, f"answers with an error: {', '.join(errors)}")


def _after_expired(plan: Plan, *, today: date) -> Decision:
    now = plan.progress
    reason = "let the token for the next page expire again and again"
    if now.restarts < MAX_RESTARTS:
        return Decision("start again", replace(_again(plan, now), progress=Progress(restarts=now.restarts + 1)))
    halves = plan.windows[0].halves(today)
    if plan.undated:
        return Decision("try later", plan, f"{reason}, and dates records in a way that no days can be asked for")
    if halves is None:
        return Decision("try later", plan, f"{reason}, even for a single day")
    promised = now.total if plan.windows == (Window(plan.begin),) else plan.promised
    windows = (*halves, *plan.windows[1:])
    return Decision("halve", replace(plan, windows=windows, token="", progress=Progress(), promised=promised))


def from_moment(since: datetime | None, now: datetime, granule: timedelta) -> datetime | None:
    """Where an incremental run begins: one granule before the last good run began; None = from the beginning.

    The overlap asks again for what was not settled then: it covers clocks that differ and records that were written
    while the last run read. A last run in the future (a wrong clock) says nothing, so everything is asked for.
    """
    if since is None or since > now:
        return None
    return since - granule


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
