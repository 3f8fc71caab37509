"""HTML elements that take any attribute: Dash's own types know neither aria- nor data- attributes."""

from collections.abc import Callable
from typing import Any

from dash import html
from dash.development.base_component import Component

WILD = ("aria-", "data-")


class Field(Component):
    """A box to type in that scripts read and no callback: it is folded into what is around it."""

    _namespace, _type, _prop_names = html.Div._namespace, "Input", ["children"]
    _children_props: list[str] = []
    _valid_wildcard_attributes = [""]  # whatever it has

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


def unseen(words: str | list[str]) -> Component:
    """Words that only screen readers meet: they follow what is seen, so that both name the same thing."""
    return html.Span(words, className="unseen")


def __getattr__(name: str) -> Callable[..., Component]:
    """The element of that name. Its attributes are looked at once, here and not in Dash, which takes ten times as long
    over it: a page has a thousand elements."""
    kind = getattr(html, name)
    shape: dict[str, Any] = vars(kind())
    known = frozenset(shape["available_properties"])

    def element(children: Any = None, **attributes: Any) -> Component:
        for one in attributes:
            if one not in known and not one.startswith(WILD):
                raise TypeError(f"<{name}> has no attribute {one}.")
        made: Component = kind.__new__(kind)
        vars(made).update(shape, children=children, **attributes)
        return made

    globals()[name] = element
    return element
