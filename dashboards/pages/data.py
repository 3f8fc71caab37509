"""Data: datasets, who cites them, plans for them, and how they are carried away."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import focus_year, stack, tiles, top, years
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome

PATH = "/data"
TILES = ("datasets", "data_citation_share", "dmp_share", "transferred_bytes")


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=130),
            html.Div([slot(PATH, "datasets", height=392), slot(PATH, "cited", height=392)], className="grid two"),
            html.Div(
                [slot(PATH, "instruments", height=420), slot(PATH, "publishers", height=420)], className="grid two"
            ),
            html.Div([slot(PATH, "plans", height=392), slot(PATH, "carried", height=392)], className="grid two"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    return heading(desk, PATH, "Data", "Datasets with a DOI or catalogue entry, and what becomes of them.")


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument"), policy="policy")


PAGE = Page(
    path=PATH,
    title="Data",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "datasets": lambda desk: years(desk, "datasets", "Datasets per year of their creation", "datasets"),
        "cited": lambda desk: years(desk, "cited", "Articles that cite data of the facility", "data_citation_share"),
        "instruments": lambda desk: top(
            desk, "instruments", "Datasets by instrument", "datasets", "instrument", most=12
        ),
        "publishers": lambda desk: top(desk, "publishers", "Datasets by publisher", "datasets", "publisher", most=8),
        "plans": lambda desk: years(
            desk, "plans", "Accepted proposals with a data management plan, per year of their call", "dmp_share"
        ),
        "carried": lambda desk: stack(desk, "carried", "Data carried away per year", "transferred_bytes", "route"),
    },
    menu="Dashboards",
    tab="Data",
    order=15,
    help="Datasets, data citation, data management plans, transfers.",
)
