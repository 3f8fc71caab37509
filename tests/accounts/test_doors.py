"""The web's doors over a real application: signing in and out, whose writes are taken, headers, hosts, floods."""

import json
import logging
import zlib
from collections.abc import Callable
from time import sleep

import pytest
from sqlalchemy import insert, select

from puma import exports
from puma.access import EVERYTHING
from puma.accounts import add_account, disable, make_token, set_role
from puma.api.problems import WithRequestId
from puma.cli.serving import hosts_of
from puma.demo.run import MARK
from puma.entities import Facility, File, HarvestSource, Payload, Proposal, RawRecord, Record, StoredClaim
from puma.installation import Installation
from puma.listing.trail import trail
from puma.storage import now
from tests.accounts.browser import PASSWORD, Browser
from tests.accounts.conftest import Make

Open = Callable[..., Browser]
ROLES = ("viewer", "scientist", "user_office", "admin")


def test_without_accounts_whoever_sits_here_has_the_local_role(make: Make, browser: Open) -> None:
    house = make(accounts=False, local_role="scientist")
    door = browser(house)
    assert door.role() == "scientist"
    assert "no accounts here yet" in door.get("/sign-in").text


def test_with_the_first_account_the_local_role_is_gone(make: Make, browser: Open) -> None:
    house = make(accounts=False, local_role="admin")
    add_account(house.storage, "ada", PASSWORD, "admin")
    assert browser(house).role() == "anonymous"
    assert browser(make(local_role="admin", visitor_role="viewer")).role() == "viewer"


@pytest.mark.parametrize("role", ROLES)
def test_who_signs_in_has_the_role_of_the_account(make: Make, browser: Open, role: str) -> None:
    door = browser(make())
    assert door.sign_in(role).status_code == 303
    assert door.get("/api/v1/me").json() == {"name": f"{role} Example", "role": role, "instruments": []}


