"""While the search index is missing or of another version: what stands in place of results, and how far it is."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.page import Content, Desk, Draw
from dashboards.panel import live, notice, pulse
from dashboards.runs import PATIENCE_S, progress
from puma.search import RebuildNeeded

NAME = "rebuilding"


def once_readable(draw: Draw, path: str) -> Draw:
    """A panel of the page at this path that waits for a readable index; when there is one, it is drawn by itself."""

    def shown(desk: Desk) -> Content:
        try:
            return draw(desk)
        except RebuildNeeded:
            return in_place(desk, path)

    return shown


def in_place(desk: Desk, path: str) -> Component | None:
    """What stands where results would be; None where there is an index, or nothing to be found."""
    said = rebuilding(desk, NAME)
    return live(path, NAME, said) if said is not None else None


def rebuilding(desk: Desk, name: str) -> Content:
    """How far the new index is; nothing once it can be read. name: of the part, there is only one."""
    if not desk.installation.lacks_index:
        return None
    run = desk.installation.indexing(desk.viewer)
    known = "The search index is missing, or of another version of the program. Everything else works as always."
    words: list[Component | str | None] = [html.P(known)]
    if run is not None:
        words.append(html.P("The index is being written anew; searching goes on here by itself when that is done."))
        words.append(html.Div(progress(run)) if run.counters else pulse(PATIENCE_S))
    else:
        if desk.viewer.at_least("user_office"):
            hint = [
                "Nobody writes it anew yet: a worker does when it starts, or ",
                html.Code("puma index"),
                " does now.",
            ]
            words.append(html.P(hint, className="next-step"))
        words.append(pulse(PATIENCE_S))
    return notice("Searching is not possible for a while", words)
