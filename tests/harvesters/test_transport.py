"""The way out: which addresses may be asked, what messages may say, and how saved payloads are opened."""

import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from echo import Echo, echoing
from faulty.library import Library
from faulty.modes import any_page, redirects_to
from faulty.server import Fault, Wire
from pydantic import ValidationError

from puma.errors import Refused, SkipRecord, StopRun, TryLater, WrongUsage
from puma.harvesting import Source
from puma.harvesting.guard import is_public
from puma.harvesting.saved import json_records, saved_payloads
from puma.harvesting.transport import BadStatus, Web, retry_after_s, shown

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
Start = Callable[..., Library]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "ff02::1",
    ],
)  # fmt: skip
def test_private_addresses_are_known_in_every_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_private_host_is_not_asked_unless_the_source_allows_it(repository: Start) -> None:
    well = repository()
    with Web(Source(name="x", harvester="oai_pmh", url=well.url)) as web, pytest.raises(Refused, match="allow_private"):
        web.get(well.url)
    assert well.asked == []
    with Web(Source(name="x", harvester="oai_pmh", url=well.url, allow_private=True)) as web:
        assert b"<ListRecords>" in web.get(well.url, {"verb": "ListRecords"})
        assert web.content_type == "text/xml"


def test_a_name_that_resolves_to_loopback_is_private_too(repository: Start) -> None:
    well = repository()
    with (
        Web(Source(name="x", harvester="oai_pmh", url="https://library.example.org/oai", allow_private=True)) as web,
        pytest.raises(Refused, match="localhost is the private address"),
    ):
        web.get(well.url.replace("127.0.0.1", "localhost"))
    assert well.asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/x", "gopher://example.org", "nonsense", "http://"]
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with Web(Source(name="x", harvester="oai_pmh", path=Path("."))) as web, pytest.raises(Refused):
        web.get(url)


def test_parameters_are_added_to_those_of_the_address(repository: Start) -> None:
    well = repository()
    with Web(Source(name="x", harvester="oai_pmh", url=well.url, allow_private=True)) as web:
        web.get(f"{well.url}?a=1", {"b": "ä &"}, headers={"X-Key": "secret"})
    assert well.asked == [{"a": "1", "b": "ä &"}]
    assert well.headers[0]["X-Key"] == "secret"


def unprocessable(wire: Wire, body: bytes) -> None:
    wire.send(body, status=422)


def test_an_error_status_is_no_answer(repository: Start) -> None:
    bad = repository(Fault(lambda page, _: setattr(page, "error", "noRecordsMatch"), wire=unprocessable, hits=any_page))
    with (
        Web(Source(name="x", harvester="oai_pmh", url=bad.url, allow_private=True)) as web,
        pytest.raises(BadStatus, match="422") as told,
    ):
        web.get(bad.url)
    assert told.value.status == 422
    assert b"noRecordsMatch" in told.value.body


def test_keys_do_not_follow_a_redirect_to_another_port(repository: Start) -> None:
    other = repository()
    bad = repository(Fault(wire=redirects_to(f"{other.url}?verb=ListRecords"), hits=any_page))
    with Web(Source(name="x", harvester="oai_pmh", url=bad.url, allow_private=True)) as web:
        web.get(bad.url, {"verb": "ListRecords"}, headers={"Authorization": "Bearer secret"})
    assert bad.headers[0]["Authorization"] == "Bearer secret"
    assert "Authorization" not in other.headers[0]


