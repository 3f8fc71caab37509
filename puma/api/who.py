"""Who asks: the session or token of a request as a viewer; writes of other sites and floods of requests are refused."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from hmac import compare_digest
from time import monotonic
from urllib.parse import unquote_plus, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from puma.access import ANONYMOUS, ROLES, Entrance, Viewer, with_open_texts, with_own
from puma.accounts import Attempts, has_accounts, viewer_of_session, viewer_of_token
from puma.accounts.audit import place
from puma.accounts.oidc import Provider
from puma.accounts.slowing import Slowing
from puma.api.guard import is_fixed
from puma.api.problems import problem_of
from puma.errors import PumaError, Refused, SignIn, SlowDown, TryLater
from puma.installation import Installation
from puma.storage import now

CSRF_COOKIE = "_csrf_token"  # Dash sends it back as the header below with every callback
CSRF_HEADER = "x-csrftoken"
DRAWN_FOR = "x-puma-account"
"""Header with the account that a page was drawn for: when its session ended meanwhile, the page is told so."""
LOOK_COOKIE = "puma_look"
DEMO_MARK = ".puma-demo"
SAFE = ("GET", "HEAD", "OPTIONS")
FORMS = ("/sign-in", "/sign-out", "/look", "/answer", "/no-digest")
"""Plain forms: they carry the token among their entries, or change nothing that matters."""
LOOK_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks in the present request. secret: of the session, empty without one. ended: there was one."""

    viewer: Viewer = ANONYMOUS
    secret: str = ""
    csrf: str = ""
    by_token: bool = False
    ended: bool = False


NOBODY = Asking()
asking: ContextVar[Asking] = ContextVar("asking", default=NOBODY)


def session_cookie(*, secure: bool) -> str:
    """The name of the cookie; over TLS one that no other host of the domain can set."""
    return "__Host-puma_session" if secure else "puma_session"


def csrf_of(secret: str) -> str:
    """The token that belongs to a session."""
    return sha256(f"csrf {secret}".encode()).hexdigest()[:32]


class Access:
    """How this installation lets people in; one for the whole application."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.settings = installation.settings.access
        self.attempts = Attempts.fresh()
        per_minute = self.settings.requests_per_minute
        self._limit = Slowing(max(per_minute / 2, 20), per_minute) if per_minute else None
        self._accounts = False
        self._looked: float | None = None

    @cached_property
    def provider(self) -> Provider:
        """The identity provider. Raises WrongUsage when the settings cannot work."""
        return Provider(self.settings)

    @property
    def is_configured(self) -> bool:
        """Whether people sign in here: there is an account, or an identity provider."""
        return bool(self.settings.oidc_issuer) or self.has_local

    @property
    def has_local(self) -> bool:
        """Whether somebody may sign in with a password. Accounts are never removed, so once true it stays true."""
        if self._accounts:
            return True
        if self._looked is None or monotonic() - self._looked > LOOK_AGAIN_S:
            try:
                self._accounts = has_accounts(self.installation.storage)
            except TryLater:
                if self._looked is None:
                    raise
            self._looked = monotonic()
        return self._accounts

    @cached_property
    def _made_by_demo(self) -> bool:
        return self.settings.demo and (self.installation.settings.home / DEMO_MARK).is_file()

    @property
    def is_demo(self) -> bool:
        """Whether visitors choose their role: in the folder of `puma demo`, and without accounts, only."""
        return self._made_by_demo and not self.is_configured

    def entrance(self) -> Entrance:
        """How one comes in, as pages show it."""
        return Entrance(self.is_configured, self.is_demo)

    def find(self, scope: Scope) -> Asking:
        """Who asks. Raises SignIn for a token that is not valid."""
        headers, secure = Headers(scope=scope), scope["scheme"] == "https"
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            viewer = viewer_of_token(self.installation.storage, token.strip(), now())
            if viewer is None:
                raise SignIn("The token is not valid: it is wrong, was revoked or has expired.")
            return Asking(self._with_opened(viewer), by_token=True)
        cookies = cookie_parser(headers.get("cookie", ""))
        secret = cookies.get(session_cookie(secure=secure), "")
        if secret:
            viewer = viewer_of_session(self.installation.storage, self.settings, secret, now())
            if viewer is not None:
                return Asking(self._with_opened(viewer), secret, csrf_of(secret))
        kept = cookies.get(CSRF_COOKIE, "")
        csrf = kept if re.fullmatch("[0-9a-f]{32}", kept) else secrets.token_hex(16)
        return Asking(self._with_opened(self._visitor(cookies)), csrf=csrf, ended=bool(secret))

    def _with_opened(self, viewer: Viewer) -> Viewer:
        """With what the facility opens to scientists, and to everybody, where it does."""
        viewer = with_own(viewer) if self.settings.scientists_see_own else viewer
        return with_open_texts(viewer) if self.settings.open_texts else viewer

    def _visitor(self, cookies: Mapping[str, str]) -> Viewer:
        if self.is_configured:
            return Viewer(self.settings.visitor_role)
        look = cookies.get(LOOK_COOKIE, "")
        if look in ROLES and self.is_demo:
            return Viewer(look, f"sample {look.replace('_', ' ')}" if look != "anonymous" else "")
        return Viewer(self.settings.local_role, "local")

    def slow_down(self, who: Asking, address: str) -> None:
        """Raise SlowDown when an account, or an address without one, asks too often; one's own machine never."""
        if self._limit is None or not self.is_configured:
            return
        key = f"account {who.viewer.account}" if who.viewer.account else f"address {address}"
        if wait := self._limit.wait_s(key):
            raise SlowDown("Too many requests: wait a little, then go on.", wait)

    def must_be_ours(self, scope: Scope, who: Asking) -> None:
        """Raise Refused for a write that another site's page may have sent. A token is never sent by itself."""
        if scope["method"] in SAFE or who.by_token:
            return
        headers = Headers(scope=scope)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site not in ("same-origin", "none"):
            raise Refused("The request comes from another site.")
        if site is None and origin is not None and origin not in self._origins(scope, headers):
            raise Refused("The request comes from another site.")
        if who.secret and scope["path"] not in FORMS:
            given = headers.get(CSRF_HEADER, "")
            if not compare_digest(given.encode(), who.csrf.encode()):
                raise Refused("The request does not carry the token of its session: open the page again.")

    def _origins(self, scope: Scope, headers: Headers) -> tuple[str, ...]:
        return (f"{scope['scheme']}://{headers.get('host', '')}", self.settings.public_url.rstrip("/"))

    def base_url(self, scope: Scope) -> str:
        """How people reach these pages."""
        return self.settings.public_url.rstrip("/") or self._origins(scope, Headers(scope=scope))[0]


