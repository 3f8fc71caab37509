"""Asking through API, command line and browser: the link works without an account, tells one pair, and is in no log."""

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from sqlalchemy import select, update

from puma import requests
from puma.access import Viewer
from puma.accounts.slowing import Slowing
from puma.api import answering, make_app
from puma.cli.door import use_settings
from puma.entities import AuditEntry, Link, Request
from puma.installation import Installation
from puma.settings import Settings
from tests.accounts.browser import Browser
from tests.requests.conftest import Facility, facility_in
from tests.requests.post_office import PostOffice

LINK = re.compile(r"/answer/[\w-]{43}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """The small facility, with its pages."""
    house = Installation(Settings(home=tmp_path))
    house.prepare()
    house.small = facility_in(house.storage)  # type: ignore[attr-defined]  # for the tests' own use
    yield house
    house.close()


def small(house: Installation) -> Facility:
    found: Facility = house.small  # type: ignore[attr-defined]
    return found


def as_viewer(house: Installation, viewer: Viewer) -> TestClient:
    app = make_app(house)
    api = next(route.app for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: viewer
    return TestClient(app, follow_redirects=False)


def asked(house: Installation, by: str = "Ada", about: str = "one", **more: object) -> tuple[int, str]:
    """(number, path of the link) of a question to Zoe, who has no account, asked through the API."""
    body = {"link": small(house).links[about], "name": "Zoe Outside", "email": "zoe@example.org", **more}
    answer = as_viewer(house, small(house).people[by]).post("/api/v1/requests", json=body)
    assert answer.status_code == 201, answer.text
    found = LINK.search(answer.json()["answer_at"])
    assert found
    return int(answer.json()["id"]), found[0]


def state_of(house: Installation, about: str = "one") -> str:
    with house.storage.reading() as session:
        return session.scalars(select(Link.state).where(Link.id == small(house).links[about])).one()


def test_who_has_the_link_answers_without_an_account_and_then_it_is_gone(house: Installation) -> None:
    number, link = asked(house, message="<b>Were</b> you there?")
    visitor = Browser(house)
    page = visitor.get(link)
    assert page.status_code == 200
    assert all(words in page.text for words in ("Paper 0", "Proposal OP-0", "&lt;b&gt;Were&lt;/b&gt; you there?"))
    assert "Paper 1" not in page.text
    assert "zoe@example.org" not in page.text
    assert state_of(house) == "candidate"
    done = visitor.post(link, data={"answer": "accept", "comment": "yes"})
    assert (done.status_code, "Thank you" in done.text) == (200, True)
    assert state_of(house) == "validated"
    again = visitor.get(link)
    assert (again.status_code, "answered already" in again.text) == (410, True)
    assert "Paper 0" not in again.text
    assert visitor.post(link, data={"answer": "reject"}).status_code == 410
    mine = as_viewer(house, small(house).people["Ada"]).get("/api/v1/requests").json()["asked"]
    assert [(one["id"], one["answer"], one["comment"]) for one in mine] == [(number, "accept", "yes")]


@pytest.mark.parametrize("path", ["/answer/" + "A" * 43, "/answer/", "/answer", "/answer/a/b", "/no-digest/x"])
def test_a_link_that_never_was_is_404_and_tells_nothing(house: Installation, path: str) -> None:
    asked(house)
    answer = Browser(house).get(path)
    assert answer.status_code == 404
    assert "Paper" not in answer.text
    assert "Zoe" not in answer.text


def test_no_engine_proxy_or_other_page_learns_of_the_link(house: Installation) -> None:
    headers = Browser(house).get(asked(house)[1]).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "script" not in Browser(house).get(asked(house, about="two")[1]).text


def test_the_secret_is_in_no_log_and_in_no_audit(house: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, open_link = asked(house)
    _, secret_link = asked(house, by="Olga", about="secret")
    visitor = Browser(house)
    for link in (open_link, secret_link):
        visitor.get(link)
        visitor.post(link, data={"answer": "nonsense"})
        visitor.put(link)
        visitor.post(link, data={"answer": "do not know"}, headers={"Referer": f"http://testserver{link}"})
        visitor.get(link)
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    with house.storage.reading() as session:
        audit = repr([vars(one) for one in session.scalars(select(AuditEntry))])
        kept = repr([vars(one) for one in session.scalars(select(Request))])
    assert "/answer" in ours
    assert "'/answer'" in audit
    for link in (open_link, secret_link):
        secret = link.rpartition("/")[2]
        assert secret not in ours
        assert secret not in audit
        assert secret not in kept


def test_trying_many_links_is_slowed_down(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "Slowing", partial(Slowing, clock=lambda: 0.0))  # none comes back meanwhile
    visitor = Browser(house)
    statuses = [visitor.get("/answer/" + f"{n:043}").status_code for n in range(70)]
    assert statuses[:60] == [404] * 60
    assert set(statuses[60:]) == {429}


def test_a_form_without_referrer_and_somebody_signed_in_can_answer(house: Installation) -> None:
    from puma.accounts import add_account

    add_account(house.storage, "dora", "correct horse battery", "viewer", name="Dora")
    visitor = Browser(house)
    visitor.sign_in("dora")
    assert visitor.role() == "viewer"
    answer = visitor.post(asked(house)[1], data={"answer": "reject"}, headers={"Origin": "null"})
    assert (answer.status_code, state_of(house)) == (200, "rejected")


def test_the_api_asks_answers_and_takes_back(house: Installation) -> None:
    people = small(house).people
    number, link = asked(house, account=people["Bob"].account, name="", email="")
    bob, ada, carl = (as_viewer(house, people[name]) for name in ("Bob", "Ada", "Carl"))
    waiting = bob.get("/api/v1/requests").json()["waiting"]
    assert [(one["id"], one["pair"]["right"]["code"]) for one in waiting] == [(number, "OP-0")]
    assert carl.get("/api/v1/requests").json() == {"asked": [], "waiting": [], "ended": []}
    assert carl.post(f"/api/v1/requests/{number}/answer", json={"answer": "accept"}).status_code == 404
    assert ada.post(f"/api/v1/requests/{number}/withdraw").status_code == 200
    assert Browser(house).get(link).status_code == 410
    assert bob.post(f"/api/v1/requests/{number}/answer", json={"answer": "accept"}).status_code == 409
    assert ada.post(f"/api/v1/requests/{number}/reopen").status_code == 200
    assert bob.post(f"/api/v1/requests/{number}/answer", json={"answer": "perhaps"}).status_code == 422
    done = bob.post(f"/api/v1/requests/{number}/answer", json={"answer": "accept", "comment": "mine"}).json()
    assert state_of(house) == "validated"
    olga = as_viewer(house, people["Olga"])
    assert olga.delete(f"/api/v1/decisions/{done['decision']}").status_code == 200
    assert state_of(house) == "candidate"
    told = carl.get(f"/api/v1/requests/of-link/{small(house).links['one']}").json()
    assert [(one["state"], one["answer"], one["email"]) for one in told] == [("answered", "accept", "")]
    assert bob.post("/api/v1/requests", json={"link": small(house).links["two"], "name": "Zoe"}).status_code == 403


def test_a_letter_that_cannot_go_is_503_and_the_question_stays(house: Installation) -> None:
    number, link = asked(house)
    ada = as_viewer(house, small(house).people["Ada"])
    assert "Paper 0" in ada.get(f"/api/v1/requests/{number}/letter").json()["body"]
    assert ada.post(f"/api/v1/requests/{number}/letter").status_code == 403
    assert Browser(house).get(link).status_code == 200


def test_a_confidential_pair_and_questions_about_it_do_not_exist_for_a_scientist(house: Installation) -> None:
    before = as_viewer(house, small(house).people["Carl"]).get("/api/v1/requests").json()
    asked(house, by="Olga", about="secret")
    carl = as_viewer(house, small(house).people["Carl"])
    assert carl.get("/api/v1/requests").json() == before
    assert carl.get(f"/api/v1/requests/of-link/{small(house).links['secret']}").json() == []
    body = {"link": small(house).links["secret"], "name": "Zoe", "email": "zoe@example.org"}
    hidden, none = (carl.post("/api/v1/requests", json={**body, "link": n}) for n in (body["link"], 99_999))
    assert (hidden.status_code, hidden.json()["detail"]) == (none.status_code, none.json()["detail"])


def test_the_command_prints_digests_and_sends_them_where_wished(
    house: Installation, mail: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    from puma.cli import digest as command

    home = house.settings.home
    (home / "puma.toml").write_text(
        f'[access]\npublic_url = "https://puma.example.org"\n[mail]\nhost = "127.0.0.1"\nport = {mail.port}\n'
        'tls = "none"\nfrom = "puma@example.org"\n', "utf-8",
    )  # fmt: skip
    use_settings(home / "puma.toml")
    ada = small(house).people["Ada"]
    with house.storage.writing() as session:
        session.execute(update(Link).values(found_at=requests_now() - timedelta(days=1)))
    command.digest(send=False, account="")
    printed = capsys.readouterr().out
    assert "To: Ada (ada; not wished)" in printed
    assert "D17: 2 wait, 2 of them new" in printed
    assert mail.letters == []
    requests.wish_digest(house.storage, ada, "ada@example.org", at=requests_now())
    command.digest(send=True, account="")
    command.digest(send=True, account="ada")
    printed = capsys.readouterr().out
    assert "ada: sent" in printed
    assert "olga: not wished" in printed
    assert "ada: went out on" in printed
    assert [letter["To"] for letter in mail.letters] == ["Ada <ada@example.org>"]


def requests_now() -> Any:
    from puma.storage import now

    return now()


# -- in a browser


@pytest.fixture
def at(house: Installation) -> Iterator[str]:
    """The pages on a free port; who asks there is the scientist Ada."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = make_app(house)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Callable[..., Page]]:
    """Opens tabs, each with cookies of its own."""
    opened = []

    def make(width: int = 1280) -> Page:
        opened.append(browser.new_context(viewport={"width": width, "height": 900}))
        return opened[-1].new_page()

    yield make
    for context in opened:
        context.close()


@pytest.mark.browser
def test_asking_on_the_review_page_and_answering_by_the_link_with_the_keyboard_alone(
    house: Installation, at: str, tab: Callable[..., Page]
) -> None:
    from puma.accounts import add_account

    add_account(house.storage, "eva", "correct horse battery", "scientist", name="Eva", scope=["D17"])
    page = tab()
    page.goto(f"{at}/sign-in?next=/review")
    page.fill("#name", "eva")
    page.fill("#password", "correct horse battery")
    page.click("button[type=submit]")
    page.wait_for_selector("article.pair:not(.behind) .ask summary")
    box = page.locator("article.pair:not(.behind) .ask")
    box.locator("summary").click()
    box.get_by_label("Or anybody: name").fill("Zoe Outside")
    box.get_by_label("E-mail").fill("zoe@example.org")
    box.get_by_label("What you want").fill("Yours?")
    assert state_of(house) == "candidate"  # typing x and a decided nothing
    box.get_by_role("button", name="Ask").click()
    page.click("text=Read, copy or send the letter")
    page.wait_for_selector("text=The letter to Zoe Outside")
    assert page.get_by_role("button", name="Send it").is_disabled()  # no mail server is set
    page.click("text=Make the link and show it")
    link = page.inner_text("#answer-link")
    assert link.startswith(f"{at}/answer/")
    assert page.locator("[data-copy]").nth(0).get_attribute("data-copy") != ""

    outside = tab(320)
    outside.goto(link)
    assert outside.evaluate("document.documentElement.scrollWidth") <= 320
    assert all(
        outside.locator(".asked-buttons button").nth(n).bounding_box()["height"] >= 44  # type: ignore[index]
        for n in range(3)
    )
    for _ in range(10):
        outside.keyboard.press("Tab")
        if outside.evaluate("document.activeElement.value") == "reject":
            break
    outside.keyboard.press("Enter")
    outside.wait_for_selector("text=Thank you")
    with house.storage.reading() as session:
        (one,) = session.scalars(select(Request))
    assert (one.answer, one.answered_by, one.asked_by) == ("reject", "Zoe Outside", "Eva")
    page.goto(f"{at}/requests?view=mine")
    page.wait_for_selector("text=Zoe Outside: no")


@pytest.mark.browser
def test_who_is_asked_answers_on_the_page_and_undoes_it(house: Installation, at: str, tab: Callable[..., Page]) -> None:
    from puma.accounts import add_account

    account = add_account(house.storage, "eva", "correct horse battery", "scientist", name="Eva", scope=["D17"])
    asked(house, account=account, name="", email="", message="You know best.")
    page = tab(390)
    page.goto(f"{at}/sign-in?next=/requests")
    page.fill("#name", "eva")
    page.fill("#password", "correct horse battery")
    page.click("button[type=submit]")
    page.wait_for_selector("text=You know best.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("Comment").fill("sure")
    page.get_by_role("button", name="Yes").click()
    page.wait_for_selector("text=Your answer is kept")
    assert state_of(house) == "validated"
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=Undone")
    for _ in range(50):
        if state_of(house) == "candidate":
            break
        page.wait_for_timeout(200)
    assert state_of(house) == "candidate"


@pytest.mark.browser
def test_the_page_has_an_empty_state_and_names_a_stand_in(
    house: Installation, at: str, tab: Callable[..., Page]
) -> None:
    from puma.accounts import add_account

    add_account(house.storage, "eva", "correct horse battery", "scientist", name="Eva", scope=["D17"])
    page = tab()
    page.goto(f"{at}/sign-in?next=/requests")
    page.fill("#name", "eva")
    page.fill("#password", "correct horse battery")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Nobody asked you anything")
    page.click("text=While away, digest")
    page.get_by_role("textbox", name="Who").click()
    page.get_by_role("option", name="Carl").click()
    page.get_by_label("To day").fill("2099-01-01")
    page.click("text=Let them stand in")
    page.wait_for_selector("text=for a year at most")
    page.get_by_label("To day").fill(f"{requests_now().date() + timedelta(days=7)}")
    page.click("text=Let them stand in")
    page.wait_for_selector("text=Carl stands in for you")
