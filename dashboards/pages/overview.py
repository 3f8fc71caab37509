"""Overview: the facility's year at a glance."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import (
    FIRST_COUNTRY,
    OPENNESS,
    countries,
    focus_year,
    institutions,
    proposals_by_decision,
    stack,
    tiles,
    top,
    years,
)
from dashboards.drawing.reports import report_box
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import tabs
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot, welcome
from puma.listing import instrument_groups

TILES = (
    "publications",
    "open_access_share",
    "international_share",
    "proposals",
    "acceptance_rate",
    "experiments",
    "users",
    "delivered_hours",
)


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot("/", "title", kind="bare title"),
            slot("/", "filters", kind="bare", height=86),
            slot("/", "tiles", kind="bare", height=230),
            html.Div([slot("/", "publications", height=392), slot("/", "proposals", height=392)], className="grid two"),
            html.Div([slot("/", "countries", height=470)], className="grid"),
            html.Div(
                [slot("/", "first_countries", height=420), slot("/", "open_access", height=420)], className="grid two"
            ),
            html.Div(
                [slot("/", "instruments", height=480), slot("/", "institutions", height=480)], className="grid two"
            ),
            html.Div([slot("/", "groups", kind="card optional")], className="grid"),
            html.Div([slot("/", "sectors", height=300), slot("/", "types", height=300)], className="grid two"),
            html.Div([slot("/", "staff", kind="card optional")], className="grid"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    year = focus_year(desk)
    when = f"{year} at a glance" if year else f"{desk.state.one('year').replace('-', '–')} at a glance"
    facility = desk.installation.settings.facility.name
    return [
        tabs(desk, "/"),
        html.H1(when),
        html.P(f"{facility}: proposals, beam time, users and the science that came of them.", className="lead"),
        html.Div(report_box(desk, "facility"), className="own"),
    ]


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "group", "country", "sector", "type"), policy="policy counting")


def groups(desk: Desk) -> Content:
    """Publications by instrument group, each leading to its page; nothing where there are no groups."""
    if not instrument_groups(desk.installation.storage, desk.viewer):
        return None
    title = "Publications by instrument group"
    return top(desk, "groups", title, "publications", "group", most=12, href=_group)


def staff(desk: Desk) -> Content:
    """What staff published without beam time, which all other numbers leave out; where nothing can tell, who may set it
    is told how, and nobody else is bothered."""
    title = "Publications by staff alone, per year"
    if desk.installation.settings.facility.ror or desk.ask("staff_publications").answer.total:
        return years(desk, "staff", title, "staff_publications")
    if desk.viewer.role != "admin":
        return None
    empty = nothing(
        "way to tell staff apart yet",
        "The facility is known among the affiliations by its ROR id, and the settings do not give it.",
        "Write it into puma.toml as `ror` under [facility]; the next start and harvest count them.",
    )
    return html.Div([html.Div(html.H2(title), className="card-head"), empty], className="card-body sheet-less")


def _group(key: str) -> str:
    return f"/group/{key}" if key else ""


PAGE = Page(
    path="/",
    title="Overview",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "publications": lambda desk: years(desk, "publications", "Publications per year", "publications"),
        "proposals": lambda desk: proposals_by_decision(desk, "proposals"),
        "countries": lambda desk: countries(
            desk, "countries", "Publications by country of the authors", "publications"
        ),
        "first_countries": lambda desk: top(
            desk, "first_countries", FIRST_COUNTRY, "publications", "first_country", most=10
        ),
        "instruments": lambda desk: top(
            desk, "instruments", "Publications by instrument", "publications", "instrument", most=12
        ),
        "open_access": lambda desk: stack(
            desk,
            "open_access",
            "Publications per year, by open-access status",
            "publications",
            "open_access",
            order=OPENNESS,
        ),
        "groups": groups,
        "institutions": lambda desk: institutions(
            desk,
            "institutions",
            ("Publications by institution", "Publications by root organisation"),
            "publications",
            most=12,
        ),
        "sectors": lambda desk: top(
            desk, "sectors", "Publications by sector of the institutions", "publications", "sector", most=9
        ),
        "types": lambda desk: top(desk, "types", "Publications by type", "publications", "type", most=8),
        "staff": staff,
    },
    roles={"proposals": "viewer"},
    menu="Dashboards",
    tab="Facility",
    order=10,
    help="The facility's year at a glance.",
)