def test_the_cookie_holds_a_random_number_that_no_script_can_read(make: Make, browser: Open) -> None:
    door = browser(make())
    cookies = door.sign_in("viewer").headers.get_list("set-cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith("puma_session=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Secure" not in session
    value = session.split("=", 1)[1].split(";")[0]
    assert len(value) == 43
    assert "viewer" not in value


def test_over_tls_the_cookie_is_secure_and_of_this_host_alone(make: Make, browser: Open) -> None:
    door = browser(make())
    door.base_url = "https://testserver"
    cookies = door.sign_in("viewer").headers.get_list("set-cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith("__Host-puma_session=")]
    assert "Secure" in session
    assert "Path=/" in session
    answer = door.get("/api/v1/me")
    assert answer.json()["role"] == "viewer"
    assert "strict-transport-security" in answer.headers


def test_each_sign_in_is_a_new_session_and_the_old_one_of_that_browser_ends(make: Make, browser: Open) -> None:
    house = make()
    door = browser(house)
    door.sign_in("viewer")
    old = door.cookies["puma_session"]
    door.sign_in("admin")
    assert door.cookies["puma_session"] != old
    assert door.role() == "admin"
    assert Browser(house).get("/api/v1/me", headers={"Cookie": f"puma_session={old}"}).json()["role"] == "anonymous"


def test_signing_out_ends_the_session_everywhere_it_was_copied_to(make: Make, browser: Open) -> None:
    house = make()
    door, thief = browser(house), browser(house)
    door.sign_in("admin")
    thief.cookies.set("puma_session", door.cookies["puma_session"])
    assert thief.role() == "admin"
    door.post("/sign-out")
    assert door.role() == thief.role() == "anonymous"


def test_a_disabled_account_and_a_changed_role_are_felt_at_once(make: Make, browser: Open) -> None:
    house = make()
    door = browser(house)
    door.sign_in("admin")
    set_role(house.storage, "admin", "viewer")
    assert door.role() == "viewer"
    disable(house.storage, "admin")
    assert door.role() == "anonymous"


def test_a_wrong_password_is_said_without_saying_whether_the_name_exists(make: Make, browser: Open) -> None:
    house = make()
    known, unknown = (browser(house).sign_in(name, "wrong password") for name in ("admin", "stranger"))
    assert known.status_code == unknown.status_code == 401
    blank = lambda answer, name: answer.text.replace(name, "").split('name="token"')[0]  # noqa: E731
    assert blank(known, "admin") == blank(unknown, "stranger")
    assert "wrong password" not in known.text


def test_a_flood_of_attempts_is_slowed_with_the_time_to_wait(make: Make, browser: Open) -> None:
    house = make()
    door = browser(house)
    door.app.state.access.attempts.by_name._burst = 2  # type: ignore[attr-defined]
    for _ in range(2):
        assert door.sign_in("admin", "wrong password").status_code == 401
    slow = door.sign_in("admin")
    assert slow.status_code == 429
    assert int(slow.headers["retry-after"]) > 0
    assert door.role() == "anonymous"


@pytest.mark.parametrize(
    "next_",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "\\/evil.example",
     "/%09/evil.example\r\nSet-Cookie: a=b", "/ /evil.example", "", "/sign-out", "/\t/evil.example", "///evil.example"],
)  # fmt: skip
def test_after_signing_in_one_is_never_led_elsewhere(make: Make, browser: Open, next_: str) -> None:
    assert browser(make()).sign_in("viewer", next=next_).headers["location"] == "/"


def test_after_signing_in_one_is_where_one_wanted_to_go(make: Make, browser: Open) -> None:
    house = make()
    assert browser(house).sign_in("viewer", next="/search?q=a+b#x").headers["location"] == "/search?q=a+b#x"
    came = browser(house)
    page = came.get("/sign-in", headers={"Referer": "http://testserver/review?page=3"})
    assert 'value="/review?page=3"' in page.text
    page = came.get("/sign-in", headers={"Referer": "http://evil.example/review"})
    assert 'name="next" value="/"' in page.text


def test_what_was_typed_is_shown_as_text(make: Make, browser: Open) -> None:
    answer = browser(make()).sign_in('"><script>alert(1)</script>', "wrong password")
    assert "<script" not in answer.text


def test_the_sign_in_page_has_no_script_and_the_form_needs_its_token(make: Make, browser: Open) -> None:
    door = browser(make())
    assert "<script" not in door.get("/sign-in").text
    assert door.sign_in("admin", token="0" * 32).status_code == 403
    assert door.role() == "anonymous"


WRITE = {"verdict": "accept"}


def write(door: Browser, **headers: str) -> int:
    """The status of a write to a link that does not exist: 404 once it is let through."""
    return int(door.post("/api/v1/links/9/decision", json=WRITE, headers=headers).status_code)


def test_a_session_writes_only_with_its_token(make: Make, browser: Open) -> None:
    house = make()
    door, other = browser(house), browser(house)
    door.sign_in("admin")
    other.sign_in("admin")
    assert write(door) == 403
    assert write(door, **{"X-CSRFToken": other.token()}) == 403
    assert write(door, **{"X-CSRFToken": door.token()}) == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Origin": "https://testserver"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_no_other_site_writes_not_even_where_nobody_signs_in(
    make: Make, browser: Open, headers: dict[str, str], signed_in: bool
) -> None:
    door = browser(make(accounts=signed_in, local_role="admin"))
    if signed_in:
        door.sign_in("admin")
    assert write(door, **headers, **{"X-CSRFToken": door.token()}) == 403
    assert door.post("/_dash-update-component", json={}, headers=headers).status_code == 403


def test_own_pages_write(make: Make, browser: Open) -> None:
    door = browser(make(accounts=False, local_role="admin"))
    assert write(door) == 404
    assert write(door, Origin="http://testserver") == 404
    assert write(door, **{"Sec-Fetch-Site": "same-origin", "Origin": "http://behind.a.proxy"}) == 404


def test_callbacks_need_the_token_of_the_session_too(make: Make, browser: Open) -> None:
    door = browser(make())
    door.sign_in("admin")
    assert door.post("/_dash-update-component", json={}).status_code == 403
    assert door.post("/_dash-update-component", json={}, headers={"X-CSRFToken": door.token()}).status_code == 400


def test_a_page_whose_session_ended_is_told_and_its_callback_does_nothing(make: Make, browser: Open) -> None:
    house = make()
    door = browser(house)
    door.sign_in("admin")
    door.cookies.delete("puma_session")
    answer = door.post("/_dash-update-component", json={}, headers={"X-Puma-Account": "4"})
    assert answer.status_code == 401
    assert "session has ended" in answer.json()["detail"]


def test_a_token_works_without_cookies_and_is_not_stopped_by_their_rules(make: Make, browser: Open) -> None:
    house = make()
    token = make_token(house.storage, house.settings.access, 4, role="user_office", days=1)
    door = browser(house)
    door.headers["Authorization"] = f"Bearer {token}"
    assert door.role() == "user_office"
    assert write(door, Origin="http://evil.example") == 404
    door.headers["Authorization"] = "Bearer puma_00000000_nothing"
    answer = door.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


