"""A prepared query gives what the toolkit gives, on both databases: rows, names of columns, days and documents."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, select
from sqlalchemy.orm import InstrumentedAttribute

from puma.entities import Identifier, Link
from puma.linking import again, asked, changes, data, mined, named, naming, newcomers, people_rows, store, versions
from puma.linking.prepared import Prepared
from tests.linking.test_match import TEAM, TITLE, House, house, paper

__all__ = ["house"]

ROOMS = (again, asked, changes, data, mined, named, naming, newcomers, people_rows, versions)


def test_every_prepared_query_gives_what_the_toolkit_gives(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM, day="2020-06-01"))
    house.match()
    every: dict[str, Prepared[*tuple[Any, ...]]] = {
        f"{room.__name__}.{name}": one
        for room in ROOMS
        for name, one in vars(room).items()
        if isinstance(one, Prepared)
    }
    with house.storage.reading() as session:
        relation = session.scalars(select(Link.relation)).first() or ""
        every["links"] = store._links(relation)
        numbers = list(range(1, 300))
        words = session.scalars(select(Identifier.value)).all()
        filled = set()
        values: dict[bool, Any] = {True: numbers, False: list(words)}
        kinds: list[bool] = []
        for name, one in every.items():

            def among(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
                kinds.append(isinstance(column.type, Integer))
                return column.in_(values[kinds[-1]])

            theirs = session.execute(one._make(among)).all()
            ours = one.of(session, values[kinds[-1]])
            assert sorted(map(repr, map(tuple, ours))) == sorted(map(repr, map(tuple, theirs))), name
            if theirs:
                filled.add(name)
                assert ours[0]._fields == theirs[0]._fields, name
    assert {"links", "puma.linking.asked.told", "puma.linking.named._authors", "puma.linking.asked.proposals"} <= filled
