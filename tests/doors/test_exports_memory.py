"""A long export takes no more memory than a short one, in every way in which formats write any number of rows."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from puma.exports import exports

COLUMNS = ("id", "doi", "type", "title", "journal", "published_on", "year", "authors", "citations", "open_access")
FEW, MANY = 1_000, 6_000
MORE = 500_000  # bytes that the further rows may take; as they are, they would take six times that


def rows(number: int) -> Iterator[dict[str, Any]]:
    """Publications that nobody keeps in memory."""
    for n in range(number):
        yield {
            "id": n, "doi": f"10.1/{n}", "type": "JOURNAL_ARTICLE", "title": f"Spin ice in field {n}", "journal": "J",
            "published_on": date(2020, 1, 1 + n % 28), "year": 2020, "authors": f"Curie, Marie; Person{n}, A.",
            "citations": n % 9, "open_access": "gold",
        }  # fmt: skip


FORMS = sorted(name for name, one in exports().items() if not one.most and (one.grows is None or name == "csv"))
"""Those that write by themselves, and one for all that grow piece by piece."""


class Nowhere(io.RawIOBase):
    """A file of which only the length is known."""

    length = 0
    place = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        self.place = place + (self.place if whence == io.SEEK_CUR else self.length if whence == io.SEEK_END else 0)
        return self.place

    def write(self, some: Any) -> int:
        self.place += len(some)
        self.length = max(self.length, self.place)
        return len(some)


def most(form: str, number: int) -> tuple[int, int]:
    """Bytes at the most while that many rows are written, and the length of the file."""
    file = Nowhere()
    tracemalloc.start()
    try:
        assert exports()[form].write(COLUMNS, rows(number), file, "all of them") == number  # type: ignore[arg-type]
        return tracemalloc.get_traced_memory()[1], file.length
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", FORMS)
def test_six_times_the_rows_take_no_more_memory(form: str) -> None:
    (few, short), (many, long) = most(form, FEW), most(form, MANY)
    assert long > 4 * short
    assert many - few < MORE, f"{few} bytes for {FEW} rows, {many} for {MANY}"
