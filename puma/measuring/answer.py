"""Questions and answers: a number or table, with its total, rule, link policy, as-of and freshness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere, Refused, WrongUsage
from puma.facts import Snapshot
from puma.measuring.crowds import MANY, crowds
from puma.measuring.cumulative import added_up
from puma.measuring.definition import COUNTINGS, POLICIES, WHOLE, Metric, metric
from puma.measuring.few import Line, lines_of, not_shown
from puma.measuring.narrowing import narrowed
from puma.measuring.query import Filters, Query, check, left_out_query, records_query, value_query
from puma.measuring.spelling import as_many
from puma.measuring.unresolved import unresolved

BEHIND_PROPOSALS = frozenset({
    "proposals", "experiments", "losses", "visits", "beamtime", "user_years", "year_users", "declared_genders",
    "declared_stages", "outcomes", "transfers", "beam_uses", "demand",
})  # fmt: skip
REMEMBERED, LONGEST_REMEMBERED = 2000, 2000
"""Answers of a snapshot that are kept in memory, and the rows of the longest one: some ten megabytes in practice."""
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
    crowds: publications with more than 100 authors among those that are split over places.
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
    left_out: Mapping[str, int] = field(default_factory=dict)
    unresolved: str = ""
    versions: str = ""
    crowds: int = 0

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
    filters = tuple((key, tuple(values)) for key, values in question.filters.items())
    asked = (viewer.sees, question.slug, question.by, filters, question.policy, question.counting)
    known: Answer | None = snapshot.told.get(asked)
    if known is None:
        known = _answer(snapshot, viewer, question, one)
        if len(known.table) <= LONGEST_REMEMBERED:
            while len(snapshot.told) >= REMEMBERED:
                snapshot.told.pop(next(iter(snapshot.told)), None)
            snapshot.told[asked] = known
    table = added_up(known.table, question.by) if question.cumulative else known.table.copy()
    return replace(known, question=question, table=table)


def _answer(snapshot: Snapshot, viewer: Viewer, question: Question, one: Metric) -> Answer:
    connection = snapshot.connect(viewer)
    filters = narrowed(connection, snapshot, viewer, one.fact, question.filters, question.policy)
    table = _run(connection, value_query(one, question.by, filters, question.policy, question.counting))
    for slug in question.by:
        table = _named(connection, table, slug)
    if question.by or question.counting != "full":  # every cut of a page has the same total, which is known by then
        whole = ask(snapshot, viewer, replace(question, by=(), counting="full", cumulative=False))
        total, numerator, denominator = whole.total, whole.numerator, whole.denominator
        left_out = whole.left_out
        margins = [ask(snapshot, viewer, replace(question, by=(cut,), cumulative=False)).table
                   for cut in question.by if one.fewest and len(question.by) > 1]  # fmt: skip
        table, hidden = _shown(one, table, _lines(table, question.by, whole, margins))
    else:
        left_out = _left_out(connection, one, filters, question.policy)
        table, hidden = _shown(one, table, [])
        first: dict[Any, Any] = table.iloc[0].to_dict() if len(table) else {}
        total, numerator, denominator = (_number(first.get(name)) for name in ("value", "numerator", "denominator"))
    order = [slug for slug in question.by if slug == "year"] or ["value"]
    if len(table) > 1:
        table = table.sort_values(order + list(question.by), ascending=[order == ["year"]] + [True] * len(question.by))
    return Answer(
        question=question,
        metric=one,
        table=table.reset_index(drop=True),
        total=total,
        numerator=numerator,
        denominator=denominator,
        as_of=snapshot.as_of,
        version=snapshot.version,
        sources=snapshot.sources,
        hidden=hidden,
        partial=one.fact in BEHIND_PROPOSALS and "restricted" not in viewer.sees,
        left_out=left_out,
        unresolved=unresolved(connection, one, question.by, filters, question.policy),
        versions=_versions(connection, one),
        crowds=crowds(connection, one, question.by, question.filters, question.policy)
        if question.counting == "fractional"
        else 0,
    )


def _left_out(connection: Any, one: Metric, filters: Filters, policy: str) -> Mapping[str, int]:
    """How many records of its kind a metric leaves out, by the words that say why."""
    if not one.left_out:
        return {}
    counts = _run(connection, left_out_query(one, filters, policy)).iloc[0]
    return {why: int(number) for (why, _), number in zip(one.left_out, counts, strict=True)}


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
    return [int(number) for number in found]


def _run(connection: Any, query: Query) -> pd.DataFrame:
    frame: pd.DataFrame = connection.execute(query.sql, query.parameters).df()
    return frame


def _named(connection: Any, table: pd.DataFrame, slug: str) -> pd.DataFrame:
    """Put names beside the numbers of a numbered dimension; rows without a value become 'unknown'."""
    names = DIMENSIONS[slug].names
    if not names:
        if slug != "year":
            table[slug] = table[slug].astype(object).where(table[slug].notna(), "unknown")
        return table
    known = dict(connection.execute(names).fetchall())
    table[f"{slug}_id"] = table[slug].astype("Int64")
    table[slug] = [known.get(int(key), "unknown") if pd.notna(key) else "unknown" for key in table[slug]]
    return table


def _shown(one: Metric, table: pd.DataFrame, lines: Sequence[Line]) -> tuple[pd.DataFrame, int]:
    """Compute rates and take out what may not be shown: values about too few people with those that would give them
    away, rates of too few records. lines: the rows whose sums may be known from other answers."""
    parts = ["value", "numerator", "denominator"] if one.is_rate else ["value"]
    if one.is_rate:
        divisor = table["denominator"].astype("float64")
        table["value"] = table["numerator"].astype("float64") / divisor.where(divisor > 0)
        hide = (divisor < one.least).to_numpy()
        table.loc[hide, "value"] = float("nan")
    else:
        if one.finish:
            table["value"] = [None if gathered is pd.NA else one.finish(gathered) for gathered in table["value"]]
        hide = np.zeros(len(table), dtype=np.bool_)
    table["value"] = table["value"].astype("float64")
    if one.fewest:
        counted = [name for name in ("people", "others") if getattr(one, name)]
        few = not_shown(table[counted or ["value"]].to_numpy("float64", na_value=0.0), lines, one.fewest)
        table = table.drop(columns=counted).astype(dict.fromkeys(parts, "float64"))
        table.loc[few, parts] = float("nan")
        hide = hide | few
    return table, int(hide.sum())


def _lines(table: pd.DataFrame, by: Sequence[str], whole: Answer, margins: Sequence[pd.DataFrame]) -> list[Line]:
    """The rows of an answer about people whose sums other answers tell: all of them, or by each of two cuts."""
    shown = "numerator" if whole.metric.is_rate else "value"
    if margins:
        return [line for cut, margin in zip(by, margins, strict=True) for line in lines_of(table, cut, margin, shown)]
    told = (whole.numerator if whole.metric.is_rate else whole.total) is not None
    return [Line(list(range(len(table))), told)] if len(table) else []


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
