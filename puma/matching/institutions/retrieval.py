"""Affiliations read into arrays, and the few institutions whose names may stand in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from puma.matching.institutions.names import ACRONYM, NO_WORD, Floats, Ints, Names
from puma.matching.institutions.words import KINDS, UNITS, capitals, country_named, country_of, segments, stem
from puma.matching.shared import each_once

NEAREST = 32  # names looked at per affiliation besides those that stand in it word for word
SHARE = 0.3  # of the rarity of a name's rare words must be in the affiliation
NEAR = 0.1  # of the value of the best of them, at least
MOST_BEARERS = 40  # a name of more institutions is looked up in the stated country only
MOST_ACRONYM_BEARERS = 20  # an acronym of more institutions of a country says nothing
MOST_SEGMENTS = 62  # what comes later counts as one segment: a segment is a bit of an integer
MOST_WORDS = 120  # of an affiliation; what is longer is a text, and its end is not read


class AffiliationText(NamedTuple):
    """An affiliation as written, what its source said about it, and the earliest day on which it was written."""

    text: str
    stated_ror: str | None = None
    stated_country: str | None = None
    day: date | None = None


@dataclass(slots=True)
class Reading:
    """A batch of affiliations as arrays; ``token_*`` have a value per word, ``stem_*`` per different stem of a text."""

    split: list[list[tuple[str, ...]]]
    country: Ints
    """Number of the country, -1 unknown, -2 one without institutions."""
    near_country: Ints
    """text by segment: the country that this or the next later segment names or whose town it names; -1 none."""
    stated: list[str | None]
    token_text: Ints
    token_word: Ints
    token_segment: Ints
    stem_key: Ints
    """text * stems + stem, sorted."""
    stem_first: Ints
    stem_last: Ints
    """Place of its first and last word in the text."""
    stem_segments: NDArray[np.int64]
    """Bits of the segments that the stem stands in."""
    word_key: Ints
    """text * words + word, sorted."""
    word_count: Ints
    segment_mass: NDArray[np.float64]
    """text by segment: what all its words are worth."""
    segment_unit: NDArray[np.bool_]
    segment_kinds: Ints
    """How many words of a segment say a kind of organisation."""
    capital: Ints
    """text * words + word of the capitals, sorted."""


def read(names: Names, texts: Sequence[AffiliationText]) -> Reading:
    """The words of each affiliation by number; what no name knows is -1 and counts as rarest."""
    split: list[list[tuple[str, ...]]] = []
    flat_text, flat_word, flat_stem, flat_segment, loud = [], [], [], [], []
    size, stems = max(len(names.word), 1), max(len(names.stem), 1)
    segment_count = 1
    unknown_stems: dict[str, int] = {}
    for place, one in enumerate(texts):
        parts = [names.joint(part) for part in segments(one.text)]
        split.append(parts)
        segment_count = max(segment_count, min(len(parts), MOST_SEGMENTS))
        seen = 0
        for at, part in enumerate(parts):
            for word in part:
                seen += 1
                if seen > MOST_WORDS:
                    break
                flat_text.append(place)
                known = names.spelled(word)
                flat_word.append(known)
                number = int(names.stem_of_word[known]) if known != NO_WORD else names.stem.get(stem(word))
                flat_stem.append(
                    number if number is not None else -1 - unknown_stems.setdefault(word, len(unknown_stems))
                )
                flat_segment.append(min(at, MOST_SEGMENTS - 1))
        for word in capitals(one.text):
            if (found := names.word.get(f"={word}")) is not None:
                loud.append(place * size + found)
    text, spelled = np.array(flat_text, dtype=np.int64), np.array(flat_word, dtype=np.int64)
    stem_no, segment = np.array(flat_stem, dtype=np.int64), np.array(flat_segment, dtype=np.int64)
    has = stem_no >= 0
    stem_key, inverse = np.unique(text[has] * stems + stem_no[has], return_inverse=True)
    bits = np.zeros(len(stem_key), dtype=np.int64)
    np.bitwise_or.at(bits, inverse, np.left_shift(1, segment[has]))
    position = np.arange(len(text)) - np.searchsorted(text, text)
    first, last = np.full(len(stem_key), 1 << 30), np.full(len(stem_key), -1)
    np.minimum.at(first, inverse, position[has])
    np.maximum.at(last, inverse, position[has])
    word_key, word_count = np.unique((text * size + spelled)[spelled >= 0], return_counts=True)
    # worth of each different stem of a segment, once
    cell = text * segment_count + segment
    offset = len(unknown_stems)
    once = each_once(cell * (stems + offset) + stem_no + offset)
    worth = np.concatenate([np.full(offset, names.unknown), names.worth[:stems]])
    for unknown, number in unknown_stems.items():
        if any(letter.isdigit() for letter in unknown):
            worth[offset - 1 - number] = names.unknown / 4  # a house number is no name
    shape = (len(texts), segment_count)
    cells, stem_at = np.divmod(once, stems + offset)
    mass = np.bincount(cells, worth[stem_at], minlength=shape[0] * shape[1]).astype(np.float64)
    kinds = np.zeros(shape, dtype=np.int64)
    unit = np.zeros(shape, dtype=bool)
    for place, parts in enumerate(split):
        for at, part in enumerate(parts[:segment_count]):
            unit[place, at] = part[0] in UNITS
            kinds[place, at] = sum(stem(word) in KINDS for word in part)
    near = np.full(shape, -1, dtype=np.int64)
    for place, parts in enumerate(split):
        here = -1
        for at in range(min(len(parts), segment_count) - 1, -1, -1):
            part = parts[at]
            if (code := country_named(part)) is not None and code in names.countries:
                here = names.countries[code]
            elif here == -1:
                here = names.town_country.get(part[:2], names.town_country.get(part[:1], -1))
            near[place, at] = here
    stated = [one.stated_country or country_of(one.text) for one in texts]
    country = [names.countries.get(code or "", -2 if code else -1) for code in stated]
    return Reading(
        split, np.array(country, dtype=np.int64), near, stated, text, spelled, segment, stem_key, first, last, bits,
        word_key, word_count, mass.reshape(shape), unit, kinds, np.array(sorted(loud), dtype=np.int64),
    )  # fmt: skip


def lookup(keys: Ints, wanted: Ints) -> Ints:
    """Where each wanted value stands in the sorted keys; -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


