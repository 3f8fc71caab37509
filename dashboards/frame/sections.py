"""Menus and their tabs: the pages of one menu side by side; the dashboards take their years and rules along."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.page import Desk, Page, pages
from puma.dimensions import DIMENSIONS

DASHBOARDS = "Dashboards"
"""The menu whose pages draw their tabs themselves, each time the filters change."""
CARRIED = ("year", "policy", "counting", "collection")
"""What goes along from one dashboard to the next: a collection has every dashboard as its report; a filter on an
instrument or country stays where it was set."""


def menus(desk: Desk) -> dict[str, list[Page]]:
    """The menus that this viewer may open, each with its pages in order."""
    found: dict[str, list[Page]] = {}
    for page in pages().values():
        if page.menu and desk.viewer.at_least(page.role):
            found.setdefault(page.menu, []).append(page)
    return found


def tabs(desk: Desk, path: str) -> Component | None:
    """Links to the pages of the same menu, the present one marked; nothing where it is the only one."""
    page = pages()[path]
    beside = menus(desk).get(page.menu, [])
    if len(beside) < 2:
        return None
    state = desk.state.without(*(key for key in desk.state.values if key not in CARRIED))
    query = state.query() if state.values and page.menu == DASHBOARDS else ""
    links = [
        html.A(
            one.tab or one.title,
            href=f"{one.path}{query}",
            className="tab go",
            **({"aria-current": "page"} if one.path == path else {}),
        )
        for one in beside
    ]
    return html.Nav(links, className="tabs sections", **{"aria-label": page.menu})


def heading(desk: Desk, path: str, title: str, lead: str) -> list[Component]:
    """The tabs, the title and its sentence, with the filters that are set."""
    chosen = [DIMENSIONS[slug].label.lower() for slug in desk.state.filters]
    filtered = [" ", f"Filtered by {', '.join(chosen)}."] if chosen else []  # apart: a language holds the lead whole
    parts = [tabs(desk, path), html.H1(title), html.P([lead, *filtered], className="lead")]
    return [part for part in parts if part is not None]
