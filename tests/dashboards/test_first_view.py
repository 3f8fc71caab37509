"""The first view of a page: what comes with it is not asked for again, nothing jumps, no more is sent than is drawn."""

import ast
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from plotly.offline import get_plotlyjs_version

import dashboards.mounting
from dashboards.page import Desk, pages
from puma.access import Viewer
from puma.installation import Installation
from puma.measuring import Question, metric

HOUSE = Path(__file__).parents[2]
CHARTS = HOUSE / "dashboards/assets/plotly/charts.min.js"
JUMPS = """() => new Promise((done) => new PerformanceObserver((list) => done(
  list.getEntries().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0)))
  .observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done(0), 500))"""
"""What of the window jumped, by how much of it, since the page was opened."""

ADA = Viewer("admin", "Ada Example")
Open = Callable[..., Any]


def meanwhile(seconds: float) -> Any:
    """Parts of a first page are drawn for so long before it is sent: for 0 none, for 600 all of them."""
    return patch.object(dashboards.mounting, "MEANWHILE_S", seconds)


def drawn_kinds() -> Iterator[str]:
    """The kinds of traces that pages put into figures: ``figure.draw("bar", ...)`` is a ``bar``."""
    for path in (HOUSE / "dashboards").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "draw":
                assert isinstance(node.args[0], ast.Constant), (path, node.lineno, "its kind is not written there")
                yield node.args[0].value


def answers(address: str) -> dict[str, Any]:
    """What comes with a page instead of being asked for."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request) as answer:
        told = re.findall(
            r'<script type="application/json" data-answers="(.+?)" data-scheme="light">(.*?)</script>',
            answer.read().decode(),
        )
    return {path: json.loads(text) for path, text in told}


def test_the_script_that_draws_charts_is_of_the_version_that_makes_them() -> None:
    assert CHARTS.read_text("utf-8").startswith(f"/* plotly.js v{get_plotlyjs_version()} of "), "run `make plotly`"


@pytest.mark.browser
def test_the_script_that_draws_charts_knows_every_kind_that_pages_draw(browser: Any) -> None:
    page = browser.new_page()
    page.add_script_tag(path=CHARTS)
    known = set(page.evaluate("Object.keys(Plotly.PlotSchema.get().traces)"))
    page.close()
    drawn = set(drawn_kinds())
    assert {"bar", "scatter", "heatmap", "choropleth"} <= drawn
    assert drawn <= known, "add the kind to KINDS of dashboards/assets/plotly/build.js and run `make plotly`"


def test_a_page_comes_with_its_frame_and_callbacks_and_the_frame_alone_with_no_page(full_at: str) -> None:
    with meanwhile(0):
        told = answers(f"{full_at}/data?year=2019")
    assert told.keys() == {"/_dash-layout", "/_dash-dependencies"}
    frame = json.dumps(told["/_dash-layout"])
    assert '"type": "begun", "page": "/data", "name": "filters"' in frame
    assert '"type": "panel", "page": "/data", "name": "tiles"' in frame
    assert '"search": "?year=2019"' in frame
    with urllib.request.urlopen(f"{full_at}/_dash-layout", data=None) as answer:
        assert '"page":"/data"' not in answer.read().decode()


def test_a_page_comes_with_the_parts_that_are_drawn_by_then(full_at: str) -> None:
    with meanwhile(600):
        told = answers(f"{full_at}/data?year=2019")
    frame = json.dumps(told["/_dash-layout"])
    assert '"type": "begun", "page": "/data", "name": "tiles"' in frame
    assert '"type": "panel"' not in frame
    assert "skeleton" not in frame


def test_scripts_are_sent_while_parts_are_drawn(full_at: str) -> None:
    go_on = threading.Event()
    page = pages()["/data"]

    def slow(desk: Desk) -> str:
        assert go_on.wait(60)
        return "drawn at last"

    with meanwhile(600), patch.dict(page.panels, {"tiles": slow}), urllib.request.urlopen(f"{full_at}/data") as answer:
        head = answer.readline()
        while b"dash_html_components" not in head:
            head = answer.readline()
        go_on.set()
        rest = answer.read().decode()
    assert "drawn at last" in rest
    assert "/assets/all.js" in rest, "what starts Dash comes last"


def test_no_word_of_a_page_ends_the_script_that_holds_it(full_at: str) -> None:
    told = answers(f"{full_at}/?type=%3C/script%3E%3Cb%3E")
    assert "</script><b>" in json.dumps(told["/_dash-layout"])


def test_where_there_is_no_page_the_frame_says_nothing_of_one(full_at: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        answers(f"{full_at}/nowhere")
    body = refused.value.read().decode()
    assert "data-answers" in body
    assert '"type":"panel"' not in body


@pytest.mark.browser
@pytest.mark.parametrize(("seconds", "tiles"), [(0, 1), (600, 0)])
def test_a_first_view_asks_only_for_parts_that_did_not_come_with_it_and_nothing_jumps(
    tab: Open, full_at: str, seconds: float, tiles: int
) -> None:
    asked: list[str] = []
    window = tab(full_at)
    window.page.on("request", lambda one: asked.append(one.url + (one.post_data or "")))
    with meanwhile(seconds):
        page = window.open("/", "Publications per year")
    page.wait_for_selector("#page .main-svg")
    window.wait("")
    assert page.evaluate(JUMPS) < 0.1
    assert page.locator("[data-combobox-option], [role=option]").count() == 0, "no list to choose from is open"
    assert not [one for one in asked if re.search("_dash-layout|_dash-dependencies|package_data|polyfill", one)]
    parts = [one for one in asked if "_dash-update-component" in one]
    assert not [one for one in parts if '"name":"title"' in one or '"name":"filters"' in one]
    assert len([one for one in parts if '"name":"tiles"' in one]) == tiles
    assert bool(parts) == bool(tiles)


@pytest.mark.browser
def test_what_came_with_its_page_follows_the_filters_too(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/", "Publications per year")
    page.locator(".side-by-side table a:has-text('France')").first.click()
    page.wait_for_selector(".filters .chip:has-text('France')")
    page.locator(".chips .clear").click()
    page.wait_for_selector(".filters .chip", state="detached")


@pytest.mark.browser
def test_a_first_visit_from_a_dark_system_is_drawn_dark_from_the_frame_on(tab: Open, full_at: str) -> None:
    page = tab(full_at, scheme="dark").open("/data", "Data")
    assert page.get_attribute("html", "data-mantine-color-scheme") == "dark"
    assert page.locator("#toggle").get_attribute("aria-pressed") == "true"
    again = page.goto(f"{full_at}/data")
    assert 'data-answers="/_dash-layout" data-scheme="dark"' in again.text()


def test_filters_offer_what_an_answer_has_and_ask_for_no_numbers(full: Installation) -> None:
    cuts = [(slug, cut) for slug in ("publications_known", "user_visits") for cut in metric(slug).dimensions]
    held = {"collection", *(cut.slug for _, cut in cuts if cut.names)}
    for slug, cut in cuts:
        if cut.slug not in held:
            keys = full.ask(ADA, Question(slug, (cut.slug,))).table[cut.slug].dropna()
            assert full.choices(ADA, slug, cut.slug) == sorted(
                {f"{key:.0f}" if cut.slug == "year" else key for key in keys}
            )
    assert len(full.choices(ADA, "publications_known", "year")) > 5
