"""Dates: read with the precision the source gave, and nothing invented."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.dates import PartialDate, parse_date


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("2019-05-03", date(2019, 5, 3), "day"),
        ("2019-5-3", date(2019, 5, 3), "day"),
        ("20190503", date(2019, 5, 3), "day"),
        ("2019/05/03", date(2019, 5, 3), "day"),
        ("27/11/2010", date(2010, 11, 27), "day"),
        ("03/04/2010", date(2010, 4, 3), "day"),
        ("11/27/2010", date(2010, 11, 27), "day"),
        ("27.11.2010", date(2010, 11, 27), "day"),
        ("2019-05-03T23:30:00Z", date(2019, 5, 3), "day"),
        ("2019-05-03T00:30:00+02:00", date(2019, 5, 2), "day"),
        ("2019-05-03 23:30:00-05:00", date(2019, 5, 4), "day"),
        ("2019-05-03T23:30:00.123456789Z", date(2019, 5, 3), "day"),
        ("2019-05-03T23:30:00", date(2019, 5, 3), "day"),
        ("2019-05-03T99:99", date(2019, 5, 3), "day"),
        ("12 March 2019", date(2019, 3, 12), "day"),
        ("12th of March, 2019", date(2019, 3, 12), "day"),
        ("March 12, 2019", date(2019, 3, 12), "day"),
        ("2019 Mar 12", date(2019, 3, 12), "day"),
        ("12-Mar-2019", date(2019, 3, 12), "day"),
        ("Tue, 12 Mar 2019 10:00:00 GMT", date(2019, 3, 12), "day"),
        ("2019-05-01/2019-05-09", date(2019, 5, 1), "day"),
        ("2019-05", date(2019, 5, 1), "month"),
        ("05/2019", date(2019, 5, 1), "month"),
        ("March 2019", date(2019, 3, 1), "month"),
        ("Sept. 2019", date(2019, 9, 1), "month"),
        ("2019-05-00", date(2019, 5, 1), "month"),
        ("2019-02-30", date(2019, 2, 1), "month"),
        ("2019", date(2019, 7, 1), "year"),
        ("[2019]", date(2019, 7, 1), "year"),
        ("c2019", date(2019, 7, 1), "year"),
        ("2019-00-00", date(2019, 7, 1), "year"),
        (2019, date(2019, 7, 1), "year"),
        ([2019], date(2019, 7, 1), "year"),
        ([2019, 5], date(2019, 5, 1), "month"),
        ([[2019, 5, 3]], date(2019, 5, 3), "day"),
        (["2019", "5", None], date(2019, 5, 1), "month"),
        (date(2019, 5, 3), date(2019, 5, 3), "day"),
        (datetime(2019, 5, 3, 0, 30, tzinfo=timezone(timedelta(hours=2))), date(2019, 5, 2), "day"),
        (datetime(2019, 5, 3, 0, 30, tzinfo=UTC), date(2019, 5, 3), "day"),
    ],
)
def test_a_date_is_read_with_its_precision(written: object, day: date, precision: str) -> None:
    assert parse_date(written) == PartialDate(day, precision)  # type: ignore[arg-type]  # the table mixes all forms


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0000-00-00",
        "0000",
        "1849",
        "2101",
        "1849-12-31",
        "2019-13",
        "2019-13-01",
        "2019-20",
        "2019-2020",
        "n/a",
        "in press",
        "123",
        [],
        [[]],
        [[None]],
        [None],
        ["x"],
        None,
        0,
        "27/13/2010",
        "1556668800000",
    ],
)
def test_what_gives_no_sound_date_is_none(written: object) -> None:
    assert parse_date(written) is None  # type: ignore[arg-type]  # the table mixes all forms


@given(st.dates(date(1850, 1, 1), date(2100, 12, 31)))
def test_every_iso_day_month_and_year_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == PartialDate(day, "day")
    assert parse_date(f"{day:%d/%m/%Y}") == PartialDate(day, "day")
    assert parse_date(f"{day:%d %B %Y}") == PartialDate(day, "day")
    assert parse_date(f"{day:%Y-%m}") == PartialDate(day.replace(day=1), "month")
    assert parse_date(f"{day:%Y}") == PartialDate(date(day.year, 7, 1), "year")


@given(st.datetimes(datetime(1851, 1, 1), datetime(2099, 12, 31)), st.integers(-12, 14))
def test_a_time_with_a_zone_gives_the_day_in_utc(moment: datetime, hours: int) -> None:
    here = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_date(here.isoformat()) == PartialDate(here.astimezone(UTC).date(), "day")


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="0123456789-/.T:Z+ March", max_size=30),
        st.integers(),
        st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=4),
    )
)
def test_nothing_breaks_it_and_years_stay_in_bounds(written: str | int | list[int | str | None]) -> None:
    found = parse_date(written)
    assert found is None or 1850 <= found.date.year <= 2100


@given(st.sampled_from(["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"]))
def test_times_at_the_edge_of_the_calendar_do_not_overflow(written: str) -> None:
    assert parse_date(written) is None
