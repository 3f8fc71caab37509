"""Review: proposed links with their evidence, one after the other; accept, reject, skip and undo with one key each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from re import findall
from typing import Any

import dash_mantine_components as dmc
from anyio import to_thread
from dash import ALL, Dash, Input, Output, State, callback_context, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.controls import control_id
from dashboards.lists import joined
from dashboards.markup import marked
from dashboards.page import Content, Desk, DeskOf, Page
from dashboards.panel import nothing, notice, slot
from dashboards.words import KINDS, THIN, amount, moment
from puma import decisions
from puma.errors import PumaError
from puma.listing import Candidate, CandidatePage, Side, candidates, instruments

PATH = "/review"
STATES = {"candidate": "To decide", "auto": "Automatic", "validated": "Validated", "rejected": "Rejected"}
VERDICTS = {"accept": "Accepted", "reject": "Rejected"}
DAY = 500  # newest decisions that are looked at for today's count
LATEST = 10
COMMON = frozenset("the and for with from into upon under over seen by near their its this that study using between".split())


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div([html.H1("Review links"), html.P("Does this publication come from this proposal? The evidence is below; you decide.", className="lead")], className="title"),
            slot(PATH, "queue", kind="bare", height=110),
            slot(PATH, "pair", kind="bare", height=560),
            html.Div([slot(PATH, "history", height=120)], className="grid"),
        ],
        className="wide",
    )  # fmt: skip


def state_of(desk: Desk) -> str:
    """Which queue is shown."""
    return desk.state.one("state") if desk.state.one("state") in STATES else "candidate"


def queue_of(desk: Desk) -> CandidatePage:
    """The pair at the place in the URL, and how long the queue is. A place beyond the end is the last one."""
    machine = desk.state.one("instrument")
    options = {"state": state_of(desk), "instrument": int(machine) if machine.isdigit() else None}
    page = candidates(desk.installation.storage, desk.viewer, offset=desk.state.number("at"), limit=1, **options)  # type: ignore[arg-type]
    if not page.items and page.total:
        page = candidates(desk.installation.storage, desk.viewer, offset=page.total - 1, limit=1, **options)  # type: ignore[arg-type]
    return page


def mine_today(desk: Desk) -> int:
    """How many decisions of today stand that this person made."""
    today = datetime.now(UTC).date()
    name = desk.viewer.name or desk.viewer.role
    log = decisions.recent(desk.installation.storage, desk.viewer, DAY)
    return sum(d.decided_by == name and d.decided_at.date() == today and not d.undone for d in log)


def queue(desk: Desk) -> Content:
    """Which queue, of which instrument, and how far one has come."""
    page = queue_of(desk)
    here = state_of(desk)
    tabs = [
        html.A(
            [words, html.Span(amount(page.states.get(name, 0)), className="tab-count")],
            href=desk.state.without("at").put("state", "" if name == "candidate" else name).query(),
            className="tab go",
            **({"aria-current": "page"} if name == here else {}),
        )
        for name, words in STATES.items()
    ]
    done, left = mine_today(desk), page.states.get("candidate", 0)
    picker = html.Div(dmc.MultiSelect(
        id=control_id("instrument"),
        data=[{"value": str(i.id), "label": i.name} for i in instruments(desk.installation.storage, desk.viewer)],
        value=list(desk.state.many("instrument"))[:1],
        placeholder="" if desk.state.many("instrument") else "all instruments",
        maxValues=1,
        searchable=True,
        **{"aria-label": "Only links of this instrument"},
    ), className="control")
    bar = html.Div(
        [
            html.P([html.B(f"{amount(done)} decided today"), f" by you · {amount(left)} left"], role="status"),
            dmc.Progress(value=100 * done / (done + left) if done + left else 0, size="sm", **{"aria-label": "Decided today"}),
        ],
        className="progress",
    )
    standing = dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query())
    return html.Div([html.Nav(tabs, className="tabs", **{"aria-label": "Queues"}), picker, bar, standing], className="queue")


def pair(desk: Desk) -> Content:
    page = queue_of(desk)
    if not page.items:
        return _nothing_left(desk, page)
    one = page.items[0]
    at = min(desk.state.number("at"), page.total - 1)
    return html.Div(
        [
            dcc.Store(id="reviewing", data={"link": one.link_id, "state": one.state}),
            _bar(desk, one, at, page.total),
            html.Div([_side(one.left, one.right), _side(one.right, one.left)], className="grid two sides"),
            _evidence(one),
        ],
        **{"data-link": str(one.link_id)},
    )


def _nothing_left(desk: Desk, page: CandidatePage) -> Component:
    here = state_of(desk)
    if here == "candidate" and sum(page.states.values()):
        words = "Every proposed link is decided." if not desk.state.many("instrument") else "Nothing is left to decide for this instrument."
        return notice("All done", [html.P(words), html.P(html.A("Look at the validated ones", href="?state=validated", className="go"))], tone="good")
    if here != "candidate" and sum(page.states.values()):
        return nothing(f"{STATES[here].lower()} links", "None is in this state.", html.A("Back to what is to decide", href="?", className="go"))
    return nothing(
        "proposed links", "Links are proposed once proposals and publications have both been harvested.",
        "`puma match` looks for them. ", html.A("See the sources", href="/sources", className="go"),
    )  # fmt: skip


def _bar(desk: Desk, one: Candidate, at: int, total: int) -> Component:
    """The buttons, each with its key."""
    log = decisions.recent(desk.installation.storage, desk.viewer, LATEST)
    latest = next((d.id for d in log if not d.undone and d.decided_by == (desk.viewer.name or desk.viewer.role)), None)
    forth = desk.state.put("at", str(at + 1)).query() if at + 1 < total else ""
    back = desk.state.put("at", str(at - 1) if at > 1 else "").query() if at else ""
    return html.Div(
        [
            html.Div(
                [
                    _decide("accept", "Accept", "a", "accept", off=one.state == "validated"),
                    _decide("reject", "Reject", "x", "reject", off=one.state == "rejected"),
                    _step("Skip", "Space", forth, "Skip to the next pair"),
                    html.Button(
                        ["Undo", html.Kbd("⌫", **{"aria-hidden": "true"})],
                        id={"type": "undo", "decision": latest or 0, "place": "bar"},
                        className="button",
                        disabled=latest is None,
                        **{"data-key": "Backspace", "aria-keyshortcuts": "Backspace"},
                    ),
                ],
                className="verdicts",
            ),
            html.Div(
                [
                    _step("‹", "k", back, "Previous pair"),
                    html.Span(f"{amount(at + 1)} of {amount(total)}", className="quiet"),
                    _step("›", "j", forth, "Next pair"),
                ],
                className="steps",
            ),
        ],
        className="action-bar",
    )


def _decide(verdict: str, words: str, key: str, tone: str, *, off: bool) -> Component:
    return html.Button(
        [words, html.Kbd(key, **{"aria-hidden": "true"})],
        id={"type": "decide", "verdict": verdict},
        className=f"button {tone}",
        disabled=off,
        **{"data-key": key, "data-once": "link", "aria-keyshortcuts": key},
    )


def _step(words: str, key: str, query: str, name: str) -> Component:
    shown = [words, html.Kbd(key, **{"aria-hidden": "true"})]
    if not query:
        return html.Span(shown, className="button off", **{"aria-disabled": "true"})
    return html.A(shown, href=query, className="button go", **{"data-key": key, "aria-label": name, "aria-keyshortcuts": key})


def _side(side: Side, other: Side) -> Component:
    """One end of the pair; what it has in common with the other is marked."""
    people, titles = shared_people(side.people, other.people), shared_words(side.title, other.title)
    instruments_too = [i for i in side.instruments if i in other.instruments]
    facts = [
        ("Code" if side.kind != "publication" else "DOI", side.code_or_doi),
        ("Date", side.date),
        ("Instruments", marked(", ".join(side.instruments), instruments_too) if side.instruments else ""),
        ("", side.extra),
    ]
    return html.Article(
        [
            html.P([html.Span(KINDS.get(side.kind, side.kind), className="badge accent"), html.A("Open the record", href=f"/record/{side.record_id}", className="go", target="_blank")], className="kicker spaced"),
            html.H2(marked(side.title, titles), className="side-title"),
            html.Dl([part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="facts"),
            html.H3("People"),
            html.P(marked(joined(side.people, 14) or "Nobody is named.", people), className="prose"),
            html.H3("Abstract"),
            html.P(marked(side.abstract, shared_words(side.abstract, f"{other.title} {other.abstract}")) if side.abstract else "No abstract available.", className="prose clamp"),
        ],
        className="panel card card-body end",
    )  # fmt: skip


def shared_words(one: str, other: str) -> list[str]:
    """The longer words that stand in both texts, whatever their case."""
    there = {w.casefold() for w in findall(r"\w{4,}", other)}
    return sorted({w for w in findall(r"\w{4,}", one) if w.casefold() in there and w.casefold() not in COMMON})


def shared_people(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Family names (before the comma, or last) that stand on both sides."""
    def family(name: str) -> str:
        return name.split(",")[0].strip() if "," in name else name.split(" ")[-1]

    there = {family(name).casefold() for name in theirs}
    return sorted({family(name) for name in ours if family(name).casefold() in there})


