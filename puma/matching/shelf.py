"""The link models of an installation by version: the shipped one and those it learnt; one of them is in use."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from puma.errors import Conflict, NotHere

NAME = "links"
MODELS = "puma.matching.models"
MEASURED = f"{NAME}.measured.json"
"""Beside the shipped model: its figures on facilities it never saw, written by the benchmark."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a model says of itself. version: as stored beside what it scored. learnt: from decisions, not shipped."""

    version: str
    number: int
    learnt: bool
    in_use: bool
    said: Mapping[str, Any]


def shelf_in(files_folder: Path) -> Path:
    """The folder of the learnt models, given the files folder of an installation."""
    return files_folder / "models"


def cards(folder: Path) -> list[Card]:
    """The cards of all models in order of their numbers. folder: of the learnt ones; it need not exist."""
    used = version_in_use(folder)
    learnt = [json.loads(path.read_text("utf-8"))["card"] for path in folder.glob(f"{NAME}-*.json")]
    said = [(shipped_card(), False), *((one, True) for one in sorted(learnt, key=lambda one: int(one["version"])))]
    return [
        Card(f"{NAME}-{one['version']}", int(one["version"]), is_learnt, f"{NAME}-{one['version']}" == used, one)
        for one, is_learnt in said
    ]


@cache
def shipped_card() -> Mapping[str, Any]:
    """The card of the model that comes with the program."""
    card: Mapping[str, Any] = json.loads(shipped_text())["card"]
    return card


def shipped_version() -> str:
    """The version of the model that comes with the program."""
    return f"{NAME}-{shipped_card()['version']}"


def shipped_text() -> str:
    """The file of the model that comes with the program."""
    return (files(MODELS) / f"{NAME}.json").read_text("utf-8")


@cache
def measured() -> Mapping[str, Any]:
    """How good the shipped model was found to be; {} when the figures are of another one.

    on: the facilities. figures: by their difficulty, each by its name.
    """
    held: Mapping[str, Any] = json.loads((files(MODELS) / MEASURED).read_text("utf-8"))
    return held if held["version"] == shipped_version() else {}


def version_in_use(folder: Path) -> str:
    """The version that judges: the one chosen last, or the shipped one.

    One that was learnt when other things were measured cannot judge what is measured now, and the shipped one does.
    """
    chosen = folder / "current"
    version = chosen.read_text("utf-8").strip().removesuffix(".json") if chosen.exists() else ""
    path = folder / f"{version}.json"
    return version if version and path.exists() and _measured_by(path) == _measured_now() else shipped_version()


def _measured_by(path: Path) -> list[str]:
    return list(json.loads(path.read_text("utf-8"))["kinds"])


@cache
def _measured_now() -> list[str]:
    return list(json.loads(shipped_text())["kinds"])


def number_of(version: str) -> int:
    """The number in a version: 2 of links-2."""
    return int(version.rpartition("-")[2])


def text_of(folder: Path, version: str) -> str:
    """The file of a version. Raises NotHere when there is none."""
    if version == shipped_version():
        return shipped_text()
    path = folder / f"{version}.json"
    if not re.fullmatch(rf"{NAME}-\d+", version) or not path.exists():
        there = ", ".join(one.version for one in cards(folder))
        raise NotHere(f"There is no model {version!r}; there are: {there}.")
    return path.read_text("utf-8")


def use(folder: Path, version: str) -> str:
    """Let another version judge, older or newer; returns the one that did. Raises NotHere when there is none."""
    text_of(folder, version)
    before = version_in_use(folder)
    if version == shipped_version():
        (folder / "current").unlink(missing_ok=True)
    else:
        part = folder / f"current.{os.getpid()}"
        part.write_text(f"{version}\n", "utf-8")
        part.replace(folder / "current")
    return before


def put(folder: Path, version: str, text: str) -> None:
    """Put the file of a new version on the shelf. Raises Conflict when the place is taken: versions never change."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (folder / f"{version}.json").open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise Conflict(f"Somebody taught a {version} meanwhile. Nothing was changed: call again.") from error
