"""The review queue is read before anybody waits for it: when pages begin to be served, and once a harvest is over."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from puma.access import Viewer
from puma.errors import PumaError
from puma.listing.candidates import prepare_queue
from puma.pairs import Mark, mark
from puma.storage import Storage

LOOK_S = 60.0  # between two looks at whether more than decisions happened
READERS = (Viewer("user_office"), Viewer("scientist"))
"""By role, those who read the whole queue; who is bound to own instruments has a shorter one."""
log = logging.getLogger(__name__)


@contextmanager
def tended(storage: Storage, *, look_s: float = LOOK_S) -> Iterator[None]:
    """Keep the queue read while the block runs, in a thread that nobody waits for."""
    stop = Event()
    Thread(target=_tend, args=(storage, stop, look_s), name="review queue", daemon=True).start()
    try:
        yield
    finally:
        stop.set()


def _tend(storage: Storage, stop: Event, look_s: float) -> None:
    read: Mark | None = None
    seen: Mark | None = None
    while not stop.is_set():
        try:
            with storage.reading() as session:
                now = mark(session)
            quiet = seen is None or now.changes == seen.changes  # a harvest that goes on would have it read each time
            if quiet and (read is None or now.changes != read.changes):
                for viewer in READERS:
                    if not stop.is_set():
                        prepare_queue(storage, viewer)
                read = now
            seen = now
        except PumaError as reason:
            log.warning("The review queue could not be read ahead: %s", reason)
        stop.wait(look_s)