def _evidence(one: Candidate) -> Component:
    """The ledger: every item with its points as a bar to the left or right, and their sum."""
    largest = max((abs(float(item.get("points", 0))) for item in one.evidence), default=1.0) or 1.0
    rows = [_item(item, largest) for item in sorted(one.evidence, key=lambda item: -float(item.get("points", 0)))]
    total = sum(float(item.get("points", 0)) for item in one.evidence)
    foot = html.Tr(
        [html.Th("Sum", scope="row"), html.Td(f"makes {one.probability * 100:.1f}{THIN}% probable ({one.channel}, tier {one.tier})"), html.Td(), html.Td(html.B(_points(total)), className="number")]
    )
    table = html.Table(
        [
            html.Caption("Evidence for and against", className="unseen"),
            html.Thead(html.Tr([html.Th(words, scope="col") for words in ("Evidence", "Found", "Against / for", "Points")])),
            html.Tbody(rows),
            html.Tfoot(foot),
        ],
        className="data ledger",
    )
    meter = html.Div(
        [html.Span(f"{one.probability * 100:.0f}{THIN}%", className="number"), html.Span("probable", className="quiet")],
        className="probability",
    )
    decided = f"{STATES[one.state]}, by {one.decided_by} on {moment(one.decided_at)} UTC" if one.decided_by else ""
    return html.Div(
        [
            html.Div([html.H2("Evidence"), meter], className="card-head"),
            html.Div(table, className="scroll", tabIndex=0, role="region", **{"aria-label": "Evidence"}),
            html.P(decided, className="footnote") if decided else None,
        ],
        className="panel card card-body evidence",
    )  # fmt: skip


