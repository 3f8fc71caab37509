"""A proposed link as a reviewer reads it: both ends with what they share marked, and the ledger of the evidence."""

from collections.abc import Sequence
from re import findall
from typing import Any

from dash.development.base_component import Component

from dashboards import tags as html
from dashboards.lists import joined
from dashboards.markup import marked
from dashboards.words import KINDS, THIN, moment
from puma.listing import Candidate, Side

STATES = {"candidate": "To decide", "auto": "Automatic", "validated": "Validated", "rejected": "Rejected"}
COMMON = frozenset(
    ("from", "into", "near", "over", "seen", "situ", "study", "that", "their", "this", "under", "upon", "using", "with")
)
"""Longer words that say nothing when they stand on both sides."""


def side_of(side: Side, other: Side) -> Component:
    """One end of the pair; what it has in common with the other is marked."""
    people, titles = shared_people(side.people, other.people), shared_words(side.title, other.title)
    instruments_too = [i for i in side.instruments if i in other.instruments]
    facts = [
        ("Code" if side.kind != "publication" else "DOI", side.code_or_doi),
        ("Date", side.date),
        ("Instruments", marked(", ".join(side.instruments), instruments_too) if side.instruments else ""),
        ("", side.extra),
    ]
    return html.Article(
        [
            html.P(
                [
                    html.Span(KINDS.get(side.kind, side.kind), className="badge accent"),
                    html.A("Open the record", href=f"/record/{side.record_id}", className="go", target="_blank"),
                ],
                className="kicker spaced",
            ),
            html.H2(marked(side.title, titles), className="side-title"),
            html.Dl(
                [part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="facts"
            ),
            html.H3("People"),
            html.P(marked(joined(side.people, 14) or "Nobody is named.", people), className="prose"),
            html.H3("Abstract"),
            html.P(
                marked(side.abstract, shared_words(side.abstract, f"{other.title} {other.abstract}"))
                if side.abstract
                else "No abstract available.",
                className="prose clamp",
            ),
        ],
        className="panel card card-body end",
    )


def shared_words(one: str, other: str) -> list[str]:
    """The longer words that stand in both texts, whatever their case."""
    there = {w.casefold() for w in findall(r"\w{4,}", other)}
    return sorted({w for w in findall(r"\w{4,}", one) if w.casefold() in there and w.casefold() not in COMMON})


def shared_people(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Family names (before the comma, or last) that stand on both sides."""

    def family(name: str) -> str:
        return name.split(",")[0].strip() if "," in name else name.split(" ")[-1]

    there = {family(name).casefold() for name in theirs}
    return sorted({family(name) for name in ours if family(name).casefold() in there})


def evidence_of(one: Candidate) -> Component:
    """The ledger: every item with its points as a bar to the left or right, and their sum."""
    largest = max((abs(float(item.get("points", 0))) for item in one.evidence), default=1.0) or 1.0
    rows = [_item(item, largest) for item in sorted(one.evidence, key=lambda item: -float(item.get("points", 0)))]
    total = sum(float(item.get("points", 0)) for item in one.evidence)
    foot = html.Tr(
        [
            html.Th("Sum", scope="row"),
            html.Td(f"makes {one.probability * 100:.1f}{THIN}% probable ({one.channel}, tier {one.tier})"),
            html.Td(),
            html.Td(html.B(_points(total)), className="number"),
        ]
    )
    table = html.Table(
        [
            html.Caption("Evidence for and against", className="unseen"),
            html.Thead(
                html.Tr([html.Th(words, scope="col") for words in ("Evidence", "Found", "Against / for", "Points")])
            ),
            html.Tbody(rows),
            html.Tfoot(foot),
        ],
        className="data ledger",
    )
    meter = html.Div(
        [
            html.Span(f"{one.probability * 100:.0f}{THIN}%", className="number"),
            html.Span("probable", className="quiet"),
        ],
        className="probability",
    )
    decided = f"{STATES[one.state]}, by {one.decided_by} on {moment(one.decided_at)} UTC" if one.decided_by else ""
    return html.Div(
        [
            html.Div([html.H2("Evidence"), meter], className="card-head"),
            html.Div(table, className="scroll", tabIndex=0, role="region", **{"aria-label": "Evidence"}),
            html.P(decided, className="footnote") if decided else None,
        ],
        className="panel card card-body evidence",
    )


def _item(item: dict[str, Any], largest: float) -> Component:
    points = float(item.get("points", 0))
    width = f"{abs(points) / largest * 50:.1f}%"
    style = {"width": width, "left": "50%"} if points >= 0 else {"width": width, "right": "50%"}
    bar = html.Span(
        html.Span(className="for" if points >= 0 else "against", style=style),
        className="scale",
        **{"aria-hidden": "true"},
    )
    return html.Tr(
        [
            html.Th(str(item.get("kind", "")).replace("_", " "), scope="row"),
            html.Td(str(item.get("detail", ""))),
            html.Td(bar),
            html.Td(_points(points), className="number"),
        ]
    )


def _points(value: float) -> str:
    words = f"{value:+.2f}".replace("-", "−")
    return "0.00" if words in ("+0.00", "−0.00") else words
