"""One part of a page whose answer never comes: it says so and offers to ask again, and all others are drawn."""

import re
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, Route, expect

import dashboards.mounting

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
