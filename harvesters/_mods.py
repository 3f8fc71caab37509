"""MODS, as DiVA and other repositories write it: persons with affiliations, hosts, funders; no instruments."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from harvesters._datacite_record import funding
from harvesters._left_over import left_over
from harvesters._marcxml import NOTED_CODE
from harvesters._mods_names import authors
from harvesters._reading import earliest, keywords, namespace, once, published, related, when, with_subtitle
from harvesters._vocabulary import is_pdf, licence, open_access, publication_type, says_data
from harvesters._xml import local, text_of
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_issn
from puma.text import clean_text, plain

Element = etree._Element

_TYPES = {
    "art": "JOURNAL_ARTICLE", "for": "JOURNAL_ARTICLE", "rec": "JOURNAL_ARTICLE", "kon": "PROCEEDINGS_ARTICLE",
    "conference/paper": "PROCEEDINGS_ARTICLE", "bok": "BOOK", "sam": "BOOK", "pro": "BOOK", "collection": "BOOK",
    "conferenceProceedings": "BOOK", "conference/proceeding": "BOOK", "kap": "BOOK_CHAPTER", "dok": "THESIS",
    "lic": "THESIS", "comprehensiveDoctoralThesis": "THESIS", "monographDoctoralThesis": "THESIS",
    "comprehensiveLicentiateThesis": "THESIS", "monographLicentiateThesis": "THESIS", "manuscript": "PREPRINT",
}  # fmt: skip
"""Codes of SwePub (svep, kb.se) and DiVA; all other words are those of `_vocabulary`."""
_NO_PAPERS = frozenset(("presentation", "poster", "abstracts", "meetingAbstract", "newsItem"))
"""Subtypes that say of an article or conference paper that it is none."""
_SAME = {"pmid": "pmid", "pmcid": "pmcid", "pubmed": "pmid", "arxiv": "arxiv", "hdl": "handle", "urn": "urn"} | {
    "isbn": "isbn", "isi": "isi", "scopus": "scopus", "pdb": "pdb",
}  # fmt: skip
"""Types of identifiers that name the same work elsewhere -> scheme."""
_RELATED = {
    "host": "IsPartOf", "series": "IsPartOf", "constituent": "HasPart", "references": "References",
    "isReferencedBy": "IsReferencedBy", "preceding": "Continues", "succeeding": "IsContinuedBy",
    "otherVersion": "IsVariantFormOf", "otherFormat": "IsVariantFormOf", "original": "IsVariantFormOf",
    "reviewOf": "Reviews",
}  # fmt: skip
_AWARD = re.compile(r"(.+?)\s*\[(.+)\]")  # DiVA: "Vetenskapsrådet [2013-42867]"
_SIDE_FILE = re.compile(r"preview|cover|abstract|summary|attachment|errata|popular", re.IGNORECASE)
_FULL_TEXT = re.compile(r"full.?text", re.IGNORECASE)

_READ_WORDS = (
    "titleInfo name genre abstract subject classification accessCondition location recordInfo language "
    "note note:funder note:project note:creatorCount identifier:doi identifier:uri identifier:articleId "
    "originInfo.publisher originInfo.dateIssued originInfo.dateOther:online originInfo.dateOther:published part"
)
READ = frozenset(
    [*_READ_WORDS.split(), *(f"identifier:{kind}" for kind in _SAME), *(f"relatedItem:{kind}" for kind in _RELATED)]
)
"""Elements that are read."""


def own_key(record: Element) -> str:
    """The identifier that a record without envelope gives itself."""
    found = (record.findtext(path) for path in ("{*}recordInfo/{*}recordIdentifier", "{*}identifier"))
    return next((text for one in found if (text := clean_text(one or ""))), "")


def claims(record: Element, key: str, source: Source) -> list[Claim]:
    """The publication or dataset that a MODS record describes. Raises SkipRecord without a title."""
    title = _title(_of_type(record, "titleInfo", None, "") or record.findall("{*}titleInfo"))
    if not title:
        raise SkipRecord("it has no title")
    doi = next((doi for text in _texts(record, "identifier", "doi", "uri") if (doi := clean_doi(text))), None)
    genres = [word for one in record.iterfind("{*}genre") if one.get("type") != "contentType" and (word := _text(one))]
    type_ = _type(genres)
    values: dict[str, Any] = {
        "doi": doi,
        "title": title,
        "abstract": plain(_in_english(record.findall("{*}abstract"))),
        "publisher": next(iter(_texts(record, "originInfo/{*}publisher")), None),
        "authors": authors(record),
        "keywords": once([*_subjects(record), *_grants(record)]),
        "related": once(_related(record, doi, "IsIdenticalTo" if type_ in ("BOOK", "THESIS", "OTHER") else "IsPartOf")),
    }
    keys: tuple[Key, ...] = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{key}"),)
    unread = left_over(record, READ, frozenset(["originInfo"]))
    date = earliest(map(when, _dates(record)))
    if says_data(genres):
        day = date.date.isoformat() if date and date.precision == "day" else None
        url = next((text for text in _texts(record, "identifier", "uri")), None)
        values |= {"facility": source.facility, "created_on": day, "year": date.date.year if date else None, "url": url}
        return [Claim("dataset", keys, values, unread)]
    access = _access(record)
    values |= {
        "type": type_,
        "language": _language(record),
        "license": licence(access),
        "open_access": open_access(access),
        "pdf_url": _pdf(record),
        "proposals_stated": "; ".join(dict.fromkeys(_proposals(record))) or None,
        **_container(record),
        **published(date),
    }
    return [Claim("publication", keys, values, unread)]


def _text(element: Element) -> str:
    return clean_text(text_of(element))


def _texts(record: Element, name: str, *kinds: str) -> list[str]:
    """The texts of the elements of that name, of these types in this order; without types of all."""
    found = [(one.get("type") or "", text) for one in record.iterfind(f"{{*}}{name}") if (text := _text(one))]
    return [text for wanted in kinds or ("",) for kind, text in found if kind == wanted or not kinds]


def _of_type(record: Element, name: str, *kinds: str | None) -> list[Element]:
    return [one for one in record.iterfind(f"{{*}}{name}") if one.get("type") in kinds]


def _title(infos: list[Element]) -> str:
    """The first title, or the one that is marked as the main one, with its subtitle and part."""
    for info in sorted(infos, key=lambda one: one.get("usage") != "primary"):
        said = {local(part): _text(part) for part in info.iterchildren(etree.Element)}
        title = " ".join(word for name in ("nonSort", "title") if (word := said.get(name, "")))
        if title:
            part = " ".join(word for name in ("partNumber", "partName") if (word := said.get(name, "")))
            return with_subtitle(with_subtitle(title, said.get("subTitle", "")), part)
    return ""


def _in_english(found: list[Element]) -> str:
    """The English one of several texts, else the first."""
    found = sorted(found, key=lambda one: (one.get("lang") or "")[:2] != "en")
    return next((text for one in found if (text := clean_text(" ".join(map(str, one.itertext()))))), "")


def _type(genres: list[str]) -> str:
    """The first genre that says one; "publication/book" and "Article in journal" are understood, too."""
    if not _NO_PAPERS.isdisjoint(genres):
        return "OTHER"
    return next((found for word in genres if (found := _TYPES.get(word) or publication_type([word]))), "OTHER")


def _subjects(record: Element) -> Iterator[dict[str, str]]:
    """Topics and places; of a class that is named in several languages the English words."""
    subjects = [*record.iterfind("{*}subject"), *record.iterfind("{*}classification")]
    english = {_class(one) for one in subjects if (one.get("lang") or "")[:2] == "en"}
    for subject in subjects:
        if _class(subject) in english and (subject.get("lang") or "en")[:2] != "en":
            continue
        words = [_text(one) for one in subject.iterchildren(etree.Element) if local(one) in ("topic", "geographic")]
        words = words if local(subject) == "subject" else [_text(subject)]
        yield from keywords(namespace(subject.get("authority") or "", ""), words)


def _class(subject: Element) -> tuple[str, str] | None:
    """The class that a subject stands for, by its authority; None for free words."""
    address = next((str(value) for name, value in subject.attrib.items() if str(name).endswith(("href", "URI"))), "")
    return (subject.get("authority") or "", address) if address else None


def _grants(record: Element) -> Iterator[dict[str, str]]:
    """Funders and awards of notes (DiVA) and of hosts that are grant agreements (SwePub), and names of projects."""
    for note in _texts(record, "note", "funder"):
        found = _AWARD.fullmatch(note)
        yield from funding(found[1], [found[2]]) if found else funding(note, [])
    for item in record.iterfind("{*}relatedItem"):
        if _is_grant(item):
            yield from funding(next(iter(_texts(item, "name/{*}namePart")), ""), _texts(item, "identifier"))
    yield from keywords("PROJECT", _texts(record, "note", "project"))


def _is_grant(item: Element) -> bool:
    return _texts(item, "genre") == ["grantAgreement"]


def _proposals(record: Element) -> Iterator[str]:
    for note in _texts(record, "note"):
        yield from NOTED_CODE.findall(note)


def _related(record: Element, doi: str | None, of_the_book: str) -> Iterator[dict[str, str] | None]:
    """The same work elsewhere, then related items. of_the_book: how an ISBN relates, for a chapter has its book's."""
    for kind, scheme in _SAME.items():
        for text in _texts(record, "identifier", kind):
            if not doi or clean_doi(text) != doi:
                yield related(of_the_book if scheme == "isbn" else "IsIdenticalTo", scheme, text)
    for item in record.iterfind("{*}relatedItem"):
        found = [(one.get("type") or "", text) for one in item.iterfind("{*}identifier") if (text := _text(one))]
        for scheme, value in found:
            if scheme in ("doi", "uri", "isbn", "hdl", "arxiv") and not _is_grant(item):
                yield related(_RELATED.get(item.get("type") or "", ""), _SAME.get(scheme, scheme), value)


