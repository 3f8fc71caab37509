"""The commands that say what exists: fields, metrics, sources, harvesters, exports, errors."""

import typer

from puma.cli.door import app, opened, say


@app.command()
def fields() -> None:
    """The fields of every entity: name, kind, what it means, who may see it."""
    from puma.cli.words import field_lines

    typer.echo("\n".join(field_lines()))


@app.command()
def metrics() -> None:
    """The metrics: what each counts, its rule, and what it can be cut by."""
    from puma.cli.words import metric_lines

    typer.echo("\n".join(metric_lines()))


@app.command()
def sources() -> None:
    """The sources of puma.toml, with their freshness."""
    from puma.listing import sources as listed
    from puma.runs.sources import configured_sources

    with opened() as installation:
        known = {source.name: source for source in listed(installation.storage)}
        for one in configured_sources(installation.settings):
            there = known.get(one.name)
            words = there.sentence if there else f"{one.name}: never harvested"
            say(f"{words}; {one.harvester} from {one.place}" + (f"; {there.records} records" if there else ""))


@app.command()
def harvesters() -> None:
    """The harvesters: what each source holds and lacks, and its settings."""
    from puma.cli.words import harvester_lines

    typer.echo("\n".join(harvester_lines()))


@app.command()
def exports() -> None:
    """The export formats."""
    from puma.exports import exports as found

    for name, one in found().items():
        typer.echo(f"{name:8} {one.suffix:7} {one.help}" + (f" ({', '.join(one.only)} only)" if one.only else ""))


@app.command()
def errors() -> None:
    """The kinds of errors: what the caller should do, the exit code, the HTTP status."""
    from puma.errors import ERRORS

    for error in ERRORS:
        typer.echo(f"exit {error.exit_code}  HTTP {error.http_status}  {error.title}: {error.__doc__}")