def test_messages_hold_no_secrets() -> None:
    text = shown("https://user:pass@api.example.org:8443/x?api_key=abc&resumptionToken=t1&mailto=me@example.org&q=1")
    assert text == "https://api.example.org:8443/x?api_key=...&resumptionToken=t1&mailto=...&q=1"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("", None), ("0", 0.0), (" 120 ", 120.0), ("soon", None), ("-5", None), ("9" * 500, 999999999.0),
        ("Mon, 02 Mar 2026 06:01:30 GMT", 90.0), ("Mon, 02 Mar 2026 05:00:00 GMT", 0.0), ("Mon, 99 Mar 2026", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


def test_saved_payloads_come_in_order_and_unpacked(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(b"b")
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress(b"a"))
    (tmp_path / ".hidden").write_bytes(b"no")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("2.xml", "c2")
        archive.writestr("1.xml", "c1")
        archive.writestr("__MACOSX/1.xml", "no")
    expected = [("a.xml.gz", b"a"), ("b.json", b"b"), ("c.zip/1.xml", b"c1"), ("c.zip/2.xml", b"c2")]
    assert list(saved_payloads(tmp_path)) == expected
    assert list(saved_payloads(tmp_path / "*.json")) == expected[1:2]
    for place, (name, _) in enumerate(expected):
        assert list(saved_payloads(tmp_path, after=name)) == expected[place + 1 :]


def test_what_cannot_be_opened_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x" * 1000)[:-20])
    (tmp_path / "b.gz").write_bytes(gzip.compress(b" " * 3_000_000))
    (tmp_path / "c.zip").write_bytes(b"no archive")
    with zipfile.ZipFile(tmp_path / "d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.xml", "x")
        archive.writestr("big.xml", " " * 3_000_000)
        archive.writestr("inner.zip", "x")
        archive.writestr("good.xml", "good")
    (tmp_path / "e.xml").write_bytes(b"e")
    broken: list[tuple[str, str]] = []
    assert list(saved_payloads(tmp_path, broken=broken, max_mb=2)) == [("d.zip/good.xml", b"good"), ("e.xml", b"e")]
    inside = ["d.zip/../../evil.xml", "d.zip/big.xml", "d.zip/inner.zip"]
    assert [name for name, _ in broken] == ["a.gz", "b.gz", "c.zip", *inside]
    with pytest.raises(SkipRecord):
        list(saved_payloads(tmp_path))
    assert not (tmp_path.parent / "evil.xml").exists()


def test_a_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path, tmp_path / "*.xml"):
        with pytest.raises(WrongUsage):
            list(saved_payloads(path))


ONE, TWO = {"id": 1}, {"id": 2}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([ONE, TWO]), json.dumps({"items": [ONE, TWO]}), json.dumps({"data": [ONE, TWO]}),
        json.dumps({"message": {"items": [ONE, TWO]}}), '{"id": 1}\n{"id": 2}\n', '\ufeff{"id": 1}\r\n\r\n{"id": 2}',
        json.dumps({"items": [ONE, TWO]}, indent=1),
    ],
)  # fmt: skip
def test_records_are_found_in_every_wrapping(body: str) -> None:
    assert list(json_records(body.encode())) == [ONE, TWO]


def test_a_single_record_is_itself_the_record() -> None:
    assert list(json_records(b'{"message": {"DOI": "10.1/x"}}')) == [{"DOI": "10.1/x"}]
    assert list(json_records(b'{"id": 1, "title": "x"}')) == [{"id": 1, "title": "x"}]


def test_broken_lines_and_items_are_named_and_the_rest_goes_on() -> None:
    broken: list[tuple[str, str]] = []
    assert list(json_records(b'{"id": 1}\n{"id": \n[3]\n{"id": 2}', broken)) == [ONE, TWO]
    assert list(json_records(b'[{"id": 1}, 7, null]', broken)) == [ONE]
    assert [place for place, _ in broken] == ["line 2", "line 3", "item 2", "item 3"]


@pytest.mark.parametrize("body", [b'[{"id": 1}, {"id"', b"", b"<html>", b"[" * 100_000, b'{"a":\n {"id": 1}\n'])
def test_a_cut_payload_gives_no_records_but_a_reason(body: bytes) -> None:
    broken: list[tuple[str, str]] = []
    assert list(json_records(body, broken)) == []
    assert len(broken) == 1


