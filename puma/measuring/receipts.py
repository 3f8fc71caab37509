"""Receipts: the rows of facts that a number was made of, kept beside it, and the number made of them again."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from puma.access import Viewer
from puma.errors import Refused
from puma.facts import Snapshot
from puma.measuring.answer import Question
from puma.measuring.definition import Metric, metric
from puma.measuring.query import again_query, check, facts_query


@dataclass(frozen=True, slots=True)
class Value:
    """A number as it comes of rows; of a rate also its two parts. None where there is nothing to count."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None


def facts_behind(snapshot: Snapshot, viewer: Viewer, question: Question, *, rule: Metric | None = None) -> pa.Table:
    """The rows that an answer is made of: ``record``, what the metric needs, ``d0`` and ``d1`` of the cuts.

    rule: the definition to follow, when it is not the present one of that metric.
    """
    one = rule or metric(question.slug)
    viewer.must_be(one.role, f"The list behind “{one.label}”")
    check(one, question.by, question.filters, question.policy, question.counting)
    if one.counted_only:
        raise Refused(f"The {one.label.lower()} is counted only: whom it counts is kept nowhere.")
    query = facts_query(one, question.by, question.filters, question.policy, question.counting)
    found: pa.Table = snapshot.connect(viewer).sql(query.sql, params=query.parameters).to_arrow_table()
    return found


def value_of(connection: Any, one: Metric, policy: str, facts: str) -> Value:
    """The number over a table of rows of a DuckDB connection. What may be shown of it is not decided here."""
    columns = [part[0] for part in connection.execute(f"SELECT * FROM {facts} LIMIT 0").description]
    found = connection.execute(again_query(one, policy, facts, weighed="weight" in columns))
    row = dict(zip([part[0] for part in found.description], found.fetchall()[0], strict=True))
    if one.is_rate:
        numerator, denominator = float(row["numerator"] or 0), float(row["denominator"] or 0)
        return Value(numerator / denominator if denominator else None, numerator, denominator)
    value = one.finish(row["value"]) if one.finish else row["value"]
    return Value(None if value is None else float(value))
