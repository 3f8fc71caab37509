"""The records behind a number: every number of every page opens here as a list, of a rate each part of it."""

from collections.abc import Sequence

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import years
from dashboards.drawing.chart import footnote, spelled
from dashboards.drawing.exporting import export_menu, export_of
from dashboards.drawing.lists import record_list
from dashboards.drawing.words import amount
from dashboards.frame.controls import chips
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome
from puma.listing import KINDS as LISTS
from puma.measuring import Metric, metric

HEADINGS = {
    "numerator": "Records in the numerator",
    "rest": "The rest of the denominator",
    "all": "All records of the denominator",
    "left out": "Records that are left out",
}
ALL = "All records that are counted"
TABS = {"numerator": "Numerator", "rest": "The rest", "all": "All", "left out": "Left out"}
"""The parts of a number that a list shows one of; the first is shown first."""


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
        html.P(f"This number cannot be narrowed by {spelled(asked.ignored)}: it is of all.", className="aside")
        if asked.ignored
        else None,
    ]


def behind_list(desk: Desk) -> Content:
    one = metric(desk.state.one("metric", "publications"))
    if one.counted_only:
        return html.P(
            "What people say of themselves is counted only: nobody is told whom a number counts.", className="card-body"
        )
    asked = desk.ask(one.slug)
    question = asked.answer.question
    parts = _parts(desk, one)
    here = _part(desk, parts)
    lists = {part: desk.installation.records_behind(desk.viewer, question, part=part) for part in parts}
    ids = lists[here]
    what = next((name for name, kind in LISTS.items() if kind == one.kind), "")
    hidden = what == "persons" and not desk.viewer.at_least("user_office")
    menu = None if hidden else export_menu(export_of(question, here), len(ids), what)
    heading = html.Div([html.H2(_heading(one, here)), menu], className="card-head")
    tabs = [
        html.A([TABS[part], html.Span(amount(len(lists[part])), className="tab-count")],
               href=desk.state.put("part", part).query(), className="tab go",
               **({"aria-current": "page"} if part == here else {}))
        for part in parts
    ]  # fmt: skip
    return html.Div(
        [
            heading,
            html.Nav(tabs, className="tabs", **{"aria-label": "Parts of the number"}) if len(parts) > 1 else None,
            record_list(desk, one.kind, ids, f"Records behind {one.label}"),
        ],
        className="card-body",
    )


def _parts(desk: Desk, one: Metric) -> list[str]:
    """The lists that there are: what is left out, and of a rate its parts; but which people it counts is for the user
    office alone."""
    if one.kind == "person" and not desk.viewer.at_least("user_office"):
        return ["all"]
    if not one.is_rate:
        return ["all", "left out"] if one.left_out else ["all"]
    return [part for part in TABS if part != "left out" or one.left_out]


def _part(desk: Desk, parts: Sequence[str]) -> str:
    return desk.state.one("part") if desk.state.one("part") in parts else parts[0]


def _heading(one: Metric, part: str) -> str:
    if one.is_rate or part == "left out":
        return HEADINGS[part]
    return "Sessions of these visits" if one.fact == "visits" and one.kind == "experiment" else ALL


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
