"""Mentions, and known persons behind them, as columns: each text is read once, whoever says it."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

import numpy as np
from scipy import sparse

from puma.matching.persons.book import Book, Numbers
from puma.matching.persons.mentions import KnownPerson, Mention, mate_names, place_words, topic_words
from puma.matching.rarity import Bags, Floats, Places, binary, distinct, ones, sizes_of
from puma.names import fold
from puma.work import Hands, Own

_NEVER = (np.nan, np.nan)

CROWD = 100  # authors; in a larger crowd co-authors say nothing


@dataclass(frozen=True, slots=True)
class Field:
    """What everybody says of one thing: the texts of each as rows of ones, and the words of the texts."""

    said: sparse.csr_matrix
    texts: Bags
    keys: Sequence[Any]

    @classmethod
    def begun(
        cls,
        mentions: Iterable[Hashable],
        people: Sequence[Sequence[Hashable]],
        read: Callable[[Any], Iterable[str]],
        who: Hands,
    ) -> Callable[[], "Field"]:
        """What waits for the field: one text of each mention, several of each known person, which somebody reads."""
        numbers = Numbers()
        single, several = numbers.of(mentions), numbers.of(chain.from_iterable(people))
        sizes = np.concatenate([np.ones(len(single), np.int64), sizes_of(people)])
        texts = list(numbers)
        said = ones(sizes, np.concatenate([single, several]), len(texts))
        found = who.beside(_read, (read, texts))
        return lambda: cls(said, found(), texts)

    def bags(self, members: sparse.csr_matrix) -> Bags:
        """The words of several together; members: a row for each, not 0 at those who say it."""
        return self.texts.of_any(binary(members @ self.said))


def _read(part: tuple[Callable[[Any], Iterable[str]], Sequence[Any]]) -> Bags:
    read, texts = part
    return Bags.of(map(read, texts))


def _place_marks(where: tuple[str, Iterable[int]]) -> frozenset[str]:
    """The words of an affiliation, and the institutions it was found to be."""
    return place_words(where[0]) | {f"#{number}" for number in where[1]}


def _venue_mark(venue: str) -> list[str]:
    return [fold(venue)] if venue else []


@dataclass(frozen=True, slots=True)
class Roll:
    """Columns over mentions; those with ``all`` before them over mentions and the known persons behind them.

    orcid: as numbers, -1 where there is none. alike: what else mentions must have in common to be the same, in numbers.
    """

    mentions: Sequence[Mention]
    people: Sequence[KnownPerson]
    book: Book
    name: Places
    work: Places
    orcid: Places
    orcids: Numbers
    alike: tuple[Places, ...]
    known_as: sparse.csr_matrix
    """Known persons over the names of the book."""
    called: Sequence[tuple[int, ...]]
    """The same in the order of their names."""
    places: Field
    words: Field
    venues: Field
    first_year: Floats
    last_year: Floats
    own_mates: Bags
    """Names over what co-authors know them by."""
    said_mates: sparse.csr_matrix
    """Co-authors that mentions and known persons name themselves, over the same."""

    @classmethod
    def of(cls, mentions: Sequence[Mention], people: Sequence[KnownPerson] = (), who: Hands | None = None) -> "Roll":
        """Everything that is compared of them. who: reads what they say, while their names are read."""
        who = who or Own()
        words = Field.begun((m.title for m in mentions), [p.titles for p in people], topic_words, who)
        places = Field.begun(
            ((m.affiliation, m.institutions) for m in mentions),
            [[*((text, frozenset()) for text in p.affiliations), ("", p.institutions)] for p in people],
            _place_marks, who,
        )  # fmt: skip
        venues = Field.begun((m.venue for m in mentions), [p.venues for p in people], _venue_mark, who)
        names, orcids, years, sets = Numbers(), Numbers(), Numbers(), Numbers()
        objects = {id(mention.name): mention.name for mention in mentions}  # the same ones again and again
        number = {mark: names[name] for mark, name in objects.items()}
        name = np.fromiter((number[id(mention.name)] for mention in mentions), np.int64, len(mentions))
        called = [tuple(map(names.__getitem__, person.names)) for person in people]
        known: list[Any] = list(names)
        said = sets.of(chain((m.coauthors for m in mentions), (p.coauthors for p in people)))
        mates = Bags.of([*map(mate_names, known), *sets])
        first, last = (
            np.array([one.year or np.nan for one in mentions] + [(p.years or _NEVER)[end] for p in people], np.float32)
            for end in (0, 1)
        )
        book = Book.of(known)
        homes, titles, journals = places(), words(), venues()
        where = Numbers().of((fold(text), found) for text, found in homes.keys)[homes.said.indices[: len(name)]]
        return cls(
            mentions, people, book, name,
            np.fromiter((mention.work_id for mention in mentions), np.int64, len(mentions)),
            np.array([orcids[m.orcid] if m.orcid else -1 for m in mentions], dtype=np.int64), orcids,
            (where, *(one.said.indices[: len(name)] for one in (titles, journals)), years.of(m.year for m in mentions)),
            ones(sizes_of(called), np.fromiter(chain.from_iterable(called), np.int64), len(known)), called,
            homes, titles, journals, first, last,
            Bags(mates.rows[: len(known)], mates.words), mates.rows[len(known) + said],
        )  # fmt: skip

    def bare(self) -> "Roll":
        """The same without what it was read from: the numbers that `alike` looks at, for others to do."""
        people = [KnownPerson(one.person_id, (), one.orcid, teams=one.teams) for one in self.people]
        places, words, venues = (replace(one, keys=()) for one in (self.places, self.words, self.venues))
        return replace(self, mentions=(), people=people, places=places, words=words, venues=venues)

    def held(self) -> Places:
        """How many known persons each key of the book finds."""
        keys = binary(self.known_as @ self.book.keys)
        return np.bincount(keys.indices, minlength=keys.shape[1])

    def mates(self, some: Places) -> sparse.csr_matrix:
        """The co-authors of some mentions, over the words of ``own_mates``.

        As a mention says itself, else the others among these of its work unless that is a crowd's; none has the own
        name.
        """
        own = self.own_mates.rows[self.name[some]]
        said = self.said_mates[some]
        silent = np.diff(said.indptr) == 0
        _, work = np.unique(self.work[some], return_inverse=True)
        speaks = silent & ~self.book.collective[self.name[some]]
        team = np.bincount(work[speaks], minlength=int(work.max(initial=-1)) + 1)
        asks = silent & (team[work] > 1) & (team[work] <= CROWD)
        if not asks.any():
            return binary(said)
        theirs = marked(work[speaks], len(team)).T @ own[speaks]
        found = binary(sparse.diags(asks.astype(np.float32)) @ marked(work, len(team)) @ theirs)
        found = found - found.multiply(own) + said
        found.eliminate_zeros()
        return binary(found)

    def mates_of_people(self) -> sparse.csr_matrix:
        """The co-authors of known persons: whom they name, and who was on a team with them."""
        teams = Numbers()
        numbers = teams.of(team for person in self.people for team in person.teams)
        on = ones(sizes_of([person.teams for person in self.people]), numbers, len(teams))
        own = binary(self.known_as @ self.own_mates.rows)
        theirs = binary(on @ binary(on.T @ own))
        return binary(self.said_mates[len(self.mentions) :] + drop(theirs - theirs.multiply(own)))


def coauthors_of(mentions: Sequence[Mention]) -> list[frozenset[str]]:
    """What `Roll.mates` gives for all of them, for few: the co-authors of each mention as words."""
    teams: dict[int, list[frozenset[str]]] = defaultdict(list)
    for mention in mentions:
        if not mention.coauthors and not mention.name.is_collaboration:
            teams[mention.work_id].append(mate_names(mention.name))
    all_of = {work: frozenset().union(*team) for work, team in teams.items() if 1 < len(team) <= CROWD}
    return [
        mention.coauthors if mention.coauthors or mention.work_id not in all_of
        else all_of[mention.work_id] - mate_names(mention.name)
        for mention in mentions
    ]  # fmt: skip


def marked(columns: Places, total: int) -> sparse.csr_matrix:
    """Rows with a single 1, at these columns."""
    return ones(np.ones(len(columns), np.int64), columns, total)


def drop(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same without the zeros that are written."""
    rows = rows.tocsr()
    rows.eliminate_zeros()
    return rows


