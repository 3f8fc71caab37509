"""What a cell of a table says: words of a list, numbers, shares, moments; None where it says nothing of the kind."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from harvesters._reading import country as known_country

UNITS = ("hour", "shift", "day", "week")


def several(cell: str | None) -> list[str]:
    """The parts of a cell between semicolons."""
    return [said for part in (cell or "").split(";") if (said := part.strip())]


def word(cell: str | None, words: Sequence[str]) -> str | None:
    """The word of the list that a cell says, whatever its capitals and hyphens; None for another word."""
    said = re.sub(r"[\W_]+", "", (cell or "").lower())
    return next((one for one in words if re.sub(r"[\W_]+", "", one.lower()) == said), None)


def unit(cell: str | None) -> str | None:
    """The unit of beam time, in one or in many."""
    return word((cell or "").lower().rstrip("s"), UNITS)


def flag(cell: str | None) -> bool | None:
    """Yes or no; a word that is neither means yes, because a proposal is not published by mistake."""
    return None if not cell else cell.lower() not in ("no", "n", "false", "f", "0")


def number(cell: str | None) -> float | None:
    """A finite number from 0 on."""
    try:
        found = float(cell or "")
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def country(cell: str) -> str | None:
    """The code of a country; "NA" is Namibia here, because an unknown value is an empty cell."""
    return "NA" if cell == "NA" else known_country(cell)


def share(cell: str) -> float | None:
    """A part of one, as 0.4 or 40%."""
    found = number(cell.removesuffix("%"))
    if found is not None and cell.endswith("%"):
        found /= 100
    return found if found is not None and found <= 1 else None


def moment(cell: str | None) -> str | None:
    """ISO 8601 in UTC; a day alone is its beginning."""
    try:
        found = datetime.fromisoformat((cell or "").replace(" UTC", "Z"))
        return (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
    except (ValueError, OverflowError):
        return None
