"""The post: which weekly digests are due by the schedule of the settings, sent once each, whoever else is sending."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cronsim import CronSim

from puma.errors import PumaError
from puma.requests.mail import can_send
from puma.requests.wishes import digests, send_digest
from puma.settings import Settings
from puma.storage import Storage

WINDOW = timedelta(days=8)
"""How far back the last moment of the schedule is looked for; what was missed for longer is not made up for."""


@dataclass(slots=True)
class Posted:
    """What a round of the post came to: digests sent, and why others could not be (for the log, without addresses)."""

    sent: int = 0
    failed: tuple[str, ...] = ()


def can_post(settings: Settings) -> bool:
    """Whether digests go out by themselves here: a mail server, a schedule and the address of these pages are set."""
    return bool(can_send(settings.mail) and settings.requests.digest and settings.access.public_url)


def last_moment(schedule: str, at: datetime) -> datetime | None:
    """The last moment of a cron string up to ``at``, in UTC; None where there was none within ``WINDOW``."""
    found = None
    for moment in CronSim(schedule, at - WINDOW):
        if moment > at:
            return found
        found = moment
    return found


def post(storage: Storage, settings: Settings, moment: datetime, *, at: datetime) -> Posted:
    """Send the digests that are due since ``moment``: wished for before it, not sent since, with something to tell."""
    done, failed = Posted(), []
    for due in digests(storage, settings, at=at):
        if due.wish is None or (due.wish.sent_at or due.wish.wanted_at) >= moment or due.why_not(at):
            continue
        try:
            done.sent += send_digest(storage, settings, due, at=at)
        except PumaError as error:
            failed.append(str(error))
    done.failed = tuple(dict.fromkeys(failed))
    return done
