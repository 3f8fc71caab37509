"""Charts on other web sites: each line to copy leads to its chart alone, with what everybody may see and no more."""

import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from dashboards.frame.state import State
from dashboards.page import Desk, page_at
from puma.access import ANONYMOUS, Viewer
from puma.api import make_app
from puma.installation import Installation
from puma.listing import instruments
from puma.measuring import Question
from tests.dashboards.spoken import components

ADA = Viewer("admin", "Ada Example")


@pytest.fixture(scope="module")
def client(full: Installation) -> TestClient:
    return TestClient(make_app(full))


def lines(house: Installation, address: str, viewer: Viewer = ADA) -> dict[str, str]:
    """The lines to copy that a page offers: address by title."""
    path, _, query = address.partition("?")
    page, rest = page_at(path)
    assert page is not None
    found = {}
    for draw in page.panels.values():
        for one in components(draw(Desk(house, viewer, State.read(query), rest, path=page.path))):
            if line := getattr(one, "data-copy", ""):
                source, title = re.search(r'src="\{here\}([^"]+)".* title="([^"]+)"', line).groups()  # type: ignore[union-attr]
                found[unescape(title)] = unescape(source)
    return found


def test_every_line_to_copy_leads_to_its_chart_alone(full: Installation, client: TestClient) -> None:
    machine = instruments(full.storage, ANONYMOUS)[0].id
    offered: dict[str, str] = {}
    addresses = (
        "/?year=2018-2022&country=DE", f"/instrument/{machine}", "/country/FR", "/data", "/citations",
        "/compare?cut=country&a=FR&b=DE",
    )  # fmt: skip
    for address in addresses:
        offered |= {source: title for title, source in lines(full, address).items()}
    assert len(offered) > 15
    assert {"Publications that two instruments share", "Publications per year"} <= set(offered.values())
    assert any(source.startswith("/embed/compare/publications?") for source in offered)
    assert not any(source.startswith("/embed/compare/proposals") for source in offered)  # they need an account
    for source, title in offered.items():
        answer = client.get(source)
        assert answer.status_code == 200, source
        assert f"<h2>{title}</h2>" in unescape(answer.text)
        assert "as of" in answer.text or "notice" in answer.text
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        assert "x-frame-options" not in answer.headers
        assert not re.search(r"<script>|<nav|<button|_dash-layout|set-cookie", answer.text)


def test_the_chart_shows_both_colour_schemes_and_leads_back_to_its_filters(client: TestClient) -> None:
    text = client.get("/embed/publications?year=2018-2022").text
    light, dark = (
        json.loads(re.search(rf'id="figures-{scheme}">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
        for scheme in ("light", "dark")
    )
    assert len(light) == len(dark) == 1
    assert light != dark
    back = re.search(r'<p class="back"><a href="([^"]+)"', text)
    assert back is not None
    assert urlsplit(back[1]).path == "/"
    assert urlsplit(back[1]).query == "year=2018-2022"


def test_nothing_is_embedded_that_not_everybody_may_see(full: Installation, client: TestClient) -> None:
    known = full.ask(ANONYMOUS, Question("publications", ("year",))).total
    assert f"n = {known:.0f} publications" in client.get("/embed/publications").text
    shown = page_at("/quality")[0]
    assert shown is not None
    assert shown.role != "anonymous"
    for name in shown.panels:
        assert client.get(f"/embed/quality/{name}").status_code == 403
    assert client.get("/embed/title").status_code == 404
    assert client.get("/embed/nothing/at/all").status_code == 404
    assert "Publications by instrument" not in lines(full, "/quality")


def test_an_address_of_a_chart_is_found_by_oembed(client: TestClient) -> None:
    source = "http://testserver/embed/publications?year=2018-2022"
    told = client.get("/public/oembed", params={"url": source}).json()
    assert f'src="{source}"' in unescape(told["html"])


def test_what_an_address_says_cannot_become_part_of_the_page(client: TestClient) -> None:
    text = client.get("/embed/publications", params={"country": "</script><b onload=alert(1)>"}).text
    assert "<b onload" not in text


def test_an_embedded_chart_says_that_not_all_of_its_filter_was_read(client: TestClient) -> None:
    many = "&".join(f"country=C{number}" for number in range(255))
    for spoken, words in (("en", "has 256 values, of which the first 250 are read"), ("de", "hat 256 Werte")):
        text = client.get(f"/embed/publications?lang={spoken}&{many}").text
        assert unescape(text).count(words) == 1
    assert "values, of which" not in client.get("/embed/publications?year=2018-2022").text
