"""Invented proposals and publications of any number for the scale benchmark, in memory and as rows of a database."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from puma.entities import Authorship, Facility, Identifier, Participant, Person, Proposal, Publication, Record
from puma.matching.links.works import Bid, Work
from puma.storage import Storage, insert_rows, take_numbers

GROUPS_OF = 4  # proposals of one group of people, on average
WORDS = 60_000
FAMILIES, GIVEN = 30_000, 1_500
FIRST = date(1998, 1, 1)
MADE = datetime(2026, 1, 1, tzinfo=UTC)
NONE = -1
BLOCK = 10_000  # papers invented at a time

Numbers = NDArray[np.int64]


@dataclass(slots=True)
class Made:
    """What was invented. truth: for each work the row of its proposal, or -1; persons: how each is written."""

    works: list[Work]
    bids: list[Bid]
    persons: list[tuple[str, str]]
    truth: Numbers


class Invention:
    """Groups of people who apply again and again; 55 % of the papers come from a proposal, 25 % are other work of a
    group, 20 % are by strangers. Names and words follow Zipf's law; a third of the papers has no abstract; every
    twentieth author may be one of two persons of the same name; 0.1 % of the papers have some hundred authors.

    Papers are invented in blocks of `BLOCK`, in any order, so that not all need be in memory.
    """

    def __init__(self, proposals: int, publications: int, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self.seed, self.publications = seed, publications
        groups = max(proposals // GROUPS_OF, 1)
        self._size = rng.integers(4, 13, groups)
        self._starts = np.concatenate([[0], np.cumsum(self._size)])
        self._people = int(self._starts[-1])
        self._everybody = self._people + publications // 4
        self.persons = _names(rng, self._everybody)
        self._vocabulary = _words(rng, WORDS, 3)
        self._weights = _zipf(WORDS, 1.0)
        self._topics = rng.choice(WORDS, (groups, 12), p=_zipf(WORDS, 0.55))
        self._staff = rng.integers(0, self._people, max(proposals // 500, 1))
        group_of = rng.integers(0, groups, proposals)
        self._by_group = np.split(
            np.argsort(group_of, kind="stable"), np.cumsum(np.bincount(group_of, minlength=groups))[:-1]
        )
        general = rng.choice(WORDS, (proposals, 100), p=self._weights)
        self.bids = [self._bid(rng, place, int(group), general[place]) for place, group in enumerate(group_of)]

    def _text(
        self, rng: np.random.Generator, general: Numbers, topic: Numbers, count: int, share: float
    ) -> tuple[str, str]:
        several = general[:count].copy()
        own = rng.random(count) < share
        several[own] = topic[rng.integers(0, len(topic), int(own.sum()))]
        words = self._vocabulary[several].tolist()
        return " ".join(words[:10]), " ".join(words[10:])

    def _bid(self, rng: np.random.Generator, place: int, group: int, general: Numbers) -> Bid:
        members = self._starts[group] + rng.permutation(self._size[group])[: rng.integers(2, 7)]
        title, text = self._text(rng, general, self._topics[group], 80, 0.12)
        contact = int(self._staff[rng.integers(len(self._staff))])
        return Bid(
            proposal_id=place + 1, code=f"P-{place + 1:06}", title=title, text=text,
            team=frozenset(int(one) + 1 for one in members) - {contact + 1}, leader=int(members[0]) + 1,
            local_contacts=frozenset({contact + 1}),
            first_day=FIRST + timedelta(days=int(rng.integers(0, 9000))),
            institutions=frozenset({group % 3000 + 1}), instruments=frozenset({group % 50 + 1}),
        )  # fmt: skip

    def works(self, block: int) -> tuple[list[Work], Numbers]:
        """A block of the papers, and for each the row of its proposal."""
        rng = np.random.default_rng([self.seed, block])
        rows = range(block * BLOCK, min((block + 1) * BLOCK, self.publications))
        general = rng.choice(WORDS, (len(rows), 100), p=self._weights)
        kinds = rng.random(len(rows))
        found = [self._work(rng, row, *some) for row, *some in zip(rows, kinds.tolist(), general, strict=True)]
        return [work for work, _ in found], np.array([true for _, true in found], dtype=np.int64)

    def _work(self, rng: np.random.Generator, row: int, kind: float, general: Numbers) -> tuple[Work, int]:
        group, true = int(rng.integers(len(self._size))), NONE
        own = self._by_group[group]
        strange = self._people + rng.integers(0, max(self._everybody - self._people, 1), rng.integers(1, 6))
        day = FIRST + timedelta(days=int(rng.integers(200, 10000)))
        if kind < 0.55 and len(own):
            true = int(own[rng.integers(len(own))])
            bid = self.bids[true]
            team = np.array(sorted(bid.team), dtype=np.int64) - 1
            day = (bid.first_day or FIRST) + timedelta(days=int(rng.gamma(2.5, 300)))
            authors = np.concatenate([team[rng.random(len(team)) < 0.6], strange[:3]])
        elif kind < 0.8:
            members = self._starts[group] + rng.permutation(self._size[group])[: rng.integers(1, 6)]
            authors = np.concatenate([members, strange[:2]])
        else:
            authors = strange
        if rng.random() < 0.001:
            authors = np.concatenate([authors, rng.integers(0, self._everybody, 300)])
        topic = self._topics[group if kind < 0.8 else int(rng.integers(len(self._size)))]
        title, text = self._text(rng, general, topic, 100 if rng.random() < 0.65 else 10, 0.1)
        people = tuple(
            ((one + 1, 0.97),) if (one + row) % 20 else ((one + 1, 0.6), (one % self._people + 1, 0.3))
            for one in authors.tolist()
        )
        return Work(
            work_id=10_000_000 + row, title=title, text=text, day=day, authors=people,
            institutions=frozenset({group % 3000 + 1}),
        ), true  # fmt: skip


def invent(proposals: int, publications: int, seed: int = 1) -> Made:
    """All of an invention in memory."""
    one = Invention(proposals, publications, seed)
    blocks = [one.works(block) for block in range(-(-publications // BLOCK))]
    works = [work for some, _ in blocks for work in some]
    return Made(works, one.bids, one.persons, np.concatenate([true for _, true in blocks]))


class Shelved(Sequence[Work]):
    """The papers of an invention in files of a folder, a block each: in memory are only those that are asked for."""

    def __init__(self, one: Invention, folder: Path) -> None:
        self._folder, self._count = folder, one.publications
        truth = []
        for block in range(-(-self._count // BLOCK)):
            works, true = one.works(block)
            (folder / str(block)).write_bytes(pickle.dumps(works))
            truth.append(true)
        self.truth = np.concatenate(truth)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, which: int) -> Work: ...
    @overload
    def __getitem__(self, which: slice) -> list[Work]: ...
    def __getitem__(self, which: int | slice) -> Work | list[Work]:
        """A work, or a slice that ends where a block does."""
        if isinstance(which, int):
            return self._block(which // BLOCK)[which % BLOCK]
        start, stop, _ = which.indices(self._count)
        several = [work for block in range(start // BLOCK, -(-stop // BLOCK)) for work in self._block(block)]
        return several[start % BLOCK :][: stop - start]

    def _block(self, block: int) -> list[Work]:
        works: list[Work] = pickle.loads((self._folder / str(block)).read_bytes())
        return works


def crowd(publications: int, proposals: int) -> tuple[list[Work], list[Bid]]:
    """The worst case: everything shares one author and one word of the title."""
    day = date(2020, 1, 1)
    works = [
        Work(10_000_000 + n, f"Scattering {n}", day=day, authors=(((1, 1.0),),)) for n in range(publications)
    ]  # fmt: skip
    bids = [
        Bid(n + 1, f"P-{n + 1}", "Scattering", team=frozenset({1}), leader=1, first_day=day) for n in range(proposals)
    ]
    return works, bids


def store(made: Made, storage: Storage) -> None:
    """Write what was invented as rows; authors are written as names, and their persons are to be found."""
    seen = {"visibility": "public", "created_at": MADE, "changed_at": MADE}
    with storage.writing() as session:
        first = take_numbers(session, "record", 1 + len(made.persons) + len(made.bids) + len(made.works)).start
        person = first + 1
        bid = person + len(made.persons)
        work = bid + len(made.bids)
        insert_rows(session, Record, [{"id": first, "kind": "facility", **seen}])
        insert_rows(session, Facility, [{"id": first, "code": "SIM", "name": "Simulated source"}])
        on_team = sorted({p for one in made.bids for p in one.team | one.local_contacts})
        insert_rows(session, Record, [{"id": person + p - 1, "kind": "person", **seen} for p in on_team])
        insert_rows(
            session, Person,
            [
                {"id": person + p - 1, "family_name": made.persons[p - 1][0], "given_name": made.persons[p - 1][1]}
                for p in on_team
            ],
        )  # fmt: skip
        for kind, start, some in (("proposal", bid, made.bids), ("publication", work, made.works)):
            insert_rows(session, Record, [{"id": start + n, "kind": kind, **seen} for n in range(len(some))])
        insert_rows(
            session, Proposal,
            [
                {
                    "id": bid + n, "facility_id": first, "code": one.code, "title": one.title, "abstract": one.text,
                    "deposited_on": one.first_day, "decision": "accepted",
                }
                for n, one in enumerate(made.bids)
            ],
        )  # fmt: skip
        insert_rows(
            session, Identifier,
            [
                {"record_id": bid + n, "kind": "proposal", "scheme": "code", "value": f"sim/{one.code.lower()}"}
                for n, one in enumerate(made.bids)
            ],
        )  # fmt: skip
        insert_rows(
            session, Participant,
            [
                {
                    "proposal_id": bid + n, "person_id": person + p - 1, "position": place,
                    "name": ", ".join(made.persons[p - 1]),
                    "role": "local_contact" if p in one.local_contacts else "co_proposer",
                }
                for n, one in enumerate(made.bids)
                for place, p in enumerate(sorted(one.team | one.local_contacts), start=1)
            ],
        )  # fmt: skip
        insert_rows(
            session, Publication,
            [
                {
                    "id": work + n, "type": "JOURNAL_ARTICLE", "title": one.title, "abstract": one.text or None,
                    "published_on": one.day, "published_precision": "day", "year": one.day.year if one.day else None,
                }
                for n, one in enumerate(made.works)
            ],
        )  # fmt: skip
        insert_rows(
            session, Authorship,
            [
                {
                    "record_id": work + n, "position": place, "name": ", ".join(made.persons[p - 1]),
                    "family_name": made.persons[p - 1][0], "given_name": made.persons[p - 1][1],
                }
                for n, one in enumerate(made.works)
                for place, p in enumerate((options[0][0] for options in one.authors), start=1)
            ],
        )  # fmt: skip


def _zipf(count: int, power: float) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 1 / np.arange(8, count + 8) ** power
    return found / found.sum()


def _words(rng: np.random.Generator, count: int, syllables: int) -> NDArray[np.str_]:
    parts = np.array([a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il")])
    places = rng.choice(len(parts) ** syllables, count, replace=False)
    found = parts[places % len(parts)]
    for _ in range(syllables - 1):
        places = places // len(parts)
        found = np.char.add(found, parts[places % len(parts)])
    return found


def _names(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    families = np.char.capitalize(_words(rng, FAMILIES, 3))[rng.choice(FAMILIES, count, p=_zipf(FAMILIES, 0.8))]
    given = np.char.capitalize(_words(rng, GIVEN, 2))[rng.choice(GIVEN, count, p=_zipf(GIVEN, 0.7))]
    return list(zip(families.tolist(), given.tolist(), strict=True))