PATHS = ("/", "/review", "/nowhere", "/sign-in", "/api/v1/search", "/api/v1/nothing", "/healthz", "/assets/puma.css",
         "/theme.css", "/api/v1/search?q=(", "/_dash-layout", "/record/1.json")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_its_id_and_the_headers_that_keep_others_out(make: Make, browser: Open, path: str) -> None:
    answer = browser(make()).get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert {"permissions-policy", "cross-origin-opener-policy"} <= set(answer.headers.keys())
    assert len(answer.headers["x-request-id"]) == 12
    if "problem" in answer.headers["content-type"]:
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_no_page_holds_a_script(make: Make, browser: Open) -> None:
    text = browser(make()).get("/").text
    scripts = [part.split(">", 1) for part in text.split("<script")[1:]]
    assert len(scripts) > 5
    for opening, rest in scripts:
        assert "src=" in opening or 'type="application/json"' in opening, rest[:200]
    assert " onclick=" not in text
    assert " onload=" not in text


def test_personal_answers_are_kept_by_no_cache_and_fixed_ones_may_be(make: Make, browser: Open) -> None:
    door = browser(make())
    door.sign_in("admin")
    for path in ("/", "/api/v1/me", "/_dash-layout", "/sign-in"):
        assert door.get(path).headers["cache-control"] == "no-store"
    assert "no-store" not in door.get("/theme.css").headers["cache-control"]


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8050", 200), ("127.0.0.1", 200), ("[::1]:8050", 200), ("LOCALHOST", 200),
     ("puma.example.org", 200), ("evil.example", 400), ("127.0.0.1.evil.example", 400), ("", 400)],
)  # fmt: skip
def test_a_name_that_another_site_let_point_here_is_refused(make: Make, browser: Open, host: str, status: int) -> None:
    door = browser(make(), hosts=hosts_of("127.0.0.1", "https://puma.example.org/"))
    assert door.get("/healthz", headers={"Host": host}).status_code == status


def test_on_other_addresses_any_name_is_taken_until_the_public_one_is_told() -> None:
    assert hosts_of("0.0.0.0", "") == ()
    assert set(hosts_of("0.0.0.0", "https://puma.example.org")) >= {"puma.example.org", "localhost"}


def test_too_large_requests_are_refused_with_and_without_a_length(make: Make, browser: Open) -> None:
    door = browser(make(accounts=False, local_role="admin", max_request_mb=0.01))
    for body in (b"x" * 20_000, iter([b"x" * 6000] * 4)):
        answer = door.post("/api/v1/links/9/decision", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    answer = door.get("/healthz", headers={"Content-Length": "-5"})
    assert answer.status_code == 413


def test_a_flood_of_requests_is_slowed_by_account_and_not_for_others(make: Make, browser: Open) -> None:
    house = make(requests_per_minute=40)
    door = browser(house)
    door.sign_in("viewer")
    answers = [door.get("/api/v1/me") for _ in range(30)]
    slow = [one for one in answers if one.status_code == 429]
    assert slow
    assert int(slow[0].headers["retry-after"]) >= 1
    assert slow[0].json()["request_id"]
    token = make_token(house.storage, house.settings.access, 4, role="admin", days=1)
    assert door.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert door.get("/healthz").status_code == 200


def test_ones_own_machine_is_not_slowed(make: Make, browser: Open) -> None:
    door = browser(make(accounts=False, requests_per_minute=10))
    assert {door.get("/api/v1/me").status_code for _ in range(60)} == {200}


def test_websockets_are_closed(make: Make, browser: Open) -> None:
    from starlette.websockets import WebSocketDisconnect

    door = browser(make())
    with pytest.raises(WebSocketDisconnect), door.websocket_connect("/_dash-ws-callback"):
        pass


def test_a_fault_is_one_sentence_with_the_id_that_stands_in_the_log(
    make: Make, browser: Open, caplog: pytest.LogCaptureFixture
) -> None:
    door = browser(make())

    @door.app.get("/api-fault")  # type: ignore[attr-defined]
    def fault() -> None:
        raise RuntimeError("a secret of the inside")

    routes = door.app.router.routes  # type: ignore[attr-defined]
    routes.insert(0, routes.pop())
    handler = caplog.handler
    handler.addFilter(WithRequestId())
    with caplog.at_level(logging.INFO):
        answer = door.get("/api-fault")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]
    ids = {getattr(record, "request_id", "") for record in caplog.records if record.name.startswith("puma")}
    assert ids == {answer.json()["request_id"]}


