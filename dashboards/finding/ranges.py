"""Ranges of conditions: two fields beside the bands, and a chip for each range that stands in the search."""

import re
from collections.abc import Mapping

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.frame.state import State
from puma.conditions import CONDITIONS

_AMOUNT = r"\d{1,9}(?:\.\d{1,6})?"
_WRITTEN = re.compile(
    rf"(?<!\S)({'|'.join(CONDITIONS)}):(?:({_AMOUNT})(?:-({_AMOUNT})?)?|-({_AMOUNT}))(?!\S)", re.IGNORECASE
)
Range = tuple[str, str]
"""From and to as they are written; empty for an open side."""


def written(text: str) -> dict[str, Range]:
    """The ranges that a search holds, by condition: ``wavelength:0.9-1.1`` is ("0.9", "1.1"); a single value is both
    ends."""
    found = {}
    for one in _WRITTEN.finditer(text):
        name, low, high, most = one.groups()
        single = low and not one[0].endswith("-") and high is None
        found[name.lower()] = (low or "", low if single else high or most or "")
    return found


def without(text: str, name: str) -> str:
    """The search without its ranges of that condition."""
    kept = _WRITTEN.sub(lambda one: "" if one[1].lower() == name else one[0], text)
    return " ".join(kept.split())


def in_words(low: str, high: str, unit: str) -> str:
    """``0.9–1.1 Å``, ``≥ 0.9 Å``, ``≤ 1.1 Å``."""
    if low and high:
        return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"
    return f"≥ {low} {unit}" if low else f"≤ {high} {unit}"


def chips(state: State, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(condition, range, query without it) of each range in the search. labels: of the conditions."""
    text = state.one("q")
    return [
        (labels[name], in_words(*ends, CONDITIONS[name].unit), state.put("q", without(text, name)).query())
        for name, ends in written(text).items()
    ]


def cleared(state: State) -> State:
    """The state without any range in its search."""
    text = state.one("q")
    for name in written(text):
        text = without(text, name)
    return state.put("q", text)


def fields(state: State, name: str, label: str) -> Component:
    """From and to of a condition; scripts write the range into the search. label: the condition as people read it."""
    unit, ends = CONDITIONS[name].unit, written(state.one("q")).get(name, ("", ""))
    boxes = [
        html.Field(
            key=f"{side}{value}", defaultValue=value, placeholder=side, inputMode="decimal", maxLength=17,
            **{"aria-label": f"{label} {side}, in {unit}", "data-side": side},
        )
        for side, value in zip(("from", "to"), ends, strict=True)
    ]  # fmt: skip
    go = html.Button(["OK", html.unseen(f" show this range: {label}")], type="button", className="button small")
    line = [boxes[0], html.Span("–", **{"aria-hidden": "true"}), boxes[1], html.Span(unit, className="quiet"), go]
    said = {"role": "group", "aria-label": f"Range: {label}", "data-range": name}
    return html.Div(line, className="range", **said)
