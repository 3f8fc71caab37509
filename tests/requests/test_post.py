"""The post: weekly digests by the schedule of the settings, once a week and person, whoever sends."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from puma import requests
from puma.entities import DigestWish
from puma.errors import WrongUsage
from puma.installation import Installation
from puma.requests.posting import Posted, can_post, last_moment, post
from puma.requests.wishes import digests, send_digest
from puma.settings import AccessSettings, MailSettings, RequestSettings, Settings, load_settings
from puma.storage import Storage
from puma.worker import Worker
from tests.requests.conftest import AT, Facility, facility_in
from tests.requests.post_office import PostOffice
from tests.requests.test_letters import settings_for

MONDAY = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
"""The first moment of "0 6 * * 1" after the pairs of the small facility were proposed."""


def wished(facility: Facility) -> None:
    requests.wish_digest(facility.storage, facility.people["Ada"], "ada@example.org", at=AT)


def test_the_moment_is_the_last_one_of_the_schedule() -> None:
    weekly = "0 6 * * 1"
    assert last_moment(weekly, MONDAY) == MONDAY
    assert last_moment(weekly, MONDAY - timedelta(seconds=1)) == MONDAY - timedelta(days=7)
    assert last_moment(weekly, MONDAY + timedelta(days=6, hours=23)) == MONDAY
    assert last_moment("0 6 1 1 *", MONDAY) is None


def test_a_digest_goes_out_once_when_its_week_is_due(facility: Facility, mail: PostOffice) -> None:
    wished(facility)
    way = settings_for(mail)
    sent = [
        post(facility.storage, way, MONDAY, at=at).sent
        for at in (MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2), MONDAY + timedelta(days=3))
    ]
    assert sent == [1, 0, 0]
    assert [letter["To"] for letter in mail.letters] == ["Ada <ada@example.org>"]
    assert "D17" in mail.letters[0]["Subject"]


def test_who_wished_after_the_moment_waits_for_the_next_one(facility: Facility, mail: PostOffice) -> None:
    requests.wish_digest(facility.storage, facility.people["Ada"], "ada@example.org", at=MONDAY + timedelta(minutes=1))
    assert post(facility.storage, settings_for(mail), MONDAY, at=MONDAY + timedelta(hours=1)) == Posted()
    assert mail.letters == []


def test_of_two_workers_at_once_one_sends(facility: Facility, mail: PostOffice) -> None:
    wished(facility)
    way, at = settings_for(mail), MONDAY + timedelta(hours=1)
    both = threading.Barrier(2)
    found: list[bool] = []

    def work() -> None:
        (due,) = [one for one in digests(facility.storage, way, at=at) if one.wish]
        both.wait()  # each has found that it is due
        found.append(send_digest(facility.storage, way, due, at=at))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(found) == [False, True]
    assert len(mail.letters) == 1


def test_what_the_server_did_not_take_is_tried_again(facility: Facility, mail: PostOffice) -> None:
    wished(facility)
    way, at = settings_for(mail), MONDAY + timedelta(hours=1)
    mail.greets = False
    done = post(facility.storage, way, MONDAY, at=at)
    assert done.sent == 0
    assert len(done.failed) == 1
    assert "ada@example.org" not in done.failed[0]
    mail.greets = True
    assert post(facility.storage, way, MONDAY, at=at + timedelta(minutes=15)).sent == 1


def test_a_week_with_nothing_new_has_no_letter(facility: Facility, mail: PostOffice) -> None:
    wished(facility)
    later = MONDAY + timedelta(days=28)
    assert post(facility.storage, settings_for(mail), later, at=later + timedelta(hours=1)) == Posted()


@pytest.mark.parametrize("lacking", ["mail", "access", "requests"])
def test_nothing_goes_out_by_itself_without_server_address_or_schedule(mail: PostOffice, lacking: str) -> None:
    way = settings_for(mail)
    without = {"mail": MailSettings(), "access": AccessSettings(), "requests": RequestSettings(digest="")}
    assert can_post(way)
    assert not can_post(way.model_copy(update={lacking: without[lacking]}))


def test_a_schedule_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "puma.toml"
    file.write_text("[requests]\ndigest = 'on Mondays'\n", "utf-8")
    with pytest.raises(WrongUsage, match="line 2"):
        load_settings(file)


def test_the_worker_posts_at_its_moment_and_not_again(tmp_path: Path, mail: PostOffice) -> None:
    home = tmp_path
    way: Settings = settings_for(mail)
    house = Installation(Settings(home=home, mail=way.mail, access=way.access))
    house.prepare()
    wished(facility_in(house.storage))
    worker = Worker(house, lambda _what, _done, _total: None)
    assert [worker.post(at) for at in (MONDAY - timedelta(days=1), MONDAY, MONDAY + timedelta(hours=1))] == [0, 1, 0]
    assert Worker(house, lambda _what, _done, _total: None).post(MONDAY + timedelta(hours=2)) == 0
    forget(house.storage)
    assert worker.post(MONDAY + timedelta(hours=3)) == 0  # the round of this moment is over
    assert len(mail.letters) == 1
    house.close()


def forget(storage: Storage) -> None:
    with storage.writing() as session:
        session.execute(update(DigestWish).values(sent_at=None))
