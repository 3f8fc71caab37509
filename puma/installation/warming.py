"""The newest facts are opened and asked before anybody waits for them: at the start, and when they were written."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from puma.access import ROLES, SEES, Viewer
from puma.errors import PumaError
from puma.facts import Snapshot
from puma.installation.asking import Asking
from puma.measuring import Answer, Question, ask

LOOK_S = 1.0  # between two looks at whether there are newer facts
AT_MOST_S = 3.0  # that questions are asked again: facts are written every few seconds while people decide
JOINED_S = 10.0
FIRST = (
    *(Question("publications", (cut,)) for cut in ("year", "country", "instrument")),
    *(Question("publications", (), {cut: ("unknown",)}) for cut in ("country", "instrument")),
)
"""What is asked where nobody has asked yet, for each group of roles that may know of the same."""
READERS = {SEES[role]: Viewer(role) for role in ROLES}
"""By what may be known of, the highest role that may."""
log = logging.getLogger(__name__)


@contextmanager
def warmed(installation: Asking, *, look_s: float = LOOK_S) -> Iterator[None]:
    """Keep the newest facts warm while the block runs, in a thread that nobody waits for."""
    stop = Event()
    thread = Thread(target=_warm, args=(installation, stop, look_s), name="facts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(JOINED_S)  # what DuckDB is at work on must not outlive the program


def _warm(installation: Asking, stop: Event, look_s: float) -> None:
    before: Snapshot | None = None
    while not stop.is_set():
        newest = installation.snapshot()
        if newest is not None and newest is not before:
            until = monotonic() + AT_MOST_S
            asked = _asked(before) if before else []
            for viewer, question in asked or [(reader, one) for reader in READERS.values() for one in FIRST]:
                if stop.is_set() or (asked and monotonic() > until):
                    break
                try:
                    ask(newest, viewer, question)
                except PumaError as reason:
                    log.warning("Facts could not be asked ahead: %s", reason)
                    break
            before = newest
        stop.wait(look_s)


def _asked(snapshot: Snapshot) -> list[tuple[Viewer, Question]]:
    """What was asked of facts, in order, but by those to whom something of their own is opened."""
    answered = [(key[0], told.question) for key, told in list(snapshot.told.items()) if isinstance(told, Answer)]
    return [(READERS[sees], question) for sees, question in answered if sees in READERS]
