"""Letters and the weekly digest: read before they go, sent through a real mail server, told when they do not go."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from puma import decisions, requests
from puma.accounts.register import viewer_of
from puma.entities import Account, DigestWish, Link, Record, Request
from puma.errors import NotHere, Refused, TryLater, WrongUsage
from puma.listing import candidates
from puma.requests.letters import PLACE
from puma.requests.mail import Letter, message_of
from puma.settings import AccessSettings, MailSettings, Settings, load_settings
from tests.requests.conftest import AT, Facility
from tests.requests.post_office import PostOffice
from tests.requests.test_asking import ask

BASE = "https://puma.example.org"
LATER = AT + timedelta(hours=1)


def settings_for(mail: PostOffice, **more: str) -> Settings:
    way = MailSettings.model_validate(
        {"host": "127.0.0.1", "port": mail.port, "tls": "none", "from": "puma@example.org", **more}
    )
    return Settings(mail=way, access=AccessSettings(public_url=BASE))


def send(facility: Facility, settings: Settings, number: int) -> None:
    requests.send_letter(facility.storage, settings, facility.people["Ada"], number, BASE, at=LATER)


def test_a_letter_is_read_without_a_link_and_nothing_goes_out(facility: Facility, mail: PostOffice) -> None:
    number = ask(facility, message="Were you at D17\nthat week?")
    letter = requests.preview(facility.storage, settings_for(mail), facility.people["Ada"], number, at=LATER)
    assert PLACE in letter.body
    assert all(words in letter.body for words in ("Dear Zoe Outside", "Ada asks you", "that week?", "Paper 0", "OP-0"))
    assert mail.letters == []
    with facility.storage.reading() as session:
        assert session.get_one(Request, number).digest is None


def test_a_letter_that_is_sent_holds_a_link_that_works(facility: Facility, mail: PostOffice) -> None:
    number = ask(facility)
    send(facility, settings_for(mail), number)
    (letter,) = mail.letters
    assert (letter["To"], letter["From"]) == ("Zoe Outside <zoe@example.org>", "puma@example.org")
    body = letter.get_content()
    (line,) = [line for line in body.splitlines() if line.startswith(f"{BASE}/answer/")]
    found = requests.question_behind(facility.storage, line.rpartition("/")[2], at=LATER)
    assert found.request_id == number
    assert requests.one_asked(facility.storage, facility.people["Ada"], number, at=LATER).sent_at == LATER


def test_what_is_confidential_stands_in_no_letter(facility: Facility, mail: PostOffice) -> None:
    number = ask(facility, by="Olga", about="secret")
    olga = facility.people["Olga"]
    requests.send_letter(facility.storage, settings_for(mail), olga, number, BASE, at=LATER)
    whole = f"{mail.letters[0]['Subject']} {mail.letters[0].get_content()}"
    assert "Paper 2" in whole
    assert "RE-0" not in whole


def test_a_letter_that_does_not_go_out_leaves_the_question_and_its_link(facility: Facility, mail: PostOffice) -> None:
    number = ask(facility, email="refused@example.org")
    token = requests.new_link(facility.storage, facility.people["Ada"], number, at=AT)
    with pytest.raises(TryLater, match="does not take this address"):
        send(facility, settings_for(mail), number)
    mail.greets = False
    with pytest.raises(TryLater, match="refuses or ends"):
        send(facility, settings_for(mail), number)
    with pytest.raises(TryLater, match="does not answer"):
        send(facility, settings_for(mail, port="9"), number)
    assert requests.question_behind(facility.storage, token, at=LATER).request_id == number
    assert requests.one_asked(facility.storage, facility.people["Ada"], number, at=LATER).sent_at is None


def test_a_server_without_tls_is_not_talked_to_when_tls_is_asked_for(facility: Facility, mail: PostOffice) -> None:
    number = ask(facility)
    with pytest.raises(TryLater):
        send(facility, settings_for(mail, tls="starttls"), number)
    assert (mail.letters, mail.recipients) == ([], [])


def test_the_password_comes_from_the_environment(
    facility: Facility, mail: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = settings_for(mail, user="puma", password="env:TEST_MAIL_PASSWORD")
    number = ask(facility)
    with pytest.raises(WrongUsage, match="TEST_MAIL_PASSWORD"):
        send(facility, way, number)
    monkeypatch.setenv("TEST_MAIL_PASSWORD", "swordfish")
    send(facility, way, number)
    assert len(mail.signed_in) == 1
    assert len(mail.letters) == 1


def test_without_a_server_nothing_is_sent_and_the_text_can_be_copied(facility: Facility) -> None:
    number = ask(facility)
    with pytest.raises(Refused, match="Copy the text"):
        send(facility, Settings(), number)
    letter = requests.letter_with_link(facility.storage, Settings(), facility.people["Ada"], number, BASE, at=LATER)
    assert f"{BASE}/answer/" in letter.body


@pytest.mark.parametrize("name", ["Zoe\r\nBcc: all@example.org", "Zoe\nSubject: other", "Zoé <x@y.z>, Eve"])
def test_no_name_or_title_begins_another_header(name: str) -> None:
    letter = Letter(name, "zoe@example.org", f"About {name}", "text\r\n.\r\nMAIL FROM:<x@y.z>\r\n", {"X-Way": name})
    message = message_of(letter, "puma@example.org")
    assert "Bcc" not in message
    assert len(message.get_all("Subject")) == len(message.get_all("To")) == 1
    assert [one.addr_spec for one in message["To"].addresses] == ["zoe@example.org"]


@pytest.mark.parametrize("address", ["", "zoe", "a@b\r\nRCPT TO:<x@y.z>", "a@b,c@d", "<a@b>", "a b@c"])
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(WrongUsage):
        message_of(Letter("Zoe", address, "x", "y"), "puma@example.org")


def test_the_settings_say_from_as_people_write_it_and_take_no_password(tmp_path: Path) -> None:
    file = tmp_path / "puma.toml"
    file.write_text('[mail]\nhost = "mail.example.org"\nfrom = "puma@example.org"\n[requests]\ndays = 9\n', "utf-8")
    found = load_settings(file)
    assert (found.mail.sender, found.mail.port, found.mail.tls, found.requests.days) == (
        "puma@example.org", 587, "starttls", 9,
    )  # fmt: skip
    file.write_text('[mail]\npassword = "swordfish"\n', "utf-8")
    with pytest.raises(WrongUsage, match=r"line 2: \[mail\] password"):
        load_settings(file)


# -- the weekly digest


def test_the_digest_tells_what_waits_as_the_review_page_counts_it(facility: Facility) -> None:
    for name, total in (("Ada", 2), ("Olga", 3)):
        viewer = facility.people[name]
        found = requests.digest(facility.storage, viewer, at=LATER)
        there = candidates(facility.storage, viewer, instrument=facility.instrument).total
        assert [(one.name, one.total, one.new) for one in found.waiting] == [("D17", there, total)]


def test_the_digest_tells_questions_decisions_and_new_publications(facility: Facility) -> None:
    people = facility.people
    requests.answer_behind(
        facility.storage,
        requests.new_link(facility.storage, people["Ada"], ask(facility), at=AT), "accept", at=LATER,
    )  # fmt: skip
    undone = decisions.decide(facility.storage, people["Carl"], facility.links["two"], "reject")
    decisions.undo(facility.storage, people["Carl"], undone)
    ask(facility, by="Carl", about="two", account=people["Ada"].account)
    with facility.storage.writing() as session:
        paper = session.get_one(Link, facility.links["one"]).left_id
        session.execute(update(Record).where(Record.id == paper).values(created_at=AT))
        decided_at = session.scalars(select(Link.decided_at).where(Link.id == facility.links["one"])).one()
    assert decided_at is not None
    found = requests.digest(facility.storage, people["Ada"], at=decided_at + timedelta(minutes=1))
    assert (found.accepted, found.rejected) == (1, 0)
    assert [one[:3] for one in found.decided] == [("Paper 0", "OP-0", "accepted")]
    found = requests.digest(facility.storage, people["Ada"], at=LATER)
    assert [one.title for one in found.requests] == ["Paper 1"]
    assert [title for _, title in found.new] == ["Paper 0"]
    letter = requests.letter_of(found, facility="Example", base=BASE)
    assert all(words in letter.body for words in ("Carl: Paper 1 (OP-1)", "Paper 0", f"{BASE}/requests"))


def test_the_digest_of_a_scientist_is_the_same_with_and_without_what_is_confidential(facility: Facility) -> None:
    ada = facility.people["Ada"]
    before = requests.digest(facility.storage, ada, at=LATER)
    decisions.decide(facility.storage, facility.people["Olga"], facility.links["secret"], "accept")
    with facility.storage.writing() as session:
        session.execute(update(Record).where(Record.kind == "publication").values(created_at=AT))
    after = requests.digest(facility.storage, ada, at=LATER)
    assert after == before
    assert "RE-0" not in requests.letter_of(after, facility="x", base=BASE).body
    assert requests.digest(facility.storage, facility.people["Olga"], at=LATER).publications == 1


def test_the_digest_goes_to_who_wished_for_it_once_a_week(facility: Facility, mail: PostOffice) -> None:
    way = settings_for(mail)
    requests.wish_digest(facility.storage, facility.people["Ada"], "ada@example.org", at=AT)
    reasons = {}
    for at in (LATER, LATER + timedelta(days=3), LATER + timedelta(days=6)):
        reasons[at] = {due.login: due.why_not(at) for due in requests.digests(facility.storage, way, at=at)}
        for due in requests.digests(facility.storage, way, at=at):
            if not due.why_not(at):
                requests.send_digest(facility.storage, way, due, at=at)
    assert [list(found) for found in reasons.values()] == [["ada", "carl", "olga"]] * 3
    assert [found["ada"] for found in reasons.values()] == ["", "went out on 2 March 2026", ""]
    assert {found[name] for found in reasons.values() for name in ("carl", "olga")} == {"not wished"}
    assert [letter["To"] for letter in mail.letters] == ["Ada <ada@example.org>"] * 2
    assert "D17: 2 new pairs to judge" in mail.letters[0]["Subject"]


def test_the_link_under_a_digest_ends_it(facility: Facility, mail: PostOffice) -> None:
    way, ada = settings_for(mail), facility.people["Ada"]
    requests.wish_digest(facility.storage, ada, "ada@example.org", at=AT)
    due = next(iter(requests.digests(facility.storage, way, at=LATER)))
    requests.send_digest(facility.storage, way, due, at=LATER)
    (line,) = [line for line in mail.letters[0].get_content().splitlines() if "/no-digest/" in line]
    assert mail.letters[0]["List-Unsubscribe"].strip() == f"<{line}>"
    secret = line.rpartition("/")[2]
    assert requests.is_way_out(facility.storage, secret)
    requests.end_digest_behind(facility.storage, secret)
    assert requests.wish_of(facility.storage, ada) is None
    with pytest.raises(NotHere):
        requests.end_digest_behind(facility.storage, secret)
    with facility.storage.reading() as session:
        assert session.scalars(select(DigestWish.id)).all() == []


def test_a_disabled_account_gets_no_digest(facility: Facility) -> None:
    with facility.storage.writing() as session:
        session.execute(update(Account).where(Account.name == "Ada").values(disabled_at=AT))
        assert viewer_of(session, session.scalars(select(Account).where(Account.name == "Ada")).one()).instruments
    found = requests.digests(facility.storage, Settings(), at=LATER)
    assert [due.login for due in found] == ["carl", "olga"]


def test_links_that_would_lead_nowhere_are_not_sent(facility: Facility, mail: PostOffice) -> None:
    requests.wish_digest(facility.storage, facility.people["Ada"], "ada@example.org", at=AT)
    way = settings_for(mail).model_copy(update={"access": AccessSettings()})
    due = next(iter(requests.digests(facility.storage, way, at=LATER)))
    with pytest.raises(WrongUsage, match="public_url"):
        requests.send_digest(facility.storage, way, due, at=LATER)
    assert mail.letters == []
