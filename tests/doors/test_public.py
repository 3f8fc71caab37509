"""The public doors on the sample facility: the same with and without hidden records, no scripts, ways to embed."""

import json
import re
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient
from lxml import etree, html
from PIL import Image
from sqlalchemy import delete, or_, select, text

from puma import keeping
from puma.access import Viewer
from puma.api import make_app
from puma.entities import Decision, Link, Record
from puma.installation import Installation
from puma.reports import formats
from puma.settings import load_settings

OAI = "{http://www.openarchives.org/OAI/2.0/}"
MOMENTS = re.compile(
    r"<responseDate>[^<]+|<resumptionToken[^>]*>[^<]*|resumptionToken=\"[^\"]*\"|\"request_id\":\"\w+\"|<updated>[^<]+"
)
"""What differs from one moment to the next; tokens hold when they expire."""
CURIE = Viewer("admin", "Marie")

PLACES = [
    "/oai?verb=Identify",
    "/oai?verb=ListRecords&metadataPrefix=oai_dc",
    *(f"/oai?verb=ListRecords&metadataPrefix=oai_cerif_openaire&set=openaire_cris_{one}"
      for one in ("publications", "products", "persons", "orgunits", "projects", "equipments")),
    *(f"/panosc-api/{one}?filter=" + json.dumps({"limit": 1000, "include": more}) for one, more in (
        ("Documents", ["members", "datasets"]), ("Datasets", ["techniques", "instrument", "documents"]),
        ("Instruments", ["datasets", "techniques"]))),
    "/panosc-api/Documents/count", "/panosc-api/Datasets?query=neutron",
    "/public", "/public/publications", "/public/publications?instrument=CURLEW", "/public/publications?country=France",
    "/public/publications.json?limit=100", "/public/publications.bib?country=Italy", "/public/publications.rss",
    "/public/publications.atom", "/public/embed/publications", "/public/chart/publications?by=year",
    "/public/chart/publications?by=year,type&country=France", "/public/sitemap.xml",
]  # fmt: skip


@pytest.fixture
def client(own_copy: Installation) -> TestClient:
    return TestClient(make_app(own_copy), raise_server_exceptions=False)