def _container(record: Element) -> dict[str, str | None]:
    """Journal or book that the work stands in; the ISSN of a series where that has none."""
    hosts = [one for one in _of_type(record, "relatedItem", "host") if not _is_grant(one)]
    series = _of_type(record, "relatedItem", "series")
    parts = [part for holder in (*hosts, record) for part in holder.iterfind("{*}part")]
    detail = {one.get("type"): _numbers(one) for part in reversed(parts) for one in part.iterfind("{*}detail")}
    issns = [text for item in (*hosts, *series) for text in _texts(item, "identifier", "issn", "eissn", "issn-l")]
    return {
        "journal": next((title for host in hosts if (title := _title(host.findall("{*}titleInfo")))), None),
        "issn": next((issn for text in issns if (issn := clean_issn(text))), None),
        "volume": detail.get("volume"),
        "issue": detail.get("issue") or detail.get("number"),
        "pages": _pages(parts)
        or detail.get("artNo")
        or detail.get("article")
        or next(iter(_texts(record, "identifier", "articleId")), None),
    }


def _numbers(detail: Element) -> str:
    return next((text for one in detail.iterfind("{*}number") if (text := _text(one))), "")


def _pages(parts: list[Element]) -> str:
    for extent in (one for part in parts for one in part.iterfind("{*}extent")):
        said = {local(one): _text(one) for one in extent.iterchildren(etree.Element)}
        ends = [page for name in ("start", "end") if (page := said.get(name))]
        if ends or said.get("list"):
            return "-".join(dict.fromkeys(ends)) or said["list"]
    return ""


