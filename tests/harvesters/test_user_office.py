"""UserOfficeProject over GraphQL: what counts as decided and as present, paging, partial answers, and the token."""

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

import pytest
from pydantic import ValidationError

from harvesters import user_office
from puma.claims import Claim, check
from puma.errors import SkipRecord, StopRun, TryLater, WrongUsage
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "sample_data" / "user_office"


def held(name: str) -> Any:
    """What the sample answer of that name holds."""
    return json.loads((SAMPLE / f"{name}.json").read_text())["data"][name]


@dataclass
class Office:
    """A GraphQL interface that holds the sample; ``bad``: places of proposals for which it fails."""

    proposals: list[dict[str, Any]] = field(default_factory=lambda: held("proposals")["proposals"])
    bad: set[int] = field(default_factory=set)
    shrinks: bool = False
    fault: bytes = b""
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def answer(self, question: dict[str, Any]) -> object:
        self.asked.append(question)
        name = re.findall(r"\w+", question["query"].partition("{")[2])[0]
        if name != "proposals":
            return {"data": {name: held(name)}}
        first, offset = question["variables"]["first"], question["variables"]["offset"]
        page = range(offset, min(offset + first, len(self.proposals)))
        if bad := self.bad.intersection(page):
            path = ["proposals", "proposals", min(bad) - offset, "experiments", 0, "instrument"]
            return {"errors": [{"message": "Instrument not found", "path": path}], "data": {"proposals": None}}
        total = len(self.proposals) - (self.shrinks and offset > 0)
        return {"data": {"proposals": {"totalCount": total, "proposals": [self.proposals[n] for n in page]}}}


@contextmanager
def serving(office: Office) -> Iterator[Office]:
    """The office at ``office.url`` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            office.tokens.add(self.headers.get("Authorization", ""))
            body = office.fault or json.dumps(office.answer(question)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    office.url = f"http://127.0.0.1:{server.server_port}/graphql"
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()


Start = Callable[..., Office]


@pytest.fixture
def start() -> Iterator[Start]:
    """Opens offices; they close with the test."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(serving(Office(**how)))


def settings(**given: Any) -> user_office.Source:
    return user_office.Source(**{"name": "uop", "harvester": "user_office", "facility": "EPNS", **given})


def harvest(cursor: Any = None, **given: Any) -> list[Page]:
    source = settings(**given)
    with Web(source, pause=lambda _: None) as web:
        return list(user_office.fetch(source, Visit(web, NOW, cursor=cursor)))


def asked(office: Office, **given: Any) -> list[Page]:
    return harvest(url=office.url, allow_private=True, **given)


def payloads(pages: list[Page]) -> dict[str, bytes]:
    return {record.key: record.payload for page in pages for record in page.records}


def claims(record: dict[str, Any]) -> list[Claim]:
    found = user_office.read(json.dumps(record).encode(), settings(path=Path("x")))
    return [check(claim) for claim in found]


def proposal(**values: Any) -> dict[str, Any]:
    """The first proposal of the sample, as its raw record has it, with other values."""
    record = json.loads(payloads(harvest(path=SAMPLE))["proposal 1"])
    return {**record, "proposal": {**record["proposal"], **values}}


@pytest.mark.parametrize("page_size", [1, 2, 50])
def test_the_interface_and_saved_answers_give_the_same_records(start: Start, page_size: int) -> None:
    assert payloads(asked(start(), page_size=page_size)) == payloads(harvest(path=SAMPLE))


def test_a_run_that_stopped_goes_on_behind_any_page(start: Start) -> None:
    office = start()
    pages = asked(office, page_size=2)
    for number, page in enumerate(pages):
        rest = asked(office, page_size=2, cursor=json.loads(json.dumps(page.cursor)))
        assert [one.records for one in rest] == [one.records for one in pages[number + 1 :]]


def test_of_the_questionary_only_the_time_asked_for_is_kept(start: Start) -> None:
    kept = b"".join(payloads(asked(start())).values())
    assert b"a secret sample" not in kept
    (claim, *_) = claims(proposal())
    assert claim.values["times"] == [{"instrument": "NEMO", "requested": 4.0, "allocated": 3.0, "unit": "day"}]


def test_half_a_day_is_half_a_day() -> None:
    (claim, *_) = claims(proposal(requested=[{"id": "7", "time": "2.5"}]))
    assert claim.values["times"][0]["requested"] == 2.5


