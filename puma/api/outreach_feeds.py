"""Outreach for programs: lists as JSON, JSON-LD, RSS and Atom, and the map of the public pages; pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from lxml import etree

from puma.api.outreach_pages import Listed, Row
from puma.cerif import legal
from puma.exports.citation import item, line
from puma.text import plain

ATOM = "http://www.w3.org/2005/Atom"
MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_PLACES = 50_000  # addresses in one map


def as_json(of: Listed, base: str) -> dict[str, Any]:
    """A list for programs: each publication as it is cited, with its page here."""
    return {
        "title": of.title(),
        "total": of.total,
        "page": of.page,
        "pages": of.last,
        "publications": [
            {
                **item(row),
                "url": f"{base}/record/{row['id']}",
                "instruments": _several(row.get("instruments")),
                "countries": _several(row.get("countries")),
                "citation": line(item(row)),
            }
            for row in of.rows
        ],
    }


def as_linked_data(of: Listed, base: str) -> dict[str, Any]:
    """A list in the words of schema.org."""
    articles = [_article(row, base) for row in of.rows]
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": of.title(),
        "url": f"{base}{of.address('/public/publications', page=of.page)}",
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": of.total,
            "itemListElement": [
                {"@type": "ListItem", "position": (of.page - 1) * of.size + place, "item": one}
                for place, one in enumerate(articles, start=1)
            ],
        },
    }


def _article(row: Row, base: str) -> dict[str, Any]:
    told = {
        "@type": "ScholarlyArticle",
        "@id": f"https://doi.org/{row['doi']}" if row.get("doi") else f"{base}/record/{row['id']}",
        "url": f"{base}/record/{row['id']}",
        "name": plain(str(item(row)["title"])),
        "author": [{"@type": "Person", "name": name} for name in _several(row.get("authors"))],
        "datePublished": str(row["year"]) if row.get("year") else None,
        "isPartOf": {"@type": "Periodical", "name": row["journal"]} if row.get("journal") else None,
    }
    return {name: value for name, value in told.items() if value}


def as_atom(of: Listed, base: str, at: datetime) -> bytes:
    """The list as an Atom feed; at: when it last changed."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]
    here = f"{base}{of.address('/public/publications')}"
    _say(root, "id", here)
    _say(root, "title", of.title())
    _say(root, "updated", at.isoformat())
    _say(_say(root, "author"), "name", "PUMA")
    _say(root, "link").attrib.update(_way(here))
    for row in of.rows:
        entry = _say(root, "entry")
        _say(entry, "id", f"{base}/record/{row['id']}")
        _say(entry, "title", plain(str(item(row)["title"])))
        _say(entry, "updated", (_day(row) or at).isoformat())
        _say(entry, "link").attrib.update(_way(f"{base}/record/{row['id']}"))
        for name in _several(row.get("authors")):
            _say(_say(entry, "author"), "name", name)
        _say(entry, "summary", line(item(row)))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _way(address: str) -> Sequence[tuple[str, str]]:
    return [("rel", "alternate"), ("type", "text/html"), ("href", address)]


def _say(parent: etree._Element, name: str, words: str = "") -> etree._Element:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}")
    made.text = legal(words) or None
    return made


def as_rss(of: Listed, base: str) -> bytes:
    """The list as RSS 2.0."""
    root = etree.Element("rss", version="2.0")
    channel = etree.SubElement(root, "channel")
    here = f"{base}{of.address('/public/publications')}"
    for name, words in (
        ("title", of.title()),
        ("link", here),
        ("description", of.spoken.say("{}, the newest first", of.title())),
    ):
        etree.SubElement(channel, name).text = legal(words)
    for row in of.rows:
        one = etree.SubElement(channel, "item")
        address, day = f"{base}/record/{row['id']}", _day(row)
        told = {"title": plain(str(item(row)["title"])), "link": address, "description": line(item(row))}
        for name, words in told.items():
            etree.SubElement(one, name).text = legal(words)
        etree.SubElement(one, "guid", isPermaLink="true").text = address
        if day is not None:
            etree.SubElement(one, "pubDate").text = format_datetime(day)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def site_map(base: str, lists: Iterable[str], records: Sequence[tuple[int, datetime]]) -> bytes:
    """The public lists and the records of publications with the day of their change; at most 50,000 addresses."""
    root = etree.Element(f"{{{MAP}}}urlset", nsmap={None: MAP})  # type: ignore[dict-item]
    for place, day in [*((path, None) for path in lists), *_places(records)][:MOST_PLACES]:
        one = etree.SubElement(root, f"{{{MAP}}}url")
        etree.SubElement(one, f"{{{MAP}}}loc").text = f"{base}{place}"
        if day is not None:
            etree.SubElement(one, f"{{{MAP}}}lastmod").text = day
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _places(records: Sequence[tuple[int, datetime]]) -> Iterator[tuple[str, str | None]]:
    return ((f"/record/{number}", at.date().isoformat()) for number, at in records)


def _several(value: object) -> list[str]:
    return [word for word in str(value or "").split("; ") if word]


def _day(row: Row) -> datetime | None:
    day = row.get("date")
    if isinstance(day, date):
        return datetime.combine(day, time(), UTC)
    return datetime(int(row["year"]), 1, 1, tzinfo=UTC) if row.get("year") else None
