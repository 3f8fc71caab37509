"""The language of the present request: the one its reader chose once, else what the browser says of its reader."""

from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from puma.languages import COOKIE, ENGLISH, Tongue, language_of, tongue

VARY = {"Vary": "Accept-Language, Cookie"}
"""For answers that are kept on the way and differ by their reader's language."""
reader: ContextVar[Tongue] = ContextVar("reader", default=ENGLISH)
"""What says texts to whoever asks in the present request."""


def tongue_of(headers: Headers) -> Tongue:
    """The tongue that a request is answered in, as the pages choose it."""
    kept = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return tongue(language_of(kept, headers.get("accept-language", "")))
