"""Text of a page as it is kept: ligatures, accents, words and identifiers broken at a line's end, right to left."""

import re
import unicodedata
from collections.abc import Sequence

# Patterns begin with a rare character where they can: cleaning must stay faster than reading.

_ACCENTS = {"¨": "\u0308", "´": "\u0301", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a"}
_ACCENT = re.compile(f"[{''.join(_ACCENTS)}]")
_LOOSE_ACCENT = re.compile(rf"(?:(?<=\w) )?({_ACCENT.pattern}) ?([^\W\d_])")
_DOTLESS = {"ı": "i", "ȷ": "j"}
_BREAK = "\x02"  # stands for "a hyphen, then the line ends" until the whole document has been seen
_LINE_END_HYPHEN = re.compile(
    r"[\x02\ufffe\-\u2010\u2011\xad](?<=[^\W_].)(?:(?<=[\x02\ufffe])|[ \t]*(?:\r?\n[ \t]*){1,2})(?=[^\W_])"
)
# Controls but white space, soft hyphen, zero-width and bidi marks, lone surrogates, private use, non-characters.
_INVISIBLE = re.compile(
    "[\x00\x01\x03-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\uffff\ufdd0-\ufdef\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_STRAY_BREAK = re.compile(rf"(?<![^\W_]){_BREAK}|{_BREAK}(?![^\W_])")
_BLANK_LINES = re.compile(r"\n{3,}")
_UNMAPPED_GLYPH = re.compile(r"\(cid:\d+\)")  # pdfminer's way of saying that a glyph has no character
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RTL_LETTER = re.compile(rf"[{_RTL}]")
_LTR_RUN = re.compile(rf"[^\s{_RTL}]+(?:[^\S\n]+[^\s{_RTL}]+)*")


def clean_page(raw: str) -> str:
    """The page in NFKC (no ligatures), without invisible characters; a hyphen at a line's end becomes one mark."""
    text = _LOOSE_ACCENT.sub(_accent_on_letter, raw) if _ACCENT.search(raw) else raw
    text = _LINE_END_HYPHEN.sub(_BREAK, text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if _BREAK in text:
        text = _STRAY_BREAK.sub("", text)
    text = "\n".join([" ".join(line.split()) for line in text.splitlines()]).strip()
    return _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def _accent_on_letter(found: re.Match[str]) -> str:
    """TeX draws ü as two glyphs, "¨u": one letter again where Unicode has it, otherwise as it stood."""
    letter = unicodedata.normalize("NFC", _DOTLESS.get(found[2], found[2]) + _ACCENTS[found[1]])
    return letter if len(letter) == 1 else found[0]


_COMPOUND = re.compile(r"([^\W_]+)-(?=([^\W_]+))")
_BROKEN_WORD = re.compile(rf"\b([^\W_]+){_BREAK}(?=([^\W_]+)([-./{_BREAK}]?))")
_AROUND = ".,;:()[]\"'“”"
_SUSPENDED = {"and", "or", "und", "oder", "bzw", "et", "ou"}  # "first- and second-generation"
_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_OPEN_DOI = re.compile(r"10\.\d{4,9}/\S*$")
_CUT_DOI = re.compile(r"(?<![\d.])(10\.(?:\d{4,9}(?:/(?:[^\s/]\S*)?)?)?)(?<=[./_:(\d])\n(\S+)")
_FIRST_OF_SUFFIX = re.compile(r"10\.\d{4,9}/")
_REST_OF_DOI = re.compile(r"[a-z][\w.()/:;-]*\d|\d+[.()/:;_-][\w(]|\d{5,}|0\d")


def join_broken_words(pages: Sequence[str]) -> tuple[str, ...]:
    """Words and DOIs broken at a line's end are whole again; "small-angle" keeps its hyphen where the document does.

    Of digits on both sides of such a hyphen nobody knows whether it was there before the line ended (15-2018) or not
    (2019-0234): hyphen and line end both stay, so that who looks for a number can try both.
    """
    pages = [_CUT_DOI.sub(_whole_doi, page) if "10." in page else page for page in pages]
    if not any(_BREAK in page for page in pages):
        return tuple(pages)
    words = {word.strip(_AROUND) for page in pages for word in page.casefold().split()}
    compounds = {pair for word in words if "-" in word for pair in _COMPOUND.findall(word)}

    def joined(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        if right in _SUSPENDED:
            return f"{left}- "
        if left.isdigit() and right.isdigit():
            is_part = bool(found[3]) or found.string[found.start() - 1 : found.start()] in ("-", ".", "/", "_", _BREAK)
            is_span = bool(_YEAR.fullmatch(left) and _YEAR.fullmatch(right))
            return f"{left}-" if is_part or is_span else f"{left}-\n"
        is_break = len(left) > 1 and left.isalpha() and not left.isupper() and right[0].islower()
        one, other = left.casefold(), right.casefold()
        are_words = min(len(one), len(other)) > 3 and one in words and other in words  # "time-resolved"
        as_compound = ((one, other) in compounds or are_words) and one + other not in words
        if is_break and not as_compound and not _OPEN_DOI.search(found.string, found.start() - 80, found.end() - 1):
            return left
        return f"{left}-"

    return tuple(_BROKEN_WORD.sub(joined, page).replace(_BREAK, "") if _BREAK in page else page for page in pages)


def _whole_doi(found: re.Match[str]) -> str:
    """A DOI that a line's end divides where no hyphen stands: whole where what follows can only be its rest."""
    begun, rest = found[1], found[2]
    if begun == "10.":
        is_rest = _FIRST_OF_SUFFIX.match("10." + rest) is not None
    elif "/" not in begun:
        is_rest = rest.startswith("/")
    elif begun.endswith("/"):
        is_rest = begun.count("/") == 1 or any(map(str.isdigit, rest))
    else:
        is_rest = not begun[-1].isdigit() and _REST_OF_DOI.match(rest) is not None
    return begun + rest if is_rest else found[0]


def without_unmapped(text: str) -> str:
    """The text of pdfminer without what stands there for glyphs that have no character."""
    return _UNMAPPED_GLYPH.sub("", text)


def logical_order(text: str) -> str:
    """Lines of Hebrew or Arabic that stand in the order of the drawn glyphs, in the order in which they are read."""
    if not _RTL_LETTER.search(text):
        return text
    return "\n".join(
        _LTR_RUN.sub(lambda run: run[0][::-1], line[::-1])
        if 2 * len(_RTL_LETTER.findall(line)) > sum(map(str.isalpha, line))
        else line
        for line in text.split("\n")
    )
