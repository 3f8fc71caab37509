"""Data management: sources with their freshness and what runs or waits, and the runs with what they saw."""

from urllib.parse import quote

from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing.chart import picture
from dashboards.drawing.figures import by_run, sparkline
from dashboards.drawing.markup import with_code
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import amount, lasted, shortly
from dashboards.frame.acts import act
from dashboards.page import Content, Desk, Page
from dashboards.panel import live, nothing, slot
from dashboards.runs import ACTS, KINDS, badge, counters, progress, state_of, stop, waits
from puma.listing import RunView, SourceView, runs

PATH = "/sources"
RUNS = 60  # newest runs that are listed
DRAWN = 24  # newest runs of a source that are drawn


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
            html.Div([slot(PATH, "source", kind="card optional")], className="grid"),
            html.Div([slot(PATH, "runs", height=300)], className="grid"),
        ],
        className="wide",
    )


def all_sources(desk: Desk) -> Content:
    """The list of sources, with what runs and waits."""
    heading = html.Div(html.H2("Sources"), className="card-head")
    known = desk.installation.sources(desk.viewer)
    if not known:
        none = nothing(
            "sources yet",
            "Nothing was ever harvested here.",
            "Write a [[source]] paragraph into puma.toml, then run `puma harvest`; or try `puma demo`.",
        )
        return html.Div([heading, none], className="card-body")
    heads = html.Div(
        [html.Span(words) for words in ("Source", "Freshness", "Last harvests", "Next run", "")],
        className="source heads",
        **{"aria-hidden": "true"},
    )
    rows = html.Ul([_source(desk, one) for one in known], className="sources")
    return html.Div([heading, heads, rows], className="card-body")


def going_on(desk: Desk, name: str) -> Content:
    """How far a run has come, or what of a source waits. name: ``run`` or ``wait``, a slash, and which."""
    what, _, which = name.partition("/")
    for one in desk.installation.sources(desk.viewer):
        if what == "run" and one.running and str(one.running.id) == which:
            return progress(one.running)
        if what == "wait" and one.name == which:
            return waits(one.waiting)
    return None  # it ended, or was taken


def _source(desk: Desk, one: SourceView) -> Component:
    office = desk.viewer.at_least("user_office")
    chosen = desk.state.one("source") == one.name
    name = html.A(
        html.B(one.name), href=desk.state.only("source", one.name).query(), className="go",
        **({"aria-current": "true"} if chosen else {}),
    )  # fmt: skip
    under = [one.harvester, f" · {amount(one.records)} records" if office and one.records else ""]
    below: list[Component] = []
    if one.running:
        below.append(live(PATH, f"run/{one.running.id}", progress(one.running)))
    if one.waiting:
        below.append(live(PATH, f"wait/{one.name}", waits(one.waiting)))
    return html.Li(
        [
            html.Div([name, html.P(under, className="small quiet")]),
            html.Div(_freshness(one)),
            html.Div(_trend(desk, one)),
            html.Div(_next(one), className="small"),
            html.Div(_buttons(one) if office and one.configured else "", className="source-acts"),
            html.Div(below, className="below") if below else None,
        ],
        className="source",
    )


def _freshness(one: SourceView) -> Content:
    age = "never harvested" if one.age_days is None else "today" if one.age_days == 0 else f"{one.age_days} days old"
    tone = "bad" if one.trouble else "quiet" if one.age_days is None else "good"
    last = one.last_run
    lines: list[Component | str] = [
        html.P(
            [html.Span(age, className=f"badge {tone}"), " ", html.Span(shortly(one.fresh_at), className="small quiet")]
        )
    ]
    if one.trouble:
        late = f"Overdue: its schedule is {one.schedule}." if one.schedule else "Not harvested for a long time."
        words = late if one.trouble.endswith(" old") else f"It {one.trouble}."
        lines.append(html.P(words, className="small bad-words"))
    if last:
        what = counters(last.counters) if any(last.counters.values()) else ""
        link = html.A(f"Run {last.id}", href=f"/run/{last.id}", className="go")
        lines.append(html.P([link, " ", badge(last.state), " ", what], className="small last-run"))
        if last.message:
            lines.append(html.P(with_code(last.message), className="small quiet"))
    return lines


def _trend(desk: Desk, one: SourceView) -> Content:
    line = sparkline([float(seen) for seen in one.trend], desk.scheme)
    if not line:
        return html.Span("–", className="quiet small none")
    return [
        html.Img(src="data:image/svg+xml," + quote(line), alt="", className="spark"),
        html.P(f"{amount(one.trend[-1])} seen", className="small quiet"),
        html.unseen(f"Records seen by the last {len(one.trend)} harvests, from {one.trend[0]} to {one.trend[-1]}."),
    ]


