"""The faulty repository, new databases, and a harvest through the real transport."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the servers lie beside the tests

from bench import Bench, Make
from faulty.library import Library
from faulty.server import Fault, serving

from puma.storage import Storage


@pytest.fixture
def repository() -> Iterator[Callable[..., Library]]:
    """Starts repositories, each with a fault if given; they end with the test."""
    with ExitStack() as stack:

        def start(fault: Fault | None = None) -> Library:
            library = Library()
            stack.enter_context(serving(library, fault))
            return library

        yield start


@pytest.fixture
def new_storage(sqlite_tables: Path, tmp_path: Path) -> Iterator[Callable[[], Storage]]:
    """Makes empty databases; they are closed with the test."""
    numbers = count()
    with ExitStack() as stack:

        def make() -> Storage:
            file = tmp_path / f"{next(numbers)}.db"
            shutil.copy(sqlite_tables, file)
            storage = Storage(f"sqlite:///{file}")
            stack.callback(storage.close)
            return storage

        yield make


@pytest.fixture
def bench(new_storage: Callable[[], Storage]) -> Iterator[Make]:
    """Puts a library on loopback beside an empty database."""
    with ExitStack() as stack:
        yield lambda library: Bench(new_storage, library, stack.enter_context(serving(library)))
