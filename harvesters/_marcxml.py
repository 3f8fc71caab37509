"""MARCXML as libraries use it: MARC 21, and what JOIN2 and Invenio add (beamlines, grants, identified affiliations)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from lxml import etree

from harvesters._reading import affiliation, author, earliest, keywords, namespace, once, published, related, when
from harvesters._vocabulary import folded, is_pdf, publication_type
from harvesters._xml import local
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_arxiv, clean_doi, clean_issn, clean_orcid, clean_ror
from puma.text import clean_text

Subfields = dict[str, list[str]]

_TYPES = {"published": "JOURNAL_ARTICLE", "contrib": "PROCEEDINGS_ARTICLE", "proc": "BOOK", "proceedings": "BOOK"} | {
    "contb": "BOOK_CHAPTER", "master": "THESIS", "bachelor": "THESIS", "arxiv": "PREPRINT",
}  # fmt: skip
"""Words that mean this only in a library's records; before the words of `_vocabulary`."""
_BY_LEADER = {"ab": "JOURNAL_ARTICLE", "aa": "BOOK_CHAPTER", "am": "BOOK"}  # positions 6 and 7: kind, level
_SAME = {"pmid": "pmid", "pmc": "pmcid", "arxiv": "arxiv", "wos": "isi", "hdl": "handle", "urn": "urn"}
"""Kinds of identifiers in 024, $2 -> scheme."""
_NOT_PUBLICATIONS = {"authority", "picture", "photo", "video", "multimedia"}
_NOT_AUTHORS = re.compile(r"edit|\bedt|\bhrsg|dir\b|superv|advis|referee|thesis|\bths|transl|illustr", re.IGNORECASE)
_OWN_NUMBERS = ("970a", "035a", "037a", "088a")  # of libraries that keep no 001
_ORCID_IN = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.IGNORECASE)
_ENDING_DOT = re.compile(r"(?<=\w{3})\.$")  # cataloguing rules end a field with one; initials keep theirs
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")

_READ = {
    "020": "a", "022": "a", "024": "a2", "035": "a", "037": "a", "041": "a", "088": "a", "110": "a",
    "245": "ab", "260": "bc", "264": "bc", "269": "c", "336": "a", "500": "a", "502": "ad", "520": "a", "536": "ac",
    "100": "abeuv4012ji", "540": "au", "650": "a2", "653": "a2", "693": "ef", "695": "a2", "700": "abeuv4012ji",
    "710": "ag", "773": "atpvncxy", "787": "ao", "856": "u", "909": "atpvncxy", "910": "ab012", "915": "a", "970": "a",
    "980": "abc", "999": "a", "FFT": "a",
}  # fmt: skip
READ = frozenset(f"{tag}${code}" for tag, codes in _READ.items() for code in codes)
"""Subfields that are read."""


class Fields:
    """The fields of one record by tag, with their subfields by code; texts are clean."""

    def __init__(self, record: etree._Element) -> None:
        self.leader = ""
        self.control: dict[str, str] = {}
        self._data: dict[str, list[Subfields]] = defaultdict(list)
        for child in record:
            name, tag = local(child), child.get("tag") or ""
            if name == "leader":
                self.leader = child.text or ""
            elif name == "controlfield":
                self.control.setdefault(tag, clean_text(child.text or ""))
            elif name == "datafield":
                subfields: Subfields = defaultdict(list)
                for part in child:
                    if isinstance(part.tag, str) and (text := clean_text(part.text or "")):
                        subfields[part.get("code") or ""].append(text)
                self._data[tag].append(subfields)

    def all(self, tag: str) -> list[Subfields]:
        return self._data.get(tag, [])

    def texts(self, *places: str) -> list[str]:
        """What stands at "245a", "773t" ..., in the order of the places."""
        return [text for place in places for field in self.all(place[:3]) for text in field.get(place[3:], ())]

    def first(self, *places: str) -> str:
        return next(iter(self.texts(*places)), "")

    def unread(self) -> tuple[str, ...]:
        """Names of the subfields that hold something and are not read, as in "300$a"."""
        found = {f"{tag}${code}" for tag, fields in self._data.items() for field in fields for code in field}
        return tuple(sorted(found - READ))


NOTED_CODE = re.compile(r"\bproposals?\b\s*(?:no\.?|number|nr\.?|:|#)?\s*([A-Za-z]{0,6}[- ]?\d[\w-]*)", re.IGNORECASE)


