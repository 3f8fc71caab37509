"""What an installation opens: database, facts and search index; the facts follow what changes."""

import threading
import time
from functools import cached_property
from pathlib import Path

from sqlalchemy import func, select, update

from puma.decisions import follow_rule, rule_of
from puma.entities import Facility, Publication
from puma.errors import TryLater
from puma.facts import Snapshot, latest, refresh
from puma.resolve import make_facility, open_accepted
from puma.search import Engine
from puma.search.indexing import index_records, open_engine
from puma.settings import Settings
from puma.storage import Storage, now

REFRESH_AFTER_S = 0.3  # decisions that come within this time share one refresh of the facts
REFRESH_SHARE = 3  # times as long as a refresh took nothing is refreshed after it: decisions go before


class Opened:
    """The parts that everything else stands on. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.database_url)
        self._soon: threading.Timer | None = None
        self._rests_until = 0.0  # by the monotonic clock
        self._whole = False  # whether the facts that wait for a refresh are all, not only those that follow links
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Bring the tables to the newest version and write the facility of the settings into them.

        Facts that another version of the program wrote are written anew.
        """
        self.storage.migrate()
        facility = self.settings.facility
        with self.storage.writing() as session:
            if session.scalar(select(Facility.id).where(Facility.code == facility.code)) is None:
                more = {"country": facility.country or None, "ror": facility.ror or None}
                make_facility(
                    session, facility.code, facility.name, now(), shift_hours=facility.shift_hours, url=None, **more
                )
            elif facility.ror:  # known since, or made before the settings said it
                unsaid = (Facility.code == facility.code, Facility.ror.is_(None))
                session.execute(update(Facility).where(*unsaid).values(ror=facility.ror))
            follow_rule(session, rule_of(self.settings.review))
        facts = self.snapshot()
        opened = self._open_accepted()
        if facts is not None and (opened or not facts.is_current):
            self.refresh_facts()

    def check_prepared(self) -> None:
        """Raise TryLater with what to do when the tables are not there or are of another version."""
        self.storage.check_not_newer()
        if not self.storage.is_current():
            raise TryLater("The database is not at this program's version: `puma init` brings it there.")

    def close(self) -> None:
        """Finish what is under way and give back connections."""
        with self._lock:
            soon, self._soon = self._soon, None
        if soon is not None:
            soon.cancel()
            self.refresh_facts(after_decisions=not self._whole)
        self.storage.close()

    @property
    def facts_folder(self) -> Path:
        """Where the snapshots lie."""
        return self.settings.files_folder / "facts"

    @cached_property
    def engine(self) -> Engine:
        """The search engine."""
        return open_engine(self.settings.search, self.settings.home, self.settings.files_folder / "index")

    def snapshot(self) -> Snapshot | None:
        """The newest facts, or None before the first harvest."""
        return latest(self.facts_folder)

    def is_empty(self) -> bool:
        """Whether nothing was harvested yet."""
        with self.storage.reading() as session:
            return not session.scalar(select(func.count()).select_from(select(Publication.id).limit(1).subquery()))

    def refresh_facts(self, *, after_decisions: bool = False) -> Snapshot:
        """Write the facts anew and make them current."""
        if not after_decisions:
            self._open_accepted()
        debt = self.settings.debt
        return refresh(self.storage, self.facts_folder, now(), after_decisions=after_decisions, debt=debt)

    def _open_accepted(self) -> int:
        """Open the proposals whose time of grace is over, as [access] says; returns how many changed."""
        months = self.settings.access.proposals_public_after_months
        with self.storage.writing() as session:
            changed = open_accepted(session, months, now())
        if changed:
            index_records(self.storage, self.engine, changed)
        return len(changed)

    def _refresh_soon(self, *, whole: bool = False) -> None:
        with self._lock:
            self._whole = self._whole or whole
            if self._soon is None and self.snapshot() is not None:
                wait_s = max(REFRESH_AFTER_S, self._rests_until - time.monotonic())
                self._soon = threading.Timer(wait_s, self._refresh_now)
                self._soon.daemon = True
                self._soon.start()

    def _refresh_now(self) -> None:
        with self._lock:
            self._soon = None
            whole, self._whole = self._whole, False
        began = time.monotonic()
        self.refresh_facts(after_decisions=not whole)
        ended = time.monotonic()
        self._rests_until = ended + REFRESH_SHARE * (ended - began)
