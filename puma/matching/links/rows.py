"""Rows that come block by block: they are in memory while they are few, in a file without a name when many."""

import mmap
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = 128_000_000  # bytes; what is more is in a file of the folder that TMPDIR names


class Rows:
    """A table of float32 that grows by blocks of rows. columns: its width."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._blocks: list[NDArray[np.float32]] = []
        self._file: IO[bytes] | None = None
        self._count = 0

    def add(self, rows: NDArray[np.float32]) -> None:
        """Add rows below those that are there; shape (rows, columns)."""
        self._blocks.append(np.ascontiguousarray(rows, dtype=np.float32))
        self._count += len(rows)
        if self._file is None and self._count * self._columns * 4 > IN_MEMORY:
            self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as the table
        if self._file is not None:
            for block in self._blocks:
                block.tofile(self._file)
            self._blocks.clear()

    def table(self) -> NDArray[np.float32]:
        """All rows; of a file only those that are looked at are in memory, until `let_go`."""
        if self._file is None:
            return np.concatenate([np.zeros((0, self._columns), dtype=np.float32), *self._blocks])
        self._file.flush()
        return np.memmap(self._file, dtype=np.float32, mode="r+", shape=(self._count, self._columns))


def let_go(table: NDArray[np.float32]) -> None:
    """Say that nobody looks at the table for now: what is in a file need not be in memory too."""
    held = getattr(table, "_mmap", None)
    if isinstance(held, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        held.madvise(mmap.MADV_DONTNEED)