def is_mine(element: etree._Element) -> bool:
    """Whether this is one MARC record."""
    return local(element) == "record" and any(local(child) in ("datafield", "controlfield") for child in element)


def records_in(root: etree._Element) -> list[etree._Element]:
    """The MARC records of a collection, or the one that the root itself is."""
    return [element for element in root.iter("{*}record") if is_mine(element)]


def own_key(record: etree._Element) -> str:
    """The library's own number of a record; "" when it has none."""
    fields = Fields(record)
    return fields.control.get("001") or fields.first(*_OWN_NUMBERS)


def is_deleted(record: etree._Element) -> bool:
    """By the leader of MARC 21, or by Invenio's mark in 980."""
    fields = Fields(record)
    return fields.leader[5:6] == "d" or "DELETED" in fields.texts("980c", "980a")


def claims(record: etree._Element, key: str, source: Source) -> list[Claim]:
    """The publication that a MARC record describes. Raises SkipRecord without title, or when it describes none."""
    fields = Fields(record)
    kinds = [kind.lower() for kind in fields.texts("980a", "980b")]
    if other := next((kind for kind in kinds if kind in _NOT_PUBLICATIONS), None):
        raise SkipRecord(f"it describes no publication (980: {other})")
    title = ": ".join(part.strip(" /:;=") for part in fields.texts("245a")[:1] + fields.texts("245b")[:1])
    if not title:
        raise SkipRecord("it has no title (245)")
    doi = _doi(fields)
    values: dict[str, Any] = {
        "doi": doi,
        "type": _type(fields, kinds),
        "title": title,
        "abstract": fields.first("520a") or None,
        "publisher": fields.first("260b", "264b").strip(" ,;:") or None,
        "language": _language(fields),
        "authors": _authors(fields),
        "keywords": _keywords(fields),
        "related": _related(fields),
        "pdf_url": next((url for url in fields.texts("856u", "FFTa") if is_pdf(url)), None),
        "open_access": "green" if any("openaccess" in word.lower() for word in fields.texts("915a")) else None,
        "license": next((word for word in fields.texts("915a", "540u", "540a") if "creative" in word.lower()), None),
        "proposals_stated": "; ".join(_proposals(fields)) or None,
        "instruments_stated": "; ".join(dict.fromkeys(_instruments(fields))) or None,
        **_container(fields),
        **published(earliest(map(when, _dates(fields)))),
    }
    keys: tuple[Key, ...] = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{key}"),)
    return [Claim("publication", keys, values, fields.unread())]


def _doi(fields: Fields) -> str | None:
    """The publisher's DOI before the library's own one."""
    named = [(" ".join(field.get("2", ())).lower(), field.get("a", [])) for field in fields.all("024")]
    texts = [text for scheme in ("doi", "datacite_doi") for name, found in named if name == scheme for text in found]
    for text in [*texts, *fields.texts("773a", "909a", "856u")]:
        if doi := clean_doi(text):
            return doi
    return None


def _type(fields: Fields, kinds: list[str]) -> str:
    for word in [*fields.texts("336a"), *kinds]:
        if found := _TYPES.get(folded(word)) or publication_type([word]):
            return found
    if fields.all("502"):
        return "THESIS"
    return _BY_LEADER.get(fields.leader[6:8], "OTHER")


def _authors(fields: Fields) -> list[dict[str, Any]]:
    """Personal authors in order; where there are none, the corporate ones."""
    stated = _stated_affiliations(fields)
    found = []
    for position, field in enumerate([*fields.all("100"), *fields.all("700")]):
        role = " ".join([*field.get("e", ()), *field.get("4", ())])
        if not field.get("a") or (_NOT_AUTHORS.search(role) and "aut" not in role.lower()):
            continue
        number = next(iter(field.get("b", ())), str(position))
        places = [affiliation(text) for code in ("u", "v") for text in field.get(code, ())] or stated.get(number, [])
        if item := author(_ENDING_DOT.sub("", field["a"][0].strip(" ,;")), orcid=_orcid(field), affiliations=places):
            found.append(item)
    bodies = [_ENDING_DOT.sub("", name) for name in fields.texts("110a", "710a", "710g")[:1]]
    return found or [item for name in bodies if (item := author(name))]


def _orcid(field: Subfields) -> str | None:
    """The ORCID iD in one of the subfields that hold identifiers."""
    texts = (text for code in ("0", "1", "2", "j", "i") for text in field.get(code, ()))
    return next((clean_orcid(found[0]) for text in texts if (found := _ORCID_IN.search(text))), None)


