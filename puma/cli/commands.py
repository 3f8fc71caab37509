"""The commands that set up, serve, ask and check. Each prints what it did and says what to do next."""

from pathlib import Path
from typing import Annotated

import typer

from puma import __version__
from puma.cli.door import app, given_settings, leave, opened, say, settings_file, use_settings


@app.command()
def init(
    folder: Annotated[Path | None, typer.Argument(help="Where puma.toml is written; else here.")] = None,
) -> None:
    """Write a commented puma.toml and create the database; an existing file is kept."""
    from puma.cli.starter import STARTER

    file = folder / "puma.toml" if folder else settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        say(f"{file} is there already and stays as it is.")
    else:
        file.write_text(STARTER, encoding="utf-8")
        say(f"Wrote {file}.")
    use_settings(file)
    with opened(prepare=True) as installation:
        say(f"The database {installation.storage.url} is ready.")
        facts = installation.snapshot()
        if facts is not None:
            say(f"Its numbers are of {facts.as_of:%-d %B %Y %H:%M} UTC.")
        empty = installation.is_empty()
    go = f"`cd {folder}`, " if folder and folder.resolve() != Path.cwd() else ""  # where the other commands find it
    say(f"Next: {go}describe your sources in puma.toml, then `puma harvest`." if empty else f"Next: {go}`puma serve`.")


@app.command()
def demo(
    size: Annotated[str, typer.Option(help="small, medium or large")] = "small",
    folder: Annotated[Path, typer.Option("--dir", help="Where the sample facility lives; it is made anew.")] = Path(
        "demo"
    ),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages when all is ready.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the pages; 0 takes a free one.")] = 8050,
    seed: Annotated[int, typer.Option(help="Another seed is another facility.")] = 1,
) -> None:
    """The sample facility, end to end: made, harvested over HTTP, matched, indexed, served."""
    from puma.cli.progress import progress
    from puma.cli.serving import serve_installation
    from puma.demo.run import demo as sample_facility

    with sample_facility(size, folder, seed, progress, say) as installation:
        if serve:
            serve_installation(installation, folder / "puma.toml", "127.0.0.1", port)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8050,
) -> None:
    """Serve API and dashboards on one port, and harvest by schedule beside them. Other machines need accounts."""
    from puma.cli.serving import serve_installation

    with opened() as installation:
        serve_installation(installation, settings_file(), host, port)


