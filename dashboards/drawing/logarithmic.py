"""Rankings on a logarithmic axis, where the first is so much larger than the last that linear bars tell nothing."""

from collections.abc import Sequence
from math import isfinite, log10

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.plot import Figure
from dashboards.drawing.words import RATIOS
from dashboards.page import Desk

KEY = "log"
"""Of the state: the names of the charts whose axis is logarithmic."""
UNEVEN = 20  # times the smallest bar from which on the largest one hides it
SAID = "logarithmic axis: twice as long does not mean twice as many"


def helps(values: Sequence[float], unit: str) -> bool:
    """Whether a logarithmic axis shows what a linear one hides; never of shares, which have a whole."""
    some = [value for value in values if isfinite(value) and value > 0]
    return unit != "share" and unit not in RATIOS and len(some) > 2 and max(some) >= UNEVEN * min(some)


def is_on(desk: Desk, name: str, values: Sequence[float], unit: str) -> bool:
    """Whether the chart of that name is to have such an axis."""
    return name in desk.state.many(KEY) and name not in desk.state.many("table") and helps(values, unit)


def turn(desk: Desk, name: str, title: str, values: Sequence[float], unit: str) -> list[Component]:
    """The way to the other axis; nothing where it does not help, and beside a table."""
    if not helps(values, unit) or name in desk.state.many("table"):
        return []
    words = "Linear" if name in desk.state.many(KEY) else "Log"
    way = html.A([words, html.unseen(f" axis of {title}")], href=desk.state.toggled(KEY, name).query(),
                 className="act go", title="Linear or logarithmic axis")  # fmt: skip
    return [way]


def as_logarithmic(figure: Figure, values: Sequence[float]) -> Figure:
    """A ranking on that axis. A bar begins somewhat below the smallest value: there is no nought."""
    some = [value for value in values if isfinite(value) and value > 0]
    return figure.xaxis(type="log", range=[log10(min(0.7, min(some) * 0.7)), log10(max(some))])
