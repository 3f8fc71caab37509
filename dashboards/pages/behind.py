"""The records behind a number: every number of every page opens here as a list."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import years
from dashboards.drawing.chart import footnote
from dashboards.drawing.exporting import export_menu
from dashboards.drawing.lists import record_list
from dashboards.drawing.words import amount
from dashboards.frame.controls import chips
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome
from puma.listing import KINDS as LISTS
from puma.measuring import metric


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
    address = f"/api/v1/exports/behind{desk.state.put('metric', one.slug).without('page').query()}"
    what = next((name for name, kind in LISTS.items() if kind == one.kind), "")
    menu = (
        None if what == "persons" and not desk.viewer.at_least("user_office") else export_menu(address, len(ids), what)
    )
    heading = html.Div([html.H2(_heading(one.record, is_rate=one.is_rate)), menu], className="card-head")
    return html.Div([heading, record_list(desk, one.kind, ids, f"Records behind {one.label}")], className="card-body")


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
