"""Questions and answers: a number or table, with its total, rule, link policy, as-of and freshness."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial as with_these
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere, Refused, WrongUsage
from puma.facts import Snapshot
from puma.measuring.crowds import MANY, crowds
from puma.measuring.cumulative import added_up
from puma.measuring.definition import COUNTINGS, POLICIES, WHOLE, Metric, metric
from puma.measuring.few import Counts, Line, lines_of, not_shown
from puma.measuring.narrowing import narrowed
from puma.measuring.query import Query, adds_up, check, left_out_query, records_query, value_query
from puma.measuring.remembered import remembered
from puma.measuring.spelling import as_many
from puma.measuring.unresolved import unresolved

BEHIND_PROPOSALS = frozenset({
    "proposals", "experiments", "losses", "visits", "beamtime", "user_years", "year_users", "declared_genders",
    "declared_stages", "outcomes", "transfers", "beam_uses", "demand",
})  # fmt: skip
Column = npt.NDArray[Any]
NO_YEARS = "it has to be cut by year"
PARTIAL = (
    "Refused, withdrawn, confidential and industrial proposals, and what belongs to them, "
    "are not counted for your role."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a metric, cut by up to two dimensions, filtered, under a link policy and a counting method.

    cumulative: each year holds all years up to it; needs a cut by year, of what can be added up.
    """

    slug: str
    by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: str = "standard"
    counting: str = "full"
    cumulative: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A table of values with everything that is printed beside it.

    table columns: one per dimension asked for, ``<dimension>_id`` where the dimension is numbered, ``value``;
    for a rate also ``numerator`` and ``denominator``. A value that may not or cannot be given is missing (NaN).
    left_out_of: finds ``left_out``. crowds: publications with more than 100 authors among those split over places.
    total: the same value over everything, computed on its own because rows may overlap.
    """

    question: Question
    metric: Metric
    table: pd.DataFrame
    total: float | None
    numerator: float | None
    denominator: float | None
    as_of: datetime
    version: int
    sources: Mapping[str, datetime | None]
    hidden: int
    partial: bool = False
    left_out_of: Callable[[], Mapping[str, int]] = dict
    unresolved: str = ""
    versions: str = ""
    crowds: int = 0

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many records of its kind the metric leaves out, by the words that say why; found when it is asked for,
        because that takes as long as the number itself."""
        return self.left_out_of()

    @property
    def footnotes(self) -> list[str]:
        """The sentences below a chart: rule, policy, counting, what is not shown, as of when."""
        notes = [self.metric.rule()]
        if self.metric.follows_links or any("{policy}" in w for w in self._ways()):
            notes.append(f"Link policy {self.question.policy}: {POLICIES[self.question.policy]}.")
        if any(DIMENSIONS[slug].many for slug in self.question.by):
            notes.append(f"{self.question.counting.capitalize()} counting: {COUNTINGS[self.question.counting]}.")
        if self.question.policy == "wide" and self.metric.candidates_whole:
            notes.append(WHOLE)
        if self.question.cumulative:
            notes.append("Cumulative: each year holds all years up to it; what has no year is in none.")
        if self.hidden:
            few = "records for a rate" if self.metric.is_rate else "people"
            few = "people or records for a rate" if self.metric.is_rate and self.metric.fewest else few
            several = f"{self.hidden} values are not shown because there are too few {few}."
            notes.append(several if self.hidden > 1 else f"1 value is not shown because there are too few {few}.")
        notes += [f"{as_many(number, why)}." for why, number in self.left_out.items() if number]
        if self.versions:
            notes.append(f"{self.versions}.")
        if self.crowds:
            notes.append(f"{as_many(self.crowds, MANY)}.")
        if self.unresolved:
            notes.append(f"{self.unresolved[0].upper()}{self.unresolved[1:]}.")
        if self.partial:
            notes.append(PARTIAL)
        notes.append(f"Facts of {self.as_of:%-d %B %Y %H:%M} UTC, version {self.version}.")
        return notes

    def _ways(self) -> list[str]:
        return [DIMENSIONS[slug].ways[self.metric.fact].join for slug in (*self.question.by, *self.question.filters)]


def ask(snapshot: Snapshot | None, viewer: Viewer, question: Question) -> Answer:
    """Answer a question from a snapshot, for somebody. Raises WrongUsage when it cannot be asked so.

    A snapshot never changes, so that what was answered once is given again to whoever may know of the same records.
    """
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    one = metric(question.slug)
    viewer.must_be(one.role, f"“{one.label}”")
    check(one, question.by, question.filters, question.policy, question.counting)
    if question.cumulative and (why := one.never_added_up or ("" if "year" in question.by else NO_YEARS)):
        raise WrongUsage(f"{one.slug} is not given cumulative: {why}.")
    known = _known(snapshot, viewer, question, one)
    table = added_up(known.table, question.by) if question.cumulative else known.table.copy()
    return replace(known, question=question, table=table)


