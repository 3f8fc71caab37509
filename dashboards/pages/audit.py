"""The audit for administrators: sign-ins, rights, views of confidential lists and decisions, filtered and as CSV."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from dash import dcc

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.lists import paging
from dashboards.drawing.markup import AsIs
from dashboards.drawing.tables import Cell, Column, data_table, shortened
from dashboards.drawing.words import amount
from dashboards.frame.controls import control_id
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot
from puma.listing.trail import TOPICS, Trace, trail

PATH = "/audit"
AT_ONCE = 50
LABELS = {"sign-ins": "Sign-ins", "rights": "Rights", "confidential": "Confidential views", "decisions": "Decisions"}


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Audit"),
                    html.P("What was done and seen here. It only ever grows; nobody can change it.", className="lead"),
                ],
                className="title",
            ),
            slot(PATH, "filters", kind="bare", height=80),
            html.Div([slot(PATH, "trail", height=420)], className="grid"),
        ],
        className="wide",
    )


def _chosen(desk: Desk) -> dict[str, Any]:
    topic = desk.state.one("topic")
    return {
        "topic": topic if topic in TOPICS else "",
        "who": desk.state.one("who")[:300],
        "since": _day(desk.state.one("since")),
        "until": _day(desk.state.one("until")),
    }


def filters(desk: Desk) -> Content:
    chosen = _chosen(desk)
    parts = [
        widgets.Select(
            id=control_id("topic"), label="Topic", value=chosen["topic"] or None, placeholder="all", clearable=True,
            data=[{"value": topic, "label": LABELS[topic]} for topic in TOPICS], className="control",
        ),
        widgets.TextInput(id=control_id("who"), label="Who", value=chosen["who"], debounce=600, className="control"),
        widgets.TextInput(
            id=control_id("since"), label="From day (UTC)", value=desk.state.one("since"), placeholder="2026-01-31",
            debounce=600, className="control",
        ),
        widgets.TextInput(
            id=control_id("until"), label="To day (UTC)", value=desk.state.one("until"), placeholder="2026-12-31",
            debounce=600, className="control",
        ),
    ]  # fmt: skip
    standing = dcc.Store(id={"type": "standing", "of": "audit"}, data=desk.state.query())
    return html.Div([html.Div(parts, className="controls"), standing], className="filters")


def entries(desk: Desk) -> Content:
    chosen = _chosen(desk)
    number = max(desk.state.number("page", 1), 1)
    found = trail(desk.installation.storage, desk.viewer, **chosen, offset=(number - 1) * AT_ONCE, limit=AT_ONCE)
    query = urlencode({name: str(value) for name, value in chosen.items() if value})
    csv = html.A("CSV", href=f"/api/v1/audit.csv?{query}", className="act", **{"aria-label": "The audit as CSV"})
    head = html.Div([html.H2("Entries, newest first"), html.Div(csv, className="actions")], className="card-head")
    if not found.items:
        return html.Div([head, nothing("entries", "Nothing of that kind was done or seen.")], className="card-body")
    names = ("When (UTC)", "Who", "Role", "What", "Where", "Confidential records", "Detail")
    columns = [Column(name, name == "Confidential records") for name in names]
    table = data_table("Audit", columns, [_row(one) for one in found.items], cards=True)
    said = html.P(f"{amount(found.total)} in all", className="footnote")
    return html.Div([head, table, said, paging(desk, found.total, AT_ONCE)], className="card-body list")


def _row(one: Trace) -> list[Cell]:
    when = html.Span(f"{one.at:%Y-%m-%d %H:%M:%S}", className="one-line")
    return [
        Cell(when, one.at.isoformat()),
        Cell(one.who or "nobody known"),
        Cell(one.role.replace("_", " ")),
        Cell(one.act),
        Cell(shortened(AsIs(one.place))),
        Cell(amount(one.count) if one.count is not None else "", one.count or 0),
        Cell(shortened(one.detail)),
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


PAGE = Page(
    path=PATH,
    title="Audit",
    layout=layout,
    panels={"filters": filters, "trail": entries},
    menu="Admin",
    tab="Audit",
    order=80,
    role="admin",
    help="Who signed in, who saw confidential lists, who decided what.",
)
