"""Numbers and values of a report in the words of its language; names of records stay as they are."""

from typing import Any

from puma.languages import Tongue
from puma.measuring.spelling import amount, word

SPOKEN = ("country", "type", "principle", "open_access", "decision", "sector", "use", "mode", "access", "assessed")
"""Dimensions whose values are words of the program, or names of countries; those of others are names of records."""


def valued(say: Tongue, dimension: str, value: Any) -> str:
    """A value of a dimension as it is read."""
    text = word(dimension, value)
    return say(text) if dimension in SPOKEN or text == "unknown" else text


def number(say: Tongue, value: float | None, unit: str = "") -> str:
    """A number as it is read: ``12.5``, ``12,5``."""
    return say(amount(value, unit))
