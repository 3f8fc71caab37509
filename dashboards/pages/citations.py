"""Journals and citations: where the publications appeared, how open they are, how often they were cited."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import OPENNESS, focus_year, stack, tiles, top, years
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome

PATH = "/citations"
TILES = (
    "publications", "citations", "h_index", "high_impact_share", "open_access_share", "multi_instrument_share",
    "company_share", "theses",
)  # fmt: skip


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "journals", height=520), slot(PATH, "cited", height=520)], className="grid two"),
            html.Div([slot(PATH, "years", height=392), slot(PATH, "listed", height=392)], className="grid two"),
            html.Div([slot(PATH, "open", height=392), slot(PATH, "instruments", height=392)], className="grid two"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    lead = "Counts of citations depend on their source, on age and on size: compare like with like."
    return heading(desk, PATH, "Journals and citations", lead)


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "country", "type"), policy="policy counting")


PAGE = Page(
    path=PATH,
    title="Journals and citations",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "journals": lambda desk: top(desk, "journals", "Publications by journal", "publications", "journal", most=15),
        "cited": lambda desk: top(desk, "cited", "Citations by journal", "citations", "journal", most=15),
        "years": lambda desk: years(desk, "years", "Citations of the publications of each year", "citations"),
        "listed": lambda desk: years(
            desk, "listed", "Articles in journals of the facility's list", "high_impact_share"
        ),
        "open": lambda desk: stack(
            desk, "open", "Publications per year, by open-access status", "publications", "open_access", order=OPENNESS
        ),
        "instruments": lambda desk: top(
            desk, "instruments", "Citations by instrument", "citations", "instrument", most=12
        ),
    },
    menu="Dashboards",
    tab="Journals and citations",
    order=16,
    help="Journals, open access, citations, with their source and date.",
)
