"""The guard before everything: request ids, security headers, known hosts, sizes of requests, no websockets."""

import logging
import secrets
from collections.abc import Collection
from time import monotonic

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from puma.api.problems import fault_at, problem_at, request_id
from puma.api.speaking import reader, tongue_of

log = logging.getLogger("puma.requests")

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from elsewhere and no inline script. Inline styles are the widgets' way and cannot run anything."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FIXED = (
    "/assets/", "/_dash-component-suites/", "/theme.css", "/healthz", "/readyz", "/_favicon.ico",
    "/public/", "/oai", "/panosc-api/", "/embed/",
)  # fmt: skip
"""Paths whose answers are the same for everybody: nobody has to be known for them, and browsers may keep them."""


def is_fixed(path: str) -> bool:
    """Whether a path answers everybody the same."""
    return path.startswith(FIXED)


class Guard:
    """Answers for the whole application. hosts: names it is served under; empty lets every name through."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], most_bytes: int) -> None:
        self.app, self.hosts, self.most_bytes = app, frozenset(host.casefold() for host in hosts), most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a request by its outside, hand it on, and see to the headers of its answer."""
        if scope["type"] == "websocket":  # no page uses one, and callbacks must not come in by the window
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token, spoken = request_id.set(secrets.token_hex(6)), reader.set(tongue_of(Headers(scope=scope)))
        try:
            await self._answer(scope, receive, send)
        finally:
            request_id.reset(token)
            reader.reset(spoken)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, began, status = scope["path"], monotonic(), 0
        read = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(MutableHeaders(scope=message), path, secure=scope["scheme"] == "https")
            await send(message)

        async def measured() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most_bytes:
                raise HTTPException(413, "The request is too large")
            return message

        refused = self._objection(Headers(scope=scope))
        try:
            if refused:
                await problem_at(path, refused[0], refused[1], refused[2])(scope, receive, dressed)
            else:
                await self.app(scope, measured, dressed)
        except HTTPException as error:  # raised outside of the routes
            if status:
                raise
            await problem_at(path, error.status_code, str(error.detail), path)(scope, receive, dressed)
        except Exception as error:
            if status:
                raise
            await fault_at(path, error)(scope, receive, dressed)
        finally:  # the path alone: queries hold names that people searched for
            log.info("%s %s %s %.0f ms", scope["method"], path, status, (monotonic() - began) * 1000)

    def _objection(self, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if self.hosts and name_of(host) not in self.hosts:
            return 400, "Unknown host", "These pages are not served under that name; see [access] public_url."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.most_bytes:
            return 413, "The request is too large", f"At most {self.most_bytes // 1_000_000} MB are taken."
        return None


def name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    name = host.rsplit(":", 1)[0] if host.rsplit(":", 1)[-1].isdigit() else host
    return name.strip("[]").casefold().rstrip(".")


def _dress(headers: MutableHeaders, path: str, *, secure: bool) -> None:
    own = "content-security-policy" in headers  # says for itself who may frame it
    for name, value in HEADERS.items():
        if not (own and name == "X-Frame-Options"):
            headers.setdefault(name, value)
    headers["X-Request-ID"] = request_id.get()
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not is_fixed(path):
        headers.setdefault("Cache-Control", "no-store")
