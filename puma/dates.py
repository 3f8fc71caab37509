"""Reading of dates at the door: a day with the precision the source really gave."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Precision = Literal["day", "month", "year"]
DateParts = Sequence[int | str | None]

FIRST_YEAR, LAST_YEAR = 1850, 2100

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1)
    for name in names.split()
}  # fmt: skip
_MONTH = rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?P<time>[T ].*)?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[/.](?P<year>\d{4})",
        r"[\[(]*[c©]?\s*(?P<year>\d{4})[\])?.]*",
        r"(?P<day>\d{1,2})[/.-]\s?(?P<month>\d{1,2})[/.-]\s?(?P<year>\d{4})(?P<time>[T ].*)?",
        rf"(?:[a-z]{{3,9}},?\s+)?{_ORDINAL}[\s.-]*(?:of\s+)?{_MONTH}[\s,-]*(?P<year>\d{{4}})(?:\s+\d\d:.*)?",
        rf"{_MONTH}\s*{_ORDINAL}\s*,?\s+(?P<year>\d{{4}})",
        rf"{_MONTH}[\s,-]*(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[\s,-]+{_MONTH}(?:[\s-]+{_ORDINAL})?",
    )
)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A day and how much of it is known.

    With precision 'month' the day is the first of the month, with 'year' the first of July: the middle of the year, so
    that distances in time are wrong by half a year at most.
    """

    date: date
    precision: Precision


def parse_date(text: str | int | date | DateParts | Sequence[DateParts] | None) -> PartialDate | None:
    """The date in `text`; None when there is none or its year is outside 1850 to 2100.

    Takes ISO forms, a year, month names in English, day-first numbers ("27/11/2010"; month first only where the day
    leaves no other reading), and Crossref date-parts (`[2019, 5]`, `[[2019, 5, 3]]`). A time with a zone gives the day
    in UTC. Of a range "from/to" the first day is taken. An impossible day ("2019-02-30") leaves the month.
    """
    if text is None:
        return None
    if isinstance(text, datetime):
        return _of_day(text.astimezone(UTC).date() if text.tzinfo else text.date())
    if isinstance(text, date):
        return _of_day(text)
    if isinstance(text, int):
        return _partial(text, 0, 0)
    if isinstance(text, str):
        return _of_text(text)
    return _of_parts(text)


def _of_text(text: str) -> PartialDate | None:
    text = " ".join(unicodedata.normalize("NFKC", text[:80]).split())
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    if (slash := text.find("/")) >= 7 and re.match(r"\d{4}-\d", text):
        text = text[:slash]
    for form in _FORMS:
        if found := form.fullmatch(text):
            given = found.groupdict()
            year, month, day = int(given["year"]), given.get("month"), int(given.get("day") or 0)
            number = _MONTHS[given["name"].lower()] if given.get("name") else int(month or 0)
            if number > 12 >= day > 0 and form.pattern.startswith("(?P<day>"):
                number, day = day, number
            if number > 12:
                continue
            if given.get("time") and day and (utc := _utc_day(f"{year:04}-{number:02}-{day:02}{given['time']}")):
                return _of_day(utc)
            return _partial(year, number, day)
    return None


def _of_parts(parts: DateParts | Sequence[DateParts]) -> PartialDate | None:
    if parts and isinstance(parts[0], Sequence) and not isinstance(parts[0], str):
        parts = parts[0]
    try:
        year, month, day = ([int(str(part)) for part in parts if part is not None] + [0, 0, 0])[:3]
    except ValueError:
        return None
    return _partial(year, month if month in range(13) else 0, day)


def _utc_day(text: str) -> date | None:
    """The UTC day of an ISO time stamp with a zone; None when it has no zone or is not one."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.replace(" UTC", "Z").replace(" GMT", "Z"))
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).date() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _of_day(day: date) -> PartialDate | None:
    return PartialDate(day, "day") if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _partial(year: int, month: int, day: int) -> PartialDate | None:
    """From numbers of which 0 means not given; the month is 0 to 12."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if not month:
        return PartialDate(date(year, 7, 1), "year")
    if day:
        try:
            return PartialDate(date(year, month, day), "day")
        except ValueError:
            pass
    return PartialDate(date(year, month, 1), "month")
