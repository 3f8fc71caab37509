"""Questions and answers: a number or table, with its total, rule, link policy, as-of and freshness."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import NotHere
from puma.facts import Snapshot
from puma.measuring.definition import COUNTINGS, POLICIES, Metric, metric
from puma.measuring.query import Query, check, records_query, value_query

BEHIND_PROPOSALS = frozenset({"proposals", "experiments", "visits", "beamtime", "user_years", "outcomes", "transfers"})
REMEMBERED, LONGEST_REMEMBERED = 2000, 2000
"""Answers of a snapshot that are kept in memory, and the rows of the longest one: some ten megabytes in practice."""
PARTIAL = (
    "Refused, withdrawn, confidential and industrial proposals, and what belongs to them, "
    "are not counted for your role."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a metric, cut by up to two dimensions, filtered, under a link policy and a counting method."""

    slug: str
    by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: str = "standard"
    counting: str = "full"


@dataclass(frozen=True, slots=True)
class Answer:
    """A table of values with everything that is printed beside it.

    table columns: one per dimension asked for, ``<dimension>_id`` where the dimension is numbered, ``value``;
    for a rate also ``numerator`` and ``denominator``. A value that may not or cannot be given is missing (NaN).
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

    @property
    def footnotes(self) -> list[str]:
        """The sentences below a chart: rule, policy, counting, what is not shown, as of when."""
        notes = [self.metric.rule()]
        if "{policy}" in self.metric.where or any("{policy}" in w for w in self._ways()):
            notes.append(f"Link policy {self.question.policy}: {POLICIES[self.question.policy]}.")
        if any(DIMENSIONS[slug].many for slug in self.question.by):
            notes.append(f"{self.question.counting.capitalize()} counting: {COUNTINGS[self.question.counting]}.")
        if self.hidden:
            few = "records for a rate" if self.metric.is_rate else "people"
            notes.append(f"{self.hidden} values are not shown because there are too few {few}.")
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
    viewer.must_be(one.role, f"The {one.label.lower()}")
    check(one, question.by, question.filters, question.policy, question.counting)
    filters = tuple((key, tuple(values)) for key, values in question.filters.items())
    asked = (viewer.sees, question.slug, question.by, filters, question.policy, question.counting)
    known: Answer | None = snapshot.told.get(asked)
    if known is None:
        known = _answer(snapshot, viewer, question, one)
        if len(known.table) <= LONGEST_REMEMBERED:
            while len(snapshot.told) >= REMEMBERED:
                snapshot.told.pop(next(iter(snapshot.told)), None)
            snapshot.told[asked] = known
    return replace(known, question=question, table=known.table.copy())


def _answer(snapshot: Snapshot, viewer: Viewer, question: Question, one: Metric) -> Answer:
    connection = snapshot.connect(viewer)
    parts = (one, question.by, question.filters, question.policy, question.counting)
    table = _run(connection, value_query(*parts))
    for slug in question.by:
        table = _named(connection, table, slug)
    table, hidden = _shown(one, table)
    if question.by or question.counting != "full":  # every cut of a page has the same total, which is known by then
        whole = ask(snapshot, viewer, Question(question.slug, (), question.filters, question.policy))
        total, numerator, denominator = whole.total, whole.numerator, whole.denominator
    else:
        first: dict[Any, Any] = table.iloc[0].to_dict() if len(table) else {}
        total, numerator, denominator = (_number(first.get(name)) for name in ("value", "numerator", "denominator"))
    order = [slug for slug in question.by if slug == "year"] or ["value"]
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
    )


def records_behind(snapshot: Snapshot | None, viewer: Viewer, question: Question) -> list[int]:
    """The numbers of the records that a total counts, for the list behind it; none where the total is not shown."""
    if snapshot is None:
        return []
    one = metric(question.slug)
    viewer.must_be(one.role, f"The list behind the {one.label.lower()}")
    check(one, (), question.filters, question.policy, "full")
    if (
        one.fewest
        and ask(snapshot, viewer, Question(question.slug, (), question.filters, question.policy)).total is None
    ):
        return []
    found = _run(snapshot.connect(viewer), records_query(one, question.filters, question.policy))["id"]
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


def _shown(one: Metric, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Compute rates and take out what may not be shown: values about too few people, rates of too few records."""
    if one.is_rate:
        divisor = table["denominator"].astype("float64")
        table["value"] = table["numerator"].astype("float64") / divisor.where(divisor > 0)
        hide = divisor < one.least
    else:
        if one.finish:
            table["value"] = [None if gathered is pd.NA else one.finish(gathered) for gathered in table["value"]]
        table["value"] = table["value"].astype("float64")
        people = table.pop("people") if one.people else table["value"]
        hide = (people > 0) & (people < one.fewest)
    table.loc[hide, "value"] = float("nan")
    return table, int(hide.sum())


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
        "total": answer.total,
        "numerator": answer.numerator,
        "denominator": answer.denominator,
        "rows": rows,
        "hidden": answer.hidden,
        "partial": answer.partial,
        "definition": answer.metric.rule(),
        "as_of": answer.as_of.isoformat(),
        "version": answer.version,
        "sources": {name: at.isoformat() if at else None for name, at in answer.sources.items()},
    }
