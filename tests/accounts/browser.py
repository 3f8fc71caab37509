"""A browser of the tests, the people that the identity provider of the tests knows, and a visit to it."""

from typing import Any

import requests
from fastapi.testclient import TestClient

from puma.api import make_app
from puma.installation import Installation

PASSWORD = "correct horse battery"
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {
        "name": "Ada Example",
        "orcid": "https://orcid.org/0000-0002-1825-0097",
        "entitlements": ["urn:example:group:office", "urn:example:group:reading"],
        "email": "ada@example.org",
    },
    "sam": {"given_name": "Sam", "family_name": "Sample", "entitlements": ["urn:example:group:beamline"],
            "instruments": ["d17-beamline", "IN5"]},
    "zoe": {"name": "Zoe Zero"},
}  # fmt: skip
BACK = "http://testserver/sign-in/back"


class Browser(TestClient):
    """A browser that keeps cookies; ``sign_in`` fills the form as people do."""

    def __init__(self, installation: Installation, **more: Any) -> None:
        super().__init__(make_app(installation, **more), follow_redirects=False)

    def token(self) -> str:
        """The token that forms and writes must carry."""
        return str(self.cookies.get("_csrf_token"))

    def sign_in(self, name: str, password: str = PASSWORD, **form: str) -> Any:
        """Send the form of the sign-in page."""
        self.get("/sign-in")
        return self.post("/sign-in", data={"name": name, "password": password, "token": self.token(), **form})

    def role(self) -> str:
        """The role that the API knows one by."""
        return str(self.get("/api/v1/me").json()["role"])


def at_provider(address: str, person: str) -> str:
    """Go to the provider as ``person``; where it leads back to."""
    with requests.Session() as session:
        session.headers["X-Person"] = person
        for _ in range(10):
            answer = session.get(address, allow_redirects=False, timeout=10)
            assert answer.is_redirect, answer.text
            address = requests.compat.urljoin(address, answer.headers["Location"])
            if address.startswith(BACK):
                return address
    raise AssertionError("the provider leads nowhere")
