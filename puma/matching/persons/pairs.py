"""What two mentions, or a mention and a known person, have in common: one row of numbers for each pair."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist
from scipy import sparse

from puma.matching.lexicon import Lexicon
from puma.matching.persons.given_names import CONFLICT, relation
from puma.matching.persons.mentions import KnownPerson, Mention, is_full
from puma.matching.rarity import Floats, Places, Weighed, weigh
from puma.names import PersonName, fold, initials, name_keys

CROWD = 100  # authors; in a larger crowd co-authors say nothing
CHUNK = 200_000  # pairs looked at together
COMMON = {"places": 0.5, "words": 0.1}  # what a larger share of all has says nothing
MOST_GIVENS = 200  # given names under one family and initial that are told apart

_COMMON_FAMILIES = """
95 wang li zhang|65 liu chen|45 yang|30 huang zhao wu zhou xu|18 sun ma zhu hu guo he lin gao luo zheng
12 liang xie song tang han deng feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei lu
8 su ding ren shen yao jin cui tan liao fan wan xia fu fang shi xiong bai meng qin qiu hou yan xue lei long tao
10 kim|7 lee park|3 choi jung jeong kang cho yoon jang lim shin oh seo kwon hwang ahn hong chang chung
12 nguyen|4 tran le pham|25 singh kumar devi das|10 sharma gupta patel khan ali ahmed mohamed shah jain verma roy
6 rao reddy sen mishra yadav prasad ghosh chowdhury iyer nair agarwal banerjee mukherjee chatterjee
3 smith garcia martinez rodriguez lopez hernandez gonzalez perez sanchez silva santos oliveira souza
2 johnson williams brown jones miller davis martin wilson anderson taylor thomas moore white sato suzuki takahashi
2 tanaka watanabe ito yamamoto nakamura kobayashi kato ivanov smirnov petrov muller schmidt fischer rossi
"""
FAMILIES = {
    name: float(line.split()[0]) for line in _COMMON_FAMILIES.replace("\n", "|").split("|") if line
    for name in line.split()[1:]
}  # fmt: skip
"""Millions of people of the most common family names of the world, roughly; most others have fewer than one."""

_COMMON_GIVENS_WORDS = (
    "james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony "
    "mark paul steven stephen andrew kevin brian george edward ronald peter eric martin frank alan philip gary "
    "jeffrey scott mary patricia jennifer linda elizabeth barbara susan jessica sarah karen anna maria laura lisa "
    "julia andrea claudia jean pierre michel alain philippe jacques francois antoine nicolas hans klaus wolfgang "
    "andreas stefan christian markus alexander jan jose juan carlos luis antonio francisco manuel miguel pedro "
    "marco giovanni giuseppe paolo luca roberto francesco mario sergey alexander vladimir andrey dmitry igor "
    "alexey ivan nikolai mikhail victor hiroshi takashi kenji satoshi akira koichi yoshio masahiro mohamed ahmed "
    "ali rajesh sanjay anil sunil amit"
)
_COMMON_GIVENS = frozenset(_COMMON_GIVENS_WORDS.split())
_SYLLABLE = re.compile("(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?(?:i?ao?|[iu]?an|[iu]?ang|u?ai|e|ei|en|eng|er|i|in|ing|ia"
                       "|ie|iu|iong|o|ou|ong|u|ua|uo|ui|un|ue|ue|uei)")  # fmt: skip

FEATURES: dict[str, str] = {
    "given_relation": "name",
    "given_similarity": "name",
    "family_similarity": "name",
    "name_equal": "name",
    "initials_shared": "name",
    "initials_unequal": "name",
    "full_names": "name",
    "family_common": "rarity",
    "given_common": "rarity",
    "rivals_most": "rarity",
    "rivals_least": "rarity",
    "place_mass": "affiliation",
    "place_share": "affiliation",
    "place_union": "affiliation",
    "place_best": "affiliation",
    "places_known": "affiliation",
    "mates_mass": "co-authors",
    "mates_share": "co-authors",
    "mates_best": "co-authors",
    "mates_known": "co-authors",
    "words_mass": "topic",
    "words_share": "topic",
    "words_known": "topic",
    "venue_mass": "topic",
    "year_gap": "time",
    "seen_least": "time",
    "seen_most": "time",
}
"""Each feature and the kind of evidence it is shown under."""

T = TypeVar("T")
_Where = tuple[tuple[str, ...], frozenset[int]]
_WORD = re.compile(r"[^\W_]{2,}")
_PLACE_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Read:
    """What is compared of names, read once for each; all in the order of ``names``."""

    names: Sequence[PersonName]
    given: Sequence[str]
    first: Sequence[str]
    family: Sequence[str]
    letters: Sequence[str]
    full: NDArray[np.bool_]
    family_common: Floats
    given_common: Floats

    @classmethod
    def of(cls, names: Sequence[PersonName]) -> "Read":
        """Names as they are compared."""
        given = [fold(name.given) for name in names]
        first = [one.split(" ")[0] for one in given]
        family = [fold(name.family).replace(" ", "") for name in names]
        return cls(
            names, given, first, family,
            [initials(name) for name in names],
            np.array([is_full(name) for name in names], dtype=bool),
            np.log1p(np.array([FAMILIES.get(one, 0.0) for one in family])).astype(np.float32),
            np.array([_given_common(one) for one in first], dtype=np.float32),
        )  # fmt: skip

    def some(self, places: Places) -> "Read":
        """Some of the names."""
        names = [self.names[place] for place in places.tolist()]
        given, first, family, letters = (
            [one[place] for place in places.tolist()] for one in (self.given, self.first, self.family, self.letters)
        )
        common = self.family_common[places], self.given_common[places]
        return Read(names, given, first, family, letters, self.full[places], *common)

    def table(self, one: Places, other: Places) -> Floats:
        """The name part of the features of pairs of places in ``names``."""
        left, right = one.tolist(), other.tolist()
        pairs = list(zip(left, right, strict=True))
        given, first, family, letters = self.given, self.first, self.family, self.letters
        similar = JaroWinkler.similarity
        table = np.zeros((len(pairs), 9), dtype=np.float32)
        table[:, 0] = [relation(self.names[a].given, self.names[b].given) for a, b in pairs]
        table[:, 1] = cpdist([first[a] for a in left], [first[b] for b in right], scorer=similar, dtype=np.float32)
        table[:, 2] = cpdist([family[a] for a in left], [family[b] for b in right], scorer=similar, dtype=np.float32)
        table[:, 3] = [given[a] == given[b] and family[a] == family[b] for a, b in pairs]
        table[:, 4] = [_prefix(letters[a], letters[b]) for a, b in pairs]
        table[:, 5] = [abs(len(letters[a]) - len(letters[b])) for a, b in pairs]
        table[:, 6] = self.full[one].astype(np.float32) + self.full[other]
        table[:, 7] = np.maximum(self.family_common[one], self.family_common[other])
        table[:, 8] = np.maximum(self.given_common[one], self.given_common[other])
        return table


@dataclass(slots=True)
class Sides:
    """Mentions or known persons, ready to be compared pair by pair."""

    read: Read
    name_of: list[tuple[int, ...]]
    """For each side the places of its names in ``read``."""
    places: Weighed
    mates: Weighed
    words: Weighed
    venues: Weighed
    first_year: Floats
    last_year: Floats
    seen: Floats

    def __len__(self) -> int:
        return len(self.name_of)

    @property
    def names(self) -> Sequence[PersonName]:
        """All names of both sides."""
        return self.read.names

    def some(self, places: Places) -> tuple["Sides", Places]:
        """Some of the sides, and the places that their names have in ``read`` here."""
        several = [self.name_of[place] for place in places.tolist()]
        names = np.unique(np.fromiter(chain.from_iterable(several), np.int64))
        number = {name: place for place, name in enumerate(names.tolist())}
        return Sides(
            self.read.some(names),
            [tuple(map(number.__getitem__, one)) for one in several],
            self.places.some(places), self.mates.some(places), self.words.some(places), self.venues.some(places),
            self.first_year[places], self.last_year[places], self.seen[places],
        ), names  # fmt: skip

    def pooled(self, home: Places) -> "Sides":
        """Sides put together: home is the new side of each. A new side goes by its fullest name."""
        total = int(home.max()) + 1 if len(home) else 0
        members = sparse.csr_matrix(
            (np.ones(len(home), np.float32), (home, np.arange(len(home)))), shape=(total, len(home))
        )
        name = np.array([several[0] for several in self.name_of], dtype=np.int64)
        length = np.fromiter(map(len, self.read.given), np.int64, len(self.read.given))
        order = np.lexsort((-np.arange(len(home)), self.seen, length[name], self.read.full[name]))
        fullest = np.zeros(total, dtype=np.int64)
        fullest[home[order]] = order  # the last one stays
        first, last, seen = np.full(total, np.inf), np.full(total, -np.inf), np.zeros(total, np.float32)
        np.fmin.at(first, home, self.first_year)
        np.fmax.at(last, home, self.last_year)
        np.add.at(seen, home, self.seen)
        return Sides(
            self.read,
            [self.name_of[side] for side in fullest.tolist()],
            self.places.pooled(members),
            self.mates.pooled(members),
            self.words.pooled(members),
            self.venues.pooled(members),
            np.where(np.isfinite(first), first, np.nan).astype(np.float32),
            np.where(np.isfinite(last), last, np.nan).astype(np.float32),
            seen,
        )


@dataclass(frozen=True, slots=True)
class Rarities:
    """How rare places, co-authors, words of titles and venues were among all sides that were once compared."""

    places: Lexicon
    mates: Lexicon
    words: Lexicon
    venues: Lexicon

    @classmethod
    def of(cls, sides: Sides) -> "Rarities":
        """As these sides have them, which were weighed by what they themselves say."""
        fields = (sides.places, sides.mates, sides.words, sides.venues)
        return cls(*map(Lexicon.of_all, fields))


def _remembered(make: Callable[[T], frozenset[str]]) -> Callable[[T], frozenset[str]]:
    """The same, made once for each: all authors of a work have its title."""
    held: dict[T, frozenset[str]] = {}

    def of(one: T) -> frozenset[str]:
        found = held.get(one)
        if found is None:
            found = held[one] = make(one)
        return found

    return of


def topic_words(titles: Iterable[str]) -> frozenset[str]:
    """The words of titles."""
    return frozenset(word for title in titles for word in _WORD.findall(fold(title)) if len(word) > 2)


def sides_of(
    mentions: Sequence[Mention],
    coauthors: Sequence[frozenset[str]],
    seen: Sequence[int],
    people: Sequence[KnownPerson] = (),
    known: Rarities | None = None,
) -> Sides:
    """Mentions first, known persons behind them. coauthors, seen: of each mention, its co-authors and how often.

    known: rarities of an earlier look at all, for a look at few, of whom nobody can say what is common.
    """
    number: dict[PersonName, int] = {}
    name_of: list[tuple[int, ...]] = [(number.setdefault(m.name, len(number)),) for m in mentions]
    name_of += [tuple(number.setdefault(name, len(number)) for name in p.names) for p in people]
    place: Callable[[str], frozenset[str]] = _remembered(lambda text: frozenset(_PLACE_WORD.findall(fold(text))))
    places: Callable[[_Where], frozenset[str]] = _remembered(  # as written, and the institutions they were resolved to
        lambda where: frozenset().union(*map(place, where[0]), (f"#{number}" for number in where[1]))
    )
    words: Callable[[str], frozenset[str]] = _remembered(lambda title: topic_words([title]))
    venues: Callable[[tuple[str, ...]], frozenset[str]] = _remembered(lambda several: frozenset(map(fold, several)))
    years = [(m.year, m.year) if m.year else (None, None) for m in mentions] + [p.years or (None, None) for p in people]
    said = {
        "places": [places(((m.affiliation,), m.institutions)) for m in mentions]
        + [places((p.affiliations, p.institutions)) for p in people],
        "mates": [*coauthors, *(p.coauthors for p in people)],
        "words": [words(m.title) for m in mentions] + [frozenset().union(*map(words, p.titles)) for p in people],
        "venues": [venues((m.venue,) if m.venue else ()) for m in mentions] + [venues(p.venues) for p in people],
    }
    weighed = {
        name: getattr(known, name).weighed(sets) if known else weigh(sets, cap=COMMON.get(name, 1.0))
        for name, sets in said.items()
    }
    return Sides(
        Read.of(list(number)),
        name_of,
        weighed["places"],
        weighed["mates"],
        weighed["words"],
        weighed["venues"],
        np.array([np.nan if a is None else a for a, _ in years], dtype=np.float32),
        np.array([np.nan if b is None else b for _, b in years], dtype=np.float32),
        np.array([*seen, *([1] * len(people))], dtype=np.float32),
    )  # fmt: skip


@lru_cache(maxsize=1 << 17)
def _given_common(first: str) -> int:
    """How many people a folded first name may stand for: an initial most, then one syllable of pinyin, then John."""
    if len(first) < 2:
        return 3
    if _SYLLABLE.fullmatch(first):
        return 2
    return int(first in _COMMON_GIVENS)


def families_agree(one: PersonName, other: PersonName) -> bool:
    """Whether two names share a family name, a part of a double one, or are each other's in swapped order."""
    return bool(_families(one) & _families(other)) or _swapped(one, other)


