"""Queries that every matching of a little asks: each is made once, since making one takes longer than asking it."""

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Generic, TypeVarTuple

from sqlalchemy import BigInteger, ColumnElement, Dialect, Row, Select, String, bindparam, func, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import Integer, TypeEngine

from puma.storage import CHUNK, json_text

Columns = TypeVarTuple("Columns")
Among = Callable[[InstrumentedAttribute[Any]], ColumnElement[bool]]
"""Says of a column that its value is among those that are asked about."""

SOME = "some"
AT_ONCE = 10_000  # rows that are read at a time where all are asked for


class Prepared(Generic[*Columns]):
    """A query for columns, about some values of one, or about all. make: the query; it is made when it is first asked.

    Of some the driver is asked, with a text that is the same for however many values, because these travel as one
    list: the toolkit's own way takes four times as long, and what is asked of few is asked often.
    """

    def __init__(self, make: Callable[[Among], Select[*Columns]]) -> None:
        self._make = make
        self._texts: dict[str, _Text] = {}
        self._ours: dict[str, Callable[[Sequence[Any]], Any] | None] = {}

    @cached_property
    def _of_all(self) -> Select[*Columns]:
        return self._make(lambda column: true())

    def __call__(self, session: Session, some: Collection[int] | None = None) -> Iterable[Row[*Columns]]:
        """At least the rows of some, in the order of the query; of more than one query takes, and of None, all rows."""
        if some is None or len(some) > CHUNK:
            return chain.from_iterable(session.connection().execute(self._of_all).partitions(AT_ONCE))
        return self.of(session, some)

    def of(self, session: Session, some: Collection[int] | Collection[str]) -> Sequence[Row[*Columns]]:
        """The rows of these and no others, however many, in the order of the query."""
        if not some:
            return []
        connection = session.connection()
        dialect = connection.dialect
        if dialect.name not in self._texts:
            self._texts[dialect.name] = _text(self._make, dialect)
        text = self._texts[dialect.name]
        values = {**text.values, SOME: json_text(list(some))}
        ready = values if text.order is None else tuple(values[name] for name in text.order)
        said: Any = connection.exec_driver_sql(text.sql, ready)
        if dialect.name not in self._ours:
            kinds = [one[1] for one in said.cursor.description]
            self._ours[dialect.name] = _as_ours(text.columns, kinds, dialect)
        ours, rows = self._ours[dialect.name], said.all()
        return list(map(ours, rows)) if ours else rows


@dataclass(frozen=True, slots=True)
class _Text:
    """A query as the driver takes it. values: what stands in it; order: of the parameters, where they have no names."""

    sql: str
    values: Mapping[str, Any]
    order: Sequence[str] | None
    columns: ReadOnlyColumnCollection[str, Any]


def _text(make: Callable[[Among], Any], dialect: Dialect) -> _Text:
    query = make(lambda column: column.in_(_listed(dialect, column.type)))
    said = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = {}
    for name, value in said.params.items():
        way = said.binds[name].type.dialect_impl(dialect).bind_processor(dialect) if name in said.binds else None
        values[name] = way(value) if way and value is not None else value
    order = said.positiontup if said.positional else None
    return _Text(str(said), values, order, query.selected_columns)


def _as_ours(
    columns: ReadOnlyColumnCollection[str, Any], kinds: Sequence[Any], dialect: Dialect
) -> Callable[[Sequence[Any]], Any] | None:
    """What makes our values, days and documents, of those of the driver; None where there are none of these.

    kinds: what the driver says of its columns.
    """
    ways = [
        column.type.dialect_impl(dialect).result_processor(dialect, kind)
        for column, kind in zip(columns, kinds, strict=True)
    ]
    several = [(place, way) for place, way in enumerate(ways) if way]
    kind: Any = namedtuple("kind", columns.keys(), rename=True)  # type: ignore[misc]  # known when first asked

    def ours(row: Sequence[Any]) -> Any:
        values = list(row)
        for place, way in several:
            values[place] = way(values[place])
        return kind._make(values)

    return ours if several else None


def _listed(dialect: Dialect, kind: TypeEngine[Any]) -> Select[Any]:
    """The values that are asked about as the rows of a query."""
    listed = bindparam(SOME, "[]", String)
    if dialect.name == "postgresql":
        rows = func.jsonb_array_elements_text(sql_cast(listed, JSONB)).table_valued("value")
    else:
        rows = func.json_each(listed).table_valued("value")
    return select(sql_cast(rows.c.value, BigInteger if isinstance(kind, Integer) else String))
