"""What people decided about persons, laid over what is found: it holds, and what is found follows it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from puma.matching.persons.assign import link_mentions
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention
from puma.matching.persons.roll import coauthors_of

NOBODY = Assignment(None, None, 0.0)
Label = tuple[bool, int]
"""Whose a mention is found to be: (it is a known person, its number or that of the cluster)."""


def follow(
    mentions: Sequence[Mention],
    found: Sequence[Assignment],
    put: Mapping[int, int],
    anchors: Collection[KnownPerson],
) -> list[Assignment]:
    """The person of every mention: the one with whom people put it, else the one with whom they put what is like it.

    put: persons by place of the mention. Where people took apart what is found to be one person, a further mention is
    that one's of them who is likely enough, or nobody's. What people decided nothing about stays as it is found.
    """
    if not put:
        return list(found)
    rivals: dict[Label, set[int]] = defaultdict(set)
    for place, person in put.items():
        if label := _label(found[place]):
            rivals[label].add(person)
            if label[0]:
                rivals[label].add(label[1])
    taken = {(mentions[place].work_id, person) for place, person in put.items()}
    several = [
        place
        for place, one in enumerate(found)
        if place not in put and (label := _label(one)) and len(rivals.get(label, ())) > 1
    ]
    settled = _between(mentions, several, put, anchors)
    result = []
    for place, one in enumerate(found):
        label = _label(one)
        here = rivals.get(label, set()) if label else set()
        if place in put:
            person, chance = put[place], 1.0
        elif not here:
            result.append(one)
            continue
        elif len(here) == 1:
            person, chance = next(iter(here)), one.probability
        else:
            likeliest = settled[place]
            person, chance = likeliest.person_id or 0, likeliest.probability
        if person not in here and place not in put or (place not in put and (mentions[place].work_id, person) in taken):
            result.append(NOBODY)
        else:
            result.append(Assignment(person, None, chance, ((person, chance),)))
    return result


def _label(one: Assignment) -> Label | None:
    if one.person_id is not None:
        return True, one.person_id
    return (False, one.cluster) if one.cluster is not None else None


def _between(
    mentions: Sequence[Mention],
    several: Sequence[int],
    put: Mapping[int, int],
    anchors: Collection[KnownPerson],
) -> dict[int, Assignment]:
    """Whose of the persons that people know apart each of these mentions is."""
    if not several:
        return {}
    coauthors = coauthors_of(mentions)
    own: dict[int, list[int]] = defaultdict(list)
    for place, person in sorted(put.items()):
        own[person].append(place)
    known = {one.person_id: one for one in anchors}
    people = [
        _known_by([mentions[place] for place in places], [coauthors[place] for place in places],
                 known.get(person, KnownPerson(person, ())))
        for person, places in sorted(own.items())
    ]  # fmt: skip
    people += [one for number, one in sorted(known.items()) if number not in own]
    asked = [replace(mentions[place], coauthors=coauthors[place]) for place in several]
    return dict(zip(several, link_mentions(asked, people), strict=True))


def _known_by(mentions: Sequence[Mention], coauthors: Sequence[frozenset[str]], before: KnownPerson) -> KnownPerson:
    """A known person with all that these mentions tell."""
    stated = sorted({one.orcid for one in mentions if one.orcid} - {before.orcid})
    years = [one.year for one in mentions if one.year] + list(before.years or ())
    return replace(
        before,
        names=tuple(dict.fromkeys([*before.names, *(one.name for one in mentions)])),
        orcid=before.orcid or (stated[0] if stated else None),
        other_orcids=before.other_orcids | frozenset(stated),
        institutions=before.institutions.union(*(one.institutions for one in mentions)),
        affiliations=tuple(sorted({*before.affiliations, *(m.affiliation for m in mentions if m.affiliation)})),
        coauthors=before.coauthors.union(*coauthors),
        titles=tuple(dict.fromkeys([*before.titles, *(one.title for one in mentions)])),
        venues=tuple(sorted({*before.venues, *(one.venue for one in mentions if one.venue)})),
        years=(min(years), max(years)) if years else None,
    )
