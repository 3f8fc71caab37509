"""Datasets past their embargo, open, closed or not known: a share between two bounds instead of one that leans."""

from dataclasses import dataclass

import pandas as pd

RULE = (
    "Catalogues tell of open data more often than of closed ones, so the share of those of which it is known leans "
    "upward. Therefore what is not known stands beside: were all of it closed, the lower bound would be true, were all "
    "of it open, the upper one."
)
STATES = ("open", "closed", "not known")


@dataclass(frozen=True, slots=True)
class Openness:
    """Datasets whose embargo has ended: due in all; shown to be open; of unknown openness."""

    due: float
    shown: float
    unknown: float

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the greatest share that can be open; None where nothing is due, or nothing is known."""
        if not self.due or self.unknown == self.due:
            return None
        return self.shown / self.due, (self.shown + self.unknown) / self.due


def by_state(due: pd.DataFrame, shown: pd.DataFrame, unknown: pd.DataFrame) -> pd.DataFrame:
    """``year``, ``openness`` (one of STATES), ``value`` of three tables by year; what is nought has no row.

    due, shown, unknown: ``year`` and ``value`` as of an ``Answer``.
    """
    known = [one.set_index("year")["value"] for one in (shown, unknown)]
    wide = pd.DataFrame({"due": due.set_index("year")["value"], "open": known[0], "not known": known[1]}).fillna(0.0)
    wide["closed"] = wide["due"] - wide["open"] - wide["not known"]
    rows = wide[list(STATES)].rename_axis("year").reset_index().melt("year", var_name="openness", value_name="value")
    return rows[rows["value"] > 0].reset_index(drop=True)
