"""What the repository holds and how it lists it: records with datestamps, windows of days, pages, tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title><dc:creator>Doe, Jané</dc:creator><dc:date>2024-05-0{day}</dc:date>"
    "<dc:source>Journal of Ice</dc:source><dc:identifier>https://doi.org/10.5555/ice.{number}</dc:identifier>"
    "<dc:type>article</dc:type></oai_dc:dc>"
)
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-03-02T06:00:00Z</responseDate><request>http://x/oai</request>{body}</OAI-PMH>"
)
HTML = b"<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>"
BOMB = (
    '<!DOCTYPE OAI-PMH [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>\n'
)
FIRST = date(2024, 1, 1)


@dataclass
class Item:
    """One record. ``stamp``: what the repository says of when it changed, a day or nonsense."""

    number: int
    title: str
    stamp: str
    deleted: bool = False

    @property
    def key(self) -> str:
        return f"oai:test:{self.number}"

    def xml(self) -> str:
        head = f"<identifier>{self.key}</identifier><datestamp>{self.stamp}</datestamp>"
        if self.deleted:
            return f'<record><header status="deleted">{head}</header></record>'
        body = DC.format(title=self.title, day=self.number % 9 + 1, number=self.number)
        return f"<record><header>{head}</header><metadata>{body}</metadata></record>"


def items(count: int) -> list[Item]:
    """Records that changed every third day."""
    return [Item(n, f"Record {n} on ice", (FIRST + timedelta(days=3 * n)).isoformat()) for n in range(count)]


@dataclass
class Listing:
    """One page that is about to be sent; a fault may change all of it. ``number``: of the page, from 0."""

    number: int
    asked: dict[str, str]
    entries: list[str]
    token: str
    size: str
    error: str = ""
    doctype: str = ""

    def body(self) -> bytes:
        if self.error:
            said = f'<error code="{self.error}">so it is</error>'
            return ENVELOPE.format(doctype="", body=said).encode()
        size = f' completeListSize="{self.size}"' if self.size else ""
        end = f"<resumptionToken{size}>{self.token}</resumptionToken>" if self.token or size else ""
        return ENVELOPE.format(
            doctype=self.doctype, body=f"<ListRecords>{''.join(self.entries)}{end}</ListRecords>"
        ).encode()


@dataclass
class Library:
    """A repository; ``asked`` and ``headers`` keep what came, ``told`` hears of each page before it is made."""

    items: list[Item] = field(default_factory=lambda: items(20))
    page_size: int = 5
    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    told: Callable[[int], None] | None = None

    def listing(self, asked: dict[str, str]) -> Listing:
        """The page of a question; a token says window and offset, as in most repositories."""
        first, last, offset = asked.get("from", ""), asked.get("until", ""), 0
        if asked.get("resumptionToken"):
            first, last, start = asked["resumptionToken"].split("~")[:3]
            offset = int(start)
        chosen = [item for item in sorted(self.items, key=lambda item: item.stamp) if _within(item.stamp, first, last)]
        if not chosen and not offset:
            return Listing(0, asked, [], "", "", error="noRecordsMatch")
        end = offset + self.page_size
        token = f"{first}~{last}~{end}" if end < len(chosen) else ""
        entries = [item.xml() for item in chosen[offset:end]]
        return Listing(offset // self.page_size, asked, entries, token, str(len(chosen)))

    def item(self, number: int) -> Item:
        return next(item for item in self.items if item.number == number)


def _within(stamp: str, first: str, last: str) -> bool:
    if not (first or last):
        return True
    return stamp[:1].isdigit() and (not first or stamp >= first) and (not last or stamp <= last)
