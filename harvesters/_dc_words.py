"""Dublin Core in its variants (oai_dc, base_dc, qualified, RIOXX, DSpace's xoai) as fifteen words and what they say."""

from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from harvesters._left_over import left_over
from harvesters._vocabulary import COAR_DATA, last_part
from harvesters._xml import local, text_of
from puma.text import clean_text

Element = etree._Element
Words = dict[str, list[str]]

DC = "{http://purl.org/dc/elements/1.1/}"
_XOAI = "{http://www.lyncode.com/xoai}"

_REFINED = {
    "abstract": "description", "issued": "date", "publication_date": "date", "license": "rights",
    "accessRights": "rights", "free_to_read": "rights", "license_ref": "rights", "version_of_record": "identifier",
    "bibliographicCitation": "identifier", "author": "creator",
}  # fmt: skip
"""Refinements of the qualified variants -> the word of which they say more. Other dates than the issue are not read:
they are those of the repository's own doings."""
_RELATION_WORDS = "isPartOf hasPart isVersionOf hasVersion isReplacedBy replaces references isReferencedBy requires"
_RELATIONS = frozenset(_RELATION_WORDS.split())
READ = frozenset(
    {"title", "creator", "subject", "description", "publisher", "date", "type", "identifier", "source", "language"}
    | {"relation", "rights", "grant", "project", "ext_relation"}
    | set(_REFINED)
    | _RELATIONS
)
"""Names of elements that are read, in any of the variants."""


def words(record: Element) -> Words:
    """What each word of Dublin Core says, in order, cleaned, the empty ones left out.

    Beside the fifteen words there are ``grant`` (a funder's award), ``journal`` (named as such), ``pdf`` (an address).
    """
    found: Words = defaultdict(list)
    for name, said in _xoai(record) if record.tag.startswith(_XOAI) else _elements(record):
        if text := clean_text(said):
            found[name].append(text)
    return found


def _elements(record: Element) -> Iterator[tuple[str, str]]:
    """(word, text) of a record whose elements are the words; the namespaces of refinements differ, names do not."""
    if local(record) == "dc":  # what other namespaces have to say there is the aggregator's
        for child in record.iterchildren(f"{DC}*"):
            yield str(child.tag)[len(DC) :], text_of(child)
        return
    for child in record.iterchildren(etree.Element):
        name = local(child)
        kind = (child.get("type") or child.get("{http://www.w3.org/2001/XMLSchema-instance}type") or "").lower()
        if name == "relation" and child.get("rel") == "item":
            yield "pdf", text_of(child)
            yield "rights", child.get("access_rights_") or child.get("access_rights") or ""
            yield "rights", child.get("license_ref") or ""
        elif name == "relation" and kind.startswith("ispartof"):
            yield "journal", text_of(child)
        elif name == "ext_relation":
            yield _external(child), text_of(child)
        elif name in ("grant", "project"):
            yield "grant", ": ".join(filter(None, (child.get("funder_name"), text_of(child).strip())))
        elif name in _RELATIONS:
            yield "relation", f"{name} {text_of(child)}"
        elif name in READ:
            yield _REFINED.get(name, name), _said(child)


def _external(child: Element) -> str:
    """What an external relation of RIOXX is: the work itself, published elsewhere, or what belongs to it."""
    coar = last_part(child.get("coar_type") or "")
    if child.get("rel") != "cite-as" or (coar and not coar.startswith("c_")):
        return "relation"
    return "dataset" if coar in COAR_DATA else "identifier"


def _said(element: Element) -> str:
    """Its text; of RIOXX's persons the name with the ORCID iD, if any, behind it."""
    parts = [one for one in element if local(one) in ("name", "id")]
    if not parts:
        own = element.get("id") or ""
        return f"{text_of(element)} {own}" if "orcid.org" in own else text_of(element)
    return " ".join(text_of(one) for one in parts if local(one) == "name" or "orcid.org" in text_of(one))


_XOAI_SEVERAL = ("dc.identifier.", "dc.subject")
_XOAI_WORDS = {
    "dc.title": "title", "dc.contributor.author": "creator", "dc.creator": "creator", "dc.date.issued": "date",
    "dc.description.abstract": "description", "dc.publisher": "publisher", "dc.type": "type",
    "dc.language.iso": "language", "dc.rights": "rights", "dc.rights.uri": "rights", "dc.source": "source",
    "dc.relation.ispartof": "journal", "dc.relation.ispartofseries": "journal", "dc.relation.uri": "relation",
    "creativeworkseries.issn": "identifier", "others.access-status": "rights",
}  # fmt: skip


def _xoai(record: Element) -> Iterator[tuple[str, str]]:
    """(word, text) of DSpace's own format: elements within elements, the last of them being the language."""
    for path, field in _values(record):
        if path.startswith(_XOAI_SEVERAL):
            yield path.split(".")[1], field.text or ""
        elif path in _XOAI_WORDS:
            yield _XOAI_WORDS[path], (field.text or "").replace("open.access", "openAccess")
    for bundle in record.iterfind(f"{_XOAI}element[@name='bundles']/{_XOAI}element"):
        for stream in bundle.iterfind(f"{_XOAI}element/{_XOAI}element"):
            told = {field.get("name"): field.text or "" for field in stream.iterfind(f"{_XOAI}field")}
            if bundle.findtext(f"{_XOAI}field[@name='name']") == "ORIGINAL" and told.get("format") == "application/pdf":
                yield "pdf", told.get("url", "")


def _values(record: Element) -> Iterator[tuple[str, Element]]:
    """The fields that hold values, with the path to them: "dc.date.issued"."""
    for field in record.iter(f"{_XOAI}field"):
        path = [above.get("name") or "" for above in field.iterancestors(f"{_XOAI}element")][::-1]
        if field.get("name") == "value" and path:
            yield ".".join(path if path[0] == "others" else path[:-1]), field


def unread(record: Element) -> tuple[str, ...]:
    """Names of what the record holds beyond the words."""
    if not record.tag.startswith(_XOAI):
        return left_over(record, READ)
    names = {path for path, field in _values(record) if field.text}
    return tuple(sorted(name for name in names - _XOAI_WORDS.keys() if not name.startswith(_XOAI_SEVERAL)))
