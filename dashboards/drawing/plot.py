"""Figures in Plotly's words, as plain dictionaries: its own objects check every word each time that one is drawn."""

from typing import Any

import pandas as pd

from dashboards.frame.theme import template


class Figure(dict[str, Any]):
    """What Plotly draws: ``data``, the list of the traces, and ``layout``. What a word means stands in Plotly's
    reference; that each chart has none but Plotly's is tested, with Plotly's own objects."""

    def __init__(self, scheme: str) -> None:
        super().__init__(data=[], layout={"template": template(scheme)})

    @property
    def traces(self) -> list[dict[str, Any]]:
        """What is drawn, the first of it below the others."""
        drawn: list[dict[str, Any]] = self["data"]
        return drawn

    def draw(self, kind: str, **words: object) -> None:
        """Add a trace of that kind, of columns of a table or lists."""
        columns = {name: word.tolist() for name, word in words.items() if isinstance(word, pd.Series)}
        self.traces.append({"type": kind} | words | columns)

    def layout(self, **words: object) -> "Figure":
        """Say how it is laid out; of what has parts the others stay as they are."""
        _put(self["layout"], words)
        return self

    def xaxis(self, **words: object) -> "Figure":
        """Say how the axis across is."""
        return self.layout(xaxis=words)

    def yaxis(self, **words: object) -> "Figure":
        """Say how the axis upwards is."""
        return self.layout(yaxis=words)

    def note(self, **words: object) -> None:
        """Add words at a place."""
        self["layout"].setdefault("annotations", []).append(words)

    def line(self, **words: object) -> None:
        """Add a straight line from a place to another one."""
        self["layout"].setdefault("shapes", []).append({"type": "line"} | words)


def _put(into: dict[str, Any], words: dict[str, Any]) -> None:
    for name, word in words.items():
        if isinstance(word, dict):  # which others may use too
            _put(into.setdefault(name, {}), word)
        else:
            into[name] = word
