"""Requests: what one is asked, what one asked, the letter of each question, who stands in, and the weekly digest."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from dash import ALL, Input, Output, State, callback_context, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.words import amount, day
from dashboards.frame.acts import act, entry, kept, toast
from dashboards.page import Content, Desk, DeskOf, Done, Page
from dashboards.panel import notice, slot
from dashboards.review import away, requesting
from dashboards.review.letters import KEY, language_of, read_first
from dashboards.review.requesting import ANSWERS, at_once, number_of, pair_shown, state_badge
from puma import requests
from puma.errors import PumaError
from puma.requests import Letter, PairView, RequestView

PATH = requesting.PATH
VIEWS = {"me": "For me", "mine": "Asked by me", "away": "While away, digest"}
CHOICES = (("accept", "Yes"), ("reject", "No"), ("do not know", "I do not know"))


def layout(desk: Desk) -> Content:
    lead = "Ask a colleague about a pair; what they answer decides it, and can be undone."
    return html.Div(
        [
            html.Div([html.H1("Requests"), html.P(lead, className="lead")], className="title"),
            slot(PATH, "views", kind="bare", height=44),
            html.Div([slot(PATH, "letter", kind="bare")], className="grid"),
            html.Div([slot(PATH, "list", height=260)], className="grid"),
        ],
        className="wide requests",
    )


def view_of(desk: Desk) -> str:
    """Which part is shown."""
    return desk.state.one("view") if desk.state.one("view") in VIEWS else "me"


def views(desk: Desk) -> Content:
    """The parts of the page, and how much waits in them."""
    storage, at = desk.installation.storage, at_once()
    counts = {
        "me": requests.waiting_count(storage, desk.viewer, at=at),
        "mine": sum(one.state == "open" for one in requests.asked_by(storage, desk.viewer, at=at)),
    }
    tabs = [
        html.A(
            [words, html.Span(amount(counts[name]), className="tab-count") if name in counts else None],
            href=desk.state.without("of").put("view", "" if name == "me" else name).query(),
            className="tab go",
            **({"aria-current": "page"} if name == view_of(desk) else {}),
        )
        for name, words in VIEWS.items()
        if name != "mine" or desk.viewer.at_least(requests.TO_ASK)
    ]
    return html.Nav(tabs, className="tabs", **{"aria-label": "Requests"})


def shown(desk: Desk) -> Content:
    """The part that is chosen."""
    parts: dict[str, Callable[[Desk], Content]] = {"me": for_me, "mine": by_me, "away": away.shown}
    return parts[view_of(desk)](desk)


def for_me(desk: Desk) -> Content:
    """Open questions with their pairs and the buttons that answer; then those that are over."""
    inbox = requests.inbox(desk.installation.storage, desk.viewer, at=at_once())
    if not inbox.waiting and not inbox.ended:
        words = "When a colleague asks you about a pair, it stands here, and only here."
        return html.Div(notice("Nobody asked you anything", words), className="card-body")
    waiting = [_question(desk, one, pair) for one, pair in inbox.waiting]
    ended = html.Ul([_row(desk, one, own=False) for one in inbox.ended], className="asked-rows")
    return html.Div(
        [
            _head("Waiting for your answer"),
            html.Div(waiting) if waiting else html.P("Nothing waits for you.", className="quiet"),
            html.Div([_head("Over"), ended]) if inbox.ended else None,
        ],
        className="card-body",
    )


def _question(desk: Desk, one: RequestView, pair: PairView) -> Component:
    mine = one.asked_of == desk.viewer.name
    whom = "you" if mine else f"{one.asked_of}, for whom you stand in"
    buttons = [
        act([words, html.unseen(f": {one.title}")], "answer-request", f"{one.id}/{value}") for value, words in CHOICES
    ]
    comment = widgets.TextInput(id=entry(f"comment-{one.id}"), label="Comment (if you like)", value="",
                                **kept("answer"))  # fmt: skip
    return html.Article(
        [
            html.Div([
                html.H3(pair.question),
                html.P(f"{one.asked_by} asks {whom}. Until {day(one.expires_at)}.", className="quiet small"),
            ]),
            html.Blockquote(
                [html.P(line) for line in one.message.splitlines() if line], className="asked-message"
            ) if one.message else None,
            pair_shown(pair),
            html.Div([comment, html.Div(buttons, className="asked-acts")], className="asked-answer"),
        ],
        className="asked-one",
    )  # fmt: skip


def answer_request(desk: Desk, on: str, form: Mapping[str, str]) -> Done:
    """Answer a question. on: its number and the answer."""
    number, _, verdict = on.partition("/")
    comment = form.get(f"comment-{number}", "")
    done = desk.installation.answered(
        lambda storage, rule: requests.answer(
            storage, desk.viewer, number_of(number), verdict, comment, at=at_once(), rule=rule
        )
    )  # fmt: skip
    if done.late:
        return Done("Kept. The pair had been decided meanwhile; your answer overwrites nothing.")
    undo = done.decision if desk.viewer.at_least("scientist") else 0
    if done.waits:
        return Done("Your answer is kept. Thank you. It counts once a second person says the same.", undo)
    return Done("Your answer is kept. Thank you.", undo)


def by_me(desk: Desk) -> Content:
    """The questions one asked."""
    desk.viewer.must_be(requests.TO_ASK, "Asking somebody")
    found = requests.asked_by(desk.installation.storage, desk.viewer, at=at_once())
    if not found:
        way = html.A("Go to the pairs", href="/review", className="go")
        words = "On the page Match, “Ask somebody” stands beside every pair."
        return html.Div(notice("You asked nobody yet", words, action=way), className="card-body")
    return html.Div(
        [_head("Asked by you"), html.Ul([_row(desk, one, own=True) for one in found], className="asked-rows")],
        className="card-body",
    )


def _row(desk: Desk, one: RequestView, *, own: bool) -> Component:
    title = f"{one.title} and {one.code}" if one.code else one.title
    told = f"asked of {one.asked_of}" if own else f"asked by {one.asked_by}"
    sent = f", sent {day(one.sent_at)}" if one.sent_at and own else ""
    until = f", until {day(one.expires_at)}" if one.state == "open" else ""
    answer = f"{one.answered_by}: {ANSWERS[one.answer]}" if one.answer else ""
    late = " (decided before by somebody else; kept beside it)" if one.late else ""
    words = [
        html.P([state_badge(one), " ", html.B(title)]),
        html.P(f"{told} on {day(one.created_at)}{sent}{until}", className="quiet small"),
        html.P([answer + late, f" “{one.comment}”" if one.comment else ""]) if answer else None,
    ]
    acts: list[Component] = []
    if own and one.state == "open":
        of = desk.state.put("of", str(one.id)).query()
        acts = [
            html.A(["Letter", html.unseen(f" to {one.asked_of}")], href=of, className="button small go"),
            act(["Take back", html.unseen(f": {one.title}")], "withdraw-request", str(one.id), look="small"),
        ]
    return html.Li([html.Div(words), html.Div(acts, className="asked-acts")], className="asked-row")


def letter(desk: Desk) -> Content:
    """The letter of a question before anything is made or sent, and the ways it can go."""
    number = desk.state.number("of")
    if not number or view_of(desk) != "mine":
        return None
    house, at = desk.installation, at_once()
    spoken = language_of(desk)
    found = requests.preview(house.storage, house.settings, desk.viewer, number, at=at, language=spoken)
    one = requests.one_asked(house.storage, desk.viewer, number, at=at)
    can = requests.can_send(house.settings.mail)
    if not can:
        why = "Nothing is sent from here ([mail] names no server): copy the letter and send it yourself."
    elif not found.email:
        why = "No e-mail address is known: copy the letter and send it yourself."
    else:
        why = f"Goes to {found.email}."
    send = html.Button(
        "Send it", id={"type": "letter", "do": "send", "request": number, "in": spoken}, className="button primary",
        disabled=not (can and found.email and one.state == "open"),
    )  # fmt: skip
    show = html.Button(
        "Make the link and show it", id={"type": "letter", "do": "show", "request": number, "in": spoken},
        className="button", disabled=one.state != "open",
    )  # fmt: skip
    close = html.A("Close", href=desk.state.without("of", KEY).query(), className="button plain go")
    again = "Each time a new link is made; an earlier one stops working."
    return html.Div(
        [
            _head(f"The letter to {one.asked_of}"),
            *read_first(desk, found),
            html.P(f"{why} {again}", className="footnote"),
            html.Div([send, show, close], className="letter-acts"),
            html.Div(id="letter-out", role="status", **{"aria-live": "polite"}),
        ],
        className="panel card card-body",
    )


def _with_link(found: Letter) -> Component:
    whole = f"{found.subject}\n\n{found.body}"
    link = next((line for line in found.body.splitlines() if "/answer/" in line), "")
    return html.Div(
        [
            html.P([html.B("The link, shown this once: "), html.Code(link, className="secret", id="answer-link")]),
            html.Pre(found.body, className="letter", tabIndex=0),
            html.Div(
                [
                    html.Button("Copy the letter", className="button primary", **{"data-copy": whole}),
                    html.Button("Copy the link alone", className="button", **{"data-copy": link}),
                ],
                className="letter-acts",
            ),
        ]
    )


def _head(words: str) -> Component:
    return html.Div(html.H2(words), className="card-head")


def wire(app: Any, desk_of: DeskOf) -> None:
    """Let the letter get its link, which is shown once, or go out."""

    async def go(_clicks: list[int], href: str, changed: int) -> Any:
        which = callback_context.triggered_id
        if not which or not any(one["value"] for one in callback_context.triggered):
            return no_update, no_update, no_update  # a button appeared, nobody pressed it
        return await to_thread.run_sync(partial(_go, desk_of, dict(which), str(href or ""), int(changed or 0)))

    app.callback(
        Output("letter-out", "children"),
        Output("toast", "children", allow_duplicate=True),
        Output("changed", "data", allow_duplicate=True),
        Input({"type": "letter", "do": ALL, "request": ALL, "in": ALL}, "n_clicks"),
        State("url", "href"),
        State("changed", "data"),
        prevent_initial_call=True,
    )(go)


def _go(desk_of: DeskOf, which: dict[str, Any], href: str, changed: int) -> tuple[Any, Any, Any]:
    """Make or send the letter. href: the address of the page, which tells how these pages are reached."""
    desk = desk_of(PATH, "", "light")
    house, place = desk.installation, urlsplit(href)
    base = house.settings.access.public_url.rstrip("/") or f"{place.scheme}://{place.netloc}"
    key = f"{changed}.letter"
    try:
        number, at, spoken = number_of(str(which.get("request"))), at_once(), str(which.get("in") or "")
        if which.get("do") == "send":
            requests.send_letter(house.storage, house.settings, desk.viewer, number, base, at=at, language=spoken)
            return no_update, toast("The letter is sent.", key=key, tone="good"), changed + 1
        found = requests.letter_with_link(
            house.storage, house.settings, desk.viewer, number, base, at=at, language=spoken
        )
        return _with_link(found), no_update, no_update
    except PumaError as reason:
        return notice(reason.title, str(reason), tone="bad"), no_update, no_update


PAGE = Page(
    path=PATH,
    title="Requests",
    layout=layout,
    panels={"views": views, "letter": letter, "list": shown},
    acts={**requesting.ACTS, **away.ACTS, "answer-request": answer_request},
    menu="Match",
    tab="Requests",
    order=43,
    role="viewer",
    help="Questions to you and by you about pairs, stand-ins, and the weekly digest.",
    wire=wire,
)
