"""ICAT: the interface, its dumps in XML and in YAML say the same; what free references say, and who may know."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from harvesters import icat
from harvesters._icat_dump import dumped
from harvesters._icat_reading import reference, role, times
from puma.claims import Claim, check
from puma.errors import PumaError, SkipRecord, StopRun
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "sample_data" / "icat"


@dataclass
class Server:
    """An ICAT that gives sessions for a password; a session lasts for ``lasts`` questions."""

    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lasts: int = 1000
    fault: str = ""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    left: int = 0

    def signed_in(self, said: dict[str, Any]) -> object:
        if said.get("password") != "hunter2":
            return {"code": "SESSION", "message": "nobody"}
        self.sessions.append(f"session-{len(self.sessions)}")
        self.left = self.lasts
        return {"sessionId": self.sessions[-1]}

    def answer(self, query: str) -> object:
        self.asked.append(query)
        kind = re.findall(r"SELECT o FROM (\w+)", query)[0]
        after, size = int(re.findall(r"o\.id > (-?\d+)", query)[0]), int(re.findall(r"LIMIT 0, (\d+)", query)[0])
        held = sorted(self.held.get(kind, []), key=lambda one: one["id"])
        if self.fault == "again":
            after = -1
        return [{kind: one} for one in held if one["id"] > after][:size]


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server at ``server.url`` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] == "application/json":
                said = json.loads(body)
            else:  # the server's own way: the account as JSON within a form
                found = json.loads(parse_qs(body.decode())["json"][0])
                said = {name: value for one in found["credentials"] for name, value in one.items()}
            self._send(200, server.signed_in(said))

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            server.left -= 1
            if asked["sessionId"] != server.sessions[-1:] or server.left < 0:
                self._send(403, {"code": "SESSION", "message": "unknown session"})
            else:
                self._send(200, server.answer(asked["query"][0]))

        def _send(self, status: int, found: object) -> None:
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
    server.url = f"http://127.0.0.1:{web.server_port}/icat"
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Starts servers; they end with the test."""
    monkeypatch.setenv("ICAT_PASSWORD", "hunter2")
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(serving(Server(**how)))


def settings(**given: Any) -> icat.Source:
    return icat.Source(**{"name": "cat", "harvester": "icat", "facility": "EPNS", **given})


def harvest(cursor: Any = None, **given: Any) -> list[Page]:
    source = settings(**given)
    with Web(source, pause=lambda _: None) as web:
        return list(icat.fetch(source, Visit(web, NOW, cursor=cursor)))


def asked(server: Server, cursor: Any = None, **given: Any) -> list[Page]:
    way_in = {"sign_in": f"{server.url}/session", "username": "reader", "password": "env:ICAT_PASSWORD"}
    return harvest(cursor, **{"url": server.url, "allow_private": True, **way_in, **given})


def payloads(pages: list[Page]) -> dict[str, bytes]:
    return {record.key: record.payload for page in pages for record in page.records}


def many(number: int) -> dict[str, list[dict[str, Any]]]:
    facility = {"name": "EPNS"}
    return {
        "Instrument": [{"id": 900, "name": "P17", "facility": facility}],
        "Investigation": [
            {"id": 3 * n, "name": f"MA-{n}", "visitId": "1", "facility": facility} for n in range(number)
        ],
    }


def claims(kind: str, inner: dict[str, Any], **given: Any) -> list[Claim]:
    source = settings(path=Path("x"), **given)
    return [check(claim) for claim in icat.read(json.dumps({kind: inner}).encode(), source)]


def investigation(**values: Any) -> dict[str, Any]:
    return {"name": "MA-4711", "visitId": "MA-4711-1", "title": "T", "startDate": "2024-03-04T08:00:00Z", **values}


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_all_objects_come_whatever_the_size_of_a_page(start: Callable[..., Server], page_size: int) -> None:
    pages = asked(start(held=many(7)), page_size=page_size)
    keys = [record.key for page in pages for record in page.records]
    assert keys == ["Instrument EPNS/P17", *(f"Investigation EPNS/MA-{n}/1" for n in range(7))]


