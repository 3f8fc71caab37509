"""Reads JSON items from files with one item per line, by position, without holding them in memory."""

import json
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class JsonLines:
    """A file of JSON lines, or a JSON array with one item per line; `lines` counts the items."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts = array("q")
        position = 0
        with path.open("rb") as file:
            for line in file:
                if line[:1] == b"{":
                    self._starts.append(position)
                position += len(line)

    @property
    def lines(self) -> int:
        return len(self._starts)

    def all(self, start: int = 0) -> Iterator[dict[str, Any]]:
        """Items from a position on."""
        if start >= len(self._starts):
            return
        with self._path.open("rb") as file:
            file.seek(self._starts[start])
            for line in file:
                if line[:1] == b"{":
                    found: dict[str, Any] = json.loads(line.rstrip().rstrip(b","))
                    yield found

    def page(
        self, start: int, most: int, keep: Callable[[dict[str, Any]], bool] | None
    ) -> tuple[list[dict[str, Any]], int]:
        """Up to `most` items from a position on that pass `keep`, and the position after the last one looked at."""
        found: list[dict[str, Any]] = []
        position = start
        if most <= 0:
            return found, position
        for one in self.all(start):
            position += 1
            if keep is None or keep(one):
                found.append(one)
                if len(found) == most:
                    break
        return found, position

    def count(self, keep: Callable[[dict[str, Any]], bool] | None) -> int:
        """Number of items that pass `keep`."""
        return self.lines if keep is None else sum(keep(one) for one in self.all())
