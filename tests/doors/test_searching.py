"""Searching over HTTP: exclusions, values of a facet, offers while typing, whole results as files, nasty texts."""

import csv
import hashlib
import io
import json
from typing import Any

import pytest
import rispy
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from python_calamine import CalamineWorkbook

from puma.access import Viewer
from puma.api import make_app
from puma.api.search import Wanted
from puma.installation import Installation
from puma.listing import FOUND, RecordView
from puma.search.documents import FACETS

NASTY = [
    '"', '""', '"open', "(", ")", "((", "(a", "a)", "()", "( )", "|", "a |", "| a", "a || b", "+", "-", "--", "-a",
    "+a", "a -", "a - b", "*", "**", "a*", "ab*", "*ab", "a*b", ":", "a:", ":a", "author:", "author:(", "author:-x",
    "year:", "year:x", "year:2015-", "year:9999999999", "nosuch:field", "AND", "OR", "NOT", "a AND", "NOT a",
    "a NOT b OR",
    "'; DROP TABLE record; --", "<script>alert(1)</script>", "{{7*7}}", "%s%n", "\\", "\\x00", "\x00", "\u202e",
    "é" * 500, "a" * 301, "a " * 65, "(" * 50 + "a" + ")" * 50, "🧪", "量子 x", "C++", "10.1016/S0168-9002(00)00123-4",
    "http://x/?y=z", "a" * 1999,
]  # fmt: skip


@pytest.fixture(scope="module")
def client(installation: Installation) -> TestClient:
    return TestClient(make_app(installation))


def as_role(installation: Installation, role: str) -> TestClient:
    app = make_app(installation)
    api = next(route.app for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: Viewer(role, "somebody")
    return TestClient(app)


def found(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/search", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_every_facet_can_be_chosen_and_excluded_by_its_own_name() -> None:
    keys = {field.alias or name for name, field in Wanted.model_fields.items()}
    assert {*FACETS, *(f"-{name}" for name in FACETS)} <= keys


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), text=st.sampled_from(["", "neutron", "scattering -magnetic", "x-ray | neutron"]))
def test_a_facet_counts_what_a_click_on_it_leaves_under_any_filters(client: TestClient, data: Any, text: str) -> None:
    asked: dict[str, Any] = {"q": text, "limit": 1}
    for _ in range(data.draw(st.integers(0, 2))):
        facets = {
            name: values for name, values in found(client, **asked)["facets"].items() if values and name != "year"
        }
        if not facets:
            break
        name = data.draw(st.sampled_from(sorted(facets)))
        value = data.draw(st.sampled_from(facets[name]))["value"]
        key = f"-{name}" if data.draw(st.booleans()) else name
        asked[key] = [*asked.get(key, []), value]
    answer = found(client, **asked)
    for name, values in answer["facets"].items():
        for one in (values[:1] + values[-1:]) if name != "year" else []:
            others = {key: some for key, some in asked.items() if key != name}
            assert found(client, **others, **{name: one["value"]})["total"] == one["count"] > 0, (asked, name, one)


def test_years_are_all_counted_and_sum_to_the_documents_that_have_one(client: TestClient) -> None:
    answer = found(client, limit=1000, q="neutron")
    years = [int(one["value"]) for one in answer["facets"]["year"]]
    assert sum(one["count"] for one in answer["facets"]["year"]) <= answer["total"]
    assert len(years) == len(set(years))
    ids = {hit["id"]: hit["fields"].get("year") for hit in answer["hits"]}
    assert {year for year in ids.values() if year} <= set(years)


def test_a_broader_technique_finds_what_the_narrower_one_finds(client: TestClient) -> None:
    broad = found(client, technique="PaNET01124")["total"]
    narrow = found(client, technique="PaNET01189")["total"]
    assert broad >= narrow > 0
    both = found(client, technique=["PaNET01189"], **{"-technique": ["small angle scattering"]})
    assert both["total"] == 0


