"""The worker: does what people asked for and what is due, one run at a time; any number of workers may be at work."""

import logging
import threading
from datetime import datetime, timedelta

from puma.errors import PumaError
from puma.installation import Installation
from puma.requests.posting import can_post, last_moment, post
from puma.runs.harvest import register
from puma.runs.ledger import Progress
from puma.runs.sources import configured_sources
from puma.runs.wanted import Task, due, take_wanted
from puma.storage import now

LOOK_EVERY_S = 2.0
LOOK_AT_SCHEDULES = timedelta(minutes=1)
POST_AGAIN = timedelta(minutes=15)
"""After a round of the post that failed."""

log = logging.getLogger("puma.worker")


class Worker:
    """Takes tasks until told to stop; what a run finds is matched, indexed and counted before the next.

    Several workers never harvest the same source at once: the lease of the source sees to that.
    """

    def __init__(self, installation: Installation, progress: Progress) -> None:
        self._installation = installation
        self._progress = progress
        self._stop = threading.Event()
        self._has_index = False
        self._posted: datetime | None = None
        self._post_not_before: datetime | None = None
        self._sources = {source.name: source for source in configured_sources(installation.settings)}

    def stop(self) -> None:
        """Take no further task; the one at work is ended."""
        self._stop.set()

    def work(self) -> None:
        """Do tasks as they come, until ``stop``."""
        for source in self._sources.values():
            register(self._installation.storage, source)
        looked = now() - LOOK_AT_SCHEDULES
        while not self._stop.is_set():
            task = take_wanted(self._installation.storage)
            if task is None and now() - looked >= LOOK_AT_SCHEDULES:
                looked = now()
                self.renew_index()
                for scheduled in due(self._installation.storage, list(self._sources.values()), looked):
                    self._do_safely(scheduled)
                self.post(now())
            elif task is not None:
                self._do_safely(task)
            else:
                self._stop.wait(LOOK_EVERY_S)

    def renew_index(self) -> None:
        """After an upgrade or a restore: write the search index that is missing, or that only another version reads.

        Once for each worker: two of different versions would otherwise take turns in undoing each other's.
        """
        if self._has_index:
            return
        try:
            report = self._installation.index_if_lacking(self._progress)
        except Exception:  # there is other work to do, and a search server may come later than this worker
            log.exception("the search index could not be looked at, or not be written anew")
            return
        self._has_index = True
        if report is not None:
            log.info("a search index was missing, or of another version: %s documents", report.counters["added"])

    def post(self, at: datetime) -> int:
        """Send the weekly digests when their moment has come. Returns how many went out.

        Each moment has one round; one that failed is tried again. What others sent meanwhile does not go out twice.
        """
        settings = self._installation.settings
        if not can_post(settings) or (self._post_not_before and at < self._post_not_before):
            return 0
        moment = last_moment(settings.requests.digest, at)
        if moment is None or moment == self._posted:
            return 0
        try:
            done = post(self._installation.storage, settings, moment, at=at)
        except Exception:  # a database that is away for a moment must not end the worker
            log.exception("the weekly digests failed")
            self._post_not_before = at + POST_AGAIN
            return 0
        if done.failed:
            log.error("weekly digests that did not go out: %s", "; ".join(done.failed))
            self._post_not_before = at + POST_AGAIN
        else:
            self._posted, self._post_not_before = moment, None
        if done.sent:
            log.info("weekly digests: %s sent", done.sent)
        return done.sent

    def _do_safely(self, task: Task) -> None:
        """One task; what goes wrong with it is said, and the next one gets its turn."""
        try:
            self.do(task)
        except PumaError as error:
            log.error("%s of %s: %s", task.kind, task.source, error)
        except Exception:  # a database that is away for a moment must not end the worker
            log.exception("%s of %s failed", task.kind, task.source)

    def do(self, task: Task) -> None:
        """Harvest or read again, then match, count and index, so that the pages show it."""
        source = self._sources.get(task.source)
        if source is None:
            log.error("%s of %s: there is no such source in puma.toml any more", task.kind, task.source)
            return
        if task.kind == "reread":
            report = self._installation.reread(source, self._progress)
        else:
            report = self._installation.harvest(source, self._progress, full=task.kind == "full harvest")
        counted = ", ".join(f"{count} {name}" for name, count in report.counters.items() if count)
        log.info("%s of %s: %s; %s %s", task.kind, task.source, report.state, counted, report.message)
        if any(report.counters[name] for name in ("added", "changed", "deleted")):
            self._installation.read_files(self._progress)
            self._installation.match(lambda what, done, total: self._progress(what, done, total), only_if_changed=True)
            self._installation.refresh_facts()
            self._installation.index(self._progress)
