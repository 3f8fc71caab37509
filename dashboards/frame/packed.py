"""Scripts and styles go out compressed, each file compressed once; what is drawn for a viewer never is."""

import gzip

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = ("/_dash-component-suites/", "/assets/", "/theme.css")
"""Files that are the same for everybody. Answers with a viewer's data stay as they are: their packed length would tell
of what is in them."""
LEAST = 1000  # bytes; smaller files gain nothing
KEPT = "public, max-age=86400"
"""For files of which nothing else is said: some parts of Dash have no version in their names."""


class Packed:
    """Compresses static files for who takes gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.held: dict[str, tuple[bytes, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, static files packed."""
        is_file = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(STATIC)
        if not is_file or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = await self.packed(scope["path"], start, b"".join(parts))
                await send(start)
                await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, collect)

    async def packed(self, path: str, start: Message, body: bytes) -> bytes:
        """The body as it is sent; the headers of ``start`` say how."""
        headers = MutableHeaders(raw=start["headers"])
        if start["status"] != 200:
            return body
        headers.setdefault("cache-control", KEPT)
        if len(body) < LEAST or "content-encoding" in headers:
            return body
        known, small = self.held.get(path, (b"", b""))
        if known != body:  # new, or changed on disk
            small = await to_thread.run_sync(gzip.compress, body, 9)
            self.held[path] = (body, small)
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(small))
        headers.add_vary_header("Accept-Encoding")
        if headers.get("etag", "").startswith('"'):
            headers["etag"] = f"W/{headers['etag']}"  # the same file in another form
        return small
