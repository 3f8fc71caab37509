"""A few pairs to ask about, one of them confidential, and colleagues with accounts, on each of the two databases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from puma.access import Viewer
from puma.accounts.register import viewer_of
from puma.entities import Account, Link, ProposalTime
from puma.settings import RequestSettings
from puma.storage import Storage
from tests.conftest import Filling
from tests.keeping.conftest import fill
from tests.requests.post_office import PostOffice, post_office
from tests.resolve.desk import instrument

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = RequestSettings()
EVIDENCE = [
    {"kind": "prior", "points": -3.0, "detail": "What is true of a pair of which nothing is known."},
    {"kind": "author_share", "points": 2.1, "detail": "The authors were on the proposal's team."},
    {"kind": "lag", "points": -0.4, "detail": "The time to publication is unusual."},
    {"kind": "no_beam", "points": 0.01, "detail": "Hardly matters."},
]
PEOPLE = {"Ada": "scientist", "Bob": "viewer", "Carl": "scientist", "Olga": "user_office"}


@dataclass(frozen=True)
class Facility:
    """The database; links by name: open ones and ``secret``, to a refused proposal; people by first name."""

    storage: Storage
    links: dict[str, int]
    people: dict[str, Viewer]
    instrument: int


def facility_in(storage: Storage) -> Facility:
    """Pairs ``one`` and ``two`` of papers 0 and 1 with open proposals, ``secret`` of paper 2 with a refused one."""
    desk = fill(storage)
    desk.hand_in("office", instrument("D17"))
    machine = desk.standing("instrument")[0]
    papers = desk.standing("publication")
    other = {name: desk.number("proposal", "code", f"EPNS/{code}") for name, code in
             (("one", "op0"), ("two", "op1"), ("secret", "re0"))}  # fmt: skip
    with storage.writing() as session:
        links = {}
        for paper, (name, right) in zip(papers, other.items(), strict=False):
            row = {
                "left_id": paper, "right_id": right, "relation": "publication-proposal", "state": "candidate",
                "tier": "review", "channel": "team", "score": 0.5, "probability": 0.6, "evidence": EVIDENCE,
                "evidence_digest": name, "model": "test", "found_at": AT,
            }  # fmt: skip
            links[name] = session.execute(insert(Link).values(**row).returning(Link.id)).scalar_one()
        for number in other.values():
            session.execute(
                insert(ProposalTime).values(proposal_id=number, instrument_id=machine, instrument_name="D17")
            )
        people = {}
        for name, role in PEOPLE.items():
            row = {"issuer": "local", "subject": name.casefold(), "name": name, "role": role, "created_at": AT,
                   "scope": [] if name == "Bob" else ["D17"]}  # fmt: skip
            session.execute(insert(Account).values(**row))
        for one in session.scalars(select(Account)):
            people[one.name] = viewer_of(session, one)
    return Facility(storage, links, people, machine)


@pytest.fixture
def facility(copied: Callable[[Filling], tuple[Storage, Facility]]) -> Facility:
    """The small facility."""
    storage, first = copied(facility_in)
    return Facility(storage, dict(first.links), dict(first.people), first.instrument)


@pytest.fixture
def mail() -> Iterator[PostOffice]:
    """A mail server."""
    with post_office() as office:
        yield office