def test_the_log_holds_no_password_no_token_and_no_query(
    make: Make, browser: Open, caplog: pytest.LogCaptureFixture
) -> None:
    house = make()
    token = make_token(house.storage, house.settings.access, 4, role="admin", days=1)
    door = browser(house)
    with caplog.at_level(logging.DEBUG, "puma"):
        door.sign_in("admin", "a wrong password")
        door.sign_in("admin")
        door.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        door.get("/api/v1/search", params={"q": "Somebody Private"})
    assert caplog.records
    for word in (PASSWORD, "a wrong password", token[14:], door.cookies["puma_session"], "Private"):
        assert word not in caplog.text


def test_the_sample_facility_offers_eyes_and_nothing_else_does(make: Make, browser: Open) -> None:
    sample = make(accounts=False, local_role="admin", demo=True)
    (sample.settings.home / MARK).write_text("")
    door = browser(sample)
    assert door.role() == "admin"
    for role in ("anonymous", "viewer", "scientist", "user_office", "admin"):
        assert door.post("/look", data={"role": role}).status_code == 303
        assert door.role() == role
    assert door.post("/look", data={"role": "king"}).status_code == 303
    assert door.role() == "admin"
    add_account(sample.storage, "ada", PASSWORD, "admin")
    assert browser(sample).post("/look", data={"role": "admin"}).status_code == 404
    for house in (make(accounts=False, demo=True), make(accounts=False), make(demo=True)):
        other = browser(house)
        assert other.post("/look", data={"role": "admin"}).status_code == 404
        other.cookies.set("puma_look", "admin")
        assert other.role() in ("viewer", "anonymous")


def test_closed_pages_are_403_for_machines_and_say_whom_to_ask(make: Make, browser: Open) -> None:
    from dashboards.frame.shell import closed
    from dashboards.frame.state import State
    from dashboards.page import Desk, pages
    from puma.access import ANONYMOUS, Entrance
    from puma.errors import Refused

    house = make(contact="office@example.org")
    door = browser(house)
    assert [door.get(path).status_code for path in ("/", "/audit", "/review", "/nowhere")] == [200, 403, 403, 404]
    door.sign_in("scientist")
    assert [door.get(path).status_code for path in ("/audit", "/review")] == [403, 200]
    desk = Desk(house, ANONYMOUS, State(), entrance=Entrance(signs_in=True))
    words = json.dumps(
        closed(desk, pages()["/audit"], Refused("")).to_plotly_json(), default=lambda c: c.to_plotly_json()
    )
    assert "office@example.org" in words
    assert "/sign-in" in words


def test_confidential_views_and_exports_are_audited_with_who_and_how_many(make: Make, browser: Open) -> None:
    house = make()
    hide_one(house)
    for role in ("viewer", "user_office"):
        door = browser(house)
        door.sign_in(role)
        for path in (
            "/api/v1/proposals?limit=10",
            "/api/v1/exports/proposals.csv",
            "/record/11.json",
            "/record/12.json",
        ):
            door.get(path)
    entries = trail(house.storage, EVERYTHING, topic="confidential").items
    assert [(one.act, one.who, one.count, one.place) for one in reversed(entries)] == [
        ("saw", "user_office Example", 1, "/api/v1/proposals?limit=10"),
        ("exported", "user_office Example", 1, "/api/v1/exports/proposals.csv"),
        ("saw", "user_office Example", 1, "/record/12.json"),
    ]


