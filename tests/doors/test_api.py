"""The API over a real application: answers, errors, rights."""

import csv
import io

import pytest
from fastapi.testclient import TestClient

from puma.access import Viewer
from puma.api import make_app
from puma.installation import Installation


@pytest.fixture(scope="module")
def client(installation: Installation) -> TestClient:
    return TestClient(make_app(installation))


def as_role(installation: Installation, role: str) -> TestClient:
    app = make_app(installation)
    api = next(route.app for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: Viewer(role, "somebody")
    return TestClient(app)


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["ready"] is True


def test_a_search_engine_that_does_not_answer_is_told_by_the_readiness_and_by_nothing_more(
    installation: Installation,
) -> None:
    away = installation.settings.search.model_copy(update={"url": "http://127.0.0.1:9"})  # nobody listens there
    house = Installation(installation.settings.model_copy(update={"search": away}))
    answer = TestClient(make_app(house)).get("/readyz")
    others = dict.fromkeys(("database", "migrations", "facts", "disk"), "ok")
    assert (answer.status_code, answer.json()["parts"]) == (503, {**others, "search": "does not answer"})
    house.close()


def test_every_error_is_a_problem_with_a_request_id(client: TestClient) -> None:
    for path, status in (
        ("/api/v1/nothing", 404),
        ("/api/v1/publications/99999999", 404),
        ("/api/v1/figures/unheard_of", 422),
        ("/api/v1/figures/publications?by=colour", 422),
        ("/api/v1/figures/publications?year=abc", 422),
        ("/api/v1/figures/open_access_share?by=year&cumulative=true", 422),
        ("/api/v1/search?q=neutron+(", 422),
        ("/api/v1/search?limit=100000", 422),
        ("/api/v1/exports/publications.odt", 422),
        ("/record/99999999.json", 404),
    ):
        answer = client.get(path)
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"title", "status", "detail", "request_id"} <= answer.json().keys()


def test_a_wrong_query_is_explained_with_its_place(client: TestClient) -> None:
    answer = client.get("/api/v1/search", params={"q": "neutron ("}).json()
    assert answer["hint"]
    assert answer["position"] >= 0


def test_a_facet_counts_what_a_click_on_it_finds(client: TestClient) -> None:
    answer = client.get("/api/v1/search", params={"q": "neutron"}).json()
    for name in ("category", "country", "instrument"):
        value = answer["facets"][name][0]
        found = client.get("/api/v1/search", params={"q": "neutron", name: value["value"]}).json()
        assert found["total"] == value["count"], name


def test_a_figure_is_the_number_of_records_behind_it(client: TestClient, installation: Installation) -> None:
    from puma.access import EVERYTHING
    from puma.measuring import Question

    answer = client.get("/api/v1/figures/publications", params={"by": "year", "country": "FR"}).json()
    behind = installation.records_behind(EVERYTHING, Question("publications", filters={"country": ("FR",)}))
    assert answer["total"] == len(behind) == sum(row["value"] for row in answer["rows"])
    asked = {"by": "year", "country": "FR", "cumulative": "true"}
    sums = client.get("/api/v1/figures/publications", params=asked).json()
    assert (sums["cumulative"], answer["cumulative"]) == (True, False)
    assert max(row["value"] for row in sums["rows"]) == answer["total"]


def test_an_export_is_whole_and_says_how_long_it_is(client: TestClient) -> None:
    answer = client.get("/api/v1/exports/publications.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == int(answer.headers["x-total-count"]) == client.get("/api/v1/publications").json()["total"]


def test_the_api_describes_itself(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/search" in document["paths"]


def test_a_viewer_does_not_meet_refused_or_confidential_proposals(installation: Installation) -> None:
    office, viewer, nobody = (as_role(installation, role) for role in ("user_office", "viewer", "anonymous"))
    everything = office.get("/api/v1/proposals", params={"limit": 1000}).json()
    open_ones = viewer.get("/api/v1/proposals", params={"limit": 1000}).json()
    assert everything["total"] > open_ones["total"] > 0
    assert all(row["decision"] == "accepted" and not row["confidential"] for row in open_ones["rows"])
    assert nobody.get("/api/v1/proposals").json()["total"] == 0
    secret = {row["id"] for row in everything["rows"]} - {row["id"] for row in open_ones["rows"]}
    for number in sorted(secret)[:20]:
        assert viewer.get(f"/record/{number}.json").status_code == 404
        assert viewer.get(f"/api/v1/proposals/{number}").status_code == 404
    found = viewer.get("/api/v1/search", params={"q": "", "limit": 1000}).json()
    assert not {hit["id"] for hit in found["hits"]} & secret
    assert not [v for v in found["facets"]["category"] if v["value"] == "PROPOSAL_REFUSED"]
    exported = viewer.get("/api/v1/exports/proposals.csv")
    assert int(exported.headers["x-total-count"]) == open_ones["total"]
    assert viewer.get("/api/v1/figures/acceptance_rate").status_code == 403
    assert viewer.get("/api/v1/links").status_code == 403


def test_a_decision_is_taken_once_and_can_be_undone(own_copy: Installation) -> None:
    client = TestClient(make_app(own_copy))
    item = client.get("/api/v1/links").json()["items"][0]
    path = f"/api/v1/links/{item['link_id']}/decision"
    first = client.post(path, json={"verdict": "accept"})
    assert first.status_code == 200
    second = client.post(path, json={"verdict": "reject"})
    assert second.status_code == 409
    assert "already validated" in second.json()["detail"]
    version = own_copy.snapshot()
    own_copy.refresh_facts(after_decisions=True)
    after = own_copy.snapshot()
    assert version is not None
    assert after is not None
    assert after.version > version.version
    assert client.delete(f"/api/v1/decisions/{first.json()['decision']}").status_code == 200
    again = client.get("/api/v1/links").json()["items"][0]
    assert again["link_id"] == item["link_id"]
    assert again["state"] == "candidate"
    assert client.delete(f"/api/v1/decisions/{first.json()['decision']}").status_code == 409
