"""HTML elements that take any attribute: Dash's own types know neither aria- nor data- attributes."""

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component


def __getattr__(name: str) -> Callable[..., Component]:
    """The element of that name."""
    element: Callable[..., Component] = getattr(html, name)
    return element
