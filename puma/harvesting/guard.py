"""Which addresses may be connected to, checked after names are resolved, and the time that is left for an answer."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from functools import cache

import httpcore2
import httpx2

from puma.errors import Refused

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


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


class Guard(httpcore2.NetworkBackend):
    """Connects only to addresses that may be asked, checked after name resolution, and keeps the deadline.

    The checked address itself is connected to, so that a name cannot resolve to something else in between.
    private_host: the source's own host where it may be private; "" for none. private_proxy: the same for its proxy.
    """

    def __init__(self, source_name: str, private_host: str, private_proxy: str = "") -> None:
        self.until = 0.0  # of the monotonic clock
        self._source_name = source_name
        self._private_host = private_host
        self._private_proxy = private_proxy

    def check_behind_proxy(self, host: str) -> None:
        """Raise Refused for a private address that a proxy would be asked for. Names only the proxy can resolve."""
        host = host.rstrip(".").lower()
        if host == self._private_host:
            return
        try:
            address = str(socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)[0][4][0])
        except (OSError, UnicodeError):
            address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else ""
        if address and not is_public(address):
            raise self._refused(host, address)

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
        if host not in (self._private_host, self._private_proxy):
            for address in addresses:
                if not is_public(address):
                    raise self._refused(host, address)
        return addresses

    def _refused(self, host: str, address: str) -> Refused:
        return Refused(
            f'Source "{self._source_name}": {host} is the private address {address}, which is asked only '
            "where it is the source's own url and allow_private = true, or its proxy and allow_private_proxy = true."
        )


class _TimedStream(httpcore2.NetworkStream):
    """A connection of which every read and write ends at the guard's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, guard: Guard) -> None:
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


class Pool(httpx2.BaseTransport):
    """Hands httpx2's requests to a connection pool that connects through the guard, and through a proxy if given."""

    def __init__(self, guard: Guard, proxy: httpx2.URL | None = None) -> None:
        self._guard = guard
        self._proxied = proxy is not None
        context = _trusted()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context, network_backend=guard, proxy=_proxy(proxy, context) if proxy else None
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._proxied:
            self._guard.check_behind_proxy(request.url.host)
        url = httpcore2.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        answer = self._pool.handle_request(
            httpcore2.Request(
                request.method, url, headers=request.headers.raw, content=request.read(), extensions=request.extensions
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts; reading them costs more than a small harvest."""
    return httpx2.create_ssl_context()


def _proxy(url: httpx2.URL, context: ssl.SSLContext) -> httpcore2.Proxy:
    return httpcore2.Proxy(
        url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
        auth=(url.username, url.password) if url.username else None,
        ssl_context=context if url.scheme == "https" else None,
    )


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