def _known(
    snapshot: Snapshot, viewer: Viewer, question: Question, one: Metric, found: Mapping[str, Column] | None = None
) -> Answer:
    """The answer as it is remembered. found: the columns that its query would give, where they are known."""
    filters = tuple((key, tuple(values)) for key, values in question.filters.items())
    asked = (viewer.sees, question.slug, question.by, filters, question.policy, question.counting)
    return remembered(
        snapshot, asked, lambda: _answer(snapshot, viewer, question, one, found), rows=lambda answer: len(answer.table)
    )


def _answer(
    snapshot: Snapshot, viewer: Viewer, question: Question, one: Metric, found: Mapping[str, Column] | None
) -> Answer:
    connection = snapshot.connect(viewer)
    filters, facts = narrowed(connection, snapshot, viewer, one, question.filters, question.policy, question.by)
    if found is None:
        found = _run(connection, value_query(one, question.by, filters, question.policy, question.counting), facts)
    keys: dict[str, Any] = {}
    for slug in question.by:
        keys |= _named(snapshot, viewer, slug, found[slug])
    if question.by or question.counting != "full":  # every cut of a page has the same total, which is known by then
        added = None
        if adds_up(one, question.by, question.policy, question.counting):
            added = {name: column.sum(keepdims=True) for name, column in found.items() if name not in question.by}
        whole = _known(snapshot, viewer, replace(question, by=(), counting="full", cumulative=False), one, added)
        total, numerator, denominator = whole.total, whole.numerator, whole.denominator
        left_out = whole.left_out_of
        margins = [ask(snapshot, viewer, replace(question, by=(cut,), cumulative=False)).table
                   for cut in question.by if one.fewest and len(question.by) > 1]  # fmt: skip
        shown, hidden = _shown(one, found, _lines(keys, question.by, whole, margins))
    else:
        left_out = with_these(_left_out, snapshot, viewer, question, one)
        shown, hidden = _shown(one, found, [])
        total, numerator, denominator = (
            _number(shown[name][0]) if name in shown else None for name in ("value", "numerator", "denominator")
        )
    numbered = {name: keys[name] for name in keys if name not in question.by}
    columns: dict[str, Any] = {slug: keys[slug] for slug in question.by} | shown | numbered
    if one.is_rate:
        columns["value"] = columns.pop("value")  # after the two that it is made of, and their numbers
    table = pd.DataFrame(columns)
    order = [slug for slug in question.by if slug == "year"] or ["value"]
    if len(table) > 1:
        after = [*question.by, *map(str, numbered)]  # two may bear the same name
        rising = [order == ["year"]] + [True] * len(after)
        table = table.sort_values(order + after, ascending=rising, ignore_index=True)
    return Answer(
        question=question,
        metric=one,
        table=table,
        total=total,
        numerator=numerator,
        denominator=denominator,
        as_of=snapshot.as_of,
        version=snapshot.version,
        sources=snapshot.sources,
        hidden=hidden,
        partial=one.fact in BEHIND_PROPOSALS and "restricted" not in viewer.sees,
        left_out_of=left_out,
        unresolved=unresolved(connection, snapshot, viewer, one, question.by, filters, question.policy, facts),
        versions=_versions(connection, one),
        crowds=crowds(connection, one, question.by, question.filters, question.policy)
        if question.counting == "fractional"
        else 0,
    )


def _left_out(snapshot: Snapshot, viewer: Viewer, question: Question, one: Metric) -> Mapping[str, int]:
    """How many records of its kind a metric leaves out under the filters of a question."""
    if not one.left_out:
        return {}
    filters = tuple((key, *values) for key, values in question.filters.items())

    def counted() -> list[int]:
        connection = snapshot.connect(viewer)
        kept, facts = narrowed(connection, snapshot, viewer, one, question.filters, question.policy)
        found = _run(connection, left_out_query(one, kept, question.policy), facts)
        return [int(number[0]) for number in found.values()]

    counts = remembered(snapshot, ("left out", viewer.sees, one.slug, filters, question.policy), counted, rows=len)
    return dict(zip((why for why, _ in one.left_out), counts, strict=True))


def _versions(connection: Any, one: Metric) -> str:
    """Which lists a value rests on; empty for most metrics, and where there are none."""
    found = connection.execute(one.versions).fetchone() if one.versions else None
    return str(found[0]) if found and found[0] else ""


def records_behind(snapshot: Snapshot | None, viewer: Viewer, question: Question, *, part: str = "all") -> list[int]:
    """The numbers of the records that a total counts, for the list behind it; none where the total is not shown.

    part: of a rate, one of ``query.PARTS``. None either of what people say of themselves: that is counted only.
    Raises Refused for parts that would tell few people from others.
    """
    if snapshot is None:
        return []
    one = metric(question.slug)
    viewer.must_be(one.role, f"The list behind “{one.label}”")
    check(one, (), question.filters, question.policy, "full")
    if one.counted_only:
        return []
    if (
        one.fewest
        and ask(snapshot, viewer, Question(question.slug, (), question.filters, question.policy)).total is None
    ):
        return []
    if part != "all" and one.kind == "person" and not viewer.at_least("user_office"):
        raise Refused("Which of these people are counted is for the user office.")
    found = _run(snapshot.connect(viewer), records_query(one, question.filters, question.policy, part))["id"]
    numbers: list[int] = found.tolist()
    return numbers


