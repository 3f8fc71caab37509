"""A service on loopback that says back what it was asked; also as a proxy, busy, or moved elsewhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Echo:
    """``asked``: method, path, headers (names in lower case) and body of each request. ``busy``: so many are refused.

    A path .../moved/307 redirects with that status to the root, of the service or of ``elsewhere``.
    """

    url: str = ""
    elsewhere: str = ""
    busy: int = 0
    retry_after: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait until its head was acknowledged
    echo: Echo

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        names = {name.lower(): value for name, value in self.headers.items()}
        self.echo.asked.append({"method": self.command, "path": self.path, "headers": names, "body": body})
        if self.echo.busy > 0:
            self.echo.busy -= 1
            self._send(503, b"busy", {"Retry-After": self.echo.retry_after} if self.echo.retry_after else {})
        elif "/moved/" in self.path:
            status = int(self.path.rpartition("/")[2])
            self._send(status, b"", {"Location": f"{self.echo.elsewhere or self.echo.url}/"})
        else:
            self._send(200, json.dumps({"body": body}).encode(), {"Content-Type": "application/json"})

    do_POST = do_GET  # noqa: N815

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def echoing() -> Iterator[Echo]:
    """The service at ``url`` until the block ends."""
    echo = Echo()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"echo": echo}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    echo.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield echo
    finally:
        server.shutdown()
        server.server_close()
