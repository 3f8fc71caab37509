"""Instruments with their periods, calls, contributions of the members, and the calendar of beam time."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random

from puma.demo.world.dials import FIRST_YEAR, TODAY
from puma.demo.world.institutions import countries
from puma.demo.world.things import Call, Instrument
from puma.demo.world.vocabulary import rows

HOURS = {"hour": 1.0, "shift": 8.0, "day": 24.0, "week": 168.0}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def instruments() -> tuple[Instrument, ...]:
    """Every period of every instrument, in the order of the vocabulary."""
    return tuple(
        Instrument(
            row["name"],
            row["label"],
            row["group"],
            date.fromisoformat(row["start"]),
            _day(row["end"]),
            _day(row["commissioning_until"]),
            tuple(row["techniques"].split(";")),
            row["pid"],
            row["successor_of"],
            float(row["weight"]),
        )
        for row in rows("instruments.csv")
    )


def suitable(technique: str, cycle: "Call") -> list[Instrument]:
    """Instruments that offer the technique and run during at least the first half of the cycle."""
    middle = cycle.cycle_start + (cycle.cycle_end - cycle.cycle_start) / 2
    return [
        one
        for one in instruments()
        if technique in one.techniques
        and one.runs_on(max(cycle.cycle_start, one.start))
        and (one.commissioning_until or one.start) <= middle
        and one.runs_on(middle)
    ]


def time_unit(year: int) -> str:
    """Days at first, shifts when the photon half joined in earnest, hours since the present user office system."""
    return "day" if year < 2012 else "shift" if year < 2022 else "hour"


@cache
def calls() -> tuple[Call, ...]:
    """Two rounds a year, and one rolling call a year for rapid access; a round closes half a year before its cycle."""
    found: list[Call] = []
    for year in range(FIRST_YEAR, TODAY.year + 1):
        for half in (1, 2):
            start = date(year, 1, 15) if half == 1 else date(year, 7, 1)
            end = date(year, 7, 1) if half == 1 else date(year, 12, 20)
            closes = date(year - 1, 9, 15) if half == 1 else date(year, 3, 1)
            if closes < TODAY - timedelta(days=100):
                number = 2 * (year - FIRST_YEAR) + half - 1
                found.append(
                    Call(f"{year}-{half}", closes - timedelta(days=45), closes, start, end, time_unit(year), number)
                )
        number = 2 * (year - FIRST_YEAR)
        closes = min(date(year, 12, 15), TODAY)
        found.append(
            Call(f"RAPID-{year}", date(year, 1, 1), closes, date(year, 1, 1), date(year, 12, 20), "hour", number)
        )
    return tuple(found)


def rounds() -> tuple[Call, ...]:
    return tuple(call for call in calls() if not call.code.startswith("RAPID"))


def rapid(year: int) -> Call:
    return next(call for call in calls() if call.code == f"RAPID-{year}")


def contributions() -> list[dict[str, str]]:
    """One row per country and period of constant membership; the shares of a year add up to 1.

    Countries of a group share one contribution: its rows carry each country's part of it.
    """
    members = [country for country in countries().values() if country.share is not None]
    years = range(FIRST_YEAR, TODAY.year + 1)
    found: list[dict[str, str]] = []
    start = years[0]
    for year in years:
        now = {country.code for country in members if country.member_in(year)}
        following = {country.code for country in members if country.member_in(year + 1)}
        if year < years[-1] and now == following:
            continue
        total = sum(country.share or 0.0 for country in members if country.code in now)
        for country in members:
            if country.code in now:
                found.append(
                    {
                        "country": country.code,
                        "group": country.group,
                        "valid_from": f"{start}-01-01",
                        "valid_to": "" if year == years[-1] else f"{year}-12-31",
                        "share": f"{(country.share or 0.0) / total:.6f}",
                    }
                )
        start = year + 1
    return found


@dataclass(slots=True)
class Calendar:
    """Booked days per instrument and year; double bookings are avoided while there is room."""

    booked: dict[tuple[str, int], list[tuple[date, date]]] = field(default_factory=dict)

    def book(self, rng: Random, instrument: Instrument, first: date, last: date, days: int) -> tuple[date, date] | None:
        """A free stretch between two dates, or None when the instrument does not run there."""
        first = max(first, instrument.commissioning_until or instrument.start)
        last = min(last, (instrument.end or last) - timedelta(days=1))
        room = (last - first).days - days
        if room <= 0:
            return None
        chosen: tuple[date, date] | None = None
        for _ in range(12):
            start = first + timedelta(days=rng.randrange(room))
            stretch = (start, start + timedelta(days=days))
            taken = self.booked.setdefault((instrument.pid, start.year), [])
            chosen = stretch
            if all(stretch[1] <= begin or end <= stretch[0] for begin, end in taken):
                break
        if chosen is not None:
            self.booked[(instrument.pid, chosen[0].year)].append(chosen)
        return chosen
