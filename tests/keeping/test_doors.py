"""What people keep, through the API and on the pages: found at once, counted truly, shown to nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from dashboards.frame.state import State
from dashboards.page import Desk as PageDesk
from dashboards.page import pages
from puma import keeping
from puma.access import ANONYMOUS, Viewer
from puma.api import make_app
from puma.errors import NotHere, Refused
from puma.installation import Installation
from puma.measuring import Question
from puma.settings import Settings
from tests.keeping.conftest import ADA, ADMIN, BOB, OFFICE, PAPERS, fill
from tests.resolve.desk import publication


def nobody(doing: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """The small facility, indexed and with its facts."""
    house = Installation(Settings(home=tmp_path))
    house.prepare()
    house.desk = fill(house.storage)  # type: ignore[attr-defined]  # for a test that hands more in
    house.index(nobody)
    house.refresh_facts()
    yield house
    house.close()


def as_viewer(house: Installation, viewer: Viewer) -> TestClient:
    app = make_app(house)
    api = next(route.app for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: viewer
    return TestClient(app, follow_redirects=False)


def drawn(house: Installation, viewer: Viewer, path: str, rest: str = "", query: str = "") -> str:
    """Everything that a page draws, as text."""
    page = pages()[path]
    desk = PageDesk(house, viewer, State.read(query), rest)
    frame = page.layout(desk)
    places = [part.id for part in frame._traverse() if isinstance(getattr(part, "id", None), dict)]
    panels = [place["name"] for place in places if place.get("type") == "panel"]
    return " ".join([str(frame), *(str(page.panels[name](desk)) for name in panels)])


def test_all_documents_of_a_search_are_added_and_found_by_the_collection(house: Installation) -> None:
    ada, bob = as_viewer(house, ADA), as_viewer(house, BOB)
    number = ada.post("/api/v1/collections", json={"title": "Papers"}).json()["id"]
    added = ada.post(f"/api/v1/collections/{number}/items", json={"search": "?q=paper&page=2"}).json()
    assert (added["new"], added["there"]) == (PAPERS, 0)
    assert ada.get("/api/v1/search", params={"collection": number}).json()["total"] == PAPERS
    assert ada.get("/api/v1/search", params={"collection": number, "q": "paper", "year": "2011"}).json()["total"] == 1
    assert bob.get("/api/v1/search", params={"collection": number}).json()["total"] == 0
    assert bob.get(f"/api/v1/collections/{number}").status_code == 404
    assert len(ada.get(f"/api/v1/exports/search.csv?collection={number}").text.splitlines()) == PAPERS + 1
    assert ada.delete(f"/api/v1/collections/changes/{added['change']}").json() == {"collection": number}
    assert ada.get(f"/api/v1/collections/{number}").json()["count"] == 0


def test_a_word_before_a_colon_does_not_open_the_collection_of_another(house: Installation) -> None:
    answer = as_viewer(house, BOB).get("/api/v1/search", params={"q": "collection:1"})
    assert answer.status_code == 422 or answer.json()["total"] == 0


def test_the_numbers_of_a_collection_are_for_those_who_see_it(house: Installation) -> None:
    number = keeping.make(house.storage, ADA, "Papers")
    keeping.add(house.storage, ADA, number, house.found_by(ADA, "q=paper"))
    house.refresh_facts()
    for viewer, papers in ((ADA, PAPERS), (ADMIN, PAPERS), (BOB, 0), (ANONYMOUS, 0)):
        question = Question("publications_known", filters={"collection": (str(number),)})
        assert house.ask(viewer, question).total == papers
        assert len(house.records_behind(viewer, question)) == papers
        table = house.ask(viewer, Question("publications_known", ("collection",))).table
        assert list(table["collection"].dropna()) == ([number] if papers else [])


def test_what_came_in_since_the_last_visit_is_counted_and_shown(house: Installation) -> None:
    ada = as_viewer(house, ADA)
    saved = ada.post("/api/v1/saved-searches", json={"name": "Papers", "search": "q=paper"}).json()
    assert [one["new"] for one in ada.get("/api/v1/saved-searches").json()] == [0]
    with house.storage.writing() as session:
        session.connection().exec_driver_sql("UPDATE saved_search SET seen_at = '2024-01-01 00:00:00.000000'")
    house.index(nobody, rebuild=True)
    assert [one["new"] for one in ada.get("/api/v1/saved-searches").json()] == [PAPERS]
    with house.storage.writing() as session:
        session.connection().exec_driver_sql("UPDATE saved_search SET seen_at = '2024-01-01 02:30:00.000000'")
    house.desk.hand_in("library", publication(("doi", "10.1/new"), title="Paper new"))  # type: ignore[attr-defined]
    house.index(nobody)
    assert [one["new"] for one in ada.get("/api/v1/saved-searches").json()] == [1]
    assert "1 new" in drawn(house, ADA, "/collections")
    led = urlsplit(ada.get(f"/saved/{saved['id']}").headers["location"])
    assert led.path == "/search"
    assert house.count(ADA, _asked(led.query)) == 1
    assert [one["new"] for one in ada.get("/api/v1/saved-searches").json()] == [0]
    assert as_viewer(house, BOB).get(f"/saved/{saved['id']}").status_code == 404


def _asked(query: str) -> Any:
    from puma.search.asked import Asked

    return Asked.read(parse_qs(query))


def test_a_search_that_cannot_be_understood_is_not_saved(house: Installation) -> None:
    ada = as_viewer(house, ADA)
    assert ada.post("/api/v1/saved-searches", json={"name": "x", "search": "q=(ice"}).status_code == 422
    assert ada.get("/api/v1/saved-searches").json() == []


def test_a_feed_holds_what_everybody_may_see_whoever_saved_it(house: Installation) -> None:
    office = as_viewer(house, OFFICE)
    saved = office.post("/api/v1/saved-searches", json={"name": "All", "search": ""}).json()
    with house.storage.writing() as session:
        session.connection().exec_driver_sql("UPDATE record SET created_at = datetime('now') || '.000000'")
    house.index(nobody, rebuild=True)
    reader = as_viewer(house, ANONYMOUS)
    answer = reader.get("/feed.atom", params={"key": saved["feed"]})
    assert answer.headers["content-type"] == "application/atom+xml"
    assert answer.text.count("<entry>") == PAPERS
    assert "Proposal" not in answer.text
    assert reader.get("/feed.atom", params={"key": "guess"}).status_code == 404


def test_a_short_link_leads_everybody_to_the_same_state_and_to_their_own_data(house: Installation) -> None:
    office, reader = as_viewer(house, OFFICE), as_viewer(house, ANONYMOUS)
    path = office.post("/api/v1/short-links", json={"query": "q=proposal&sort=newest"}).json()["path"]
    assert office.get(path).headers["location"] == "/search?q=proposal&sort=newest"
    assert reader.get(path).headers["location"] == "/search?q=proposal&sort=newest"
    assert reader.get("/p/nothing").status_code == 404
    assert office.post("/api/v1/short-links", json={"path": "//evil.example"}).status_code == 422


def test_a_keyword_is_found_at_once_and_no_longer_when_it_is_undone(house: Installation) -> None:
    ada = as_viewer(house, ADA)
    record = house.found_by(ADA, "q=paper")[0]
    decision = ada.post(f"/api/v1/records/{record}/keywords", json={"keyword": "kagome"}).json()["decision"]
    assert house.found_by(ADA, "q=kagome") == [record]
    assert house.found_by(ADA, "keyword=USER:+kagome") == [record]
    assert ada.delete(f"/api/v1/decisions/{decision}").status_code == 200
    assert house.found_by(ADA, "q=kagome") == []


def test_pages_say_what_a_collection_is_and_how_to_fill_it_while_there_is_none(house: Installation) -> None:
    said = drawn(house, ADA, "/collections")
    assert "set of publications, proposals and datasets" in said
    assert "A saved search tells you" in said
    assert "New collection" in said
    assert "New collection" not in drawn(house, ANONYMOUS, "/collections")


def test_the_pages_show_a_collection_to_its_owner_and_nothing_of_it_to_others(house: Installation) -> None:
    number = keeping.make(house.storage, ADA, "Ices of Ada", "All about ice")
    keeping.add(house.storage, ADA, number, house.found_by(ADA, "q=paper"))
    record = keeping.members(house.storage, ADA, [number])[0]
    places = (("/collections", "", ""), ("/collections", str(number), ""), ("/record", str(record), ""))
    for path, rest, query in (*places, ("/search", "", f"?collection={number}")):
        assert "Ices of Ada" in drawn(house, ADA, path, rest, query), path
        for other in (BOB, OFFICE, ANONYMOUS):
            if (path, rest) == places[1][:2]:  # the whole page is about it
                with pytest.raises(NotHere, match="There is no such collection, or it is not shown to you"):
                    drawn(house, other, path, rest, query)
            else:
                assert "Ices of Ada" not in drawn(house, other, path, rest, query), path


def test_the_acts_of_the_search_page_keep_what_was_found_and_take_it_back(house: Installation) -> None:
    acts = pages()["/search"].acts
    desk = PageDesk(house, ADA, State.read("?q=paper&year=2010-2013"))
    done = acts["collect-found"](desk, "", {"new-title": "Early ones"})
    (made,) = keeping.collections(house.storage, ADA)
    assert (made.title, made.count) == ("Early ones", 4)
    assert done.back is not None
    back = acts[done.back[0]](desk, done.back[1], {})
    assert keeping.collections(house.storage, ADA) == []
    assert back.back is not None
    acts[back.back[0]](desk, back.back[1], {})
    assert keeping.collections(house.storage, ADA) == [made]
    acts["save-search"](desk, "", {"search-name": "Early"})
    assert [one.query for one in keeping.saved_searches(house.storage, ADA)] == ["q=paper&year=2010-2013"]
    with pytest.raises(Refused):
        acts["collect-found"](PageDesk(house, ANONYMOUS, desk.state), "", {"new-title": "x"})
