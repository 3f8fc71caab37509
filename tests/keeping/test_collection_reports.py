"""A collection's own report, on its page and on paper: its records alone, and for whom the collection exists alone."""

from collections.abc import Iterator
from html import escape
from io import BytesIO
from typing import Any

import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component
from python_calamine import CalamineWorkbook

from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma import keeping, reports
from puma.access import ANONYMOUS, EVERYTHING, Viewer
from puma.errors import NotHere
from puma.installation import Installation
from puma.measuring import Question, collaboration
from puma.measuring.collaboration import RULE as COLLABORATION
from puma.measuring.spelling import word
from puma.reports import recipe
from puma.settings import Settings
from tests.house.small_facility import made

ADA, BOB = Viewer("viewer", "Ada", account=7), Viewer("viewer", "Bob", account=8)
OFFICE = Viewer("user_office", "Office")
PATH = "/collections"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The small facility, where Ada keeps forty publications and ten proposals for herself."""
    home = tmp_path_factory.mktemp("collected")
    installation = Installation(Settings(home=home))
    installation.prepare()
    made(installation.storage, home / "aside", secrets=True)
    installation.refresh_facts()
    some = [installation.records_behind(EVERYTHING, Question(slug)) for slug in ("publications", "proposals")]
    number = keeping.make(installation.storage, ADA, "Thin films & ice")
    keeping.add(installation.storage, ADA, number, [*some[0][:40], *some[1][:10]])
    installation.refresh_facts()
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def number(house: Installation) -> str:
    return next(str(one.id) for one in keeping.collections(house.storage, ADA) if one.title == "Thin films & ice")


def panel(house: Installation, name: str, rest: str, viewer: Viewer = ADA, query: str = "") -> Any:
    return pages()[PATH].panels[name](Desk(house, viewer, State.read(query), rest, path=PATH))


def parts(content: Any) -> Iterator[Component]:
    for one in content if isinstance(content, list | tuple) else [content]:
        if isinstance(one, Component):
            yield one
            yield from parts(getattr(one, "children", None))


def hrefs(content: Any) -> list[str]:
    return [str(href) for one in parts(content) if (href := getattr(one, "href", None))]


def figure(content: Any) -> Any:
    return go.Figure(next(one.figure for one in parts(content) if hasattr(one, "figure")))


def test_its_button_leads_to_its_own_report_and_that_to_paper(house: Installation, number: str) -> None:
    assert f"{PATH}/{number}/report" in hrefs(panel(house, "one", number))
    ways = hrefs(panel(house, "about", f"{number}/report", query="?year=2016-2018"))
    assert f"/api/v1/reports/collection.html?year=2016-2018&name={number}" in ways
    assert any(one.startswith("/reports?kind=collection") for one in ways), "to freeze it"
    assert f"/?collection={number}" in ways


def test_the_charts_count_its_records_alone(house: Installation, number: str) -> None:
    mine = {"collection": (number,)}
    for name, slug in (("types", "publications"), ("openness", "publications"), ("proposals", "proposals")):
        bars = figure(panel(house, name, f"{number}/report"))
        asked = house.ask(ADA, Question(slug, filters=mine))
        assert sum(sum(trace.y) for trace in bars.data) == asked.total
        assert 0 < (asked.total or 0) < (house.ask(ADA, Question(slug)).total or 0)
    known = house.ask(ADA, Question("publications_known", filters=mine))
    (tile,) = [one for one in hrefs(panel(house, "tiles", f"{number}/report")) if "metric=publications_known" in one]
    assert tile == f"/behind?collection={number}&metric=publications_known"
    assert known.total == 40


def test_the_report_on_paper_has_the_same_figures(house: Installation, number: str) -> None:
    report = reports.make(house.storage, house.snapshot(), ADA, recipe("collection", number), facility="EPNS")
    assert report.title == "Thin films & ice"
    for one in report.numbers:
        again = house.ask(ADA, Question(one.metric.slug, filters={"collection": (number,)}))
        assert one.total == again.total
    assert {"publications", "proposals"} <= {one.metric.slug for one in report.numbers}
    titles = [section.title for section in report.sections]
    assert titles[0] == "All its publications per year, by type, linked or not"
    assert len(titles) >= 8
    counted = house.ask(ADA, Question("publications", filters={"collection": (number,)})).total
    assert report.known == len(report.listed) == counted
    page = reports.write_report(report, "html").decode()
    assert "<h1>Thin films &amp; ice</h1>" in page, "a title is never markup"


def test_who_publishes_with_whom_stands_on_paper_and_in_the_workbook_as_on_the_page(
    house: Installation, number: str
) -> None:
    report = reports.make(house.storage, house.snapshot(), ADA, recipe("collection", number), facility="EPNS")
    shown = collaboration(house.snapshot(), ADA, {"collection": (number,)})
    assert len(shown) > 1
    assert report.together.equals(shown)
    page = reports.write_report(report, "html").decode()
    most = shown.iloc[0]
    pair = [escape(word("country", most[name])) for name in ("first_country", "other_country")]
    assert f'<td>{pair[0]}</td><td>{pair[1]}</td><td class="n">{most["value"]}</td>' in page
    assert escape(COLLABORATION) in page
    book = CalamineWorkbook.from_filelike(BytesIO(reports.write_report(report, "xlsx")))
    sheet = book.get_sheet_by_name("Pairs of countries").to_python()
    assert sum(row[2] for row in sheet[3:]) == shown["value"].sum()


@pytest.mark.parametrize("viewer", [BOB, OFFICE, ANONYMOUS])
def test_for_others_there_is_no_such_collection_and_no_report_of_it(
    house: Installation, number: str, viewer: Viewer
) -> None:
    asked = recipe("collection", number)
    with pytest.raises(NotHere):
        reports.make(house.storage, house.snapshot(), viewer, asked, facility="EPNS")
    assert not reports.is_long(house.storage, house.snapshot(), viewer, asked)
    for name in pages()[PATH].panels:
        if name in ("about", "tiles", "types", "countries", "together", "topics", "techniques"):
            with pytest.raises(NotHere):
                panel(house, name, f"{number}/report", viewer)
    for wrong in ("x", "", "99999", "1" * 20):
        with pytest.raises(NotHere):
            reports.make(house.storage, house.snapshot(), ADA, recipe("collection", wrong or "0"), facility="EPNS")


def test_a_frozen_report_of_it_is_read_by_whom_it_exists_for(house: Installation, number: str) -> None:
    frozen = reports.freeze(house.storage, house.snapshot(), ADA, recipe("collection", number), facility="EPNS")
    assert frozen in {one.id for one in reports.frozen_reports(house.storage, ADA)}
    assert frozen not in {one.id for one in reports.frozen_reports(house.storage, BOB)}
    keeping.change(house.storage, ADA, int(number), visibility="internal")
    try:
        assert frozen in {one.id for one in reports.frozen_reports(house.storage, BOB)}
        one = reports.frozen_report(house.storage, BOB, frozen)
        found = reports.changes_since(house.storage, house.snapshot(), BOB, one)
        assert all(not line.difference for line in found.numbers), "nothing came in since"
    finally:
        keeping.change(house.storage, ADA, int(number), visibility="private")


def test_other_sites_are_offered_a_chart_only_of_what_everybody_may_see(house: Installation, number: str) -> None:
    def embeds(name: str) -> bool:
        texts = [str(getattr(one, "children", "")) for one in parts(panel(house, name, f"{number}/report"))]
        return any("/embed/" in text for text in texts)

    assert not embeds("types")
    keeping.change(house.storage, OFFICE, _public(house), visibility="public")
    shared = str(_public(house))
    texts = [str(getattr(one, "children", "")) for one in parts(panel(house, "types", f"{shared}/report", OFFICE))]
    assert any(f"/embed/collections/{shared}/report/types" in text for text in texts)


def _public(house: Installation) -> int:
    """A collection of the user office."""
    known = [one.id for one in keeping.collections(house.storage, OFFICE) if one.title == "For all"]
    if known:
        return known[0]
    number = keeping.make(house.storage, OFFICE, "For all")
    some = house.records_behind(EVERYTHING, Question("publications"))[:30]
    keeping.add(house.storage, OFFICE, number, some)
    house.refresh_facts()
    return number
