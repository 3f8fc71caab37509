"""The first colours of a page: those of the system or those that were chosen, in every frame that a browser paints."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser

from dashboards.frame.theme import DARK, LIGHT, schemes_of

PAINTED = """() => {
  window.painted = [];
  const look = () => {
    if (document.body) {
      const ground = getComputedStyle(document.body).backgroundColor;
      if (ground !== window.painted.at(-1)) window.painted.push(ground);
    }
    requestAnimationFrame(look);
  };
  look();
}"""
"""Notes the ground of the page in every frame, from the first one on, whenever it changes."""
CHOSEN = "puma_scheme"


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


@contextmanager
def visitor(browser: Browser, at: str, system: Any, chosen: str = "", **options: Any) -> Iterator[Any]:
    context = browser.new_context(color_scheme=system, **options)
    if chosen:
        context.add_cookies([{"name": CHOSEN, "value": chosen, "url": at}])
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("system", "chosen", "seen"), [
    ("dark", "", DARK), ("light", "", LIGHT), ("dark", "light", LIGHT), ("light", "dark", DARK),
])  # fmt: skip
def test_no_frame_is_painted_in_other_colours_with_scripts_or_without(
    browser: Browser, full_at: str, system: str, chosen: str, seen: Any
) -> None:
    with visitor(browser, full_at, system, chosen) as page:
        page.add_init_script(f"({PAINTED})()")
        page.goto(f"{full_at}/help")
        page.get_by_text("Rules of all numbers").first.wait_for()
        painted = page.evaluate("window.painted")
        assert painted in ([rgb(seen.page)], ["rgba(0, 0, 0, 0)", rgb(seen.page)]), "before the style sheet: nothing"
    with visitor(browser, full_at, system, chosen, java_script_enabled=False) as page:
        page.goto(f"{full_at}/help")
        red, green, blue = (int(seen.page[place : place + 2], 16) for place in (1, 3, 5))
        with visitor(browser, full_at, "light") as other:
            other.set_content(f'<body style="background: rgb({red}, {green}, {blue})">')
            corner: Any = {"x": 2, "y": 700, "width": 4, "height": 4}
            assert page.screenshot(clip=corner) == other.screenshot(clip=corner)


@pytest.mark.browser
def test_who_chose_nothing_goes_with_the_system_and_who_chose_stays(browser: Browser, full_at: str) -> None:
    def scheme(page: Any) -> str:
        page.goto(f"{full_at}/help")
        page.get_by_text("Rules of all numbers").first.wait_for()
        return str(page.get_attribute("html", "data-mantine-color-scheme"))

    with visitor(browser, full_at, "light") as page:
        assert scheme(page) == "light"
        page.emulate_media(color_scheme="dark")
        assert scheme(page) == "dark"
        page.click("#toggle")
        assert scheme(page) == "light"
        page.emulate_media(color_scheme="light")
        page.emulate_media(color_scheme="dark")
        assert scheme(page) == "light"


@pytest.mark.parametrize(("cookies", "found"), [
    ({}, ("", "light")), ({CHOSEN: "dark"}, ("dark", "dark")), ({"puma_system": "dark"}, ("", "dark")),
    ({CHOSEN: "light", "puma_system": "dark"}, ("light", "light")),
    ({CHOSEN: "pink", "puma_system": "x"}, ("", "light")),
])  # fmt: skip
def test_a_page_is_drawn_in_what_was_chosen_else_as_the_system_was_last_seen(
    cookies: dict[str, str], found: tuple[str, str]
) -> None:
    assert schemes_of(cookies) == found
