"""Publications and products of CERIF-XML: where they appeared, who made them, what they came from."""

import re
from datetime import date

from puma.cerif.parts import (
    Element,
    Row,
    access,
    classified,
    contributors,
    contributors_of,
    day,
    doi,
    keywords,
    organisation,
    say,
    several,
    spell,
    start,
    under,
)

COAR = "http://purl.org/coar/resource_type"
TYPES = {
    "JOURNAL_ARTICLE": "c_6501", "PROCEEDINGS_ARTICLE": "c_5794", "BOOK": "c_2f33", "BOOK_CHAPTER": "c_3248",
    "THESIS": "c_46ec", "PREPRINT": "c_816b", "DATA_PAPER": "c_beb9", "OTHER": "c_18cf",
}  # fmt: skip
"""COAR resource types; what is none of them is a text."""
IN_A_JOURNAL = ("JOURNAL_ARTICLE", "DATA_PAPER", "OTHER", "PREPRINT")
OPEN, CLOSED, EMBARGOED = "c_abf2", "c_14cb", "c_f1cf"
_ISSN = re.compile(r"\d{4}-?\d{3}[\dX]")


def publication(row: Row) -> Element:
    """A Publication: of a row of an export, or with ``people``, ``datasets`` and ``projects`` told one by one."""
    made = start("Publication", row.get("id"))
    kind = str(row.get("type") or "OTHER")
    classified(made, "COAR_Publication_Types", f"{COAR}/{TYPES.get(kind, TYPES['OTHER'])}")
    say(made, "Language", row.get("language"))
    spell(made, "Title", row.get("title"))
    if row.get("journal") and kind in IN_A_JOURNAL:
        _host(under(made, "PublishedIn"), row, "c_0640")
    elif row.get("journal"):
        _host(under(made, "PartOf"), row, "c_2f33")
    say(made, "PublicationDate", published(row))
    say(made, "Volume", row.get("volume"))
    say(made, "Issue", row.get("issue"))
    first, _, last = str(row.get("pages") or "").replace("–", "-").partition("-")
    say(made, "StartPage", first)
    say(made, "EndPage", last)
    doi(made, row)
    if not row.get("journal"):
        issn(made, row)
    say(made, "URL", row.get("url"))
    contributors(made, "Authors", "Author", contributors_of(row, "authors"))
    _publisher(made, row)
    _licence(made, row)
    keywords(made, row)
    spell(made, "Abstract", row.get("abstract"))
    _origins(made, row)
    for number, name, known in row.get("products") or ():
        other = under(under(made, "References"), "Product", id=number)
        classified(other, "COAR_Product_Types", f"{COAR}/c_ddb1")
        spell(other, "Name", name)
        doi(other, {"doi": known})
    if row.get("open_access"):
        access(made, CLOSED if row["open_access"] == "closed" else OPEN)
    if row.get("pdf_url"):
        medium = under(under(made, "FileLocations"), "Medium")
        under(medium, "URI", row["pdf_url"])
        under(medium, "MimeType", "application/pdf")
    return made


def product(row: Row) -> Element:
    """A Product: a dataset."""
    made = start("Product", row.get("id"))
    classified(made, "COAR_Product_Types", f"{COAR}/c_ddb1")
    spell(made, "Name", row.get("title"))
    doi(made, row)
    say(made, "URL", row.get("url"))
    contributors(made, "Creators", "Creator", contributors_of(row, "creators", "authors"))
    _publisher(made, row)
    spell(made, "Description", row.get("abstract"))
    words = [*several(row.get("keywords")), *several(row.get("techniques"))]
    keywords(made, {"keywords": words})
    _origins(made, row)
    for number, name in row.get("equipment") or [(None, name) for name in several(row.get("instrument"))]:
        machine = under(under(made, "GeneratedBy"), "Equipment", id=number)
        say(machine, "Acronym", name)
    opens = day(row.get("open_on"))
    if opens:
        today = row.get("today")
        access(made, EMBARGOED if isinstance(today, date) and opens > today.isoformat() else OPEN)
    created = day(row.get("created_on")) or str(row.get("year") or "")
    if created or opens:
        dates = under(made, "Dates")
        if opens:
            under(dates, "Available", startDate=opens)
        if created:
            under(dates, "Created", startDate=created)
    if row.get("size_bytes"):
        medium = under(under(made, "FileLocations"), "Medium")
        under(medium, "Size", row["size_bytes"])
    return made


def published(row: Row) -> str:
    """The date of publication as far as it is known: a day, a month or a year."""
    written, precision = day(row.get("published_on")), row.get("published_precision")
    if written:
        return written[: {"year": 4, "month": 7}.get(str(precision), 10)]
    return str(row.get("year") or "")


def issn(element: Element, row: Row) -> None:
    """The ISSN, where it is one as the schema wants it."""
    if _ISSN.fullmatch(str(row.get("issn") or "")):
        under(element, "ISSN", row["issn"])


def _host(link: Element, row: Row, kind: str) -> None:
    host = under(link, "Publication")
    classified(host, "COAR_Publication_Types", f"{COAR}/{kind}")
    spell(host, "Title", row.get("journal"))
    issn(host, row)


def _publisher(made: Element, row: Row) -> None:
    if row.get("publisher"):
        organisation(under(under(made, "Publishers"), "Publisher"), row["publisher"])


def _licence(made: Element, row: Row) -> None:
    if str(row.get("license") or "").startswith(("http://", "https://")):
        under(made, "License", row["license"], scheme="https://spdx.org/licenses/")


def _origins(made: Element, row: Row) -> None:
    """The proposals that a work came from, as far as the reader may know of them."""
    for number, code in row.get("projects") or [(None, code) for code in _codes(row)]:
        project = under(under(made, "OriginatesFrom"), "Project", id=number)
        under(project, "Identifier", code, type=PROPOSAL)


def _codes(row: Row) -> list[str]:
    return several(row.get("proposals") or row.get("proposal"))


PROPOSAL = "https://w3id.org/cerif/vocab/IdentifierTypes#ProjectReference"
