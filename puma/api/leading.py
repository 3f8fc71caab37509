"""Addresses that lead on: short links, saved searches with what is new in them, and their feeds."""

from datetime import timedelta
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from lxml import etree

from puma import keeping, listing
from puma.access import ANONYMOUS
from puma.api.asking import Asker, House
from puma.listing import NewRecord
from puma.storage import now

leading_router = APIRouter()

ATOM = "http://www.w3.org/2005/Atom"
FEED_DAYS = 60
FEED_MOST = 100  # entries: readers come at least once in that many records, or see the newest


@leading_router.get("/p/{name}")
def follow(name: str, house: House) -> RedirectResponse:
    """A short link: it leads to the page and its state, which shows everybody what their own role may see."""
    return RedirectResponse(keeping.long_link(house.storage, name), 302)


@leading_router.get("/saved/{search_id}")
def visit(search_id: int, house: House, asker: Asker) -> RedirectResponse:
    """A saved search: it leads to what is new since the last visit, or to all where nothing is, and is a visit."""
    saved = keeping.saved_search(house.storage, asker, search_id)
    new = house.new_since(asker, saved)
    keeping.mark_seen(house.storage, asker, search_id)
    since = f"&since={saved.seen_at:%Y-%m-%dT%H:%M:%S.%fZ}" if new else ""
    return RedirectResponse(f"/search?{saved.query}{since}", 302)


@leading_router.get("/feed.atom")
def feed(house: House, request: Request, key: Annotated[str, Query(max_length=100)]) -> Response:
    """What a saved search found lately, for feed readers.

    Whoever has the address reads it, so it holds what everybody may see, whoever saved the search. The key stands in
    the query, which no log keeps.
    """
    saved = keeping.by_feed(house.storage, key)
    after = now() - timedelta(days=FEED_DAYS)
    numbers = house.found_by(ANONYMOUS, saved.query, since=after)
    found = listing.newest(house.storage, ANONYMOUS, numbers, FEED_MOST)
    base = (house.settings.access.public_url or str(request.base_url)).rstrip("/")
    return Response(_atom(saved, found, base), media_type="application/atom+xml")


def _atom(saved: keeping.SavedView, found: list[NewRecord], base: str) -> bytes:
    """The feed. base: the address of these pages, without a slash at its end."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # None: the default one
    updated = max((one.seen_at for one in found), default=saved.made_at)
    _say(root, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, saved.feed)}")
    _say(root, "title", saved.name)
    _say(root, "updated", updated.isoformat())
    _say(_under(root, "author"), "name", "PUMA")
    _under(root, "link", rel="alternate", type="text/html", href=f"{base}/search?{saved.query}")
    for one in found:
        entry = _under(root, "entry")
        _say(entry, "id", f"{base}/record/{one.id}")
        _say(entry, "title", one.name)
        _say(entry, "updated", one.seen_at.isoformat())
        _under(entry, "link", rel="alternate", type="text/html", href=f"{base}/record/{one.id}")
        _say(entry, "summary", ", ".join(word for word in (one.kind, one.code) if word))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _under(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)


def _say(parent: etree._Element, name: str, words: str) -> None:
    _under(parent, name).text = words
