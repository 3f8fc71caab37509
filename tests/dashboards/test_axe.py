"""Every page under axe-core, full and empty, light and dark, wide and narrow: no rule of accessibility is broken."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboards.page import pages
from puma.access import Viewer
from puma.installation import Installation
from puma.listing import instruments
from puma.measuring import Question

pytestmark = pytest.mark.browser

ADA = Viewer("admin", "Ada Example")
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag",
  values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})).violations.map(one => ({
    rule: one.id, where: one.nodes.slice(0, 4).map(node => node.html.slice(0, 160) + " " + node.target.join(" ")),
    why: one.nodes[0].failureSummary}))"""
Open = Callable[..., Any]


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program of axe-core, from its own package; no page of ours ever holds it."""
    if shutil.which("npm") is None:
        pytest.skip("There is no npm on this machine, which axe-core comes by.")
    home = tmp_path_factory.mktemp("axe")
    shutil.copy(Path(__file__).parent / "axe" / "package.json", home)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    done = subprocess.run(install, cwd=home, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"axe-core cannot be installed: {done.stderr[-300:]}")
    return (home / "node_modules" / "axe-core" / "axe.min.js").read_text()


def addresses(full: Installation) -> list[str]:
    """One address of every page; of those that show one thing, one thing; and the states that look different."""
    paper = full.records_behind(ADA, Question("publications"))[0]
    machine = instruments(full.storage, ADA)[0].id
    rest = {
        "/instrument": [f"/{machine}", ""], "/record": [f"/{paper}"], "/run": ["/2"], "/payload": ["/0"],
        "/person": ["/1"], "/institution": ["/1"], "/behind": ["?metric=publications"],
        "/search": ["?q=hydrogen&type=JOURNAL_ARTICLE"], "/integration": ["", "?queue=affiliations"],
        "/": ["?table=publications&year=2019"],
    }  # fmt: skip
    return [path + more for path in pages() for more in rest.get(path, [""])]


def broken(window: Any, axe: str, path: str) -> list[str]:
    """What axe-core has against the page as it stands."""
    window.page.evaluate(axe)
    return [f"{path}: {one['rule']}: {one['where']} {one['why']}" for one in window.page.evaluate(RUN)]


def at(window: Any, path: str) -> None:
    """Go to a page and wait until all its parts are drawn; nothing fades, so that colours are what they are."""
    window.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    window.open(path, "")
    window.page.wait_for_selector("#page h1, #page h2, #page .notice")
    window.wait("")


def turned(window: Any) -> None:
    """Light becomes dark or dark light, and all parts are drawn again."""
    with window.page.expect_response(lambda answer: "_dash-update-component" in answer.url):
        window.page.click("#toggle")
    window.wait("")


def too_wide(window: Any, path: str) -> list[str]:
    """Whether the page has to be scrolled sideways on the smallest telephone."""
    window.page.set_viewport_size({"width": 320, "height": 900})
    whole = window.page.evaluate("document.documentElement.scrollWidth")
    return [f"{path} is {whole} pixels wide in a window of 320"] if whole > 320 else []


def test_no_page_of_a_full_database_breaks_a_rule_in_the_light_on_a_desk_or_in_the_dark_on_a_telephone(
    tab: Open, axe: str, full: Installation, full_at: str
) -> None:
    window = tab(full_at)
    found: list[str] = []
    for path in addresses(full):
        at(window, path)
        first = window.page.get_attribute("html", "data-mantine-color-scheme")  # as the page before was left
        for scheme in (first, "dark" if first == "light" else "light"):
            if scheme != first:
                turned(window)
            window.page.set_viewport_size({"width": 1280 if scheme == "light" else 390, "height": 900})
            found += broken(window, axe, f"{path} {scheme}")
        found += too_wide(window, path)
    assert not found, "\n".join(found)


def test_no_page_of_an_empty_database_breaks_a_rule(tab: Open, axe: str, empty_at: str) -> None:
    window = tab(empty_at, width=390, scheme="dark")
    found = []
    for path in pages():
        at(window, path)
        found += broken(window, axe, path) + too_wide(window, path)
        window.page.set_viewport_size({"width": 390, "height": 900})
    assert not found, "\n".join(found)
