"""Tables of raw data that a PDF gives column by column: first all labels, then all values, matched where all agree."""

import re
from collections.abc import Callable, Mapping, Sequence

Span = tuple[int, int]
Fits = Callable[[int, Span], bool | None]
"""Whether a value is one of the label in that cell, as the reader of tables knows it; None: that is none of its labels.
A span without room asks about the label alone."""

FEWEST = 3  # labels one below the other that make a column
PROSE = 8  # words from which on a line is running text

_UNIT = r"(?:,? ?[(\[](?P<unit>[^)\]]{1,16})[)\]])?"
_OTHER = re.compile(
    r"(?:(?:Data |Dataset |Raw[ -]data )?DOI|(?P<count>(?:No\.|Number) of (?:pixels|scans|frames|images))"
    r"|(?:Data|File|Image) (?:archive|repository|format)|Archive|Repository|Format"
    r"|(?:Data collection |Sample )?[Tt]emperature|Beam (?:cent(?:er|re)|size)|Swing angle|Pixel size"
    r"|Radiation(?: type)?|(?:Crystal|Sample)[ -]to[ -]detector distance"
    r"|Detector (?:axis|distance|offset|pixel size|swing angle|position"
    r"|temperature)|(?:X-ray |Photon |Beam )?[Ee]nergy|Monochromator|Transmission|(?:Photon )?[Ff]lux"
    r"|Exposure time(?: per (?:frame|image))?|(?:Rotation|Oscillation|Scan) (?:axis|angle|range|increment|name|method)"
    r"(?: per (?:frame|image))?|Collection date|Date(?: of collection)?)" + _UNIT
)  # fmt: skip
_HEAD = re.compile(r"(?:Raw data|Data collection|Data set|Dataset|Scans?|Experimental(?: details)?)", re.IGNORECASE)
_ENDS = re.compile(
    r"(?:Table|Figure|Fig\.|Scheme|References|Acknowledge?ments?|Funding|Related literature|IUCrData)\b"
    r"|raw data letters|\d{1,2}\.(?:\d\.)? [A-Z]|\d+ of \d+"
)
_FIGURE = re.compile(r"[-+~<>]?\d[\d.,()×x*/±\s-]*(?:[A-Za-zÅ°µ%]{1,4})?")
_DOI = re.compile(r"\b10\.\d{4}")


def values_beside(text: str, cells: Sequence[Span], fits: Fits) -> Mapping[int, int | None]:
    """By the place of a label's cell that of its value, of tables that stand column by column.

    cells: without room around them. None instead of a place where the columns cannot be matched: there are more or
    fewer values than labels, or a value is none of its label. Labels with their values beside or below them are not
    named, the last of several labels among them, below which its value may stand.
    """
    found: dict[int, int | None] = {}
    place = 0
    while place < len(cells):
        labels = []
        while place < len(cells) and (label := _is_label(text, cells, place, fits)) is not None:
            labels += [place] if label else []
            place += 1
        found |= dict.fromkeys(labels[:-1])
        values = range(place, place + len(labels))
        if len(labels) >= FEWEST and _agree(text, cells, labels, values, fits):
            found |= zip(labels, values, strict=True)
        place += 1
    return found


def _is_label(text: str, cells: Sequence[Span], place: int, fits: Fits) -> bool | None:
    """Whether a cell is a label, or the head of some (False); None: neither."""
    start, end = cells[place]
    if fits(place, (end, end)) is not None or _OTHER.fullmatch(text, start, end):
        return True
    return False if _HEAD.fullmatch(text, start, end) else None


def _agree(text: str, cells: Sequence[Span], labels: Sequence[int], values: range, fits: Fits) -> bool:
    """Whether as many values as labels follow, each of them one of its label."""
    if values.stop > len(cells):
        return False
    if any(_is_label(text, cells, place, fits) is not None and not _is_either(text, cells[place]) for place in values):
        return False
    if values.stop < len(cells) and not _is_over(text, cells, values.stop, fits):
        return False
    return all(_is_value(text, cells[at], label, cells, fits) for label, at in zip(labels, values, strict=True))


def _is_either(text: str, span: Span) -> bool:
    """Whether a word is a label of some tables and a value of others: the radiation is that of a synchrotron."""
    return text[slice(*span)].casefold() == "synchrotron"


def _is_over(text: str, cells: Sequence[Span], place: int, fits: Fits) -> bool:
    """Whether a cell is no value any more: another table, a caption or a heading, or running text."""
    words = text[slice(*cells[place])]
    known = _ENDS.match(words) is not None or len(words.split()) >= PROSE
    return known or _is_label(text, cells, place, fits) is not None


def _is_value(text: str, span: Span, label: int, cells: Sequence[Span], fits: Fits) -> bool:
    if (known := fits(label, span)) is not None:
        return known
    other = _OTHER.fullmatch(text, *cells[label])
    if other is None or len(text[slice(*span)].split()) >= PROSE:
        return False
    doi = _DOI.search(text, *span) is not None
    if other[0].endswith("DOI") or doi:
        return other[0].endswith("DOI") and doi
    numbered = other["count"] or other["unit"]
    return not numbered or _FIGURE.fullmatch(text, *span) is not None


def is_text(text: str, span: Span) -> bool:
    """Whether a value is a name: neither a figure nor a DOI, nor running text."""
    words = text[slice(*span)]
    wordy = re.search(r"[^\W\d_]{2}", words) is not None and len(words.split()) < PROSE
    return wordy and not _FIGURE.fullmatch(words) and not _DOI.search(words)
