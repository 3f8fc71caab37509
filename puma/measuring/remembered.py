"""What was answered from a snapshot, kept in memory: it never changes, so that it is given again."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import pandas as pd
import pyarrow as pa

from puma.access import Viewer
from puma.facts import Snapshot

MOST, LONGEST = 2000, 2000
"""Answers of a snapshot that are kept, and the rows of the longest one: some ten megabytes in practice."""

HELD = 400_000_000
"""Bytes that are held of one snapshot. What was not asked for the longest goes first; larger tables are not held."""

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


def held(snapshot: Snapshot, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
    """What is held under a key for further questions, made where it is not; size: its bytes."""
    known: tuple[T, int] | None = snapshot.found.pop(key, None)
    if known is None:
        made = make()
        known = made, size(made)  # counting them takes longer than to ask what is held
    if known[1] <= HELD:
        snapshot.found[key] = known  # as the last one, which stays the longest
    while sum(bytes_ for _, bytes_ in list(snapshot.found.values())) > HELD:
        snapshot.found.pop(next(iter(snapshot.found)), None)
    return known[0]


def bytes_of_table(table: pa.Table) -> int:
    """How many bytes a table takes."""
    size: int = table.nbytes
    return size
