"""What changed since a report was frozen: for each number the records that came and went, with reasons that add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.entities import Record
from puma.errors import NotHere, PumaError
from puma.facts import Snapshot
from puma.listing.record import names_of
from puma.measuring import Metric, Question, ask, metrics
from puma.measuring.receipts import facts_behind, value_of
from puma.reports.frozen import FrozenView, open_frozen
from puma.reports.kept import Kept, Part
from puma.reports.reasons import HEADS, Circumstances, Reason, reasons
from puma.reports.recipe import among_own
from puma.storage import Storage, listed
from puma.visibility import may_know

NAMED = 50  # records of a line that are named
FEW = "It is about people: what came and went is told in sum only, where fewer than {fewest} could be told apart"


@dataclass(frozen=True, slots=True)
class Touched:
    """A record of a line: its number, and its name for whom it exists."""

    id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """One reason of a difference. came, went, changed: records that are counted now, were counted then, are counted
    otherwise; effect: what they make of the difference; records: the first of them that the viewer may know."""

    kind: str
    words: str
    came: int
    went: int
    changed: int
    effect: float | None
    records: Sequence[Touched] = ()

    @property
    def head(self) -> str:
        """The reason in words."""
        return HEADS.get(self.kind, self.kind) + (f": {self.words}" if self.words else "")


@dataclass(frozen=True, slots=True)
class Difference:
    """A number then and now; the effects of its lines sum to the difference. None where it may or can not be given."""

    title: str
    unit: str
    then: float | None
    now: float | None
    lines: Sequence[Line]
    remark: str = ""

    @property
    def difference(self) -> float | None:
        """Now less then."""
        return None if self.then is None or self.now is None else self.now - self.then


@dataclass(frozen=True, slots=True)
class Changes:
    """All numbers of a frozen report, and when both facts were written. tables: those in which records moved that the
    number of the same metric says nothing of, as from one type or year to another; their lines have no effect."""

    numbers: Sequence[Difference]
    then: datetime
    now: datetime
    version: int
    tables: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A part of a frozen report asked again: its total of now, the rule of then and of now, and the rows of both."""

    now: float | None
    rule: Metric
    present: Metric
    policy: str
    rows: "_Rows"
    when: Circumstances


def changes_since(storage: Storage, snapshot: Snapshot | None, viewer: Viewer, one: FrozenView) -> Changes:
    """What changed in the numbers of a frozen report. The numbers of now are asked as those of then were: for the same
    role, under the same filters. Raises what ``open_frozen`` raises."""
    if snapshot is None:
        raise NotHere("There are no facts to compare with: `puma harvest` writes them.")
    kept = open_frozen(storage, viewer, one.id)
    numbers: list[Difference] = []
    tables: list[Difference] = []
    told: dict[str, set[int]] = {}
    for part in sorted(kept.parts, key=lambda part: len(part.question.by) > 0):
        again = _asked_again(storage, snapshot, viewer, one, kept, part)
        if again is None:
            gone = "This program does not count it any more."
            (tables if part.question.by else numbers).append(
                Difference(part.title, part.rule.unit, part.total, None, (), gone)
            )
        elif part.question.by:
            tables.append(_table(storage, viewer, part, again, told.get(part.question.slug, set())))
        else:
            told[part.question.slug] = set(again.rows.touched())
            numbers.append(_difference(storage, viewer, part, again))
    moved = [one for one in tables if one.lines or one.remark]
    return Changes(numbers, one.as_of, snapshot.as_of, snapshot.version, moved)


def _asked_again(
    storage: Storage, snapshot: Snapshot, viewer: Viewer, one: FrozenView, kept: Kept, part: Part
) -> _Asked | None:
    """A part with its rows of then and now; None where this program has no such metric."""
    question = replace(part.question, filters=among_own(storage, viewer, part.question.filters))
    present = metrics().get(question.slug)
    if present is None:
        return None
    now = ask(snapshot, one.viewer, question).total
    rule = replace(part.rule, finish=present.finish)
    rows = _Rows(rule, kept.facts(part), _as_then(snapshot, one.viewer, question, rule, present),
                 facts_behind(snapshot, one.viewer, question))  # fmt: skip
    when = Circumstances(
        viewer=one.viewer,
        since=one.as_of,
        now_at=snapshot.as_of,
        collections=tuple(int(number) for number in question.filters.get("collection", ()) if number.isdigit()),
        by_day="as_of" in f"{rule.where}{rule.columns}{rule.numerator}",
        other_program=one.facts_print != snapshot.definition,
    )
    return _Asked(now, rule, present, question.policy, rows, when)


