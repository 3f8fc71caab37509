"""The OAI-PMH endpoint at /oai: GET and POST, compressed where asked for, slowed where somebody asks too often."""

import gzip
import math
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from puma.accounts.slowing import Slowing
from puma.api.asking import House
from puma.errors import SlowDown, TryLater
from puma.installation import Installation
from puma.provider import Credits, Repository

oai_router = APIRouter()

MEDIA_TYPE = "text/xml; charset=utf-8"  # as the protocol wants it
MOST_FORM = 20_000  # bytes of a POST


class Provider:
    """What serves the harvesters of one application."""

    def __init__(self, installation: Installation) -> None:
        self.repository = Repository(installation.storage, installation.settings)
        self.credits = Credits(installation.settings)
        per_minute = installation.settings.public.requests_per_minute
        self._limit = Slowing(max(per_minute / 2, 20), per_minute) if per_minute else None

    def slow_down(self, request: Request) -> None:
        """Raise SlowDown when an address asks too often."""
        if self._limit is not None and (wait := self._limit.wait_s(request.client.host if request.client else "")):
            raise SlowDown("Too many requests: wait a little, then go on.", wait)


def admitted(request: Request) -> Provider:
    """Let in whoever does not ask too often: nobody signs in here, so that addresses are counted. Raises SlowDown."""
    provider: Provider = request.app.state.provider
    provider.slow_down(request)
    return provider


def base_of(house: Installation, request: Request) -> str:
    """The address of these pages, without a slash at its end."""
    return (house.settings.access.public_url or str(request.base_url)).rstrip("/")


@oai_router.api_route("/oai", methods=["GET", "POST"])
async def oai(request: Request, house: House) -> Response:
    """OAI-PMH 2.0. Errors of the protocol have the status 200; 503 with Retry-After asks for patience."""
    query = request.url.query
    if request.method == "POST":
        body = await request.body()
        query = "&".join(part for part in (query, body[:MOST_FORM].decode("utf-8", "replace")) if part)
    pairs = parse_qsl(query, keep_blank_values=True)
    try:
        answer = await run_in_threadpool(admitted(request).repository.respond, pairs, base_of(house, request))
    except SlowDown as slow:
        return _later(str(slow), slow.after_s)
    except TryLater as later:
        return _later(str(later), 60)
    headers = {"Vary": "Accept-Encoding", "Access-Control-Allow-Origin": "*"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        answer = await run_in_threadpool(gzip.compress, answer, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(answer, media_type=MEDIA_TYPE, headers=headers)


def _later(words: str, after_s: float) -> Response:
    """What harvesters wait for."""
    return Response(words, 503, media_type="text/plain", headers={"Retry-After": str(math.ceil(after_s))})
