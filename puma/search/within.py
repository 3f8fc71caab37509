"""Search within the pages of one record: the same language as everywhere, each page judged by itself."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from puma.search.documents import WORDS
from puma.search.folding import fold
from puma.search.highlights import Marker, Needle, snippets
from puma.search.index_field import PAGES
from puma.search.query import And, Node, Not, Or, Phrase, Prefix, Span, Word, parse
from puma.search.synonyms import other_names
from puma.search.words import beginning, stem, words_in

Leaf = Word | Phrase | Prefix
MOST = 50  # pages of which pieces are shown


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page that holds what was asked, and its best pieces as safe HTML with the found words in <mark>."""

    file_id: int
    page: int
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The first pages that hold what was asked, and how many there are; `all_words`: False when no page holds all of
    it, so that those with any of the words are told."""

    pages: list[FoundPage]
    total: int
    all_words: bool = True


def within(pages: Iterable[tuple[int, int, str]], text: str, *, most: int = MOST) -> Within:
    """Look for a question in (file, page, text) of pages. Raises QueryError with the place and a hint.

    Field words other than fulltext: say nothing about a page and are left aside.
    """
    tree = parse(text, WORDS)
    wanted, unwanted = _leaves(tree) if tree is not None else ([], [])
    if tree is None or not wanted:
        return Within([], 0)
    whole, some = _Gathered(most), _Gathered(most)
    for file_id, page, words in pages:
        folded = fold(words)
        needles = {leaf: _needle(leaf, folded) for leaf in (*wanted, *unwanted)}
        found = {leaf for leaf, needle in needles.items() if Marker([needle]).find(words)}
        if found.isdisjoint(wanted) or not found.isdisjoint(unwanted):
            continue
        marked = [needles[leaf] for leaf in wanted if leaf in found]
        some.take(file_id, page, words, marked)
        if _holds(tree, found):
            whole.take(file_id, page, words, marked)
    return Within(whole.pages, whole.total) if whole.total else Within(some.pages, some.total, all_words=False)


class _Gathered:
    """The pieces of the first pages, and the number of all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.pages: list[FoundPage] = []
        self.total = 0

    def take(self, file_id: int, page: int, words: str, needles: Sequence[Needle]) -> None:
        self.total += 1
        if len(self.pages) < self._most:
            pieces = tuple(piece.html for piece in snippets(PAGES, [words], Marker(needles)))
            self.pages.append(FoundPage(file_id, page, pieces))


def _leaves(node: Node) -> tuple[list[Leaf], list[Leaf]]:
    """What may stand on a page and is wanted there, and what is not."""
    match node:
        case And(parts) | Or(parts):
            inside = [_leaves(part) for part in parts]
            return [leaf for yes, _ in inside for leaf in yes], [leaf for _, no in inside for leaf in no]
        case Not(part):
            wanted, unwanted = _leaves(part)
            return unwanted, wanted
        case Word() | Phrase() | Prefix():
            return ([node] if node.field in (None, PAGES) and words_in(node.text) else []), []
        case Span():
            return [], []


def _holds(node: Node, found: Collection[Leaf]) -> bool:
    """Whether a page with these leaves, and none that is unwanted, is what the tree asks; fields are left aside."""
    match node:
        case And(parts):
            return all(_holds(part, found) for part in parts)
        case Or(parts):
            return any(_holds(part, found) for part in parts)
        case Word() | Phrase() | Prefix():
            return node in found or node.field not in (None, PAGES)
        case Not() | Span():
            return True


def _needle(leaf: Leaf, folded: str) -> Needle:
    """What to look for on a page; of a word all its forms that stand there."""
    words = words_in(leaf.text)
    if isinstance(leaf, Prefix):
        return Needle((tuple(words),), open_end=True)
    others = other_names(words)
    if isinstance(leaf, Phrase):
        return Needle((tuple(words), *others))
    root = stem(words[-1])
    pattern = rf"(?<![^\W_]){re.escape(beginning(root))}[^\W_]*"
    forms = {words[-1], *(form for form in set(re.findall(pattern, folded)) if stem(form) == root)}
    return Needle((*((*words[:-1], form) for form in sorted(forms)), *others))
