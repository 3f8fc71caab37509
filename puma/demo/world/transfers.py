"""Data carried away from the sample facility: tasks of a transfer service and downloads of its portal, as logs."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from puma.demo.world.dials import TODAY
from puma.demo.world.experiments import year_of
from puma.demo.world.tables import email
from puma.demo.world.things import Proposal, Session, draw

Task = dict[str, Any]
COLUMNS = (
    "task_id", "owner", "label", "request_time", "completion_time", "status", "files", "bytes_transferred",
    "source_path", "destination_path", "faults",
)  # fmt: skip
"""Of the transfer service's list, as a table."""
SINCE = {"globus": 2014, "portal": 2019}
"""The first year of each way."""


def tasks(seed: int, proposal: Proposal, route: str) -> Iterator[Task]:
    """What was asked for of the data of a proposal by one way, in the order of its sessions.

    Numbers of its own, so that nothing else of the world moves with them; one task in twenty fails, and one in thirty
    takes a folder that does not tell its proposal.
    """
    for session in proposal.sessions:
        own = Random(f"{seed}/{route}/{session.code}")
        size = sum(one.size_bytes for one in proposal.datasets if one.session is session)
        wanted = 0.35 if route == "portal" else 0.75
        if not size or session.end.year < SINCE[route] or not draw(own, wanted):
            continue
        for number in range(1 + draw(own, 0.3)):
            yield _task(own, proposal, session, f"{route}-{session.code.replace('/', '-').lower()}-{number + 1}", size)


def _task(own: Random, proposal: Proposal, session: Session, name: str, size: int) -> Task:
    asked = datetime.combine(session.end, time(8)) + timedelta(hours=own.lognormvariate(5.0, 1.2))
    asked = min(asked, datetime.combine(TODAY, time(6)))
    carried = int(size * own.uniform(0.2, 1.0)) if not name.startswith("portal") else int(size * own.uniform(0.01, 0.2))
    failed = draw(own, 0.05)
    person = own.choice(session.people)[0]
    folder = f"/data/visitor/{proposal.code.lower()}/{session.instrument.name.lower()}/{session.start:%Y%m%d}"
    if draw(own, 1 / 30):
        folder = f"/data/inhouse/{session.instrument.name.lower()}"
    done = asked + timedelta(seconds=60 + carried / 2e8)
    return {
        "task_id": name,
        "owner": email(person, person.station(year_of(session.end)).institution.name),
        "label": "",
        "request_time": f"{asked:%Y-%m-%d %H:%M:%S} UTC",
        "completion_time": "" if failed else f"{done:%Y-%m-%d %H:%M:%S} UTC",
        "status": "FAILED" if failed else "SUCCEEDED",
        "files": 0 if failed else own.randint(3, 4000),
        "bytes_transferred": 0 if failed else carried,
        "source_path": f"{folder}/{own.choice(('RAW_DATA', 'RAW_DATA', 'PROCESSED_DATA'))}/",
        "destination_path": "/~/",
        "faults": own.randint(1, 40) if failed else 0,
    }
