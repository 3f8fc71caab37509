"""Authorships to persons: anchors known to user offices first, ORCID as evidence; who is nobody's is clustered."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from puma.matching.model import Floats, Model, load
from puma.matching.persons.clusters import MODEL, ORCID, Alike, clusters_and_sides, collapse
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention, mate_names
from puma.matching.persons.pairs import (
    CHUNK,
    Rarities,
    Sides,
    families_agree,
    pair_rows,
    rivals,
    same_person_possible,
    sides_of,
)
from puma.matching.rarity import Places
from puma.names import PersonName, fold, name_keys
from puma.work import Hands

KEY_CAP = 400  # more persons than this under one key: only those with the same full name are looked at
ACCEPT = 0.85  # probability from which an authorship gets a person
ASK = 0.02  # options less likely are not named


@dataclass(frozen=True, slots=True)
class Lore:
    """Rarities of a look at all mentions, for looks at few: beside known persons, and beside each other."""

    known: Rarities
    unknown: Rarities

    @classmethod
    def nothing(cls) -> "Lore":
        """When nobody was compared: everything is as rare as what only one says."""
        empty = Rarities.of(sides_of([], [], []))
        return cls(empty, empty)


def assign_persons(
    mentions: Sequence[Mention], people: Sequence[KnownPerson], hands: Hands | None = None
) -> list[Assignment]:
    """The person of every mention, in order: known people first, then clusters among what is left.

    Within one work a person is mentioned once: of two mentions the likelier one stays, of two equal ones neither.
    hands: who does the parts of much work; the result is the same.
    """
    return assign_and_learn(mentions, people, hands)[0]


def assign_and_learn(
    mentions: Sequence[Mention], people: Sequence[KnownPerson], hands: Hands | None = None
) -> tuple[list[Assignment], Lore]:
    """The same, and the rarities by which it was found."""
    anchored, sides = _linked(mentions, people, ACCEPT, load(MODEL), None)
    known = Rarities.of(sides)
    del sides  # it is long
    open_ones = [place for place, found in enumerate(anchored) if not is_told(found)]
    clusters, sides = clusters_and_sides([mentions[place] for place in open_ones], hands=hands)
    for place, number in zip(open_ones, clusters, strict=True):
        anchored[place] = Assignment(None, number, 1.0 if number is not None else 0.0, anchored[place].options)
    return anchored, Lore(known, Rarities.of(sides))


def is_told(one: Assignment) -> bool:
    """Whether it has its person, or is somebody's of several known ones: it makes no new person."""
    return one.person_id is not None or sum(chance for _, chance in one.options) >= ACCEPT


def within_reach(
    asked: Collection[PersonName], named: Mapping[int, Sequence[PersonName]], sure: Collection[int] = ()
) -> set[int]:
    """Those of these persons who can be one with somebody of the asked names, or with another one who can.

    named: the names of each. sure: who is within reach whatever the name. Nobody else is ever put together with the
    asked ones, or counts as their rival.
    """
    bearers: dict[PersonName, list[int]] = defaultdict(list)
    for person, names in named.items():
        for name in names:
            bearers[name].append(person)
    found = set(sure)
    waiting = {*asked, *chain.from_iterable(named.get(person, ()) for person in sure)}
    while waiting and bearers:
        name = waiting.pop()
        for other in [other for other in bearers if other == name or same_person_possible(name, other)]:
            persons = bearers.pop(other)
            found.update(persons)
            waiting.update((other, *chain.from_iterable(named[person] for person in persons)))
    return found


def link_mentions(
    mentions: Sequence[Mention],
    people: Sequence[KnownPerson],
    *,
    least: float = ACCEPT,
    model: Model | None = None,
    known: Rarities | None = None,
) -> list[Assignment]:
    """The known person of every mention, in order, where one is at least that likely; nobody is always an option.

    Who fits as well as another is as likely as the other: two equal ones have less than one half each. known: rarities
    of an earlier look at all.
    """
    return _linked(mentions, people, least, model or load(MODEL), known)[0]


def _linked(
    mentions: Sequence[Mention],
    people: Sequence[KnownPerson],
    least: float,
    model: Model,
    known: Rarities | None,
) -> tuple[list[Assignment], Sides]:
    """The same with what was compared; of nothing where nobody is known."""
    found = [Assignment(None, None, 0.0)] * len(mentions)
    if not people:
        return found, sides_of([], [], [])
    people = with_mates(people)
    alike = collapse(mentions)
    sides = link_sides(alike, people, known)
    one, other, score = _scored(alike, people, sides, model)
    options: list[tuple[tuple[int, float], ...]] = [()] * len(alike)
    numbers = np.fromiter((person.person_id for person in people), np.int64, len(people))[other].tolist()
    starts = np.flatnonzero(np.diff(one, prepend=-1))
    for number, (start, end) in zip(one[starts].tolist(), pairwise([*starts.tolist(), len(one)]), strict=True):
        options[number] = posterior(numbers[start:end], score[start:end])
    for number, group in enumerate(alike):
        for place in group.places:
            if options[number]:
                found[place] = Assignment(None, None, options[number][0][1], options[number])
    _decide(mentions, found, least)
    return found, sides


