"""oai_dc (and base_dc): fifteen words of Dublin Core; no affiliations, and the order of identifiers says nothing."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lxml import etree

from harvesters._reading import author, earliest, keywords, once, published, related, when
from harvesters._xml import local, text_of
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_issn, clean_orcid, find_dois
from puma.text import clean_text

Related = dict[str, str]

DC = "{http://purl.org/dc/elements/1.1/}"
_TYPES = {
    "article": "JOURNAL_ARTICLE", "journalarticle": "JOURNAL_ARTICLE", "journal": "JOURNAL_ARTICLE",
    "journalarticles": "JOURNAL_ARTICLE", "researcharticle": "JOURNAL_ARTICLE", "review": "JOURNAL_ARTICLE",
    "reviewarticle": "JOURNAL_ARTICLE", "contributiontoperiodical": "JOURNAL_ARTICLE", "datapaper": "DATA_PAPER",
    "conferenceobject": "PROCEEDINGS_ARTICLE", "conferencepaper": "PROCEEDINGS_ARTICLE",
    "conferencepapers": "PROCEEDINGS_ARTICLE", "conferenceproceeding": "PROCEEDINGS_ARTICLE",
    "conferenceproceedings": "PROCEEDINGS_ARTICLE", "proceedings": "PROCEEDINGS_ARTICLE",
    "conferencecontribution": "PROCEEDINGS_ARTICLE", "conferenceitem": "PROCEEDINGS_ARTICLE",
    "book": "BOOK", "books": "BOOK", "monograph": "BOOK", "bookpart": "BOOK_CHAPTER", "bookchapter": "BOOK_CHAPTER",
    "booksection": "BOOK_CHAPTER", "booksections": "BOOK_CHAPTER", "thesis": "THESIS", "theses": "THESIS",
    "doctoralthesis": "THESIS", "masterthesis": "THESIS", "bachelorthesis": "THESIS", "phdthesis": "THESIS",
    "habilitation": "THESIS", "dissertation": "THESIS", "dissertationphdthesis": "THESIS", "preprint": "PREPRINT",
    "preprints": "PREPRINT", "workingpaper": "PREPRINT", "eprint": "PREPRINT",
}  # fmt: skip
_DATA = {"dataset", "datasets", "researchdata", "collectionofdatasets"}
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


def is_mine(element: etree._Element) -> bool:
    """Whether this is Dublin Core: a "dc" with elements of the Dublin Core namespace, whoever wrapped it."""
    return local(element) == "dc" and element.find(f"{DC}*") is not None


def claims(element: etree._Element, key: str, source: Source) -> list[Claim]:
    """The publication or dataset that a Dublin Core record describes. Raises SkipRecord without a title."""
    said = _texts(element)
    if not said["title"]:
        raise SkipRecord("it has no title")
    dois, linked, grants = _identified(said["identifier"], said["relation"])
    values: dict[str, Any] = {
        "title": said["title"][0],
        "abstract": max(said["description"], key=len, default=None),
        "publisher": next(iter(said["publisher"]), None),
        "authors": _authors(said["creator"]),
        "keywords": once([*_keywords(said["subject"]), *keywords("GRANT", grants)]),
        "doi": dois[0] if dois else None,
        "related": once([*linked, *(related("IsRelatedTo", "doi", doi) for doi in dois[1:])]),
    }
    dates = _dates(said["date"])
    keys: tuple[Key, ...] = (*(("doi", doi) for doi in dois[:1]), ("source", f"{source.name}:{key}"))
    words = [_folded(word) for word in said["type"]]
    if any(word in _DATA for word in words):
        day = dates["published_on"] if dates.get("published_precision") == "day" else None
        values |= {"facility": source.facility, "created_on": day, "year": dates.get("year")}
        values["url"] = next((text for text in said["identifier"] if _is_address(text)), None)
        return [Claim("dataset", keys, values)]
    values |= dates | {
        "type": next((_TYPES[word] for word in words if word in _TYPES), "OTHER"),
        "language": next(iter(said["language"]), "").lower() or None,
        "journal": _journal(said["source"]),
        "issn": _issn([*said["source"], *said["identifier"], *said["relation"]]),
        "license": next((word for word in said["rights"] if "creativecommons.org/" in word and " " not in word), None),
        "open_access": "green" if any(_folded(word) == "openaccess" for word in said["rights"]) else None,
        "pdf_url": next((word for word in said["identifier"] if _is_pdf(word)), None),
    }
    return [Claim("publication", keys, values)]


def _texts(element: etree._Element) -> dict[str, list[str]]:
    """What each word of Dublin Core says, in order, cleaned, the empty ones left out."""
    found: dict[str, list[str]] = defaultdict(list)
    for child in element.iterfind(f"{DC}*"):
        if text := clean_text(text_of(child)):
            found[local(child)].append(text)
    return found


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
        if not _NO_JOURNAL.search(text):
            return _VOLUME.split(text, maxsplit=1)[0].strip(" ,;:/") or None
    return None


def _issn(texts: list[str]) -> str | None:
    return next((found for text in texts if (found := clean_issn(text))), None)


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _is_pdf(text: str) -> bool:
    return _is_address(text) and text.lower().partition("?")[0].endswith(".pdf")


def _folded(word: str) -> str:
    """ "info:eu-repo/semantics/bookPart" and "Book part" are one word."""
    return re.sub(r"[^a-z]", "", word.rsplit("/", maxsplit=1)[-1].lower())
