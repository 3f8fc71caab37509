"""The commands. Each opens the installation, asks it, prints what it did, and says what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from puma import __version__
from puma.errors import WrongUsage

if TYPE_CHECKING:
    from puma.installation import Installation
    from puma.runs.ledger import RunReport

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


@contextmanager
def _opened(*, prepare: bool = False) -> "Iterator[Installation]":
    from puma.installation import Installation
    from puma.settings import load_settings

    installation = Installation(load_settings(_config[0]))
    try:
        if prepare:
            installation.prepare()
        else:
            installation.check_prepared()
        yield installation
    finally:
        installation.close()


def _say(line: str = "") -> None:
    from puma.cli.progress import console

    console.print(line, markup=False)


def _leave(code: int) -> NoReturn:
    raise typer.Exit(code)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where puma.toml is written.")] = Path(),
) -> None:
    """Write a commented puma.toml and create the database; an existing file is kept."""
    from puma.cli.starter import STARTER

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "puma.toml"
    if file.exists():
        _say(f"{file} is there already and stays as it is.")
    else:
        file.write_text(STARTER, encoding="utf-8")
        _say(f"Wrote {file}.")
    _config[0] = file
    with _opened(prepare=True) as installation:
        _say(f"The database {installation.storage.url} is ready.")
    _say("Next: describe your sources in it, then `puma harvest`.")


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

    with sample_facility(size, folder, seed, progress, _say) as installation:
        if serve:
            serve_installation(installation, "127.0.0.1", port)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8050,
) -> None:
    """Serve API and dashboards on one port. Another machine is served only once sign-in is configured."""
    from puma.cli.serving import serve_installation

    with _opened() as installation:
        serve_installation(installation, host, port)


@app.command()
def harvest(
    source: Annotated[list[str] | None, typer.Argument(help="Names of sources; none means all.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Ask for everything again, and find what was deleted.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be harvested; ask nobody.")] = False,
    accept_missing: Annotated[
        bool, typer.Option("--accept-missing", help="With --full: delete what is missing, however much.")
    ] = False,
    reread: Annotated[bool, typer.Option("--reread", help="Read kept payloads again; ask nobody.")] = False,
) -> None:
    """Harvest sources of puma.toml: incrementally, or with --full everything. Exit 3 when records were skipped."""
    from puma.cli.progress import progress
    from puma.runs.sources import chosen_sources

    with _opened(prepare=True) as installation:
        chosen = chosen_sources(installation.settings, source or [])
        if not chosen:
            raise WrongUsage(
                "puma.toml describes no source yet: add a [[source]]; `puma harvesters` lists what there is."
            )
        if dry_run:
            for one in chosen:
                _say(f"{one.name}: {one.harvester} from {one.url or one.path}")
            return
        reports = []
        for one in chosen:
            with progress("harvest") as told:
                work = installation.reread if reread else installation.harvest
                reports.append(
                    work(one, told)
                    if reread
                    else installation.harvest(one, told, full=full, accept_missing=accept_missing)
                )
            _print_report(reports[-1])
        with progress("read PDFs") as told:
            reports.append(installation.read_files(told))
        if reports[-1].counters["seen"]:
            _print_report(reports[-1])
        installation.refresh_facts()
        _say("Next: `puma match`, then `puma index`.")
        if any(report.state == "refused" for report in reports):
            _leave(4)
        _leave(0 if all(report.ok for report in reports) else 3)


def _print_report(report: "RunReport") -> None:
    words = ", ".join(f"{count} {name}" for name, count in report.counters.items() if count)
    _say(
        f"{report.source or report.kind}: {words or 'nothing to do'}" + (f" [{report.state}]" if not report.ok else "")
    )
    if report.message:
        _say(f"  {report.message}")
    for key, reason in report.skipped[:5]:
        _say(f"  skipped {key}: {reason}")
    if len(report.skipped) > 5:
        _say(f"  ... {report.counters['skipped'] - 5} more; the Sources page shows more of them.")


@app.command()
def match(
    full: Annotated[
        bool, typer.Option("--full", help="Score everything again (always done); decisions of people stay.")
    ] = False,
) -> None:
    """Resolve institutions and persons; propose links of publications with proposals, experiments and datasets."""
    from puma.cli.progress import progress

    with _opened() as installation:
        with progress("match") as told:
            report = installation.match(told)
        installation.refresh_facts()
    for name, count in report.counters.items():
        if count:
            _say(f"{count:9} {name.replace('_', ' ')}")
    _say("Next: decide on candidates on the Review page, then `puma index`.")


@app.command()
def index(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Rebuild beside the old index and swap (always done).")
    ] = False,
) -> None:
    """Bring the search index up to date; searches go on in the old one until the new one is whole."""
    from puma.cli.progress import progress

    with _opened() as installation, progress("index") as told:
        report = installation.index(told)
    _print_report(report)


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
    with _opened() as installation:
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
    _say(f"{answer.total} documents ({answer.took_ms / 1000:.2f} s).")
    for hit in answer.hits:
        words = hit.fields.get("code") or hit.fields.get("doi") or ""
        _say(f"\n{hit.id}  {hit.fields.get('category')}  {words}\n  {hit.fields.get('title')}")
        for snippet in hit.snippets[:2]:
            page = f"page {snippet.page}: " if snippet.page else ""
            _say("    " + page + re.sub(r"</?mark>", "*", snippet.html))


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="publications, proposals, experiments, datasets, persons ... or links")],
    format_: Annotated[str, typer.Option("--format", help="`puma exports` lists them.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file; without it the standard output.")
    ] = None,
) -> None:
    """Export a whole list; rows are sorted and stable, memory does not grow with their number."""
    import os
    import sys

    from puma.access import EVERYTHING
    from puma.exports import export as find_format
    from puma.listing import whole
    from puma.storage import now

    with _opened() as installation:
        form = find_format(format_, what)
        table = whole(installation.storage, EVERYTHING, what)
        name = installation.settings.facility.name
        about = f"{what} of {name}, exported {now():%-d %B %Y %H:%M} UTC by puma {__version__}"
        if output is None:
            form.write(table.columns, table.rows, sys.stdout.buffer, about)
            return
        part = output.with_name(output.name + ".part")
        with part.open("wb") as file:
            count = form.write(table.columns, table.rows, file, about)
        os.replace(part, output)
    _say(f"{count} {what} in {output}.")


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
    from puma.cli.answers import print_answer
    from puma.measuring import Question

    chosen: dict[str, tuple[str, ...]] = {}
    for one in filters or []:
        key, equals, value = one.partition("=")
        if not equals:
            raise WrongUsage(f"--filter is KEY=VALUE, not {one!r}.")
        chosen[key] = (*chosen.get(key, ()), value)
    cuts = tuple(word.strip() for word in by.split(",") if word.strip())
    with _opened() as installation:
        answer = installation.ask(EVERYTHING, Question(slug, cuts, chosen, policy, counting))
    print_answer(answer, format_)


@app.command()
def evaluate(
    truth: Annotated[Path, typer.Argument(help="CSV with columns proposal, publication_doi: all true pairs.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Precision, recall, F1 and calibration of the links against a table of true pairs."""
    import json

    from puma.evaluation import evaluate as measure

    with _opened() as installation:
        result = measure(installation.storage, truth)
    typer.echo(json.dumps(result.as_json()) if as_json else "\n".join(result.table()))


@app.command()
def check() -> None:
    """Database, migrations, search index, facts, sources, disk: one line each; exit 0 when all is well."""
    from puma.cli.checks import all_checks
    from puma.installation import Installation
    from puma.settings import load_settings

    installation = Installation(load_settings(_config[0]))
    results = all_checks(installation)
    for one in results:
        _say(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}: {one.sentence}")
    installation.close()
    _leave(0 if all(one.ok for one in results) else 1)


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

    with _opened() as installation:
        known = {source.name: source for source in listed(installation.storage)}
        for one in configured_sources(installation.settings):
            there = known.get(one.name)
            words = there.sentence if there else f"{one.name}: never harvested"
            _say(
                f"{words}; {one.harvester} from {one.url or one.path}" + (f"; {there.records} records" if there else "")
            )


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
