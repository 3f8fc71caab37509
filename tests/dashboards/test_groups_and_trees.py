"""The pages of instrument groups and of institutions with parts: their numbers, where each leads, and the switches."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from dashboards.frame.languages import spoken
from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma.access import Viewer
from puma.api import make_app
from puma.entities import Institution, InstrumentGroup
from puma.errors import NotHere
from puma.installation import Installation
from puma.listing import instruments
from puma.measuring import Question
from puma.settings import Settings
from tests.dashboards.spoken import components
from tests.house.grouped_facility import built

ADA = Viewer("admin", "Ada Example")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The facility of four instruments, with its facts."""
    installation = Installation(Settings(home=tmp_path_factory.mktemp("house")))
    installation.prepare()
    built(installation.storage)
    installation.refresh_facts()
    yield installation
    installation.close()


def group(house: Installation, name: str) -> str:
    with house.storage.reading() as session:
        return str(session.scalar(select(InstrumentGroup.id).where(InstrumentGroup.name == name)))


def place(house: Installation, name: str) -> str:
    with house.storage.reading() as session:
        return str(session.scalar(select(Institution.id).where(Institution.name == name)))


def panel(house: Installation, path: str, rest: str, name: str, search: str = "", viewer: Viewer = ADA) -> Any:
    desk = Desk(house, viewer, State.read(search), rest, path=path)
    return pages()[path].panels[name](desk)


def words(content: Any) -> list[str]:
    """All texts of a component, in order."""
    seen: list[str] = []
    spoken(content, lambda text: seen.append(text) or text)  # type: ignore[func-returns-value]  # it only listens
    return seen


def table(content: Any) -> list[list[str]]:
    """The rows of the only table of a card, its foot among them."""
    rows = [part for part in components(content) if type(part).__name__ == "Tr"]
    return [["".join(read(cell)) for cell in row.children] for row in rows]


def read(content: Any) -> Iterator[str]:
    """The words that stand on a component, those of the program and those of records."""
    for one in components(content):
        inside = one.children if isinstance(one.children, list | tuple) else [one.children]
        yield from (part for part in inside if isinstance(part, str))


def hrefs(content: Any) -> list[str]:
    return [part.href for part in components(content) if getattr(part, "href", None)]


def test_the_members_stand_with_periods_and_predecessors_and_shared_papers_count_once(house: Installation) -> None:
    shown = panel(house, "/group", group(house, "A"), "members")
    assert table(shown)[1:] == [
        ["A1", "Machine A1", "1 July 1997", "20 December 2013", "–", "3", "1", "1", "18"],
        ["A2", "Machine A2", "1 December 2014", "open", "A1", "2", "1", "1", "18"],
        ["All, each once", "", "", "", "", "3", "1", "2", "18"],
    ]


def test_every_number_of_a_group_leads_to_a_list_as_long(house: Installation) -> None:
    shown = panel(house, "/group", group(house, "A"), "members")
    links = [one for one in components(shown) if str(getattr(one, "href", "")).startswith("/behind")]
    assert len(links) == 12
    for link in links:
        state = State.read(link.href.partition("?")[2])
        question = Question(state.one("metric"), (), state.filters)
        assert len(house.records_behind(ADA, question)) == int(link.children), link.href


def test_the_charts_of_a_group_draw_its_members_alone_and_count_what_they_share_once(house: Installation) -> None:
    number = group(house, "A")
    shown = panel(house, "/group", number, "machines", "table=machines")
    assert table(shown) == [["Year", "A1", "A2"], ["2021", "3", "2"]]
    assert "n = 3" in " ".join(words(shown))
    tiles = words(panel(house, "/group", number, "tiles"))
    assert tiles[tiles.index("Publications") + 2] == "3"
    periods = table(panel(house, "/group", number, "period", "table=period"))
    assert len(periods[0]) == 3, "two periods of its members, none of B1 that shares papers"


def test_a_visitor_reads_a_group_without_people_and_proposals(house: Installation) -> None:
    shown = panel(house, "/group", group(house, "A"), "members", viewer=Viewer("anonymous"))
    assert [cell.strip() for cell in table(shown)[0]][5:] == ["Publications"]
    with pytest.raises(NotHere):
        panel(house, "/group", "999", "members")


def test_the_way_to_a_group_is_on_its_instruments_on_their_list_and_on_the_overview(house: Installation) -> None:
    number = group(house, "A")
    machine = next(str(one.id) for one in instruments(house.storage, ADA) if one.name == "A1")
    assert f"/group/{number}" in hrefs(panel(house, "/instrument", machine, "title"))
    for name in ("all", "groups"):
        assert f"/group/{number}" in hrefs(panel(house, "/instrument", "", name))
    assert f"/group/{number}" in hrefs(panel(house, "/", "", "groups", "table=groups"))
    assert panel(house, "/group", number, "title") is not None
    assert f"/api/v1/reports/group.pdf?name={number}" in hrefs(panel(house, "/group", number, "title"))