def _run(connection: Any, query: Query, found_facts: pa.Table = None) -> Mapping[str, Column]:
    """Columns by name; masked where something is missing. found_facts: the table that the SQL calls so."""
    found: Mapping[str, Column] = connection.execute(query.sql, query.parameters).fetchnumpy()
    return found


def _named(snapshot: Snapshot, viewer: Viewer, slug: str, keys: Column) -> dict[str, Any]:
    """A dimension's column of a table, beside its numbers where it has names; what has no value is 'unknown'."""
    names = DIMENSIONS[slug].names
    if not names:
        return {
            slug: _held(keys)
            if slug == "year"
            else pd.Series(np.ma.filled(keys.astype(object), "unknown"), dtype=object)
        }
    known = remembered(
        snapshot,
        ("names", viewer.sees, names),
        lambda: dict(snapshot.connect(viewer).execute(names).fetchall()),
        rows=len,
    )
    numbers = pd.array(_held(keys), dtype="Int64")
    return {slug: [known.get(key, "unknown") for key in numbers.to_numpy(object)], f"{slug}_id": numbers}


def _held(values: Column) -> Any:
    """A column as tables hold it: whole numbers stay whole where some are missing."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if values.dtype.kind == "i":
        return pd.arrays.IntegerArray(values.data.astype("int64"), np.ma.getmaskarray(values))
    return values.filled(np.nan)


def _floats(values: Column) -> Counts:
    floats: Counts = np.ma.filled(values.astype("float64"), np.nan)
    return floats


def _shown(one: Metric, found: Mapping[str, Column], lines: Sequence[Line]) -> tuple[dict[str, Any], int]:
    """Compute rates and take out what may not be shown: values about too few people with those that would give them
    away, rates of too few records. lines: the rows whose sums may be known from other answers. Returns the columns
    ``value``, of a rate ``numerator`` and ``denominator`` too, and how many values were taken out."""
    if one.is_rate:
        numerator, divisor = _floats(found["numerator"]), _floats(found["denominator"])
        value = np.divide(numerator, divisor, out=np.full(len(divisor), np.nan), where=divisor > 0)
        hide = divisor < one.least
        value[hide] = np.nan
        parts = {"numerator": numerator, "denominator": divisor, "value": value}
        shown = {name: _held(found[name]) for name in ("numerator", "denominator")} | {"value": value}
    else:
        gathered = found["value"]
        if one.finish:
            gathered = np.array(
                [None if one_of is np.ma.masked else one.finish(one_of) for one_of in gathered], "float64"
            )
        value = _floats(gathered)
        hide = np.zeros(len(value), dtype=np.bool_)
        parts = {"value": value}
        shown = dict(parts)
    if one.fewest:
        counted = [_floats(found[name]) for name in ("people", "others") if getattr(one, name)]
        few = not_shown(np.nan_to_num(np.column_stack(counted or [value])), lines, one.fewest)
        shown = {name: np.where(few, np.nan, part) for name, part in parts.items()}
        hide = hide | few
    return shown, int(hide.sum())


def _lines(keys: Mapping[str, Any], by: Sequence[str], whole: Answer, margins: Sequence[pd.DataFrame]) -> list[Line]:
    """The rows of an answer about people whose sums other answers tell: all of them, or by each of two cuts."""
    shown = "numerator" if whole.metric.is_rate else "value"
    if margins:
        table = pd.DataFrame(keys)
        return [line for cut, margin in zip(by, margins, strict=True) for line in lines_of(table, cut, margin, shown)]
    told = (whole.numerator if whole.metric.is_rate else whole.total) is not None
    rows = len(keys[by[0]]) if by else 0
    return [Line(list(range(rows)), told)] if rows else []


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def as_json(answer: Answer) -> dict[str, object]:
    """The answer for programs: rows, total, rule, as-of, freshness."""
    rows = answer.table.astype(object).where(pd.notna(answer.table), None).to_dict("records")
    return {
        "metric": answer.metric.slug,
        "label": answer.metric.label,
        "unit": answer.metric.unit,
        "by": list(answer.question.by),
        "filters": {key: list(values) for key, values in answer.question.filters.items()},
        "policy": answer.question.policy,
        "counting": answer.question.counting,
        "cumulative": answer.question.cumulative,
        "total": answer.total,
        "numerator": answer.numerator,
        "denominator": answer.denominator,
        "rows": rows,
        "hidden": answer.hidden,
        "partial": answer.partial,
        "left_out": dict(answer.left_out),
        "unresolved": answer.unresolved,
        "versions": answer.versions,
        "crowds": answer.crowds,
        "definition": answer.metric.rule(),
        "as_of": answer.as_of.isoformat(),
        "version": answer.version,
        "sources": {name: at.isoformat() if at else None for name, at in answer.sources.items()},
    }
