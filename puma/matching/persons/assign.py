"""Authorships to persons: anchors known to user offices first, ORCID as evidence; who is nobody's is clustered."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from puma.matching.model import Floats, Model, load
from puma.matching.persons.book import Bools, Numbers, families_agree, families_of, same_person_possible, spread
from puma.matching.persons.clusters import BLOCK_CAP, MODEL, ORCID, clusters_and_sides
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention
from puma.matching.persons.pairs import CHUNK, Rarities, Sides, pair_rows, rivals, sides_of_groups
from puma.matching.persons.roll import Groups, Roll, collapse, marked
from puma.matching.rarity import Places, Weighed, binary
from puma.names import PersonName, fold
from puma.work import Hands

KEY_CAP = 400  # more persons than this under one key: only those with the same full name are looked at
ACCEPT = 0.85  # probability from which an authorship gets a person
CLEAR = 0.05  # by how much a mention has to be the likelier one of a work
ASK = 0.02  # options less likely are not named
MOST = 5  # options that are named

Options = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Lore:
    """Rarities of a look at all mentions, for looks at few: beside known persons, and beside each other."""

    known: Rarities
    unknown: Rarities

    @classmethod
    def of(cls, weights: Sequence[Sequence[Weighed]]) -> "Lore":
        """As both looks at all gave them; of a look at nobody there are none."""
        return cls(*map(Rarities.of, weights))


def assign_persons(
    mentions: Sequence[Mention], people: Sequence[KnownPerson], hands: Hands | None = None
) -> list[Assignment]:
    """The person of every mention, in order: known people first, then clusters among what is left.

    Within one work a person is mentioned once: of two mentions the likelier one stays, of two equal ones neither.
    hands: who does the parts of much work; the result is the same.
    """
    return assign_and_learn(mentions, people, hands)[0] if mentions else []


def assign_and_learn(
    mentions: Sequence[Mention], people: Sequence[KnownPerson], hands: Hands | None = None
) -> tuple[list[Assignment], Lore]:
    """The same, and the rarities by which it was found."""
    found, weights, _ = assign_roll(Roll.of(mentions, people), hands)
    return found, Lore.of(weights)


def assign_roll(
    roll: Roll, hands: Hands | None = None
) -> tuple[list[Assignment], tuple[tuple[Weighed, ...], ...], int]:
    """The same of the mentions of a roll: who is who, what `Lore` is made of, and under how many keys of names not
    everybody was compared."""
    found, sides = link_roll(roll)
    known = sides.weights() if sides else ()
    del sides  # it is long
    some = np.flatnonzero([not is_told(one) for one in found])
    groups = collapse(roll, some)
    clusters, sides = clusters_and_sides(groups, hands=hands)
    for place, number in zip(some.tolist(), clusters.tolist(), strict=True):
        found[place] = Assignment(None, number if number >= 0 else None, float(number >= 0), found[place].options)
    capped = int((groups.held() > BLOCK_CAP).sum() + (roll.held() > KEY_CAP).sum())
    return found, (known, sides.weights() if sides else ()), capped


def is_told(one: Assignment) -> bool:
    """Whether it has its person, or is somebody's of several known ones: it makes no new person."""
    return one.person_id is not None or (bool(one.options) and sum(chance for _, chance in one.options) >= ACCEPT)


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
    alike: dict[Hashable, list[PersonName]] = defaultdict(list)  # agreeing names share one of these
    for name in bearers:
        for mark in (*families_of(name), (fold(name.family), fold(name.given)), name):
            alike[mark].append(name)
    found = set(sure)
    waiting = {*asked, *chain.from_iterable(named.get(person, ()) for person in sure)}
    while waiting and bearers:
        name = waiting.pop()
        marks = (*families_of(name), (fold(name.given), fold(name.family)), name)
        for other in set(chain.from_iterable(alike.get(mark, ()) for mark in marks)):
            if other not in bearers or (other != name and not same_person_possible(name, other)):
                continue
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
    return link_roll(Roll.of(mentions, people), least, model, known)[0]


def link_roll(
    roll: Roll, least: float = ACCEPT, model: Model | None = None, known: Rarities | None = None
) -> tuple[list[Assignment], Sides | None]:
    """The same of the mentions of a roll, with what was compared; of nothing where nobody is known."""
    found = [Assignment(None, None, 0.0)] * len(roll.mentions)
    if not roll.people:
        return found, None
    model = model or load(MODEL)
    groups = collapse(roll)
    sides = sides_of_groups(groups, known, people=True)
    one, other, sure = possible(groups)
    score = np.zeros(len(one))
    for start, rows in link_rows(groups, sides, one, other):
        score[start : start + len(rows)] = model.score(rows)
    slope, offset = model.card.get("links", (1.0, 0.0))
    score = slope * score + offset + np.where(sure, ORCID, 0.0)
    numbers = np.array([person.person_id for person in roll.people], dtype=np.int64)
    _decide(groups, _options(one, numbers[other], score), least, found)
    return found, sides


def _options(one: Places, people: Places, score: Floats) -> dict[int, Options]:
    """The persons of each group with their probabilities, the likeliest first and at most five.

    one: the group of each pair, rising. Nobody is an option of log-odds 0.
    """
    odds = np.exp(score.clip(-30, 30))
    starts = np.flatnonzero(np.diff(one, prepend=-1))
    sizes = np.diff(starts, append=len(one))
    chance = odds / np.repeat(1 + np.add.reduceat(odds, starts) if len(one) else odds, sizes)
    order = np.lexsort((people, -chance, one))
    order = order[(np.arange(len(one)) - np.repeat(starts, sizes) < MOST) & (chance[order] >= ASK)]
    ends = np.flatnonzero(np.diff(one[order], append=-1)) + 1
    several = list(zip(people[order].tolist(), (round(one, 4) for one in chance[order].tolist()), strict=True))
    return {
        group: tuple(several[start:end])
        for group, (start, end) in zip(one[order[ends - 1]].tolist(), pairwise([0, *ends.tolist()]), strict=True)
    }


