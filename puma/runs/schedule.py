"""Schedules: when a source is due, of "daily", "hourly", "weekly" or a cron string, in UTC."""

from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

PERIODS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
BY_HAND = timedelta(days=30)  # how old a source without a schedule may grow before people are told


def check_schedule(schedule: str) -> str:
    """The schedule itself. Raises ValueError with what may be written."""
    if schedule and schedule not in PERIODS:
        try:
            CronSim(schedule, datetime(2000, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(f'neither hourly, daily, weekly nor a cron string like "30 2 * * *" ({error})') from error
    return schedule


def next_due(schedule: str, last: datetime | None, now: datetime) -> datetime | None:
    """When a source is due next; None = only by hand. A source that was never harvested is due now.

    last: when its last run began. A moment before ``now`` means that it is overdue.
    """
    if not schedule:
        return None
    if last is None:
        return now
    if schedule in PERIODS:
        return last + PERIODS[schedule]
    return next(CronSim(schedule, last.astimezone(UTC)))


def period(schedule: str, now: datetime) -> timedelta:
    """The time between two runs, for telling when a source is stale."""
    if not schedule:
        return BY_HAND
    if schedule in PERIODS:
        return PERIODS[schedule]
    times = CronSim(schedule, now.astimezone(UTC))
    first = next(times)
    return max(next(times) - first, timedelta(hours=1))
