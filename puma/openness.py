"""When a publication opens its full text to everybody: by an open licence, else by the way of its open access."""

import re

BY_STATUS = ("diamond", "gold", "hybrid")
"""Ways of open access in which the publisher opens the version of record; they count where no licence is told."""

_ADDRESS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)(?:/(\d\.\d))?|publicdomain/(zero|mark))"
    r"(?:[/?#].*)?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"cc[ _-]?(0|by(?:[ _-](?:nc|nd|sa))*)(?:[ _-]v?(\d\.\d))?"
    r"(?:[ _-](?:international|universal|unported|igo|deed|[a-z]{2}))?",
    re.IGNORECASE,
)
_SPELLED = re.compile(r"creative commons (?:attribution|zero|cc0).*|public domain(?: mark.*)?", re.IGNORECASE)


def open_licence(licence: str | None) -> str:
    """An open licence in the words that people know it by (``CC BY 4.0``); "" for any other, and for none.

    Open are the licences of Creative Commons, all of which let everybody pass on the text as it is, and the public
    domain. Those of publishers, for text mining or for readers, are not.
    """
    told = " ".join((licence or "").split())
    if address := _ADDRESS.fullmatch(told):
        code, number, domain = address.groups()
        if domain:
            return "CC0" if domain.lower() == "zero" else "public domain"
        return f"CC {code.upper()} {number or ''}".strip()
    if words := _WORDS.fullmatch(told):
        code = re.sub("[ _]", "-", words[1]).upper()
        return "CC0" if code == "0" else f"CC {code} {words[2] or ''}".strip()
    return told if _SPELLED.fullmatch(told) else ""


def opened_by(licence: str | None, status: str | None) -> str:
    """What opens the full text of a publication: ``CC BY 4.0``, ``gold open access``; "" when nothing does.

    A licence decides where one is told; the status (``Publication.open_access``) only where none is.
    """
    if licence and licence.strip():
        return open_licence(licence)
    return f"{status} open access" if status in BY_STATUS else ""
