"""Reports made in the background: one after the other, with their progress; the files stay for a day."""

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from puma.access import Viewer
from puma.errors import Conflict, NotHere, PumaError
from puma.facts import Snapshot
from puma.measuring import Question, ask, metric
from puma.reports.content import Told, make
from puma.reports.formats import write_report
from puma.reports.recipe import Recipe, among_own
from puma.storage import Storage, now

KEPT_FOR = timedelta(days=1)
MOST_WAITING = 20
LONG = 400
"""Publications in a PDF from which on it is made in the background: about this many are set in a few seconds."""

log = logging.getLogger(__name__)
Make = Callable[[Told], bytes]


@dataclass(frozen=True, slots=True)
class Job:
    """A report that is being made. state: waiting, running, done, failed; done, total: parts; words: what is being
    done, or why it failed; asked_as: the account, name and role that asked."""

    id: str
    title: str
    form: str
    asked_as: tuple[int, str, str]
    at: datetime
    state: str = "waiting"
    done: int = 0
    total: int = 1
    words: str = ""
    path: Path | None = None


class Jobs:
    """The reports that are being made by this process, and those that were. folder: where their files lie."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="report")  # one at a time: a PDF takes all of a core

    def begin(self, viewer: Viewer, title: str, form: str, make: Make) -> Job:
        """Let a report be made. Raises Conflict when too many wait already."""
        self._forget_old()
        job = Job(secrets.token_urlsafe(18), title, form, _who(viewer), now())
        with self._lock:
            if sum(one.state in ("waiting", "running") for one in self._jobs.values()) >= MOST_WAITING:
                raise Conflict("Many reports are being made: wait until some are done, then ask again.")
            self._jobs[job.id] = job
        self._pool.submit(copy_context().run, self._do, job.id, make)  # with the place that the audit writes down
        return job

    def mine(self, viewer: Viewer) -> list[Job]:
        """The jobs of a viewer, the newest first."""
        self._forget_old()
        with self._lock:
            own = [one for one in self._jobs.values() if one.asked_as == _who(viewer)]
        return sorted(own, key=lambda one: one.at, reverse=True)

    def job(self, viewer: Viewer, number: str) -> Job:
        """One job of a viewer. Raises NotHere when there is none: of somebody else, of another role, or too old."""
        for one in self.mine(viewer):
            if secrets.compare_digest(one.id, number):
                return one
        raise NotHere("There is no such report being made; after a day and after a restart it has to be asked again.")

    def file(self, viewer: Viewer, number: str) -> tuple[Job, Path]:
        """The file of a job that is done. Raises Conflict while it is not."""
        one = self.job(viewer, number)
        if one.state != "done" or one.path is None or not one.path.is_file():
            raise Conflict(f"The report is not ready: {one.state}. {one.words}".strip())
        return one, one.path

    def close(self) -> None:
        """Begin no further report; the one at work is ended."""
        self._pool.shutdown(cancel_futures=True)

    def _do(self, number: str, make: Make) -> None:
        def tell(words: str, done: int, total: int) -> None:
            self._put(number, state="running", words=words, done=done, total=max(total, 1))

        try:
            tell("numbers", 0, 1)
            body = make(tell)
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{number}.part"
            path.write_bytes(body)
            self._put(number, state="done", words="", done=1, total=1, path=path.rename(path.with_suffix(".report")))
        except PumaError as reason:
            self._put(number, state="failed", words=str(reason))
        except Exception:
            log.exception("a report could not be made")
            self._put(number, state="failed", words="A fault of the program, now in its log.")

    def _put(self, number: str, **values: object) -> None:
        with self._lock:
            if number in self._jobs:
                self._jobs[number] = replace(self._jobs[number], **values)  # type: ignore[arg-type]  # by its fields

    def _forget_old(self) -> None:
        """Forget what is older than a day, and files that an earlier process left."""
        with self._lock:
            old = [one for one in self._jobs.values() if now() - one.at > KEPT_FOR]
            for one in old:
                del self._jobs[one.id]
            known = set(self._jobs)
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.suffix == ".report" and path.stem not in known:
                    path.unlink(missing_ok=True)


def _who(viewer: Viewer) -> tuple[int, str, str]:
    """Whose a job is: also by role, so that a file of a higher role is out of reach once that is taken away."""
    return viewer.account, viewer.name, " ".join([viewer.role, *sorted(viewer.sees)])


_of: dict[Path, Jobs] = {}
_making = threading.Lock()


def jobs_in(files: Path) -> Jobs:
    """The jobs of an installation, by its files folder: pages and API ask the same."""
    with _making:
        return _of.setdefault(files, Jobs(files / "reports"))


def is_long(storage: Storage, snapshot: Snapshot | None, viewer: Viewer, asked: Recipe) -> bool:
    """Whether a PDF lists so many publications that nobody would wait for it."""
    if snapshot is None:
        return False
    subject = {} if asked.kind == "facility" else {asked.kind: (asked.name,)}
    can = {dimension.slug for dimension in metric("publications").dimensions}
    filters = {key: values for key, values in among_own(storage, viewer, asked.filters).items() if key in can}
    total = ask(snapshot, viewer, Question("publications", (), {**filters, **subject}, asked.policy)).total
    return (total or 0) > LONG


def in_background(
    storage: Storage,
    snapshot: Snapshot | None,
    viewer: Viewer,
    asked: Recipe,
    form: str,
    *,
    facility: str,
    files: Path,
) -> Job:
    """Begin to make a report of these facts in the background. files: the installation's folder of files."""

    def made(tell: Told) -> bytes:
        report = make(storage, snapshot, viewer, asked, facility=facility, tell=tell)
        tell("writing the file", 1, 2)
        return write_report(report, form)

    about = " ".join(part for part in (asked.kind.capitalize(), asked.name, asked.span) if part)
    return jobs_in(files).begin(viewer, about, form, made)
