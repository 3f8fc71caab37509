"""Words as every engine has them: folded, cut at what is no letter and no digit, their English endings known."""

import re
from functools import lru_cache

import tantivy

from puma.search.folding import fold

LONGEST_WORD = 301  # characters that an index needs of a word: one more than anybody may type
_SHORTEST_STEM = 3  # letters: `is` and `as` have no endings


def _cutter() -> tantivy.TextAnalyzerBuilder:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())


def word_analyser() -> tantivy.TextAnalyzer:
    """Cuts folded text into words at everything that is no letter and no digit; folded text is in lower case."""
    return _cutter().build()


_words = word_analyser()
_stems = _cutter().filter(tantivy.Filter.stemmer("english")).build()
_OTHER = re.compile(r"[^\x00-\x7f]+")
_SPACED = bytes(code if code > 127 or _words.analyze(chr(code)) else 32 for code in range(256))


def cut(folded: str) -> list[str]:
    """The words of a folded text, in order: the same that the embedded index cuts for itself, several times faster."""
    plain = folded.encode("utf-8", "replace").translate(_SPACED).decode()
    return (plain if plain.isascii() else _OTHER.sub(lambda run: _spaced(run[0]), plain)).split()


@lru_cache(100_000)
def _spaced(run: str) -> str:
    """A run of letters and signs beyond ASCII, with spaces for the signs, as the analyser judges each of them."""
    return "".join(letter if _words.analyze(letter) else " " for letter in run)


def words_in(text: str) -> list[str]:
    """The words of a text as it was written or typed."""
    return cut(fold(text))


@lru_cache(300_000)
def stem(word: str) -> str:
    """The word without its English ending (Snowball); the word itself where it has none.

    It always begins as the word does, but for its last letter (happy, happi), so that a dictionary in alphabetical
    order has all forms of a word in one place; the few words that Snowball changes more (dying, die) keep their own.
    """
    if len(word) < _SHORTEST_STEM or not (word.isascii() and word.isalpha()):
        return word
    found: str = _stems.analyze(word)[0]
    return found if word.startswith(beginning(found)) else word


def beginning(stem: str) -> str:
    """The letters with which all words of this stem begin."""
    return stem[: max(2, len(stem) - 1)]
