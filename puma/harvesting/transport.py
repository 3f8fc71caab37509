"""The guarded way out to HTTP sources: addresses, redirects, sizes, time and retries are bounded here."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpcore2
import httpx2

from puma.errors import Refused, StopRun, TryLater
from puma.harvesting import Source, Transport

MAX_REDIRECTS = 5
MAX_ATTEMPTS = 4
FIRST_PAUSE_S = 1.0  # doubled after each attempt when the source does not say how long to wait
LONGEST_PAUSE_S = 120.0  # a source that asks for more is asked again in the next run
MAX_ERROR_BODY = 65_536  # of an error answer only so many bytes are kept
BUSY = frozenset({429, 502, 503, 504})

_SECRET_NAME = re.compile(r"key|token|secret|passw|auth|mail|signature", re.IGNORECASE)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NETWORK_FAULTS = (httpx2.TransportError, httpx2.StreamError, httpcore2.NetworkError, httpcore2.ProtocolError)
_OUT_OF_TIME = (httpx2.TimeoutException, httpcore2.TimeoutException)


class BadStatus(StopRun):
    """The source answered with an error status; ``status`` and the beginning of the ``body`` may say more."""

    def __init__(self, sentence: str, status: int, body: bytes) -> None:
        super().__init__(sentence)
        self.status = status
        self.body = body


class Web(Transport):
    """Asks one source over HTTP within its limits; use it in a ``with`` block, from one thread at a time.

    source: whose ``timeout_s`` bounds one whole answer (redirects and a dripping body included), whose
    ``max_answer_mb`` bounds it after decompression, and whose ``allow_private`` lets its own host be a private one.
    pause: waits that many seconds between attempts.
    ``content_type`` is the media type of the last answer, in lower case, without parameters ("" when not given).
    """

    def __init__(self, source: Source, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._source = source
        own = self._url(source.url).raw_host.decode() if source.url else ""
        self._pause = pause
        self._limit = int(source.max_answer_mb * 1_000_000)
        self._guard = _Guard(source.name, own if source.allow_private else "")
        self._client = httpx2.Client(
            transport=_Pool(self._guard),
            timeout=source.timeout_s,
            trust_env=False,  # credentials of a .netrc and proxies that bypass the address check stay out
            headers={"User-Agent": "puma-cris (research information system)", "Accept-Encoding": "gzip, deflate"},
        )
        self.content_type = ""

    def __enter__(self) -> Web:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(
        self, url: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The decompressed body of the answer to a GET of ``url`` with ``params`` added to its query.

        Raises TryLater when the source stays busy or unreachable, Refused when an address is not allowed, BadStatus
        (a StopRun) on an error status, StopRun when the answer is too large or redirects for ever.
        """
        address = self._url(url).copy_merge_params(dict(params or {}))
        for attempt in range(MAX_ATTEMPTS):
            try:
                return self._answer(address, dict(headers or {}))
            except _Busy as busy:
                wait = FIRST_PAUSE_S * 2**attempt if busy.wait_s is None else busy.wait_s
                if wait > LONGEST_PAUSE_S:
                    raise TryLater(f"{self._at(address)} {busy}; it asks to come back in {wait:.0f} s.") from None
                if attempt + 1 == MAX_ATTEMPTS:
                    raise TryLater(f"{self._at(address)} {busy}, {MAX_ATTEMPTS} times in a row.") from None
                self._pause(wait)
        raise AssertionError("the loop above returns or raises")

    def _answer(self, address: httpx2.URL, headers: dict[str, str]) -> bytes:
        """One attempt, redirects followed."""
        self._guard.until = time.monotonic() + self._source.timeout_s
        first = address
        for _ in range(MAX_REDIRECTS + 1):
            step = self._ask(address, headers)
            if isinstance(step, bytes):
                return step
            if _origin(step) != _origin(address):
                headers = {}  # they may hold the source's key
            address = step
        raise StopRun(f"{self._at(first)} redirects more than {MAX_REDIRECTS} times.")

    def _ask(self, address: httpx2.URL, headers: dict[str, str]) -> bytes | httpx2.URL:
        """The body, or the address that the answer redirects to."""
        try:
            with self._client.stream("GET", address, headers=headers) as response:
                if response.has_redirect_location:
                    return self._url(str(address.join(response.headers["location"])))
                if response.status_code in BUSY:
                    pause = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
                    raise _Busy(f"answers {response.status_code} (busy)", pause)
                if not response.is_success:
                    self._raise_status(address, response)
                body = self._body(address, response)
                self.content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                return body
        except _OUT_OF_TIME:
            sentence = f"{self._at(address)} did not answer completely within {self._source.timeout_s:g} s."
            raise TryLater(sentence) from None
        except httpx2.DecodingError:
            raise StopRun(f"{self._at(address)} sent a compressed answer that cannot be unpacked.") from None
        except httpx2.InvalidURL:
            raise StopRun(f"{self._at(address)} redirects to something that is no address.") from None
        except _NETWORK_FAULTS as fault:
            raise _Busy(f"cannot be reached or broke off ({type(fault).__name__})", None) from fault

    def _body(self, address: httpx2.URL, response: httpx2.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limit:
                limit = self._source.max_answer_mb
                raise StopRun(f"{self._at(address)} sent more than {limit:g} MB (max_answer_mb).")
        return bytes(body)

    def _raise_status(self, address: httpx2.URL, response: httpx2.Response) -> None:
        status = response.status_code
        if status >= 500:
            raise TryLater(f"{self._at(address)} answers {status} (a fault of the source).")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) >= MAX_ERROR_BODY:
                break
        why = {401: "wants a sign-in", 403: "refuses access", 404: "does not exist", 410: "is gone"}.get(
            status, "was not understood"
        )
        raise BadStatus(f"{self._at(address)} {why} (status {status}).", status, bytes(body[:MAX_ERROR_BODY]))

    def _url(self, text: str) -> httpx2.URL:
        try:
            url = httpx2.URL(text)
        except httpx2.InvalidURL:
            raise Refused(f'Source "{self._source.name}": {text[:200]!r} is no web address.') from None
        if url.scheme not in ("http", "https") or not url.host:
            raise Refused(f"{self._at(url)} is no http or https address.")
        return url

    def _at(self, url: httpx2.URL) -> str:
        return f'Source "{self._source.name}": {shown(url)}'


