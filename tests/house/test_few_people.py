"""Numbers about few people: not shown, and no difference of shown ones gives them away."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puma.access import EVERYTHING
from puma.measuring import Question, ask, balance
from puma.measuring.few import Line, not_shown
from puma.storage import Storage
from tests.house.test_golden_numbers import beamtime, facts, team
from tests.resolve.desk import Desk

FEWEST = 5
tables = st.integers(1, 6).flatmap(
    lambda wide: st.lists(st.lists(st.integers(0, 9), min_size=wide, max_size=wide), min_size=1, max_size=6)
)


def beside(hidden: np.ndarray, people: np.ndarray, where: str) -> None:
    """No row alone, and no sum of few people, is what a total leaves over."""
    over = people[hidden].sum(axis=0)
    assert hidden.sum() != 1, where
    assert not ((over > 0) & (over < FEWEST)).any(), where


@settings(max_examples=300, deadline=None)
@given(tables)
def test_no_total_less_what_is_shown_is_one_value_or_about_few_people(cells: list[list[int]]) -> None:
    people = np.array(cells, dtype=np.float64)  # rows of one cut, each with what is counted of it
    told = bool((people.sum(axis=0) >= FEWEST).all())
    hidden = not_shown(people, [Line(list(range(len(people))), told)], FEWEST)
    assert hidden[((people > 0) & (people < FEWEST)).any(axis=1)].all()
    if told and (~hidden & (people.sum(axis=1) > 0)).any():
        beside(hidden, people, "total")
    if not ((people > 0) & (people < FEWEST)).any() and told:
        assert not hidden.any(), "nothing is hidden without a reason"


@settings(max_examples=300, deadline=None)
@given(tables)
def test_two_cuts_give_away_nothing_that_either_of_them_hides(cells: list[list[int]]) -> None:
    grid = np.array(cells, dtype=np.float64)
    tall, wide = grid.shape
    places = np.arange(grid.size).reshape(grid.shape)
    sums = [grid.sum(axis=1), grid.sum(axis=0)]
    whole = grid.sum() >= FEWEST or grid.sum() == 0
    margins = [not_shown(one[:, None], [Line(list(range(len(one))), whole)], FEWEST) for one in sums]
    lines = [Line(list(places[row]), not margins[0][row]) for row in range(tall)]
    lines += [Line(list(places[:, column]), not margins[1][column]) for column in range(wide)]
    hidden = not_shown(grid.reshape(-1, 1), lines, FEWEST)
    for line in lines:
        some, people = hidden[line.rows], grid.reshape(-1, 1)[line.rows]
        if line.told and (~some & (people[:, 0] > 0)).any():
            beside(some, people, "a line")
        if not line.told and people.sum() > 0:
            assert some.any(), "the parts of a hidden sum would tell it"


def test_of_one_small_value_in_a_year_the_total_tells_neither_it_nor_its_year(storage: Storage, tmp_path: Path) -> None:
    desk = Desk(storage, {"office": 10})
    for number, (year, count, mode) in enumerate(
        [(2014, 40, "on-site"), (2014, 9, "remote"), (2014, 4, "data"), (2015, 30, "on-site"), (2015, 8, "remote"),
         (2016, 3, "on-site"), (2017, 35, "on-site"), (2017, 20, "remote")]
    ):  # fmt: skip
        beamtime(desk, number, year, came=[(100 * number + who, mode) for who in range(count)])
    snapshot = facts(desk, tmp_path)

    def shown(slug: str, *by: str, value: str = "value") -> dict[tuple[object, ...], float]:
        table = ask(snapshot, EVERYTHING, Question(slug, by)).table
        return {tuple(row[:-1]): row[-1] for row in table[[*by, value]].dropna(subset=[value]).itertuples(index=False)}

    years = shown("users_by_access", "year")
    assert years == {(2014,): 53, (2017,): 55}, "2016 is about three people, 2015 the smallest beside it"
    both = shown("users_by_access", "year", "access")
    assert both[2017, "on-site"] == 35
    assert (2014, "data") not in both
    for year in (2014, 2017):
        left = years[year,] - sum(value for (one, _), value in both.items() if one == year)
        assert left == 0 or left >= 2 * FEWEST
    assert not {(2015, "on-site"), (2015, "remote")} <= both.keys()
    assert ask(snapshot, EVERYTHING, Question("users_by_access", ("year",))).hidden == 2
    assert ask(snapshot, EVERYTHING, Question("users_by_access")).total == 149


def test_a_share_of_few_people_is_not_shown_on_either_side(storage: Storage, tmp_path: Path) -> None:
    desk = Desk(storage, {"office": 10})
    for number, (year, back, gone) in enumerate([(2010, 3, 37), (2011, 38, 4), (2012, 20, 30), (2013, 25, 40)]):
        beamtime(desk, 10 * number, year, came=[(100 * number + who, "on-site") for who in range(back + gone)])
        beamtime(desk, 10 * number + 1, year + 2, came=[(100 * number + who, "remote") for who in range(back)])
    beamtime(desk, 90, 2030, came=[(9000, "on-site")])
    snapshot = facts(desk, tmp_path)
    table = ask(snapshot, EVERYTHING, Question("user_retention", ("year",))).table.set_index("year")
    hidden = table.loc[[2010, 2011]]
    assert hidden[["value", "numerator", "denominator"]].isna().all().all()
    assert "fewer than 5 people in the numerator" in ask(snapshot, EVERYTHING, Question("user_retention")).footnotes[0]
    alone = ask(snapshot, EVERYTHING, Question("user_retention", filters={"year": ("2010",)}))
    assert (alone.total, alone.numerator, alone.denominator) == (None, None, None)
    with pytest.raises(KeyError):
        table["people"]
    assert isinstance(table, pd.DataFrame)


def test_the_visits_of_a_small_country_are_not_what_the_balance_leaves_over(storage: Storage, tmp_path: Path) -> None:
    desk = Desk(storage, {"office": 10})
    for number, (country, count) in enumerate([("FR", 12), ("DE", 9), ("IT", 3)]):
        there = [{**team(country)[0], "person": ["source", f"office:u{100 * number + who}"]} for who in range(count)]
        beamtime(desk, number, 2016, came=[(100 * number + who, "on-site") for who in range(count)], participants=there)
    shown = balance(facts(desk, tmp_path), EVERYTHING, (2016, 2016)).table.set_index("unit")["visits"].dropna()
    assert shown.to_dict() == {"FR": 12}, "of the 12 others together nobody can tell whose they are"
