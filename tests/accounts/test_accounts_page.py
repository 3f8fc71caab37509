"""Accounts by administrators: what they change is audited, the last of them stays, and a token changes nothing."""

import json
import threading
from typing import Any

import pytest

from dashboards.frame.state import State
from dashboards.page import Desk, pages
from dashboards.pages import accounts as page
from puma import accounts
from puma.access import EVERYTHING, Entrance, Viewer
from puma.accounts import Attempts, check_password
from puma.errors import PumaError, Refused
from puma.installation import Installation
from puma.listing.trail import trail
from puma.storage import now
from tests.accounts.conftest import Make


def admin(house: Installation, login: str = "admin") -> Viewer:
    """An administrator who is signed in."""
    settings = house.settings.access
    secret = accounts.open_session(house.storage, settings, accounts.number_of(house.storage, login), "Firefox/1")
    found = accounts.viewer_of_session(house.storage, settings, secret, now())
    assert found is not None
    return found


def shown(content: Any) -> str:
    return json.dumps(content, default=lambda part: part.to_plotly_json())


def desk(house: Installation, viewer: Viewer, **state: tuple[str, ...]) -> Desk:
    return Desk(house, viewer, State(dict(state)), entrance=Entrance(signs_in=True))


def test_what_an_administrator_changes_holds_at_once_and_is_audited_with_their_name(make: Make) -> None:
    house = make()
    ada = admin(house)
    number = accounts.add_account(house.storage, "sam", "correct horse battery", "viewer", by=ada)
    accounts.set_role(house.storage, number, "user_office", by=ada)
    accounts.set_password(house.storage, number, "another horse battery", by=ada)
    assert check_password(house.storage, Attempts.fresh(), "sam", "another horse battery", "here") == number
    accounts.disable(house.storage, number, by=ada)
    with pytest.raises(Refused):
        check_password(house.storage, Attempts.fresh(), "sam", "another horse battery", "here")
    accounts.enable(house.storage, number, by=ada)
    entries = trail(house.storage, EVERYTHING, topic="rights", who="admin Example").items
    assert [(one.act, one.detail) for one in reversed(entries)] == [
        ("account made", "sam, viewer"),
        ("role changed", "sam: viewer to user_office"),
        ("password changed", "sam"),
        ("disabled", "sam"),
        ("enabled", "sam"),
    ]


def test_the_last_administrator_stays_also_when_two_take_the_right_from_each_other(make: Make) -> None:
    house = make()
    first = admin(house)
    with pytest.raises(Refused, match="last administrator"):
        accounts.disable(house.storage, first.account, by=first)
    with pytest.raises(Refused, match="last administrator"):
        accounts.set_role(house.storage, first.account, "viewer", by=first)
    accounts.add_account(house.storage, "second", "correct horse battery", "admin", by=first)
    second = admin(house, "second")
    refused: list[str] = []

    def take(who: Viewer, from_: Viewer) -> None:
        try:
            accounts.set_role(house.storage, from_.account, "viewer", by=who)
        except Refused as reason:
            refused.append(str(reason))

    both = [threading.Thread(target=take, args=pair) for pair in ((first, second), (second, first))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    left = [one.subject for one in accounts.accounts(house.storage) if one.role == "admin" and not one.disabled]
    assert len(left) == len(refused) == 1


@pytest.mark.parametrize("role", ["anonymous", "viewer", "scientist", "user_office"])
def test_nobody_else_sees_or_changes_accounts(make: Make, role: str) -> None:
    house = make()
    other = Viewer(role, "Mallory", account=1, session=1)
    for change in (
        lambda: accounts.disable(house.storage, "viewer", by=other),
        lambda: accounts.set_role(house.storage, "viewer", "admin", by=other),
        lambda: accounts.sessions(house.storage, house.settings.access, other, of=2),
        lambda: accounts.end_session_of(house.storage, other, 1),
        lambda: accounts.revoke_token_of(house.storage, other, "puma_0"),
        lambda: page.listed(desk(house, other)),
    ):
        with pytest.raises(Refused):
            change()
    assert pages()["/accounts"].role == "admin"


def test_a_token_of_an_administrator_changes_no_account(make: Make) -> None:
    house = make()
    by_token = Viewer("admin", "admin Example", account=accounts.number_of(house.storage, "admin"))
    with pytest.raises(Refused, match="signed in"):
        accounts.add_account(house.storage, "spare", "correct horse battery", "admin", by=by_token)


def test_an_administrator_ends_sessions_and_tokens_of_others(make: Make) -> None:
    house = make()
    ada, settings = admin(house), house.settings.access
    number = accounts.number_of(house.storage, "viewer")
    secret = accounts.open_session(house.storage, settings, number, "Chrome/1 Linux")
    token = accounts.make_token(house.storage, settings, number, role="viewer", days=5, label="script")
    whole = shown(page.opened(desk(house, ada, of=(str(number),))))
    assert "Chrome on Linux" in whole
    assert token[:13] in whole
    assert token not in whole
    (one,) = accounts.sessions(house.storage, settings, ada, of=number)
    page.end(desk(house, ada), str(one.id), {})
    page.revoke(desk(house, ada), token[:13], {})
    assert accounts.viewer_of_session(house.storage, settings, secret, now()) is None
    assert accounts.viewer_of_token(house.storage, token, now()) is None
    details = [one.detail for one in trail(house.storage, EVERYTHING, who="admin Example").items]
    assert "viewer: Chrome on Linux" in details


def test_a_made_password_is_shown_once_and_works(make: Make) -> None:
    house = make()
    ada = admin(house)
    words, _, changed = page._do(desk(house, ada), "make-account", ("kim", "Kim", "", "scientist", [], 3))
    assert changed == 4
    password = words.to_plotly_json()
    found = next(part for part in shown(password).split('"') if part.count("-") == 3 and len(part) == 27)
    number = check_password(house.storage, Attempts.fresh(), "kim", found, "here")
    assert found not in shown(page.opened(desk(house, ada, of=(str(number),))))
    again, _, _ = page._do(desk(house, ada), {"do": "password", "of": str(number)}, ("viewer", [], 4))
    with pytest.raises(PumaError):
        check_password(house.storage, Attempts.fresh(), "kim", found, "here")
    assert found not in shown(again)


def test_the_first_account_made_on_the_page_is_an_administrators(make: Make) -> None:
    house = make(accounts=False, local_role="admin")
    local = Viewer("admin", "local")
    assert "Nobody signs in here yet" in shown(page.listed(desk(house, local)))
    with pytest.raises(Refused, match="first account"):
        accounts.add_account(house.storage, "sam", "correct horse battery", "viewer", by=local)
    accounts.add_account(house.storage, "ada", "correct horse battery", "admin", by=local)
    assert accounts.has_accounts(house.storage)
