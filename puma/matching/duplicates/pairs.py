"""What two descriptions of publications have in common: one row of numbers for each pair."""

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from puma.matching.duplicates.containers import SMALL, Meetings, Met, abbreviated, container_mark, sorts
from puma.matching.lexicon import Lexicon
from puma.matching.rarity import Bags, Floats, Places, Weighed, ones, weigh_bags
from puma.matching.shared import shared
from puma.names import fold, parse_name
from puma.text import plain

CHUNK = 100_000
AUTHORS = 40  # of a longer list the first ones

FEATURES: dict[str, str] = {
    "title_ratio": "title",
    "title_sorted": "title",
    "title_set": "title",
    "title_start": "title",
    "title_mass": "title",
    "title_share_least": "title",
    "title_share_most": "title",
    "title_equal": "title",
    "title_length": "title",
    "numbers_differ": "number in the title",
    "numbers_shared": "number in the title",
    "authors_mass": "authors",
    "authors_share": "authors",
    "authors_union": "authors",
    "authors_ratio": "authors",
    "first_author": "authors",
    "authors_known": "authors",
    "container_set": "journal or book",
    "container_letters": "journal or book",
    "container_sort": "journal or book",
    "containers_met": "journal or book",
    "containers_seen": "journal or book",
    "containers_known": "journal or book",
    "year_gap": "year",
    "years_known": "year",
    "pages": "pages and volume",
    "volume": "pages and volume",
    "all_set": "all words",
    "all_sorted": "all words",
    "all_share_least": "all words",
    "all_share_most": "all words",
    "all_union": "all words",
    "title_within_all": "all words",
    "authors_within_all": "all words",
}
"""Each feature and the kind of evidence it is shown under."""

RISING = frozenset({
    "title_mass", "title_share_least", "title_share_most", "authors_mass", "authors_share", "authors_union",
    "all_share_least", "all_share_most", "all_union", "title_within_all", "authors_within_all",
})  # fmt: skip

_NUMBER = re.compile(r"\b(?:\d+|i{1,3}|iv|vi{0,3}|ix)\b")
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_LAST_YEAR = re.compile(r" ((?:19|20)\d\d)(?: 0)?$")
KNOWN = 5  # works under one container from which it is looked for in other fields


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes twice as long to send elsewhere
class Described:
    """A publication as one source describes it. ``authors``: as written; ``kind``: its type in our words."""

    work_id: int
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    container: str = ""
    kind: str = ""
    volume: str = ""
    pages: str = ""
    doi: str | None = None
    others: frozenset[str] = frozenset()
    """Further identifiers: "pmid:1", "arxiv:2101.00001"."""


@lru_cache(maxsize=1 << 17)
def title_of(text: str) -> str:
    """A title for comparing: no markup, folded."""
    return fold(plain(text))


def words(text: str) -> frozenset[str]:
    """Words of a folded text that say something."""
    return frozenset(word for word in text.split() if word not in SMALL)


@lru_cache(maxsize=1 << 17)
def surname(name: str) -> str:
    """The folded family name in one word, of a name in any order."""
    return fold(parse_name(name).family).replace(" ", "")


@lru_cache(maxsize=1 << 17)
def numbers_in(title: str) -> frozenset[str]:
    """Numbers of a folded title, arabic and roman, that are no years: what tells part I from part II."""
    return frozenset(
        ROMAN.get(one, one.lstrip("0") or "0") for one in _NUMBER.findall(title) if not _YEAR.fullmatch(one)
    )


ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}


@dataclass(slots=True)
class Shelf:
    """Descriptions ready to be compared pair by pair."""

    titles: list[str]
    authors: list[str]
    first: list[str]
    containers: list[str]
    alls: list[str]
    numbers: list[frozenset[str]]
    title_words: Weighed
    author_words: Weighed
    all_words: Weighed
    title_in_all: Weighed
    authors_in_all: Weighed
    years: Floats
    pages: list[str]
    volumes: list[str]
    words: tuple[Sequence[str], Sequence[str], Sequence[str]]
    """Those of titles, of authors and of everything, in the order of their weights."""
    common: frozenset[str]
    """Containers that are looked for in other fields."""
    met: Met = field(default_factory=Met)
    meetings: Meetings = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))
    """By the places of the works."""


@dataclass(frozen=True, slots=True)
class Rarities:
    """How rare the words of titles, of authors and of everything were among all works, and the common containers."""

    titles: Lexicon
    authors: Lexicon
    alls: Lexicon
    common: frozenset[str]

    @classmethod
    def of(cls, shelf: Shelf) -> "Rarities":
        """As this shelf of all works has them."""
        fields = (shelf.title_words, shelf.author_words, shelf.all_words)
        titles, authors, alls = (
            Lexicon.of(words, one.weight[: len(words)]) for words, one in zip(shelf.words, fields, strict=True)
        )
        return cls(titles, authors, alls, shelf.common)


