"""Random samples of pairs that need no table: a pair is drawn by its numbers alone, in Python and in SQL alike."""

from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

AUDITED = 0.2  # of all pairs; people are asked about them whatever their probability, and no model learns from them
LOTS = 2**31 - 1  # a prime: squares of what is below it fit 64 bits in every database
PURPOSES = {"audit": 1_204_983_331, "order": 733_290_557}
"""What is drawn for, and the number that makes the draws of one purpose say nothing about those of another."""


@overload
def lot(purpose: str, left_id: int, right_id: int) -> int: ...
@overload
def lot(
    purpose: str, left_id: "InstrumentedAttribute[int]", right_id: "InstrumentedAttribute[int]"
) -> "ColumnElement[int]": ...
def lot(purpose: str, left_id: Any, right_id: Any) -> Any:
    """A number from 0 to below ``LOTS`` that says nothing about the pair: of numbers, or in SQL of two columns.

    Products and squares modulo a prime, because both databases reckon them alike. Numbers stay below 2**46.
    """
    salt = PURPOSES[purpose]
    mixed = (left_id * 48_271 + right_id * 69_621 + salt) % LOTS
    mixed = (mixed * mixed + right_id * 40_692) % LOTS
    return (mixed * mixed % LOTS) * 16_807 % LOTS


@overload
def in_audit(left_id: int, right_id: int) -> bool: ...
@overload
def in_audit(
    left_id: "InstrumentedAttribute[int]", right_id: "InstrumentedAttribute[int]"
) -> "ColumnElement[bool]": ...
def in_audit(left_id: Any, right_id: Any) -> Any:
    """Whether a pair belongs to the random audit; of two columns, the SQL that is true for those that do."""
    return lot("audit", left_id, right_id) < int(AUDITED * LOTS)
