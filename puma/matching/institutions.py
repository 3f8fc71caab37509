"""Affiliations to institutions: stated ROR, whole names, rare words, with country and city agreeing; or nobody."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio
from scipy.sparse import csr_matrix

from puma.countries import country_at_end
from puma.matching.affiliation_words import UNITS, segments, stem, words

LONGEST = 12  # words of a name that are compared as one piece
NEAREST = 14  # names looked at per affiliation besides the exact ones
COMMON = 0.02  # a stem in a larger share of the names finds nobody by itself
MOST_BEARERS = 12  # an acronym of more institutions says nothing
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9&-]{1,11}\b")
BATCH = 2000  # affiliations scored together


class NameRow(NamedTuple):
    """One name of one institution; ``kind`` is label, alias or acronym."""

    institution_id: int
    name: str
    kind: str = "label"
    country: str | None = None
    city: str | None = None
    parent_id: int | None = None


class AffiliationText(NamedTuple):
    """An affiliation as written, and what its source said about it."""

    text: str
    stated_ror: str | None = None
    stated_country: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose affiliation it is. ``institution_id`` is None where nobody fits well enough or two fit equally well."""

    institution_id: int | None
    country: str | None
    probability: float
    reason: str


WEIGHTS: dict[str, float] = {
    "prior": -11.45,
    "whole name": 1.33,
    "whole part": -0.55,
    "share of the name in one part": 1.49,
    "share of the name anywhere": 5.28,
    "rarity of the words": 0.46,
    "share of the part": 1.36,
    "likeness of the letters": 2.29,
    "country agrees": 0.11,
    "country differs": -2.23,
    "city named": -0.3,
    "whole name and country": -0.35,
    "whole name and city": -0.25,
    "namesakes": -0.36,
    "namesakes without city": -0.87,
    "one word": -3.26,
    "own label": 0.75,
    "place among the parts": 0.14,
    "inside a department": -0.61,
    "city anywhere": 1.48,
    "acronym": 10.22,
    "acronym and city": 1.32,
    "ahead of the next": 0.29,
    "parent there too": 0.03,
    "child there too": 1.14,
}
"""Points per feature of an (affiliation, institution) pair: a choice among candidates and nobody (conditional logit).

Fitted on the train parts of S2AFF, Crossref, APS, user logs and the ROR set of 2019 (8,545 affiliations).
"""

LEAST = 0.5  # probability from which an institution is named at all
TIE = 0.06  # two unrelated institutions nearer than this to each other: nobody


class _Names:
    """All names, once each: who bears them, their stems, and what each stem is worth."""

    def __init__(self, rows: Iterable[NameRow]) -> None:
        self.bearers: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self.number: dict[str, int] = {}
        self.places: dict[int, tuple[str | None, str, int | None]] = {}
        self.acronyms: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            self.places.setdefault(row.institution_id, (row.country, " ".join(words(row.city or "")), row.parent_id))
            if row.kind == "acronym":
                self.acronyms[row.name.strip()].append(row.institution_id)
                continue
            if key := " ".join(words(row.name)):
                bearers = self.bearers[self.number.setdefault(key, len(self.number))]
                if all(row.institution_id != one for one, _ in bearers):
                    bearers.append((row.institution_id, row.kind))
        self.text = list(self.number)
        self.stems: dict[str, int] = {}
        rows_, columns = [], []
        for number, text in enumerate(self.text):
            for word in {stem(word) for word in text.split(" ")}:
                rows_.append(number)
                columns.append(self.stems.setdefault(word, len(self.stems)))
        count = max(len(self.text), 1)
        seen = np.bincount(np.array(columns, dtype=np.int64), minlength=max(len(self.stems), 1))
        self.worth: NDArray[np.float32] = np.log((count + 1) / (seen + 1)).astype(np.float32) + np.float32(0.1)
        self.rare = seen <= max(COMMON * count, 50)
        weights = self.worth[np.array(columns, dtype=np.int64)] if columns else np.zeros(0, dtype=np.float32)
        shape = (len(self.text), max(len(self.stems), 1))
        mass = csr_matrix((weights, (rows_, columns)), shape=shape, dtype=np.float32)
        self.mass = np.asarray(mass.sum(axis=1)).ravel() if self.text else np.zeros(0, dtype=np.float32)
        kept = csr_matrix((weights * self.rare[columns] if columns else weights, (rows_, columns)), shape=shape)
        kept.eliminate_zeros()
        self.by_stem = kept.T.tocsr()

    def worth_of(self, word: str) -> float:
        number = self.stems.get(stem(word))
        return float(self.worth[number]) if number is not None else float(np.log(len(self.text) + 1))


