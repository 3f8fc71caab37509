"""From a question to SQL: pure. Rows are first made distinct per fact and group, so that no join counts twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from puma.dimensions import DIMENSIONS, Way
from puma.errors import WrongUsage
from puma.measuring.definition import COUNTINGS, POLICIES, Metric

Filters = Mapping[str, Sequence[str]]


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
    rows = _rows(metric, by, filters, counting)
    keys = [f'd{place} AS "{slug}"' for place, slug in enumerate(by)]
    numerator = metric.fractional if counting == "fractional" else metric.numerator
    values = (
        [f"{numerator} AS value"]
        if not metric.is_rate
        else [
            f"{metric.numerator} AS numerator",
            f"{metric.denominator} AS denominator",
        ]
    )
    if metric.people:
        values.append(f"{metric.people} AS people")
    group = f" GROUP BY {', '.join(f'd{place}' for place in range(len(by)))}" if by else ""
    sql = f"WITH r AS ({rows.sql}) SELECT {', '.join([*keys, *values])} FROM r{group}"
    return Query(sql.replace("{policy}", policy), rows.parameters)


def records_query(metric: Metric, filters: Filters, policy: str) -> Query:
    """The distinct records behind a number."""
    condition, parameters = _conditions(metric, filters)
    sql = f"SELECT DISTINCT f.{metric.record} AS id FROM {metric.fact} f WHERE {condition} ORDER BY 1"
    return Query(sql.replace("{policy}", policy), parameters)


def _rows(metric: Metric, by: Sequence[str], filters: Filters, counting: str) -> Query:
    condition, parameters = _conditions(metric, filters)
    ways = [_way(slug, metric.fact) for slug in by]
    columns = [name if " " in name else f"f.{name}" for name in metric.columns]
    columns += [f"{way.key} AS d{place}" for place, way in enumerate(ways)]
    if counting == "fractional":
        columns.append(f"{ways[0].share} AS share")
    joins = " ".join(dict.fromkeys(way.join for way in ways if way.join))
    distinct = "DISTINCT" if joins else ""  # without a join every fact stands in one row already
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
    names = DIMENSIONS[slug].names
    if names:
        named = f"SELECT key FROM ({names}) AS n(key, name) WHERE name IN ({marks})"
        return f"({key} IN ({named}) OR {key}::VARCHAR IN ({marks}))", words * 2
    return f"{key}::VARCHAR IN ({marks})", words


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
