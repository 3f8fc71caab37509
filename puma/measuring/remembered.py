"""What was answered from a snapshot, kept in memory: it never changes, so that it is given again."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import pandas as pd

from puma.access import Viewer
from puma.facts import Snapshot

MOST, LONGEST = 2000, 2000
"""Answers of a snapshot that are kept, and the rows of the longest one: some ten megabytes in practice."""

T = TypeVar("T")


def remembered(snapshot: Snapshot, key: Hashable, make: Callable[[], T], *, rows: Callable[[T], int]) -> T:
    """What is known under a key, else what is made now. key: everything it follows from, what its viewer sees too.

    rows: how many it has; what is longer than the bound is made anew each time. Nobody may change what is given.
    """
    known: T | None = snapshot.told.get(key)
    if known is None:
        known = make()
        if rows(known) <= LONGEST:
            while len(snapshot.told) >= MOST:
                snapshot.told.pop(next(iter(snapshot.told)), None)
            snapshot.told[key] = known
    return known


def frame_of(
    snapshot: Snapshot, viewer: Viewer, sql: str, values: Sequence[object] | Mapping[str, object]
) -> pd.DataFrame:
    """The table that SQL gives a viewer, asked once; values: of its parameters, in their order or by name."""
    known = values.items() if isinstance(values, Mapping) else values
    told: pd.DataFrame = remembered(
        snapshot,
        (viewer.sees, sql, *known),
        lambda: snapshot.connect(viewer).execute(sql, values).df(),
        rows=len,
    )
    return told.copy()
