"""Your exports: the files that are made for you in the background, how far they are, and how long they are kept."""

from collections.abc import Mapping
from contextlib import suppress

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.exporting import PATH
from dashboards.drawing.exporting import made as said_of
from dashboards.drawing.words import amount
from dashboards.frame.acts import act
from dashboards.page import Content, Desk, Done, Page
from dashboards.panel import live, nothing, pulse, slot
from puma.errors import NotHere
from puma.exports import LARGE
from puma.reports import Job, jobs_in

WHY = "Large lists and long reports are made in the background: they go on when you leave, and after a restart."
KEPT = "Each file shows one state of the data. A broken download goes on where it stopped. Nobody else can fetch them."


def layout(desk: Desk) -> Content:
    heading = html.Div([html.H1("Your exports"), html.P(WHY, className="lead")], className="panel bare title")
    return html.Div(
        [heading, html.Div(slot(PATH, "made", height=160), className="grid")], className="wide keeping reports"
    )


def _found(desk: Desk) -> list[Job]:
    """The files of the viewer; for a visitor the one whose address this is."""
    jobs = jobs_in(desk.installation.settings)
    found = jobs.mine(desk.viewer)
    if desk.rest and all(one.id != desk.rest for one in found):
        with suppress(NotHere):
            found = [jobs.job(desk.viewer, desk.rest), *found]
    return found


def made(desk: Desk) -> Content:
    """What is made and what is ready, the newest first, each with the way to stop or delete it."""
    found = _found(desk)
    if not found:
        why = f"From {amount(LARGE)} records on, an export is made in the background and appears here."
        find = html.A("Search", href="/search", className="go")
        return nothing("exports", why, "Find what you need and press “Export”. ", find)
    rows = [html.Li([_file(desk, one), _button(one)], className=f"job {one.state}") for one in found]
    body = [html.H2("Files"), html.Ul(rows, className="rows jobs"), html.P(KEPT, className="footnote")]
    return html.Div(body, className="card-body")


def _file(desk: Desk, one: Job) -> Component:
    """How far it is; drawn again by itself while it is being made."""
    said = now(desk, one.id)
    return live(PATH, one.id, said) if one.is_open else html.Div(said, className="live")


def _button(one: Job) -> Component:
    word = "Stop" if one.is_open else "Delete"
    return act([word, html.unseen(f" {one.order.title}")], "drop", one.id, look="small")


def now(desk: Desk, name: str) -> Content:
    """How far one file is. name: its number."""
    jobs = jobs_in(desk.installation.settings)
    one = jobs.job(desk.viewer, name)
    return [*said_of(one, jobs.until(one), jobs.size(one)), pulse(2 if one.is_open else 0)]


def drop(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Delete a file, or end its making."""
    jobs_in(desk.installation.settings).drop(desk.viewer, on)
    return Done("Deleted.")


PAGE = Page(
    path=PATH,
    title="Your exports",
    layout=layout,
    panels={"made": made},
    live=now,
    acts={"drop": drop},
    menu="Search",
    tab="Exports",
    order=22,
    help="Large exports and long reports that were made for you in the background.",
)
