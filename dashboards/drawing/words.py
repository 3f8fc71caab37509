"""How values are written for people: numbers, shares, countries, types, moments."""

import re
from datetime import date, datetime
from html import unescape

import pandas as pd

from dashboards.drawing.markup import AsIs
from puma.dimensions import DIMENSIONS
from puma.measuring.spelling import RATIOS, THIN, TYPES, amount, as_many, counted, singular, word

__all__ = [
    "KINDS", "RATIOS", "THIN", "TYPES", "amount", "as_many", "change", "counted", "day", "lasted", "moment", "named",
    "shortly", "singular", "without_tags", "word",
]  # fmt: skip

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
OF_RECORDS = frozenset(slug for slug, one in DIMENSIONS.items() if one.names) | {
    "area", "author", "call", "formula", "keyword", "person", "publisher", "route", "technique", "topic",
}  # fmt: skip
"""Dimensions whose values are words of records, which no language changes."""


def named(dimension: str, value: object) -> str:
    """A value as it stands in a list or a legend; a name of a record keeps its own language on every page."""
    text = word(dimension, value)
    return AsIs(text) if dimension in OF_RECORDS and text != "unknown" else text[:1].upper() + text[1:]


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
