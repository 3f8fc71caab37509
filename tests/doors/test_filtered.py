"""Filters of lists and numbers for programs: a filtered list is as long as its number, and no filter is lost unseen."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from puma.access import EVERYTHING, Viewer
from puma.api import make_app
from puma.installation import Installation
from puma.measuring import Question
from tests.doors.conftest import Puma

COUNTS = {"publications": "publications_known", "datasets": "datasets"}


@pytest.fixture(scope="module")
def client(installation: Installation) -> TestClient:
    return TestClient(make_app(installation))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def machine(installation: Installation) -> str:
    """The name of an instrument that has publications and datasets."""
    counted = installation.ask(EVERYTHING, Question("datasets", ("instrument",))).table.to_dict("records")
    return str(max(counted, key=lambda row: float(row["value"]))["instrument"])


@pytest.mark.parametrize("what", COUNTS)
def test_a_filtered_list_holds_the_records_of_its_number(
    client: TestClient, installation: Installation, machine: str, what: str
) -> None:
    filters = {"year": ("2012-2019",), "instrument": (machine,)}
    counted = installation.ask(EVERYTHING, Question(COUNTS[what], (), filters)).total
    answer = client.get(f"/api/v1/exports/{what}.csv", params={"year": "2012-2019", "instrument": machine})
    assert 0 < len(rows(answer.text)) == counted == int(answer.headers["x-total-count"])
    assert len(rows(client.get(f"/api/v1/exports/{what}.csv").text)) > (counted or 0)


def test_the_years_of_a_list_make_up_all_of_it_also_what_its_number_leaves_out(client: TestClient) -> None:
    for what in ("proposals", "experiments"):
        everything = rows(client.get(f"/api/v1/exports/{what}.csv").text)
        spans = [
            rows(client.get(f"/api/v1/exports/{what}.csv?year={span}").text) for span in ("1900-2014", "2015-2200")
        ]
        assert all(spans), what
        assert sorted(row["id"] for part in spans for row in part) == sorted(row["id"] for row in everything), what


def test_links_are_filtered_by_their_publications(client: TestClient) -> None:
    numbers = {row["id"] for row in rows(client.get("/api/v1/exports/publications.csv?country=FR&year=2018").text)}
    everything = rows(client.get("/api/v1/exports/links.csv").text)
    answer = client.get("/api/v1/exports/links.csv?country=FR&year=2018")
    found = rows(answer.text)
    assert found == [row for row in everything if row["publication_id"] in numbers]
    assert 0 < len(found) == int(answer.headers["x-total-count"]) < len(everything)


def test_the_command_line_filters_as_the_interface_does(
    puma: Puma, client: TestClient, sample: Path, tmp_path: Path, machine: str
) -> None:
    file, config = tmp_path / "some.csv", ("--config", sample / "puma.toml")
    asked = ("--year", "2012-2019", "--instrument", machine, "--filter", "open_access=gold", "-o", file)
    answer = puma(*config, "export", "publications", *asked)
    assert answer.returncode == 0, answer.stderr
    params = {"year": "2012-2019", "instrument": machine, "open_access": "gold"}
    over_http = rows(client.get("/api/v1/exports/publications.csv", params=params).text)
    assert len(over_http) > 0
    assert rows(file.read_text("utf-8")) == over_http


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("figures/publications?contry=FR", "no parameter 'contry'"),
        ("figures/publications?country=France", "Is it FR?"),
        ("figures/publications?country=ZX", "two letters"),
        ("figures/publications?instrument=", "no instrument ''"),
        ("figures/publications?decision=accepted", "cannot be cut by 'decision'"),
        ("exports/behind.csv?metric=publications&decision=accepted", "cannot be cut by 'decision'"),
        ("exports/publications.csv?decision=accepted", "cannot be cut by 'decision'"),
        ("exports/publications.csv?years=2019", "no parameter 'years'"),
        ("exports/publications.csv?year=soon", "2015-2018"),
        ("exports/institutions.csv?country=FR", "has no filters"),
        ("publications?after=7", "no parameter 'after'"),
        ("search?instrumnt=IN5", "no parameter 'instrumnt'"),
        ("reports/facility.html?contry=FR", "no parameter 'contry'"),
    ],
)
def test_what_is_written_wrong_is_refused_and_never_answered_with_everything(
    client: TestClient, address: str, said: str
) -> None:
    answer = client.get(f"/api/v1/{address}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


def test_a_name_that_is_nearly_one_is_answered_with_that_one(puma: Puma, sample: Path, machine: str) -> None:
    wrong = f"{machine}x"
    answer = puma("--config", sample / "puma.toml", "metric", "publications", "--filter", f"instrument={wrong}")
    assert answer.returncode == 2
    assert machine in answer.stderr
    assert repr(wrong) in answer.stderr


def test_a_receipt_has_all_that_a_number_was_made_of(client: TestClient, installation: Installation) -> None:
    told = client.get("/api/v1/figures/receipts?metric=publications&country=FR&policy=strict").json()
    filters = {"country": ("FR",)}
    asked = Question("publications", (), filters, "strict")
    assert told["total"] == len(told["records"]) == installation.ask(EVERYTHING, asked).total
    assert told["records"] == installation.records_behind(EVERYTHING, asked)
    assert {"definition", "definition_version", "filters", "policy", "counting", "as_of", "sources"} <= told.keys()
    rate = "/api/v1/figures/receipts?metric=open_access_share"
    one, rest = (client.get(f"{rate}&part={part}").json()["records"] for part in ("numerator", "rest"))
    assert (len(one), len(one) + len(rest)) == (
        told_of(client, rate, "numerator"),
        told_of(client, rate, "denominator"),
    )


def told_of(client: TestClient, address: str, key: str) -> float:
    number: float = client.get(address).json()[key]
    return number


def as_role(installation: Installation, role: str) -> TestClient:
    app = make_app(installation)
    api: Any = next(getattr(route, "app", None) for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: Viewer(role, "somebody")
    return TestClient(app)


def test_filters_and_receipts_open_nothing_to_who_may_not_know(installation: Installation) -> None:
    viewer, stranger = as_role(installation, "viewer"), as_role(installation, "anonymous")
    seen = rows(viewer.get("/api/v1/exports/proposals.csv?year=1900-2200").text)
    assert seen
    assert {row["decision"] for row in seen} == {"accepted"}
    assert stranger.get("/api/v1/exports/proposals.csv?year=1900-2200").status_code in (401, 403)
    assert stranger.get("/api/v1/figures/receipts?metric=proposals").status_code in (401, 403)
    assert viewer.get("/api/v1/exports/links.csv?year=2018").status_code == 403
