"""One part of a page whose answer never comes: it says so and offers to ask again, and all others are drawn."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

pytestmark = pytest.mark.browser
ASKED = "**/_dash-update-component*"
SOON = 60_000  # ms


@pytest.fixture
def page(browser: Browser) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("how", ["abort", "bad gateway"])
def test_a_part_that_does_not_come_says_so_alone_and_comes_when_asked_again(page: Any, full_at: str, how: str) -> None:
    def lost(route: Route) -> None:
        if re.search(r'"outputs":{"id":{[^}]*"name":"tiles"', route.request.post_data or ""):
            route.abort() if how == "abort" else route.fulfill(status=502, body="<html>Bad gateway</html>")
        else:
            route.continue_()

    page.route(ASKED, lost)
    page.goto(f"{full_at}/")
    box = page.locator(".notice", has_text="This part did not come")
    expect(box).to_have_count(1, timeout=SOON)
    expect(page.locator("#page .main-svg").first).to_be_visible(timeout=SOON)
    page.unroute(ASKED)
    box.get_by_role("button", name="Try again").click()
    expect(box).to_have_count(0, timeout=SOON)
    expect(page.locator("#page .tile").first).to_be_visible(timeout=SOON)
