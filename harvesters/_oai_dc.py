"""Dublin Core, plain or qualified: no affiliations, and the order of identifiers says nothing."""

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from harvesters._dc_words import unread, words
from harvesters._reading import author, earliest, keywords, once, published, related, when
from harvesters._vocabulary import is_address, is_pdf, licence, open_access, publication_type, says_data
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_issn, clean_orcid, find_dois

Related = dict[str, str]

_RELATED = {
    "dataset": "IsSupplementedBy", "reference": "References", "references": "References", "ispartof": "IsPartOf",
    "isversionof": "IsVersionOf", "hasversion": "HasVersion", "isreplacedby": "IsObsoletedBy", "replaces": "Obsoletes",
}  # fmt: skip
_ORCID = re.compile(
    r"[\s([{,|]*(?:orcid\s*[:=]?\s*)?(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])[)\]}]*", re.IGNORECASE
)
_OPENAIRE = re.compile(r"info:eu-repo/semantics/(altIdentifier|dataset|reference)/(\w+)/(.+)", re.IGNORECASE)
_GRANT = re.compile(r"info:eu-repo/grantAgreement/(.+)", re.IGNORECASE)
_CLASSIFICATION = re.compile(r"info:eu-repo/classification/(\w+)/(.+)", re.IGNORECASE)
_LEADING_WORD = re.compile(r"(is\w+|has\w+|replaces|references)[\s:]+(.+)", re.IGNORECASE)
_NO_JOURNAL = re.compile(r"https?://|\b[ep]?-?iss?n\b|\bisbn\b|^urn:|^10\.\d{4}|^\W*$", re.IGNORECASE)
_VOLUME = re.compile(r"[\s,;:(\[]+(?=\d|vol\b|volume\b|pp\b|no\.|band\b)", re.IGNORECASE)


def own_key(record: etree._Element) -> str:
    """The first identifier that a record without envelope gives itself; not the citation that some put there."""
    return next((text for text in words(record)["identifier"] if " " not in text), "")


def claims(record: etree._Element, key: str, source: Source) -> list[Claim]:
    """The publication or dataset that a Dublin Core record describes. Raises SkipRecord without a title."""
    said = words(record)
    if not said["title"]:
        raise SkipRecord("it has no title")
    dois, linked, grants = _identified(said["identifier"], said["relation"])
    linked += [related("IsSupplementedBy", "", text) for text in said["dataset"]]
    values: dict[str, Any] = {
        "title": said["title"][0],
        "abstract": max(said["description"], key=len, default=None),
        "publisher": next(iter(said["publisher"]), None),
        "authors": _authors(said["creator"]),
        "keywords": once([*_keywords(said["subject"]), *keywords("GRANT", [*grants, *said["grant"]])]),
        "doi": dois[0] if dois else None,
        "related": once([*linked, *(related("IsRelatedTo", "doi", doi) for doi in dois[1:])]),
    }
    dates = _dates(said["date"])
    keys: tuple[Key, ...] = (*(("doi", doi) for doi in dois[:1]), ("source", f"{source.name}:{key}"))
    if says_data(said["type"]):
        day = dates["published_on"] if dates.get("published_precision") == "day" else None
        values |= {"facility": source.facility, "created_on": day, "year": dates.get("year")}
        values["url"] = next((text for text in said["identifier"] if is_address(text)), None)
        return [Claim("dataset", keys, values, unread(record))]
    values |= dates | {
        "type": publication_type(said["type"]) or "OTHER",
        "language": next(iter(said["language"]), "").lower() or None,
        "journal": _journal([*said["journal"], *said["source"]]),
        "issn": _issn([*said["source"], *said["identifier"], *said["relation"]]),
        "license": licence(said["rights"]),
        "open_access": open_access(said["rights"]),
        "pdf_url": next((word for word in [*said["pdf"], *said["identifier"]] if is_pdf(word)), None)
        or next(iter(said["pdf"]), None),
    }
    return [Claim("publication", keys, values, unread(record))]


def _authors(creators: list[str]) -> list[dict[str, Any]]:
    """Several names in one element are taken apart at semicolons; an ORCID iD behind a name is the author's."""
    found = []
    for name in (part for creator in creators for part in creator.split(";")):
        written = _ORCID.search(name)
        orcid = clean_orcid(written[1]) if written else None
        name = _ORCID.sub("", name).replace(" , ", ", ").strip(" ,")
        found.append(author(name, orcid=orcid))
    return [item for item in found if item]


def _keywords(subjects: list[str]) -> list[dict[str, str]]:
    found = []
    for subject in subjects:
        coded = _CLASSIFICATION.fullmatch(subject)
        found += keywords(coded[1].upper(), [coded[2]]) if coded else keywords("", [subject])
    return found


def _identified(identifiers: list[str], relations: list[str]) -> tuple[list[str], list[Related | None], list[str]]:
    """Own DOIs (also where OpenAIRE's rules put them: among the relations), related things, grants."""
    dois = [doi for text in identifiers for doi in _dois(text)]
    linked, grants = [], []
    for relation in relations:
        if grant := _GRANT.fullmatch(relation):
            grants.append(grant[1])
        elif coded := _OPENAIRE.fullmatch(relation):
            kind, scheme, value = coded[1].lower(), coded[2].lower(), coded[3]
            if kind != "altidentifier":
                linked.append(related(_RELATED[kind], scheme, value))
            elif scheme == "doi" and (doi := clean_doi(value)):
                dois.append(doi)
        else:
            worded = _LEADING_WORD.fullmatch(relation)
            kind = _RELATED.get(worded[1].lower(), "IsRelatedTo") if worded else "IsRelatedTo"
            linked.append(related(kind, "", worded[2] if worded else relation))
    return list(dict.fromkeys(dois)), linked, grants


def _dois(identifier: str) -> Iterable[str]:
    if doi := clean_doi(identifier):
        return [doi]
    return [doi for doi, _, _ in find_dois(identifier)] if "doi" in identifier.lower() else []


def _dates(texts: list[str]) -> dict[str, Any]:
    """The date of publication: repositories write their own moments of deposit with a time of day beside it."""
    texts = [text for text in texts if not text.startswith("info:")]
    days = [text for text in texts if ":" not in text]
    return published(earliest(map(when, days)) or earliest(map(when, texts)))


def _journal(sources: list[str]) -> str | None:
    """The first container title, without volume and pages behind it."""
    for text in sources:
        if not _NO_JOURNAL.search(text) and not clean_issn(text):
            return _VOLUME.split(text, maxsplit=1)[0].strip(" ,;:/") or None
    return None


def _issn(texts: list[str]) -> str | None:
    return next((found for text in texts if (found := clean_issn(text))), None)
