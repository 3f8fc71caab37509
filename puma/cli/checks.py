"""Checks of an installation: one sentence each, good or not."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from puma.errors import PumaError
from puma.installation import Installation
from puma.listing import sources
from puma.runs.sources import configured_sources
from puma.search.indexing import differences

LEAST_FREE_GB = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    sentence: str


def all_checks(installation: Installation) -> list[Check]:
    """Look at everything; one failing check does not hide the others."""
    return [_safely(name, look, installation) for name, look in CHECKS.items()]


def _safely(name: str, look: Callable[[Installation], tuple[bool, str]], installation: Installation) -> Check:
    try:
        ok, sentence = look(installation)
    except (PumaError, SQLAlchemyError, OSError) as error:
        ok, sentence = False, str(error).splitlines()[0]
    return Check(name, ok, sentence)


def _database(installation: Installation) -> tuple[bool, str]:
    version = installation.storage.version()
    if version is None:
        return False, f"{installation.storage.url} is empty: `puma init` creates the tables."
    return True, f"{installation.storage.url} answers."


def _migrations(installation: Installation) -> tuple[bool, str]:
    if installation.storage.is_current():
        return True, f"at version {installation.storage.version()}."
    return False, "not at this program's version: `puma init` brings the tables there."


def _search(installation: Installation) -> tuple[bool, str]:
    with installation.storage.reading() as session:
        found = differences(session, installation.engine)
    wrong = ", ".join(f"{count} {name}" for name, count in found.counts.items() if count)
    if not wrong:
        return True, f"{found.seen} documents, the same as the database has."
    records = [number for those in (found.missing, found.stale) for numbers in those.values() for number in numbers]
    named = ", ".join(map(str, (records + found.surplus)[:5]))
    return False, f"{wrong} (records {named} ...): `puma index` or `puma check --repair` mends it."


def _facts(installation: Installation) -> tuple[bool, str]:
    snapshot = installation.snapshot()
    if snapshot is None:
        return False, "none yet: `puma harvest` writes them."
    return True, f"version {snapshot.version} of {snapshot.as_of:%-d %B %Y %H:%M} UTC."


def _sources(installation: Installation) -> tuple[bool, str]:
    configured = configured_sources(installation.settings)
    bad = [one.name for one in sources(installation.storage) if one.last_state in ("stopped", "failed")]
    if bad:
        return False, f"{len(configured)} configured; the last run of {', '.join(bad)} did not end well."
    return True, f"{len(configured)} configured."


def _disk(installation: Installation) -> tuple[bool, str]:
    folder = installation.settings.files_folder
    free = shutil.disk_usage(folder if folder.exists() else installation.settings.home or ".").free / 1e9
    return free >= LEAST_FREE_GB, f"{free:.0f} GB free at {folder}."


CHECKS: dict[str, Callable[[Installation], tuple[bool, str]]] = {
    "database": _database,
    "migrations": _migrations,
    "search": _search,
    "facts": _facts,
    "sources": _sources,
    "disk": _disk,
}
