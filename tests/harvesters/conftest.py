"""The faulty repository, and a harvest of it through the real transport."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # oai_server.py lies beside the tests

from oai_server import Repository, serving


@pytest.fixture
def repository() -> Iterator[Callable[..., Repository]]:
    """Starts repositories; they end with the test."""
    with ExitStack() as stack:

        def start(**how: Any) -> Repository:
            return stack.enter_context(serving(Repository(**how)))

        yield start
