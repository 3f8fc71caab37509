"""From a question to SQL: pure. Rows are first made distinct per fact and group where a join could count twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from puma.dimensions import DIMENSIONS, Way
from puma.errors import WrongUsage
from puma.measuring.definition import COUNTINGS, POLICIES, Metric

Filters = Mapping[str, Sequence[str]]
PARTS = ("all", "numerator", "rest", "left out")
"""Of the records behind a rate: all of the denominator, those in the numerator, those in the denominator alone, and
those that it leaves out although they are of its kind; of a count the first and the last."""

OF_DISTINCT = re.compile(r"count\(DISTINCT [\w.]+\)( FILTER \(([^()]|\([^()]*\))*\))?( AS \w+)?")
"""Aggregates that give the same of rows which stand there several times: making them distinct first takes half as long
again."""


@dataclass(frozen=True, slots=True)
class Query:
    """SQL for DuckDB and its parameters."""

    sql: str
    parameters: list[str]


def check(metric: Metric, by: Sequence[str], filters: Filters, policy: str, counting: str) -> None:
    """Raise WrongUsage in one sentence when the question cannot be asked of this metric."""
    can = [dimension.slug for dimension in metric.dimensions]
    for slug in [*by, *filters]:
        if slug not in can:
            raise WrongUsage(f"{metric.slug} cannot be cut by {slug!r}; it can be by: {', '.join(can)}.")
    if never := [slug for slug in filters if DIMENSIONS[slug].whole and filters[slug]]:
        raise WrongUsage(f"{metric.slug} is not filtered by {never[0]!r}, because that could tell of few people.")
    if policy not in POLICIES:
        raise WrongUsage(f"There is no link policy {policy!r}; there are: {', '.join(POLICIES)}.")
    if counting not in COUNTINGS:
        raise WrongUsage(f"There is no counting method {counting!r}; there are: {', '.join(COUNTINGS)}.")
    if counting == "fractional" and not (len(by) == 1 and _way(by[0], metric.fact).share and metric.fractional):
        shared = [d.slug for d in metric.dimensions if d.ways[metric.fact].share and metric.fractional]
        can_split = ", ".join(shared) or "none can"
        raise WrongUsage(f"Fractional counting of {metric.slug} needs one cut that splits its records: {can_split}.")


def value_query(metric: Metric, by: Sequence[str], filters: Filters, policy: str, counting: str) -> Query:
    """One row per group: the dimensions' keys, then numerator, and denominator for a rate."""
    values = _values(metric, counting)
    rows = _rows(metric, by, filters, counting, once=not all(OF_DISTINCT.fullmatch(value) for value in values))
    keys = [f'd{place} AS "{slug}"' for place, slug in enumerate(by)]
    group = f" GROUP BY {', '.join(f'd{place}' for place in range(len(by)))}" if by else ""
    sql = f"WITH r AS ({rows.sql}) SELECT {', '.join([*keys, *values])} FROM r{group}"
    return Query(sql.replace("{policy}", policy), rows.parameters)


def keys_query(metric: Metric, by: str, policy: str) -> Query:
    """The keys that ``value_query`` would have groups of."""
    rows = _rows(metric, (by,), {}, "full", once=False)
    return Query(f"SELECT DISTINCT d0 FROM ({rows.sql})".replace("{policy}", policy), rows.parameters)


def facts_query(metric: Metric, by: Sequence[str], filters: Filters, policy: str, counting: str) -> Query:
    """The rows that numbers are made of: ``record`` that each belongs to, the metric's columns, ``d0``, ``d1`` of the
    cuts, ``share`` where it is split."""
    rows = _rows(metric, by, filters, counting, more=(f"coalesce(f.{metric.record}, 0) AS record",))
    return Query(rows.sql.replace("{policy}", policy), rows.parameters)


def again_query(metric: Metric, policy: str, facts: str) -> str:
    """SQL of the value over rows as ``facts_query`` gives them; facts: the name of their table."""
    return f"SELECT {', '.join(_values(metric, 'full'))} FROM {facts}".replace("{policy}", policy)


def _values(metric: Metric, counting: str) -> list[str]:
    """The aggregates: one value, or numerator and denominator of a rate; and how many people it is about."""
    numerator = metric.fractional if counting == "fractional" else metric.numerator
    values = [f"{numerator} AS value"]
    if metric.is_rate:
        fractional = counting == "fractional"
        denominator = metric.fractional_denominator if fractional else metric.denominator
        values = [f"{numerator} AS numerator", f"{denominator} AS denominator"]
    counted = {"people": metric.people, "others": metric.others}
    return [*values, *(f"{people} AS {name}" for name, people in counted.items() if people)]


