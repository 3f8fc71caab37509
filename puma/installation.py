"""One installation: its settings, database, facts and search index, opened together and asked by every door."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from sqlalchemy import func, select

from puma import decisions
from puma.access import Viewer
from puma.entities import Facility, Publication
from puma.errors import TryLater
from puma.facts import Snapshot, latest, refresh
from puma.harvesting import AnySource
from puma.linking import MatchReport, match
from puma.measuring import Answer, Question, ask, records_behind
from puma.resolve import make_facility
from puma.runs.files import read_files
from puma.runs.harvest import harvest, reread
from puma.runs.ledger import Progress, RunReport
from puma.search import Answer as SearchAnswer
from puma.search import Engine, Search, Sort, parse
from puma.search.documents import FACETS, WORDS
from puma.search.indexing import index_all, index_changes, open_engine
from puma.settings import Settings
from puma.storage import Storage, now

REFRESH_AFTER_S = 0.3  # decisions that come within this time share one refresh of the facts


class Installation:
    """Everything that a page, an endpoint or a command needs to answer. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.database_url)
        self._soon: threading.Timer | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Bring the tables to the newest version and write the facility of the settings into them."""
        self.storage.migrate()
        facility = self.settings.facility
        with self.storage.writing() as session:
            if session.scalar(select(Facility.id).where(Facility.code == facility.code)) is None:
                more = {"country": facility.country or None, "ror": facility.ror or None}
                make_facility(
                    session, facility.code, facility.name, now(), shift_hours=facility.shift_hours, url=None, **more
                )

    def check_prepared(self) -> None:
        """Raise TryLater with what to do when the tables are not there or are of another version."""
        self.storage.check_not_newer()
        if not self.storage.is_current():
            raise TryLater("The database is not at this program's version: `puma init` brings it there.")

    # work

    def harvest(
        self, source: AnySource, progress: Progress, *, full: bool = False, accept_missing: bool = False
    ) -> RunReport:
        """Harvest one source; what it changed is changed in the search index too, when there is one."""
        report = harvest(self.storage, source, full=full, accept_missing=accept_missing, progress=progress)
        index_changes(self.storage, self.engine, report.started_at)
        return report

    def reread(self, source: AnySource, progress: Progress) -> RunReport:
        """Read the kept payloads of a source again."""
        return reread(self.storage, source, progress)

    def read_files(self, progress: Progress) -> RunReport:
        """Read the PDFs that were not read yet."""
        return read_files(self.storage, self.settings, progress)

    def match(self, progress: Callable[[str, int, int], None]) -> MatchReport:
        """Resolve institutions and persons, and propose links."""
        return match(self.storage, self.settings, at=now(), progress=progress)

    def index(self, progress: Progress) -> RunReport:
        """Bring the search index up to date."""
        return index_all(self.storage, self.engine, progress)

    def refresh_facts(self, *, after_decisions: bool = False) -> Snapshot:
        """Write the facts anew and make them current."""
        return refresh(self.storage, self.facts_folder, now(), after_decisions=after_decisions)

    # decisions

    def decide(self, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str) -> int:
        """Accept or reject a link; the facts follow within seconds. Returns the number of the decision."""
        number = decisions.decide(self.storage, viewer, link_id, verdict, reason=reason, expected_state=expected_state)
        self._refresh_soon()
        return number

    def undo(self, viewer: Viewer, decision_id: int) -> int:
        """Take a decision back; the facts follow within seconds."""
        number = decisions.undo(self.storage, viewer, decision_id)
        self._refresh_soon()
        return number

    def _refresh_soon(self) -> None:
        with self._lock:
            if self._soon is None and self.snapshot() is not None:
                self._soon = threading.Timer(REFRESH_AFTER_S, self._refresh_now)
                self._soon.daemon = True
                self._soon.start()

    def _refresh_now(self) -> None:
        with self._lock:
            self._soon = None
        self.refresh_facts(after_decisions=True)

    # questions

    @property
    def facts_folder(self) -> Path:
        """Where the snapshots lie."""
        return self.settings.files_folder / "facts"

    @cached_property
    def engine(self) -> Engine:
        """The search engine."""
        return open_engine(self.settings.search.url, self.settings.files_folder / "index")

    def snapshot(self) -> Snapshot | None:
        """The newest facts, or None before the first harvest."""
        return latest(self.facts_folder)

    def ask(self, viewer: Viewer, question: Question) -> Answer:
        """Answer a question from the newest facts."""
        return ask(self.snapshot(), viewer, question)

    def records_behind(self, viewer: Viewer, question: Question) -> list[int]:
        """The numbers of the records behind a total."""
        return records_behind(self.snapshot(), viewer, question)

    def search(
        self,
        viewer: Viewer,
        text: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        years: tuple[int | None, int | None] = (None, None),
        sort: Sort = "relevance",
        offset: int = 0,
        limit: int = 10,
        facets: Sequence[str] = FACETS,
    ) -> SearchAnswer:
        """Search proposals, publications and datasets. Raises QueryError with the place and a hint."""
        answer = self.engine.search(
            Search(
                query=parse(text, WORDS),
                visible=viewer.sees,
                filters=filters or {},
                ranges={} if years == (None, None) else {"year": years},
                sort=sort,
                offset=offset,
                limit=limit,
                facets=facets,
            )
        )
        if viewer.at_least("viewer"):
            return answer
        hits = [replace(hit, snippets=[one for one in hit.snippets if one.page is None]) for hit in answer.hits]
        return replace(answer, hits=hits)  # whoever may not open a PDF is not shown pieces of it

    def is_empty(self) -> bool:
        """Whether nothing was harvested yet."""
        with self.storage.reading() as session:
            return not session.scalar(select(func.count()).select_from(select(Publication.id).limit(1).subquery()))

    def close(self) -> None:
        """Finish what is under way and give back connections."""
        with self._lock:
            soon, self._soon = self._soon, None
        if soon is not None:
            soon.cancel()
            self.refresh_facts(after_decisions=True)
        self.storage.close()
