"""Users: how many, from where, how they came, and whether they come back."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import countries, focus_year, institutions, stack, tiles, top, years
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome

PATH = "/users"
TILES = (
    "users", "user_visits", "remote_share", "new_users", "user_retention", "experiments", "cross_facility_users_share",
    "industrial_users_share", "company_share", "industrial_hours", "students_share",
    "career_stage_undeclared_share",
)  # fmt: skip


def layout(desk: Desk) -> Content:
    return welcome(desk) or html.Div(
        [
            slot(PATH, "title", kind="bare title"),
            slot(PATH, "filters", kind="bare", height=86),
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "access", height=392), slot(PATH, "sessions", height=392)], className="grid two"),
            html.Div([slot(PATH, "countries", height=470)], className="grid"),
            html.Div([slot(PATH, "new", height=392), slot(PATH, "back", height=392)], className="grid two"),
            html.Div([slot(PATH, "students", height=392), slot(PATH, "stages", height=392)], className="grid two"),
            html.Div([slot(PATH, "genders", height=392), slot(PATH, "undeclared", height=392)], className="grid two"),
            html.Div([slot(PATH, "several", height=392), slot(PATH, "authors", height=392)], className="grid two"),
            html.Div([slot(PATH, "institutions", height=420), slot(PATH, "sectors", height=420)], className="grid two"),
        ],
        className="wide",
    )


def title(desk: Desk) -> Content:
    lead = "Who comes, from where, on site or from afar, and who comes back. Fewer than five people are never shown."
    return heading(desk, PATH, "Users", lead)


def filters(desk: Desk) -> Content:
    return filter_bar(desk, ("year", "instrument", "group", "country", "sector"), policy="")


def nowhere(_value: str) -> str:
    """What people say of themselves is no filter, and leads to no list."""
    return ""


PAGE = Page(
    path=PATH,
    title="Users",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "tiles": lambda desk: tiles(desk, TILES, year=focus_year(desk)),
        "access": lambda desk: stack(
            desk, "access", "Users per year, each once, by how they came", "users_by_access", "access",
            order=("on-site", "remote", "data", "other"),
        ),
        "sessions": lambda desk: stack(desk, "sessions", "Experiments per year, by mode", "experiments", "mode"),
        "countries": lambda desk: countries(desk, "countries", "User visits by country of the user", "user_visits"),
        "new": lambda desk: years(desk, "new", "New users per year", "new_users"),
        "back": lambda desk: years(
            desk, "back", "Share of users who came back within 3 years, per year of their visit", "user_retention"
        ),
        "students": lambda desk: years(
            desk, "students", "Students among users, per year of the session", "students_share"
        ),
        "stages": lambda desk: top(
            desk, "stages", "Users by career stage, of those who declared one", "career_stage_share", "career_stage",
            href=nowhere,
        ),
        "genders": lambda desk: top(
            desk, "genders", "Users by gender, of those who declared one", "gender_share", "gender", href=nowhere
        ),
        "undeclared": lambda desk: years(
            desk, "undeclared", "Users who declared no gender, per year of the session", "gender_undeclared_share"
        ),
        "several": lambda desk: years(
            desk, "several", "Users who came to several facilities, per year of the session",
            "cross_facility_users_share",
        ),
        "authors": lambda desk: years(
            desk, "authors", "Authors, taken as users, who published from several facilities, per year of publication",
            "cross_facility_authors_share",
        ),
        "institutions": lambda desk: institutions(
            desk, "institutions", ("User visits by institution", "User visits by root organisation"), "user_visits",
            most=12,
        ),
        "sectors": lambda desk: top(desk, "sectors", "User visits by sector", "user_visits", "sector", most=8),
    },
    role="viewer",
    menu="Dashboards",
    tab="Users",
    order=15,
    help="Users by access, country, institution and sector; new ones and those who come back.",
)  # fmt: skip
