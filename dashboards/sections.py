"""The dashboards side by side: one row of tabs, so that a reader goes from country to users and keeps the filters."""

from dash.development.base_component import Component

from dashboards import tags as html
from dashboards.page import Desk
from puma.dimensions import DIMENSIONS

DASHBOARDS = {
    "/": "Facility",
    "/instrument": "Instruments",
    "/country": "Countries",
    "/proposals": "Proposals",
    "/users": "Users",
    "/data": "Data",
    "/citations": "Journals and citations",
    "/compare": "Compare",
}
"""Path -> its word. Each asks for the same filters as far as it can follow them."""

CARRIED = ("year", "policy", "counting")
"""What goes along from one dashboard to the next; a filter on an instrument or country stays where it was set."""


def tabs(desk: Desk, here: str) -> Component:
    """Links to all dashboards; the present one is marked."""
    state = desk.state.without(*(key for key in desk.state.values if key not in CARRIED))
    query = state.query() if state.values else ""
    links = [
        html.A(words, href=f"{path}{query}", className="tab go", **({"aria-current": "page"} if path == here else {}))
        for path, words in DASHBOARDS.items()
    ]
    return html.Nav(links, className="tabs dashboards", **{"aria-label": "Dashboards"})


def heading(desk: Desk, here: str, title: str, lead: str) -> list[Component]:
    """The tabs, the title and its sentence, with the filters that are not followed named by the charts themselves."""
    chosen = [DIMENSIONS[slug].label.lower() for slug in desk.state.filters]
    with_filters = f" Filtered by {', '.join(chosen)}." if chosen else ""
    return [tabs(desk, here), html.H1(title), html.P(f"{lead}{with_filters}", className="lead")]