def _swapped(one: PersonName, other: PersonName) -> bool:
    """Whether the second has the first one's family name as given name, and the other way round."""
    family, given = fold(one.family), fold(one.given)
    return family != given and (given, family) == (fold(other.family), fold(other.given))


def same_person_possible(one: PersonName, other: PersonName) -> bool:
    """Whether two names can be one person's: families agree, and nothing contradicts in the given names."""
    if one.is_collaboration or other.is_collaboration or not families_agree(one, other):
        return False
    return relation(one.given, other.given) != CONFLICT or _swapped(one, other)


@lru_cache(maxsize=1 << 17)
def _families(name: PersonName) -> frozenset[str]:
    return frozenset(key.split(" ")[0] for key in name_keys(PersonName("", name.family)))


def _prefix(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def rivals(sides: Sides, blocks: Mapping[str, Sequence[int]]) -> NDArray[np.float32]:
    """For each name: how many different first names, contradicting each other, it can stand for within its blocks."""
    found = np.ones(len(sides.names), dtype=np.float32)
    for members in blocks.values():
        numbers = {name for member in members for name in sides.name_of[member]}
        firsts = sorted({first for one in numbers if len(first := sides.read.first[one]) > 1})[:MOST_GIVENS]
        if len(firsts) < 2:
            continue
        by_given: dict[str, list[int]] = defaultdict(list)
        for number in sorted(numbers):
            by_given[sides.names[number].given].append(number)
        for given, several in by_given.items():
            fits = [one for one in firsts if relation(given, one) != CONFLICT]
            apart: list[str] = []
            for one in fits:
                if all(relation(one, other) == CONFLICT for other in apart):
                    apart.append(one)
            for number in several:
                found[number] = max(found[number], len(apart))
    return found


def pair_rows(sides: Sides, one: Places, other: Places, rival: NDArray[np.float32]) -> Floats:
    """The features of pairs of sides, shape (pairs, len(FEATURES))."""
    result = np.empty((len(one), len(FEATURES)), dtype=np.float32)
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        result[part] = _rows(sides, one[part], other[part], rival)
    return result


def best_names(sides: Sides, one: Places, other: Places) -> NDArray[np.int64]:
    """Of each pair of sides the two names that agree best (a known person has several)."""
    name_of, names = sides.name_of, sides.names
    first = np.fromiter((several[0] for several in name_of), np.int64, len(name_of))
    several = np.fromiter(map(len, name_of), np.int64, len(name_of)) > 1
    chosen = np.column_stack([first[one], first[other]])
    remembered: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, int]] = {}
    for row in np.flatnonzero(several[one] | several[other]).tolist():
        key = (name_of[one[row]], name_of[other[row]])
        found = remembered.get(key)
        if found is None:
            found = remembered[key] = max(
                ((x, y) for x in key[0] for y in key[1]),
                key=lambda p: (
                    names[p[0]] == names[p[1]],
                    fold(names[p[0]].family) == fold(names[p[1]].family),
                    relation(names[p[0]].given, names[p[1]].given),
                    len(names[p[1]].given),
                ),
            )
        chosen[row] = found
    return chosen


