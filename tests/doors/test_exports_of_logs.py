"""The validated matches and the audit as files: at once while small, else as a job like every other export."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.review import matches
from puma import decisions, exports
from puma.access import EVERYTHING
from puma.api import make_app
from puma.api.exporting import again_in
from puma.entities import Link
from puma.installation import Installation
from puma.reports import jobs_in
from tests.doors.test_exports_kept import ADDRESS, BROWSER, until

AUDIT = "/api/v1/audit.csv?topic=decisions"
MATCHES = "/api/v1/review/validated.csv"


@pytest.fixture
def door(own_copy: Installation) -> Iterator[TestClient]:
    """The sample facility, in which somebody decided on six pairs."""
    with own_copy.storage.reading() as session:
        query = select(Link.id).where(Link.relation == "publication-proposal", Link.state == "candidate")
        numbers = session.scalars(query.order_by(Link.id).limit(6)).all()
    for number in numbers:
        decisions.decide(own_copy.storage, EVERYTHING, number, "accept", reason="=1+1")
    yield TestClient(make_app(own_copy), base_url=ADDRESS, client=("127.0.0.1", 1), follow_redirects=False)
    jobs_in(own_copy.settings).close()


@pytest.mark.parametrize("address", [MATCHES, AUDIT])
def test_a_large_one_is_made_in_the_background_and_is_the_same_file(
    door: TestClient, own_copy: Installation, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    at_once = door.get(address, headers=BROWSER)
    assert at_once.status_code == 200
    assert len(at_once.text.splitlines()) == int(at_once.headers["x-total-count"]) + 1 >= 7
    monkeypatch.setattr(exports, "LARGE", 2)
    assert door.get(address).content == at_once.content, "a program that does not ask for it waits, as ever"
    led = door.get(address, headers=BROWSER)
    assert (led.status_code, led.headers["location"][:9]) == (303, "/exports/")
    number = led.headers["location"].removeprefix("/exports/")
    until(lambda: door.get(f"/api/v1/exports/jobs/{number}").json()["state"] == "done")
    assert door.get(f"/api/v1/exports/jobs/{number}/file").content == at_once.content
    kept = next(one for one in jobs_in(own_copy.settings)._all() if one.id == number)
    assert kept.mark is not None, "it grew piece by piece, so that it could have gone on after a cut"
    assert kept.order.kind in again_in(own_copy), "the next process knows how to make it"


def test_the_link_of_many_validated_matches_leads_to_their_page(
    door: TestClient, own_copy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(own_copy, EVERYTHING, State.read("?state=validated&view=list"), path="/review")
    assert "download=''" in str(matches.validated(desk))
    monkeypatch.setattr(matches, "LARGE", 2)
    assert "download" not in str(matches.validated(desk))