def posterior(people: Sequence[int], score: Floats) -> tuple[tuple[int, float], ...]:
    """The probability of each person, nobody being an option of log-odds 0; at most the five likeliest."""
    odds = np.exp(score.clip(-30, 30))
    chances = odds / (1 + odds.sum())
    if len(people) == 1:
        return ((people[0], round(chance, 4)),) if (chance := float(chances[0])) >= ASK else ()
    ranked = sorted(zip(chances.tolist(), people, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return tuple((person, round(chance, 4)) for chance, person in ranked[:5] if chance >= ASK)


def _decide(mentions: Sequence[Mention], found: list[Assignment], least: float) -> None:
    """Give each mention its likeliest person, each person at most one mention of a work."""
    wanted: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
    for place, one in enumerate(found):
        if one.options and one.options[0][1] >= least:
            wanted[mentions[place].work_id, one.options[0][0]].append((one.options[0][1], place))
    for (_, person), several in wanted.items():
        several.sort(reverse=True)
        if len(several) > 1 and several[0][0] - several[1][0] < 0.05:
            continue
        chance, place = several[0]
        found[place] = Assignment(person, None, chance, found[place].options)


def _scored(
    alike: Sequence[Alike], people: Sequence[KnownPerson], sides: Sides, model: Model
) -> tuple[Places, Places, Floats]:
    """Places of mentions and of persons that may be each other, in order of the mentions, with log-odds."""
    one, other, sure = possible(alike, people)
    score = np.zeros(len(one))
    for start, rows in link_rows(alike, people, one, other, sides):
        score[start : start + len(rows)] = model.score(rows)
    slope, offset = model.card.get("links", (1.0, 0.0))
    return one, other, slope * score + offset + np.where(sure, ORCID, 0.0)


def with_mates(people: Sequence[KnownPerson]) -> list[KnownPerson]:
    """The same, each with the names of those who were on a team with it."""
    teams: dict[int, set[str]] = defaultdict(set)
    for person in people:
        for team in person.teams:
            teams[team].update(*map(mate_names, person.names))
    found = []
    for person in people:
        mates = set().union(*(teams[team] for team in person.teams)).difference(*map(mate_names, person.names))
        found.append(replace(person, coauthors=person.coauthors | mates) if mates else person)
    return found


def possible(alike: Sequence[Alike], people: Sequence[KnownPerson]) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Places of mentions and of persons that may be each other by name, and whether the mention's ORCID says so."""
    near = _Near.of(people)
    found = [near.of_mention(one.mention) for one in alike]
    sizes = [len(places) for places, _ in found]
    places = np.fromiter(chain.from_iterable(places for places, _ in found), np.int64)
    sure = np.array([sure for _, sure in found], dtype=bool)
    return np.repeat(np.arange(len(alike)), sizes), places, np.repeat(sure, sizes)


def link_sides(alike: Sequence[Alike], people: Sequence[KnownPerson], known: Rarities | None = None) -> Sides:
    """Mentions, and known persons behind them, ready to be compared. known: rarities of an earlier look at all."""
    several = [len(a.places) for a in alike]
    return sides_of([a.mention for a in alike], [a.coauthors for a in alike], several, people, known)


def link_rows(
    alike: Sequence[Alike],
    people: Sequence[KnownPerson],
    one: Places,
    other: Places,
    sides: Sides | None = None,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The features of mentions beside known persons, some at a time: where they start, and the rows.

    sides: as `link_sides` made them, where somebody has them.
    """
    sides = link_sides(alike, people) if sides is None else sides
    blocks: dict[str, list[int]] = defaultdict(list)
    for side, several in enumerate(sides.name_of):
        for name in several:
            for key in name_keys(sides.names[name]):
                blocks[key].append(side)
    rival = rivals(sides, blocks)
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        yield start, pair_rows(sides, one[part], other[part] + len(alike), rival)


@dataclass(slots=True)
class _Near:
    """The known people whose name a mention can be, remembered by name."""

    people: Sequence[KnownPerson]
    by_key: Mapping[str, Sequence[int]]
    by_orcid: Mapping[str, int]
    remembered: dict[PersonName, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Sequence[KnownPerson]) -> "_Near":
        by_key: dict[str, list[int]] = defaultdict(list)
        for place, person in enumerate(people):
            for key in {key for name in person.names for key in name_keys(name)}:
                by_key[key].append(place)
        by_orcid = {orcid: place for place, p in enumerate(people) for orcid in p.other_orcids}
        return cls(people, by_key, by_orcid | {p.orcid: place for place, p in enumerate(people) if p.orcid})

    def of_mention(self, mention: Mention) -> tuple[list[int], bool]:
        """Places of people in order, and whether the mention's ORCID is theirs."""
        found = self.remembered.get(mention.name)
        if found is None:
            found = self.remembered[mention.name] = self._by_name(mention.name)
        if not mention.orcid:
            return found, False
        holder = self.by_orcid.get(mention.orcid)
        if holder is not None and _name_allows(mention.name, self.people[holder]):
            return [holder], True
        return [p for p in found if self.people[p].orcid in (None, mention.orcid) and p != holder], False

    def _by_name(self, name: PersonName) -> list[int]:
        found: set[int] = set()
        for key in name_keys(name):
            here = self.by_key.get(key, ())
            for place in here:
                names = self.people[place].names
                if len(here) > KEY_CAP and not any(fold(one.given) == fold(name.given) for one in names):
                    continue
                if any(same_person_possible(name, one) for one in names):
                    found.add(place)
        return sorted(found)


def _name_allows(name: PersonName, person: KnownPerson) -> bool:
    """An ORCID on another family's name is a slip of the source, unless the given names are the same (marriage)."""
    given = fold(name.given).split(" ")[0]
    return any(
        families_agree(name, one) or (len(given) > 1 and given == fold(one.given).split(" ")[0]) for one in person.names
    )
