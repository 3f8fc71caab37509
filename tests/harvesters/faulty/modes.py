"""All the ways to misbehave, by name."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from faulty.library import BOMB, FIRST, HTML, Item, Library, Listing
from faulty.server import Fault, Wire

Hits = Callable[[Listing], bool]


def any_page(page: Listing) -> bool:
    return True


def with_token(page: Listing) -> bool:
    return "resumptionToken" in page.asked


def from_page(number: int) -> Hits:
    return lambda page: page.number >= number


def _token(page: Listing, library: Library) -> None:
    page.token = page.asked["resumptionToken"]


def _earlier_token(page: Listing, library: Library) -> None:
    page.token = "~~5"


def _first_page_again(page: Listing, library: Library) -> None:
    page.entries = library.listing({}).entries
    page.token, page.error = f"~~{(page.number + 1) * library.page_size}", ""


def _invented(page: Listing, library: Library) -> None:
    start = 1000 + page.number * library.page_size
    page.entries = [Item(start + n, f"Invented {start + n}", FIRST.isoformat()).xml() for n in range(5)]
    page.token, page.size, page.error = f"~~{(page.number + 1) * library.page_size}", "20", ""


def _invented_without_total(page: Listing, library: Library) -> None:
    _invented(page, library)
    page.size = ""


def _empty(page: Listing, library: Library) -> None:
    page.entries, page.error = [], ""
    page.token = f"~~{(page.number + 1) * library.page_size}"


def _empty_in_between(page: Listing, library: Library) -> None:
    """An empty page leads to the same place under another token, three times."""
    turn = len(page.asked["resumptionToken"].split("~")) - 3
    if turn < 3:
        page.entries, page.token = [], page.asked["resumptionToken"] + "~"


def _error(code: str) -> Callable[[Listing, Library], None]:
    def say(page: Listing, library: Library) -> None:
        page.error = code

    return say


def _ends_early(page: Listing, library: Library) -> None:
    page.entries, page.token = page.entries[:2], ""


def _size(said: str) -> Callable[[Listing, Library], None]:
    def say(page: Listing, library: Library) -> None:
        page.size = said

    return say


def _removed(page: Listing, library: Library) -> None:
    """A record of the first page is removed before the second is made, so that all others move up by one."""
    library.items.remove(library.item(2))
    _made_again(page, library)


def _changed(page: Listing, library: Library) -> None:
    """A record of the first page changes before the second is made, and moves to the end of the list."""
    item = library.item(2)
    item.title, item.stamp = "Record 2 on water", datetime.now(UTC).date().isoformat()
    _made_again(page, library)


def _made_again(page: Listing, library: Library) -> None:
    fresh = library.listing(page.asked)
    page.entries, page.token, page.size = fresh.entries, fresh.token, fresh.size


def _twice(said: str) -> Callable[[Listing, Library], None]:
    """A record of the first page comes on the third one too, always, and is counted twice."""

    def say(page: Listing, library: Library) -> None:
        page.size = str(len(library.items) + 1)
        if page.number == 2:
            page.entries.append(library.item(3).xml().replace("on ice", said))

    return say


def _stamps(said: str) -> Callable[[bytes], bytes]:
    def say(body: bytes) -> bytes:
        parts = body.decode().split("<datestamp>")
        return "".join([parts[0], *(f"<datestamp>{said}{part[part.index('<') :]}" for part in parts[1:])]).encode()

    return say


def _doctype(page: Listing, library: Library) -> None:
    page.doctype = BOMB


def _latin(body: bytes) -> bytes:
    return body.decode().encode("latin-1")


def _utf16(body: bytes) -> bytes:
    return body.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _html(body: bytes) -> bytes:
    return HTML


def _sends(status: int, **headers: str) -> Callable[[Wire, bytes], None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda wire, body: wire.send(b"busy", status=status, headers=named)


def _bomb(wire: Wire, body: bytes) -> None:
    wire.send(gzip.compress(b" " * 30_000_000), headers={"Content-Encoding": "gzip"})


def _no_gzip(wire: Wire, body: bytes) -> None:
    wire.send(body, headers={"Content-Encoding": "gzip"})


def _too_long(wire: Wire, body: bytes) -> None:
    wire.send(body, headers={"Content-Length": str(len(body) + 100)})
    wire.close_connection = True


def _too_short(wire: Wire, body: bytes) -> None:
    wire.send(body, headers={"Content-Length": str(len(body) - 100)})


def _latin_header(wire: Wire, body: bytes) -> None:
    wire.send(body, headers={"Content-Type": "text/xml; charset=iso-8859-1"})


def _to_itself(wire: Wire, body: bytes) -> None:
    wire.send(b"", status=302, headers={"Location": wire.path})


def redirects_to(place: str) -> Callable[[Wire, bytes], None]:
    """Sends everybody to another place."""
    return lambda wire, body: wire.send(b"", status=302, headers={"Location": place})


def _drips_header(wire: Wire, body: bytes) -> None:
    wire.drip(b"HTTP/1.1 200 OK\r\nX-Long: ")


def _drips_body(wire: Wire, body: bytes) -> None:
    wire.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n<OAI-PMH>")


def _date(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def modes() -> dict[str, Fault]:
    """Each way to misbehave, made anew: a fault counts how often it struck."""
    return {
        "token repeats": Fault(_token),
        "tokens go in a loop": Fault(_earlier_token, hits=from_page(2)),
        "first page under new tokens": Fault(_first_page_again, hits=from_page(1)),
        "never ends": Fault(_invented, hits=from_page(3)),
        "never ends, no total": Fault(_invented_without_total, hits=from_page(3)),
        "empty pages for ever": Fault(_empty, hits=from_page(1)),
        "some empty pages": Fault(_empty_in_between),
        "noRecordsMatch mid-list": Fault(_error("noRecordsMatch")),
        "badArgument mid-list": Fault(_error("badArgument")),
        "token expires": Fault(_error("badResumptionToken"), hits=with_token),
        "token expires after page 2": Fault(_error("badResumptionToken"), hits=from_page(2)),
        "ends early": Fault(_ends_early),
        "total too high": Fault(_size("25"), hits=any_page),
        "total too low": Fault(_size("3"), hits=any_page),
        "total is no number": Fault(_size("many"), hits=any_page),
        "total is negative": Fault(_size("-5"), hits=any_page),
        "no total": Fault(_size(""), hits=any_page),
        "record removed meanwhile": Fault(_removed, times=1),
        "record changed meanwhile": Fault(_changed, times=1),
        "record listed twice": Fault(_twice("on ice"), hits=any_page),
        "record twice, in conflict": Fault(_twice("on fire"), hits=any_page),
        "datestamps are today": Fault(body=_stamps(datetime.now(UTC).date().isoformat()), hits=any_page),
        "datestamps are nonsense": Fault(body=_stamps("updatedAt"), hits=any_page),
        "cut page": Fault(body=_half),
        "web page with 200": Fault(body=_html),
        "doctype": Fault(_doctype),
        "latin-1 said to be utf-8": Fault(body=_latin),
        "utf-16, and says so": Fault(body=_utf16, hits=any_page),
        "header says latin-1": Fault(wire=_latin_header, hits=any_page),
        "gzip bomb": Fault(wire=_bomb),
        "gzip that is none": Fault(wire=_no_gzip),
        "drips a header": Fault(wire=_drips_header),
        "drips a body": Fault(wire=_drips_body),
        "reset mid body": Fault(wire=lambda wire, body: wire.break_off(body)),
        "length too long": Fault(wire=_too_long),
        "length too short": Fault(wire=_too_short),
        "redirects to itself": Fault(wire=_to_itself),
        "redirects to metadata address": Fault(wire=redirects_to("http://169.254.169.254/latest/meta-data")),
        "redirects to private address": Fault(wire=redirects_to("http://10.0.0.1/oai")),
        "redirects to a file": Fault(wire=redirects_to("file:///etc/passwd")),
        "500": Fault(wire=_sends(500)),
        "403": Fault(wire=_sends(403)),
        "503, silent": Fault(wire=_sends(503)),
        "503, in 7 s": Fault(wire=_sends(503, Retry_After="7")),
        "503, at once": Fault(wire=_sends(503, Retry_After="0")),
        "503, at a date": Fault(wire=_sends(503, Retry_After=_date(30))),
        "503, at a date gone by": Fault(wire=_sends(503, Retry_After=_date(-3600))),
        "503, next year": Fault(wire=_sends(503, Retry_After=_date(365 * 86400))),
        "503, in 999999 s": Fault(wire=_sends(503, Retry_After="999999")),
        "503, in 10^400 s": Fault(wire=_sends(503, Retry_After="1" + "0" * 400)),
        "503, rubbish": Fault(wire=_sends(503, Retry_After="soon, -5 & perhaps")),
        "429, silent": Fault(wire=_sends(429)),
        "429, in 7 s": Fault(wire=_sends(429, Retry_After="7")),
        "429, in an hour": Fault(wire=_sends(429, Retry_After="3600")),
    }
