"""Sources, runs, corrections and the integration queue through the API: doors, roles, and what a re-harvest does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from puma.api import make_app
from puma.installation import Installation
from puma.runs.sources import configured_sources
from puma.settings import load_settings
from tests.doors.test_api import as_role

TITLE = "Hydrogen uptake of palladium nanoparticles in situ"
FILES = {
    "publications": "source_id,doi,title,published_on,type,authors\n"
    f'1,10.1000/a,{TITLE},2020-05-01,JOURNAL_ARTICLE,"Curie, M."\n'
    f'2,,{TITLE},2020-05-01,JOURNAL_ARTICLE,"Curie, M."\n3,,,2020-05-01,JOURNAL_ARTICLE,\n',
    "instruments": "name,label,start\nD17,Reflectometer,2000-01-01\n",
    "proposals": "code,title,decision\nMA-1,Zeolites,accepted\n",
    "sessions": "code,proposal,instrument,start\nX1,MA-1,Dee 17,2020-03-01\n",
}  # fmt: skip


def silent(what: str, done: int, total: int | None) -> None:
    """No progress is shown in tests."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """A facility of a few rows, harvested once and indexed."""
    (tmp_path / "tables").mkdir()
    for name, text in FILES.items():
        (tmp_path / "tables" / f"{name}.csv").write_text(text, "utf-8")
    text = '[access]\nlocal_role = "admin"\n[[source]]\nname = "office"\nharvester = "tables"\npath = "tables"\n'
    (tmp_path / "puma.toml").write_text(text, "utf-8")
    house = Installation(load_settings(tmp_path / "puma.toml"))
    house.prepare()
    house.harvest(configured_sources(house.settings)[0], silent)
    house.index(silent)
    yield house
    house.close()


@pytest.fixture
def client(house: Installation) -> TestClient:
    return TestClient(make_app(house))


def again(house: Installation) -> None:
    """The source is harvested anew, with every record changed."""
    file = house.settings.home / "tables" / "publications.csv"
    file.write_text(file.read_text("utf-8").replace("JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE"), "utf-8")
    report = house.harvest(configured_sources(house.settings)[0], silent, full=True)
    assert report.counters["changed"] >= 2


def test_a_run_is_asked_for_and_stopped_by_the_user_office_only(house: Installation, client: TestClient) -> None:
    asked = client.post("/api/v1/sources/office/runs", json={"kind": "full harvest"})
    assert asked.status_code == 202
    (source,) = client.get("/api/v1/sources").json()
    assert [(one["kind"], one["asked_by"]) for one in source["waiting"]] == [("full harvest", "local")]
    assert client.post("/api/v1/sources/nix/runs", json={}).status_code == 422
    assert client.post("/api/v1/sources/office/runs", json={"kind": "dance"}).status_code == 422
    assert client.post("/api/v1/runs/1/stop").status_code == 409
    for role in ("anonymous", "viewer", "scientist"):
        other = as_role(house, role)
        assert other.post("/api/v1/sources/office/runs", json={}).status_code == 403
        assert other.post("/api/v1/runs/1/stop").status_code == 403


def test_a_source_that_was_never_harvested_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "puma.toml").write_text(
        '[access]\nlocal_role = "admin"\n[[source]]\nname = "new"\nharvester = "tables"\npath = "t"\n', "utf-8"
    )
    fresh = Installation(load_settings(tmp_path / "puma.toml"))
    fresh.prepare()
    client = TestClient(make_app(fresh))
    assert client.post("/api/v1/sources/new/runs", json={}).status_code == 202
    assert client.get("/api/v1/sources").json()[0]["waiting"][0]["kind"] == "harvest"
    fresh.close()


def test_a_run_lists_what_it_skipped_with_payloads_that_are_downloads(client: TestClient) -> None:
    run = client.get("/api/v1/runs").json()[-1]
    assert client.get(f"/api/v1/runs/{run['id']}").json()["counters"]["skipped"] == 1
    (row,) = client.get(f"/api/v1/runs/{run['id']}/skipped").json()["rows"]
    sent = client.get(f"/api/v1/payloads/{row['payload']}")
    assert "JOURNAL_ARTICLE" in sent.text
    assert sent.headers["content-disposition"].startswith("attachment")
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/v1/runs/99").status_code == 404
    assert client.get("/api/v1/payloads/abc").status_code == 404


def test_what_a_role_may_not_know_changes_nothing_in_what_it_is_told_of_sources_and_runs(house: Installation) -> None:
    paths = ("/api/v1/sources", "/api/v1/runs", "/api/v1/runs/1")

    def told(role: str) -> list[object]:
        answers = [as_role(house, role).get(path).json() for path in paths]
        rows = [*answers[0], answers[1][-1], answers[2]]
        return [{k: v for k, v in row.items() if k not in ("last_run", "fresh_at")} for row in rows]

    before = {role: told(role) for role in ("viewer", "scientist")}
    assert {as_role(house, "anonymous").get(path).status_code for path in paths} == {403}
    secret = house.settings.home / "tables" / "proposals.csv"
    secret.write_text(secret.read_text("utf-8") + "MA-2,Secret alloy,refused\n", "utf-8")
    house.harvest(configured_sources(house.settings)[0], silent, full=True)
    assert {role: told(role) for role in before} == before
    office = as_role(house, "user_office")
    assert office.get("/api/v1/runs").json()[0]["counters"]["added"] == 1
    for path in ("/api/v1/runs/1/skipped", "/api/v1/integration", "/api/v1/integration/duplicates"):
        assert as_role(house, "scientist").get(path).status_code == 403


def test_a_correction_through_the_api_survives_a_harvest_is_found_at_once_and_goes_when_taken_back(
    house: Installation, client: TestClient
) -> None:
    row = next(r for r in client.get("/api/v1/publications").json()["rows"] if r["doi"] == "10.1000/a")
    path = f"/api/v1/publications/{row['id']}"
    made = client.post(
        f"/api/v1/records/{row['id']}/corrections",
        json={"field": "title", "value": "Deuterium in wolframite", "reason": "misread"},
    )
    assert made.status_code == 200
    assert client.get("/api/v1/search", params={"q": "wolframite"}).json()["total"] == 1
    again(house)
    after = client.get(path).json()
    assert after["title"] == "Deuterium in wolframite"
    assert [(c["by"], c["said"], c["reason"]) for c in after["corrections"]] == [
        ("local", f"office: {TITLE}", "misread")
    ]
    assert client.get(path).json()["badge"] == "PROCEEDINGS ARTICLE"  # the rest follows its source
    assert client.delete(f"/api/v1/decisions/{made.json()['decision']}").status_code == 200
    assert client.get(path).json()["title"] == TITLE
    assert client.get("/api/v1/search", params={"q": "wolframite"}).json()["total"] == 0
    assert client.delete(f"/api/v1/decisions/{made.json()['decision']}").status_code == 409
    wrong = client.post(f"/api/v1/records/{row['id']}/corrections", json={"field": "year", "value": "soon"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    scientist = as_role(house, "scientist")
    assert (
        scientist.post(f"/api/v1/records/{row['id']}/corrections", json={"field": "year", "value": 1}).status_code
        == 403
    )
    missing = client.post("/api/v1/records/999999/corrections", json={"field": "year", "value": 2000})
    assert missing.status_code == 404


def test_duplicates_are_merged_for_good_through_the_api(house: Installation, client: TestClient) -> None:
    (doubt,) = client.get("/api/v1/integration/duplicates").json()["items"]
    keep, other = (option["record_id"] for option in doubt["options"])
    settled = client.post("/api/v1/integration/decisions", json={"verdict": "merge", "keep": keep, "other": other})
    assert settled.status_code == 200
    again(house)
    assert client.get("/api/v1/publications").json()["total"] == 1
    assert client.get(f"/record/{other}.json").json()["id"] == keep
    assert client.get("/api/v1/search", params={"q": "palladium"}).json()["total"] == 1
    assert client.delete(f"/api/v1/decisions/{settled.json()['decision']}").status_code == 200
    assert client.get("/api/v1/publications").json()["total"] == 2
    assert client.get("/api/v1/search", params={"q": "palladium"}).json()["total"] == 2


def test_publications_are_joined_and_taken_apart_through_the_api_as_foretold(
    house: Installation, client: TestClient
) -> None:
    keep, other = (row["id"] for row in client.get("/api/v1/publications").json()["rows"])
    door = "/api/v1/integration/publications"
    foretold = client.get(f"{door}/{keep}/with/{other}").json()
    joined = client.post("/api/v1/integration/decisions", json={"verdict": "merge", "keep": keep, "other": other})
    assert joined.status_code == 200
    row = client.get(f"/api/v1/publications/{keep}").json()
    assert (foretold["whole"]["title"], foretold["whole"]["doi"]) == (row["title"], "10.1000/a")
    told = client.get(f"{door}/{keep}").json()
    others = foretold["other"]["names"]
    going = [one["raw_record_id"] for one in told["sources"] if any(key in others for key in one["keys"])]
    apart = {"verdict": "separate", "publication": keep, "raw_records": going, "reason": "a report of it"}
    for role in ("anonymous", "viewer", "scientist"):
        nobody = as_role(house, role)
        assert nobody.get(f"{door}/{keep}").status_code == nobody.get(f"{door}/{keep}/with/{other}").status_code == 403
        assert nobody.post("/api/v1/integration/decisions", json=apart).status_code == 403
    for wrong, status in (({"raw_records": []}, 422), ({"publication": 999_999}, 404), ({"raw_records": "all"}, 422)):
        answer = client.post("/api/v1/integration/decisions", json={**apart, **wrong})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert client.get(f"{door}/999999").status_code == client.get(f"{door}/{keep}/with/{keep}").status_code == 404
    made = client.post("/api/v1/integration/decisions", json=apart)
    assert made.status_code == 200
    assert client.get("/api/v1/publications").json()["total"] == 2
    assert client.get("/api/v1/search", params={"q": "palladium"}).json()["total"] == 2
    again(house)
    assert client.get("/api/v1/publications").json()["total"] == 2
    assert client.delete(f"/api/v1/decisions/{joined.json()['decision']}").status_code == 409
    assert client.delete(f"/api/v1/decisions/{made.json()['decision']}").status_code == 200
    assert client.get("/api/v1/publications").json()["total"] == 1
    assert client.get("/api/v1/search", params={"q": "palladium"}).json()["total"] == 1


def test_a_name_as_written_is_given_to_an_instrument_through_the_api(house: Installation, client: TestClient) -> None:
    assert client.get("/api/v1/integration").json()["instruments"] == 1
    (doubt,) = client.get("/api/v1/integration/instruments").json()["items"]
    machine = client.get("/api/v1/instruments").json()["rows"][0]["id"]
    answer = {"verdict": "alias", "kind": "instrument", "written": doubt["title"], "facility": doubt["facility"]}
    assert client.post("/api/v1/integration/decisions", json={**answer, "record": machine}).status_code == 200
    assert client.get("/api/v1/integration").json()["instruments"] == 0
    assert client.post("/api/v1/integration/decisions", json={**answer, "record": machine}).status_code == 409
    assert client.post("/api/v1/integration/decisions", json={"verdict": "sing"}).status_code == 422
    nobody = as_role(house, "scientist")
    assert nobody.post("/api/v1/integration/decisions", json={**answer, "record": machine}).status_code == 403
