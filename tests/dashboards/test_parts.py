"""Figures, tables, words, markup, colours and the gate, each by itself."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import pandas as pd
import plotly.graph_objects as go
import pytest
from dash import html
from fastapi.testclient import TestClient
from plotly.utils import PlotlyJSONEncoder

from dashboards.drawing.blocks import stack
from dashboards.drawing.figures import FEW, by_year, lines_by_year, ranking, sparkline, stacked_by_year, world
from dashboards.drawing.markup import marked, shown_markup, with_code
from dashboards.drawing.tables import csv_link
from dashboards.drawing.words import amount, as_many, change, counted, word
from dashboards.frame.gate import objection
from dashboards.frame.state import State
from dashboards.frame.theme import RAMP, SCHEMES, SERIES, stylesheet
from dashboards.page import Desk, pages
from dashboards.panel import drawn
from puma import keeping, reports
from puma.access import Viewer
from puma.api import make_app
from puma.installation import Installation
from puma.listing import records
from puma.measuring import Question
from puma.reports.recipe import recipe
from tests.dashboards.spoken import components

ADA = Viewer("admin", "Ada Example")
checked: Any = go.Figure
"""A figure of which Plotly itself looks at every word: one that it does not know is an error."""
YEARS = pd.DataFrame({"year": [2018, 2019, None], "value": [3.0, 5.0, 1.0]})


def test_a_year_that_is_not_chosen_is_pale_and_each_bar_leads_to_its_year() -> None:
    bar = checked(
        by_year(YEARS, "light", "publications", lambda y: f"?year={y}", chosen=("2019",), provisional_from=2019)
    ).data[0]
    assert list(bar.x) == [2018, 2019]
    assert bar.marker.opacity[0] < 0.5 < bar.marker.opacity[1]
    assert list(bar.customdata) == ["?year=2018", "?year=2019"]
    assert list(bar.marker.pattern.shape) == ["", "/"]


def test_a_stack_keeps_the_given_order_and_sums_to_the_rows() -> None:
    table = pd.DataFrame(
        {"year": [2018, 2018, 2019], "decision": ["refused", "accepted", "accepted"], "value": [1.0, 2.0, 4.0]}
    )
    figure = checked(stacked_by_year(table, "dark", "proposals", "decision", str, order=("accepted", "refused")))
    assert [trace.name for trace in figure.data] == ["Accepted", "Refused"]
    assert sum(sum(trace.y) for trace in figure.data) == 7
    kinds = pd.DataFrame({"year": [2018, 2018], "type": ["in-house", "standard"], "value": [1.0, 2.0]})
    both, alone = (
        checked(stacked_by_year(part, "dark", "proposals", "type", str, order=("standard", "in-house")))
        for part in (kinds, kinds[:1])
    )
    assert both.data[1].marker.color == alone.data[0].marker.color, "two figures side by side agree"
    assert both.data[1].marker.pattern == alone.data[0].marker.pattern, "also without colour"


def test_the_parts_of_a_stack_are_told_apart_without_colour_and_none_looks_provisional() -> None:
    parts = pd.DataFrame({"year": [2018] * 7, "type": list("abcdefg"), "value": [7.0, 6, 5, 4, 3, 2, 1]})
    figure = checked(stacked_by_year(parts, "light", "proposals", "type", str))
    shapes = [one.marker.pattern.shape for one in figure.data]
    assert len(set(shapes)) == 7
    assert "/" not in shapes


@pytest.mark.parametrize("draw", [by_year, lines_by_year])
def test_a_year_whose_value_is_withheld_is_marked_because_an_empty_place_reads_as_none(draw: Any) -> None:
    table = pd.DataFrame({"year": [2018, 2019, 2020], "value": [0.5, None, 0.7]})
    marks = checked(draw(table, "light", "share", str)).data[-1]
    assert (marks.name, list(marks.x)) == (FEW, [2019])
    whole = checked(draw(table.dropna(), "light", "share", str))
    assert [trace.name for trace in whole.data] == [None], "nothing is said where nothing is withheld"


def test_a_small_trend_is_broken_where_a_value_is_withheld() -> None:
    found = re.search(r' d="([^"]+)"', sparkline([1.0, 2.0, None, 3.0, None, 4.0, 5.0], "light"))
    assert found is not None
    assert re.sub(r"[\d.,]+", "", found[1]) == "MLMhML"


def test_a_tile_says_that_a_year_is_withheld_and_never_that_it_is_nought(full: Installation) -> None:
    """Of each country and year whose visits are withheld."""
    by = ("country", "year")
    table = full.ask(ADA, Question("user_visits", by)).table
    hidden = table[table["value"].isna() & table["year"].notna() & table["country"].notna()]
    shown = {str(one) for one in table["country"][table["value"].notna() & table["year"].notna()]}
    some = [one for one in zip(hidden["country"], hidden["year"], strict=True) if one[0] in shown][:5]
    assert some
    for country, year in some:
        desk = Desk(full, ADA, State.read(f"?country={country}&year={int(year)}"))
        tile = next(
            part for part in components(drawn(pages()["/users"].panels["tiles"], desk, "tiles"))
            if "tile" in str(getattr(part, "className", "")).split() and "User visits" in str(part)
        )  # fmt: skip
        assert FEW in str(tile)
        assert "'0'" not in str(tile)


def test_bars_of_years_far_apart_are_no_wider_than_a_year() -> None:
    apart = pd.DataFrame({"year": [2006, 2010], "value": [1.0, 2.0], "type": ["standard", "standard"]})
    for figure in (
        by_year(apart, "light", "proposals", str),
        stacked_by_year(apart, "light", "proposals", "type", str),
    ):
        assert [trace.width for trace in checked(figure).data] == [0.72]


def test_a_ranking_writes_long_names_on_two_lines_and_says_what_is_too_few() -> None:
    names = ["Ludwig-Maximilians-Universität München", "Oslo", "Société française de la photographie scientifique et"]
    table = pd.DataFrame({"institution": names, "value": [3.0, 2.0, None]})
    figure = checked(ranking(table, "light", "share", "institution", str, keys=names))
    first, short, long = figure.layout.yaxis.ticktext
    assert (first.replace("<br>", ""), short, long[-1]) == (names[0], "Oslo", "…")
    assert max(len(line) for line in (first + "<br>" + long).split("<br>")) <= 26
    assert [(one.y, one.text) for one in figure.layout.annotations] == [(2, "too few")]


def test_a_kind_of_proposal_has_the_same_colour_in_every_stack(full: Installation) -> None:
    desk, seen = Desk(full, ADA, State.read("")), dict[str, set[str]]()
    for slug, state in (
        ("proposals", ""),
        ("allocated_hours", ""),
        ("delivered_hours", "?year=2019"),
        ("proposals", "?country=DE"),
    ):
        card: Any = stack(replace(desk, state=State.read(state)), "x", "By type", slug, "type")
        (figure,) = (one.figure for one in card._traverse() if hasattr(one, "figure"))
        for trace in checked(figure).data:
            seen.setdefault(trace.name, set()).add(trace.marker.color)
    assert len(seen) > 2
    assert all(len(colours) == 1 for colours in seen.values()), seen


def test_the_world_draws_small_places_as_dots_and_leaves_the_unknown_out() -> None:
    table = pd.DataFrame({"country": ["FR", "SG", "unknown"], "value": [9.0, 4.0, 2.0]})
    choropleth, dots = checked(world(table, "light", "publications", str)).data
    assert list(choropleth.locations) == ["FRA"]
    assert list(dots.customdata) == ["SG"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_of_nothing_are_figures(scheme: str) -> None:
    nothing = pd.DataFrame({"year": [], "country": [], "type": [], "value": []})
    checked(by_year(nothing, scheme, "publications", str))
    checked(world(nothing, scheme, "publications", str))
    checked(ranking(nothing, scheme, "publications", "type", str, keys=[]))
    assert sparkline([], scheme) == sparkline([None, 3.0], scheme) == ""


def test_numbers_shares_and_changes_are_written_for_people() -> None:
    assert amount(1234567) == "1\u202f234\u202f567"
    assert amount(0.469, "share") == "46.9\u202f%"
    assert amount(None) == amount(float("nan")) == "–"
    assert counted(1, "publications") == "1 publication"
    assert [as_many(n, "are retracted") for n in (1, 2)] == ["1 is retracted", "2 are retracted"]
    assert change(110, 100, "publications") == ("+10\u202f%", "up")
    assert change(8, 10, "publications") == ("−2", "down")
    assert change(0.42, 0.45, "share") == ("−3.0 points", "down")
    assert change(5, None, "publications") == ("", "even")
    assert word("type", "JOURNAL_ARTICLE") == "Journal article"
    assert word("country", "CZ") == "Czechia"
    assert word("year", 2019.0) == "2019"


def test_titles_keep_their_indices_and_nothing_else_becomes_an_element() -> None:
    parts = shown_markup("H<sub>2</sub>O <script>alert(1)</script> &lt;b&gt;")
    assert [type(part) for part in parts if not isinstance(part, str)] == [html.Sub]
    assert "".join(part for part in parts if isinstance(part, str)) == "HO alert(1) <b>"


def test_words_are_marked_whole_and_whatever_their_case() -> None:
    parts = marked("Casein micelles, caseins", ["casein"])
    assert [part.children for part in parts if not isinstance(part, str)] == ["Casein"]
    assert [type(part) for part in with_code("run `puma match` now")] == [str, html.Code, str]


def test_the_csv_holds_the_table_of_the_answer(full: Installation) -> None:
    answer = full.ask(ADA, Question("publications", ("journal",)))
    text = unquote(csv_link(answer).partition(",")[2])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["journal"] for row in rows] == list(answer.table["journal"])
    assert [float(row["value"]) for row in rows] == list(answer.table["value"])


def test_a_cell_that_begins_a_formula_is_inert_in_the_csv(full: Installation) -> None:
    answer = full.ask(ADA, Question("publications", ("journal",)))
    answer.table.loc[0, "journal"] = "=HYPERLINK(1)"
    assert "\n'=HYPERLINK(1)" in unquote(csv_link(answer)).replace("\r", "")


def test_a_panel_that_fails_says_so_and_a_refusal_says_whom_to_ask(full: Installation) -> None:
    def broken(desk: Desk) -> Any:
        raise ZeroDivisionError

    desk = Desk(full, Viewer("viewer"), State())
    assert "could not be drawn" in str(drawn(broken, desk, "broken"))
    assert "user office" in str(drawn(lambda d: str(d.ask("acceptance_rate").answer), desk, "rate"))


def test_every_page_says_what_it_is_and_its_frame_has_a_place_for_each_panel(full: Installation) -> None:
    machine = full.ask(ADA, Question("proposals", ("instrument",))).table["instrument_id"].iloc[0]
    paper = full.records_behind(ADA, Question("publications"))[0]
    signed_in = replace(ADA, account=1)
    house, author = (records(full.storage, ADA, kind, limit=1).rows[0].id for kind in ("institution", "person"))
    some = keeping.make(full.storage, ADA, "Some", visibility="internal")
    asked = recipe("country", "FR", {"year": ("2015",)})
    frozen = reports.freeze(full.storage, full.snapshot(), ADA, asked, facility="EPNS")
    rests = {
        "/collections": ("", str(some), f"{some}/report"), "/country": ("", "FR"), "/group": ("", "1"),
        "/institution": ("", str(house)), "/instrument": ("", str(machine)), "/person": ("", str(author)),
        "/record": ("", str(paper)), "/reports": ("", str(frozen)), "/run": ("2",), "/payload": ("0",),
    }  # fmt: skip
    for path, page in pages().items():
        assert page.title
        assert page.help
        frames = [page.layout(Desk(full, signed_in, State(), rest)) for rest in rests.get(path, ("",))]
        slots = {
            part.id["name"]
            for frame in frames
            for part in frame._traverse()  # type: ignore[union-attr]  # a frame is a component
            if isinstance(getattr(part, "id", None), dict) and part.id.get("type") == "panel"
        }
        assert slots == set(page.panels), path
    keeping.delete(full.storage, ADA, some)
    reports.delete_frozen(full.storage, ADA, frozen)


def test_every_panel_draws_for_every_role_from_a_full_and_an_empty_database(
    full: Installation, empty: Installation
) -> None:
    for installation in (full, empty):
        for role in ("anonymous", "viewer", "scientist", "user_office", "admin"):
            for page in pages().values():
                if Viewer(role).at_least(page.role):
                    desk = Desk(
                        installation, Viewer(role, "Ada"), State.read("?year=2015-2020&country=FR"), "1", "dark"
                    )
                    for name, draw in page.panels.items():
                        part = drawn(draw, desk, name)
                        assert "could not be drawn" not in str(part), (page.path, name, role)
                        for one in components(part) if role == "admin" else ():
                            checked(getattr(one, "figure", None))


def test_a_share_of_what_is_not_known_says_what_it_would_be_divided_by(full: Installation) -> None:
    desk = Desk(full, ADA, State.read(""))
    part = str(drawn(pages()["/users"].panels["several"], desk, "several"))
    said = "where two or more facilities have sessions; else it is not known"
    assert part.count(said) == 3, "in the rule, in what is printed of it, and in place of the chart"
    assert "No source has brought any yet" not in part


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_aa_asks_for(scheme: str) -> None:
    c = SCHEMES[scheme]
    pairs = [(text, ground) for text in (c.text, c.quiet, c.accent) for ground in (c.page, c.surface, c.sunken)]
    pairs += [(c.good, c.good_soft), (c.warn, c.warn_soft), (c.bad, c.bad_soft), (c.accent, c.accent_soft)]
    pairs += [(c.text, c.mark), (c.on_accent, c.accent), (c.quiet, c.accent_soft), (c.surface, c.good)]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []
    assert contrast(c.edge, c.surface) >= 3
    assert contrast(SERIES[scheme][0], c.surface) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ramp_of_the_map_rises_in_brightness_so_that_it_needs_no_colour_vision(scheme: str) -> None:
    steps = [_luminance(colour) for colour in RAMP[scheme]]
    assert steps == sorted(steps, reverse=scheme == "light")


def test_every_property_that_the_style_sheet_uses_is_in_the_theme() -> None:
    import re
    from pathlib import Path

    import dashboards

    used = set(
        re.findall(r"var\((--[a-z0-9-]+)\)", (Path(dashboards.__file__).parent / "assets" / "puma.css").read_text())
    )
    assert used - set(re.findall(r"(--[a-z0-9-]+):", stylesheet())) == set()


KNOWN = {"x.data": {"inputs": [{"id": "url", "property": "search"}], "state": []}}
GOOD = {
    "output": "x.data", "outputs": {"id": "x", "property": "data"}, "state": [], "changedPropIds": ["url.search"],
    "inputs": [{"id": "url", "property": "search", "value": "?a=b"}],
}  # fmt: skip


def test_the_gate_lets_through_what_a_page_sends() -> None:
    assert objection(json.dumps(GOOD).encode(), KNOWN) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"output": 3}, {"output": "y.data"}, {"inputs": []}, {"inputs": [{"id": "url", "property": "hash"}]},
        {"inputs": None},
        {"outputs": []}, {"outputs": {"id": "x"}}, {"state": [{}]}, {"changedPropIds": "url"}, {"changedPropIds": [1]},
        {"inputs": [[1]]},
    ],
)  # fmt: skip
def test_the_gate_refuses_every_other_shape(wrong: dict[str, Any]) -> None:
    assert objection(json.dumps(GOOD | wrong).encode(), KNOWN) != ""


def test_the_command_beside_a_chart_brings_the_numbers_of_the_chart(full: Installation) -> None:
    client, asked = TestClient(make_app(full)), 0
    viewer = Viewer(full.settings.access.local_role, "local")
    for path, query in (("/", "?year=2015-2019&policy=strict"), ("/country", "")):
        desk = Desk(full, viewer, State.read(query), path=path)
        for name, draw in pages()[path].panels.items():
            text = json.dumps(drawn(draw, desk, name), cls=PlotlyJSONEncoder)
            files = re.findall(r'"data:text/csv;charset=utf-8,([^"]*)"', text)
            for address, file in zip(re.findall(r'"data-copy-curl": "([^"]*)"', text), files, strict=False):
                rows = list(csv.DictReader(io.StringIO(unquote(file))))
                told = client.get(address).json()["rows"]
                values = ["" if row["value"] is None else str(row["value"]) for row in told]
                assert values == [row["value"] for row in rows], address
                asked += 1
    assert asked >= 4


def test_publications_by_staff_stand_on_the_overview_or_it_says_to_who_may_how_to_have_them(full: Installation) -> None:
    def staff(viewer: Viewer, ror: str = "") -> str:
        facility = full.settings.facility.model_copy(update={"ror": ror})
        with patch.object(full, "settings", full.settings.model_copy(update={"facility": facility})):
            return str(pages()["/"].panels["staff"](Desk(full, viewer, State())))

    assert "Write it into puma.toml as " in staff(ADA)
    assert staff(Viewer("viewer")) == "None"
    for viewer in (ADA, Viewer("viewer")):
        drawn = staff(viewer, "05a28rw58")
        assert "Publications by staff alone, per year" in drawn
        assert "puma.toml" not in drawn
