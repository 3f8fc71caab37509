"""The names of all institutions as arrays: words, stems and their rarity, who bears a name, where the bearers are."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne
from scipy.sparse import csr_matrix

from puma.countries import country_code, country_name
from puma.matching.institutions.words import KINDS, STATES, UNITS, acronym_key, stem, words

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LABEL, ALIAS, ACRONYM, MADE = 0, 1, 2, 3
_KIND = {"label": LABEL, "alias": ALIAS, "acronym": ACRONYM, "made": MADE}
PERSONAL = 200  # names that have a word, at most, for it to be that of a person
COMMON = 0.02  # a stem in a larger share of the names finds nobody by itself
NO_WORD = -1
FULL = 200_000  # names of all of ROR
LONG = 7  # letters of a word that may be written as two
SHORTEST = 6  # letters of a word that is looked up with slips of the pen
MOST_SPELLINGS = 200_000  # looked up ones that are remembered
SECTORS = ("education", "government", "company", "healthcare", "facility", "nonprofit", "archive", "other")


_BRACKET = re.compile(r"\s*\(([^()]+)\)$")


def _without_country(name: str) -> str:
    """ "IBM (United States)" is called IBM."""
    last = _BRACKET.search(name)
    return name[: last.start()] if last and last.start() and country_code(last[1]) else name


class NameRow(NamedTuple):
    """One name of one institution; ``kind`` is label, alias or acronym.

    ``closed_on`` and ``successor_id`` say that the institution is no more, since when, and who followed it.
    One that has a successor but no day was taken back by the registry: its names are the successor's.
    """

    institution_id: int
    name: str
    kind: str = "label"
    country: str | None = None
    city: str | None = None
    parent_id: int | None = None
    sector: str | None = None
    closed_on: date | None = None
    successor_id: int | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether the registry took it back in favour of another one."""
        return self.closed_on is None and self.successor_id not in (None, self.institution_id)


@cache
def _former() -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / "former_names.toml").read_text(encoding="utf-8"))


def former_names(rors: Mapping[str, int]) -> Iterator[NameRow]:
    """Names of the time before mergers that the registry lacks; ``rors``: bare ROR ids to institution ids."""
    for ror, names in _former().items():
        if ror in rors:
            yield from (NameRow(rors[ror], name, "alias") for name in names)


def _of_successors(rows: list[NameRow]) -> list[NameRow]:
    """The names of withdrawn institutions as names of those that followed them."""
    kept = {row.institution_id: row for row in reversed(rows) if not row.withdrawn}
    found = []
    for row in rows:
        if not row.withdrawn:
            found.append(row)
        elif row.successor_id in kept:
            kind = "acronym" if row.kind == "acronym" else "alias"
            found.append(kept[row.successor_id]._replace(name=row.name, kind=kind))
    return found


def _spoken(rows: list[NameRow]) -> list[tuple[str, ...]]:
    return [words(_without_country(row.name.strip())) if row.kind != "acronym" else () for row in rows]


def _shortened(rows: list[NameRow], spoken: list[tuple[str, ...]], shares: Mapping[str, float]) -> list[NameRow]:
    """Names that people make of the registry's, where nobody else has them: "Palacký University" for the one in
    Olomouc, "University of Mainz" for the Johannes Gutenberg University Mainz, "Universität Heidelberg".
    """
    seen = Counter(one for part in spoken for one in {stem(word) for word in part})
    seen |= Counter({one: round(share * FULL) for one, share in shares.items()})
    taken = set(spoken)
    sets = {(row.country, frozenset(part)) for row, part in zip(rows, spoken, strict=True)}
    lands = {code: words(country_name(code)) for code in {row.country for row in rows} if code}
    found: dict[tuple[str | None, tuple[str, ...]], list[NameRow]] = defaultdict(list)
    for row, part in zip(rows, spoken, strict=True):
        if row.kind == "acronym" or len(part) < 2:
            continue
        town = words(row.city or "")
        places = {*town, *lands.get(row.country or "", ())}
        made = []
        rest = tuple(word for word in part if word not in places)
        if 1 < len(rest) < len(part) and any(seen[stem(word)] < 2 * PERSONAL for word in rest):
            made.append(rest)
        if len(part) == 2 and "university" in part:
            made.append(part[::-1])
        short = {"university", *town}
        persons = (seen[stem(word)] < PERSONAL and word.isalpha() for word in part if word not in short)
        if town and short < set(part) and (row.country, frozenset(short)) not in sets and all(persons):
            made += [("university", *town), (*town, "university")]
        for name in made:
            if name not in taken:
                found[row.country, name].append(row._replace(name=" ".join(name), kind="made"))
    return [some[0] for some in found.values() if len({row.institution_id for row in some}) == 1]