@pytest.mark.parametrize(
    ("status", "confirmed", "notified", "decision"),
    [
        ("ACCEPTED", True, False, "accepted"),
        ("ACCEPTED", False, True, "accepted"),
        ("ACCEPTED", False, False, None),
        ("RESERVED", True, True, "reserve"),
        ("REJECTED", True, True, "refused"),
        (3, True, True, "refused"),
        ("UNSET", True, True, None),
        (None, True, True, None),
    ],
)
def test_a_decision_counts_once_it_is_confirmed_or_told(
    status: object, *, confirmed: bool, notified: bool, decision: str | None
) -> None:
    record = proposal(finalStatus=status, managementDecisionSubmitted=confirmed, notified=notified)
    assert claims(record)[0].values["decision"] == decision


def test_a_draft_says_nothing() -> None:
    assert claims(proposal(submitted=False)) == []


def test_only_sessions_that_were_planned_and_people_who_came_are_told() -> None:
    found = claims(proposal())
    (session,) = [claim for claim in found if claim.kind == "experiment"]
    assert session.values["code"] == "250001-1"
    assert [one["person"][1] for one in session.values["participants"]] == ["uop:102", "uop:300"]
    assert "Cancelled" not in {claim.values["family_name"] for claim in found if claim.kind == "person"}


def test_an_institution_brings_its_ror_and_country() -> None:
    (claim, *_) = claims(proposal())
    places = {one["name"]: (one["role"], one["ror"], one["country"]) for one in claim.values["participants"]}
    assert places["Bianchi, Elena"] == ("proposer", "02feahw73", "IT")
    assert places["Nordmann, Ola"] == ("local_contact", None, "NO")


def test_an_account_that_is_no_orcid_stays_out() -> None:
    people = {
        claim.values["family_name"]: claim.values["orcid"] for claim in claims(proposal()) if claim.kind == "person"
    }
    assert people["Bianchi"] == "0000-0001-5109-3700"
    assert people["Sato"] is None


def test_one_proposal_that_cannot_be_answered_does_not_hold_up_the_others(start: Start) -> None:
    pages = asked(start(bad={2}), page_size=5)
    found = payloads(pages)
    assert [key for key in found if key.startswith("proposal ")] == [
        "proposal 1",
        "proposal 2",
        "proposal 4",
        "proposal 5",
    ]
    (failed,) = [body for key, body in found.items() if key == "proposals 2"]
    with pytest.raises(SkipRecord, match="Instrument not found"):
        user_office.read(failed, settings(path=Path("x")))


def test_a_list_that_becomes_shorter_is_read_again_later(start: Start) -> None:
    with pytest.raises(TryLater, match="shorter"):
        asked(start(shrinks=True), page_size=2)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"errors": [{"message": "Cannot query field \\"visit\\""}]}', "Cannot query field"),
        (b'{"data": null}', "without data"),
        (b"[]", "without data"),
        (b"<html>down</html>", "not JSON"),
    ],
)
def test_an_answer_without_data_stops_the_run(start: Start, body: bytes, says: str) -> None:
    with pytest.raises(StopRun, match=says):
        asked(start(fault=body))


def test_the_token_comes_from_the_environment_and_is_in_no_message(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFICE_TOKEN", "hunter2")
    office = start()
    asked(office, token="env:OFFICE_TOKEN")
    assert office.tokens == {"Bearer hunter2"}
    with pytest.raises(StopRun) as told:
        asked(start(fault=b"{}"), token="env:OFFICE_TOKEN")
    assert "hunter2" not in str(told.value)
    with pytest.raises(ValidationError, match="secret"):
        settings(url="https://x.example", token="hunter2")
    monkeypatch.delenv("OFFICE_TOKEN")
    with pytest.raises(WrongUsage, match="OFFICE_TOKEN"):
        asked(office, token="env:OFFICE_TOKEN")


def test_older_versions_are_not_asked_for_what_they_do_not_know(start: Start) -> None:
    office = start()
    asked(office, ask_for=[])
    words = " ".join(question["query"] for question in office.asked)
    assert not re.search(r"techniques|questionary|visit|email", words)
    asked(office, ask_for=["emails"])
    assert " email" in office.asked[-1]["query"]


def test_what_is_not_read_is_told_by_name() -> None:
    assert claims(proposal(commentForUser="soon", fileId=None))[0].unread == ("commentForUser",)
