"""Charts over years, per year or cumulative: the URL says which; axis, table, CSV and footnote follow."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component

from dashboards.frame.languages import said_in
from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma.access import Viewer
from puma.installation import Installation

ADA = Viewer("admin", "Ada Example")


def drawn(house: Installation, path: str, panel: str, query: str = "") -> Component:
    page = pages()[path]
    return page.panels[panel](Desk(house, ADA, State.read(query), path=path))  # type: ignore[return-value]


def parts(content: Any) -> Iterator[Component]:
    """A component and all within it."""
    for one in content if isinstance(content, list | tuple) else [content]:
        if isinstance(one, Component):
            yield one
            yield from parts(getattr(one, "children", None))


def plain(content: Component) -> Any:
    """The first figure as it is sent."""
    return next(one.figure for one in parts(content) if hasattr(one, "figure"))


def figure(content: Component) -> Any:
    """The first figure, of which Plotly itself has looked at every word."""
    return go.Figure(plain(content))


def link(content: Component, word: str) -> str:
    """Where the link with that word leads; empty where there is none."""
    found = [str(getattr(one, "href", "")) for one in parts(content) if one._type == "A" and word in str(one.children)]
    return found[0] if found else ""


def words(content: Component) -> str:
    texts = [getattr(one, "children", None) for one in parts(content)]
    flat = [text for some in texts for text in (some if isinstance(some, list | tuple) else [some])]
    return " ".join(text for text in flat if isinstance(text, str))


@pytest.mark.parametrize("panel", ["publications", "open_access"])
def test_bars_axis_heading_and_file_of_a_cumulative_chart_hold_all_years_up_to_each(
    full: Installation, panel: str
) -> None:
    yearly = drawn(full, "/", panel)
    assert link(yearly, "Cumulative") == f"?sum={panel}"
    sums = drawn(full, "/", panel, f"?sum={panel}")
    assert link(sums, "Per year") == "?"
    assert figure(yearly).layout.yaxis.title.text == "publications"
    assert figure(sums).layout.yaxis.title.text == "publications, cumulative"
    whole = {trace.name: sum(trace.y) for trace in figure(yearly).data}
    assert {trace.name: trace.y[-1] for trace in figure(sums).data} == whole, "the last bar is the sum of all"
    colours = [[trace.marker.color for trace in figure(one).data] for one in (yearly, sums)]
    assert colours[0] == colours[1]
    assert ", cumulative" in words(sums)
    assert "each year with all years before it" in words(sums)
    file = link(sums, "CSV").removeprefix("data:text/csv;charset=utf-8,")
    rows = list(csv.DictReader(io.StringIO(unquote(file))))
    last = max(row["year"] for row in rows)
    assert sum(float(row["value"]) for row in rows if row["year"] == last) == sum(whole.values())
    assert any(getattr(one, "download", "").endswith("-cumulative.csv") for one in parts(sums))


@pytest.mark.parametrize("panel", ["publications", "open_access"])
def test_a_chosen_year_without_any_record_has_its_place_on_the_axis(full: Installation, panel: str) -> None:
    snapshot = full.snapshot()
    assert snapshot is not None
    ends = {}
    for query in ("?instrument=D22", "?instrument=D22&year=2016-2199"):
        shown = figure(drawn(full, "/", panel, query))
        assert max(year for trace in shown.data for year in trace.x) < snapshot.as_of.year
        ends[query] = int(shown.layout.xaxis.range[1])
    every, chosen = ends.values()
    assert every < snapshot.as_of.year == chosen


def test_the_table_of_a_cumulative_chart_says_so_in_its_head(full: Installation) -> None:
    table = drawn(full, "/", "publications", "?sum=publications&table=publications")
    assert "Publications, cumulative" in words(table)
    assert link(table, "Per year") == "?table=publications"


@pytest.mark.parametrize(
    ("path", "panel", "why"),
    [
        ("/users", "access", "two sums side by side would give away numbers about too few people"),
        ("/users", "new", "two sums side by side would give away numbers about too few people"),
        ("/proposals", "yield", "shares and rates of several years do not add up"),
        ("/proposals", "wait", "medians and indices of several years do not add up"),
    ],
)
def test_what_does_not_add_up_is_not_offered_and_its_rule_says_why(
    full: Installation, path: str, panel: str, why: str
) -> None:
    plain, asked = drawn(full, path, panel), drawn(full, path, panel, f"?sum={panel}")
    assert f"Not given cumulative: {why}." in words(plain)
    assert not link(plain, "Cumulative")
    assert ", cumulative" not in words(asked), "a made-up address changes nothing"


def test_a_cumulative_chart_speaks_french_and_german(full: Installation) -> None:
    sums = drawn(full, "/", "publications", "?sum=publications")
    assert "Publications par an , cumulé" in words(said_in("fr", sums))
    german = said_in("de", sums)
    assert figure(german)["layout"]["yaxis"]["title"]["text"] == "Publikationen, kumuliert"
    assert "jedes Jahr mit allen Jahren davor" in words(german)
