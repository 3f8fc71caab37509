"""Proposals: how much was asked for, how much was given, and what came of it."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import focus_year, proposals_by_decision, stack, tiles, top, years
from dashboards.drawing.compared import compared
from dashboards.drawing.waiting import waiting
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome

PATH = "/proposals"
TILES = (
    "proposals", "acceptance_rate", "oversubscription", "allocated_hours", "delivered_share", "yield_3_years",
    "publication_debt", "time_to_publication", "papers_per_proposal", "papers_per_beam_day", "reports_overdue",
    "industrial_hours",
)  # fmt: skip


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.H2("Demand and decisions", className="chapter"),
            html.Div([slot(PATH, "decisions", height=392), slot(PATH, "types", height=392)], className="grid two"),
            html.Div([slot(PATH, "asked", height=392), slot(PATH, "wanted", height=392)], className="grid two"),
            html.H2("Beam time given, used and lost", className="chapter"),
            html.Div([slot(PATH, "given", height=392), slot(PATH, "used", height=392)], className="grid two"),
            html.Div([slot(PATH, "kept", height=392), slot(PATH, "lost", height=392)], className="grid two"),
            html.Div([slot(PATH, "offered", height=392), slot(PATH, "use", height=392)], className="grid two"),
            html.Div([slot(PATH, "industrial", height=392), slot(PATH, "late", height=392)], className="grid two"),
            html.H2("From beam time to publications", className="chapter"),
            html.Div([slot(PATH, "curve", height=640)], className="grid"),
            html.Div([slot(PATH, "yield", height=392), slot(PATH, "yield_types", height=392)], className="grid two"),
            html.Div([slot(PATH, "yield_2", height=392), slot(PATH, "yield_5", height=392)], className="grid two"),
            html.Div([slot(PATH, "debt", height=392), slot(PATH, "wait", height=392)], className="grid two"),
            html.Div([slot(PATH, "each", height=392), slot(PATH, "split", height=392)], className="grid two"),
            html.H2("Instrument by instrument, and per beam day", className="chapter"),
            html.Div([slot(PATH, "instruments", height=392), slot(PATH, "sessions", height=392)], className="grid two"),
            html.Div([slot(PATH, "perday", height=392), slot(PATH, "atonce", height=392)], className="grid two"),
            html.Div([slot(PATH, "perdayby", height=420)], className="grid"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    lead = "What was asked for and given, and which beam time led to publications, and when."
    owed = html.A("Whom to remind: owed papers", href=f"/owed{desk.state.query()}", className="button small go")
    may = desk.viewer.at_least("scientist") and desk.installation.snapshot() is not None
    return [*heading(desk, PATH, "Proposals", lead), *([html.Div([owed], className="own")] if may else [])]


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "group", "country", "sector"), policy="policy")


PAGE = Page(
    path=PATH,
    title="Proposals",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "decisions": lambda desk: proposals_by_decision(desk, "decisions"),
        "types": lambda desk: stack(desk, "types", "Proposals per year of their call, by type", "proposals", "type"),
        "asked": lambda desk: years(
            desk, "asked", "Beam time asked for, over beam time given, per year of the call", "oversubscription"
        ),
        "wanted": lambda desk: stack(
            desk, "wanted", "Hours asked for per year of the call, by type", "requested_hours", "type"
        ),
        "given": lambda desk: stack(desk, "given", "Allocated hours per year, by type", "allocated_hours", "type"),
        "used": lambda desk: stack(
            desk, "used", "Delivered hours per year of the session, by type of proposal", "delivered_hours", "type"
        ),
        "kept": lambda desk: years(
            desk, "kept", "Delivered over allocated hours, per year of the session", "delivered_share"
        ),
        "lost": lambda desk: stack(
            desk, "lost", "Hours of beam time lost per year of the session, by reason", "lost_hours", "reason",
            order=("machine", "instrument", "user", "cancellation", "unknown"),
        ),
        "offered": lambda desk: years(
            desk, "offered", "Beam time asked for, over beam time on offer, per year of the call",
            "oversubscription_on_offer",
        ),
        "use": lambda desk: stack(
            desk, "use", "Use of the available beam time per year, by type of proposal", "beam_time_use", "type"
        ),
        "industrial": lambda desk: years(
            desk, "industrial", "Hours delivered to proprietary proposals, per year of the session", "industrial_hours"
        ),
        "late": lambda desk: years(
            desk, "late", "Share of reports overdue, per year of the session", "reports_overdue_share"
        ),
        "curve": lambda desk: waiting(desk, "curve"),
        "yield": lambda desk: years(
            desk, "yield", "Share of proposals with a publication within 3 years, per year of first session",
            "yield_3_years",
        ),
        "yield_types": lambda desk: top(
            desk, "yield_types", "Share of proposals with a publication within 3 years, by type",
            "yield_3_years", "type",
        ),
        "yield_2": lambda desk: years(
            desk, "yield_2", "Share of proposals with a publication within 2 years, per year of first session",
            "yield_2_years",
        ),
        "yield_5": lambda desk: years(
            desk, "yield_5", "Share of proposals with a publication within 5 years, per year of first session",
            "yield_5_years",
        ),
        "debt": lambda desk: years(
            desk, "debt", "Share of proposals that owe a publication, per year of their first session",
            "publication_debt",
        ),
        "wait": lambda desk: years(
            desk, "wait", "Median years to the first publication, per year of the first session", "time_to_publication"
        ),
        "instruments": lambda desk: top(
            desk, "instruments", "Allocated hours by instrument", "allocated_hours", "instrument", most=12
        ),
        "each": lambda desk: years(
            desk, "each", "Publications per proposal, per year of the first session", "papers_per_proposal"
        ),
        "split": lambda desk: years(
            desk, "split", "Publications per proposal, each split over its proposals, per year of the first session",
            "papers_per_proposal_split",
        ),
        "sessions": lambda desk: top(
            desk, "sessions", "Experiments by instrument", "experiments", "instrument", most=12
        ),
        "perday": lambda desk: years(
            desk, "perday", "Articles of three years per beam day of the three years that ended two years before",
            "papers_per_beam_day",
        ),
        "atonce": lambda desk: years(
            desk, "atonce", "Articles of three years per beam day of the same years", "papers_per_beam_day_at_once"
        ),
        "perdayby": lambda desk: compared(
            desk, "perdayby", "Articles per beam day by instrument, each article split over its instruments",
            "papers_per_beam_day",
        ),
    },
    role="viewer",
    roles=dict.fromkeys(("asked", "wanted", "offered", "use", "industrial", "late"), "user_office"),
    menu="Dashboards",
    tab="Proposals",
    order=14,
    help="Demand, acceptance, oversubscription, use and loss of beam time, yield and time to publication.",
)  # fmt: skip
