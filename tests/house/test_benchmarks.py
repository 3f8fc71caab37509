"""Every measurement starts as ``python -m benchmarks.NAME``, as `make bench` starts it, and keeps its figures."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import record

HOUSE = Path(__file__).parents[2]


def test_every_measurement_can_be_started_from_the_top_of_the_house() -> None:
    named = sorted(
        ".".join(path.relative_to(HOUSE).with_suffix("").parts)
        for path in (HOUSE / "benchmarks").rglob("*.py")
        if path.name != "__init__.py"
    )
    assert "benchmarks.harvest" in named
    assert "benchmarks.matching.affiliations" in named
    script = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = subprocess.run(
        [sys.executable, "-c", script, *named], cwd=HOUSE, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_figures_are_kept_where_no_folder_is_yet(tmp_path: Path) -> None:
    file = tmp_path / "results" / "one.json"
    record({"ours": 1.5}, file)
    assert json.loads(file.read_text("utf-8")) == {"ours": 1.5}
