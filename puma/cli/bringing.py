"""The commands that bring data in and work on it: harvest, match, index, and the worker that does so by schedule."""

from typing import TYPE_CHECKING, Annotated

import typer

from puma.cli.door import app, leave, opened, say
from puma.errors import WrongUsage

if TYPE_CHECKING:
    from puma.runs.ledger import RunReport


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

    with opened(prepare=True) as installation:
        chosen = chosen_sources(installation.settings, source or [])
        if not chosen:
            raise WrongUsage(
                "puma.toml describes no source yet: add a [[source]]; `puma harvesters` lists what there is."
            )
        if dry_run:
            for one in chosen:
                say(f"{one.name}: {one.harvester} from {one.place}")
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
            print_report(reports[-1])
        with progress("read PDFs") as told:
            reports.append(installation.read_files(told))
        if reports[-1].counters["seen"]:
            print_report(reports[-1])
        installation.refresh_facts()
        say("Next: `puma match`, then `puma index`.")
        if any(report.state == "refused" for report in reports):
            leave(4)
        leave(0 if all(report.ok for report in reports) else 3)


def print_report(report: "RunReport") -> None:
    words = ", ".join(f"{count} {name}" for name, count in report.counters.items() if count)
    say(f"{report.source or report.kind}: {words or 'nothing to do'}" + (f" [{report.state}]" if not report.ok else ""))
    if report.message:
        say(f"  {report.message}")
    for key, reason in report.skipped[:5]:
        say(f"  skipped {key}: {reason}")
    if len(report.skipped) > 5:
        say(f"  ... {report.counters['skipped'] - 5} more; the page of run {report.run_id} shows them.")
    if report.left_over:
        names = ", ".join(f"{name} ({count})" for name, count in report.left_over.most_common(8))
        say(f"  not read: {names}" + (f" and {len(report.left_over) - 8} more" if len(report.left_over) > 8 else ""))


@app.command()
def match(
    full: Annotated[
        bool, typer.Option("--full", help="Match everything, also when little or nothing changed; decisions stay.")
    ] = False,
) -> None:
    """Resolve institutions and persons; propose links of publications with proposals, experiments and datasets."""
    from puma.cli.progress import progress

    with opened() as installation:
        with progress("match") as told:
            report = installation.match(told, only_if_changed=not full)
        if report.counters.get("unchanged"):
            say("Nothing changed since the last matching; `puma match --full` matches all the same.")
            return
        installation.refresh_facts()
    for name, count in report.counters.items():
        if count:
            say(f"{count:9} {name.replace('_', ' ')}")
    if "publications_changed" in report.counters:
        say("Little changed: only that was matched, with the rarities of the last full matching (--full).")
    say("Next: decide on candidates on the Review page, then `puma index`.")


@app.command()
def index(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Write all of it anew beside the old index, then swap.")
    ] = False,
) -> None:
    """Bring the search index up to date with the database: what differs is written. Searches go on meanwhile."""
    from puma.cli.progress import progress

    with opened() as installation, progress("index") as told:
        report = installation.index(told, rebuild=rebuild)
    print_report(report)


@app.command()
def worker() -> None:
    """Do what is asked for on the pages and what is due by schedule, until stopped; any number may run."""
    import logging
    import signal

    from puma.cli.progress import progress
    from puma.worker import Worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with opened(prepare=True) as installation, progress("worker") as told:
        at_work = Worker(installation, told)
        signal.signal(signal.SIGTERM, lambda *_: at_work.stop())
        say("The worker waits for requests and schedules. Ctrl-C stops it.")
        try:
            at_work.work()
        except KeyboardInterrupt:
            say("Stopped; what was stored stays.")