def _difference(storage: Storage, viewer: Viewer, part: Part, again: _Asked) -> Difference:
    """A number with the reasons of its difference."""
    rows, rule, now = again.rows, again.rule, again.now
    with storage.reading() as session:
        why = reasons(session, rows.touched(), again.when)
        lines = _lines(rows, rule, again.present, again.policy, why)
        if part.total is None or now is None:
            lines = [replace(line, effect=None) for line in lines]
        if not rule.fewest:
            lines = [_named(session, viewer, line, rows.ids[line.kind, line.words]) for line in lines]
    if lines and rule.fewest and (rule.record != "person_id" or min(map(_size, lines)) < rule.fewest):
        whole = None if part.total is None or now is None else now - part.total
        lines = [Line("people", FEW.format(fewest=rule.fewest), 0, 0, 0, whole)]
    return Difference(part.title, rule.unit, part.total, now, lines)


def _table(storage: Storage, viewer: Viewer, part: Part, again: _Asked, told: set[int]) -> Difference:
    """A table with the reasons why records stand in it otherwise, but for those that its number tells of."""
    rows, rule = again.rows, again.rule
    touched = [number for number in rows.touched() if number not in told]
    if touched and rule.fewest:
        lines = [Line("people", FEW.format(fewest=rule.fewest), 0, 0, 0, None)]
        return Difference(part.title, rule.unit, part.total, again.now, lines)
    with storage.reading() as session:
        groups = _grouped(reasons(session, touched, again.when))
        lines = []
        for reason, numbers in groups:
            line = Line(reason.kind, reason.words, *rows.move(1, numbers), None)
            lines.append(_named(session, viewer, line, numbers))
    return Difference(part.title, rule.unit, part.total, again.now, lines)


def _size(line: Line) -> int:
    return line.came + line.went + line.changed


def _as_then(snapshot: Snapshot, viewer: Viewer, question: Question, rule: Metric, present: Metric) -> pa.Table | None:
    """The rows of now by the rule of then: between them and those of then only data changed. None where the rule is
    the same, or speaks of columns that the facts do not have any more."""
    if rule == present:
        return None
    try:
        return facts_behind(snapshot, viewer, question, rule=rule)
    except (duckdb.Error, PumaError):
        return None


