"""The rule of direction holds, the command line starts light, and PUMA stands without harvesters and dashboards."""

import json
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]
HEAVY = {
    "pandas", "numpy", "plotly", "dash", "duckdb", "pyarrow", "sklearn", "scipy", "lxml", "fastapi", "reportlab", "pptx"
}  # fmt: skip
WITHOUT_LEAVES = """
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("harvesters", "dashboards"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=HOUSE, timeout=300)


def test_every_file_imports_only_from_the_lines_below_its_own() -> None:
    done = run(str(Path(sys.executable).parent / "lint-imports"), "--no-logo")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    done = run(sys.executable, "-c", "import json, sys, puma.cli; print(json.dumps(sorted(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert not HEAVY & set(json.loads(done.stdout))


def test_puma_stands_without_any_harvester_or_dashboard() -> None:
    what = "from puma.harvesting import harvester_names; import puma.cli, puma.installation; print(harvester_names())"
    done = run(sys.executable, "-c", WITHOUT_LEAVES + what)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
