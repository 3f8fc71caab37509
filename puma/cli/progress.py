"""Progress of long work: a bar on a terminal, a line every ten seconds in a log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from puma.runs.ledger import Progress as Told

LINE_EVERY_S = 10.0

console = Console(highlight=False, soft_wrap=True)


@contextmanager
def progress(title: str) -> Iterator[Told]:
    """A function to be told (what, done, of how many); what it is told is shown until the block ends."""
    with _bar(title) if console.is_terminal else _lines(title) as told:
        yield told


@contextmanager
def _bar(title: str) -> Iterator[Told]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def told(what: str, done: int, total: int | None) -> None:
            bar.update(task, description=f"{title}: {what}"[:40], completed=done, total=total)

        yield told


@contextmanager
def _lines(title: str) -> Iterator[Told]:
    last = time.monotonic()

    def told(what: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_EVERY_S:
            last = time.monotonic()
            console.print(f"{title}: {what} {done}" + (f" of {total}" if total else ""))

    yield told
