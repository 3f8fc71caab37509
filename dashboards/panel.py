"""Panels: each is drawn by itself, so that one that fails leaves the others standing; and the words for nothing."""

import logging
from collections.abc import Callable, Collection
from typing import Any

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.markup import with_code
from dashboards.page import Content, Desk, Draw, Page
from puma.errors import PumaError, Refused

log = logging.getLogger(__name__)
FIRST = ("title", "filters")
"""Panels by these names stand above everything else and always come with their page: they are read first, and whatever
came later would be pushed down by them."""


def slot(page: str, name: str, *, kind: str = "card", height: int = 0) -> Component:
    """The place of a panel: a skeleton of the panel's height until it is drawn. kind: card, bare or tiles."""
    style = {"--height": f"{height}px"} if height else {}
    return html.Section(
        html.Div(className="skeleton", **{"aria-hidden": "true"}),
        id={"type": "panel", "page": page, "name": name},
        className=f"panel {kind}",
        style=style,
    )


def for_viewer(page: Page, desk: Desk, frame: Content) -> Content:
    """The frame of a page without the panels that the viewer's role is too low for, and a sentence that there are."""
    closed = {name for name, role in page.roles.items() if not desk.viewer.at_least(role)}
    if not isinstance(frame, Component) or not _take_out(frame, closed):
        return frame
    words = "More of this page is open to other roles."
    if desk.entrance.signs_in and desk.viewer.role == "anonymous":
        words = "More of this page is shown after signing in."
    enter = html.A("Sign in", href="/sign-in", className="button small") if desk.entrance.signs_in else None
    frame.children = [*_children(frame), html.P([words, " ", enter], className="quiet more-for-others")]
    return frame


def begun(page: Page, desk: Desk, frame: Content, may: Callable[[str], bool]) -> Content:
    """The frame of a page with panels drawn in it, from the first on. may: whether the panel of that name is."""
    for part in _children(frame):
        own: Any = getattr(part, "id", None)
        if isinstance(own, dict) and own.get("type") == "panel":
            if own["name"] in page.panels and may(own["name"]):
                part.id = {**own, "type": "begun"}
                part.children = drawn(page.panels[own["name"]], desk, own["name"])
        elif isinstance(part, Component):
            begun(page, desk, part, may)
    return frame


def _take_out(part: Any, closed: Collection[str]) -> bool:
    """Take these panels out of a frame, and rows that they leave empty; whether there were any."""
    found = False
    kept = []
    for child in _children(part):
        own = getattr(child, "id", None)
        if isinstance(own, dict) and own.get("type") == "panel":
            out = own.get("name") in closed
        else:
            inner = isinstance(child, Component) and _take_out(child, closed)
            out = inner and not _children(child)
            found = found or inner
        found = found or out
        kept += [] if out else [child]
    if found and len(kept) < len(_children(part)):
        part.children = kept
        if len(kept) == 1 and getattr(part, "className", "") == "grid two":
            part.className = "grid"
    return found


def _children(part: Any) -> list[Any]:
    inner = getattr(part, "children", None)
    return list(inner) if isinstance(inner, list | tuple) else [inner] if isinstance(inner, Component) else []


def live(page: str, name: str, content: Content) -> Component:
    """A part of a panel that is drawn again by itself as long as it holds a ``pulse``.

    It holds no buttons: whoever stands on one would be thrown off it at every beat.
    """
    return html.Div(content, id={"type": "live", "page": page, "name": name}, className="live")


def pulse(seconds: int) -> Component | None:
    """Asks for the live part around it to be drawn again every so many seconds; 0 for no more."""
    return html.Span(hidden=True, **{"data-live": str(seconds)}) if seconds else None


def drawn(draw: Draw, desk: Desk, name: str) -> Content:
    """What a panel shows, or in its place the sentence that says why not and what to do."""
    try:
        return draw(desk)
    except PumaError as reason:
        return said(reason)
    except Exception:
        log.exception("panel %s failed on %s", name, desk.state.query())
        return notice(
            "This part could not be drawn",
            "A fault of the program, now in its log. The rest of the page is not affected.",
            tone="bad",
            action=html.Button("Try again", className="button small", **{"data-retry": "panel"}),
        )


def said(reason: PumaError, *, heads_page: bool = False, action: Component | None = None) -> Component:
    """An error of the program in its own words. heads_page: nothing else is on the page. action: what to do then."""
    title = "Not open to your role" if isinstance(reason, Refused) else reason.title
    return notice(title, html.P(with_code(str(reason))), tone="quiet", heads_page=heads_page, action=action)


def notice(
    title: str, words: Content, *, tone: str = "quiet", action: Component | None = None, heads_page: bool = False
) -> Component:
    """A box instead of content: what is the case, why, and what next. heads_page: nothing else is on the page."""
    heading = (html.H1 if heads_page else html.P)(title, className="notice-title")
    return html.Div(
        [heading, html.Div(words, className="notice-words"), action],
        className=f"notice {tone}",
        role="status",
    )


def nothing(what: str, why: str, *next_steps: Component | str) -> Component:
    """The empty state: what is missing, why, and what to do next."""
    steps = [html.Span(with_code(step)) if isinstance(step, str) else step for step in next_steps]
    return notice(f"No {what}", [html.P(why), html.P(steps, className="next-step") if steps else None])


def welcome(desk: Desk) -> Component | None:
    """What stands on a page of numbers before there are any; nothing once there are."""
    if desk.installation.snapshot() is not None:
        return None
    steps = [
        "Describe your sources in puma.toml, one paragraph each.",
        "Run `puma harvest`: it fetches and reads them, and says what it skipped and why.",
        "Run `puma match`: it links publications to proposals and leaves you what it cannot decide.",
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.H1(desk.installation.settings.facility.name),
                    html.P("Nothing has been harvested here yet.", className="lead"),
                ],
                className="title",
            ),
            html.Div(
                [
                    html.H2("Three steps to the first numbers"),
                    html.Ol([html.Li(with_code(step)) for step in steps], className="prose"),
                    html.P(with_code("Only looking? `puma demo` makes a sample facility and fills every page.")),
                    html.P(html.A("See the sources and runs", href="/sources", className="go")),
                ],
                className="panel card welcome",
            ),
        ],
        className="wide",
    )
