"""The guarded way out to HTTP sources: redirects, sizes, time, pace and retries are bounded; addresses in guard.py."""

from __future__ import annotations

import json as json_text
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from urllib.parse import urlencode

import httpcore2
import httpx2

from puma.errors import Refused, StopRun, TryLater, WrongUsage
from puma.harvesting import SECRET_NAME, Source, Transport, from_environment
from puma.harvesting.guard import Guard, Pool

MAX_REDIRECTS = 5
MAX_ATTEMPTS = 4
FIRST_PAUSE_S = 1.0  # doubled after each attempt when the source does not say how long to wait
LONGEST_PAUSE_S = 120.0  # a source that asks for more is asked again in the next run
MAX_ERROR_BODY = 65_536  # of an error answer only so many bytes are kept
BUSY = frozenset({429, 502, 503, 504})
STATUS = {
    401: "wants a sign-in",
    403: "refuses access",
    404: "does not exist",
    407: "lies behind a proxy that wants a sign-in",
    410: "is gone",
}
KEEPS_METHOD = frozenset({307, 308})  # redirects after which a POST is a POST still

_NETWORK_FAULTS = (
    httpx2.TransportError,
    httpx2.StreamError,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
)
_OUT_OF_TIME = (httpx2.TimeoutException, httpcore2.TimeoutException)

for _library in ("httpx2", "httpcore2"):  # they would write addresses and headers, secrets included, into a log
    logging.getLogger(_library).setLevel(logging.WARNING)


