"""Files that grow piece by piece: one that was cut off goes on after its last whole piece, of the same state."""

import io
import os
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from puma import __version__
from puma.exports.format import Growing
from puma.listing import AT_ONCE, Portions, state_of
from puma.reports.content import Told
from puma.storage import Storage, chunks

MARK_EVERY_S = 2.0
"""A cut costs at most the work of this time."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file is whole, for whoever goes on with it. state: of the data that it shows; size: its bytes; done:
    how many of its records are through; rows: how many rows they made."""

    state: str
    size: int = 0
    done: int = 0
    rows: int = 0


class Part(io.BufferedRandom):
    """A file that is being made. mark: how far it is whole, None where it has to be made in one go.

    Who can go on calls ``begin`` unless there is a mark, and ``reached`` after each whole piece; others only write.
    keep: remembers a mark for the next process. ids: where the records that it is to hold are kept, eight bytes each.
    """

    def __init__(self, path: Path, ids: Path, keep: Callable[[Mark], None]) -> None:
        super().__init__(io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+"), 1 << 20)
        self.mark: Mark | None = None
        self._ids = ids
        self._keep = keep
        self._kept = 0.0

    def go_on(self, mark: Mark | None) -> None:
        """Go on after the last whole piece that an earlier process left; without one, from the first byte."""
        there = os.fstat(self.fileno()).st_size
        self.mark = mark if mark is not None and 0 < mark.size <= there and self._ids.is_file() else None
        self.truncate(self.mark.size if self.mark is not None else 0)
        self.seek(0, os.SEEK_END)

    def begin(self, state: str, numbers: Sequence[int], head: bytes) -> Mark:
        """Begin from the first byte, with these records in this order."""
        with os.fdopen(os.open(self._ids, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            array("q", numbers).tofile(file)
        self.seek(0)
        self.truncate()
        self.write(head)
        self.mark = Mark(state)
        return self.reached(0, 0)

    def numbers(self) -> "array[int]":
        """The records that it is to hold, as they were when it began."""
        return array("q", self._ids.read_bytes())

    def reached(self, done: int, rows: int) -> Mark:
        """What was written so far is whole."""
        assert self.mark is not None, "begin comes first"
        self.mark = replace(self.mark, size=self.tell(), done=done, rows=rows)
        if not done or monotonic() - self._kept >= MARK_EVERY_S:
            self.flush()
            os.fsync(self.fileno())
            self._keep(self.mark)
            self._kept = monotonic()
        return self.mark


def grow(storage: Storage, found: Portions, form: Growing, about: str, file: Part, tell: Told) -> None:
    """Write a list, or go on with it: the same bytes as without a cut.

    Which records it holds, and in which order, is kept when it begins; all of it is read from one state of the data. If
    that is not the state any more that it was cut off in, it begins again.
    """
    with storage.reading() as session:
        state = " ".join((__version__, *found.columns, state_of(session)))
        mark = file.mark
        if mark is None or mark.state != state:
            mark = file.begin(state, found.numbers(session), form.head(found.columns, about))
        numbers = file.numbers()
        tell("rows", mark.done, len(numbers))
        for some in chunks(numbers[mark.done :], AT_ONCE):
            rows = found.rows(session, some)
            session.expunge_all()
            file.write(form.rows(found.columns, rows, mark.rows))
            mark = file.reached(mark.done + len(some), mark.rows + len(rows))
            tell("rows", mark.done, len(numbers))
    tell("writing the file", len(numbers), len(numbers))
    file.write(form.tail)
    found.taken(storage, numbers)
