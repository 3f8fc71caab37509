"""Your exports: the files that are made for you in the background, how far they are, and how long they are kept."""

from collections.abc import Mapping
from contextlib import suppress

from dashboards.drawing import tags as html
from dashboards.drawing.exporting import PATH, made_list
from dashboards.drawing.words import amount, moment
from dashboards.frame.acts import act
from dashboards.page import Content, Desk, Done, Page
from dashboards.panel import live, nothing, pulse, slot
from puma.errors import NotHere
from puma.exports import LARGE
from puma.reports import Job, jobs_in

WHY = "Large lists and long reports are made in the background: they go on when you leave, and after a restart."


def layout(desk: Desk) -> Content:
    heading = html.Div([html.H1("Your exports"), html.P(WHY, className="lead")], className="panel bare title")
    parts = [slot(PATH, "made", height=160), slot(PATH, "kept", kind="card optional")]
    return html.Div([heading, html.Div(parts, className="grid")], className="wide keeping reports")


def _found(desk: Desk) -> list[Job]:
    """The files of the viewer; for a visitor the one whose address this is."""
    jobs = jobs_in(desk.installation.settings)
    found = jobs.mine(desk.viewer)
    if desk.rest and all(one.id != desk.rest for one in found):
        with suppress(NotHere):
            found = [jobs.job(desk.viewer, desk.rest), *found]
    return found


def made(desk: Desk) -> Content:
    """How far they are, the newest first."""
    if not _found(desk):
        why = f"From {amount(LARGE)} records on, an export is made in the background and appears here."
        find = html.A("Search", href="/search", className="go")
        return nothing("exports", why, "Find what you need and press “Export”. ", find)
    return html.Div([html.H2("Files"), live(PATH, "made", now(desk, "made"))], className="card-body")


def now(desk: Desk, name: str) -> Content:
    """The same again while one is at work."""
    found = _found(desk)
    jobs = jobs_in(desk.installation.settings)
    return [made_list(found, jobs.until), pulse(2 if any(one.is_open for one in found) else 0)]


def kept(desk: Desk) -> Content:
    """The way to delete each; what is being made is stopped by it."""
    found = _found(desk)
    if not found:
        return None
    rows = [
        html.Li(
            [
                html.Span([one.order.title, html.Span(f"as of {moment(one.at)} UTC", className="under quiet")]),
                act(["Delete", html.unseen(f" {one.order.title}")], "drop", one.id, look="small"),
            ]
        )
        for one in found
    ]
    words = "A broken download goes on where it stopped. Nobody else can fetch these files."
    body = [html.H2("Kept for you"), html.Ul(rows, className="rows decided"), html.P(words, className="footnote")]
    return html.Div(body, className="card-body")


def drop(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Delete a file, or end its making."""
    jobs_in(desk.installation.settings).drop(desk.viewer, on)
    return Done("Deleted.")


PAGE = Page(
    path=PATH,
    title="Your exports",
    layout=layout,
    panels={"made": made, "kept": kept},
    live=now,
    acts={"drop": drop},
    menu="Search",
    tab="Exports",
    order=22,
    help="Large exports and long reports that were made for you in the background.",
)