class _Rows:
    """The rows of a number then (a) and now (b), and by the present rule (c), in a database of their own."""

    def __init__(self, rule: Metric, then: pa.Table, as_then: pa.Table | None, now: pa.Table) -> None:
        self.connection: Any = duckdb.connect()
        self.ids: dict[tuple[str, str], list[int]] = {}
        self.connection.register("a", then)
        self.connection.register("c", now)
        self.connection.register("b", now if as_then is None else as_then)
        self.comparable = then.column_names == (now if as_then is None else as_then).column_names
        self.ruled = as_then is not None or not self.comparable
        # Where a row is no record itself, its number is a running one: it changes with rows that it has nothing to do
        # with, of records that the viewer may not know of too.
        running = rule.record != "id" and "id" in then.column_names
        self.which = "* EXCLUDE (id)" if running else "*"
        self.renewed = f"* REPLACE (id + {10**12} AS id)" if running else "*"
        self.connection.execute("CREATE TABLE moved (record BIGINT, stage INTEGER)").fetchall()

    def touched(self) -> list[int]:
        """The records whose rows are not the same then and now."""
        if not self.comparable:
            return []
        then, now = f"SELECT {self.which} FROM a", f"SELECT {self.which} FROM b"
        sql = f"SELECT record FROM ({then} EXCEPT ALL {now}) UNION SELECT record FROM ({now} EXCEPT ALL {then})"
        return sorted(int(row[0]) for row in self.connection.execute(sql).fetchall())

    def move(self, stage: int, records: Sequence[int]) -> tuple[int, int, int]:
        """Let the rows of now stand for these records from a stage on. Returns how many came, went, changed."""
        self.connection.register("those", pa.table({"record": pa.array(records, pa.int64())}))
        self.connection.execute(f"INSERT INTO moved SELECT record, {stage} FROM those").fetchall()
        return self._compared("SELECT record FROM those")

    def ruled_out(self) -> tuple[int, int, int]:
        """How many records the present rule takes in and leaves out, and counts otherwise, of the same facts."""
        first = "b" if self.comparable else "a"
        return self._compared(f"SELECT record FROM {first} UNION SELECT record FROM c", first, "c", by_rule=True)

    def _compared(
        self, which: str, first: str = "a", second: str = "b", *, by_rule: bool = False
    ) -> tuple[int, int, int]:
        sql = f"""SELECT count(*) FILTER (x IS NULL), count(*) FILTER (y IS NULL),
                  count(*) FILTER (x IS NOT NULL AND y IS NOT NULL) FROM ({which}) w
                  LEFT JOIN (SELECT DISTINCT record AS x FROM {first}) ON x = w.record
                  LEFT JOIN (SELECT DISTINCT record AS y FROM {second}) ON y = w.record"""
        came, went, both = self.connection.execute(sql).fetchall()[0]
        return int(came), int(went), 0 if by_rule else int(both)

    def value(self, rule: Metric, policy: str, stage: int) -> float | None:
        """The number when all records moved up to a stage are as they are now, by the rule of then."""
        some = f"(SELECT record FROM moved WHERE stage <= {stage})"
        mixed = (
            f"(SELECT * FROM a WHERE record NOT IN {some} "
            f"UNION ALL BY NAME SELECT {self.renewed} FROM b WHERE record IN {some})"
            if self.comparable
            else "a"
        )
        return value_of(self.connection, rule, policy, mixed).value


def _lines(rows: _Rows, rule: Metric, present: Metric, policy: str, why: Mapping[int, Reason]) -> list[Line]:
    """A line for each reason. The records of one after the other are let be as they are now, and what that does to the
    number is the effect of the reason: so the effects sum to the difference, of rates and medians as of counts."""
    groups = _grouped(why)
    value, lines = rows.value(rule, policy, 0) or 0.0, []
    for stage, (reason, numbers) in enumerate(groups, start=1):
        rows.ids[reason.kind, reason.words] = numbers
        came, went, changed = rows.move(stage, numbers)
        after = rows.value(rule, policy, stage)
        after = value if after is None and stage < len(groups) else after or 0.0
        lines.append(Line(reason.kind, reason.words, came, went, changed, after - value))
        value = after
    if rows.ruled:
        after = value_of(rows.connection, present, policy, "c").value or 0.0
        came, went, changed = rows.ruled_out()
        if came or went or after != value:
            words = f"version {rule.version} to {present.version}" if rule.version != present.version else ""
            lines.append(Line("rule", words, came, went, changed, after - value))
            rows.ids["rule", words] = []
    return lines


def _grouped(why: Mapping[int, Reason]) -> list[tuple[Reason, list[int]]]:
    """The records of each reason, the reasons in the order in which they are told."""
    groups: dict[Reason, list[int]] = {}
    for number, reason in why.items():
        groups.setdefault(reason, []).append(number)
    order = list(HEADS)
    return sorted(groups.items(), key=lambda one: (order.index(one[0].kind), one[0].words))


def _named(session: Session, viewer: Viewer, line: Line, ids: Sequence[int]) -> Line:
    """A line with the names of its first records, as far as they may be known."""
    query = select(Record).where(Record.id.in_(listed(session, ids)), Record.kind != "person").order_by(Record.id)
    known = [one for one in session.scalars(query.limit(4 * NAMED)) if may_know(viewer, one)][:NAMED]
    names = names_of(session, [(one.kind, one.id) for one in known])
    return replace(line, records=[Touched(one.id, *names.get(one.id, ("", ""))) for one in known])
