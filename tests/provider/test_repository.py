"""The OAI-PMH repository of a small house: lists whole at any page size, deletions told, hidden records never."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lxml import etree
from sqlalchemy import update

from puma.api import make_app
from puma.entities import Publication, Record
from puma.installation import Installation
from puma.provider import Repository, announced, marks
from tests.provider.conftest import PAPERS, Make, filled, paper
from tests.resolve.desk import Desk, proposal

OAI = "{http://www.openarchives.org/OAI/2.0/}"
BASE = "https://puma.example.org"
CERIF = "oai_cerif_openaire"


def ask(house: Installation, *, repository: Repository | None = None, **arguments: str) -> etree._Element:
    asked = repository or Repository(house.storage, house.settings)
    pairs = [(name.rstrip("_"), value) for name, value in arguments.items()]
    return etree.fromstring(asked.respond(pairs, BASE))


def listed(house: Installation, verb: str = "ListRecords", **arguments: str) -> list[etree._Element]:
    """All headers of a list, by its tokens."""
    found: list[etree._Element] = []
    wanted = arguments
    for _ in range(100):
        root = ask(house, verb=verb, **wanted)
        assert root.find(f"{OAI}error") is None, etree.tostring(root)
        found += root.iter(f"{OAI}header")
        token = root.findtext(f".//{OAI}resumptionToken")
        if not token:
            return found
        wanted = {"resumptionToken": token}
    raise AssertionError("the list never ends")


def names(headers: Sequence[etree._Element]) -> list[str]:
    return [str(one.findtext(f"{OAI}identifier")).partition(":puma-epns.invalid:")[2] for one in headers]


def error(root: etree._Element) -> str | None:
    found = root.find(f"{OAI}error")
    return None if found is None else found.get("code")


@pytest.fixture
def house(make: Make) -> Installation:
    return make(oai_page_size=2)


@pytest.fixture
def desk(house: Installation) -> Desk:
    return filled(house)


def test_a_list_is_the_same_at_every_page_size_and_its_totals_are_right(make: Make) -> None:
    lists = []
    for size in (1, 3, 1000):
        house = make(f"size{size}", oai_page_size=size)
        filled(house)
        found = listed(house, metadataPrefix=CERIF)
        lists.append(names(found))
        assert len(set(lists[-1])) == len(found)
        total = ask(house, verb="ListIdentifiers", metadataPrefix=CERIF).find(f".//{OAI}resumptionToken")
        assert (total is None) == (size == 1000)
        assert total is None or total.get("completeListSize") == str(len(found))
    assert lists[0] == lists[1] == lists[2]
    assert sum(name.startswith("Publications/") for name in lists[0]) == PAPERS
    assert sum(name.startswith("Products/") for name in lists[0]) == 2


def test_records_that_change_during_a_list_are_in_it_all_the_same(house: Installation, desk: Desk) -> None:
    before = names(listed(house, metadataPrefix="oai_dc"))
    root = ask(house, verb="ListIdentifiers", metadataPrefix="oai_dc")
    found = names(list(root.iter(f"{OAI}header")))
    desk.hand_in("library", paper(0, title="Changed after it was given"), paper(6, title="Changed before"))
    rest = listed(house, "ListIdentifiers", resumptionToken=root.findtext(f".//{OAI}resumptionToken") or "")
    assert set(found + names(rest)) == set(before)
    assert names(rest)[-2:] == sorted({before[0], before[6]}, key=lambda name: int(name.split("/")[1]))


def test_only_what_changed_since_is_listed(house: Installation, desk: Desk) -> None:
    ask(house, verb="Identify")
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert error(ask(house, verb="ListRecords", metadataPrefix="oai_dc", from_="2030-01-01")) == "noRecordsMatch"
    desk.hand_in("library", paper(3, title="Another title"))
    changed = listed(house, metadataPrefix="oai_dc", from_=at)
    assert names(changed) == [f"Publications/{desk.number('publication', 'doi', '10.5555/p3')}"]
    old = listed(house, metadataPrefix="oai_dc", until="2024-12-31")
    assert len(old) == PAPERS - 1 + 2


def test_days_together_are_the_whole_list(house: Installation, desk: Desk) -> None:
    for number in range(PAPERS):
        when = datetime(2024, 5, 1 + number, 23, 59, 59, 900_000, tzinfo=UTC)
        with house.storage.writing() as session:
            record = desk.number("publication", "doi", f"10.5555/p{number}")
            session.execute(update(Record).where(Record.id == record).values(changed_at=when))
    wanted = {"metadataPrefix": "oai_dc", "set": "openaire_cris_publications"}
    days = [f"2024-05-0{1 + number}" for number in range(PAPERS)]
    found = [name for day in days for name in names(listed(house, **wanted, from_=day, until=day))]
    assert found == names(listed(house, **wanted))


def test_a_withdrawn_record_is_told_as_deleted_and_comes_back(house: Installation, desk: Desk) -> None:
    number = desk.number("publication", "doi", "10.5555/p2")
    listed(house, metadataPrefix="oai_dc")
    desk.take_back("library", paper(2))
    headers = listed(house, metadataPrefix="oai_dc")
    found = dict(zip(names(headers), [one.get("status") for one in headers], strict=True))
    assert found[f"Publications/{number}"] == "deleted"
    assert len(headers) == PAPERS + 2
    told = ask(house, verb="GetRecord", identifier=f"oai:puma-epns.invalid:Publications/{number}", metadataPrefix=CERIF)
    assert told.find(f".//{OAI}metadata") is None
    desk.hand_in("library", paper(2))
    assert not any(one.get("status") for one in listed(house, metadataPrefix="oai_dc"))


def test_what_was_hidden_from_the_first_is_never_told_and_what_becomes_hidden_is_told_as_deleted(
    house: Installation, desk: Desk
) -> None:
    secret = desk.number("dataset", "doi", "10.5555/d2")
    shown = desk.number("dataset", "doi", "10.5555/d0")
    assert f"Products/{secret}" not in names(listed(house, metadataPrefix=CERIF))
    identifier = f"oai:puma-epns.invalid:Products/{secret}"
    assert error(ask(house, verb="GetRecord", identifier=identifier, metadataPrefix=CERIF)) == "idDoesNotExist"
    desk.hand_in("office", proposal("OP-1", decision="withdrawn"))
    gone = [one for one in listed(house, metadataPrefix=CERIF) if one.get("status") == "deleted"]
    assert names(gone) == [f"Products/{shown}"]


def test_a_repository_that_forgot_its_ledger_still_tells_of_withdrawn_papers(house: Installation, desk: Desk) -> None:
    desk.take_back("library", paper(4))
    gone = [one for one in listed(house, metadataPrefix="oai_dc") if one.get("status") == "deleted"]
    assert len(gone) == 1


def test_titles_with_markup_controls_and_odd_scripts_are_well_formed(house: Installation, desk: Desk) -> None:
    with house.storage.writing() as session:
        number = desk.number("publication", "doi", "10.5555/p1")
        wild = "bell\x07 null-free \x0b\x1f & <unclosed \ufffe end"
        session.execute(update(Publication).where(Publication.id == number).values(title=wild, volume="1\x02"))
    for prefix in ("oai_dc", CERIF):
        root = ask(house, verb="GetRecord", identifier=f"oai:puma-epns.invalid:Publications/{number}",
                   metadataPrefix=prefix)  # fmt: skip
        titles = [one.text for one in root.iter("{*}title", "{*}Title")]
        assert titles[0] is not None
        assert "bell" in titles[0]
        assert "\x07" not in titles[0]
    root = ask(house, verb="ListRecords", metadataPrefix="oai_dc")
    assert "Spins in & out of" in [one.text or "" for one in root.iter("{*}title")][0]


WRONG: list[tuple[dict[str, str], str]] = [
    ({"verb": "GetRecord", "identifier": "oai:other.example:Publications/1", "metadataPrefix": "oai_dc"},
     "idDoesNotExist"),
    ({"verb": "GetRecord", "identifier": "x\u0001", "metadataPrefix": "oai_dc"}, "idDoesNotExist"),
    ({"verb": "ListRecords", "metadataPrefix": "marcxml"}, "cannotDisseminateFormat"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "openaire_cris_patents"}, "noRecordsMatch"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "openaire_cris_equipments"}, "noRecordsMatch"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "nonsense"}, "noRecordsMatch"),
    ({"verb": "ListRecords", "resumptionToken": "nonsense"}, "badResumptionToken"),
    ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
    ({"verb": "ListMetadataFormats", "identifier": "oai:puma-epns.invalid:Publications/999999"}, "idDoesNotExist"),
    ({"verb": "Sing"}, "badVerb"),
]  # fmt: skip


def test_errors_are_those_of_the_protocol(house: Installation, desk: Desk) -> None:
    for arguments, code in WRONG:
        root = ask(house, **arguments)
        request = root.find(f"{OAI}request")
        assert (arguments, error(root)) == (arguments, code)
        assert request is not None
        assert (request.get("verb") is None) == (code in ("badVerb", "badArgument"))


def test_an_instrument_is_not_there_in_dublin_core_and_says_so(house: Installation, desk: Desk) -> None:
    identifier = f"oai:puma-epns.invalid:Equipments/{desk.number('instrument', 'name', 'EPNS/d7')}"
    formats = ask(house, verb="ListMetadataFormats", identifier=identifier)
    assert [one.text for one in formats.iter(f"{OAI}metadataPrefix")] == [CERIF]
    wrong = ask(house, verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
    assert error(wrong) == "cannotDisseminateFormat"


def test_every_reference_of_a_record_leads_to_one_that_is_told(house: Installation, desk: Desk) -> None:
    repository = Repository(house.storage, house.settings)
    told, meant, token = set(), set(), ""
    while True:
        more = {"resumptionToken": token} if token else {"metadataPrefix": CERIF}
        root = ask(house, repository=repository, verb="ListRecords", **more)
        for metadata in root.iter(f"{OAI}metadata"):
            told.add(metadata[0].get("id"))
            meant |= {one.get("id") for one in metadata[0].iterdescendants() if one.get("id")}
        token = root.findtext(f".//{OAI}resumptionToken") or ""
        if not token:
            break
    assert meant
    assert meant <= told


def test_no_change_no_look(house: Installation, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, read = Repository(house.storage, house.settings), []
    real = marks.marks

    def counted(session: Any) -> Any:
        read.append(1)
        return real(session)

    monkeypatch.setattr(announced, "marks", counted)
    for _ in range(4):
        ask(house, repository=repository, verb="ListIdentifiers", metadataPrefix="oai_dc")
    assert len(read) == 1


def test_answers_come_compressed_where_asked_for_and_slowed_where_somebody_asks_too_often(make: Make) -> None:
    house = make("slow", requests_per_minute=1)
    filled(house)
    client = TestClient(make_app(house))
    plain = client.get("/oai?verb=ListSets", headers={"accept-encoding": "identity"})
    packed = client.post("/oai", data={"verb": "ListSets"}, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert b"OpenAIRE_CRIS_projects" in packed.content
    assert plain.headers["content-type"] == "text/xml; charset=utf-8"
    assert "set-cookie" not in plain.headers
    states = [client.get("/oai?verb=ListSets") for _ in range(30)]
    slowed = [one for one in states if one.status_code == 503]
    assert slowed
    assert int(slowed[0].headers["retry-after"]) > 0
