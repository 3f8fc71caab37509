"""One run: what it saw and did, what it left out and why, and how far it has come while it goes on."""

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.lists import paging
from dashboards.drawing.markup import with_code
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, lasted, moment
from dashboards.frame.acts import act
from dashboards.page import Content, Desk, Page
from dashboards.panel import live, nothing, slot
from dashboards.runs import ACTS, KINDS, ORDER, badge, progress, state_of, stop
from puma.errors import NotHere
from puma.listing import RunView, runs, skipped

PATH = "/run"
AT_ONCE = 50
MEANING = {
    "seen": "records that the source sent",
    "added": "not known before",
    "changed": "known, with other content",
    "unchanged": "known, with the same content",
    "deleted": "the source no longer has them",
    "skipped": "could not be read: listed below",
    "failed": "ended the run",
    "gone before": "deleted there, and never known here",
    "repeated": "sent twice",
}
"""What a harvest counts."""
HARVESTS = ("harvest", "full harvest", "reread")
OTHERWISE = {
    "index": {
        "seen": "records that can be searched", "added": "new in the search index", "changed": "written anew",
        "unchanged": "as they were", "deleted": "taken out of the search index",
    },
    "files": {
        "seen": "PDFs", "text": "read, page by page", "no text": "pictures of pages, without letters",
        "broken": "damaged", "encrypted": "locked by a password", "skipped": "could not be read: listed below",
    },
}  # fmt: skip
"""What the other runs count, by their kind."""


def layout(desk: Desk) -> Content:
    one = found(desk)
    left_out = html.Div([slot(PATH, "left_over", height=80)], className="grid") if one.kind in HARVESTS else None
    return html.Div(
        [
            slot(PATH, "title", kind="bare title", height=110),
            slot(PATH, "numbers", kind="bare", height=110),
            html.Div([slot(PATH, "skipped", height=160)], className="grid"),
            left_out,
        ],
        className="wide",
    )


def found(desk: Desk) -> RunView:
    """The run of the path. Raises NotHere when there is none."""
    number = int(desk.rest) if desk.rest.isascii() and desk.rest.isdigit() and len(desk.rest) < 10 else 0
    known = runs(desk.installation.storage, 1, desk.viewer, run_id=number)
    if not known:
        raise NotHere("There is no run of that number.")
    return known[0]


def title(desk: Desk) -> Content:
    one = found(desk)
    words = KINDS.get(one.kind, one.kind)
    return [
        html.P(
            [html.A("Sources and runs", href="/sources", className="go"), html.Span(f"Run {one.id}")],
            className="kicker spaced",
        ),
        html.H1([f"{words} of {one.source} " if one.source else f"{words} "]),
        *_state(desk, one),
    ]


def _state(desk: Desk, one: RunView) -> list[Component | None]:
    """State, times, message and buttons."""
    lasting = f", lasted {lasted(one.started_at, one.ended_at)}" if one.ended_at else ""
    own: list[Component | str | None] = [
        badge(state_of(one)), html.Span(f"{moment(one.started_at)} UTC{lasting}", className="quiet"),
        f"Its worker is gone; the next run of {one.source} goes on from there." if state_of(one) == "cut off" else "",
    ]  # fmt: skip
    if desk.viewer.at_least("user_office") and one.source:
        if one.alive:
            own.append(stop(one, "run"))
        else:
            own += [act("Harvest now", "harvest", one.source, look="small"),
                    act("Read again", "reread", one.source, look="small")]  # fmt: skip
    message = html.P(with_code(one.message), className="run-message") if one.message else None
    return [html.Div(own, className="own"), message]


def numbers(desk: Desk) -> Content:
    return live(PATH, "numbers", numbers_now(desk, "numbers"))


def numbers_now(desk: Desk, name: str) -> Content:
    """The counters, the same that the log and the progress bar of a terminal tell."""
    one = found(desk)
    if not desk.viewer.at_least("user_office"):
        return html.P("What a run counted is told to the user office.", className="quiet")
    names = [name for name in ORDER if name in one.counters] + sorted(set(one.counters) - set(ORDER))
    shown = [name for name in names if one.counters[name] or name == "seen"]
    meaning = MEANING if one.kind in HARVESTS else OTHERWISE.get(one.kind, {})
    tiles = [
        html.Div(
            [
                html.P(name.capitalize(), className="tile-label"),
                html.P(amount(one.counters[name]), className=f"number{' bad-words' if name == 'failed' else ''}"),
                html.P(meaning.get(name, ""), className="tile-change"),
            ],
            className="tile",
        )
        for name in shown
    ]
    return [
        html.Div(progress(one)) if one.alive else None,
        html.Div(tiles, className="tiles counters") if tiles else html.P("Nothing was counted.", className="quiet"),
    ]


def left_over(desk: Desk) -> Content:
    """Fields of the source's records that its reader leaves out, by the number of records that have them."""
    one = found(desk)
    heading = html.Div(html.H2("Fields that were not read"), className="card-head")
    if not desk.viewer.at_least("user_office"):
        return html.Div([heading, html.P("For the user office.", className="quiet")], className="card-body")
    if not one.left_over:
        words = "Every field of every record was read, or none was read anew."
        return html.Div([heading, html.P(words, className="quiet")], className="card-body")
    rows = [
        [Cell(html.Code(name), name), Cell(amount(count), count)]
        for name, count in sorted(one.left_over.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    table = data_table(
        "Fields that were not read", [Column("Field, as the source names it"), Column("Records", True)], rows
    )
    note = (
        "The records are kept whole: once a reader knows a field, “Read again” fills it in without asking the source."
    )
    return html.Div([heading, table, html.P(note, className="footnote")], className="card-body")


def skipped_records(desk: Desk) -> Content:
    """The records that could not be read, each with its reason and what the source sent."""
    one = found(desk)
    heading = html.Div(html.H2(f"Skipped by run {one.id}"), className="card-head")
    number = max(desk.state.number("page", 1), 1)
    page = skipped(desk.installation.storage, desk.viewer, one.id, offset=(number - 1) * AT_ONCE, limit=AT_ONCE)
    if not page.total:
        words = "This run read everything it saw." if one.ended_at else "So far it read everything it saw."
        return html.Div([heading, nothing("skipped records", words)], className="card-body")
    rows = [
        [
            Cell(html.Div(row.key, className="code some-room"), row.key),
            Cell(html.Div(row.reason, className="some-room"), row.reason),
            Cell(html.A(["Payload", html.unseen(f" of {row.key}")], href=f"/payload/{row.payload}?run={one.id}",
                        className="go one-line") if row.payload else "not kept", ""),
        ]
        for row in page.rows
    ]  # fmt: skip
    table = data_table(
        f"Skipped by run {one.id}", [Column("Record"), Column("Reason"), Column("As sent")], rows, cards=True
    )
    note = "Each was left out for its reason; the rest of the run went on. Mend it at the source, or report the reader."
    return html.Div(
        [heading, table, html.P(note, className="footnote"), paging(desk, page.total, AT_ONCE)], className="card-body"
    )


PAGE = Page(
    path=PATH,
    title="Run",
    layout=layout,
    panels={"title": title, "numbers": numbers, "skipped": skipped_records, "left_over": left_over},
    live=numbers_now,
    acts=ACTS,
    role="viewer",
    help="One run: what it saw and did, and what it skipped.",
)
