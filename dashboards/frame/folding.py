"""Folding: what no callback touches is sent and drawn as one component, of as many elements as it has.

Dash wraps every element of a page in four of its own, and tells all of them of every change anywhere: a page of a
thousand elements costs it seconds. A folded part is one to it; `assets/folded.js` makes the same elements of it.
"""

import copy
import json
from collections.abc import Collection
from itertools import groupby
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component

OWN = frozenset(vars(html.Div()))
"""What an element holds for Dash; all else that it holds are its attributes."""
PLAIN = html.Div._namespace


class Node(list[Any]):
    """An element as it is sent: its tag, empty for none, its attributes, and what is inside."""


class Folded(Component):
    """Elements without callbacks. tree: the outermost of them."""

    _namespace, _type = "puma", "Folded"
    _children_props: list[str] = []
    _prop_names = ["tree"]
    _valid_wildcard_attributes: list[str] = []
    available_properties = ["tree"]

    def __init__(self, tree: Node) -> None:  # without the checks of Dash: nobody else makes one
        self.tree = tree

    def to_plotly_json(self) -> dict[str, Any]:
        """What is sent. It is written at once: Plotly's writer would look at every word three times."""
        tree = orjson.Fragment(orjson.dumps(self.tree, option=orjson.OPT_SERIALIZE_NUMPY))
        return {"namespace": self._namespace, "type": self._type, "props": {"tree": tree}}


def key_of(name: str | dict[str, Any]) -> str:
    """What callbacks know components by: their id, of a pattern its type."""
    return name if isinstance(name, str) else str(name.get("type"))


def folded(content: Any, wired: Collection[str]) -> Any:
    """The content of a page with its parts folded. wired: what callbacks read or write; it stays, and what holds it."""
    if isinstance(content, list | tuple):
        return _joined([_fold(one, wired) for one in content])
    return _joined([_fold(content, wired)])[0]


def _fold(one: Any, wired: Collection[str]) -> Any:
    """A part as a node; as a component where that is not all it is."""
    if not isinstance(one, Component):
        return one
    within: Any = getattr(one, "children", None)
    several = isinstance(within, list | tuple)
    inside = [_fold(part, wired) for part in (within if several else [within])]
    held, name = vars(one), getattr(one, "id", None)
    is_plain = one._namespace == PLAIN and not (name and key_of(name) in wired)
    if is_plain and not any(isinstance(part, Component) for part in inside):
        attributes = {key: value for key, value in held.items() if key not in OWN and value is not None}
        if isinstance(name, dict):
            attributes["id"] = json.dumps(name, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return Node([one._type.lower(), attributes, *(part for part in inside if part is not None)])
    if not any(isinstance(part, Node | Component) for part in inside):
        return one
    whole, parts = copy.copy(one), _joined(inside)
    whole.children = parts if several else parts[0]
    return whole


def _joined(parts: list[Any]) -> list[Any]:
    """Parts beside each other: nodes that follow one another become one component."""
    found: list[Any] = []
    for is_node, some in groupby(parts, lambda part: isinstance(part, Node)):
        row = list(some)
        if is_node:
            found.append(Folded(row[0] if len(row) == 1 else Node(["", None, *row])))
        else:
            found += row
    return found
