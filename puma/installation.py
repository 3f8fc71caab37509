"""One installation: its settings, database, facts and search index, opened together and asked by every door."""

from pathlib import Path

from puma.access import Viewer
from puma.facts import Snapshot, latest, refresh
from puma.measuring import Answer, Question, ask, records_behind
from puma.settings import Settings
from puma.storage import Storage, now


class Installation:
    """Everything that a page, an endpoint or a command needs to answer. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.database_url)

    @property
    def facts_folder(self) -> Path:
        """Where the snapshots lie."""
        return self.settings.files_folder / "facts"

    def snapshot(self) -> Snapshot | None:
        """The newest facts, or None before the first harvest."""
        return latest(self.facts_folder)

    def refresh_facts(self, *, after_decisions: bool = False) -> Snapshot:
        """Write the facts anew and make them current."""
        return refresh(self.storage, self.facts_folder, now(), after_decisions=after_decisions)

    def ask(self, viewer: Viewer, question: Question) -> Answer:
        """Answer a question from the newest facts."""
        return ask(self.snapshot(), viewer, question)

    def records_behind(self, viewer: Viewer, question: Question) -> list[int]:
        """The numbers of the records behind a total."""
        return records_behind(self.snapshot(), viewer, question)

    def close(self) -> None:
        """Give back connections and files."""
        self.storage.close()
