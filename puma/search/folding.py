"""One way of reading letters, for what is indexed, asked and highlighted: case, accents, dashes and plus signs."""

import re
import unicodedata

PLUS = "ǂ"
"""The letter that stands for a plus sign in the index, so that C++ and Ca2+ keep theirs: analysers drop signs."""

# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", PLUS: " "}
)
# Accents, Arabic and Hebrew vowel signs, soft hyphen, zero-width signs: never part of what people type.
_DROPPED = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u00ad\u200b-\u200f\u2060\ufeff]")
# Chinese characters and kana have no spaces between words: each is a word, and a word typed is a phrase of them.
_IDEOGRAPH = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_SPECIAL = re.compile(r"[^\x00-\x7f]+|\+")
_WORD = re.compile(r"[^\W_]")


class _Letters(dict[int, str]):
    """Folds a character at first sight and remembers it."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if unicodedata.category(letter) == "Cs":  # half a character: no encoding can hold it
            folded = " "
        elif letter == "+":
            folded = f" {PLUS} "
        else:
            bare = _DROPPED.sub("", unicodedata.normalize("NFKD", letter))
            folded = unicodedata.normalize("NFC", bare).casefold().translate(_PLAIN)
            folded = _IDEOGRAPH.sub(r" \1 ", folded).replace("+", f" {PLUS} ")
        self[code] = folded
        return folded


_letters = _Letters()


def fold(text: str) -> str:
    """The text in lower case without accents, compatibility forms spelled out, plus signs as words of their own."""
    if text.isascii() and "+" not in text:
        return text.lower()
    return _SPECIAL.sub(lambda run: run[0].translate(_letters), text).lower()


def offsets_in(text: str, folded: str) -> list[int] | None:
    """For each character of a folded text, and its end, the place in the original; None: the same place."""
    if text.isascii() and "+" not in text:
        return None
    if len(folded) == len(text) and all(len(_letters[ord(letter)]) == 1 for letter in set(text) if ord(letter) > 127):
        return None
    offsets: list[int] = []
    for place, letter in enumerate(text):
        offsets.extend([place] * (1 if letter < "\x80" and letter != "+" else len(_letters[ord(letter)])))
    offsets.append(len(text))
    return offsets


def has_word(text: str) -> bool:
    """Whether anything in the text can be looked for: at least one letter, digit or plus sign."""
    return _WORD.search(fold(text)) is not None
