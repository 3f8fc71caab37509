"""Talking to OpenSearch: several nodes, patience with busy ones, TLS, and errors as sentences. Only this file does."""

import json
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.exceptions import ImproperlyConfigured, SSLError, TransportError
from urllib3 import Timeout

from puma.errors import NotHere, StopRun, TryLater, WrongUsage

BUSY = frozenset({429, 502, 503, 504})
READ_PATIENCE_S = 15.0  # a node that stops is noticed, and its shards are led by another, within seconds
WRITE_PATIENCE_S = 180.0
GIVEN_UP_S = 30.0  # after a wait in vain, until one waits for the same again
REQUEST_S = 60.0
CONNECT_S = 3.0  # a machine that is off says nothing; the others can answer
LONGEST_PAUSE_S = 5.0
BULK_BYTES = 8_000_000  # the server takes 100 MB by default
BULK_LINES = 500
UNDER_WAY = 2  # requests: an index takes in with one thread each

logging.getLogger("opensearch").setLevel(logging.ERROR)  # each retry would be told; what fails in the end is raised


class Answered(WrongUsage):
    """The server understood the request and refuses it; `kind` is its own word for the reason."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"OpenSearch refuses: {reason or kind} ({status}).")
        self.status, self.kind, self.reason = status, kind, reason


@dataclass(frozen=True, slots=True)
class Operation:
    """One line for the server: the document to write under a number, or None to delete it."""

    id: int
    line: str | None

    @property
    def text(self) -> str:
        """As the bulk interface takes it."""
        verb = "delete" if self.line is None else "index"
        action = json.dumps({verb: {"_id": str(self.id)}})
        return f"{action}\n" if self.line is None else f"{action}\n{self.line}\n"


class Patience:
    """How long one waits for what has gone: whoever did so in vain spares everybody else that for a while.

    wait_s: seconds. clock: gives seconds. Threads share one.
    """

    def __init__(self, wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.wait_s = wait_s
        self.clock = clock
        self._given_up_until = float("-inf")

    def has_ended(self, began: float, pause: float = 0.0) -> bool:
        """Whether who began to wait then should stop, rather than try again after a pause."""
        now = self.clock()
        if now < self._given_up_until:
            return True
        if now + pause <= began + self.wait_s:
            return False
        self._given_up_until = now + GIVEN_UP_S
        return True


class Server:
    """One cluster, reached through any of its nodes.

    urls: http:// or https:// addresses, commas between. user, password: sent to these only, and over http:// only to
    this machine. ca: file with the certificate of the authority that signed theirs; certificates are always checked.
    certificate: file with our own and its key, for servers that ask for one. Raises WrongUsage for addresses that
    cannot be.
    """

    def __init__(
        self, urls: str, *, user: str = "", password: str = "", ca: Path | None = None, certificate: Path | None = None
    ) -> None:
        addresses = [one.strip().rstrip("/") for one in urls.split(",") if one.strip()]
        for one in addresses:
            parts = urlsplit(one)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise WrongUsage(f"[search] url: {one!r} is no address as https://search.example.org:9200.")
            if parts.username or parts.password:
                raise WrongUsage("[search] url: put user and password into [search] user and PUMA_SEARCH__PASSWORD.")
            if password and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
                raise WrongUsage(f"[search] url: a password is sent over https:// only, not to {one}.")
        for name, file in (("ca", ca), ("certificate", certificate)):
            if file is not None and not file.is_file():
                raise WrongUsage(f"[search] {name}: there is no file {file}.")
        self.urls = ", ".join(addresses)
        self._reading = Patience(READ_PATIENCE_S)
        try:
            self._client = OpenSearch(
                hosts=addresses,
                http_auth=(user, password) if user else None,
                ca_certs=str(ca) if ca is not None else None,
                client_cert=str(certificate) if certificate is not None else None,
                verify_certs=True,
                http_compress=False,
                timeout=REQUEST_S,
                max_retries=len(addresses),  # at once on the other nodes; the pauses are made here
                retry_on_status=(502, 503, 504),
                retry_on_timeout=True,
                pool_maxsize=20,
            )
        except ImproperlyConfigured as error:
            raise WrongUsage(f"[search]: {error}") from error

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        patience_s: float | None = None,
    ) -> Any:
        """The server's answer. Raises NotHere (404), Answered (other refusals), TryLater when patience has ended.

        A node that is silent for twice as long is left. patience_s: of one's own; without it that of all who read.
        """
        patience = self._reading if patience_s is None else Patience(patience_s)
        began = patience.clock()
        silent_s = min(REQUEST_S, 2 * patience.wait_s)
        given = {**(params or {}), "request_timeout": Timeout(connect=min(CONNECT_S, silent_s), read=silent_s)}
        pause = 0.1
        while True:
            try:
                return self._client.transport.perform_request(method, path, params=dict(given), body=body)
            except NoConnection as error:  # what goes wrong with TLS is one of these, too
                if (wrong := _tls_fault(error)) is not None:
                    raise WrongUsage(wrong.format(self.urls)) from error
                if patience.has_ended(began, pause):
                    if isinstance(error, SSLError):  # whoever refuses a certificate may hang up before saying why
                        raise WrongUsage(_HANGS_UP.format(self.urls)) from error
                    raise TryLater(f"OpenSearch at {self.urls} does not answer.") from error
            except TransportError as error:
                if error.status_code not in BUSY and not _left(error):
                    raise _refusal(error) from error
                if patience.has_ended(began, pause):
                    raise TryLater(f"OpenSearch at {self.urls} is busy ({error.status_code}).") from error
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def write(self, index: str, operations: Iterable[Operation], *, alias: bool) -> Iterator[int]:
        """Send operations in portions; yields how many are stored so far. alias: the name must be one.

        Two portions are under way while the next one is made; never two that hold the same document. What a busy server
        puts off is sent again after a pause that doubles. Raises TryLater when that has lasted too long, StopRun with
        the number of a document that the server refuses.
        """
        params = {"require_alias": "true"} if alias else {}
        stored = 0
        sent: deque[tuple[Collection[int], Future[None]]] = deque()
        with ThreadPoolExecutor(UNDER_WAY) as pool:
            for portion in _portions(operations):
                while sent and (len(sent) == UNDER_WAY or any(not portion.keys().isdisjoint(one) for one, _ in sent)):
                    stored += _arrived(sent)
                    yield stored
                sent.append((portion.keys(), pool.submit(self._send, f"/{index}/_bulk", params, portion)))
            while sent:
                stored += _arrived(sent)
                yield stored

    def _send(self, path: str, params: Mapping[str, str], portion: Mapping[int, Operation]) -> None:
        waiting = portion
        until = time.monotonic() + WRITE_PATIENCE_S
        pause = 0.2
        while waiting:
            text = "".join(one.text for one in waiting.values()).encode("utf-8", "replace")
            answer = self.ask("POST", path, text, params=params, patience_s=WRITE_PATIENCE_S)
            put_off = _put_off(answer) if answer["errors"] else set()
            waiting = {key: one for key, one in waiting.items() if key in put_off}
            if waiting:
                if time.monotonic() + pause > until:
                    raise TryLater(f"OpenSearch at {self.urls} puts off {len(waiting)} documents for too long.")
                time.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(2 * pause, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Give back connections."""
        self._client.close()