def shelve(works: Sequence[Described], known: Rarities | None = None) -> Shelf:
    """What is compared of each work, made once. known: of these words the rarities are taken, not of the works'."""
    common = common_containers(works) if known is None else known.common
    works = mended(works, common)
    titles = [title_of(work.title) for work in works]
    surnames = [[s for name in work.authors[:AUTHORS] if (s := surname(name))] for work in works]
    containers = [fold(work.container) for work in works]
    alls = [
        " ".join([title, *(fold(name) for name in work.authors[:AUTHORS]), container, str(work.year or "")]).strip()
        for title, work, container in zip(titles, works, containers, strict=True)
    ]
    in_titles, in_authors = Bags.of(map(words, titles)), Bags.of(surnames)
    in_alls = Bags.of(words(text).union(some) for text, some in zip(alls, surnames, strict=True))
    all_words = known.alls.weighed_bags(in_alls) if known else weigh_bags(in_alls)
    place_of = {word: place for place, word in enumerate(in_alls.words)}
    return Shelf(
        titles,
        [" ".join(some) for some in surnames],
        [some[0] if some else "" for some in surnames],
        containers,
        alls,
        [numbers_in(title) for title in titles],
        known.titles.weighed_bags(in_titles) if known else weigh_bags(in_titles),
        known.authors.weighed_bags(in_authors) if known else weigh_bags(in_authors),
        all_words,
        _within(in_titles, place_of, all_words),
        _within(in_authors, place_of, all_words),
        np.array([np.nan if work.year is None else work.year for work in works], dtype=np.float32),
        [_first_page(work.pages) for work in works],
        [fold(work.volume) for work in works],
        (in_titles.words, in_authors.words, in_alls.words),
        common,
    )


def common_containers(works: Sequence[Described]) -> frozenset[str]:
    """Folded containers that enough works stand in to be known by their names alone."""
    counted = Counter(fold(work.container) for work in works if work.container)
    return frozenset(container for container, count in counted.items() if count >= KNOWN and len(container) > 2)


def mended(works: Sequence[Described], known: Container[str]) -> list[Described]:
    """Years and containers that stand at the end of a title or of the authors, where their own field is empty."""
    return [work if work.container and work.year else _mended(work, known) for work in works]


def _mended(work: Described, known: Container[str]) -> Described:
    title, authors, year, container = title_of(work.title), list(work.authors), work.year, work.container
    fields = [title, fold(authors[-1]) if authors else "", fold(container)]
    for place, text in enumerate(fields):
        if year is None and (found := _LAST_YEAR.search(text)):
            year, text = int(found[1]), text[: found.start()].strip()
        tokens = text.split()
        if not container:
            for start in range(max(len(tokens) - 12, 0), len(tokens)):
                if " ".join(tokens[start:]) in known:
                    container, tokens = " ".join(tokens[start:]), tokens[:start]
                    break
        fields[place] = " ".join(tokens)
    if (year, container) == (work.year, work.container):
        return work
    authors = [*authors[:-1], *([fields[1]] if fields[1] else [])] if authors else []
    return replace(work, title=fields[0] or work.title, authors=tuple(authors), year=year, container=container)


def _within(bags: Bags, place_of: Mapping[str, int], everything: Weighed) -> Weighed:
    """Sets in the columns of all words, so that one field of one side meets every field of the other."""
    places = np.fromiter(map(place_of.__getitem__, bags.words), np.int32, len(bags.words))
    return Weighed(
        ones(np.diff(bags.rows.indptr), places[bags.rows.indices], everything.rows.shape[1]), everything.weight
    )


def _first_page(pages: str) -> str:
    found = re.match(r"[a-z]*0*(\d+)", fold(pages))
    return found[1] if found else fold(pages)


def pair_rows(shelf: Shelf, one: Places, other: Places, before: Meetings | None = None) -> Floats:
    """The features of pairs of works, shape (pairs, len(FEATURES)); which containers meet is learnt from them first.

    before: meetings of works that are not compared here.
    """
    shelf.meetings = _meetings(shelf, one, other)
    shelf.met = Met.of_all(shelf.meetings if before is None else np.concatenate([before, shelf.meetings]))
    result = np.empty((len(one), len(FEATURES)), dtype=np.float32)
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        result[part] = _rows(shelf, one[part], other[part])
    return result


