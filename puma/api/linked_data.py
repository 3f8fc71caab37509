"""A record for machines: schema.org as JSON-LD, and the links of Signposting that lead from its page to the rest."""

import re
from collections.abc import Iterator
from typing import Any

from puma.exports.citation import Item
from puma.listing import RecordView

TYPES = {
    "article-journal": "ScholarlyArticle",
    "article": "ScholarlyArticle",
    "paper-conference": "ScholarlyArticle",
    "book": "Book",
    "chapter": "Chapter",
    "thesis": "Thesis",
    "dataset": "Dataset",
}
KINDS = {"person": "Person", "institution": "Organization", "publication": "CreativeWork", "dataset": "Dataset"}
MOST_AUTHORS = 50  # in a header, which servers on the way may cut; JSON-LD names all
FORMATS = {
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".csl.json": "application/vnd.citationstyles.csl+json",
    ".bib": "application/x-bibtex",
    ".ris": "application/x-research-info-systems",
}
CITED = ("publication", "proposal", "dataset")
"""Kinds of records that can be cited."""
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def type_of(view: RecordView, cited: Item | None) -> str:
    """The class of schema.org."""
    return TYPES.get(str((cited or {}).get("type")), KINDS.get(view.kind, "Thing" if cited is None else "CreativeWork"))


def json_ld(view: RecordView, cited: Item | None, base: str) -> dict[str, Any]:
    """The record in the words of schema.org; what is not known is not there. base: our address, without a slash."""
    values = {field.name: field.value for field in view.fields}
    doi = values.get("doi")
    same = [f"https://doi.org/{doi}"] if doi else []
    same += [f"https://orcid.org/{values['orcid']}"] if values.get("orcid") else []
    same += [f"https://ror.org/{values['ror']}"] if values.get("ror") else []
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": type_of(view, cited),
        "@id": same[0] if same else f"{base}/record/{view.id}",
        "url": f"{base}/record/{view.id}",
        "sameAs": same,
        "name": (cited or {}).get("title") or re.sub(r"<[^>]*>", "", view.title),
        "identifier": [
            {"@type": "PropertyValue", "propertyID": scheme, "value": value} for scheme, value in view.identifiers
        ],
        "description": view.abstract,
        "datePublished": _day(cited),
        "author": [_person(one.name, one.detail) for one in view.people] if cited else [],
        "isPartOf": {"@type": "Periodical", "name": cited["container-title"]}
        if cited and cited.get("container-title")
        else None,
        "publisher": {"@type": "Organization", "name": values["publisher"]} if values.get("publisher") else None,
        "license": values.get("license"),
        "keywords": [value for _, value in view.keywords],
        "instrument": [{"@type": "Thing", "name": one.name} for one in view.instruments],
        "encoding": [
            {"@type": "MediaObject", "name": file.name, "contentUrl": _absolute(file.url, base)}
            for file in view.files
            if file.url
        ],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [], {})}


def _person(name: str, detail: str) -> dict[str, str]:
    found = _ORCID.fullmatch(detail)
    return {"@type": "Person", "name": name, **({"@id": f"https://orcid.org/{detail}"} if found else {})}


def _day(cited: Item | None) -> str | None:
    parts = (cited or {}).get("issued", {}).get("date-parts", [[]])[0]
    return "-".join(f"{part:02}" for part in parts) or None


def _absolute(url: str, base: str) -> str:
    return f"{base}{url}" if url.startswith("/") else url


def signposts(view: RecordView, cited: Item | None) -> str:
    """The Link header of the record's page (Signposting, level 1): RFC 8288, addresses without what would end one."""
    return ", ".join(
        f'<{_safe(target)}>; rel="{rel}"' + (f'; type="{media}"' if media else "")
        for target, rel, media in _links(view, cited)
    )


def _links(view: RecordView, cited: Item | None) -> Iterator[tuple[str, str, str]]:
    values = {field.name: field.value for field in view.fields}
    if values.get("doi"):
        yield f"https://doi.org/{values['doi']}", "cite-as", ""
    for suffix, media in FORMATS.items():
        if cited or suffix in (".json", ".jsonld"):
            yield f"/record/{view.id}{suffix}", "describedby", media
    for file in view.files:
        if file.url:
            yield file.url, "item", "application/pdf" if file.name.lower().endswith(".pdf") else ""
    orcids = [one.detail for one in view.people if _ORCID.fullmatch(one.detail)]
    for orcid in orcids[:MOST_AUTHORS]:
        yield f"https://orcid.org/{orcid}", "author", ""
    if values.get("license", "").startswith(("http://", "https://")):
        yield values["license"], "license", ""
    yield f"https://schema.org/{type_of(view, cited)}", "type", ""
    yield "https://schema.org/AboutPage", "type", ""


def _safe(address: str) -> str:
    """Printable ASCII without spaces, quotes and angle brackets."""
    return "".join(
        letter
        if "!" <= letter <= "~" and letter not in '<>"\\'
        else "".join(f"%{byte:02X}" for byte in letter.encode())
        for letter in address
    )
