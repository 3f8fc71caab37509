"""Sign-in through an identity provider, against a real one: what is taken from it, and what is refused."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from puma.accounts import accounts, disable, set_role
from puma.accounts.oidc import Provider
from puma.errors import WrongUsage
from puma.installation import Installation
from puma.settings import AccessSettings
from tests.accounts.browser import BACK, Browser, at_provider
from tests.accounts.conftest import Make

RULES: dict[str, Any] = {
    "oidc_client_id": "puma",
    "oidc_client_secret": "a secret of the tests",
    "oidc_roles": {
        "urn:example:group:reading": "viewer",
        "urn:example:group:beamline": "scientist",
        "urn:example:group:office": "user_office",
    },
    "oidc_instruments": {"d17-beamline": "D17"},
}
Open = Callable[[Installation], Browser]


def signed_in(door: Browser, person: str, next_: str = "/") -> Any:
    """Sign in at the provider; the answer of the way back."""
    begun = door.get("/sign-in/provider", params={"next": next_})
    assert begun.status_code == 303, begun.text
    back = at_provider(begun.headers["location"], person)
    return door.get(back.removeprefix("http://testserver"))


def test_the_provider_gives_name_role_orcid_and_the_way_back(make: Make, browser: Open, provider: str) -> None:
    house = make(accounts=False, oidc_issuer=provider, **RULES)
    door = browser(house)
    answer = signed_in(door, "ada", "/review?state=candidate")
    assert (answer.status_code, answer.headers["location"]) == (303, "/review?state=candidate")
    assert door.get("/api/v1/me").json() == {"name": "Ada Example", "role": "user_office", "instruments": []}
    (one,) = accounts(house.storage)
    assert (one.issuer, one.subject, one.orcid) == (provider, "ada", "0000-0002-1825-0097")


def test_a_scientist_comes_with_the_instruments_of_the_claims(make: Make, browser: Open, provider: str) -> None:
    house = make(accounts=False, oidc_issuer=provider, **RULES)
    signed_in(browser(house), "sam")
    (one,) = accounts(house.storage)
    assert (one.name, one.role, one.scope) == ("Sam Sample", "scientist", ("D17", "IN5"))


def test_whoever_has_none_of_the_groups_gets_nothing(make: Make, browser: Open, provider: str) -> None:
    door = browser(make(accounts=False, oidc_issuer=provider, **RULES))
    signed_in(door, "zoe")
    assert door.role() == "anonymous"


def test_the_second_sign_in_finds_the_same_account_and_brings_its_role_up_to_date(
    make: Make, browser: Open, provider: str
) -> None:
    house = make(accounts=False, oidc_issuer=provider, **RULES)
    signed_in(browser(house), "ada")
    set_role(house.storage, "ada", "admin")
    door = browser(house)
    signed_in(door, "ada")
    assert door.role() == "user_office"
    assert len(accounts(house.storage)) == 1


def test_without_rules_for_roles_the_role_given_by_hand_stays(make: Make, browser: Open, provider: str) -> None:
    house = make(accounts=False, oidc_issuer=provider, **{**RULES, "oidc_roles": {}})
    signed_in(browser(house), "ada")
    set_role(house.storage, "ada", "scientist")
    door = browser(house)
    signed_in(door, "ada")
    assert door.role() == "scientist"


def test_a_disabled_account_is_not_let_in(make: Make, browser: Open, provider: str) -> None:
    house = make(accounts=False, oidc_issuer=provider, **RULES)
    signed_in(browser(house), "ada")
    disable(house.storage, "ada")
    door = browser(house)
    assert signed_in(door, "ada").status_code == 403
    assert door.role() == "anonymous"


def test_a_public_client_signs_in_by_pkce_alone(make: Make, browser: Open, provider: str) -> None:
    rules = {**RULES, "oidc_client_id": "public", "oidc_client_secret": ""}
    door = browser(make(accounts=False, oidc_issuer=provider, **rules))
    signed_in(door, "ada")
    assert door.role() == "user_office"


def test_who_refuses_at_the_provider_is_told_so(make: Make, browser: Open, provider: str) -> None:
    door = browser(make(accounts=False, oidc_issuer=provider, **RULES))
    answer = signed_in(door, "nobody the provider knows")
    assert answer.status_code == 403
    assert "The provider did not sign you in" in answer.text


def test_the_address_of_the_provider_asks_for_a_code_with_pkce_state_and_nonce(
    make: Make, browser: Open, provider: str
) -> None:
    door = browser(make(accounts=False, oidc_issuer=provider, **RULES))
    asked = parse_qs(urlsplit(door.get("/sign-in/provider").headers["location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert "email" not in asked["scope"][0]


@pytest.mark.parametrize("wrong", ["state", "iss", "code"])
def test_an_answer_that_is_not_the_one_asked_for_is_refused(
    make: Make, browser: Open, provider: str, wrong: str
) -> None:
    door = browser(make(accounts=False, oidc_issuer=provider, **RULES))
    back = at_provider(door.get("/sign-in/provider").headers["location"], "ada")
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    answer = door.get("/sign-in/back", params={**query, wrong: "x" * 30})
    assert answer.status_code == 403
    assert door.role() == "anonymous"


def test_an_answer_is_worth_nothing_in_another_browser_or_a_second_time(
    make: Make, browser: Open, provider: str
) -> None:
    house = make(accounts=False, oidc_issuer=provider, **RULES)
    door, other = browser(house), browser(house)
    back = at_provider(door.get("/sign-in/provider").headers["location"], "ada").removeprefix("http://testserver")
    other.get("/sign-in/provider")
    assert other.get(back).status_code == 403
    assert door.get(back).status_code == 303
    again = browser(house)
    again.cookies = door.cookies
    assert again.get(back).status_code == 403


def test_a_provider_that_is_gone_is_told_as_such(make: Make, browser: Open) -> None:
    door = browser(make(accounts=False, oidc_issuer="http://127.0.0.1:9", **RULES))
    answer = door.get("/sign-in/provider")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"oidc_issuer": "http://login.example.org", "oidc_client_id": "x"}, "https"),
        ({"oidc_issuer": "https://login.example.org"}, "oidc_client_id"),
    ],
)
def test_settings_that_cannot_work_are_told_at_once(settings: dict[str, str], words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        Provider(AccessSettings(**settings))


class Forged(Provider):
    """The provider with an ID token that somebody else made of the same claims."""

    def _decoded(self, id_token: str) -> Any:
        import base64
        import json as text

        from joserfc import jwt
        from joserfc.jwk import OctKey, RSAKey

        claims = text.loads(base64.urlsafe_b64decode(id_token.split(".")[1] + "=="))
        key, alg = (RSAKey.generate_key(2048), "RS256") if self.settings.oidc_name == "rsa" else (
            OctKey.import_key(b"a secret of the tests" * 2), "HS256")  # fmt: skip
        return super()._decoded(jwt.encode({"alg": alg}, claims, key))


@pytest.mark.parametrize("kind", ["rsa", "shared secret"])
def test_a_token_that_the_provider_did_not_sign_is_refused(make: Make, browser: Open, provider: str, kind: str) -> None:
    house = make(accounts=False, oidc_issuer=provider, oidc_name=kind, **RULES)
    door = browser(house)
    access = door.app.state.access  # type: ignore[attr-defined]
    access.__dict__["provider"] = Forged(house.settings.access)
    assert signed_in(door, "ada").status_code == 403
    assert accounts(house.storage) == []