def test_values_of_a_facet_are_found_by_name_with_what_a_click_leaves(client: TestClient) -> None:
    values = client.get("/api/v1/search/values/country", params={"like": "uni", "q": "neutron"}).json()
    assert [one["value"] for one in values][:1] == ["United Kingdom"]
    for one in values:
        assert found(client, q="neutron", country=one["value"])["total"] == one["count"]
    assert client.get("/api/v1/search/values/year").status_code == 404


def test_offers_carry_identifiers_and_name_what_they_replace(client: TestClient) -> None:
    offer = client.get("/api/v1/suggest", params={"q": "ice grenob"}).json()
    assert offer["typed"] == "grenob"
    place = offer["items"][0]
    assert place["field"] == "institution"
    assert "FR" in place["detail"]
    assert found(client, institution=place["value"])["total"] == place["count"]
    technique = client.get("/api/v1/suggest", params={"q": "small angle neu"}).json()["items"][0]
    assert technique["detail"] == "PaNET01189"
    assert client.get("/api/v1/suggest", params={"q": "ab"}).json()["items"] == []
    assert client.get("/api/v1/suggest").json()["items"] == []


def test_a_code_that_is_begun_opens_its_proposal(client: TestClient, installation: Installation) -> None:
    code = found(client, kind="proposal", limit=1)["hits"][0]["fields"]["code"]
    records = [
        one for one in client.get("/api/v1/suggest", params={"q": code}).json()["items"] if one["field"] == "record"
    ]
    assert code in {one["value"] for one in records}


def test_who_is_known_from_hidden_proposals_only_is_never_offered(installation: Installation) -> None:
    office, viewer = as_role(installation, "user_office"), as_role(installation, "viewer")
    hidden = [
        one["value"]
        for one in office.get("/api/v1/search/values/author", params={"kind": "proposal", "most": 200}).json()
        if found(viewer, author=one["value"])["total"] == 0
    ]
    assert hidden
    for name in hidden[:15]:
        typed = name.split(",")[0]
        items = viewer.get("/api/v1/suggest", params={"q": typed}).json()["items"]
        assert name not in {one["label"] or one["value"] for one in items}
        assert name in {
            one["value"]
            for one in office.get("/api/v1/search/values/author", params={"like": name, "most": 200}).json()
        }
    for one in found(viewer, limit=1)["facets"]["person"]:
        assert found(viewer, author=one["label"].partition(" #")[0], limit=1)["total"], "a name that may be read"
    secret = found(office, category="PROPOSAL_REFUSED", limit=5)["hits"]
    for hit in secret:
        items = viewer.get("/api/v1/suggest", params={"q": hit["fields"]["code"]}).json()["items"]
        assert hit["id"] not in {one["record_id"] for one in items}


@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_a_fault(client: TestClient, text: str) -> None:
    answer = client.get("/api/v1/search", params={"q": text, "limit": 3})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422 and "hint" in answer.json():
        assert 0 <= answer.json()["position"] <= len(text)
    assert client.get("/api/v1/suggest", params={"q": text}).status_code == 200
    assert client.get("/api/v1/search/values/author", params={"like": text[:200]}).status_code == 200


ASKED = {"q": "neutron", "-country": ["France"], "sort": "title"}


def test_every_file_of_a_search_has_as_many_records_as_the_search(client: TestClient) -> None:
    total = found(client, **ASKED)["total"]
    for name in ("csv", "xlsx", "jsonl", "bibtex", "ris", "csl"):
        answer = client.get(f"/api/v1/exports/search.{name}", params=ASKED)
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["x-total-count"]) == total > 100, name
        assert 'rel="describedby"' in answer.headers["link"]
    assert len(rispy.loads(client.get("/api/v1/exports/search.ris", params=ASKED).text)) == total
    assert len(client.get("/api/v1/exports/search.csl", params=ASKED).json()) == total


