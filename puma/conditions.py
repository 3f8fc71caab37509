"""Conditions of a measurement: wavelength, energy, temperature, each in one unit, and the bands that count them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

DIGITS = 6
"""Significant digits that are kept: what is beyond them is noise of a conversion."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    unit: in which its values are kept. steps: how many steps the search index has for one of it. units: what one of
    another unit is in it. bands: their inner ends, rising, in its unit.
    """

    name: str
    unit: str
    steps: int
    units: Mapping[str, float]
    bands: tuple[float, ...]

    def value_of(self, amount: float, unit: str) -> float | None:
        """An amount in our unit; None for a unit that is unknown, and for what cannot be measured."""
        word = unit.strip()
        factor = self.units.get(word) or self.units.get(word.casefold())
        if factor is None or not isfinite(amount):
            return None
        value = amount * factor + (273.15 if self.name == "temperature" and word.casefold() in CELSIUS else 0.0)
        value = float(f"{value:.{DIGITS}g}")
        return value if 0 < value < MOST else None

    def band_of(self, value: float) -> str:
        """The band that a value is in, in signs of every language: ``1–2 Å``; its lower end belongs to it."""
        ends = [f"{end:g}" for end in self.bands]
        place = sum(value >= end for end in self.bands)
        if place == 0:
            return f"< {ends[0]} {self.unit}"
        if place == len(ends):
            return f"≥ {ends[-1]} {self.unit}"
        return f"{ends[place - 1]}–{ends[place]} {self.unit}"


MOST = 1e12
CELSIUS = frozenset(("c", "°c", "degc", "celsius", "deg c"))

CONDITIONS: Mapping[str, Condition] = {
    one.name: one
    for one in (
        Condition(
            "wavelength", "Å", 10_000,
            {**dict.fromkeys(("å", "a", "angstrom", "angstroms", "ångström"), 1.0), "pm": 0.01, "nm": 10.0,
             **dict.fromkeys(("um", "µm".casefold(), "micron"), 1e4), "m": 1e10},
            (0.5, 1.0, 2.0, 5.0, 10.0),
        ),
        Condition(
            "energy", "eV", 10_000,
            {"meV": 0.001, "ev": 1.0, "kev": 1_000.0, "MeV": 1e6, "j": 6.241509074e18},
            (0.1, 100.0, 2_000.0, 8_000.0, 15_000.0, 40_000.0),
        ),
        Condition(
            "temperature", "K", 1_000,
            {"mK": 0.001, "k": 1.0, "kelvin": 1.0, **dict.fromkeys(CELSIUS, 1.0)},
            (1.0, 20.0, 100.0, 280.0, 320.0, 600.0),
        ),
    )
}  # fmt: skip
"""By name: wavelength of the beam in ångström, its energy in electronvolt, temperature of the sample in kelvin."""