def _next(one: SourceView) -> Content:
    if not one.configured:
        return html.Span("no longer in puma.toml", className="quiet")
    if one.running:
        kind = "being read again" if one.running.kind == "reread" else "being harvested"
        return [f"{kind} by ", html.A(f"run {one.running.id}", href=f"/run/{one.running.id}", className="go")]
    if not one.schedule:
        return html.Span("by hand", className="quiet")
    return [shortly(one.due_at) or "as soon as a worker runs", html.P(one.schedule, className="quiet")]


def _buttons(one: SourceView) -> Content:
    if one.running:
        return stop(one.running, "list")

    def ask(kind: str, words: str, look: str) -> Component:
        asked = any(waiting.kind == kind for waiting in one.waiting)
        return act([words, html.unseen(f" from {one.name}")], kind, one.name, look=look, disabled=asked)

    more = html.Details(
        [
            html.Summary(["More", html.unseen(f" for {one.name}")], className="button small"),
            html.Div(
                [
                    ask("full harvest", "Harvest everything again", "small"),
                    html.P("Asks for all records and finds what was deleted.", className="small quiet"),
                    ask("reread", "Read again", "small"),
                    html.P("Reads what is kept here once more; asks nobody.", className="small quiet"),
                ],
                className="rule",
            ),
        ],
        className="rule-box",
    )
    return [ask("harvest", "Harvest now", "small"), more]


def one_source(desk: Desk) -> Content:
    """What the runs of the chosen source did, as bars."""
    name = desk.state.one("source")
    if not name or not desk.viewer.at_least("user_office"):
        return None  # an empty panel takes no room
    past = [run for run in runs(desk.installation.storage, DRAWN, desk.viewer, source=name) if run.counters]
    close = html.A(["Close", html.unseen(f" {name}")], href=desk.state.without("source").query(), className="act go")
    heading = html.Div(
        [html.H2(f"What the runs of {name} did"), html.Div(close, className="actions")], className="card-head"
    )
    if not past:
        return html.Div([heading, nothing("runs yet", "This source was not harvested yet.")], className="card-body")
    seen = past[0].counters.get("seen", 0)
    spoken = f"What the last {len(past)} runs of {name} did; the newest, run {past[0].id}, saw {seen}."
    note = "Each bar is a run; the table below holds the same numbers."
    return html.Div(
        [
            heading,
            picture("source", by_run(list(reversed(past)), desk.scheme), 240, spoken),
            html.P(note, className="footnote"),
        ],
        className="card-body chart",
    )


def all_runs(desk: Desk) -> Content:
    source = desk.state.one("source")
    known = runs(desk.installation.storage, RUNS, desk.viewer, source=source)
    heading = html.Div(html.H2(f"Runs of {source}" if source else "Runs"), className="card-head")
    if not known:
        return html.Div(
            [heading, nothing("runs yet", "Every harvest, match and index run will be listed here.")],
            className="card-body",
        )
    words = ("Run", "Kind", "Source", "State", "Started (UTC)", "Lasted", "Counts", "Message")
    columns = [Column(head, head in ("Run", "Lasted")) for head in words]
    table = data_table("Runs, newest first", columns, [_run(run) for run in known], cards=True)
    return html.Div([heading, table], className="card-body")


def _run(run: RunView) -> list[Cell]:
    seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else 0.0
    return [
        Cell(str(run.id), run.id, f"/run/{run.id}"),
        Cell(html.Span(KINDS.get(run.kind, run.kind), className="one-line"), run.kind),
        Cell(html.Span(run.source or "–", className="one-line"), run.source),
        Cell(badge(state_of(run)), run.state),
        Cell(html.Span(shortly(run.started_at), className="one-line"), run.started_at.isoformat()),
        Cell(lasted(run.started_at, run.ended_at) or "–", seconds),
        Cell(html.Div(counters(run.counters), className="some-room") if run.counters else "–", ""),
        Cell(html.Div(with_code(run.message), className="some-room") if run.message else "", run.message),
    ]


PAGE = Page(
    path=PATH,
    title="Sources and runs",
    layout=layout,
    panels={"sources": all_sources, "source": one_source, "runs": all_runs},
    live=going_on,
    acts=ACTS,
    menu="Data management",
    tab="Sources",
    order=60,
    role="viewer",
    help="Sources, freshness, runs, skipped records.",
)