def _decide(groups: Groups, options: Mapping[int, Options], least: float, found: list[Assignment]) -> None:
    """Give each mention its likeliest person, each person at most one mention of a work."""
    open_ones = {group: Assignment(None, None, some[0][1], some) for group, some in options.items()}
    found[:] = map(open_ones.get, groups.of.tolist(), found)
    likeliest, chance = np.zeros(len(groups) + 1, np.int64), np.full(len(groups) + 1, -1.0)  # the last: nobody's
    for one, some in options.items():
        likeliest[one], chance[one] = some[0]
    places = np.flatnonzero(chance[groups.of] >= least)
    order = np.lexsort((chance[groups.of[places]], likeliest[groups.of[places]], groups.roll.work[places]))
    places = places[order]  # of a person in a work the likeliest mention is the last one
    group, work = groups.of[places], groups.roll.work[places]
    again = (np.diff(work) == 0) & (np.diff(likeliest[group]) == 0)
    sure = np.append(~again, True)[: len(places)]
    sure[1:] &= ~again | (np.diff(chance[group]) >= CLEAR)
    told = {one: Assignment(some[0][0], None, some[0][1], some) for one, some in options.items()}
    for place, one in zip(places[sure].tolist(), group[sure].tolist(), strict=True):
        found[place] = told[one]


def possible(groups: Groups) -> tuple[Places, Places, Bools]:
    """Places of groups and of known persons that may be each other, and whether an ORCID iD says so; in order."""
    roll = groups.roll
    names, called = np.unique(groups.name, return_inverse=True)
    near = _near(roll, names)
    group, place = spread(near.indptr[called].astype(np.int64), near.indptr[called + 1].astype(np.int64))
    person = near.indices[place].astype(np.int64)
    holders = {orcid: place for place, p in enumerate(roll.people) for orcid in p.other_orcids}
    holders |= {p.orcid: place for place, p in enumerate(roll.people) if p.orcid}
    holder = np.array([holders.get(str(orcid), -1) for orcid in roll.orcids] + [-1], dtype=np.int64)[groups.orcid]
    stated = np.array([roll.orcids.get(p.orcid or "", -2 if p.orcid else -1) for p in roll.people], dtype=np.int64)
    sure = np.flatnonzero(holder >= 0)
    allowed = [_name_allows(roll.book.names[name], roll.people[place])
               for name, place in zip(groups.name[sure].tolist(), holder[sure].tolist(), strict=True)]  # fmt: skip
    sure = sure[np.array(allowed, dtype=bool)]
    mine = groups.orcid[group]
    keep = (mine < 0) | (stated[person] == -1) | (stated[person] == mine)
    keep &= (holder[group] != person) & ~np.isin(group, sure)
    group, person = np.append(group[keep], sure), np.append(person[keep], holder[sure])
    order = np.argsort(group, kind="stable")
    return group[order], person[order], np.isin(group, sure)[order]


def _near(roll: Roll, names: Places) -> csr_matrix:
    """Of each name the known persons whose it can be: they share a key, a crowded one with the full given name."""
    book = roll.book
    keys, crowded = binary(roll.known_as @ book.keys), roll.held() > KEY_CAP
    shared = binary(book.keys[names][:, ~crowded] @ keys[:, ~crowded].T)
    if crowded.any():
        givens = marked(book.folded[:, 1], int(book.folded.max()) + 1)
        mine = _with_given(book.keys[names][:, crowded], givens[names])
        theirs = _with_given(keys[:, crowded], roll.known_as @ givens)
        number = Numbers()
        rows = [
            csr_matrix((np.ones(len(row)), (row, number.of(code.tolist()))), (total, len(mine[1]) + len(theirs[1])))
            for (row, code), total in ((mine, len(names)), (theirs, len(roll.people)))
        ]
        shared = binary(shared + rows[0] @ rows[1].T)
    name, person = shared.nonzero()
    which, place = spread(roll.known_as.indptr[person], roll.known_as.indptr[person + 1])
    fits = book.possible(names[name[which]], roll.known_as.indices[place].astype(np.int64))
    kept = np.bincount(which, fits, minlength=len(name)) > 0
    return csr_matrix((np.ones(int(kept.sum())), (name[kept], person[kept])), shared.shape)


def _with_given(keys: csr_matrix, givens: csr_matrix) -> tuple[Places, Places]:
    """Each key of a row together with each given name of it, as a number: the row, and the number."""
    row, key = keys.nonzero()
    which, place = spread(givens.indptr[row], givens.indptr[row + 1])
    return row[which], key[which].astype(np.int64) * givens.shape[1] + givens.indices[place]


def link_rows(groups: Groups, sides: Sides, one: Places, other: Places) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The features of groups beside known persons, some at a time: where they start, and the rows.

    sides: as `sides_of_groups` gives them with the people of the roll.
    """
    rival = rivals(sides, groups.roll.book)
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        yield start, pair_rows(sides, one[part], other[part] + len(groups), rival)


def _name_allows(name: PersonName, person: KnownPerson) -> bool:
    """An ORCID on another family's name is a slip of the source, unless the given names are the same (marriage)."""
    given = fold(name.given).split(" ")[0]
    return any(
        families_agree(name, one) or (len(given) > 1 and given == fold(one.given).split(" ")[0]) for one in person.names
    )
