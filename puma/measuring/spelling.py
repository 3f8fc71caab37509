"""How numbers and values are written for people, the same on screens, on paper and at the command line."""

from typing import Any

import pandas as pd

from puma.countries import country_name

THIN = "\u202f"
TYPES = {
    "JOURNAL_ARTICLE": "Journal article",
    "PROCEEDINGS_ARTICLE": "Proceedings",
    "BOOK": "Book",
    "BOOK_CHAPTER": "Book chapter",
    "THESIS": "Thesis",
    "PREPRINT": "Preprint",
    "DATA_PAPER": "Data paper",
    "OTHER": "Other",
}
PRINCIPLES = {"F": "Findable", "A": "Accessible", "I": "Interoperable", "R": "Reusable"}
RATIOS = ("times", "years", "per day")
"""Units of numbers whose decimals matter."""
_ONE = dict(pair.split() for pair in ("are is", "have has", "were was"))
BYTES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def amount(value: float | None, unit: str = "") -> str:
    """A number with thin spaces between thousands; a share as per cent, bytes as what they are; an en dash for none."""
    if value is None or pd.isna(value):
        return "–"
    if unit == "share":
        return f"{value * 100:.1f}{THIN}%"
    if unit == "byte":
        return _bytes(value)
    if unit in RATIOS:
        return f"{value:,.2f}".replace(",", THIN)
    whole = float(value).is_integer() or abs(value) >= 1000
    words = f"{value:,.0f}" if whole else f"{value:,.1f}"
    return words.replace(",", THIN)


def _bytes(value: float) -> str:
    """``1.2 TB``: steps of a thousand, as disks are sold and networks measured."""
    step = 0
    while abs(value) >= 1000 and step < len(BYTES) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.3g}{THIN}{BYTES[step]}"


def counted(value: float | None, unit: str) -> str:
    """A number with its unit: ``1 234 publications``, ``46.9 %``."""
    if unit in ("share", "byte") or value is None:
        return amount(value, unit)
    if unit in RATIOS:
        return f"{amount(value, unit)} {unit}"
    return (
        f"{amount(value)}{THIN}{unit}" if unit == "h" else f"{amount(value)} {singular(unit) if value == 1 else unit}"
    )


def as_many(number: float, what: str) -> str:
    """``3 are retracted``, ``1 is retracted``."""
    verb, _, rest = what.partition(" ")
    said = f"{_ONE[verb]} {rest}" if number == 1 and verb in _ONE else what
    return f"{amount(number)} {said}"


def singular(unit: str) -> str:
    """``publications`` as ``publication``, ``people`` as ``person``."""
    return {"people": "person", "entries": "entry", "theses": "thesis"}.get(unit, unit.removesuffix("s"))


def word(dimension: str, value: Any) -> str:
    """A value of a dimension as people read it: a type, a country's name, a decision, a year or span of years."""
    text = "unknown" if value is None or pd.isna(value) else str(value)
    if dimension == "year":
        return text.removesuffix(".0").replace("-", "–")
    if dimension in ("country", "first_country"):
        return text if text == "unknown" else country_name(text)
    if dimension == "type":
        return TYPES.get(text, text)
    if dimension == "principle":
        return PRINCIPLES.get(text, text)
    if dimension in ("open_access", "decision", "sector", "use"):
        return text.replace("_", " ").capitalize()
    return text
