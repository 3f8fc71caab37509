"""A small OAI-PMH repository on loopback that can be told to misbehave in one way."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title><dc:creator>Doe, Jane</dc:creator><dc:date>2024-05-0{day}</dc:date>"
    "<dc:type>article</dc:type></oai_dc:dc>"
)
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-03-02T06:00:00Z</responseDate><request>http://x/oai</request>{body}</OAI-PMH>"
)
HTML = b"<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>"
BOMB = (
    '<!DOCTYPE OAI-PMH [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>\n'
)


@dataclass
class Repository:
    """What is held, how it misbehaves (``fault``) and on how many of the requests for the second page (``times``)."""

    size: int = 20
    page_size: int = 5
    fault: str = ""
    times: int = 1_000_000
    retry_after: str | None = None
    location: str = ""
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def misbehaves(self, page: int) -> bool:
        if page != 1 or self.times <= 0:
            return False
        self.times -= 1
        return True

    def record(self, number: int) -> str:
        identifier = f"oai:test:{number}"
        if self.fault == "deleted" and number == 3:
            return f'<record><header status="deleted"><identifier>{identifier}</identifier></header></record>'
        head = f"<header><identifier>{identifier}</identifier><datestamp>{time.time_ns()}</datestamp></header>"
        if self.fault == "bad record" and number == 6:
            return f"<record>{head}</record>"
        if self.fault == "bad record" and number == 7:
            return "<record><header><datestamp>2024-01-01</datestamp></header></record>"
        control = "&#1;\x02" if self.fault == "control characters" and number == 6 else ""
        title = f"Record {number} {control}on neutrons"
        return f"<record>{head}<metadata>{DC.format(title=title, day=number % 9 + 1)}</metadata></record>"

    def page(self, page: int, token: str) -> bytes:
        first = page * self.page_size
        numbers = list(range(first, min(first + self.page_size, self.size)))
        if self.fault == "same page" and page > 1:
            numbers = list(range(self.page_size))
        if self.fault == "empty pages" and page >= 1:
            numbers = []
        more = first + self.page_size < self.size or self.fault in ("never ends", "empty pages", "same page")
        following = f"page-{page + 1}" if more else ""
        bad = self.fault in FAULTY_PAGES and self.misbehaves(page)
        if bad and self.fault == "repeated token":
            following = token
        if bad and self.fault == "html":
            return HTML
        if bad and self.fault == "expired token":
            return ENVELOPE.format(doctype="", body='<error code="badResumptionToken">expired</error>').encode()
        if bad and self.fault == "ends early":
            numbers, following = numbers[:2], ""
        records = "".join(self.record(number) for number in numbers)
        end = f'<resumptionToken completeListSize="{self.size}">{following}</resumptionToken>'
        body = f"<ListRecords>{records}{end}</ListRecords>"
        sent = ENVELOPE.format(doctype=BOMB if bad and self.fault == "doctype" else "", body=body).encode()
        return sent[: len(sent) // 2] if bad and self.fault == "cut page" else sent


FAULTY_PAGES = {"repeated token", "html", "expired token", "ends early", "doctype", "cut page"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    repository: Repository

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        repository = self.repository
        asked = dict(parse_qsl(urlsplit(self.path).query))
        repository.asked.append(asked)
        repository.headers.append(dict(self.headers.items()))
        token = asked.get("resumptionToken", "")
        page = int(token.removeprefix("page-")) if token else 0
        if repository.fault == "nothing matches":
            self._send(ENVELOPE.format(doctype="", body='<error code="noRecordsMatch">none</error>').encode())
        elif repository.fault == "protocol error":
            body = ENVELOPE.format(doctype="", body='<error code="noRecordsMatch">none</error>').encode()
            self._send(body, status=422)
        elif repository.fault == "busy" and repository.misbehaves(page):
            headers = {"Retry-After": repository.retry_after} if repository.retry_after else {}
            self._send(b"busy", status=503, headers=headers)
        elif repository.fault == "redirect" and repository.misbehaves(page):
            self._send(b"", status=302, headers={"Location": repository.location or self.path})
        elif repository.fault == "gzip bomb" and repository.misbehaves(page):
            self._send(gzip.compress(b" " * 30_000_000), headers={"Content-Encoding": "gzip"})
        elif repository.fault == "breaks off" and repository.misbehaves(page):
            self._break_off(repository.page(page, token))
        elif repository.fault == "drips" and repository.misbehaves(page):
            self._drip()
        else:
            self._send(repository.page(page, token))

    def _send(self, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _break_off(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _drip(self) -> None:
        """A header, byte by byte: each comes in good time, but the answer never does."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:  # the client has gone away, as it should
            pass
        self.close_connection = True


@contextmanager
def serving(repository: Repository) -> Iterator[Repository]:
    """The repository behind a port of its own on 127.0.0.1; its address is in ``url``."""
    handler = type("Handler", (_Handler,), {"repository": repository})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    repository.url = f"http://127.0.0.1:{server.server_address[1]}/oai"
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
