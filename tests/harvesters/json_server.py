"""Paged JSON services on loopback in the manner of DataCite, Crossref, SciCat and PaNOSC, which can misbehave."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Service:
    """What is held, by the last word of the address, and how it misbehaves from the second answer on.

    fault: "html", "again" (the same page), "cut", "other" (an object without a list),
    "reset", "503", "503 for days", "500", "400" (as for a cursor that expired). ``asked`` is cleared to begin again.
    """

    held: dict[str, list[dict[str, Any]]]
    fault: str = ""
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str]) -> bytes:
        self.asked.append(query)
        if len(self.asked) >= 2 and self.fault == "other":
            return b'{"error": {"message": "internal"}}'
        name = path.rpartition("/")[2]
        records = self.held.get(name, [])
        if len(self.asked) >= 2 and self.fault == "html":
            return b"<html><body>We will be back soon</body></html>"
        if name == "dois":
            return self._cut(self._datacite(records, query))
        if name == "works":
            return self._cut(self._crossref(records, query))
        wanted = json.loads(query["filter"])
        start = 0 if self.fault == "again" else wanted["skip"]
        return self._cut(records[start : start + wanted["limit"]])

    def _cut(self, found: object) -> bytes:
        body = json.dumps(found).encode()
        return body[: len(body) // 2] if len(self.asked) >= 2 and self.fault == "cut" else body

    def _datacite(self, records: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        asked, size = query["page[cursor]"], int(query["page[size]"])
        start = 0 if asked == "1" else int(asked.removeprefix("after="))
        page = records[:size] if self.fault == "again" else records[start : start + size]
        more = start + size < len(records) or self.fault == "again"
        link = {"next": f"http://elsewhere.example/dois?page%5Bcursor%5D=after%3D{start + size}"} if more else {}
        return {"data": page, "meta": {"total": len(records)}, "links": link}

    def _crossref(self, records: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        start, size = (0 if query["cursor"] == "*" else int(query["cursor"])), int(query["rows"])
        page = records[:size] if self.fault == "again" else records[start : start + size]
        return {"message": {"items": page, "next-cursor": str(start + size), "total-results": len(records)}}


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """The service at ``service.url`` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            body = service.answer(address.path, dict(parse_qsl(address.query)))
            status, _, for_days = service.fault.partition(" ")
            struck = len(service.asked) >= 2
            self.send_response(int(status) if struck and status.isdigit() else 200)
            if struck and for_days:
                self.send_header("Retry-After", "999999")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if struck and service.fault == "reset":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_port}/api"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
