"""The locks pin everything that pyproject.toml asks for, with hashes, and name no registry."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
EVERYTHING = HOUSE / "requirements.lock"
RUNNING = HOUSE / "docker" / "requirements.lock"

both = pytest.mark.parametrize("lock", [EVERYTHING, RUNNING], ids=lambda path: path.relative_to(HOUSE).as_posix())


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def pinned(lock: Path) -> dict[str, list[str]]:
    """Versions of each package, and ``hashes`` of each pin, by folded name."""
    pins: dict[str, list[str]] = {}
    for paragraph in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()):
        found = re.match(r"([\w.-]+)==([\w.!+-]+)(?: ;[^\\]+)? \\\n", paragraph)
        assert found, f"no pin: {paragraph[:80]}"
        assert "--hash=sha256:" in paragraph, f"{found[1]} has no hash"
        pins.setdefault(folded(found[1]), []).append(found[2])
    return pins


def asked(*extras: str) -> set[str]:
    """The packages that pyproject.toml asks for, and what it is built with."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    words = list(project["project"]["dependencies"]) + project["build-system"]["requires"]
    for extra in extras:
        words += project["project"]["optional-dependencies"][extra]
    return {folded(re.split(r"[\[<>=!~; ]", word, maxsplit=1)[0]) for word in words}


@both
def test_every_package_is_pinned_with_its_hashes(lock: Path) -> None:
    assert len(pinned(lock)) > 50


def test_everything_that_is_asked_for_is_locked() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    assert asked(*project["project"]["optional-dependencies"]) <= pinned(EVERYTHING).keys()
    assert asked("postgresql") <= pinned(RUNNING).keys()


def test_the_container_runs_the_versions_that_were_tested_and_no_test_tools() -> None:
    tested = pinned(EVERYTHING)
    assert {name: tested.get(name) for name in pinned(RUNNING)} == pinned(RUNNING)
    brought_along = {"pyyaml"}  # the server brings it for its own settings
    assert not (asked("test") - asked("postgresql") - brought_along) & pinned(RUNNING).keys()


@both
def test_a_lock_names_no_registry_and_no_folder(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links| @ |^-e", text, re.MULTILINE)
