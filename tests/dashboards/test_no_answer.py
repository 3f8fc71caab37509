"""One part of a page whose answer never comes: it says so and offers to ask again, and all others are drawn."""

import re
import urllib.request
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, Route, expect

import dashboards.mounting
from dashboards.drawing import tags as html
from dashboards.page import pages

pytestmark = pytest.mark.browser
ASKED = "**/_dash-update-component*"
SOON = 60_000  # ms


@pytest.fixture
def page(browser: Browser) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("how", "came"), [("abort", False), ("bad gateway", False), ("abort", True)])
def test_a_part_that_does_not_come_says_so_alone_and_comes_when_asked_again(
    page: Any, full_at: str, how: str, came: bool
) -> None:
    """came: the part came with its page and is asked for when the colours are changed."""

    def lost(route: Route) -> None:
        if re.search(r'"outputs":{"id":{[^}]*"name":"tiles"', route.request.post_data or ""):
            route.abort() if how == "abort" else route.fulfill(status=502, body="<html>Bad gateway</html>")
        else:
            route.continue_()

    page.route(ASKED, lost)
    with patch.object(dashboards.mounting, "MEANWHILE_S", 600 if came else 0):
        page.goto(f"{full_at}/")
    if came:
        expect(page.locator("#page .tile").first).to_be_visible(timeout=SOON)
        page.click("#toggle")
    box = page.locator(".notice", has_text="This part did not come")
    expect(box).to_have_count(1, timeout=SOON)
    expect(page.locator("#page .main-svg").first).to_be_visible(timeout=SOON)
    page.unroute(ASKED)
    box.get_by_role("button", name="Try again").click()
    expect(box).to_have_count(0, timeout=SOON)
    expect(page.locator("#page .tile").first).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("name", ["tiles", "filters"])
def test_a_part_that_cannot_be_written_leaves_its_page_whole_and_all_others_drawn(
    page: Any, full_at: str, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """It is drawn, and only its writing fails, after the head of the page was sent."""
    unwritten = {name: lambda desk: html.P(object())}
    with patch.object(dashboards.mounting, "MEANWHILE_S", 600), patch.dict(pages()["/"].panels, unwritten):
        with urllib.request.urlopen(f"{full_at}/") as answer:
            assert answer.read().decode().rstrip().endswith("</html>")
        assert [one.message for one in caplog.records if one.exc_info][:1] == ["what comes with the page / failed"]
        page.goto(f"{full_at}/")
        expect(page.locator(".notice", has_text="This part did not come")).to_have_count(1, timeout=SOON)
        expect(page.locator("#page .main-svg").first).to_be_visible(timeout=SOON)


def test_a_page_of_which_nothing_can_be_written_is_asked_for_by_its_browser(page: Any, full_at: str) -> None:
    def unwritten(*_: object) -> str:
        raise OSError("no room")

    with patch.object(dashboards.mounting, "with_answers", unwritten):
        page.goto(f"{full_at}/")
    expect(page.locator("#page .main-svg").first).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("name", ["title", "filters"])
def test_a_page_whose_head_cannot_be_written_is_whole_after_a_click_too(
    page: Any, full_at: str, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    page.goto(f"{full_at}/help")
    expect(page.get_by_text("Rules of all numbers").first).to_be_visible(timeout=SOON)
    with patch.dict(pages()["/citations"].panels, {name: lambda desk: html.P(object())}):
        page.get_by_role("navigation", name="Main").get_by_text("Dashboards").click()
        page.get_by_text("Journals and citations", exact=True).first.click()
        expect(page.locator(".notice", has_text="This part did not come")).to_have_count(1, timeout=SOON)
        expect(page.locator("#page .main-svg").first).to_be_visible(timeout=SOON)
    assert any("cannot be written" in one.message for one in caplog.records)
    page.locator("[data-retry=panel]").click()
    expect(page.locator(".notice", has_text="This part did not come")).to_have_count(0, timeout=SOON)


@pytest.mark.parametrize("how", ["layout", "network"])
def test_a_page_that_does_not_come_stands_for_itself_and_never_for_the_one_before(
    page: Any, full_at: str, how: str
) -> None:
    def fails(_: object) -> Any:
        raise ZeroDivisionError

    page.goto(f"{full_at}/help")
    expect(page.get_by_text("Rules of all numbers").first).to_be_visible(timeout=SOON)
    broken = replace(pages()["/"], layout=fails) if how == "layout" else pages()["/"]
    with patch.dict(pages(), {"/": broken}):
        if how == "network":
            page.route(ASKED, lambda route: route.abort())
        page.get_by_role("navigation", name="Main").get_by_text("Dashboards").click()
        words = "This page could not be drawn" if how == "layout" else "This page did not come"
        expect(page.locator("#page .notice", has_text=words)).to_have_count(1, timeout=SOON)
        expect(page.locator("#page").get_by_text("Rules of all numbers")).to_have_count(0, timeout=SOON)
        if how == "layout":
            assert page.goto(f"{full_at}/").status == 500
            expect(page.locator("#page .notice", has_text=words)).to_have_count(1, timeout=SOON)
    page.unroute(ASKED)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#page .main-svg").first).to_be_visible(timeout=SOON)
