"""Work in an installation: harvests, PDFs, matching, indexing, runs that people ask for, models that judge."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from puma.access import Viewer
from puma.errors import Conflict
from puma.evaluation import Evaluation, evaluate, keep
from puma.harvesting import AnySource
from puma.installation.opened import Opened
from puma.listing import RunView, SourceView, runs, sources, with_configured
from puma.matching.shelf import number_of, shelf_in, use, version_in_use
from puma.runs import ask_stop, want
from puma.runs.files import read_files
from puma.runs.harvest import harvest, register, reread
from puma.runs.ledger import Progress, RunReport, begin, end
from puma.runs.linked import fetch_linked
from puma.runs.sources import chosen_sources
from puma.runs.wanted import Kind
from puma.search.indexing import index, index_changes, is_lacking
from puma.storage import now

if TYPE_CHECKING:
    from puma.linking import MatchReport
    from puma.linking.learning import Lesson


class Running(Opened):
    """What commands and the worker do."""

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

    def index_if_lacking(self, progress: Progress) -> RunReport | None:
        """Write the search index where there is none, or one of another version; None where there is no need."""
        return index(self.storage, self.engine, progress, rebuild=True) if self.lacks_index else None

    @property
    def lacks_index(self) -> bool:
        """Whether there is no search index that this version of the program can read, although there are records."""
        return is_lacking(self.storage, self.engine)

    def indexing(self, viewer: Viewer) -> RunView | None:
        """The run that writes the search index now, as far as the viewer may know of it."""
        return next((one for one in runs(self.storage, 20, viewer) if one.kind == "index" and one.alive), None)

    def evaluate(self, truth_csv: Path) -> Evaluation:
        """Judge the stored links by a table of true pairs; the result is kept for the Match quality page."""
        found = evaluate(self.storage, truth_csv)
        model = version_in_use(shelf_in(self.settings.files_folder))
        keep(self.settings.files_folder, found, file=truth_csv.name, model=model, at=now())
        return found

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