def test_an_export_made_in_the_background_is_audited_and_out_of_reach_of_another_role(
    make: Make, browser: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make()
    hide_one(house)
    monkeypatch.setattr(exports, "LARGE", 1)
    office, viewer = browser(house), browser(house)
    office.sign_in("user_office")
    viewer.sign_in("viewer")
    address = "/api/v1/exports/proposals.csv"
    led = office.get(address, headers={"accept": "text/html"})
    file = f"/api/v1/exports/jobs/{led.headers['location'].rpartition('/')[2]}/file"
    for _ in range(600):
        if (answer := office.get(file)).status_code == 200:
            break
        assert answer.status_code == 409, answer.text
        sleep(0.05)
    assert len(answer.text.splitlines()) == 3
    assert viewer.get(file).status_code == browser(house).get(file).status_code == 404
    (entry,) = trail(house.storage, EVERYTHING, topic="confidential").items
    assert (entry.act, entry.who, entry.count, entry.place) == ("exported", "user_office Example", 1, address)


def test_queue_payloads_files_and_full_texts_are_audited_once_a_view_and_never_by_the_row(
    make: Make, browser: Open
) -> None:
    house = make()
    hide_one(house)
    sha = hide_more(house)
    office = browser(house)
    office.sign_in("user_office")
    views = ("/api/v1/integration/contradictions", f"/api/v1/payloads/{sha}", "/file/15.pdf")
    for path in (*views, *views):  # the second time within seconds is the same view; a download is an export each time
        assert office.get(path).status_code == 200, path
    entries = trail(house.storage, EVERYTHING, topic="confidential").items
    assert [(one.act, one.count, one.detail) for one in reversed(entries)] == [
        ("saw", 1, "integration queue: contradictions"),
        ("exported", 1, f"payload {sha[:12]}"),
        ("saw", 1, "file 15"),
        ("exported", 1, f"payload {sha[:12]}"),
    ]
    admin = browser(house)
    admin.sign_in("admin")
    csv = admin.get("/api/v1/audit.csv", params={"topic": "confidential", "who": "user_office"}).text
    assert [line.split(",")[3] for line in csv.strip().splitlines()[1:]] == ["exported", "saw", "exported", "saw"]
    nobody = browser(house)
    nobody.sign_in("viewer")
    assert [nobody.get(path).status_code for path in views] == [403, 403, 404]
    assert len(trail(house.storage, EVERYTHING, topic="confidential").items) == 4


def hide_more(house: Installation) -> str:
    """A payload that tells of the confidential proposal, its file, and a contradiction in it. Returns the digest."""
    at, sha = now(), "ab" * 32
    path = house.settings.files_folder / "x.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4 nothing")
    with house.storage.writing() as session:
        for number, (name, planned) in enumerate((("office", 2001), ("old office", 2009)), start=1):
            source = {"name": name, "harvester": "tables", "precedence": 10 * number, "schedule": ""}
            session.execute(insert(HarvestSource).values(id=number, **source))
            raw = {"source_id": number, "key": "12", "payload_sha256": sha, "fetched_at": at, "run_id": 1}
            session.execute(insert(RawRecord).values(id=number, **raw))
            said = {"kind": "proposal", "position": 0, "keys": [["code", "12"]], "claimed_at": at}
            values = {"operation_year": planned, "deposited_on": f"{planned}-01-01"}
            of = {"record_id": 12, "raw_record_id": number, "source_id": number, "values": values}
            session.execute(insert(StoredClaim).values(**of, **said))
        session.execute(insert(Payload).values(sha256=sha, size_bytes=1, body=zlib.compress(b"x")))
        record = {"id": 15, "kind": "file", "visibility": "restricted", "created_at": at, "changed_at": at}
        session.execute(insert(Record).values(**record))
        file = {"name": "x.pdf", "path": str(path), "media_type": "application/pdf", "state": "new"}
        session.execute(insert(File).values(id=15, of_id=12, **file))
    return sha


def test_the_audit_is_told_to_administrators_as_a_list_and_as_csv(make: Make, browser: Open) -> None:
    house = make()
    office, admin = browser(house), browser(house)
    office.sign_in("user_office")
    assert office.get("/api/v1/audit").status_code == office.get("/api/v1/audit.csv").status_code == 403
    admin.sign_in("admin")
    listed = admin.get("/api/v1/audit", params={"topic": "sign-ins"}).json()
    assert [one["who"] for one in listed["items"]] == ["admin Example", "user_office Example"]
    csv = admin.get("/api/v1/audit.csv", params={"who": "office"})
    lines = csv.text.strip().splitlines()
    assert lines[0] == "at,who,role,act,place,count,detail"
    assert len(lines) - 1 == int(csv.headers["x-total-count"]) == 1
    assert admin.get("/api/v1/audit", params={"topic": "gossip"}).status_code == 422


def hide_one(house: Installation) -> None:
    """Two proposals: 11 is internal, 12 is confidential."""
    at = now()
    with house.storage.writing() as session:
        facility = session.scalars(select(Facility.id)).one()
        for number, visibility in ((11, "internal"), (12, "restricted")):
            record = {"id": number, "kind": "proposal", "visibility": visibility, "created_at": at, "changed_at": at}
            session.execute(insert(Record).values(**record))
            session.execute(insert(Proposal).values(id=number, facility_id=facility, code=f"P-{number}", title="x"))
