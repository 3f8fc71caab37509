"""How values are written for people: numbers, shares, countries, types, moments."""

import re
from datetime import date, datetime
from html import unescape
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
RATIOS = ("times", "years")
"""Units of numbers whose decimals matter."""
BYTES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
KINDS = {
    "publication": "Publication",
    "proposal": "Proposal",
    "experiment": "Experiment",
    "dataset": "Dataset",
    "person": "Person",
    "institution": "Institution",
    "instrument": "Instrument",
    "journal": "Journal",
    "transfer": "Transfer",
}


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


def singular(unit: str) -> str:
    """``publications`` as ``publication``, ``people`` as ``person``."""
    return {"people": "person"}.get(unit, unit.removesuffix("s"))


def change(value: float | None, before: float | None, unit: str) -> tuple[str, str]:
    """How a value differs from the one before, and the tone: up, down or even. Empty where that says nothing."""
    if value is None or before is None or pd.isna(value) or pd.isna(before):
        return "", "even"
    if unit == "share":
        points = (value - before) * 100
        return f"{points:+.1f} points".replace("-", "−"), _tone(points)
    if unit in RATIOS:
        return f"{value - before:+.2f}".replace("-", "−"), _tone(round(value - before, 2))
    if before < 20:
        return f"{value - before:+,.0f}".replace(",", THIN).replace("-", "−"), _tone(value - before)
    percent = (value - before) / before * 100
    return f"{percent:+.0f}{THIN}%".replace("-", "−"), _tone(round(percent))


def _tone(difference: float) -> str:
    return "up" if difference > 0 else "down" if difference < 0 else "even"


def word(dimension: str, value: Any) -> str:
    """A value of a dimension as people read it: a type, a country's name, a decision, a year or span of years."""
    text = "unknown" if value is None or pd.isna(value) else str(value)
    if dimension == "year":
        return text.removesuffix(".0").replace("-", "–")
    if dimension == "country":
        return text if text == "unknown" else country_name(text)
    if dimension == "type":
        return TYPES.get(text, text)
    if dimension in ("open_access", "decision", "sector"):
        return text.replace("_", " ").capitalize()
    return text


def day(value: date | datetime | None) -> str:
    """``2 March 2026``."""
    return "" if value is None else f"{value:%-d %B %Y}"


def moment(value: datetime | None) -> str:
    """``2 March 2026 10:31``, in UTC."""
    return "" if value is None else f"{value:%-d %B %Y %H:%M}"


def shortly(value: datetime | None) -> str:
    """``2 Mar 2026 10:31``, in UTC, for tables."""
    return "" if value is None else f"{value:%-d %b %Y %H:%M}"


def lasted(start: datetime, end: datetime | None) -> str:
    """How long something took: ``41 s``, ``2 min 3 s``, ``1 h 5 min``."""
    if end is None:
        return ""
    seconds = max(int((end - start).total_seconds()), 0)
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


_TAG = re.compile(r"<[^>]*>")


def without_tags(markup: str) -> str:
    """Safe HTML as plain words, for titles of windows and labels of links."""
    return unescape(_TAG.sub("", markup))
