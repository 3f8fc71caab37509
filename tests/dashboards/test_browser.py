"""The pages in a real browser: complete, quiet, offline, by keyboard, from a full and an empty database."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboards.drawing.words import amount
from dashboards.frame.state import State
from puma import decisions
from puma.access import Viewer
from puma.installation import Installation
from puma.listing import candidates, instruments
from puma.measuring import Question

pytestmark = pytest.mark.browser

ADA = Viewer("admin", "Ada Example")
FULL = {
    "/": "Publications per year",
    "/search?q=hydrogen": "documents",
    "/instrument": "All instruments",
    "/group": "All instrument groups",
    "/group/1": "Publications per year, by instrument of the group",
    "/review": "Evidence",
    "/sources": "Runs",
    "/sources?source=library": "What the runs of library did",
    "/run/2": "Skipped by run 2",
    "/integration": "Duplicates",
    "/integration?queue=affiliations": "to settle",
    "/behind?metric=publications&year=2020": "All records that are counted",
    "/help": "Rules of all numbers",
}
EMPTY = {
    "/": "Three steps to the first numbers",
    "/search": "The search index is empty",
    "/instrument": "No instruments",
    "/group": "No instrument groups",
    "/instrument/1": "Three steps to the first numbers",
    "/review": "No proposed links",
    "/sources": "No sources yet",
    "/integration": "All settled",
    "/run/7": "There is no run of that number",
    "/payload/abc": "There is no such payload",
    "/behind?metric=publications": "Three steps to the first numbers",
    "/record/999": "There is no record of that number",
    "/help": "Rules of all numbers",
}
NOT_THERE = ("/run/7", "/payload/abc", "/record/999")
Open = Callable[..., Any]


def paper_and_instrument(full: Installation) -> dict[str, str]:
    paper = full.records_behind(ADA, Question("publications"))[0]
    machine = next(i.id for i in instruments(full.storage, ADA) if i.name == "D17")
    return {f"/record/{paper}": "Abstract", f"/instrument/{machine}": "Its publications"}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_every_page_of_a_full_database_draws_without_a_complaint_or_a_foreign_request(
    tab: Open, full: Installation, full_at: str, width: int, scheme: str
) -> None:
    window = tab(full_at, width=width, scheme=scheme)
    for path, text in (FULL | paper_and_instrument(full)).items():
        page = window.open(path, text)
        assert page.evaluate("document.querySelectorAll('h1').length") == 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the window"
        assert "could not be drawn" not in page.inner_text("body"), path
        assert page.get_attribute("html", "data-mantine-color-scheme") == scheme


def test_every_page_of_an_empty_database_says_why_it_is_empty_and_what_next(tab: Open, empty_at: str) -> None:
    window = tab(empty_at)
    for path, text in EMPTY.items():
        page = window.open(path, text, status=404 if path in NOT_THERE else 200)
        assert "could not be drawn" not in page.inner_text("body"), path


def test_the_map_draws_its_countries_from_our_own_address(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    page = window.open("/", "Publications by country of the authors")
    page.wait_for_function("document.querySelectorAll('.choroplethlayer path').length > 5")
    assert page.locator(".layer.land path").count() > 0
    assert [url for url in asked if "world_110m.json" in url] == [f"{full_at}/assets/topojson/world_110m.json"]


def test_a_click_on_a_country_filters_everything_and_back_undoes_it(
    tab: Open, full: Installation, full_at: str
) -> None:
    window = tab(full_at)
    page = window.open("/", "Publications by country of the authors")
    before = page.inner_text(".tile >> nth=0")
    page.click(".panel table a:text-is('France')")
    window.chip("Country: France")
    assert State.read(page.evaluate("location.search")).many("country") == ("FR",)
    page.wait_for_function("t => document.querySelector('.tile').innerText !== t", arg=before)
    filtered = page.inner_text(".tile >> nth=0")
    page.go_back()
    page.wait_for_function("t => document.querySelector('.tile').innerText === t", arg=before)
    expect(page.locator(".chip")).to_have_count(0)
    again = tab(full_at)
    again.open("/?country=FR", "at a glance")
    again.chip("Country: France")
    assert again.page.inner_text(".tile >> nth=0") == filtered


def test_a_click_on_a_bar_chooses_its_year_and_a_second_click_takes_it_back(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/", "Publications per year")
    bars = page.locator("section:has(h2:text-is('Publications per year')) .bars .point path")
    bars.nth(4).click(force=True)
    window.chip("Year: 2018")
    assert page.evaluate("location.search") == "?year=2018"
    bars.nth(4).click(force=True)
    page.wait_for_function("location.search === ''")


def test_a_control_writes_its_choice_into_the_address_and_shows_what_the_address_says(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    window.open("/?policy=strict&year=2016-2020", "2016–2020 at a glance")
    page = window.chip("Year: 2016–2020")
    assert page.get_by_role("textbox", name="From year").input_value() == "2016"
    assert page.get_by_role("textbox", name="Links that count").input_value() == "Validated only"
    page.get_by_role("textbox", name="To year").click()
    page.get_by_role("option", name="2019").click()
    window.chip("Year: 2016–2019")
    assert page.evaluate("location.search") == "?policy=strict&year=2016-2019"
    page.get_by_role("textbox", name="Links that count").click()
    page.get_by_role("option", name="Validated + automatic").click()
    page.wait_for_function("location.search === '?year=2016-2019'")


def test_the_table_behind_a_chart_holds_the_values_of_the_answer(tab: Open, full: Installation, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/", "Publications by type")
    page.get_by_role("link", name="Table of Publications by type").click()
    card = page.locator("section:has(h2:text-is('Publications by type'))")
    card.locator("tbody tr").first.wait_for()
    answer = full.ask(ADA, Question("publications", ("type",)))
    assert card.locator("tbody td.number").all_inner_texts() == [amount(value) for value in answer.table["value"]]
    assert card.locator("tfoot td.number").inner_text() == amount(answer.total)
    assert "table=types" in page.evaluate("location.search")
    card.locator("summary", has_text="Save").click()
    file = card.get_by_role("link", name="CSV file of Publications by type")
    expect(file).to_be_visible()
    rows = urllib.parse.unquote(str(file.get_attribute("href"))).split(",", 1)[1].splitlines()
    assert len(rows) == len(answer.table) + 1


def test_the_name_of_a_period_stands_within_its_bar_or_not_at_all(tab: Open, full_at: str) -> None:
    page = tab(full_at, width=390).open("/instrument", "Periods of all instruments")
    page.locator("[aria-label^='Periods of all'] .bartext").first.wait_for()
    spilled = page.evaluate(
        """() => [...document.querySelectorAll("[aria-label^='Periods of all'] .point")].filter((point) => {
          const place = (kind) => (point.querySelector(kind) || point).getBoundingClientRect();
          const [bar, text] = [place("path"), place("text")];
          return point.querySelector("text") && text.width && (text.left < bar.left - 1 || text.right > bar.right + 1);
        }).length"""
    )
    assert spilled == 0


def test_a_number_opens_the_list_of_as_many_records(tab: Open, full: Installation, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/?year=2020", "Publications per year")
    shown = page.inner_text(".tile .number >> nth=0")
    page.click(".tile a.number >> nth=0")
    window.wait("in all")
    total = full.ask(ADA, Question("publications", filters={"year": ("2020",)})).total
    assert shown.split("\n")[0] == amount(total)
    assert f"{amount(total)} in all" in page.inner_text("#page")


def test_dark_colours_are_kept_over_a_reload(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/help", "Rules of all numbers")
    page.click("#toggle")
    page.reload()
    window.wait("Rules of all numbers")
    assert page.get_attribute("html", "data-mantine-color-scheme") == "dark"
    assert page.get_attribute("#toggle", "aria-pressed") == "true"


def test_a_search_finds_with_highlights_and_a_facet_leaves_as_many_as_it_says(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search", "documents")
    page.get_by_role("textbox", name="Search proposals").fill("perovskite")
    page.keyboard.press("Enter")
    window.wait("perovskite")
    page.wait_for_function("location.search === '?q=perovskite'")
    page.locator(".hits mark").first.wait_for()
    facet = page.locator(".facet:has(h3:text-is('Instrument')) li a").first
    count = facet.locator(".facet-count").inner_text()
    facet.click()
    window.wait("with active search filters")
    expect(page.locator(".result-head")).to_have_text(re.compile(f"^{count} documents"))


def test_a_search_text_that_cannot_be_understood_is_explained_beside_the_box(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search?q=%22open", "Not understood")
    assert page.get_by_role("alert").count() == 1


def test_pairs_are_decided_and_undone_by_keyboard_alone(tab: Open, full: Installation, full_at: str) -> None:
    queue = candidates(full.storage, ADA, order="grouped", limit=3)
    first, second = queue.items[0].link_id, queue.items[1].link_id
    window = tab(full_at)
    page = window.open("/review", f"1 of {queue.total}")
    page.keyboard.press("a")
    page.wait_for_selector(f"[data-link='{second}']")
    page.keyboard.press("x")
    window.wait("2 decided today")
    states = {state: _states(full, state) for state in ("validated", "rejected")}
    assert first in states["validated"]
    assert states["rejected"] == {second}
    page.keyboard.press("Backspace")
    window.wait("Undone")
    page.wait_for_selector(f"[data-link='{second}']")
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"[data-link='{first}']")
    after = candidates(full.storage, ADA, order="grouped", limit=3)
    assert [i.link_id for i in after.items] == [i.link_id for i in queue.items]
    page.keyboard.press(" ")
    window.wait(f"2 of {queue.total}")
    page.keyboard.press("k")
    window.wait(f"1 of {queue.total}")


def _states(full: Installation, state: str) -> set[int]:
    return {item.link_id for item in candidates(full.storage, ADA, state=state, limit=1000).items}


def test_a_pair_that_somebody_else_decided_meanwhile_is_not_overwritten(
    tab: Open, full: Installation, full_at: str
) -> None:
    link = candidates(full.storage, ADA, order="grouped", limit=1).items[0].link_id
    window = tab(full_at)
    page = window.open("/review", "Evidence")
    other = decisions.decide(full.storage, Viewer("user_office", "Bob"), link, "reject", expected_state="candidate")
    page.keyboard.press("a")
    window.wait("already rejected by Bob")
    assert _states(full, "rejected") == {link}
    decisions.undo(full.storage, ADA, other)


def test_a_page_that_is_not_for_the_role_is_explained_and_not_in_the_menu(tab: Open, viewer_at: str) -> None:
    window = tab(viewer_at)
    window.open("/admin", "is for people with the role admin.", status=403)
    page = window.open("/review", "is for people with the role scientist or above.", status=403)
    assert page.locator(".menus a").all_inner_texts() == [
        "Dashboards",
        "Search",
        "Match",
        "Outreach",
        "Data management",
        "Help",
    ]
    window.open("/", "refused proposals are known to the user office only")
    assert "Acceptance rate" not in page.inner_text("#page")


def test_refused_proposals_are_nowhere_for_a_viewer(tab: Open, viewer_at: str) -> None:
    window = tab(viewer_at)
    for path, text in (("/search?q=proposal", "documents"), ("/", "Proposals per year of their call")):
        assert "refused (" not in window.open(path, text).inner_text("#page").lower()
    page = window.open("/search?category=PROPOSAL_REFUSED", "No documents found")
    assert page.locator(".hits li").count() == 0


def test_the_skip_link_is_the_first_stop_of_the_tab_key(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/help", "Rules of all numbers")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#main'")


def test_an_unknown_page_is_404_and_says_where_to_go(full_at: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{full_at}/nix")
    assert caught.value.code == 404


@pytest.mark.parametrize("body", ["{", "[]", '{"output": "x.y"}', '{"output": "..page.children...title.data.."}'])
def test_a_request_that_no_page_sends_is_refused_not_a_fault(full_at: str, body: str) -> None:
    request = urllib.request.Request(
        f"{full_at}/_dash-update-component", body.encode(), {"Content-Type": "application/json"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert json.loads(caught.value.read())["title"] == "Not a request of a page"


def test_the_frame_names_no_other_host(full_at: str) -> None:
    frame = urllib.request.urlopen(f"{full_at}/").read().decode()
    assert re.findall(r'(?:src|href)="(https?:[^"]+)"', frame) == []
