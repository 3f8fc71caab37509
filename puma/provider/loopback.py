"""LoopBack's `filter`, as far as the federated search API uses it: read with limits, and compiled to SQL conditions."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_, true

from puma.errors import WrongUsage

MOST = 1000  # records of one answer
AT_FIRST = 100
DEEPEST, WIDEST = 6, 200
OPERATORS = ("eq", "neq", "lt", "lte", "gt", "gte", "between", "inq", "nin", "like", "nlike", "ilike", "nilike")
KNOWN = ("where", "include", "limit", "skip", "offset", "order", "query", "fields")

Matches = Callable[[str, Any], ColumnElement[bool]]
"""(operator, value) -> the condition on one property."""


class WrongFilter(WrongUsage):
    """The filter says something that this interface does not know: correct it and ask again."""

    http_status: ClassVar[int] = 400
    title: ClassVar[str] = "Wrong filter"


@dataclass(frozen=True, slots=True)
class Include:
    """A relation to be told along; what its scope says also narrows what it is told along with."""

    relation: str
    scope: "Filter"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for. narrows: whether anything in it leaves records out."""

    where: Mapping[str, Any]
    include: tuple[Include, ...] = ()
    limit: int = AT_FIRST
    skip: int = 0
    query: str = ""

    @property
    def narrows(self) -> bool:
        """Whether a record may fail it."""
        return bool(self.where) or any(one.scope.narrows for one in self.include)


def filter_of(text: str) -> Filter:
    """The filter of a request. Raises WrongFilter."""
    if not text:
        return Filter({})
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongFilter(f"filter is no JSON: {str(error)[:100]}.") from error
    return _filter(said, 0)


def where_of(text: str) -> Filter:
    """The filter of a count, of which only the condition is given. Raises WrongFilter."""
    if not text:
        return Filter({})
    try:
        return _filter({"where": json.loads(text)}, 0)
    except (ValueError, RecursionError) as error:
        raise WrongFilter(f"where is no JSON: {str(error)[:100]}.") from error


def _filter(said: Any, depth: int) -> Filter:
    if not isinstance(said, dict):
        raise WrongFilter("A filter is an object.")
    if depth > DEEPEST:
        raise WrongFilter(f"The filter is nested deeper than {DEEPEST}.")
    if unknown := said.keys() - set(KNOWN):
        raise WrongFilter(f"A filter has no {sorted(unknown)[0]!r}; there are: {', '.join(KNOWN)}.")
    listed = said.get("include") or []
    listed = listed if isinstance(listed, list) else [listed]
    where = {} if said.get("where") is None else said["where"]
    if not isinstance(where, dict) or len(listed) > WIDEST:
        raise WrongFilter("where is an object and include a list.")
    limit = _count(said.get("limit"), "limit", AT_FIRST)
    return Filter(
        where,
        tuple(_include(one, depth) for one in listed),
        min(limit, MOST),
        _count(said.get("skip", said.get("offset")), "skip", 0),
        str(said.get("query") or "")[:1000],
    )


def _include(said: Any, depth: int) -> Include:
    if isinstance(said, str):
        return Include(said, Filter({}))
    if isinstance(said, dict) and isinstance(said.get("relation"), str):
        return Include(said["relation"], _filter(said.get("scope") or {}, depth + 1))
    raise WrongFilter("include names relations: [{'relation': 'techniques'}].")