def _rows(sides: Sides, one: Places, other: Places, rival: NDArray[np.float32]) -> Floats:
    names = best_names(sides, one, other)
    distinct, which = np.unique(names[:, 0] * len(sides.names) + names[:, 1], return_inverse=True)
    table = sides.read.table(*np.divmod(distinct, len(sides.names)))[which]
    mine, theirs = rival[names[:, 0]], rival[names[:, 1]]
    columns = [
        *table.T,
        np.maximum(mine, theirs),
        np.minimum(mine, theirs),
        *_overlap(sides.places, one, other, union=True),
        *_overlap(sides.mates, one, other, union=False),
    ]
    shared, _ = sides.words.together(one, other)
    least = np.minimum(sides.words.mass[one], sides.words.mass[other])
    columns += [np.where(least > 0, shared, np.nan), _share(shared, least), (least > 0).astype(np.float32)]
    least = np.minimum(sides.venues.mass[one], sides.venues.mass[other])
    columns += [np.where(least > 0, sides.venues.together(one, other)[0], np.nan)]
    gap = np.maximum(
        np.maximum(sides.first_year[one] - sides.last_year[other], sides.first_year[other] - sides.last_year[one]), 0
    )
    columns += [gap, np.minimum(sides.seen[one], sides.seen[other]), np.maximum(sides.seen[one], sides.seen[other])]
    return np.column_stack(columns).astype(np.float32)


