"""Signing in, the account and the end of a session in a real browser, under the rules that keep other sites out."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser

from puma.accounts import add_account
from puma.api import make_app
from puma.demo.run import MARK
from puma.installation import Installation
from puma.settings import Settings

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
PAGES = {
    "/": "Publications per year", "/search?q=hydrogen": "documents", "/instrument": "All instruments",
    "/review": "Evidence", "/sources": "Runs", "/integration": "Duplicates", "/help": "Rules of all numbers",
    "/account": "Tokens for programs", "/audit": "Entries, newest first",
}  # fmt: skip


def serve(installation: Installation) -> Iterator[str]:
    """The whole application on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(make_app(installation), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation of its own with some work in it and two accounts."""
    from tests.dashboards.conftest import fill

    home = tmp_path_factory.mktemp("accounts")
    installation = Installation(Settings(home=home, access={"contact": "the user office"}))
    installation.prepare()
    fill(installation, publications=60, proposals=60)
    for role in ("viewer", "admin"):
        add_account(installation.storage, role, PASSWORD, role, name=f"{role.capitalize()} Example")
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def at(house: Installation) -> Iterator[str]:
    yield from serve(house)


def sign_in(page: Any, name: str = "admin") -> None:
    """Fill the form, as people do."""
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")


def test_a_closed_page_says_whom_to_ask_and_signing_in_leads_back_to_it(at: str, tab: Callable[..., Any]) -> None:
    one = tab(at)
    page = one.open("/review?state=validated", "Not open to your role", status=403)
    assert "the user office" in page.inner_text("#main")
    page.click("#main >> text=Sign in")
    page.wait_for_selector("#name")
    sign_in(page)
    one.wait("Evidence")
    assert page.url == f"{at}/review?state=validated"
    assert page.inner_text(".who .name") == "Admin Example"


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_works_without_a_complaint_under_the_policy_of_scripts(
    at: str, tab: Callable[..., Any], width: int
) -> None:
    one = tab(at, width=width, scheme="dark" if width == 390 else "light")
    page = one.open("/sign-in", "Sign in")
    sign_in(page)
    one.wait("Publications per year")
    for path, words in PAGES.items():
        one.open(path, words)


def test_signing_in_works_without_any_script(at: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{at}/sign-in?next=/api/v1/me")
    sign_in(page, "viewer")
    assert '"role":"viewer"' in page.content()
    context.close()


def test_a_token_is_shown_once_and_works_until_it_is_revoked(
    at: str, tab: Callable[..., Any], house: Installation
) -> None:
    import urllib.error
    import urllib.request

    one = tab(at)
    page = one.open("/sign-in?next=/account", "Sign in")
    sign_in(page)
    one.wait("Make a token")
    page.fill("input[name=what]", "nightly report")
    page.click("#make-token")
    token = page.wait_for_selector("#secret").inner_text()
    one.wait("nightly report")
    request = urllib.request.Request(f"{at}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert b'"viewer"' in urllib.request.urlopen(request).read()
    page.reload()
    one.wait("nightly report")
    assert token not in page.content()
    page.click("text=Revoke")
    one.wait("revoked")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request)


def test_another_browser_is_signed_out_from_the_account_page(
    at: str, tab: Callable[..., Any], house: Installation
) -> None:
    one, other = tab(at), tab(at)
    for each in (one, other):
        sign_in(each.open("/sign-in?next=/account", "Sign in"), "viewer")
        each.wait("Where you are signed in")
    page = one.page
    page.reload()
    one.wait("End it")
    while page.locator("td button.small").count():
        before = page.locator("td button.small").count()
        page.locator("td button.small").first.click()
        page.wait_for_function("n => document.querySelectorAll('td button.small').length < n", arg=before)
    other.page.goto(f"{at}/help")
    other.wait("Not signed in")


def test_a_session_that_ends_in_the_middle_of_a_decision_loses_nothing(at: str, tab: Callable[..., Any]) -> None:
    one = tab(at)
    page = one.open("/sign-in?next=/review", "Sign in")
    sign_in(page)
    one.wait("Evidence")
    here, pair = page.url, page.locator("[data-link]").first.get_attribute("data-link")
    page.context.clear_cookies(name="puma_session")
    page.keyboard.press("a")
    page.wait_for_selector("dialog.ended[open]")
    with page.context.expect_page() as opened:
        page.click("text=Sign in and go on")
    other = opened.value
    other.wait_for_selector("#name")
    sign_in(other)
    page.wait_for_function("() => !document.querySelector('dialog.ended[open]')")
    one.wait("Accepted")
    assert page.url == here
    page.wait_for_function("was => document.querySelector('[data-link]').dataset.link !== was", arg=pair)
    one.complaints[:] = [words for words in one.complaints if "401" not in words]


def test_the_sample_facility_lets_one_look_with_other_eyes(tmp_path: Path, tab: Callable[..., Any]) -> None:
    installation = Installation(Settings(home=tmp_path, access={"local_role": "admin", "demo": True}))
    installation.prepare()
    (tmp_path / MARK).write_text("")
    for address in serve(installation):
        one = tab(address)
        page = one.open("/help", "You look as")
        assert page.locator(".menu[data-paths~='/audit']").count() == 1
        page.click(".looks >> text=scientist")
        one.wait("sample scientist")
        assert page.url == f"{address}/help"
        assert page.locator(".menu[data-paths~='/audit']").count() == 0
        assert page.locator(".menu[data-paths~='/review']").count() == 1
    installation.close()


def test_the_first_sign_in_has_the_colours_of_the_system_and_later_ones_those_that_were_chosen(
    browser: Browser, at: str
) -> None:
    def ground(system: Any, kept: str = "") -> bytes:
        """A piece of the page below the form, without any script."""
        context = browser.new_context(color_scheme=system, java_script_enabled=False)
        if kept:
            context.add_cookies([{"name": "puma_scheme", "value": kept, "url": at}])
        page = context.new_page()
        page.goto(f"{at}/sign-in")
        picture = page.screenshot(clip={"x": 2, "y": 700, "width": 4, "height": 4})
        context.close()
        return picture

    light, dark = ground("light"), ground("dark")
    assert light != dark
    assert ground("light", "dark") == ground("dark", "dark") == ground("dark", "unreadable") == dark
    assert ground("dark", "light") == ground("light", "light") == light
