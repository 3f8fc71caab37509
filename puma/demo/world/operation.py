"""Beam time that the invented instruments had: all of it, what was kept for the machine, what each round offered."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from puma.demo.world.things import Proposal

Row = dict[str, str]


class Operation:
    """Counts what sessions and proposals got, so that there is a little more of beam time than that."""

    def __init__(self, facility: str) -> None:
        self._facility = facility
        self._delivered: Counter[tuple[str, int]] = Counter()
        self._given: Counter[tuple[str, str, str]] = Counter()

    def add(self, proposal: Proposal) -> None:
        for session in proposal.sessions:
            self._delivered[session.instrument.name, session.start.year] += round(session.delivered_hours)
        for instrument, _, allocated in proposal.instruments:
            if proposal.kind not in {"proprietary", "rapid access"}:
                self._given[instrument.name, proposal.call.code, proposal.call.time_unit] += allocated

    def rows(self) -> Iterator[Row]:
        """By instrument and year, then by instrument and round; the same on any day."""
        for (name, year), hours in sorted(self._delivered.items()):
            own = Random(f"operation/{name}/{year}")
            available = hours / (0.62 + 0.2 * own.random())
            kept = {"commissioning": 0.03 + 0.05 * own.random(), "maintenance": 0.05 + 0.05 * own.random()}
            for hours_for, share in {"available": 1.0, **kept}.items():
                yield self._row(name, hours_for, round(available * share), year=str(year))
        for (name, call, unit), given in sorted(self._given.items()):
            offered = given / (0.8 + 0.2 * Random(f"offer/{name}/{call}").random())
            if given:
                yield self._row(name, "public", round(offered), call=call, unit=unit)

    def _row(self, instrument: str, hours_for: str, amount: int, **more: str) -> Row:
        return {
            "facility": self._facility,
            "instrument": instrument,
            "hours_for": hours_for,
            "amount": str(amount),
            "unit": "hour",
            **more,
        }
