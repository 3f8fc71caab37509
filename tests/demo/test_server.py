"""The sample facility answers as the real services do: every protocol, page by page, and never the truth."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import pytest

from harvesters import pdb, transfers
from puma.demo.server import serve
from puma.harvesting import Visit
from puma.harvesting.transport import Web
from tests.demo.conftest import Written

OAI = "{http://www.openarchives.org/OAI/2.0/}"
MARC = "{http://www.loc.gov/MARC21/slim}"
NOW = datetime(2026, 6, 30, tzinfo=UTC)
DC = "{http://purl.org/dc/elements/1.1/}"


@pytest.fixture(scope="module")
def base(written: Written) -> Iterator[str]:
    with serve(written.folder) as url:
        yield url


def oai(base: str, **arguments: str) -> ET.Element:
    with urlopen(f"{base}/oai?{urlencode(arguments)}") as answer:
        return ET.fromstring(answer.read())


def asked(base: str, path: str) -> Any:
    with urlopen(f"{base}{path}") as answer:
        return json.loads(answer.read())


def harvested(base: str, verb: str, **arguments: str) -> list[ET.Element]:
    """All headers of a list request, following the tokens."""
    found: list[ET.Element] = []
    root = oai(base, verb=verb, **arguments)
    while True:
        assert root.find(f"{OAI}error") is None
        found += list(root.iter(f"{OAI}header"))
        token = root.find(f".//{OAI}resumptionToken")
        if token is None or not token.text:
            return found
        root = oai(base, verb=verb, resumptionToken=token.text)


def identifiers(headers: list[ET.Element]) -> list[str]:
    return [header.findtext(f"{OAI}identifier") or "" for header in headers]


@pytest.mark.parametrize("prefix", ["marcxml", "oai_dc"])
def test_paging_gives_every_record_once(base: str, written: Written, prefix: str) -> None:
    found = identifiers(harvested(base, "ListRecords", metadataPrefix=prefix))
    assert len(found) == written.counts["library"]
    assert len(set(found)) == len(found)
    assert found == identifiers(harvested(base, "ListIdentifiers", metadataPrefix=prefix))


def test_yearly_windows_add_up_to_the_whole(base: str, written: Written) -> None:
    found: list[str] = []
    for year in range(2004, 2027):
        window = {"from": f"{year}-01-01", "until": f"{year}-12-31"}
        root = oai(base, verb="ListIdentifiers", metadataPrefix="marcxml", **window)
        if root.find(f"{OAI}error") is None:
            found += identifiers(harvested(base, "ListIdentifiers", metadataPrefix="marcxml", **window))
    assert len(found) == len(set(found)) == written.counts["library"]


def test_deleted_records_keep_their_header_only(base: str) -> None:
    headers = harvested(base, "ListIdentifiers", metadataPrefix="marcxml", set="archive")
    deleted = [header for header in headers if header.get("status") == "deleted"]
    assert deleted
    identifier = deleted[0].findtext(f"{OAI}identifier") or ""
    root = oai(base, verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
    assert root.find(f".//{OAI}metadata") is None


def test_marcxml_has_affiliations_and_dublin_core_has_none(base: str) -> None:
    marc = oai(base, verb="ListRecords", metadataPrefix="marcxml", set="publications")
    codes = {
        one.get("code")
        for field in marc.iter(f"{MARC}datafield")
        if field.get("tag") in {"100", "700"}
        for one in field.iter(f"{MARC}subfield")
    }
    assert {"a", "b", "u"} <= codes
    core = oai(base, verb="ListRecords", metadataPrefix="oai_dc", set="publications")
    assert list(core.iter(f"{DC}creator"))
    assert list(core.iter(f"{DC}title"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "marcxml", "colour": "red"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "mods"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "resumptionToken": "nonsense"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "marcxml", "from": "2100-01-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "marcxml", "from": "yesterday"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "marcxml", "identifier": "oai:none:1"}, "idDoesNotExist"),
    ],
)
def test_protocol_errors_have_their_codes(base: str, arguments: dict[str, str], code: str) -> None:
    error = oai(base, **arguments).find(f"{OAI}error")
    assert error is not None
    assert error.get("code") == code


def test_identify_sets_and_formats_answer(base: str) -> None:
    assert oai(base, verb="Identify").findtext(f".//{OAI}deletedRecord") == "persistent"
    assert "archive" in [one.text for one in oai(base, verb="ListSets").iter(f"{OAI}setSpec")]
    formats = oai(base, verb="ListMetadataFormats")
    assert [one.text for one in formats.iter(f"{OAI}metadataPrefix")] == ["marcxml", "oai_dc"]


def test_the_crossref_cursor_reaches_every_work(base: str, written: Written) -> None:
    cursor, found = "*", []
    while True:
        message = asked(base, f"/crossref/works?cursor={quote(cursor)}&rows=100")["message"]
        assert message["total-results"] == written.counts["crossref"]
        if not message["items"]:
            break
        found += [one["DOI"] for one in message["items"]]
        cursor = message["next-cursor"]
    assert len(found) == len(set(found)) == written.counts["crossref"]


def test_crossref_filters_select_and_unknown_ones_are_refused(base: str) -> None:
    answer = asked(base, "/works?filter=from-pub-date:2020-01-01,type:journal-article&rows=1000")
    items = answer["message"]["items"]
    assert items
    assert all(one["issued"]["date-parts"][0][0] >= 2020 for one in items)
    assert answer["message"]["total-results"] == len(items)
    with pytest.raises(HTTPError, match="400"):
        asked(base, "/works?filter=colour:red")


def test_one_crossref_work_can_be_asked_for(base: str) -> None:
    first = asked(base, "/works?rows=1")["message"]["items"][0]
    assert asked(base, f"/works/{quote(first['DOI'])}")["message"] == first
    with pytest.raises(HTTPError, match="404"):
        asked(base, "/works/10.99999/none")


def test_the_datacite_cursor_reaches_every_dataset(base: str, written: Written) -> None:
    following, found = "/datacite/dois?page[cursor]=1&page[size]=100", []
    while following:
        page = asked("" if following.startswith("http") else base, following)
        found += [one["id"] for one in page["data"]]
        following = page["links"].get("next", "")
    assert len(found) == len(set(found)) == written.counts["datasets"]


def test_the_harvesters_of_structures_and_transfers_read_what_is_served(base: str, written: Written) -> None:
    web = {"allow_private": True, "facility": "EPNS"}
    bank = pdb.Source(
        name="structures", harvester="pdb", url=f"{base}/pdb", search_url=f"{base}/pdb/search", sites=["EPNS"], **web
    )
    with Web(bank) as transport:
        pages = list(pdb.fetch(bank, Visit(transport, NOW)))
    claims = [claim for page in pages for record in page.records for claim in pdb.read(record.payload, bank)]
    assert len(claims) == written.counts["pdb/entries"]
    assert {claim.values["instrument_name"] for claim in claims} == {"L02"}
    for name in ("globus.csv", "portal.jsonl"):
        log = transfers.Source(name=name, harvester="transfers", url=f"{base}/transfers/{name}", **web)
        with Web(log) as transport:
            pages = list(transfers.fetch(log, Visit(transport, NOW)))
        assert not any(page.skipped for page in pages)
        carried = [claim for page in pages for one in page.records for claim in transfers.read(one.payload, log)]
        with_proposal = [claim for claim in carried if claim.values["proposal_code"] and claim.values["session_on"]]
        assert len(carried) >= len(with_proposal) > 10


def test_the_protein_bank_refuses_what_is_no_query_and_tells_only_what_was_revised_since(base: str) -> None:
    def ids(*nodes: tuple[str, object]) -> list[str]:
        asked_nodes = [{"parameters": {"attribute": name, "value": value}} for name, value in nodes]
        answer = asked(base, f"/pdb/search?json={quote(json.dumps({'query': {'nodes': asked_nodes}}))}")
        return [one["identifier"] for one in answer["result_set"]]

    here = ("diffrn_source.pdbx_synchrotron_site", ["EPNS"])
    lately = ids(here, ("rcsb_accession_info.revision_date", "2022-01-01T00:00:00Z"))
    assert 0 < len(lately) < len(ids(here))
    assert ids(("diffrn_source.pdbx_synchrotron_site", ["ELSEWHERE"])) == []
    for question in ("nonsense", "{}"):
        with pytest.raises(HTTPError, match="400"):
            asked(base, f"/pdb/search?json={question}")


@pytest.mark.parametrize(
    "path",
    [
        "/scicat/api/v3/publishedData",
        "/scicat/proposals",
        "/panosc/Datasets",
        "/panosc/panosc-api/Documents",
    ],
)
def test_catalogue_lists_page_by_skip_and_limit(base: str, path: str) -> None:
    everything = asked(base, f"{path}?limit=1000")
    found: list[object] = []
    while True:
        page = asked(base, f"{path}?filter={quote(json.dumps({'skip': len(found), 'limit': 60}))}")
        assert isinstance(page, list)
        found += page
        if len(page) < 60:
            break
    assert found == everything
    assert asked(base, f"{path}/count") == {"count": len(found)}


def test_a_filter_that_is_no_json_is_a_bad_request(base: str) -> None:
    with pytest.raises(HTTPError, match="400"):
        asked(base, "/panosc/Datasets?filter=%7Bbroken")


def test_links_in_records_lead_to_the_server_itself(base: str) -> None:
    with urlopen(f"{base}/oai?verb=ListRecords&metadataPrefix=marcxml") as answer:
        text = answer.read().decode()
    links = [part.split("<")[0] for part in text.split('<subfield code="u">') if part.startswith("http")]
    assert links
    with urlopen(links[0]) as answer:
        assert answer.headers["Content-Type"] == "application/pdf"


def test_the_truth_and_everything_outside_are_not_served(base: str) -> None:
    for path in (
        "/truth/truth.csv",
        "/user_office/../truth/truth.csv",
        "/user_office/%2e%2e/truth/truth.csv",
        "/world.json",
        "/",
    ):
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{base}{path}")


def test_the_port_is_free_again_afterwards(written: Written) -> None:
    with serve(written.folder) as url, urlopen(f"{url}/user_office/calls.csv") as answer:
        assert answer.read().startswith(b"code,facility")
    with pytest.raises(OSError, match="refused"):
        urlopen(url)