def _item(item: dict[str, Any], largest: float) -> Component:
    points = float(item.get("points", 0))
    width = f"{abs(points) / largest * 50:.1f}%"
    style = {"width": width, "left": "50%"} if points >= 0 else {"width": width, "right": "50%"}
    bar = html.Span(html.Span(className="for" if points >= 0 else "against", style=style), className="scale", **{"aria-hidden": "true"})
    return html.Tr(
        [
            html.Th(str(item.get("kind", "")).replace("_", " "), scope="row"),
            html.Td(str(item.get("detail", ""))),
            html.Td(bar),
            html.Td(_points(points), className="number"),
        ]
    )


def _points(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def history(desk: Desk) -> Content:
    """The last decisions, each with its undo."""
    log = decisions.recent(desk.installation.storage, desk.viewer, LATEST)
    heading = html.Div(html.H2("Last decisions"), className="card-head")
    if not log:
        return html.Div([heading, html.P("Nothing was decided yet. Every decision is kept here and can be undone.", className="quiet")], className="card-body")
    items = [
        html.Li(
            [
                html.Span(f"{VERDICTS[d.verdict]}", className=f"badge {'good' if d.verdict == 'accept' else 'bad'}"),
                html.Span([
                    "publication ", html.A(str(d.left_id), href=f"/record/{d.left_id}", className="go"), " and ",
                    html.A(f"record {d.right_id}", href=f"/record/{d.right_id}", className="go"),
                ]),
                html.Span(f"{d.decided_by}, {moment(d.decided_at)}", className="quiet"),
                html.Span("undone", className="quiet") if d.undone else html.Button(
                    "Undo", id={"type": "undo", "decision": d.id, "place": "history"}, className="button small",
                    **{"aria-label": f"Undo: {VERDICTS[d.verdict].lower()} {d.left_id} and {d.right_id}"},
                ),
            ]
        )
        for d in log
    ]  # fmt: skip
    return html.Div([heading, html.Ul(items, className="rows decided")], className="card-body")


def toast(words: str, *, key: str, undo: int = 0, tone: str = "quiet") -> Component:
    """A message that stays for a while, with the way back."""
    button = html.Button("Undo", id={"type": "undo", "decision": undo, "place": "toast"}, className="button small") if undo else None
    return html.Div([html.Span(words), button], key=key, className=f"toast-in {tone}")


def wire(app: Dash, desk_of: DeskOf) -> None:
    @app.callback(
        Output("toast", "children"),
        Output("changed", "data"),
        Input({"type": "decide", "verdict": ALL}, "n_clicks"),
        Input({"type": "undo", "decision": ALL, "place": ALL}, "n_clicks"),
        State("reviewing", "data"),
        State("changed", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    async def act(_decide: list[int], _undo: list[int], reviewing: dict[str, Any] | None, changed: int, search: str) -> Any:
        which = callback_context.triggered_id
        if not which or not any(one["value"] for one in callback_context.triggered):
            return no_update, no_update  # a button appeared, nobody pressed it
        return await to_thread.run_sync(partial(_act, desk_of, dict(which), reviewing, changed or 0, search))


def _act(desk_of: DeskOf, which: dict[str, Any], reviewing: dict[str, Any] | None, changed: int, search: str) -> tuple[Any, Any]:
    desk = desk_of(PATH, search, "light")
    key = str(changed + 1)
    try:
        if which["type"] == "undo":
            desk.installation.undo(desk.viewer, int(which["decision"]))
            return toast("Undone: the pair is as it was before.", key=key), changed + 1
        if not reviewing:
            return no_update, no_update
        number = desk.installation.decide(
            desk.viewer, int(reviewing["link"]), which["verdict"], expected_state=str(reviewing["state"])
        )
        return toast(f"{VERDICTS[which['verdict']]}.", key=key, undo=number, tone="good"), changed + 1
    except PumaError as reason:
        return toast(f"{reason.title}: {reason}", key=key, tone="bad"), changed + 1


PAGE = Page(
    path=PATH,
    title="Review links",
    layout=layout,
    panels={"queue": queue, "pair": pair, "history": history},
    menu="Match",
    order=40,
    role="scientist",
    help="Proposed links with their evidence: accept, reject, undo.",
    wire=wire,
)