class InstitutionIndex:
    """Names of all institutions, ready to be looked for in affiliations.

    names: one row per name. rors: bare ROR ids to institution ids.
    """

    def __init__(self, names: Iterable[NameRow], rors: Mapping[str, int] | None = None) -> None:
        self._names = _Names(names)
        self._rors = dict(rors or {})
        children: dict[int, set[int]] = defaultdict(set)
        for number, (_, _, parent) in self._names.places.items():
            if parent is not None:
                children[parent].add(number)
        self._children = dict(children)

    def resolve(self, texts: Sequence[AffiliationText]) -> list[Resolution]:
        """The institution of each affiliation, in order; equal affiliations are looked at once."""
        different = list(dict.fromkeys(texts))
        found: dict[AffiliationText, Resolution] = {}
        for start in range(0, len(different), BATCH):
            some = different[start : start + BATCH]
            found.update(zip(some, self._resolve(some), strict=True))
        return [found[one] for one in texts]

    def ranked(self, texts: Sequence[AffiliationText]) -> list[list[tuple[int, float]]]:
        """For each affiliation (institution, probability), best first: what ``resolve`` decides from."""
        countries = [one.stated_country or country_at_end(one.text) for one in texts]
        pairs, features = self.features(texts, countries)
        ranked: list[list[tuple[int, float]]] = [[] for _ in texts]
        if pairs:
            weights = np.array([WEIGHTS[name] for name in FEATURES])
            odds = np.exp(np.clip(features @ weights + WEIGHTS["prior"], -30, 30))
            where = np.array([place for place, _ in pairs])
            chance = odds / (
                1 + np.bincount(where, odds, minlength=len(texts))[where]
            )  # nobody is an option, of odds 1
            for (place, number), p in zip(pairs, chance.tolist(), strict=True):
                ranked[place].append((number, p))
        for one in ranked:
            one.sort(key=lambda pair: (-pair[1], pair[0]))
        return ranked

    def _resolve(self, texts: Sequence[AffiliationText]) -> list[Resolution]:
        answers = []
        for one, ranked in zip(texts, self.ranked(texts), strict=True):
            said = one.stated_country or country_at_end(one.text)
            if one.stated_ror and (number := self._rors.get(one.stated_ror)) is not None:
                country = self._names.places.get(number, (None, "", None))[0]
                answers.append(Resolution(number, country or said, 0.99, "the source states the ROR id"))
            else:
                answers.append(self._decide(ranked, said))
        return answers

    def _decide(self, ranked: Sequence[tuple[int, float]], said: str | None) -> Resolution:
        if not ranked or ranked[0][1] < LEAST:
            return Resolution(None, said, ranked[0][1] if ranked else 0.0, "no institution fits well enough")
        number, probability = ranked[0]
        rivals = [other for other, p in ranked[1:4] if probability - p < TIE and not self._related(number, other)]
        if rivals:
            return Resolution(None, said, probability, "several institutions fit equally well")
        country = self._names.places[number][0]
        return Resolution(number, country or said, probability, "name, country and city fit")

    def _related(self, one: int, other: int) -> bool:
        return other in self._children.get(one, ()) or one in self._children.get(other, ())

    def features(
        self, texts: Sequence[AffiliationText], countries: Sequence[str | None]
    ) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
        """Pairs (place in texts, institution) worth a look, and one row of FEATURES for each."""
        split = [segments(one.text) for one in texts]
        near = self._near(split)
        pairs: list[tuple[int, int]] = []
        rows: list[list[float]] = []
        for place, (one, parts, country) in enumerate(zip(texts, split, countries, strict=True)):
            for number, row in self._look(one.text, parts, country, near[place]).items():
                pairs.append((place, number))
                rows.append(row)
        return pairs, np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES))

    def _near(self, split: Sequence[Sequence[tuple[str, ...]]]) -> list[list[int]]:
        """The names that share most rare stems with each affiliation."""
        names, rows, columns = self._names, [], []
        for place, parts in enumerate(split):
            for number in {names.stems[s] for part in parts for word in part if (s := stem(word)) in names.stems}:
                if names.rare[number]:
                    rows.append(place)
                    columns.append(number)
        shape = (len(split), names.by_stem.shape[0])
        shared = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape) @ names.by_stem
        found = []
        for place in range(len(split)):
            start, end = shared.indptr[place], shared.indptr[place + 1]
            who, held = shared.indices[start:end], shared.data[start:end]
            if len(who) > NEAREST:
                value = held * held / names.mass[who]
                best = np.lexsort((who, -value))[:NEAREST] if len(who) < 200 else _best(value, who)
                who = who[best]
            found.append([int(one) for one in who])
        return found

    def _look(
        self, text: str, parts: Sequence[tuple[str, ...]], country: str | None, near: Sequence[int]
    ) -> dict[int, list[float]]:
        names = self._names
        flat = [word for part in parts for word in part]
        if not flat:
            return {}
        joined = f" {' '.join(flat)} "
        part_stems = [{stem(word) for word in part} for part in parts]
        all_stems = set().union(*part_stems)
        whole_parts = {" ".join(part) for part in parts}
        spans = self._spans(flat)
        looked: dict[int, list[float]] = {}
        for number, row in self._acronyms(text, joined, country):
            looked[number] = row
        for name in dict.fromkeys([*spans, *near]):
            exact = name in spans
            name_text = names.text[name]
            stems = {stem(word) for word in name_text.split(" ")}
            worths = {s: float(names.worth[names.stems[s]]) for s in stems}
            mass = float(names.mass[name])
            held = [sum(worths[s] for s in stems & there) for there in part_stems]
            best = max(range(len(parts)), key=lambda i: held[i])
            share_part, share_all = held[best] / mass, sum(worths[s] for s in stems & all_stems) / mass
            if share_all < 0.45:
                continue
            part_mass = sum(names.worth_of(word) for word in parts[best])
            alike = ratio(name_text, " ".join(parts[best])) / 100
            bearers = names.bearers[name]
            for number, kind in bearers:
                there, city, _ = names.places[number]
                if not exact and stems & all_stems <= {stem(word) for word in city.split(" ")}:
                    continue  # only the town is shared
                rest = joined if not city or f" {city} " not in f" {name_text} " else joined.replace(name_text, " ", 1)
                agree = float(country is not None and there == country)
                conflict = float(country is not None and there is not None and there != country)
                city_in = float(bool(city) and f" {city} " in rest)
                row = [
                    float(exact),
                    float(exact and name_text in whole_parts),
                    share_part,
                    share_all,
                    log(1 + share_all * mass),
                    held[best] / max(part_mass, 0.1),
                    alike,
                    agree,
                    conflict,
                    city_in,
                    float(exact) * agree,
                    float(exact) * city_in,
                    log(len(bearers)),
                    log(len(bearers)) * (1 - city_in),
                    float(len(stems) == 1),
                    float(kind == "label"),
                    best / max(len(parts) - 1, 1),
                    float(parts[best][0] in UNITS and name_text.split(" ")[0] not in UNITS),
                    float(bool(city) and f" {city} " in joined),
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                ]
                if number not in looked or _rough(row) > _rough(looked[number]):
                    looked[number] = row
        self._among(looked)
        return looked

    def _acronyms(self, text: str, joined: str, country: str | None) -> Iterable[tuple[int, list[float]]]:
        """Institutions whose acronym stands in the text in capitals, where city or country agree."""
        for word in dict.fromkeys(_CAPITALS.findall(text)):
            bearers = self._names.acronyms.get(word, ())
            for number in bearers if len(bearers) <= MOST_BEARERS else ():
                there, city, _ = self._names.places[number]
                city_in = bool(city) and f" {city} " in joined
                agree = country is not None and there == country
                if city_in or agree:
                    row = [0.0] * len(FEATURES)
                    row[FEATURES.index("country agrees")] = float(agree)
                    row[FEATURES.index("city anywhere")] = float(city_in)
                    row[FEATURES.index("acronym")] = 1.0
                    row[FEATURES.index("acronym and city")] = float(city_in)
                    row[FEATURES.index("namesakes")] = log(len(bearers))
                    yield number, row

    def _spans(self, flat: Sequence[str]) -> dict[int, tuple[int, int]]:
        """Names that stand in the affiliation word for word and in no longer such name."""
        number = self._names.number
        found: list[tuple[int, int, int]] = []
        end_so_far = 0
        for start in range(len(flat)):
            for end in range(min(len(flat), start + LONGEST), max(start, end_so_far), -1):
                name = number.get(" ".join(flat[start:end]))
                if name is not None:
                    found.append((name, start, end))
                    end_so_far = end
                    break
        return {name: (start, end) for name, start, end in found}

    def _among(self, looked: dict[int, list[float]]) -> None:
        """Say of each candidate how far the best other one is, and whether its parent or child is there too."""
        rough = {number: _rough(row) for number, row in looked.items()}
        order = sorted(rough, key=lambda one: (-rough[one], one))
        for place, number in enumerate(order):
            row = looked[number]
            best = order[0] if place else (order[1] if len(order) > 1 else None)
            row[-3] = max(-3.0, min(3.0, rough[number] - rough[best])) if best is not None else 3.0
            parent = self._names.places[number][2]
            row[-2] = float(parent in looked)
            row[-1] = float(not looked.keys().isdisjoint(self._children.get(number, ())))


def _best(value: NDArray[np.float32], who: NDArray[np.int32]) -> NDArray[np.int64]:
    top = np.argpartition(-value, NEAREST)[:NEAREST]
    return top[np.lexsort((who[top], -value[top]))]


def _rough(row: Sequence[float]) -> float:
    """A first order among candidates: exactness, share, mass, country, city."""
    return 1.5 * row[0] + row[1] + 3 * row[3] + 0.8 * row[4] + row[7] - 2 * row[8] + row[9] + row[5] - 0.3 * row[13]


FEATURES = (
    "whole name",
    "whole part",
    "share of the name in one part",
    "share of the name anywhere",
    "rarity of the words",
    "share of the part",
    "likeness of the letters",
    "country agrees",
    "country differs",
    "city named",
    "whole name and country",
    "whole name and city",
    "namesakes",
    "namesakes without city",
    "one word",
    "own label",
    "place among the parts",
    "inside a department",
    "city anywhere",
    "acronym",
    "acronym and city",
    "ahead of the next",
    "parent there too",
    "child there too",
)
