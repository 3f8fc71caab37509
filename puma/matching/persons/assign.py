"""Authorships to persons: anchors known to user offices first, ORCID as evidence; who is nobody's is clustered."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from puma.matching.model import Floats, Model, load
from puma.matching.persons.clusters import MODEL, ORCID, Alike, cluster_mentions, collapse
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention, mate_names
from puma.matching.persons.pairs import CHUNK, families_agree, pair_rows, rivals, same_person_possible, sides_of
from puma.matching.rarity import Places
from puma.names import PersonName, fold, name_keys
from puma.work import Hands

KEY_CAP = 400  # more persons than this under one key: only those with the same full name are looked at
ACCEPT = 0.85  # probability from which an authorship gets a person
ASK = 0.02  # options less likely are not named


def assign_persons(
    mentions: Sequence[Mention], people: Sequence[KnownPerson], hands: Hands | None = None
) -> list[Assignment]:
    """The person of every mention, in order: known people first, then clusters among what is left.

    Within one work a person is mentioned once: of two mentions the likelier one stays, of two equal ones neither.
    hands: who does the parts of much work; the result is the same.
    """
    anchored = link_mentions(mentions, people)
    open_ones = [place for place, found in enumerate(anchored) if not is_told(found)]
    clusters = cluster_mentions([mentions[place] for place in open_ones], hands=hands)
    for place, number in zip(open_ones, clusters, strict=True):
        anchored[place] = Assignment(None, number, 1.0 if number is not None else 0.0, anchored[place].options)
    return anchored


def is_told(one: Assignment) -> bool:
    """Whether it has its person, or is somebody's of several known ones: it makes no new person."""
    return one.person_id is not None or sum(chance for _, chance in one.options) >= ACCEPT


def link_mentions(
    mentions: Sequence[Mention], people: Sequence[KnownPerson], *, least: float = ACCEPT, model: Model | None = None
) -> list[Assignment]:
    """The known person of every mention, in order, where one is at least that likely; nobody is always an option.

    Who fits as well as another is as likely as the other: two equal ones have less than one half each.
    """
    found = [Assignment(None, None, 0.0)] * len(mentions)
    if not people:
        return found
    people = with_mates(people)
    alike = collapse(mentions)
    one, other, score = _scored(alike, people, model or load(MODEL))
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
    return found


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


def _scored(alike: Sequence[Alike], people: Sequence[KnownPerson], model: Model) -> tuple[Places, Places, Floats]:
    """Places of mentions and of persons that may be each other, in order of the mentions, with log-odds."""
    one, other, sure = possible(alike, people)
    score = np.zeros(len(one))
    for start, rows in link_rows(alike, people, one, other):
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


def link_rows(
    alike: Sequence[Alike], people: Sequence[KnownPerson], one: Places, other: Places
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The features of mentions beside known persons, some at a time: where they start, and the rows."""
    sides = sides_of([a.mention for a in alike], [a.coauthors for a in alike], [len(a.places) for a in alike], people)
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