def test_an_answer_within_the_limit_passes_and_one_beyond_it_does_not(repository: Start) -> None:
    well = repository()
    size = len(well.listing({}).body())
    for limit, enough in ((size + 50, True), (size // 2, False)):
        given = Source(name="x", harvester="oai_pmh", url=well.url, allow_private=True, max_answer_mb=limit / 1_000_000)
        with Web(given) as web:
            if enough:
                assert web.get(well.url).endswith(b"</OAI-PMH>")
            else:
                with pytest.raises(StopRun, match="max_answer_mb"):
                    web.get(well.url)


def web_source(url: str, **settings: Any) -> Source:
    return Source.model_validate({"name": "x", "harvester": "oai_pmh", "url": url, "allow_private": True, **settings})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with echoing() as server:
        yield server


def test_a_posted_question_is_json_and_its_answer_is_bounded_like_any_other(echo: Echo) -> None:
    with Web(web_source(echo.url)) as web:
        assert (
            json.loads(web.post(f"{echo.url}/graphql", json={"query": "{ ä }"}))["body"] == '{"query": "{ \\u00e4 }"}'
        )
    assert echo.asked[0]["method"] == "POST"
    assert echo.asked[0]["headers"]["content-type"] == "application/json"
    with Web(web_source(echo.url, max_answer_mb=0.00001)) as web, pytest.raises(StopRun, match="max_answer_mb"):
        web.post(echo.url, json={})


def test_a_busy_source_is_asked_again_for_a_posted_question(echo: Echo) -> None:
    waits: list[float] = []
    echo.busy = 2
    with Web(web_source(echo.url), pause=waits.append) as web:
        web.post(echo.url, json=[1])
    assert [one["body"] for one in echo.asked] == ["[1]"] * 3
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(("status", "method", "body"), [(303, "GET", ""), (302, "GET", ""), (307, "POST", "[1]")])
def test_a_redirected_post_stays_one_only_where_the_answer_says_so(
    echo: Echo, status: int, method: str, body: str
) -> None:
    with Web(web_source(echo.url)) as web:
        web.post(f"{echo.url}/moved/{status}", json=[1])
    assert (echo.asked[-1]["method"], echo.asked[-1]["body"]) == (method, body)


def test_what_is_posted_is_not_sent_to_another_host(echo: Echo) -> None:
    with echoing() as other:
        echo.elsewhere = other.url
        with Web(web_source(echo.url)) as web, pytest.raises(StopRun, match="redirects a POST to another host"):
            web.post(f"{echo.url}/moved/307", json={"password": "secret"})
        assert other.asked == []


def test_headers_of_the_settings_go_to_the_source_only(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRARY_TOKEN", "Bearer 1234")
    headers = {"Authorization": "env:LIBRARY_TOKEN", "X-Team": "puma", "Accept": "text/xml"}
    with echoing() as other:
        with Web(web_source(echo.url, headers=headers)) as web:
            web.get(echo.url, headers={"accept": "text/html"})
            with pytest.raises(Refused):
                web.get(other.url.replace("127.0.0.1", "localhost"))
            web.get(other.url)
        assert not {"authorization", "x-team"} & other.asked[0]["headers"].keys()
    sent = echo.asked[0]["headers"]
    assert (sent["authorization"], sent["x-team"], sent["accept"]) == ("Bearer 1234", "puma", "text/html")


def test_secrets_stand_in_the_environment_and_never_in_settings_messages_or_logs(
    echo: Echo, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for settings in (
        {"headers": {"Authorization": "Bearer 1234"}},
        {"headers": {"X-Api-Key": "1234"}},
        {"headers": {"Cookie": "session=1234"}},
        {"proxy": "http://me:1234@proxy.example.org"},
    ):
        with pytest.raises(ValidationError, match="is a secret") as told:
            web_source(echo.url, **settings)
        assert "1234" not in told.value.errors()[0]["msg"]
    given = web_source(echo.url, headers={"Authorization": "env:LIBRARY_TOKEN"})
    with pytest.raises(WrongUsage, match="the variable LIBRARY_TOKEN of the environment, which is not set"):
        Web(given)
    monkeypatch.setenv("LIBRARY_TOKEN", "12\n34")
    with pytest.raises(WrongUsage, match="no plain line") as wrong:
        Web(given)
    assert "34" not in str(wrong.value)
    monkeypatch.setenv("LIBRARY_TOKEN", "1234")
    caplog.set_level(0)
    echo.busy = 9
    with Web(given, pause=lambda _: None) as web, pytest.raises(TryLater) as busy:
        web.get(echo.url, {"api_key": "5678"})
    said = f"{busy.value} {given!r} {caplog.text}"
    assert "1234" not in said
    assert "5678" not in said


@pytest.mark.parametrize("name", ["Host", "content-length", "X Y", "X\r\nY", ""])
def test_headers_of_the_protocol_itself_cannot_be_set(name: str) -> None:
    with pytest.raises(ValidationError, match="no header that can be set"):
        web_source("http://x", headers={name: "env:X"})


def test_requests_are_spaced_as_the_settings_say() -> None:
    moment, waits = [0.0], list[float]()

    def pause(seconds: float) -> None:
        waits.append(seconds)
        moment[0] += seconds

    with echoing() as server:
        given = web_source(server.url, requests_per_minute=20)
        with Web(given, pause=pause, clock=lambda: moment[0]) as web:
            web.get(server.url)
            moment[0] += 1.0
            web.get(server.url)
            moment[0] += 7.0
            web.get(server.url)
            web.get(f"{server.url}/moved/302")
    assert waits == [2.0, 3.0, 3.0]  # a redirect is a request too


def test_a_run_has_a_deadline_which_a_long_pause_does_not_outlive() -> None:
    moment = [0.0]
    with echoing() as server:
        given = web_source(server.url, deadline_minutes=1)
        with Web(given, clock=lambda: moment[0]) as web:
            web.get(server.url)
            server.busy, server.retry_after = 1, "90"
            with pytest.raises(TryLater, match=r"took its 1 minutes \(deadline_minutes\).*goes on from its last page"):
                web.get(server.url)
            moment[0] = 61.0
            with pytest.raises(TryLater, match="deadline_minutes"):
                web.get(server.url)
        assert len(server.asked) == 2


def test_a_proxy_is_asked_in_place_of_the_source_and_resolves_its_name(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"url": "http://library.invalid/oai", "proxy": "env:LIBRARY_PROXY", "allow_private_proxy": True}
    monkeypatch.setenv("LIBRARY_PROXY", echo.url.replace("http://", "http://me:1234@"))
    with Web(web_source(**given, allow_private=False)) as web:
        web.get("http://library.invalid/oai", {"verb": "Identify"})
        for target in ("http://169.254.169.254/x", "http://2130706433/", "http://localhost/", "http://[::1]/"):
            with pytest.raises(Refused, match="private address"):
                web.get(target)
    (asked,) = echo.asked
    assert asked["path"] == "http://library.invalid/oai?verb=Identify"
    assert asked["headers"]["proxy-authorization"].startswith("Basic ")


def test_the_address_of_a_proxy_is_guarded_too(echo: Echo) -> None:
    with (
        Web(web_source("http://library.invalid", proxy=echo.url)) as web,
        pytest.raises(Refused, match="allow_private_proxy"),
    ):
        web.get("http://library.invalid")
    assert echo.asked == []


@pytest.mark.parametrize("proxy", ["socks5://proxy.example.org", "proxy.example.org:3128", "http://"])
def test_a_proxy_that_is_none_is_a_sentence(proxy: str) -> None:
    with pytest.raises(WrongUsage, match="its proxy is no address such as"):
        Web(web_source("http://library.invalid", proxy=proxy))


def test_a_retry_after_of_nothing_is_no_reason_to_hurry(echo: Echo) -> None:
    waits: list[float] = []
    echo.busy, echo.retry_after = 3, "0"
    with Web(web_source(echo.url), pause=waits.append) as web:
        web.get(echo.url)
    assert waits == [1.0, 1.0, 1.0]
