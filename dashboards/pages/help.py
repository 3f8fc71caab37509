"""Help: the rule of every number, the search language, the keys."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import THIN
from dashboards.page import Content, Desk, Page, pages
from dashboards.panel import slot
from puma.dimensions import DIMENSIONS
from puma.measuring import metrics
from puma.measuring.definition import COUNTINGS, POLICIES
from puma.search import HELP

PATH = "/help"
KEYS = (
    ("a", "accept the proposed link"),
    ("x", "reject it"),
    ("Space", "skip to the next"),
    ("Backspace", "undo the last decision"),
    ("j", "next"),
    ("k", "previous"),
    ("/", "go to the search box"),
)


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Help"),
                    html.P("What the numbers mean, how to search, which keys there are.", className="lead"),
                ],
                className="title",
            ),
            html.Div([slot(PATH, "rules", height=400)], className="grid"),
            html.Div([slot(PATH, "words", height=240), slot(PATH, "search", height=240)], className="grid two"),
            html.Div([slot(PATH, "dimensions", height=300)], className="grid"),
        ],
        className="wide",
    )


def _card(title: str, *parts: Component) -> Component:
    return html.Div([html.Div(html.H2(title), className="card-head"), *parts], className="card-body prose")


def rules(desk: Desk) -> Content:
    shown = [one for one in metrics().values() if desk.viewer.at_least(one.role)]
    columns = [Column("Measure"), Column("Unit"), Column("Rule"), Column("Can be cut by")]
    rows = [
        [
            Cell(html.Span([html.B(one.label), html.Br(), html.Span(one.kpi, className="quiet")]), one.label),
            Cell("%" if one.unit == "share" else one.unit),
            Cell(one.rule()),
            Cell(", ".join(d.label.lower() for d in one.dimensions)),
        ]
        for one in shown
    ]
    return _card("Rules of all numbers", data_table("Rules of all numbers", columns, rows))


def words(desk: Desk) -> Content:
    policies = [html.Li([html.B(f"{name}: "), text]) for name, text in POLICIES.items()]
    countings = [html.Li([html.B(f"{name}: "), text]) for name, text in COUNTINGS.items()]
    provisional = "A year of publication is provisional until the end of the next one."
    return _card(
        "Links and counting",
        html.H3("Which links count"),
        html.Ul(policies),
        html.H3("How is counted"),
        html.Ul(countings),
        html.P(f"Missing is not zero:{THIN}what is not known is left out and said so. {provisional}"),
    )


def search(desk: Desk) -> Content:
    keys = [html.Li([html.Kbd(key), f" {what}"]) for key, what in KEYS]
    found = [html.Li([html.A(p.menu, href=p.path, className="go"), f": {p.help}"]) for p in pages().values() if p.menu]
    return _card(
        "Search, keys, pages",
        html.P(HELP),
        html.H3("Keys on the review page"),
        html.Ul(keys),
        html.H3("Pages"),
        html.Ul(found),
    )


def dimensions(desk: Desk) -> Content:
    rows = [[Cell(html.B(d.label), d.label), Cell(d.slug), Cell(d.help)] for d in DIMENSIONS.values()]
    return _card(
        "What numbers can be cut and filtered by",
        data_table("Dimensions", [Column("Dimension"), Column("In addresses"), Column("Meaning")], rows),
    )


PAGE = Page(
    path=PATH,
    title="Help",
    layout=layout,
    panels={"rules": rules, "words": words, "search": search, "dimensions": dimensions},
    menu="Help",
    tab="Help",
    order=90,
    help="Rules of all numbers, the search language, keys.",
)
