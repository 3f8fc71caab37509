"""What speaks for and against each institution that an affiliation may mean: one row of numbers per pair."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio, token_sort_ratio
from rapidfuzz.process import cpdist

from puma.matching.institutions.names import ACRONYM, LABEL, MADE, Floats, Ints, Names
from puma.matching.institutions.retrieval import Candidates, Reading, candidates, lookup
from puma.matching.shared import each_once

LEAST_SHARE = 0.33  # of a name's rarity must be in the affiliation
BEHIND = 5.99  # of the best at first sight in log-odds: who is further behind is not judged
ALWAYS = 3  # the first so many are
FULLER = 0.85  # of a name's rarity must be in the affiliation for its words to be taken as its own
KEPT = 12  # institutions per affiliation that the model looks at

OWN_KINDS: dict[str, tuple[str, ...]] = {
    "name": (
        "share anywhere", "share in one part", "share of whole words", "share without town", "mass", "rarest word",
        "rarest word missing", "share of the part", "gaps", "exact", "exact part", "inside a longer name", "likeness",
        "likeness sorted", "words", "kind words missing", "kind words over", "own label", "names matched",
        "only a place", "name made", "a fuller name there", "a shorter name there",
    ),
    "place": ("country", "country known", "country near", "city named", "city anywhere", "town in name", "city known",
        "place beside namesakes",
    ),
    "acronym": ("by acronym", "acronym there", "acronym bearers"),
    "institution": ("namesakes", "children", "fame", "sector", "closed"),
    "text": (
        "parts", "place of the part", "unit part", "unit name", "kind words of the part", "text mass",
        "unexplained", "first word", "explained ahead", "explained ahead in part",
    ),
}  # fmt: skip
RIVAL_KINDS: dict[str, tuple[str, ...]] = {
    "rivals": (
        "first sight", "rank", "ahead", "rank in part", "ahead in part", "best", "namesakes here", "all odds",
    ),
    "family": ("parent there", "child there", "parent's sight", "child's sight", "successor there"),
}  # fmt: skip
"""Features by kind of evidence, as people are shown them: of a pair alone, and beside the other candidates."""
OWN = tuple(name for group in OWN_KINDS.values() for name in group)
RIVAL = tuple(name for group in RIVAL_KINDS.values() for name in group)
FEATURES = OWN + RIVAL
KINDS = OWN_KINDS | RIVAL_KINDS
_NOT_OF_ACRONYMS = (
    "share anywhere", "share in one part", "share of whole words", "likeness", "likeness sorted", "exact part",
    "rarest word missing", "gaps",
)  # fmt: skip


@dataclass(slots=True)
class Pairs:
    """(affiliation, institution) pairs sorted by affiliation; ``values`` has one row of FEATURES for each."""

    text: Ints
    institution: Ints
    name: Ints
    segment: Ints
    """The part of the affiliation in which the name stands best."""
    exact: NDArray[np.bool_]
    span: Ints
    """Place of the first word of an exact name, else -1."""
    words: Ints
    """How many words the name has."""
    values: NDArray[np.float32]

    def those(self, rows: Ints) -> "Pairs":
        """Some of the pairs."""
        return Pairs(*(getattr(self, one.name)[rows] for one in fields(self)))


def pairs(names: Names, reading: Reading, sight: Mapping[str, float]) -> Pairs:
    """The candidates of all affiliations with their features; ``sight``: points of OWN features at first sight."""
    found = candidates(names, reading)
    column, keep = _own(names, reading, found)
    rough = _points(sight, column)
    # an acronym speaks only where country, city or kin agree; only the town is no name
    short = found.kind == ACRONYM
    agrees = (column["country"] > 0) | (column["city named"] > 0)
    alone = (column["acronym bearers"] == 0) & (names.letters[found.name] > 3) & (column["country known"] == 0)
    keep &= ~short | agrees | alone | _elsewhere(names, found) | _kin(names, found)
    text, who = found.text, found.institution
    chosen = np.flatnonzero(keep)
    order = chosen[np.lexsort((found.name[chosen], -rough[chosen], who[chosen], text[chosen]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (text[order][1:] != text[order][:-1]) | (who[order][1:] != who[order][:-1])
    matched = np.diff(np.append(np.flatnonzero(first), len(order)))
    order = order[first]
    pair = text * max(len(names.ids), 1) + who
    loud = lookup(each_once(pair[short]), pair[order]) >= 0
    # the best KEPT of each text
    by_rough = np.lexsort((who[order], -rough[order], text[order]))
    rank = np.empty(len(order), dtype=np.int64)
    sorted_text = text[order][by_rough]
    rank[by_rough] = np.arange(len(order)) - np.searchsorted(sorted_text, sorted_text)
    within = rank < KEPT
    rows = order[within]
    column = {name: values[rows] for name, values in column.items()}
    column["names matched"] = np.log1p(matched[within])
    column["acronym there"] = loud[within].astype(np.float64)
    part = text[rows] * 64 + column["_segment"].astype(np.int64)
    whole = np.where(column["share anywhere"] > 0.85, np.expm1(column["mass"]), 8 * column["by acronym"])
    column["explained ahead"], _ = _ahead(text[rows], whole)
    column["explained ahead in part"], _ = _ahead(part, whole)
    here = Pairs(
        text[rows], who[rows], found.name[rows], column["_segment"].astype(np.int64), found.exact[rows],
        found.start[rows], names.size[found.name[rows]], np.zeros((0, 0), dtype=np.float32),
    )  # fmt: skip
    among = _among_names(names, reading, here, column)
    column |= among
    column |= _beside(names, here, np.round(rough[rows] + _points(sight, among), 6))
    here.values = np.column_stack([column[name] for name in FEATURES]).astype(np.float32)
    ahead, _ = _ahead(here.text, rough[rows])
    return here.those(np.flatnonzero((ahead > -BEHIND) | (rank[within] < ALWAYS) | (column["rank"] < ALWAYS)))


def _points(sight: Mapping[str, float], column: Mapping[str, Floats]) -> Floats:
    """What the features that are known so far say at first sight."""
    return np.asarray(sum(points * column[name] for name, points in sight.items() if name in column), dtype=np.float64)


def _elsewhere(names: Names, found: Candidates) -> NDArray[np.bool_]:
    """Whether a longer name that stands in the affiliation word for word is of an institution of the same country."""
    size = len(names.countries) + 1
    key = found.text * size + names.country[found.institution]
    several = names.bearers.start[found.name + 1] - names.bearers.start[found.name]
    sure = found.exact & (found.kind != ACRONYM) & (names.size[found.name] > 1) & (several < 4) & ~found.inside
    return lookup(each_once(key[sure]), key) >= 0


def _kin(names: Names, found: Candidates) -> NDArray[np.bool_]:
    """Whether the parent or a child of the institution is named in the affiliation too, in full or by acronym."""
    size = max(len(names.ids), 1)
    named = (found.kind == ACRONYM) | (found.exact & ~found.inside)
    text, who, above = found.text * size, found.institution, names.parent[found.institution]
    parents = each_once((text + above)[named & (above >= 0)])
    return (lookup(parents, text + who) >= 0) | (
        (above >= 0) & (lookup(each_once((text + who)[named]), text + above) >= 0)
    )


def _own(names: Names, reading: Reading, found: Candidates) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    """Features of a pair by itself, and which pairs are worth keeping."""
    text, name, who = found.text, found.name, found.institution
    # the same (text, name) occurs once per bearer: words are compared once
    key, back = np.unique(text * max(len(names.text), 1) + name, return_inverse=True)
    t, n = np.divmod(key, max(len(names.text), 1))
    shared = _shared(names, reading, t, n)
    segment = shared["segment"].astype(np.int64)
    spoken = [[" ".join(part) for part in parts] or [""] for parts in reading.split]
    joined = np.array([spoken[a][b] for a, b in zip(t.tolist(), segment.tolist(), strict=True)], dtype=object)
    called = np.array([names.text[one] for one in n.tolist()], dtype=object)
    worth_a_look = np.flatnonzero(shared["share anywhere"] >= LEAST_SHARE)
    for one, scorer in (("likeness", ratio), ("likeness sorted", token_sort_ratio)):
        shared[one] = np.zeros(len(t))
        shared[one][worth_a_look] = (
            cpdist(called[worth_a_look], joined[worth_a_look], scorer=scorer, dtype=np.float32) / 100
        )
    shared["exact part"] = (called == joined).astype(np.float64)
    column = {key: values[back] for key, values in shared.items()}
    acronym = found.kind == ACRONYM
    for one in _NOT_OF_ACRONYMS:
        column[one] = np.where(acronym, 0.0, column[one])
    column["only a place"] = names.only_place[name].astype(np.float64)
    said, there = reading.country[text], names.country[who]
    column["country"] = np.where((said == -1) | (there == -1), 0.0, np.where(said == there, 1.0, -1.0))
    near = reading.near_country[text, column["_segment"].astype(np.int64)]
    column["country near"] = np.where((near == -1) | (there == -1), 0.0, np.where(near == there, 1.0, -1.0))
    column["country known"] = (said != -1).astype(np.float64)
    words, owner = names.city.of(who)
    at = lookup(reading.word_key, text[owner] * max(len(names.word), 1) + words)
    times = np.where(at >= 0, reading.word_count[at] if len(reading.word_count) else 0, 0)
    fewest = np.full(len(text), 99, dtype=np.int64)
    np.minimum.at(fewest, owner, times)
    fewest[fewest == 99] = 0
    column["city anywhere"] = (fewest > 0).astype(np.float64)
    column["city named"] = (fewest > (found.city_mass > 0)).astype(np.float64)
    town = found.city_mass / np.maximum(names.mass[name], 0.1)
    column["town in name"] = town
    rest = column["share anywhere"] - town * (fewest > 0)
    column["share without town"] = np.where(acronym, 0.0, rest / np.maximum(1 - town, 0.02)).clip(0, 1)
    column["exact"] = (found.exact & ~acronym).astype(np.float64)
    column["inside a longer name"] = found.inside.astype(np.float64)
    column["own label"] = (found.kind == LABEL).astype(np.float64)
    column["name made"] = (found.kind == MADE).astype(np.float64)
    column["by acronym"] = acronym.astype(np.float64)
    size = np.log(np.maximum(names.bearers.start[name + 1] - names.bearers.start[name], 1))
    column["namesakes"] = size
    column["acronym bearers"] = np.where(acronym, size, 0.0)
    column["words"] = names.size[name].astype(np.float64)
    column["unit name"] = names.unit_first[name].astype(np.float64)
    column["rarest word"] = np.where(acronym, 0.0, names.rarest[name])
    column["children"] = np.log1p(names.children[who])
    column["fame"] = names.fame[who]
    column["city known"] = (names.city.sizes()[who] > 0).astype(np.float64)
    column["sector"] = names.sector[who].astype(np.float64)
    column["closed"] = names.closed[who].astype(np.float64)
    column["first word"] = found.start.astype(np.float64)
    # where only the town's words are shared, the name is not
    keep = acronym | found.exact | ((column["share anywhere"] >= LEAST_SHARE) & (rest * names.mass[name] > 1.0))
    return column, keep


def _shared(names: Names, reading: Reading, t: Ints, n: Ints) -> dict[str, Floats]:
    """What the words of name ``n`` and of affiliation ``t`` have in common; one value per (t, n)."""
    count, stems_size, words_size = len(t), max(len(names.stem), 1), max(len(names.word), 1)
    stems, owner = names.name_stems.of(n)
    at = lookup(reading.stem_key, t[owner] * stems_size + stems)
    bits = np.where(at >= 0, reading.stem_segments[at] if len(reading.stem_segments) else 0, 0)
    worth = names.worth[stems]
    mass = np.maximum(names.mass[n], 0.1)
    anywhere = np.bincount(owner, worth * (bits != 0), minlength=count)
    segments = reading.segment_mass.shape[1]
    held = np.zeros((count, segments))
    for one in range(segments):
        here = np.flatnonzero((bits >> one) & 1)
        if len(here):
            held[:, one] = np.bincount(owner[here], worth[here], minlength=count)
    segment = np.argmax(held - 1e-3 * np.arange(segments)[None, :], axis=1)
    best = held[np.arange(count), segment]
    missing = np.zeros(count)
    np.maximum.at(missing, owner, worth * (bits == 0))
    in_best = (bits >> segment[owner]) & 1
    seen = np.flatnonzero(bits != 0)
    low, high = np.full(count, 1 << 20), np.full(count, -1)
    if len(seen):
        np.minimum.at(low, owner[seen], reading.stem_last[at[seen]])
        np.maximum.at(high, owner[seen], reading.stem_last[at[seen]])
        low2, high2 = np.full(count, 1 << 20), np.full(count, -1)
        np.minimum.at(low2, owner[seen], reading.stem_first[at[seen]])
        np.maximum.at(high2, owner[seen], reading.stem_first[at[seen]])
        span = np.minimum(high - low, high2 - low2)
    else:
        span = high - low
    number = np.bincount(owner[seen], minlength=count)
    gaps = np.where(number > 0, np.clip(span + 1 - number, 0, 12), 12).astype(np.float64)
    kind = names.kind_stem[stems]
    kinds_named = np.bincount(owner, kind, minlength=count)
    kinds_held = np.bincount(owner, kind & (in_best == 1), minlength=count)
    words, owner = names.name_words.of(n)
    whole = lookup(reading.word_key, t[owner] * words_size + words) >= 0
    word_worth = names.worth[names.stem_of_word[words]]
    total = np.maximum(np.bincount(owner, word_worth, minlength=count), 0.1)
    part_mass = np.maximum(reading.segment_mass[t, segment], 0.1)
    parts = np.array([len(one) for one in reading.split], dtype=np.float64)[t]
    text_mass = reading.segment_mass.sum(axis=1)[t]
    return {
        "share anywhere": anywhere / mass,
        "share in one part": best / mass,
        "share of whole words": np.bincount(owner, word_worth * whole, minlength=count) / total,
        "mass": np.log1p(anywhere),
        "gaps": gaps,
        "rarest word missing": missing,
        "share of the part": np.minimum(best / part_mass, 1.0),
        "kind words missing": (kinds_named - kinds_held).astype(np.float64),
        "kind words over": (reading.segment_kinds[t, segment] - kinds_held).astype(np.float64),
        "kind words of the part": reading.segment_kinds[t, segment].astype(np.float64),
        "place of the part": segment / np.maximum(parts - 1, 1),
        "parts": parts,
        "unit part": reading.segment_unit[t, segment].astype(np.float64),
        "text mass": np.log1p(text_mass),
        "unexplained": np.log1p(np.maximum(part_mass - best, 0.0)),
        "segment": segment.astype(np.float64),
        "_segment": segment.astype(np.float64),
    }


def _among_names(names: Names, reading: Reading, pairs: Pairs, column: dict[str, Floats]) -> dict[str, Floats]:
    """What the names of the other candidates of an affiliation make of this one's.

    A fuller name has all its words there and more ("NOVA University of Lisbon" beside "University of Lisbon"): how much
    more, and the same for a shorter one that this one contains. Among those that bear one name: how much better its
    country and town agree than those of the best other.
    """
    text, size = pairs.text, max(len(names.stem), 1)
    stems, owner = names.name_stems.of(pairs.name)
    at = lookup(reading.stem_key, text[owner] * size + stems)
    there = np.flatnonzero(at >= 0)
    bit = np.minimum(at[there] - np.searchsorted(reading.stem_key, text[owner[there]] * size), 62)
    held = np.zeros(len(text), dtype=np.int64)
    np.bitwise_or.at(held, owner[there], np.left_shift(1, bit))
    whole = (column["share anywhere"] > FULLER) & (held != 0)
    mass = np.where(held != 0, np.expm1(column["mass"]), 0.0)
    one, other = _couples(text)
    fuller = whole[other] & (held[one] != 0) & (held[one] != held[other]) & (held[one] & ~held[other] == 0)
    fuller &= column["country"][other] >= column["country"][one]
    more = np.log1p(np.maximum(mass[other] - mass[one], 0.0))
    above, below = np.zeros(len(text)), np.zeros(len(text))
    np.maximum.at(above, one[fuller], more[fuller])
    shorter = fuller & whole[one]
    np.maximum.at(below, other[shorter], more[shorter])
    fit = 2 * column["country"] + column["country near"] + 2 * column["city named"]
    same = pairs.name[one] == pairs.name[other]
    best = np.full(len(text), -np.inf)
    np.maximum.at(best, one[same], fit[other[same]])
    beside = np.where(np.isinf(best), 0.0, fit - np.where(np.isinf(best), 0.0, best))
    return {"a fuller name there": above, "a shorter name there": below, "place beside namesakes": beside}


def _couples(group: Ints) -> tuple[Ints, Ints]:
    """All ordered pairs of different places of one group; ``group`` is sorted."""
    first, last = np.searchsorted(group, group), np.searchsorted(group, group, side="right")
    one = np.repeat(np.arange(len(group)), last - first)
    other = np.arange(len(one)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[one]
    apart = one != other
    return one[apart], other[apart]


def _beside(names: Names, pairs: Pairs, sight: Floats) -> dict[str, Floats]:
    """How each candidate stands to the others of its affiliation; ``sight``: log-odds of each at first sight."""
    text, who = pairs.text, pairs.institution
    if not len(text):
        return dict.fromkeys(RIVAL, sight)
    part = text * 64 + pairs.segment
    column: dict[str, Floats] = {"first sight": sight, "rank": _rank(text, sight), "rank in part": _rank(part, sight)}
    column["ahead"], column["best"] = _ahead(text, sight)
    column["ahead in part"], _ = _ahead(part, sight)
    column["namesakes here"] = _same(part, np.round(sight, 1)).astype(np.float64)
    column["all odds"] = np.log(np.bincount(text, np.exp(np.clip(sight, -30, 30)), minlength=int(text[-1]) + 1)[text])
    size = max(len(names.ids), 1)
    key = text * size + who
    order = np.argsort(key)
    keys = key[order]

    def place_of(others: Ints) -> Ints:
        at = np.where(others >= 0, lookup(keys, text * size + others), -1)
        return np.where(at >= 0, order[np.maximum(at, 0)], -1)

    place = place_of(names.parent[who])
    column["parent's sight"] = np.where(place >= 0, sight[place], -9.0)
    column["parent there"] = np.where(place >= 0, np.clip(sight[place] - sight, -6, 6), -9.0)
    child = np.full(len(text), -9.0)
    has = np.flatnonzero(place >= 0)
    np.maximum.at(child, place[has], sight[has])
    column["child's sight"] = child
    column["child there"] = np.where(child > -9, np.clip(child - sight, -6, 6), -9.0)
    column["successor there"] = (place_of(names.successor[who]) >= 0).astype(np.float64)
    return column


def _ahead(group: Ints, rough: Floats) -> tuple[Floats, Floats]:
    """By how much each is ahead of (or behind) the best other one of its group, within -6 and 6; and the best."""
    if not len(group):
        return rough, rough
    order = np.lexsort((-rough, group))
    start = np.searchsorted(group[order], group[order])
    first = rough[order][start]
    second = np.where(
        (start + 1 < len(group)) & (group[order][np.minimum(start + 1, len(group) - 1)] == group[order]),
        rough[order][np.minimum(start + 1, len(group) - 1)],
        first - 6,
    )
    mine = np.arange(len(group)) == start
    ahead, best = np.empty(len(group)), np.empty(len(group))
    ahead[order] = np.clip(rough[order] - np.where(mine, second, first), -6, 6)
    best[order] = first
    return ahead, best


def _rank(group: Ints, rough: Floats) -> Floats:
    """How many of its group are better; equal ones have the same rank."""
    order = np.lexsort((-rough, group))
    ordered, value = group[order], rough[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]) | (value[1:] != value[:-1])
    first_equal = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    rank = np.empty(len(group))
    rank[order] = first_equal - np.searchsorted(ordered, ordered)
    return rank


def _same(group: Ints, value: Floats) -> Ints:
    """How many of the group have the same value."""
    order = np.lexsort((value, group))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (group[order][1:] != group[order][:-1]) | (value[order][1:] != value[order][:-1])
    run = np.cumsum(new) - 1
    count = np.empty(len(order), dtype=np.int64)
    count[order] = np.bincount(run)[run] if len(order) else 0
    return count
