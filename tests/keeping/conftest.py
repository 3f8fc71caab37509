"""A few publications and proposals, some of them only for the user office, on each of the two databases."""

from collections.abc import Callable

import pytest

from puma.access import ANONYMOUS, Viewer
from puma.storage import Storage
from tests.conftest import Filling
from tests.resolve.desk import Desk, proposal, publication

ADA = Viewer("viewer", "Ada")
BOB = Viewer("scientist", "Bob")
OFFICE = Viewer("user_office", "Olga")
ADMIN = Viewer("admin", "Anna")
EVERYBODY = (ANONYMOUS, ADA, BOB, OFFICE, ADMIN)
PAPERS, PROPOSALS, SECRETS = 12, 3, 2


def fill(storage: Storage, *, secrets: bool = True) -> Desk:
    """Publications 10.1/0 ..., open proposals OP-0 ..., and refused ones RE-0 ... where secrets are wanted."""
    desk = Desk(storage, {"library": 10, "office": 20})
    papers = (publication(("doi", f"10.1/{n}"), title=f"Paper {n}", year=2010 + n) for n in range(PAPERS))
    desk.hand_in("library", *papers)
    desk.hand_in("office", *(proposal(f"OP-{n}", decision="accepted") for n in range(PROPOSALS)))
    if secrets:
        desk.hand_in("office", *(proposal(f"RE-{n}", decision="refused") for n in range(SECRETS)))
    return desk


@pytest.fixture
def desk(copied: Callable[[Filling], tuple[Storage, Desk]]) -> Desk:
    """Twelve publications, three open proposals, two that only the user office may know of."""
    storage, first = copied(fill)
    return first.beside(storage)


@pytest.fixture
def papers(desk: Desk) -> list[int]:
    """The numbers of the publications."""
    return desk.standing("publication")


@pytest.fixture
def secrets(desk: Desk) -> list[int]:
    """The numbers of the proposals that only the user office may know of."""
    return [desk.number("proposal", "code", f"EPNS/re{n}") for n in range(SECRETS)]