def records_query(metric: Metric, filters: Filters, policy: str, part: str = "all") -> Query:
    """The distinct records behind a number, or one of its ``PARTS``. Raises WrongUsage for a part it has not."""
    if part not in (PARTS if metric.is_rate else ("all", "left out") if metric.left_out else ("all",)):
        raise WrongUsage(f"{metric.slug} has no part {part!r}; rates have: {', '.join(PARTS)}.")
    number = f"f.{metric.record}"
    if part in ("numerator", "rest"):
        rows = _rows(metric, (), filters, "full", more=(f"{number} AS record",))
        each = f"SELECT record, {metric.numerator} AS counted FROM r WHERE record IS NOT NULL GROUP BY record"
        which = "coalesce(counted, 0) > 0" if part == "numerator" else "NOT coalesce(counted, 0) > 0"
        sql = f"WITH r AS ({rows.sql}) SELECT record AS id FROM ({each}) WHERE {which} ORDER BY 1"
        return Query(sql.replace("{policy}", policy), rows.parameters)
    if part == "left out":
        metric = replace(metric, where=" OR ".join(f"({why})" for _, why in metric.left_out) or "false")
    condition, parameters = _conditions(metric, filters)
    sql = f"SELECT DISTINCT {number} AS id FROM {metric.fact} f WHERE {condition} AND {number} IS NOT NULL ORDER BY 1"
    return Query(sql.replace("{policy}", policy), parameters)


def left_out_query(metric: Metric, filters: Filters, policy: str) -> Query:
    """One row: how many records are left out, a column for each reason."""
    reasons = " OR ".join(f"({why})" for _, why in metric.left_out)
    condition, parameters = _conditions(replace(metric, where=reasons), filters)
    counts = [f"count(DISTINCT f.{metric.record}) FILTER ({why})" for _, why in metric.left_out]
    sql = f"SELECT {', '.join(counts)} FROM {metric.fact} f WHERE {condition}"
    return Query(sql.replace("{policy}", policy), parameters)


def _rows(
    metric: Metric, by: Sequence[str], filters: Filters, counting: str, *, more: Sequence[str] = (), once: bool = True
) -> Query:
    condition, parameters = _conditions(metric, filters)
    ways = [_way(slug, metric.fact) for slug in by]
    columns = [*more, *(name if " " in name else f"f.{name}" for name in metric.columns)]
    columns += [f"{way.key} AS d{place}" for place, way in enumerate(ways)]
    if counting == "fractional":
        columns.append(f"{ways[0].share} AS share")
    joins = " ".join(dict.fromkeys(way.join for way in ways if way.join))
    distinct = "DISTINCT" if joins and once else ""  # without a join every fact stands in one row already
    sql = f"SELECT {distinct} {', '.join(columns)} FROM {metric.fact} f {joins} WHERE {condition}"
    return Query(sql, parameters)


def _conditions(metric: Metric, filters: Filters) -> tuple[str, list[str]]:
    """A filter keeps facts that have the value among theirs; it never drops their other values."""
    conditions, parameters = [f"({metric.where})"], []
    for slug, values in filters.items():
        if not values:
            continue
        way = _way(slug, metric.fact)
        which, wanted = _matches(slug, way.key, values)
        parameters += wanted
        conditions.append(f"f.id IN (SELECT f.id FROM {metric.fact} f {way.join} WHERE {which})" if way.join else which)
    return " AND ".join(conditions), parameters


def _matches(slug: str, key: str, values: Sequence[str]) -> tuple[str, list[str]]:
    """SQL that is true for the given values, and its parameters: spans of years, names or numbers, words."""
    if slug == "year":
        spans = [year_span(value) for value in values]
        return f"({' OR '.join(f'{key} BETWEEN ? AND ?' for _ in spans)})", [
            str(year) for span in spans for year in span
        ]
    marks = ", ".join("?" for _ in values)
    words = [str(value) for value in values]
    missing = f" OR {key} IS NULL" if "unknown" in words else ""  # as answers name what has no value
    names = DIMENSIONS[slug].names
    if names:
        named = f"SELECT key FROM ({names}) AS n(key, name) WHERE name IN ({marks})"
        return f"({key} IN ({named}) OR {key}::VARCHAR IN ({marks}){missing})", words * 2
    return f"({key}::VARCHAR IN ({marks}){missing})", words


def year_span(text: str) -> tuple[int, int]:
    """First and last year of ``2019`` or ``2015-2018``. Raises WrongUsage for anything else."""
    first, _, last = str(text).partition("-")
    if not (first.strip().isdigit() and (last or first).strip().isdigit()):
        raise WrongUsage(f"A year is written 2019 or 2015-2018, not {text!r}.")
    years = int(first), int(last or first)
    if not all(1800 <= year <= 2200 for year in years):
        raise WrongUsage(f"There are no data for the year {text}.")
    return min(years), max(years)


def _way(slug: str, fact: str) -> Way:
    return DIMENSIONS[slug].ways[fact]
