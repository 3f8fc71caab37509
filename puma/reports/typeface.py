"""How wide text is in the typeface of slides, and into how many lines it breaks: nothing may run over its slide."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import ceil

FACE = "Arial"
"""On every office computer; what stands in for it elsewhere (Helvetica, Liberation Sans) is as wide."""
_ALIKE = {
    191: "'", 222: "ijl’", 260: "|", 278: " !,./:;I[\\]ft\u00a0\u202f", 333: "()-`r·", 334: "{}", 355: '"', 389: "*",
    469: "^", 500: "Jckvsxyz", 556: "#$0123456789?L_abdeghnopqu–", 584: "+<=>~×±−", 611: "FTZß", 667: "&ABEKPSVXY",
    722: "CDHNRUw", 778: "GOQØ", 833: "Mm", 889: "%æ", 944: "W", 1000: "—…Æ", 1015: "@",
}  # fmt: skip
"""Thousandths of the size by letter, as the typeface has them."""
_WIDTHS = {letter: width for width, letters in _ALIKE.items() for letter in letters}
OTHER, WIDE = 760, 1000  # Greek and Cyrillic at the most; Chinese, Japanese and Korean
BOLD = 1.13  # times as wide, and no text of words is more
SLACK = 1.05  # times as wide as it is here text may be where another typeface stands in
LINE = 1.2  # times the size from line to line


@lru_cache(4096)
def _letter(letter: str) -> int:
    plain = unicodedata.normalize("NFD", letter)[0]
    if unicodedata.combining(plain):
        return 0
    return _WIDTHS.get(plain) or (WIDE if unicodedata.east_asian_width(plain) in "WF" else OTHER)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is at the most, in points."""
    return sum(map(_letter, text)) * size / 1000 * SLACK * (BOLD if bold else 1)


def lines(text: str, room: float, size: float, *, bold: bool = False) -> int:
    """Into how many lines text breaks at its spaces, a word that is longer than a line within itself.

    room: of a line, in points.
    """
    return sum(_lines(paragraph, room, size, bold=bold) for paragraph in text.split("\n"))


def _lines(text: str, room: float, size: float, *, bold: bool) -> int:
    count, used, space = 1, 0.0, width(" ", size, bold=bold)
    for word in text.split(" "):
        long = width(word, size, bold=bold)
        if used and used + space + long > room:
            count, used = count + 1, 0.0
        used += (space if used else 0) + long
        if used > room:
            further = ceil(used / max(room - size, size)) - 1
            count, used = count + further, room
    return count


def largest(text: str, room: float, sizes: Sequence[float], most: int, *, bold: bool = False) -> float:
    """The first of the sizes at which text takes no more lines than that; else the last."""
    return next((size for size in sizes if lines(text, room, size, bold=bold) <= most), sizes[-1])


def cut(text: str, room: float, size: float, most: int, *, bold: bool = False) -> str:
    """Text of at most so many lines: what is left out is an ellipsis."""
    return text if lines(text, room, size, bold=bold) <= most else pieces(text, room, size, most, bold=bold)[0] + " …"


def pieces(text: str, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """Text in pieces of at most so many lines each, with room for an ellipsis, cut at spaces where there are some."""
    found, rest = [], text.strip()
    while lines(rest, room, size, bold=bold) > most:
        low, high = 1, len(rest)
        while high - low > 1:
            middle = (low + high) // 2
            fits = lines(f"{rest[:middle]} …", room, size, bold=bold) <= most
            low, high = (middle, high) if fits else (low, middle)
        space = rest.rfind(" ", low // 2, low + 1)
        at = space if space > 0 else low
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, rest]
