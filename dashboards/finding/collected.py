"""A collection's own report: the figures of its records alone, and the way to print or freeze it."""

from dataclasses import replace
from functools import partial

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import OPENNESS, countries, institutions, proposals_by_decision, stack, tiles, top, years
from dashboards.drawing.nations import pair_list, together_card
from dashboards.drawing.reports import report_box
from dashboards.drawing.techniques import techniques
from dashboards.drawing.topics import topics
from dashboards.drawing.words import counted
from dashboards.frame.controls import filter_bar
from dashboards.page import Content, Desk, Draw
from dashboards.panel import slot
from puma import keeping
from puma.errors import NotHere
from puma.keeping import CollectionView

PATH = "/collections"
REPORT = "report"
"""What follows the number of a collection in the address of its report."""
TILES = (
    "publications_known", "publications", "open_access_share", "international_share", "citations", "proposals",
    "experiments", "delivered_hours", "users", "datasets",
)  # fmt: skip
FOR_VIEWERS = ("proposals", "sessions", "visits")
"""Panels of it for people with an account."""


def is_report(desk: Desk) -> bool:
    """Whether the address is that of a collection's report."""
    return desk.rest.partition("/")[2] == REPORT


def shown(desk: Desk) -> CollectionView:
    """The collection of the path. Raises NotHere when there is none for this viewer."""
    number, _, part = desk.rest.partition("/")
    if part not in ("", REPORT) or not (number.isascii() and number.isdigit() and len(number) < 16):
        raise NotHere("There is no such collection.")
    return keeping.collection(desk.installation.storage, desk.viewer, int(number))


def here(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The filter that the path means."""
    return {"collection": (str(shown(desk).id),)}


def frame() -> Component:
    """The places of the report's parts."""
    pairs = (("types", "openness"), ("proposals", "sessions"), ("instruments", "journals"))
    return html.Div(
        [
            slot(PATH, "about", kind="bare title", height=120),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            *(
                html.Div([slot(PATH, one, height=392), slot(PATH, other, height=392)], className="grid two")
                for one, other in pairs
            ),
            html.Div([slot(PATH, "countries", height=470)], className="grid"),
            html.Div([slot(PATH, "institutions", height=420), slot(PATH, "sectors", height=420)], className="grid two"),
            html.Div([slot(PATH, "together", height=520)], className="grid"),
            html.Div([slot(PATH, "pair", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "visits", height=392), slot(PATH, "datasets", height=392)], className="grid two"),
            html.Div([slot(PATH, "topics", height=420)], className="grid"),
            html.Div([slot(PATH, "techniques", height=420)], className="grid"),
        ],
        className="wide",
    )


def about(desk: Desk) -> Content:
    """Title, what is counted, and the report on paper."""
    this = shown(desk)
    said = (
        f"The figures of its {counted(this.count, 'documents')} alone. Numbers of publications count those linked to "
        "beam time; beam time, experiments and visits are those of its proposals and sessions."
    )
    every = html.A("All dashboards of it", href=f"/?collection={this.id}", className="button small go")
    return [
        html.P(
            [html.A("Collections", href=PATH, className="go"), html.Span("›"),
             html.A(this.title, href=f"{PATH}/{this.id}", className="go")],
            className="kicker spaced",
        ),
        html.H1(["Report: ", html.Span(this.title)]),
        html.P(said, className="lead"),
        html.Div([report_box(desk, "collection", str(this.id)), every], className="own"),
    ]  # fmt: skip


def _filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "country", "type"), policy="policy counting")


def _top(slug: str, cut: str, title: str, most: int, desk: Desk, *, name: str) -> Content:
    return top(desk, name, title, slug, cut, most=most, filters=here(desk))


def _stack(slug: str, cut: str, title: str, desk: Desk, *, name: str) -> Content:
    order = OPENNESS if cut == "open_access" else ()
    return stack(desk, name, title, slug, cut, order=order, filters=here(desk))


_PARTS: dict[str, Draw] = {
    "about": about,
    "filters": _filters,
    "tiles": lambda desk: tiles(desk, TILES, here(desk)),
    "types": partial(_stack, "publications", "type", "Publications per year, by type", name="types"),
    "openness": partial(
        _stack, "publications", "open_access", "Publications per year, by open-access status", name="openness"
    ),
    "proposals": lambda desk: proposals_by_decision(desk, "proposals", here(desk)),
    "sessions": partial(_stack, "experiments", "mode", "Experiments per year, by mode", name="sessions"),
    "instruments": partial(
        _top, "publications", "instrument", "Publications by instrument", 12, name="instruments"
    ),
    "journals": partial(_top, "publications", "journal", "Publications by journal", 12, name="journals"),
    "countries": lambda desk: countries(
        desk, "countries", "Publications by country of the authors", "publications", here(desk)
    ),
    "institutions": lambda desk: institutions(
        desk, "institutions", ("Publications by institution", "Publications by root organisation"), "publications",
        most=12, filters=here(desk),
    ),
    "sectors": partial(
        _top, "publications", "sector", "Publications by sector of the institutions", 8, name="sectors"
    ),
    "together": lambda desk: together_card(desk, filters=here(desk)),
    "pair": lambda desk: pair_list(desk, filters=here(desk)),
    "visits": partial(_top, "user_visits", "country", "User visits by country of the user", 12, name="visits"),
    "datasets": lambda desk: years(
        desk, "datasets", "Datasets per year of their creation", "datasets", here(desk)
    ),
    "topics": lambda desk: topics(desk, filters=here(desk)),
    "techniques": lambda desk: techniques(desk, filters=here(desk)),
}  # fmt: skip


def _own(draw: Draw, desk: Desk) -> Content:
    """A part of the report; other web sites are offered it only where everybody may see the collection."""
    return draw(desk if shown(desk).visibility == "public" else replace(desk, path=""))


PANELS: dict[str, Draw] = {name: partial(_own, draw) for name, draw in _PARTS.items()}
"""The parts of the report, by name; each fails by itself where the collection is not shown."""
