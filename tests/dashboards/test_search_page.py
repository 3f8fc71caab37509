"""The search page and the record page in a real browser: facets, exclusions, graphs, offers, files, citations."""

import re
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from dashboards.frame.state import State
from puma.access import Viewer
from puma.installation import Installation

pytestmark = pytest.mark.browser

ADA = Viewer("admin", "Ada Example")
Open = Callable[..., Any]


def head_count(page: Any) -> int:
    """How many documents the head of the result says."""
    words = page.inner_text(".result-head").split(" document")[0]
    return int(re.sub(r"\D", "", words))


def facet(page: Any, label: str) -> Any:
    return page.locator(f".facet:has(h3:text-is('{label}'))")


def asked(page: Any, path: str) -> None:
    """Wait until the address is this one and everything is drawn."""
    page.wait_for_function("s => location.search === s", arg=path)


def test_several_values_of_a_facet_leave_its_other_counts_as_they_are(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search", "documents")

    def counts() -> list[tuple[str, str]]:
        links = facet(page, "Instrument").locator("li > a:first-child")
        return sorted(
            (link.locator(".facet-word").inner_text(), link.locator(".facet-count").inner_text())
            for link in links.all()
        )

    before = counts()
    for place in (0, 1):
        facet(page, "Instrument").locator("li > a:first-child").nth(place).click()
        window.wait("with active search filters")
        page.wait_for_function("n => document.querySelectorAll('.chip').length === n", arg=place + 1)
        window.wait("")
        assert counts() == before
    assert len(State.read(page.evaluate("location.search")).many("instrument")) == 2


def test_a_value_is_left_out_by_alt_click_and_by_keyboard_and_taken_back(
    tab: Open, full: Installation, full_at: str
) -> None:
    window = tab(full_at)
    page = window.open("/search?q=scattering", "documents")
    value = facet(page, "Instrument").locator("li > a:first-child").first
    name = value.locator(".facet-word").inner_text()
    value.click(modifiers=["Alt"])
    window.chip(f"Not instrument: {name}")
    assert State.read(page.evaluate("location.search")).many("-instrument") == (name,)
    total = full.search(ADA, "scattering", excluded={"instrument": [name]}, facets=()).total
    assert head_count(page) == total
    page.go_back()
    page.wait_for_function("!document.querySelector('.chip')")
    window.wait("documents")
    facet(page, "Instrument").locator("a.not").first.focus()
    page.keyboard.press("Enter")
    window.chip(f"Not instrument: {name}")
    assert head_count(page) == total
    page.click(f".chip[aria-label='Remove the filter Not instrument: {name}']")
    asked(page, "?q=scattering")


def test_proposals_are_narrowed_to_all_or_to_the_accepted_ones(tab: Open, full: Installation, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search", "documents")
    facet(page, "Kind").locator("a:has(.facet-word:text-is('Proposals'))").click()
    window.chip("Kind: Proposal")
    every = head_count(page)
    facet(page, "Kind").locator("a:has(.facet-word:text-is('Accepted'))").click()
    window.chip("Type: Proposal accepted")
    assert head_count(page) < every == full.search(ADA, "", filters={"kind": ["proposal"]}, facets=()).total


def test_a_bar_of_a_graph_filters_and_a_second_click_takes_the_filter_back(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search?q=scattering&view=graphs", "Instruments used")
    page.locator("[aria-label^='Instruments used'] .points path").first.wait_for(state="attached")
    page.locator("[aria-label^='Instruments used'] .points path").first.click(force=True)
    page.wait_for_selector(".chip")
    window.wait("with active search filters")
    assert State.read(page.evaluate("location.search")).many("instrument")
    page.locator("[aria-label^='Instruments used'] .points path").first.click(force=True)
    page.wait_for_function("!location.search.includes('instrument')")


def test_sort_legend_and_year_bar_are_links_and_clear_all_leaves_the_words(
    tab: Open, full: Installation, full_at: str
) -> None:
    window = tab(full_at)
    page = window.open("/search?q=scattering", "documents")
    page.get_by_role("link", name="Newest first").click()
    asked(page, "?q=scattering&sort=newest")
    expect(page.locator(".sorts [aria-current]")).to_have_text("Newest first")
    newest = full.search(ADA, "scattering", sort="newest", limit=10, facets=()).hits
    window.wait("")
    assert [
        int(link.get_attribute("href").split("/")[2].split("?")[0]) for link in page.locator(".hit-title").all()
    ] == [hit.id for hit in newest]
    page.get_by_role("group", name="Kinds: a click filters").get_by_role("link", name="Publications").click()
    window.chip("Kind: Publication")
    bar = page.locator("[aria-label^='Documents by year'] .points path").first
    bar.wait_for(state="attached")
    bar.click(force=True)
    page.wait_for_selector(".chip[aria-label^='Remove the filter Year: ']")
    window.wait("with active search filters")
    year = State.read(page.evaluate("location.search")).one("year")
    for side in ("From year", "To year"):
        expect(page.get_by_role("textbox", name=side)).to_have_value(year)
    only = {"kind": ["publication"]}
    of_year = full.search(ADA, "scattering", filters=only, years=(int(year), int(year)), facets=())
    assert head_count(page) == of_year.total
    page.get_by_role("link", name="Clear all").click()
    asked(page, "?q=scattering&sort=newest")
    expect(page.locator(".chip")).to_have_count(0)


def test_the_bars_of_the_years_sum_to_the_documents_with_a_year(tab: Open, full: Installation, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search?q=scattering&view=graphs&table=years", "Documents by year")
    card = page.locator(".card:has(> .card-body h2:text-is('Documents by year'))").first
    shown = [int(re.sub(r"\D", "", text)) for text in card.locator("tbody tr td:last-child").all_inner_texts()]
    dated = int(re.sub(r"\D", "", card.locator(".footnote").inner_text().split(" of ")[0].split("·")[-1]))
    answer = full.search(ADA, "scattering", facets=("year",))
    assert sum(shown) == dated == sum(one.count for one in answer.facets["year"])
    file = unquote(card.locator("a[download='search-years.csv']").get_attribute("href")).split(",", 1)[1]
    assert [int(line.split(",")[-1]) for line in file.splitlines()[1:]] == shown


def test_table_file_and_bars_of_a_graph_hold_the_same_numbers(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search?q=scattering&view=graphs", "Main people")
    page.locator("[aria-label^='Main people'] .bartext").first.wait_for()
    bars = page.locator("[aria-label^='Main people'] .bartext").all_text_contents()
    page.get_by_role("link", name="Table of Main people").click()
    card = page.locator(".card:has(> .card-body h2:text-is('Main people'))").first
    card.locator("tbody tr").first.wait_for()
    rows = card.locator("tbody td.number").all_inner_texts()
    assert rows == bars
    file = unquote(card.locator("a[download='search-person.csv']").get_attribute("href")).split(",", 1)[1]
    assert len(file.splitlines()) == len(rows) + 1


def test_a_saved_picture_says_what_it_shows_and_of_which_search(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/search?q=scattering&view=graphs", "Main people")
    page.locator("[aria-label^='Main people'] .bartext").first.wait_for()
    with page.expect_download() as taken:
        page.locator("summary", has_text="Save Main people").click()
        page.get_by_role("button", name="SVG picture of Main people").click()
    words = re.sub(r"<[^>]+>", " ", taken.value.path().read_text("utf-8"))
    for part in ("Main people", "search: scattering", "n = ", "a recognised person is one bar"):
        assert part in words, part


def test_a_logarithmic_axis_says_so(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search?view=graphs", "Instruments used")
    page.get_by_role("link", name="Log axis of Instruments used").click()
    window.wait("logarithmic axis: twice as long does not mean twice as many")
    asked(page, "?log=instrument&view=graphs")
    page.get_by_role("link", name="Linear axis of Instruments used").click()
    asked(page, "?view=graphs")


def test_all_pages_can_be_reached_and_no_hit_is_met_twice(tab: Open, full: Installation, full_at: str) -> None:
    window = tab(full_at)
    total = full.search(ADA, "perovskite", facets=()).total
    page = window.open("/search?q=perovskite", "Showing results 1 to 10")
    met: list[str] = []
    for number in range(1, -(-total // 10) + 1):
        if number > 1:
            page.get_by_role("link", name=f"Page {number}", exact=True).click()
            window.wait(f"Showing results {10 * number - 9} to ")
        met += [link.get_attribute("href") for link in page.locator(".hit-title").all()]
    assert len(met) == len(set(met)) == total
    expect(page.locator(".paging a:has-text('Next')")).to_have_count(0)
    page.get_by_role("link", name="First page").click()
    window.wait("Showing results 1 to 10")


def test_what_is_typed_is_offered_with_identifiers_and_picked_by_keyboard(
    tab: Open, full: Installation, full_at: str
) -> None:
    window = tab(full_at)
    page = window.open("/search", "documents")
    box = page.get_by_role("textbox", name="Search proposals")
    box.focus()
    page.keyboard.type("lipid morea")
    page.wait_for_selector("#offers li")
    assert page.get_attribute("#q", "role") == "combobox"
    assert page.get_attribute("#q", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.wait_for_selector("#offers", state="hidden")
    assert page.input_value("#q") == "lipid morea"
    page.keyboard.type("u")
    page.wait_for_selector("#offers li")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#q", "aria-activedescendant") == "offer-0"
    assert page.get_attribute("#offer-0", "aria-selected") == "true"
    page.keyboard.press("Enter")
    window.wait("with active search filters")
    state = State.read(page.evaluate("location.search"))
    names = full.called(ADA, state.many("person"))
    assert (state.one("q"), [name.split(",")[0] for name in names.values()]) == ("lipid", ["Moreau"])
    expect(page.locator("#q")).to_have_value("lipid")


def test_enter_without_a_choice_searches_for_what_was_typed(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search", "documents")
    page.get_by_role("textbox", name="Search proposals").focus()
    page.keyboard.type("lipid")
    page.keyboard.press("Enter")
    asked(page, "?q=lipid")
    window.wait("documents")
    expect(page.locator("#offers li")).to_have_count(0)


def test_any_value_of_a_long_facet_is_found_by_its_beginning(tab: Open, full: Installation, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search", "documents")
    people = facet(page, "People")
    people.locator("summary").click()
    assert "The 25 most frequent are listed." in people.inner_text()
    page.get_by_label("Find a value of People by its beginning").fill("mor")
    people.locator(".facet-found a").first.wait_for()
    link = people.locator(".facet-found a").first
    name, count = link.locator(".facet-word").inner_text(), link.locator(".facet-count").inner_text()
    assert "mor" in name.casefold()
    link.click()
    window.chip(f"People: {name}")
    (key,) = State.read(page.evaluate("location.search")).many("person")
    assert head_count(page) == int(count) == full.search(ADA, "", filters={"person": [key]}, facets=()).total


def test_the_place_of_what_is_not_understood_is_marked(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/search?q=neutron+(lipid", "Not understood")
    assert page.inner_text(".wrong-place mark") == "("


def test_the_page_says_which_content_is_there(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/search", "documents")
    assert re.search(
        r"Proposals: [\w ]+ \d{4}–\d{4}; Publications: [\w ]+ \d{4}–\d{4}", page.inner_text(".content-known")
    )


def test_all_that_was_found_can_be_taken_as_a_file_in_the_order_of_the_page(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/search?-country=France&q=lipid&sort=title", "documents")
    total = head_count(page)
    first = [link.get_attribute("href") for link in page.locator(".hit-title").all()]
    page.locator("#result-actions summary", has_text="Export").click()
    for name in ("CSV", "XLSX", "JSONL", "BIBTEX", "RIS", "CSL"):
        href = page.get_by_role("link", name=name, exact=True).get_attribute("href")
        with urllib.request.urlopen(full_at + href) as answer:
            assert int(answer.headers["X-Total-Count"]) == total
            body = answer.read()
        if name == "CSV":
            numbers = [line.split(",")[0] for line in body.decode().splitlines()[1 : len(first) + 1]]
            assert [f"/record/{number}" for number in numbers] == first
    curl = page.locator("[data-copy-curl]").get_attribute("data-copy-curl")
    with urllib.request.urlopen(full_at + curl) as answer:
        assert f'"total":{total}' in answer.read().decode()


def test_a_record_is_cited_and_shows_how_its_affiliations_were_written(
    tab: Open, full: Installation, full_at: str
) -> None:
    paper = full.search(ADA, "", filters={"kind": ["publication"]}, limit=1, facets=()).hits[0]
    window = tab(full_at)
    page = window.open(f"/record/{paper.id}", "Cite as")
    assert str(paper.fields["title"]) in page.inner_text(".citation")
    assert page.locator("[data-copy]").get_attribute("data-copy") == page.inner_text(".citation")
    page.get_by_text("Show affiliations as written").click()
    assert page.locator("details[open] .rows li").count() > 0
    proposal = full.search(ADA, "", filters={"category": ["PROPOSAL_ACCEPTED"]}, limit=1, facets=()).hits[0]
    page = window.open(f"/record/{proposal.id}", "PROPOSAL (ACCEPTED)")
    shown = page.inner_text(".below-title")
    assert "Deposited" in shown
    assert "Operation year" in shown
    assert "(EPNS)" in shown


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (390, "light")])
def test_graphs_offers_and_files_fit_a_phone(tab: Open, full_at: str, width: int, scheme: str) -> None:
    window = tab(full_at, width=width, scheme=scheme)
    page = window.open("/search?q=lipid&view=graphs", "Documents by country")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page = window.open("/search?q=lipid", "Showing results")
    hits, narrow = (page.locator(one).bounding_box()["y"] for one in (".hits", "#narrow"))
    assert hits < narrow
    page.locator("#result-actions summary", has_text="Export").click()
    page.get_by_role("textbox", name="Search proposals").focus()
    page.keyboard.type(" morea")
    page.wait_for_selector("#offers li")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
