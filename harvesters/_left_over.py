"""What a reader of XML leaves out of a record: the names of elements that hold something and are not read."""

from collections.abc import Iterator, Set

from lxml import etree


def left_over(record: etree._Element, read: Set[str], inside: Set[str] = frozenset()) -> tuple[str, ...]:
    """Names of the record's elements that hold something and are not in ``read``, sorted.

    inside: names whose own elements are told one by one, "originInfo.edition". A type stands behind a colon and is
    known by it ("note:funder"), unless the bare name is in ``read``.
    """
    return tuple(sorted(set(_names(record, read, inside, "")) - read))


def _names(parent: etree._Element, read: Set[str], inside: Set[str], above: str) -> Iterator[str]:
    for child in parent.iterchildren(etree.Element):
        name = above + child.tag.rpartition("}")[2]
        if name in inside:
            yield from _names(child, read, inside, f"{name}.")
        elif name not in read and _holds(child):
            kind = child.get("type")
            yield f"{name}:{kind}" if kind else name


def _holds(element: etree._Element) -> bool:
    return bool(element.attrib or (element.text or "").strip() or len(element))
