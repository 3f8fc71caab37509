"""Authorships to persons: anchors known to user offices first, ORCID as evidence; who is nobody's is clustered."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log

from puma.matching.clusters import cluster_mentions
from puma.matching.mentions import Assignment, KnownPerson, Mention, Population, is_full, same_person_possible
from puma.names import PersonName, fold, name_keys

KEY_CAP = 400  # more persons than this under one key: only those with the same full name are looked at
ACCEPT = 0.85  # probability from which an authorship gets a person
MARGIN = 1.5  # log-odds by which the best person must lead the second, unless an ORCID speaks

POINTS: dict[str, float] = {
    "prior": -0.5,
    "orcid": 9.0,
    "institution": 2.0,
    "other institution": -0.7,
    "teammate": 3.0,
    "full name": 1.0,
    "initials only": -0.5,
    "rarity": 0.8,
}
"""Log-odds per piece of evidence that a mention is a known person."""


def assign_persons(mentions: Sequence[Mention], people: Sequence[KnownPerson]) -> list[Assignment]:
    """The person of every mention, in order: known people first, then clusters among what is left.

    Within one work a person is mentioned once: of two mentions the better one stays, of two equal ones neither.
    """
    anchored = _anchor(mentions, people)
    left = [place for place, found in enumerate(anchored) if found.person_id is None]
    open_ones = [place for place in left if anchored[place].probability < ACCEPT]
    clusters = cluster_mentions([mentions[place] for place in open_ones])
    for place, number in zip(open_ones, clusters, strict=True):
        anchored[place] = Assignment(None, number, 1.0 if number is not None else 0.0, anchored[place].options)
    return anchored


def _anchor(mentions: Sequence[Mention], people: Sequence[KnownPerson]) -> list[Assignment]:
    by_key: dict[str, list[KnownPerson]] = defaultdict(list)
    for person in people:
        for key in sorted({key for name in person.names for key in name_keys(name)}):
            by_key[key].append(person)
    by_orcid = {person.orcid: person for person in people if person.orcid}
    population = Population.of([*(m.name for m in mentions), *(name for p in people for name in p.names)])
    nearest = _Candidates(by_key, by_orcid)
    options = [nearest.of(mention) for mention in mentions]
    works: dict[int, list[int]] = defaultdict(list)
    for place, mention in enumerate(mentions):
        works[mention.work_id].append(place)
    found: list[Assignment] = [Assignment(None, None, 0.0)] * len(mentions)
    for places in works.values():
        seen_teams = _teams_seen([options[place] for place in places])
        best: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for place in places:
            scored = sorted(
                (
                    (_score(mentions[place], person, population, seen_teams, len(options[place])), person.person_id)
                    for person in options[place]
                ),
                key=lambda pair: (-pair[0], pair[1]),
            )
            if not scored:
                continue
            score, person_id = scored[0]
            likely = _posterior(scored)
            found[place] = Assignment(None, None, 0.0, likely)
            lead = score - scored[1][0] if len(scored) > 1 else MARGIN
            if lead < MARGIN:
                probability = _logistic(score) * 0.5
                found[place] = Assignment(None, None, ACCEPT if _logistic(score) > 0.5 else probability, likely)
                continue  # several people fit: it stays open, and makes no new person
            if _logistic(score) >= ACCEPT:
                best[person_id].append((score, place))
        for person_id, several in best.items():
            several.sort(reverse=True)
            if len(several) > 1 and several[0][0] - several[1][0] < 0.5:
                continue
            score, place = several[0]
            found[place] = Assignment(person_id, None, round(_logistic(score), 4), ((person_id, 1.0),))
    return found


def _posterior(scored: Sequence[tuple[float, int]]) -> tuple[tuple[int, float], ...]:
    """The probability of each person, nobody being an option too; at most the five likeliest."""
    odds = [(exp(max(-30.0, min(30.0, score))), person_id) for score, person_id in scored]
    total = 1 + sum(one for one, _ in odds)
    return tuple((person_id, round(one / total, 3)) for one, person_id in odds[:5] if one / total >= 0.02)


@dataclass(slots=True)
class _Candidates:
    """The known people whose name a mention can be, remembered by name."""

    by_key: Mapping[str, Sequence[KnownPerson]]
    by_orcid: Mapping[str, KnownPerson]
    remembered: dict[PersonName, list[KnownPerson]] = field(default_factory=dict)

    def of(self, mention: Mention) -> list[KnownPerson]:
        found = self.remembered.get(mention.name)
        if found is None:
            found = self.remembered[mention.name] = self._by_name(mention.name)
        if mention.orcid:
            holder = self.by_orcid.get(mention.orcid)
            if holder is not None and _family_agrees(mention.name, holder):
                return [holder]
            return [person for person in found if not person.orcid or person.orcid == mention.orcid]
        return found

    def _by_name(self, name: PersonName) -> list[KnownPerson]:
        found: dict[int, KnownPerson] = {}
        for key in sorted(name_keys(name)):
            here = self.by_key.get(key, ())
            for person in here:
                if person.person_id in found:
                    continue
                if len(here) > KEY_CAP and not any(fold(one.given) == fold(name.given) for one in person.names):
                    continue
                if any(same_person_possible(name, one) for one in person.names):
                    found[person.person_id] = person
        return list(found.values())


def _family_agrees(name: PersonName, person: KnownPerson) -> bool:
    """An ORCID on another family's name is a slip of the source, unless the given names are the same (marriage)."""
    mine = {key.split(" ")[0] for key in name_keys(name)}
    given = fold(name.given).split(" ")[0]
    return any(
        mine & {key.split(" ")[0] for key in name_keys(one)}
        or (len(given) > 1 and given == fold(one.given).split(" ")[0])
        for one in person.names
    )


def _teams_seen(options: Sequence[Sequence[KnownPerson]]) -> Counter[int]:
    """For each team, how many authors of the work can be one of its members; the very ambiguous do not count."""
    seen: Counter[int] = Counter()
    for people in options:
        if 0 < len(people) <= 5:
            seen.update({team for person in people for team in person.teams})
    return seen


def _score(mention: Mention, person: KnownPerson, population: Population, teams: Counter[int], choice: int) -> float:
    name = mention.name
    score = POINTS["prior"] - log(choice) * 0.3
    score += (
        POINTS["full name"] if is_full(name) and any(is_full(one) for one in person.names) else POINTS["initials only"]
    )
    score += POINTS["rarity"] * max(-2.5, min(3.5, -log(max(population.namesakes(name), 1e-3))))
    if mention.orcid and mention.orcid == person.orcid:
        score += POINTS["orcid"]
    if mention.institutions and person.institutions:
        score += POINTS["institution" if mention.institutions & person.institutions else "other institution"]
    mates = max((teams[team] for team in person.teams), default=0) - 1
    if mates > 0:
        score += POINTS["teammate"] * (1 + 0.3 * min(mates - 1, 3))
    return score


def _logistic(score: float) -> float:
    return 1 / (1 + exp(-max(-40.0, min(40.0, score))))