class Who:
    """Finds who asks, and refuses what nobody may."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on with ``asking`` set."""
        if scope["type"] != "http" or is_fixed(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            who = await to_thread.run_sync(self._judge, scope)
        except PumaError as error:
            await problem_of(scope["path"], error)(scope, receive, send)
            return
        asked, where = asking.set(who), place.set(_place(scope))
        try:
            await self.app(scope, receive, self._with_token(scope, who, send))
        finally:
            asking.reset(asked)
            place.reset(where)

    def _judge(self, scope: Scope) -> Asking:
        try:
            who = self.access.find(scope)
        except TryLater:
            if scope["path"].startswith("/api/"):
                raise
            who = NOBODY  # the pages come as for nobody, and say by themselves what is gone
        address = scope["client"][0] if scope.get("client") else ""
        self.access.slow_down(who, address)
        self.access.must_be_ours(scope, who)
        drawn_for = Headers(scope=scope).get(DRAWN_FOR, "0")
        if drawn_for not in ("0", str(who.viewer.account)):
            raise SignIn("Your session has ended: sign in again, then go on where you were.")
        return who

    def _with_token(self, scope: Scope, who: Asking, send: Send) -> Send:
        """Give a page's browser the token that its writes must carry, when it has not the right one."""
        kept = cookie_parser(Headers(scope=scope).get("cookie", "")).get(CSRF_COOKIE)
        if kept == who.csrf or not who.csrf:
            return send

        async def with_token(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                ours = any(cookie.startswith(CSRF_COOKIE) for cookie in headers.getlist("set-cookie"))
                if headers.get("content-type", "").startswith("text/html") and not ours:
                    headers.append("Set-Cookie", token_cookie(who.csrf, secure=scope["scheme"] == "https"))
            await send(message)

        return with_token


def token_cookie(csrf: str, *, secure: bool) -> str:
    """The cookie that a page's own script reads and sends back."""
    return f"{CSRF_COOKIE}={csrf}; Path=/; SameSite=Strict{'; Secure' if secure else ''}"


def _place(scope: Scope) -> str:
    query = unquote_plus(scope["query_string"].decode("latin-1"), errors="replace")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def local_path(wanted: str | None, default: str = "/") -> str:
    """A path of this installation and nothing else: what would lead to another site becomes the default."""
    text = wanted or ""
    if not re.fullmatch(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*", text) or text.startswith("/sign-"):
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text


def came_from(headers: Headers) -> str:
    """The page of this installation that led here."""
    parts = urlsplit(headers.get("referer", ""))
    if parts.netloc != headers.get("host"):
        return "/"
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))
