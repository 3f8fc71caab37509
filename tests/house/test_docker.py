"""The container files: nobody is root, nothing is unpinned, and what they refer to exists (no engine is needed)."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it brings no types, and what it reads has none

HOUSE = Path(__file__).parents[2]
DOCKER = HOUSE / "docker"
COMPOSE = sorted(DOCKER.glob("compose*.yaml"))

every_compose = pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)


def instructions() -> list[tuple[str, str]]:
    """(INSTRUCTION, rest) of the Dockerfile, with continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DOCKER / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def services(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    return found


def last_stage() -> list[tuple[str, str]]:
    words = instructions()
    return words[max(place for place, (word, _) in enumerate(words) if word == "FROM") :]


def test_there_are_two_ways_to_run_it() -> None:
    assert [file.name for file in COMPOSE] == ["compose.scale.yaml", "compose.yaml"]


def test_every_image_is_of_a_named_version() -> None:
    stages = {rest.split(" AS ")[1] for word, rest in instructions() if word == "FROM" and " AS " in rest}
    images = [rest.split(" AS ")[0] for word, rest in instructions() if word == "FROM"]
    images += [s["image"] for file in COMPOSE for s in services(file).values() if "build" not in s]
    for image in set(images) - stages:
        assert re.search(r":[\w.-]*\d", image), image
        assert not image.endswith(":latest")


def test_the_container_does_not_run_as_root() -> None:
    user = [rest for word, rest in last_stage() if word == "USER"]
    assert user
    assert user[-1].split(":")[0] not in ("root", "0")
    after = [word for word, _ in last_stage()][[word for word, _ in last_stage()].index("USER") :]
    assert "RUN" not in after


def test_what_is_installed_is_what_was_locked() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert any("--require-hashes" in rest for rest in installs)
    for rest in installs:
        for command in re.findall(r"pip install[^&]+", rest):
            assert "--require-hashes" in command or "--no-deps" in command, command


def test_no_shell_stands_between_the_signal_and_the_program() -> None:
    for word, rest in last_stage():
        if word in ("ENTRYPOINT", "CMD"):
            assert isinstance(json.loads(rest), list)


def test_what_is_copied_exists_and_is_not_the_whole_folder() -> None:
    for word, rest in instructions():
        if word == "COPY" and "--from=" not in rest:
            sources = [part for part in rest.split()[:-1] if not part.startswith("--")]
            assert "." not in sources
            for source in sources:
                assert list(HOUSE.glob(source.rstrip("/"))), source


def test_the_image_asks_whether_the_program_is_alive() -> None:
    checks = [rest for word, rest in last_stage() if word == "HEALTHCHECK"]
    assert len(checks) == 1
    assert "/healthz" in checks[0]


def test_what_must_not_travel_is_left_out_of_the_image() -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*", "everything is left out unless it is named"
    assert {"!puma", "!harvesters", "!dashboards", "!pyproject.toml", "!docker/requirements.lock"} <= set(ignored)


@every_compose
def test_nothing_listens_beyond_the_machine_without_sign_in(file: Path) -> None:
    """`puma serve` refuses other hosts until sign-in exists; so the containers share the host's loopback."""
    for name, service in services(file).items():
        assert service.get("network_mode") == "host" or all(
            str(port).startswith("127.0.0.1:") for port in service.get("ports", [])
        ), name
        if service.get("network_mode") == "host":
            assert "ports" not in service
            assert not re.search(r"0\.0\.0\.0|\[::\]", json.dumps(service)), name


@every_compose
def test_data_live_on_volumes_that_are_declared(file: Path) -> None:
    declared = (yaml.safe_load(file.read_text(encoding="utf-8")).get("volumes") or {}).keys()
    used = {str(v).split(":")[0] for service in services(file).values() for v in service.get("volumes", [])}
    assert used == declared
    assert used


@every_compose
def test_no_password_is_written_down(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        if re.search(r"password", line, re.IGNORECASE) and ":" in line and not line.lstrip().startswith("#"):
            assert "${" in line or "_FILE" in line or line.rstrip().endswith(":"), line


@every_compose
def test_containers_give_up_the_rights_that_they_do_not_need(file: Path) -> None:
    for name, service in services(file).items():
        assert service.get("security_opt") == ["no-new-privileges:true"], name
        assert service.get("restart") == "unless-stopped", name
        if "build" in service:
            assert service.get("cap_drop") == ["ALL"], name
            assert service.get("read_only") is True, name


@every_compose
def test_the_settings_that_are_given_exist(file: Path) -> None:
    from puma.settings import Settings

    for service in services(file).values():
        for name in service.get("environment") or {}:
            if name.startswith("PUMA_") and "__" in name:
                section, _, key = name.removeprefix("PUMA_").lower().partition("__")
                model = Settings.model_fields[section].annotation
                assert model is not None
                assert key in model.model_fields, name


VERSION = ["docker", "compose", "version"]
HAS_COMPOSE = shutil.which("docker") and subprocess.run(VERSION, capture_output=True).returncode == 0

if HAS_COMPOSE:  # a further opinion where the plugin is; the checks neither have nor install a container engine

    @every_compose
    def test_docker_itself_understands_the_file(file: Path) -> None:
        command = ["docker", "compose", "--file", str(file), "--profile", "planned", "config", "--quiet"]
        environment = {**os.environ, "POSTGRES_PASSWORD": "x"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
