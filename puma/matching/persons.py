"""Authorships to persons: anchors known to user offices first, ORCID as evidence; who is nobody's is clustered."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import exp, log

from puma.names import PersonName, fold, given_names_compatible, initials, name_keys

KEY_CAP = 400  # more persons than this under one key: only those with the same full name are looked at
ACCEPT = 0.85  # probability from which an authorship gets a person
NAMESAKES = 0.6  # people of one name expected among all names seen; below it the name alone joins mentions
CROWD = 100  # authors; in a larger crowd co-authors say nothing
MARGIN = 1.5  # log-odds by which the best person must lead the second, unless an ORCID speaks


@dataclass(frozen=True, slots=True)
class Mention:
    """One author of one work, as written there. ``institutions``: record numbers of the resolved affiliations."""

    work_id: int
    position: int
    name: PersonName
    orcid: str | None = None
    institutions: frozenset[int] = frozenset()
    year: int | None = None

    @property
    def key(self) -> str:
        """What stays the same when the work is harvested again: work and folded name."""
        return f"{self.work_id}/{fold(self.name.family)}, {fold(self.name.given)}"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person that a user office or another authority knows; ``teams``: the proposals the person was on."""

    person_id: int
    names: tuple[PersonName, ...]
    orcid: str | None = None
    institutions: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose authorship it is: a known person, or a cluster of mentions (its number); neither: nobody can say.

    options: the known persons it may be, with probabilities, the likeliest first; they need not add up to 1.
    """

    person_id: int | None
    cluster: int | None
    probability: float
    options: tuple[tuple[int, float], ...] = ()


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


@dataclass(slots=True)
class _Population:
    """How common names are among all names seen, each distinct full name counted once."""

    size: int = 1
    families: Counter[str] = field(default_factory=Counter)
    givens: Counter[str] = field(default_factory=Counter)
    initials: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, names: Iterable[PersonName]) -> "_Population":
        here = cls()
        for family, given in sorted({(fold(name.family), fold(name.given)) for name in names}):
            here.size += 1
            here.families[family] += 1
            if given:
                here.initials[given[0]] += 1
                if len(given.split(" ")[0]) > 1:
                    here.givens[given.split(" ")[0]] += 1
        return here

    def namesakes(self, name: PersonName) -> float:
        """How many people of this name are expected among the population; initials are many people's."""
        family, given = fold(name.family), fold(name.given)
        share = self.families[family] + 0.2
        if not given:
            return share
        first = given.split(" ")[0]
        if len(first) > 1:
            written = max(sum(self.givens.values()), 1)
            return share * (self.givens[first] + 0.2) / written
        some = share * (self.initials[first] + 0.5) / self.size
        return some * (0.35 if len(initials(name)) > 1 else 1.0)


def is_full(name: PersonName) -> bool:
    """Whether a given name is written out."""
    return any(len(part) > 1 for part in fold(name.given).split()) and not (
        name.given.isupper() and len(name.given) < 4
    )


def same_person_possible(one: PersonName, other: PersonName) -> bool:
    """Whether two names that share a key can be one person's."""
    if one.is_collaboration or other.is_collaboration:
        return one == other
    if given_names_compatible(one.given, other.given):
        return bool(name_keys(one) & name_keys(other))
    swapped = PersonName(other.family, other.given)
    return (
        bool(other.given)
        and fold(one.family) == fold(swapped.family)
        and given_names_compatible(one.given, swapped.given)
    )


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


# --- anchors ----------------------------------------------------------------------------------------------------------


def _anchor(mentions: Sequence[Mention], people: Sequence[KnownPerson]) -> list[Assignment]:
    by_key: dict[str, list[KnownPerson]] = defaultdict(list)
    for person in people:
        for key in sorted({key for name in person.names for key in name_keys(name)}):
            by_key[key].append(person)
    by_orcid = {person.orcid: person for person in people if person.orcid}
    population = _Population.of([*(m.name for m in mentions), *(name for p in people for name in p.names)])
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


def _score(mention: Mention, person: KnownPerson, population: _Population, teams: Counter[int], choice: int) -> float:
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


# --- clusters ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Cluster:
    """Mentions taken for one person, with what would speak against a further one."""

    members: list[int]
    works: set[int]
    givens: set[str]
    orcids: set[str]


