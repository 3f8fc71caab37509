"""One publication, or one proposal, arriving in a database that was matched: how long until all that follows is stored.

python -m benchmarks.matching.arriving [--sizes 12500 25000]

Proposals are half as many as publications. The full matching before is the rival. The first one opens what that kept;
it is told apart from those that follow in the same process. A process of its own also has to import the program. A full
matching after all have come tells how many links and persons it finds otherwise.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import exists, select

from benchmarks.matching.scale_data import MADE, Made, invent, store
from puma.entities import Authorship, Link, Participant, Person, Proposal, Publication, Record
from puma.linking import MatchReport, match
from puma.settings import FilesSettings, Settings, WorkSettings
from puma.storage import Storage, insert_rows, take_numbers

MORE = 8  # publications that arrive, one after the other
PROPOSALS = 5  # and proposals after them


def bring(storage: Storage, made: Made, number: int, hour: int) -> None:
    """One of the invented publications, as a harvest brings it."""
    work, when = made.works[number], MADE + timedelta(hours=hour)
    names = [made.persons[options[0][0] - 1] for options in work.authors]
    with storage.writing() as session:
        record = take_numbers(session, "record", 1).start
        insert_rows(session, Record, [{"id": record, "kind": "publication", "created_at": when, "changed_at": when}])
        said = {"title": work.title, "abstract": work.text, "published_on": work.day, "published_precision": "day"}
        insert_rows(session, Publication, [{"id": record, "type": "JOURNAL_ARTICLE", **said}])
        insert_rows(
            session, Authorship,
            [
                {"record_id": record, "position": place, "name": ", ".join(name), "family_name": name[0],
                 "given_name": name[1]}
                for place, name in enumerate(names, start=1)
            ],
        )  # fmt: skip


def ask(storage: Storage, made: Made, number: int, when: datetime) -> int:
    """One of the invented proposals with those of its people that nobody knows yet, as a harvest brings it; its record.

    Who is on a proposal already is known by the name.
    """
    bid = made.bids[number]
    seen = {"visibility": "public", "created_at": when, "changed_at": when}
    with storage.writing() as session:
        facility = session.scalars(select(Record.id).where(Record.kind == "facility")).one()
        persons: dict[int, int] = {}
        for one in sorted(bid.team | bid.local_contacts):
            family, given = made.persons[one - 1]
            known = session.scalars(
                select(Person.id)
                .where(Person.family_name == family, Person.given_name == given)
                .where(exists().where(Participant.person_id == Person.id))
                .limit(1)
            ).first()
            persons[one] = known or take_numbers(session, "record", 1).start
            if not known:
                insert_rows(session, Record, [{"id": persons[one], "kind": "person", **seen}])
                insert_rows(session, Person, [{"id": persons[one], "family_name": family, "given_name": given}])
        record = take_numbers(session, "record", 1).start
        insert_rows(session, Record, [{"id": record, "kind": "proposal", **seen}])
        said = {"code": bid.code, "title": bid.title, "abstract": bid.text, "deposited_on": bid.first_day}
        insert_rows(session, Proposal, [{"id": record, "facility_id": facility, "decision": "accepted", **said}])
        insert_rows(
            session, Participant,
            [
                {"proposal_id": record, "person_id": person, "position": place,
                 "name": ", ".join(made.persons[one - 1]),
                 "role": "local_contact" if one in bid.local_contacts else "co_proposer"}
                for place, (one, person) in enumerate(persons.items(), start=1)
            ],
        )  # fmt: skip
    return record


def found(storage: Storage) -> tuple[dict[tuple[int, int], float], dict[int, int | None]]:
    """The probability of every link, and the person of every authorship."""
    with storage.reading() as session:
        links = session.execute(select(Link.left_id, Link.right_id, Link.probability))
        persons = dict(session.execute(select(Authorship.id, Authorship.person_id)).all())
        return {(left, right): chance for left, right, chance in links}, persons


def beside(persons: dict[int, int | None], rows: Iterable[int]) -> dict[int, frozenset[int]]:
    """The authorships of the same person, for each of these; none where there is no person."""
    several: dict[int | None, set[int]] = defaultdict(set)
    for row, person in persons.items():
        several[person].add(row)
    return {row: frozenset(several[persons[row]] if persons[row] else ()) for row in rows}


def arriving(size: int) -> dict[str, Any]:
    """The milliseconds of each that arrives after a full matching."""
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(f"sqlite:///{folder}/puma.db")
        storage.migrate()
        made = invent(size // 2 + PROPOSALS, size + MORE)
        store(replace(made, works=made.works[:size], bids=made.bids[: size // 2]), storage)
        settings = Settings(files=FilesSettings(folder=Path(folder) / "files"), work=WorkSettings(processes=1))

        def at_hour(hour: int, *, full: bool = False) -> tuple[float, float, MatchReport]:
            when = MADE + timedelta(hours=hour)
            begin, cpu = time.perf_counter(), time.process_time()
            report = match(storage, settings, at=when, progress=lambda *_: None, only_if_changed=not full)
            return time.perf_counter() - begin, time.process_time() - cpu, report

        _, whole, _ = at_hour(0)
        _, known = found(storage)
        took: dict[str, list[int]] = {"publication": [], "proposal": []}
        for hour in range(1, MORE + PROPOSALS + 1):
            kind = "publication" if hour <= MORE else "proposal"
            if kind == "publication":
                bring(storage, made, size + hour - 1, hour)
            else:
                ask(storage, made, size // 2 + hour - MORE - 1, MADE + timedelta(hours=hour))
            _, cpu, report = at_hour(hour)
            assert report.counters[f"{kind}s_changed"] == 1
            took[kind].append(round(1000 * cpu))
        links, persons = found(storage)
        at_hour(hour + 1, full=True)
        links_then, persons_then = found(storage)
        storage.close()
    new = persons.keys() - known.keys()
    ours, theirs = beside(persons, new), beside(persons_then, new)
    pairs = links.keys() | links_then.keys()
    moved = sum(abs(links.get(pair, 0) - links_then.get(pair, 0)) > 0.1 for pair in pairs)
    several = [*took["publication"][1:]]
    return {
        "publications": size, "proposals": size // 2, "full matching, cpu ms": round(1000 * whole),
        "first publication, cpu ms": took["publication"][0], "others": several, "their median": median(several),
        "proposals, cpu ms": took["proposal"], "median of a proposal": median(took["proposal"]),
        "links that a full matching finds otherwise by more than .1": f"{moved} of {len(pairs)}",
        "authorships that came": len(new),
        "of them with the same person as in a full matching": sum(ours[row] == theirs[row] for row in new),
        "with mostly the same": sum(2 * len(ours[row] & theirs[row]) > len(theirs[row]) for row in new if ours[row]),
    }  # fmt: skip


def main() -> None:
    """Print the figures of each size."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--sizes", type=int, nargs="*", default=[12_500, 25_000])
    for size in reader.parse_args().sizes:
        print("one arriving", ", ".join(f"{name} {value}" for name, value in arriving(size).items()), flush=True)


if __name__ == "__main__":
    main()
