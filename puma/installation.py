"""One installation: its settings, database, facts and search index, opened together and asked by every door."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select

from puma import decisions
from puma.access import Viewer
from puma.accounts.audit import CONFIDENTIAL, saw
from puma.entities import Decision, Facility, Publication
from puma.errors import Conflict, TryLater
from puma.evaluation import Evaluation, evaluate, keep
from puma.facts import Snapshot, latest, refresh
from puma.harvesting import AnySource
from puma.keeping import SavedView, collections, members, save_search
from puma.listing import SourceView, sources, with_configured
from puma.matching.shelf import number_of, shelf_in, use, version_in_use
from puma.measuring import Answer, Question, ask, records_behind
from puma.requests import Answered
from puma.resolve import make_facility
from puma.runs import ask_stop, want
from puma.runs.files import read_files
from puma.runs.harvest import harvest, register, reread
from puma.runs.ledger import Progress, RunReport, begin, end
from puma.runs.linked import fetch_linked
from puma.runs.sources import chosen_sources
from puma.runs.wanted import Kind
from puma.search import Answer as SearchAnswer
from puma.search import Engine, FacetValue, Sort
from puma.search.asked import Asked as SearchAsked
from puma.search.asked import asked_in
from puma.search.documents import FACETS
from puma.search.indexing import index, index_changes, index_records, open_engine
from puma.search.suggesting import Offer, suggest, values_like
from puma.settings import Settings
from puma.storage import Storage, now

if TYPE_CHECKING:
    from puma.linking import MatchReport
    from puma.linking.learning import Lesson

Kept = TypeVar("Kept")
REFRESH_AFTER_S = 0.3  # decisions that come within this time share one refresh of the facts


class Installation:
    """Everything that a page, an endpoint or a command needs to answer. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.database_url)
        self._soon: threading.Timer | None = None
        self._whole = False  # whether the facts that wait for a refresh are all, not only those that follow links
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
        """Harvest one source; what it changed is changed in the search index too, when there is one.

        Where the source says so, the PDFs that its publications link to are fetched as well.
        """
        report = harvest(self.storage, source, full=full, accept_missing=accept_missing, progress=progress)
        if source.fetch_pdfs and report.state in ("done", "skipped some"):
            fetch_linked(self.storage, self.settings, source, progress)
        index_changes(self.storage, self.engine, report.started_at)
        return report

    def reread(self, source: AnySource, progress: Progress) -> RunReport:
        """Read the kept payloads of a source again."""
        return reread(self.storage, source, progress)

    def read_files(self, progress: Progress) -> RunReport:
        """Read the PDFs that were not read yet."""
        return read_files(self.storage, self.settings, progress)

    def match(self, progress: Callable[[str, int, int], None], *, only_if_changed: bool = False) -> "MatchReport":
        """Resolve institutions and persons, and propose links; only_if_changed: not when nothing has changed since."""
        from puma.linking import match  # its models take seconds to load, which no other question should wait for

        return match(self.storage, self.settings, at=now(), progress=progress, only_if_changed=only_if_changed)

    def index(self, progress: Progress, *, rebuild: bool = False) -> RunReport:
        """Bring the search index up to date; rebuild: write all of it anew beside the old one."""
        return index(self.storage, self.engine, progress, rebuild=rebuild)

    def refresh_facts(self, *, after_decisions: bool = False) -> Snapshot:
        """Write the facts anew and make them current."""
        return refresh(self.storage, self.facts_folder, now(), after_decisions=after_decisions)

    # decisions

    def decide(self, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str) -> int:
        """Accept or reject a link; search follows at once, facts within seconds. Returns the decision's number."""
        at = now()
        number = decisions.decide(self.storage, viewer, link_id, verdict, reason=reason, expected_state=expected_state)
        index_changes(self.storage, self.engine, at)
        self._refresh_soon()
        return number

    def undo(self, viewer: Viewer, decision_id: int) -> int:
        """Take a decision back; the facts follow within seconds."""
        return self._tagged(self._settled(lambda: decisions.undo(self.storage, viewer, decision_id)))

    def decide_many(self, viewer: Viewer, link_ids: Sequence[int], verdict: str, reason: str = "") -> decisions.Changed:
        """Accept or reject many undecided links as one act; those decided meanwhile are passed over."""
        found = partial(decisions.decide_many, self.storage, viewer, link_ids, verdict, reason=reason)
        return self._acted(lambda: decisions.Changed(*found()))

    def settle(
        self, viewer: Viewer, link_id: int, verdict: str, *, others: int, reason: str = "", expected_state: str
    ) -> decisions.Changed:
        """Decide a link and the ``others`` that rest on the same code, as one act."""
        act = partial(decisions.settle, self.storage, viewer, link_id, verdict, others=others, reason=reason)
        return self._acted(partial(act, expected_state=expected_state))

    def undo_many(self, viewer: Viewer, decision_ids: Sequence[int]) -> decisions.Changed:
        """Take several verdicts on links back at once."""
        return self._acted(lambda: decisions.undo_many(self.storage, viewer, decision_ids))

    def undo_together(self, viewer: Viewer, decision_id: int) -> decisions.Changed:
        """Take back all verdicts of the act that this decision was part of."""
        return self.undo_many(viewer, decisions.together(self.storage, viewer, decision_id))

    def _acted(self, act: Callable[[], decisions.Changed]) -> decisions.Changed:
        at = now()
        done = act()
        index_changes(self.storage, self.engine, at)
        self._refresh_soon()
        return done

    def correct(self, viewer: Viewer, record_id: int, values: Mapping[str, Any], reason: str = "") -> int:
        """Set values of a record by hand; they win over every source. Returns the number of the decision."""
        return self._settled(lambda: decisions.correct_values(self.storage, viewer, record_id, values, reason))

    def merge(self, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
        """Make two records of one publication one. Returns the number of the decision."""
        return self._settled(lambda: decisions.merge(self.storage, viewer, keep_id, other_id, reason))

    def distinct(self, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
        """Say that two records are two publications. Returns the number of the decision."""
        return decisions.distinct(self.storage, viewer, left_id, right_id, reason)

    def join(self, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
        """Make two persons one. Returns the number of the decision."""
        return self._settled(lambda: decisions.join(self.storage, viewer, keep_id, other_id, reason))

    def split(self, viewer: Viewer, person_id: int, records: Sequence[int], reason: str = "") -> int:
        """Take a person apart: what it was named on in these records is a new one's. Returns the decision's number."""
        return self._settled(lambda: decisions.split(self.storage, viewer, person_id, records, reason))

    def apart(self, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
        """Say that two persons are two. Returns the number of the decision."""
        return decisions.apart(self.storage, viewer, left_id, right_id, reason)

    def call(self, viewer: Viewer, kind: str, facility: str, written: str, record_id: int, reason: str = "") -> int:
        """Say which instrument or proposal a name as written means. Returns the number of the decision."""
        return self._settled(lambda: decisions.call(self.storage, viewer, kind, facility, written, record_id, reason))

    def place(self, viewer: Viewer, text: str, institution_id: int, reason: str = "") -> int:
        """Say which institution an affiliation as written is. Returns the number of the decision."""
        return self._settled(lambda: decisions.place(self.storage, viewer, text, institution_id, reason))

    def dismiss(self, viewer: Viewer, about_id: int, subject: str, reason: str = "") -> int:
        """Say that something in the integration queue needs nobody. Returns the number of the decision."""
        return decisions.dismiss(self.storage, viewer, about_id, subject, reason)

    def _settled(self, decide: Callable[[], int]) -> int:
        """Decide something that may change records: the search index follows at once, the facts within seconds."""
        at = now()
        number = decide()
        changed = index_changes(self.storage, self.engine, at)
        self._refresh_soon(whole=changed > 0)
        return number

    # models

    def learn(self, viewer: Viewer, progress: Callable[[str, int, int], None]) -> "Lesson":
        """Learn from decisions; a better model judges from the next matching on. The run is in the ledger."""
        viewer.must_be("user_office", "Teaching the model")
        from puma.linking.learning import learn_from_decisions

        report = begin(self.storage, "learn")
        try:
            lesson = learn_from_decisions(self.storage, self.settings, progress=progress)
        except BaseException as error:
            with self.storage.writing() as session:
                end(session, report, "failed", f"{error}")
            raise
        found = lesson.learned
        report.counters.update(decisions=lesson.decisions, taught=found.fitted_on)
        words = f"{viewer.name or viewer.role} let the model learn: {found.why}"
        if found.adopted:
            report.counters.update(version=number_of(found.model.version), before=number_of(lesson.used_before))
            words += f" {found.model.version} judges in place of {lesson.used_before}."
        with self.storage.writing() as session:
            end(session, report, message=words)
        return lesson

    def use_model(self, viewer: Viewer, version: str, *, expected: str = "") -> str:
        """Let another model judge from the next matching on; returns the one before. The act is in the ledger.

        expected: the version that the person saw in use. Raises Conflict when it is another by now, NotHere when there
        is no such version.
        """
        viewer.must_be("user_office", "Choosing the model")
        folder = shelf_in(self.settings.files_folder)
        if expected and version_in_use(folder) != expected:
            raise Conflict(f"{version_in_use(folder)} is in use by now; you saw {expected}. Nothing was changed.")
        before = use(folder, version)
        if before != version:
            report = begin(self.storage, "model")
            report.counters.update(version=number_of(version), before=number_of(before))
            with self.storage.writing() as session:
                end(session, report, message=f"{viewer.name or viewer.role} took {version} into use for {before}.")
        return before

    def evaluate(self, truth_csv: Path) -> Evaluation:
        """Judge the stored links by a table of true pairs; the result is kept for the Match quality page."""
        found = evaluate(self.storage, truth_csv)
        model = version_in_use(shelf_in(self.settings.files_folder))
        keep(self.settings.files_folder, found, file=truth_csv.name, model=model, at=now())
        return found

    # what people keep

    def tag(self, viewer: Viewer, record_id: int, keyword: str) -> int:
        """Give a record a keyword; it is found at once. Returns the number of the decision."""
        return self._tagged(decisions.tag(self.storage, viewer, record_id, keyword))

    def untag(self, viewer: Viewer, record_id: int, keyword: str) -> int:
        """Take a keyword that a person gave away from a record. Returns the number of the decision."""
        return self._tagged(decisions.untag(self.storage, viewer, record_id, keyword))

    def found_by(self, viewer: Viewer, query: str, since: datetime | None = None) -> list[int]:
        """The numbers of all records that a search finds. query: as in the address of the search page."""
        return list(self.found_ids(viewer, replace(asked_in(query), since=since)))

    def save_search(self, viewer: Viewer, name: str, query: str) -> int:
        """Save a search. Returns its number. Raises QueryError when it cannot be understood."""
        asked_in(query).question(viewer)
        return save_search(self.storage, viewer, name, query)

    def new_since(self, viewer: Viewer, saved: SavedView) -> int:
        """How many records a saved search finds that were first seen after the last visit."""
        return self.count(viewer, replace(asked_in(saved.query), since=saved.seen_at))

    def _tagged(self, decision: int) -> int:
        """Write the record of a decision on keywords into the search index."""
        with self.storage.reading() as session:
            number = session.scalar(select(Decision.left_id).where(Decision.id == decision))
        index_records(self.storage, self.engine, [number] if number is not None else [])
        return decision

    def keep(self, change: Callable[[Storage], Kept]) -> Kept:
        """Change a collection; the facts follow within seconds. The search asks for its records each time anew."""
        done = change(self.storage)
        self._refresh_soon()
        return done

    # what people ask each other

    def answered(self, answer: Callable[[Storage], Answered]) -> Answered:
        """Take an answer to a question; where it decides, search follows at once, facts within seconds."""
        at = now()
        done = answer(self.storage)
        if done.decision:
            index_changes(self.storage, self.engine, at)
            self._refresh_soon()
        return done

    # sources

    def sources(self, viewer: Viewer) -> list[SourceView]:
        """The sources of the settings and those that were harvested earlier, by name."""
        return with_configured(sources(self.storage, viewer), self.settings.source)

    def want_run(self, viewer: Viewer, source: str, kind: Kind) -> None:
        """Ask for a run of a source: harvest, full harvest or reread. A worker takes it."""
        viewer.must_be("user_office", "Starting a run")
        register(self.storage, chosen_sources(self.settings, [source])[0])
        want(self.storage, source, kind, viewer.name or viewer.role)

    def stop_run(self, viewer: Viewer, run_id: int) -> None:
        """Ask a run to stop after its page; what it stored stays. Raises Conflict when it does not run."""
        viewer.must_be("user_office", "Stopping a run")
        if not ask_stop(self.storage, run_id, viewer.name or viewer.role):
            raise Conflict(f"Run {run_id} is not running any more. Nothing was changed.")

    def _refresh_soon(self, *, whole: bool = False) -> None:
        with self._lock:
            self._whole = self._whole or whole
            if self._soon is None and self.snapshot() is not None:
                self._soon = threading.Timer(REFRESH_AFTER_S, self._refresh_now)
                self._soon.daemon = True
                self._soon.start()

    def _refresh_now(self) -> None:
        with self._lock:
            self._soon = None
            whole, self._whole = self._whole, False
        self.refresh_facts(after_decisions=not whole)

    # questions

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

    def ask(self, viewer: Viewer, question: Question) -> Answer:
        """Answer a question from the newest facts."""
        answer = ask(self.snapshot(), viewer, self._among_own(viewer, question))
        if "collection" not in question.by:
            return answer
        shown = {one.id for one in collections(self.storage, viewer)}
        return replace(answer, table=answer.table[answer.table["collection"].isin(shown)].reset_index(drop=True))

    def records_behind(self, viewer: Viewer, question: Question) -> list[int]:
        """The numbers of the records behind a total."""
        return records_behind(self.snapshot(), viewer, self._among_own(viewer, question))

    def _among_own(self, viewer: Viewer, question: Question) -> Question:
        """The question with only those collections among its filters that exist for the viewer."""
        chosen = question.filters.get("collection")
        if not chosen:
            return question
        shown = {str(one.id) for one in collections(self.storage, viewer)}
        kept = tuple(one for one in chosen if one in shown) or ("0",)  # no collection has this number
        return replace(question, filters={**question.filters, "collection": kept})

    def search(
        self,
        viewer: Viewer,
        text: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        excluded: Mapping[str, Sequence[str]] | None = None,
        years: tuple[int | None, int | None] = (None, None),
        sort: Sort = "relevance",
        offset: int = 0,
        limit: int = 10,
        facets: Sequence[str] = FACETS,
        facet_size: int = 25,
        collections: Sequence[str] = (),
        since: datetime | None = None,
    ) -> SearchAnswer:
        """Search proposals, publications and datasets. Raises QueryError with the place and a hint."""
        asked = SearchAsked(text, filters or {}, excluded or {}, years, sort, collections, since)
        among = self._among(viewer, asked)
        answer = self.engine.search(
            asked.question(viewer, offset=offset, limit=limit, facets=facets, facet_size=facet_size, among=among)
        )
        hidden = sum(hit.fields.get("visibility") == CONFIDENTIAL for hit in answer.hits)
        saw(self.storage, viewer, "search", hidden)
        if viewer.at_least("viewer"):
            return answer
        hits = [replace(hit, snippets=[one for one in hit.snippets if one.page is None]) for hit in answer.hits]
        return replace(answer, hits=hits)  # whoever may not open a PDF is not shown pieces of it

    def found_ids(self, viewer: Viewer, asked: SearchAsked) -> Iterator[int]:
        """The numbers of all records that a search finds, in its order; memory stays small. Raises QueryError."""
        return self.engine.ids(asked.question(viewer, highlight=False, among=self._among(viewer, asked)))

    def count(self, viewer: Viewer, asked: SearchAsked) -> int:
        """How many records a search finds."""
        question = asked.question(viewer, limit=0, highlight=False, among=self._among(viewer, asked))
        return self.engine.search(question).total

    def _among(self, viewer: Viewer, asked: SearchAsked) -> list[int] | None:
        """The records of the collections of a search, as far as the viewer may know of both."""
        if not asked.collections:
            return None
        numbers = [int(one) for one in asked.collections if one.isascii() and one.isdigit() and len(one) < 16]
        return members(self.storage, viewer, numbers)

    def values_like(
        self, viewer: Viewer, asked: SearchAsked, facet: str, text: str, most: int = 25
    ) -> list[FacetValue]:
        """The values of a facet with words that begin as typed, and how many hits of a search each leaves."""
        question = asked.question(viewer, highlight=False, among=self._among(viewer, asked))
        return values_like(self.engine, question, facet, text, most)

    def suggest(self, viewer: Viewer, text: str) -> Offer:
        """What a text that is being typed may stand for, as far as the viewer may know of it."""
        return suggest(self.engine, self.storage, viewer, text)

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
            self.refresh_facts(after_decisions=not self._whole)
        self.storage.close()
