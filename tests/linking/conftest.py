"""A generated facility that several files of figures share: made once a session, whichever worker comes first."""

import fcntl
import os
from pathlib import Path

import pytest

from benchmarks.matching.links_data import Facility, facility

SEED = 11  # never used for fitting, choosing or reporting


@pytest.fixture(scope="session")
def facilities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of generated facilities; all processes of a test run have the same."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "facilities"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def realistic(facilities: Path) -> Facility:
    """A facility of realistic difficulty, harvested and matched."""
    with (facilities / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return facility(SEED, "realistic", "small", facilities)
