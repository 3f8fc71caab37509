"""Queries that every matching of a little asks: each is made once, since making one takes longer than asking it."""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, Generic, TypeVarTuple

from sqlalchemy import BindParameter, ColumnElement, Result, Row, Select, bindparam, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from puma.storage import CHUNK, chunks

Columns = TypeVarTuple("Columns")
Among = Callable[[InstrumentedAttribute[Any]], ColumnElement[bool]]
"""Says of a column that its value is among those that are asked about."""

_SOME: BindParameter[Any] = bindparam("some", expanding=True)


class Prepared(Generic[*Columns]):
    """A query for columns, about some values of one, or about all. make: the query; it is made when it is first asked.

    The connection is asked, not the session: of single columns that gives the same in two thirds of the time.
    """

    def __init__(self, make: Callable[[Among], Select[*Columns]]) -> None:
        self._make = make

    @cached_property
    def _of_all(self) -> Select[*Columns]:
        return self._make(lambda column: true())

    @cached_property
    def _of_some(self) -> Select[*Columns]:
        return self._make(lambda column: column.in_(_SOME))

    def __call__(self, session: Session, some: Collection[int] | None = None, **more: object) -> Result[*Columns]:
        """At least the rows of some, in the order of the query; of more than one query takes, and of None, all rows.

        more: values of further parameters.
        """
        if some is None or len(some) > CHUNK:
            return session.connection().execute(self._of_all, more)
        return session.connection().execute(self._of_some, {"some": sorted(some), **more})

    def of(self, session: Session, some: Collection[int] | Collection[str], **more: object) -> Iterator[Row[*Columns]]:
        """The rows of these and no others, however many; each piece of them in the order of the query."""
        ordered: list[Any] = sorted(some)
        for piece in chunks(ordered):
            yield from session.connection().execute(self._of_some, {"some": piece, **more})
