"""Invented proposals and publications of any number for the scale benchmark, in memory and as rows of a database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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

Numbers = NDArray[np.int64]


@dataclass(slots=True)
class Made:
    """What was invented. truth: for each work the row of its proposal, or -1; persons: how each is written."""

    works: list[Work]
    bids: list[Bid]
    persons: list[tuple[str, str]]
    truth: Numbers


def invent(proposals: int, publications: int, seed: int = 1) -> Made:
    """Groups of people who apply again and again; 55 % of the papers come from a proposal, 25 % are other work of a
    group, 20 % are by strangers. Names and words follow Zipf's law; a third of the papers has no abstract; every
    twentieth author may be one of two persons of the same name; 0.1 % of the papers have some hundred authors."""
    rng = np.random.default_rng(seed)
    groups = max(proposals // GROUPS_OF, 1)
    size = rng.integers(4, 13, groups)
    starts = np.concatenate([[0], np.cumsum(size)])
    people = int(starts[-1])
    everybody = people + publications // 4
    persons = _names(rng, everybody)
    vocabulary = _words(rng, WORDS, 3)
    weights = _zipf(WORDS, 1.0)
    topics = rng.choice(WORDS, (groups, 12), p=_zipf(WORDS, 0.55))
    staff = rng.integers(0, people, max(proposals // 500, 1))
    general = iter(np.split(rng.choice(WORDS, (proposals + publications) * 100, p=weights), proposals + publications))

    def text(topic: Numbers, count: int, share: float) -> str:
        several = next(general)[:count].copy()
        own = rng.random(count) < share
        several[own] = topic[rng.integers(0, len(topic), int(own.sum()))]
        return " ".join(vocabulary[several])

    bids, group_of = [], rng.integers(0, groups, proposals)
    for number, group in enumerate(group_of.tolist()):
        members = starts[group] + rng.permutation(size[group])[: rng.integers(2, 7)]
        words = text(topics[group], 80, 0.12).split(" ")
        contact = int(staff[rng.integers(len(staff))])
        bids.append(
            Bid(
                proposal_id=number + 1, code=f"P-{number + 1:06}",
                title=" ".join(words[:9]), text=" ".join(words[9:]),
                team=frozenset(int(one) + 1 for one in members) - {contact + 1}, leader=int(members[0]) + 1,
                local_contacts=frozenset({contact + 1}),
                first_day=FIRST + timedelta(days=int(rng.integers(0, 9000))),
                institutions=frozenset({int(group) % 3000 + 1}), instruments=frozenset({int(group) % 50 + 1}),
            )
        )  # fmt: skip
    by_group = np.split(np.argsort(group_of, kind="stable"), np.cumsum(np.bincount(group_of, minlength=groups))[:-1])
    works, truth = [], np.full(publications, NONE)
    kinds = rng.random(publications)
    for row in range(publications):
        group = int(rng.integers(groups))
        own = by_group[group]
        strange = people + rng.integers(0, everybody - people, rng.integers(1, 6))
        day = FIRST + timedelta(days=int(rng.integers(200, 10000)))
        if kinds[row] < 0.55 and len(own):
            bid = bids[int(own[rng.integers(len(own))])]
            truth[row] = bid.proposal_id - 1
            team = np.array(sorted(bid.team), dtype=np.int64) - 1
            mine = team[rng.random(len(team)) < 0.6]
            day = (bid.first_day or FIRST) + timedelta(days=int(rng.gamma(2.5, 300)))
            authors = np.concatenate([mine, strange[:3]])
        elif kinds[row] < 0.8:
            authors = np.concatenate([starts[group] + rng.permutation(size[group])[: rng.integers(1, 6)], strange[:2]])
        else:
            authors = strange
        if rng.random() < 0.001:
            authors = np.concatenate([authors, rng.integers(0, everybody, 300)])
        topic = topics[group] if kinds[row] < 0.8 else topics[int(rng.integers(groups))]
        words = text(topic, 100 if rng.random() < 0.65 else 10, 0.1).split(" ")
        works.append(
            Work(
                work_id=10_000_000 + row, title=" ".join(words[:10]), text=" ".join(words[10:]), day=day,
                authors=tuple(
                    ((int(one) + 1, 0.97),) if (one + row) % 20 else ((int(one) + 1, 0.6), (int(one) % people + 1, 0.3))
                    for one in authors
                ),
                institutions=frozenset({group % 3000 + 1}),
            )
        )  # fmt: skip
    return Made(works, bids, persons, truth)


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