@dataclass(frozen=True, slots=True)
class Groups:
    """Mentions that do not differ in anything that is compared, as one.

    of: the group of each of the mentions, by place among ``some``; -1 of what is no person's. first: the mention that
    stands for it.
    """

    roll: Roll
    some: Places
    of: Places
    first: Places
    mates: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.first)

    @property
    def name(self) -> Places:
        """The name of each group."""
        return self.roll.name[self.first]

    @property
    def seen(self) -> Places:
        """How many mentions each stands for."""
        return np.bincount(self.of[self.of >= 0], minlength=len(self))

    @property
    def orcid(self) -> Places:
        """The number of the ORCID iD of each."""
        return self.roll.orcid[self.first]

    @property
    def work(self) -> Places:
        """The work of the lowest number of each."""
        there = np.flatnonzero(self.of >= 0)
        found = self.roll.work[self.first]
        np.minimum.at(found, self.of[there], self.roll.work[self.some[there]])
        return found

    def members(self) -> sparse.csr_matrix:
        """The mentions of each, as rows over ``some``."""
        there = np.flatnonzero(self.of >= 0)
        return sparse.csr_matrix(
            (np.ones(len(there), np.float32), (self.of[there], there)), (len(self), len(self.some))
        )

    def works(self, members: sparse.csr_matrix) -> list[tuple[int, ...]]:
        """The works of some of the rows that `members` gives."""
        works = self.roll.work[self.some[members.indices]].tolist()
        return [tuple(works[start:end]) for start, end in pairwise(members.indptr.tolist())]

    def held(self) -> Places:
        """How many groups each key of the book finds."""
        found: Places = self.roll.book.keys.T @ np.bincount(self.name, minlength=len(self.roll.book.names))
        return found


