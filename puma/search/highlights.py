"""Found words marked in the texts they stand in: short pieces of safe HTML with page numbers."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from puma.search.engine import Snippet
from puma.search.folding import fold, offsets_in
from puma.search.index_field import PAGES

PIECE = 240  # characters of text in one snippet: two to three lines
PER_FIELD = 3  # snippets of one field
LOOKED_AT = 40  # texts with a match that are compared for the best pieces: the rest of a thesis adds nothing

_GAP = r"[\W_]+"  # between two words of a phrase
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Needle:
    """What one leaf of the query looks for: one of several word sequences, folded; `open_end` for a prefix."""

    sequences: tuple[tuple[str, ...], ...]
    open_end: bool = False


class Marker:
    """Marks a set of needles; made once for a field and used for all its texts."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._first, self._pattern = _prepared(tuple(dict.fromkeys(needles)))

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(start, end, number of the needle) of each match, in order, without overlaps."""
        folded = fold(text)
        starts = places(folded, self._first)  # many times faster than to search for the pattern
        offsets = offsets_in(text, folded) if starts else None
        matches = []
        place = 0
        for start in starts:
            if start < place or (start and folded[start - 1].isalnum()):  # the middle of a word
                continue
            match = self._pattern.match(folded, start)
            if match is None:
                continue
            place = end = match.end()
            if offsets is not None:
                start, end = offsets[start], offsets[end - 1] + 1
            matches.append((start, end, match.lastindex or 0))
        return matches


def places(text: str, words: Sequence[str]) -> list[int]:
    """Where any of the words stands, also within others, in order."""
    found = set()
    for word in words:
        place = text.find(word)
        while place >= 0:
            found.add(place)
            place = text.find(word, place + 1)
    return sorted(found)


@lru_cache(1_000)
def _prepared(needles: tuple[Needle, ...]) -> tuple[list[str], re.Pattern[str]]:
    """The first words, one of which a text must hold, and the pattern: the next page of hits needs the same."""
    ordered = sorted(needles, key=lambda needle: -len(needle.sequences[0]))  # phrases before words
    first = sorted({sequence[0] for needle in ordered for sequence in needle.sequences})
    return first, re.compile("|".join(f"({_pattern(needle)})" for needle in ordered))


def _pattern(needle: Needle) -> str:
    end = r"[^\W_]*" if needle.open_end else r"(?![^\W_])"
    longest_first = sorted(needle.sequences, key=lambda sequence: (-sum(map(len, sequence)), sequence))
    return "(?:" + "|".join(_GAP.join(map(re.escape, sequence)) + end for sequence in longest_first) + ")"


def snippets(field: str, texts: Sequence[str], marker: Marker) -> list[Snippet]:
    """At most three pieces of a field, those with most different needles, in the order of the text."""
    pieces: list[tuple[int, int, Snippet]] = []
    looked_at = 0
    for number, text in enumerate(texts):
        matches = marker.find(text)
        if not matches:
            continue
        looked_at += 1
        page = number + 1 if field == PAGES else None
        for start, end, inside in _windows(text, matches):
            distinct = len({needle for _, _, needle in inside})
            pieces.append((-distinct, len(pieces), Snippet(field, page, _marked(text, start, end, inside))))
        if looked_at == LOOKED_AT:
            break
    best = sorted(pieces, key=lambda piece: piece[:2])[:PER_FIELD]
    return [snippet for _, _, snippet in sorted(best, key=lambda piece: piece[1])]


def _windows(text: str, matches: list[tuple[int, int, int]]) -> list[tuple[int, int, list[tuple[int, int, int]]]]:
    """Up to three pieces of one text that begin shortly before a match and hold whole matches."""
    found: list[tuple[int, int, list[tuple[int, int, int]]]] = []
    rest = matches
    while rest and len(found) < PER_FIELD:
        start = _word_border(text, rest[0][0] - PIECE // 3, forward=True) if len(text) > PIECE else 0
        end = max(_word_border(text, start + PIECE, forward=False), rest[0][1])
        inside = [match for match in rest if match[1] <= end]
        rest = rest[len(inside) :]
        found.append((start, end, inside))
    return found


def _word_border(text: str, place: int, *, forward: bool) -> int:
    """The nearest space within a few characters, so that words are not cut; the place itself where there is none."""
    if place <= 0 or place >= len(text):
        return min(max(place, 0), len(text))
    near = text.find(" ", place, place + 30) + 1 if forward else text.rfind(" ", place - 30, place)
    return near if near > 0 else place


def _marked(text: str, start: int, end: int, matches: Sequence[tuple[int, int, int]]) -> str:
    parts = ["…"] if start > 0 else []
    place = start
    for match_start, match_end, _ in matches:
        parts += [html.escape(text[place:match_start]), "<mark>", html.escape(text[match_start:match_end]), "</mark>"]
        place = match_end
    parts.append(html.escape(text[place:end]))
    if end < len(text):
        parts.append("…")
    return _SPACE.sub(" ", "".join(parts)).strip()


def all_snippets(texts: Mapping[str, Sequence[str]], markers: Mapping[str, Marker]) -> list[Snippet]:
    """The snippets of a record, field after field in the order of `texts`."""
    found = (snippets(field, values, markers[field]) for field, values in texts.items() if field in markers)
    return [snippet for those in found for snippet in those]
