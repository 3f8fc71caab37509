"""Numbers and values of a report in the words of its language; names of records stay as they are."""

from collections.abc import Sequence
from typing import Any

from puma.languages import Tongue
from puma.measuring import Answer
from puma.measuring.spelling import amount, word
from puma.text import plain

SPOKEN = ("country", "type", "principle", "open_access", "decision", "sector", "use", "mode", "access", "assessed")
"""Dimensions whose values are words of the program, or names of countries; those of others are names of records."""


def valued(say: Tongue, dimension: str, value: Any) -> str:
    """A value of a dimension as it is read, and as pages write it: the program's own words begin large."""
    text = word(dimension, value)
    return say(text[:1].upper() + text[1:]) if dimension in SPOKEN or text == "unknown" else text


def number(say: Tongue, value: float | None, unit: str = "") -> str:
    """A number as it is read: ``12.5``, ``12,5``."""
    return say(amount(value, unit))


def head_of(say: Tongue, answer: Answer, place: int, name: str) -> str:
    """The head of a column of an answer's table: of the second cut its value, as people read it."""
    if place == 0 or len(answer.question.by) == 1:
        return say({"numerator": "Counted", "denominator": "Out of"}.get(name, name))
    return valued(say, answer.question.by[1], name)


def cells_of(say: Tongue, answer: Answer, row: Sequence[Any]) -> list[str]:
    """A row of an answer's table: what it is about, then its numbers."""
    first, *values = row
    unit = answer.metric.unit
    said = [number(say, one, unit if place == 0 or unit != "share" else "") for place, one in enumerate(values)]
    return [plain(valued(say, answer.question.by[0], first)), *said]


def named_unit(say: Tongue, answer: Answer) -> str:
    """The unit beside a number; nothing where its label or a sign says it."""
    one = answer.metric
    return "" if one.unit == "share" or one.unit.casefold() in one.label.casefold() else say(one.unit)


def parts_of(say: Tongue, answer: Answer) -> str:
    """``46 of 92``: what a rate is made of; nothing of other numbers."""
    if not answer.metric.is_rate:
        return ""
    return say("{} of {}", number(say, answer.numerator), number(say, answer.denominator))
