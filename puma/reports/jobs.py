"""Files made in the background, with progress: each lies on disk beside its order, so that a restart loses none."""

import fcntl
import json
import logging
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from puma.access import Viewer
from puma.accounts.audit import place
from puma.errors import Conflict, NotHere, PumaError
from puma.reports.content import Told
from puma.reports.growing import Mark, Part
from puma.settings import Settings
from puma.storage import now

MOST_WAITING = 20
MOST_OWN = 5
"""Files of one person that wait or are being made."""
MOST_KEPT = 30
"""Files of one person that lie ready; the oldest makes room for a new one. All visitors count as one person."""
WRITE_EVERY_S = 0.5
ROWS_AT_ONCE = 250

log = logging.getLogger(__name__)
T = TypeVar("T")


Make = Callable[[Part, Told], None]
"""Writes the file; tells how far it is."""
Again = Mapping[str, Callable[[Viewer, Mapping[str, Any]], Make]]
"""By kind of order: what makes the file of an order for whoever asked for it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, as data, so that another process can make it. kind: which part of the program makes it;
    asked: what of it, in values that JSON knows."""

    kind: str
    title: str
    form: str
    media_type: str
    suffix: str
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A file that is being made. state: waiting, running, done, failed; done, total: parts or rows; words: what is
    being done, or why it failed; as_of: when its making began, whose state of the data it shows; place: what the audit
    writes beside it; mark: how far it is whole; cut: what became of it after it was cut off, one of CUTS, empty when it
    never was."""

    id: str
    order: Order
    viewer: Viewer
    at: datetime
    place: str = ""
    state: str = "waiting"
    done: int = 0
    total: int = 1
    words: str = ""
    as_of: datetime | None = None
    ended_at: datetime | None = None
    mark: Mark | None = None
    cut: str = ""

    @property
    def is_open(self) -> bool:
        """Whether its file is still to come."""
        return self.state in ("waiting", "running")

    @property
    def file_name(self) -> str:
        """A name of plain letters for whoever takes it."""
        name = re.sub(r"[^a-z0-9]+", "-", self.order.title.lower()).strip("-")[:120]
        return f"{name or 'export'}-{self.at:%Y-%m-%d}{self.order.suffix}"


CUTS = ("gone on", "changed", "begun again")
"""It went on where it was whole; it began again, since the data had changed; or since its form is made in one go."""


class _Stopped(Exception):
    """The job was dropped, or the server stops."""


class Jobs:
    """The files that are made in the background, and those that were. folder: where they lie, each as ``<id>.json``
    (the job) and ``<id>.file``; ``<id>.part`` while it is written, locked by the process that writes it, and
    ``<id>.ids``, the records that it is to hold, eight bytes each."""

    def __init__(self, folder: Path, kept_for: timedelta = timedelta(days=3)) -> None:
        self._folder = folder
        self._kept_for = kept_for
        self._lock = threading.Lock()
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._worker: threading.Thread | None = None
        self._stop = threading.Event()

    # -- asking

    def begin(self, viewer: Viewer, order: Order, make: Make) -> Job:
        """Let a file be made. Who asks for the same again while it is being made gets the same job.

        Raises Conflict when too many wait already.
        """
        self._forget_old()
        order = replace(order, asked=json.loads(json.dumps(order.asked)))
        with self._lock:
            every, visits = self._all(), _is_visitor(viewer)
            own = sorted((one for one in every if _who(one.viewer) == _who(viewer)), key=lambda one: one.at)
            making = [one for one in own if one.is_open]
            for one in [] if visits else making:
                if one.order == order:
                    return one
            if len(making) >= (MOST_OWN if not visits else MOST_WAITING // 2):
                raise Conflict(f"{len(making)} files are being made for you: wait until one is done, or delete one.")
            if sum(one.is_open for one in every) >= MOST_WAITING:
                raise Conflict("Many files are being made: wait until some are done, then ask again.")
            for one in [one for one in own if not one.is_open][: 1 - MOST_KEPT]:
                self._remove(one.id)
            job = Job(secrets.token_hex(16), order, replace(viewer, session=0), now(), place.get())
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(job)
        self._put_in_line(job, make)
        return job

    def mine(self, viewer: Viewer) -> list[Job]:
        """The jobs of a viewer, the newest first. Visitors without a name have none: they find theirs by its number."""
        self._forget_old()
        own = [] if _is_visitor(viewer) else [one for one in self._all() if _who(one.viewer) == _who(viewer)]
        return sorted(own, key=lambda one: one.at, reverse=True)

    def job(self, viewer: Viewer, number: str) -> Job:
        """One job of a viewer. Raises NotHere when there is none: of somebody else, of another role, or too old."""
        self._forget_old()
        one = self._read(number) if re.fullmatch("[0-9a-f]{32}", number) else None
        if one is None or _who(one.viewer) != _who(viewer):
            raise NotHere("There is no such file: it may be too old, or have been asked for by somebody else.")
        return one

    def file(self, viewer: Viewer, number: str) -> tuple[Job, Path]:
        """The file of a job that is done. Raises Conflict while it is not."""
        one = self.job(viewer, number)
        path = self._path(number, "file")
        if one.state != "done" or not path.is_file():
            raise Conflict(f"The file is not ready: {one.state}. {one.words}".strip())
        return one, path

    def size(self, job: Job) -> int:
        """The bytes of its file; 0 while it is not ready."""
        path = self._path(job.id, "file")
        return path.stat().st_size if job.state == "done" and path.is_file() else 0

    def drop(self, viewer: Viewer, number: str) -> None:
        """Delete a file, or stop making it. Raises NotHere like ``job``."""
        self._delete(self.job(viewer, number).id)

    def drop_all(self) -> int:
        """Delete all files, and stop what is being made: they may name somebody who is erased now. Returns how many."""
        every = self._all()
        for one in every:
            self._delete(one.id)
        return len(every)

    def until(self, job: Job) -> datetime:
        """When its file is deleted."""
        return (job.ended_at or job.at) + self._kept_for

    # -- making

    def go_on(self, again: Again) -> int:
        """Go on with what an earlier process left unfinished; returns how many. What another is at stays its own.

        A file whose form grows piece by piece goes on after its last whole piece, when the data are what they were;
        any other begins again: either way all of it shows one state of the data.
        """
        self._forget_old()
        left = sorted((one for one in self._all() if one.is_open), key=lambda one: one.at)
        for job in left:
            self._put_in_line(job, _anew(again, job))
        return len(left)

    def close(self) -> None:
        """Begin no further file; the one at work is left for the next process, as far as it is."""
        self._stop.set()
        self._queue.put(None)
        if self._worker is not None:
            self._worker.join()

    def _put_in_line(self, job: Job, make: Make) -> None:
        context = copy_context()
        self._queue.put(lambda: context.run(self._do, job.id, make))
        with self._lock:
            if self._worker is None:  # one at a time, since each takes all of a core; it never holds up a stop
                self._worker = threading.Thread(target=self._work, name="exports", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        while (do := self._queue.get()) is not None and not self._stop.is_set():
            do()

    def _do(self, number: str, make: Make) -> None:
        with self._part(number) as file:
            job = self._read(number)
            if file is None or job is None or not job.is_open:
                return
            place.set(job.place)
            written = monotonic()

            def tell(words: str, done: int, total: int) -> None:
                nonlocal written
                before = self._read(number)
                if before is None or self._stop.is_set():
                    raise _Stopped
                if words != before.words or monotonic() - written >= WRITE_EVERY_S:
                    written = monotonic()
                    self._put(number, state="running", words=words, done=done, total=max(total, 1))

            try:
                if file.mark is None:
                    again = "begun again" if job.as_of else ""
                    self._put(number, state="running", as_of=now(), mark=None, cut=again)
                else:
                    self._put(number, state="running", cut="gone on")
                make(file, tell)
                file.flush()
                os.fsync(file.fileno())
                os.replace(self._path(number, "part"), self._path(number, "file"))
                self._put(number, state="done", words="", done=1, total=1, ended_at=now())
            except _Stopped:
                self._put(number, state="waiting", words="", done=file.mark.done if file.mark is not None else 0)
            except PumaError as reason:
                self._fail(number, str(reason))
            except OSError as reason:
                log.exception("a file could not be written")
                self._fail(number, f"The file could not be written: {reason.strerror or reason}.")
            except Exception:
                log.exception("a file could not be made")
                self._fail(number, "A fault of the program, now in its log.")

    def _fail(self, number: str, words: str) -> None:
        self._put(number, state="failed", words=words, ended_at=now())

    @contextmanager
    def _part(self, number: str) -> Iterator[Part | None]:
        """The file that is written, as far as an earlier process left it whole; None while another writes it. What is
        left of it in the end stays only where it can be gone on with."""
        path, ids = self._path(number, "part"), self._path(number, "ids")
        with Part(path, ids, partial(self._reached, number)) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            job = self._read(number)
            file.go_on(job.mark if job is not None else None)
            try:
                yield file
            finally:
                left = self._read(number)
                if left is None or not left.is_open or left.mark is None:
                    path.unlink(missing_ok=True)
                    ids.unlink(missing_ok=True)

    def _reached(self, number: str, mark: Mark) -> None:
        job = self._read(number)
        anew = job is not None and job.cut == "gone on" and mark.done == 0
        self._put(number, mark=mark, **({"cut": "changed", "as_of": now()} if anew else {}))

    # -- on disk

    def _path(self, number: str, suffix: str) -> Path:
        return self._folder / f"{number}.{suffix}"

    def _all(self) -> list[Job]:
        found = (self._read(path.stem) for path in sorted(self._folder.glob("*.json")))
        return [one for one in found if one is not None]

    def _read(self, number: str) -> Job | None:
        try:
            return _job(json.loads(self._path(number, "json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as reason:  # of another version: nobody's
            log.warning("%s cannot be read: %s", self._path(number, "json"), reason)
            return None

    def _write(self, job: Job) -> None:
        new = self._path(job.id, "new")
        told = asdict(job)
        told["viewer"] |= {name: sorted(told["viewer"][name]) for name in ("instruments", "opened")}
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(told, file, default=datetime.isoformat, ensure_ascii=False)
        os.replace(new, self._path(job.id, "json"))

    def _put(self, number: str, **values: Any) -> None:
        with self._lock:
            job = self._read(number)
            if job is not None:  # not dropped meanwhile
                self._write(replace(job, **values))

    def _delete(self, number: str) -> None:
        with self._lock:
            self._remove(number)

    def _remove(self, number: str) -> None:
        for suffix in ("json", "file", "part", "ids"):
            self._path(number, suffix).unlink(missing_ok=True)

    def _forget_old(self) -> None:
        """Delete what has had its time, and files that belong to no job."""
        if not self._folder.is_dir():
            return
        for one in self._all():
            if not one.is_open and now() > self.until(one):
                self._delete(one.id)
        for path in self._folder.iterdir():
            if path.suffix in (".file", ".report", ".part", ".ids") and not path.with_suffix(".json").is_file():
                path.unlink(missing_ok=True)


def _job(told: dict[str, Any]) -> Job:
    seen = told["viewer"]
    seen |= {name: frozenset(seen[name]) for name in ("instruments", "opened")}
    moments = {name: told[name] and datetime.fromisoformat(told[name]) for name in ("at", "as_of", "ended_at")}
    known, mark = {one.name for one in fields(Job)}, told.get("mark")
    return Job(
        **{name: value for name, value in told.items() if name in known}
        | moments
        | {"order": Order(**told["order"]), "viewer": Viewer(**seen), "mark": mark and Mark(**mark)}
    )


def _anew(again: Again, job: Job) -> Make:
    def make(file: Part, tell: Told) -> None:
        if job.order.kind not in again:
            raise NotHere("This program makes no such file any more.")
        again[job.order.kind](job.viewer, job.order.asked)(file, tell)

    return make


def _who(viewer: Viewer) -> tuple[int, str, str]:
    """Whose a job is: also by role, so that a file of a higher role is out of reach once that is taken away."""
    return viewer.account, viewer.name, " ".join([viewer.role, *sorted(viewer.sees)])


def _is_visitor(viewer: Viewer) -> bool:
    """Whether this may be anybody who did not sign in."""
    return not viewer.account and not viewer.name


def told_rows(rows: Iterable[T], tell: Told, total: int) -> Iterator[T]:
    """The rows, while it is told how many are through."""
    tell("rows", 0, total)
    for count, row in enumerate(rows, start=1):
        if count % ROWS_AT_ONCE == 0:
            tell("rows", count, max(total, count))
        yield row
    tell("writing the file", total, total)


_of: dict[Path, Jobs] = {}
_making = threading.Lock()


def jobs_in(settings: Settings) -> Jobs:
    """The jobs of an installation: pages and API ask the same."""
    kept_for = timedelta(days=settings.files.export_days)
    with _making:
        return _of.setdefault(settings.files_folder, Jobs(settings.files_folder / "exports", kept_for))