def test_a_group_is_a_filter_with_its_name_on_the_chip(house: Installation) -> None:
    filters = panel(house, "/", "", "filters", f"group={group(house, 'A')}&sector=unknown")
    told = [part.to_plotly_json()["props"].get("aria-label") for part in components(filters)]
    assert told.count("Remove the filter Instrument group: A") == 1
    shown = words(filters)
    assert "Unknown" in shown


def test_the_tree_of_an_institution_has_its_own_numbers_and_those_with_everything_below(house: Installation) -> None:
    assert table(panel(house, "/institution", place(house, "CNRS"), "tree")) == [
        ["Institution", "Publications", "Publications, with parts", "Proposals", "Proposals, with parts"],
        ["CNRS", "1", "3", "0", "3"],
        ["LNCMI", "2", "2", "3", "3"],
        ["Néel", "1", "1", "3", "3"],
    ]
    assert table(panel(house, "/institution", place(house, "Néel"), "tree"))[1:] == [
        ["CNRS", "1", "3", "0", "3"],
        ["Néel", "1", "1", "3", "3"],
    ]
    assert panel(house, "/institution", place(house, "Univ"), "tree") is None


def test_the_page_of_an_institution_counts_with_its_parts_where_that_is_chosen(house: Installation) -> None:
    number = place(house, "CNRS")
    for search, told, kind in (("", "1", "institution"), ("counted=parts", "3", "organisation")):
        tiles = words(panel(house, "/institution", number, "tiles", search))
        assert tiles[tiles.index("Publications") + 2] == told
        links = hrefs(panel(house, "/institution", number, "title", search))
        assert [one for one in links if re.match(rf"/api/v1/reports/{kind}\.pdf", one)]
    assert "As named" in str(panel(house, "/institution", number, "filters"))
    assert "As named" not in str(panel(house, "/institution", place(house, "Univ"), "filters"))


def test_a_chart_of_institutions_turns_into_one_of_root_organisations(house: Installation) -> None:
    named, rolled = (
        table(panel(house, "/", "", "institutions", f"year=2021&table=institutions{more}"))
        for more in ("", "&rolled=institutions")
    )
    assert named[1:] == [
        ["LNCMI", "2"], ["CNRS", "1"], ["Néel", "1"], ["Soft", "1"], ["Univ", "1"], ["All, each once", "4"],
    ]  # fmt: skip
    assert rolled[1:] == [["CNRS", "3"], ["Holding", "1"], ["Univ", "1"], ["All, each once", "4"]]


def test_a_program_gets_the_numbers_and_the_report_of_a_group_as_the_page_has_them(house: Installation) -> None:
    number = group(house, "A")
    app = make_app(house)
    api = next(route.app for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: ADA
    door = TestClient(app)
    for filters, total in ((f"group={number}", 3), ("group=A&sector=company", 1), ("root=CNRS", 3)):
        assert door.get(f"/api/v1/figures/publications?{filters}").json()["total"] == total, filters
    report = door.get(f"/api/v1/reports/group.html?name={number}").text
    assert "<h1>Instrument group A</h1>" in report
    assert "Publications (3)" in report
    assert door.get("/api/v1/reports/group.html?name=nobody").status_code == 404


def test_the_page_of_instruments_says_that_it_does_not_follow_the_filter_on_one(house: Installation) -> None:
    machine, other = (str(one.id) for one in instruments(house.storage, ADA)[:2])
    all_of_them, this_one = "This page shows all instruments", "This page is about the instrument above"

    def said(rest: str, search: str) -> tuple[bool, bool]:
        text = " ".join(words(panel(house, "/instrument", rest, "filters", search)))
        return all_of_them in text, this_one in text

    assert said("", f"?instrument={machine}") == (True, False)
    assert said("", "?country=FR") == said("", "") == (False, False)
    assert said(machine, f"?instrument={other}") == (False, True)
    assert said(machine, f"?instrument={machine}") == (False, False)
    listed = {
        search: words(panel(house, "/instrument", "", "all", search)) for search in ("", f"?instrument={machine}")
    }
    assert not any("highlighted" in text for text in listed[f"?instrument={machine}"])
    assert listed[""] == listed[f"?instrument={machine}"]


def test_a_page_about_one_says_that_it_does_not_follow_a_filter_that_names_others(house: Installation) -> None:
    one = {"/country": "FR", "/group": group(house, "A"), "/institution": place(house, "LNCMI")}
    keys = {"/country": "country", "/group": "group", "/institution": "institution"}

    def said(path: str, search: str) -> str:
        return " ".join(words(panel(house, path, one[path], "filters", search)))

    for path, own in one.items():
        about = "whichever others the filter names"
        assert about in said(path, f"?{keys[path]}=DE"), path
        assert about in said(path, f"?{keys[path]}=DE&{keys[path]}={own}"), path
        assert about not in said(path, f"?{keys[path]}={own}&year=2020"), path
    assert "whichever of them" in " ".join(words(panel(house, "/group", "", "filters", "?group=1")))
    lists = "all that is known from here is of the year alone"
    assert lists in said("/institution", "?country=FR")
    assert lists not in said("/institution", "?year=2020")