@dataclass(slots=True)
class Candidates:
    """(affiliation, name, institution) rows worth a look, sorted by affiliation."""

    text: Ints
    name: Ints
    institution: Ints
    kind: Ints
    exact: NDArray[np.bool_]
    """The name stands in the affiliation word for word."""
    inside: NDArray[np.bool_]
    """It does so only as a part of a longer name."""
    start: Ints
    """Place of its first word, -1 where it is not exact."""
    city_mass: Floats
    """What the words of the town are worth in the name."""


def candidates(names: Names, reading: Reading) -> Candidates:
    """Names that stand in the affiliation, names that share most of their rarity with it, acronyms."""
    spans = _spans(names, reading)
    count = max(len(names.text), 1)
    exact = spans[:, 0] * count + spans[:, 1]
    loud_text, loud_word = np.divmod(reading.capital, max(len(names.word), 1))
    acronyms = loud_text * count + np.array([names.ends[names.step[int(word)]] for word in loud_word], dtype=np.int64)
    near = _near(names, reading)
    keys = each_once(np.concatenate([exact, acronyms, near]))
    at = lookup(exact, keys)
    inside, start = np.zeros(len(keys), dtype=bool), np.full(len(keys), -1, dtype=np.int64)
    if len(spans):
        inside = np.where(at >= 0, spans[at, 3] == 1, False)
        start = np.where(at >= 0, spans[at, 2], -1)
    text, name = np.divmod(keys, count)
    entry, owner = _entries(names, name)
    text, name = text[owner], name[owner]
    who, kind = names.bearers.values[entry], names.kind[entry]
    many = (names.bearers.start[name + 1] - names.bearers.start[name]) > np.where(
        kind == ACRONYM, MOST_ACRONYM_BEARERS, MOST_BEARERS
    )
    keep = ~many | (names.country[who] == reading.country[text])
    return Candidates(
        text[keep], name[keep], who[keep], kind[keep], (at >= 0)[owner][keep], inside[owner][keep],
        start[owner][keep], names.city_mass[entry][keep],
    )  # fmt: skip


def _entries(names: Names, name: Ints) -> tuple[Ints, Ints]:
    sizes = names.bearers.start[name + 1] - names.bearers.start[name]
    owner = np.repeat(np.arange(len(name)), sizes)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return names.bearers.start[name][owner] + inside, owner


def _spans(names: Names, reading: Reading) -> Ints:
    """Rows (text, name, first word, whether only inside a longer one) sorted by text and name."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    bounds = np.searchsorted(reading.token_text, np.arange(len(reading.split) + 1)).tolist()
    tokens = reading.token_word.tolist()
    step, ends, width = names.step, names.ends, names.width
    for text in range(len(reading.split)):
        first, last = bounds[text], bounds[text + 1]
        reached = -1
        for start in range(first, last):
            node, at = 0, start
            here: list[tuple[int, int]] = []
            while at < last and (word := tokens[at]) >= 0 and (to := step.get(node * width + word)) is not None:
                node, at = to, at + 1
                if (name := ends.get(node)) is not None:
                    here.append((name, at))
            longest = here[-1][1] if here else -1
            for name, end in here:
                inside = int(end < longest or end <= reached)
                before = found.get((text, name))
                if before is None or inside < before[1]:
                    found[text, name] = (start - first, inside)
            reached = max(reached, longest)
    rows = [(text, name, start, inside) for (text, name), (start, inside) in sorted(found.items())]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def _near(names: Names, reading: Reading) -> Ints:
    """text * names + name of the names that share most of their rare stems, the best NEAREST of each text."""
    stems = max(len(names.stem), 1)
    text, number = np.divmod(reading.stem_key, stems)
    rare = names.rare[number]
    text, number = text[rare], number[rare]
    shape = (len(reading.split), stems)
    shared = csr_matrix((np.ones(len(text), dtype=np.float32), (text, number)), shape=shape) @ names.by_stem
    share = shared.data / names.rare_mass.astype(np.float32)[shared.indices]
    keep = np.flatnonzero(share > SHARE)
    rows = np.searchsorted(shared.indptr, keep, side="right") - 1
    name, share = shared.indices[keep].astype(np.int64), share[keep]
    first = names.bearers.values[names.bearers.start[name]]
    said = reading.country[rows]
    agree = np.where(names.country[first] == said, 1.5, np.where(said == -1, 1.0, 0.6)).astype(np.float32)
    value = shared.data[keep] * share * share * agree
    if len(rows):
        begin = np.flatnonzero(np.diff(rows, prepend=-1))
        most = np.repeat(np.maximum.reduceat(value, begin), np.diff(np.append(begin, len(rows))))
        near = value >= NEAR * most
        rows, name, value = rows[near], name[near], value[near]
    order = np.lexsort((name, -value, rows))
    rows, name = rows[order], name[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    best = rank < NEAREST
    found: Ints = rows[best] * max(len(names.text), 1) + name[best]
    return found
