"""Review: proposed links with their evidence, by instrument, year and team; one key each to decide, skip and undo."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from time import time_ns
from typing import Any

from anyio import to_thread
from dash import Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import THIN, amount, moment
from dashboards.frame.acts import act, toast, undo
from dashboards.frame.controls import control_id, year_pair, years_known
from dashboards.page import Content, Desk, DeskOf, Done, Page
from dashboards.panel import nothing, notice, slot
from dashboards.review import matches, requesting
from dashboards.review.matches import chosen_instrument
from dashboards.review.pairs import STATES, TONES, VERDICTS
from dashboards.review.whole import HELP, pair_of
from puma import decisions
from puma.errors import PumaError
from puma.listing import CandidatePage, about_pairs, candidates, instruments, pace

PATH = "/review"
STOCK = 8  # pairs that the browser holds, so that the next one is there at once
LATEST = 10
LOOKED = 200  # newest decisions among which the latest acts are looked for
TWO_DECIDE = "Two persons decide here: what you say counts once somebody else says the same."
VIEWS = {"top": matches.top, "list": matches.validated, "many": matches.many}


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
                    html.P(TWO_DECIDE, className="quiet") if desk.installation.two_persons else None,
                ],
                className="title",
            ),
            slot(PATH, "queue", kind="bare", height=110),
            slot(PATH, "pair", kind="bare", height=560),
            html.Div([slot(PATH, "history", height=120)], className="grid"),
            html.Div(id="review-toast", className="toast", role="status", **{"aria-live": "polite"}),
            HELP,
        ],
        className="wide",
    )


def state_of(desk: Desk) -> str:
    """Which queue is shown."""
    return desk.state.one("state") if desk.state.one("state") in STATES else "candidate"


def queue_of(desk: Desk, limit: int) -> CandidatePage:
    """So many pairs from the place in the URL on, and how long the queue is. A place beyond the end is the last one."""
    find = partial(
        candidates,
        desk.installation.storage,
        desk.viewer,
        state=state_of(desk),
        audit=auditing(desk),
        second=seconding(desk),
        instrument=chosen_instrument(desk),
        years=desk.state.years,
        link_id=desk.state.number("link") or None,
        order="grouped",
        limit=limit,
    )
    page = find(offset=desk.state.number("at"))
    return page if page.items or not (page.total and limit) else find(offset=page.total - 1)


def auditing(desk: Desk) -> bool:
    """Whether only the random audit is shown."""
    return desk.state.one("audit") == "1"


def seconding(desk: Desk) -> bool:
    """Whether only pairs are shown about which somebody else had the first word."""
    return desk.state.one("second") == "1"


def view_of(desk: Desk) -> str:
    """Which list is shown in place of pairs; empty for the pairs."""
    return desk.state.one("view") if desk.state.one("view") in VIEWS else ""


def queue(desk: Desk) -> Content:
    """Which queue, of which instrument and years, and how far one has come."""
    page = queue_of(desk, 0)
    return html.Div(
        [_tabs(desk, page), html.Div([*_filters(desk), _progress(desk, page)], className="queue-row")],
        className="queue",
    )


def _tabs(desk: Desk, page: CandidatePage) -> Component:
    bare = desk.state.without("at", "audit", "second", "state", "view", "link", "over", "page")
    waiting = page.states.get("candidate", 0)
    ways: list[tuple[str, int, dict[str, str]]] = [
        (STATES["candidate"], waiting, {}),
        ("Top candidates", waiting, {"view": "top"}),
        ("Accept many", -1, {"view": "many"}),
        (STATES["auto"], page.states.get("auto", 0), {"state": "auto"}),
        ("Validated matches", page.states.get("validated", 0), {"state": "validated", "view": "list"}),
        (STATES["rejected"], page.states.get("rejected", 0), {"state": "rejected"}),
        ("Random audit", page.audit, {"audit": "1"}),
    ]
    if page.second or desk.installation.two_persons:
        ways.append(("One of two", page.second, {"second": "1"}))
    links = []
    for words, count, changes in ways:
        state = bare
        for key, value in changes.items():
            state = state.put(key, value)
        here = (changes.get("view", ""), changes.get("state", "candidate"), "audit" in changes, "second" in changes)
        on = here == (view_of(desk), state_of(desk), auditing(desk), seconding(desk))
        shown = html.Span(amount(count), className="tab-count") if count >= 0 else None
        links.append(
            html.A([words, shown], href=state.query(), className="tab go", **({"aria-current": "page"} if on else {}))
        )
    return html.Nav(links, className="tabs", **{"aria-label": "Queues"})


def _filters(desk: Desk) -> list[Component]:
    found = instruments(desk.installation.storage, desk.viewer)
    shown = [one for one in found if not desk.viewer.is_bound or one.id in desk.viewer.instruments]
    every = "all of your instruments" if desk.viewer.is_bound else "all instruments"
    picker = widgets.MultiSelect(
        id=control_id("instrument"),
        data=[{"value": str(one.id), "label": one.name} for one in shown],
        value=list(desk.state.many("instrument"))[:1],
        placeholder="" if desk.state.many("instrument") else every,
        maxValues=1,
        searchable=True,
        label="Instrument",
    )
    years = [html.Div(one, className="control year") for one in year_pair(desk, years_known(desk))]
    standing = dcc.Store(id={"type": "standing", "of": "controls"}, data=desk.state.query())
    return [html.Div(picker, className="control"), *years, standing]


def _progress(desk: Desk, page: CandidatePage) -> Component:
    now = datetime.now(UTC)
    mine = pace(desk.installation.storage, desk.viewer, now)
    left = page.audit if auditing(desk) else page.second if seconding(desk) else page.states.get("candidate", 0)
    more = [f"of {amount(mine.done + left)} by you · {amount(left)} left"]
    if mine.seconds is not None:
        more.append(f"{mine.seconds:.0f}{THIN}s each")
    if mine.judged:
        more.append(f"{100 * mine.agreed / mine.judged:.0f}{THIN}% as the model thought")
    joined = [part for one in more for part in (" · ", html.Span(one))][1:]
    return html.Div(
        [
            html.P([html.B(f"{amount(mine.done)} decided today"), " ", *joined], role="status"),
            widgets.Progress(
                value=100 * mine.done / (mine.done + left) if mine.done + left else 0, size="sm",
                **{"aria-label": "Decided today"},
            ),
        ],
        className="progress",
    )  # fmt: skip


def pair(desk: Desk) -> Content:
    """The pair to decide, with the next ones behind it; or a list in its place."""
    if view := view_of(desk):
        return VIEWS[view](desk)
    log = decisions.recent(desk.installation.storage, desk.viewer, LOOKED)  # before the pairs: those know all of it
    page = queue_of(desk, STOCK)
    if not page.items:
        return _nothing_left(desk, page)
    at = min(desk.state.number("at"), page.total - 1)
    about = about_pairs(desk.installation.storage, desk.viewer, page.items)
    me = desk.viewer.name or desk.viewer.role
    latest = next((d.id for d in log if not d.undone and d.decided_by == me), 0)
    boxes = requesting.ask_boxes(desk, [one.link_id for one in page.items])
    shown = [
        pair_of(
            desk,
            one,
            about[one.link_id],
            asking=boxes.get(one.link_id),
            at=at,
            total=page.total - behind,
            latest=latest,
            behind=behind,
        )  # fmt: skip
        for behind, one in enumerate(page.items)
    ]
    told = {"data-seen": str(log[0].id if log else 0), "data-drawn": str(time_ns())}
    return html.Div(shown, className="pairs", **told)


def _nothing_left(desk: Desk, page: CandidatePage) -> Component:
    here = state_of(desk)
    if desk.viewer.is_bound and not desk.viewer.instruments:
        words = "You decide on links of your own instruments, and none is yours yet. An administrator says which are."
        return notice("No instruments of yours", words)
    if seconding(desk):
        words = "No pair waits for you as the second person."
        back = html.P(html.A("Back to the queue", href="?", className="go"))
        return notice("Nothing to second", [html.P(words), back], tone="good")
    if auditing(desk) and any(page.states.values()):
        words = (
            "Every pair of the random audit is decided."
            if here == "candidate"
            else f"No pair of the random audit is {STATES[here].lower()}."
        )
        ways = [html.A("See the match quality", href="/quality", className="go"), " · ",
                html.A("Back to the queue", href="?", className="go")]  # fmt: skip
        return notice("Nothing to audit", [html.P(words), html.P(ways)], tone="good")
    narrowed = desk.state.many("instrument") or desk.state.many("year")
    if here == "candidate" and (any(page.states.values()) or narrowed):
        words = "Nothing is left to decide for this choice." if narrowed else "Every proposed link is decided."
        ways = [html.A("Look at the validated ones", href="?state=validated&view=list", className="go")]
        if narrowed:
            ways = [html.A("Look at all instruments and years", href="?", className="go")]
        return notice("All done", [html.P(words), html.P(ways)], tone="good")
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


def history(desk: Desk) -> Content:
    """The last acts, each with its undo; what was decided together stands in one line."""
    log = decisions.recent(desk.installation.storage, desk.viewer, LOOKED)
    if not log:
        words = "Nothing was decided yet. Every decision is kept here and can be undone."
        head = html.Div(html.H2("Last decisions"), className="card-head")
        return html.Div([head, html.P(words, className="quiet")], className="card-body")
    me = desk.viewer.name or desk.viewer.role
    can = any(d.decided_by == me and not d.undone for d in log)
    every = act(f"Undo my last {LATEST}", "undo_last", look="small", disabled=not can)
    together = [
        list(some) for _, some in groupby(log, key=lambda d: (d.decided_at, d.decided_by) if d.together > 1 else d.id)
    ][:LATEST]
    head = html.Div([html.H2("Last decisions"), html.Div(every, className="actions")], className="card-head")
    return html.Div(
        [head, html.Ul([_act(some, me) for some in together], className="rows decided")], className="card-body"
    )


def _act(some: list[decisions.Decided], me: str) -> Component:
    """One line of the last decisions; a word that waits is taken back by whose it is."""
    d = some[0]
    verdict = html.Span(VERDICTS[d.verdict], className=f"badge {TONES[d.verdict]}")
    who = html.Span(f"{d.decided_by}, {moment(d.decided_at)}", className="quiet")
    reason = html.Span(f"“{d.reason}”", className="quiet") if d.reason else None
    gone = html.Span("undone", className="quiet")
    if d.together > 1:
        words = html.Span(f"{amount(d.together)} pairs together, among them {d.left} and {d.right}")
        return html.Li([verdict, words, who, reason, gone if all(one.undone for one in some) else _back(d)])
    names = html.Span([
        html.A(d.left, href=f"/record/{d.left_id}", className="go"), " and ",
        html.A(d.right, href=f"/record/{d.right_id}", className="go"),
    ])  # fmt: skip
    if d.undone or (d.verdict in ("for", "against") and d.decided_by != me):
        return html.Li([verdict, names, who, reason, gone if d.undone else None])
    back = undo(d.id, place="history", spoken=f"Undo: {VERDICTS[d.verdict].lower()} {d.left} and {d.right}")
    return html.Li([verdict, names, who, reason, back])


def _back(d: decisions.Decided) -> Component:
    """What takes a whole act back; one of so many pairs that a number was to be typed for it asks once more."""
    words = f"Undo all {amount(d.together)}"
    button = act(words, "undo_act", str(d.id), look="small", place="history")
    if d.together <= matches.ASKED_FROM:
        return button
    what = f"{amount(d.together)} pairs that {d.decided_by} decided are as before, except those decided again since."
    return html.Details([html.Summary(words), html.P(what, className="quiet"), button], className="more")


def undo_last(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Take back the last decisions of this person."""
    me = desk.viewer.name or desk.viewer.role
    log = decisions.recent(desk.installation.storage, desk.viewer, LOOKED)
    mine = [d.id for d in log if d.decided_by == me and not d.undone][:LATEST]
    done = desk.installation.undo_many(desk.viewer, mine)
    return Done(f"Undone: your last {amount(len(done.decisions))} decisions are taken back.")