def test_a_run_that_stopped_goes_on_behind_any_page(start: Callable[..., Server]) -> None:
    server = start(held=many(5))
    pages = asked(server, page_size=2)
    for number, page in enumerate(pages):
        rest = asked(server, json.loads(json.dumps(page.cursor)), page_size=2)
        assert [one.records for one in rest] == [one.records for one in pages[number + 1 :]]


def test_a_session_that_runs_out_is_opened_again(start: Callable[..., Server]) -> None:
    server = start(held=many(9), lasts=3)
    assert len(payloads(asked(server, page_size=2))) == 10
    assert len(server.sessions) > 1


def test_a_server_that_stands_alone_signs_in_itself(start: Callable[..., Server]) -> None:
    server = start(held=many(3))
    pages = harvest(url=server.url, allow_private=True, username="reader", password="env:ICAT_PASSWORD")
    assert len(payloads(pages)) == len(payloads(asked(server)))
    assert len(payloads(pages)) > 0


def test_a_session_of_ones_own_is_used_as_it_is(start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(held=many(2))
    server.signed_in({"password": "hunter2"})
    monkeypatch.setenv("ICAT_SESSION", server.sessions[0])
    own = {"session": "env:ICAT_SESSION", "sign_in": "", "username": "", "password": ""}
    assert len(payloads(asked(server, **own))) == 3


def test_neither_password_nor_session_is_in_a_message(
    start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICAT_SESSION", "session-secret")
    own = {"session": "env:ICAT_SESSION", "sign_in": "", "username": "", "password": ""}
    for given, fault in ((own, "403"), ({"password": ""}, "no session"), ({}, "again and again")):
        server = start(held=many(5), fault="again")
        with pytest.raises(PumaError, match=fault) as told:
            asked(server, page_size=2, **given)
        assert not re.search("hunter2|session-", str(told.value))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "https://icat.example/icat"}, "session"),
        ({"url": "https://icat.example/icat", "session": "abc"}, "secret"),
        ({"url": "https://icat.example/icat", "sign_in": "https://x.example", "password": "abc"}, "secret"),
        ({"path": Path("x"), "proposal_pattern": "("}, "regular expression"),
        ({"path": Path("x"), "proposal_pattern": "(?P<code>.)"}, "no group"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(**given)


def test_a_server_before_5_is_not_asked_for_what_it_does_not_know(start: Callable[..., Server]) -> None:
    server = start(held=many(1))
    asked(server, version=4)
    assert not re.search("DataPublication|funding", " ".join(server.asked))


MEASURED = {"name": "Sample temperature", "units": "K"}
HELD = {"name": "blade", "type": {"name": "alloy", "molecularFormula": "NiAl"}}


def test_a_dump_says_what_the_interface_says(tmp_path: Path) -> None:
    """The answer of the sample as the interface gives it, and the same objects as dumps in both formats."""
    facility = {"name": "EPNS"}
    measured = [{"numericValue": "4.2", "type": MEASURED}]
    more = {"doi": "10.5555/epns.inv.11", "fileSize": "17", "parameters": measured, "samples": [HELD]}
    answer = {"Investigation": investigation(facility=facility, type={"name": "Experiment"}, **more)}
    xml = """<icatdata><data><facility id="F"><name>EPNS</name></facility>
      <investigationType id="T"><name>Experiment</name></investigationType>
      <parameterType id="P"><name>Sample temperature</name><units>K</units></parameterType>
      <sampleType id="A"><name>alloy</name><molecularFormula>NiAl</molecularFormula></sampleType>
      <investigation id="I"><doi>10.5555/epns.inv.11</doi><name>MA-4711</name><visitId>MA-4711-1</visitId>
      <title>T</title><fileSize>17</fileSize><startDate>2024-03-04T08:00:00Z</startDate>
      <parameters><numericValue>4.2</numericValue><type ref="P"/></parameters>
      <facility ref="F"/><type ref="T"/></investigation>
      <sample id="S"><name>blade</name><type ref="A"/><investigation ref="I"/></sample>
      </data></icatdata>"""
    yaml = """---
facility: {Facility_name-EPNS: {name: EPNS}}
investigationType: {InvestigationType_name-E: {name: Experiment}}
parameterType: {ParameterType_name-S: {name: Sample temperature, units: K}}
sampleType: {SampleType_name-A: {name: alloy, molecularFormula: NiAl}}
investigation: {Investigation_name-I: {doi: 10.5555/epns.inv.11, name: MA-4711, visitId: MA-4711-1, title: T,
  startDate: 2024-03-04T08:00:00Z, fileSize: 17, parameters: [{numericValue: '4.2', type: ParameterType_name-S}],
  facility: Facility_name-EPNS, type: InvestigationType_name-E}}
sample: {Sample_name-S: {name: blade, type: SampleType_name-A, investigation: Investigation_name-I}}
"""
    found = []
    for name, body in {"a.json": json.dumps([answer]), "b.xml": xml, "c.yaml": yaml}.items():
        (tmp_path / name).write_text(body)
        found.append(payloads(harvest(path=tmp_path / name)))
    assert found[1] == found[0]
    assert found[2] == found[0]
    (payload,) = found[0].values()
    data = next(claim for claim in icat.read(payload, settings(path=Path("x"))) if claim.kind == "dataset")
    assert (data.values["formula"], data.values["temperature"]) == ("NiAl", 4.2)


def test_data_have_the_conditions_of_the_sets_in_them_and_the_formulas_of_their_samples() -> None:
    own = [{"numericValue": 12.0, "type": {"name": "photonEnergy", "units": "keV"}}]
    sets = [
        {"sample": HELD, "parameters": [{"numericValue": 300, "type": MEASURED}, {"type": MEASURED}]},
        {"sample": {"name": "bare"}, "parameters": [{"stringValue": "photon", "type": {"name": "Probe"}}]},
    ]
    content = {"parameters": own, "dataCollectionDatasets": [{"dataset": one} for one in sets]}
    (data,) = claims("DataPublication", {"pid": "DOI:10.5555/epns.pub.1", "title": "Blades", "content": content})
    conditions = {name: data.values.get(name) for name in ("formula", "energy", "temperature", "wavelength")}
    assert conditions == {"formula": "NiAl", "energy": 12_000.0, "temperature": 300.0, "wavelength": None}


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("a.xml", b"<!DOCTYPE x [<!ENTITY e 'x'>]><icatdata/>", "DOCTYPE"),
        ("a.xml", b"<icatdata><data><user", "no well-formed XML"),
        ("a.xml", b"<html/>", "no dump"),
        ("a.yaml", b"a: &x [1]\nb: [*x, *x]\n", "by reference"),
        ("a.yaml", b"--- !!python/object/apply:os.system ['true']\n", "no well-formed YAML"),
        ("a.yaml", b"- a\n- b\n", "no objects"),
    ],
)
def test_a_file_that_is_no_dump_is_told_with_its_reason(name: str, body: bytes, says: str) -> None:
    with pytest.raises(SkipRecord, match=says):
        list(dumped(name, body))


