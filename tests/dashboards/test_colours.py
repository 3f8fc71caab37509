"""Colours that stand side by side are told apart also by eyes that see red and green alike."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from dashboards.frame.theme import MEANING, SERIES
from puma.reports.picture import SHADES

Colour = npt.NDArray[np.float64]
_LMS = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
_SEEN = {
    "all": np.eye(3),
    "deuteranopia": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
    "protanopia": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
STACKS = (
    ("diamond", "gold", "hybrid", "green", "bronze", "closed", "unknown"),
    ("accepted", "refused", "reserve", "withdrawn", "unknown"),
)
"""Values that stand in one stack."""
APART = 12.0  # a distance that is seen at a glance; about 2 can just be told side by side
_WHITE = np.array([0.9505, 1.0, 1.089])


def difference(one: str, other: str, vision: str) -> float:
    """The distance of two colours in CIELAB (1976)."""
    return float(np.linalg.norm(_lab(one, vision) - _lab(other, vision)))


def _lab(written: str, vision: str) -> Colour:
    part = np.array([int(written[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.linalg.solve(_LMS, _SEEN[vision] @ _LMS @ linear), 0, 1)
    share = _XYZ @ seen / _WHITE
    f = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _beside() -> list[tuple[str, ...]]:
    stacks = [tuple(MEANING[scheme][value] for value in stack) for scheme in MEANING for stack in STACKS]
    return [SHADES, *SERIES.values(), *stacks]


@pytest.mark.parametrize("vision", sorted(_SEEN))
@pytest.mark.parametrize("colours", _beside())
def test_colours_of_one_chart_are_told_apart(colours: tuple[str, ...], vision: str) -> None:
    near = {pair: round(difference(*pair, vision), 1) for pair in combinations(colours, 2)}
    assert {pair: apart for pair, apart in near.items() if apart < APART} == {}