def _stated_affiliations(fields: Fields) -> dict[str, list[dict[str, Any]]]:
    """JOIN2 keeps affiliations in 910, each with the number of its author in $b."""
    places: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for field in fields.all("910"):
        numbers, texts = field.get("b", []), field.get("a", [])
        if not (numbers and texts):
            continue
        ror = next((id_ for code in ("0", "1", "2") for text in field.get(code, ()) if (id_ := clean_ror(text))), None)
        places[numbers[0]].append(affiliation(texts[0], ror))
    return places


def _keywords(fields: Fields) -> list[dict[str, str]]:
    subjects = [field for tag in ("650", "653", "695") for field in fields.all(tag)]
    found = [
        item for field in subjects for item in keywords(namespace(" ".join(field.get("2", ())), ""), field.get("a", ()))
    ]
    return once([*found, *keywords("GRANT", (word for word in fields.texts("536a") if not _says_proposal(word)))])


def _related(fields: Fields) -> list[dict[str, str]]:
    """The same work elsewhere, references (999C5 of Invenio) and other works (JOIN2's 787) that have a DOI."""
    cited = [doi for text in fields.texts("999a") if (doi := clean_doi(text))]
    linked = [doi for text in fields.texts("787a", "787o") if (doi := clean_doi(text))]
    pairs = [("References", doi) for doi in cited] + [("IsRelatedTo", doi) for doi in linked]
    return once([*_same(fields), *(related(kind, "doi", doi) for kind, doi in pairs)])


def _same(fields: Fields) -> Iterator[dict[str, str] | None]:
    """Identifiers of the same work elsewhere."""
    for field in fields.all("024"):
        if scheme := _SAME.get(" ".join(field.get("2", ())).lower()):
            yield from (related("IsIdenticalTo", scheme, text) for text in field.get("a", ()))
    yield from (related("IsIdenticalTo", "arxiv", text) for text in fields.texts("037a") if clean_arxiv(text))
    yield from (related("IsIdenticalTo", "isbn", text) for text in fields.texts("020a"))


def _proposals(fields: Fields) -> list[str]:
    """Codes of proposals that the library keeps among its grants, or writes into a note."""
    named = [field for field in fields.all("536") if any(_says_proposal(word) for word in field.get("a", ()))]
    noted = [code for note in fields.texts("500a") for code in NOTED_CODE.findall(note)]
    return list(dict.fromkeys([*(code for field in named for code in field.get("c", ())), *noted]))


def _says_proposal(text: str) -> bool:
    return "proposal" in text.lower()


def _instruments(fields: Fields) -> list[str]:
    """Beamlines of JOIN2 (693 $f) or experiments (693 $e) beside the accelerator in $a."""
    return [text for field in fields.all("693") for text in (field.get("f") or field.get("e") or ())]


def _container(fields: Fields) -> dict[str, str | None]:
    """Journal, volume and pages: 773 of MARC 21 and JOIN2, or 773 and 909C4 as Invenio writes them (title in $p)."""
    field = next((one for tag in ("773", "909") for one in fields.all(tag) if one.get("t") or one.get("p")), {})
    one = {code: texts[0].strip(" ,;/") for code, texts in field.items()}
    issns = [*field.get("x", ()), *fields.texts("022a")]
    issns += [text for other in fields.all("024") if "ISSN" in other.get("2", ()) for text in other.get("a", ())]
    return {
        "journal": one.get("t") or one.get("p"),
        "volume": one.get("v"),
        "issue": one.get("n"),
        "pages": (one.get("p") if one.get("t") else None) or one.get("c"),
        "issn": next((issn for text in issns if (issn := clean_issn(text))), None),
    }


def _dates(fields: Fields) -> list[str]:
    """The date of the version of record; a preprint's (269) only where there is no other."""
    for places in (("264c", "260c", "773y", "909y"), ("269c", "502d"), ("502a",)):
        if texts := fields.texts(*places):
            dated = [text for text in texts if when(text)]
            if found := dated or [year[0] for text in texts if (year := _YEAR.search(text))]:
                return found
    return [fields.control.get("008", "")[7:11]]


def _language(fields: Fields) -> str | None:
    return (fields.first("041a") or fields.control.get("008", "")[35:38]).strip(" |").lower() or None