def wire(app: Any, desk_of: DeskOf) -> None:
    async def take_back(which: dict[str, Any] | None, changed: int, search: str) -> Any:
        number = which.get("decision") if isinstance(which, dict) else None
        if not isinstance(number, int):
            return no_update, no_update  # nobody pressed anything
        work = partial(_undo_one, desk_of, number, int(changed or 0), str(search or ""))
        return await to_thread.run_sync(work)

    app.callback(
        Output("toast", "children"),
        Output("changed", "data"),
        Input("undone", "data"),  # not the buttons: one that appears would take the place of one that is pressed
        State("changed", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )(take_back)


def _undo_one(desk_of: DeskOf, decision: int, changed: int, search: str) -> tuple[Component, int]:
    desk = desk_of(PATH, search, "light")
    key = str(changed + 1)
    try:
        desk.installation.undo(desk.viewer, decision)
        return toast("Undone: everything is as it was before.", key=key), changed + 1
    except PumaError as reason:
        return toast(f"{reason.title}: {reason}", key=key, tone="bad"), changed + 1


PAGE = Page(
    path=PATH,
    title="Review links",
    layout=layout,
    panels={"queue": queue, "pair": pair, "history": history},
    acts={
        **requesting.ACTS,
        "accept_many": matches.accept_many,
        "undo_act": matches.undo_act,
        "undo_last": undo_last,
    },  # fmt: skip
    menu="Match",
    order=40,
    role="scientist",
    help="Proposed links with their evidence: accept, reject, undo; lists of matches; many at once.",
    wire=wire,
)
