"""The federated search API: LoopBack's filters with their limits, PaNET's order of techniques, counts that agree."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puma.api import make_app
from puma.provider.loopback import WrongFilter, condition, filter_of, like, of_text
from puma.provider.scopes import narrower
from puma.techniques import rolled_up, techniques
from tests.provider.conftest import PAPERS, Make, filled

PANET = "http://purl.org/pan-science/PaNET/"


@pytest.fixture
def client(make: Make) -> Iterator[TestClient]:
    house = make(requests_per_minute=0)
    filled(house)
    house.index(lambda _step, _done, _total: None, rebuild=True)
    with TestClient(make_app(house)) as made:
        yield made


def found(client: TestClient, collection: str, **filter: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/panosc-api/{collection}", params={"filter": json.dumps(filter)})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def include(relation: str, **scope: Any) -> dict[str, Any]:
    return {"relation": relation, "scope": scope}


def test_documents_are_told_with_members_and_by_their_pid(client: TestClient) -> None:
    members = include("members", include=[include("person"), include("affiliation")])
    (one,) = found(client, "Documents", where={"pid": "10.5555/p1"}, include=[members])
    assert (one["type"], one["isPublic"], one["releaseDate"]) == ("publication", True, "2011-05-02T00:00:00.000Z")
    assert [member["person"]["lastName"] for member in one["members"]] == ["Curie", "van der Berg"]
    assert one["members"][0]["affiliation"]["name"] == "Université de Paris, Paris, France"
    alone = client.get("/panosc-api/Documents/10.5555%2Fp1").json()
    assert alone["title"] == one["title"]
    assert client.get("/panosc-api/Documents/10.5555%2Fnone").status_code == 404


def test_conditions_leave_what_they_say_and_counts_agree(client: TestClient) -> None:
    for where, count in (
        ({"title": {"ilike": "SPIN ICE"}}, PAPERS - 1),
        ({"title": {"like": "Paper 3%"}}, 1),
        ({"or": [{"pid": "10.5555/p1"}, {"pid": "10.5555/p2"}]}, 2),
        ({"and": [{"title": {"ilike": "spin"}}, {"releaseDate": {"gt": "2015-01-01"}}]}, 2),
        ({"releaseDate": {"between": ["2011-01-01", "2012-12-31T23:59:59Z"]}}, 2),
        ({"pid": {"inq": ["10.5555/p1", "10.5555/p5", "10.5555/none"]}}, 2),
        ({"pid": {"nin": ["10.5555/p1"]}}, PAPERS - 1),
        ({"keywords": {"inq": ["spin ice"]}}, PAPERS),
        ({"text": "found ice"}, PAPERS),
        ({"isPublic": False}, 0),
        ({"title": {"ilike": "100%_none"}}, 0),
    ):
        assert len(found(client, "Documents", where=where)) == count, where
        said = client.get("/panosc-api/Documents/count", params={"where": json.dumps(where)}).json()
        assert said == {"count": count}


def test_a_broader_technique_finds_what_used_a_narrower_one(client: TestClient) -> None:
    def of(name: str, **more: Any) -> list[str]:
        asked = include("techniques", where={name: more.get("value", more)})
        return [one["pid"] for one in found(client, "Datasets", include=[asked])]

    assert of("pid", value="PaNET01189") == ["10.5555/d0"]
    assert of("pid", value=f"{PANET}PaNET01100") == ["10.5555/d1"]
    assert set(of("name", value="neutron scattering")) == {"10.5555/d0", "10.5555/d1"}
    assert of("name", ilike="small-angle") == ["10.5555/d0"]
    assert of("pid", inq=["PaNET01189", "PaNET01100"]) == ["10.5555/d0", "10.5555/d1"]
    assert of("pid", value="PaNET99999") == []


@pytest.mark.parametrize("code", ["PaNET01189", "PaNET01100", "PaNET01098"])
def test_narrower_is_the_inverse_of_rolled_up(code: str) -> None:
    label = techniques()[code].label
    assert set(narrower({code})) == {one for one in techniques() if label in rolled_up(one)}


def test_data_are_found_by_the_parameters_they_were_taken_with(client: TestClient) -> None:
    def held(**where: Any) -> list[str]:
        said = include("parameters", where={"and": [{name: value} for name, value in where.items()]})
        return [one["pid"] for one in found(client, "Datasets", include=[said])]

    cold, warm = "10.5555/d0", "10.5555/d1"
    assert held(name="temperature", value={"between": [1, 2]}, unit="K") == [cold]
    assert held(name="temperature", value={"gt": 1}) == [cold, warm]
    assert held(name="wavelength", value=4.5) == held(name="chemical_formula", value={"ilike": "cuo"}) == [cold]
    assert (
        held(name="wavelength", value={"lt": 4}) == held(name="temperature", value="cold") == held(name="colour") == []
    )
    told = client.get(
        "/panosc-api/Datasets", params={"filter": json.dumps({"include": [include("parameters")]})}
    ).json()
    assert told[0]["parameters"] == [
        {"name": "chemical_formula", "value": "La2CuO4"},
        {"name": "wavelength", "value": 4.5, "unit": "Å"},
        {"name": "temperature", "value": 1.8, "unit": "K"},
    ]


def test_hidden_datasets_are_in_no_answer_and_no_count(client: TestClient) -> None:
    assert client.get("/panosc-api/Datasets/count").json() == {"count": 2}
    assert client.get("/panosc-api/Datasets/10.5555%2Fd2").status_code == 404
    of_instrument = found(client, "Instruments", include=["datasets", "techniques"])
    assert len(of_instrument[0]["datasets"]) == 2
    assert of_instrument[0]["facility"] == "EPNS"


def test_scopes_narrow_what_they_are_told_along_with(client: TestClient) -> None:
    def documents(**person: Any) -> int:
        asked = include("members", include=[include("person", where=person)])
        return len(found(client, "Documents", include=[asked]))

    assert documents(lastName="Curie") == PAPERS
    assert documents(lastName="Meitner") == 0
    assert documents(orcid="0000-0002-1825-0097") == PAPERS
    machine = include("instrument", where={"name": "D7"})
    assert len(found(client, "Datasets", include=[machine])) == 2
    assert found(client, "Datasets", include=[include("instrument", where={"name": "D8"})]) == []
    assert found(client, "Datasets", include=[include("parameters", where={})]) != []


def test_paging_is_whole_and_words_order_by_how_well_they_fit(client: TestClient) -> None:
    pages = [found(client, "Documents", limit=2, skip=skip) for skip in range(0, PAPERS + 2, 2)]
    pids = [one["pid"] for page in pages for one in page]
    assert sorted(pids) == sorted({one["pid"] for one in found(client, "Documents")})
    assert pages[-1] == []
    best = found(client, "Documents", query="evil")
    assert [one["pid"] for one in best] == ["10.5555/p0"]
    assert best[0]["score"] == 1
    assert client.get("/panosc-api/Documents", params={"query": "(((", "filter": "{}"}).json() == []


WRONG = [
    "nonsense", "[]", '{"where": []}', '{"where": {"nope": 1}}', '{"where": {"title": {"regexp": "x"}}}',
    '{"where": {"and": {}}}', '{"where": {"releaseDate": {"gt": "soon"}}}', '{"where": {"pid": {"inq": "x"}}}',
    '{"include": [{"relation": "secrets"}]}', '{"include": [{}]}', '{"limit": -1}', '{"limit": "many"}',
    '{"order": "x", "nope": 1}', '{"where": {"releaseDate": {"between": ["2020-01-01"]}}}', '{"where": {"pid": null}}',
]  # fmt: skip


def test_what_is_not_known_is_400_with_a_sentence(client: TestClient) -> None:
    for text in (*WRONG, "[" * 3000, '{"where":' + '{"and":[' * 9 + "{}" + "]}" * 9 + "}"):
        answer = client.get("/panosc-api/Documents", params={"filter": text})
        assert (text, answer.status_code) == (text, 400)
        assert answer.json()["title"] == "Wrong filter"
    assert client.get("/panosc-api/Proposals").status_code == 422


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["where", "and", "or", "title", "like", "inq", "include", "limit", "x"]), inner,
                      max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(_json)
def test_no_filter_whatever_makes_a_fault(said: Any) -> None:
    with suppress(WrongFilter):
        wanted = filter_of(json.dumps(said))
        assert condition(wanted.where, {"title": of_text("x")}) is not None


def test_signs_of_patterns_stand_for_themselves_unless_somebody_wrote_a_pattern() -> None:
    assert like("a_b\\c") == "%a\\_b\\\\c%"
    assert like("a_b%") == "a\\_b%"
