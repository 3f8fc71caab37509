"""Panels: each is drawn by itself, so that one that fails leaves the others standing; and the words for nothing."""

import logging
from dash import html
from dash.development.base_component import Component

from dashboards.page import Content, Desk, Draw
from puma.errors import NotHere, PumaError, Refused

log = logging.getLogger(__name__)


def slot(page: str, name: str, *, kind: str = "card", height: int = 0) -> Component:
    """The place of a panel: a skeleton of the panel's height until it is drawn. kind: card, bare or tiles."""
    style = {"--height": f"{height}px"} if height else {}
    return html.Section(
        html.Div(className="skeleton", **{"aria-hidden": "true"}),
        id={"type": "panel", "page": page, "name": name},
        className=f"panel {kind}",
        style=style,
    )


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


def said(reason: PumaError) -> Component:
    """An error of the program in its own words."""
    if isinstance(reason, Refused):
        return notice("Not open to your role", str(reason), tone="quiet")
    return notice(reason.title if not isinstance(reason, NotHere) else "Nothing here yet", str(reason), tone="quiet")


def notice(title: str, words: Content, *, tone: str = "quiet", action: Component | None = None) -> Component:
    """A box instead of content: what is the case, why, and what next."""
    return html.Div(
        [html.P(title, className="notice-title"), html.Div(words, className="notice-words"), action],
        className=f"notice {tone}",
        role="status",
    )


def nothing(what: str, why: str, *next_steps: Component | str) -> Component:
    """The empty state: what is missing, why, and what to do next."""
    return notice(f"No {what}", [html.P(why), html.P(list(next_steps), className="next-step") if next_steps else None])

