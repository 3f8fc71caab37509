"""Small installations with accounts, browsers of the tests that sign in to them, and a real identity provider."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from puma.access import ROLES
from puma.accounts import add_account
from puma.installation import Installation
from puma.settings import Settings
from tests.accounts.browser import BACK, PASSWORD, PEOPLE, Browser

Make = Callable[..., Installation]


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Two empty installations, without accounts and with one for each role, to be copied."""
    homes = {}
    for accounts in (False, True):
        homes[accounts] = tmp_path_factory.mktemp("template")
        installation = Installation(Settings(home=homes[accounts]))
        installation.prepare()
        for role in ROLES[1:] if accounts else ():
            add_account(installation.storage, role, PASSWORD, role, name=f"{role} Example")
        installation.close()
    return homes


@pytest.fixture
def make(tmp_path: Path, templates: dict[bool, Path]) -> Iterator[Make]:
    """Makes installations with these settings of [access]; with accounts named after their roles unless told not to."""
    made: list[Installation] = []

    def one(*, accounts: bool = True, **access: Any) -> Installation:
        home = tmp_path / f"home{len(made)}"
        shutil.copytree(templates[accounts], home)
        made.append(Installation(Settings(home=home, access=access)))
        return made[-1]

    yield one
    for installation in made:
        installation.close()


@pytest.fixture
def browser() -> Callable[[Installation], "Browser"]:
    """Opens the pages of an installation as a browser does, without following where it is led."""
    return Browser


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real OpenID provider on loopback, from its own package."""
    if shutil.which("npm") is None:
        pytest.skip("There is no npm on this machine, which the identity provider of these tests comes by.")
    home = tmp_path_factory.mktemp("provider")
    for file in ("package.json", "server.mjs"):
        shutil.copy(Path(__file__).parent / "provider" / file, home)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    done = subprocess.run(install, cwd=home, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"The identity provider of these tests cannot be installed: {done.stderr[-300:]}")
    environment = {**os.environ, "PEOPLE": json.dumps(PEOPLE), "BACK": BACK}
    child = subprocess.Popen(
        ["node", "server.mjs"], cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    yield child.stdout.readline().strip()
    child.kill()
    child.wait()
    child.stdout.close()