@pytest.mark.parametrize(
    ("name", "visit", "proposal", "experiment"),
    [
        ("MA-4711", "MA-4711-1", "MA-4711", "MA-4711-1"),
        ("CM2064", "cm2064-1", "CM2064", "cm2064-1"),
        ("10100601-ST", "1.1-N", "10100601-ST", "10100601-ST/1.1-N"),
        ("RB1234", "N/A", "RB1234", "RB1234"),
        ("RB1234", "", "RB1234", "RB1234"),
    ],
)
def test_a_visit_that_does_not_repeat_the_name_stands_behind_it(
    name: str, visit: str, proposal: str, experiment: str
) -> None:
    found = claims("Investigation", investigation(name=name, visitId=visit))
    assert [claim.values["code"] for claim in found] == [proposal, experiment]


def test_another_facility_names_its_proposals_in_its_own_way() -> None:
    (claim, _) = claims("Investigation", investigation(), proposal_pattern=r"\|(?P<proposal>.+)-\d+$")
    assert claim.values["code"] == "MA-4711"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Principal Investigator", "proposer"),
        ("Main proposer", "proposer"),
        ("PI", "proposer"),
        ("Investigator", "co_proposer"),
        ("Co-Investigator", "co_proposer"),
        ("Local contact", "local_contact"),
        ("Instrument Scientist", "local_contact"),
        ("Participant", None),
        ("", None),
    ],
)
def test_roles_are_those_of_a_proposal(words: str, found: str | None) -> None:
    assert role(words) == found