class Ragged(NamedTuple):
    """Lists of different length in one array: list ``i`` is ``values[start[i]:start[i + 1]]``."""

    start: Ints
    values: Ints

    def sizes(self) -> Ints:
        return np.diff(self.start)

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """All values of the lists ``rows``, and for each the position in ``rows`` that it belongs to."""
        sizes = self.start[rows + 1] - self.start[rows]
        owner = np.repeat(np.arange(len(rows)), sizes)
        inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.values[self.start[rows][owner] + inside], owner


def _town_countries(cities: list[tuple[str, ...]], countries: list[int]) -> dict[tuple[str, ...], int]:
    """The country of each town that has at least three institutions, nine of ten of them in one country."""
    seen: dict[tuple[str, ...], Counter[int]] = defaultdict(Counter)
    for city, country in zip(cities, countries, strict=True):
        if city and country >= 0:
            seen[city][country] += 1
    found = {}
    for city, counts in seen.items():
        (country, most), *_ = counts.most_common(1)
        if most >= 3 and most >= 0.9 * counts.total():
            found[city] = country
    return found


def ragged(lists: list[list[int]]) -> Ragged:
    """The lists in one array."""
    start = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in lists], out=start[1:])
    return Ragged(start, np.fromiter((value for one in lists for value in one), dtype=np.int64, count=int(start[-1])))


