"""Data management: sources with their freshness, runs with what they saw, and the records they skipped."""

from dash.development.base_component import Component

from dashboards import tags as html
from dashboards.page import Content, Desk, Page
from dashboards.panel import nothing, slot
from dashboards.shell import trouble
from dashboards.tables import Cell, Column, data_table
from dashboards.words import amount, lasted, shortly
from puma.listing import runs, skipped, sources

PATH = "/sources"
RUNS = 60  # newest runs that are listed
TONE = {"done": "good", "running": "accent", "skipped some": "warn", "stopped": "bad", "failed": "bad", "": "quiet"}
ORDER = ("seen", "added", "changed", "unchanged", "deleted", "skipped", "failed")


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Sources and runs"),
                    html.P(
                        "Where the records come from, how fresh they are, and what could not be read.", className="lead"
                    ),
                ],
                className="title",
            ),
            html.Div([slot(PATH, "sources", height=260)], className="grid"),
            html.Div([slot(PATH, "skipped", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "runs", height=300)], className="grid"),
        ],
        className="wide",
    )


def badge(state: str) -> Component:
    """A state as a word in a colour; the word is enough."""
    return html.Span(state or "never run", className=f"badge {TONE.get(state, 'quiet')}")


def all_sources(desk: Desk) -> Content:
    known = sources(desk.installation.storage)
    heading = html.Div(html.H2("Sources"), className="card-head")
    if not known:
        return html.Div(
            [
                heading,
                nothing(
                    "sources yet",
                    "Nothing was ever harvested here.",
                    "Write a [[source]] paragraph into puma.toml, then run `puma harvest`; or try `puma demo`.",
                ),
            ],
            className="card-body",
        )
    rows = []
    for source in known:
        age = "never" if source.age_days is None else "today" if source.age_days == 0 else f"{source.age_days} days"
        wrong = trouble(source)
        rows.append(
            [
                Cell(
                    html.Span(
                        [
                            html.B(source.name, className="one-line"),
                            html.Br(),
                            html.Span(source.harvester, className="quiet"),
                        ]
                    ),
                    source.name,
                ),
                Cell(amount(source.records), source.records),
                Cell(
                    html.Span([age, html.Br(), html.Span(shortly(source.fresh_at), className="quiet one-line")]),
                    source.age_days if source.age_days is not None else 99999,
                ),
                Cell(badge(source.last_state), source.last_state),
                Cell(counters(source.last_counters), ""),
                Cell(
                    html.Span(
                        source.last_message or wrong or "all is well", className="bad-words" if wrong else "quiet"
                    ),
                    wrong,
                ),
            ]
        )
    columns = [
        Column("Source"),
        Column("Records", True),
        Column("Age"),
        Column("Last run"),
        Column("What it saw"),
        Column("What to know"),
    ]
    return html.Div([heading, data_table("Sources", columns, rows)], className="card-body")


def counters(found: dict[str, int]) -> Component:
    """The counts of a run that are not zero, in their usual order."""
    names = [name for name in ORDER if name in found] + sorted(set(found) - set(ORDER))
    shown = [
        html.Span(
            [amount(found[name]) if isinstance(found[name], (int, float)) else str(found[name]), f" {name}"],
            className="count",
        )
        for name in names
        if found[name]
    ]
    return html.Span(shown or "nothing", className="counts")


def all_runs(desk: Desk) -> Content:
    known = runs(desk.installation.storage, RUNS)
    heading = html.Div(html.H2("Runs"), className="card-head")
    if not known:
        return html.Div(
            [heading, nothing("runs yet", "Every harvest, match and index run will be listed here.")],
            className="card-body",
        )
    here = desk.state.one("run")
    rows = []
    for run in known:
        missed = run.counters.get("skipped", 0) or run.state in ("skipped some",)
        look = (
            html.A("Show skipped", href=desk.state.put("run", str(run.id)).query(), className="go")
            if missed and here != str(run.id)
            else ""
        )
        rows.append(
            [
                Cell(str(run.id), run.id),
                Cell(run.kind),
                Cell(html.Span(run.source or "–", className="one-line"), run.source),
                Cell(badge(run.state), run.state),
                Cell(html.Span(shortly(run.started_at), className="one-line"), run.started_at.isoformat()),
                Cell(
                    lasted(run.started_at, run.ended_at) or "running",
                    (run.ended_at - run.started_at).total_seconds() if run.ended_at else 0.0,
                ),
                Cell(counters(run.counters), ""),
                Cell(html.Span([run.message, " " if run.message else "", look]), run.message),
            ]
        )
    words = ("Run", "Kind", "Source", "State", "Started (UTC)", "Lasted", "Counts", "Message")
    columns = [Column(head, head in ("Run", "Lasted")) for head in words]
    return html.Div([heading, data_table("Runs, newest first", columns, rows)], className="card-body")


def skipped_records(desk: Desk) -> Content:
    number = desk.state.number("run")
    if not number:
        return None  # an empty panel takes no room
    found = skipped(desk.installation.storage, desk.viewer, number)
    close = html.A("Close", href=desk.state.without("run").query(), className="act go")
    heading = html.Div(
        [html.H2(f"Skipped by run {number}"), html.Div(close, className="actions")], className="card-head"
    )
    if not found:
        return html.Div(
            [heading, nothing("skipped records", "This run read everything it saw.")], className="card-body"
        )
    table = data_table(
        f"Skipped by run {number}",
        [Column("Record"), Column("Reason")],
        [[Cell(key), Cell(reason)] for key, reason in found],
    )
    note = html.P(
        "Each was left out for its reason; the rest of the run went on. Mend it at the source, or report the reader.",
        className="footnote",
    )
    return html.Div([heading, table, note], className="card-body")


PAGE = Page(
    path=PATH,
    title="Sources and runs",
    layout=layout,
    panels={"sources": all_sources, "skipped": skipped_records, "runs": all_runs},
    menu="Data",
    order=60,
    help="Sources, freshness, runs, skipped records.",
)
