"""XML from outside: strictly parsed, without entities, network or DOCTYPE; a page that is cut is never read in part."""

import re

from lxml import etree

from puma.errors import SkipRecord

_BEFORE_XML = re.compile(rb"\A(?:\s|\xef\xbb\xbf|<!--.*?-->)+(?=<\?xml)", re.DOTALL)
_PROLOG = re.compile(rb"\A(?:[^<]|<\?.*?\?>|<!--.*?-->)*<!DOCTYPE", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rb"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_COMMENT = re.compile(rb"<!--(?:(?!-->|<record|:record).)*-->", re.DOTALL)


def parse_xml(body: bytes) -> etree._Element:
    """The root element. Raises SkipRecord with the reason when it is not well-formed or has a DOCTYPE.

    Only what holds no data is forgiven: blanks and comments before the declaration, control characters that XML does
    not allow, and badly written comments.
    """
    if _PROLOG.match(body[:4096]):
        raise SkipRecord("it has a DOCTYPE, which is refused")
    body = _BEFORE_XML.sub(b"", body)
    try:
        return _strictly(body)
    except etree.XMLSyntaxError as error:
        fault = error
    if body[:2] not in (b"\xff\xfe", b"\xfe\xff"):  # in UTF-16 every other byte looks like a control character
        forgiven = _CONTROL.sub(b"", body)
        if b"<![CDATA[" not in forgiven:
            forgiven = _COMMENT.sub(b"", forgiven)
        if forgiven != body:
            try:
                return _strictly(forgiven)
            except etree.XMLSyntaxError as error:
                fault = error
    raise SkipRecord(f"it is no well-formed XML: {fault.msg[:200]}") from None


def _strictly(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(body, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise SkipRecord("it has a DOCTYPE, which is refused")
    return root


def is_html(body: bytes) -> bool:
    """Whether an answer is a web page: what servers send with status 200 while they are being maintained."""
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or (b"<html" in start and b"<oai-pmh" not in start)


def cut_out(element: etree._Element) -> bytes:
    """One element as a document of its own, in UTF-8."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def text_of(element: etree._Element | None) -> str:
    """All text inside an element, "" for none."""
    return "" if element is None else "".join(map(str, element.itertext()))