def test_a_file_has_the_order_of_the_list_and_its_manifest_proves_it(client: TestClient) -> None:
    listed = [hit["id"] for hit in found(client, **ASKED, limit=1000)["hits"]]
    text = client.get("/api/v1/exports/search.csv", params=ASKED).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == tuple(FOUND)
    numbers = [int(row["id"]) for row in rows]
    assert numbers[:1000] == listed
    manifest = client.get("/api/v1/exports/search.manifest.json", params=ASKED).json()
    assert manifest["total"] == len(rows)
    assert manifest["excluded"] == {"country": ["France"]}
    assert manifest["ids_sha256"] == hashlib.sha256("".join(f"{n}\n" for n in numbers).encode()).hexdigest()
    lines = client.get("/api/v1/exports/search.jsonl", params=ASKED).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == numbers


def test_a_workbook_says_what_was_asked_and_what_its_columns_mean(client: TestClient) -> None:
    body = client.get("/api/v1/exports/search.xlsx", params=ASKED).content
    about = [
        str(row[0]) for row in CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_name("About").to_python()
    ]
    assert "words: neutron" in about
    assert any(line.startswith("exported_at: ") for line in about)
    assert f"Column code: {FOUND['code']}" in about


def test_a_file_for_a_viewer_holds_nothing_that_is_hidden_from_them(installation: Installation) -> None:
    viewer = as_role(installation, "viewer")
    rows = list(csv.DictReader(io.StringIO(viewer.get("/api/v1/exports/search.csv", params={"kind": "proposal"}).text)))
    assert {row["type"] for row in rows} == {"PROPOSAL_ACCEPTED"}
    assert len(rows) == found(viewer, kind="proposal")["total"]


def test_the_json_of_records_is_valid_against_the_schema_that_they_name(client: TestClient) -> None:
    schema = client.get("/record/schema.json").json()
    assert set(schema["required"]) <= set(schema["properties"])
    for kind in ("publication", "proposal", "dataset"):
        number = found(client, kind=kind, limit=1)["hits"][0]["id"]
        answer = client.get(f"/record/{number}.json")
        assert "/record/schema.json" in answer.headers["link"]
        view = TypeAdapter(RecordView).validate_json(answer.content)
        assert (view.id, view.kind) == (number, kind)
        assert set(answer.json()) == set(schema["properties"])


def test_the_page_of_a_record_leads_machines_to_its_doi_data_and_licence(client: TestClient) -> None:
    hit = next(one for one in found(client, kind="publication", limit=50)["hits"] if one["fields"].get("doi"))
    link = client.get(f"/record/{hit['id']}").headers["link"]
    head = client.head(f"/record/{hit['id']}")
    assert (head.status_code, head.headers["link"], head.content) == (200, link, b"")
    assert f'<https://doi.org/{hit["fields"]["doi"]}>; rel="cite-as"' in link
    for suffix in (".json", ".jsonld", ".csl.json", ".bib", ".ris"):
        assert f'</record/{hit["id"]}{suffix}>; rel="describedby"' in link
        assert client.get(f"/record/{hit['id']}{suffix}").status_code == 200
    told = client.get(f"/record/{hit['id']}.jsonld").json()
    assert told["@context"] == "https://schema.org"
    assert told["@id"] == f"https://doi.org/{hit['fields']['doi']}"
    assert told["name"] == hit["fields"]["title"]


def test_what_may_not_be_known_has_no_header_no_data_and_no_citation(installation: Installation) -> None:
    office, viewer = as_role(installation, "user_office"), as_role(installation, "viewer")
    secret = found(office, category="PROPOSAL_REFUSED", limit=1)["hits"][0]["id"]
    assert office.get(f"/record/{secret}.bib").status_code == 200
    for suffix in (".json", ".jsonld", ".csl.json", ".bib", ".ris"):
        assert viewer.get(f"/record/{secret}{suffix}").status_code == 404
