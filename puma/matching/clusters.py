"""Mentions that are no known person's, put together into persons: by ORCID, institution, co-authors, or a rare name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from puma.matching.mentions import Mention, Population, is_full, short_name
from puma.names import fold, given_names_compatible

NAMESAKES = 0.6  # people of one name expected among all names seen; below it the name alone joins mentions
CROWD = 100  # authors; in a larger crowd co-authors say nothing
MOST_GIVENS = 400  # given names under one family and initial; among more of them none is clear


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
    population = Population.of(mention.name for mention in mentions)
    coauthors: dict[int, set[str]] = defaultdict(set)
    for mention in mentions:
        if not mention.name.is_collaboration:
            coauthors[mention.work_id].add(short_name(mention.name))
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, mention in enumerate(mentions):
        if mention.name.family and not mention.name.is_collaboration:
            blocks[short_name(mention.name)].append(place)
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
    population: Population,
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
    population: Population,
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
            for coauthor in others:
                if coauthor != short_name(mention.name):
                    groups["coauthor", coauthor].append(place)
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
    if len(several) > MOST_GIVENS:
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
