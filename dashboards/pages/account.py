"""One's own account: who one is here, the browsers one is signed in with, tokens for programs, the password."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from dashboards.drawing import tags as html
from dashboards.drawing import widgets
from dashboards.drawing.tables import Cell, Column, data_table
from dashboards.drawing.words import day, moment
from dashboards.frame.acts import act, entry
from dashboards.page import Content, Desk, DeskOf, Done, Page
from dashboards.panel import notice, slot
from puma import accounts
from puma.access import ROLES
from puma.errors import PumaError, Refused

PATH = "/account"
DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
STATES = {"valid": "good", "expired": "quiet", "revoked": "bad"}


def layout(desk: Desk) -> Content:
    if not desk.viewer.account:
        enter = html.A("Sign in", href="/sign-in", className="button primary") if desk.entrance.signs_in else None
        words = "This page is about the account of whoever is signed in."
        head = html.Div(html.H1("Your account"), className="title")
        return html.Div([head, notice("Nobody is signed in here", words, action=enter)], className="wide")
    return html.Div(
        [
            html.Div(html.H1("Your account"), className="title"),
            html.Div([slot(PATH, "who", height=150), slot(PATH, "sessions", height=150)], className="grid two"),
            html.Div(id="new-token", role="status", **{"aria-live": "polite"}),
            html.Div([slot(PATH, "tokens", height=220)], className="grid"),
            html.Div([slot(PATH, "password", height=140)], className="grid"),
        ],
        className="wide",
    )


def who(desk: Desk) -> Content:
    one = accounts.account(desk.installation.storage, desk.viewer.account)
    person = html.A(one.orcid, href=f"/record/{one.person}", className="go") if one.person else one.orcid
    facts: list[tuple[str, Component | str]] = [
        ("Name", one.name),
        ("Role", one.role.replace("_", " ")),
        ("Instruments", ", ".join(one.scope) or "none of your own"),
        ("ORCID", person or "not linked"),
        ("Signs in", f"as {one.subject}" if one.is_local else f"through {one.issuer}"),
    ]
    rows = [part for name, value in facts for part in (html.Dt(name), html.Dd(value))]
    return html.Div([_head("Who you are here"), html.Dl(rows, className="facts")], className="card-body")


def sessions(desk: Desk) -> Content:
    found = accounts.sessions(desk.installation.storage, desk.installation.settings.access, desk.viewer)
    columns = [Column("Browser"), Column("Signed in (UTC)"), Column("Last seen (UTC)"), Column("Ends")]
    rows = [
        [
            Cell(html.Span([html.B(one.agent), " (this one)" if one.here else ""]), one.agent),
            Cell(moment(one.created_at), one.created_at.isoformat()),
            Cell(moment(one.seen_at), one.seen_at.isoformat()),
            Cell(
                day(one.expires_at) if one.here else act(
                    ["End it", html.unseen(f": {one.agent}, signed in {moment(one.created_at)}")], "end", str(one.id),
                    look="small",
                ),
                one.expires_at.isoformat(),
            ),
        ]
        for one in found
    ]  # fmt: skip
    note = html.P("Ending one signs that browser out with its next click.", className="footnote")
    return html.Div(
        [_head("Where you are signed in"), data_table("Sessions", columns, rows, cards=True), note],
        className="card-body",
    )


def end(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """End one of one's own sessions."""
    accounts.end_session(desk.installation.storage, desk.viewer, int(on) if on.isdigit() else 0)
    return Done("That browser is signed out.")


