"""The commands that keep what cannot be harvested again: backup and restore."""

from pathlib import Path
from typing import Annotated

import typer

from puma.cli.door import app, opened, say

File = Annotated[Path, typer.Argument(help="The backup file.")]


@app.command()
def backup(file: File) -> None:
    """Write the database and the learnt models into one file: decisions first, then all that they refer to.

    PDFs, facts and the search index are not in it: they are fetched or made again.
    """
    from puma.backup import backup as write
    from puma.cli.progress import progress
    from puma.storage import now

    with opened() as installation, progress("backup") as told:
        made = write(
            installation.storage,
            installation.settings.files_folder,
            file,
            facility=installation.settings.facility.name,
            at=now(),
            tell=told,
        )
    decisions = made.parts["decision.jsonl"][0]
    size = file.stat().st_size / 1e6
    say(f"{file}: {decisions} decisions, {made.rows} rows in all, {size:.1f} MB, version {made.revision}")
    say("It holds personal and confidential data: keep it as safe as the database.")


@app.command()
def restore(
    file: File,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in place of everything that is there.")] = False,
) -> None:
    """Put a backup into an empty database; every part of it is proved before anything is touched."""
    from puma.backup import restore as read
    from puma.cli.progress import progress

    with opened(bare=True) as installation:
        with progress("restore") as told:
            there = read(installation.storage, installation.settings.files_folder, file, replace=replace, tell=told)
        installation.refresh_facts()
    say(f"{there.rows} rows of {there.facility}, as of {there.made_at:%-d %B %Y %H:%M} UTC")
    say("Next: puma index --rebuild")
