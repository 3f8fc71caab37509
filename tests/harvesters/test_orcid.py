"""ORCID records: names, works without authors, several DOIs of one work, the data file's XML, and who is gone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import serving
from pydantic import ValidationError

from harvesters import orcid
from puma.claims import Claim, check
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

SOURCE = orcid.Source(name="or", harvester="orcid", path=Path("x"))
ADA, BO = "0000-0002-1825-0097", "0000-0001-5109-3700"
NAME = {"family-name": {"value": "Lind"}, "given-names": {"value": "Ada"}, "credit-name": None}


def record(name: dict[str, Any] | None = None, works: list[Any] | None = None, **person: Any) -> dict[str, Any]:
    return {
        "orcid-identifier": {"path": ADA},
        "person": {"name": NAME if name is None else name, **person},
        "activities-summary": {"works": {"group": works or []}},
    }


def read(given: dict[str, Any]) -> list[Claim]:
    return [check(claim) for claim in orcid.read(json.dumps(given).encode(), SOURCE)]


def summary(*ids: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    listed = [
        {"external-id-type": kind, "external-id-value": value, "external-id-relationship": how}
        for kind, value, how in ids
    ]
    given = {"put-code": 7, "path": f"/{ADA}/work/7", "title": {"title": {"value": "Spins"}}, "type": "journal-article"}
    return {**given, "external-ids": {"external-id": listed}, **more}


def work(*summaries: dict[str, Any]) -> Claim:
    (_, claim) = read(record(works=[{"work-summary": list(summaries)}]))
    return claim


def test_a_person_has_names_other_names_and_orcid_and_is_no_user() -> None:
    others = {"other-name": [{"content": "A. Lind-Moss"}, {"content": "A. Lind-Moss"}]}
    (person,) = read(record({**NAME, "credit-name": {"value": "Ada M. Lind"}}, **{"other-names": others}))
    assert person.keys == (("source", f"or:{ADA}"), ("orcid", ADA))
    assert person.values["names"] == ["Ada M. Lind", "A. Lind-Moss"]
    assert (person.values["family_name"], person.values["given_name"]) == ("Lind", "Ada")
    assert "user" not in person.values


def test_a_single_name_is_the_family_name() -> None:
    (person,) = read(record({"family-name": None, "given-names": {"value": "Suharto"}}))
    assert (person.values["family_name"], person.values["given_name"]) == ("Suharto", None)


def test_a_work_never_claims_a_list_of_authors() -> None:
    assert "authors" not in work(summary()).values


def test_of_several_dois_that_a_work_calls_its_own_the_first_is_taken_and_the_others_are_not_believed() -> None:
    claim = work(summary(("doi", "10.5072/A", "self"), ("doi", "10.5072/b", "self"), ("doi", "10.5072/c", "part-of")))
    assert claim.keys == (("doi", "10.5072/a"), ("source", f"or:{ADA}/work/7"))
    assert claim.values["related"] == [{"type": "IsPartOf", "scheme": "doi", "value": "10.5072/c"}]


def test_the_sources_of_one_work_complete_each_other() -> None:
    dated = summary(
        ("issn", "0000-0000 2052-2525", "SELF"),
        **{"publication-date": {"year": {"value": "2024"}, "month": {"value": "5"}}},
    )
    values = work(summary(("doi", "10.5072/a", "SELF"), type="JOURNAL_ARTICLE"), dated).values
    assert (values["type"], values["issn"], values["published_on"]) == ("JOURNAL_ARTICLE", "2052-2525", "2024-05-01")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("journal-article", "JOURNAL_ARTICLE"),
        ("CONFERENCE_PAPER", "PROCEEDINGS_ARTICLE"),
        ("dissertation-thesis", "THESIS"),
        ("DISSERTATION", "THESIS"),
        ("preprint", "PREPRINT"),
        ("lecture-speech", "OTHER"),
    ],
)
def test_types_of_all_versions_are_mapped(kind: str, expected: str) -> None:
    assert work(summary(type=kind)).values["type"] == expected


def test_a_data_set_is_a_dataset() -> None:
    assert work(summary(type="data-set")).kind == "dataset"


def test_employments_are_told_as_left_over() -> None:
    given = record()
    given["activities-summary"]["employments"] = {"path": "/x", "affiliation-group": [{"summaries": []}]}
    given["activities-summary"]["educations"] = {"path": "/x", "affiliation-group": []}
    (person,) = read(given)
    assert person.unread == ("activities-summary.employments",)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"person": {"name": NAME}, "orcid-identifier": {"path": "0000-0002-1825-0098"}}, "no valid ORCID"),
        (record({}), "name is not public"),
        ({"group": []}, "without works"),
        ({"error": {"response-code": 404, "developer-message": "gone"}}, "gone"),
        ({"work": {"put-code": 1, "title": None}}, "without a title"),
        ({"what": 1}, "neither"),
    ],
)
def test_what_can_not_be_read_is_skipped_with_a_reason(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(given)


def test_the_xml_of_the_data_file_gives_the_claims_of_the_json() -> None:
    xml = f"""<r:record xmlns:r="http://www.orcid.org/ns/record" xmlns:c="http://www.orcid.org/ns/common" path="/{ADA}">
      <c:orcid-identifier><c:path>{ADA}</c:path></c:orcid-identifier>
      <r:person><r:name path="{ADA}"><r:given-names>Ada</r:given-names><r:family-name>Lind</r:family-name></r:name>
      </r:person><r:activities-summary><r:works path="/{ADA}/works"><r:group>
        <r:work-summary put-code="7" path="/{ADA}/work/7"><r:title><c:title>Spins</c:title></r:title>
          <c:external-ids><c:external-id><c:external-id-type>doi</c:external-id-type>
            <c:external-id-value>10.5072/a</c:external-id-value><c:external-id-relationship>self</c:external-id-relationship>
          </c:external-id></c:external-ids><r:type>journal-article</r:type>
          <c:publication-date><c:year>2024</c:year></c:publication-date></r:work-summary>
      </r:group></r:works></r:activities-summary></r:record>"""
    dated = summary(("doi", "10.5072/a", "self"), **{"publication-date": {"year": {"value": "2024"}}})
    assert orcid.read(xml.encode(), SOURCE) == read(record(works=[{"work-summary": [dated]}]))


# --- Fetching --------------------------------------------------------------------------------------------------------


def answer(path: str, query: dict[str, str]) -> tuple[int, bytes]:
    if path == f"/v3.0/{ADA}/record":
        return 200, json.dumps(record()).encode()
    return (409, b"locked") if BO in path else (400, b"?")


def harvest(*orcids: str, cursor: Any = None) -> list[Page]:
    with serving(answer) as url:
        source = orcid.Source(
            name="or", harvester="orcid", url=f"{url}/v3.0", orcids=list(orcids), allow_private=True, timeout_s=5
        )
        with Web(source) as web:
            return list(orcid.fetch(source, Visit(web, datetime(2026, 3, 2, tzinfo=UTC), cursor=cursor)))


def test_one_who_is_gone_is_told_and_the_next_is_asked_for() -> None:
    pages = harvest(BO, f"https://orcid.org/{ADA}")
    assert [page.skipped for page in pages] == [((BO, "the record is locked or deactivated"),), ()]
    assert [record.key for page in pages for record in page.records] == [ADA]
    assert harvest(BO, ADA, cursor=pages[0].cursor) == pages[1:]
    assert harvest(BO, ADA, cursor=pages[1].cursor) == []


def test_a_fault_that_concerns_everybody_stops_the_run() -> None:
    with pytest.raises(StopRun):
        harvest("0000-0002-9079-593X")


def test_settings_name_only_real_orcids() -> None:
    with pytest.raises(ValidationError, match="no ORCID iD"):
        harvest("0000-0002-1825-0098")
