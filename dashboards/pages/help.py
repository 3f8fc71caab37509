"""Help: the rule of every number, the search language, the keys."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import THIN, counted
from dashboards.page import Content, Desk, Page, pages
from dashboards.panel import slot
from puma.dimensions import DIMENSIONS
from puma.measuring import Metric, metrics
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
PARTS = {
    "rules": "Rules of all numbers", "words": "Links and counting", "search": "Search, keys, pages",
    "dimensions": "What numbers can be cut and filtered by",
}  # fmt: skip


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
            html.Nav(
                [html.A(words, href=f"#help-{part}", className="tab") for part, words in PARTS.items()],
                className="tabs",
                **{"aria-label": "On this page"},
            ),
            html.Div([slot(PATH, "rules", height=400)], className="grid"),
            html.Div([slot(PATH, "words", height=240), slot(PATH, "search", height=240)], className="grid two"),
            html.Div([slot(PATH, "dimensions", height=300)], className="grid"),
        ],
        className="wide",
    )


def _card(part: str, *parts: Component) -> Component:
    heading = html.Div(html.H2(PARTS[part], id=f"help-{part}"), className="card-head")
    return html.Div([heading, *parts], className="card-body prose")


def rules(desk: Desk) -> Content:
    shown = sorted((one for one in metrics().values() if desk.viewer.at_least(one.role)), key=lambda one: one.label)
    columns = [Column("Measure"), Column("Unit"), Column("Rule"), Column("Can be cut by")]
    rows = [
        [
            Cell(html.Span([html.B(one.label), html.Br(), html.Span(one.kpi, className="quiet")]), one.label),
            Cell("%" if one.unit == "share" else one.unit),
            Cell(one.rule()),
            Cell(_cuts(one), len(one.dimensions)),
        ]
        for one in shown
    ]
    return _card("rules", data_table("Rules of all numbers", columns, rows))


def _cuts(one: Metric) -> Component:
    """What a number can be cut by, folded: most rules are shorter than the list."""
    names = ", ".join(d.label.lower() for d in one.dimensions)
    return html.Details([html.Summary(counted(len(one.dimensions), "dimensions")), html.P(names, className="small")])


def words(desk: Desk) -> Content:
    policies = [html.Li([html.B(f"{name}: "), text]) for name, text in POLICIES.items()]
    countings = [html.Li([html.B(f"{name}: "), text]) for name, text in COUNTINGS.items()]
    provisional = "A year of publication is provisional until the end of the next one."
    return _card(
        "words",
        html.H3("Which links count"),
        html.Ul(policies),
        html.H3("How is counted"),
        html.Ul(countings),
        html.P(f"Missing is not zero:{THIN}what is not known is left out and said so. {provisional}"),
    )


def search(desk: Desk) -> Content:
    keys = [html.Li([html.Kbd(key), f" {what}"]) for key, what in KEYS]
    found = [html.Li([html.A(p.title, href=p.path, className="go"), ": ", p.help]) for p in pages().values() if p.menu]
    return _card(
        "search",
        html.P(HELP),
        html.H3("Keys on the review page"),
        html.Ul(keys),
        html.H3("Pages"),
        html.Ul(found),
    )


def dimensions(desk: Desk) -> Content:
    rows = [[Cell(html.B(d.label), d.label), Cell(d.slug), Cell(d.help)] for d in DIMENSIONS.values()]
    return _card(
        "dimensions",
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