def cluster_mentions(mentions: Sequence[Mention]) -> list[int | None]:
    """The number of each mention's cluster; a collaboration has none.

    Two mentions of one name belong together when an ORCID, an institution or co-authors are shared, or when the full
    name is rare; conflicting given names, two ORCIDs and one work with both forbid it.
    """
    population = _Population.of(mention.name for mention in mentions)
    coauthors: dict[int, set[str]] = defaultdict(set)
    for mention in mentions:
        if not mention.name.is_collaboration:
            coauthors[mention.work_id].add(_short(mention.name))
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, mention in enumerate(mentions):
        if mention.name.family and not mention.name.is_collaboration:
            blocks[_short(mention.name)].append(place)
    for place, mention in enumerate(mentions):
        if mention.orcid:
            blocks[f"orcid {mention.orcid}"].append(place)
    numbers: list[int | None] = [None] * len(mentions)
    clusters = {
        place: _Cluster([place], {m.work_id}, {m.name.given} if m.name.given else set(), {m.orcid} - {None})  # type: ignore[arg-type]  # None was taken out
        for place, m in enumerate(mentions)
        if m.name.family and not m.name.is_collaboration
    }
    home = {place: place for place in clusters}
    for strength, one, other in sorted(
        _reasons(mentions, blocks, coauthors, population), key=lambda r: (-r[0], r[1], r[2])
    ):
        first, second = sorted((_find(home, one), _find(home, other)))
        if first != second and _may_join(clusters[first], clusters[second], strength):
            kept, gone = clusters[first], clusters.pop(second)
            kept.members += gone.members
            kept.works |= gone.works
            kept.givens |= gone.givens
            kept.orcids |= gone.orcids
            home[second] = first
    for number, place in enumerate(sorted(clusters)):
        for member in clusters[place].members:
            numbers[member] = number
    return numbers


def _short(name: PersonName) -> str:
    return f"{fold(name.family)} {fold(name.given)[:1]}".strip()


def _find(home: dict[int, int], place: int) -> int:
    while home[place] != place:
        home[place] = home[home[place]]
        place = home[place]
    return place


def _may_join(one: _Cluster, other: _Cluster, strength: float) -> bool:
    if one.works & other.works or (len(one.orcids | other.orcids) > 1):
        return False
    if strength >= 9:
        return True
    return all(given_names_compatible(a, b) for a in one.givens for b in other.givens)


def _reasons(
    mentions: Sequence[Mention],
    blocks: Mapping[str, Sequence[int]],
    coauthors: Mapping[int, Collection[str]],
    population: _Population,
) -> list[tuple[float, int, int]]:
    """Pairs of mentions that something speaks for, with how much; within a block each shares its evidence with few."""
    found: list[tuple[float, int, int]] = []
    for key, places in blocks.items():
        if len(places) < 2:
            continue
        if key.startswith("orcid "):
            found.extend((9.0, places[0], other) for other in places[1:])
            continue
        found.extend(_within_block(mentions, places, coauthors, population))
    return found


def _within_block(
    mentions: Sequence[Mention],
    places: Sequence[int],
    coauthors: Mapping[int, Collection[str]],
    population: _Population,
) -> list[tuple[float, int, int]]:
    found: list[tuple[float, int, int]] = []
    groups: dict[tuple[str, object], list[int]] = defaultdict(list)
    clear = _clear_givens({mentions[place].name.given for place in places})
    for place in places:
        mention = mentions[place]
        for institution in mention.institutions:
            groups["institution", institution].append(place)
        others = coauthors[mention.work_id]
        if len(others) <= CROWD:
            for other in others:
                if other != _short(mention.name):
                    groups["coauthor", other].append(place)
        groups["name", fold(mention.name.given)].append(place)
        if mention.name.given in clear:
            groups["block", ""].append(place)
    for (kind, _), group in groups.items():
        for one, other in _few_pairs(group):
            mine, theirs = mentions[one].name, mentions[other].name
            if not given_names_compatible(mine.given, theirs.given):
                continue
            if kind in ("coauthor", "institution"):
                strength = 5.0 if kind == "coauthor" else 4.0
                found.append((strength + (is_full(mine) and is_full(theirs)), one, other))
            elif (namesakes := max(population.namesakes(mine), population.namesakes(theirs))) < NAMESAKES:
                found.append((2.0 - namesakes + (kind == "name"), one, other))
    return found


def _clear_givens(givens: Collection[str]) -> frozenset[str]:
    """Of the given names of one block those that fit no two names that contradict each other; none of a crowded one."""
    several = sorted(givens)
    if len(several) > KEY_CAP:
        return frozenset()
    fits = {one: [other for other in several if given_names_compatible(one, other)] for one in several}
    return frozenset(
        one for one in several if all(given_names_compatible(a, b) for a, b in combinations(fits[one][:40], 2))
    )


def _few_pairs(group: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Enough pairs to hold a group together: all of a small one, otherwise each with the next few."""
    reach = len(group) if len(group) <= 12 else 4
    for place, one in enumerate(group):
        for other in group[place + 1 : place + 1 + reach]:
            yield one, other
