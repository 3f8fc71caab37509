"""Charts for whoever sees no colours, or nothing: series differ in marks, and what is said aloud is in the language."""

import re
from contextlib import suppress
from itertools import combinations
from typing import Any

import pytest

from dashboards.frame.languages import spoken
from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma.access import Viewer
from puma.errors import PumaError
from puma.installation import Installation
from puma.languages import LANGUAGES, catalogue
from tests.dashboards.spoken import components

ADA = Viewer("admin", "Ada Example")
ASKED = State({"by": ("instrument",), "units": ("publications",), "year": ("2015-2024",)})


@pytest.fixture(scope="module")
def parts(full: Installation) -> list[Any]:
    """All that stands on the pages, with and without filters."""
    found: list[Any] = []
    for page in pages().values():
        for state in (State(), ASKED):
            desk = Desk(full, ADA, state, {"/country": "FR", "/instrument": "1", "/group": "1"}.get(page.path, ""))
            for draw in page.panels.values():
                with suppress(PumaError):
                    found += components(draw(desk))
    return found


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_no_picture_says_a_decimal_point_aloud_where_the_language_has_a_comma(code: str, parts: list[Any]) -> None:
    pictures = [one for one in parts if getattr(one, "role", "") == "img"]
    heard = [spoken(one.to_plotly_json()["props"]["aria-label"], catalogue(code).say) for one in pictures]
    assert len(heard) > 20
    assert [words for words in heard if re.search(r"\d\.\d", words)] == []


def test_series_of_one_chart_differ_in_a_mark_and_not_in_colour_alone(parts: list[Any]) -> None:
    charts = [one.figure for one in parts if one._type == "Graph"]
    several = 0
    for figure in charts:
        named = [one for one in figure["data"] if one.get("name") and one.get("showlegend", True)]
        for one, other in combinations(named, 2):
            several += 1
            assert marks(one) != marks(other), (one["name"], other["name"])
    assert several > 20


def marks(trace: dict[str, Any]) -> tuple[Any, ...]:
    """All by which a series can be told apart without its colour."""
    marker = trace.get("marker") or {}
    shape = (marker.get("pattern") or {}).get("shape", "")
    drawn = trace.get("mode", "lines" if trace["type"] == "scatter" else "")
    dash = (trace.get("line") or {}).get("dash", "solid") if "lines" in drawn else ""
    symbol = marker.get("symbol", "circle") if "markers" in drawn else ""
    return (trace["type"], shape if isinstance(shape, str) else max(shape), drawn, dash, str(symbol))
