"""Values with a word that begins as typed: as a pattern both engines understand, and as a test of one value."""

from collections.abc import Sequence
from functools import cache

from puma.search.folding import fold
from puma.search.words import words_in

_LETTERS = (*range(0xC0, 0x250), *range(0x370, 0x530))  # accented Latin, Greek, Cyrillic: folded to other letters
_BEFORE = "(.*[^0-9A-Za-z\u00c0-\u024f\u0370-\u052f])?"
_LONGEST = 12  # letters in a pattern: servers take patterns of a thousand characters; `begins` looks at the rest


@cache
def _spellings() -> dict[str, list[str]]:
    """Folded letters, one or two, and the characters that are folded to them."""
    found: dict[str, list[str]] = {}
    for code in _LETTERS:
        folded = fold(chr(code)).strip()
        if folded and folded != chr(code):
            found.setdefault(folded, []).append(chr(code))
    return found


def pattern(text: str) -> str:
    """A regular expression, anchored at both ends, for values with a word that begins as the longest one of the text.

    It holds letters, digits, classes, groups and dots only: Lucene and Rust read those alike.
    """
    words = words_in(text)
    if not words:
        return ".*"
    word = max(words, key=len)[:_LONGEST]
    return f"{_BEFORE}{''.join(_letters(word))}.*"


def _letters(word: str) -> list[str]:
    pieces = []
    place = 0
    while place < len(word):
        pair = word[place : place + 2]
        several = _spellings().get(pair, []) if len(pair) == 2 else []
        letter = word[place]
        if several:
            pieces.append(f"({_class(pair[0])}{_class(pair[1])}|[{''.join(several)}])")
            place += 2
        else:
            pieces.append(_class(letter))
            place += 1
    return pieces


def _class(letter: str) -> str:
    kinds = dict.fromkeys([letter, letter.upper()[:1], *_spellings().get(letter, [])])
    return f"[{''.join(kinds)}]" if len(kinds) > 1 else letter


def begins(value: str, words: Sequence[str]) -> bool:
    """Whether each of these folded words begins a word of the value."""
    own = words_in(value)
    return all(any(one.startswith(word) for one in own) for word in words)
