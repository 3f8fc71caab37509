"""Every number of a table leads to the list of the records that it counts, which is as long as the number."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from dash.development.base_component import Component

from dashboards.drawing.leading import leads
from dashboards.drawing.tables import answer_table
from dashboards.frame.state import State
from dashboards.page import Desk
from puma.access import Viewer
from puma.installation import Installation
from tests.dashboards.spoken import components

OFFICE = Viewer("user_office", "Ada")


def cells(table: Component) -> list[tuple[str, str]]:
    """The numbers of a table that lead somewhere: what is shown, and where."""
    found = []
    for part in components(table):
        inside: Any = getattr(part, "children", None)
        if part._type == "Td" and getattr(part, "className", "") == "number" and getattr(inside, "href", ""):
            found.append((str(inside.children), inside.href))
    return found


@pytest.mark.parametrize(
    ("slug", "by", "query"),
    [
        ("publications", ("country",), "?year=2016-2019&policy=wide"),
        ("publications", ("year", "type"), "?country=FR&country=DE"),
        ("publications", ("instrument",), ""),
        ("proposals", ("year", "decision"), "?instrument=IN5"),
        ("acceptance_rate", ("type",), ""),
    ],
)
def test_each_number_leads_to_a_list_of_that_length(
    full: Installation, slug: str, by: tuple[str, ...], query: str
) -> None:
    desk = Desk(full, OFFICE, State.read(query))
    answer = desk.ask(slug, *by).answer
    shown = cells(answer_table(answer, "Table", (), leads(desk, answer)))
    assert len(shown) > 3
    for words, href in shown:
        at = Desk(full, OFFICE, State.read(urlsplit(href).query))
        assert at.state.one("metric") == slug
        again = at.ask(slug).answer
        records = full.records_behind(OFFICE, again.question, part=at.state.one("part", "all"))
        number = float(re.sub(r"[^\d.]", "", words))
        if "%" in words:
            assert again.total == pytest.approx(number / 100, abs=6e-4)
        else:
            assert len(records) == number, (words, href)


def test_what_a_filter_cannot_say_leads_nowhere(full: Installation) -> None:
    desk = Desk(full, OFFICE, State.read("?country=FR"))
    partners = desk.ask("publications", "country").answer
    hrefs = {row["country"]: leads(desk, partners)(row, "") for row in partners.table.to_dict("records")}
    assert hrefs["FR"]
    assert not hrefs["DE"], "papers of FR or DE are more than those of both"
    assert leads(desk, partners)({}, "") == "/behind?country=FR&metric=publications"
    summed = Desk(full, OFFICE, State()).ask("publications", "year").answer
    first = int(summed.table["year"].min())
    cumulative = replace(summed, question=replace(summed.question, cumulative=True))
    assert f"year={first}-2020" in leads(desk, cumulative)({"year": 2020.0}, "")