class BadStatus(StopRun):
    """The source answered with an error status; ``status`` and the beginning of the ``body`` may say more."""

    def __init__(self, sentence: str, status: int, body: bytes) -> None:
        super().__init__(sentence)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for, and where; ``body`` is JSON, None for a GET."""

    address: httpx2.URL
    headers: httpx2.Headers
    body: bytes | None = None


class Web(Transport):
    """Asks one source over HTTP within its limits; use it in a ``with`` block, from one thread at a time.

    source: whose ``timeout_s`` bounds one whole answer (redirects and a dripping body included), whose
    ``max_answer_mb`` bounds it after decompression, whose ``deadline_minutes`` bound all that is asked in one run,
    whose ``requests_per_minute`` space the requests, and whose ``allow_private`` lets its own host be a private one.
    Its ``headers`` are sent to its own host, scheme and port only. pause: waits that many seconds. clock: seconds that
    only grow. ``content_type`` is the media type of the last answer, in lower case, without parameters ("" when not
    given). Raises WrongUsage where the settings name a variable that is not in the environment.
    """

    def __init__(
        self,
        source: Source,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._pause = pause
        self._clock = clock
        self._ends = clock() + source.deadline_minutes * 60
        self._next = clock()  # before this moment the source is not asked
        self._limit = int(source.max_answer_mb * 1_000_000)
        self._own = self._url(source.url) if source.url else None
        self._headers = {name: from_environment(value, f"headers.{name}") for name, value in source.headers.items()}
        proxy = self._proxy()
        self._guard = Guard(
            source.name,
            self._own.raw_host.decode() if self._own and source.allow_private else "",
            proxy.raw_host.decode() if proxy and source.allow_private_proxy else "",
        )
        self._client = httpx2.Client(
            transport=Pool(self._guard, proxy),
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

        Raises TryLater when the source stays busy or unreachable or the run's time is over, Refused when an address
        is not allowed, BadStatus (a StopRun) on an error status, StopRun when the answer is too large or redirects
        for ever.
        """
        address = self._url(url).copy_merge_params(dict(params or {}))
        return self._patiently(_Question(address, self._headers_for(address, headers)))

    def post(
        self,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The decompressed body of the answer to a POST of ``json``, or of the fields of a ``form``, to ``url``.

        For questions only: it may be repeated.

        Raises what ``get`` raises, and StopRun when it is redirected to another host, scheme or port: what is posted
        may be a secret.
        """
        address = self._url(url)
        kind = "application/json" if form is None else "application/x-www-form-urlencoded"
        body = json_text.dumps(json) if form is None else urlencode(form)
        asked = self._headers_for(address, {"Content-Type": kind, **(headers or {})})
        return self._patiently(_Question(address, asked, body.encode()))

    def _headers_for(self, address: httpx2.URL, headers: Mapping[str, str] | None) -> httpx2.Headers:
        """Those of the settings, where the source itself is asked, and over them those of the question."""
        own = self._own is not None and _origin(address) == _origin(self._own)
        found = httpx2.Headers(self._headers if own else {})
        found.update(headers)
        return found

    def _patiently(self, question: _Question) -> bytes:
        """The answer, asked for again while the source is busy and there is time."""
        for attempt in range(MAX_ATTEMPTS):
            try:
                return self._answer(question)
            except _Busy as busy:
                wait = FIRST_PAUSE_S * 2**attempt if busy.wait_s is None else max(FIRST_PAUSE_S, busy.wait_s)
                said = f"{self._at(question.address)} {busy}"
                if wait > LONGEST_PAUSE_S:
                    raise TryLater(f"{said}; it asks to come back in {wait:.0f} s.") from None
                if attempt + 1 == MAX_ATTEMPTS:
                    raise TryLater(f"{said}, {MAX_ATTEMPTS} times in a row.") from None
                self._wait(wait)
        raise AssertionError("the loop above returns or raises")

    def _answer(self, question: _Question) -> bytes:
        """One attempt, redirects followed."""
        first, left = question.address, self._source.timeout_s
        for _ in range(MAX_REDIRECTS + 1):
            self._wait(0.0)
            began = time.monotonic()
            self._guard.until = began + min(left, self._ends - self._clock())
            step = self._ask(question)
            left -= time.monotonic() - began
            if isinstance(step, bytes):
                return step
            question = step
        raise StopRun(f"{self._at(first)} redirects more than {MAX_REDIRECTS} times.")

    def _wait(self, seconds: float) -> None:
        """Wait that long, and longer while it is not the source's turn. Raises TryLater when time runs out before."""
        wait = max(seconds, self._next - self._clock())
        if self._clock() + max(wait, 0.0) >= self._ends:
            raise self._too_long()
        if wait > 0:
            self._pause(wait)

    def _too_long(self) -> TryLater:
        limit = self._source.deadline_minutes
        return TryLater(
            f'Source "{self._source.name}": the run took its {limit:g} minutes (deadline_minutes); '
            "the next run goes on from its last page."
        )

    def _ask(self, question: _Question) -> bytes | _Question:
        """The body, or what the answer redirects to."""
        address = question.address
        if self._source.requests_per_minute is not None:
            self._next = self._clock() + 60 / self._source.requests_per_minute
        method = "GET" if question.body is None else "POST"
        try:
            with self._client.stream(method, address, headers=question.headers, content=question.body) as response:
                if response.has_redirect_location:
                    return self._redirected(question, response)
                if response.status_code in BUSY:
                    pause = retry_after_s(response.headers.get("retry-after"), datetime.now(UTC))
                    raise _Busy(f"answers {response.status_code} (busy)", pause)
                if not response.is_success:
                    self._raise_status(address, response)
                body = self._body(address, response)
                self.content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                return body
        except _OUT_OF_TIME:
            if self._clock() >= self._ends:
                raise self._too_long() from None
            sentence = f"{self._at(address)} did not answer completely within {self._source.timeout_s:g} s."
            raise TryLater(sentence) from None
        except httpx2.DecodingError:
            raise StopRun(f"{self._at(address)} sent a compressed answer that cannot be unpacked.") from None
        except httpx2.InvalidURL:
            raise StopRun(f"{self._at(address)} redirects to something that is no address.") from None
        except _NETWORK_FAULTS as fault:
            raise _Busy(f"cannot be reached or broke off ({type(fault).__name__})", None) from fault

    def _redirected(self, question: _Question, response: httpx2.Response) -> _Question:
        address = self._url(str(question.address.join(response.headers["location"])))
        away = _origin(address) != _origin(question.address)
        body = question.body if response.status_code in KEEPS_METHOD else None
        if away and body is not None:
            raise StopRun(f"{self._at(question.address)} redirects a POST to another host: it is not sent there.")
        if away or (question.body is not None and body is None):
            return _Question(address, httpx2.Headers(), body)  # the headers may hold the source's key
        return _Question(address, question.headers, body)

    def _proxy(self) -> httpx2.URL | None:
        """The proxy of the settings. Raises WrongUsage, without saying the value: it may hold a password."""
        if not self._source.proxy:
            return None
        sentence = f'Source "{self._source.name}": its proxy is no address such as http://proxy.example.org:3128.'
        try:
            url = httpx2.URL(from_environment(self._source.proxy, "proxy"))
        except httpx2.InvalidURL:
            raise WrongUsage(sentence) from None
        if url.scheme not in ("http", "https") or not url.host:
            raise WrongUsage(sentence)
        return url

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
        why = STATUS.get(status, "was not understood")
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
        f"{name}={'...' if SECRET_NAME.search(name) and name != 'resumptionToken' else value}"
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


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