def _dates(record: Element) -> Iterable[str]:
    """Dates of issue, also online before print; where there is none, that of the host's part."""
    issued = [
        _text(one)
        for info in record.iterfind("{*}originInfo")
        for one in info.iterchildren(etree.Element)
        if (local(one) == "dateIssued" and one.get("point") != "end")
        or (local(one) == "dateOther" and one.get("type") in ("online", "published"))
    ]
    return issued or _texts(record, "relatedItem/{*}part/{*}date") or _texts(record, "originInfo/{*}copyrightDate")


def _language(record: Element) -> str | None:
    terms = [term for one in record.iterfind("{*}language") if not one.get("objectPart") for term in one]
    coded = [_text(term) for term in sorted(terms, key=lambda term: term.get("type") != "code")]
    return next((word.lower() for word in coded if word), None)


def _access(record: Element) -> list[str]:
    """What the record says of rights: conditions, licences, and that its full text is free."""
    said = [
        text
        for one in record.iterfind("{*}accessCondition")
        for text in [_text(one), *map(str, one.attrib.values())]
        if text
    ]
    urls = [(_label(one), one.get("note")) for one in record.iterfind("{*}location/{*}url")]
    return [*said, *("free" for label, note in urls if note == "free" and _FULL_TEXT.match(label))]


def _pdf(record: Element) -> str | None:
    """The PDF of the work itself; covers, summaries and previews are none."""
    urls = (one for one in record.iterfind("{*}location/{*}url") if not _SIDE_FILE.search(_label(one)))
    return next((text for one in urls if is_pdf(text := _text(one))), None)


def _label(url: Element) -> str:
    return url.get("displayLabel") or ""
