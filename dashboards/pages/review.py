"""Review: proposed links with their evidence, one after the other; accept, reject, skip and undo with one key each."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from anyio import to_thread
from dash import ALL, Input, Output, State, callback_context, dcc, no_update
from dash.development.base_component import Component

from dashboards import tags as html
from dashboards import widgets
from dashboards.acts import toast, undo
from dashboards.controls import control_id
from dashboards.page import Content, Desk, DeskOf, Page
from dashboards.pairs import STATES, evidence_of, side_of
from dashboards.panel import nothing, notice, slot
from dashboards.words import amount, moment
from puma import decisions
from puma.errors import PumaError
from puma.listing import Candidate, CandidatePage, candidates, instruments

PATH = "/review"
VERDICTS = {"accept": "Accepted", "reject": "Rejected"}
DAY = 500  # newest decisions that are looked at for today's count
LATEST = 10


def layout(desk: Desk) -> Content:
    return html.Div(
        [
            html.Div(
                [
                    html.H1("Review links"),
                    html.P(
                        "Does this publication come from this proposal? The evidence is below; you decide.",
                        className="lead",
                    ),
                ],
                className="title",
            ),
            slot(PATH, "queue", kind="bare", height=110),
            slot(PATH, "pair", kind="bare", height=560),
            html.Div([slot(PATH, "history", height=120)], className="grid"),
        ],
        className="wide",
    )


def state_of(desk: Desk) -> str:
    """Which queue is shown."""
    return desk.state.one("state") if desk.state.one("state") in STATES else "candidate"


def queue_of(desk: Desk) -> CandidatePage:
    """The pair at the place in the URL, and how long the queue is. A place beyond the end is the last one."""
    find = partial(
        candidates,
        desk.installation.storage,
        desk.viewer,
        state=state_of(desk),
        audit=auditing(desk),
        instrument=desk.state.number("instrument") or None,
        limit=1,
    )
    page = find(offset=desk.state.number("at"))
    return page if page.items or not page.total else find(offset=page.total - 1)


def auditing(desk: Desk) -> bool:
    """Whether only the random audit is shown."""
    return desk.state.one("audit") == "1"


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
            href=desk.state.without("at", "audit").put("state", "" if name == "candidate" else name).query(),
            className="tab go",
            **({"aria-current": "page"} if name == here and not auditing(desk) else {}),
        )
        for name, words in STATES.items()
    ]
    tabs.append(
        html.A(
            ["Random audit", html.Span(amount(page.audit), className="tab-count")],
            href=desk.state.without("at", "state").put("audit", "1").query(),
            className="tab go",
            **({"aria-current": "page"} if auditing(desk) else {}),
        )
    )
    done, left = mine_today(desk), page.audit if auditing(desk) else page.states.get("candidate", 0)
    picker = html.Div(
        widgets.MultiSelect(
            id=control_id("instrument"),
            data=[{"value": str(i.id), "label": i.name} for i in instruments(desk.installation.storage, desk.viewer)],
            value=list(desk.state.many("instrument"))[:1],
            placeholder="" if desk.state.many("instrument") else "all instruments",
            maxValues=1,
            searchable=True,
            **{"aria-label": "Only links of this instrument"},
        ),
        className="control",
    )
    bar = html.Div(
        [
            html.P([html.B(f"{amount(done)} decided today"), f" by you · {amount(left)} left"], role="status"),
            widgets.Progress(
                value=100 * done / (done + left) if done + left else 0, size="sm", **{"aria-label": "Decided today"}
            ),
        ],
        className="progress",
    )
    standing = dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query())
    return html.Div(
        [html.Nav(tabs, className="tabs", **{"aria-label": "Queues"}), picker, bar, standing], className="queue"
    )


def pair(desk: Desk) -> Content:
    page = queue_of(desk)
    if not page.items:
        return _nothing_left(desk, page)
    one = page.items[0]
    at = min(desk.state.number("at"), page.total - 1)
    return html.Div(
        [
            _bar(desk, one, at, page.total),
            _drawn(one) if one.drawn else None,
            html.Div([side_of(one.left, one.right), side_of(one.right, one.left)], className="grid two sides"),
            evidence_of(one),
        ],
        **{"data-link": str(one.link_id)},
    )


def _drawn(one: Candidate) -> Component:
    """Why this pair is asked about though the model may be sure of it."""
    counts = "It counts already; " if one.state == "auto" else ""
    return html.P(
        [
            html.Span("Chosen at random to measure quality", className="badge accent"),
            html.Span(f"{counts}no model learns from what you decide here. ", className="quiet"),
            html.A("What it is for", href="/quality", className="go"),
        ],
        className="spaced small drawn",
    )


def _nothing_left(desk: Desk, page: CandidatePage) -> Component:
    here = state_of(desk)
    if auditing(desk) and any(page.states.values()):
        words = (
            "Every pair of the random audit is decided."
            if here == "candidate"
            else f"No pair of the random audit is {STATES[here].lower()}."
        )
        ways = [html.A("See the match quality", href="/quality", className="go"), " · ",
                html.A("Back to the queue", href="?", className="go")]  # fmt: skip
        return notice("Nothing to audit", [html.P(words), html.P(ways)], tone="good")
    if here == "candidate" and any(page.states.values()):
        words = (
            "Every proposed link is decided."
            if not desk.state.many("instrument")
            else "Nothing is left to decide for this instrument."
        )
        return notice(
            "All done",
            [html.P(words), html.P(html.A("Look at the validated ones", href="?state=validated", className="go"))],
            tone="good",
        )
    if here != "candidate" and any(page.states.values()):
        return nothing(
            f"{STATES[here].lower()} links",
            "None is in this state.",
            html.A("Back to what is to decide", href="?", className="go"),
        )
    return nothing(
        "proposed links",
        "Links are proposed once proposals and publications have both been harvested.",
        "`puma match` looks for them. ",
        html.A("See the sources", href="/sources", className="go"),
    )


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
                    _decide(one, "accept", "Accept", "a", off=one.state == "validated"),
                    _decide(one, "reject", "Reject", "x", off=one.state == "rejected"),
                    _step("Skip", "Space", forth, " to the next pair"),
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
                    _step("‹", "k", back, " previous pair"),
                    html.Span(f"{amount(at + 1)} of {amount(total)}", className="quiet"),
                    _step("›", "j", forth, " next pair"),
                ],
                className="steps",
            ),
        ],
        className="action-bar",
    )


def _decide(one: Candidate, verdict: str, words: str, key: str, *, off: bool) -> Component:
    return html.Button(
        [words, html.Kbd(key, **{"aria-hidden": "true"})],
        id={"type": "decide", "verdict": verdict, "link": one.link_id, "state": one.state},
        className=f"button {verdict}",
        disabled=off,
        **{"data-key": key, "data-once": "link", "aria-keyshortcuts": key},
    )


def _step(words: str, key: str, query: str, more: str) -> Component:
    shown = [words, html.unseen(more), html.Kbd(key, **{"aria-hidden": "true"})]
    if not query:
        return html.Span(shown, className="button off", **{"aria-disabled": "true"})
    return html.A(shown, href=query, className="button go", **{"data-key": key, "aria-keyshortcuts": key})


def history(desk: Desk) -> Content:
    """The last decisions, each with its undo."""
    log = decisions.recent(desk.installation.storage, desk.viewer, LATEST)
    heading = html.Div(html.H2("Last decisions"), className="card-head")
    if not log:
        return html.Div(
            [
                heading,
                html.P("Nothing was decided yet. Every decision is kept here and can be undone.", className="quiet"),
            ],
            className="card-body",
        )
    items = [
        html.Li(
            [
                html.Span(f"{VERDICTS[d.verdict]}", className=f"badge {'good' if d.verdict == 'accept' else 'bad'}"),
                html.Span([
                    html.A(d.left, href=f"/record/{d.left_id}", className="go"), " and ",
                    html.A(d.right, href=f"/record/{d.right_id}", className="go"),
                ]),
                html.Span(f"{d.decided_by}, {moment(d.decided_at)}", className="quiet"),
                html.Span("undone", className="quiet") if d.undone else undo(
                    d.id, place="history", spoken=f"Undo: {VERDICTS[d.verdict].lower()} {d.left} and {d.right}"
                ),
            ]
        )
        for d in log
    ]  # fmt: skip
    return html.Div([heading, html.Ul(items, className="rows decided")], className="card-body")


def wire(app: Any, desk_of: DeskOf) -> None:
    async def act(_decide: list[int], _undo: list[int], changed: int, search: str) -> Any:
        which = callback_context.triggered_id
        if not which or not any(one["value"] for one in callback_context.triggered):
            return no_update, no_update  # a button appeared, nobody pressed it
        return await to_thread.run_sync(partial(_act, desk_of, dict(which), int(changed or 0), str(search or "")))

    app.callback(
        Output("toast", "children"),
        Output("changed", "data"),
        Input({"type": "decide", "verdict": ALL, "link": ALL, "state": ALL}, "n_clicks"),
        Input({"type": "undo", "decision": ALL, "place": ALL}, "n_clicks"),
        State("changed", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )(act)


def _act(desk_of: DeskOf, which: dict[str, Any], changed: int, search: str) -> tuple[Component, int]:
    """Do what the pressed button says. which: its id."""
    desk = desk_of(PATH, search, "light")
    key = str(changed + 1)
    try:
        if which["type"] == "undo":
            desk.installation.undo(desk.viewer, int(which["decision"]))
            return toast("Undone: everything is as it was before.", key=key), changed + 1
        number = desk.installation.decide(
            desk.viewer, int(which["link"]), str(which["verdict"]), expected_state=str(which["state"])
        )
        return toast(f"{VERDICTS[which['verdict']]}.", key=key, undoes=number, tone="good"), changed + 1
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
