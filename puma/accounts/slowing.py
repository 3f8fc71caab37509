"""Slowing: how many requests or attempts a key (an address, an account, a name) may make; a bucket that refills."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOST_KEYS = 20_000


class Slowing:
    """Buckets by key. burst: attempts at once; per_minute: how many come back in a minute.

    Kept in the process that serves; what was not asked about for longest is forgotten first.
    """

    def __init__(self, burst: float, per_minute: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_minute / 60, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Take one attempt: 0 when there was one, else the seconds until there is."""
        with self._lock:
            at = self._clock()
            left, since = self._left.pop(key, (self._burst, at))
            left = min(self._burst, left + (at - since) * self._per_s)
            allowed = left >= 1
            self._left[key] = (left - 1 if allowed else left, at)
            if len(self._left) > MOST_KEYS:
                self._left.popitem(last=False)
            return 0.0 if allowed else (1 - left) / self._per_s

    def forgive(self, key: str) -> None:
        """Fill the bucket of a key again."""
        with self._lock:
            self._left.pop(key, None)