Words = Annotated[list[str] | None, typer.Option(help="Repeatable.")]


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='What to find: words, "a phrase", prefix*, -without, author:name.')],
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="JOURNAL_ARTICLE, PROPOSAL_ACCEPTED, DATASET ...")
    ] = None,
    year: Annotated[str | None, typer.Option(help="2019 or 2015-2018")] = None,
    instrument: Words = None,
    country: Words = None,
    author: Words = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """Search proposals, publications and datasets with their full text: the same answer as the page."""
    import json
    import re

    from puma.access import EVERYTHING
    from puma.measuring.query import year_span

    given = {"category": type_, "instrument": instrument, "country": country, "author": author}
    with opened() as installation:
        answer = installation.search(
            EVERYTHING,
            query,
            filters={name: values for name, values in given.items() if values},
            years=year_span(year) if year else (None, None),
            limit=limit,
        )
    if as_json:
        hits = [
            {
                "id": hit.id,
                **{k: v for k, v in hit.fields.items() if k != "pages"},
                "snippets": [s.html for s in hit.snippets],
            }
            for hit in answer.hits
        ]
        counts = {name: {v.value: v.count for v in values} for name, values in answer.facets.items()}
        typer.echo(json.dumps({"total": answer.total, "hits": hits, "facets": counts}, ensure_ascii=False, default=str))
        return
    say(f"{answer.total} documents ({answer.took_ms / 1000:.2f} s).")
    if answer.incomplete:
        say(answer.incomplete)
    for hit in answer.hits:
        words = hit.fields.get("code") or hit.fields.get("doi") or ""
        say(f"\n{hit.id}  {hit.fields.get('category')}  {words}\n  {hit.fields.get('title')}")
        for snippet in hit.snippets[:2]:
            page = f"page {snippet.page}: " if snippet.page else ""
            say("    " + page + re.sub(r"</?mark>", "*", snippet.html))


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="publications, proposals, experiments, datasets, persons ... or links")],
    format_: Annotated[str, typer.Option("--format", help="`puma exports` lists them.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file; without it the standard output.")
    ] = None,
    year: Annotated[str | None, typer.Option(help="2019 or 2015-2018")] = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="JOURNAL_ARTICLE, THESIS ...; repeatable.")] = None,
    instrument: Words = None,
    country: Words = None,
    filters: Annotated[list[str] | None, typer.Option("--filter", help="Any other: KEY=VALUE, repeatable.")] = None,
) -> None:
    """Export a list, whole or what filters leave; rows are sorted and stable, memory does not grow with their number.

    Filters are those of `puma metric`, for publications, proposals, experiments, datasets, and links by their
    publications.
    """
    import os
    import sys

    from puma.access import EVERYTHING
    from puma.cli.answers import chosen_of
    from puma.exports import export as find_format
    from puma.listing import whole
    from puma.storage import now

    chosen = chosen_of(filters, year=[year] if year else None, type=type_, instrument=instrument, country=country)
    with opened() as installation:
        form = find_format(format_, what)
        table = whole(installation.storage, EVERYTHING, what, ids=installation.chosen(EVERYTHING, what, chosen))
        name = installation.settings.facility.name
        about = f"{what} of {name}, exported {now():%-d %B %Y %H:%M} UTC by puma {__version__}"
        about += "".join(f"; {slug}: {', '.join(values)}" for slug, values in sorted(chosen.items()))
        if output is None:
            form.write(table.columns, table.rows, sys.stdout.buffer, about)
            return
        part = output.with_name(output.name + ".part")
        with part.open("wb") as file:
            count = form.write(table.columns, table.rows, file, about)
        os.replace(part, output)
    say(f"{count} {what} in {output}.")


@app.command()
def metric(
    slug: Annotated[str, typer.Argument(help="`puma metrics` lists them.")],
    by: Annotated[str, typer.Option(help="One or two dimensions, comma between.")] = "",
    filters: Annotated[list[str] | None, typer.Option("--filter", help="KEY=VALUE, repeatable.")] = None,
    policy: Annotated[str, typer.Option(help="strict, standard or wide")] = "standard",
    counting: Annotated[str, typer.Option(help="full or fractional")] = "full",
    format_: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table",
) -> None:
    """One number or table, with its total, definition and as-of."""
    from puma.access import EVERYTHING
    from puma.cli.answers import chosen_of, print_answer
    from puma.measuring import Question

    chosen = chosen_of(filters)
    cuts = tuple(word.strip() for word in by.split(",") if word.strip())
    with opened() as installation:
        installation.must_be_known(EVERYTHING, chosen)
        answer = installation.ask(EVERYTHING, Question(slug, cuts, chosen, policy, counting))
    print_answer(answer, format_)


@app.command()
def evaluate(
    truth: Annotated[Path, typer.Argument(help="CSV with columns proposal, publication_doi: all true pairs.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Precision, recall, F1, coverage and calibration of the links against a table of true pairs; the last is kept."""
    import json

    with opened() as installation:
        result = installation.evaluate(truth)
    typer.echo(json.dumps(result.as_json()) if as_json else "\n".join(result.table()))
    if not as_json:
        say("\nKept for the Match quality page, with its date and the name of the table.")


@app.command()
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Bring the search index in line with the database first.")
    ] = False,
) -> None:
    """Database, migrations, search index, facts, sources, disk: one line each; exit 0 when all is well."""
    from puma.cli.bringing import print_report
    from puma.cli.progress import progress
    from puma.installation import Installation
    from puma.installation.health import all_checks
    from puma.settings import load_settings

    installation = Installation(load_settings(given_settings()))
    if repair:
        installation.check_prepared()
        with progress("repair") as told:
            mended = installation.index(told)
        print_report(mended)
    results = all_checks(installation)
    for one in results:
        say(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}: {one.sentence}")
    installation.close()
    leave(0 if all(one.ok for one in results) else 1)
