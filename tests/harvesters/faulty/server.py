"""The repository's HTTP side: sends its pages, and what faults make of them, over a real connection."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from faulty.library import Library, Listing

XML = "text/xml; charset=utf-8"


@dataclass
class Fault:
    """One way to misbehave: with the list, with the bytes of a page, or with the connection.

    hits: on which pages. times: how often, before the repository is well again.
    """

    listing: Callable[[Listing, Library], None] | None = None
    body: Callable[[bytes], bytes] | None = None
    wire: Callable[[Wire, bytes], None] | None = None
    hits: Callable[[Listing], bool] = lambda page: page.number == 1
    times: int = 1_000_000


class Wire(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait until its head was acknowledged
    library: Library
    fault: Fault | None

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query))
        self.library.asked.append(asked)
        self.library.headers.append(dict(self.headers.items()))
        page = self.library.listing(asked)
        if self.library.told:
            self.library.told(page.number)
        fault = self.fault if self.fault and self.fault.times > 0 and self.fault.hits(page) else None
        if fault:
            fault.times -= 1
            if fault.listing:
                fault.listing(page, self.library)
        body = page.body()
        if fault and fault.body:
            body = fault.body(body)
        if fault and fault.wire:
            fault.wire(self, body)
        else:
            self.send(body)

    def send(self, body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        said = {"Content-Type": XML, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in said.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def break_off(self, body: bytes) -> None:
        """The connection is reset in the middle of the body."""
        self.send(body[: len(body) // 2], headers={"Content-Length": str(len(body))})
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def drip(self, start: bytes) -> None:
        """Byte by byte: each comes in good time, but the answer never does."""
        try:
            self.wfile.write(start)
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.03)
        except OSError:  # the client has gone away, as it should
            pass
        self.close_connection = True


@contextmanager
def serving(library: Library, fault: Fault | None = None) -> Iterator[Callable[[Fault | None], None]]:
    """The library behind a port of its own on 127.0.0.1, its address in ``url``; yields what changes the fault."""
    handler = type("Handler", (Wire,), {"library": library, "fault": fault})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    library.url = f"http://127.0.0.1:{server.server_address[1]}/oai"
    try:
        yield lambda other: setattr(handler, "fault", other)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
