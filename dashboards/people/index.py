"""The way to one person or institution: a box that finds them by name, and the people with the most publications."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from dash.development.base_component import Component

from dashboards.authority.by_hand import look_up
from dashboards.drawing import widgets
from dashboards.drawing.chart import WHOLE
from dashboards.drawing.figures import ranking
from dashboards.drawing.markup import AsIs
from dashboards.drawing.words import amount, counted
from dashboards.finding.graphs import Counted, graph
from dashboards.page import Content, Desk, DeskOf
from dashboards.panel import nothing
from puma.errors import PumaError
from puma.search.asked import Asked

ROW = 26  # pixels of one bar
OFFERED = 40  # names that a box offers at once
MOST = "People with the most publications"
Choices = list[dict[str, str]]
Find = Callable[[Desk, str], Choices]


def box(desk: Desk, path: str, label: str, none: str, find: Find) -> Component:
    """A box that offers those of whose name a word begins as typed, and leads to the page that is picked."""
    try:
        first = find(desk, "")
    except PumaError:  # what is wrong with the search is said below
        first = []
    return widgets.Select(
        id=_place(path), label=label, placeholder="Type a name", data=first, value=None, searchable=True,
        limit=OFFERED, nothingFoundMessage=none, className="picker", filter={"function": "anything"},
    )  # fmt: skip


def wire(app: Any, desk_of: DeskOf, path: str, find: Find) -> None:
    """Let the box ask for what is typed into it."""
    look_up(app, desk_of, _place(path), find, offered=list)


def persons(desk: Desk, words: str) -> Choices:
    """Recognised persons, those on the most records first."""
    if desk.installation.snapshot() is None:
        return []
    found = desk.installation.values_like(desk.viewer, Asked(), "person", words, OFFERED)
    return [
        {"value": f"/person/{one.value}", "label": AsIs(f"{one.label or one.value} · {amount(one.count)}")}
        for one in found
        if one.value.isdigit()
    ]


def institutions(desk: Desk, words: str) -> Choices:
    """Institutions of publications, those with the most first."""
    if desk.installation.snapshot() is None:
        return []
    table = desk.ask("publications", "institution", without=tuple(desk.state.filters)).answer.table
    table = table[table["institution_id"].notna()]
    wanted = words.casefold().split()[:8]
    found: Choices = []
    for number, name, value in zip(table["institution_id"], table["institution"], table["value"], strict=True):
        if all(word in str(name).casefold() for word in wanted):
            found.append({"value": f"/institution/{int(number)}", "label": AsIs(f"{name} · {amount(value)}")})
        if len(found) == OFFERED:
            break
    return found


def most_published(desk: Desk) -> Content:
    """The recognised persons with the most publications, each leading to its page."""
    kinds = {"kind": ["publication"]}
    asked = desk.installation.search(desk.viewer, "", filters=kinds, facets=("person",), facet_size=4 * WHOLE, limit=0)
    known = [one for one in asked.facets["person"] if one.value.isdigit()][:WHOLE]
    if not known:
        return nothing("people", "No publication that you may know of names anybody who was recognised.",
                       "`puma match` recognises them.")  # fmt: skip
    names = [AsIs(one.label or one.value) for one in known]
    table = pd.DataFrame({"person": names, "value": [float(one.count) for one in known]})
    leads = [f"/person/{one.value}" for one in known]
    figure = ranking(table, desk.scheme, "publications", "person", str, keys=leads)
    data = Counted(("Person", "Publications"), [(one.label, one.count) for one in known], leads)
    note = "; ".join([
        f"n = {counted(asked.total, 'publications')}, all known, linked or not",
        f"the first {len(known)} are shown",
        "a recognised person is one bar, however the name is written",
    ])  # fmt: skip
    card = graph(desk, "most", MOST, figure, data, ROW * max(len(known), 3) + 16, note, of="person")
    inner: Content = card.children  # the part that it stands in is a card already
    return inner


def _place(path: str) -> dict[str, str]:
    return {"type": "goto", "page": path}