@pytest.mark.parametrize(
    ("words", "doi", "year", "title"),
    [
        ("A. Hau.  Properties of NiMnGa.  Adv. Mater. 2011, 1", None, 2011, ""),
        ("Doe, J. (2024). Lattice rotations in blades. Rep. 11, 3.", None, 2024, "Lattice rotations in blades"),
        ("J. Doe, “Strain mapping in blades”, Rep. (2025) 12", None, 2025, "Strain mapping in blades"),
        ("Rep. 12, 1950 (2025), doi:10.5555/x.2025.1", "10.5555/x.2025.1", None, ""),
        ("10.5555/a and 10.5555/b, 2020", None, 2020, ""),
        ("in preparation", None, None, ""),
        ("", None, None, ""),
    ],
)
def test_a_reference_says_only_what_is_beyond_doubt(words: str, doi: str | None, year: int | None, title: str) -> None:
    assert reference(words) == {"doi": doi, "year": year, "title": title}


def test_a_reference_that_is_not_understood_stands_as_the_title_unless_it_has_a_doi() -> None:
    entries = [
        {"fullReference": "A. Hau. Properties. 2011"},
        {"fullReference": "Hau 10.5555/a"},
        {"fullReference": " "},
    ]
    found = [one for one in claims("Investigation", investigation(publications=entries)) if one.kind == "publication"]
    assert [(one.values["doi"], one.values["title"]) for one in found] == [
        (None, "A. Hau. Properties. 2011"),
        ("10.5555/a", ""),
    ]


def test_one_reference_under_two_investigations_is_one_publication() -> None:
    entry = [{"fullReference": "A. Hau. Properties of it. 2011"}], [{"fullReference": "A Hau: Properties of it, 2011."}]
    keys = [claims("Investigation", investigation(publications=one))[-1].keys for one in entry]
    assert keys[0] == keys[1]


def test_shifts_that_overlap_count_once_and_say_when_it_really_was() -> None:
    shifts = [
        {"startDate": "2024-03-05T03:00:00Z", "endDate": "2024-03-05T15:00:00Z"},
        {"startDate": "2024-03-04T07:00:00Z", "endDate": "2024-03-05T07:00:00Z"},
        {"startDate": "2024-03-07T07:00:00Z", "endDate": "2024-03-06T07:00:00Z"},
        {"startDate": None, "endDate": "2024-03-06T07:00:00Z"},
    ]
    found = times({"startDate": "2024-01-01T00:00:00Z", "shifts": shifts})
    assert found == ("2024-03-04T07:00:00+00:00", "2024-03-05T15:00:00+00:00", 32.0)
    assert times({"startDate": "2024-01-01T00:00:00Z"}) == ("2024-01-01T00:00:00+00:00", None, None)


def test_a_commercial_investigation_is_confidential_and_its_publications_do_not_name_it() -> None:
    commercial = investigation(type={"name": "Commercial experiment"}, publications=[{"fullReference": "x 10.5555/a"}])
    proposal, *_, publication = claims("Investigation", commercial)
    assert proposal.values["confidential"] is True
    assert "proposals_stated" not in publication.values


def test_a_person_in_two_roles_is_on_the_proposal_once_in_the_stronger() -> None:
    user = {"name": "db/x", "fullName": "Doe, Jane"}
    users = [{"role": "Local contact", "user": {"name": "db/y", "fullName": "Roe, Pat"}}]
    users += [{"role": words, "user": user} for words in ("Participant", "Principal investigator")]
    proposal, experiment, *_ = claims("Investigation", investigation(investigationUsers=users))
    assert [(one["name"], one["role"]) for one in proposal.values["participants"]] == [
        ("Doe, Jane", "proposer"),
        ("Roe, Pat", "local_contact"),
    ]
    assert [one["person"][1] for one in experiment.values["participants"]] == ["cat:db/x"]


def test_what_is_not_read_is_told_by_name() -> None:
    proposal, *_ = claims("Investigation", investigation(id=3, studyInvestigations=[{"id": 1}], fileCount=4, groups=[]))
    assert proposal.unread == ("fileCount", "studyInvestigations")


def test_an_answer_that_is_no_list_stops_the_run(start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = start()
    monkeypatch.setattr(server, "answer", lambda query: {"code": "INTERNAL"})
    with pytest.raises(StopRun, match="without a list"):
        asked(server)