class _Busy(Exception):
    """One attempt failed in a way that a later one may not. ``wait_s``: as the source says, if it does."""

    def __init__(self, what: str, wait_s: float | None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


def shown(url: httpx2.URL | str) -> str:
    """The address as it may stand in messages: without user, password, and values of secret-looking parameters."""
    url = httpx2.URL(url)
    query = "&".join(
        f"{name}={'...' if _SECRET_NAME.search(name) and name != 'resumptionToken' else value}"
        for name, value in url.params.multi_items()
    )
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}{url.path}{'?' + query if query else ''}"[:500]


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds to wait of a Retry-After header, given as seconds or as a date; None when it says nothing usable."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it is an IPv4 address inside an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return ip.is_global and not ip.is_multicast


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


class _Guard(httpcore2.NetworkBackend):
    """Connects only to addresses that may be asked, checked after name resolution, and keeps the deadline.

    The checked address itself is connected to, so that a name cannot resolve to something else in between.
    private_host: the one host that may be private; "" for none.
    """

    def __init__(self, source_name: str, private_host: str) -> None:
        self.until = 0.0  # of the monotonic clock
        self._source_name = source_name
        self._private_host = private_host

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        backend = httpcore2.SyncBackend()
        fault: Exception = httpcore2.ConnectError("no address")
        for address in self._addresses(host, port):
            try:
                left = _left(self.until, timeout, httpcore2.ConnectTimeout)
                stream = backend.connect_tcp(address, port, left, local_address, socket_options)
                return _TimedStream(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                fault = error
        raise fault

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} has no address") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host != self._private_host:
            for address in addresses:
                if not is_public(address):
                    raise Refused(
                        f'Source "{self._source_name}": {host} is the private address {address}, which is asked only '
                        "where it is the source's own url and allow_private = true."
                    )
        return addresses


class _TimedStream(httpcore2.NetworkStream):
    """A connection of which every read and write ends at the guard's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, guard: _Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._guard.until, timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._guard.until, timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(self._guard.until, timeout, httpcore2.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._guard)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None, error: type[Exception]) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise error("out of time")
    return left if timeout is None else min(left, timeout)


class _Pool(httpx2.BaseTransport):
    """Hands httpx2's requests to a connection pool that connects through the guard."""

    def __init__(self, guard: _Guard) -> None:
        self._pool = httpcore2.ConnectionPool(ssl_context=httpx2.create_ssl_context(), network_backend=guard)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = httpcore2.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        answer = self._pool.handle_request(
            httpcore2.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
