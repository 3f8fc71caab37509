"""Two that may be one, on a page: how likely it is, the points of each kind of evidence, and each side."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.words import THIN, counted
from puma.listing import Named

KINDS_OF_EVIDENCE = {"prior": "how rare it is", "rarity": "rarity of the name", "orcid": "same ORCID iD",
                     "affiliation": "places", "co-authors": "company", "time": "years"}  # fmt: skip


def points(probability: float | None, evidence: Sequence[tuple[str, float]]) -> Component | None:
    """The probability and the points that make it, the strongest first; nothing where nothing was measured."""
    if probability is None:
        return None
    told: dict[str, float] = {}
    for kind, value in evidence:
        told[kind] = told.get(kind, 0.0) + value
    lines = [
        html.Span(
            [KINDS_OF_EVIDENCE.get(kind, kind), html.B(f"{value:+.1f}".replace("-", "−"))],
            className=f"chip-flat {'for' if value > 0 else 'against'}",
        )
        for kind, value in sorted(told.items(), key=lambda line: -abs(line[1]))
        if abs(value) >= 0.05
    ]
    percent = f"{min(probability * 100, 99):.0f}{THIN}%"
    chance = html.Span(percent, className="badge accent", title="probability of being one")
    return html.P([chance, *lines], className="doubt-evidence points", title="points are log-odds and add up")


def side(one: Named, records: int, what: str) -> Component:
    """A person beside another one, and what becomes of it."""
    return html.Div(
        html.P(
            [html.A(one.name, href=f"/person/{one.record_id}", className="go"),
             html.Span(counted(records, "records"), className="quiet"), html.Span(what, className="badge quiet")],
            className="spaced",
        )
    )  # fmt: skip
