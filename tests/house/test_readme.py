"""What README and CONTRIBUTING say is so: the rooms, the commands, the links, the examples, the guarding tests."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (HOUSE / "CONTRIBUTING.md").read_text(encoding="utf-8")
IMPORTS = """
import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import BinaryIO
"""
EXAMPLES = {  # what an example is about: the package it is added to, and the imports that it leaves out
    "harvester": (
        "harvesters",
        "from puma import harvesting\nfrom puma.claims import Claim\n"
        "from puma.harvesting import Page, RawRecord, Visit\n",
    ),
    "metric": ("puma.metrics", "from puma.measuring import Metric\n"),
    "page": (
        "dashboards.pages",
        "from dash import html\nfrom dashboards.drawing.blocks import top\n"
        "from dashboards.page import Content, Desk, Page\nfrom dashboards.panel import slot\n",
    ),
    "export": ("puma.exports", "from puma.exports.format import Export, Rows, as_cell\n"),
}
FOUND = {
    "harvester": "from puma.harvesting import harvester, harvester_names as found; harvester('weather').Source",
    "metric": "from puma.measuring import metrics as found",
    "page": "from dashboards.page import pages as found",
    "export": "from puma.exports import exports as found",
}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=HOUSE, timeout=300)


def example(what: str) -> tuple[str, str]:
    """(file name, text) of the example under "Add a ..."."""
    found = re.search(rf"## Add an? {what}\n\n`[\w/]+/(\w+)\.py`.*?```python\n(.*?)```", README, re.DOTALL)
    assert found, what
    return found[1], found[2]


def test_the_room_table_is_made_from_the_first_lines_of_the_rooms() -> None:
    done = run(sys.executable, "-m", "tests.house.readme", "--check")
    assert done.returncode == 0, done.stderr


def test_every_room_is_in_the_table() -> None:
    there = {path.name for path in (HOUSE / "puma").iterdir() if not path.name.startswith(("_", "."))}
    listed = set(re.findall(r"^\| \[`puma/([\w.]+)/?`\]", README, re.MULTILINE))
    assert listed == there - {"migrations"}


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"(?:^    |`)puma ([a-z]+)\b", README, re.MULTILINE))
    told = run(str(Path(sys.executable).parent / "puma"), "--help")
    assert told.returncode == 0, told.stderr
    assert len(named) >= 8
    assert named <= set(re.findall(r"^\W*([a-z]+)\s", told.stdout, re.MULTILINE))


def test_every_make_target_that_is_named_exists() -> None:
    named = set(re.findall(r"(?:^    |`)make ([a-z]+)\b", README + CONTRIBUTING, re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_link_leads_somewhere(text: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not link.startswith("http") and not (HOUSE / link).exists()] == []


@pytest.mark.parametrize("what", sorted(EXAMPLES))
def test_every_example_is_found_by_its_name_and_is_as_short_as_promised(what: str, tmp_path: Path) -> None:
    package, imports = EXAMPLES[what]
    name, text = example(what)
    assert len(re.sub(r'""".*?"""\n', "", text, count=1).strip().splitlines()) <= 18
    assert len(text.splitlines()) <= 20
    (tmp_path / f"{name}.py").write_text(text.replace('"""\n', '"""\n' + IMPORTS + imports, 1), encoding="utf-8")
    added = f"import json, {package} as p; p.__path__.append({str(tmp_path)!r})"
    code = f"{added}; {FOUND[what]}; print(json.dumps([*found()]))"
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert {name, "/" + name} & set(json.loads(done.stdout))


def test_every_test_that_contributing_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", CONTRIBUTING))
    assert len(named) >= 15
    for file, test in named:
        assert (HOUSE / file).exists(), file
        assert not test or f"def {test}(" in (HOUSE / file).read_text(encoding="utf-8"), f"{file}::{test}"
