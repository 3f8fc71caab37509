"""Years that are asked for: each has its place on the axis, in the table and in the file of a chart, on every page."""

import csv
import io
from typing import Any
from urllib.parse import unquote

import pytest
from dash.development.base_component import Component

from dashboards.frame.state import State
from dashboards.page import Desk, page_at
from dashboards.people.years import per_year
from puma.installation import Installation
from puma.listing import instrument_groups
from puma.measuring import Question

from .test_cumulative import ADA, figure, link, parts

SINCE = "&year=2016-2199"
"""Until the year of the facts, and no year after."""
COUNTS = [("/", "publications"), ("/", "open_access"), ("/instrument/{D22}", "types"), ("/group/{group}", "machines"),
          ("/group/{group}", "period")]  # fmt: skip


def shown(house: Installation, path: str, panel: str, query: str) -> Component:
    """A panel of a page. ``{D22}`` and ``{group}`` in the path: the numbers of that instrument and of its group."""
    known = house.ask(ADA, Question("publications", ("instrument",))).table
    numbers = dict(zip(known["instrument"], known["instrument_id"], strict=True))
    group = next(one for one in instrument_groups(house.storage, ADA) if "D22" in {m.name for m in one.members})
    page, rest = page_at(path.format(D22=numbers["D22"], group=group.id))
    assert page is not None
    found: Any = page.panels[panel](Desk(house, ADA, State.read(query), rest, path=page.path))
    return found  # type: ignore[no-any-return]


def rows(content: Component) -> dict[str, list[str]]:
    """The rows of the first table by what stands first."""
    table = next(one for one in parts(content) if one._type == "Tbody")
    found = {}
    for row in table.children:
        texts = [cell.children if isinstance(cell.children, str) else cell.children.children for cell in row.children]
        found[texts[0]] = texts[1:]
    return found


def years_of_file(content: Component) -> list[str]:
    file = link(content, "CSV").removeprefix("data:text/csv;charset=utf-8,")
    return [row["year"] for row in csv.DictReader(io.StringIO(unquote(file))) if row["year"]]


def last_of_axis(content: Component) -> int:
    return int(figure(content).layout.xaxis.range[1])


@pytest.mark.parametrize(("path", "panel"), COUNTS)
@pytest.mark.parametrize("sums", ["", "&sum={}"])
def test_axis_table_and_file_end_with_the_same_year(full: Installation, path: str, panel: str, sums: str) -> None:
    snapshot = full.snapshot()
    assert snapshot is not None
    until, query = snapshot.as_of.year, f"?instrument=D22{SINCE}{sums.format(panel)}"
    drawn, table = (shown(full, path, panel, one) for one in (query, f"{query}&table={panel}"))
    assert last_of_axis(drawn) == until
    every = [str(year) for year in range(2016, until + 1)]
    assert [year for year in rows(table) if year >= "2016" and year.isdigit()] == every
    for content in (drawn, table):
        years = years_of_file(content)
        assert sorted({year for year in years if year >= "2016"}) == every
        assert years == sorted(years)


def test_an_empty_year_is_nought_of_counts_and_a_dash_of_rates_which_is_not_withheld(full: Installation) -> None:
    snapshot = full.snapshot()
    assert snapshot is not None
    until = str(snapshot.as_of.year)
    counts = shown(full, "/", "publications", f"?instrument=D22{SINCE}&table=publications")
    assert rows(counts)[until] == ["0"]
    rate = "/users", "back", f"?{SINCE}"
    assert rows(shown(full, *rate[:2], f"{rate[2]}&table=back"))[until] == ["–", "–", "–"]
    drawn = shown(full, *rate)
    assert last_of_axis(drawn) == int(until)
    assert not any("too few" in str(trace.name) for trace in figure(drawn).data)
    crossed = shown(full, "/", "open_access", f"?instrument=D22{SINCE}&table=open_access")
    assert set(rows(crossed)[until]) == {"–"}


def test_sums_stay_as_high_in_years_in_which_nothing_was_added(full: Installation) -> None:
    snapshot = full.snapshot()
    assert snapshot is not None
    until = snapshot.as_of.year
    for panel in ("publications", "open_access"):
        sums = shown(full, "/", panel, f"?instrument=D22{SINCE}&sum={panel}")
        yearly = shown(full, "/", panel, "?instrument=D22")
        ends = {trace.name: trace.y[-1] for trace in figure(sums).data if trace.x[-1] == until}
        assert ends == {trace.name: sum(trace.y) for trace in figure(yearly).data}


def test_a_person_and_a_comparison_show_every_year_that_was_asked_for(full: Installation) -> None:
    snapshot = full.snapshot()
    assert snapshot is not None
    until = snapshot.as_of.year
    for sums in ("", "&sum=publications-per-year"):
        desk = Desk(full, ADA, State.read(f"?year=2016-2199{sums}&table=publications-per-year"))
        card: Any = per_year(desk, "person", "Publications per year", "publications", [(2017, 3), (2015, 1)], "None")
        found = rows(card)
        assert found["2016"] == (["1"] if sums else ["0"])
        assert found[str(until)] == (["4"] if sums else ["0"])
        assert [*found] == [str(year) for year in range(2015, until + 1)]
    numbers = full.ask(ADA, Question("publications", ("instrument",))).table.set_index("instrument")["instrument_id"]
    query = f"?cut=instrument&a={numbers['D22']}&year=2016-2199"
    assert figure(shown(full, "/compare", "publications", query)).data[0].x[-1] == until
