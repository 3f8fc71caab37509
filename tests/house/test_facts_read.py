"""Facts that were written are read by the same version of the program, wherever it lies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import puma
from puma.facts import Snapshot

READ = """
import sys
from pathlib import Path
import puma
from puma.facts import latest
print(puma.__file__, latest(Path(sys.argv[1])).is_current)
"""


def test_facts_are_read_by_the_same_program_in_another_folder(facility: Snapshot, tmp_path: Path) -> None:
    moved = tmp_path / "moved" / "puma"
    shutil.copytree(Path(puma.__file__).parent, moved, ignore=shutil.ignore_patterns("__pycache__"))
    told = subprocess.run(
        [sys.executable, "-c", READ, facility.folder.parent],
        env={**os.environ, "PYTHONPATH": str(moved.parent)}, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.split() == [str(moved / "__init__.py"), "True"]