def _count(value: Any, name: str, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**9:
        raise WrongFilter(f"{name} is a number from 0.")
    return value


def condition(where: Mapping[str, Any], properties: Mapping[str, Matches], depth: int = 0) -> ColumnElement[bool]:
    """SQL of a condition. Raises WrongFilter for properties and operators that there are none of."""
    if depth > DEEPEST or len(where) > WIDEST:
        raise WrongFilter("The condition is too long or nested too deep.")
    parts: list[ColumnElement[bool]] = []
    for name, said in where.items():
        if name in ("and", "or"):
            if not isinstance(said, list) or len(said) > WIDEST or not all(isinstance(one, dict) for one in said):
                raise WrongFilter(f"{name} has a list of conditions.")
            inner = [condition(one, properties, depth + 1) for one in said]
            parts.append(and_(true(), *inner) if name == "and" else or_(false(), *inner))
        elif name not in properties:
            raise WrongFilter(f"There is no property {name!r}; there are: {', '.join(properties)}.")
        elif isinstance(said, dict):
            for operator, value in said.items():
                if operator not in OPERATORS:
                    raise WrongFilter(f"There is no operator {operator!r}; there are: {', '.join(OPERATORS)}.")
                parts.append(properties[name](operator, value))
        else:
            parts.append(properties[name]("eq", said))
    return and_(true(), *parts)


def of_text(column: Any) -> Matches:
    """Conditions on a text."""

    def matches(operator: str, value: Any) -> ColumnElement[bool]:
        words = [str(one) for one in listed(operator, value)]
        return _compared(operator, func.coalesce(cast(column, String), ""), words)

    return matches


def of_number(column: Any) -> Matches:
    """Conditions on a number."""

    def matches(operator: str, value: Any) -> ColumnElement[bool]:
        try:
            numbers = [float(one) for one in listed(operator, value)]
        except (TypeError, ValueError) as error:
            raise WrongFilter(f"{value!r} is no number.") from error
        return _compared(operator, column, numbers)

    return matches


def of_day(column: Any) -> Matches:
    """Conditions on a day; times of day are left aside."""

    def matches(operator: str, value: Any) -> ColumnElement[bool]:
        try:
            days = [date.fromisoformat(str(one)[:10]) for one in listed(operator, value)]
        except ValueError as error:
            raise WrongFilter(f"{value!r} is no date.") from error
        return _compared(operator, column, days)

    return matches


def of_truth(*, value: bool) -> Matches:
    """Conditions on what is the same for every record."""

    def matches(operator: str, wanted: Any) -> ColumnElement[bool]:
        if operator not in ("eq", "neq") or not isinstance(wanted, bool):
            raise WrongFilter("The property is true or false.")
        return true() if (wanted == value) == (operator == "eq") else false()

    return matches


def listed(operator: str, value: Any) -> Sequence[Any]:
    """The values of an operator. Raises WrongFilter when there are too many, too few or none."""
    if operator in ("inq", "nin", "between"):
        if not isinstance(value, list) or len(value) > WIDEST or (operator == "between" and len(value) != 2):
            raise WrongFilter(f"{operator} has a list of {'two' if operator == 'between' else 'some'} values.")
        return value
    if isinstance(value, (dict, list)) or value is None:
        raise WrongFilter(f"{operator} has one value.")
    return [value]


def _compared(operator: str, column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    if operator.endswith("like"):
        pattern = like(str(values[0]))
        folds = operator in ("ilike", "nilike")
        found: ColumnElement[bool] = (func.lower(column) if folds else column).like(
            pattern.lower() if folds else pattern, escape="\\"
        )
        return ~found if operator.startswith("n") else found
    several: dict[str, Callable[[], ColumnElement[bool]]] = {
        "inq": lambda: column.in_(values), "nin": lambda: column.not_in(values),
        "between": lambda: column.between(*values),
    }  # fmt: skip
    if operator in several:
        return several[operator]()
    one = values[0]
    compared: dict[str, ColumnElement[bool]] = {
        "eq": column == one, "neq": column != one, "lt": column < one, "lte": column <= one, "gt": column > one,
        "gte": column >= one,
    }  # fmt: skip
    return compared[operator]


def like(text: str) -> str:
    """A pattern of SQL: with its own % where the asker wrote some, else what holds the text anywhere."""
    escaped = re.sub(r"([\\_])", r"\\\1", text)
    return escaped if "%" in text else f"%{escaped}%"
