"""An instrument's name means what ran on the day of the experiment; use of own data is no reuse."""

from datetime import date

import pytest

from puma.matching.links.periods import Span, meant, period_of
from puma.matching.links.reuse import use_of_data

ID01 = [
    (date(1997, 7, 1), date(2013, 12, 20)),
    (date(2014, 12, 1), date(2018, 12, 10)),
    (date(2020, 3, 1), None),
]


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2013, 11, 5), 0),
        (date(2014, 6, 1), None),
        (date(2014, 12, 1), 1),
        (date(2018, 12, 10), None),
        (date(2018, 12, 9), 1),
        (date(1990, 1, 1), None),
        (date(2026, 1, 1), 2),
    ],
)
def test_a_session_belongs_to_the_period_of_its_day_or_to_none(day: date, period: int | None) -> None:
    assert period_of(ID01, day) == period


def test_one_name_means_two_instruments_at_two_times() -> None:
    open_in: dict[int, list[Span]] = {1: [(date(1995, 1, 1), date(2013, 1, 1))], 2: [(date(2014, 6, 1), None)]}
    assert meant([1, 2], open_in, date(2010, 5, 1)) == [1]
    assert meant([1, 2], open_in, date(2016, 5, 1)) == [2]
    assert meant([1, 2], open_in, date(2013, 6, 1)) == [1, 2]
    assert meant([1, 2], open_in, None) == [1, 2]
    assert meant([1, 2], {1: open_in[1]}, date(2016, 5, 1)) == [2]


def test_data_cited_by_its_team_is_own_use_and_by_others_reuse() -> None:
    assert use_of_data({1, 9}, {1, 2}, linked=False) == "own_data"
    assert use_of_data({8, 9}, {1, 2}, linked=True) == "own_data"
    assert use_of_data({8, 9}, {1, 2}, linked=False, places={5}, team_places={5, 6}) == "same_institution"
    assert use_of_data({8, 9}, {1, 2}, linked=False, places={7}, team_places={5, 6}) == "reuse"
    assert use_of_data(set(), {1, 2}, linked=False) == "reuse"
    assert use_of_data(set(), {1, 2}, linked=False, signed=False) is None
    assert use_of_data({8}, set(), linked=False) is None
