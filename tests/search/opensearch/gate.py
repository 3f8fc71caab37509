"""A gate before a real OpenSearch: asks for a password, speaks TLS, and is busy when it is told to be."""

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Gate:
    """url: where it listens. busy: for so many requests to a path that ends so, an answer with this status; the status
    0 lets a bulk request in and puts off its first document. asked: how many requests came."""

    url: str = ""
    busy: dict[str, list[int]] = field(default_factory=dict)
    asked: int = 0


@contextmanager
def gate(
    behind: str, *, user: str = "", password: str = "", certificate: Path | None = None, known: Path | None = None
) -> Iterator[Gate]:
    """A gate on loopback; certificate: a file with key and certificate, for https://; known: the one that whoever comes
    must show."""
    told = Gate()
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else None
    address = urlsplit(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # a body does not wait until its head was acknowledged

        def _pass(self) -> None:
            told.asked += 1
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            troubles = next((those for end, those in told.busy.items() if path.endswith(end) and those), [])
            trouble = troubles.pop(0) if troubles else None
            if wanted is not None and self.headers.get("Authorization") != wanted:
                self._answer(401, b"Unauthorized")
            elif trouble:
                self._answer(trouble, b'{"error":{"type":"busy","reason":"told to be"}}')
            else:
                put_off = b""
                if trouble == 0:
                    first, line, *rest = body.split(b"\n", 2)
                    put_off, body = first, b"".join(rest)
                self._answer(*self._ask(body, put_off))

        def _ask(self, body: bytes, put_off: bytes) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
            kind = {"Content-Type": self.headers.get("Content-Type", "application/json")}
            connection.request(self.command, self.path, body or None, kind)
            with connection.getresponse() as response:
                status, answer = response.status, response.read()
            connection.close()
            if put_off:
                found = json.loads(answer)
                late = {
                    **json.loads(put_off)["index"],
                    "status": 429,
                    "error": {"type": "rejected_execution_exception"},
                }
                answer = json.dumps({**found, "errors": True, "items": [{"index": late}, *found["items"]]}).encode()
            return status, answer

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815  # the names that the library calls

        def log_message(self, format: str, *given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if known is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(known)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    told.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate_for_loopback(folder: Path) -> Path:
    """A file with a new key and the certificate that it signed for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "loopback.pem"
    file.write_bytes(secret + made.public_bytes(pem))
    return file
