"""Dublin Core (oai_dc) of publications, datasets and proposals: fifteen words that every harvester reads."""

from collections.abc import Iterator

from lxml import etree

from puma.cerif import TYPES, legal, published
from puma.provider.contents import Row

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
COAR = "http://purl.org/coar/resource_type"
OPEN, CLOSED = "info:eu-repo/semantics/openAccess", "info:eu-repo/semantics/closedAccess"
WORKS = ("publication", "dataset", "proposal")


def dublin_core(kind: str, row: Row, page: str) -> etree._Element:
    """The record. page: the address of its page here."""
    made = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    for name, words in _words(kind, row, page):
        if words:
            etree.SubElement(made, f"{{{DC}}}{name}").text = legal(words)
    return made


def _words(kind: str, row: Row, page: str) -> Iterator[tuple[str, str]]:
    yield "title", str(row.get("title") or "")
    for one in row.get("people") or ():
        yield "creator", one.name
    for word in row.get("keywords") or ():
        yield "subject", word
    yield "description", str(row.get("abstract") or "")
    yield "publisher", str(row.get("publisher") or "")
    yield "date", _date(kind, row)
    if kind == "publication":
        yield "type", f"{COAR}/{TYPES.get(str(row.get('type')), TYPES['OTHER'])}"
    elif kind == "dataset":
        yield "type", f"{COAR}/c_ddb1"
    if row.get("doi"):
        yield "identifier", f"https://doi.org/{row['doi']}"
    if row.get("code"):
        yield "identifier", str(row["code"])
    yield "identifier", page
    if row.get("journal"):
        yield "source", _source(row)
    if row.get("issn"):
        yield "source", f"ISSN {row['issn']}"
    yield "language", str(row.get("language") or "")
    for _, _, doi in row.get("products") or ():
        if doi:
            yield "relation", f"info:eu-repo/semantics/dataset/doi/{doi}"
    if row.get("open_access"):
        yield "rights", CLOSED if row["open_access"] == "closed" else OPEN
    yield "rights", str(row.get("license") or "")


def _date(kind: str, row: Row) -> str:
    if kind == "publication":
        return published(row)
    day = row.get("created_on") or row.get("deposited_on")
    return day.isoformat() if day else str(row.get("year") or row.get("operation_year") or "")


def _source(row: Row) -> str:
    """Journal, volume (issue), pages: as a citation has them."""
    volume = f" {row['volume']}" if row.get("volume") else ""
    issue = f" ({row['issue']})" if row.get("issue") else ""
    pages = f", {row['pages']}" if row.get("pages") else ""
    return f"{row['journal']}{',' if volume else ''}{volume}{issue}{pages}"
