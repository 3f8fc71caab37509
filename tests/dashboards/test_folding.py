"""Parts of a page that no callback touches are one component to Dash, and the same elements to the browser."""

import json
from typing import Any

from dash import dcc, no_update
from dash._utils import to_json
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.frame.folding import Folded, folded
from tests.dashboards.spoken import components

WIRED = {"q", "panel"}


def trees(content: Any) -> list[Any]:
    return [one.tree for one in components(content) if isinstance(one, Folded)]


def test_elements_without_callbacks_become_one_component_of_the_same_elements() -> None:
    found = folded(
        html.Ul([html.Li(["a <b>", html.B("c")], className="x"), None, html.Li(2, **{"aria-label": "d"})], hidden=True),
        WIRED,
    )
    assert isinstance(found, Folded)
    items = [["li", {"className": "x"}, "a <b>", ["b", {}, "c"]], ["li", {"aria-label": "d"}, 2]]
    sent = json.loads(to_json(found))
    assert sent == {"namespace": "puma", "type": "Folded", "props": {"tree": ["ul", {"hidden": True}, *items]}}


def test_what_callbacks_read_or_write_stays_and_so_does_what_holds_it() -> None:
    panel = html.Section("…", id={"type": "panel", "page": "/", "name": "years"})
    page = html.Div([html.H1("Title"), html.P("Words"), html.Div([panel, html.P("Below")]), html.Button("Go", id="q")])
    found = folded(page, WIRED)
    assert [type(one)._type for one in components(found)] == ["Div", "Folded", "Div", "Section", "Folded", "Button"]
    assert trees(found) == [["", None, ["h1", {}, "Title"], ["p", {}, "Words"]], ["p", {}, "Below"]]
    assert page.children[0].children == "Title", "pages may share their parts"


def test_a_component_that_is_no_element_stays_and_the_words_around_it_stay_in_order() -> None:
    found = folded(html.Div(["before", html.B("bold"), dcc.Store(id="s"), "after"]), WIRED)
    assert isinstance(found, Component)
    assert [one if isinstance(one, str) else one._type for one in found.children] == [
        "before",
        "Folded",
        "Store",
        "after",
    ]
    graph = dcc.Graph(id={"type": "graph", "name": "years"})
    assert folded(html.Div(graph, role="img"), WIRED).children is graph


def test_a_button_of_an_act_keeps_the_id_that_scripts_read() -> None:
    button = html.Button("Ö", id={"type": "act", "on": "Ö", "do": "tag", "place": 1})
    assert folded(button, WIRED).tree[1] == {"id": '{"do":"tag","on":"Ö","place":1,"type":"act"}'}


def test_bare_values_of_a_callback_are_left_alone() -> None:
    options = [{"value": "1", "label": "one"}]
    for value in (options, [["a"]], "words", None, no_update, 5, []):
        assert folded(value, WIRED) == value
