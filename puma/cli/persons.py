"""The commands about what is known of a person: given out to whoever it is about, and erased when they ask."""

from pathlib import Path
from typing import Annotated

import typer

from puma.cli.door import app, opened, say
from puma.errors import WrongUsage

persons = typer.Typer(no_args_is_help=True, help="Personal data: what is known of somebody, and erasing it.")
app.add_typer(persons, name="person")

Person = Annotated[int, typer.Argument(help="The number of the person, as in the address of their page.")]


@persons.command("find")
def find(words: Annotated[str, typer.Argument(help="Words of the name, or an ORCID iD.")]) -> None:
    """Persons by name, with their numbers."""
    from puma.access import EVERYTHING
    from puma.accounts.known import found_persons

    with opened() as installation:
        found = found_persons(installation.storage, EVERYTHING, words)
    for number, name, orcid in found:
        say(f"{number:>10}  {name}{f'  {orcid}' if orcid else ''}")
    if not found:
        say(f"Nobody here is called {words!r}.")


@persons.command("known")
def known(
    person: Person,
    file: Annotated[Path | None, typer.Option("-o", "--output", help="A .json or .zip file; else printed.")] = None,
) -> None:
    """Everything that is known of a person, as they may ask for it. It is noted in the audit."""
    from puma.access import EVERYTHING
    from puma.accounts.known import as_json, as_zip, known_of
    from puma.storage import now

    if file and file.suffix not in (".json", ".zip"):
        raise WrongUsage(f"{file}: the file ends with .json or .zip.")
    with opened() as installation:
        found = known_of(installation.storage, EVERYTHING, person, at=now())
    if file is None:
        typer.echo(as_json(found).decode())
        return
    file.write_bytes(as_zip(found) if file.suffix == ".zip" else as_json(found))
    say(f"{file}: all that is known of person {found['person']}. It is personal: hand it to them alone.")


@persons.command("erase")
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only said what would go.")] = False,
) -> None:
    """Erase a person who asks for it; counts and published authorship stay. It cannot be undone."""
    from puma.access import EVERYTHING
    from puma.accounts.known import known_of
    from puma.storage import now

    with opened() as installation:
        if not yes:
            found = known_of(installation.storage, EVERYTHING, person, at=now())
            for name in ("proposals", "experiments", "works", "affiliations", "accounts", "questions", "told_by"):
                say(f"{len(found[name]):>6}  {name.replace('_', ' ')}")
            say("Nothing was changed. With --yes the person is erased; works stay as published.")
            return
        done = installation.erase(EVERYTHING, person)
    say(
        f"Person {done.person} is erased: {done.proposals} proposals and {done.experiments} experiments keep a number "
        f"without a name, {done.works} works stay as published, {done.accounts} accounts are shut, "
        f"{done.payloads} payloads of sources are gone."
    )
    if done.files:
        numbers = ", ".join(map(str, done.files[:20]))
        say(f"{len(done.files)} files of their proposals may name them; look at: {numbers}")
    say("Backups made before still hold the person: make a new one, and erase again after restoring an old one.")