def all_of(client: TestClient, path: str) -> str:
    """An answer, and of a list of OAI-PMH all its pages."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.text[:300])
    told = answer.text
    while path.startswith("/oai") and (token := etree.fromstring(answer.content).findtext(f".//{OAI}resumptionToken")):
        answer = client.get("/oai", params={"verb": "ListRecords", "resumptionToken": token})
        told += answer.text
    return MOMENTS.sub("", told)


@pytest.mark.slow
def test_every_public_answer_is_the_same_with_and_without_what_is_hidden(sample: Path, own_copy: Installation) -> None:
    with own_copy.storage.writing() as session:
        secret = select(Record.id).where(Record.visibility == "restricted")
        assert len(session.scalars(secret).all()) > 50
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        cut = or_(Decision.left_id.in_(secret), Decision.right_id.in_(secret))
        session.execute(delete(Decision).where(Decision.undoes_id.in_(select(Decision.id).where(cut))))
        session.execute(delete(Decision).where(cut))
        session.execute(delete(Link).where(or_(Link.left_id.in_(secret), Link.right_id.in_(secret))))
        session.execute(delete(Record).where(Record.visibility == "restricted"))
    own_copy.storage.engine.dispose()
    own_copy.refresh_facts()
    own_copy.index(lambda _step, _done, _total: None, rebuild=True)
    whole = Installation(load_settings(sample / "puma.toml"))
    try:
        one, other = (TestClient(make_app(house), raise_server_exceptions=False) for house in (whole, own_copy))
        different = [path for path in PLACES if all_of(one, path) != all_of(other, path)]
    finally:
        whole.close()
    assert different == []


def test_nobody_has_to_be_known_and_no_script_is_needed(client: TestClient) -> None:
    for path in ("/public", "/public/publications?country=France", "/public/embed/publications"):
        page = html.fromstring(client.get(path).content)
        assert {one.get("type") for one in page.iter("script")} <= {"application/ld+json"}
        assert not page.xpath("//@onclick | //@style")
        assert page.xpath("//h1") or "embed" in path
    assert "set-cookie" not in client.get("/public/publications").headers


def test_pages_of_a_list_follow_one_another_and_hold_every_publication_once(client: TestClient) -> None:
    found: list[str] = []
    path: str | None = "/public/publications?country=Germany"
    total = client.get("/public/publications.json?country=Germany").json()["total"]
    while path:
        page = html.fromstring(client.get(path).content)
        (canonical,) = page.xpath("//link[@rel='canonical']/@href")
        assert canonical == f"http://testserver{path}"
        found += page.xpath("//ol[@class='puma-publications']/li/span[1]/a/@href")
        path = next(iter(page.xpath("//nav[@class='pages']/a[@rel='next']/@href")), None)
    assert len(found) == len(set(found)) == total > 100


def test_other_sites_may_read_lists_and_frame_what_is_made_for_frames(client: TestClient) -> None:
    for suffix in ("json", "rss", "atom", "html", "bib"):
        answer = client.get(f"/public/publications.{suffix}?instrument=CURLEW")
        assert answer.headers["access-control-allow-origin"] == "*"
    assert client.get("/public").headers["x-frame-options"] == "DENY"
    for path in ("/public/embed/publications", "/public/chart/publications"):
        framed = client.get(path).headers
        assert "frame-ancestors 'self'" in framed["content-security-policy"]
        assert "x-frame-options" not in framed
    page = html.fromstring(client.get("/public/publications?instrument=CURLEW").content)
    assert 'src="http://testserver/public/embed/publications?instrument=CURLEW"' in page.xpath("string(//pre)")
    asked = {"url": "http://testserver/public/publications?instrument=CURLEW", "maxwidth": "300"}
    told = client.get("/public/oembed", params=asked).json()
    assert (told["type"], told["width"]) == ("rich", 300)
    assert "embed/publications?instrument=CURLEW" in told["html"]
    wrong = client.get("/public/oembed", params={"url": "https://elsewhere.example/public/publications"})
    assert wrong.status_code == 404


def test_a_chart_is_an_image_that_says_its_rule_and_sums_to_the_figure(client: TestClient) -> None:
    svg = etree.fromstring(client.get("/public/chart/publications?by=year").content)
    titles = [one.text or "" for one in svg.iter("{http://www.w3.org/2000/svg}title")]
    bars = sum(int(found[1]) for one in titles if (found := re.search(r": (\d+)$", one)))
    figure = client.get("/api/v1/figures/publications").json()
    assert bars == figure["total"]
    assert "standard link policy" in "".join(svg.itertext())
    assert client.get("/public/chart/publications?by=secret").status_code == 422


@pytest.mark.parametrize("by", ["year", "year,type"])
def test_a_chart_of_some_years_has_a_place_for_each_of_them(client: TestClient, by: str) -> None:
    path = f"/public/chart/publications?by={by}&instrument=KESTREL&year="
    svg = etree.fromstring(client.get(f"{path}2012-2022").content)
    said = [one.text or "" for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert [one for one in said if re.fullmatch(r"\d{4}", one)] == [str(year) for year in range(2012, 2023)]
    titles = [one.text or "" for one in svg.iter("{http://www.w3.org/2000/svg}title")]
    with_bars = {one[:4] for one in titles if re.match(r"\d{4} ", one)}
    assert with_bars
    assert with_bars < {str(year) for year in range(2012, 2023)}
    assert client.get(f"{path}1850").status_code == 404


def test_a_chart_is_a_png_by_link_that_is_made_once_and_says_when_it_is_the_same(client: TestClient) -> None:
    path = "/public/chart/publications.png?by=year,type&country=France"
    first = client.get(path)
    assert first.status_code == 200, first.text
    picture = Image.open(BytesIO(first.content))
    assert (first.headers["content-type"], picture.format, picture.size) == ("image/png", "PNG", (1360, 464))
    assert len(picture.convert("RGB").getcolors(100_000) or ()) > 20, "bars of several colours, and words"
    assert first.headers["cache-control"] == "public, max-age=300"
    same = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert client.get(path).content == first.content
    german = client.get(f"{path}&lang=de")
    assert german.headers["etag"] != first.headers["etag"]
    assert Image.open(BytesIO(client.get(f"{path}&width=400").content)).size[0] == 400
    for wrong in ("&width=9000", "&by=secret"):
        assert client.get(path.replace("by=year,type&", "") + wrong).status_code == 422
    assert client.get("/public/chart/publications.png?instrument=NOSUCH").status_code == 404
    with patch.object(formats, "PATIENCE_S", 0.01), formats._MAKING:
        assert client.get(f"{path}&width=500").status_code == 429, "one is made at a time, and nobody waits for long"
    told = client.get("/public/oembed", params={"url": "http://testserver/public/chart/publications?by=year"}).json()
    assert told["thumbnail_url"] == "http://testserver/public/chart/publications.png?by=year"


def test_a_public_collection_of_the_name_stands_first_and_a_private_one_does_not(
    own_copy: Installation, client: TestClient
) -> None:
    papers = own_copy.found_by(CURIE, "q=neutron&kind=publication")[:3]
    for one in keeping.collections(own_copy.storage, CURIE):  # the sample facility has one of that name
        keeping.delete(own_copy.storage, CURIE, one.id)
    number = keeping.make(own_copy.storage, CURIE, "Highlights", description="Plain <words>")
    keeping.add(own_copy.storage, CURIE, number, papers)
    assert "Plain &lt;words&gt;" not in client.get("/public").text
    keeping.change(own_copy.storage, CURIE, number, visibility="public")
    page = html.fromstring(client.get("/public").content)
    assert sorted(page.xpath("//article/h3/a/@href")) == sorted(f"/record/{one}" for one in papers)
    assert "Plain <words>" in page.xpath("string(//section[1])")
    assert not page.xpath("//article//img")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "PNG")
    own_copy.highlight(CURIE, papers[0], "Ice & <snow>", picture=picture.getvalue(), seen='A "sheet"', since=0)
    page = html.fromstring(client.get("/public").content)
    (card,) = page.xpath(f"//article[h3/a/@href='/record/{papers[0]}']")
    assert card.xpath("string(p)") == "Ice & <snow>"
    assert card.xpath("img/@alt") == ['A "sheet"']
    shown = client.get(card.xpath("img/@src")[0])
    assert (shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert client.get(f"/public/picture/{papers[1]}").status_code == 404


def test_machines_find_the_articles_and_nothing_in_a_title_ends_the_data(client: TestClient) -> None:
    page = html.fromstring(client.get("/public/publications").content)
    (told,) = page.xpath("//script[@type='application/ld+json']/text()")
    listed = json.loads(told)["mainEntity"]
    assert listed["numberOfItems"] > 900
    assert {one["item"]["@type"] for one in listed["itemListElement"]} == {"ScholarlyArticle"}
    assert "<" not in told
    places = etree.fromstring(client.get("/public/sitemap.xml").content)
    assert len(places) == listed["numberOfItems"] + 2


@pytest.mark.parametrize("path", [
    "/public/publications?year=soon", "/public/publications?q=(", "/public/publications?page=0",
    "/public/publications?page=201", "/public/publications.exe", "/public/publications?instrument=NONE",
    "/public/nothing", "/public/publications.json?limit=1000", "/public/publications?country=%00%1f<script>",
])  # fmt: skip
def test_what_is_wrong_is_said_and_is_no_fault(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert 400 <= answer.status_code < 500
    assert "<script>alert" not in answer.text
