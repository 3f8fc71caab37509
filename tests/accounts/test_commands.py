"""The commands about accounts and tokens, and whom `puma serve` answers once there are some."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import puma.cli.accounts  # registers its commands
import puma.cli.commands  # noqa: F401  # registers its commands
from puma.accounts import viewer_of_token
from puma.cli.door import app
from puma.cli.serving import serve_installation
from puma.errors import Refused, WrongUsage
from puma.installation import Installation
from puma.settings import load_settings
from puma.storage import now
from tests.accounts.browser import PASSWORD, Browser
from tests.accounts.conftest import Make


def run(home: Path, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(app, ["--config", str(home / "puma.toml"), *words], input=said)


@pytest.fixture
def home(make: Make) -> Path:
    """An installation without accounts, with a settings file as `puma init` writes it."""
    house = make(accounts=False)
    (house.settings.home / "puma.toml").write_text('[access]\nlocal_role = "admin"\n', "utf-8")
    return house.settings.home


def test_the_first_account_is_made_by_command_and_signs_in_on_the_web(home: Path) -> None:
    added = run(
        home, "user", "add", "Ada", "--role", "admin", "--name", "Ada Example", "--password-stdin", said=PASSWORD
    )
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    assert "From now on people sign in" in added.output
    house = Installation(load_settings(home / "puma.toml"))
    door = Browser(house)
    assert door.role() == "anonymous"
    door.sign_in("ada")
    assert door.role() == "admin"
    assert run(home, "user", "role", "ada", "viewer").exit_code == 0
    assert door.role() == "viewer"
    assert "Ada Example" in run(home, "user", "list").output
    assert run(home, "user", "disable", "ada").exit_code == 0
    assert door.role() == "anonymous"
    assert "disabled" in run(home, "user", "list").output
    house.close()


def test_only_the_first_account_says_what_it_changes(home: Path) -> None:
    assert "From now on" in run(home, "user", "add", "ada", "--role", "admin").output
    assert "From now on" not in run(home, "user", "add", "bob", "--role", "viewer").output


def test_without_a_terminal_a_password_is_made_up_and_printed_once(home: Path) -> None:
    made = run(home, "user", "add", "bob", "--role", "viewer").output
    password = made.split("shown this once: ")[1].split()[0]
    house = Installation(load_settings(home / "puma.toml"))
    door = Browser(house)
    door.sign_in("bob", password)
    assert door.role() == "viewer"
    house.close()


def test_a_token_is_printed_once_listed_without_its_secret_and_revoked(home: Path) -> None:
    made = run(home, "token", "create", "--role", "user_office", "--days", "3", "--label", "nightly")
    token = made.stdout.splitlines()[0]
    house = Installation(load_settings(home / "puma.toml"))
    viewer = viewer_of_token(house.storage, token, now())
    assert viewer is not None
    assert (viewer.role, viewer.name) == ("user_office", "nightly")
    listed = run(home, "token", "list").output
    assert token[:13] in listed
    assert token[14:] not in listed
    assert run(home, "token", "revoke", token[:13]).exit_code == 0
    assert viewer_of_token(house.storage, token, now()) is None
    house.close()


def test_wrong_roles_names_and_instruments_are_refused_in_one_sentence(home: Path) -> None:
    for words in (
        ("user", "add", "ada", "--role", "king"),
        ("user", "add", "no name", "--role", "viewer"),
        ("user", "add", "ada", "--role", "viewer", "--orcid", "0000-0000-0000-0000"),
        ("user", "role", "nobody", "viewer"),
        ("token", "create", "--role", "king"),
        ("token", "create", "--days", "4000"),
        ("token", "create", "--user", "nobody"),
        ("token", "revoke", "puma_00000000"),
    ):
        assert run(home, *words).exception is not None, words
    assert "ada" not in run(home, "user", "list").output


def test_other_machines_are_served_once_there_is_an_account_and_never_by_the_sample_facility(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused):
            serve_installation(make(accounts=False), Path("puma.toml"), "0.0.0.0", port)
        with pytest.raises(Refused):
            serve_installation(make(demo=True), Path("puma.toml"), "0.0.0.0", port)
        with pytest.raises(WrongUsage, match="cannot be used"):  # it came as far as the port, which is taken
            serve_installation(make(), Path("puma.toml"), "0.0.0.0", port)
