"""Sign-in through an identity provider: OpenID Connect, authorization code with PKCE, state and nonce, by discovery."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from puma.errors import Refused, TryLater, WrongUsage
from puma.settings import AccessSettings

LASTS_S = 600.0
"""How long somebody may take at the provider."""
MOST = 5000
"""Sign-ins that may be under way; the oldest is forgotten first."""
TIMEOUT_S = 10.0
LEEWAY_S = 60
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures that only the provider can make: neither ``none`` nor those with a shared secret."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that is under way: what the provider must send back, and where to go afterwards."""

    state: str
    nonce: str
    verifier: str
    next: str
    back: str
    since: float


class Provider:
    """The identity provider of the settings. Discovery is asked for at the first sign-in and then remembered.

    Raises WrongUsage for settings that cannot work, TryLater when the provider does not answer.
    """

    def __init__(self, settings: AccessSettings) -> None:
        self.settings = settings
        parts = urlsplit(settings.oidc_issuer)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise WrongUsage("[access] oidc_issuer must begin with https://")
        if not settings.oidc_client_id:
            raise WrongUsage("[access] oidc_client_id is empty: the provider gives one to each installation.")
        self._metadata: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, back: str, next_: str) -> tuple[str, str]:
        """Begin a sign-in. back: our address that the provider leads to. Returns the provider's address, and the
        random number that the browser keeps meanwhile."""
        ticket, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        nonce = secrets.token_urlsafe(24)
        with self._session(back) as client:
            address, state = client.create_authorization_url(
                self._place("authorization_endpoint"), nonce=nonce, code_verifier=verifier
            )
        with self._lock:
            self._pending[ticket] = Pending(state, nonce, verifier, next_, back, monotonic())
            if len(self._pending) > MOST:
                self._pending.popitem(last=False)
        return str(address), ticket

    def finish(self, ticket: str, answer: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        """Finish a sign-in with the query that the provider sent the browser back with: (claims, where to go).

        Raises Refused when anything about it is not as it was begun.
        """
        with self._lock:
            begun = self._pending.pop(ticket, None)
        if begun is None or monotonic() - begun.since > LASTS_S:
            raise Refused("This sign-in took too long or was not begun in this browser: begin again.")
        if not compare_digest(begun.state.encode(), answer.get("state", "").encode()):
            raise Refused("The provider's answer belongs to another sign-in: begin again.")
        if "iss" in answer and answer["iss"] != self._known()["issuer"]:
            raise Refused("The answer comes from another provider.")
        if "error" in answer or "code" not in answer:
            raise Refused("The provider did not sign you in.")
        try:
            with self._session(begun.back) as client:
                token = client.fetch_token(
                    self._place("token_endpoint"), code=answer["code"], code_verifier=begun.verifier, timeout=TIMEOUT_S
                )
                claims = self._checked(token, begun.nonce)
                return {**self._more(client, claims["sub"]), **claims}, begun.next
        except OAuthError as error:
            raise Refused(f"The provider did not sign you in: {error.error}.") from error
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Refused(f"What the provider vouches for cannot be trusted: {type(error).__name__}.") from error
        except RequestException as error:
            raise TryLater("The identity provider does not answer.") from error

    def _checked(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of an ID token whose signature, issuer, audience, times and nonce are right."""
        read = self._decoded(str(token["id_token"]))
        claims = CodeIDToken(
            read.claims,
            read.header,
            {"iss": {"essential": True, "value": self._known()["issuer"]},
             "aud": {"essential": True, "value": self.settings.oidc_client_id}},
            {"nonce": nonce, "client_id": self.settings.oidc_client_id, "access_token": token.get("access_token")},
        )  # fmt: skip
        claims.validate(leeway=LEEWAY_S)
        return dict(claims)

    def _decoded(self, id_token: str) -> Any:
        try:
            return jwt.decode(id_token, self._key_set(), algorithms=SIGNED_BY)
        except (JoseError, ValueError):  # the provider may have changed its keys
            self._keys = None
            return jwt.decode(id_token, self._key_set(), algorithms=SIGNED_BY)

    def _more(self, client: OAuth2Session, subject: str) -> dict[str, Any]:
        """What the provider tells only when asked: often groups and ORCID. Nothing when it is of somebody else."""
        place = self._known().get("userinfo_endpoint")
        if not place:
            return {}
        answer = client.get(place, timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code != 200:
            return {}
        told = answer.json()
        return dict(told) if isinstance(told, dict) and told.get("sub") == subject else {}

    def _key_set(self) -> KeySet:
        if self._keys is None:
            self._keys = KeySet.import_key_set({"keys": list(self._json(self._place("jwks_uri"))["keys"])})
        return self._keys

    def _known(self) -> Mapping[str, Any]:
        """What the provider says about itself. Raises TryLater when it says it is somebody else."""
        if self._metadata is None:
            issuer = self.settings.oidc_issuer
            told = self._json(issuer.rstrip("/") + "/.well-known/openid-configuration")
            if str(told.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
                raise TryLater(f"The provider at {issuer} calls itself {told.get('issuer')}.")
            self._metadata = told
        return self._metadata

    def _place(self, name: str) -> str:
        place = str(self._known().get(name) or "")
        if urlsplit(place).scheme != "https" and urlsplit(place).hostname not in LOOPBACK:
            raise TryLater(f"The identity provider has no safe {name}.")
        return place

    def _json(self, address: str) -> dict[str, Any]:
        try:
            with OAuth2Session() as client:
                answer = client.request("GET", address, withhold_token=True, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
            told = answer.json()
        except (RequestException, ValueError) as error:
            raise TryLater("The identity provider does not answer.") from error
        if not isinstance(told, dict):
            raise TryLater("The identity provider answers with something else than JSON.")
        return told

    def _session(self, back: str) -> OAuth2Session:
        secret = self.settings.oidc_client_secret.get_secret_value()
        return OAuth2Session(
            self.settings.oidc_client_id,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=self.settings.oidc_scopes,
            redirect_uri=back,
            code_challenge_method="S256",
        )
