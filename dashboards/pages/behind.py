"""The records behind a number: every number of every page opens here as a list."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import years
from dashboards.drawing.chart import footnote
from dashboards.drawing.lists import record_list
from dashboards.drawing.words import amount
from dashboards.frame.controls import chips
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome
from puma.measuring import metric

KIND = {
    "works": "publication",
    "proposals": "proposal",
    "experiments": "experiment",
    "datasets": "dataset",
    "outcomes": "proposal",
    "transfers": "transfer",
    "pdb_entries": "dataset",
}
"""What a fact is a record of, where it is one itself."""
BY_RECORD = {
    "person_id": "person",
    "proposal_id": "proposal",
    "experiment_id": "experiment",
    "publication_id": "publication",
    "paper_id": "publication",
    "record_id": "instrument",
}
"""Else the record that the metric names."""


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot("/behind", "title", kind="bare title"),
            html.Div([slot("/behind", "list", height=300)], className="grid"),
            html.Div([slot("/behind", "years", height=380)], className="grid"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    one = metric(desk.state.one("metric", "publications"))
    asked = desk.ask(one.slug)
    return [
        html.P("The records behind", className="kicker"),
        html.H1(f"{one.label}: {amount(asked.answer.total, one.unit)}"),
        html.P(one.rule(), className="lead"),
        html.P(footnote(desk, asked), className="footnote"),
        chips(desk),
    ]


def behind_list(desk: Desk) -> Content:
    one = metric(desk.state.one("metric", "publications"))
    asked = desk.ask(one.slug)
    ids = desk.installation.records_behind(desk.viewer, asked.answer.question)
    kind = BY_RECORD.get(one.record) or KIND[one.fact]
    heading = html.Div(html.H2(_heading(one.record, is_rate=one.is_rate)), className="card-head")
    return html.Div([heading, record_list(desk, kind, ids, f"Records behind {one.label}")], className="card-body")


def _heading(record: str, *, is_rate: bool) -> str:
    if is_rate:
        return "All records of the denominator"
    return "Sessions of these visits" if record == "experiment_id" else "All records that are counted"


def by_year(desk: Desk) -> Content:
    one = metric(desk.state.one("metric", "publications"))
    return years(desk, "years", f"{one.label} by year", one.slug)


PAGE = Page(
    path="/behind",
    title="Behind a number",
    layout=layout,
    panels={"title": title, "list": behind_list, "years": by_year},
    help="The records that a number counts.",
)