def _meetings(shelf: Shelf, one: Places, other: Places) -> Meetings:
    """Pairs with the same title, of the same authors and year, in two known containers."""
    found = [
        (a, b, *sorted((container_mark(shelf.containers[a]), container_mark(shelf.containers[b]))))
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
        if shelf.titles[a] == shelf.titles[b]
        and shelf.first[a] == shelf.first[b]
        and shelf.years[a] == shelf.years[b]
        and shelf.containers[a]
        and shelf.containers[b]
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def _rows(shelf: Shelf, one: Places, other: Places) -> Floats:
    first, second = one.tolist(), other.tolist()

    def similar(values: list[str], scorer: Any, *, scale: float = 1.0) -> Floats:
        mine, theirs = [values[a] for a in first], [values[b] for b in second]
        score = cpdist(mine, theirs, scorer=scorer, dtype=np.float32)
        known = np.array([bool(a) and bool(b) for a, b in zip(mine, theirs, strict=True)])
        return np.where(known, score / scale, np.nan).astype(np.float32)

    def equal(values: list[str]) -> Floats:
        return np.array(
            [
                np.nan if not values[a] or not values[b] else values[a] == values[b]
                for a, b in zip(first, second, strict=True)
            ],
            dtype=np.float32,
        )

    titles, alls, authors = shelf.title_words, shelf.all_words, shelf.author_words
    title_shared, _ = titles.together(one, other)
    title_least, title_most = _extremes(titles.mass, one, other)
    author_shared, _ = authors.together(one, other)
    author_least, _ = _extremes(authors.mass, one, other)
    authors_known = (authors.mass[one] > 0).astype(np.float32) + (authors.mass[other] > 0)
    author_missing = authors_known < 2
    all_shared, _ = alls.together(one, other)
    all_least, all_most = _extremes(alls.mass, one, other)
    lengths = np.array([len(title) for title in shelf.titles], dtype=np.float32)
    numbers = [(shelf.numbers[a], shelf.numbers[b]) for a, b in zip(first, second, strict=True)]
    gap = np.abs(shelf.years[one] - shelf.years[other])
    places = shelf.containers
    met = np.array([shelf.met.of(places[a], places[b]) for a, b in zip(first, second, strict=True)], dtype=np.float32)
    columns = [
        similar(shelf.titles, fuzz.ratio, scale=100),
        similar(shelf.titles, fuzz.token_sort_ratio, scale=100),
        similar(shelf.titles, fuzz.token_set_ratio, scale=100),
        similar(shelf.titles, JaroWinkler.similarity),
        title_shared,
        _share(title_shared, title_least),
        _share(title_shared, title_most),
        equal(shelf.titles),
        np.minimum(lengths[one], lengths[other]),
        np.array([len(a ^ b) for a, b in numbers], dtype=np.float32),
        np.array([len(a & b) for a, b in numbers], dtype=np.float32),
        np.where(author_missing, np.nan, author_shared),
        np.where(author_missing, np.nan, _share(author_shared, author_least)),
        np.where(
            author_missing, np.nan, _share(author_shared, authors.mass[one] + authors.mass[other] - author_shared)
        ),
        similar(shelf.authors, fuzz.token_sort_ratio, scale=100),
        similar(shelf.first, JaroWinkler.similarity),
        authors_known,
        similar(shelf.containers, fuzz.token_set_ratio, scale=100),
        np.array([abbreviated(places[a], places[b]) for a, b in zip(first, second, strict=True)], dtype=np.float32),
        np.array([sorts(places[a], places[b]) for a, b in zip(first, second, strict=True)], dtype=np.float32),
        met[:, 0],
        met[:, 1],
        np.array([bool(shelf.containers[a]) + bool(shelf.containers[b]) for a, b in zip(first, second, strict=True)]),
        gap,
        (~np.isnan(shelf.years[one])).astype(np.float32) + ~np.isnan(shelf.years[other]),
        equal(shelf.pages),
        equal(shelf.volumes),
        similar(shelf.alls, fuzz.token_set_ratio, scale=100),
        similar(shelf.alls, fuzz.token_sort_ratio, scale=100),
        _share(all_shared, all_least),
        _share(all_shared, all_most),
        _share(all_shared, alls.mass[one] + alls.mass[other] - all_shared),
        _worst_within(shelf.title_in_all, alls, one, other),
        _worst_within(shelf.authors_in_all, alls, one, other),
    ]
    return np.column_stack(columns).astype(np.float32)


def _extremes(mass: Floats, one: Places, other: Places) -> tuple[Floats, Floats]:
    return np.minimum(mass[one], mass[other]), np.maximum(mass[one], mass[other])


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _worst_within(field: Weighed, everything: Weighed, one: Places, other: Places) -> Floats:
    """How much of one side's field the other side has anywhere: the worse of both directions."""
    worst: NDArray[np.float32] = np.full(len(one), np.nan, dtype=np.float32)
    for mine, theirs in ((one, other), (other, one)):
        both = shared(field.rows, everything.rows, mine, theirs)
        held = np.bincount(both.pair, everything.weight[both.column], len(mine)).astype(np.float32)
        worst = np.fmin(worst, _share(held, field.mass[mine]))
    return worst
