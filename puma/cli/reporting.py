"""The command that prints reports."""

import re
from pathlib import Path
from typing import Annotated

import typer

from puma.cli.door import app, opened, say
from puma.errors import WrongUsage


@app.command()
def report(
    kind: Annotated[
        str,
        typer.Argument(
            help="instrument, group, country, institution, organisation (an institution with its parts), sector, "
            "collection or facility; with --recipe what the recipe says."
        ),
    ] = "",
    name: Annotated[
        str,
        typer.Argument(
            help="Its name; a country by two letters, a sector by its word, a collection by its number; nothing for "
            "the facility."
        ),
    ] = "",
    years: Annotated[str, typer.Option("--years", help="2019 or 2015-2019; else all.")] = "",
    format: Annotated[str, typer.Option("--format", help="html, pdf, xlsx or pptx; else as the file is called.")] = "",
    policy: Annotated[str, typer.Option("--policy", help="Links that count: strict or standard.")] = "standard",
    recipe: Annotated[
        str, typer.Option("--recipe", help="Run a recipe again by its name; a name and --years in place of its own.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="en, fr or de; else the recipe's, or the installation's.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file; else named after the report.")
    ] = None,
) -> None:
    """Print the report of an instrument, group, country, institution, sector or the facility, as on the screen."""
    from puma import reports
    from puma.access import EVERYTHING
    from puma.reports import FORMATS, write_report

    chosen = format or (output.suffix.removeprefix(".") if output else "html")
    if chosen not in FORMATS:
        raise WrongUsage(f"A report has no format {chosen!r}; there are: {', '.join(FORMATS)}.")
    with opened() as installation:
        if recipe:
            asked = reports.with_parameters(
                reports.recipe_named(installation.storage, EVERYTHING, recipe).recipe,
                _subject(kind, name),
                years.strip(),
                language,
            )
        else:
            years_of = {"year": (years,)} if years.strip() else {}
            spoken = language or installation.settings.facility.language
            asked = reports.recipe(kind, name, years_of, policy=policy, language=spoken)
        facility = installation.settings.facility.name
        made = reports.make(installation.storage, installation.snapshot(), EVERYTHING, asked, facility=facility)
        body = write_report(made, chosen)
    file = output or Path(
        re.sub(r"[^\w-]+", "-", f"{made.title} {made.span}").strip("-").lower() + FORMATS[chosen].suffix
    )
    file.write_bytes(body)
    say(f"{file}: {made.title}, {made.span}, {len(made.sections)} tables, {made.known} publications")


def _subject(kind: str, name: str) -> str:
    """The other subject of a recipe: ``puma report --recipe NAME D22`` and ``... instrument D22`` say the same."""
    from puma.reports import KINDS

    return name if name or kind in KINDS else kind
