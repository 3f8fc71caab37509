"""Health: each part of an installation looked at, with a sentence that says how it is and what to do about it."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from puma.access import EVERYTHING
from puma.errors import PumaError
from puma.installation import Installation
from puma.listing import SourceView, sources
from puma.matching.shelf import cards, shelf_in
from puma.requests.posting import can_post
from puma.runs.sources import configured_sources
from puma.search.documents import count_documents
from puma.search.indexing import differences
from puma.storage import now

LEAST_FREE_GB = 1.0
TAKEN_WITHIN = timedelta(minutes=2)
"""A worker looks every few seconds; what waits longer than this while nothing runs waits for nobody."""
DUE_WITHIN = timedelta(minutes=10)
WITHOUT = "start `puma worker`, or serve the pages with `puma serve`, which has one of its own."

State = Literal["good", "busy", "open", "bad"]
Look = Callable[[Installation], tuple[State, str]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. state: bad needs somebody, open is a choice that was not made yet, busy is being
    mended."""

    name: str
    state: State
    sentence: str

    @property
    def ok(self) -> bool:
        """Whether nobody has to do anything."""
        return self.state != "bad"


def all_checks(installation: Installation) -> list[Check]:
    """What a command looks at, every document of the search index among it; one failing check does not hide others."""
    return looked(installation, COMMAND)


def quick_checks(installation: Installation) -> list[Check]:
    """What a page shows: what takes no longer than a click, the index by its number of documents."""
    return looked(installation, PAGE)


def looked(installation: Installation, at: Mapping[str, Look]) -> list[Check]:
    """Look at these parts, in their order."""
    return [_safely(name, look, installation) for name, look in at.items()]


def _safely(name: str, look: Look, installation: Installation) -> Check:
    try:
        state, sentence = look(installation)
    except (PumaError, SQLAlchemyError, OSError) as error:
        state, sentence = "bad", str(error).splitlines()[0]
    return Check(name, state, sentence)


def database(installation: Installation) -> tuple[State, str]:
    """Whether the database answers and has tables."""
    version = installation.storage.version()
    if version is None:
        return "bad", f"{installation.storage.url} is empty: `puma init` creates the tables."
    return "good", f"{installation.storage.url} answers."


def migrations(installation: Installation) -> tuple[State, str]:
    """Whether the tables are those of this program."""
    if installation.storage.is_current():
        return "good", f"at version {installation.storage.version()}."
    return "bad", "not at this program's version: `puma init` brings the tables there."


def being_written(installation: Installation) -> tuple[State, str] | None:
    """What there is to say while there is no search index that can be read; None when there is one."""
    if not installation.lacks_index:
        return None
    run = installation.indexing(EVERYTHING)
    if run is None:
        said = "missing or of another version of the program: a worker writes it anew when it starts, or"
        return "bad", f"{said} `puma index` now."
    seen = run.counters.get("seen", 0)
    return "busy", f"being written anew by run {run.id}: {seen} of {run.total or 'all'} documents so far."


def every_document(installation: Installation) -> tuple[State, str]:
    """Whether the search index has each document as the database has it; takes a while."""
    if (said := being_written(installation)) is not None:
        return said
    with installation.storage.reading() as session:
        found = differences(session, installation.engine)
    wrong = ", ".join(f"{count} {name}" for name, count in found.counts.items() if count)
    if not wrong:
        return "good", f"{found.seen} documents, the same as the database has."
    records = [number for those in (found.missing, found.stale) for numbers in those.values() for number in numbers]
    named = ", ".join(map(str, (records + found.surplus)[:5]))
    return "bad", f"{wrong} (records {named} ...): `puma index` or `puma check --repair` mends it."


def number_of_documents(installation: Installation) -> tuple[State, str]:
    """Whether the search index has as many documents as the database."""
    if (said := being_written(installation)) is not None:
        return said
    there = installation.engine.count()
    with installation.storage.reading() as session:
        wanted = count_documents(session)
    if there == wanted:
        return "good", f"{there} documents, as many as the database has."
    return "bad", f"{there} documents, and the database has {wanted}: `puma index` mends it."


def search_engine(installation: Installation) -> tuple[State, str]:
    """Whether the search engine answers, be its index there or still being written."""
    if not installation.lacks_index:
        installation.engine.count()
    return "good", "answers."


def facts(installation: Installation) -> tuple[State, str]:
    """Whether there are numbers, and of when."""
    snapshot = installation.snapshot()
    if snapshot is None:
        return "bad", "none yet: `puma harvest` writes them."
    if not snapshot.is_current:
        return "bad", "written by another version of the program: `puma init` writes them anew."
    return "good", f"version {snapshot.version} of {snapshot.as_of:%-d %B %Y %H:%M} UTC."


def source_runs(installation: Installation) -> tuple[State, str]:
    """Whether the last run of each source ended well."""
    configured = configured_sources(installation.settings)
    bad = [one.name for one in sources(installation.storage) if one.last_state in ("stopped", "failed")]
    if bad:
        return "bad", f"{len(configured)} configured; the last run of {', '.join(bad)} did not end well."
    return "good", f"{len(configured)} configured."


def disk(installation: Installation) -> tuple[State, str]:
    """Whether there is room for files."""
    folder = installation.settings.files_folder
    free = shutil.disk_usage(folder if folder.exists() else installation.settings.home or ".").free / 1e9
    return "good" if free >= LEAST_FREE_GB else "bad", f"{free:.0f} GB free at {folder}."


def worker(installation: Installation) -> tuple[State, str]:
    """Whether somebody does what waits."""
    return at_work(sources(installation.storage), now())


def at_work(known: Sequence[SourceView], at: datetime) -> tuple[State, str]:
    """Whether a worker is there, as far as what it should have done tells."""
    running = [one for one in known if one.running]
    if running:
        return "good", f"at work on {', '.join(one.name for one in running)}."
    left = [one.name for one in known if any(at - wish.asked_at > TAKEN_WITHIN for wish in one.waiting)]
    if left:
        return "bad", f"nobody takes what was asked for of {', '.join(left)}: {WITHOUT}"
    late = [one.name for one in known if one.configured and one.due_at and at - one.due_at > DUE_WITHIN]
    if late:
        return "bad", f"nobody harvested {', '.join(late)} when it was due: {WITHOUT}"
    return "good", "nothing waits."


def model(installation: Installation) -> tuple[State, str]:
    """Which model judges links."""
    known = cards(shelf_in(installation.settings.files_folder))
    used = next(one for one in known if one.in_use)
    said = "learnt from decisions made here" if used.learnt else "as it comes with the program"
    return "good", f"{used.version} judges, {said}; {len(known)} on the shelf."


def letters(installation: Installation) -> tuple[State, str]:
    """Whether e-mails go out."""
    settings = installation.settings
    if not settings.mail.host:
        return "open", "no mail server is set: nothing is sent, and every text can be copied."
    if not can_post(settings):
        return "open", "letters go out; weekly digests do not: they need [requests] digest and [access] public_url."
    return "good", f"letters and weekly digests go out by {settings.mail.host}."


READY: dict[str, Look] = {
    "database": database, "migrations": migrations, "facts": facts, "search": search_engine, "disk": disk,
}  # fmt: skip
"""Without these nothing can be answered."""
COMMAND: dict[str, Look] = {
    "database": database, "migrations": migrations, "search": every_document, "facts": facts, "sources": source_runs,
    "disk": disk,
}  # fmt: skip
PAGE: dict[str, Look] = {**COMMAND, "search": number_of_documents, "worker": worker, "model": model, "letters": letters}
