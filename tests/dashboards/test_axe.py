"""Every page under axe-core, full and empty, plain ones too, light and dark, wide and narrow: no rule is broken."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from dashboards.page import pages
from puma import requests
from puma.access import Viewer
from puma.installation import Installation
from puma.listing import candidates, instruments, records
from puma.measuring import Question
from puma.settings import Settings
from puma.storage import now
from tests.dashboards.conftest import fill
from tests.dashboards.test_signed_in import serve

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
    house, author = (records(full.storage, ADA, kind, limit=1).rows[0].id for kind in ("institution", "person"))
    rest = {
        "/instrument": [f"/{machine}", ""], "/group": ["/1", ""], "/record": [f"/{paper}?hand=split"],
        "/run": ["/2"], "/payload": ["/0"],
        "/person": [f"/{author}"], "/institution": [f"/{house}"], "/behind": ["?metric=publications"],
        "/search": ["?q=hydrogen&type=JOURNAL_ARTICLE"], "/integration": ["", "?queue=affiliations"],
        "/": ["?table=publications&year=2019"], "/review": ["", "?view=many"],
    }  # fmt: skip
    return [path + more for path in pages() for more in rest.get(path, [""])]


def broken(page: Any, axe: str, path: str) -> list[str]:
    """What axe-core has against the page as it stands."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    return [f"{path}: {one['rule']}: {one['where']} {one['why']}" for one in page.evaluate(RUN)]


def visited(windows: Sequence[Any], paths: Sequence[str]) -> Iterator[tuple[Any, str]]:
    """Each page with all its parts drawn, and its path; the next one loads in another window meanwhile.

    Nothing fades, so that colours are what they are.
    """
    for window in windows:
        window.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for place in range(len(paths) + 1):
        if place < len(paths):
            window = windows[place % len(windows)]
            window.page.goto(window.address + paths[place], wait_until="commit")
        if place:
            window = windows[(place - 1) % len(windows)]
            window.page.wait_for_selector("#page h1, #page h2, #page .notice")
            window.wait("")
            yield window, paths[place - 1]


def turned(window: Any) -> None:
    """Light becomes dark or dark light, and all parts are drawn again."""
    with window.page.expect_response(lambda answer: "_dash-update-component" in answer.url):
        window.page.click("#toggle")
    window.wait("")


def too_wide(page: Any, path: str) -> list[str]:
    """Whether the page has to be scrolled sideways on the smallest telephone."""
    page.set_viewport_size({"width": 320, "height": 900})
    whole = page.evaluate("document.documentElement.scrollWidth")
    return [f"{path} is {whole} pixels wide in a window of 320"] if whole > 320 else []


def test_no_page_of_a_full_database_breaks_a_rule_in_the_light_on_a_desk_or_in_the_dark_on_a_telephone(
    tab: Open, axe: str, full: Installation, full_at: str
) -> None:
    found: list[str] = []
    for window, path in visited([tab(full_at), tab(full_at)], addresses(full)):
        first = window.page.get_attribute("html", "data-mantine-color-scheme")  # as the page before was left
        for scheme in (first, "dark" if first == "light" else "light"):
            if scheme != first:
                turned(window)
            window.page.set_viewport_size({"width": 1280 if scheme == "light" else 390, "height": 900})
            found += broken(window.page, axe, f"{path} {scheme}")
        found += too_wide(window.page, path)
    assert not found, "\n".join(found)


def test_no_page_of_an_empty_database_breaks_a_rule(tab: Open, axe: str, empty_at: str) -> None:
    windows = [tab(empty_at, width=390, scheme="dark") for _ in range(2)]
    found = []
    for window, path in visited(windows, list(pages())):
        found += broken(window.page, axe, path) + too_wide(window.page, path)
        window.page.set_viewport_size({"width": 390, "height": 900})
    missing = [one for window in windows for one in window.complaints if "status of 404" in one]
    assert len(missing) == 2, "a run without its number, a payload without its digest"
    for window in windows:
        window.complaints[:] = [one for one in window.complaints if one not in missing]
    assert not found, "\n".join(found)


def test_no_plain_page_breaks_a_rule(browser: Browser, axe: str, tmp_path: Path) -> None:
    house = Installation(Settings(home=tmp_path))
    house.prepare()
    fill(house, publications=12, proposals=12)
    link = candidates(house.storage, ADA).items[0].link_id
    number = requests.ask(house.storage, house.settings.requests, ADA, link, at=now(), name="Zoe", message="Yours?")
    secret = requests.new_link(house.storage, ADA, number, at=now())
    paths = [
        "/sign-in", "/signed-in", f"/answer/{secret}", "/answer/no-such-link", "/no-digest/no-such-link", "/public",
        "/public/publications?q=neutron", "/public/publications?year=1900", "/public/embed/publications",
    ]  # fmt: skip
    found: list[str] = []
    for at in serve(house):
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
            context.add_cookies([{"name": "puma_scheme", "value": scheme, "url": at}])
            page = context.new_page()
            for path in paths:
                page.set_viewport_size({"width": 1280 if scheme == "light" else 390, "height": 900})
                page.goto(at + path)
                found += broken(page, axe, f"{path} {scheme}")
                if scheme == "dark":
                    found += too_wide(page, path)
            context.close()
    house.close()
    assert not found, "\n".join(found)