class Names:
    """All different names and all institutions, numbered from 0, with what retrieval and features need to know."""

    def __init__(self, rows: Iterable[NameRow], shares: Mapping[str, float] | None = None) -> None:
        """``shares``: of the names of all of ROR, how many have each common stem; without them the rows say it."""
        kept = _of_successors(list(rows))
        self._shares = shares or {}
        self.ids = sorted({row.institution_id for row in kept})
        self.number = {one: place for place, one in enumerate(self.ids)}
        self.word: dict[str, int] = {}
        self.text: list[str] = []
        spoken = _spoken(kept)
        made = _shortened(kept, spoken, self._shares)
        kept, spoken = kept + made, spoken + _spoken(made)
        self.joined = {word for part in spoken for word in part if len(word) >= LONG and word.isalpha()}
        """Long words: neighbours that together are one of them are written as one ("post graduate")."""
        bearers = self._gather(kept, spoken)
        self._places(kept)
        self._worths()
        self.bearers = ragged([[one for one, _ in some] for some in bearers])
        self.kind = np.array([kind for some in bearers for _, kind in some], dtype=np.int64)
        self.acronym = np.array([text.startswith("=") for text in self.text], dtype=bool)
        self.letters = np.array([len(text) - 1 for text in self.text] or [0], dtype=np.int64)
        self._trie()
        lands = {
            code: {self.word[w] for w in words(country_name(code)) if w in self.word} for code in self.country_code
        }
        cities = [
            {*one, *(lands[self.country_code[at]] if at >= 0 else ())}
            for one, at in zip(self.city_words, self.country.tolist(), strict=True)
        ]
        mass = [
            sum(float(self.worth[self.stem_of_word[word]]) for word in cities[one].intersection(self.parts[name]))
            for name, some in enumerate(bearers)
            for one, _ in some
        ]
        self.city_mass = np.array(mass, dtype=np.float64)
        """Of each bearer of each name: what the words of its town and country are worth in the name."""
        towns = {word for one in self.city_words for word in one} | set().union(*lands.values())
        towns |= {self.word[word] for state in STATES for word in state.split() if word in self.word}
        self.only_place = np.array([towns.issuperset(part) for part in self.parts] or [False])
        """Names of nothing but words of towns, states and countries."""
        del self.parts, self.city_words

    def joint(self, part: tuple[str, ...]) -> tuple[str, ...]:
        """The words with neighbours joined that names write as one word."""
        joined = self.joined
        for one, other in pairwise(part):
            if len(one) + len(other) >= LONG and one + other in joined:
                break
        else:
            return part
        whole = list(part)
        at = 0
        while at + 1 < len(whole):
            if len(whole[at]) + len(whole[at + 1]) >= LONG and whole[at] + whole[at + 1] in joined:
                whole[at : at + 2] = [whole[at] + whole[at + 1]]
            at += 1
        return tuple(whole)

    def _gather(self, rows: list[NameRow], spoken: list[tuple[str, ...]]) -> list[list[tuple[int, int]]]:
        number: dict[str, int] = {}
        bearers: list[dict[int, int]] = []
        self.parts: list[list[int]] = []
        for row, said in zip(rows, spoken, strict=True):
            kind = _KIND.get(row.kind, ALIAS)
            name = row.name.strip()
            keys = []
            if found := self.joint(said):
                keys.append((" ".join(found), kind if _without_country(name) is name else ALIAS))
            if kind == ACRONYM or (kind == ALIAS and name.isupper() and name.isalpha() and len(name) < 7):
                short = acronym_key(name)
                keys = [(f"={short}", ACRONYM)] if len(short) > 2 and not country_code(short) else []
            for key, how in keys:
                if key not in number:
                    number[key] = len(self.text)
                    self.text.append(key)
                    bearers.append({})
                    pieces = [key] if how == ACRONYM else key.split(" ")
                    self.parts.append([self.word.setdefault(word, len(self.word)) for word in pieces])
                who = self.number[row.institution_id]
                bearers[number[key]][who] = min(how, bearers[number[key]].get(who, how))
        return [sorted(one.items()) for one in bearers]

    def _places(self, rows: list[NameRow]) -> None:
        count = len(self.ids)
        first: dict[int, NameRow] = {}
        names: Counter[int] = Counter()
        for row in rows:
            first.setdefault(row.institution_id, row)
            names[row.institution_id] += 1
        ordered = [first[one] for one in self.ids]
        self.countries = {code: place for place, code in enumerate(sorted({r.country for r in ordered if r.country}))}
        self.country_code = list(self.countries)
        self.country = np.array([self.countries.get(row.country or "", -1) for row in ordered], dtype=np.int64)
        cities = [self.joint(words(row.city or "")) for row in ordered]
        self.city_words = [[self.word.setdefault(w, len(self.word)) for w in dict.fromkeys(city)] for city in cities]
        self.town_country = _town_countries(cities, self.country.tolist())
        self.city = ragged(self.city_words)
        self.parent = self._numbers([row.parent_id for row in ordered])
        self.successor = self._numbers([row.successor_id for row in ordered])
        self.closed_on = [row.closed_on for row in ordered]
        self.closed = np.array([r.closed_on is not None or r.successor_id is not None for r in ordered], dtype=bool)
        sectors = {sector: place for place, sector in enumerate(SECTORS)}
        self.sector = np.array([sectors.get(row.sector or "", -1) for row in ordered], dtype=np.int64)
        self.fame = np.log1p(np.array([names[one] for one in self.ids], dtype=np.float64))
        self.children = np.bincount(self.parent[self.parent >= 0], minlength=max(count, 1)).astype(np.float64)

    def _numbers(self, ids: list[int | None]) -> Ints:
        return np.array([-1 if one is None else self.number.get(one, -1) for one in ids] or [-1], dtype=np.int64)

    def _worths(self) -> None:
        """What each stem is worth: the rarer among the names, the more."""
        self.stem: dict[str, int] = {}
        vocabulary = list(self.word)
        self.stem_of_word = np.array(
            [self.stem.setdefault(w if w[0] == "=" else stem(w), len(self.stem)) for w in vocabulary], dtype=np.int64
        )
        self.name_words = ragged([list(dict.fromkeys(part)) for part in self.parts])
        self.name_stems = ragged([sorted({int(self.stem_of_word[w]) for w in part}) for part in self.parts])
        count = max(len(self.text), 1)
        stems, owner = self.name_stems.values, np.repeat(np.arange(len(self.text)), self.name_stems.sizes())
        # a small registry is read as a part of a full one: its words are as rare as they are there
        full = max(count, FULL) if self._shares else count
        seen = np.bincount(stems, minlength=max(len(self.stem), 1)).astype(np.float64)
        elsewhere = np.zeros(len(seen))
        elsewhere[: len(self.stem)] = [self._shares.get(one, 0.0) * full for one in self.stem]
        seen = np.maximum(seen, elsewhere)
        self.worth = np.log((full + 1) / (seen + 1)) + 0.1
        self.unknown = float(np.log(full + 1))
        """Worth of a word in no name."""
        self.rare = seen <= max(COMMON * full, 50)
        self.mass = np.bincount(owner, self.worth[stems], minlength=count)
        self.rarest = np.zeros(count)
        np.maximum.at(self.rarest, owner, self.worth[stems])
        self.size = np.array([len(part) for part in self.parts] or [0], dtype=np.int64)
        kept = self.rare[stems]
        self.rare_mass = np.maximum(np.bincount(owner, self.worth[stems] * kept, minlength=count), 0.1)
        plain = np.array([not text.startswith("=") for text in self.text] or [False])
        kept &= plain[owner] if len(owner) else kept
        self.by_stem = csr_matrix(
            (self.worth[stems[kept]].astype(np.float32), (stems[kept], owner[kept])),
            shape=(max(len(self.stem), 1), count),
        )
        self.kind_stem = np.zeros(max(len(self.stem), 1), dtype=bool)
        for text, place in self.stem.items():
            self.kind_stem[place] = text in KINDS
        self.unit_first = np.array([text.split(" ")[0] in UNITS for text in self.text] or [False])

    def shares(self) -> dict[str, float]:
        """The share of the names that have each stem which at least one in 5,000 has; for a judge to keep."""
        count = max(len(self.text), 1)
        seen = np.bincount(self.name_stems.values, minlength=len(self.stem))
        return {one: round(float(n) / count, 6) for one, n in zip(self.stem, seen, strict=True) if n >= count / 5000}

    def _trie(self) -> None:
        """Names word by word: ``node * words + word`` leads to the next node; ``ends`` says which name ends there."""
        self.step: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        size = max(len(self.word), 1)
        for name, part in enumerate(self.parts):
            node = 0
            for word in part:
                node = self.step.setdefault(node * size + word, len(self.step) + 1)
            self.ends[node] = name
        self.width = size
        self._spellings: dict[tuple[str, int], list[str]] = defaultdict(list)
        for spelling in self.word:
            if len(spelling) >= SHORTEST and spelling.isalpha():
                self._spellings[spelling[:2], len(spelling)].append(spelling)
        self._known: dict[str, int] = {}

    def spelled(self, word: str) -> int:
        """The number of a word; of one that no name has, of the only word that differs by a slip of the pen; or -1."""
        if (found := self.word.get(word)) is not None:
            return found
        if len(word) < SHORTEST or not word.isalpha():
            return NO_WORD
        if (found := self._known.get(word)) is None:
            slips = 1 if len(word) < 9 else 2
            near = [
                one for size in range(len(word) - 1, len(word) + 2) for one in self._spellings.get((word[:2], size), ())
            ]
            best = extractOne(word, near, scorer=OSA.distance, score_cutoff=slips)
            found = self.word[str(best[0])] if best else NO_WORD
            if len(self._known) < MOST_SPELLINGS:
                self._known[word] = found
        return found
