"""From a question to SQL: pure. Rows are first made distinct per fact and group where a join could count twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from puma.dimensions import DIMENSIONS, Way
from puma.errors import WrongUsage
from puma.measuring.definition import COUNTINGS, POLICIES, Metric, metrics

Filters = Mapping[str, Sequence[str]]
PARTS = ("all", "numerator", "rest", "left out")
"""Of the records behind a rate: all of the denominator, those in the numerator, those in the denominator alone, and
those that it leaves out although they are of its kind; of a count the first and the last."""

OF_DISTINCT = re.compile(r"count\(DISTINCT [\w.]+\)( FILTER \(([^()]|\([^()]*\))*\))?( AS \w+)?")
"""Aggregates that give the same of rows which stand there several times: making them distinct first takes half as long
again."""
_OF_FACTS = re.compile(r"count\(DISTINCT id\)( FILTER \(([^()]|\([^()]*\))*\))? AS \w+")
_COUNTED = re.compile(r"count\(DISTINCT (\w+|\([\w, ]+\))\)( FILTER \((?:[^()]|\([^()]*\))*\))?")
_ADDED = re.compile(r"sum\((\w+)\)")
_PART = "weight::DECIMAL(18, 12)"
_EACH_ONCE = f"list_sum([one[2] for one in list(DISTINCT row({{}}, {_PART})){{}}])"


@dataclass(frozen=True, slots=True)
class Query:
    """SQL for DuckDB and its parameters."""

    sql: str
    parameters: list[str]


FOUND = "found_facts"
"""The table of what filters keep, where that was found before: DuckDB takes it from the variable of this name beside
the call, which costs a third less than to register it for each question."""
_NAMED = re.compile(r"\bf\.(\w+)")


class Found(tuple[str, ...]):
    """The values of a filter that kept the facts in ``FOUND``."""


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
    once = not all(OF_DISTINCT.fullmatch(value) for value in values)
    rows = _rows(metric, by, filters, counting, once=once, weighs=policy == "wide")
    if policy == "wide" and metric.weighed:
        values = _weighed(values)
    elif _once(metric, by):  # so that none is looked up
        values = [value.replace("count(DISTINCT id)", "count(id)") for value in values]
    keys = [f'd{place} AS "{slug}"' for place, slug in enumerate(by)]
    group = f" GROUP BY {', '.join(f'd{place}' for place in range(len(by)))}" if by else ""
    sql = f"SELECT {', '.join([*keys, *values])} FROM ({rows.sql}) r{group}"  # rows of a WITH would be gathered first
    return Query(sql.replace("{policy}", policy), rows.parameters)


def adds_up(metric: Metric, by: Sequence[str], policy: str, counting: str) -> bool:
    """Whether the rows of ``value_query`` sum to the total: where facts are counted, each in one of them."""
    weighs = policy == "wide" and metric.weighed
    counts = counting == "full" and all(_OF_FACTS.fullmatch(value) for value in _values(metric, counting))
    return counts and not weighs and _once(metric, by)


def _once(metric: Metric, by: Sequence[str]) -> bool:
    """Whether every fact stands in one row of these cuts."""
    return not any(_way(slug, metric.fact).join for slug in by)


def keys_query(metric: Metric, by: str, policy: str) -> Query:
    """The keys that ``value_query`` would have groups of."""
    rows = _rows(metric, (by,), {}, "full", once=False)
    return Query(f"SELECT DISTINCT d0 FROM ({rows.sql})".replace("{policy}", policy), rows.parameters)


def facts_query(metric: Metric, by: Sequence[str], filters: Filters, policy: str, counting: str) -> Query:
    """The rows that numbers are made of: ``record`` that each belongs to, the metric's columns, ``d0``, ``d1`` of the
    cuts, ``share`` where it is split, ``weight`` under the wide policy where candidates are weighed."""
    more = (f"coalesce(f.{metric.record}, 0) AS record",)
    rows = _rows(metric, by, filters, counting, more=more, weighs=policy == "wide")
    return Query(rows.sql.replace("{policy}", policy), rows.parameters)


def count_of(policy: str, where: str = "true") -> str:
    """SQL of how many rows there are, under the wide policy the sum of their ``weight``; where: which of them."""
    if policy == "wide":
        return f"coalesce(round(sum({_PART}) FILTER ({where}), 9)::DOUBLE, 0)"
    return f"count(*) FILTER ({where})"


def distinct_of(policy: str) -> str:
    """SQL of how many different ``id`` there are, under the wide policy the sum of the ``weight`` of each."""
    return _weighed(["count(DISTINCT id)"])[0] if policy == "wide" else "count(DISTINCT id)"


def again_query(metric: Metric, policy: str, facts: str, *, weighed: bool) -> str:
    """SQL of the value over rows as ``facts_query`` gives them; facts: the name of their table; weighed: whether they
    have a ``weight``."""
    values = _values(metric, "full")
    return f"SELECT {', '.join(_weighed(values) if weighed else values)} FROM {facts}".replace("{policy}", policy)


def _weighed(values: Sequence[str]) -> list[str]:
    """Aggregates that sum the weights of what they counted, and weigh what they added up."""
    counts = "coalesce(round(" + _EACH_ONCE.format(r"\1", r"\2") + ", 9)::DOUBLE, 0)"
    sums = rf"round(sum(\1 * {_PART}), 9)::DOUBLE"
    return [_ADDED.sub(sums, _COUNTED.sub(counts, value)) for value in values]


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
    facts = _facts(metric, filters)
    sql = f"SELECT DISTINCT {number} AS id FROM {facts} f WHERE {condition} AND {number} IS NOT NULL ORDER BY 1"
    return Query(sql.replace("{policy}", policy), parameters)


def numbers_query(metric: Metric, number: str, filters: Filters, policy: str) -> Query:
    """The numbers of one column of the facts that a metric counts, in no order and some several times."""
    condition, parameters = _conditions(metric, filters)
    sql = f"SELECT f.{number} FROM {_facts(metric, filters)} f WHERE {condition}"
    return Query(sql.replace("{policy}", policy), parameters)


def left_out_query(metric: Metric, filters: Filters, policy: str) -> Query:
    """One row: how many records are left out, a column for each reason."""
    reasons = " OR ".join(f"({why})" for _, why in metric.left_out)
    condition, parameters = _conditions(replace(metric, where=reasons), filters)
    each = "f.id" if metric.record == "id" else f"DISTINCT f.{metric.record}"
    counts = [f"count({each}) FILTER ({why})" for _, why in metric.left_out]
    sql = f"SELECT {', '.join(counts)} FROM {_facts(metric, filters)} f WHERE {condition}"
    return Query(sql.replace("{policy}", policy), parameters)


def _rows(
    metric: Metric,
    by: Sequence[str],
    filters: Filters,
    counting: str,
    *,
    more: Sequence[str] = (),
    once: bool = True,
    weighs: bool = False,
) -> Query:
    condition, parameters = _conditions(metric, filters)
    ways = [_way(slug, metric.fact) for slug in by]
    columns = [*more, *map(_column, metric.columns)]
    columns += [f"{way.key} AS d{place}" for place, way in enumerate(ways)]
    joins = " ".join(dict.fromkeys(way.join for way in ways if way.join))
    distinct = "DISTINCT" if joins and once else ""  # without a join every fact stands in one row already
    share = ways[0].share if counting == "fractional" else ""
    if weighs and metric.weighed:
        of_filters = _weights_of_filters(metric, filters)
        joins, parameters = f"{joins} {of_filters.joins}", [*of_filters.parameters, *parameters]
        of_cuts = [] if share else [way.weight for way in ways if way.weight]  # shares sum to the weight of the fact
        weight = f"least({', '.join([metric.weight, *of_cuts, *of_filters.weights])})"
        columns.append(f"{weight} AS weight")
        share = f"{share} * {weight}" if share and ways[0].join else share  # a fact's own shares are weighed already
    columns += [f"{share} AS share"] if share else []
    sql = f"SELECT {distinct} {', '.join(columns)} FROM {_facts(metric, filters)} f {joins} WHERE {condition}"
    if weighs and metric.weighed:
        counted = _COUNTED.search(metric.numerator)
        group = ", ".join([counted.group(1) if counted else "id", *(f"d{place}" for place in range(len(by)))])
        best = f"max(weight) OVER (PARTITION BY {group})"
        sql = f"SELECT {distinct} * REPLACE ({best} AS weight) FROM ({sql})"
    return Query(sql, parameters)


@dataclass(frozen=True, slots=True)
class _Weights:
    """Joins that bring the weights of what filters keep, their parameters, and the weights."""

    joins: str
    parameters: list[str]
    weights: list[str]


def _weights_of_filters(metric: Metric, filters: Filters) -> _Weights:
    """What is kept because of a link weighs no more than that link, as in the row of a cut that the filter keeps."""
    found = _Weights("", [], [])
    for place, (slug, values) in enumerate(filters.items()):
        way = _way(slug, metric.fact)
        if values and way.weight:
            which, wanted = _matches(slug, way.key, values)
            kept = f"SELECT f.id, max({way.weight}) AS weight FROM {metric.fact} f {way.join} WHERE {which} GROUP BY 1"
            join = f"{found.joins} JOIN ({kept}) w{place} ON w{place}.id = f.id"
            found = _Weights(join, [*found.parameters, *wanted], [*found.weights, f"w{place}.weight"])
    return found


def _conditions(metric: Metric, filters: Filters) -> tuple[str, list[str]]:
    """A filter keeps facts that have the value among theirs; it never drops their other values."""
    conditions, parameters = [f"({metric.where})"], []
    for slug, values in filters.items():
        if values and not isinstance(values, Found):
            way = _way(slug, metric.fact)
            which, wanted = _matches(slug, way.key, values)
            parameters += wanted
            conditions.append(
                f"f.id IN (SELECT f.id FROM {metric.fact} f {way.join} WHERE {which})" if way.join else which
            )
    return " AND ".join(conditions), parameters


@cache
def facts_held(fact: str) -> str:
    """SQL of all facts of a kind, with what metrics and dimensions name: not their titles."""
    counting = [one for one in metrics().values() if one.fact == fact]
    named = {name for one in counting for name in columns_of(one, tuple(cut.slug for cut in one.dimensions))}
    return f"SELECT {', '.join(f'f.{name}' for name in sorted(named))} FROM {fact} f"


def values_held(fact: str, slug: str, policy: str) -> str:
    """SQL of the values of a dimension, ``key``, and of each the ``ids`` of the facts that have it, some several
    times."""
    way = _way(slug, fact)
    sql = f"SELECT {way.key} AS key, list(f.id) AS ids FROM {fact} f {way.join} GROUP BY 1"
    return sql.replace("{policy}", policy)


def keys_named(names: str, values: Sequence[str]) -> Query:
    """The numbers that bear one of these names. names: as of a dimension."""
    marks = ", ".join("?" for _ in values)
    return Query(f"SELECT key FROM ({names}) AS n(key, name) WHERE name IN ({marks})", [str(one) for one in values])


@cache
def columns_of(metric: Metric, by: tuple[str, ...]) -> Sequence[str]:
    """The columns of its fact that a metric and these cuts name, under any policy."""
    told = ["f.id", metric.where, *map(_column, metric.columns), f"f.{metric.record}"]
    told += [*(why for _, why in metric.left_out), *([metric.weight] if metric.weighed else [])]
    for way in (_way(slug, metric.fact) for slug in by):
        told += [way.key, way.join, way.share, way.weight]
    every = " ".join(told)
    return sorted({name for policy in POLICIES for name in _NAMED.findall(every.replace("{policy}", policy))})


def _column(name: str) -> str:
    """A column of a fact, or an expression over them, as metrics write it."""
    return name if " " in name else f"f.{name}"


def _facts(metric: Metric, filters: Filters) -> str:
    """The table that a metric counts in."""
    return FOUND if any(isinstance(values, Found) for values in filters.values()) else metric.fact


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
        named = keys_named(names, words)
        return f"({key} IN ({named.sql}) OR {key}::VARCHAR IN ({marks}){missing})", [*named.parameters, *words]
    return f"({key}::VARCHAR IN ({marks}){missing})", words


def year_span(text: str) -> tuple[int, int]:
    """First and last year of ``2019`` or ``2015-2018``. Raises WrongUsage for anything else."""
    first, _, last = (part.strip() for part in str(text).replace("–", "-").partition("-"))
    written = first, last or first
    if not all(one.isascii() and one.isdigit() and len(one) == 4 for one in written):
        raise WrongUsage(f"A year is written 2019 or 2015-2018, not {text!r}.")
    years = int(written[0]), int(written[1])
    if not all(1800 <= year <= 2200 for year in years):
        raise WrongUsage(f"There are no data for the year {text}.")
    return min(years), max(years)


def _way(slug: str, fact: str) -> Way:
    return DIMENSIONS[slug].ways[fact]
