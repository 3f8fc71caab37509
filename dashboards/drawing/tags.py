"""HTML elements that take any attribute: Dash's own types know neither aria- nor data- attributes."""

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component


def unseen(words: str) -> Component:
    """Words that only screen readers meet: they follow what is seen, so that both name the same thing."""
    return html.Span(words, className="unseen")


def __getattr__(name: str) -> Callable[..., Component]:
    """The element of that name."""
    element: Callable[..., Component] = getattr(html, name)
    return element