def collapse(roll: Roll, some: Places | None = None) -> Groups:
    """Mentions without what is no person's, identical ones as one; two of one work are never one."""
    some = np.arange(len(roll.name)) if some is None else some
    mates = roll.mates(some)
    there = np.flatnonzero(~(roll.book.collective | roll.book.empty)[roll.name[some]])
    here = some[there]
    code = codes(roll.name[here], roll.orcid[here] + 1, distinct(mates)[1][there], *(one[here] for one in roll.alike))
    both = codes(code, roll.work[here])  # its namesake is an author too
    order = np.argsort(both, kind="stable")
    rank = np.empty(len(here), np.int64)
    rank[order] = np.arange(len(here)) - np.searchsorted(both[order], both[order])
    of = np.full(len(some), -1, dtype=np.int64)
    of[there] = in_order(codes(code, rank))
    first = there[np.unique(of[there], return_index=True)[1]]
    return Groups(roll, some, of, some[first], mates[first])


def in_order(numbers: Places) -> Places:
    """The same numbers as they come: 0 for the first and all that are equal to it, 1 for the next other one."""
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    turn = np.empty(len(first), np.int64)
    turn[np.argsort(first)] = np.arange(len(first))
    return turn[which]


def codes(*columns: Places) -> Places:
    """One number for each row of columns of numbers that are not negative."""
    found = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, found = np.unique(found, return_inverse=True)
        _, column = np.unique(column, return_inverse=True)
        found = found * (int(column.max(initial=0)) + 1) + column
    return found