def tokens(desk: Desk) -> Content:
    found = accounts.tokens(desk.installation.storage, desk.viewer.account)
    columns = [Column("Begins with"), Column("For what"), Column("Role"), Column("State"), Column("Until"),
               Column("Last used"), Column("")]  # fmt: skip
    rows = [
        [
            Cell(html.Code(one.prefix), one.prefix),
            Cell(one.label or "–", one.label),
            Cell(one.role.replace("_", " ")),
            Cell(html.Span(one.state, className=f"badge {STATES[one.state]}"), one.state),
            Cell(day(one.expires_at), one.expires_at.isoformat()),
            Cell(day(one.used_at) if one.used_at else "never", one.used_at.isoformat() if one.used_at else ""),
            Cell(act(["Revoke", html.unseen(f" {one.prefix}")], "revoke", one.prefix, look="small"))
            if one.state == "valid"
            else Cell(""),
        ]
        for one in found
    ]
    table = (
        data_table("Tokens", columns, rows, cards=True)
        if rows
        else html.P("You have no tokens yet.", className="quiet")
    )
    roles = [role for role in ROLES[1:] if desk.viewer.at_least(role)]
    form = html.Div(
        [
            widgets.TextInput(id=entry("label"), label="What it is for", value="", name="what"),
            widgets.Select(
                id=entry("role"), label="Role", value=roles[0] if roles else None, allowDeselect=False,
                data=[{"value": role, "label": role.replace("_", " ")} for role in roles],
            ),
            widgets.Select(
                id=entry("days"), label="Valid for", value="90", allowDeselect=False,
                data=[{"value": value, "label": words} for value, words in DAYS.items()],
            ),
            html.Button("Make a token", id="make-token", className="button primary"),
        ],
        className="account-form",
    )  # fmt: skip
    words = "A program sends it as Authorization: Bearer. It can never do more than you can, and you see it only once."
    return html.Div(
        [_head("Tokens for programs"), table, html.P(words, className="footnote"), form] if roles else
        [_head("Tokens for programs"), html.P("Your role has no use for tokens.", className="quiet")],
        className="card-body",
    )  # fmt: skip


def revoke(desk: Desk, on: str, _form: Mapping[str, str]) -> Done:
    """Revoke one of one's own tokens."""
    accounts.revoke_token(desk.installation.storage, on, by=desk.viewer)
    return Done("The token is worth nothing any more.")


def password(desk: Desk) -> Content:
    one = accounts.account(desk.installation.storage, desk.viewer.account)
    if not one.is_local:
        return None  # an empty panel takes no room
    fields: list[Component] = [
        widgets.PasswordInput(id=entry("old"), label="Present password", value="", autoComplete="current-password"),
        widgets.PasswordInput(id=entry("new"), label="New password, 10 or more characters", value="",
                              autoComplete="new-password"),
        act("Change it", "change", look=""),
    ]  # fmt: skip
    return html.Div([_head("Password"), html.Div(fields, className="account-form")], className="card-body")


def change(desk: Desk, _on: str, form: Mapping[str, str]) -> Done:
    """Change one's own password."""
    accounts.change_own_password(desk.installation.storage, desk.viewer, form.get("old", ""), form.get("new", ""))
    return Done("Your password is changed. Other browsers stay signed in until you end them above.")


def wire(app: Any, desk_of: DeskOf) -> None:
    """Let the form make a token, which is shown outside of what is drawn again."""

    async def make(clicks: int | None, label: str, role: str, days: str, changed: int) -> Any:
        if not clicks:
            return no_update, no_update
        work = partial(_make, desk_of(PATH, "", "light"), str(label or ""), str(role), str(days))
        shown = await to_thread.run_sync(work)
        return shown, int(changed or 0) + 1

    app.callback(
        Output("new-token", "children"),
        Output("changed", "data", allow_duplicate=True),
        Input("make-token", "n_clicks"),
        State(entry("label"), "value"),
        State(entry("role"), "value"),
        State(entry("days"), "value"),
        State("changed", "data"),
        prevent_initial_call=True,
    )(make)


def _make(desk: Desk, label: str, role: str, days: str) -> Component:
    house = desk.installation
    try:
        if not desk.viewer.session:  # a token makes no tokens: a stolen one would never end
            raise Refused("Tokens are made by people who are signed in.")
        token = accounts.make_token(
            house.storage, house.settings.access, desk.viewer.account, role=role, label=label,
            days=int(days) if days.isdigit() else 0,
        )  # fmt: skip
    except PumaError as reason:
        return notice(reason.title, str(reason), tone="bad")
    words = [html.P("Copy it now: it is shown this once."), html.Code(token, className="secret", id="secret")]
    return notice("Your new token", words)


def _head(words: str) -> Component:
    return html.Div(html.H2(words), className="card-head")


PAGE = Page(
    path=PATH,
    title="Your account",
    layout=layout,
    panels={"who": who, "sessions": sessions, "tokens": tokens, "password": password},
    acts={"end": end, "revoke": revoke, "change": change},
    wire=wire,
    order=95,
    help="Your sessions, tokens and password.",
)
