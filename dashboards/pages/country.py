"""Countries: what each contributes and gets, what its people publish, and with whom."""

from dashboards.drawing import tags as html
from dashboards.drawing.blocks import FIRST_COUNTRY, countries, focus_year, institutions, stack, tiles, top, years
from dashboards.drawing.nations import balance_card, basis_control, pair_list, span, spelled, together_card
from dashboards.drawing.reports import report_box
from dashboards.drawing.words import word
from dashboards.frame.controls import filter_bar
from dashboards.frame.sections import heading
from dashboards.page import Content, Desk, Page
from dashboards.panel import slot, welcome
from puma.countries import country_code, country_name
from puma.errors import NotHere

PATH = "/country"
TILES = ("publications", "international_share", "proposals", "acceptance_rate", "allocated_hours", "user_visits")

OF_ONE = "This page is about the country above, whichever others the filter names."


def layout(desk: Desk) -> Content:
    if (before := welcome(desk)) is not None:
        return before
    parts = [slot(PATH, "title", kind="bare title"), slot(PATH, "filters", kind="bare", height=86)]
    if desk.rest:
        code(desk)
        parts += [
            slot(PATH, "tiles", kind="bare", height=230),
            html.Div([slot(PATH, "years", height=392), slot(PATH, "programmes", height=392)], className="grid two"),
            html.Div(
                [slot(PATH, "institutions", height=420), slot(PATH, "instruments", height=420)], className="grid two"
            ),
            html.Div([slot(PATH, "partners", height=420), slot(PATH, "sectors", height=420)], className="grid two"),
        ]
    else:
        parts += [
            html.Div([slot(PATH, "balance", height=520)], className="grid"),
            html.Div([slot(PATH, "map", height=470)], className="grid"),
            html.Div([slot(PATH, "first", height=480), slot(PATH, "visits", height=480)], className="grid two"),
        ]
    parts += [
        html.Div([slot(PATH, "together", height=520)], className="grid"),
        html.Div([slot(PATH, "pair", kind="card optional")], className="grid"),
    ]
    return html.Div(parts, className="wide")


def code(desk: Desk) -> str:
    """The two letters of the path. Raises NotHere for something else."""
    if len(desk.rest) == 2 and country_code(country_name(desk.rest)) == desk.rest:
        return desk.rest
    raise NotHere("A country is named by two capital letters of ISO 3166: /country/FR.")


def here(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The filter that the path means."""
    return {"country": (code(desk),)}


def of_span(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The years that all of the page is about: without a choice of its own every part would be of others."""
    first, last = span(desk)
    return {"year": desk.state.many("year") or (f"{first}-{last}",)}


def title(desk: Desk) -> Content:
    if not desk.rest:
        return heading(desk, PATH, "Countries", "What each contributes, what beam time it gets, and what comes of it.")
    parts = heading(desk, PATH, word("country", code(desk)), "Its publications, proposals, beam time and partners.")
    back = html.P(html.A("Countries", href=PATH, className="go"), className="kicker")
    return [parts[0], back, *parts[1:], html.Div(report_box(desk, "country", code(desk)), className="own")]


def filters(desk: Desk) -> Content:
    if desk.rest:
        remark = OF_ONE if desk.names_others(here(desk)) else ""
        keys = ("year", "instrument", "group", "sector", "type")
        return filter_bar(desk, keys, policy="policy counting", remark=remark)
    return filter_bar(desk, ("year",), policy="policy", more=[basis_control(desk)])


PAGE = Page(
    path=PATH,
    title="Countries",
    layout=layout,
    panels={
        "title": title,
        "filters": filters,
        "balance": balance_card,
        "map": lambda desk: countries(
            desk, "map", f"Publications by country of the authors, {spelled(span(desk))}", "publications", of_span(desk)
        ),
        "first": lambda desk: top(
            desk, "first", f"{FIRST_COUNTRY}, {spelled(span(desk))}", "publications", "first_country", most=12,
            filters=of_span(desk),
        ),
        "visits": lambda desk: top(
            desk, "visits", f"User visits by country of the user, {spelled(span(desk))}", "user_visits", "country",
            most=12, filters=of_span(desk),
        ),
        "together": lambda desk: together_card(desk, filters=here(desk) if desk.rest else None),
        "pair": lambda desk: pair_list(desk, filters=here(desk) if desk.rest else None),
        "tiles": lambda desk: tiles(
            desk, TILES, here(desk), year=focus_year(desk) if desk.state.many("year") else None
        ),
        "years": lambda desk: years(desk, "years", "Publications per year", "publications", here(desk)),
        "programmes": lambda desk: stack(
            desk, "programmes", "Proposals per year of their call, by type", "proposals", "type", filters=here(desk)
        ),
        "institutions": lambda desk: institutions(
            desk, "institutions", ("Publications by institution of their authors",
                                   "Publications by root organisation of their authors"), "publications", most=12,
            filters=here(desk), href=lambda key: f"/institution/{key}",
        ),
        "instruments": lambda desk: top(
            desk, "instruments", "Publications by instrument", "publications", "instrument", most=12, filters=here(desk)
        ),
        "partners": lambda desk: top(
            desk, "partners", "Publications shared with other countries", "publications", "country", most=12,
            but=code(desk),
            filters=here(desk), href=lambda key: f"{PATH}/{key}" if len(key) == 2 else "",
        ),
        "sectors": lambda desk: top(
            desk, "sectors", "Publications by sector of the institutions", "publications", "sector", most=8,
            filters=here(desk),
        ),
    },
    roles={"balance": "viewer", "programmes": "viewer", "visits": "viewer"},
    menu="Dashboards",
    tab="Countries",
    order=12,
    help="Contribution and beam time of each country, and who publishes with whom.",
)  # fmt: skip
