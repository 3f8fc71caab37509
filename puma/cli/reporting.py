"""The command that prints reports."""

import re
from pathlib import Path
from typing import Annotated

import typer

from puma.cli.door import app, opened, say
from puma.errors import WrongUsage


@app.command()
def report(
    kind: Annotated[str, typer.Argument(help="instrument, country, institution or facility")],
    name: Annotated[str, typer.Argument(help="Its name; a country by two letters; nothing for the facility.")] = "",
    years: Annotated[str, typer.Option("--years", help="2019 or 2015-2019; else all.")] = "",
    format: Annotated[str, typer.Option("--format", help="html, pdf or xlsx; else as the file is called.")] = "",
    policy: Annotated[str, typer.Option("--policy", help="Links that count: strict, standard or wide.")] = "standard",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file; else named after the report.")
    ] = None,
) -> None:
    """Print the report of an instrument, a country, an institution or the facility, with the figures of the screen."""
    from puma.access import EVERYTHING
    from puma.reports import FORMATS, make_report, write_report

    chosen = format or (output.suffix.removeprefix(".") if output else "html")
    if chosen not in FORMATS:
        raise WrongUsage(f"A report has no format {chosen!r}; there are: {', '.join(FORMATS)}.")
    with opened() as installation:
        made = make_report(
            installation.storage,
            installation.snapshot(),
            EVERYTHING,
            kind,
            name,
            facility=installation.settings.facility.name,
            years=_span(years),
            policy=policy,
        )
        body = write_report(made, chosen)
    file = output or Path(
        re.sub(r"[^\w-]+", "-", f"{made.title} {made.span}").strip("-").lower() + FORMATS[chosen].suffix
    )
    file.write_bytes(body)
    say(f"{file}: {made.title}, {made.span}, {len(made.sections)} tables, {made.known} publications")


def _span(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})(?:\s*[-–]\s*(\d{4}))?", text.strip())
    if not found:
        raise WrongUsage(f"--years is written 2019 or 2015-2019, not {text!r}.")
    first, last = int(found[1]), int(found[2] or found[1])
    return min(first, last), max(first, last)