def _overlap(weighed: Weighed, one: Places, other: Places, *, union: bool) -> list[Floats]:
    """Weight shared, share of the smaller side (and of both together), the rarest shared, how many sides have any."""
    shared, best = weighed.together(one, other)
    mine, theirs = weighed.mass[one], weighed.mass[other]
    known = ((mine > 0).astype(np.float32) + (theirs > 0)).astype(np.float32)
    missing = known < 2
    shared, best = np.where(missing, np.nan, shared), np.where(missing, np.nan, best)
    share = _share(shared, np.minimum(mine, theirs))
    both = [_share(shared, mine + theirs - shared)] if union else []
    return [shared, share, *both, best, known]


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def all_pairs(blocks: Iterable[Sequence[int]], total: int) -> tuple[Places, Places]:
    """All pairs of members of a block, each once, in order."""
    found = [np.zeros(0, dtype=np.int64)]
    by_size: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for members in blocks:
        places = tuple(sorted(set(members)))
        if len(places) > 1:
            by_size[len(places)].add(places)
    for size, several in by_size.items():
        table = np.array(list(several), dtype=np.int64)
        one, other = np.triu_indices(size, 1)
        found.append((table[:, one] * total + table[:, other]).ravel())
    codes = np.unique(np.concatenate(found))
    return codes // total, codes % total