def _arrived(sent: deque[tuple[Collection[int], Future[None]]]) -> int:
    """Wait for the portion that was sent first; how many documents it held. Raises what stopped it."""
    keys, future = sent.popleft()
    future.result()
    return len(keys)


def _portions(operations: Iterable[Operation]) -> Iterator[dict[int, Operation]]:
    """Of two operations on one document only the later is sent, so that none can overtake the other."""
    portion: dict[int, Operation] = {}
    size = 0
    for one in operations:
        length = len(one.line or "")
        if portion and (size + length > BULK_BYTES or len(portion) >= BULK_LINES):
            yield portion
            portion, size = {}, 0
        portion[one.id] = one
        size += length
    if portion:
        yield portion


def _put_off(answer: Mapping[str, Any]) -> set[int]:
    """The documents to send again."""
    again = set()
    for item in answer["items"]:
        ((verb, told),) = item.items()
        error = told.get("error") or {}
        if told["status"] in BUSY:
            again.add(int(told["_id"]))
        elif error.get("type") == "index_not_found_exception":
            raise NotHere("The search index is not there.")
        elif error:
            raise StopRun(f"OpenSearch refuses document {told['_id']} ({verb}): {error.get('reason', error)}.")
    return again


_HANGS_UP = "[search] certificate: {} ends every encrypted connection, like a server that asks for one."


def _tls_fault(error: NoConnection) -> str | None:
    """What is wrong with a certificate, if that is what it is; a node that stops in the middle has nothing wrong."""
    if not isinstance(error, SSLError):
        return None
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return "[search] ca: the certificate of {} is not trusted."
    return "[search] certificate: {} does not take ours, or asks for one." if "_ALERT_" in said else None


def _left(error: TransportError) -> bool:
    """Whether a search lost a node that was going away while it ran: the ones that stay can answer it."""
    return error.status_code == 500 and error.error == "search_phase_execution_exception"


def _refusal(error: TransportError) -> Exception:
    status = int(error.status_code) if isinstance(error.status_code, int) else 0
    if status == 404:
        return NotHere("OpenSearch has no such index.")
    if status in (401, 403):
        return WrongUsage(f"[search] user: OpenSearch does not let this user in, or not do this ({status}).")
    if status == 413:
        return StopRun("OpenSearch takes no request this large: raise its http.max_content_length.")
    info = error.info if isinstance(error.info, dict) else {}
    told = info.get("error")
    causes = (told.get("root_cause") or [told]) if isinstance(told, dict) else [{}]
    return Answered(status, str(causes[0].get("type", error.error)), str(causes[0].get("reason", ""))[:300])
