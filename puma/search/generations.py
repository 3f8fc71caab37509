"""Index folders beside each other, a pointer to the one in use, and a lock so that only one process writes."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from puma.errors import TryLater


class Generations:
    """A folder with one sub-folder per generation and the file `current`, which names the one in use."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._pointer = folder / "current"

    def current(self) -> Path | None:
        """The generation in use, None before the first."""
        try:
            return self.folder / self._pointer.read_text("ascii").strip()
        except FileNotFoundError:
            return None

    def begin(self) -> Path:
        """A new, empty folder that nobody reads yet."""
        taken = [int(path.name.removeprefix("generation-")) for path in self.folder.glob("generation-*")]
        path = self.folder / f"generation-{max(taken, default=0) + 1:06}"
        path.mkdir()
        return path

    def point_to(self, generation: Path) -> None:
        """Swaps atomically: a crash leaves either the old pointer or the new one, never half of one."""
        beside = self._pointer.with_suffix(".new")
        with beside.open("w", encoding="ascii") as file:
            file.write(generation.name)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._pointer)
        directory = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(directory)  # so that the rename itself survives a power cut
        finally:
            os.close(directory)

    def sweep(self) -> None:
        """Removes every generation that is not in use; readers keep what they have open until they look again."""
        kept = self.current()
        for path in self.folder.glob("generation-*"):
            if path != kept:
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Held while writing; the system frees it when the process dies. Raises TryLater when another one writes."""
        with (self.folder / "writer.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TryLater("Somebody else is writing to the search index.") from None
            yield
