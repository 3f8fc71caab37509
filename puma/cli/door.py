"""The door of the command line: the program itself, the settings file it was given, and the installation it opens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from puma import __version__

if TYPE_CHECKING:
    from puma.installation import Installation

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What science came out of which instrument, for whom, from which country.",
)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The settings file; else PUMA_CONFIG, else puma.toml here.")
]
_config: list[Path | None] = [None]


def _version(asked: bool | None) -> None:
    if asked:
        typer.echo(f"puma {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    config: ConfigFile = None,
    version: Annotated[
        bool | None, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = None,
) -> None:
    _config[0] = config


def given_settings() -> Path | None:
    """The settings file that the call names; None when it names none."""
    return _config[0]


def settings_file() -> Path:
    """The settings file of this call, as a child process has to be given it."""
    return _config[0] or Path(os.environ.get("PUMA_CONFIG", "puma.toml"))


def use_settings(file: Path) -> None:
    """Take this settings file, because the command has just written it."""
    _config[0] = file


@contextmanager
def opened(*, prepare: bool = False, bare: bool = False) -> "Iterator[Installation]":
    """The installation of the settings, closed afterwards. prepare: bring its tables to the newest version first.

    bare: whatever state its tables are in; else they have to be at the newest version.
    """
    from puma.installation import Installation
    from puma.settings import load_settings

    installation = Installation(load_settings(_config[0]))
    try:
        if prepare:
            installation.prepare()
        elif not bare:
            installation.check_prepared()
        yield installation
    finally:
        installation.close()


def say(line: str = "") -> None:
    """One line to whoever called, without markup."""
    from puma.cli.progress import console

    console.print(line, markup=False)


def leave(code: int) -> NoReturn:
    """End with an exit code."""
    raise typer.Exit(code)
